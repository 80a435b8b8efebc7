"""Contracts that are history: they ended before the day that the import was told, and nobody is to be told of them."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from lifecycle.partial_dates import PartialDate
from models.agenda import AgendaItem
from models.cycles import Cycle


def ended_before(end: PartialDate | None, day: date | None) -> date | None:
    """The last day of a contract that ended for certain before the day; None where it may still run."""
    return end.latest if end and end.latest and day and end.latest < day else None


def drop_cycles(session: Session, contracts: Collection[int]) -> set[int]:
    """Take back the cycles in which nothing has happened yet; returns the contracts that have none now.

    One that was opened stays: only a verdict moves a contract.
    """
    tabled = sa.exists().where(col(AgendaItem.cycle_id) == col(Cycle.id))
    of_these = col(Cycle.contract_id).in_(contracts)
    session.exec(delete(Cycle).where(of_these, col(Cycle.opened) == 0, col(Cycle.version) == 1, ~tabled))
    return set(contracts) - {one.contract_id for one in session.exec(select(Cycle).where(of_these))}
