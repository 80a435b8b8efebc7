"""After an outage: of each scheduled deployment the newest late run stands for all that were missed."""

from collections import defaultdict
from datetime import UTC, datetime
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Cancelled

from config.settings import LONDON
from flows.deployments import BY_CLOCK

PAGE = 200
"""Runs the server gives at a time."""


def catch_up() -> int:
    """Cancel every late run that a newer one of its deployment stands for; returns how many.

    Prefect would run them all, oldest first. Due work is found by state, so that the newest does the work of
    all. Runs that a person or a flow asked for are left alone.
    """
    late: dict[UUID | None, list[FlowRun]] = defaultdict(list)
    with get_client(sync_client=True) as client:
        while len(page := client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
                expected_start_time=FlowRunFilterExpectedStartTime.model_validate({"before_": datetime.now(UTC)}),
            ),
            deployment_filter=DeploymentFilter(
                name=DeploymentFilterName(any_=[flow.name for flow in BY_CLOCK])
            ),
            limit=PAGE, offset=sum(map(len, late.values())),
        )):  # fmt: skip
            for run in page:
                late[run.deployment_id].append(run)
        older = 0
        for runs in late.values():
            scheduled = sorted((run for run in runs if run.auto_scheduled), key=_due)
            for run in scheduled[:-1]:
                client.set_flow_run_state(run.id, Cancelled(message=_stands_for(run, scheduled[-1])))
            older += max(len(scheduled) - 1, 0)
    return older


def _due(run: FlowRun) -> datetime:
    assert run.expected_start_time
    return run.expected_start_time.astimezone(LONDON)


def _stands_for(run: FlowRun, newest: FlowRun) -> str:
    return (
        f"This run was due at {_due(run):%H:%M on %d %B %Y}, when the engine was not running. The run that was "
        f"due at {_due(newest):%H:%M on %d %B %Y} stands for this one: it does the work of all that were missed."
    )
