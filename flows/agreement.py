"""What must be done to make Prefect's runs agree with the record: pure, so that it can be tested without either."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from prefect.client.schemas.objects import StateType

from flows.runs import StageRun
from flows.showing import waiting_name
from models.opening import Standing, Visit


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
class Crash:
    """The run has no process any more: nothing was heard of it for too long."""

    run: StageRun


@dataclass(frozen=True, slots=True)
class Rename:
    """The run waits for another Board than its name says."""

    run: StageRun
    name: str


Action = Launch | Park | Cancel | Crash | Rename

MAKING = timedelta(minutes=2)
"""How long the making of a parked run may take before it is taken up again."""

TRY_AGAIN = timedelta(minutes=10)
"""After a first failure; doubled after each, up to a day."""


def disagreements(
    record: Iterable[Standing],
    live: Iterable[StageRun],
    lost: Iterable[StageRun],
    at: datetime,
    stuck_after: timedelta,
) -> Iterator[Action]:
    """What to do, in order. `lost` are the runs that failed, crashed, were cancelled or completed.

    A run that was lost is tried again later each time, so that what fails always does not fail every minute.
    """
    by_visit: dict[Visit, list[StageRun]] = {}
    standing = {one.visit: one for one in record}
    for run in live:
        stuck = run.state in (StateType.RUNNING, StateType.PENDING, StateType.CANCELLING)
        if stuck and at - run.since > stuck_after:
            yield Crash(run)
        elif run.visit not in standing:
            if run.state is not StateType.RUNNING:  # it will look into the record itself, and end
                yield Cancel(run, doubled=False)
        else:
            by_visit.setdefault(run.visit, []).append(run)
    failures: dict[Visit, list[StageRun]] = {}
    for run in lost:
        failures.setdefault(run.visit, []).append(run)
    for visit, one in standing.items():
        runs = sorted(by_visit.get(visit, ()), key=lambda run: (run.state is not StateType.PAUSED, run.since))
        yield from (Cancel(run, doubled=True) for run in runs[1:])
        if runs:
            yield from _settled(runs[0], one, at)
            continue
        tries = len(failures.get(visit, ()))
        failed = [run for run in failures.get(visit, ()) if run.state is StateType.FAILED]
        if failed and at - max(run.since for run in failed) < _wait(len(failed)):
            continue
        yield Park(one, tries) if one.opened else Launch(one, tries)


def _settled(run: StageRun, one: Standing, at: datetime) -> Iterator[Action]:
    if run.state is StateType.PAUSED and not run.has_form:
        if at - run.since > MAKING:
            yield Park(one, 0, run)
    elif run.state is StateType.PAUSED and run.name != (name := waiting_name(one.visit, one.awaits)):
        yield Rename(run, name)


def _wait(failures: int) -> timedelta:
    return min(TRY_AGAIN * float(2 ** (failures - 1)), timedelta(days=1))
