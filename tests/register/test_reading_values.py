"""Values as people write them are read, found to say nothing, or refused with the reason; never guessed."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.stages import Kind
from models.contracts import Per, Vat
from models.people import Scheme
from register.rows import Party
from register.values.dates import DateColumn, read_date
from register.values.money import Money, read_money, read_weekly
from register.values.parties import read_parties
from register.values.words import days_of, kind_of, words, yes_no

DAYS = {
    "31/03/2024": date(2024, 3, 31), "3/4/2005": date(2005, 4, 3), "31.03.2024": date(2024, 3, 31), "2024-03-31": date(2024, 3, 31),
    "31st March 2024": date(2024, 3, 31), "12-Mar-2024": date(2024, 3, 12), "31/03/2024 00:00": date(2024, 3, 31), "45382": date(2024, 3, 31),
    "2025-10-10T16:19:26+01:00": date(2025, 10, 10), "2026-03-31T23:00:00Z": date(2026, 4, 1), "2027-07-31T22:59:00Z": date(2027, 7, 31),
    "2022-02-07T00:00:00": date(2022, 2, 7),
}  # fmt: skip


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_read_as_it_is_meant(text: str) -> None:
    found = read_date(text)
    assert found is not None
    assert (found.earliest, found.latest) == (DAYS[text], DAYS[text])


@pytest.mark.parametrize(
    "text", ["", " ", "01/01/1", "01/01/0001", "0001-01-01", "0001-01-01T00:00:00Z", "31/12/9999", "01/01/1900", "0", "n/a", "-", "rolling"]
)  # fmt: skip
def test_what_systems_write_for_no_date_is_none(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize("text", ["31/02/2024", "03/31/2024", "soon", "31/03/24", "Mar-24", "12/12/1066"])
def test_what_is_no_date_or_two_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Write"):
        read_date(text)


def column(*texts: str, month_first: bool = False) -> DateColumn:
    looked = DateColumn("Start", month_first)
    for line, text in enumerate(texts, 2):
        looked.look(text, line)
    looked.close()
    return looked


def test_a_column_with_the_month_first_is_refused_with_what_to_do() -> None:
    us = ("03/31/2024", "04/02/2024", "12/25/2024")
    assert "(2 rows, lines 2, 4)" in column(*us).refusal()
    assert "`month_first`" in column(*us).refusal()
    assert column(*us, month_first=True).refusal() == ""
    found = column(*us, month_first=True).read("04/02/2024")
    assert found is not None
    assert found.earliest == date(2024, 4, 2)


def test_two_ways_of_writing_dates_in_a_column_are_told_with_their_lines() -> None:
    [told] = column("31/03/2024", "2024-04-01", "01/05/2024", "").notes()
    assert told == "Column “Start” has dates written in 2 ways: day/month/year (2 rows, lines 2, 4); year-month-day (line 3)."  # fmt: skip


def test_years_of_two_digits_are_read_where_the_column_shows_which_number_is_the_day() -> None:
    found = column("31/03/24", "01/04/24").read("01/04/24")
    assert found is not None
    assert found.earliest == date(2024, 4, 1)
    with pytest.raises(ValueError, match="two digits"):
        column("01/04/24", "02/04/24").read("01/04/24")


AMOUNTS = {
    "£1,234.5": Money(Decimal("1234.50")), "4500.0": Money(Decimal("4500.00")), "100k": Money(Decimal("100000.00")), "£1.5m": Money(Decimal("1500000.00")),
    "£1.2 million": Money(Decimal("1200000.00")), "33333.333333": Money(Decimal("33333.33")), "0": Money(), "£0.00": Money(), "TBC": Money(), "": Money(),
    "Various": Money(words="Various"), "£25 per hour": Money(words="£25 per hour"),
    "£30k p.a. ex VAT": Money(Decimal("30000.00"), per=Per.YEAR, vat=Vat.NET, words="£30k p.a. ex VAT"),
    "£100 per week inc VAT": Money(Decimal("100.00"), per=Per.WEEK, vat=Vat.GROSS, words="£100 per week inc VAT"),
    "£100k - £150k": Money(Decimal("100000.00"), Decimal("150000.00"), words="£100k - £150k"),
    "up to £500k": Money(None, Decimal("500000.00"), words="up to £500k"), "5,000 + VAT": Money(Decimal("5000.00"), vat=Vat.NET, words="5,000 + VAT"),
}  # fmt: skip


@pytest.mark.parametrize("text", AMOUNTS)
def test_an_amount_is_read_with_its_basis(text: str) -> None:
    assert read_money(text) == AMOUNTS[text]


@pytest.mark.parametrize("text", ["-5", "(500)", "€5", "1.234", "£100-150k", "1,23,4", "£5 (over 4 years)", "£150k - £100k", "1e5", "9" * 20])  # fmt: skip
def test_an_amount_with_two_readings_or_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r'“|"'):
        read_money(text)


def test_suppliers_are_unpacked_and_told_apart() -> None:
    assert read_parties("[Wren Care Ltd|1 High St\nTown|COMPANIES_HOUSE|01234567|Yes|No][Finch & Co|x|NONE||No|Yes]") == (
        Party("Wren Care Ltd", ((Scheme.COMPANY, "01234567"),), True, False), Party("Finch & Co", (), False, True),
    )  # fmt: skip
    several = {
        "Wren Care;Finch": 2,
        "Wren Ltd, Finch Limited": 2,
        "People, Places, Play": 1,
        "Wren &amp; Sons": 1,
        "Wren\nFinch": 2,
        "n/a": 0,
    }
    assert {text: len(read_parties(text)) for text in several} == several
    with pytest.raises(ValueError, match="is no list of"):
        read_parties("[Wren|x]")


def test_yes_and_no_and_kinds_are_read_as_systems_write_them() -> None:
    assert [yes_no(text) for text in ("Y", "yes", "TRUE", "1.0", "N", "No.", "false", "0", "", "n/a")] == [
        True
    ] * 4 + [False] * 4 + [None] * 2
    assert [kind_of(text) for text in ("Call-off", "Framework Agreement", "DPS", "Spot purchase", "contract", "Services")] == [
        Kind.CALL_OFF, Kind.FRAMEWORK, Kind.PROVIDER_LIST, Kind.SPOT, Kind.CONTRACT, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "cell", "days"),
    [
        ("Notice", "28", 28), ("Notice (weeks)", "4", 28), ("Notice (wks)", "10 days", 10), ("Notice", "4 weeks", 28),
        ("Notice (days)", "", None), ("Notice (months)", "1", "no number of days"), ("Notice", "1 month", "no number of days"),
    ],
)  # fmt: skip
def test_a_period_of_notice_is_read_in_the_unit_it_is_given_in(
    header: str, cell: str, days: int | str | None
) -> None:
    if isinstance(days, str):
        with pytest.raises(ValueError, match=days):
            days_of(header)(cell)
    else:
        assert days_of(header)(cell) == days


@pytest.mark.parametrize("cell", ["£950 per month", "£900 - £950", "£20 per hour", "tbc when agreed"])
def test_a_weekly_fee_is_one_amount_a_week(cell: str) -> None:
    assert [read_weekly(text) for text in ("£5,250.00", "950 pw", "5k", "")] == [5250, 950, 5000, None]
    with pytest.raises(ValueError, match="no single amount a week"):
        read_weekly(cell)


MESS = st.text(st.sampled_from("0123456789/.-–: £kmTZ,()[]|;&#+aepr\n'"), max_size=40)


@settings(max_examples=150, deadline=None)
@given(MESS)
def test_no_text_does_more_than_be_read_or_refused(text: str) -> None:
    for read in (
        read_date,
        lambda one: read_date(one, short=True),
        read_money,
        read_parties,
        yes_no,
        kind_of,
        column(text).read,
    ):
        with suppress(ValueError):
            read(text)


@pytest.mark.parametrize(("text", "meant"), [
    ("'2031.ABC.0001", "2031.ABC.0001"), ("'24 hour' line", "'24 hour' line"), ("Childrenâ€™s homes", "Children’s homes"),
    ("Café", "Café"), ("'Tis", "'Tis"),
])  # fmt: skip
def test_marks_and_letters_that_a_program_put_there_are_taken_off(text: str, meant: str) -> None:
    assert words(text) == meant
