"""Figures are put into words by one rule, whatever they are."""

from decimal import Decimal

import pytest

from board.annual.rounding import change, number, percent, placements, pounds


@pytest.mark.parametrize(
    ("pounds_", "words"),
    [
        ("153412618.47", "over £153m"),  # as published: in excess of £153m
        ("153049999.99", "£153m"),
        ("153050000.01", "over £153m"),
        ("152960000", "£153m"),
        ("152600000", "almost £153m"),
        ("9970000", "almost £10.0m"),
        ("3311394.05", "over £3.3m"),
        ("999960", "£1,000,000"),
        ("214300", "over £214,000"),
        ("350.5", "£350.50"),
        ("0", "£0.00"),
    ],
)
def test_an_amount_is_over_or_almost_its_nearest_round_figure(pounds_: str, words: str) -> None:
    assert pounds(Decimal(pounds_)) == words


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        ("0.24820738", "almost 25%"),  # as published
        ("0.2495", "25%"),
        ("0.2505", "25%"),
        ("0.2506", "over 25%"),
        ("0.245", "almost 25%"),
        ("0.2449", "over 24%"),
        ("0.15", "15%"),
        ("0.0042", "over 0.4%"),
        ("1", "100%"),
    ],
)
def test_a_share_is_said_to_the_whole_percent_and_a_small_one_to_a_tenth(ratio: str, words: str) -> None:
    assert percent(Decimal(ratio)) == words


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        ("0.0100000437", "up by 1%"),
        ("-0.031", "down by over 3%"),
        ("0.0004", "unchanged"),
        ("-0.0004", "unchanged"),
        ("1.5", "up by 150%"),
    ],
)
def test_a_change_says_its_direction(ratio: str, words: str) -> None:
    assert change(Decimal(ratio)) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "none"),
        (1, "fewer than five"),
        (4, "fewer than five"),
        (5, "five"),
        (66, "66"),
        (100, "100"),
        (104, "over 100"),  # as published
        (107, "almost 110"),
        (1204, "over 1,200"),
    ],
)
def test_a_count_of_placements_never_tells_of_one_to_four(count: int, words: str) -> None:
    assert placements(count) == words


def test_small_counts_are_words() -> None:
    assert [number(count) for count in (0, 9, 10, 11, 1200)] == ["none", "nine", "ten", "11", "1,200"]
