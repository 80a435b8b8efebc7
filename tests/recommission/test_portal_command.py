"""`recommission portal` serves the pages alone; `recommission feed` makes and closes calendar addresses."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner, Result

from models.planning import Rules
from recommission.__main__ import app
from recommission.prefect_server import free_port, listens
from tests.town import OWNER

COMMAND = [sys.executable, "-m", "recommission"]


@pytest.fixture
def environment(sqlite_town: Path, tmp_path: Path, rules: Rules) -> dict[str, str]:
    """An installation of its own, with the small council in it."""
    database = f"sqlite:///{tmp_path / 'recommission.db'}"
    shutil.copy(sqlite_town, tmp_path / "recommission.db")
    return {
        **os.environ,
        "RECOMMISSION_HOME": str(tmp_path),
        "RECOMMISSION_DATABASE_URL": database,
        "RECOMMISSION_PORTAL_PORT": str(free_port(0)),
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], env=environment, capture_output=True, text=True)  # noqa: S603


def feed(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(app, ["feed", *arguments], env=environment)


@pytest.fixture
def portal(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The pages, and the file that everything they print goes to."""
    log = tmp_path / "log"
    with log.open("wb") as kept:
        process = subprocess.Popen([*COMMAND, "portal"], env=environment, stdout=kept, stderr=kept)  # noqa: S603
    while (
        not listens("127.0.0.1", int(environment["RECOMMISSION_PORTAL_PORT"]))
        or b"answer at" not in log.read_bytes()
    ):
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    yield process, log
    process.kill()
    process.wait()


def test_it_serves_until_it_is_told_to_stop_and_logs_no_address(
    environment: dict[str, str], portal: tuple[subprocess.Popen[bytes], Path]
) -> None:
    process, log = portal
    made = run(environment, "feed", "new", OWNER)
    address = made.stdout.strip()
    with urlopen(address) as feed:  # noqa: S310 - our own address
        assert feed.read().startswith(b"BEGIN:VCALENDAR")
    base = f"http://127.0.0.1:{environment['RECOMMISSION_PORTAL_PORT']}"
    with pytest.raises(HTTPError):
        urlopen(f"{base}/answer/a-secret-of-somebody")  # noqa: S310
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    said = log.read_text()
    assert said.rstrip().endswith("Stopped.")
    assert "a-secret-of-somebody" not in said and address.rpartition("/")[2] not in said


def test_a_taken_port_is_one_message(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environment["RECOMMISSION_PORTAL_PORT"]))):
        refused = run(environment, "portal")
    assert refused.returncode == 2
    assert "RECOMMISSION_PORTAL_PORT" in refused.stderr and "Traceback" not in refused.stderr


def test_a_feed_is_made_listed_and_closed(environment: dict[str, str]) -> None:
    assert feed(environment, "new", "--department", "Children").exit_code == 0
    assert "1  Children, made" in feed(environment, "list").stdout
    assert feed(environment, "revoke", "1").stdout == "Feed 1 is closed.\n"
    assert "closed" in feed(environment, "list").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["new"], "Say whose feed it is"),
        (["new", OWNER, "--department", "Children"], "Say whose feed it is"),
        (["new", "Nobody"], 'no post "Nobody"'),
        (["new", "--department", "Nothing"], "the register has: Children"),
        (["revoke", "7"], "no open feed 7"),
    ],
)
def test_a_slip_is_one_message(environment: dict[str, str], arguments: list[str], words: str) -> None:
    refused = feed(environment, *arguments)
    assert (refused.exit_code, words in refused.stderr) == (2, True), refused.stderr
    assert "Traceback" not in refused.stderr
