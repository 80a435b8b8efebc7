"""On a real Prefect server: operations are told, an outage is caught up with once, forms say what they ask."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from config.policy_file import SCHEDULED
from config.settings import Settings
from tests.town import CONTRACTS, sheet

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun
    from prefect.client.schemas.responses import DeploymentResponse

    from flows.replay import Replay

pytestmark = pytest.mark.xdist_group("prefect")


class Sink(ThreadingHTTPServer):
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.received: list[dict[str, Any]] = []

    def wait_for(self, words: str) -> dict[str, Any]:
        """The message that has the words in its title, within a minute."""
        message: dict[str, Any] = found_within(
            60, lambda: next((m for m in self.received if words in m["title"]), None)
        )
        return message


class Taking(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        self.server.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


def found_within(seconds: float, look: Callable[[], Any]) -> Any:
    """What `look` gives once it gives something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.2)
    pytest.fail(f"nothing came within {seconds} seconds")


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@contextmanager
def installed(sink: Sink) -> Iterator[None]:
    """Automations that tell this sink, and none at the end."""
    from flows.automations import install

    install(f"json://127.0.0.1:{sink.server_port}/")
    try:
        yield
    finally:
        install(None)


def automations() -> dict[str, tuple[UUID, Any]]:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return {one.name: (one.id, one) for one in client.read_automations()}


def latest(flow: str) -> "FlowRun":
    """The newest run of a flow that has ended."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName
    from prefect.client.schemas.sorting import FlowRunSort

    with get_client(sync_client=True) as client:
        return client.read_flow_runs(
            flow_filter=FlowFilter(name=FlowFilterName(any_=[flow])),
            sort=FlowRunSort.START_TIME_DESC,
            limit=1,
        )[0]


def test_automations_installed_twice_are_the_same_and_go_with_the_channel(
    replay: "Replay", sink: Sink
) -> None:
    from prefect.client.orchestration import get_client

    from flows.automations import BLOCK, install

    with installed(sink):
        first = automations()
        install(f"json://127.0.0.1:{sink.server_port}/")
        assert automations() == first
        assert len(first) == 7
        with get_client(sync_client=True) as client:
            switched_off = first["recommission: a run is late"]
            client.pause_automation(switched_off[0])
        for file in (Settings().home / "prefect").glob("prefect.db*"):
            assert (
                f"json://127.0.0.1:{sink.server_port}".encode() not in file.read_bytes()
            )  # it is kept encrypted
        install(f"json://127.0.0.1:{sink.server_port}/")
        assert not automations()["recommission: a run is late"][1].enabled
    assert automations().keys() == {"recommission: a run is silent"}
    with get_client(sync_client=True) as client:
        assert BLOCK not in {one.name for one in client.read_block_documents()}


def test_a_failed_run_tells_operations_what_happened_and_what_to_do(replay: "Replay", sink: Sink) -> None:
    with installed(sink):
        with pytest.raises(ValueError, match="no contract"):
            replay.run("replan", reference="NOWHERE")
        said = sink.wait_for("Failed: replan · NOWHERE")
    assert 'The register has no contract "NOWHERE"' in said["message"]
    assert f"{Settings().prefect_ui}/runs/flow-run/{latest('replan').id}" in said["message"]


def test_a_missing_sweep_is_told_and_ends_the_watch_failed_until_one_completes(
    replay: "Replay", sink: Sink
) -> None:
    with installed(sink):
        with pytest.raises(RuntimeError, match="has not completed"):
            replay.run("watch")
        said = sink.wait_for("The sweep has not completed")
        assert "recommission alerts sweep" in said["message"]
        assert f"{Settings().prefect_ui}/runs/flow-run/{latest('watch').id}" in said["message"]
        replay.run("sweep")
        assert replay.run("watch") == "Every sweep has completed."


def test_a_gate_in_danger_is_told_in_the_words_of_whoever_saw_it(replay: "Replay", sink: Sink) -> None:
    from prefect.events import emit_event

    with installed(sink):
        emit_event(
            "recommission.gate.in-danger", resource={"prefect.resource.id": "recommission.NAPL", "prefect.resource.name": "NAPL"},
            payload={"message": "NAPL waits for the Board of 12 June 2023.", "link": "http://127.0.0.1/run"},
        )  # fmt: skip
        said = sink.wait_for("In danger: NAPL")
    assert said["message"] == "NAPL waits for the Board of 12 June 2023.\n\nhttp://127.0.0.1/run"


def test_after_an_outage_the_newest_late_run_stands_for_the_others(replay: "Replay") -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
    from prefect.states import Scheduled

    from flows.catching_up import catch_up
    from flows.deployments import deployments

    sweep = next(one for one in deployments(scheduled=False) if one.name == "sweep").apply()
    assert isinstance(sweep, UUID)
    now = datetime.now(UTC)
    with get_client(sync_client=True) as client:
        # As the scheduler makes them: the API marks no run of its callers as its own.
        due = [now - timedelta(days=days) for days in (3, 2, 1)] + [now + timedelta(days=1)]
        runs = [
            client.create_flow_run_from_deployment(sweep, state=Scheduled(scheduled_time=at)).id for at in due
        ]
        by_hand = client.create_flow_run_from_deployment(sweep, state=Scheduled(scheduled_time=due[0])).id
        _as_scheduled(runs)
        assert catch_up() == 2
        assert catch_up() == 0
        states = [client.read_flow_run(run).state for run in [*runs, by_hand]]
        left = client.read_flow_runs(
            deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=["sweep"]))
        )
        for run in left:
            client.delete_flow_run(run.id)
    assert [state.type.value for state in states if state] == ["CANCELLED"] * 2 + ["SCHEDULED"] * 3
    assert states[0]
    assert states[0].message
    assert "stands for this one" in states[0].message


def _as_scheduled(runs: list[UUID]) -> None:
    import sqlite3

    with sqlite3.connect(Settings().home / "prefect" / "prefect.db") as database:
        for run in runs:
            database.execute("UPDATE flow_run SET auto_scheduled = 1 WHERE id = ?", (str(run),))


def test_what_runs_by_the_clock_never_overlaps_itself_and_stages_hold_no_slot(replay: "Replay") -> None:
    from prefect.client.orchestration import get_client

    from flows.deployments import STAGES

    with get_client(sync_client=True) as client:
        found = {one.name: one for one in client.read_deployments()}
    assert found.keys() >= {*SCHEDULED}
    for name, one in found.items():
        limit = one.global_concurrency_limit
        assert (limit.limit if limit else None) == (1 if name in SCHEDULED else None), name
    assert found["deliver"].concurrency_options
    assert found["deliver"].concurrency_options.collision_strategy.value == "CANCEL_NEW"
    assert all(found[flow.name].tags == ["stage"] for flow in STAGES)


def _fields(deployment: "DeploymentResponse") -> dict[str, Any]:
    assert deployment.parameter_openapi_schema
    fields: dict[str, Any] = deployment.parameter_openapi_schema["properties"]
    return fields


def test_forms_say_what_each_field_is(replay: "Replay") -> None:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        found = {one.name: one for one in client.read_deployments()}
    for name in ("sweep", "deliver", "compile-pack", "import-register", "replan"):
        fields = _fields(found[name])
        assert all(field.get("description") for field in fields.values()), name
        assert "Args:" not in (found[name].description or "")
    assert _fields(found["import-register"])["partial"]["type"] == "boolean"


def test_an_import_that_refuses_rows_names_the_file_they_lie_in(replay: "Replay", home: Path) -> None:
    good = sheet(home, CONTRACTS, "again.csv")
    assert replay.run("import-register", file=good)["unchanged"] == len(CONTRACTS) - 1
    bad = sheet(home, [CONTRACTS[0], ["X", "Nobody's", "no kind", *CONTRACTS[1][3:]]], "bad.csv")
    with pytest.raises(ValueError, match=r"1 rows of bad\.csv were refused and nothing was written"):
        replay.run("import-register", file=bad)
    state = latest("import-register").state
    assert state
    assert state.message
    assert str(home / "rejects" / "bad.rejected.csv") in state.message
