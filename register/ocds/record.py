"""What the record knows of some contracts, read together: a chunk at a time, a query for each table."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from lifecycle.stages import Kind, Stage, Verdict
from models.columns import identity
from models.contracts import (
    Contract,
    ContractSupplier,
    ExtensionOption,
    JointAuthority,
    Lot,
    LotSupplier,
    Payment,
    ProcurementNotice,
)  # fmt: skip
from models.cycles import Cycle, Milestone, VerdictRecord
from models.imports import ImportChange, ImportRun
from models.people import Person, Supplier, SupplierIdentifier
from register.rows import Party

TERMS = ("end", "max_extent", "value", "value_max", "ceiling")
"""The columns whose change by an import is told as an amendment: term and price."""


class Named(NamedTuple):
    """Another contract, as this one names it."""

    reference: str
    title: str
    ocid: str | None


class Spent(NamedTuple):
    """What was paid to a supplier in a month, in pounds."""

    month: date
    supplier: Party
    pounds: Decimal


@dataclass(slots=True)
class Known:
    """A contract and what stands beside it. `verdicts` are those in effect that moved its term or its direction."""

    contract: Contract
    owner: str
    stage: Stage | None = None
    suppliers: list[Party] = field(default_factory=list)
    lots: list[str] = field(default_factory=list)
    authorities: list[str] = field(default_factory=list)
    options: list[ExtensionOption] = field(default_factory=list)
    on_lots: list[tuple[str, str]] = field(default_factory=list)
    periods: list[tuple[str, date | None, date | None]] = field(default_factory=list)
    verdicts: list[VerdictRecord] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    notices: list[ProcurementNotice] = field(default_factory=list)
    imported: list[tuple[ImportRun, ImportChange]] = field(default_factory=list)
    spent: list[Spent] = field(default_factory=list)
    parent: Named | None = None
    predecessor: Named | None = None
    split_from: Named | None = None
    successors: list[Named] = field(default_factory=list)


_DECIDED = (Verdict.EXTEND, Verdict.END_EARLY, Verdict.RECOMMISSION, Verdict.REMODEL, Verdict.DECOMMISSION)


def known(session: Session, keys: Sequence[int], on: date) -> list[Known]:
    """These contracts as the record knows them on a day, in the order of the keys."""
    contracts = session.exec(select(Contract).where(col(Contract.id).in_(keys))).all()
    owners = {one.id: one.title for one in session.exec(select(Person))}
    found = {identity(one): Known(one, owners[one.owner_id]) for one in contracts}
    _beside(session, found)
    _suppliers(session, found, on)
    _decided(session, found)
    _linked(session, found)
    return [found[key] for key in keys]


def _beside(session: Session, found: dict[int, Known]) -> None:
    keys = list(found)
    for lot in session.exec(select(Lot).where(col(Lot.contract_id).in_(keys)).order_by(col(Lot.name))):
        found[lot.contract_id].lots.append(lot.name)
    for authority in session.exec(select(JointAuthority).where(col(JointAuthority.contract_id).in_(keys))):
        names = found[authority.contract_id].authorities
        names.insert(0 if authority.lead else len(names), authority.name)
    for one in found.values():
        one.authorities[1:] = sorted(one.authorities[1:])
        one.lots.sort()
    options = select(ExtensionOption).where(col(ExtensionOption.contract_id).in_(keys))
    for option in session.exec(options.order_by(col(ExtensionOption.position))):
        found[option.contract_id].options.append(option)
    on_lots = (
        sa.select(col(LotSupplier.contract_id), col(LotSupplier.lot), col(Supplier.name))
        .join(Supplier, col(Supplier.id) == col(LotSupplier.supplier_id))
        .where(col(LotSupplier.contract_id).in_(keys))
    )
    for contract, lot, name in session.execute(on_lots):
        found[contract].on_lots.append((lot, name))
    for milestone in session.exec(select(Milestone).where(col(Milestone.contract_id).in_(keys))):
        found[milestone.contract_id].milestones.append(milestone)
    for notice in session.exec(select(ProcurementNotice).where(col(ProcurementNotice.contract_id).in_(keys))):
        if notice.contract_id:
            found[notice.contract_id].notices.append(notice)
    by_reference = {one.contract.reference: one for one in found.values()}
    changes = (
        select(ImportRun, ImportChange)
        .join(ImportRun, col(ImportRun.id) == col(ImportChange.run_id))
        .where(col(ImportChange.key).in_(by_reference), col(ImportChange.field).in_(TERMS), ImportRun.written)
        .order_by(col(ImportChange.id))
    )
    for run, change in session.exec(changes):
        by_reference[change.key].imported.append((run, change))


def _suppliers(session: Session, found: dict[int, Known], on: date) -> None:
    of = session.exec(select(ContractSupplier).where(col(ContractSupplier.contract_id).in_(found))).all()
    paid = session.execute(
        sa.select(
            col(Payment.contract_id),
            col(Payment.supplier_id),
            col(Payment.paid_on),
            sa.func.sum(Payment.amount),
        )
        .where(col(Payment.contract_id).in_(found))
        .group_by(col(Payment.contract_id), col(Payment.supplier_id), col(Payment.paid_on))
    ).all()
    parties = _parties(session, {one.supplier_id for one in of} | {row[1] for row in paid})
    for one in of:
        its, party = found[one.contract_id], parties[one.supplier_id]
        if not one.left_on or one.left_on > on:
            its.suppliers.append(party)
        if one.joined_on or one.left_on:
            its.periods.append((party.name, one.joined_on, one.left_on))
    months: dict[tuple[int, int, date], Decimal] = defaultdict(Decimal)
    for contract, supplier, day, pounds in paid:
        months[contract, supplier, day.replace(day=1)] += Decimal(pounds)
    for (contract, supplier, month), pounds in months.items():
        found[contract].spent.append(Spent(month, parties[supplier], round(pounds, 2)))
    for known_ in found.values():
        known_.suppliers.sort(key=lambda party: party.name)
        known_.periods.sort(key=lambda period: period[0])
        known_.on_lots.sort()
        known_.spent.sort(key=lambda spent: (spent.month, spent.supplier.name))


def _parties(session: Session, keys: set[int]) -> dict[int, Party]:
    numbers: dict[int, list[tuple[Any, str]]] = defaultdict(list)
    for one in session.exec(select(SupplierIdentifier).where(col(SupplierIdentifier.supplier_id).in_(keys))):
        numbers[one.supplier_id].append((one.scheme, one.identifier))
    suppliers = session.exec(select(Supplier).where(col(Supplier.id).in_(keys)))
    return {
        identity(one): Party(one.name, tuple(sorted(numbers[identity(one)])), one.sme, one.vcse)
        for one in suppliers
    }


def _decided(session: Session, found: dict[int, Known]) -> None:
    cycles = {
        identity(one): one for one in session.exec(select(Cycle).where(col(Cycle.contract_id).in_(found)))
    }
    for cycle in cycles.values():
        found[cycle.contract_id].stage = cycle.stage
    verdicts = session.exec(
        select(VerdictRecord).where(col(VerdictRecord.cycle_id).in_(cycles)).order_by(col(VerdictRecord.id))
    ).all()
    for verdict in verdicts:
        if verdict.effective_on and not verdict.lapsed and verdict.verdict in _DECIDED:
            found[cycles[verdict.cycle_id].contract_id].verdicts.append(verdict)


def _linked(session: Session, found: dict[int, Known]) -> None:
    names = sa.select(
        col(Contract.id),
        col(Contract.reference),
        col(Contract.title),
        col(Contract.ocid),
        col(Contract.predecessor_id),
    ).where(col(Contract.kind) != Kind.SPOT)
    others = {
        key
        for one in found.values()
        for key in (one.contract.parent_id, one.contract.predecessor_id, one.contract.split_from_id)
        if key is not None
    }
    by_key = {row[0]: Named(*row[1:4]) for row in session.execute(names.where(col(Contract.id).in_(others)))}
    for one in found.values():
        one.parent = by_key.get(one.contract.parent_id)
        one.predecessor = by_key.get(one.contract.predecessor_id)
        one.split_from = by_key.get(one.contract.split_from_id)
    following = names.where(col(Contract.predecessor_id).in_(found)).order_by(col(Contract.reference))
    for row in session.execute(following):
        found[row[4]].successors.append(Named(*row[1:4]))
