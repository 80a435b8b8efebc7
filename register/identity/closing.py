"""The answer to contracts that look like one: two, or one under two references, of which one is then closed."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from lifecycle.planning import as_written
from lifecycle.stages import Stage
from models import audit
from models.agenda import AgendaItem
from models.business import BoardAction, BusinessCase, ExceptionReport
from models.columns import identity
from models.contracts import AnnualValue, Contract, ContractSupplier, Payment, ProcurementNotice
from models.cycles import ChecklistEntry, Cycle, PartnerDecision, StageChange, VerdictRecord
from models.imports import Alike, Answer, Likeness
from models.people import Person, Supplier
from models.planning import Rules, replan


class DuplicateRefused(ValueError):
    """The question cannot be answered so; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two contracts, as far as it helps to tell them apart."""

    reference: str
    title: str
    kind: str
    suppliers: str
    owner: str
    start: str
    end: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Whether two contracts are one."""

    number: int
    score: float
    why: str
    one: Side
    other: Side

    def as_json(self) -> dict[str, Any]:
        """The pair for machines."""
        return asdict(self)


_OF_CONTRACT: tuple[tuple[str, type[SQLModel], str], ...] = (
    ("spend", AnnualValue, "contract_id"),
    ("payments", Payment, "contract_id"),
    ("published notices", ProcurementNotice, "contract_id"),
    ("exception reports", ExceptionReport, "contract_id"),
    ("business cases", BusinessCase, "contract_id"),
    ("actions of the Board", BoardAction, "contract_id"),
    ("call-offs or placements under it", Contract, "parent_id"),
    ("a successor", Contract, "predecessor_id"),
    ("parts split off from it", Contract, "split_from_id"),
)
_OF_CYCLE: tuple[tuple[str, type[SQLModel], str], ...] = (
    ("verdicts", VerdictRecord, "cycle_id"),
    ("items of an agenda", AgendaItem, "cycle_id"),
    ("entries in its checklist", ChecklistEntry, "cycle_id"),
    ("decisions of partners", PartnerDecision, "cycle_id"),
)


def open_pairs(session: Session) -> list[Pair]:
    """The pairs nobody has answered yet, the surest first."""
    rows = session.exec(
        select(Likeness)
        .where(Likeness.what == Alike.CONTRACTS, col(Likeness.answer).is_(None))
        .order_by(col(Likeness.score).desc(), col(Likeness.id))
    ).all()
    keys = {key for row in rows for key in (row.one_id, row.other_id)}
    sides = _sides(session, keys)
    return [Pair(identity(row), row.score, row.why, sides[row.one_id], sides[row.other_id]) for row in rows]


def _sides(session: Session, keys: set[int]) -> dict[int, Side]:
    suppliers: dict[int, list[str]] = {}
    for contract, name in session.exec(
        select(ContractSupplier.contract_id, Supplier.name)
        .join(Supplier, col(Supplier.id) == col(ContractSupplier.supplier_id))
        .where(col(ContractSupplier.contract_id).in_(keys))
        .order_by(Supplier.name)
    ):
        suppliers.setdefault(contract, []).append(name)
    found = session.exec(
        select(Contract, Person.title)
        .join(Person, col(Person.id) == col(Contract.owner_id))
        .where(col(Contract.id).in_(keys))
    )
    return {identity(one): _side(one, owner, suppliers.get(identity(one), [])) for one, owner in found}


def _side(one: Contract, owner: str, suppliers: list[str]) -> Side:
    return Side(
        one.reference,
        one.title,
        str(one.kind),
        "; ".join(suppliers),
        owner,
        as_written(one.start_date) if one.start_date else "",
        as_written(one.end_date) if one.end_date else "",
        one.value_words or (f"£{one.value:,.2f} a {one.value_per}" if one.value is not None else ""),
        one.source,
    )


def different(session: Session, number: int, by: str, at: datetime) -> tuple[str, str]:
    """They are two, and are never asked about again; returns their references. Raises DuplicateRefused."""
    row = _asked(session, number)
    one, other = (session.get_one(Contract, key) for key in (row.one_id, row.other_id))
    row.answer, row.by, row.answered_at = Answer.DIFFERENT, by, at
    session.add(row)
    audit.record(session, at, by, "contracts told apart", one.reference, other=other.reference)
    return one.reference, other.reference


def same(
    session: Session, number: int, keep: str, by: str, on: date, at: datetime, rules: Rules
) -> tuple[str, str]:
    """They are one: the reference `keep` stays, the other contract is closed as one that never ran.

    Its dates are planned no more, its alerts fall silent and no figure of a year counts it; `reopen` takes it all
    back. Returns the reference kept and the one closed. Raises DuplicateRefused where anything happened on the other.
    """
    row = _asked(session, number)
    pair = [session.get_one(Contract, key) for key in (row.one_id, row.other_id)]
    if keep not in (names := [one.reference for one in pair]):
        raise DuplicateRefused(f'"{keep}" is neither of them: keep "{names[0]}" or "{names[1]}".')
    kept, other = pair if pair[0].reference == keep else pair[::-1]
    cycle = session.exec(select(Cycle).where(Cycle.contract_id == other.id)).first()
    if happened := _happened(session, other, cycle):
        raise DuplicateRefused(
            f"{other.reference} has {', '.join(happened)}: it cannot be closed as a duplicate. Keep it with --keep "
            f"{other.reference}, or move these to {kept.reference} first."
        )
    row.undo = {
        "contract": other.id,
        "actual_end": other.actual_end and other.actual_end.isoformat(),
        "in_force": other.in_force,
        "stage": cycle and cycle.stage,
        "stage_since": cycle and cycle.stage_since.isoformat(),
        "was_opened": bool(cycle and cycle.opened),
    }
    other.actual_end, other.in_force = _never_ran(other), False
    if cycle and cycle.stage is not Stage.CLOSED:
        _turn(session, cycle, Stage.CLOSED, on, on, f"a duplicate of {kept.reference}")
        cycle.opened = cycle.visit  # no flow is to start for it
    row.answer, row.by, row.answered_at = Answer.SAME, by, at
    session.add_all([row, other])
    replan(session, [other], rules, on, f"it is a duplicate of {kept.reference}")
    audit.record(session, at, by, "closed as a duplicate", other.reference, of=kept.reference, why=row.why)
    return kept.reference, other.reference


def reopen(session: Session, reference: str, by: str, on: date, at: datetime, rules: Rules) -> str:
    """Take back that a contract was closed as a duplicate: it stands as it did, and they are asked about again.

    Returns the reference it was one with. Raises DuplicateRefused where it was not closed so.
    """
    rows = session.exec(
        select(Likeness).where(Likeness.what == Alike.CONTRACTS, Likeness.answer == Answer.SAME)
    ).all()
    its = {session.get_one(Contract, row.undo["contract"]).reference: row for row in rows}
    if reference not in its:
        known = f"; these were: {', '.join(sorted(its))}" if its else ""
        raise DuplicateRefused(f"{reference} was not closed as a duplicate{known}.")
    row = its[reference]
    was = row.undo
    other = session.get_one(Contract, was["contract"])
    kept = session.get_one(Contract, row.one_id if row.other_id == other.id else row.other_id)
    other.actual_end, other.in_force = (
        was["actual_end"] and date.fromisoformat(was["actual_end"]),
        was["in_force"],
    )
    cycle = session.exec(select(Cycle).where(Cycle.contract_id == other.id)).first()
    if cycle and was["stage"] and cycle.stage is Stage.CLOSED and was["stage"] != Stage.CLOSED:
        since = date.fromisoformat(was["stage_since"])
        _turn(session, cycle, Stage(was["stage"]), since, on, f"no duplicate of {kept.reference}")
        cycle.opened = cycle.visit - 1 if was["was_opened"] else 0
    row.answer, row.by, row.answered_at, row.undo = None, "", None, {}
    session.add_all([row, other])
    replan(session, [other], rules, on, f"it is no duplicate of {kept.reference}")
    audit.record(session, at, by, "no duplicate after all", other.reference, of=kept.reference)
    return kept.reference


def _asked(session: Session, number: int) -> Likeness:
    row = session.get(Likeness, number)
    if row is None or row.what is not Alike.CONTRACTS or row.answer:
        raise DuplicateRefused(
            f"There is no open question {number}; `recommission register duplicates` lists them."
        )
    return row


def _happened(session: Session, contract: Contract, cycle: Cycle | None) -> list[str]:
    """What stands on record of the contract that would be lost with it."""
    of = [(contract.id, table) for table in _OF_CONTRACT] + [
        (cycle.id, table) for table in _OF_CYCLE if cycle
    ]
    return [
        what for key, (what, table, name) in of
        if session.exec(select(table).where(getattr(table, name) == key).limit(1)).first()
    ]  # fmt: skip


def _never_ran(contract: Contract) -> date:
    """The day before anything that is known of it."""
    dates = [one.earliest for one in (contract.start_date, contract.end_date) if one and one.earliest]
    return min([*dates, contract.registered_on]) - timedelta(days=1)


def _turn(session: Session, cycle: Cycle, to: Stage, since: date, on: date, reason: str) -> None:
    """The cycle stands in another stage without a verdict: there was never a contract to decide on."""
    session.add(
        StageChange(cycle_id=identity(cycle), from_stage=cycle.stage, to_stage=to, on=on, reason=reason)
    )
    cycle.stage, cycle.stage_since = to, since
    cycle.visit, cycle.version = cycle.visit + 1, cycle.version + 1
    session.add(cycle)
