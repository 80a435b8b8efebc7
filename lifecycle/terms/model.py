"""A reading of a contract's term, and the parts it is put together from."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import NoReturn

from dateutil.relativedelta import relativedelta

from lifecycle.counting import months_after
from lifecycle.partial_dates import PartialDate


class Confidence(StrEnum):
    """Certain: the words say all of it. Likely: a person should look at the doubts in the reading."""

    CERTAIN = "certain"
    LIKELY = "likely"
    CANNOT_TELL = "cannot tell"


class DecidedBy(StrEnum):
    AUTHORITY = "authority"
    SUPPLIER = "supplier"
    MUTUAL = "mutual"


@dataclass(frozen=True, slots=True)
class Option:
    """So many extensions of so many months each; with `up_to`, each may be any length up to that."""

    count: int
    months: int
    up_to: bool = False
    decided_by: DecidedBy | None = None
    notice_months: int | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """The contract can be ended early: after so many months, on so many months' notice, where said."""

    after_months: int | None = None
    notice_months: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """A reading of some words. When the confidence is "cannot tell" nothing but `words` and `reading` is filled.

    Dates are last or first days, inclusive. `max_end` is the stated last date if there is one (however the sum
    turns out), else the sum from the start or the initial end, else None. `max_total_months` counts the initial
    term and all options; None where the words leave it open or contradict a stated last date.
    """

    words: str
    confidence: Confidence
    reading: str
    initial_months: int | None = None
    start: PartialDate | None = None
    initial_end: PartialDate | None = None
    options: tuple[Option, ...] = ()
    max_total_months: int | None = None
    max_end: PartialDate | None = None
    break_clause: Break | None = None


class CannotTell(Exception):
    """Raised with the reason, for people."""


@dataclass(slots=True)
class Grant:
    """Extensions as worded: lengths in months, each perhaps "up to"."""

    months: tuple[int, ...]
    up_to: bool = False
    plural: bool = False  # "extensions of 24 months": how many?


@dataclass(slots=True)
class Found:
    """What the quantities turned out to be, before the sums."""

    text: str
    initial: int | None = None
    grants: list[Grant] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)  # of the whole contract
    caps: list[int] = field(default_factory=list)  # of the contract or of the extensions: the sums decide
    restated: list[tuple[int, ...]] = field(default_factory=list)  # "(3+1+1)" after it was said in words
    whole: list[tuple[int, ...]] = field(default_factory=list)  # initial term and options said as one chain
    increment: int | None = None
    increment_up_to: bool = False
    start: PartialDate | None = None
    ends: list[tuple[PartialDate, bool]] = field(default_factory=list)  # with: said after the extension?
    notice: int | None = None
    break_clause: Break | None = None
    extension: bool = False  # has the word been said yet?
    total_came_first: bool = False
    none: bool = False
    span: int | None = None  # the notice's own months, where both its days are given
    last: str = ""  # what the quantity before this one was for, where that matters
    doubts: list[str] = field(default_factory=list)


def cannot(why: str) -> NoReturn:
    raise CannotTell(why)


def length(months: int) -> str:
    years, rest = divmod(months, 12)
    if years and not rest:
        return f"{years} year{'s' if years > 1 else ''}"
    return f"{months} month{'s' if months > 1 else ''}"


def span(first: date, last: date) -> int | None:
    """Whole months from the first to the last day, both included; None if there are days over."""
    if not first <= last < date.max:
        return None
    gap = relativedelta(last + timedelta(days=1), first)
    return gap.years * 12 + gap.months if not gap.days else None


def last_day_of(first: date, months: int) -> date | None:
    """The last day of so many months beginning with the first day (corresponding date, *Dodds v Walker*)."""
    try:
        return months_after(first, months) - timedelta(days=1)
    except ValueError:  # after the year 9999
        return None
