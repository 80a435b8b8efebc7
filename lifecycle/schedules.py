"""When the engine does things by itself: times of the day in London, every day or on working days only."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from lifecycle.calendars import Calendar


class Days(StrEnum):
    """On which days a schedule runs."""

    EVERY = "every day"
    WORKING = "working days"


class NoSuchTime(ValueError):
    """The times of a schedule cannot be read, or do not exist once on every day; the message says why."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a deployment runs. `cron` has five fields; its last three are `*`, as `days` says the days."""

    deployment: str
    cron: str
    days: Days

    @property
    def times(self) -> tuple[time, ...]:
        """The times of a day, in their order; raises NoSuchTime."""
        return times(self.cron)

    def runs_on(self, day: date, calendar: Calendar) -> bool:
        """Whether the day is one of its days."""
        return self.days is Days.EVERY or calendar.is_working(day)

    def last_day(self, by: datetime, calendar: Calendar, at: time | None = None) -> date:
        """The last of its days whose time (`at`, or its own first) has come at that moment in London."""
        day = by.date() if by.time() >= (at or self.times[0]) else by.date() - timedelta(days=1)
        while not self.runs_on(day, calendar):
            day -= timedelta(days=1)
        return day


def times(cron: str) -> tuple[time, ...]:
    """The times of a day that a cron line names, in their order. Raises NoSuchTime.

    01:00 to 01:59 is refused: on the last Sunday of March it does not exist, on the last of October it is
    there twice (Summer Time Act 1972 s.1; the Summer Time Order 2002).
    """
    minute, hour, *days = cron.split() if cron.count(" ") == 4 else ("", "", "")
    if days != ["*", "*", "*"]:
        raise NoSuchTime("must be a minute, an hour and three stars, such as 0 7 * * *: `days` says the days")
    found = tuple(time(h, m) for h in _numbers("hour", hour, 23) for m in _numbers("minute", minute, 59))
    if any(one.hour == 1 for one in found):
        raise NoSuchTime(
            "names a time between 01:00 and 01:59, which is left out when the clocks go forward and comes "
            "twice when they go back: choose another hour"
        )
    return found


def _numbers(what: str, field: str, last: int) -> list[int]:
    """What one field of a cron line stands for: *, 7, 6-20, */15, 6-20/2, or several with commas."""
    found: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(?:(\*|(\d+)-(\d+))(?:/([1-9]\d*))?)|(\d+)", part)
        low, high = (int(match[2] or match[5] or 0), int(match[3] or match[5] or last)) if match else (1, 0)
        if not (match and low <= high <= last):
            raise NoSuchTime(
                f"has {part!r} for the {what}: it must lie between 0 and {last}, such as 7 or 6-20"
            )
        found.update(range(low, high + 1, int(match[4] or 1)))
    return sorted(found)
