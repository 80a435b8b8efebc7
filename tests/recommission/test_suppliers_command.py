"""`recommission suppliers` and `register duplicates`: what looks like one is listed, answered, taken back."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from models.session import engine
from recommission.__main__ import app
from tests.town import CONTRACTS, HEADER, OWNER, TODAY, sheet

REGISTER = [
    HEADER,
    [
        "HOMES",
        "Residential homes",
        "block",
        "",
        "Children",
        OWNER,
        "Larkgarth Homes Limited",
        *CONTRACTS[1][7:],
    ],
    ["TUITION 2", *next(row for row in CONTRACTS if row[0] == "TUITION")[1:]],
]
PROVIDERS = """URN,Provision type,Name,Sector,Organisation which owns the provider
1012345,Children's home,REDACTED,Private,Siskin Care Solutions Ltd 04004053
2490001,Children's home,REDACTED,Private,Siskin Care Solutions Ltd 04004053
SC012345,Children's home,REDACTED,Private,SISKIN CARE SOLUTIONS LIMITED
2490002,Independent Fostering Agency,Linnet Fostering ,Voluntary,
"""


@pytest.fixture
def home(tmp_path: Path, sqlite_town: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small council, as the commands see it, with a supplier and a contract that are there twice."""
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
    monkeypatch.setenv("RECOMMISSION_DATABASE_URL", f"sqlite:///{tmp_path / 'town.db'}")
    shutil.copy(sqlite_town, tmp_path / "town.db")
    told(["register", "import", str(sheet(tmp_path, REGISTER, "more.csv"))])
    return tmp_path


def told(words: list[str], status: int = 0) -> str:
    done = CliRunner().invoke(app, [*words, "--on", TODAY.isoformat()])
    assert done.exit_code == status, done.output
    return done.output


def data(words: list[str]) -> Any:
    return json.loads(told([*words, "--json"]))


def test_two_suppliers_that_look_like_one_are_asked_about_merged_and_taken_apart(home: Path) -> None:
    [asked] = data(["suppliers", "review"])
    assert {asked["keep"]["name"], asked["other"]["name"]} == {"Larkgarth Homes", "Larkgarth Homes Limited"}
    assert asked["keep"]["contracts"] == 3
    assert "nobody" not in told(["suppliers", "review"])
    number = str(asked["number"])
    assert "There is no open question 999" in told(["suppliers", "review", "999", "same"], 2)
    assert "has no post" in told(["suppliers", "review", number, "same", "--by", "Nobody"], 2)
    assert "is merged into" in told(["suppliers", "review", number, "same", "--by", OWNER])
    assert data(["suppliers", "review"]) == []
    shown = data(["suppliers", "show", "Larkgarth Homes Limited"])
    assert (shown["name"], shown["merged_into_it"]) == ("Larkgarth Homes", ["Larkgarth Homes Limited"])
    assert [one["reference"] for one in shown["contracts"]] == ["BLOCK", "FW", "FW/01", "HOMES"]
    assert "was not merged into another" in told(["suppliers", "undo", "Wren Care"], 2)
    assert data(["suppliers", "undo", "Larkgarth Homes Limited"])["left"] == []
    assert [
        one["reference"] for one in data(["suppliers", "show", "Larkgarth Homes Limited"])["contracts"]
    ] == ["HOMES"]
    engine(f"sqlite:///{home / 'town.db'}").dispose()


def test_two_suppliers_are_merged_by_name_and_the_different_are_not_asked_again(home: Path) -> None:
    [asked] = data(["suppliers", "review"])
    assert "this is not asked again" in told(["suppliers", "review", str(asked["number"]), "different"])
    assert "No two suppliers" in told(["suppliers", "review"])
    assert "did you mean" in told(["suppliers", "merge", "Wren Car", "Larkgarth Homes"], 2)
    assert data(["suppliers", "merge", "Wren Care", "LARKGARTH HOMES"]) == {
        "kept": "Wren Care",
        "merged": "Larkgarth Homes",
    }
    assert "one supplier already" in told(["suppliers", "merge", "Wren Care", "Larkgarth Homes"], 2)
    engine(f"sqlite:///{home / 'town.db'}").dispose()


def test_a_contract_that_is_there_twice_is_closed_and_opened_again(home: Path) -> None:
    [pair] = data(["register", "duplicates"])
    assert (pair["one"]["reference"], pair["other"]["reference"]) == ("TUITION", "TUITION 2")
    assert "TUITION 2" in told(["register", "duplicates"])
    number = str(pair["number"])
    assert "--keep REF" in told(["register", "duplicates", number, "same"], 2)
    assert "closed as a duplicate" in told(["register", "duplicates", number, "same", "--keep", "TUITION"])
    assert data(["audit", "show", "TUITION 2"])[-1]["what"] == "closed as a duplicate"
    assert data(["register", "duplicates"]) == []
    assert "was not closed" in told(["register", "duplicates", "--undo", "TUITION"], 2)
    assert "stands as it did" in told(["register", "duplicates", "--undo", "TUITION 2"])
    assert "two contracts" in told(["register", "duplicates", number, "different"])
    engine(f"sqlite:///{home / 'town.db'}").dispose()


def test_ofsted_s_list_of_providers_comes_in_with_every_home_under_its_owner(home: Path) -> None:
    (home / "providers.csv").write_text(PROVIDERS, encoding="utf-8")
    for added in (2, 0):
        assert f"suppliers: {added} added" in told(
            ["register", "import", str(home / "providers.csv"), "--yes"]
        )
    shown = data(["suppliers", "show", "SISKIN CARE SOLUTIONS LTD."])
    assert shown["numbers"] == [
        "GB-COH 04004053", "GB-OFSTED-URN 1012345", "GB-OFSTED-URN 2490001", "GB-OFSTED-URN SC012345"
    ]  # fmt: skip
    assert data(["suppliers", "show", "2490002"])["name"] == "Linnet Fostering"
    engine(f"sqlite:///{home / 'town.db'}").dispose()
