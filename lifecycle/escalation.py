"""When silence goes one step up: so many working days after the step before, counted from the day it was told."""

from collections.abc import Sequence
from datetime import date

from lifecycle.calendars import Calendar
from lifecycle.policy import EscalationStep

ROLES = ("owner", "second owner", "deputy", "manager", "head of service")
"""Posts named by what they are to a contract; any other name is a post's title."""


def step_on(steps: Sequence[EscalationStep], taken: int, told: date, calendar: Calendar) -> date | None:
    """The day on which the step after the first `taken` falls due; None where nobody is left to tell."""
    return calendar.add_working(told, steps[taken].after) if taken < len(steps) else None


def latest_snooze(earliest: date, latest: date, next_alert: date | None, today: date) -> date | None:
    """The last day an alert may sleep until: the milestone's next hard date; None where there is none left.

    Hard are its earliest day, its latest day, and after them its next repeat.
    """
    return next((day for day in (earliest, latest, next_alert) if day and day > today), None)
