"""Working-day calendars against GOV.UK's published list and against a plain day-by-day count."""

import copy
import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from holidays import country_holidays
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.calendars import FIRST, HORIZON, LAST, Calendar, Division, OutsideCalendar, calendar

ENGLAND = calendar()
UK = calendar(Division.WHOLE_UK)
DAYS = st.dates(date(2006, 1, 1), date(2059, 12, 31))
CALENDARS = st.sampled_from(list(Division)).map(calendar)

ALL = {Division.ENGLAND_AND_WALES, Division.SCOTLAND, Division.NORTHERN_IRELAND}
E_W, SCT, NI = (
    {division} for division in (Division.ENGLAND_AND_WALES, Division.SCOTLAND, Division.NORTHERN_IRELAND)
)

NOTABLE = [
    ("2020-05-08", ALL, "early May bank holiday moved to VE Day 75"),
    ("2020-05-04", set(), "the Monday it was moved from"),
    ("2022-06-02", ALL, "spring bank holiday moved to the Thursday"),
    ("2022-06-03", ALL, "Platinum Jubilee"),
    ("2022-05-30", set(), "the Monday it was moved from"),
    ("2022-09-19", ALL, "State Funeral, announced nine days before"),
    ("2023-05-08", ALL, "Coronation"),
    ("2011-04-29", ALL, "royal wedding"),
    ("2012-06-05", ALL, "Diamond Jubilee"),
    ("2026-01-02", SCT, "2 January"),
    ("2022-01-04", SCT, "2 January on a Sunday: substitute on the Tuesday"),
    ("2025-03-17", NI, "St Patrick's Day"),
    ("2024-03-18", NI, "St Patrick's Day on a Sunday"),
    ("2024-07-12", NI, "Battle of the Boyne"),
    ("2026-07-13", NI, "Battle of the Boyne on a Sunday"),
    ("2023-11-30", SCT, "St Andrew's Day"),
    ("2024-12-02", SCT, "St Andrew's Day on a Saturday"),
    ("2025-08-04", SCT, "Scottish summer bank holiday"),
    ("2025-08-25", E_W | NI, "summer bank holiday elsewhere"),
    ("2026-06-15", SCT, "World Cup, by proclamation of 3 February 2026"),
    # Easter at its earliest and latest between 2005 and 2060.
    ("2008-03-21", ALL, "Good Friday, Easter on 23 March"),
    ("2008-03-24", E_W | NI, "Easter Monday, never a Scottish bank holiday"),
    ("2038-04-23", ALL, "Good Friday, Easter on 25 April"),
    ("2038-04-26", E_W | NI, "Easter Monday, Easter on 25 April"),
    # Christmas on a Saturday, on a Sunday, and Boxing Day on a Saturday.
    ("2021-12-27", ALL, "Christmas Day's substitute"),
    ("2021-12-28", ALL, "Boxing Day's substitute"),
    ("2021-12-24", set(), "Christmas Eve is a working day"),
    ("2022-12-26", ALL, "Boxing Day"),
    ("2022-12-27", ALL, "Christmas Day's substitute"),
    ("2026-12-28", ALL, "Boxing Day's substitute"),
    ("2026-12-29", set(), "between Christmas and New Year"),
]


@pytest.mark.parametrize(("day", "where", "why"), NOTABLE, ids=[f"{day} {why}" for day, _, why in NOTABLE])
def test_notable_days_are_holidays_only_where_they_are_kept(day: str, where: set[Division], why: str) -> None:
    notable = date.fromisoformat(day)
    assert {division for division in ALL if not calendar(division).is_working(notable)} == where
    assert UK.is_working(notable) is (not where)
    assert calendar(Division.PCR_2015).is_working(notable) is (Division.ENGLAND_AND_WALES not in where)


# Proclaimed after the list in the data folder was saved: https://www.gov.uk/bank-holidays.json has it now.
PROCLAIMED_SINCE = {Division.SCOTLAND: {date(2026, 6, 15)}}


@pytest.mark.skipif("RECOMMISSION_DATA" not in os.environ, reason="RECOMMISSION_DATA is not set")
@pytest.mark.parametrize("division", sorted(ALL))
def test_every_weekday_holiday_of_the_published_list_is_kept_and_no_other(division: Division) -> None:
    published = json.loads(
        (Path(os.environ["RECOMMISSION_DATA"]) / "uk_bank_holidays_2012_2028.json").read_text()
    )
    listed = {date.fromisoformat(event["date"]) for event in published[division]["events"]}
    kept = {
        day for day in calendar(division).holidays if date(2012, 1, 1) <= day <= HORIZON and day.weekday() < 5
    }
    assert kept == {day for day in listed if day.weekday() < 5} | PROCLAIMED_SINCE.get(division, set())
    assert HORIZON.year == max(listed).year


def test_wales_keeps_the_days_of_england() -> None:
    years = range(FIRST.year, LAST.year + 1)
    england, wales = (set(country_holidays("GB", subdiv=code, years=years)) for code in ("ENG", "WLS"))
    assert england == wales


def test_the_whole_uk_calendar_rests_whenever_any_part_does() -> None:
    assert set(UK.holidays) == {day for division in ALL for day in calendar(division).holidays}


@given(CALENDARS, DAYS, st.integers(-80, 80).filter(bool))
def test_the_index_agrees_with_walking_day_by_day(of: Calendar, day: date, n: int) -> None:
    walked, left = day, abs(n)
    while left:
        walked += timedelta(1 if n > 0 else -1)
        left -= walked.weekday() < 5 and walked not in of.holidays
    assert of.add_working(day, n) == walked
    assert of.working_days_between(*sorted((day, walked))) == abs(n) - 1


@given(CALENDARS, DAYS)
def test_the_next_and_previous_working_day_enclose_only_rest(of: Calendar, day: date) -> None:
    before, after = of.previous_working(day), of.next_working(day)
    assert before <= day <= after
    assert of.is_working(before)
    assert of.is_working(after)
    assert (before == day == after) == of.is_working(day)
    assert of.working_days_between(before, after) == 0


@given(CALENDARS, DAYS, st.integers(0, 40))
def test_skipped_days_are_exactly_those_that_do_not_work(of: Calendar, day: date, length: int) -> None:
    span = [day + timedelta(i) for i in range(length + 1)]
    skipped = dict(of.skipped(span[0], span[-1]))
    assert list(skipped) == [d for d in span if not of.is_working(d)]
    assert all(skipped.values())


def test_skipped_days_are_named_and_placed() -> None:
    assert [(f"{day}", why) for day, why in UK.skipped(date(2025, 12, 31), date(2026, 1, 3))] == [
        ("2026-01-01", "New Year's Day"),
        ("2026-01-02", "New Year Holiday (Scotland)"),
        ("2026-01-03", "Saturday"),
    ]
    assert ENGLAND.why_not_working(date(2026, 12, 28)) == "Boxing Day (substitute day)"
    assert ENGLAND.why_not_working(date(2026, 12, 29)) == ""


def test_a_count_from_a_day_of_rest_starts_on_the_next_working_day() -> None:
    saturday = date(2024, 6, 1)
    assert ENGLAND.add_working(saturday, 1) == date(2024, 6, 3)
    assert ENGLAND.add_working(saturday, -1) == date(2024, 5, 31)
    assert ENGLAND.add_working(saturday, 0) == saturday


def test_no_working_days_lie_between_a_day_and_an_earlier_one() -> None:
    assert ENGLAND.working_days_between(date(2024, 6, 10), date(2024, 6, 3)) == 0
    assert ENGLAND.working_days_between(date(2024, 6, 3), date(2024, 6, 3)) == 0


def test_a_council_adds_and_strikes_days_without_touching_the_national_calendar() -> None:
    closure, boxing = date(2027, 12, 29), date(2027, 12, 27)
    local = calendar(added=frozenset({closure}), struck=frozenset({boxing}))
    assert not local.is_working(closure)
    assert local.why_not_working(closure) == "day added by the council"
    assert local.is_working(boxing)
    assert ENGLAND.is_working(closure)
    assert not ENGLAND.is_working(boxing)


def test_striking_a_saturday_makes_it_no_working_day() -> None:
    assert not calendar(struck=frozenset({date(2024, 6, 1)})).is_working(date(2024, 6, 1))


def test_a_holiday_on_a_weekend_is_a_holiday() -> None:
    christmas = date(2022, 12, 25)
    assert ENGLAND.is_holiday(christmas)
    assert not ENGLAND.is_holiday(date(2022, 12, 24))


def test_days_beyond_the_published_list_are_provisional() -> None:
    assert not ENGLAND.provisional(HORIZON)
    assert ENGLAND.provisional(HORIZON + timedelta(1))


def test_a_calendar_is_built_once_and_equal_by_its_days() -> None:
    assert copy.deepcopy(UK) == UK
    assert calendar(Division.WHOLE_UK) is UK
    assert Calendar(Division.WHOLE_UK) == UK
    assert hash(Calendar(Division.WHOLE_UK)) == hash(UK)


@pytest.mark.parametrize("day", [FIRST - timedelta(1), LAST + timedelta(1)])
def test_a_day_outside_the_calendar_is_refused_by_every_question(day: date) -> None:
    inside = date(2024, 6, 3)
    for ask in (
        lambda: ENGLAND.is_working(day),
        lambda: ENGLAND.is_holiday(day),
        lambda: ENGLAND.next_working(day),
        lambda: ENGLAND.previous_working(day),
        lambda: ENGLAND.add_working(day, 1),
        lambda: ENGLAND.working_days_between(*sorted((inside, day))),
        lambda: ENGLAND.skipped(*sorted((inside, day))),
    ):
        with pytest.raises(OutsideCalendar, match="2005 to 2060"):
            ask()


@pytest.mark.parametrize(("day", "n"), [(LAST, 1), (LAST, 100_000), (FIRST, -1), (date(2005, 1, 10), -30)])
def test_a_count_that_leaves_the_calendar_is_refused_not_wrapped_round(day: date, n: int) -> None:
    with pytest.raises(OutsideCalendar):
        ENGLAND.add_working(day, n)
