"""A council's policy as values: dated, cited rules; the alert ladders; the Board's calendar.

`config/` reads it from `policy.toml`; everything below receives it as an argument.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from lifecycle.calendars import Calendar, Division, calendar
from lifecycle.schedules import Schedule
from lifecycle.stages import Kind, Stage


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
    """One step of a ladder: so many months and days, or working days, before the milestone."""

    code: str
    months: int = 0
    days: int = 0
    working_days: int = 0


@dataclass(frozen=True, slots=True)
class Ladder:
    """When the alerts of a milestone go out. `overdue_every` days after it, 0 for never.

    It is for contracts of at least `from_pounds` a year. From the rung `answer_from` on (None: from the
    first) silence escalates.
    """

    milestone: str
    kinds: frozenset[Kind]
    rungs: tuple[Rung, ...]
    overdue_every: int
    from_pounds: int = 0
    answer_from: str | None = None
    calendar: Calendar = field(default_factory=calendar, repr=False)

    def asks(self, rung: str) -> bool:
        """Whether an alert of this rung wants an answer; one after the milestone always does."""
        codes = [one.code for one in self.rungs]
        return (
            self.answer_from not in codes
            or rung not in codes
            or codes.index(rung) >= codes.index(self.answer_from)
        )


@dataclass(frozen=True, slots=True)
class StreamRules:
    """A stream's milestones and who hears of them: roles ("owner", "second owner", "deputy", …) or posts' titles."""

    stream: Stream
    milestones: frozenset[str]
    hears: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Who hears of an alert nobody answered, so many working days after the step before it."""

    to: str
    after: int


MANDATORY = frozenset({"the day", "overdue", "corrections"})
"""What a policy may declare mandatory: it reaches even those who switched a stream off."""


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """What a stage must have before its gate passes a contract on, and who provides it.

    `by` is a role ("owner", "finance", "legal") or the flow that fills it in ("compile-pack").
    """

    stage: Stage
    item: str
    by: str
    kinds: frozenset[Kind]
    citation: str


@dataclass(frozen=True, slots=True)
class BoardRules:
    """The Board's calendar as an RFC 5545 rule, its exceptions, and the ladder of its papers.

    The paper days count back from the meeting in working days, the meeting's day excluded. `quorum` is how
    many members without a conflict must be present, where attendance was recorded; `quorum_divisions` how many
    divisions they must speak for, where the membership is on record.
    `reminders` are the working days before each step of a paper on which who owes it is reminded, largest first.
    `clearers` are the posts that clear papers, by kind of comment; a comment counts for `clearance_valid_days`
    days before the meeting. `secretary` is the post told of packs and what they lack.
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
    quorum: int = 0
    secretary: str = "Board Secretary"
    clearers: Mapping[str, str] = field(default_factory=dict)
    clearance_valid_days: int = 60
    reminders: tuple[int, ...] = (5, 1, 0)
    quorum_divisions: int = 0


@dataclass(frozen=True, slots=True)
class RegisterRules:
    """When the register's own figures are told.

    A framework's owner hears when its call-offs come to so many per cent of its ceiling (`ceiling_alerts`, rising);
    the Board when a provider was given so many spot contracts in a financial year (`spot_contracts_a_year`).
    """

    ceiling_alerts: tuple[int, ...] = (80, 95, 100)
    spot_contracts_a_year: int = 9


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
    checklists: tuple[ChecklistItem, ...]
    schedules: tuple[Schedule, ...]
    added_holidays: Mapping[date, str]
    struck_holidays: frozenset[date]
    fingerprint: str = ""
    streams: tuple[StreamRules, ...] = ()
    escalation: tuple[EscalationStep, ...] = ()
    mandatory: frozenset[str] = MANDATORY
    digest_lines: int = 40
    register: RegisterRules = field(default_factory=RegisterRules)

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

    def ladder(self, milestone: str, kind: Kind, pounds: Decimal | int | None = None) -> Ladder:
        """The ladder for the milestone of a contract of that kind and yearly value; raises NoRule."""
        for ladder in self._by_milestone.get((milestone, kind), ()):
            if ladder.from_pounds <= (pounds or 0):
                return ladder
        raise NoRule(f"no ladder for {milestone!r} of a {kind}")

    def checklist(self, stage: Stage, kind: Kind) -> tuple[ChecklistItem, ...]:
        """What the stage must have for a contract of that kind, in the file's order."""
        return tuple(one for one in self.checklists if one.stage is stage and kind in one.kinds)

    def schedule(self, deployment: str) -> Schedule | None:
        """When the deployment runs by itself; None where only people start it."""
        return next((one for one in self.schedules if one.deployment == deployment), None)

    @cached_property
    def _by_milestone(self) -> dict[tuple[str, Kind], list[Ladder]]:
        found: dict[tuple[str, Kind], list[Ladder]] = {}
        for ladder in sorted(self.ladders, key=lambda one: -one.from_pounds):
            for kind in ladder.kinds:
                found.setdefault((ladder.milestone, kind), []).append(ladder)
        return found

    @cached_property
    def by_value(self) -> bool:
        """Whether any ladder depends on what a contract costs."""
        return any(ladder.from_pounds for ladder in self.ladders)

    def stream(self, milestone: str) -> StreamRules:
        """The stream a milestone belongs to; where the policy names none, a decision its owner hears of."""
        for rules in self.streams:
            if milestone in rules.milestones:
                return rules
        return StreamRules(Stream.DECIDE, frozenset({milestone}), ("owner",))
