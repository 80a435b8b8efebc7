"""What must be done to make Prefect's runs agree with the record: pure, so that it can be tested without either."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from flows.showing import waiting_name
from models.opening import Standing, Visit


class RunState(StrEnum):
    """The types of a run's state, as Prefect names them."""

    SCHEDULED = "SCHEDULED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    CANCELLING = "CANCELLING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CRASHED = "CRASHED"
    CANCELLED = "CANCELLED"


LIVE = (RunState.SCHEDULED, RunState.PENDING, RunState.RUNNING, RunState.PAUSED, RunState.CANCELLING)
ENDED = (RunState.COMPLETED, RunState.FAILED, RunState.CRASHED, RunState.CANCELLED)


@dataclass(frozen=True, slots=True)
class StageRun:
    """One run of a stage's flow.

    `since` is when it came into its state, in UTC; `starts` how often it was begun. `has_form`: somebody can answer.
    """

    id: UUID
    visit: Visit
    name: str
    state: RunState
    since: datetime
    has_form: bool
    starts: int


@dataclass(frozen=True, slots=True)
class Launch:
    """The visit's flow has never run, and no run of it lives: start one, for the `tries`-th time."""

    standing: Standing
    tries: int


@dataclass(frozen=True, slots=True)
class Park:
    """The visit was opened, and its run is lost: put one at its gate. `run` is one that was left half made."""

    standing: Standing
    tries: int
    run: StageRun | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """The run is for a visit that is past, or there is another for the same."""

    run: StageRun
    doubled: bool


@dataclass(frozen=True, slots=True)
class Revive:
    """The run failed or lost its process: it starts again from its top, with every answer that it was given."""

    run: StageRun


@dataclass(frozen=True, slots=True)
class Rename:
    """The run waits for another Board than its name says."""

    run: StageRun
    name: str


Action = Launch | Park | Cancel | Revive | Rename

MAKING = timedelta(minutes=2)
"""How long the making of a parked run may take before it is taken up again."""

TRY_AGAIN = timedelta(minutes=10)
"""After a first failure; doubled with each start, up to a day."""


def disagreements(
    record: Iterable[Standing],
    live: Iterable[StageRun],
    lost: Iterable[StageRun],
    at: datetime,
    stuck_after: timedelta,
) -> Iterator[Action]:
    """What to do, in order. `lost` are the runs that failed, crashed, were cancelled or completed.

    What fails is tried again later each time, so that what fails always does not fail every minute.
    """
    by_visit: dict[Visit, list[StageRun]] = {}
    standing = {one.visit: one for one in record}
    for run in live:
        works = run.state in (RunState.RUNNING, RunState.PENDING, RunState.CANCELLING)
        stuck = works and at - run.since > stuck_after
        if run.visit in standing:
            by_visit.setdefault(run.visit, []).append(run)
        elif stuck or not works:  # one at work looks into the record itself, and ends
            yield Cancel(run, doubled=False)
        if stuck and run.visit in standing:
            yield Revive(run)
    ended: dict[Visit, list[StageRun]] = {}
    for run in sorted(lost, key=lambda run: run.since):
        ended.setdefault(run.visit, []).append(run)
    for visit, one in standing.items():
        # One that is to start or at work before one that waits: it may carry an answer.
        runs = sorted(by_visit.get(visit, ()), key=lambda run: (run.state is RunState.PAUSED, run.since))
        yield from (Cancel(run, doubled=True) for run in runs[1:])
        if runs:
            yield from _settled(runs[0], one, at)
        else:
            yield from _homeless(one, ended.get(visit, []), at)


def _homeless(one: Standing, ended: list[StageRun], at: datetime) -> Iterator[Action]:
    last = ended[-1] if ended else None
    if last and last.state is RunState.CRASHED:
        yield Revive(last)
    elif last and last.state is RunState.FAILED:
        if at - last.since >= _wait(last.starts):
            yield Revive(last)
    else:
        yield Park(one, len(ended)) if one.opened else Launch(one, len(ended))


def _settled(run: StageRun, one: Standing, at: datetime) -> Iterator[Action]:
    if run.state is RunState.PAUSED and not run.has_form:
        if at - run.since > MAKING:
            yield Park(one, 0, run)
    elif run.state is RunState.PAUSED and run.name != (name := waiting_name(one.visit, one.awaits)):
        yield Rename(run, name)


def _wait(starts: int) -> timedelta:
    return TRY_AGAIN * int(min(2 ** max(starts - 1, 0), 144))
