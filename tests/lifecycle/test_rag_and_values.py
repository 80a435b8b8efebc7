"""Red, amber, green by one rule; an amount over a term by the calendar; a call-off of what has ended is none."""

from datetime import date
from decimal import Decimal

import pytest

from lifecycle.call_offs import made_too_late
from lifecycle.financial_years import FinancialYear
from lifecycle.partial_dates import PartialDate
from lifecycle.rag import Rag, rag
from lifecycle.values import over_term


@pytest.mark.parametrize(
    ("boards", "overdue", "gap", "colour"),
    [
        (3, False, False, Rag.GREEN),
        (None, False, False, Rag.GREEN),
        (0, False, False, Rag.AMBER),
        (3, False, True, Rag.AMBER),
        (-1, False, False, Rag.RED),
        (3, True, False, Rag.RED),
        (-1, True, True, Rag.RED),
    ],
)
def test_the_worst_counts(boards: int | None, overdue: bool, gap: bool, colour: Rag) -> None:
    assert rag(boards, overdue, gap) is colour


@pytest.mark.parametrize(
    ("per", "first", "last", "pounds"),
    [
        ("term", None, None, 1200),
        ("year", date(2022, 4, 1), date(2025, 3, 31), 3600),
        ("year", date(2024, 2, 1), date(2025, 1, 31), 1200),  # a leap year is a year
        ("month", date(2022, 2, 1), date(2022, 4, 30), 3600),
        ("week", date(2022, 4, 4), date(2022, 4, 17), 2400),
        ("year", date(2022, 4, 1), None, None),
        ("year", date(2022, 4, 1), date(2022, 3, 31), None),
    ],
)
def test_an_amount_over_its_term(per: str, first: date | None, last: date | None, pounds: int | None) -> None:
    amount = over_term(Decimal(1200), per, first, last)
    assert amount is None if pounds is None else round(amount or 0) == pytest.approx(pounds, abs=2)


@pytest.mark.parametrize(("start", "late"), [("2023-09-01", True), ("2023-08-31", False), ("August 2023", False), ("TBC", False)])  # fmt: skip
def test_nothing_is_called_off_after_the_last_day(start: str, late: bool) -> None:
    why = made_too_late(PartialDate.parse(start), "NAPL", date(2023, 8, 31))
    assert (why is not None) is late
    assert why is None or "after NAPL ended on 31 August 2023" in why


def test_the_financial_year_of_a_day() -> None:
    days = (date(2022, 3, 31), date(2022, 4, 1))
    assert [str(FinancialYear.of(day)) for day in days] == ["2021/22", "2022/23"]
