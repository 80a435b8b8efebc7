"""`recommission board`: the secretary's work from the agenda to the published pack; a slip is one line and status 2."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from models.planning import Rules
from models.session import engine
from recommission.__main__ import app
from tests.town import GROUP, OWNER, TEACHING

BOARD = "2022-06-13"
ON = ("--on", "2022-05-30")


@pytest.fixture
def home(sqlite_town: Path, tmp_path: Path, rules: Rules, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder that holds the small council of `tests.town`, and an e-mail channel that nothing is sent on."""
    shutil.copy(sqlite_town, tmp_path / "recommission.db")
    url = f"sqlite:///{tmp_path / 'recommission.db'}"
    (tmp_path / "apprise.yaml").write_text(
        "urls:\n  - smtp://127.0.0.1:9/?from=commissioning@council.example:\n      - tag: email\n"
    )
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
    monkeypatch.setenv("RECOMMISSION_CHANNELS", str(tmp_path / "apprise.yaml"))
    monkeypatch.setenv("COLUMNS", "120")
    yield tmp_path
    engine(url).dispose()


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["board", *args])


def done(*args: str) -> str:
    """What a command that must succeed says."""
    result = run(*args)
    assert result.exit_code == 0, result.output
    return result.stdout


def data(*args: str) -> Any:
    """What a command that must succeed says to machines."""
    return json.loads(done(*args, "--json"))


def number(title: str) -> str:
    """The number that the item has on the agenda now."""
    items = data("agenda", "show", BOARD, *ON)["items"]
    return str(next(one["number"] for one in items if title in one["title"]))


def exception() -> str:
    """An exception is raised; the number of its item."""
    done(
        "exception", "raise", "BLOCK", "occupancy below 75%", "--what", "A quarter of the places stood empty.", "--action",
        "Agree a recovery plan", "--by", OWNER, "--severity", "high", *ON,
    )  # fmt: skip
    return number("occupancy below 75%")


def test_a_secretary_brings_a_paper_from_the_agenda_to_the_published_pack(home: Path) -> None:
    item = exception()
    assert f"ask {OWNER}" in done("agenda", "show", BOARD, *ON)
    word = home / "paper.docx"
    done("paper", "out", BOARD, item, "--to", str(word), *ON)
    assert "now has the paper" in done("paper", "in", BOARD, item, str(word), "--by", OWNER, *ON)
    done("paper", "clear", BOARD, item, "--kind", "financial", "--initials", "CDS", "--text", "None.", *ON)
    done("agenda", "exempt", BOARD, item, "--paragraph", "3", "--because", "a tender is running", *ON)
    assert [one["edition"] for one in data("pack", BOARD, *ON)] == ["open", "exempt"]
    assert "nothing to fix" in done("check", str(home / "packs" / f"{BOARD}-agenda-pack.pdf"))
    assert all(one["published"] for one in data("publish", BOARD, *ON))
    assert run("supplement", BOARD, "--because", "late", *ON).exit_code == 2
    done("agenda", "add", BOARD, "Visit of the inspectors", "--presenter", GROUP, *ON)
    [opened] = data("supplement", BOARD, "--because", "announced today", *ON)
    assert (opened["number"], opened["first_page"]) == (1, data("pack", BOARD, *ON)[0]["pages"] + 1)


def test_what_is_missing_ends_with_status_1_once_it_is_late(home: Path) -> None:
    exception()
    early = run("ready", BOARD, "--on", "2022-05-03", "--json")
    assert (early.exit_code, len(json.loads(early.stdout)) > 0) == (0, True)
    late = run("ready", BOARD, "--on", "2022-06-10")
    assert late.exit_code == 1
    assert f"({OWNER})" in late.stdout
    assert "MISSING" in late.stdout


def test_the_agenda_is_changed_and_changed_back(home: Path) -> None:
    before = data("agenda", "show", BOARD, *ON)
    done("agenda", "add", BOARD, "Visit", "--for", "decision", *ON)
    done("agenda", "move", BOARD, number("Visit"), "--before", "2", *ON)
    assert data("agenda", "show", BOARD, *ON)["items"][1]["title"] == "Visit"
    done("agenda", "mark", BOARD, "2", "--for", "information", *ON)
    done("agenda", "drop", BOARD, "2", "--because", "not yet", *ON)
    assert data("agenda", "show", BOARD, *ON) == before
    done("agenda", "restore", BOARD, "visit", *ON)
    assert data("agenda", "show", BOARD, *ON)["items"][1]["purpose"] == "information"


def test_the_calendar_says_when_papers_close_and_what_was_moved(home: Path) -> None:
    assert "17 April 2023, moved from 10 April 2023" in done("calendar", "--on", "2023-01-01")


def test_actions_and_cases_are_listed_as_they_stand(home: Path) -> None:
    done("action", "add", BOARD, "Bring prices.", "--owner", OWNER, "--due", "2022-07-29", "--on", BOARD)
    done("action", "done", f"{BOARD}/1", "--evidence", "report of 3 July", "--on", "2022-07-04")
    assert data("action", "list") == []
    done("action", "reopen", f"{BOARD}/1")
    assert [one["state"] for one in data("action", "list")] == ["open"]
    done(
        "case", "submit", "Edge of care", "--what", "A team.", "--cost", "£900,000", "--investment", "120000",
        "--saving", "300,000", "--funding", "reserves", "--author", TEACHING, *ON,
    )  # fmt: skip
    assert data("case", "list")[0]["state"] == "submitted"
    assert number("Edge of care")


MISTAKES = [
    (["agenda", "show", "2022-06-14"], "does not meet on 14 June 2022"),
    (["agenda", "drop", BOARD, "1"], "say why the item is dropped"),
    (["agenda", "drop", BOARD, "99", "--because", "x"], "has no item 99"),
    (["agenda", "mark", BOARD, "1", "--for", "noting"], 'There is no purpose "noting"'),
    (["agenda", "restore", BOARD, "x"], "name one of the dropped items: none"),
    (["agenda", "exempt", BOARD, "1", "--paragraph", "3"], "public interest"),
    (["agenda", "exempt", BOARD, "1", "--undo"], "is not marked"),
    (["paper", "confirm", BOARD, "1"], "has no paper yet"),
    (["paper", "in", BOARD, "1", "nowhere.docx"], "nowhere.docx"),
    (["paper", "attach", BOARD, "1", "nowhere.pdf"], "nowhere.pdf"),
    (["paper", "detach", BOARD, "1", "x", "--because", "y"], "has no attachment"),
    (["paper", "clear", BOARD, "1", "--kind", "finance", "--initials", "x", "--text", "y"], "Financial"),
    (["paper", "revert", BOARD, "1"], "no earlier version"),
    (["publish", BOARD], "no pack of 13 June 2022 is compiled yet"),
    (["supplement", BOARD], "--because"),
    (["supplement", BOARD, "--because", "x"], "is not published yet"),
    (["check", "nowhere.pdf"], "is no file"),
    (["exception", "raise", "BLOK", "t", "--what", "w", "--action", "a", "--by", OWNER], 'did you mean "BLOCK"?'),
    (["exception", "raise", "BLOCK", "t", "--what", "w", "--action", "a", "--by", OWNER, "--severity", "bad"], "low, medium"),
    (["exception", "close", "EX-9", "--because", "x"], 'no exception "EX-9"'),
    (["action", "done", "2022-06-13/9", "--evidence", "x"], "there is no action"),
    (["action", "add", BOARD, "x", "--owner", OWNER, "--due", BOARD], "falls due after that day"),
    (["case", "submit", "t", "--what", "w", "--cost", "much", "--investment", "1", "--saving", "1", "--funding", "f", "--author", OWNER], "no amount in pounds"),
    (["case", "slt", "BC-1", "--approved"], "no business case"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "told"), MISTAKES, ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else ""
)
def test_a_slip_is_told_in_one_message_with_status_2(home: Path, asked: list[str], told: str) -> None:
    result = run(*asked)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_a_word_file_without_libreoffice_is_told_in_one_message_with_status_2(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "a.docx").write_bytes(b"a Word file")
    done("agenda", "add", BOARD, "Visit", "--for", "decision", *ON)
    monkeypatch.setenv("PATH", str(home))
    result = run("paper", "attach", BOARD, number("Visit"), str(home / "a.docx"), *ON)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "apt-get install libreoffice-writer" in result.stderr
    assert len(result.stderr.splitlines()) == 1
