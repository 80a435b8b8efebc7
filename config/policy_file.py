"""Reads `policy.toml`, and refuses it with the line where it is wrong."""

import tomllib
from datetime import date, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from dateutil.rrule import rrulestr
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lifecycle.policy import BoardRules, Ladder, Policy, Rule, Rung, Standing
from lifecycle.stages import Kind


class PolicyRefused(ValueError):
    """The policy file is wrong; the message lists every fault as `file:line: what`."""


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


class _Ladder(_Strict):
    milestone: str
    kinds: list[str]
    rungs: list[Annotated[str, Field(pattern=r"^\d+[md]$")]]
    overdue_every_days: int = 0

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: list[str]) -> list[str]:
        for kind in kinds:
            Kind(kind)
        return kinds


class _PaperDays(_Strict):
    draft: int
    clearance: int
    cut_off: int
    dispatch: int


class _Board(_Strict):
    name: str
    council: str
    meetings: str
    time: time
    venue: str
    moved: dict[str, date] = {}
    extraordinary: list[date] = []
    paper_working_days: _PaperDays

    @field_validator("meetings")
    @classmethod
    def _rule(cls, text: str) -> str:
        rrulestr(text)
        return text


class _Holiday(_Strict):
    day: date
    name: str


class _Calendar(_Strict):
    added: list[_Holiday] = []
    struck: list[date] = []


class _File(_Strict):
    board: _Board
    calendar: _Calendar = _Calendar()
    ladder: list[_Ladder]
    rule: list[_Rule]


def _line(text: str, location: tuple[Any, ...]) -> int:
    """The line a fault is on: the nth table or inline table of that name, then the key in it."""
    lines = text.splitlines()
    name = str(location[0]) if location else ""
    count = next((part for part in location[1:] if isinstance(part, int)), 0)
    seen, inside = -1, False
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if bare.startswith("["):
            inside = bare.strip("[]").split(".")[0] == name
            if inside and bare.startswith("[["):
                seen += 1
        elif bare.replace(" ", "").startswith(f"{name}=["):
            inside = True
        if inside and bare.startswith("{"):
            seen += 1
        last = str(location[-1]) if location else ""
        if inside and seen in (count, -1) and (bare.startswith(("{", last)) or f"{last} =" in bare):
            return number
        if not inside and bare.startswith(f"{name} ="):
            return number
    return 1


@lru_cache(maxsize=8)
def load_policy(path: Path) -> Policy:
    """The policy in the file; raises PolicyRefused naming each line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyRefused(f"{path}: cannot be read as UTF-8 text: {error}") from error
    try:
        read = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyRefused(f"{path}: is not TOML: {error}") from error
    except ValidationError as error:
        raise PolicyRefused(
            "\n".join(
                f"{path}:{_line(text, fault['loc'])}: {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
                for fault in error.errors()
            )
        ) from error
    faults = [
        f"{path}:{_line(text, ('rule', at, 'key'))}: {fault}" for at, fault in _gaps_and_overlaps(read.rule)
    ]
    if faults:
        raise PolicyRefused("\n".join(faults))
    return Policy(
        rules=tuple(
            Rule(r.key, r.value, r.unit, r.valid_from, r.valid_to, Standing(r.standing), r.citation)
            for r in read.rule
        ),
        ladders=tuple(
            Ladder(
                ladder.milestone,
                frozenset(Kind(kind) for kind in ladder.kinds),
                tuple(_rung(code) for code in ladder.rungs),
                ladder.overdue_every_days,
            )
            for ladder in read.ladder
        ),
        board=BoardRules(
            name=read.board.name,
            council=read.board.council,
            rrule=read.board.meetings,
            moved={date.fromisoformat(day): to for day, to in read.board.moved.items()},
            extraordinary=tuple(read.board.extraordinary),
            time=read.board.time,
            venue=read.board.venue,
            draft_days=read.board.paper_working_days.draft,
            clearance_days=read.board.paper_working_days.clearance,
            cut_off_days=read.board.paper_working_days.cut_off,
            dispatch_days=read.board.paper_working_days.dispatch,
        ),
        added_holidays={holiday.day: holiday.name for holiday in read.calendar.added},
        struck_holidays=frozenset(read.calendar.struck),
    )


def _rung(code: str) -> Rung:
    number = int(code[:-1])
    return Rung(code, months=number) if code.endswith("m") else Rung(code, days=number)


def _gaps_and_overlaps(rules: list[_Rule]) -> list[tuple[int, str]]:
    """Faults between rules of the same key, each with the place of the later rule in the file."""
    faults = []
    rows = sorted(enumerate(rules), key=lambda row: (row[1].key, row[1].valid_from))
    for (_, earlier), (at, later) in zip(rows, rows[1:], strict=False):
        if earlier.key != later.key:
            continue
        if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
            faults.append((at, f"{later.key}: overlaps the rule in force from {earlier.valid_from}"))
        elif earlier.valid_to + timedelta(days=1) < later.valid_from:
            faults.append((at, f"{later.key}: nothing is in force from {earlier.valid_to} to {later.valid_from}"))
    faults += [
        (at, f"{rule.key}: ends before it begins")
        for at, rule in enumerate(rules)
        if rule.valid_to and rule.valid_to < rule.valid_from
    ]
    return faults
