"""When somebody is told: at once or in a digest, outside quiet hours, on working days.

Times of day are London's and are counted on its clock, so quiet hours hold right across a change of it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from lifecycle.calendars import Calendar

LONDON = ZoneInfo("Europe/London")
MORNING = time(8)


class Mode(StrEnum):
    """How the messages of a stream come; what is mandatory cannot be switched off."""

    AT_ONCE = "at once"
    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Wish:
    """How one post wants one stream's messages: `quiet` from (inclusive) to (exclusive), across midnight too."""

    mode: Mode = Mode.AT_ONCE
    channel: str | None = None
    quiet: tuple[time, time] | None = None
    working_days: bool = False


def not_before(at: datetime, wish: Wish, calendar: Calendar) -> datetime:
    """The first moment from `at` (aware) on which the wish lets a message leave, in UTC."""
    local = at.astimezone(LONDON)
    while True:
        day, clock = local.date(), local.time()
        if wish.quiet and _quiet(clock, *wish.quiet):
            start, end = wish.quiet
            later = start > end and clock >= start
            local = _on(day + timedelta(days=later), end)
        elif wish.working_days and not calendar.is_working(day):
            local = _on(calendar.next_working(day), MORNING)
        else:
            return max(at.astimezone(UTC), local.astimezone(UTC))


def _quiet(clock: time, start: time, end: time) -> bool:
    return start <= clock < end if start <= end else clock >= start or clock < end


def _on(day: date, clock: time) -> datetime:
    """The time of day on that day; one that the clock leaps over in March is the hour after it."""
    local = datetime.combine(day, clock, LONDON)
    return local.astimezone(UTC).astimezone(LONDON)


def digest_on(mode: Mode, today: date, calendar: Calendar) -> date:
    """The day of the digest that carries what was raised today: today, or the week's first working day."""
    if mode is not Mode.WEEKLY:
        return today
    monday = today - timedelta(days=today.weekday())
    first = calendar.next_working(monday)
    return first if first >= today else calendar.next_working(monday + timedelta(days=7))
