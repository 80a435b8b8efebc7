"""The runs of stages as Prefect knows them, one a visit: found, launched, parked at their gate, ended."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State
from prefect.input import RunInput
from prefect.input.run_input import keyset_from_paused_state
from prefect.states import Suspended

from flows.agreement import LIVE, RunState, StageRun
from lifecycle.stages import Stage
from models.opening import Standing, Visit

PAGE = 200
FORM = "suspended-gate-"
"""How the keys of a waiting run's forms begin; the number that follows rises with each form."""


def stage_runs(
    client: SyncPrefectClient, states: Iterable[RunState] = LIVE, reference: str | None = None
) -> Iterator[StageRun]:
    """Every run of a stage in these states, of one contract or of all."""
    tags = ["stage", *([reference] if reference else [])]
    asked = FlowRunFilter.model_validate({"tags": {"all_": tags}, "state": {"type": {"any_": list(states)}}})
    offset = 0
    while found := client.read_flow_runs(flow_run_filter=asked, limit=PAGE, offset=offset):
        for run in found:
            if (made := _stage_run(run)) is not None:
                yield made
        offset += PAGE


def _stage_run(run: FlowRun) -> StageRun | None:
    stage = next((Stage(tag) for tag in run.tags if tag in set(Stage)), None)
    if run.state is None or stage is None or not run.parameters.get("visit"):
        return None
    visit = Visit(run.parameters["reference"], stage, int(run.parameters["visit"]))
    has_form = bool(run.state.state_details.run_input_keyset)
    return StageRun(
        run.id, visit, run.name, RunState(run.state.type.value), run.state.timestamp, has_form, run.run_count
    )


def tags(one: Standing) -> list[str]:
    """What a stage's run is found by in the Prefect UI."""
    visit = one.visit
    return [visit.reference, str(visit.stage), one.department, str(one.kind), f"cycle v{one.table_version}"]


def launch(
    client: SyncPrefectClient, deployment: UUID, one: Standing, on: date | None, tries: int = 0
) -> FlowRun:
    """Start the visit's run; asking again gives the same run, unless it has been tried and lost."""
    return client.create_flow_run_from_deployment(
        deployment,
        parameters=_parameters(one.visit, on),
        tags=tags(one),
        idempotency_key=f"{one.visit.reference}:{one.visit.number}:{tries}",
        name=f"{one.visit.reference} · {one.visit.stage}",
    )


def _parameters(visit: Visit, on: date | None) -> dict[str, Any]:
    return {"reference": visit.reference, "visit": visit.number, "on": on.isoformat() if on else None}


def park(
    client: SyncPrefectClient,
    deployment: UUID,
    one: Standing,
    on: date | None,
    name: str,
    form: type[RunInput],
    tries: int,
) -> None:
    """Make the run of a visit that was opened before, waiting at its gate without ever having been started.

    The form is in place before the run says that it has one: killed in between, `reconcile` does it again.
    """
    run = client.create_flow_run_from_deployment(
        deployment,
        parameters=_parameters(one.visit, on),
        tags=tags(one),
        idempotency_key=f"{one.visit.reference}:{one.visit.number}:{tries}",
        name=name,
        state=Suspended(message="its form is being made"),
    )
    put_form(client, run.id, form)


def put_form(client: SyncPrefectClient, run: UUID, form: type[RunInput]) -> None:
    """Give a waiting run its form, or a newer one in place of it.

    The form is written first, then the run says that it has it: killed in between, the old one still stands.
    """
    state: State[Any] = Suspended(pause_key=f"gate-{forms(client, run) + 1}")
    keys = keyset_from_paused_state(state)
    client.create_flow_run_input(run, keys["schema"], json.dumps(form.model_json_schema()))
    client.create_flow_run_input(run, keys["description"], json.dumps(form._description))
    state.state_details.run_input_keyset = {str(kind): key for kind, key in keys.items()}
    put(client, run, state)


def forms(client: SyncPrefectClient, run: UUID) -> int:
    """The number of the newest form that was ever written for the run; 0 for none."""
    return max((_number(kept["key"]) for kept in _inputs(client, run)), default=0)


def answer(client: SyncPrefectClient, run: UUID) -> tuple[str, dict[str, Any]] | None:
    """The newest answer that was given and not dealt with yet, with its key; None where there is none."""
    given = [kept for kept in _inputs(client, run) if kept["key"].endswith("-response")]
    newest = max(given, key=lambda kept: _number(kept["key"]), default=None)
    return (newest["key"], json.loads(newest["value"])) if newest else None


def _number(key: str) -> int:
    return int(key.removeprefix(FORM).split("-")[0])


def _inputs(client: SyncPrefectClient, run: UUID) -> list[dict[str, Any]]:
    asked = client.request(
        "POST", "/flow_runs/{id}/input/filter", path_params={"id": run},
        json={"prefix": FORM, "limit": PAGE, "exclude_keys": []},
    )  # fmt: skip
    return list(asked.json())


def put(client: SyncPrefectClient, run: UUID, state: State[Any]) -> None:
    """Put a run into this state, whose message says why, whatever state it is in."""
    client.set_flow_run_state(run, state, force=True)
