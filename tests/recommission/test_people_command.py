"""`recommission people` and `alerts undelivered`: absences, leavers, preferences, by hand."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.planning import Rules
from models.session import migrate
from recommission.__main__ import app
from tests.town import DIRECTOR, GROUP, OFFICER, TEACHING, furnish


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rules: Rules) -> Path:
    """An installation that holds the small council of the tests."""
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
    monkeypatch.delenv("RECOMMISSION_DATABASE_URL", raising=False)
    url = f"sqlite:///{tmp_path / 'recommission.db'}"
    migrate(url)
    furnish(url, tmp_path, rules)
    return tmp_path


def run(*words: str, fails: bool = False) -> str:
    result = CliRunner().invoke(app, ["people", *words])
    assert (result.exit_code == 2) is fails, result.output
    return result.output


@pytest.mark.usefixtures("home")
def test_an_absence_names_who_stands_in_and_ends_when_the_post_is_back() -> None:
    assert f"{OFFICER} stands in" in run("absent", TEACHING, "--from", "2022-05-02", "--to", "2022-05-20")
    [row] = json.loads(run("away", "--on", "2022-05-10", "--json"))["away"]
    assert row == {"post": TEACHING, "from": "2022-05-02", "to": "2022-05-20", "stands_in": OFFICER}
    run("back", TEACHING, "--on", "2022-05-10")
    assert json.loads(run("away", "--on", "2022-05-10", "--json"))["away"] == []
    assert len(json.loads(run("away", "--on", "2022-05-09", "--json"))["away"]) == 1


@pytest.mark.usefixtures("home")
def test_when_the_whole_chain_is_gone_the_contracts_nobody_answers_for_are_named() -> None:
    for title in (TEACHING, OFFICER, GROUP, DIRECTOR):
        said = run("gone", title, "--on", "2022-05-02")
    assert "Nobody stands in" in said
    unowned = json.loads(run("away", "--on", "2022-05-02", "--json"))["unowned"]
    assert "APL" in {one["reference"] for one in unowned}


@pytest.mark.usefixtures("home")
def test_a_preference_is_kept_for_both_streams_unless_one_is_named() -> None:
    rows = json.loads(run("prefer", TEACHING, "--mode", "weekly", "--quiet", "19:00-07:00", "--json"))
    assert [(row["stream"], row["mode"]) for row in rows] == [("decide by", "weekly"), ("ends on", "weekly")]
    assert "ends on: daily" in run("prefer", TEACHING, "--stream", "ends on", "--mode", "daily")


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["gone", "Comissioning Manager, Education"], f"did you mean {TEACHING!r}"),
        (["absent", TEACHING, "--from", "2022-05-02", "--to", "2022-05-01"], "is before"),
        (["prefer", TEACHING, "--mode", "never"], "choose one of at once, daily, weekly, off"),
        (["prefer", TEACHING, "--stream", "ends"], "choose one of decide by, ends on"),
        (["prefer", TEACHING, "--quiet", "25:00-07:00"], "such as 19:00-07:00"),
        (["prefer", TEACHING, "--channel", "pigeon"], "no tag of apprise.yaml"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_message(words: list[str], why: str) -> None:
    assert why in run(*words, fails=True)


@pytest.mark.usefixtures("home")
def test_nothing_undelivered_is_said_and_ends_well() -> None:
    result = CliRunner().invoke(app, ["alerts", "undelivered", "--json"])
    assert (result.exit_code, json.loads(result.output)) == (0, {"dead_letters": [], "untold": []})


@pytest.mark.usefixtures("home")
def test_a_file_that_reports_no_bounce_of_ours_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "holiday.eml"
    for content, why in (
        (None, "No such file"),
        (b"Subject: Out of office\r\n\r\nBack on Monday.", "no delivery status notification"),
    ):
        if content:
            file.write_bytes(content)
        result = CliRunner().invoke(app, ["alerts", "bounced", str(file)])
        assert result.exit_code == 2
        assert why in result.output
