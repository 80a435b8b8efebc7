"""What a spreadsheet would run is marked as text, several names fit one cell; both are read back as they were."""

import re

from hypothesis import given
from hypothesis import strategies as st

from register.formulas import guarded, unguarded
from register.packing import packed, pairs, unpacked

TEXTS = st.text(alphabet="=+-@＝'\t\r\n ;\\aé£1", max_size=12)


@given(TEXTS)
def test_guarded_text_never_opens_a_formula_and_is_read_back(text: str) -> None:
    assert not re.match(r"[=+\-@＝\t\r\n]", guarded(text))
    assert unguarded(guarded(text)) == text


@given(st.lists(TEXTS.map(str.strip).filter(bool), max_size=5))
def test_names_are_packed_into_a_cell_and_out_of_it(names: list[str]) -> None:
    assert unpacked(packed(names)) == names


def test_pairs_keep_what_is_escaped() -> None:
    assert pairs(r"Lot 1=A\;B; Lot\=2 = C\\D") == [("Lot 1", "A;B"), ("Lot=2", "C\\D")]
