"""The Board's meetings as a calendar to plan against, and the ladder of papers before each.

The Board meets every two months (annual report of 25 April 2022, paragraph 6): a paper that misses its
day waits for the next meeting.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time

from dateutil.rrule import rrulestr

from lifecycle.calendars import Calendar
from lifecycle.policy import BoardRules

FIRST, LAST = date(2012, 1, 1), date(2050, 12, 31)


@dataclass(frozen=True, slots=True)
class PaperLadder:
    """The last day for each step of a paper, counted back from the meeting in working days."""

    draft: date
    clearance: date
    cut_off: date
    dispatch: date


class NoMeeting(ValueError):
    """The calendar holds no meeting on the side asked for."""


@dataclass(frozen=True)
class Boards:
    """The meetings, in order. Every look-up is a binary search."""

    dates: tuple[date, ...]
    ladders: tuple[PaperLadder, ...]

    def papers(self, meeting: date) -> PaperLadder:
        """The last days of the papers for a meeting; raises NoMeeting where the Board does not meet."""
        at = bisect_left(self.dates, meeting)
        if at == len(self.dates) or self.dates[at] != meeting:
            raise NoMeeting(f"the Board does not meet on {meeting.isoformat()}")
        return self.ladders[at]

    def on_or_before(self, day: date) -> date:
        """The last meeting on or before the day; raises NoMeeting."""
        at = bisect_right(self.dates, day)
        if at == 0:
            raise NoMeeting(f"no meeting of the Board is known on or before {day.isoformat()}")
        return self.dates[at - 1]

    def on_or_after(self, day: date) -> date:
        """The first meeting on or after the day; raises NoMeeting."""
        at = bisect_left(self.dates, day)
        if at == len(self.dates):
            raise NoMeeting(f"no meeting of the Board is known on or after {day.isoformat()}")
        return self.dates[at]

    def after(self, day: date) -> date:
        """The first meeting after the day; raises NoMeeting."""
        return self.on_or_after(date.fromordinal(day.toordinal() + 1))

    def between(self, first: date, last: date) -> tuple[date, ...]:
        """The meetings from `first` to `last`, both inclusive."""
        return self.dates[bisect_left(self.dates, first) : bisect_right(self.dates, last)]

    def count(self, first: date, last: date) -> int:
        """How many meetings lie from `first` to `last`, both inclusive; negative when `last` is earlier.

        Negative counts the meetings already missed: those after `last` and before `first`.
        """
        if last < first:
            return -(bisect_left(self.dates, first) - bisect_right(self.dates, last))
        return bisect_right(self.dates, last) - bisect_left(self.dates, first)


def meetings(rules: BoardRules, working: Calendar) -> Boards:
    """The Board's calendar: the rule's days, as moved, cancelled or added by the council.

    A day that is no working day, or lies in a recess, and was not moved by hand goes to the next working
    day after it, so that no plan rests on a meeting that cannot be held.
    """
    rule = rrulestr(rules.rrule, dtstart=datetime.combine(FIRST, time()))
    days = {day.date() for day in rule.between(_midnight(FIRST), _midnight(LAST), inc=True)}
    held = {_held(rules.moved.get(day, day), rules, working) for day in days - rules.cancelled}
    dates = tuple(sorted(held | set(rules.extraordinary)))
    steps = (rules.draft_days, rules.clearance_days, rules.cut_off_days, rules.dispatch_days)
    ladders = tuple(PaperLadder(*(working.add_working(day, -count) for count in steps)) for day in dates)
    return Boards(dates, ladders)


def _held(day: date, rules: BoardRules, working: Calendar) -> date:
    for first, last in rules.recesses:
        if first <= day <= last:
            day = date.fromordinal(last.toordinal() + 1)
    return working.next_working(day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
