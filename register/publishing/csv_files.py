"""CSV as it is published: UTF-8, comma-separated, no cell a formula."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from lifecycle.partial_dates import DateRefused, PartialDate
from register.formulas import guarded


class Tick(Protocol):
    """Told after every so many rows, for a progress bar."""

    def __call__(self, rows: int, /) -> None: ...


def no_tick(rows: int) -> None:
    """Tell nobody."""


@lru_cache(maxsize=65536)
def written(day: PartialDate) -> str:
    """The date as it was written, or where those words would not be read as the same days again, its days."""
    try:
        if PartialDate.parse(day.text) == day:
            return day.text
    except DateRefused:
        pass
    if day.pinned or not (day.earliest and day.latest):
        return f"by {day.latest}" if day.latest and not day.pinned else str(day.latest or "to be confirmed")
    return f"{day.earliest}/{day.latest}"


def as_text(value: object) -> str:
    """A value as it stands in a CSV: days as 2022-04-25, money as 1234.50, yes and no."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, PartialDate):
        return guarded(written(value))
    return value.isoformat() if isinstance(value, date) else str(value)
