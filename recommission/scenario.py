"""The demonstration's scenario: what the Board decides, what work is done, how the department answers its messages."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict of the scenario. `by` is how it is said: from the minutes, or through the waiting run's form.

    `first_said` is a wrong verdict that was recorded first, and that this one then supersedes.
    """

    meeting: date
    contract: str
    gate: str
    verdict: str
    reason: str
    minute: str = ""
    urgent_by: str = ""
    urgent_because: str = ""
    despite: str = ""
    by: str = "minutes"
    first_said: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """A partner's agreement of the scenario."""

    on: date
    contract: str
    authority: str
    minute: str


@dataclass(frozen=True, slots=True)
class Done:
    """Work that the scenario says is completed."""

    on: date
    contract: str
    stage: str


@dataclass(frozen=True, slots=True)
class Reply:
    """How the messages about a contract are answered from `first` to `last`, both inclusive.

    `says` is "nothing", "snoozed", "passed" or "done"; `but` is the post that answers all the same.
    """

    contract: str
    first: date
    last: date
    says: str
    milestone: str = ""
    until: date | None = None
    to: str = ""
    note: str = ""
    but: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """A post that is vacant from `first` to `last`, both inclusive."""

    post: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat on the Board from the first day on; `substitute` stands in at the meetings in `away`."""

    post: str
    division: str
    role: str = "member"
    substitute: str = ""
    away: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """An exception raised on a contract, heard by the next Board."""

    on: date
    contract: str
    trigger: str
    severity: str
    what: str
    action: str
    by: str
    due: date
    safeguarding: bool = False
    closed: date | None = None


@dataclass(frozen=True, slots=True)
class Saving:
    """An invest-to-save case: submitted, recommended at the next Board, decided by the senior leadership team."""

    on: date
    title: str
    what: str
    cost: int
    investment: int
    saving: int
    funding: str
    author: str
    benefits: str
    slt_on: date
    slt_minute: str


@dataclass(frozen=True, slots=True)
class Asked:
    """An action of a meeting; `done` is the day it is done, None where it never is."""

    meeting: date
    what: str
    owner: str
    due: date
    done: date | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """A contract's paper, or a part of it, that is not for publication at a meeting."""

    meeting: date
    contract: str
    paragraph: int
    because: str
    part: str = "paper"


@dataclass(frozen=True, slots=True)
class Late:
    """A paper that comes after the pack is published, in Word, and goes out as a supplement."""

    on: date
    meeting: date
    title: str
    by: str
    says: str
    because: str


@dataclass(frozen=True, slots=True)
class BoardStory:
    """What happens around the Board's meetings, in the file's order."""

    seats: tuple[Seat, ...] = ()
    exceptions: tuple[Trouble, ...] = ()
    cases: tuple[Saving, ...] = ()
    actions: tuple[Asked, ...] = ()
    secrets: tuple[Secret, ...] = ()
    late: tuple[Late, ...] = ()

    @property
    def days(self) -> set[date]:
        """Every day on which something of it happens, the meetings apart."""
        days = {one.on for one in self.exceptions} | {one.on for one in self.late}
        days |= {day for one in self.cases for day in (one.on, one.slt_on)}
        days |= {one.done for one in self.actions if one.done}
        return days | {one.closed for one in self.exceptions if one.closed}


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the Board decides, what work is done and how the department answers, in the file's order."""

    verdicts: tuple[Decision, ...]
    agreements: tuple[Agreement, ...]
    completed: tuple[Done, ...]
    replies: tuple[Reply, ...]
    leavers: tuple[Leave, ...]
    board: BoardStory = BoardStory()

    @property
    def days(self) -> set[date]:
        """Every day on which the scenario has something happen."""
        days = [one.meeting for one in self.verdicts] + [one.on for one in self.agreements]
        days += [day for one in self.leavers for day in (one.first, one.last + timedelta(days=1))]
        return {*days, *(one.on for one in self.completed), *self.board.days}

    def reply(self, contract: str, milestone: str, post: str, on: date) -> Reply | None:
        """How the post answers a message about a date of the contract on the day; None where as usual."""
        return next(
            (
                one
                for one in self.replies
                if one.contract == contract
                and one.first <= on <= one.last
                and one.milestone in ("", milestone)
                and one.but != post
            ),
            None,
        )


def read_scenario(path: Path) -> Scenario:
    """Read the scenario file. Raises ValueError saying what is wrong."""
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        return Scenario(
            tuple(Decision(**entry) for entry in read.get("verdict", [])),
            tuple(Agreement(**entry) for entry in read.get("partner", [])),
            tuple(Done(**entry) for entry in read.get("completed", [])),
            tuple(Reply(**entry) for entry in read.get("reply", [])),
            tuple(Leave(**entry) for entry in read.get("vacancy", [])),
            BoardStory(
                tuple(
                    Seat(**entry | {"away": tuple(entry.get("away", ()))}) for entry in read.get("seat", [])
                ),
                tuple(Trouble(**entry) for entry in read.get("exception", [])),
                tuple(Saving(**entry) for entry in read.get("case", [])),
                tuple(Asked(**entry) for entry in read.get("action", [])),
                tuple(Secret(**entry) for entry in read.get("exempt", [])),
                tuple(Late(**entry) for entry in read.get("late", [])),
            ),
        )
    except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
        raise ValueError(f"{path}: is no scenario: {error}") from error
