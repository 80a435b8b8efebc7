"""The demonstration's scenario: what the Board decides, what work is done, how the department answers its messages."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict of the scenario. `by` is how it is said: from the minutes, or through the waiting run's form."""

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
class Scenario:
    """What the Board decides, what work is done and how the department answers, in the file's order."""

    verdicts: tuple[Decision, ...]
    agreements: tuple[Agreement, ...]
    completed: tuple[Done, ...]
    replies: tuple[Reply, ...]
    leavers: tuple[Leave, ...]

    @property
    def days(self) -> set[date]:
        """Every day on which the scenario has something happen."""
        days = [one.meeting for one in self.verdicts] + [one.on for one in self.agreements]
        days += [day for one in self.leavers for day in (one.first, one.last + timedelta(days=1))]
        return {*days, *(one.on for one in self.completed)}

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
        )
    except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
        raise ValueError(f"{path}: is no scenario: {error}") from error
