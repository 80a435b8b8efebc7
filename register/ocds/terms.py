"""When a contract runs and how it may be extended, as a process's periods and words give it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from lifecycle.counting import months_after
from lifecycle.terms import Confidence, read_terms
from register.ocds.nodes import Node
from register.ocds.picking import Pick, once

LONGEST_WORDS = 4000


@dataclass(frozen=True, slots=True)
class Length:
    """A period's length where no end is given: whole months, or days; `words` say how it was read."""

    months: int
    days: int
    words: str

    def end(self, start: date) -> date:
        """The last day of a period of this length."""
        if self.months:
            return months_after(start, self.months) - timedelta(days=1)
        return start + timedelta(days=self.days - 1)


def periods(pick: Pick) -> Iterator[list[Node]]:
    """Where the term is given, the surest first: contract, award, lots, tender."""
    yield [one.node("period") for one in pick.contracts]
    yield [one.node("contractPeriod") for one in pick.awards]
    yield [one.node("contractPeriod") for one in pick.lots]
    yield [pick.tender.node("contractPeriod")]


@once
def start(pick: Pick) -> date | None:
    """The first day: of several the earliest."""
    return _first(pick, "startDate", earliest=True)


@once
def end(pick: Pick) -> date | None:
    """The last day: of several the latest. Where only a length is given it is counted from the start."""
    begins = start(pick)
    for group in periods(pick):
        if days := [day for period in group if (day := period.day("endDate"))]:
            return max(days)
        if begins and (longest := _longest(group)):
            return longest.end(begins)
    return None


def max_extent(pick: Pick) -> date | None:
    """The last day with every extension, where the data has it."""
    return _first(pick, "maxExtentDate", earliest=False)


def _first(pick: Pick, name: str, earliest: bool) -> date | None:
    for group in periods(pick):
        if days := [day for period in group if (day := period.day(name))]:
            return min(days) if earliest else max(days)
    return None


@once
def length(pick: Pick) -> Length | None:
    """The length of the term where the surest period gives one and no end."""
    for group in periods(pick):
        if any(period.day("endDate") for period in group):
            return None
        if longest := _longest(group):
            return longest
    return None


def _longest(group: list[Node]) -> Length | None:
    found = [one for period in group if (one := _length(period))]
    return max(found, key=lambda one: one.months * 30 + one.days, default=None)


def _length(period: Node) -> Length | None:
    """European notices that give months are published as days, 30 to the month (a year has 360): 1,800 are 60 months.

    Source: the OCDS profile for the European Union, DURATION: months times 30, years times 365.
    """
    if months := period.whole("durationInMonths", most=1_200):
        return Length(months, 0, f"{months} months")
    days = period.whole("durationInDays", most=36_500)
    if days is None:
        return None
    if days % 365 == 0:
        return Length(days // 365 * 12, 0, f"{days:,} days, read as {days // 365 * 12} months")
    if days % 30 == 0:
        return Length(days // 30, 0, f"{days:,} days, read as {days // 30} months of 30 days")
    return Length(0, days, f"{days:,} days")


@once
def extension_words(pick: Pick) -> str:
    """How an extension is worded: the renewal of each of its lots, or what an award says of one."""
    said = [lot.node("renewal").text("description") for lot in pick.lots]
    said += [pick.tender.node("renewal").text("description")]
    said += [text for node in pick.newest_first if _is_of_extension(text := node.text("description"))]
    return "\n".join(dict.fromkeys(filter(None, said)))[:LONGEST_WORDS]


def _is_of_extension(text: str) -> bool:
    """Whether a short description is about an extension, and can be read as one."""
    lower = text.casefold()
    if len(text) > 1000 or not any(word in lower for word in ("exten", "renew", "option")):
        return False
    return read_terms(text).confidence is not Confidence.CANNOT_TELL


def notes(pick: Pick) -> Iterator[str]:
    """What a person should know of the term: how a length and the words were read, lots that run differently."""
    if longest := length(pick):
        yield f"Term as published: {longest.words}."
    if words := extension_words(pick):
        read = read_terms(words, start(pick), end(pick))
        yield f"Extension as read, to be confirmed ({read.confidence}): {read.reading}"
    ends = {day for lot in pick.lots if (day := lot.node("contractPeriod").day("endDate"))}
    if len(ends) > 1 and pick.pipeline:
        yield "Its lots end on different days; the latest is taken."
