"""The ladder of a milestone: on which days its alerts fire, and which of them still speaks.

Lead times count from the milestone's earliest day, overdue from its latest. After an outage, or when a
contract comes late into the register, only the newest rung speaks and says what it stands for.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from lifecycle.counting import months_before
from lifecycle.policy import Ladder, Rung

OVERDUE = "overdue"
_UNITS = {"m": "months", "d": "days", "wd": "working_days"}


def read_rung(code: str) -> Rung:
    """The rung of a code: 6m, 30d, 10wd (working days), 0d for the day itself. Raises ValueError."""
    match = re.fullmatch(r"(\d+)(m|d|wd)", code)
    if not match:
        raise ValueError("must be months, days or working days before, such as 3m, 30d or 10wd")
    return Rung(code, **{_UNITS[match[2]]: int(match[1])})


@dataclass(frozen=True, slots=True, order=True)
class Firing:
    """One alert of a ladder: its day, its rung's code, and which repeat it is (0 before the milestone)."""

    on: date
    rung: str
    occurrence: int = 0


def _before(ladder: Ladder, earliest: date) -> list[Firing]:
    return sorted(Firing(_day(rung, ladder, earliest), rung.code) for rung in ladder.rungs)


def _day(rung: Rung, ladder: Ladder, earliest: date) -> date:
    if rung.working_days:
        return ladder.calendar.add_working(earliest, -rung.working_days)
    return months_before(earliest, rung.months) - timedelta(days=rung.days)


def presses(firing: Firing, earliest: date) -> bool:
    """Whether it is the alert of the day itself or a later one: no promise and no snooze holds it back."""
    return firing.on >= earliest


def overdue(ladder: Ladder, latest: date, occurrence: int) -> Firing:
    """The nth alert after the milestone, the first (1) on the day after its latest day."""
    return Firing(latest + timedelta(days=1 + (occurrence - 1) * ladder.overdue_every), OVERDUE, occurrence)


def _repeats(ladder: Ladder, latest: date, day: date) -> int:
    """How many alerts after the milestone have fired by the day, inclusive."""
    return ((day - latest).days - 1) // ladder.overdue_every + 1 if day > latest else 0


def next_firing(ladder: Ladder, earliest: date, latest: date, after: date | None) -> Firing | None:
    """The first alert after the day (the very first for None), or None when the ladder has no more."""
    for firing in _before(ladder, earliest):
        if after is None or firing.on > after:
            return firing
    if not ladder.overdue_every:
        return None
    return overdue(ladder, latest, _repeats(ladder, latest, after or latest) + 1)


def due(ladder: Ladder, earliest: date, latest: date, since: date | None, today: date) -> list[Firing]:
    """Every alert that fires after `since` (None: from the first) up to and including today, in order.

    Where the ladder does not chase, a milestone that passed before any of its alerts was raised stays
    silent: a placement that ended before its contract came into the register needs no reminder that it
    will. Once one was raised, the rest follow, however late the sweep. Of the repeats after the milestone
    only the newest is given.
    """
    if since is None and today > latest and not ladder.overdue_every:
        return []
    firings = [firing for firing in _before(ladder, earliest) if firing.on <= today]
    if today > latest and ladder.overdue_every:
        firings.append(overdue(ladder, latest, _repeats(ladder, latest, today)))
    return [firing for firing in firings if since is None or firing.on > since]
