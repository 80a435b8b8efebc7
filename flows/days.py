"""The day that a run acts for, how it is named by it, and the days that a schedule leaves out."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from prefect.context import FlowRunContext
from prefect.runtime import flow_run
from prefect.states import Completed

from config.settings import LONDON
from flows.context import Context, context
from lifecycle.words import say

P = ParamSpec("P")
R = TypeVar("R")


def moment_of_run() -> datetime:
    """The later of now and the run's scheduled time, in London: it may start a fraction before its time."""
    scheduled: datetime = flow_run.scheduled_start_time
    return max(context().at, scheduled.astimezone(LONDON))


def day_of_run(on: date | None = None) -> date:
    """The day given, or else the day that a run acts for: today, also where it should have run long ago."""
    return on or moment_of_run().date()


def day_run_name() -> str:
    """`sweep · 2023-02-13`, also where the day is left to the clock."""
    return f"{flow_run.flow_name} · {day_of_run(flow_run.parameters.get('on'))}"


def left_out(deployment: str, now: Context) -> str:
    """Why the schedule leaves the day out, in words; empty where it does not."""
    schedule, calendar = now.rules.policy.schedule(deployment), now.rules.policy.calendar()
    if schedule is None or schedule.runs_on(now.on, calendar):
        return ""
    why = calendar.holidays.get(now.on, f"{now.on:%A}")
    return f"{say(now.on)} is no working day ({why}): the schedule leaves it out, nothing was done."


def on_its_days(body: Callable[P, R]) -> Callable[P, R]:
    """End a scheduled run at once, completed, on a day that policy leaves out; a person's run goes on."""

    @wraps(body)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        run = FlowRunContext.get()
        by_schedule = run is not None and run.flow_run is not None and run.flow_run.auto_scheduled
        why = left_out(run.flow.name, context(day_of_run())) if run and run.flow and by_schedule else ""
        return cast(R, Completed(message=why, data=cast(Any, None))) if why else body(*args, **kwargs)

    return guarded
