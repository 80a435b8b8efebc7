"""Dates as people write them: "August 2023", "academic year 2023/24", "by 31 March 2024", "to be confirmed".

A PartialDate keeps what was written and the days it can mean. **Lead times and alerts count from `earliest`,
overdue from `latest`**: a date that is too vague is chased too early rather than too late. A bound of None is
unknown: with no `earliest` the day may already have passed, so ask for the date now; with no `latest` nothing
can be called overdue.

What has two readings is refused with the reason and what to write instead, never guessed. Days come first
(3/4/2005 is 3 April); no general date parser is used, because they read 03/04/2005 as 4 March and
"2023-08" as 1 August.
"""

import json
import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple, NoReturn, Self

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""A council's contract dates lie between these; years 1, 1900 and 9999 are systems' ways to say nothing."""


class Precision(StrEnum):
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    SEASON = "season"
    FINANCIAL_YEAR = "financial_year"
    ACADEMIC_YEAR = "academic_year"
    YEAR = "year"
    INTERVAL = "interval"
    BEFORE = "before"
    BY = "by"
    END_OF = "end_of"
    UNKNOWN = "unknown"


class DateRefused(ValueError):
    """Raised for words that are no date or more than one; says why and what to write instead."""

    def __init__(self, reason: str, write: str, text: str = "") -> None:
        super().__init__(f"“{text[:100]}” {reason}. Write {write}.")
        self.reason, self.write, self.text = reason, write, text


class AmbiguousDate(DateRefused):
    """Raised when the words have more than one reading, so that a person must choose."""


class UnreadableDate(DateRefused):
    """Raised when the words have no reading: not a date, no such day, or a stand-in for "not given"."""


@dataclass(frozen=True, slots=True)
class PartialDate:
    """The days some words can mean: from `earliest` to `latest`, both included; None where there is no bound.

    `edtf` is the Extended Date/Time Format (ISO 8601-2) text, level 0 or 1 (`XXXX`, unknown, is level 2);
    `text` is the words as written. Raises ValueError if the bounds are the wrong way round.
    """

    earliest: date | None
    latest: date | None
    precision: Precision
    edtf: str
    text: str

    def __post_init__(self) -> None:
        if self.earliest and self.latest and self.earliest > self.latest:
            raise ValueError(f"a partial date cannot end ({self.latest}) before it begins ({self.earliest})")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read words, day first. Raises AmbiguousDate or UnreadableDate (both DateRefused, a ValueError).

        - "August 2023", "2023", "summer 2023": the whole of it. Seasons are whole months (spring is March to
          May), as the Met Office and EDTF count them; winter needs both years.
        - "financial year 2023/24": 1 April to 31 March. "academic year 2023/24": 1 September to 31 August,
          the contract convention (Education Act 1996 s.579: it begins with the first term after July).
        - "Q2 2023/24": a quarter of the financial year, July to September.
        - "end of August 2023": its last day. "by August 2023": up to and including its last day. "before
          August 2023": up to the day before its first; "before the end of" includes the last day.
        - "1 April 2023 to 31 March 2024", "2023-04/2024-03", "April to June 2023": first day to last day.
        - "TBC", "to be confirmed", "not yet known": no bounds.
        """
        written = text.strip()
        try:
            reading = _read(" ".join(written.translate(_DASHES).casefold().split()))
        except DateRefused as refused:
            raise type(refused)(refused.reason, refused.write, written) from None
        return cls(reading.earliest, reading.latest, reading.precision, reading.edtf, written)

    @classmethod
    def on(cls, day: date) -> Self:
        """A day known exactly, written the way people read it."""
        return cls(
            day, day, Precision.DAY, day.isoformat(), f"{day.day} {_MONTHS[day.month - 1].title()} {day.year}"
        )

    @property
    def pinned(self) -> bool:
        """Whether exactly one day is meant; an unpinned date is a task for somebody."""
        return self.earliest is not None and self.earliest == self.latest

    def __str__(self) -> str:
        return self.text

    def to_json(self) -> str:
        """Everything, as compact JSON: what was read stays as it was read, even if `parse` changes later."""
        bounds = [day and day.isoformat() for day in (self.earliest, self.latest)]
        return json.dumps(
            [*bounds, self.precision, self.edtf, self.text], ensure_ascii=False, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, value: str) -> Self:
        """The inverse of `to_json`. Raises ValueError for anything else."""
        try:
            *bounds, precision, edtf, text = json.loads(value)
            earliest, latest = (day and date.fromisoformat(day) for day in bounds)
        except TypeError as error:
            raise ValueError(f"not a stored partial date: {value!r}") from error
        if not isinstance(edtf, str) or not isinstance(text, str):
            raise ValueError(f"not a stored partial date: {value!r}")
        return cls(earliest, latest, Precision(precision), edtf, text)


class _Reading(NamedTuple):
    precision: Precision
    earliest: date | None
    latest: date | None
    edtf: str


_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# First month, and EDTF's level 1 code.
_SEASONS = {"spring": (3, 21), "summer": (6, 22), "autumn": (9, 23), "winter": (12, 24)}
# Hyphens and dashes of all kinds, as word processors make them.
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")

_MONTH = r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
_MONTH += r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
_DAY_NUMBER = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_WEEKDAY = r"(?P<weekday>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? "
_YEARS = r"(?P<year>\d+) ?(?:/|-| to ) ?(?P<next>\d+)"  # 2023/24, 2023-2024


def _ambiguous(reason: str, write: str) -> NoReturn:
    raise AmbiguousDate(reason, write)


def _unreadable(reason: str, write: str) -> NoReturn:
    raise UnreadableDate(reason, write)


def _year(digits: str) -> int:
    if len(digits) == 2:
        _ambiguous(f"has a year of two digits ({digits})", "all four digits of the year")
    year = int(digits)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        _unreadable(
            f"is in the year {year}, which looks like “not given” (years run {FIRST_YEAR} to {LAST_YEAR})",
            "the date itself, or “to be confirmed”",
        )
    return year


def _month_number(name: str) -> int:
    return next(number for number, full in enumerate(_MONTHS, 1) if full.startswith(name[:3]))


def _last_of(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _months(precision: Precision, year: int, month: int, length: int) -> _Reading:
    """`length` whole months from the given one, as an EDTF interval of months."""
    years, last = divmod(month - 1 + length - 1, 12)
    first_day, last_day = date(year, month, 1), _last_of(year + years, last + 1)
    return _Reading(precision, first_day, last_day, f"{first_day:%Y-%m}/{last_day:%Y-%m}")


def _start_of_pair(m: re.Match[str]) -> int:
    """The first year of "2023/24" or "2023/2024", which must follow each other."""
    year, following = _year(m["year"]), m["next"]
    if len(following) not in (2, 4) or not str(year + 1).endswith(following):
        _unreadable(
            f"joins {year} to {following}, which is not the year after",
            f"two years in a row, such as {year}/{(year + 1) % 100:02}",
        )
    return year


def _unknown(_: re.Match[str]) -> _Reading:
    # EDTF level 1 cannot say "no date at all"; level 2 can.
    return _Reading(Precision.UNKNOWN, None, None, "XXXX")


def _day(m: re.Match[str]) -> _Reading:
    groups = m.groupdict()
    year = _year(m["year"])
    month = int(m["month"]) if m["month"].isdigit() else _month_number(m["month"])
    if not 1 <= month <= 12:
        _unreadable(
            f"has no month {month}: the day comes first", f"the day before the month, as in 31/08/{year}"
        )
    try:
        day = date(year, month, int(m["day"]))
    except ValueError:
        _unreadable(
            f"names a day that does not exist: {_MONTHS[month - 1].title()} {year} "
            f"has {monthrange(year, month)[1]} days",
            "a day of the calendar, or the month alone",
        )
    weekday = groups.get("weekday")
    if weekday and not (is_a := _WEEKDAYS[day.weekday()]).startswith(weekday[:3]):
        _ambiguous(
            f"contradicts itself: that day is a {is_a.title()}",
            "the date without the weekday, once you know which of the two is right",
        )
    return _Reading(Precision.DAY, day, day, day.isoformat())


def _month(m: re.Match[str]) -> _Reading:
    year = _year(m["year"])
    month = int(m["month"]) if m["month"].isdigit() else _month_number(m["month"])
    if m["month"].isdigit() and m.string.startswith(m["year"]) and month == (year + 1) % 100:
        # Whoever writes 2009-10 may mean October 2009 or the financial year; 2023-24 is no month at all.
        _ambiguous_years(m)
    if not 1 <= month <= 12:
        _unreadable(f"has no month {month}", f"the month's name and the year, as in August {year}")
    return _Reading(Precision.MONTH, date(year, month, 1), _last_of(year, month), f"{year}-{month:02}")


def _financial_quarter(m: re.Match[str]) -> _Reading:
    quarter = int(m["quarter"])
    return _months(Precision.QUARTER, _start_of_pair(m) + quarter // 4, (1, 4, 7, 10)[quarter % 4], 3)


def _calendar_quarter(m: re.Match[str]) -> _Reading:
    return _months(Precision.QUARTER, _year(m["year"]), int(m["quarter"]) * 3 - 2, 3)


def _which_quarter(m: re.Match[str]) -> NoReturn:
    year, quarter = _year(m["year"]), int(m["quarter"])
    first = quarter * 3 - 3
    _ambiguous(
        "is a quarter of the calendar year or of the financial year",
        f"“Q{quarter} {year}/{(year + 1) % 100:02}” for the financial year, "
        f"or the months: “{_MONTHS[first].title()} to {_MONTHS[first + 2].title()} {year}”",
    )


def _season(m: re.Match[str]) -> _Reading:
    month, code = _SEASONS[m["season"]]
    year = _year(m["year"])
    if month == 12:
        _ambiguous(
            "begins in one year and ends in the next",
            f"“winter {year - 1}/{year % 100:02}” or “winter {year}/{(year + 1) % 100:02}”",
        )
    return _months(Precision.SEASON, year, month, 3)._replace(edtf=f"{year}-{code}")


def _winter(m: re.Match[str]) -> _Reading:
    year = _start_of_pair(m)
    return _months(Precision.SEASON, year, 12, 3)._replace(edtf=f"{year}-24")


def _financial_year(m: re.Match[str]) -> _Reading:
    return _months(Precision.FINANCIAL_YEAR, _start_of_pair(m), 4, 12)


def _academic_year(m: re.Match[str]) -> _Reading:
    return _months(Precision.ACADEMIC_YEAR, _start_of_pair(m), 9, 12)


def _which_start(m: re.Match[str]) -> NoReturn:
    year = _year(m["year"])
    _ambiguous(
        f"may begin or end in {year}",
        f"both years: {year - 1}/{year % 100:02} or {year}/{(year + 1) % 100:02}",
    )


def _ambiguous_years(m: re.Match[str]) -> NoReturn:
    year = _year(m["year"])
    pair = f"{year}/{(year + 1) % 100:02}"
    _ambiguous(
        "may be a financial year, an academic year, a season or a month",
        f"“financial year {pair}”, “academic year {pair}”, or the month by its name",
    )


def _calendar_year(m: re.Match[str]) -> _Reading:
    year = _year(m["year"])
    return _Reading(Precision.YEAR, date(year, 1, 1), date(year, 12, 31), f"{year:04}")


def _within(words: str) -> tuple[date, date, _Reading]:
    """What "by", "before", "end of" and "to" may be followed by: something with a first and a last day."""
    reading = _read(words)
    if reading.earliest is None or reading.latest is None or reading.precision is Precision.INTERVAL:
        _unreadable("leaves open which day is meant", "a day, month or year there, as in “by 31 August 2023”")
    return reading.earliest, reading.latest, reading


def _end_of(m: re.Match[str]) -> _Reading:
    _, last, _ = _within(m["rest"])
    return _Reading(Precision.END_OF, last, last, last.isoformat())


def _by(m: re.Match[str]) -> _Reading:
    _, last, _ = _within(m["rest"])
    return _Reading(Precision.BY, None, last, f"../{last}")


def _before(m: re.Match[str]) -> _Reading:
    first, _, inner = _within(m["rest"])
    # "Before the end of" a day or period lets the thing be done on its last day.
    latest = first if inner.precision is Precision.END_OF else first - timedelta(days=1)
    return _Reading(Precision.BEFORE, None, latest, f"../{latest}")


def _interval(m: re.Match[str]) -> _Reading:
    left, right = m["left"], m["right"]
    if borrowed := re.fullmatch(rf"({_DAY_NUMBER} )?{_MONTH}", left):  # "April to June 2023"
        left = f"{borrowed[0]} {right[-4:]}"
    (first, _, begins), (_, last, ends) = _within(left), _within(right)
    if first > last:
        if borrowed:
            _ambiguous("does not say in which year it begins", "the year with both dates")
        _unreadable(f"ends ({last}) before it begins ({first})", "the earlier date first")
    if begins.precision is ends.precision is Precision.YEAR and last.year == first.year + 1:
        pair = f"{first.year}/{last.year % 100:02}"
        _ambiguous(
            "may be two years, a financial year or an academic year",
            f"“financial year {pair}”, “academic year {pair}”, or two months such as "
            f"“January {first.year} to December {last.year}”",
        )
    plain = {Precision.DAY, Precision.MONTH, Precision.YEAR}
    start = begins.edtf if begins.precision in plain else first
    end = ends.edtf if ends.precision in plain else last
    return _Reading(Precision.INTERVAL, first, last, f"{start}/{end}")


def _vague(_: re.Match[str]) -> NoReturn:
    _ambiguous(
        "gives no first and last day", "a month, a quarter or two dates, as in “January to March 2024”"
    )


def _month_first(m: re.Match[str]) -> NoReturn:
    _unreadable(
        "puts the month before the day", f"the day first, as in {m['day']} {m['month'].title()} {m['year']}"
    )


def _moment(_: re.Match[str]) -> NoReturn:
    # Portals print 1 April 2026 as 31 March 2026 23:00 UTC: whoever has the moment must convert it first.
    _unreadable("has a time of day, and its date depends on the time zone", "the day alone, in London time")


# The first pattern that fits all of the words (lower case, single spaces, plain hyphens) reads them.
_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Reading]], ...] = tuple(
    (re.compile(pattern, re.ASCII), reader)
    for pattern, reader in (
        (r"tb[acd]|(date )?to be (confirmed|agreed|announced|advised|decided|determined)", _unknown),
        (r"(date )?(not (yet )?(known|confirmed|agreed)|unknown)", _unknown),
        (r"(by|on or before|no later than|not later than) (?P<rest>.+)", _by),
        (r"\.\./(?P<rest>.+)", _by),
        (r"(before|prior to) (?P<rest>.+)", _before),
        (r"(the )?end of (the )?(?P<rest>.+)", _end_of),
        (r"(early|mid|late|about|around|circa|c\.?|approx\.?|approximately)[ -].+|.*[~?]", _vague),
        (rf"({_WEEKDAY})?{_DAY_NUMBER},? (of )?{_MONTH},? (?P<year>\d+)", _day),
        (r"(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>\d+)", _day),
        (r"(?P<year>\d{3,})(?P<sep>[/-])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})", _day),
        (r"\d{4}-\d\d-\d\d[t ]\d\d:.+", _moment),
        (rf"({_WEEKDAY})?{_MONTH} {_DAY_NUMBER},? (?P<year>\d{{4}})", _month_first),
        (rf"{_MONTH},? (?P<year>\d+)", _month),
        (r"(?P<month>\d{1,2})/(?P<year>\d{4})", _month),
        (r"(?P<year>\d{4})-(?P<month>\d\d)", _month),
        (
            rf"(financial )?q(uarter )?(?P<quarter>[1-4]),? (of )?(fy ?|financial year )?{_YEARS}",
            _financial_quarter,
        ),
        (r"calendar q(uarter )?(?P<quarter>[1-4]),? (of )?(?P<year>\d+)", _calendar_quarter),
        (r"q(uarter )?(?P<quarter>[1-4]),? (of )?(?P<year>\d+)", _which_quarter),
        (r"(?P<year>\d{4})[- ]?q(?P<quarter>[1-4])", _which_quarter),
        (rf"winter (of )?{_YEARS}", _winter),
        (r"(?P<season>spring|summer|autumn|winter),? (of )?(?P<year>\d+)", _season),
        (rf"(the )?(financial year|fy) ?{_YEARS}", _financial_year),
        (rf"{_YEARS} (financial year|fy)", _financial_year),
        (rf"(the )?(academic year|school year|ay) ?{_YEARS}", _academic_year),
        (rf"{_YEARS} (academic year|school year|ay)", _academic_year),
        (r"(the )?(financial year|fy|academic year|school year|ay) ?(?P<year>\d+)", _which_start),
        (r"(calendar year |year )?(?P<year>\d{4})", _calendar_year),
        (r"(?P<year>\d{4})[/-](?P<next>\d{2})", _ambiguous_years),
        # A bare hyphen joins only what cannot be one date: words, or a year and the day that follows it.
        (
            r"(from )?(?P<left>.+?)( to | until | - |(?<=[a-z])-(?=[a-z])|(?<=[a-z] \d{4})-)(?P<right>.+)",
            _interval,
        ),
        (r"between (?P<left>.+?) and (?P<right>.+)", _interval),
        (r"(?P<left>\d{4}[\d-]*)/(?P<right>\d{4}[\d-]*)", _interval),
    )
)


def _read(words: str) -> _Reading:
    if not words:
        _unreadable("is empty", "a date, or “to be confirmed” if there is none yet")
    if len(words) > 100:
        _unreadable("is too long for a date", "the date alone, and the rest in a note")
    for pattern, reader in _READERS:
        if m := pattern.fullmatch(words):
            return reader(m)
    _unreadable(
        "is not a date this register reads",
        "“31 August 2023”, “August 2023”, “1 April 2023 to 31 March 2024” or “to be confirmed”",
    )
