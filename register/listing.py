"""The register as a list: the contracts that answer some question, how each stands, in the order asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from lifecycle.partial_dates import PartialDate
from lifecycle.planning import IN_CYCLE, MilestoneKind
from lifecycle.rag import Rag, rag
from lifecycle.stages import Kind, Stage
from lifecycle.values import over_term
from models.columns import last_day
from models.contracts import END_DATE, Contract, ContractSupplier
from models.cycles import Cycle, Milestone
from models.people import NO_OWNER, Person, Supplier
from models.planning import Rules
from models.rows import run


class Sort(StrEnum):
    """What the list is ordered by; the reference breaks ties."""

    END = "end"
    REFERENCE = "reference"
    VALUE = "value"
    RAG = "rag"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which contracts are asked for; what is None or False is not asked.

    `ending_before` leaves out the day itself; `no_successor` are those that end, have no contract to follow them and
    no procurement under way. `ended` takes those that have ended; otherwise they are left out.
    """

    owner_id: int | None = None
    supplier_ids: tuple[int, ...] | None = None
    kind: Kind | None = None
    department: str | None = None
    stage: Stage | None = None
    rag: Rag | None = None
    ending_before: date | None = None
    no_owner: bool = False
    no_end: bool = False
    no_successor: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One contract of the list. `value` is in pounds for `value_per`; `rag` is None where it has ended."""

    reference: str
    title: str
    kind: str
    department: str
    owner: str
    suppliers: tuple[str, ...]
    starts: PartialDate | None
    ends: PartialDate | None
    ended_on: date | None
    value: Decimal | None
    value_per: str
    stage: str | None
    rag: Rag | None

    @property
    def last_day(self) -> date | None:
        """The last day it can run to."""
        return self.ended_on or (self.ends.latest if self.ends else None)

    @property
    def whole_value(self) -> Decimal | None:
        """What it comes to over its term, in pounds; as given where its term is not known."""
        if self.value is None:
            return None
        first = self.starts.earliest if self.starts else None
        return over_term(self.value, self.value_per, first, self.last_day) or self.value

    def as_json(self) -> dict[str, Any]:
        """For machines; dates as ISO days, with the words as written."""
        return asdict(self) | {
            "starts": str(self.starts or ""),
            "ends": str(self.ends or ""),
            "last_day": self.last_day,
            "value": None if self.value is None else float(self.value),
        }


UNDER_WAY = (Stage.PROCUREMENT, Stage.MOBILISATION, Stage.DECOMMISSION)
"""Stages in which what comes after the contract is being made, or nothing is to come."""


def has_ended(on: date) -> sa.ColumnElement[bool]:
    """Whether a contract has ended. Placements have no cycle that says so: their dates do."""
    return col(Contract.actual_end).is_not(None) | (
        (col(Contract.kind) == Kind.SPOT) & (sa.func.coalesce(last_day(END_DATE), "9999") < on.isoformat())
    )


def contracts(
    session: Session, wanted: Wanted, rules: Rules, on: date, sort: Sort = Sort.END
) -> list[Listed]:
    """The contracts that are asked for, as they stand on the day. Nothing is planned: the milestones on record count."""
    ahead = (
        sa.select(
            col(Milestone.contract_id).label("contract"),
            sa.func.min(Milestone.latest).label("first"),
            sa.func.min(sa.case((col(Milestone.kind) == MilestoneKind.BOARD, Milestone.latest))).label(
                "board"
            ),
        )
        .where(col(Milestone.met_on).is_(None))
        .group_by(col(Milestone.contract_id))
        .subquery()
    )
    where = list(_where(wanted, on))
    rows = run(
        session,
        sa.select(
            col(Contract.id), col(Contract.reference), col(Contract.title), col(Contract.kind),
            col(Contract.department), col(Person.title).label("owner"), col(Contract.start_date),
            END_DATE.label("ends"), col(Contract.actual_end),
            col(Contract.value), col(Contract.value_per), col(Cycle.stage), ahead.c.first, ahead.c.board,
            has_ended(on).label("over"),
        )
        .join(Person, col(Person.id) == col(Contract.owner_id))
        .outerjoin(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .outerjoin(ahead, ahead.c.contract == col(Contract.id))
        .where(*where)
        .order_by(col(Contract.reference)),
    ).all()  # fmt: skip
    colour, suppliers = _colours(rules, on), _suppliers(session, where)
    made = (
        Listed(
            row.reference, row.title, row.kind, row.department, row.owner, tuple(suppliers.get(row.id, ())),
            row.start_date, row.ends, row.actual_end, row.value, row.value_per, row.stage,
            None if row.over else colour(row.first, row.board, row.owner == NO_OWNER or row.ends is None),
        )
        for row in rows
    )  # fmt: skip
    return sorted((one for one in made if wanted.rag in (None, one.rag)), key=_KEYS[sort])


def _colours(rules: Rules, on: date) -> Callable[[date | None, date | None, bool], Rag]:
    """How a contract stands by its first date ahead, the last Board that can decide its gate, and its gaps."""
    following = rules.boards.open_for_papers(on)

    def colour(first: date | None, board: date | None, gap: bool) -> Rag:
        spare = rules.boards.count(following, board) - 1 if board else None
        return rag(spare, first is not None and first < on, gap)

    return colour


def _where(wanted: Wanted, on: date) -> Iterable[sa.ColumnElement[bool]]:
    yield has_ended(on) if wanted.ended else ~has_ended(on)
    for column, value in (
        (Contract.owner_id, wanted.owner_id),
        (Contract.kind, wanted.kind),
        (Contract.department, wanted.department),
    ):
        if value is not None:
            yield col(column) == value
    if wanted.supplier_ids is not None:
        yield col(Contract.id).in_(
            sa.select(col(ContractSupplier.contract_id)).where(
                col(ContractSupplier.supplier_id).in_(wanted.supplier_ids)
            )
        )
    if wanted.stage is not None:
        yield col(Contract.id).in_(sa.select(col(Cycle.contract_id)).where(col(Cycle.stage) == wanted.stage))
    if wanted.ending_before is not None:
        ends = sa.func.coalesce(sa.cast(col(Contract.actual_end), sa.String), last_day(END_DATE))
        yield ends < wanted.ending_before.isoformat()
    if wanted.no_owner:
        yield col(Contract.owner_id).in_(sa.select(col(Person.id)).where(col(Person.title) == NO_OWNER))
    if wanted.no_end:
        yield END_DATE.is_(None) | last_day(END_DATE).is_(None)
    if wanted.no_successor:
        yield from without_successor()


def without_successor() -> Iterable[sa.ColumnElement[bool]]:
    """In force, with an end, and nothing made or being made to follow; call-offs and placements follow others."""
    yield col(Contract.in_force) & END_DATE.is_not(None) & col(Contract.kind).in_(IN_CYCLE)
    after = aliased(Contract)
    followed = sa.select(col(after.predecessor_id)).where(col(after.predecessor_id).is_not(None))
    moving = sa.select(col(Cycle.contract_id)).where(col(Cycle.stage).in_(UNDER_WAY))
    yield col(Contract.id).not_in(followed) & col(Contract.id).not_in(moving)


def _suppliers(session: Session, where: list[sa.ColumnElement[bool]]) -> dict[int, list[str]]:
    found = defaultdict(list)
    for contract, name in run(
        session,
        sa.select(col(ContractSupplier.contract_id), col(Supplier.name))
        .join(Supplier, col(Supplier.id) == col(ContractSupplier.supplier_id))
        .join(Contract, col(Contract.id) == col(ContractSupplier.contract_id))
        .where(*where)
        .order_by(col(ContractSupplier.contract_id), col(Supplier.name)),
    ):
        found[contract].append(name)
    return found


FAR = date.max
_KEYS: dict[Sort, Callable[[Listed], Any]] = {
    Sort.END: lambda one: (one.last_day or FAR, one.reference),
    Sort.REFERENCE: lambda one: one.reference,
    Sort.VALUE: lambda one: (-(one.whole_value or 0), one.reference),
    Sort.RAG: lambda one: (list(Rag).index(one.rag) if one.rag else 9, one.last_day or FAR, one.reference),
    Sort.OWNER: lambda one: (one.owner, one.last_day or FAR, one.reference),
}


def departments(session: Session) -> list[str]:
    """Every department that has a contract."""
    return list(session.exec(select(Contract.department).distinct().order_by(col(Contract.department))))
