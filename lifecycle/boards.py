"""The Board's meetings as a calendar to plan against, and the ladder of papers before each.

The Board meets every two months (annual report of 25 April 2022, paragraph 6): a paper that misses its
day waits for the next meeting.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from dateutil.rrule import rrulestr

from lifecycle.calendars import Calendar
from lifecycle.policy import Policy

FIRST, LAST = date(2006, 1, 1), date(2050, 12, 31)


@dataclass(frozen=True, slots=True)
class PaperLadder:
    """The last day for each step of a paper, counted back from the meeting in working days."""

    draft: date
    clearance: date
    cut_off: date
    dispatch: date


class NoMeeting(ValueError):
    """The calendar holds no meeting on the side asked for."""


@dataclass(frozen=True, eq=False)  # told apart by identity, so that results can be kept by calendar
class Boards:
    """The meetings, in order, and those of our partners by name. Every look-up is a binary search."""

    dates: tuple[date, ...]
    ladders: tuple[PaperLadder, ...]
    partners: Mapping[str, "Boards"] = field(default_factory=dict)

    def without(self, meeting: date) -> "Boards":
        """The same calendar as if that meeting were not held; raises NoMeeting where there is none."""
        self.papers(meeting)
        at = self.dates.index(meeting)
        return replace(
            self,
            dates=self.dates[:at] + self.dates[at + 1 :],
            ladders=self.ladders[:at] + self.ladders[at + 1 :],
        )

    def papers(self, meeting: date) -> PaperLadder:
        """The last days of the papers for a meeting; raises NoMeeting where the Board does not meet."""
        at = bisect_left(self.dates, meeting)
        if at == len(self.dates) or self.dates[at] != meeting:
            raise NoMeeting(f"the Board does not meet on {meeting.isoformat()}")
        return self.ladders[at]

    def on_or_before(self, day: date) -> date:
        """The last meeting on or before the day; raises NoMeeting, also for a day beyond the calendar's end."""
        if day > LAST:
            raise NoMeeting(f"the Board's meetings are known to {LAST.isoformat()}, not to {day.isoformat()}")
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

    def before(self, day: date) -> date:
        """The last meeting before the day; raises NoMeeting."""
        return self.on_or_before(date.fromordinal(day.toordinal() - 1))

    def after(self, day: date) -> date:
        """The first meeting after the day; raises NoMeeting."""
        return self.on_or_after(date.fromordinal(day.toordinal() + 1))

    def open_for_papers(self, day: date) -> date:
        """The first meeting whose papers may still come in on the day; raises NoMeeting."""
        meeting = self.on_or_after(day)
        while self.papers(meeting).cut_off < day:
            meeting = self.after(meeting)
        return meeting

    def between(self, first: date, last: date) -> tuple[date, ...]:
        """The meetings from `first` to `last`, both inclusive."""
        return self.dates[bisect_left(self.dates, first) : bisect_right(self.dates, last)]

    def count(self, first: date, last: date) -> int:
        """How many meetings lie from `first` to `last`, both inclusive.

        When `last` is earlier, minus the number between them, both left out: the meetings missed since.
        """
        return bisect_right(self.dates, last) - bisect_left(self.dates, first)


def meetings(policy: Policy) -> Boards:
    """The Board's calendar: the rule's days, as moved, cancelled or added by the council; and our partners'.

    A day that is no working day, or lies in a recess, and was not moved by hand goes to the next working
    day after it, so that no plan rests on a meeting that cannot be held.
    """
    rules, working = policy.board, policy.calendar()
    steps = (rules.draft_days, rules.clearance_days, rules.cut_off_days, rules.dispatch_days)

    def held(days: Iterable[date]) -> Boards:
        dates = tuple(sorted(set(days)))
        ladders = (PaperLadder(*(working.add_working(day, -count) for count in steps)) for day in dates)
        return Boards(dates, tuple(ladders))

    ours = {
        rules.moved.get(day) or _held(day, rules.recesses, working)
        for day in _days(rules.rrule) - rules.cancelled
    }
    partners = {
        partner.name: held(_held(day, (), working) for day in _days(partner.rrule))
        for partner in policy.partners
    }
    return replace(held(ours | set(rules.extraordinary)), partners=partners)


def _days(rrule: str) -> set[date]:
    rule = rrulestr(rrule, dtstart=_midnight(FIRST))
    return {day.date() for day in rule.between(_midnight(FIRST), _midnight(LAST), inc=True)}


def _held(day: date, recesses: tuple[tuple[date, date], ...], working: Calendar) -> date:
    for first, last in recesses:
        if first <= day <= last:
            day = date.fromordinal(last.toordinal() + 1)
    return working.next_working(day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
