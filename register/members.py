"""Suppliers that join and leave a framework, a list or a lot of it; each is audited and can be taken back."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, delete, select

from lifecycle.words import say
from models import audit
from models.audit import AuditEvent
from models.columns import identity
from models.contracts import Contract, ContractSupplier, LotSupplier
from models.lots import lots
from models.people import Supplier

JOINED, LEFT, BACK = "supplier joined", "supplier left", "joining or leaving taken back"


class MemberRefused(ValueError):
    """The supplier cannot join or leave so, and the message says why."""


@dataclass(frozen=True, slots=True)
class Membership:
    """How a supplier stands to a contract, days inclusive and ISO; no `lots` is all of them."""

    on: bool = False
    joined_on: str | None = None
    left_on: str | None = None
    lots: tuple[str, ...] = ()

    @property
    def present(self) -> bool:
        """Whether it is on it and has not left."""
        return self.on and self.left_on is None


def membership(session: Session, contract: Contract, supplier: Supplier) -> Membership:
    """How the supplier stands to the contract now."""
    link = session.get(ContractSupplier, (contract.id, supplier.id))
    rows = session.exec(
        select(LotSupplier.lot)
        .where(LotSupplier.contract_id == contract.id, LotSupplier.supplier_id == supplier.id)
        .order_by(col(LotSupplier.lot))
    )
    joined, left = (link.joined_on, link.left_on) if link else (None, None)
    return Membership(
        link is not None,
        joined.isoformat() if joined else None,
        left.isoformat() if left else None,
        tuple(rows),
    )


def join(
    session: Session, contract: Contract, supplier: Supplier, lot: str, on: date, by: str, at: datetime
) -> Membership:
    """Take a supplier on from the day: to the lot, or to all of them where none is named.

    Said again it changes nothing. Raises MemberRefused for a lot that is not there.
    """
    known = _lots(session, contract, lot)
    before = membership(session, contract, supplier)
    if not before.present:
        after = Membership(True, on.isoformat(), None, (lot,) if lot else ())
    elif lot and before.lots and lot not in before.lots:
        every = tuple(sorted({*before.lots, lot}))
        after = replace(before, lots=() if set(every) == set(known) else every)
    elif not lot and before.lots:
        after = replace(before, lots=())
    else:
        return before
    return _change(session, contract, supplier, before, after, JOINED, lot, by, at)


def leave(
    session: Session, contract: Contract, supplier: Supplier, lot: str, on: date, by: str, at: datetime
) -> Membership:
    """Let a supplier go, the day its last: from the lot, or from the whole; what was called off from it goes on.

    Raises MemberRefused where it is not on it, or would leave before it joined.
    """
    known = _lots(session, contract, lot)
    before = membership(session, contract, supplier)
    its = before.lots or known
    if not before.present or (lot and lot not in its):
        where = f"the lot “{lot}” of {contract.reference}" if lot else contract.reference
        gone = f": it left on {say(date.fromisoformat(before.left_on))}" if before.left_on else ""
        raise MemberRefused(f"{supplier.name} is not on {where}{gone}.")
    if before.joined_on and on.isoformat() < before.joined_on:
        joined = say(date.fromisoformat(before.joined_on))
        raise MemberRefused(
            f"{supplier.name} joined {contract.reference} on {joined}; it cannot leave before."
        )
    rest = tuple(name for name in its if name != lot) if lot else ()
    after = replace(before, lots=rest) if rest else replace(before, left_on=on.isoformat())
    return _change(session, contract, supplier, before, after, LEFT, lot, by, at)


def take_back(session: Session, contract: Contract, supplier: Supplier, by: str, at: datetime) -> Membership:
    """Undo the last joining or leaving of the supplier. Raises MemberRefused where there is none to undo."""
    events = session.exec(
        select(AuditEvent)
        .where(AuditEvent.subject == contract.reference, col(AuditEvent.action).in_((JOINED, LEFT, BACK)))
        .order_by(col(AuditEvent.id).desc())
    )
    last = next((one for one in events if one.detail["supplier_id"] == supplier.id), None)
    if last is None or last.action == BACK:
        raise MemberRefused(f"Nothing is to be taken back of {supplier.name} and {contract.reference}.")
    now = membership(session, contract, supplier)
    if now != _read(last.detail["after"]):
        raise MemberRefused(
            f"{contract.reference} was changed since by an import; say how {supplier.name} stands with join or leave."
        )
    return _change(session, contract, supplier, now, _read(last.detail["before"]), BACK, "", by, at)


def _lots(session: Session, contract: Contract, lot: str) -> tuple[str, ...]:
    known = tuple(lots(session, contract))
    if lot and lot not in known:
        has = f"its lots are {', '.join(known)}" if known else "it has no lots on record"
        raise MemberRefused(f"{contract.reference} has no lot “{lot}”; {has}.")
    return known


def _read(said: dict[str, Any]) -> Membership:
    return Membership(**said | {"lots": tuple(said["lots"])})


def _change(
    session: Session, contract: Contract, supplier: Supplier, before: Membership, after: Membership, action: str,
    lot: str, by: str, at: datetime,
) -> Membership:  # fmt: skip
    keys = {"contract_id": identity(contract), "supplier_id": identity(supplier)}
    for kept in (LotSupplier, ContractSupplier):
        session.exec(
            delete(kept).where(col(kept.contract_id) == contract.id, col(kept.supplier_id) == supplier.id)
        )
    session.expire_all()
    if after.on:
        joined, left = (date.fromisoformat(day) if day else None for day in (after.joined_on, after.left_on))
        session.add(ContractSupplier(**keys, joined_on=joined, left_on=left))
        session.add_all(LotSupplier(**keys, lot=name) for name in after.lots)
    session.flush()
    detail = {"before": asdict(before), "after": asdict(after)} | ({"lot": lot} if lot else {})
    audit.record(
        session, at, by, action, contract.reference, supplier=supplier.name, supplier_id=supplier.id, **detail
    )
    return after
