"""Reads `policy.toml`, and refuses it with the line of everything that is wrong in it."""

import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from dateutil.rrule import rrulestr
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from config.toml_lines import TomlLines
from lifecycle.calendars import Division, calendar
from lifecycle.ladders import read_rung
from lifecycle.notices import NOTICE_RULES
from lifecycle.planning import MilestoneKind
from lifecycle.policy import (
    MANDATORY,
    BoardRules,
    ChecklistItem,
    EscalationStep,
    Ladder,
    Partner,
    Policy,
    RegisterRules,
    Rule,
    Standing,
    Stream,
    StreamRules,
)
from lifecycle.regimes import REGIME_RULES
from lifecycle.schedules import Days, NoSuchTime, Schedule, times
from lifecycle.stages import Kind, Stage

Place = tuple[int | str, ...]
"""Where a fault is: keys and list positions from the top of the file."""

GATES = ("review", "needs analysis", "direction", "authority to tender", "tender", "award", "mobilisation")
PLANNING_RULES = {
    **{f"lead.{size}.{gate}": ("months",) for size in ("framework", "block", "small") for gate in GATES},
    **{
        f"shortest.{step}": ("days",)
        for step in (
            "needs analysis",
            "authority to tender",
            "tender",
            "mobilisation",
            "remodel",
            "decommission",
        )
    },
    "extension.notice": ("months",),
    "annual review": ("months",),
}
KNOWN_RULES = PLANNING_RULES | dict(REGIME_RULES) | dict(NOTICE_RULES)
"""Every rule the product reads, with the units its value may have; "" is words."""

KNOWN_LADDERS = {
    (milestone, kind)
    for milestone in MilestoneKind
    for kind in Kind
    if kind is not Kind.SPOT or milestone in (MilestoneKind.CONTRACT_END, MilestoneKind.ANNUAL_REVIEW)
}
"""Every milestone a kind of contract can have: each needs one ladder. A spot placement follows the child's
plan, so only its end and its review are alerted."""

SCHEDULED = ("sweep", "deliver", "reconcile", "overview", "watch", "prepare-board", "compile-pack")
"""Every deployment that runs by itself: each needs one schedule. A new one is named here, in `policy.toml`
and in `flows/deployments.py`."""


class PolicyRefused(ValueError):
    """The policy file is wrong; the message lists every fault as `file:line: what`."""


def _iso_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _is_rung(code: str) -> str:
    read_rung(code)
    return code


def _recurrence(text: str) -> str:
    try:
        rrulestr(text)
    except (ValueError, KeyError, AttributeError) as error:
        raise ValueError("is not a recurrence rule of RFC 5545, such as FREQ=MONTHLY;BYDAY=2MO") from error
    return text


def _times(cron: str) -> str:
    try:
        times(cron)
    except NoSuchTime as error:
        raise ValueError(str(error)) from error
    return cron


_Recurrence = Annotated[str, AfterValidator(_recurrence)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Rule(_Strict):
    key: str
    value: int | str
    unit: str = ""
    valid_from: date = Field(alias="from")
    valid_to: date | None = Field(default=None, alias="to")
    standing: Literal["law", "local", "default"]
    citation: Annotated[str, Field(min_length=3)]

    @field_validator("value", mode="before")
    @classmethod
    def _number_or_words(cls, value: object) -> object:
        if (type(value) is int and value >= 0) or (isinstance(value, str) and value.strip()):
            return value
        raise ValueError("must be a whole number, 0 or more, or words")


class _Ladder(_Strict):
    milestone: str
    kinds: Annotated[list[str], Field(min_length=1)]
    rungs: Annotated[list[Annotated[str, AfterValidator(_is_rung)]], Field(min_length=1)]
    overdue_every_days: Annotated[int, Field(ge=0)] = 0
    from_pounds: Annotated[int, Field(ge=0)] = 0
    answer_from: str | None = None


class _Stream(_Strict):
    name: str
    milestones: Annotated[list[str], Field(min_length=1)]
    hears: Annotated[list[Annotated[str, Field(min_length=3)]], Field(min_length=1)]


class _Escalation(_Strict):
    to: Annotated[str, Field(min_length=3)]
    after_working_days: Annotated[int, Field(ge=1)]


class _Messages(_Strict):
    mandatory: list[str] = sorted(MANDATORY)
    digest_lines: Annotated[int, Field(ge=10)] = 40


class _ChecklistItem(_Strict):
    stage: str
    item: Annotated[str, Field(min_length=3)]
    by: Annotated[str, Field(min_length=3)]
    kinds: list[str] = [str(kind) for kind in Kind]
    citation: Annotated[str, Field(min_length=3)]


class _PaperDays(_Strict):
    draft: int
    clearance: int
    cut_off: int
    dispatch: Annotated[int, Field(ge=0)]


class _Recess(_Strict):
    first: date
    last: date


class _Clearers(_Strict):
    constitutional: str = ""
    financial: str = ""


class _Board(_Strict):
    name: str
    council: str
    meetings: _Recurrence
    time: time
    venue: str
    moved: dict[Annotated[str, AfterValidator(_iso_day)], date] = {}
    cancelled: list[date] = []
    extraordinary: list[date] = []
    recesses: list[_Recess] = []
    paper_working_days: _PaperDays
    quorum: Annotated[int, Field(ge=0)] = 0
    quorum_divisions: Annotated[int, Field(ge=0)] = 0
    secretary: Annotated[str, Field(min_length=1)] = "Board Secretary"
    clearance_valid_days: Annotated[int, Field(ge=1)] = 60
    paper_reminders: list[Annotated[int, Field(ge=0)]] = [5, 1, 0]
    clearers: _Clearers = _Clearers()


class _Partner(_Strict):
    name: str
    meetings: _Recurrence


class _Schedule(_Strict):
    deployment: str
    cron: Annotated[str, AfterValidator(_times)]
    days: Literal["every day", "working days"]


class _Holiday(_Strict):
    day: date
    name: str


class _Calendar(_Strict):
    added: list[_Holiday] = []
    struck: list[date] = []


def _rising(shares: list[int]) -> list[int]:
    if sorted(set(shares)) != shares:
        raise ValueError("must rise, each once, such as [80, 95, 100]")
    return shares


class _Register(_Strict):
    ceiling_alerts: Annotated[
        list[Annotated[int, Field(ge=1, le=1000)]], Field(min_length=1), AfterValidator(_rising)
    ] = [80, 95, 100]
    spot_contracts_a_year: Annotated[int, Field(ge=2)] = 9


class _File(_Strict):
    board: _Board
    calendar: _Calendar = _Calendar()
    partner: list[_Partner] = []
    schedule: list[_Schedule]
    ladder: list[_Ladder]
    stream: Annotated[list[_Stream], Field(min_length=1)]
    escalation: list[_Escalation] = []
    messages: _Messages = _Messages()
    register_: Annotated[_Register, Field(alias="register")] = _Register()
    rule: list[_Rule]
    checklist: list[_ChecklistItem]


def check_policy(path: Path) -> list[str]:
    """Every fault of the file as `file:line: what`, in the order of its lines; empty when it is in order.

    What the file means (gaps, overlaps, ladders) is checked once its form is right.
    """
    return _read(path)[1]


def _read(path: Path) -> tuple[_File | None, list[str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, [f"{path}:1: cannot be read as UTF-8 text: {error}"]
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else len(text.splitlines())
        return None, [f"{path}:{line}: is not TOML: {error}"]
    read = None
    try:
        read = _File.model_validate(data)
    except ValidationError as error:
        faults = [_form(fault) for fault in error.errors()]
    else:
        faults = [
            *_rule_faults(read.rule),
            *_ladder_faults(read.ladder),
            *_checklist_faults(read.checklist),
            *_alerting_faults(read),
            *_board_faults(read),
            *_schedule_faults(read.schedule),
        ]
    lines = TomlLines(text)
    placed = sorted({(lines.line(where), what) for where, what in faults})
    return read, [f"{path}:{line}: {what}" for line, what in placed]


def load_policy(path: Path) -> Policy:
    """The policy in the file; raises PolicyRefused naming each line that is wrong."""
    read, faults = _read(path)
    if faults or read is None:
        raise PolicyRefused("\n".join(faults))
    added = {holiday.day: holiday.name for holiday in read.calendar.added}
    working = calendar(added=frozenset(added), struck=frozenset(read.calendar.struck))
    return Policy(
        rules=tuple(
            Rule(r.key, r.value, r.unit, r.valid_from, r.valid_to, Standing(r.standing), r.citation)
            for r in read.rule
        ),
        ladders=tuple(
            Ladder(
                ladder.milestone,
                frozenset(Kind(kind) for kind in ladder.kinds),
                tuple(read_rung(code) for code in ladder.rungs),
                ladder.overdue_every_days,
                ladder.from_pounds,
                ladder.answer_from,
                working,
            )
            for ladder in read.ladder
        ),
        board=BoardRules(
            name=read.board.name,
            council=read.board.council,
            rrule=read.board.meetings,
            moved={date.fromisoformat(day): to for day, to in read.board.moved.items()},
            cancelled=frozenset(read.board.cancelled),
            extraordinary=tuple(read.board.extraordinary),
            recesses=tuple((recess.first, recess.last) for recess in read.board.recesses),
            time=read.board.time,
            venue=read.board.venue,
            draft_days=read.board.paper_working_days.draft,
            clearance_days=read.board.paper_working_days.clearance,
            cut_off_days=read.board.paper_working_days.cut_off,
            dispatch_days=read.board.paper_working_days.dispatch,
            quorum=read.board.quorum,
            quorum_divisions=read.board.quorum_divisions,
            secretary=read.board.secretary,
            clearers={
                kind: post
                for kind, post in (
                    ("Constitutional", read.board.clearers.constitutional),
                    ("Financial", read.board.clearers.financial),
                )
                if post
            },
            clearance_valid_days=read.board.clearance_valid_days,
            reminders=tuple(sorted(read.board.paper_reminders, reverse=True)),
        ),
        partners=tuple(Partner(partner.name, partner.meetings) for partner in read.partner),
        checklists=tuple(
            ChecklistItem(
                Stage(one.stage), one.item, one.by, frozenset(Kind(kind) for kind in one.kinds), one.citation
            )
            for one in read.checklist
        ),
        schedules=tuple(Schedule(row.deployment, row.cron, Days(row.days)) for row in read.schedule),
        added_holidays=added,
        struck_holidays=frozenset(read.calendar.struck),
        fingerprint=sha256(path.read_bytes()).hexdigest(),
        streams=tuple(
            StreamRules(Stream(one.name), frozenset(one.milestones), tuple(one.hears)) for one in read.stream
        ),
        escalation=tuple(EscalationStep(one.to, one.after_working_days) for one in read.escalation),
        mandatory=frozenset(read.messages.mandatory),
        digest_lines=read.messages.digest_lines,
        register=RegisterRules(tuple(read.register_.ceiling_alerts), read.register_.spot_contracts_a_year),
    )


def _form(fault: ErrorDetails) -> tuple[Place, str]:
    """A fault of form in words; the parts pydantic adds to a place are in no file, and no matter."""
    where = fault["loc"]
    name = next(part for part in reversed(where) if isinstance(part, str) and not part.startswith("["))
    match fault["type"]:
        case "missing":
            return where, f"{name!r} is missing"
        case "extra_forbidden":
            return where, f"unknown key {name!r}{_nearest(name, _keys())}"
        case _:
            words = fault["msg"].removeprefix("Value error, ").removeprefix("Input ")
            return where, f"{name} {words}, not {fault['input']!r}"


def _keys() -> list[str]:
    """Every key a file may have, as it is written."""
    alerting = (_Ladder, _Stream, _Escalation, _Messages, _Register)
    own = (_Schedule, _Rule, _ChecklistItem)
    parts = (_File, _Board, _PaperDays, _Recess, _Calendar, _Holiday, *own, *alerting)
    return [field.alias or name for part in parts for name, field in part.model_fields.items()]


def _nearest(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _rule_faults(rules: list[_Rule]) -> Iterator[tuple[Place, str]]:
    for at, rule in enumerate(rules):
        units = KNOWN_RULES.get(rule.key)
        if units is None:
            yield ("rule", at, "key"), f"unknown rule {rule.key!r}{_nearest(rule.key, list(KNOWN_RULES))}"
        elif rule.unit not in units:
            allowed = " or ".join(repr(unit) if unit else "no unit, being words" for unit in units)
            yield ("rule", at, "unit"), f"{rule.key}: the unit must be {allowed}, not {rule.unit!r}"
        if isinstance(rule.value, str) == bool(rule.unit):
            wanted = f"a number of {rule.unit}" if rule.unit else "words, having no unit"
            yield ("rule", at, "value"), f"{rule.key}: the value must be {wanted}, not {rule.value!r}"
        if rule.valid_to and rule.valid_to < rule.valid_from:
            yield ("rule", at, "to"), f"{rule.key}: ends before it begins"
    for key in sorted(KNOWN_RULES.keys() - {rule.key for rule in rules}):
        yield ("rule",), f"there is no rule {key!r}"
    rows = sorted(enumerate(rules), key=lambda row: (row[1].key, row[1].valid_from))
    for (_, earlier), (at, later) in pairwise(rows):
        if earlier.key != later.key:
            continue
        if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
            yield (
                ("rule", at, "from"),
                f"{later.key}: overlaps the rule in force from {earlier.valid_from}",
            )
        elif earlier.valid_to + timedelta(days=1) < later.valid_from:
            first, last = earlier.valid_to + timedelta(days=1), later.valid_from - timedelta(days=1)
            yield ("rule", at, "from"), f"{later.key}: nothing is in force from {first} to {last}"


def _ladder_faults(ladders: list[_Ladder]) -> Iterator[tuple[Place, str]]:
    first: dict[tuple[str, str, int], int] = {}
    for at, ladder in enumerate(ladders):
        if ladder.milestone not in list(MilestoneKind):
            hint = _nearest(ladder.milestone, [str(kind) for kind in MilestoneKind])
            yield ("ladder", at, "milestone"), f"unknown milestone {ladder.milestone!r}{hint}"
        for nth, kind in enumerate(ladder.kinds):
            if kind not in list(Kind):
                hint = _nearest(kind, [str(known) for known in Kind])
                yield ("ladder", at, "kinds", nth), f"unknown kind of contract {kind!r}{hint}"
            elif (ladder.milestone, kind, ladder.from_pounds) in first:
                yield (
                    ("ladder", at, "kinds", nth),
                    f"{ladder.milestone!r} of a {kind} already has a ladder further up",
                )
            first.setdefault((ladder.milestone, kind, ladder.from_pounds), at)
        for nth, rung in enumerate(ladder.rungs):
            if rung in ladder.rungs[:nth]:
                yield ("ladder", at, "rungs", nth), f"{ladder.milestone!r}: the rung {rung!r} is there twice"
        if ladder.answer_from not in (None, *ladder.rungs):
            yield (
                ("ladder", at, "answer_from"),
                f"{ladder.milestone!r}: there is no rung {ladder.answer_from!r}",
            )
    for milestone, kind in sorted(KNOWN_LADDERS - {(one, kind) for one, kind, pounds in first if not pounds}):
        same = next((at for at, ladder in enumerate(ladders) if ladder.milestone == milestone), None)
        where: Place = ("ladder",) if same is None else ("ladder", same, "kinds")
        yield where, f"{milestone.value!r} of a {kind} has no ladder"


def _checklist_faults(items: list[_ChecklistItem]) -> Iterator[tuple[Place, str]]:
    stages = [stage for stage in Stage if stage is not Stage.CLOSED]
    known: set[tuple[str, str]] = set()
    for at, one in enumerate(items):
        if one.stage not in stages:
            hint = _nearest(one.stage, [str(stage) for stage in stages])
            yield ("checklist", at, "stage"), f"unknown stage {one.stage!r}{hint}"
        for nth, kind in enumerate(one.kinds):
            if kind not in list(Kind):
                hint = _nearest(kind, [str(known) for known in Kind])
                yield ("checklist", at, "kinds", nth), f"unknown kind of contract {kind!r}{hint}"
        if (one.stage, one.item) in known:
            yield ("checklist", at, "item"), f"{one.item!r} of {one.stage!r} is there twice"
        known.add((one.stage, one.item))
    for stage in stages:
        if stage not in {one.stage for one in items}:
            yield ("checklist",), f"the stage {str(stage)!r} has no checklist"


def _alerting_faults(read: _File) -> Iterator[tuple[Place, str]]:
    streams = [str(stream) for stream in Stream]
    belongs: dict[str, str] = {}
    for at, stream in enumerate(read.stream):
        if stream.name not in streams:
            hint = _nearest(stream.name, streams)
            yield ("stream", at, "name"), f"unknown stream {stream.name!r}{hint}"
        for nth, milestone in enumerate(stream.milestones):
            if milestone not in list(MilestoneKind):
                hint = _nearest(milestone, [str(kind) for kind in MilestoneKind])
                yield ("stream", at, "milestones", nth), f"unknown milestone {milestone!r}{hint}"
            elif milestone in belongs:
                yield (
                    ("stream", at, "milestones", nth),
                    f"{milestone!r} already belongs to {belongs[milestone]!r}",
                )
            belongs.setdefault(milestone, stream.name)
    for milestone in MilestoneKind:
        if milestone not in belongs:
            yield ("stream", 0, "milestones"), f"{milestone.value!r} belongs to no stream"
    for nth, step in enumerate(read.escalation):
        if step.to in [earlier.to for earlier in read.escalation[:nth]]:
            yield ("escalation", nth, "to"), f"{step.to!r} is there twice"
    for nth, what in enumerate(read.messages.mandatory):
        if what not in MANDATORY:
            hint = _nearest(what, sorted(MANDATORY))
            yield ("messages", "mandatory", nth), f"{what!r} cannot be mandatory{hint}"


def _board_faults(read: _File) -> Iterator[tuple[Place, str]]:
    board, papers = read.board, read.board.paper_working_days
    if not papers.draft >= papers.clearance >= papers.cut_off >= papers.dispatch:
        yield (
            ("board", "paper_working_days"),
            "the days must go down from draft over clearance and cut_off to dispatch",
        )
    rule = rrulestr(board.meetings, dtstart=datetime(2012, 1, 1))  # noqa: DTZ001 - a day of the calendar
    places: list[tuple[Place, date]] = [
        (("board", "moved", text), date.fromisoformat(text)) for text in board.moved
    ]
    places += [(("board", "cancelled", at), day) for at, day in enumerate(board.cancelled)]
    for where, day in places:
        midnight = datetime.combine(day, time())
        if not rule.between(midnight, midnight, inc=True):
            yield where, f"the Board does not meet on {day} by the rule {board.meetings}"
    for at, recess in enumerate(board.recesses):
        if recess.last < recess.first:
            yield ("board", "recesses", at, "last"), "the recess ends before it begins"
    for at, day in enumerate(read.calendar.struck):
        if day not in calendar(Division.WHOLE_UK).holidays:
            yield ("calendar", "struck", at), f"{day} is no bank holiday, so there is nothing to strike"


def _schedule_faults(schedules: list[_Schedule]) -> Iterator[tuple[Place, str]]:
    named = [row.deployment for row in schedules]
    for at, name in enumerate(named):
        if name not in SCHEDULED:
            yield ("schedule", at, "deployment"), f"unknown deployment {name!r}{_nearest(name, [*SCHEDULED])}"
        elif name in named[:at]:
            yield ("schedule", at, "deployment"), f"{name!r} already has a schedule further up"
    for name in sorted({*SCHEDULED} - {*named}):
        yield ("schedule",), f"{name!r} has no schedule"
