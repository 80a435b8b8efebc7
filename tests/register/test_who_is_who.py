"""A file's suppliers are found on the register by number and by name; what is only likely is asked, once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from models.imports import Alike, Answer, Likeness
from models.people import Scheme, Supplier, SupplierIdentifier, SupplierName
from models.session import engine, unit_of_work
from register.identity.resolving import Resolver
from register.rows import Party

NORTH, SOUTH = "01234567", "07654321"


def company(name: str, number: str) -> Party:
    return Party(name, ((Scheme.COMPANY, number),))


@pytest.fixture
def session(sqlite_template: Path, tmp_path: Path) -> Iterator[Session]:
    """A session on an empty record."""
    shutil.copy(sqlite_template, tmp_path / "who.db")
    url = f"sqlite:///{tmp_path / 'who.db'}"
    with unit_of_work(url) as opened:
        yield opened
    engine(url).dispose()


def names(session: Session) -> list[str]:
    return list(session.exec(select(Supplier.name).order_by(Supplier.name)))


def questions(session: Session) -> list[tuple[str, str]]:
    name = dict(session.exec(select(Supplier.id, Supplier.name)).all())
    rows = session.exec(select(Likeness).where(Likeness.what == Alike.SUPPLIERS).order_by(col(Likeness.id)))
    return [(str(name[row.one_id]), str(name[row.other_id])) for row in rows]


ONE = [
    (company("Wren Care Ltd", NORTH), company("Wren Education Ltd", "1234567")),  # the number decides
    (company("Wren Care Ltd", NORTH), Party("WREN CARE LIMITED")),
    (Party("Wren Care Ltd"), Party("Wren Care Ltd (1234567)")),
    (company("Wren Care Ltd", NORTH), Party("Wren Care Ltd", ((Scheme.CHARITY, "1112775"),))),
    (Party("Wren Care", ((Scheme.OFSTED, "1027092"),)), Party("Wren Care", ((Scheme.OFSTED, "2490994"),))),
    (
        Party("Wren Trust", ((Scheme.CHARITY, "SCO12345"),)),
        Party("The Wren", ((Scheme.SCOTTISH_CHARITY, "SC012345"),)),
    ),
    (Party("Wren &amp; Co"), Party("Wren and Company")),
]
TWO = [
    (company("Wren Care Ltd", NORTH), company("Wren Care Ltd", SOUTH), []),  # two companies, and no question
    (Party("Acme Care (North) Ltd"), Party("Acme Care (South) Ltd"), []),
    (
        company("Wren Coffee", NORTH),
        company("Larkgarth Ices Ltd", NORTH),
        [NORTH],
    ),  # one has the other's number
    (Party("Homes2Inspire"), Party("Homes 2 Inspire Limited"), ["spaces"]),
    (
        Party("Wren Trust", ((Scheme.CHARITY, "1112775"),)),
        Party("Wren Trust", ((Scheme.CHARITY, "1147436"),)),
        ["its own number"],
    ),
]


@pytest.mark.parametrize(("one", "other"), ONE)
@pytest.mark.parametrize("together", [True, False])
def test_one_supplier_by_number_or_by_name(
    one: Party, other: Party, together: bool, session: Session
) -> None:
    resolver = Resolver(session)
    if together:
        found = resolver.resolve_all([one, other])
        assert found[one] == found[other]
    else:
        assert resolver.resolve(one) == Resolver(session).resolve(other)
    assert len(names(session)) == 1
    assert not questions(session)


@pytest.mark.parametrize(("one", "other", "why"), TWO)
@pytest.mark.parametrize("together", [True, False])
def test_two_suppliers_and_a_question_where_they_are_alike(
    one: Party, other: Party, why: list[str], together: bool, session: Session
) -> None:
    resolver = Resolver(session)
    found = (
        resolver.resolve_all([one, other])
        if together
        else {it: Resolver(session).resolve(it) for it in (one, other)}
    )
    assert found[one] != found[other]
    asked = session.exec(select(Likeness)).all()
    assert len(asked) == len(why)
    for question, said in zip(asked, why, strict=True):
        assert said in question.why
        assert question.one_id < question.other_id


def test_a_name_that_another_company_has_gets_the_number_behind_it(session: Session) -> None:
    Resolver(session).resolve_all([company("Wren Care Ltd", NORTH), company("Wren Care Ltd", SOUTH)])
    assert names(session) == ["Wren Care Ltd", f"Wren Care Ltd ({SOUTH})"]
    again = Resolver(session)
    assert again.resolve(company("Wren Care Ltd", SOUTH)) != again.resolve(company("Wren Care Ltd", NORTH))
    assert len(names(session)) == 2


def test_spellings_and_numbers_are_remembered(session: Session) -> None:
    resolver = Resolver(session)
    key = resolver.resolve(company("Wren Care Ltd", "1234567"))
    assert (resolver.made, resolver.identified) == ({key}, {(key, Scheme.COMPANY, NORTH)})
    assert resolver.resolve(Party("WREN CARE LIMITED", ((Scheme.OFSTED, "1027092"),), sme=True)) == key
    assert (resolver.made, resolver.identified) == (set(), {(key, Scheme.OFSTED, "1027092")})
    assert [one.name for one in session.exec(select(SupplierName))] == ["WREN CARE LIMITED"]
    assert session.get_one(Supplier, key).sme is True
    assert Resolver(session).find("Wren Care Ltd.") == key
    assert Resolver(session).find("Wren") is None


def test_a_number_that_cannot_be_is_kept_nowhere_and_told(session: Session) -> None:
    resolver = Resolver(session)
    resolver.resolve(company("Wren Care Ltd", "830169935"))
    assert not session.exec(select(SupplierIdentifier)).all()
    assert resolver.sentences == [
        'Wren Care Ltd: "830169935" is no company number: it has more than eight digits. It was left out.'
    ]


def test_a_row_with_the_numbers_of_two_suppliers_asks_whether_they_are_one(session: Session) -> None:
    resolver = Resolver(session)
    resolver.resolve_all(
        [company("Wren Care Ltd", NORTH), Party("Larkgarth", ((Scheme.CHARITY, "1112775"),))]
    )
    resolver.resolve(Party("Wren Care", ((Scheme.COMPANY, NORTH), (Scheme.CHARITY, "1112775"))))
    assert questions(session) == [("Larkgarth", "Wren Care Ltd")]


def test_the_same_rows_again_change_nothing_and_ask_nothing(session: Session) -> None:
    parties = [party for one, other, _ in TWO for party in (one, other)] + [
        party for pair in ONE for party in pair
    ]
    found = Resolver(session).resolve_all(parties)
    before = [session.exec(select(table)).all() for table in (Supplier, SupplierName, SupplierIdentifier)]
    for question in session.exec(select(Likeness)):
        question.answer = Answer.DIFFERENT
    asked = len(questions(session))
    again = Resolver(session)
    assert again.resolve_all(parties) == found
    assert again.made == set()
    assert [
        session.exec(select(table)).all() for table in (Supplier, SupplierName, SupplierIdentifier)
    ] == before
    assert len(questions(session)) == asked


PARTIES = st.lists(
    st.builds(
        Party,
        st.sampled_from(["Wren Ltd", "WREN LIMITED", "Wren", "Wren Care", "Wren & Lark", "Wren and Lark", "Lark 1", "Lark 2"]),
        st.lists(
            st.sampled_from([
                (Scheme.COMPANY, NORTH), (Scheme.COMPANY, SOUTH), (Scheme.CHARITY, "1112775"), (Scheme.OFSTED, "1027092")
            ]),
            max_size=2, unique=True,
        ).map(tuple),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PARTIES, st.randoms(use_true_random=False))
def test_in_one_call_the_order_of_the_rows_changes_nothing_nor_do_the_same_rows_again(
    session: Session, parties: list[Party], random: object
) -> None:
    shuffled = list(parties)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis's random
    found = []
    for order in (parties, shuffled):
        session.rollback()
        resolver = Resolver(session)
        keys = resolver.resolve_all(order)
        again = Resolver(session)
        assert (again.resolve_all(order), again.made) == (keys, set())
        known = dict(session.exec(select(Supplier.id, Supplier.name)).all())
        found.append(({party: known[key] for party, key in keys.items()}, set(questions(session))))
    session.rollback()
    assert found[0] == found[1]
