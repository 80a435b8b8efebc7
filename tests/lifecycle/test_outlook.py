"""What a day means for a plan: the float, what a deferral costs, what is already impossible, and trying a change."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle.boards import NoMeeting
from lifecycle.outlook import Gap, Outlook, WhatIfRefused, forecast, outlook, what_if
from lifecycle.planning import ContractFacts, plan
from lifecycle.stages import Stage, Verdict
from tests.plans import BOARDS, NAPL, OURS, PARTNERS, POLICY, contracts, like_napl

DERBYSHIRE = PARTNERS[0]
AWARD = like_napl(stage=Stage.PROCUREMENT, direction=Verdict.RECOMMISSION)


def seen(facts: ContractFacts, on: date) -> Outlook:
    return outlook(plan(facts, POLICY, BOARDS), POLICY, BOARDS, on)


@pytest.mark.parametrize(
    ("on", "next_board", "meetings_left"),
    [
        (date(2022, 4, 25), date(2022, 6, 13), 3),
        (date(2022, 6, 14), date(2022, 8, 8), 2),
        # The papers of 12 December close on 30 November.
        (date(2022, 11, 30), date(2022, 12, 12), 0),
        (date(2022, 12, 1), date(2023, 2, 13), -1),
        (date(2023, 2, 13), date(2023, 4, 17), -2),
        (date(2023, 6, 1), date(2023, 8, 14), -4),
    ],
)
def test_the_float_is_the_meetings_that_may_pass_and_negative_once_it_is_too_late(
    on: date, next_board: date, meetings_left: int
) -> None:
    now = seen(NAPL, on)
    assert (now.next_board, now.float_boards) == (next_board, meetings_left)


LAST = "The Board of 12 December 2022 is the last that can still decide the direction; "
IN_TIME = "If the Board of {} defers this, the service can still start in time."


@pytest.mark.parametrize(
    ("facts", "on", "said"),
    [
        (
            NAPL,
            date(2022, 4, 25),
            [LAST + "3 meetings before it may pass without a decision.", IN_TIME.format("13 June 2022")],
        ),
        (
            NAPL,
            date(2022, 9, 1),
            [LAST + "1 meeting before it may pass without a decision.", IN_TIME.format("10 October 2022")],
        ),
        (
            NAPL,
            date(2022, 11, 1),
            [
                LAST + "0 meetings before it may pass without a decision.",
                (
                    "If the Board of 12 December 2022 defers this, the earliest lawful start is 3 November 2023: "
                    "63 days with no contract (about £630,000 at the present spend)."
                ),
            ],
        ),
        (
            replace(NAPL, annual_value=None),
            date(2022, 12, 1),
            [
                (
                    "The Board of 12 December 2022 was the last that could decide the direction, and its papers "
                    "closed on 30 November 2022."
                ),
                (
                    "Decided at the Board of 13 February 2023, the earliest lawful start is 3 November 2023: "
                    "63 days with no contract."
                ),
                (
                    "If the Board of 13 February 2023 defers this, the earliest lawful start is 29 December 2023: "
                    "119 days with no contract."
                ),
            ],
        ),
        (
            replace(AWARD, annual_value=None),
            date(2023, 5, 31),
            [
                (
                    "The Board of 12 June 2023 is the last that can still decide the award; 0 meetings before it "
                    "may pass without a decision."
                ),
                (
                    "If the Board of 12 June 2023 defers this, the earliest lawful start is 3 November 2023: "
                    "63 days with no contract."
                ),
            ],
        ),
        (
            replace(AWARD, annual_value=None),
            date(2023, 6, 13),
            [
                "The last Board that could decide the award was that of 12 June 2023.",
                (
                    "Decided at the Board of 14 August 2023, the earliest lawful start is 3 November 2023: "
                    "63 days with no contract."
                ),
                (
                    "If the Board of 14 August 2023 defers this, the earliest lawful start is 29 December 2023: "
                    "119 days with no contract."
                ),
            ],
        ),
    ],
)
def test_what_it_means_is_said_in_words(facts: ContractFacts, on: date, said: list[str]) -> None:
    assert list(seen(facts, on).in_words()) == said


def test_a_review_that_is_late_says_when_the_needs_analysis_had_to_begin() -> None:
    said = seen(like_napl(stage=Stage.REVIEW), date(2022, 11, 1)).in_words()
    assert said[:2] == (
        "The last Board that could decide the contract review was that of 10 October 2022.",
        "The needs analysis had to begin on 17 October 2022.",
    )


def test_a_new_service_that_starts_late_leaves_nobody_without_a_contract() -> None:
    new = replace(AWARD, in_force=False, start=AWARD.successor_start, successor_start=None)
    said = seen(new, date(2023, 5, 31)).in_words()
    assert said[-1].endswith("the earliest lawful start is 3 November 2023: 63 days late.")


def test_a_start_after_the_agreed_day_but_before_the_old_contract_ends_is_late_and_no_gap() -> None:
    said = seen(replace(AWARD, end=like_napl(end="2023-12-31").end), date(2023, 5, 31)).in_words()
    assert said[-1].endswith("the earliest lawful start is 3 November 2023: 63 days late.")


def test_the_critical_path_goes_through_every_board_standstill_and_mobilisation() -> None:
    way = forecast(NAPL, date(2022, 12, 12), POLICY, BOARDS)
    assert way and way.starts == date(2023, 9, 1)
    assert [(step.what, step.begins.isoformat(), step.ends.isoformat()) for step in way.path] == [
        ("Board: direction", "2022-12-12", "2022-12-12"),
        ("work towards the authority to tender", "2022-12-12", "2023-02-06"),
        ("Board: authority to tender", "2023-02-13", "2023-02-13"),
        ("work towards the award", "2023-02-13", "2023-05-14"),
        ("Board: award", "2023-06-12", "2023-06-12"),
        ("standstill", "2023-06-12", "2023-06-22"),
        ("mobilisation", "2023-06-23", "2023-08-31"),
    ]


def test_a_remodelled_service_has_no_standstill_on_its_way() -> None:
    way = forecast(
        like_napl(stage=Stage.REMODEL, direction=Verdict.REMODEL), date(2023, 6, 12), POLICY, BOARDS
    )
    assert way and way.starts == date(2023, 8, 21)
    assert [step.what for step in way.path] == [
        "Board: approval of the remodelled service",
        "mobilisation",
    ]


@pytest.mark.parametrize(
    "facts",
    [
        like_napl(stage=Stage.MOBILISATION, direction=Verdict.RECOMMISSION),
        like_napl(stage=Stage.DECOMMISSION, direction=Verdict.DECOMMISSION),
        like_napl(stage=Stage.CLOSED),
        like_napl(end=None, successor_start=None),
    ],
    ids=["mobilisation", "decommission", "closed", "open-ended"],
)
def test_where_no_gate_is_left_there_is_nothing_to_say(facts: ContractFacts) -> None:
    now = seen(facts, date(2022, 4, 25))
    assert (now.gate, now.next_board, now.float_boards, now.forecast, now.in_words()) == (
        None, None, None, None, (),
    )  # fmt: skip


def test_a_partner_that_binds_is_named_and_once_it_has_met_the_day_is_gone() -> None:
    shared = replace(AWARD, authorities=(OURS, DERBYSHIRE))
    before, after = (seen(shared, day).in_words() for day in (date(2023, 5, 31), date(2023, 6, 9)))
    assert f"{DERBYSHIRE} binds: its last meeting in time is on 8 June 2023." in before
    assert f"{DERBYSHIRE} had to agree at its meeting of 8 June 2023, its last in time." in after


def test_a_partner_whose_meetings_nobody_entered_is_asked_for() -> None:
    said = seen(like_napl(authorities=(OURS, "Leicester City Council")), date(2022, 4, 25)).in_words()
    assert said[0] == "Leicester City Council must agree too, and the policy does not say when it meets."


@pytest.mark.parametrize(
    ("end", "successor", "days"),
    [
        ("2023-08-31", "2023-09-01", 0),
        ("2023-07-31", "academic year 2023/24", 31),
        ("2023-09-30", "academic year 2023/24", -30),
        ("August 2023", "academic year 2023/24", 0),
        ("August 2023", None, None),
        ("August 2023", "TBC", None),
        (None, "2023-09-01", None),
    ],
)
def test_gap_and_overlap_between_a_contract_and_its_successor(
    end: str | None, successor: str | None, days: int | None
) -> None:
    between = seen(like_napl(end=end, successor_start=successor), date(2022, 4, 25)).between
    assert (between and between.days) == days


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (Gap(80, Decimal(800_000)), "80 days with no contract (about £800,000 at the present spend)"),
        (Gap(1, None), "1 day with no contract"),
        (
            Gap(-30, Decimal(-300_000)),
            "30 days in which both contracts run (about £300,000 at the present spend)",
        ),
        (Gap(0, Decimal(0)), "no day between them"),
    ],
)
def test_a_gap_is_priced_at_the_present_spend(gap: Gap, said: str) -> None:
    assert str(gap) == said


def test_a_year_without_a_contract_costs_the_annual_value() -> None:
    between = seen(like_napl(end="2023-08-31", successor_start="2024-08-31"), date(2022, 4, 25)).between
    assert between == Gap(365, Decimal(3_650_000))


@pytest.mark.parametrize(
    ("change", "facts", "last_board", "starts"),
    [
        # Deferred or cancelled, a later gate's last Board pulls this one forward.
        ("defer 2023-06-12", NAPL, date(2022, 10, 10), date(2023, 3, 3)),
        ("cancel 12 June 2023", NAPL, date(2022, 10, 10), date(2023, 3, 3)),
        ("defer 2022-06-13", NAPL, date(2022, 12, 12), date(2023, 5, 5)),
        ("end 2023-12-31", NAPL, date(2023, 4, 17), date(2023, 3, 3)),
        ("end December 2023", NAPL, date(2023, 2, 13), date(2023, 3, 3)),
        ("start 2024-01-01", NAPL, date(2023, 4, 17), date(2023, 3, 3)),
        (
            "start 2024-01-01",
            like_napl(in_force=False, start="2023-09-01"),
            date(2023, 4, 17),
            date(2023, 3, 3),
        ),
    ],
)
def test_a_change_is_tried_and_changes_nothing(
    change: str, facts: ContractFacts, last_board: date, starts: date
) -> None:
    on = date(2022, 4, 25)
    before = seen(facts, on)
    tried = what_if(change, facts, POLICY, BOARDS, on)
    assert tried.gate and tried.gate.last_board == last_board
    assert tried.forecast and tried.forecast.starts == starts
    assert seen(facts, on) == before


def test_the_last_board_that_can_decide_deferring_is_what_the_issue_is_about() -> None:
    tried = what_if("defer 2023-06-12", AWARD, POLICY, BOARDS, date(2023, 5, 20))
    assert tried.float_boards == -1
    assert "Decided at the Board of 14 August 2023, the earliest lawful start is 3 November 2023: " in (
        " ".join(tried.in_words())
    )


def test_an_end_that_is_to_be_confirmed_makes_the_contract_open_ended() -> None:
    assert what_if("end TBC", NAPL, POLICY, BOARDS, date(2022, 4, 25)).gate is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("postpone 2023-06-12", "no change that can be tried; write"),
        ("defer", "no change that can be tried; write"),
        ("", "no change that can be tried; write"),
        ("defer June 2023", "a meeting is one day"),
        ("defer TBC", "a meeting is one day"),
        ("end 2023/24", "“2023/24” .* Write"),
        ("start 03/04/05", "“03/04/05” .* Write"),
        ("end 2023-02-30", "“2023-02-30” .* Write"),
    ],
)
def test_a_change_that_cannot_be_read_is_refused_with_what_to_write(change: str, why: str) -> None:
    with pytest.raises(WhatIfRefused, match=why):
        what_if(change, NAPL, POLICY, BOARDS, date(2022, 4, 25))


@pytest.mark.parametrize("verb", ["defer", "cancel"])
def test_a_day_on_which_the_board_does_not_meet_can_neither_be_deferred_nor_cancelled(verb: str) -> None:
    with pytest.raises(NoMeeting, match="does not meet on 2023-06-13"):
        what_if(f"{verb} 2023-06-13", NAPL, POLICY, BOARDS, date(2022, 4, 25))


@given(contracts())
def test_the_last_board_is_in_time_and_it_truly_is_the_last(facts: ContractFacts) -> None:
    """Backward and forward pass agree, also with partners, who are asked when the first of them must be."""
    made = plan(facts, POLICY, BOARDS)
    assume(made.gates)
    gate = made.gates[0]
    assert made.start_by
    last = forecast(facts, gate.last_board, POLICY, BOARDS, gate.decided_by)
    too_late = forecast(facts, BOARDS.after(gate.last_board), POLICY, BOARDS, gate.decided_by)
    assert last and last.starts <= made.start_by
    assert too_late and too_late.starts > made.start_by
    if gate.binding not in ("", OURS):
        missed = forecast(facts, gate.last_board, POLICY, BOARDS, gate.decided_by + timedelta(days=1))
        assert missed and missed.starts > made.start_by


@given(contracts(), st.dates(date(2021, 1, 1), date(2036, 12, 31)))
def test_deferring_never_makes_the_start_earlier_and_the_float_says_whether_it_is_late(
    facts: ContractFacts, on: date
) -> None:
    now = seen(facts, on)
    assume(now.gate)
    assert now.forecast and now.deferred and now.next_board and now.gate
    assert now.forecast.starts <= now.deferred.starts
    assert BOARDS.papers(now.next_board).cut_off >= on
    assert now.float_boards is not None and now.plan.start_by
    if now.gate.decided_by >= on:
        assert (now.float_boards >= 0) == (now.forecast.starts <= now.plan.start_by)
        assert (now.float_boards >= 1) == (now.deferred.starts <= now.plan.start_by)
    path = now.forecast.path
    assert all(step.begins <= step.ends for step in path)
    assert [step.begins for step in path] == sorted(step.begins for step in path)


@given(contracts(), st.dates(date(2021, 1, 1), date(2030, 12, 31)))
def test_a_board_that_defers_never_makes_any_deadline_later_or_the_start_earlier(
    facts: ContractFacts, on: date
) -> None:
    now = seen(facts, on)
    assume(now.gate)
    tried = what_if(f"defer {now.next_board}", facts, POLICY, BOARDS, on)
    assert now.gate and tried.gate and now.forecast and tried.forecast
    assert tried.gate.last_board <= now.gate.last_board
    assert tried.forecast.starts >= now.forecast.starts
    assert tried.forecast == now.deferred
