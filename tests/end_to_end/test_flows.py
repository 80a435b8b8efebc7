"""The deployments run on a real Prefect server, under names that say what ran when, and none fails."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from config.settings import Settings
from lifecycle.stages import Stage, Verdict
from models.session import reading
from notifications.channels import ChannelError
from recommission.prefect_server import free_port, healthy, listens
from tests.servers import webhook
from tests.town import OFFICER, OWNER, cycle

if TYPE_CHECKING:
    from flows.replay import Replay

pytestmark = pytest.mark.xdist_group("prefect")

BOARD = date(2022, 10, 10)


def runs() -> list[tuple[str, set[str]]]:
    """Every flow run's name and its tags."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return [(run.name, set(run.tags)) for run in client.read_flow_runs()]


def test_a_day_of_the_council_through_the_deployments(replay: "Replay", home: Path) -> None:
    swept = replay.run("sweep", on=BOARD)
    assert swept["alerts"] > 0
    assert replay.run("sweep", on=BOARD)["alerts"] == 0
    assert replay.run("deliver", on=BOARD) == {
        "accepted": swept["messages"],
        "waiting": 0,
        "dead": 0,
        "bounced": 0,
    }
    assert len(list((home / "mail").glob("*.eml"))) == swept["messages"]

    pack = Path(replay.run("compile-pack", meeting=BOARD, on=date(2022, 10, 3)))
    assert pack.read_bytes().startswith(b"%PDF")
    assert replay.run("compile-pack", meeting=BOARD, on=date(2022, 10, 3)) == str(pack)

    made = replay.run("annual-report", year="2021/22", on=BOARD)
    assert all(Path(link.removeprefix("file://")).stat().st_size for link in made["files"])
    assert {"figure": "meetings", "words": "six"}.items() <= made["figures"][-2].items()
    prepared = replay.run("prepare-board", on=date(2022, 10, 3))
    assert prepared["reminders"] > 0
    assert replay.run("prepare-board", on=date(2022, 10, 3))["reminders"] == 0
    assert replay.run("compile-pack", on=date(2022, 10, 4)) is None  # no meeting's papers close that day
    frozen = pack.read_bytes()
    assert replay.run("publish-pack", meeting=BOARD, on=date(2022, 10, 3)) == str(pack)
    assert replay.run("compile-pack", meeting=BOARD, on=date(2022, 10, 5)) == str(pack)
    assert pack.read_bytes() == frozen

    replay.run("reconcile", on=BOARD)
    assert replay.work() == 5  # BLOCK, FW, APL, TUITION and OLD have a cycle
    again = replay.run("reconcile", on=BOARD)
    assert again.get("launch", 0) + again.get("cancel", 0) == 0
    verdict = {
        "reference": "APL", "gate": Stage.NEEDS_ANALYSIS, "verdict": Verdict.RECOMMISSION, "meeting": BOARD,
        "minute": "6.1", "reason": "The list ends in August 2023.", "despite": "The papers follow.", "replayed": True,
    }  # fmt: skip
    assert replay.run("record-verdict", ["APL"], **verdict) == "APL: needs analysis → recommission"
    assert replay.run("record-verdict", ["APL"], **verdict) == "APL: on record already"
    replay.run("close-meeting", meeting=BOARD)
    assert replay.work() == 1
    assert "open cycles" in replay.run("overview", on=BOARD)

    found = runs()
    for name, tags in (
        ("sweep · 2022-10-10", set()),
        ("deliver · 2022-10-10", set()),
        ("pack · Board of 2022-10-10", set()),
        ("publish · Board of 2022-10-10", set()),
        ("prepare-board · 2022-10-03", set()),
        ("annual report 2021/22", set()),
        (
            "APL · recommission · awaiting Board 12 December 2022",
            {"APL", "recommission", "stage", "cycle v1"},
        ),
        ("FW · review · awaiting Board 12 December 2022", {"FW", "review", "stage", "Children", "framework"}),
    ):
        assert any(run == name and tags <= tagged for run, tagged in found), found
    assert replay.count(failed=True) == 0


def test_what_is_refused_fails_its_run_and_writes_nothing(replay: "Replay") -> None:
    failed = replay.count(failed=True)
    with pytest.raises(ValueError, match="it may be: continue"):
        replay.run(
            "record-verdict", reference="FW", gate=Stage.REVIEW, verdict=Verdict.AWARD, meeting=date(2022, 12, 12),
            minute="6.2", reason="Not at this gate.", replayed=True,
        )  # fmt: skip
    with reading(Settings().database) as session:
        assert cycle(session, "FW").version == 1
    assert replay.count(failed=True) == failed + 1


def test_a_service_outside_is_told_of_todays_sweep_alone_and_of_its_failure(
    replay: "Replay", home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook() as outside:
        monkeypatch.setenv("RECOMMISSION_HEARTBEAT_URL", f"http://127.0.0.1:{outside.server_port}/one")
        replay.run("sweep", on=BOARD)
        assert outside.received == []
        replay.run("sweep")
        outside.status = 500
        replay.run("sweep")  # a ping that fails hurts no sweep
        monkeypatch.setenv("RECOMMISSION_CHANNELS", str(home / "missing.yaml"))
        with pytest.raises(ChannelError):
            replay.run("sweep")
        assert [path for path, _, _ in outside.received] == ["/one", "/one", "/one/fail"]


def ours(home: Path) -> list[int]:
    """Every process that was started in this home, by its environment."""
    mark = f"RECOMMISSION_HOME={home}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0") and (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found through /proc")
def test_the_engine_starts_answers_and_one_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    port, pages = free_port(0), free_port(0)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PREFECT_", "RECOMMISSION_"))
    }
    environment |= {
        "RECOMMISSION_HOME": str(tmp_path / "home"),
        "RECOMMISSION_PREFECT_PORT": str(port),
        "RECOMMISSION_PORTAL_PORT": str(pages),
    }
    engine = subprocess.Popen(
        [sys.executable, "-m", "recommission", "up"], env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        settings = Settings(home=tmp_path / "home", prefect_port=port)
        assert engine.stdout
        said = ""
        for line in engine.stdout:
            said += line
            if "Ctrl-C" in line:
                break
        assert healthy(settings) and listens("127.0.0.1", pages), said
        time.sleep(5)  # the worker has begun to serve
        assert engine.poll() is None, said
        assert len(ours(tmp_path / "home")) >= 2  # the engine and its server
        os.killpg(engine.pid, signal.SIGINT)  # what a terminal does
        rest, _ = engine.communicate(timeout=30)
    finally:
        engine.kill()
        engine.wait()
    assert engine.returncode == 0, said + rest
    assert "Traceback" not in rest
    assert "Stopped." in rest
    assert not listens("127.0.0.1", port) and not listens("127.0.0.1", pages)
    assert ours(tmp_path / "home") == []


def test_help_loads_no_prefect_and_no_database() -> None:
    asked = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "recommission", "--help"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    loaded = set(re.findall(r"\|\s+([\w.]+)$", asked.stderr, re.MULTILINE))
    assert "typer" in loaded
    slow = {
        "prefect",
        "sqlmodel",
        "sqlalchemy",
        "apprise",
        "fastapi",
        "uvicorn",
        "icalendar",
        "pydantic",
        "pydantic_settings",
        "alembic",
        "typst",
        "holidays",
    }
    assert loaded & slow == set()
    assert "Usage" in asked.stdout


def test_a_vacant_post_hands_over_and_takes_back_and_the_alerts_page_says_who_is_missed(
    replay: "Replay", home: Path
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter

    day = date(2022, 11, 1)
    said = replay.run("hand-over", post=OWNER, first=day)
    assert said == f"{OFFICER} stands in for {OWNER} from 1 November 2022."
    assert replay.run("sweep", on=day)["messages"] > 0
    assert replay.run("sweep", on=day)["messages"] == 0
    with get_client(sync_client=True) as client:
        asked = ArtifactFilter.model_validate({"key": {"any_": ["alerts"]}})
        newest = client.request(
            "POST",
            "/artifacts/latest/filter",
            json={"artifacts": asked.model_dump(mode="json", exclude_none=True)},
        ).json()[0]["data"]
    assert "live contracts have an armed alert on 1 November 2022" in newest
    with pytest.raises(ValueError, match="did you mean"):
        replay.run("hand-over", post=OWNER[:-1], first=day)
    back = date(2022, 11, 14)
    assert replay.run("take-back", post=OWNER, on=back) == f"{OWNER} is back from 14 November 2022."
    assert replay.run("take-back", post=OWNER, on=back) == f"{OWNER} was not away."
