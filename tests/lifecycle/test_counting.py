"""The ways of counting: worked examples of the law, and properties any count must have."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import counting
from lifecycle.calendars import Calendar, Division, OutsideCalendar, calendar
from lifecycle.counting import (
    RULES,
    NotAPeriod,
    after,
    beginning_with,
    clear_calendar_days_before,
    clear_days_after,
    clear_days_before,
    clear_days_between,
    count,
    lga_roll_forward,
    months_after,
    months_before,
    pcr_forward,
    working_day_on_or_before,
    working_days_after,
    working_days_before,
    working_days_beginning_with,
)

ENGLAND = calendar()
UK = calendar(Division.WHOLE_UK)
PCR = calendar(Division.PCR_2015)
DAYS = st.dates(date(2008, 1, 1), date(2055, 12, 31))
LENGTHS = st.integers(1, 200)


def on(day: str) -> date:
    return date.fromisoformat(day)


@pytest.mark.parametrize(
    ("first", "n", "last"),
    [
        ("2026-04-01", 120, "2026-07-29"),  # UK7, light touch
        ("2026-04-01", 30, "2026-04-30"),  # UK7
        ("2026-04-01", 180, "2026-09-27"),  # copy of the contract, light touch
        ("2026-04-01", 56, "2026-05-26"),  # UK1
        ("2026-03-31", 30, "2026-04-29"),  # UK8, half year to 31 March
        ("2026-09-30", 30, "2026-10-29"),  # UK8, half year to 30 September
        ("2026-06-30", 30, "2026-07-29"),  # UK17
        ("2024-02-29", 1, "2024-02-29"),
        ("2024-02-01", 30, "2024-03-01"),  # over a leap day
        ("2023-02-01", 30, "2023-03-02"),
    ],
)
def test_a_period_beginning_with_a_day_counts_that_day(first: str, n: int, last: str) -> None:
    assert beginning_with(on(first), n) == on(last)


@pytest.mark.parametrize(
    ("day", "n", "last"),
    [("2026-04-01", 10, "2026-04-11"), ("2024-02-28", 1, "2024-02-29"), ("2025-12-25", 30, "2026-01-24")],
)
def test_a_period_after_a_day_leaves_that_day_out(day: str, n: int, last: str) -> None:
    assert after(on(day), n) == on(last)


@pytest.mark.parametrize(
    ("published", "of", "last"),
    [
        ("2025-12-19", UK, "2026-01-05"),
        ("2025-12-19", ENGLAND, "2026-01-02"),  # the unlawful early signing that s.123 is there to catch
        ("2026-06-08", UK, "2026-06-18"),  # over Scotland's World Cup holiday
        ("2025-03-10", UK, "2025-03-20"),  # over St Patrick's Day
        ("2026-01-03", UK, "2026-01-14"),  # published on a Saturday: counting starts on Monday
    ],
)
def test_standstill_under_the_2023_act_is_eight_working_days_beginning_with_publication(
    published: str, of: Calendar, last: str
) -> None:
    assert working_days_beginning_with(on(published), 8, of) == on(last)


def test_working_days_after_a_day_end_a_working_day_later_than_those_beginning_with_it() -> None:
    assert working_days_after(on("2025-12-19"), 8, UK) == on("2026-01-06")


def test_standstill_under_the_provider_selection_regime_is_counted_from_the_day_after_the_notice() -> None:
    notice = on("2025-03-03")  # SI 2023/1348 r.12(2): begins on the 4th; r.12(9): the eighth after that
    assert working_days_after(notice + timedelta(1), 8, ENGLAND) == on("2025-03-14")


def test_a_step_so_many_working_days_before_a_meeting_leaves_one_clear_day_fewer() -> None:
    meeting = on("2022-04-25")
    assert working_days_before(meeting, 5, ENGLAND) == on("2022-04-14")
    assert clear_days_between(on("2022-04-14"), meeting, ENGLAND) == 4


@pytest.mark.parametrize(
    ("meeting", "n", "publish"),
    [
        ("2022-04-25", 5, "2022-04-13"),  # Monday after Easter week: not Tuesday 19 April
        ("2025-01-02", 5, "2024-12-20"),  # Christmas and New Year
        ("2026-12-29", 5, "2026-12-17"),  # Boxing Day on a Saturday, its substitute on the Monday
        ("2022-09-26", 5, "2022-09-15"),  # over the State Funeral
        ("2023-05-15", 5, "2023-05-04"),  # over the Coronation
        ("2024-03-04", 5, "2024-02-23"),  # over 29 February
        ("2023-06-12", 5, "2023-06-02"),
        ("2023-06-12", 3, "2023-06-06"),  # three, as before 2002 and still in Wales and the parishes
    ],
)
def test_papers_are_published_with_clear_working_days_before_the_meeting(
    meeting: str, n: int, publish: str
) -> None:
    assert clear_days_before(on(meeting), n, ENGLAND) == on(publish)
    assert clear_days_between(on(publish), on(meeting), ENGLAND) == n


def test_publishing_on_the_tuesday_after_easter_leaves_too_few_clear_days() -> None:
    assert clear_days_between(on("2022-04-19"), on("2022-04-25"), ENGLAND) == 3


def test_a_called_in_decision_waits_five_clear_working_days() -> None:
    assert clear_days_after(on("2022-04-13"), 5, ENGLAND) == on("2022-04-25")


@pytest.mark.parametrize(
    ("decision", "publish"),
    [("2022-06-24", "2022-05-26"), ("2024-03-15", "2024-02-15"), ("2026-01-05", "2025-12-07")],
)
def test_a_key_decision_is_published_28_clear_days_before_counting_every_day(
    decision: str, publish: str
) -> None:
    assert clear_calendar_days_before(on(decision), 28) == on(publish)
    assert (on(decision) - on(publish)).days - 1 == 28


@pytest.mark.parametrize(
    ("event", "n", "end"),
    [
        ("2022-04-05", 10, "2022-04-19"),  # standstill over Easter: sign on the 20th
        ("2022-04-04", 10, "2022-04-14"),  # ends on a working day: no roll
        ("2023-12-15", 10, "2023-12-27"),  # ends on Christmas Day
        ("2024-12-27", 15, "2025-01-13"),  # ends on a Saturday
        ("2024-06-07", 1, "2024-06-11"),  # Friday: must hold two working days
        ("2024-06-03", 1, "2024-06-05"),
        ("2024-03-28", 3, "2024-04-03"),  # Maundy Thursday: the first working day after is the Tuesday
    ],
)
def test_a_pcr_period_rolls_to_a_working_day_and_holds_two_of_them(event: str, n: int, end: str) -> None:
    assert pcr_forward(on(event), n, PCR) == on(end)


@pytest.mark.parametrize(
    ("day", "rolled"),
    [
        ("2022-05-08", "2022-05-09"),  # a plain Sunday
        ("2022-05-07", "2022-05-07"),  # Saturday is not listed
        ("2022-05-02", "2022-05-04"),  # the break of a bank holiday ends with the Tuesday (s.270)
        ("2022-04-30", "2022-05-04"),  # and begins with the last week day before it
        ("2022-04-29", "2022-04-29"),
        ("2022-04-13", "2022-04-13"),  # the Wednesday before Easter
        ("2022-04-14", "2022-04-20"),  # Maundy Thursday, to the Wednesday after Easter
        ("2022-04-19", "2022-04-20"),  # the Tuesday after Easter
        ("2022-12-23", "2022-12-23"),
        ("2022-12-24", "2022-12-29"),  # Christmas Day on a Sunday
        ("2021-12-24", "2021-12-30"),  # Christmas Day on a Saturday
        ("2025-12-31", "2026-01-03"),  # New Year's Day on a Thursday: free on Saturday
        ("2022-09-19", "2022-09-21"),  # the State Funeral, a bank holiday
    ],
)
def test_what_the_1972_act_requires_in_a_break_may_be_done_after_it(day: str, rolled: str) -> None:
    assert lga_roll_forward(on(day), ENGLAND) == on(rolled)


def test_a_day_of_mourning_that_is_added_is_rolled_over() -> None:
    mourning = on("2024-06-12")
    assert lga_roll_forward(mourning, calendar(added=frozenset({mourning}))) == on("2024-06-14")


@pytest.mark.parametrize(
    ("day", "n", "before"),
    [
        ("2023-08-31", 3, "2023-05-31"),
        ("2023-08-31", 6, "2023-02-28"),
        ("2024-08-31", 6, "2024-02-29"),
        ("2024-02-29", 12, "2023-02-28"),
        ("2024-02-29", 48, "2020-02-29"),
        ("2024-03-31", 1, "2024-02-29"),
        ("2024-01-15", 1, "2023-12-15"),
        ("2024-05-31", 0, "2024-05-31"),
        ("2100-03-31", 1, "2100-02-28"),  # 2100 is no leap year
    ],
)
def test_months_end_on_the_corresponding_date_or_the_last_of_a_short_month(
    day: str, n: int, before: str
) -> None:
    assert months_before(on(day), n) == on(before)


def test_months_are_counted_from_the_anchor_because_they_neither_add_nor_reverse() -> None:
    assert months_after(on("2024-01-31"), 2) == on("2024-03-31")
    assert months_after(months_after(on("2024-01-31"), 1), 1) == on("2024-03-29")
    assert months_after(months_before(on("2023-08-31"), 6), 6) == on("2023-08-28")


def test_a_landing_on_a_weekend_is_done_on_the_working_day_before() -> None:
    assert working_day_on_or_before(on("2026-08-31"), ENGLAND) == on("2026-08-28")
    assert working_day_on_or_before(on("2026-08-28"), ENGLAND) == on("2026-08-28")


@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"], ids=["clocks forward", "clocks back"])
def test_a_day_is_a_day_when_the_clocks_change(change: str) -> None:
    eve, sunday = on(change) - timedelta(1), on(change)
    assert after(eve, 1) == sunday
    assert after(sunday, 1) == sunday + timedelta(1)
    assert beginning_with(eve, 3) == sunday + timedelta(1)
    assert clear_calendar_days_before(sunday + timedelta(1), 1) == eve
    assert working_days_after(eve, 1, ENGLAND) == sunday + timedelta(1)


@given(DAYS, LENGTHS)
def test_a_clear_day_deadline_counted_forward_gives_the_event(event: date, n: int) -> None:
    publish = clear_days_before(event, n, ENGLAND)
    assert clear_days_between(publish, event, ENGLAND) == n
    # One working day later would be one clear day short.
    assert clear_days_between(ENGLAND.add_working(publish, 1), event, ENGLAND) == n - 1
    assert clear_days_after(publish, n, ENGLAND) == ENGLAND.next_working(event)


WORKING_RULES: list[Callable[[date, int, Calendar], date]] = [
    working_days_beginning_with,
    working_days_after,
    working_days_before,
    clear_days_before,
    clear_days_after,
    pcr_forward,
]


@pytest.mark.parametrize("rule", WORKING_RULES, ids=lambda rule: rule.__name__)
@given(day=DAYS, n=LENGTHS, division=st.sampled_from(list(Division)))
def test_a_count_of_working_days_never_lands_on_a_day_of_rest(
    rule: Callable[[date, int, Calendar], date], day: date, n: int, division: Division
) -> None:
    assert calendar(division).is_working(rule(day, n, calendar(division)))


@pytest.mark.parametrize("name", sorted(RULES))
@given(day=DAYS, later=st.integers(0, 400), n=LENGTHS)
def test_a_later_anchor_never_gives_an_earlier_day(name: str, day: date, later: int, n: int) -> None:
    rule = RULES[name]
    given = [*[n] * rule.takes_n, *[ENGLAND] * rule.takes_calendar]
    assert rule.function(day, *given) <= rule.function(day + timedelta(later), *given)


@given(DAYS, LENGTHS)
def test_the_whole_uk_standstill_is_never_shorter_than_englands(day: date, n: int) -> None:
    assert working_days_beginning_with(day, n, UK) >= working_days_beginning_with(day, n, ENGLAND)


@given(DAYS, LENGTHS)
def test_a_pcr_period_is_never_shorter_than_its_days_and_holds_two_working_days(day: date, n: int) -> None:
    end = pcr_forward(day, n, PCR)
    assert end >= after(day, n)
    assert PCR.working_days_between(day, end + timedelta(1)) >= 2


@given(DAYS)
def test_the_1972_roll_goes_to_the_first_free_day_and_no_further(day: date) -> None:
    rolled = lga_roll_forward(day, ENGLAND)
    assert rolled >= day
    assert lga_roll_forward(rolled, ENGLAND) == rolled
    assert rolled.weekday() != 6
    assert not ENGLAND.is_holiday(rolled)


@given(DAYS, st.integers(0, 120))
def test_months_land_in_the_month_counted_to(day: date, n: int) -> None:
    for found, sign in ((months_after(day, n), 1), (months_before(day, n), -1)):
        assert found.year * 12 + found.month == day.year * 12 + day.month + sign * n
        assert found.day == day.day or (found.day < day.day and (found + timedelta(1)).day == 1)


@pytest.mark.parametrize("n", [0, -1])
@pytest.mark.parametrize(
    "name", sorted(name for name in RULES if RULES[name].takes_n and "months" not in name)
)
def test_a_period_of_no_days_is_refused(name: str, n: int) -> None:
    rule = RULES[name]
    with pytest.raises(NotAPeriod, match="at least 1"):
        rule.function(on("2024-06-03"), n, *[ENGLAND] * rule.takes_calendar)


def test_a_count_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(OutsideCalendar):
        lga_roll_forward(date(2061, 1, 3), ENGLAND)
    with pytest.raises(OutsideCalendar):
        clear_days_before(date(2005, 1, 5), 5, ENGLAND)


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_explains_itself_with_the_day_its_function_gives(name: str) -> None:
    rule = RULES[name]
    n, of = 5 if rule.takes_n else None, ENGLAND if rule.takes_calendar else None
    counted = count(name, on("2022-04-25"), n, of)
    assert counted.day == rule.function(*(part for part in (on("2022-04-25"), n, of) if part is not None))
    assert "25 April 2022" in counted.words
    assert "{" not in counted.words
    assert counted.citation
    assert (counted.division is not None) == rule.takes_calendar


def test_every_public_way_of_counting_that_gives_a_day_is_a_rule() -> None:
    public = {
        name
        for name, thing in vars(counting).items()
        if callable(thing) and getattr(thing, "__annotations__", {}).get("return") is date and name[0] != "_"
    }
    assert public == set(RULES)


def test_an_explanation_names_the_days_passed_over() -> None:
    counted = count("clear_days_before", on("2022-04-25"), 5, ENGLAND)
    assert [why for _, why in counted.skipped] == [
        "Good Friday", "Saturday", "Sunday", "Easter Monday", "Saturday", "Sunday",
    ]  # fmt: skip
    assert not counted.provisional


def test_weekends_inside_a_pcr_period_counted_and_only_those_it_rolled_over_are_skipped() -> None:
    assert [f"{day}" for day, _ in count("pcr_forward", on("2022-04-05"), 10, PCR).skipped] == [
        "2022-04-15", "2022-04-16", "2022-04-17", "2022-04-18",
    ]  # fmt: skip


def test_a_count_that_rests_on_unpublished_bank_holidays_says_so() -> None:
    assert count("working_days_beginning_with", on("2028-12-20"), 8, UK).provisional
    assert count("clear_days_before", on("2029-01-04"), 5, ENGLAND).provisional
    assert not count("beginning_with", on("2035-04-01"), 30).provisional


@pytest.mark.parametrize(
    ("name", "n", "of"),
    [("clear_days_before", 5, None), ("clear_days_before", None, ENGLAND), ("months_before", 5, ENGLAND)],
)
def test_a_rule_takes_exactly_what_it_needs(name: str, n: int | None, of: Calendar | None) -> None:
    with pytest.raises(TypeError, match=f"{name} takes a day and"):
        count(name, on("2024-06-03"), n, of)
