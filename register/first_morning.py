"""What a register shows on its first morning: how much there is, what is missing, what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.contracts import END_DATE, Contract
from models.cycles import Milestone
from models.people import NO_OWNER, Person
from models.rows import run, table

NEXT = 5


@dataclass(frozen=True, slots=True)
class Deadline:
    """A date to come: what is due, of which contract, as it is written."""

    reference: str
    title: str
    what: str
    day: date
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Of the contracts that have not ended: how many, how many lack an owner or an end, and the next deadlines."""

    contracts: int
    history: int
    without_owner: int
    without_end: int
    next: Sequence[Deadline]


def count_contracts(session: Session) -> int:
    """How many contracts the register has."""
    return session.exec(select(sa.func.count()).select_from(Contract)).one()


def picture(session: Session, on: date) -> Picture:
    """The register as it stands on the day."""
    live = col(Contract.actual_end).is_(None)
    no_end = END_DATE.is_(None)
    counts = session.exec(
        select(
            sa.func.count().filter(live),
            sa.func.count().filter(~live),
            sa.func.count().filter(live, col(Person.title) == NO_OWNER),
            sa.func.count().filter(live, no_end),
        )
        .select_from(Contract)
        .join(Person, col(Person.id) == col(Contract.owner_id))
    ).one()
    due = run(
        session,
        sa.select(
            *table(Contract).c["reference", "title"],
            *table(Milestone).c["kind", "gate", "earliest", "words"],
        )
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(col(Milestone.met_on).is_(None), col(Milestone.earliest) >= on)
        .order_by(col(Milestone.earliest), col(Contract.reference), col(Milestone.id))
        .limit(NEXT),
    )
    return Picture(
        *counts,
        tuple(
            Deadline(reference, title, f"{kind} ({gate})" if gate else kind, day, words)
            for reference, title, kind, gate, day, words in due
        ),
    )
