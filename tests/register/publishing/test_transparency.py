"""The Transparency Code's register: who is in a quarter's edition, what is left out and told, placements never listed."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from lifecycle.quarters import Quarter
from models.contracts import Contract
from models.planning import Rules
from models.session import unit_of_work
from register.publishing import transparency
from register.publishing.transparency import write_transparency
from tests.register.publishing.hostile import FORMULA, files, fill, opened

COUNCIL = "Nottinghamshire County Council"


@pytest.fixture(scope="module")
def register(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, rules: Rules) -> str:
    """The small register, to be read."""
    path = tmp_path_factory.mktemp("hostile") / "register.db"
    shutil.copy(sqlite_template, path)
    fill(f"sqlite:///{path}", rules)
    return f"sqlite:///{path}"


@pytest.fixture
def session(register: str) -> Iterator[Session]:
    with opened(register) as session:
        yield session


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_an_edition_holds_what_was_in_force_in_the_quarter_over_5000_pounds(
    session: Session, tmp_path: Path
) -> None:
    out = tmp_path / "q1.csv"
    done = write_transparency(session, out, Quarter.parse("2026/27-Q1"), COUNCIL)
    listed = {row["Contract Reference Number"]: row for row in rows(out)}
    assert listed.keys() == {"HOMES", "HOMES/1"}
    homes, call_off = listed["HOMES"], listed["HOMES/1"]
    assert homes["Sum over the Length of the Contract (£)"] == "12000000.25"
    assert homes["VAT Not Recoverable (£)"] == "10.50"
    assert (homes["Start Date"], homes["End Date"], homes["Review Date"]) == (
        "1 April 2026",
        "31/03/2030",
        "summer 2027",
    )
    assert homes["Invitation to Quote or Tender"] == "yes"
    assert homes["Supplier Registered Charity Number"] == "; SC012345"
    assert (homes["SME Supplier"], homes["VCSE Supplier"]) == ("yes; not known", "no; yes")
    assert call_off["Estimated Annual Spending or Budget (£)"] == "20800.00"
    assert call_off["Supplier Registered Company Number"] == "01234567"
    assert [row["Reference Number"] for row in rows(tmp_path / "q1.invitations.csv")] == ["NEW"]
    assert {row["Reference"]: row["Reason"] for row in rows(tmp_path / "q1.left-out.csv")} == {
        "NEW": "begins after the quarter",
        "GONE": "ended before the quarter",
        "OTHERS": "bought by another authority, which publishes it",
        "UNVALUED": "no value, ceiling or spending on record",
    }
    assert done.left_out.total() == 4
    assert "1 of the agreements listed have no description on record: the Code asks for it." in done.notes


@pytest.mark.parametrize(
    ("quarter", "listed"),
    [
        ("2025/26-Q3", set()),  # GONE ran, and was worth 5,000 exactly
        ("2025/26-Q4", set()),
        ("2026/27-Q1", {"HOMES", "HOMES/1"}),
        ("2028/29-Q2", {"HOMES", "HOMES/1"}),
        ("2029/30-Q4", {"HOMES", "HOMES/1"}),  # the call-off outlives its framework by its forecast
        ("2030/31-Q1", {"HOMES/1"}),
        ("2030/31-Q3", set()),
    ],
)
def test_an_edition_holds_no_agreement_of_another_quarter(
    session: Session, tmp_path: Path, quarter: str, listed: set[str]
) -> None:
    write_transparency(session, tmp_path / "q.csv", Quarter.parse(quarter), COUNCIL)
    assert {row["Contract Reference Number"] for row in rows(tmp_path / "q.csv")} == listed


def test_placements_are_counted_and_never_listed(session: Session, tmp_path: Path) -> None:
    write_transparency(session, tmp_path / "q.csv", Quarter.parse("2026/27-Q1"), COUNCIL)
    told = {row["Supplier Name"]: tuple(row.values())[4:] for row in rows(tmp_path / "q.placements.csv")}
    assert told == {
        "Home 0": ("suppressed", "suppressed"),
        "Home 1": ("suppressed", "suppressed"),  # with it, 2 and 1 could be told from the total of 9
        "Supplier not on record": ("suppressed", ""),
        "All suppliers": ("9", "417456.00"),
    }
    everything = b"".join(files(tmp_path).values())
    assert b"SPOT-" not in everything and b"Placement " not in everything


def test_no_cell_of_any_file_opens_a_formula(session: Session, tmp_path: Path) -> None:
    write_transparency(session, tmp_path / "q.csv", Quarter.parse("2026/27-Q1"), COUNCIL, bom=True)
    for path in tmp_path.iterdir():
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "'" + FORMULA in {row["Title of Agreement"] for row in rows_of(tmp_path / "q.csv")}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_register_gives_the_same_bytes_and_a_failure_leaves_nothing(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("one", "two"):
        write_transparency(session, tmp_path / folder / "q.csv", Quarter.parse("2026/27-Q1"), COUNCIL)
    before = files(tmp_path / "one")
    assert before == files(tmp_path / "two")

    def broken(*_: object) -> Iterator[list[str]]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(transparency, "_placements", broken)
    with pytest.raises(OSError, match="No space"):
        write_transparency(session, tmp_path / "one" / "q.csv", Quarter.parse("2025/26-Q1"), COUNCIL)
    assert files(tmp_path / "one") == before


def test_a_year_of_a_small_contract_counts_over_its_term(register: str, tmp_path: Path) -> None:
    with unit_of_work(register) as session:
        its = session.exec(select(Contract).where(Contract.reference == "HOMES/1")).one()
        its.value, its.start_date = None, None
        session.flush()
        done = write_transparency(session, tmp_path / "q.csv", Quarter.parse("2026/27-Q1"), COUNCIL)
        session.rollback()
    assert done.left_out["no value, ceiling or spending on record"] == 2
