"""When silence goes a step up, how long an alert may sleep, and which ladder is a contract's."""

from dataclasses import replace
from datetime import date

import pytest

from lifecycle.calendars import calendar
from lifecycle.escalation import latest_snooze, step_on
from lifecycle.ladders import Firing, next_firing, read_rung
from lifecycle.policy import EscalationStep, Ladder
from lifecycle.stages import Kind
from tests.plans import POLICY

STEPS = [EscalationStep("deputy", 3), EscalationStep("manager", 5)]


@pytest.mark.parametrize(
    ("taken", "told", "due"),
    [
        (0, date(2022, 4, 25), date(2022, 4, 28)),
        (0, date(2022, 4, 29), date(2022, 5, 5)),  # over the bank holiday of 2 May
        (1, date(2022, 12, 22), date(2023, 1, 3)),  # over Christmas and New Year
        (2, date(2022, 4, 25), None),
    ],
)
def test_each_step_waits_its_working_days_from_the_one_before(
    taken: int, told: date, due: date | None
) -> None:
    assert step_on(STEPS, taken, told, calendar()) == due


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (date(2023, 7, 1), date(2023, 8, 1)),
        (date(2023, 8, 1), date(2023, 8, 31)),
        (date(2023, 8, 31), date(2023, 9, 7)),
        (date(2023, 9, 7), None),
    ],
)
def test_an_alert_sleeps_no_longer_than_the_next_hard_date_of_its_milestone(
    today: date, last: date | None
) -> None:
    assert latest_snooze(date(2023, 8, 1), date(2023, 8, 31), date(2023, 9, 7), today) == last


def test_working_days_before_skip_weekends_and_bank_holidays() -> None:
    ladder = Ladder("x", frozenset(Kind), (read_rung("10wd"),), 0)
    assert next_firing(ladder, date(2022, 5, 9), date(2022, 5, 9), None) == Firing(date(2022, 4, 22), "10wd")


@pytest.mark.parametrize("code", ["", "10", "wd", "3 months", "-3m", "3w"])
def test_a_rung_that_is_none_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="such as 3m, 30d or 10wd"):
        read_rung(code)


@pytest.mark.parametrize(
    ("pounds", "rungs"), [(None, "6m"), (0, "6m"), (499_999, "6m"), (500_000, "12m"), (9_000_000, "12m")]
)
def test_the_ladder_of_a_contract_is_that_of_its_value(pounds: int | None, rungs: str) -> None:
    small = Ladder("contract end", frozenset({Kind.BLOCK}), (read_rung("6m"),), 7)
    large = replace(small, rungs=(read_rung("12m"),), from_pounds=500_000)
    policy = replace(POLICY, ladders=(small, large))
    assert policy.ladder("contract end", Kind.BLOCK, pounds).rungs[0].code == rungs


@pytest.mark.parametrize(("rung", "asks"), [("12m", False), ("3m", True), ("0d", True), ("overdue", True)])
def test_silence_counts_from_the_rung_the_ladder_names(rung: str, asks: bool) -> None:
    rungs = tuple(read_rung(code) for code in ("12m", "3m", "0d"))
    assert Ladder("x", frozenset(Kind), rungs, 7, answer_from="3m").asks(rung) is asks
