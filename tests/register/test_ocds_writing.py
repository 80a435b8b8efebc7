"""The register as a record package of OCDS: it passes the standard's own checker and comes back without loss."""

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from lifecycle.partial_dates import PartialDate
from lifecycle.regimes import Regime
from lifecycle.stages import Kind, Stage, Verdict
from models.columns import identity
from models.contracts import (
    Contract,
    ContractSupplier,
    ExtensionOption,
    JointAuthority,
    Lot,
    LotSupplier,
    Payment,
    Per,
    ProcurementNotice,
    Vat,
)
from models.cycles import Cycle, Milestone, VerdictRecord
from models.people import Person, Scheme, Supplier
from models.planning import Rules
from models.session import reading, unit_of_work
from register.importing import ImportResult, import_file, import_reading
from register.ocds import Publisher, open_ocds, write_ocds
from register.ocds.columns import read
from register.ocds.nodes import Node
from register.ocds.picking import picks
from register.ocds.record import Known
from register.ocds.writing import release, values_of
from register.rows import Party
from tests.conftest import SAMPLE
from tests.register.notices import notice, package, tender, written
from tests.register.ocds_standard import complaints
from tests.town import NOW, TODAY, contract

COUNCIL = Publisher("Exampleshire County Council", ppon="PXYZ-1234-ABCD")


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> str:
    """An empty record. SQL differs by dialect nowhere here, so one is enough."""
    path = tmp_path / "empty.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


def exported(url: str, target: Path, on: date = TODAY) -> dict[str, Any]:
    with reading(url) as session:
        write_ocds(session, target, COUNCIL, on, NOW)
    made: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return made


def imported(url: str, path: Path, rules: Rules, partial: bool = False) -> ImportResult:
    with unit_of_work(url) as session:
        return import_reading(
            session, open_ocds(path), rules, TODAY, NOW, "test", path.parent, partial=partial
        )


def whole(url: str) -> dict[str, dict[str, Any]]:
    """Every contract that is no placement, with all that stands beside it, by its reference."""
    with reading(url) as session:
        contracts = {one.id: one for one in session.exec(select(Contract))}
        names = {None: None} | {key: one.reference for key, one in contracts.items()}
        owners = {one.id: one.title for one in session.exec(select(Person))}
        suppliers = {one.id: (one.name, one.sme, one.vcse) for one in session.exec(select(Supplier))}
        found = {}
        for one in contracts.values():
            if one.kind is Kind.SPOT:
                continue
            its = one.model_dump(exclude={"id"}) | {"owner_id": owners[one.owner_id]}
            its |= {name: names[its[name]] for name in ("parent_id", "predecessor_id", "split_from_id")}
            found[one.reference] = its | _beside(session, one, suppliers)
        return found


def _beside(session: Session, one: Contract, suppliers: dict[Any, Any]) -> dict[str, Any]:
    of: dict[str, Any] = {
        table.__name__: [row.model_dump(exclude={"id", "contract_id"}) for row in session.exec(select(table).where(col(table.contract_id) == one.id))]
        for table in (ContractSupplier, Lot, LotSupplier, JointAuthority, ExtensionOption, Milestone)
    }  # fmt: skip
    for name in ("ContractSupplier", "LotSupplier"):
        of[name] = [row | {"supplier_id": suppliers[row["supplier_id"]]} for row in of[name]]
    cycles = session.exec(select(Cycle).where(Cycle.contract_id == one.id))
    of["Cycle"] = [(cycle.stage, cycle.direction) for cycle in cycles]
    return {name: sorted(map(repr, rows)) for name, rows in of.items()}


def test_the_sample_register_passes_the_standards_checker_and_comes_back_the_same(
    sample_register: Path, database: str, rules: Rules, tmp_path: Path
) -> None:
    url = f"sqlite:///{sample_register}"
    made = exported(url, tmp_path / "out.json")
    assert complaints(made) == {}
    with unit_of_work(database) as session:
        import_file(session, SAMPLE / "people.csv", rules, TODAY, NOW, tmp_path)
    result = imported(database, tmp_path / "out.json", rules)
    assert (result.written, result.refused) == (True, [])
    assert whole(database) == whole(url)
    again = imported(database, tmp_path / "out.json", rules)
    assert (again.added_count, again.changed_count, again.unchanged) == (0, 0, result.added_count)
    text = (tmp_path / "out.json").read_text(encoding="utf-8")
    assert "SPOT-" not in text, "placements are never published"
    assert exported(database, tmp_path / "again.json")["records"] == made["records"]


def test_the_same_record_gives_the_same_bytes_and_nothing_is_left_half_written(
    sample_register: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{sample_register}"
    for name in ("one.json", "two.json"):
        exported(url, tmp_path / name)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    with reading(url) as session, pytest.raises(OSError):  # noqa: PT011 - whatever the system says
        write_ocds(session, tmp_path / "one.json" / "below.json", COUNCIL, TODAY, NOW)
    assert sorted(path.name for path in tmp_path.glob("*.json*")) == ["one.json", "two.json"]


@pytest.fixture
def bought(database: str, rules: Rules, tmp_path: Path) -> str:
    """A record of two processes as a portal published them, one of them still a tender."""
    path = written(tmp_path, package([notice(), tender("ocds-b5fd17-0002")]))
    result = imported(database, path, rules)
    assert result.added_count == 2
    return database


def test_a_published_process_keeps_its_ocid_and_another_has_an_internal_one(
    bought: str, tmp_path: Path
) -> None:
    with unit_of_work(bought) as session:
        contract(session, "DN0001").ocid = None
    made = exported(bought, tmp_path / "out.json")
    assert [one["ocid"] for one in made["records"]] == ["ocds-000000-DN0001", "ocds-b5fd17-0002"]
    assert complaints(made) == {}
    registered = Publisher("Exampleshire County Council", prefix="ocds-abc123")
    with reading(bought) as session:
        write_ocds(session, tmp_path / "own.json", registered, TODAY, NOW)
    assert '"ocds-abc123-DN0001"' in (tmp_path / "own.json").read_text()


def test_the_way_of_a_contract_stands_in_planning_award_contract_and_implementation(
    bought: str, tmp_path: Path
) -> None:
    with unit_of_work(bought) as session:
        one = contract(session, "DN0001")
        one.forecast_end, one.max_extent_date = PartialDate.on(date(2028, 5, 31)), PartialDate.parse("2029")
        one.value_vat, one.actual_end = Vat.GROSS, None
        cycle = session.exec(select(Cycle).where(Cycle.contract_id == one.id)).one()
        supplier = session.exec(select(Supplier.id)).one()
        for nth, (verdict, lapsed) in enumerate(
            [(Verdict.EXTEND, ""), (Verdict.EXTEND, "superseded"), (Verdict.RECOMMISSION, "")]
        ):
            session.add(
                VerdictRecord(
                    cycle_id=identity(cycle), on=TODAY, stage=Stage.REVIEW, cycle_version=nth, verdict=verdict, minute=f"{nth}/22",
                    reason="an exempt reason", effective_on=TODAY, lapsed=lapsed, recorded_at=NOW,
                )
            )  # fmt: skip
        for nth, day in enumerate([date(2024, 7, 3), date(2024, 7, 30), date(2024, 8, 1)]):
            session.add(
                Payment(
                    key=str(nth),
                    supplier_id=supplier or 0,
                    contract_id=one.id,
                    paid_on=day,
                    amount=Decimal("10.10"),
                )
            )
        session.add(ProcurementNotice(contract_id=one.id, code="UK7", published_on=date(2024, 5, 30)))
    made = exported(bought, tmp_path / "out.json", date(2025, 1, 1))
    assert complaints(made) == {}
    [award, planned] = [one["compiledRelease"] for one in made["records"]]
    assert planned["tender"]["status"] == "active"
    assert "awards" not in planned
    assert award["planning"]["rationale"].endswith("to recommission, minute 2/22.")
    assert "an exempt reason" not in json.dumps(award)
    [deal] = award["contracts"]
    assert deal["period"]["endDate"] == "2028-05-31T23:59:59+01:00"
    assert deal["period"]["maxExtentDate"] == "2029-12-31T23:59:59+00:00"
    assert deal["value"] == {"amountGross": 250000.5, "currency": "GBP"}
    assert [one["rationale"][-5:] for one in deal["amendments"]] == ["0/22."]
    paid = deal["implementation"]["transactions"]
    assert [(one["id"], one["value"]["amount"]) for one in paid] == [
        ("2024-07-GB-COH-01234567", 20.2), ("2024-08-GB-COH-01234567", 10.1),
    ]  # fmt: skip
    assert {one["status"] for one in deal["milestones"]} == {"scheduled"}
    assert [one["noticeType"] for one in deal["documents"]] == ["UK7"]
    roles = {party["name"]: party["roles"] for party in award["parties"]}
    assert roles["Exampleshire County Council"] == ["buyer", "payer"]
    assert roles["Larkgarth Homes Ltd"] == ["supplier", "payee"]


def test_few_placements_are_not_told_by_number(database: str, tmp_path: Path) -> None:
    with unit_of_work(database) as session:
        owner = Person(title="Commissioning Manager")
        session.add(owner)
        session.flush()
        for nth in range(3):
            kind = Kind.SPOT if nth else Kind.BLOCK
            session.add(
                Contract(
                    reference=f"C{nth}", kind=kind, title="T", department="D", regime=Regime.PSR_2023,
                    registered_on=TODAY, owner_id=owner.id or 0,
                )
            )  # fmt: skip
    with reading(database) as session:
        done = write_ocds(session, tmp_path / "out.json", COUNCIL, TODAY, NOW)
    told = "\n".join(done.lines())
    assert "Fewer than 5 spot placements" in told
    assert "2" not in told.split("spot placements")[0]


def test_a_refused_contract_is_mended_in_its_reject_file_and_imported(
    database: str, rules: Rules, tmp_path: Path
) -> None:
    award = notice()["awards"][0]
    award["contractPeriod"]["endDate"] = "=next year"
    path = written(tmp_path, package([notice(awards=[award]), tender("ocds-b5fd17-0002")]))
    result = imported(database, path, rules, partial=True)
    assert (result.added_count, result.refused_count) == (1, 1)
    assert result.reject_file
    mended = result.reject_file.read_text(encoding="utf-8-sig").replace("'=next year", "31/05/2027", 1)
    result.reject_file.write_text(mended, encoding="utf-8")
    with unit_of_work(database) as session:
        again = import_file(session, result.reject_file, rules, TODAY, NOW, tmp_path)
        assert again.refused == []
        assert str(contract(session, "DN0001").planned_end) == "31/05/2027"


def test_what_a_person_entered_stays_where_the_notice_says_nothing(
    bought: str, rules: Rules, tmp_path: Path
) -> None:
    with unit_of_work(bought) as session:
        owner = Person(title="Commissioning Manager, Short Breaks")
        session.add(owner)
        session.flush()
        one = contract(session, "DN0001")
        one.owner_id, one.notice_months, one.kind = owner.id or 0, 6, Kind.BLOCK
    again = imported(bought, tmp_path / "notices.json", rules)
    assert (again.changed_count, again.unchanged) == (0, 2)


# ---- Registers that were made up: every contract passes and comes back, whatever it is like.

WORDS = st.sampled_from(["Short breaks", "“Homes” & care", "A; b", "tea  and\ncake", "=1", "Ünï", "x" * 300])
DAYS = st.dates(date(1995, 1, 1), date(2060, 1, 1))
DATES = st.none() | st.builds(PartialDate.on, DAYS) | st.sampled_from(
    [PartialDate.parse(one) for one in ("August 2023", "academic year 2023/24", "by 31 March 2024", "TBC", "2020")]
)  # fmt: skip
MONEY = st.none() | st.decimals(Decimal("0.01"), Decimal(10) ** 12, places=2)
PARTIES = st.lists(
    st.builds(Party, WORDS, st.sampled_from([(), ((Scheme.COMPANY, "01234567"),)]), st.sampled_from([None, True, False])),
    max_size=3, unique_by=lambda one: one.name,
)  # fmt: skip
CONTRACTS = st.builds(
    Contract,
    reference=st.uuids().map(str), title=WORDS, kind=st.sampled_from([kind for kind in Kind if kind is not Kind.SPOT]),
    department=WORDS, owner_id=st.just(1), start_date=DATES, planned_end=DATES, forecast_end=DATES, actual_end=st.none() | DAYS,
    registered_on=DAYS, in_force=st.booleans(), last_review=st.none() | DAYS, notice_months=st.none() | st.integers(1, 24),
    regime=st.sampled_from([str(regime) for regime in Regime]), source=WORDS, note=WORDS, description=WORDS, buyer=st.just("") | WORDS,
    cpv=st.sampled_from(["", "85000000;80000000"]), value=MONEY, value_max=MONEY, value_per=st.sampled_from(Per),
    value_vat=st.none() | st.sampled_from(Vat), ceiling=MONEY, review_date=DATES, max_extent_date=DATES, extension_words=WORDS,
    signed_on=st.none() | DAYS, procedure=st.sampled_from(["", "Open procedure", "Quotation"]), invited=st.sampled_from([None, True, False]),
    url=st.sampled_from(["", "https://portal.example/1"]),
)  # fmt: skip
KNOWN = st.builds(
    Known, contract=CONTRACTS, owner=WORDS, stage=st.none() | st.sampled_from(Stage), suppliers=PARTIES,
    lots=st.lists(WORDS, max_size=3, unique=True), authorities=st.lists(WORDS, max_size=2, unique=True),
)  # fmt: skip
MADE: list[dict[str, Any]] = []


@settings(max_examples=80, deadline=None)
@given(st.lists(KNOWN, min_size=1, max_size=3))
def test_any_process_is_read_back_as_it_was(group: list[Known]) -> None:
    ocid = f"ocds-000000-{len(MADE)}"
    said = json.loads(json.dumps(release(ocid, group, COUNCIL, TODAY, NOW)))
    MADE.append({"ocid": ocid, "releases": [said]})
    found = {pick.key: read(pick) for pick in picks(Node(said, "", Counter()), Counter())}
    assert len(found) == len(group)
    for one in group:
        values, wrong = found[one.contract.reference]
        assert not wrong
        for name, true in values_of(one).items():
            assert values.get(name) == (None if true in ("", ()) else true), name


def test_those_processes_pass_the_standards_checker() -> None:
    assert MADE, "made by the test before this one"
    made = {
        "uri": "urn:x",
        "version": "1.1",
        "publisher": {"name": "x"},
        "publishedDate": "2022-04-25T08:00:00Z",
    }
    assert complaints({**made, "records": MADE[-30:]}) == {}
