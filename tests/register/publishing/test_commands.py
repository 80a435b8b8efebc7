"""`recommission register export` and `notices`: files and what was left out, drafts, one message for what is wrong."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recommission.__main__ import app


@pytest.fixture
def home(hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that holds the hostile register."""
    shutil.copy(hostile, tmp_path / "recommission.db")
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
    monkeypatch.setenv("RECOMMISSION_DATABASE_URL", "")
    return tmp_path


def run(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["register", *words])
    assert result.exit_code == status, result.output
    return result.stdout if status == 0 else result.output


def test_each_format_names_its_files_and_what_was_left_out(home: Path) -> None:
    on = ("--on", "2026-07-01", "--json")
    for shape, rows in (
        ("transparency", {"contracts": 2}),
        ("xlsx", {"contracts": 15}),
        ("csv", {"spend": 1}),
        ("ocds", {}),
    ):
        told = json.loads(run("export", "--format", shape, *on))
        assert told["files"] and all(Path(path).stat().st_size for path in told["files"])
        assert rows.items() <= told["rows"].items()
        assert told["notes"]
    assert (home / "exports" / "contracts-2026-27-Q1.csv").exists()


def test_what_cannot_be_is_refused_with_one_message(home: Path) -> None:
    for words, why in (
        (("export", "--format", "transparency", "--quarter", "2022"), "write 2022/23-Q1"),
        (("export", "--format", "xlsx", "--quarter", "2022/23-Q1"), "--quarter is for"),
        (("export", "--format", "xlsx", "--bom"), "--bom is for"),
        (("notices", "draft", "UK99", "HOMES"), "There is no notice"),
        (("notices", "draft", "UK4", "HOMES"), "drafts are made of"),
        (("notices", "draft", "UK7", "NOBODY"), "no contract"),
    ):
        assert why in run(*words, status=2)
    (home / "file").write_text("in the way")
    out = str(home / "file" / "register.csv")
    assert "cannot be written" in run("export", "--format", "transparency", "--out", out, status=2)


def test_a_notice_is_listed_drafted_and_recorded(home: Path) -> None:
    def due() -> set[str]:
        listed = json.loads(run("notices", "--on", "2026-05-25", "--json"))
        return {one["code"] for one in listed if one["reference"] == "HOMES"}

    assert due() == {"UK6", "UK7"}
    run("notices", "draft", "UK7", "HOMES", "--on", "2026-05-25", "--out", str(home / "draft.html"))
    assert "to be filled in" in (home / "draft.html").read_text()
    run("notices", "published", "UK7", "HOMES", "--on", "2026-05-25", "--ocid", "ocds-h6vhtk-04ed25")
    assert due() == {"UK6"}
    run("notices", "published", "UK7", "HOMES", "--undo")
    assert due() == {"UK6", "UK7"}
