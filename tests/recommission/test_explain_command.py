"""`recommission alerts explain`, by hand."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.planning import Rules
from recommission.__main__ import app
from tests.town import GROUP, OWNER, TEACHING, sweep


@pytest.fixture
def home(town: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rules: Rules) -> str:
    """An installation whose list has asked its owner what follows it."""
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
    monkeypatch.setenv("RECOMMISSION_DATABASE_URL", town)
    for on in (date(2023, 4, 30), date(2023, 5, 1)):
        sweep(town, rules, on)
    return town


def run(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["alerts", "explain", *words])
    assert result.exit_code == status, result.output
    return result.output


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "words", [[], ["--person", TEACHING], ["--on", "2023-05-01"], ["--on", "2023-05-02"]]
)
def test_it_fits_eighty_columns(words: list[str]) -> None:
    lines = run("APL", *words).splitlines()
    assert max(map(len, lines)) <= 80
    assert any("contract end" in line for line in lines)


@pytest.mark.usefixtures("home")
def test_a_person_gets_the_plain_answer_first() -> None:
    assert run("APL", "--person", OWNER).startswith(f"{OWNER} got nothing about APL because it is neither")
    said = " ".join(run("APL", "--person", TEACHING, "--on", "1 May 2023").split())
    assert said.startswith(f"{TEACHING}, about APL, was written to, but nothing has arrived: on 1 May 2023")
    assert "because: owner" in said


@pytest.mark.usefixtures("home")
def test_a_day_without_a_message_says_what_was_not_due() -> None:
    said = run("APL", "--on", "2023-05-02")
    assert "Nothing was written on 2 May 2023" in said
    assert "contract end: the rung 30d is not due until 2 July 2023" in said


@pytest.mark.usefixtures("home")
def test_machines_get_the_same_facts() -> None:
    made = json.loads(run("APL", "--person", GROUP, "--json"))
    [end] = [one for one in made["dates"] if one["what"] == "contract end"]
    assert {rung["code"]: rung["on"] for rung in end["rungs"]}["3m"] == "2023-05-01"
    assert end["messages"][-1]["because"] == "owner"
    assert "as manager it hears of it only after" in made["answer"]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["APLL"], 'no contract "APLL"; did you mean "APL"?'),
        (["APL", "--person", "Group Manager, Comissioning"], f'did you mean "{GROUP}"?'),
        (["APL", "--on", "May 2023"], "Write the day"),
    ],
)
def test_what_is_not_in_the_register_is_refused_with_what_is_near(words: list[str], near: str) -> None:
    assert near in run(*words, status=2)
