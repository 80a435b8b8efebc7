"""The worked examples of each procurement law, and what may never happen."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policy_file import load_policy
from lifecycle.calendars import Division
from lifecycle.policy import NoRule, Policy
from lifecycle.regimes import (
    CannotTell,
    Procedure,
    ProcurementFacts,
    Regime,
    decide_regime,
    dps_limit,
    dps_validity_may_change,
    framework_limit,
    minimum_tender_period,
    open_framework_limit,
    reopening_limit,
    standstill,
    successor_regime,
)

POLICY = load_policy(Path(__file__).parents[2] / "config/policy.toml")
LAST_DAY_OF_PCR = date(2025, 2, 23)
PCR, PCR_LT = Regime.PCR_2015, Regime.PCR_2015_LIGHT_TOUCH
PA, PA_LT, PSR = Regime.PA_2023, Regime.PA_2023_LIGHT_TOUCH, Regime.PSR_2023


@pytest.mark.parametrize(
    "step", ["contract_notice", "operator_contacted", "transparency_notice", "contracts_finder", "awarded"]
)
@pytest.mark.parametrize(("day", "law"), [(LAST_DAY_OF_PCR, PCR), (LAST_DAY_OF_PCR + timedelta(days=1), PA)])
def test_the_first_step_of_any_kind_decides_between_the_regulations_and_the_act(
    step: str, day: date, law: Regime
) -> None:
    assert decide_regime(ProcurementFacts(**{step: day}), POLICY).regime is law  # type: ignore[arg-type]  # one date field at a time


def test_a_procurement_advertised_under_the_regulations_stays_under_them_when_awarded_later() -> None:
    facts = ProcurementFacts(contract_notice=date(2025, 2, 1), awarded=date(2025, 9, 1), light_touch=True)
    decision = decide_regime(facts, POLICY)
    assert decision.regime is PCR_LT
    assert "contract notice submitted on 1 February 2025" in decision.why
    assert "SI 2024/716 r.5" in decision.citation


@pytest.mark.parametrize("parent", list(Regime))
def test_a_call_off_keeps_the_law_of_its_framework_whatever_its_date(parent: Regime) -> None:
    facts = ProcurementFacts(awarded=date(2027, 5, 1), parent=parent, estimated_value=Decimal(1))
    assert decide_regime(facts, POLICY).regime is parent
    assert decide_regime(replace(facts, awarded=None), POLICY).regime is parent


@pytest.mark.parametrize(
    ("began", "parent", "dynamic", "regime"),
    [
        (date(2023, 12, 31), None, False, PCR_LT),
        (date(2024, 1, 1), None, False, PSR),
        (date(2025, 6, 1), None, False, PSR),
        (date(2025, 6, 1), PCR_LT, False, PSR),  # SI 2023/1348 r.29(3)(b)
        (date(2025, 6, 1), PCR_LT, True, PCR_LT),  # r.29(1)(c)
    ],
)
def test_health_services_follow_the_provider_selection_regime_from_2024(
    began: date, parent: Regime | None, dynamic: bool, regime: Regime
) -> None:
    facts = ProcurementFacts(
        contract_notice=began,
        health_service=True,
        light_touch=True,
        parent=parent,
        parent_is_dynamic=dynamic,
        estimated_value=Decimal(1_000_000),
    )
    assert decide_regime(facts, POLICY).regime is regime


@pytest.mark.parametrize(
    ("began", "light_touch", "threshold", "law"),
    [
        (date(2022, 4, 25), False, 213_477, PCR),
        (date(2022, 4, 25), True, 663_540, PCR_LT),
        (date(2024, 1, 1), False, 214_904, PCR),
        (date(2025, 12, 31), False, 214_904, PA),
        (date(2026, 1, 1), False, 207_720, PA),
        (date(2026, 1, 1), True, 663_540, PA_LT),
    ],
)
def test_the_threshold_of_the_day_it_began_is_met_at_exactly_its_amount(
    began: date, light_touch: bool, threshold: int, law: Regime
) -> None:
    facts = ProcurementFacts(
        contract_notice=began, light_touch=light_touch, estimated_value=Decimal(threshold)
    )
    assert decide_regime(facts, POLICY).regime is law
    below = replace(facts, estimated_value=Decimal(threshold) - Decimal("0.01"))
    assert decide_regime(below, POLICY).regime is Regime.BELOW_THRESHOLD


def test_a_value_that_cannot_be_estimated_counts_as_above_the_threshold() -> None:
    decision = decide_regime(ProcurementFacts(awarded=date(2026, 3, 1), light_touch=True), POLICY)
    assert decision.regime is PA_LT
    assert "Sch.3 para.5" in decision.citation


def test_the_threshold_of_2021_leaves_vat_out_and_asks_only_when_vat_decides() -> None:
    facts = ProcurementFacts(contract_notice=date(2021, 6, 1), light_touch=True)
    assert decide_regime(replace(facts, estimated_value=Decimal(663_539)), POLICY).regime.value == (
        "below threshold"
    )
    assert decide_regime(replace(facts, estimated_value=Decimal(900_000)), POLICY).regime is PCR_LT
    with pytest.raises(CannotTell, match="pounds net of VAT"):
        decide_regime(replace(facts, estimated_value=Decimal(700_000)), POLICY)
    both = replace(facts, estimated_value=Decimal(700_000), estimated_value_net=Decimal(700_000))
    assert decide_regime(both, POLICY).regime is PCR_LT


def test_a_net_value_decides_a_threshold_with_vat_only_when_vat_cannot_change_the_answer() -> None:
    facts = ProcurementFacts(contract_notice=date(2026, 6, 1), light_touch=True)
    assert decide_regime(replace(facts, estimated_value_net=Decimal(663_540)), POLICY).regime is PA_LT
    with pytest.raises(CannotTell, match="including VAT"):
        decide_regime(replace(facts, estimated_value_net=Decimal(600_000)), POLICY)


def test_without_a_date_or_a_framework_the_regime_is_not_guessed() -> None:
    with pytest.raises(CannotTell, match="give the day of the contract notice"):
        decide_regime(ProcurementFacts(estimated_value=Decimal(1)), POLICY)


def test_a_procurement_older_than_the_regulations_is_not_guessed() -> None:
    with pytest.raises(NoRule, match="2015-02-25"):
        decide_regime(ProcurementFacts(awarded=date(2015, 2, 25)), POLICY)


@pytest.mark.parametrize(
    ("old", "begins", "new"),
    [
        (PCR_LT, date(2025, 2, 23), PCR_LT),
        (PCR_LT, date(2025, 2, 24), PA_LT),
        (PCR, date(2026, 1, 1), PA),
        (PSR, date(2026, 1, 1), PSR),
        (Regime.BELOW_THRESHOLD, date(2026, 1, 1), Regime.BELOW_THRESHOLD),
    ],
)
def test_what_replaces_a_contract_is_bought_under_the_law_of_its_own_day(
    old: Regime, begins: date, new: Regime
) -> None:
    assert successor_regime(old, begins, POLICY) is new


@pytest.mark.parametrize(
    ("regime", "sent", "ends"),
    [
        (PA, date(2025, 12, 19), date(2026, 1, 5)),  # 2 January is a bank holiday in Scotland
        (PA, date(2026, 3, 9), date(2026, 3, 19)),  # St Patrick's Day is one in Northern Ireland
        (PA, date(2026, 3, 7), date(2026, 3, 19)),  # published on a Saturday: Monday is the first
        (PCR, date(2022, 4, 5), date(2022, 4, 19)),  # the tenth day is Good Friday
        (PCR_LT, date(2022, 4, 5), date(2022, 4, 19)),
        (PCR, date(2022, 4, 4), date(2022, 4, 14)),
        (PCR, date(2024, 12, 16), date(2024, 12, 27)),
        (PSR, date(2025, 1, 6), date(2025, 1, 17)),  # begins the 7th; the 8th working day after that
        (PSR, date(2025, 1, 10), date(2025, 1, 22)),  # begins on a Saturday
    ],
)
def test_standstill_ends_on_the_day_the_law_says_and_signing_may_follow_the_next_day(
    regime: Regime, sent: date, ends: date
) -> None:
    clock = standstill(regime, sent, POLICY)
    assert clock.mandatory
    assert (clock.ends, clock.may_sign_from) == (ends, ends + timedelta(days=1))
    assert clock.words
    assert clock.citation


def test_standstill_names_the_days_it_skips() -> None:
    names = dict(standstill(PA, date(2025, 12, 19), POLICY).skipped)
    assert "Scotland" in names[date(2026, 1, 2)]
    assert len(names) == 10
    moved = standstill(PCR, date(2022, 4, 5), POLICY)
    assert [name for _, name in moved.skipped] == ["Good Friday", "Saturday", "Sunday", "Easter Monday"]


def test_standstill_by_post_is_fifteen_days() -> None:
    assert standstill(PCR, date(2022, 3, 1), POLICY, electronic=False).ends == date(2022, 3, 16)


@pytest.mark.parametrize(
    ("regime", "how", "source"),
    [
        (PA_LT, {}, "s.51(3)(f)"),
        (PA, {"call_off": True}, "s.51(3)(d)"),
        (PA, {"excused_direct_award": True}, "s.51(3)(a)"),
        (PCR, {"call_off": True}, "r.86(5)(c)"),
        (PCR_LT, {"excused_direct_award": True}, "r.86(5)(a)"),
        (PSR, {"excused_direct_award": True}, "r.12(1)"),
        (Regime.BELOW_THRESHOLD, {}, "s.51(1)"),
    ],
)
def test_where_no_standstill_is_needed_signing_may_follow_at_once_and_the_source_is_named(
    regime: Regime, how: dict[str, bool], source: str
) -> None:
    clock = standstill(regime, date(2026, 3, 2), POLICY, **how)
    assert (clock.begins, clock.ends, clock.mandatory) == (None, None, False)
    assert clock.may_sign_from == date(2026, 3, 2)
    assert source in clock.citation


def test_a_volunteered_light_touch_standstill_is_as_long_as_the_mandatory_one() -> None:
    clock = standstill(PA_LT, date(2025, 12, 19), POLICY, voluntary=True)
    assert not clock.mandatory
    assert clock.ends == date(2026, 1, 5)


def test_a_call_off_competed_under_a_health_framework_has_a_standstill() -> None:
    assert standstill(PSR, date(2025, 1, 6), POLICY, call_off=True).mandatory


def test_a_standstill_beyond_the_published_bank_holidays_is_provisional() -> None:
    assert standstill(PA, date(2031, 5, 1), POLICY).provisional
    assert not standstill(PA, date(2026, 5, 1), POLICY).provisional


def test_a_standstill_before_its_law_is_refused() -> None:
    with pytest.raises(NoRule):
        standstill(PA, date(2025, 2, 23), POLICY)


def test_a_bank_holiday_the_council_adds_moves_the_standstill() -> None:
    sent = date(2026, 6, 1)
    mourning = replace(POLICY, added_holidays={date(2026, 6, 10): "State Funeral"})
    assert standstill(PA, sent, POLICY).ends == date(2026, 6, 10)
    assert standstill(PA, sent, mourning).ends == date(2026, 6, 11)


@given(st.dates(date(2025, 2, 24), date(2040, 12, 31)))
def test_the_act_always_gives_eight_working_days_of_the_whole_country(sent: date) -> None:
    clock = standstill(PA, sent, POLICY)
    calendar = POLICY.calendar(Division.WHOLE_UK)
    assert clock.ends
    days = (sent + timedelta(days=n) for n in range((clock.ends - sent).days + 1))
    assert sum(calendar.is_working(day) for day in days) == 8
    assert calendar.is_working(clock.ends)


@given(st.dates(date(2015, 2, 26), date(2025, 12, 31)), st.booleans())
def test_the_regulations_never_end_a_standstill_early_or_on_a_non_working_day(
    sent: date, electronic: bool
) -> None:
    clock = standstill(PCR, sent, POLICY, electronic=electronic)
    assert clock.ends
    assert clock.ends >= sent + timedelta(days=10 if electronic else 15)
    assert POLICY.calendar(Division.PCR_2015).is_working(clock.ends)


@pytest.mark.parametrize(
    ("regime", "procedure", "how", "days"),
    [
        (PCR, Procedure.OPEN, {"electronic": False}, 35),
        (PCR, Procedure.OPEN, {}, 30),
        (PCR, Procedure.OPEN, {"prior_notice": True}, 15),
        (PCR, Procedure.OPEN, {"urgent": True}, 15),
        (PCR, Procedure.PARTICIPATION, {}, 30),
        (PCR, Procedure.PARTICIPATION, {"urgent": True}, 15),
        (PCR, Procedure.INVITED, {}, 10),
        (PCR, Procedure.INVITED, {"agreed": True}, None),
        (PCR, Procedure.JOINING, {}, 30),
        (PCR, Procedure.MEMBER, {}, 10),
        (PA, Procedure.OPEN, {"electronic": False, "documents_together": False}, 35),
        (PA, Procedure.OPEN, {"electronic": False}, 30),
        (PA, Procedure.OPEN, {"documents_together": False}, 30),
        (PA, Procedure.OPEN, {}, 25),
        (PA, Procedure.OPEN, {"prior_notice": True}, 10),
        (PA, Procedure.OPEN, {"urgent": True}, 10),
        (PA, Procedure.PARTICIPATION, {}, 25),
        (PA, Procedure.PARTICIPATION, {"urgent": True}, 10),
        (PA, Procedure.INVITED, {}, 10),
        (PA, Procedure.INVITED, {"agreed": True}, None),
        (PA, Procedure.MEMBER, {}, 10),
        (PCR_LT, Procedure.OPEN, {}, None),
        (PA_LT, Procedure.OPEN, {}, None),
        (PSR, Procedure.OPEN, {}, None),
        (Regime.BELOW_THRESHOLD, Procedure.OPEN, {}, None),
    ],
)
def test_suppliers_are_given_at_least_the_time_of_the_law(
    regime: Regime, procedure: Procedure, how: dict[str, bool], days: int | None
) -> None:
    period = minimum_tender_period(regime, procedure, date(2025, 6, 2), POLICY, **how)
    assert period.days == days
    assert (period.ends is None) == (days is None)
    assert period.citation


def test_the_tender_period_counts_from_the_day_after_and_only_the_regulations_roll_it() -> None:
    sent = date(2026, 6, 2)  # 25 days later is Saturday 27 June
    assert minimum_tender_period(PA, Procedure.OPEN, sent, POLICY).ends == date(2026, 6, 27)
    rolled = minimum_tender_period(PCR, Procedure.OPEN, date(2022, 3, 16), POLICY)
    assert rolled.ends == date(2022, 4, 19)  # 30 days later is Good Friday
    assert "moved from 15 April 2022" in rolled.words


def test_the_act_knows_no_time_to_join_a_dynamic_market() -> None:
    with pytest.raises(CannotTell, match="at any time"):
        minimum_tender_period(PA, Procedure.JOINING, date(2026, 6, 2), POLICY)


@pytest.mark.parametrize(
    ("regime", "begins", "last"),
    [
        (PCR, date(2020, 4, 1), date(2024, 3, 31)),
        (PA, date(2028, 2, 29), date(2032, 2, 28)),
        (PSR, date(2025, 1, 1), date(2028, 12, 31)),
        (PCR_LT, date(2020, 4, 1), None),
        (PA_LT, date(2026, 4, 1), None),
        (Regime.BELOW_THRESHOLD, date(2026, 4, 1), None),
    ],
)
def test_a_framework_may_run_no_longer_than_its_law_allows(
    regime: Regime, begins: date, last: date | None
) -> None:
    assert framework_limit(regime, begins, POLICY).last_day == last


def test_an_open_framework_ends_after_eight_years_and_reopens_in_three_then_five() -> None:
    first = date(2026, 4, 1)
    assert open_framework_limit(first, POLICY).last_day == date(2034, 3, 31)
    assert open_framework_limit(first, POLICY, single_supplier=True).last_day == date(2030, 3, 31)
    assert reopening_limit(first, 1, POLICY).last_day == date(2029, 3, 31)
    assert reopening_limit(date(2029, 3, 1), 2, POLICY).last_day == date(2034, 2, 28)


def test_dynamic_purchasing_systems_end_on_23_february_2029_at_the_latest() -> None:
    established = date(2021, 9, 1)
    assert dps_limit(established, POLICY).last_day == date(2029, 2, 23)
    assert dps_limit(established, POLICY, stated=date(2031, 8, 31)).last_day == date(2029, 2, 23)
    assert dps_limit(established, POLICY, stated=date(2027, 8, 31)).last_day == date(2027, 8, 31)
    assert dps_validity_may_change(date(2026, 2, 23), POLICY)
    assert not dps_validity_may_change(date(2026, 2, 24), POLICY)


def test_a_changed_rule_changes_the_clock() -> None:
    rules = tuple(
        replace(rule, value=10) if rule.key == "standstill.PA 2023" else rule for rule in POLICY.rules
    )
    longer: Policy = replace(POLICY, rules=rules)
    assert standstill(PA, date(2025, 12, 19), longer).ends == date(2026, 1, 7)
