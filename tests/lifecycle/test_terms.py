"""How terms are worded, and how each wording is read: our own phrases, one row each."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.terms import Break, Confidence, DecidedBy, Terms, read_terms


def shape(terms: Terms) -> str:
    """Options as `3x12`, `<=1x24` for a length "up to", parted by semicolons."""
    return ";".join(
        f"{'<=' if option.up_to else ''}{option.count}x{option.months}" for option in terms.options
    )


READ = [
    # words, initial months, options, whole contract in months
    ("3+1+1", 36, "2x12", 60),
    ("Contract let on a 1+1+1 basis", 12, "2x12", 36),
    ("Contract term: 5 + 5 years", 60, "1x60", 120),
    ("24 + 12 + 12 months", 24, "2x12", 48),
    ("3 years (+1+1)", 36, "2x12", 60),
    ("2 year contract + 1 year + 1 year", 24, "2x12", 48),
    ("Four years (2+1+1)", 24, "2x12", 48),
    ("A three year agreement with a possible 1+1 year extension", 36, "2x12", 60),
    ("Two years, plus an optional two years", 24, "1x24", 48),
    ("2 x 12 month", None, "2x12", None),
    ("Option to extend: 2 x 12 months", None, "2x12", None),
    ("Option to extend by 12 months x 2", None, "2x12", None),
    ("(2) two one-year extensions", None, "2x12", None),
    ("The Board may allow two (2) extensions of twelve (12) months", None, "2x12", None),
    ("a further two single year extensions", None, "2x12", None),
    ("Three years with three optional annual extensions", 36, "3x12", 72),
    ("with an option to extend for 12 months on two separate occasions", None, "2x12", None),
    ("2 extensions, each of up to 6 months", None, "<=2x6", None),
    ("Option to extend by one year", None, "1x12", None),
    ("an option to extend for a further year", None, "1x12", None),
    ("the possibility of an additional eighteen months", None, "1x18", None),
    ("Initial term of 2 years and 6 months with an option of a further 18 months", 30, "1x18", 48),
    ("12 month option", None, "1x12", None),
    ("It may be extended for up to a further 24 months", None, "<=1x24", None),
    (
        "a variable period not exceeding 18 months may be added by an option to extend by 18 months",
        None,
        None,
        None,
    ),
    ("Option to extend the term by a period not exceeding 18 months", None, "<=1x18", None),
    ("Three years, with up to five additional years in 12-month increments", 36, "5x12", 96),
    ("One year, with the option to extend annually to a maximum of four years", 12, "3x12", 48),
    ("One year, extendable on an annual basis for up to a further 2 years", 12, "2x12", 36),
    ("Three years with the option to extend up to a total of five years", 36, "<=1x24", 60),
    ("3 years with the option to extend, maximum of five years in total", 36, "<=1x24", 60),
    ("4 years with two 12-month options (maximum of six years in total)", 48, "2x12", 72),
    ("the option to extend the agreement from 36 to 48 months", 36, "1x12", 48),
    ("5 years with the option to extend for a further 2 years (1 year plus 1 year)", 60, "2x12", 84),
    ("5 years, then an option of 3 years and a further option of 2 years", 60, "1x36;1x24", 120),
    ("36 month contract with no option to extend", 36, "", 36),
    ("There is no option to extend.", None, "", None),
]


@pytest.mark.parametrize(("words", "initial", "options", "total"), READ)
def test_words_are_read(words: str, initial: int | None, options: str | None, total: int | None) -> None:
    terms = read_terms(words)
    if options is None:
        assert terms.confidence is Confidence.CANNOT_TELL
        return
    assert terms.confidence is not Confidence.CANNOT_TELL, terms.reading
    assert (terms.initial_months, shape(terms), terms.max_total_months) == (initial, options, total)
    assert terms.words == words


@pytest.mark.parametrize(
    "words",
    [
        "",
        "   ",
        "August 2023",
        "24 months",
        "36 to 48 months",
        "Please see tender documents",
        "Three years with an extension option",
        "Option to extend: yes",
        "The contract will be renewed subject to business needs",
        "The contract renews automatically for successive periods of 12 months",
        "The option to extend for 12 months was utilised",
        "A 1 year extension has been granted",
        "The contract is being extended by 6 months",
        "Contract extended by 12 months to 31 March 2026",
        "Contract extension of 12 months",
        "The first extension will be for 12 months",
        "There is no option to extend beyond 5 years",
        "Bydd opsiwn i'w ymestyn +1+1",
        "1+1+1",  # an initial year and two, or three on top of what there is
        "12 months plus 12 months extension",
        "Options to extend for a further two years",  # two of one year, or one of two?
        "Option to extend for 12 or 24 months",
        "Option to extend for 12 months or 24 months",
        "Option to extend for two (3) years",
        "Option to extend for 6 weeks",
        "Two and a half years with a 1 year extension",
        "Option to extend up to 24 months",  # by 24, or to 24?
        "2 years, with the option to extend up to 3 years",
        "Initial term 3 years, 2 x 12 months optional, maximum total term 6 years",
        "3 years from 1 April 2025 to 31 March 2027 with an option of 1 year",
        "Three years with the option to extend for 2 years for 40 places",
        "A 2 year warranty with an option to extend for 12 months",
        "Lot 1: 3 years with an option of 1 year. Lot 2: 2 years with an option of 1 year.",
        "Option to extend for 24 months. The 24 month extension is at the Board's discretion.",
        "Option to extend from 31 February 2026 for 12 months",
    ],
)
def test_what_says_too_little_or_two_things_is_not_guessed(words: str) -> None:
    terms = read_terms(words)
    assert terms.confidence is Confidence.CANNOT_TELL, terms.reading
    assert terms.reading.startswith("Cannot tell: ")
    assert not (terms.options or terms.initial_months or terms.max_total_months or terms.max_end)


@pytest.mark.parametrize(
    ("words", "start", "initial_end", "max_end"),
    [
        ("initial 2 years from 1 September 2026, then 2+2+2 until 31 August 2034", "2026-09-01", None, "2034-08-31"),
        ("initial 2 years from 1 September 2026, then 2+2+2", "2026-09-01", None, "2034-08-31"),
        ("3 years from 01/04/2025 with an option of 2 years", "2025-04-01", None, "2030-03-31"),
        ("from 1 April 2025 to 31 March 2028 (+1+1)", "2025-04-01", "2028-03-31", "2030-03-31"),
        ("until 28 February 2027 with an option to extend by 12 months", None, "2027-02-28", "2028-02-29"),
        ("Until 31 March 2027, extendable to 31 March 2029", None, "2027-03-31", "2029-03-31"),
        ("An option to extend for up to 1 year until August 2023", None, None, "2023-08"),
        ("An option to extend for up to 1 year until the end of August 2023", None, None, "2023-08-31"),
    ],
)  # fmt: skip
def test_dates_are_read_or_summed(
    words: str, start: str | None, initial_end: str | None, max_end: str | None
) -> None:
    terms = read_terms(words)
    found = [day and day.edtf for day in (terms.start, terms.initial_end, terms.max_end)]
    assert found == [start, initial_end, max_end], terms.reading


def test_the_worked_example() -> None:
    terms = read_terms("initial 2 years from 1 September 2026, then 2+2+2 until 31 August 2034")
    assert (terms.initial_months, shape(terms), terms.max_total_months) == (24, "3x24", 96)
    assert terms.max_end
    assert terms.max_end.latest == date(2034, 8, 31)


@pytest.mark.parametrize("stated", [date(2033, 8, 31), date(2034, 3, 31), date(2035, 8, 31)])
def test_a_stated_last_date_wins_over_the_sum_and_the_doubt_is_said(stated: date) -> None:
    terms = read_terms(f"initial 2 years from 1 September 2026, then 2+2+2 until {stated:%d %B %Y}")
    assert terms.max_end
    assert (terms.max_end.latest, terms.max_total_months) == (stated, None)
    assert terms.confidence is Confidence.LIKELY
    assert "31 August 2034" in terms.reading


@pytest.mark.parametrize(
    ("words", "who"),
    [
        ("1 year extension option at the sole discretion of the Council", DecidedBy.AUTHORITY),
        ("The Council reserves the right to extend for 1 year", DecidedBy.AUTHORITY),
        ("The Council may extend by 1 year", DecidedBy.AUTHORITY),
        ("Option to extend by 1 year at the supplier's discretion", DecidedBy.SUPPLIER),
        ("Option to extend by 1 year by mutual agreement", DecidedBy.MUTUAL),
        ("Option to extend by 1 year subject to the agreement of both parties", DecidedBy.MUTUAL),
        ("Option to extend by 1 year", None),
        ("Providers can join at any point at the Council's discretion. Option to extend by 1 year", None),
    ],
)
def test_who_decides(words: str, who: DecidedBy | None) -> None:
    assert [option.decided_by for option in read_terms(words).options] == [who]


@pytest.mark.parametrize(
    ("words", "notice", "broken"),
    [
        ("The Council may, on six months' notice, extend by 12 months", 6, None),
        ("May be extended by 12 months on 3 months' written notice", 3, None),
        ("3 years with a break clause at 18 months and an option of 2 years", None, Break(18)),
        ("5 years, break clause at the end of year 3, option to extend by 2 years", None, Break(36)),
        ("5 years with a break clause on 6 months' notice, plus an optional 2 years", None, Break(None, 6)),
        ("3 years with a break at 18 months on 3 months' notice and an option of 1 year", None, Break(18, 3)),
    ],
)
def test_notice_and_break_clauses(words: str, notice: int | None, broken: Break | None) -> None:
    terms = read_terms(words)
    assert terms.options, terms.reading
    assert (terms.options[0].notice_months, terms.break_clause) == (notice, broken)


def test_the_notices_own_start_gives_the_last_day() -> None:
    terms = read_terms("3 years with 2 x 12 months optional", date(2025, 4, 1), date(2028, 3, 31))
    assert terms.max_end
    assert terms.max_end.latest == date(2030, 3, 31)


def test_the_notices_own_days_tell_what_a_bare_chain_means() -> None:
    terms = read_terms("1+1+1", date(2025, 4, 1), date(2026, 3, 31))
    assert (terms.initial_months, shape(terms)) == (12, "2x12")


def test_a_notice_that_ends_on_neither_end_is_a_doubt() -> None:
    terms = read_terms("3 years with an option of 1 year", date(2025, 4, 1), date(2027, 3, 31))
    assert terms.confidence is Confidence.LIKELY


def test_the_reading_is_plain_english() -> None:
    assert read_terms(
        "Initial 3 years, with two options of 12 months at the Council's discretion"
    ).reading == (
        "Initial term 3 years; then 2 extensions of 1 year each; the authority decides; 5 years at most."
    )


VOCABULARY = [
    "option",
    "to",
    "extend",
    "extension",
    "extensions",
    "for",
    "by",
    "up",
    "to",
    "a",
    "an",
    "further",
    "additional",
    "maximum",
    "of",
    "total",
    "in",
    "initial",
    "term",
    "contract",
    "years",
    "year",
    "months",
    "month",
    "two",
    "(2)",
    "2",
    "3",
    "12",
    "24",
    "+",
    "x",
    "plus",
    ",",
    ".",
    "(",
    ")",
    "until",
    "from",
    "1",
    "April",
    "2025",
    "31/03/2028",
    "2030",
    "annual",
    "annually",
    "increments",
    "notice",
    "break",
    "clause",
    "no",
    "not",
    "and",
    "or",
    "then",
    "the",
    "council's",
    "discretion",
    "periods",
    "each",
    "£5",
    "½",
]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=25).map(" ".join))
def test_any_jumble_of_the_words_of_terms_is_answered(words: str) -> None:
    terms = read_terms(words, date(2025, 4, 1), date(2028, 3, 31))
    assert terms.words == words
    assert terms.reading
    months = sum(option.count * option.months for option in terms.options)
    if terms.initial_months and terms.max_total_months:
        assert terms.max_total_months == terms.initial_months + months


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=300),
    st.one_of(st.none(), st.dates()),
    st.one_of(st.none(), st.dates()),
)
def test_any_text_is_answered(words: str, start: date | None, end: date | None) -> None:
    assert read_terms(words, start, end).words == words


@settings(max_examples=100, deadline=None)
@given(
    first=st.dates(date(1995, 1, 1), date(2050, 12, 31)),
    initial=st.integers(1, 120),
    count=st.integers(1, 6),
    each=st.integers(1, 36),
)
def test_what_is_written_plainly_is_read_back(first: date, initial: int, count: int, each: int) -> None:
    terms = read_terms(
        f"initial term of {initial} months from {first.day} {first:%B %Y} with {count} options of {each} months"
    )
    assert (terms.initial_months, shape(terms)) == (initial, f"{count}x{each}")
    assert terms.max_total_months == initial + count * each
    assert terms.confidence is Confidence.CERTAIN


@pytest.mark.parametrize(
    "word",
    ["1.", "1+", "+1", "x2 ", "(1)", "option to extend ", "to ", "no ", "1 year ", "two options to extend for ",
     "up to ", "lot 1,", "in periods of ", "2024-", "twenty ", "has been ", "break ", "a further "],
)  # fmt: skip
def test_long_and_repetitive_words_take_time_in_proportion(word: str) -> None:
    words = "3 years, option to extend " + word * (10_000 // len(word))
    before = time.process_time()
    read_terms(words)
    assert time.process_time() - before < 1
