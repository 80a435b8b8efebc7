"""An object of a release, read so that any JSON value in any place is either read or said to be wrong, never a crash."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from lifecycle.partial_dates import FIRST_YEAR, LAST_YEAR
from register.ocds.wording import SHORT, cleaned, cleaned_short, one_line, unsound

LONDON = ZoneInfo("Europe/London")
MOST = Decimal(10) ** 13
"""Pounds; above it an amount is a slip, and no column holds it."""

STAND_IN = "date"
GARBLED = "text"
INFERRED = "regime"


class Misread(ValueError):
    """A value that cannot be what its place asks for. `value` is shortened."""

    def __init__(self, path: str, value: object, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.value = str(value)[:200]


@dataclass(slots=True, eq=False)  # not frozen: a notice has hundreds, and making those costs twice as much
class Node:
    """An object at its path. `noticed` counts what was seen on the way: stand-in dates, garbled text."""

    found: Mapping[str, Any]
    path: str
    noticed: Counter[str]

    def __bool__(self) -> bool:
        return bool(self.found)

    def _at(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name

    def wrong(self, name: str, reason: str) -> Misread:
        """What is to be raised about the value of this name."""
        return Misread(self._at(name), self.found.get(name), reason)

    def text(self, name: str) -> str:
        """Text, cleaned, with its lines; empty where there is none."""
        value = self.found.get(name)
        if value is None:
            return ""
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str):
            raise self.wrong(name, "is no text")
        return self._cleaned(name, value)

    def _cleaned(self, name: str, value: str) -> str:
        if reason := unsound(value):
            raise Misread(self._at(name), value, reason)
        text, garbled = cleaned(value) if len(value) > SHORT else cleaned_short(value)
        self.noticed[GARBLED] += garbled
        return text

    def line(self, name: str) -> str:
        """Text on one line."""
        return one_line(self.text(name))

    def node(self, name: str) -> "Node":
        """An object; an empty one where there is none."""
        value = self.found.get(name)
        if value is None:
            return NOTHING
        if not isinstance(value, dict):
            raise self.wrong(name, "is no object")
        return Node(value, self._at(name), self.noticed)

    def nodes(self, name: str) -> list["Node"]:
        """A list of objects."""
        return [
            Node(one, f"{self._at(name)}/{at}", self.noticed) for at, one in self._list(name, dict, "objects")
        ]

    def texts(self, name: str) -> list[str]:
        """A list of texts, each on one line."""
        return [one_line(self._cleaned(name, one)) for _, one in self._list(name, str, "texts")]

    def _list(self, name: str, of: type, what: str) -> Iterator[tuple[int, Any]]:
        values = self.found.get(name)
        if values is None:
            return
        if not isinstance(values, list):
            raise self.wrong(name, f"is no list of {what}")
        for at, one in enumerate(values):
            if one is None:
                continue
            if not isinstance(one, of):
                raise Misread(f"{self._at(name)}/{at}", one, "is no object" if of is dict else "is no text")
            yield at, one

    def flag(self, name: str) -> bool | None:
        """True or false; None where it is not said."""
        value = self.found.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "is neither true nor false")
        return value

    def whole(self, name: str, most: int) -> int | None:
        """A whole number from 1 to `most`; 0 is not given."""
        value = self.found.get(name)
        if value is None or value == 0:
            return None
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not 0 < value <= most
            or value % 1
        ):
            raise self.wrong(name, f"is no whole number from 1 to {most:,}")
        return int(value)

    def money(self, name: str) -> Decimal | None:
        """An amount to the penny; 0 is a system's way to say nothing."""
        value = self.found.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 40:
            raise self.wrong(name, "is no amount of money")
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            raise self.wrong(name, "is no amount of money") from None
        if not amount.is_finite() or not 0 <= amount < MOST:
            raise self.wrong(name, "is no amount of money that a contract can have")
        return round(amount, 2) or None

    def day(self, name: str) -> date | None:
        """The day in London of a date and time; None where it stands in for "not given" (years 1, 1900, 9999)."""
        value = self.found.get(name)
        if value is None or value == "":
            return None
        moment = self.moment(name)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            self.noticed[STAND_IN] += 1
            return None
        return (moment.astimezone(LONDON) if moment.tzinfo else moment).date()

    def moment(self, name: str) -> datetime:
        """A date and time as ISO 8601 writes it, in its own zone or in none."""
        value = self.found.get(name)
        if not isinstance(value, str) or len(value) > 40:
            raise self.wrong(name, "is no date")
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError:
            raise self.wrong(name, "is no date; write it as in 2025-03-31T23:59:59+01:00") from None


NOTHING = Node({}, "", Counter())
"""An object that is not there."""
