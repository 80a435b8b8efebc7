"""The last day of each notice of the Procurement Act 2023, as the worked examples have it."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policy_file import load_policy
from lifecycle.notices import NOTICES, UnknownNotice, notice
from lifecycle.policy import NoRule

POLICY = load_policy(Path(__file__).parents[2] / "config/policy.toml")
SPRING = date(2026, 4, 1)


def test_there_are_seventeen_notices_in_order() -> None:
    assert list(NOTICES) == [f"UK{n}" for n in range(1, 18)]


@pytest.mark.parametrize(
    ("code", "trigger", "light_touch", "last_day"),
    [
        ("UK1", date(2026, 4, 1), True, date(2026, 5, 26)),
        ("UK1", date(2026, 12, 25), True, date(2026, 5, 26)),
        ("UK1", date(2027, 3, 31), True, date(2026, 5, 26)),
        ("UK3", date(2026, 6, 1), False, date(2026, 4, 22)),
        ("UK7", SPRING, True, date(2026, 7, 29)),
        ("UK7", SPRING, False, date(2026, 4, 30)),
        ("UK8", date(2026, 3, 31), True, date(2026, 4, 29)),
        ("UK8", date(2026, 4, 1), True, date(2026, 10, 29)),
        ("UK8", date(2026, 9, 30), True, date(2026, 10, 29)),
        ("UK8", date(2026, 12, 1), True, date(2027, 4, 29)),
        ("UK9", SPRING, False, date(2026, 4, 30)),
        ("UK11", date(2026, 7, 31), True, date(2026, 8, 29)),
        ("UK17", date(2026, 6, 30), True, date(2026, 7, 29)),
        ("UK17", date(2026, 4, 1), True, date(2026, 7, 29)),
        ("UK17", date(2026, 12, 31), False, date(2027, 1, 29)),
    ],
)
def test_a_notice_is_due_on_the_last_day_of_a_period_its_trigger_begins(
    code: str, trigger: date, light_touch: bool, last_day: date
) -> None:
    due = notice(code, trigger, POLICY, light_touch=light_touch)
    assert due.last_day == last_day
    assert due.citation.startswith(f"PA 2023 {NOTICES[code].section}")


@pytest.mark.parametrize(
    ("light_touch", "copy", "target"),
    [(True, date(2026, 9, 27), date(2026, 9, 25)), (False, date(2026, 6, 29), date(2026, 6, 29))],
)
def test_a_contract_above_five_million_is_published_too(light_touch: bool, copy: date, target: date) -> None:
    due = notice("UK7", SPRING, POLICY, light_touch=light_touch)
    assert (due.copy_last_day, due.copy_target) == (copy, target)
    assert "s.53(3)" in due.copy_citation
    assert "more than £5 million" in due.words


def test_a_change_above_five_million_is_published_within_ninety_days() -> None:
    due = notice("UK10", SPRING, POLICY)
    assert due.last_day is None
    assert due.copy_last_day == date(2026, 6, 29)


def test_a_planned_procurement_notice_qualifies_within_a_window() -> None:
    due = notice("UK3", date(2026, 6, 1), POLICY)
    assert (due.earliest, due.last_day) == (date(2025, 6, 1), date(2026, 4, 22))
    assert not due.required


def test_a_last_day_on_a_saturday_is_aimed_at_on_friday_and_stays_lawful() -> None:
    due = notice("UK11", date(2026, 7, 31), POLICY)
    assert (due.last_day, due.target) == (date(2026, 8, 29), date(2026, 8, 28))
    assert "aim for 28 August 2026" in due.words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("UK2", "before the tender notice"),
        ("UK5", "before the direct award"),
        ("UK6", "before the contract is entered into"),
        ("UK10", "before the contract is modified"),
        ("UK12", "as soon as reasonably practicable"),
        ("UK13", "before the dynamic market is established"),
        ("UK14", "as soon as reasonably practicable"),
        ("UK15", "as soon as reasonably practicable"),
        ("UK16", "as soon as reasonably practicable"),
    ],
)
def test_a_notice_without_a_number_says_when_in_words(code: str, words: str) -> None:
    due = notice(code, SPRING, POLICY)
    assert due.required
    assert due.last_day is None
    assert words in due.words


@pytest.mark.parametrize(
    ("code", "how", "source"),
    [
        ("UK9", {"light_touch": True}, "s.71(6)"),
        ("UK10", {"light_touch": True}, "s.75(6)(b)"),
        ("UK5", {"user_choice": True}, "s.44(3)"),
        ("UK6", {"user_choice": True}, "s.50(6)(b)"),
        ("UK7", {"user_choice": True}, "s.53(6)(b)"),
        ("UK11", {"user_choice": True}, "s.80(4)(b)"),
        ("UK6", {"below_threshold": True}, "s.87"),
        ("UK17", {"began": date(2026, 3, 31)}, "s.70"),
    ],
)
def test_a_notice_that_is_not_needed_says_why(code: str, how: dict[str, bool], source: str) -> None:
    due = notice(code, SPRING, POLICY, **how)  # type: ignore[arg-type]  # flags and one date
    assert not due.required
    assert due.last_day is None
    assert source in due.citation


def test_every_other_notice_binds_light_touch_and_user_choice_contracts() -> None:
    exempt = {code for code in NOTICES if not notice(code, SPRING, POLICY, light_touch=True).required}
    assert exempt == {"UK3", "UK9", "UK10"}
    exempt = {code for code in NOTICES if not notice(code, SPRING, POLICY, user_choice=True).required}
    assert exempt == {"UK3", "UK5", "UK6", "UK7", "UK11"}


def test_below_the_threshold_contract_details_follow_as_soon_as_practicable() -> None:
    due = notice("UK7", SPRING, POLICY, below_threshold=True)
    assert (due.required, due.last_day, due.copy_last_day) == (True, None, None)
    assert "s.87(3)" in due.citation


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("UK8", date(2025, 12, 31)),
        ("UK9", date(2025, 12, 31)),
        ("UK17", date(2026, 3, 31)),
        ("UK7", date(2025, 2, 23)),
    ],
)
def test_a_notice_is_refused_before_it_came_into_force(code: str, day: date) -> None:
    with pytest.raises(NoRule, match=f"{code}.* was not in force"):
        notice(code, day, POLICY)
    assert notice(code, day + timedelta(days=1), POLICY)


@pytest.mark.parametrize("code", ["UK0", "UK18", "", "notice"])
def test_an_unknown_notice_is_refused_with_the_codes_there_are(code: str) -> None:
    with pytest.raises(UnknownNotice, match="UK1 to UK17"):
        notice(code, SPRING, POLICY)


def test_a_code_may_be_written_small_or_apart() -> None:
    assert notice("uk 7", SPRING, POLICY) == notice("UK7", SPRING, POLICY)


@given(st.sampled_from(sorted(NOTICES)), st.dates(date(2026, 4, 1), date(2045, 12, 31)), st.booleans())
def test_a_target_is_a_working_day_never_after_the_last_day(code: str, day: date, light_touch: bool) -> None:
    due = notice(code, day, POLICY, light_touch=light_touch)
    assert due.words
    assert due.citation
    for last, target in ((due.last_day, due.target), (due.copy_last_day, due.copy_target)):
        assert (last is None) == (target is None)
        if last and target:
            assert target <= last
            assert POLICY.calendar().is_working(target)
