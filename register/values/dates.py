"""A column of dates as people keep them: one order of day and month, read as partial dates.

A column is looked through before it is read, because only all of it tells whether 03/04/2024 is in March or in April.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from lifecycle.partial_dates import PartialDate
from register.values.words import clean

LONDON = ZoneInfo("Europe/London")
NAMED = 5
"""So many lines are named in a note."""
KEPT = 1 << 16
"""So many different texts of a column are kept read."""

_NUMBERS = re.compile(
    r"(\d{1,4})([/.\- ])(\d{1,2})\2(\d{1,4})(?:,?[T ]+\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[ap]m)?)?",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( ?Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_SHORT = re.compile(r"((?:\d{1,2}(?:st|nd|rd|th)?[ -])?[a-z]{3,9}\.?[ -]?)['’]?(\d\d)", re.IGNORECASE)
_SERIAL = re.compile(r"([2-7]\d{4})(\.\d+)?")
_NEVER = frozenset(
    {
        "0",
        "0.0",
        "00/00/0000",
        "0000-00-00",
        "00/01/1900",
        "1970-01-01",
        "01/01/1970",
        "n/a",
        "na",
        "none",
        "null",
        "nan",
    }
)
_NO_END = re.compile(
    r"(on[ -]?going|rolling|perpetual|evergreen|indefinite|open[- ]ended|until terminated|in perpetuity)\b.{0,40}",
    re.IGNORECASE,
)
_ABSENT_YEARS = frozenset({0, 1, 1753, 1899, 1900, 9999})
"""The years that systems write where no date was given."""


class Way(StrEnum):
    """A way of writing dates, as a note names it."""

    DAY_FIRST = "day/month/year"
    MONTH_FIRST = "month/day/year"
    EITHER = "day and month both up to 12"
    ISO = "year-month-day"
    MOMENT = "date and time with its zone"
    SERIAL = "Excel's day numbers"
    SHORT = "years of two digits"
    WORDS = "words"


@dataclass(slots=True)
class DateColumn:
    """What was seen in one column, and how its texts are read. `month_first` is a person's word that it is."""

    name: str
    month_first: bool = False
    seen: Counter[Way] = field(default_factory=Counter)
    lines: dict[Way, list[int]] = field(default_factory=dict)
    _day_first: bool = False
    _slashed: bool = False
    _counts: dict[str, int] = field(default_factory=dict)
    _read: dict[str, PartialDate | ValueError | None] = field(default_factory=dict)

    def look(self, text: str, line: int) -> None:
        """Take note of how a text is written."""
        count = self._counts.get(text, 0)
        self._counts[text] = count + 1
        if not count:
            self._meet(text, line)

    def _meet(self, text: str, line: int) -> None:
        said = clean(text) if "#" not in text else text
        if (way := _way(said)) is not None:
            lines = self.lines.setdefault(way, [])
            if len(lines) < NAMED:
                lines.append(line)
        if numbers := _NUMBERS.match(said):
            self._slashed = True
            self._day_first = self._day_first or (len(numbers[1]) == 2 and int(numbers[1]) > 12)
        if len(self._counts) > KEPT:
            self.close()

    def close(self) -> None:
        """All, or many, texts were seen: count the ways they are written in."""
        for text, count in self._counts.items():
            if (way := _way(clean(text) if "#" not in text else text)) is not None:
                self.seen[way] += count
        self._counts.clear()

    def refusal(self) -> str:
        """Why no date of the column can be trusted, and what to do; empty where they can."""
        wrong = Way.DAY_FIRST if self.month_first else Way.MONTH_FIRST
        if self.seen[wrong] <= self.seen[Way.MONTH_FIRST if self.month_first else Way.DAY_FIRST]:
            return ""
        what = f"the column “{self.name}” has its dates as {wrong} ({self._where(wrong)})"
        if self.month_first:
            return f"{what}, though the mapping says month first; take it out of `month_first`"
        return f"{what}, which is read wrongly here; add it to `month_first` of the mapping, or save the dates day first"

    def notes(self) -> list[str]:
        """What a person should know of how the column is written."""
        told = []
        wrong, right = (
            (Way.DAY_FIRST, Way.MONTH_FIRST) if self.month_first else (Way.MONTH_FIRST, Way.DAY_FIRST)
        )
        if self.seen[wrong]:
            told.append(
                f"Column “{self.name}”: {self._where(wrong)} as {wrong} among others as {right} and are refused; "
                "look at the others too, days up to 12 may stand for months."
            )
        numbers = Way.MONTH_FIRST if self.month_first else Way.DAY_FIRST
        ways = {numbers if way is Way.EITHER else way for way in self.seen if way is not wrong}
        if len(ways) > 1:
            by = [f"{way} ({self._where(way)})" for way in Way if way in ways]
            told.append(f"Column “{self.name}” has dates written in {len(ways)} ways: {'; '.join(by)}.")
        return told

    def _where(self, way: Way) -> str:
        count = self.seen[way] + (
            self.seen[Way.EITHER] if way is Way.DAY_FIRST and not self.month_first else 0
        )
        lines = sorted(
            {*self.lines.get(way, ()), *(self.lines.get(Way.EITHER, ()) if way is Way.DAY_FIRST else ())}
        )[:NAMED]
        named = ", ".join(map(str, lines))
        return (
            f"line {named}"
            if count == 1
            else f"{count} rows, lines {named}{' …' if count > len(lines) else ''}"
        )

    def read(self, text: str) -> PartialDate | None:
        """The date a text says; None where none is given. Raises ValueError."""
        try:
            found = self._read[text]
        except KeyError:
            if len(self._read) > KEPT:
                self._read.clear()
            try:
                found = read_date(text, month_first=self.month_first, short=self._short_is_certain())
            except ValueError as error:
                found = error
            self._read[text] = found
        if isinstance(found, ValueError):
            raise ValueError(str(found))
        return found

    def _short_is_certain(self) -> bool:
        """Whether a year of two digits can only be the last number: 31/03/24, in a column that begins with days."""
        return not self.month_first and (self._day_first or not self._slashed)

    def day(self, text: str) -> date | None:
        """One exact day, or None. Raises ValueError where it is not one."""
        found = self.read(text)
        if found is None or found.earliest is found.latest is None:
            return None
        if not found.pinned:
            raise ValueError(f'"{text.strip()}" is not one day; write it as in 31/08/2023, or leave it empty')
        return found.earliest


def _way(text: str) -> Way | None:
    if not text or text.casefold() in _NEVER:
        return None
    if moment := _MOMENT.fullmatch(text):
        return Way.MOMENT if moment[4] else Way.ISO
    if numbers := _NUMBERS.fullmatch(text):
        first, second, third = numbers[1], int(numbers[3]), numbers[4]
        if len(first) == 4:
            return None if int(first) in _ABSENT_YEARS else Way.ISO
        if len(third) != 2 and int(third) in _ABSENT_YEARS:
            return None
        if second > 12:
            return Way.MONTH_FIRST
        if len(third) == 2:
            return Way.SHORT
        return Way.DAY_FIRST if int(first) > 12 else Way.EITHER
    if _SERIAL.fullmatch(text):
        return Way.SERIAL
    return Way.SHORT if _SHORT.fullmatch(text) else Way.WORDS


def read_date(text: str, *, month_first: bool = False, short: bool = False) -> PartialDate | None:
    """Read one cell; None where it stands for no date. `short` lets years of two digits be 1990 to 2089.

    Moments with a zone become the day they have in London. Raises ValueError.
    """
    said = clean(text)
    if not said or said.casefold() in _NEVER or _NO_END.fullmatch(said) or not said.strip("-–—./ "):
        return None
    if moment := _MOMENT.fullmatch(said):
        return _of_moment(said, moment)
    if numbers := _NUMBERS.fullmatch(said):
        return _of_numbers(numbers, month_first, short)
    if serial := _SERIAL.fullmatch(said):  # a spreadsheet's column that lost its format
        return _on(date(1899, 12, 30) + timedelta(days=int(serial[1])))
    if short and (words := _SHORT.fullmatch(said)):
        return PartialDate.parse(f"{words[1].replace('-', ' ').strip()} {_century(words[2])}")
    return PartialDate.parse(
        re.sub(r"(?<=\d)-(?=[a-z]{3})|(?<=[a-z]{3})-(?=\d{4})", " ", said, flags=re.IGNORECASE)
    )


def _of_moment(said: str, moment: re.Match[str]) -> PartialDate | None:
    if int(said[:4]) in _ABSENT_YEARS:
        return None
    try:
        at = datetime.fromisoformat(said.upper().replace(" Z", "Z"))
        return _on((at.astimezone(LONDON) if at.tzinfo else at).date())
    except (ValueError, OverflowError):
        raise ValueError(f'"{said[:60]}" is no moment of the calendar') from None


def _of_numbers(numbers: re.Match[str], month_first: bool, short: bool) -> PartialDate | None:
    first, separator, second, third = numbers.groups()
    if len(first) == 4:
        return None if int(first) in _ABSENT_YEARS else PartialDate.parse(f"{first}-{second:0>2}-{third:0>2}")
    if len(third) != 2 and int(third) in _ABSENT_YEARS:
        return None
    day, month = (second, first) if month_first else (first, second)
    year = _century(third) if short and len(third) == 2 else third
    return PartialDate.parse(
        f"{day}{separator if separator != ' ' else '/'}{month}{separator if separator != ' ' else '/'}{year}"
    )


def _century(digits: str) -> str:
    return f"{'19' if digits >= '90' else '20'}{digits}"


def _on(day: date) -> PartialDate:
    return PartialDate.parse(day.isoformat())
