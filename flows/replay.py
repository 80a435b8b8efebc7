"""Runs deployments in this process, one after the other: how a year is replayed in minutes.

A run is created from its deployment, so it stands in the Prefect UI like any other, and is then executed
here instead of in a process of its own (which would take seconds to start).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType
from prefect.flow_engine import run_flow
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from flows.deployments import BY_NAME, deployments

FAILED = [StateType.FAILED, StateType.CRASHED]


class Replay:
    """Deployments by name, to be run here."""

    def __init__(self, client: SyncPrefectClient, identities: dict[str, Any]) -> None:
        self._client, self._identities = client, identities

    def run(self, name: str, tags: list[str] | None = None, **parameters: Any) -> Any:
        """Run the deployment to its end and return its result; raises what it raises."""
        shown = {key: str(value) for key, value in parameters.items()}
        run = self._client.create_flow_run_from_deployment(
            self._identities[name], parameters=shown, tags=tags or []
        )
        return run_flow(BY_NAME[name], flow_run=run, parameters=parameters)

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
        yield Replay(client, {made.name: made.apply() for made in deployments(scheduled=False)})
