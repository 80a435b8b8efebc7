"""Who owes what to the Board, and is reminded of it: each reminder once, however often it is looked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from lifecycle.calendars import Calendar
from lifecycle.words import count_of, say
from models.business import BoardChase


@dataclass(frozen=True, slots=True)
class Chase:
    """One reminder to one post: `key` tells it from every other, `line` says what is wanted and by when."""

    person_id: int
    key: str
    line: str


def reminder(
    due: date, on: date, reminders: Iterable[int], calendar: Calendar, every: int = 1
) -> date | None:
    """The newest day up to `on` on which whoever owes something by `due` is reminded; None before the first.

    `reminders` are working days before; after the day, it is every so many working days.
    """
    days = [calendar.add_working(due, -count) if count else due for count in reminders]
    following = calendar.add_working(due, every)
    while following <= on:
        days.append(following)
        following = calendar.add_working(following, every)
    return max((day for day in days if day <= on), default=None)


def lateness(due: date, on: date) -> str:
    """How the day stands to another, in words."""
    if due < on:
        return f"due on {say(due)}, {count_of((on - due).days, 'day')} ago"
    return "due today" if due == on else f"due on {say(due)}"


def new(session: Session, chases: Iterable[Chase], on: date) -> list[Chase]:
    """Those that were never written; from now on they count as written. In the caller's transaction."""
    wanted = {chase.key: chase for chase in chases}
    if not wanted:
        return []
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    made = session.execute(
        dialect.insert(BoardChase).on_conflict_do_nothing().returning(BoardChase.key),
        [{"key": key, "on": on} for key in wanted],
    )
    fresh = set(made.scalars())
    return [chase for key, chase in wanted.items() if key in fresh]
