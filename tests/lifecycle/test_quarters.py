"""Quarters of the financial year: their days, and the last day to publish what they hold."""

from datetime import date, timedelta

import pytest

from lifecycle.quarters import Quarter


@pytest.mark.parametrize(
    ("text", "first", "last", "publish_by"),
    [
        ("2022/23-Q1", date(2022, 4, 1), date(2022, 6, 30), date(2022, 7, 31)),
        ("2022/23 q2", date(2022, 7, 1), date(2022, 9, 30), date(2022, 10, 31)),
        ("2022/23-Q3", date(2022, 10, 1), date(2022, 12, 31), date(2023, 1, 31)),
        ("2022/23-Q4", date(2023, 1, 1), date(2023, 3, 31), date(2023, 4, 30)),
    ],
)
def test_a_quarter_is_three_months_and_is_published_in_the_next(
    text: str, first: date, last: date, publish_by: date
) -> None:
    quarter = Quarter.parse(text)
    assert (quarter.first, quarter.last, quarter.publish_by) == (first, last, publish_by)
    assert Quarter.ended_before(last + timedelta(days=1)) == quarter
    assert Quarter.ended_before(last) < quarter


@pytest.mark.parametrize("text", ["", "Q1", "2022-Q1", "2022/24-Q1", "2022/23-Q5", "2022/23"])
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"2022/23-Q1|2021/22"):
        Quarter.parse(text)
