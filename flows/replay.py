"""Runs deployments in this process, one after the other: how a year is replayed in minutes.

A run is created from its deployment, so it stands in the Prefect UI like any other, and is then executed
here instead of in a process of its own (which would take seconds to start).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from config.settings import load_settings
from flows.agreement import RunState
from flows.belonging import belong
from flows.deployments import BY_NAME, deployments
from flows.runs import stage_runs

FAILED = [StateType.FAILED, StateType.CRASHED]


class Replay:
    """Deployments by name, to be run here."""

    def __init__(self, client: SyncPrefectClient, identities: dict[str, Any]) -> None:
        self._client, self._identities = client, identities

    def run(self, name: str, tags: list[str] | None = None, **parameters: Any) -> Any:
        """Run the deployment to its end and return its result; raises what it raises."""
        shown = {
            key: value.isoformat() if isinstance(value, date) else value for key, value in parameters.items()
        }
        run = self._client.create_flow_run_from_deployment(
            self._identities[name], parameters=shown, tags=tags or []
        )
        return run_flow(BY_NAME[name], flow_run=run, parameters=parameters)

    def work(self) -> int:
        """Execute every run that is waiting to be started, as a worker would; returns how many there were."""
        count = 0
        while waiting := self._client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED]))
            ),
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
        ):
            for run in waiting:
                self._execute(run)
                count += 1
        return count

    def _execute(self, run: FlowRun) -> None:
        name = next(name for name, identity in self._identities.items() if identity == run.deployment_id)
        with suppress(Pause):  # it waits at its gate now
            run_flow(BY_NAME[name], flow_run=run, parameters=run.parameters)

    def answer(self, reference: str, stage: str, answer: dict[str, Any]) -> None:
        """Fill in the form of the run that waits at the contract's gate, as a person would in the Prefect UI."""
        runs = [run for run in stage_runs(self._client, RunState, reference) if run.visit.stage == stage]
        waiting = next((run for run in runs if run.state is RunState.PAUSED), None)
        if waiting is None:
            told = ", ".join(f"{run.name}: {run.state}" for run in runs) or "it has no run"
            raise ValueError(f"{reference}: no run waits at the gate of {stage} ({told})")
        accepted = self._client.resume_flow_run(waiting.id, run_input=answer)
        if accepted.status is not SetStateStatus.ACCEPT:
            raise ValueError(f"{reference}: the form was refused: {accepted.details}")
        self.work()

    def count(self, failed: bool = False) -> int:
        """How many flow runs the server knows, or how many of them failed or crashed."""
        bad = (
            FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=FAILED)))
            if failed
            else None
        )
        return self._client.count_flow_runs(flow_run_filter=bad)


@contextmanager
def replaying() -> Iterator[Replay]:
    """Register the deployments, unscheduled, and give the means to run them."""
    # The heartbeat's thread makes each run wait a second for its end; this process is watched by a person.
    with (
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
        get_client(sync_client=True) as client,
    ):
        belong(client, load_settings().database, claim=True)
        yield Replay(client, {made.name: made.apply() for made in deployments(scheduled=False)})
