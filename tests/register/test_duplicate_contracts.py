"""Contracts that stand on the register twice are asked about once; the one that is closed can be opened again."""

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session, select

from lifecycle.partial_dates import PartialDate
from lifecycle.stages import Kind, Stage
from models.columns import identity
from models.contracts import AnnualValue, Contract, ContractSupplier
from models.imports import Alike, Likeness
from models.people import Person, Supplier
from models.planning import Rules
from models.session import engine, unit_of_work
from notifications.coverage import coverage
from register.identity.closing import DuplicateRefused, different, open_pairs, reopen, same
from register.identity.duplicates import closed, find_duplicates, near, reference_key
from tests.town import CONTRACTS, HEADER, NOW, OWNER, TODAY, bring_in, contract, cycle, milestones, sheet


@pytest.mark.parametrize(
    ("one", "other", "same_key"),
    [
        ("PO 18994", "PO18994", True),
        ("po-18994", "PO 18994", True),
        ("18994.0", "18994", True),
        ("FW/01", "FW-01", True),
        ("2022/001", "2022-001", True),
        ("12-3", "1-23", False),  # between digits a mark parts them
        ("2022/1", "20221", False),
        ("PO 18994", "PO 18995", False),
    ],
)
def test_two_ways_of_writing_one_reference(one: str, other: str, same_key: bool) -> None:
    assert (reference_key(one) == reference_key(other)) is same_key


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("Provision of home tuition", "Home Tuition Service", True),
        ("Childrens homes", "Children's homes", True),
        ("Residental homes", "Residential homes", True),
        ("Homes lot 1", "Homes lot 2", False),
        ("Homes lot A", "Homes lot B", False),
        ("Homes north", "Homes south", False),
        ("Home tuition", "Home tuition and mentoring", False),
    ],
)
def test_titles_that_may_be_one(one: str, other: str, is_near: bool) -> None:
    assert near(one, other) is near(other, one) is is_near


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """A session on a record of two suppliers and no contract."""
    with unit_of_work(database) as opened:
        opened.add_all([Person(title=OWNER), Supplier(name="Wren"), Supplier(name="Siskin")])
        opened.flush()
        yield opened


def on_register(
    session: Session, reference: str, title: str, supplier: str = "Wren", start: str = "2020-04-01",
    end: str = "2023-03-31", kind: Kind = Kind.CONTRACT, value: int | None = None, parent: int | None = None,
) -> int:  # fmt: skip
    made = Contract(
        reference=reference, title=title, kind=kind, department="", regime="", owner_id=session.exec(select(Person.id)).one() or 0,
        registered_on=TODAY, start_date=PartialDate.parse(start) if start else None,
        planned_end=PartialDate.parse(end) if end else None, value=None if value is None else Decimal(value), parent_id=parent,
    )  # fmt: skip
    session.add(made)
    session.flush()
    by = session.exec(select(Supplier.id).where(Supplier.name == supplier)).one()
    session.add(ContractSupplier(contract_id=identity(made), supplier_id=by or 0))
    session.flush()
    return identity(made)


def asked(session: Session) -> dict[tuple[str, str], tuple[float, str]]:
    name = {key: reference for key, reference in session.exec(select(Contract.id, Contract.reference)) if key}
    rows = session.exec(select(Likeness).where(Likeness.what == Alike.CONTRACTS))
    return {(name[row.one_id], name[row.other_id]): (round(row.score, 2), row.why) for row in rows}


def test_what_may_be_one_contract_is_asked_once(session: Session) -> None:
    on_register(session, "PO 18994", "Home tuition")
    on_register(session, "PO18994", "Tuition at home", "Siskin", start="2021-09-01")
    on_register(session, "A1", "Residential homes", value=10)
    on_register(session, "B2", "RESIDENTIAL HOMES")
    on_register(session, "C3", "Residental homes", value=20)
    on_register(session, "D4", "Residential homes lot 2")
    on_register(session, "E5", "Residential homes", "Siskin")
    on_register(session, "F6", "Residential homes", end="2024-03-31")
    on_register(session, "S1", "Placement", kind=Kind.SPOT)
    on_register(session, "S2", "Placement", kind=Kind.SPOT)
    parent = on_register(session, "FW", "Framework")
    on_register(session, "CALL", "Framework", parent=parent)
    on_register(session, "NONE1", "Undated", start="", end="")
    on_register(session, "NONE2", "Undated", start="", end="")
    assert find_duplicates(session) == 3
    assert asked(session) == {
        ("PO 18994", "PO18994"): (0.75, "the same reference, other titles"),
        ("A1", "B2"): (0.9, "the same supplier, title and dates"),
        ("A1", "C3"): (0.6, "the same supplier and dates, and nearly the same title; but another value"),
    }
    assert find_duplicates(session) == 0


def test_only_what_was_touched_is_asked_about(session: Session) -> None:
    for place in range(3):
        on_register(session, f"T{place}", "Home tuition")
    last = on_register(session, "X1", "Siskin care", "Siskin")
    on_register(session, "X2", "Siskin care", "Siskin")
    assert find_duplicates(session, [last]) == 1
    assert asked(session).keys() == {("X1", "X2")}


@pytest.fixture
def town_twice(tmp_path: Path, sqlite_town: Path, rules: Rules) -> Iterator[str]:
    """The small council, with home tuition a second time under another reference."""
    shutil.copy(sqlite_town, tmp_path / "town.db")
    url = f"sqlite:///{tmp_path / 'town.db'}"
    row = next(row for row in CONTRACTS if row[0] == "TUITION")
    bring_in(url, sheet(tmp_path, [HEADER, ["TUITION 2", *row[1:]]]), rules)
    yield url
    engine(url).dispose()


def test_a_duplicate_is_closed_falls_silent_and_can_be_opened_again(town_twice: str, rules: Rules) -> None:
    planned = {name: one.next_alert_on for name, one in milestones(town_twice, "TUITION 2").items()}
    with unit_of_work(town_twice) as session:
        live = coverage(session, rules.policy, TODAY).live
        [pair] = open_pairs(session)
        assert (pair.one.reference, pair.other.reference, pair.one.suppliers) == (
            "TUITION",
            "TUITION 2",
            "Wren Tuition",
        )
        assert same(session, pair.number, "TUITION", "test", TODAY, NOW, rules) == ("TUITION", "TUITION 2")
        assert coverage(session, rules.policy, TODAY).live == live - 1
        other = contract(session, "TUITION 2")
        assert (other.actual_end, other.in_force) == (
            date(2020, 8, 31),
            False,
        )  # the day before it was to start
        assert closed(session) == {other.id}
        assert find_duplicates(session) == 0
        assert open_pairs(session) == []
    assert not any(one.next_alert_on for one in milestones(town_twice, "TUITION 2").values())
    with unit_of_work(town_twice) as session:
        assert reopen(session, "TUITION 2", "test", TODAY, NOW, rules) == "TUITION"
        assert coverage(session, rules.policy, TODAY).live == live
        assert cycle(session, "TUITION 2").stage is Stage.REVIEW
        assert contract(session, "TUITION 2").actual_end is None
        [pair] = open_pairs(session)
        with pytest.raises(DuplicateRefused, match="was not closed"):
            reopen(session, "TUITION 2", "test", TODAY, NOW, rules)
        different(session, pair.number, "test", NOW)
        assert open_pairs(session) == []
    assert {name: one.next_alert_on for name, one in milestones(town_twice, "TUITION 2").items()} == planned


def test_one_that_something_happened_to_is_not_closed(town_twice: str, rules: Rules) -> None:
    with unit_of_work(town_twice) as session:
        [pair] = open_pairs(session)
        with pytest.raises(DuplicateRefused, match='keep "TUITION" or "TUITION 2"'):
            same(session, pair.number, "NAPL", "test", TODAY, NOW, rules)
        other = identity(contract(session, "TUITION 2"))
        by = session.exec(
            select(ContractSupplier.supplier_id).where(ContractSupplier.contract_id == other)
        ).one()
        session.add(
            AnnualValue(contract_id=other, supplier_id=by, financial_year="2021/22", amount=Decimal(1))
        )
        with pytest.raises(DuplicateRefused, match="TUITION 2 has spend: it cannot be closed"):
            same(session, pair.number, "TUITION", "test", TODAY, NOW, rules)
        assert same(session, pair.number, "TUITION 2", "test", TODAY, NOW, rules) == ("TUITION 2", "TUITION")
