"""Working-day calendars: which days count, for which law, and how far ahead that is known.

A calendar is an index built once (about 56 years, some milliseconds); every question after that
is arithmetic on ordinals, because planning asks a million of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from itertools import accumulate, compress

from holidays import country_holidays

FIRST = date(2005, 1, 1)
LAST = date(2060, 12, 31)

HORIZON = date(2028, 12, 31)
"""Last day of the list GOV.UK publishes (https://www.gov.uk/bank-holidays.json): beyond it bank holidays
are computed from the Banking and Financial Dealings Act 1971 and may still be moved or added to by
royal proclamation."""


class Division(StrEnum):
    """Whose bank holidays are not working days; the three divisions carry GOV.UK's own keys."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"
    WHOLE_UK = "whole-uk"
    """Procurement Act 2023 s.123: a bank holiday in any part of the United Kingdom."""
    PCR_2015 = "pcr-2015"
    """PCR 2015 r.2(1): not Saturday, Sunday, Christmas Day, Good Friday or a bank holiday under the 1971 Act.
    The regulations do not say in which part; they extend to England, Wales and Northern Ireland (r.1(7)), and
    English authorities count England's days."""


# PCR names Christmas Day and Good Friday because the 1971 Act does not; England's list holds both.
_SUBDIVISIONS = {
    Division.ENGLAND_AND_WALES: ("ENG",),
    Division.SCOTLAND: ("SCT",),
    Division.NORTHERN_IRELAND: ("NIR",),
    Division.WHOLE_UK: ("ENG", "SCT", "NIR"),
    Division.PCR_2015: ("ENG",),
}
_PLACES = {"ENG": "England and Wales", "SCT": "Scotland", "NIR": "Northern Ireland"}
_WEEKEND = {5: "Saturday", 6: "Sunday"}
_BASE = FIRST.toordinal()
_EVERY_DAY = tuple(map(date.fromordinal, range(_BASE, LAST.toordinal() + 1)))


class OutsideCalendar(ValueError):
    """Raised for a day outside 2005–2060, which no calendar covers."""

    def __init__(self, day: date | None = None) -> None:
        which = f"{day:%d %B %Y} is" if day else "the day counted to is"
        super().__init__(f"{which} outside the working-day calendar, which covers {FIRST:%Y} to {LAST:%Y}")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days (Monday to Friday without `holidays`) from FIRST to LAST. Get one from `calendar()`.

    Every method raises OutsideCalendar when asked about, or counting to, a day outside that range.
    """

    division: Division
    added: frozenset[date] = frozenset()
    struck: frozenset[date] = frozenset()
    horizon: date = HORIZON
    holidays: Mapping[date, str] = field(init=False, repr=False, compare=False)
    """Bank holidays and added days by date, with their names; weekends are not listed for being weekends."""
    _working: tuple[date, ...] = field(init=False, repr=False, compare=False)
    _before: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {day: name for day, name in _bank_holidays(self.division).items() if day not in self.struck}
        names |= {day: "day added by the council" for day in sorted(self.added) if day not in names}
        works = [day.weekday() < 5 and day not in names for day in _EVERY_DAY]
        object.__setattr__(self, "holidays", names)
        object.__setattr__(self, "_working", tuple(compress(_EVERY_DAY, works)))
        # _before[i]: working days strictly before FIRST + i, so [i + 1] counts through that day.
        object.__setattr__(self, "_before", tuple(accumulate(works, initial=0)))

    def is_working(self, day: date) -> bool:
        i = _index(day)
        return self._before[i + 1] > self._before[i]

    def is_holiday(self, day: date) -> bool:
        """Whether a bank holiday or a day added by the council falls on the day, weekends included."""
        _index(day)
        return day in self.holidays

    def next_working(self, day: date) -> date:
        """The day itself if it is a working day, otherwise the first one after it."""
        return self._nth(self._before[_index(day)])

    def previous_working(self, day: date) -> date:
        """The day itself if it is a working day, otherwise the last one before it."""
        return self._nth(self._before[_index(day) + 1] - 1)

    def add_working(self, day: date, n: int) -> date:
        """The nth working day after `day` (before it if `n` is negative), `day` itself never counted.

        0 leaves the day as it is, working or not.
        """
        if n > 0:
            return self._nth(self._before[_index(day) + 1] + n - 1)
        return self._nth(self._before[_index(day)] + n) if n else day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` and before `end`, both excluded; 0 if `end` is not after `start`."""
        return max(0, self._before[_index(end)] - self._before[_index(start) + 1])

    def skipped(self, start: date, end: date) -> tuple[tuple[date, str], ...]:
        """The non-working days from `start` to `end`, both included, each with its name."""
        span = _EVERY_DAY[_index(start) : _index(end) + 1]
        return tuple((day, why) for day in span if (why := self.why_not_working(day)))

    def why_not_working(self, day: date) -> str:
        """The holiday's name, or the weekday's for a weekend; empty for a working day."""
        return self.holidays.get(day) or _WEEKEND.get(day.weekday(), "")

    def provisional(self, day: date) -> bool:
        """Whether the day lies beyond the published list, so that its calendar may still change."""
        return day > self.horizon

    def _nth(self, i: int) -> date:
        if not 0 <= i < len(self._working):
            raise OutsideCalendar
        return self._working[i]


@cache
def calendar(
    division: Division = Division.ENGLAND_AND_WALES,
    added: frozenset[date] = frozenset(),
    struck: frozenset[date] = frozenset(),
) -> Calendar:
    """The calendar of a division with the days a council adds and strikes; the same object for the same days.

    Striking makes a bank holiday a working day (never a weekend); a day both added and struck is added.
    Striking a day the division does not keep changes nothing, so one policy serves all divisions.
    """
    return Calendar(division, added, struck)


def _index(day: date) -> int:
    i = day.toordinal() - _BASE
    if 0 <= i < len(_EVERY_DAY):
        return i
    raise OutsideCalendar(day)


@cache
def _bank_holidays(division: Division) -> dict[date, str]:
    """Names by day; for the whole UK a day kept in some parts only says in which."""
    by_place = {
        _PLACES[code]: country_holidays("GB", subdiv=code, years=range(FIRST.year, LAST.year + 1))
        for code in _SUBDIVISIONS[division]
    }
    names: dict[date, str] = {}
    for day in sorted(set().union(*by_place.values())):
        places = [place for place, days in by_place.items() if day in days]
        name = by_place[places[0]][day].replace("(observed)", "(substitute day)")
        names[day] = name if len(places) == len(by_place) else f"{name} ({', '.join(places)})"
    return names
