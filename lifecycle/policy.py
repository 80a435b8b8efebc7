"""A council's policy as values: dated, cited rules; the alert ladders; the Board's calendar.

`config/` reads it from `policy.toml`; everything below receives it as an argument.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import cached_property

from lifecycle.calendars import Calendar, Division, calendar
from lifecycle.stages import Kind


class Standing(StrEnum):
    """Whether a rule is law, the council's own, or a default it has not yet looked at."""

    LAW = "law"
    LOCAL = "local"
    DEFAULT = "default"


class Stream(StrEnum):
    """What a milestone is about: a decision that must be taken, or a service that ends or starts."""

    DECIDE = "decide by"
    ENDS = "ends on"


class NoRule(LookupError):
    """The policy has no rule of that name in force on that day."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One dated rule. `valid_to` is inclusive; None means still in force."""

    key: str
    value: int | str
    unit: str
    valid_from: date
    valid_to: date | None
    standing: Standing
    citation: str

    def in_force(self, on: date) -> bool:
        """Whether the rule applies on the day (both ends inclusive)."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    @property
    def days(self) -> int:
        """The value as a whole number, for rules that count something."""
        if isinstance(self.value, str):
            raise TypeError(f"rule {self.key} is {self.value!r}, not a number")
        return self.value


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder: so long before the milestone, these people hear of it."""

    code: str
    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class Ladder:
    """When the alerts of a milestone go out. `overdue_every` days after it, 0 for never."""

    milestone: str
    kinds: frozenset[Kind]
    rungs: tuple[Rung, ...]
    overdue_every: int


@dataclass(frozen=True, slots=True)
class BoardRules:
    """The Board's calendar as an RFC 5545 rule, its exceptions, and the ladder of its papers.

    The paper days count back from the meeting in working days, the meeting's day excluded.
    """

    name: str
    council: str
    rrule: str
    moved: Mapping[date, date]
    cancelled: frozenset[date]
    extraordinary: tuple[date, ...]
    recesses: tuple[tuple[date, date], ...]
    time: time
    venue: str
    draft_days: int
    clearance_days: int
    cut_off_days: int
    dispatch_days: int


@dataclass(frozen=True, slots=True)
class Partner:
    """An authority that shares contracts with us, and when it decides, as an RFC 5545 rule."""

    name: str
    rrule: str


@dataclass(frozen=True, eq=False)  # told apart by identity, so that results can be kept by policy
class Policy:
    """The whole policy in force. `fingerprint` is the SHA-256 of the file it was read from."""

    rules: tuple[Rule, ...]
    ladders: tuple[Ladder, ...]
    board: BoardRules
    partners: tuple[Partner, ...]
    added_holidays: Mapping[date, str]
    struck_holidays: frozenset[date]
    fingerprint: str = ""

    @cached_property
    def _by_key(self) -> dict[str, list[Rule]]:
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            found.setdefault(rule.key, []).append(rule)
        return found

    def rule(self, key: str, on: date) -> Rule:
        """The rule in force on the day; raises NoRule."""
        for rule in self._by_key.get(key, ()):
            if rule.in_force(on):
                return rule
        raise NoRule(f"no rule {key!r} is in force on {on.isoformat()}")

    def calendar(self, division: Division = Division.ENGLAND_AND_WALES) -> Calendar:
        """The working-day calendar of the division, with the council's added and struck days."""
        return calendar(division, frozenset(self.added_holidays), self.struck_holidays)

    def ladder(self, milestone: str, kind: Kind) -> Ladder:
        """The ladder for the milestone of a contract of that kind; raises NoRule."""
        for ladder in self.ladders:
            if ladder.milestone == milestone and kind in ladder.kinds:
                return ladder
        raise NoRule(f"no ladder for {milestone!r} of a {kind}")
