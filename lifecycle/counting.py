"""Ways of counting days in the law a council works under: each is a rule of its own, there is no `add_days`.

All take and return plain dates and are a few arithmetic steps, because a plan asks them a million times.
`RULES` names each with its citation in words; `count` applies one by name and says how the day was found.
Working days are those of the Calendar passed in; days outside it raise OutsideCalendar (a ValueError).
Except where noted, `n` is a number of whole days or months, 1 or more, and less raises NotAPeriod.
"""

from calendar import isleap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from lifecycle.calendars import Calendar, Division

SUNDAY = 6
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class NotAPeriod(ValueError):
    """Raised for a period of less than one day or month."""


def _period(n: int) -> int:
    if n < 1:
        raise NotAPeriod(f"a period of {n} is none: count at least 1")
    return n


def beginning_with(day: date, n: int) -> date:
    """Last day of a period of `n` days of which `day` is the first.

    Procurement Act 2023: "the period of 30 days beginning with the day on which…" (ss.53, 69, 70, 80, 93).
    Saturdays, Sundays and bank holidays count and the last day does not move (no roll-forward was found in
    the Act); what is due "before the end of" the period may be done on that day.
    """
    return day + timedelta(_period(n) - 1)


def after(day: date, n: int) -> date:
    """Last day of a period of `n` days that begins on the day after `day`.

    PCR 2015 r.2(3)(b): the day of the event is not counted; Procurement Act 2023 s.54 counts tender periods
    from the day after the invitation. Does not move off non-working days: for PCR use `pcr_forward`.
    """
    return day + timedelta(_period(n))


def working_days_beginning_with(day: date, n: int, calendar: Calendar) -> date:
    """Last of `n` working days, `day` being the first if it is a working day.

    Procurement Act 2023 s.51: standstill is 8 working days beginning with the day the contract award notice
    is published, on the whole-UK calendar of s.123. The contract may be entered on the next day.
    """
    return calendar.add_working(day - timedelta(1), _period(n))


def working_days_after(day: date, n: int, calendar: Calendar) -> date:
    """Last of `n` working days, the first being after `day`.

    Provider Selection Regime (SI 2023/1348) r.12(2) and (9): standstill begins on the day after the notice of
    intention and ends with the eighth working day after the day it began on. Count from that day, not from
    the notice, or it ends a day early: `regimes.standstill` does.
    """
    return calendar.add_working(day, _period(n))


def working_days_before(day: date, n: int, calendar: Calendar) -> date:
    """The `n`th working day before `day`, which is not counted.

    Not law but the ladder of a Board's papers: "dispatch 5 working days before the meeting". It leaves one
    clear day fewer than `clear_days_before` of the same number.
    """
    return calendar.add_working(day, -_period(n))


def clear_days_before(event: date, n: int, calendar: Calendar) -> date:
    """Latest working day to publish or serve with `n` clear working days before `event`.

    Both the day of publication and the day of the event are left out, and only working days count: Local
    Government Act 1972 ss.100A(6), 100B(3) with SI 2002/715 (5 days); R v Swansea City Council, ex parte
    Elitestone (1993). The Executive Arrangements Regulations (SI 2012/2089) rr.5-7 ask the same.
    """
    return calendar.add_working(event, -_period(n) - 1)


def clear_days_between(published: date, event: date, calendar: Calendar) -> int:
    """Clear working days from publication to event, both left out (sources as `clear_days_before`).

    0 if the event is not after the publication.
    """
    return calendar.working_days_between(published, event)


def clear_days_after(published: date, n: int, calendar: Calendar) -> date:
    """First working day on which to act once `n` clear working days have passed since `published`.

    Call-in: a decision is implemented when five clear working days have passed since its publication (each
    council's own constitution). SI 2012/2089 rr.10-11: the same wait for a general exception.
    """
    return calendar.add_working(published, _period(n) + 1)


def clear_calendar_days_before(event: date, n: int) -> date:
    """Latest day to publish with `n` clear days before `event`, every day of the week counting.

    Both end days are left out. SI 2012/2089 rr.5 and 9, "at least 28 clear days": practice counts calendar
    days. May be a weekend: take `working_day_on_or_before` if somebody must be at work to publish.
    """
    return event - timedelta(_period(n) + 1)


def pcr_forward(day: date, n: int, calendar: Calendar) -> date:
    """Last day of a period of `n` days counted forwards from an event on `day` under PCR 2015.

    r.2(3)(b): the day of the event is not counted; r.2(4): a period ending on a non-working day runs to the
    end of the next working day; r.2(3)(a): it includes at least 2 working days. Standstill sent
    electronically is 10 days (r.87); the contract may be entered on the next day.
    """
    return max(calendar.next_working(day + timedelta(_period(n))), calendar.add_working(day, 2))


def lga_roll_forward(day: date, calendar: Calendar) -> date:
    """The day, or the next one free of Sundays and breaks if what the Act requires falls due in one of those.

    Local Government Act 1972 s.243(1): Sunday, the Christmas, Easter and bank holiday breaks, public
    thanksgiving or mourning (have the council add such days). Saturday is not listed. By s.270(1) a break
    begins with the last week day before the holiday and ends with the first week day after it that is no bank
    holiday, so Maundy Thursday and the Tuesday after Easter are in it. "Week day" is read as any day but
    Sunday, the narrower reading. It only ever moves an act later: never use it to shorten a notice.
    """
    while _in_break(day, calendar):
        day += timedelta(1)
    return day


def _in_break(day: date, calendar: Calendar) -> bool:
    if day.weekday() == SUNDAY or calendar.is_holiday(day):
        return True
    # The week days on either side, over a Sunday.
    beside = (
        day + timedelta(step * (2 if (day + timedelta(step)).weekday() == SUNDAY else 1)) for step in (-1, 1)
    )
    return any(map(calendar.is_holiday, beside))


def working_day_on_or_before(day: date, calendar: Calendar) -> date:
    """The day, or the last working day before it if it is not one.

    Not law but prudence: the Procurement Act 2023 does not move a last day that falls on a weekend, so the
    act must be done before it.
    """
    return calendar.previous_working(day)


def months_after(day: date, n: int) -> date:
    """The corresponding date `n` months later, or the last day of a month too short to have one.

    Dodds v Walker [1981] UKHL 4. Not reversible and not additive (31 January, 28 February, but 31 March), so
    always count from the contract's own date. `n` may be 0. Raises ValueError outside the years 1 to 9999.
    """
    years, month = divmod(day.month - 1 + n, 12)
    year = day.year + years
    longest = 29 if month == 1 and isleap(year) else _MONTH_LENGTHS[month]
    return date(year, month + 1, min(day.day, longest))


def months_before(day: date, n: int) -> date:
    """The corresponding date `n` months earlier, or the last day of a month too short to have one.

    As `months_after`: six months before 31 August 2023 is 28 February 2023.
    """
    return months_after(day, -n)


@dataclass(frozen=True, slots=True)
class Rule:
    """A way of counting, for `count` and for explanations: what it is in words, and what it rests on."""

    function: Callable[..., date]
    words: str
    """A sentence's end, with {n} and {day} to fill in."""
    citation: str
    takes_n: bool = True
    takes_calendar: bool = True
    """What it takes besides a day, in this order."""
    skipped_from: Callable[[date, int], date] = lambda day, n: day
    """From where on a non-working day moved the result; the weekends inside a PCR period did count."""


RULES: dict[str, Rule] = {
    rule.function.__name__: rule
    for rule in (
        Rule(
            beginning_with,
            "the last of {n} days beginning with {day}; weekends and holidays count",
            "Procurement Act 2023, “beginning with the day”",
            takes_calendar=False,
        ),
        Rule(
            after,
            "the last of {n} days after {day}, which is not counted; weekends and holidays count",
            "Public Contracts Regulations 2015 r.2(3)(b); Procurement Act 2023 s.54",
            takes_calendar=False,
        ),
        Rule(
            working_days_beginning_with,
            "the last of {n} working days beginning with {day}",
            "Procurement Act 2023 ss.51, 123",
        ),
        Rule(
            working_days_after,
            "the last of {n} working days after {day}, which is not counted",
            "Provider Selection Regime Regulations 2023 (SI 2023/1348) r.12(2), (9), "
            "counted from the day standstill begins, the day after the notice",
        ),
        Rule(
            working_days_before,
            "working day {n} before {day}, which is not counted",
            "the council's own ladder for its papers; not the law's clear days",
        ),
        Rule(
            clear_days_before,
            "the last working day that leaves {n} clear working days before {day}, both end days left out",
            "Local Government Act 1972 ss.100A(6), 100B(3); SI 2002/715; R v Swansea ex p Elitestone (1993)",
        ),
        Rule(
            clear_days_after,
            "the first working day once {n} clear working days have passed after {day}, which is not counted",
            "Local Authorities (Executive Arrangements) Regulations 2012 (SI 2012/2089) rr.10-11; "
            "for call-in the council's constitution",
        ),
        Rule(
            clear_calendar_days_before,
            "the last day that leaves {n} clear days before {day}, both end days left out; weekends count",
            "Local Authorities (Executive Arrangements) Regulations 2012 (SI 2012/2089) rr.5, 9",
            takes_calendar=False,
        ),
        Rule(
            pcr_forward,
            "the end of {n} days after {day}, which is not counted; "
            "a period that ends on a non-working day runs to the end of the next working day",
            "Public Contracts Regulations 2015 r.2(3)-(4)",
            skipped_from=after,
        ),
        Rule(
            lga_roll_forward,
            "{day}, or the next day that is no Sunday and in no Christmas, Easter or bank holiday break",
            "Local Government Act 1972 ss.243(1), 270(1)",
            takes_n=False,
        ),
        Rule(
            working_day_on_or_before,
            "{day}, or the last working day before it",
            "prudence: the Procurement Act 2023 does not move a last day that falls on a non-working day",
            takes_n=False,
        ),
        Rule(
            months_before,
            "the date {n} months before {day}, or the last day of a month too short to have it",
            "Dodds v Walker [1981] UKHL 4",
            takes_calendar=False,
        ),
        Rule(
            months_after,
            "the date {n} months after {day}, or the last day of a month too short to have it",
            "Dodds v Walker [1981] UKHL 4",
            takes_calendar=False,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Counted:
    """A day and how it was found: what was counted from, by which rule, which days were passed over."""

    day: date
    start: date
    n: int | None
    rule: str
    words: str
    citation: str
    division: Division | None
    skipped: tuple[tuple[date, str], ...]
    provisional: bool
    """Whether it rests on bank holidays that are not published yet, so that it may still move."""


def count(rule: str, day: date, n: int | None = None, calendar: Calendar | None = None) -> Counted:
    """Apply a rule of RULES by name and keep how the day was found. Raises as the rule does.

    Raises KeyError for an unknown rule, and TypeError unless exactly what the rule takes is given.
    """
    how = RULES[rule]
    if (n is not None, calendar is not None) != (how.takes_n, how.takes_calendar):
        takes = " and ".join(["a day", *["a number"] * how.takes_n, *["a calendar"] * how.takes_calendar])
        raise TypeError(f"{rule} takes {takes}")
    found = how.function(*(given for given in (day, n, calendar) if given is not None))
    moved_from = how.skipped_from(day, n or 0)
    skipped = calendar.skipped(min(moved_from, found), max(moved_from, found)) if calendar else ()
    return Counted(
        day=found,
        start=day,
        n=n,
        rule=rule,
        words=how.words.format(n=n, day=f"{day.day} {day:%B %Y}"),
        citation=how.citation,
        division=calendar.division if calendar else None,
        skipped=skipped,
        provisional=calendar is not None and calendar.provisional(max(day, found)),
    )
