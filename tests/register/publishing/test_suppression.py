"""A small number cannot be read, nor worked out from the total and the numbers beside it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.publishing.suppression import SMALL, kept_back


@pytest.mark.parametrize(
    ("counts", "hidden", "total"),
    [
        ([], set(), True),
        ([5, 9], set(), True),
        ([3, 9, 7], {0, 2}, True),  # with 3 alone the total would tell it
        ([4, 4, 9], {0, 1}, True),
        ([1, 1, 9, 30], {0, 1, 2}, True),  # 1 and 1 are all that 2 can be
        ([1, 1], {0, 1}, False),
        ([2], {0}, False),
        ([1, 1, 1, 1, 1], {0, 1, 2, 3, 4}, False),
    ],
)
def test_small_numbers_are_kept_back_with_those_that_would_give_them_away(
    counts: list[int], hidden: set[int], total: bool
) -> None:
    assert kept_back(counts) == (frozenset(hidden), total)


@given(st.lists(st.integers(1, 9), max_size=3))
def test_whoever_subtracts_what_is_shown_from_the_total_learns_no_small_number(counts: list[int]) -> None:
    hidden, total = kept_back(counts)
    assert {place for place, count in enumerate(counts) if count < SMALL} <= hidden
    if not hidden or not total:
        return
    left = sum(counts[place] for place in hidden)
    could_be = [each for each in product(range(1, left + 1), repeat=len(hidden)) if sum(each) == left]
    for place in range(len(hidden)):
        assert {1, SMALL} <= {each[place] for each in could_be}
