"""Two suppliers are made one and taken apart again, to the row; what came in between stays and is told."""

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, select

from lifecycle.stages import Kind
from models.columns import identity
from models.contracts import AnnualValue, Contract, ContractSupplier, LotSupplier, Payment
from models.imports import Alike, Answer, Likeness
from models.people import Person, Scheme, Supplier, SupplierIdentifier, SupplierMerge, SupplierName
from models.planning import Rules
from models.session import engine, reading, unit_of_work
from register.identity.answering import answer, named, questions
from register.identity.merging import MergeRefused, merge, undo
from register.identity.resolving import Resolver
from register.rows import Party
from tests.town import CONTRACTS, HEADER, NOW, OWNER, TODAY, bring_in, sheet

CONTRACT_COUNT, YEARS, LOTS = 3, ("2020/21", "2021/22"), ("Lot 1", "Lot 2")
KEPT_ASIDE = {"auditevent", "suppliermerge"}
"""Tables that remember what was done, and so are not put back."""


@pytest.fixture
def session(sqlite_template: Path, tmp_path: Path) -> Iterator[Session]:
    """A session on a record of three contracts and four suppliers that nobody has yet."""
    shutil.copy(sqlite_template, tmp_path / "who.db")
    url = f"sqlite:///{tmp_path / 'who.db'}"
    with unit_of_work(url) as opened:
        four_suppliers(opened)
        yield opened
    engine(url).dispose()


def four_suppliers(session: Session) -> None:
    session.add(Person(title=OWNER))
    session.flush()
    for number in range(1, CONTRACT_COUNT + 1):
        session.add(
            Contract(
                reference=f"C{number}", title="Home", kind=Kind.CONTRACT, department="", regime="", owner_id=1, registered_on=TODAY
            )
        )  # fmt: skip
    for name in ("Larkgarth", "Wren", "Siskin", "Linnet"):
        session.add(Supplier(name=name))
    session.flush()


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the record."""
    session.flush()
    return {
        table.name: [tuple(row) for row in session.connection().execute(sa.select(table).order_by(*table.primary_key.columns))]
        for table in SQLModel.metadata.sorted_tables
        if table.name not in KEPT_ASIDE
    }  # fmt: skip


def supplier(session: Session, key: int) -> Supplier:
    return session.get_one(Supplier, key)


SUPPLIER = st.integers(1, 4)
DAY = st.none() | st.dates(date(2020, 1, 1), date(2022, 1, 1))
HELD = st.fixed_dictionaries({
    "on": st.dictionaries(st.tuples(st.integers(1, CONTRACT_COUNT), SUPPLIER), st.tuples(DAY, DAY), max_size=8),
    "lots": st.sets(st.tuples(st.integers(1, CONTRACT_COUNT), st.sampled_from(LOTS), SUPPLIER), max_size=6),
    "spend": st.dictionaries(
        st.tuples(st.integers(1, CONTRACT_COUNT), SUPPLIER, st.sampled_from(YEARS)),
        st.tuples(st.decimals(0, 1000, places=2), st.booleans()), max_size=8,
    ),
    "paid": st.lists(SUPPLIER, max_size=4),
    "urns": st.lists(SUPPLIER, max_size=4),
    "names": st.lists(SUPPLIER, max_size=4),
    "asked": st.sets(st.sampled_from([(1, 2), (1, 3), (2, 3), (2, 4), (3, 4)])),
    "sme": st.dictionaries(SUPPLIER, st.booleans(), max_size=4),
})  # fmt: skip


def furnished(session: Session, held: dict[str, Any]) -> None:
    for (contract, key), (joined, left) in held["on"].items():
        session.add(ContractSupplier(contract_id=contract, supplier_id=key, joined_on=joined, left_on=left))
    for contract, lot, key in held["lots"]:
        session.add(LotSupplier(contract_id=contract, lot=lot, supplier_id=key))
    for (contract, key, year), (amount, invented) in held["spend"].items():
        session.add(
            AnnualValue(
                contract_id=contract, supplier_id=key, financial_year=year, amount=amount, invented=invented
            )
        )
    for place, key in enumerate(held["paid"]):
        session.add(Payment(key=str(place), supplier_id=key, paid_on=TODAY, amount=Decimal("1.50")))
    for place, key in enumerate(held["urns"]):
        session.add(SupplierIdentifier(scheme=Scheme.OFSTED, identifier=f"102709{place}", supplier_id=key))
    for place, key in enumerate(held["names"]):
        session.add(SupplierName(name=f"Spelling {place}", supplier_id=key))
    for one, other in sorted(held["asked"]):
        session.add(Likeness(what=Alike.SUPPLIERS, one_id=one, other_id=other, why="the same", score=0.9))
    for key, sme in held["sme"].items():
        supplier(session, key).sme = sme
    session.flush()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HELD, st.lists(st.tuples(SUPPLIER, SUPPLIER), min_size=1, max_size=3))
def test_merging_and_undoing_in_turn_leaves_the_whole_record_as_it_was(
    session: Session, held: dict[str, Any], pairs: list[tuple[int, int]]
) -> None:
    savepoint = session.begin_nested()
    furnished(session, held)
    before, done = [], []
    for keep, other in pairs:
        was = everything(session)
        try:
            done.append(merge(session, supplier(session, keep), supplier(session, other), "test", NOW))
        except MergeRefused:
            continue
        before.append(was)
        spent = sum((amount for amount, _ in held["spend"].values()), Decimal(0))
        assert sum((row.amount for row in session.exec(select(AnnualValue))), Decimal(0)) == spent
        assert done[-1].merged_id not in set(session.exec(select(ContractSupplier.supplier_id)))
    for last, was in zip(reversed(done), reversed(before), strict=True):
        assert undo(session, last, "test", NOW) == []
        assert everything(session) == was
    savepoint.rollback()


def test_what_both_have_is_joined(database: str) -> None:
    with unit_of_work(database) as session:
        four_suppliers(session)
        furnished(
            session,
            {
                "on": {(1, 1): (date(2020, 1, 1), date(2020, 6, 30)), (1, 2): (date(2020, 5, 1), None), (2, 1): (None, None), (2, 2): (None, None)},
                "lots": {(1, "Lot 1", 1), (1, "Lot 1", 2), (1, "Lot 2", 2), (2, "Lot 1", 2)},
                "spend": {(1, 1, "2020/21"): (Decimal("10.10"), False), (1, 2, "2020/21"): (Decimal("5.05"), True), (1, 2, "2021/22"): (Decimal(7), False)},
                "paid": [2], "urns": [2], "names": [2], "asked": {(1, 2)}, "sme": {2: True},
            },
        )  # fmt: skip
        was = everything(session)
        done = merge(session, supplier(session, 1), supplier(session, 2), "test", NOW)
        assert [(row.contract_id, row.joined_on, row.left_on) for row in session.exec(select(ContractSupplier))] == [
            (1, date(2020, 1, 1), None), (2, None, None)
        ]  # fmt: skip
        # One was on all lots of the second contract, so the two are.
        assert {(row.contract_id, row.lot) for row in session.exec(select(LotSupplier))} == {
            (1, "Lot 1"),
            (1, "Lot 2"),
        }
        spent = {row.financial_year: (row.amount, row.invented) for row in session.exec(select(AnnualValue))}
        assert spent == {"2020/21": (Decimal("15.15"), True), "2021/22": (Decimal("7.00"), False)}
        assert (supplier(session, 1).sme, supplier(session, 2).merged_into_id) == (True, 1)
        assert session.exec(select(Likeness.answer)).one() is Answer.SAME
        assert undo(session, done, "test", NOW) == []
        assert everything(session) == was


def test_two_companies_are_not_merged_unless_somebody_says_why(session: Session) -> None:
    for key, number in ((1, "01234567"), (2, "07654321")):
        session.add(SupplierIdentifier(scheme=Scheme.COMPANY, identifier=number, supplier_id=key))
    pair = supplier(session, 1), supplier(session, 2)
    with pytest.raises(MergeRefused, match="two companies are two suppliers"):
        merge(session, *pair, "test", NOW)
    merge(session, *pair, "test", NOW, because="the second number is that of its parent")
    with pytest.raises(MergeRefused, match="one supplier already"):
        merge(session, *pair, "test", NOW)


def test_a_merge_that_another_stands_on_is_undone_after_it(session: Session) -> None:
    first = merge(session, supplier(session, 1), supplier(session, 2), "test", NOW)
    second = merge(session, supplier(session, 3), supplier(session, 1), "test", NOW)
    with pytest.raises(MergeRefused, match='"Larkgarth" was merged into "Siskin" after that'):
        undo(session, first, "test", NOW)
    undo(session, second, "test", NOW)
    undo(session, first, "test", NOW)
    with pytest.raises(MergeRefused, match="undone already"):
        undo(session, first, "test", NOW)


def test_an_import_that_names_the_merged_spelling_goes_to_the_kept_one(session: Session) -> None:
    merge(session, supplier(session, 1), supplier(session, 2), "test", NOW)
    assert Resolver(session).resolve_all([Party("Wren"), Party("WREN")]).keys()
    assert set(Resolver(session).resolve_all([Party("Wren"), Party("WREN")]).values()) == {1}
    found = named(session, "Wren")
    assert found is not None
    assert found.name == "Larkgarth"


def test_a_merge_is_undone_also_after_further_imports(
    tmp_path: Path, sqlite_town: Path, rules: Rules
) -> None:
    shutil.copy(sqlite_town, tmp_path / "town.db")
    url = f"sqlite:///{tmp_path / 'town.db'}"
    with unit_of_work(url) as session:
        keep, other = (named(session, name) for name in ("Larkgarth Homes", "Wren Care"))
        assert keep
        assert other
        number = identity(merge(session, keep, other, "test", NOW))
    assert suppliers(url)["FW"] == ["Larkgarth Homes"]
    again = bring_in(url, sheet(tmp_path, CONTRACTS), rules)
    assert (again.changed, again.added, again.unchanged) == ([], [], len(CONTRACTS) - 1)
    new = [HEADER, ["NEW", *CONTRACTS[4][1:3], "FW", *CONTRACTS[4][4:]]]  # a call-off of Wren Care's
    assert bring_in(url, sheet(tmp_path, new), rules).added == ["NEW"]
    assert suppliers(url)["NEW"] == ["Larkgarth Homes"]
    with unit_of_work(url) as session:
        undo(session, session.get_one(SupplierMerge, number), "test", NOW)
    now = suppliers(url)
    assert now["FW"] == ["Larkgarth Homes", "Wren Care"]
    assert now["FW/02"] == now["SPOT-0001"] == ["Wren Care"]
    assert now["NEW"] == ["Larkgarth Homes"]  # nothing says that it is Wren Care's, but its file does
    bring_in(url, sheet(tmp_path, new), rules)
    assert suppliers(url)["NEW"] == ["Wren Care"]
    engine(url).dispose()


def suppliers(url: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with reading(url) as session:
        for reference, name in session.exec(
            select(Contract.reference, Supplier.name)
            .join(ContractSupplier, ContractSupplier.contract_id == Contract.id)  # type: ignore[arg-type]  # a column
            .join(Supplier, Supplier.id == ContractSupplier.supplier_id)  # type: ignore[arg-type]  # a column
            .order_by(Supplier.name)
        ):
            found.setdefault(reference, []).append(name)
    return found


def test_what_changed_since_is_not_overwritten_by_an_undo(session: Session) -> None:
    furnished(
        session,
        {
            "on": {(1, 1): (None, None), (1, 2): (None, None), (2, 2): (None, None)}, "lots": set(),
            "spend": {(1, 1, "2020/21"): (Decimal(10), False), (1, 2, "2020/21"): (Decimal(5), False)},
            "paid": [], "urns": [], "names": [], "asked": set(), "sme": {},
        },
    )  # fmt: skip
    done = merge(session, supplier(session, 1), supplier(session, 2), "test", NOW)
    session.delete(session.get_one(ContractSupplier, (2, 1)))
    session.exec(select(AnnualValue)).one().amount = Decimal(20)
    assert undo(session, done, "test", NOW) == [
        "The suppliers of contracts changed since the merge in 1 place and stayed as they are."
    ]
    assert {(row.contract_id, row.supplier_id) for row in session.exec(select(ContractSupplier))} == {
        (1, 1),
        (1, 2),
    }
    assert {row.supplier_id: row.amount for row in session.exec(select(AnnualValue))} == {
        1: Decimal(15),
        2: Decimal(5),
    }


def test_an_answer_merges_or_is_never_asked_again(session: Session) -> None:
    Resolver(session).resolve_all([Party("Wren Ltd"), Party("Larkgarth Limited"), Party("Larkgarth Ltd.")])
    asked = questions(session)
    assert [(one.keep.name, one.other.name) for one in asked] == [
        ("Larkgarth", "Larkgarth Limited"),
        ("Wren", "Wren Ltd"),
    ]
    answer(session, asked[0].number, Answer.DIFFERENT, "test", NOW)
    answer(session, asked[1].number, Answer.SAME, "test", NOW)
    assert questions(session) == []
    assert supplier(session, asked[1].other_id).merged_into_id == asked[1].keep_id
    with pytest.raises(MergeRefused, match="no open question"):
        answer(session, asked[0].number, Answer.SAME, "test", NOW)
