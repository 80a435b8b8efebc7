"""Which spellings are one name for certain, which are only likely, and which are two however alike they look."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.people import Scheme
from register.identity.likeness import Alikes, alike, profile, related
from register.identity.names import certain_key, named

SAME = [
    ("Larkgarth Homes Limited", "LARKGARTH HOMES LTD."),
    ("Larkgarth & Wren Ltd", "Larkgarth and Wren Limited"),
    ("Larkgarth &amp; Wren Ltd", "Larkgarth & Wren Ltd"),
    ("Larkgarth+Wren Ltd", "Larkgarth + Wren Limited"),
    ("Wren&#039;s Care", "Wren’s Care"),
    ("Wrens Care", "Wren's Care"),
    ("  Wren   Care ", "Wren Care"),
    ("Wren​ Care", "Wren Care"),
    ("C.R. Wren Ltd", "C R Wren Limited"),
    ("Wren C.I.C.", "Wren Community Interest Company"),
    ("Wren Public Limited Company", "Wren PLC"),
    ("Wren Limited Liability Partnership", "Wren L.L.P."),
    ("Wren Care T/A Larkgarth", "Wren Care trading as Larkgarth"),
    ("Café Wren", "Cafe Wren"),
    ("Wren (Midlands) Ltd", "Wren Midlands Ltd"),
]
LIKELY = [
    ("Homes2Inspire", "Homes 2 Inspire Limited"),
    ("Homes Two Inspire", "Homes 2 Inspire"),
    ("Wren Care", "Wren Care Ltd"),
    ("The Wren Trust", "Wren Trust"),
    ("Wren Care Ltd t/a Larkgarth House", "Larkgarth House"),
    ("Wren Care Ltd t/a Larkgarth House", "Wren Care Limited"),
    ("Wren Care (UK) Ltd", "Wren Care Ltd"),
    ("Larkgarht Homes Ltd", "Larkgarth Homes Ltd"),
    ("Larkgarth Homes Ltd", "Larkgarth Home Ltd"),
    ("Wren Ltd", "Wren LLP"),  # asked, but with a low score
]
TWO = [
    ("Acme Care (North) Ltd", "Acme Care (South) Ltd"),
    ("Acme Care (East) Ltd", "Acme Care (West) Ltd"),
    ("Acme Care 1 Ltd", "Acme Care 2 Ltd"),
    ("Acme Homes 24 Ltd", "Acme Homes 42 Ltd"),
    ("Acme Holdings Ltd", "Acme Ltd"),
    ("Acme Group Ltd", "Acme Ltd"),
    ("Acme Care Ltd", "Acme Education Ltd"),
    ("ABC Construction Ltd", "ABD Construction Ltd"),
    ("Allison Construction", "Ellison Construction"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_are_one_name_for_certain(one: str, other: str) -> None:
    assert certain_key(named(one).name) == certain_key(named(other).name)


@pytest.mark.parametrize(("one", "other"), LIKELY)
def test_these_are_asked_about(one: str, other: str) -> None:
    keys = certain_key(one), certain_key(other)
    assert keys[0] != keys[1]
    index = Alikes()
    index.add(keys[0], 1)
    index.add(keys[1], 2)
    assert index.find(keys[0], 1).keys() == {2}
    assert index.find(keys[1], 2).keys() == {1}


@pytest.mark.parametrize(("one", "other"), TWO)
def test_these_are_two_and_not_asked_about(one: str, other: str) -> None:
    assert alike(profile(certain_key(one)), profile(certain_key(other))) is None


@pytest.mark.parametrize(
    ("text", "name", "number"),
    [
        ("Pathway Solutions Ltd 04004053", "Pathway Solutions Ltd", (Scheme.COMPANY, "04004053")),
        ("Wren Ltd (4607985)", "Wren Ltd", (Scheme.COMPANY, "04607985")),
        ("Wren Ltd (Company No. 4607985)", "Wren Ltd", (Scheme.COMPANY, "04607985")),
        ("Wren Ltd - SC169482", "Wren Ltd", (Scheme.COMPANY, "SC169482")),
        ("Wren Trust (Registered Charity 1112775)", "Wren Trust", (Scheme.CHARITY, "1112775")),
        ("Wren Trust, charity no. SCO12345", "Wren Trust", (Scheme.SCOTTISH_CHARITY, "SC012345")),
    ],
)
def test_a_number_behind_the_name_is_unpacked(text: str, name: str, number: tuple[Scheme, str]) -> None:
    assert (named(text).name, named(text).numbers) == (name, (number,))


@pytest.mark.parametrize(
    "text", ["Room 101", "Studio 2000", "24x7 Ltd", "Homes 2 Inspire", "Wren (2012) Ltd", "04004053"]
)
def test_a_number_that_belongs_to_the_name_stays(text: str) -> None:
    assert (named(text).name, named(text).numbers) == (text, ())


def test_a_number_is_believed_where_the_names_have_something_in_common() -> None:
    assert related("Wren Care Ltd", "Wren Education Ltd")
    assert related("WTL CIC", "Wren, Teasel and Linnet CIC")
    assert not related("Wren Coffee", "Larkgarth Ice Cream Limited")
    assert not related("Wren Group Ltd", "Larkgarth Group Ltd")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_a_key_is_its_own_key_and_a_name_its_own_name(text: str) -> None:
    key = certain_key(text)
    assert certain_key(key) == key
    name = named(text).name
    assert named(name).name == name


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["wren", "care", "north", "2", "two", "ltd", "the", "uk", "ta"]), max_size=5),
    st.data(),
)
def test_likeness_is_the_same_from_either_side(words: list[str], data: st.DataObject) -> None:
    other = data.draw(st.permutations(words))
    one, two = profile(certain_key(" ".join(words))), profile(certain_key(" ".join(other)))
    first, second = alike(one, two), alike(two, one)
    assert (first and first[0]) == (second and second[0])
