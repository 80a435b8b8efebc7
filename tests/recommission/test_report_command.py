"""`recommission report annual`: a draft, figures with their rows, one message for what is wrong."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recommission.__main__ import app
from tests.board.annual import copy_of

pytestmark = pytest.mark.xdist_group("annual")

ON = ("--on", "2022-04-25")


@pytest.fixture
def home(sample_register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that holds the sample register."""
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
    monkeypatch.setenv("RECOMMISSION_DATABASE_URL", copy_of(sample_register, tmp_path))
    return tmp_path


def run(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["report", "annual", *words])
    assert result.exit_code == status, result.output
    return result.stdout if status == 0 else result.output


def test_json_gives_each_figure_with_its_method_and_rows(home: Path) -> None:
    made = json.loads(run("--year", "2021/22", *ON, "--json"))
    spend = made["figures"]["spend"]
    assert (spend["value"], spend["words"]) == (153412618.47, "over £153m")
    assert round(sum(row["amount"] for row in spend["rows"]), 2) == spend["value"]
    assert {"table", "id", "reference", "name", "amount", "cells"} == spend["rows"][0].keys()
    assert all(figure["method"] for figure in made["figures"].values())
    assert [Path(path).suffix for path in made["files"]] == [".pdf", ".docx"]
    assert all((home / "reports" / Path(path).name).stat().st_size for path in made["files"])
    assert made["published"] is None


def test_published_figures_stand_beside_those_of_the_record(home: Path) -> None:
    comments = [
        word
        for kind in ("Constitutional", "Financial")
        for word in ("--comment", f"{kind} (LW 10/02/22): There are none.")
    ]
    assert "edition 1" in run("--year", "2021/22", *ON, *comments, "--publish")
    made = json.loads(run("--year", "2021/22", *ON, *comments, "--json", "--out", str(home / "elsewhere")))
    assert made["published"]["figures"] == made["figures"]
    assert made["differs_from_published"] == []
    assert (home / "elsewhere" / "annual-report-2021-22-draft.docx").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--year", "2021/23"), '"2021/23" is no financial year; write 2021/22'),
        (("--year", "2021"), "write 2021/22"),
        (("--year", "2023/24"), "begins on 1 April 2023"),
        (("--year", "2021/22", "--comment", "None."), "no officer's comment"),
        (("--year", "2021/22", "--publish"), "no Constitutional and no Financial comments"),
        (("--year", "2021/22", "--publish", "--out", "x"), "--out is for a draft"),
    ],
)
def test_what_is_wrong_is_said_in_one_message(home: Path, words: tuple[str, ...], why: str) -> None:
    said = run(*words, *ON, status=2)
    assert why in said
    assert "Traceback" not in said
    assert not (home / "reports").exists()
