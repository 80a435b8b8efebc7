"""The register answers: lists with colours, one contract on one screen, what is wrong and whom to ask."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import process_time

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select
from typer.testing import CliRunner

from board.annual.contracts import in_force
from lifecycle.financial_years import FinancialYear
from lifecycle.partial_dates import PartialDate
from lifecycle.rag import Rag
from lifecycle.stages import Kind, Stage
from models.contracts import Contract
from models.people import NO_OWNER, Person
from models.planning import Rules
from models.session import reading, unit_of_work
from models.sheets import waiting
from recommission.__main__ import app
from register import listing, quality, spot
from register.listing import Sort, Wanted
from register.publishing.csv_files import as_text
from tests.board.annual import copy_of
from tests.town import OWNER, TODAY, contract

LATE = date(2022, 12, 25)


@pytest.fixture
def home(sample_register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installation that holds the sample register; its database's URL."""
    url = copy_of(sample_register, tmp_path)
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
    monkeypatch.setenv("RECOMMISSION_DATABASE_URL", url)
    monkeypatch.setenv("COLUMNS", "80")
    return url


@pytest.fixture
def village(sqlite_town: Path, tmp_path: Path) -> str:
    """The small council on SQLite, where nothing is asked of the database that another would answer differently."""
    return copy_of(sqlite_town, tmp_path / "village")


def run(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == status, result.output
    return result.stdout if status == 0 else result.output


def listed(session: Session, rules: Rules, wanted: Wanted, on: date = TODAY) -> list[str]:
    return [one.reference for one in listing.contracts(session, wanted, rules, on)]


@pytest.mark.parametrize("day", [TODAY, LATE])
def test_the_colours_of_the_list_are_those_of_the_sheets(
    sample_register: Path, rules: Rules, day: date
) -> None:
    with reading(f"sqlite:///{sample_register}") as session:
        sheets = {one.reference: one.rag for one in waiting(session, rules, day)}
        rows = {one.reference: one.rag for one in listing.contracts(session, Wanted(), rules, day)}
    assert {reference: rows[reference] for reference in sheets} == sheets
    assert day == TODAY or Rag.RED in sheets.values()


def test_each_filter_narrows_the_list(sample_register: Path, rules: Rules) -> None:
    with reading(f"sqlite:///{sample_register}") as session:
        every = set(listed(session, rules, Wanted()))
        lists = {"NAPL"}
        assert set(listed(session, rules, Wanted(kind=Kind.PROVIDER_LIST))) == lists
        assert (
            set(listed(session, rules, Wanted(stage=Stage.NEEDS_ANALYSIS, kind=Kind.PROVIDER_LIST))) == lists
        )
        ending = set(listed(session, rules, Wanted(ending_before=date(2022, 8, 1), kind=Kind.BLOCK)))
        assert ending == {"SA16PLUS"}
        assert set(listed(session, rules, Wanted(ending_before=date(2022, 7, 31), kind=Kind.BLOCK))) == set()
        assert "EDGE-OF-CARE" in listed(session, rules, Wanted(no_end=True))
        alone = set(listed(session, rules, Wanted(no_successor=True)))
        assert "NAPL" in alone and not alone & {"SA16PLUS", "HNSA", "D2N2-CIC/01"}
        ended = set(listed(session, rules, Wanted(ended=True)))
        assert ended and not ended & every
        assert all(name.startswith("SPOT") for name in ended)


def test_a_contract_without_an_owner_is_found_and_amber(village: str, rules: Rules) -> None:
    with unit_of_work(village) as session:
        nobody = Person(title=NO_OWNER)
        session.add(nobody)
        session.flush()
        contract(session, "TUITION").owner_id = nobody.id or 0
        session.flush()
        [one] = listing.contracts(session, Wanted(no_owner=True), rules, TODAY)
        assert (one.reference, one.rag) == ("TUITION", Rag.AMBER)


def test_the_dearest_comes_first_whatever_the_amount_is_for(village: str, rules: Rules) -> None:
    with unit_of_work(village) as session:
        for name, value, per in (("TUITION", 100, "year"), ("APL", 200, "term"), ("FW", 40, "month")):
            its = contract(session, name)
            its.value, its.value_per = Decimal(value), per  # type: ignore[assignment]  # a word of the enumeration
        session.flush()
        first = listing.contracts(session, Wanted(), rules, TODAY, Sort.VALUE)[:3]
        assert [one.reference for one in first] == ["FW", "TUITION", "APL"]


def test_the_list_fits_eighty_columns_and_is_json_and_csv(home: str) -> None:
    screen = run("contracts", "--on", "2022-12-25", "--rag", "red")
    assert max(map(len, screen.splitlines())) <= 80
    assert "16 contracts on 25 December 2022: 16 red, 0 amber." in screen
    made = json.loads(run("contracts", "--on", "2022-12-25", "--rag", "red", "--json"))
    rows = list(csv.DictReader(io.StringIO(run("contracts", "--on", "2022-12-25", "--rag", "red", "--csv"))))
    assert [one["reference"] for one in made] == [row["reference"] for row in rows]
    assert {row["rag"] for row in rows} == {"red"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("contracts", "--owner", "Comissioning Manager, Placements"), "did you mean"),
        (("contracts", "--supplier", "Homes2Inspyre"), 'did you mean "Homes2Inspire"'),
        (("contracts", "--rag", "blue"), "It is one of: red, amber, green."),
        (("contracts", "--sort", "size"), "It is one of: end, reference, value, rag, owner."),
        (("contract", "NAPl"), 'did you mean "NAPL"'),
        (("report", "spot", "--from", "2022-04-01", "--to", "2022-03-01"), "before it begins"),
        (("report", "spend", "--year", "2022"), "write 2021/22"),
        (("register", "supplier", "join", "NAPL", "Homes2inspir"), 'did you mean "Homes2Inspire"'),
    ],
)
def test_what_cannot_be_answered_ends_with_one_message(home: str, words: tuple[str, ...], why: str) -> None:
    told = run(*words, status=2)
    assert why in told and "Traceback" not in told


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=1+1", "'=1+1"), (" @SUM(A1)", "' @SUM(A1)"), ("-2 x 12", "'-2 x 12"), (Decimal("-5.00"), "-5.00"), ("a=b", "a=b"), (None, "")],
)  # fmt: skip
def test_no_cell_is_a_formula(cell: object, written: str) -> None:
    assert as_text(cell) == written


def test_one_contract_is_one_screen(home: str) -> None:
    screen = run("contract", "NAPL", "--on", "2022-04-25")
    for words in (
        "GREEN  NAPL", "“August 2023”: any day from 1 August 2023 to 31 August", "2021/22  £28,616,319", "27 suppliers",
        "14 August 2022",
    ):  # fmt: skip
        assert words in screen
    assert max(map(len, screen.splitlines())) <= 80
    made = json.loads(run("contract", "D2N2-CIC", "--on", "2022-04-25", "--json"))
    assert made["use"]["committed"] == pytest.approx(40999332, abs=1)
    assert made["cycle"]["rag"] == "green" and made["alerts"][0]["next_alert_on"]


def test_what_is_wrong_is_told_with_whom_to_ask(sample_register: Path, rules: Rules, home: str) -> None:
    found = {
        one["what"]: one for one in json.loads(run("register", "quality", "--on", "2022-04-25", "--json"))
    }
    assert found["without an end date"]["examples"] == ["EDGE-OF-CARE"]
    assert list(found["without an end date"]["owners"]) == ["Commissioning Manager, Early Help"]
    assert found["a supplier without a number"]["count"] == 181
    screen = run("register", "quality", "--by-owner", "--on", "2022-04-25")
    assert max(map(len, screen.splitlines())) <= 80


def test_each_fault_is_found(town: str, rules: Rules) -> None:
    """The small council with one thing wrong after the other."""
    with unit_of_work(town) as session:
        block, call_off, apl = (contract(session, name) for name in ("BLOCK", "FW/01", "APL"))
        owner = session.exec(select(Person).where(Person.title == OWNER)).one()
        owner.email = ""
        block.regime, block.notice_months = "PA 2023", None
        call_off.start_date, call_off.regime = PartialDate.parse("2027-01-01"), "PA 2023 light touch"
        contract(session, "FW/02").parent_id = None
        contract(session, "OLD").planned_end = PartialDate.parse("2021-12-31")
        contract(session, "FW").ceiling = Decimal(100)
        call_off.value = Decimal(120)
        apl.planned_end = None
        session.flush()
        found = {one.what: one.examples for one in quality.quality(session, rules, TODAY)}
    assert found["over its ceiling"] == ["FW (120% of £100)"]
    assert found["past its end and still in force"] == ["OLD (2021-12-31)"]
    assert found["called off after its framework or list had ended"] == ["FW/01 (FW)"]
    assert found["a call-off of no framework"] == ["FW/02"]
    assert found["an owner without an e-mail address"] == [f"{OWNER} (2 contracts)"]
    assert found["under a law that was not in force when it began"] == [
        "BLOCK (PA 2023, in force from 24 February 2025)"
    ]
    assert found["under another law than its framework"] == [
        "FW/01 (PA 2023 light touch under PCR 2015 light touch)"
    ]
    assert found["without a notice period"] == ["BLOCK"]
    assert found["without an end date"] == ["APL"]


def test_spot_counts_are_those_of_the_annual_report(sample_register: Path) -> None:
    year = FinancialYear(2021)
    with reading(f"sqlite:///{sample_register}") as session:
        made = spot.report(session, year.first, year.last)
        spots = session.exec(select(Contract).where(col(Contract.kind) == Kind.SPOT)).all()
        assert made.in_force == sum(in_force(one, year, TODAY) for one in spots) == 104
    assert [month.in_force for month in made.months][::11] == [69, 92]
    assert made.providers[0].in_force == 7


def test_ten_thousand_contracts_are_listed_in_seconds(
    sample_register: Path, tmp_path: Path, rules: Rules
) -> None:
    url = copy_of(sample_register, tmp_path / "many")
    with unit_of_work(url) as session:
        copies = sa.text(
            "INSERT INTO contract (reference, title, kind, department, owner_id, start_date, planned_end, registered_on,"
            " in_force, regime, source, note, description, buyer, cpv, value_per, value_words, extension_words, procedure, url)"
            " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70)"
            " SELECT reference || '~' || i, title, kind, department, owner_id, start_date, planned_end, registered_on,"
            " in_force, regime, source, note, description, buyer, cpv, value_per, value_words, extension_words, procedure, url"
            " FROM contract, n"
        )
        session.execute(copies)
        began = process_time()
        assert len(listing.contracts(session, Wanted(), rules, TODAY)) > 8000
        assert process_time() - began < 5
