"""Lots that go different ways: those that do become a contract of their own, with its own cycle from there on."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, delete, select

from models import audit
from models.columns import copied, identity
from models.contracts import Contract, ContractSupplier, ExtensionOption, JointAuthority, Lot
from models.cycles import ChecklistEntry, Cycle, PartnerDecision
from models.planning import Rules, replan


class SplitRefused(ValueError):
    """The lots cannot be split off, and the message says why."""


def lots(session: Session, contract: Contract) -> list[str]:
    """The names of the contract's lots, in order."""
    return list(session.exec(select(Lot.name).where(Lot.contract_id == contract.id).order_by(col(Lot.name))))


def split(
    session: Session,
    contract: Contract,
    cycle: Cycle,
    names: Sequence[str],
    reference: str,
    by: str,
    on: date,
    at: datetime,
    rules: Rules,
) -> tuple[Contract, Cycle]:
    """Make a contract of its own of these lots: same dates, options, owner, partners, stage and agreement so far.

    Spend stays with the contract it was paid under. Raises SplitRefused where a lot is not the contract's,
    where none would stay behind, or where the reference is taken.
    """
    names, known = sorted(set(names)), lots(session, contract)
    if unknown := [name for name in names if name not in known]:
        has = f"it has {', '.join(known)}" if known else "it has no lots on record"
        raise SplitRefused(f'{contract.reference} has no lot "{unknown[0]}"; {has}')
    if set(names) == set(known):
        raise SplitRefused(
            f"{contract.reference}: all its lots go the same way; decide on the contract itself"
        )
    if session.exec(select(Contract.id).where(Contract.reference == reference)).first():
        raise SplitRefused(f'the reference "{reference}" is taken; name another')
    part = copied(
        contract,
        reference=reference,
        title=f"{contract.title}: {', '.join(names)}",
        split_from_id=identity(contract),
    )
    session.add(part)
    session.flush()
    its = copied(cycle, contract_id=identity(part), version=1, opened=cycle.visit - 1)
    session.add(its)
    session.exec(delete(Lot).where(col(Lot.contract_id) == contract.id, col(Lot.name).in_(names)))
    session.add_all(Lot(contract_id=identity(part), name=name) for name in names)
    for table in (ContractSupplier, JointAuthority, ExtensionOption):
        for row in session.exec(select(table).where(table.contract_id == contract.id)):
            session.add(copied(row, contract_id=identity(part)))
    session.flush()
    for kept in (ChecklistEntry, PartnerDecision):
        for row in session.exec(
            select(kept).where(kept.cycle_id == cycle.id, kept.visit == cycle.visit)
        ).all():
            session.add(copied(row, cycle_id=identity(its)))
    replan(session, [part], rules, on, f"split from {contract.reference}")
    audit.record(session, at, by, "lots split off", contract.reference, lots=list(names), into=reference)
    return part, its
