"""Dates as people write them: what is read, what is refused, and that no reading falls outside the bounds."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.partial_dates import AmbiguousDate, DateRefused, PartialDate, Precision, UnreadableDate

MONTHS = [f"{date(2000, month, 1):%B}" for month in range(1, 13)]

READ = [
    # words, earliest, latest, precision, EDTF
    ("2023-08-31", "2023-08-31", "2023-08-31", "day", "2023-08-31"),
    ("2023/08/31", "2023-08-31", "2023-08-31", "day", "2023-08-31"),
    ("31/08/2023", "2023-08-31", "2023-08-31", "day", "2023-08-31"),
    ("31.08.2023", "2023-08-31", "2023-08-31", "day", "2023-08-31"),
    ("31-08-2023", "2023-08-31", "2023-08-31", "day", "2023-08-31"),
    ("3/4/2005", "2005-04-03", "2005-04-03", "day", "2005-04-03"),  # the day comes first
    ("31 August 2023", "2023-08-31", "2023-08-31", "day", "2023-08-31"),
    ("31st Aug 2023", "2023-08-31", "2023-08-31", "day", "2023-08-31"),
    ("1st of September, 2023", "2023-09-01", "2023-09-01", "day", "2023-09-01"),
    ("Thursday 31 August 2023", "2023-08-31", "2023-08-31", "day", "2023-08-31"),
    ("Thu, 31 Aug. 2023", "2023-08-31", "2023-08-31", "day", "2023-08-31"),
    ("29 February 2024", "2024-02-29", "2024-02-29", "day", "2024-02-29"),
    ("August 2023", "2023-08-01", "2023-08-31", "month", "2023-08"),
    ("  AUG   2023 ", "2023-08-01", "2023-08-31", "month", "2023-08"),
    ("Sept 2023", "2023-09-01", "2023-09-30", "month", "2023-09"),
    ("08/2023", "2023-08-01", "2023-08-31", "month", "2023-08"),
    ("2023-08", "2023-08-01", "2023-08-31", "month", "2023-08"),
    ("February 2024", "2024-02-01", "2024-02-29", "month", "2024-02"),
    ("Q1 2023/24", "2023-04-01", "2023-06-30", "quarter", "2023-04/2023-06"),
    ("Q2 2023/24", "2023-07-01", "2023-09-30", "quarter", "2023-07/2023-09"),
    ("Q3 2023–24", "2023-10-01", "2023-12-31", "quarter", "2023-10/2023-12"),
    ("quarter 4 of financial year 2023/2024", "2024-01-01", "2024-03-31", "quarter", "2024-01/2024-03"),
    ("calendar Q2 2023", "2023-04-01", "2023-06-30", "quarter", "2023-04/2023-06"),
    ("spring 2024", "2024-03-01", "2024-05-31", "season", "2024-21"),
    ("summer 2023", "2023-06-01", "2023-08-31", "season", "2023-22"),
    ("autumn 2023", "2023-09-01", "2023-11-30", "season", "2023-23"),
    ("winter 2023/24", "2023-12-01", "2024-02-29", "season", "2023-24"),
    ("financial year 2023/24", "2023-04-01", "2024-03-31", "financial_year", "2023-04/2024-03"),
    ("FY 2023-24", "2023-04-01", "2024-03-31", "financial_year", "2023-04/2024-03"),
    ("FY2023/24", "2023-04-01", "2024-03-31", "financial_year", "2023-04/2024-03"),
    ("2023/24 financial year", "2023-04-01", "2024-03-31", "financial_year", "2023-04/2024-03"),
    ("FY 1999/00", "1999-04-01", "2000-03-31", "financial_year", "1999-04/2000-03"),
    ("academic year 2023/24", "2023-09-01", "2024-08-31", "academic_year", "2023-09/2024-08"),
    ("AY 2023/2024", "2023-09-01", "2024-08-31", "academic_year", "2023-09/2024-08"),
    ("school year 2023 – 24", "2023-09-01", "2024-08-31", "academic_year", "2023-09/2024-08"),
    ("2023", "2023-01-01", "2023-12-31", "year", "2023"),
    ("2023-04-01 to 2024-03-31", "2023-04-01", "2024-03-31", "interval", "2023-04-01/2024-03-31"),
    ("1 April 2023 – 31 March 2024", "2023-04-01", "2024-03-31", "interval", "2023-04-01/2024-03-31"),
    ("1 April 2023–31 March 2024", "2023-04-01", "2024-03-31", "interval", "2023-04-01/2024-03-31"),
    ("from 01/04/2023 until 31/03/2024", "2023-04-01", "2024-03-31", "interval", "2023-04-01/2024-03-31"),
    ("between 1 April 2023 and 30/6/2023", "2023-04-01", "2023-06-30", "interval", "2023-04-01/2023-06-30"),
    ("2023-04/2024-03", "2023-04-01", "2024-03-31", "interval", "2023-04/2024-03"),
    ("2023-04-01/2024-03-31", "2023-04-01", "2024-03-31", "interval", "2023-04-01/2024-03-31"),
    ("April to June 2023", "2023-04-01", "2023-06-30", "interval", "2023-04/2023-06"),
    ("April–June 2023", "2023-04-01", "2023-06-30", "interval", "2023-04/2023-06"),
    ("1 April to 30 June 2023", "2023-04-01", "2023-06-30", "interval", "2023-04-01/2023-06-30"),
    ("summer 2023 to end of March 2024", "2023-06-01", "2024-03-31", "interval", "2023-06-01/2024-03-31"),
    ("2023 to 2026", "2023-01-01", "2026-12-31", "interval", "2023/2026"),
    ("before 1 April 2024", None, "2024-03-31", "before", "../2024-03-31"),
    ("before April 2024", None, "2024-03-31", "before", "../2024-03-31"),
    ("before the end of August 2023", None, "2023-08-31", "before", "../2023-08-31"),
    ("by 31 August 2023", None, "2023-08-31", "by", "../2023-08-31"),
    ("by August 2023", None, "2023-08-31", "by", "../2023-08-31"),
    ("by end of August 2023", None, "2023-08-31", "by", "../2023-08-31"),
    ("no later than Q2 2023/24", None, "2023-09-30", "by", "../2023-09-30"),
    ("../2023-08-31", None, "2023-08-31", "by", "../2023-08-31"),
    ("end of August 2023", "2023-08-31", "2023-08-31", "end_of", "2023-08-31"),
    ("end of February 2024", "2024-02-29", "2024-02-29", "end_of", "2024-02-29"),
    ("the end of the academic year 2023/24", "2024-08-31", "2024-08-31", "end_of", "2024-08-31"),
    ("end of 2023", "2023-12-31", "2023-12-31", "end_of", "2023-12-31"),
    ("TBC", None, None, "unknown", "XXXX"),
    ("to be confirmed", None, None, "unknown", "XXXX"),
    ("not yet known", None, None, "unknown", "XXXX"),
]  # fmt: skip


def day_or_none(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("words", "earliest", "latest", "precision", "edtf"), READ, ids=[row[0] for row in READ]
)
def test_words_are_read_to_the_days_they_can_mean(
    words: str, earliest: str | None, latest: str | None, precision: str, edtf: str
) -> None:
    read = PartialDate.parse(words)
    assert (read.earliest, read.latest) == (day_or_none(earliest), day_or_none(latest))
    assert (read.precision, read.edtf) == (precision, edtf)
    assert str(read) == words.strip()


@pytest.mark.parametrize("words", [row[0] for row in READ])
def test_what_was_read_reads_the_same_again(words: str) -> None:
    read = PartialDate.parse(words)
    assert PartialDate.parse(str(read)) == read
    assert PartialDate.from_json(read.to_json()) == read


AMBIGUOUS = [
    ("2023/24", "financial year 2023/24"),
    ("2023-24", "academic year 2023/24"),
    ("2023–24", "academic year 2023/24"),
    ("2009-10", "the month by its name"),  # October 2009 or a year
    ("2009/10", "financial year 2009/10"),
    ("2023/2024", "financial year 2023/24"),
    ("2023 to 2024", "financial year 2023/24"),
    ("by 2023/24", "financial year 2023/24"),
    ("financial year 2023", "2022/23 or 2023/24"),
    ("AY 2023", "2022/23 or 2023/24"),
    ("Q2 2023", "April to June 2023"),
    ("2023-Q2", "Q2 2023/24"),
    ("winter 2023", "winter 2023/24"),
    ("early 2024", "two dates"),
    ("mid-2024", "two dates"),
    ("late August 2023", "two dates"),
    ("circa 2024", "two dates"),
    ("2024?", "two dates"),
    ("03/04/05", "all four digits"),
    ("31/08/23", "all four digits"),
    ("31 August 23", "all four digits"),
    ("August 23", "all four digits"),
    ("FY 23/24", "all four digits"),
    ("Friday 31 August 2023", "without the weekday"),
    ("November to February 2024", "the year with both dates"),
]


@pytest.mark.parametrize(("words", "advice"), AMBIGUOUS, ids=[words for words, _ in AMBIGUOUS])
def test_words_with_two_readings_are_refused_with_what_to_write_instead(words: str, advice: str) -> None:
    with pytest.raises(AmbiguousDate) as refused:
        PartialDate.parse(words)
    assert advice in refused.value.write
    assert str(refused.value).startswith(f"“{words}” ")


UNREADABLE = [
    ("", "is empty"),
    ("   ", "is empty"),
    ("31/02/2023", "February 2023 has 28 days"),
    ("29 February 2023", "February 2023 has 28 days"),
    ("31 June 2024", "June 2024 has 30 days"),
    ("00/08/2023", "does not exist"),
    ("2023-13", "has no month 13"),
    ("2023-00", "has no month 0"),
    ("01/00/2023", "has no month 0"),
    ("August 31, 2023", "puts the month before the day"),
    ("Aug 31 2023", "puts the month before the day"),
    ("08/31/2023", "the day comes first"),
    ("01/01/1", "not given"),
    ("01/01/0001", "not given"),
    ("0001-01-01", "not given"),
    ("01/01/1900", "not given"),
    ("31/12/9999", "not given"),
    ("9999-12-31", "not given"),
    ("end of 1989", "not given"),
    ("January 2101", "not given"),
    ("financial year 2023/25", "not the year after"),
    ("academic year 2023/23", "not the year after"),
    ("by TBC", "leaves open"),
    ("end of by 2023", "leaves open"),
    ("March 2024 to March 2023", "before it begins"),
    ("2024-04/2024-03", "before it begins"),
    ("31 August", "not a date this register reads"),
    ("Q5 2023/24", "not a date this register reads"),
    ("ongoing", "not a date this register reads"),
    ("2023-08-31T00:00:00", "time of day"),
    ("2026-03-31T23:00:00Z", "time of day"),  # 1 April in London
    ("45169", "not a date this register reads"),  # a spreadsheet's serial number
    ("٣١/٠٨/٢٠٢٣", "not a date this register reads"),
    ("31/08/" + "9" * 5000, "too long"),
    ("by " * 2000 + "2023", "too long"),
]


@pytest.mark.parametrize(
    ("words", "reason"), UNREADABLE, ids=[words[:40] or "empty" for words, _ in UNREADABLE]
)
def test_words_with_no_reading_are_refused_with_the_reason(words: str, reason: str) -> None:
    with pytest.raises(UnreadableDate, match=re.escape(reason)):
        PartialDate.parse(words)


def test_a_refusal_says_what_is_wrong_and_what_to_write() -> None:
    with pytest.raises(DateRefused) as refused:
        PartialDate.parse("Q2 2023")
    assert str(refused.value) == (
        "“Q2 2023” is a quarter of the calendar year or of the financial year. "
        "Write “Q2 2023/24” for the financial year, or the months: “April to June 2023”."
    )


QUOTED = re.compile("“([^”]+)”")


@pytest.mark.parametrize("words", [row[0] for row in AMBIGUOUS] + [row[0] for row in UNREADABLE[:30]])
def test_what_a_refusal_says_to_write_is_read(words: str) -> None:
    with pytest.raises(DateRefused) as refused:
        PartialDate.parse(words)
    for advised in QUOTED.findall(refused.value.write):
        PartialDate.parse(advised)


YEARS = st.integers(1990, 2099)
DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))
SPELLINGS = st.sampled_from([str, str.upper, str.lower, lambda name: name[:3]])


@given(DAYS, SPELLINGS)
def test_every_way_to_write_a_day_means_that_day(day: date, spell: Callable[[str], str]) -> None:
    month = spell(MONTHS[day.month - 1])
    for words in (
        f"{day}",
        f"{day:%d/%m/%Y}",
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day} {month} {day.year}",
        f"{day:%A} {day.day} {month} {day.year}",
        PartialDate.on(day).text,
    ):
        read = PartialDate.parse(words)
        assert read.earliest == read.latest == day
        assert read.pinned
        assert read.edtf == f"{day}"


@given(DAYS, st.integers(1, 6))
def test_a_day_with_another_days_name_is_refused(day: date, off: int) -> None:
    with pytest.raises(AmbiguousDate, match=f"that day is a {day:%A}"):
        PartialDate.parse(f"{day + timedelta(off):%A} {day.day} {MONTHS[day.month - 1]} {day.year}")


def phrases(day: date) -> list[str]:
    """Ways to write a stretch of time that holds the day."""
    month, year = MONTHS[day.month - 1], day.year
    financial = year if day.month >= 4 else year - 1
    academic = year if day.month >= 9 else year - 1
    winter = year if day.month == 12 else year - 1
    season = ("spring", "summer", "autumn")[(day.month - 3) // 3 % 3]
    return [
        f"{month} {year}",
        f"{year}-{day.month:02}" if day.month != (year + 1) % 100 else f"{day.month:02}/{year}",
        f"Q{(day.month - 4) // 3 % 4 + 1} {financial}/{(financial + 1) % 100:02}",
        f"calendar Q{(day.month + 2) // 3} {year}",
        f"{season} {year}" if 3 <= day.month <= 11 else f"winter {winter}/{(winter + 1) % 100:02}",
        f"financial year {financial}/{financial + 1}",
        f"academic year {academic}/{(academic + 1) % 100:02}",
        f"{year}",
        f"{day.day} {month} {year} to {MONTHS[11]} {year}",
        f"by {month} {year}",
        f"before {MONTHS[0]} {year + 1}",
    ]


@given(st.dates(date(1991, 1, 1), date(2098, 12, 31)))
def test_the_bounds_hold_every_day_the_words_can_mean(day: date) -> None:
    for words in phrases(day):
        read = PartialDate.parse(words)
        assert read.earliest is None or read.earliest <= day, words
        assert read.latest is not None, words
        assert day <= read.latest, words
        ended = (
            PartialDate.parse(f"end of {words}")
            if read.precision not in {"by", "before", "interval"}
            else read
        )
        assert ended.latest == read.latest


@given(
    st.one_of(
        st.text(max_size=60), st.from_regex(r"(by |end of |q[1-4] |before )*[0-9/ \-]{0,12}", fullmatch=True)
    )
)
def test_any_text_is_read_or_refused_and_never_fails_otherwise(text: str) -> None:
    try:
        read = PartialDate.parse(text)
    except DateRefused:
        return
    assert PartialDate.parse(str(read)) == read
    assert PartialDate.from_json(read.to_json()) == read
    assert read.earliest is None or read.latest is None or read.earliest <= read.latest


def test_a_known_day_is_pinned_and_a_month_is_not() -> None:
    assert PartialDate.on(date(2023, 8, 31)).pinned
    assert PartialDate.on(date(2023, 8, 1)).text == "1 August 2023"
    assert not PartialDate.parse("August 2023").pinned
    assert not PartialDate.parse("TBC").pinned
    assert not PartialDate.parse("by 31 August 2023").pinned


def test_the_stored_form_keeps_what_was_read_as_it_was_read() -> None:
    stored = '["2023-08-01","2023-08-31","month","2023-08","août 2023"]'
    kept = PartialDate.from_json(stored)
    assert kept == PartialDate(date(2023, 8, 1), date(2023, 8, 31), Precision.MONTH, "2023-08", "août 2023")
    assert kept.to_json() == stored


@pytest.mark.parametrize(
    "value",
    ["", "null", "1", "[]", '["2023-08-01"]', '[1, 2, "month", "", ""]', "{}", '["x","y","day","",""]'],
)
def test_a_damaged_stored_form_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PartialDate.from_json(value)


def test_bounds_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot end"):
        PartialDate(date(2024, 1, 2), date(2024, 1, 1), Precision.INTERVAL, "", "")


def test_the_json_is_a_json_array() -> None:
    assert json.loads(PartialDate.parse("TBC").to_json()) == [None, None, "unknown", "XXXX", "TBC"]
