"""Planning back from the Board's calendar: the story of the sample register, every route, and what may never be."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.boards import meetings
from lifecycle.partial_dates import PartialDate
from lifecycle.planning import (
    IN_CYCLE,
    ContractFacts,
    MilestoneKind,
    Plan,
    PlannedMilestone,
    plan,
    ready,
    standstill_after,
    start_by,
)
from lifecycle.policy import NoRule
from lifecycle.stages import Kind, Stage, Verdict
from tests.bench.bench_plan import by_looping, dates, register
from tests.plans import BOARDS, NAPL, OURS, PARTNERS, POLICY, contracts, like_napl

DERBYSHIRE, NOTTINGHAM, DERBY = PARTNERS
RECOMMISSION = {"direction": Verdict.RECOMMISSION}


def planned(facts: ContractFacts) -> Plan:
    return plan(facts, POLICY, BOARDS)


def last_boards(made: Plan) -> dict[Stage, str]:
    return {gate.stage: gate.last_board.isoformat() for gate in made.gates}


def milestone(made: Plan, kind: MilestoneKind, gate: str = "") -> PlannedMilestone | None:
    return next((one for one in made.milestones if (one.kind, one.gate) == (kind, gate)), None)


def kinds(made: Plan) -> list[MilestoneKind]:
    return [one.kind for one in made.milestones]


def test_the_approved_provider_list_is_planned_back_from_the_academic_year() -> None:
    made = planned(NAPL)
    assert made.start_by == date(2023, 9, 1)
    assert last_boards(made) == {
        Stage.NEEDS_ANALYSIS: "2022-12-12",
        Stage.RECOMMISSION: "2023-02-13",
        Stage.PROCUREMENT: "2023-06-12",
    }
    direction = made.gates[0]
    assert (direction.due, direction.due_board) == (date(2022, 3, 1), date(2022, 2, 14))


@pytest.mark.parametrize(
    ("kind", "gate", "earliest", "latest", "said"),
    [
        (MilestoneKind.CONTRACT_END, "", "2023-08-01", "2023-08-31", "August 2023"),
        (MilestoneKind.NOTICE, "", "2023-02-01", "2023-02-01", "1 February 2023"),
        (MilestoneKind.NEEDS_ANALYSIS, "", "2022-11-14", "2022-11-14", "14 November 2022"),
        (MilestoneKind.BOARD, "direction", "2022-12-12", "2022-12-12", "12 December 2022"),
        (MilestoneKind.BOARD, "authority to tender", "2023-02-13", "2023-02-13", "13 February 2023"),
        (MilestoneKind.PROCUREMENT, "", "2023-03-14", "2023-03-14", "14 March 2023"),
        (MilestoneKind.BOARD, "award", "2023-06-12", "2023-06-12", "12 June 2023"),
    ],
)
def test_every_milestone_of_the_list(
    kind: MilestoneKind, gate: str, earliest: str, latest: str, said: str
) -> None:
    found = milestone(planned(NAPL), kind, gate)
    assert found
    assert (found.earliest.isoformat(), found.latest.isoformat(), found.words) == (earliest, latest, said)


def test_a_date_says_how_it_was_worked_out() -> None:
    award = milestone(planned(NAPL), MilestoneKind.BOARD, "award")
    assert award
    assert award.how.words == (
        "the last Board that can still decide: 70 days of mobilisation before the new service starts on "
        "1 September 2023, and standstill after the award until the end of 22 June 2023 (PCR 2015 r.87(2))"
    )
    assert award.how.inputs == (("new service starts", date(2023, 9, 1)),)
    assert award.how.citations() == ("shortest.mobilisation: 70 days (default, commissioning practice)",)
    assert award.how.over == (date(2023, 6, 12), date(2023, 6, 22))
    notice = milestone(planned(NAPL), MilestoneKind.NOTICE)
    assert notice and "Dodds v Walker [1981] UKHL 4" in notice.how.citations()[0]


@pytest.mark.parametrize(
    ("end", "successor", "must_start"),
    [
        ("31 August 2023", None, "2023-09-01"),
        ("August 2023", None, "2023-08-02"),
        ("by August 2023", None, "2023-09-01"),
        ("before August 2023", None, "2023-08-01"),
        ("financial year 2023/24", None, "2023-04-02"),
        ("31 August 2023", "TBC", "2023-09-01"),
        ("31 July 2023", "academic year 2023/24", "2023-09-01"),
        ("TBC", "2023-09-01", "2023-09-01"),
        ("TBC", None, None),
        (None, None, None),
    ],
)
def test_the_new_service_starts_as_agreed_or_after_the_earliest_end(
    end: str | None, successor: str | None, must_start: str | None
) -> None:
    found = start_by(like_napl(end=end, successor_start=successor))
    assert (found and found.isoformat()) == must_start


@pytest.mark.parametrize("end", [None, "TBC"])
@pytest.mark.parametrize(
    ("start", "reviewed", "due"),
    [
        ("2015", "2022-04-25", "2023-01-01"),
        ("2020-04-01", "2022-03-31", "2022-04-01"),
        ("2020-04-01", "2022-04-01", "2023-04-01"),
        ("2020-02-29", "2022-06-01", "2023-02-28"),
        ("2020-02-29", "2023-06-01", "2024-02-29"),
        (None, "2022-04-25", "2023-04-25"),
    ],
)
def test_an_open_ended_contract_is_reviewed_on_every_anniversary(
    end: str | None, start: str | None, reviewed: str, due: str
) -> None:
    facts = like_napl(start=start, end=end, successor_start=None, reviewed=date.fromisoformat(reviewed))
    made = planned(facts)
    assert kinds(made) == [MilestoneKind.ANNUAL_REVIEW]
    assert made.milestones[0].earliest == date.fromisoformat(due)


def test_a_new_service_with_no_start_date_yet_is_reviewed_too() -> None:
    made = planned(like_napl(in_force=False, start="TBC"))
    assert kinds(made) == [MilestoneKind.ANNUAL_REVIEW]
    assert "no start date" in made.milestones[0].how.words


def test_a_service_still_to_be_procured_is_planned_from_its_start_alone() -> None:
    made = planned(like_napl(in_force=False, start="2023-09-01", end="2026-08-31", successor_start=None))
    assert last_boards(made) == last_boards(planned(NAPL))
    assert milestone(made, MilestoneKind.CONTRACT_END) is None
    assert milestone(made, MilestoneKind.SERVICE_START)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("stage", [Stage.REVIEW, Stage.NEEDS_ANALYSIS])
def test_only_kinds_with_a_cycle_of_their_own_come_before_the_board(kind: Kind, stage: Stage) -> None:
    made = planned(like_napl(kind=kind, stage=stage))
    assert bool(made.gates) == (kind in IN_CYCLE)
    assert milestone(made, MilestoneKind.CONTRACT_END)
    assert (milestone(made, MilestoneKind.NOTICE) is None) == (kind is Kind.SPOT)


@pytest.mark.parametrize(
    ("stage", "direction", "expected"),
    [
        (
            Stage.REVIEW,
            None,
            {
                Stage.REVIEW: "2022-10-10",
                Stage.NEEDS_ANALYSIS: "2022-12-12",
                Stage.RECOMMISSION: "2023-02-13",
                Stage.PROCUREMENT: "2023-06-12",
            },
        ),
        (
            Stage.RECOMMISSION,
            Verdict.RECOMMISSION,
            {Stage.RECOMMISSION: "2023-02-13", Stage.PROCUREMENT: "2023-06-12"},
        ),
        (Stage.PROCUREMENT, Verdict.RECOMMISSION, {Stage.PROCUREMENT: "2023-06-12"}),
        # A remodelled service is not bought anew: mobilisation, but no standstill.
        (Stage.REMODEL, Verdict.REMODEL, {Stage.REMODEL: "2023-06-12"}),
        (Stage.MOBILISATION, Verdict.RECOMMISSION, {}),
        (Stage.DECOMMISSION, Verdict.DECOMMISSION, {}),
        (Stage.CLOSED, Verdict.RECOMMISSION, {}),
    ],
)
def test_the_gates_still_to_come_on_each_route(
    stage: Stage, direction: Verdict | None, expected: dict[Stage, str]
) -> None:
    assert last_boards(planned(like_napl(stage=stage, direction=direction))) == expected


@pytest.mark.parametrize(
    ("stage", "direction", "expected"),
    [
        (
            Stage.MOBILISATION,
            Verdict.RECOMMISSION,
            [MilestoneKind.CONTRACT_END, MilestoneKind.SERVICE_START],
        ),
        (Stage.DECOMMISSION, Verdict.DECOMMISSION, [MilestoneKind.CONTRACT_END]),
        (Stage.CLOSED, None, []),
    ],
)
def test_what_is_left_when_the_board_has_decided(
    stage: Stage, direction: Verdict | None, expected: list[MilestoneKind]
) -> None:
    assert kinds(planned(like_napl(stage=stage, direction=direction))) == expected


def test_procurement_that_runs_has_no_start_to_wait_for() -> None:
    made = planned(like_napl(stage=Stage.PROCUREMENT, direction=Verdict.RECOMMISSION))
    assert milestone(made, MilestoneKind.PROCUREMENT) is None
    assert milestone(made, MilestoneKind.SERVICE_START)


@pytest.mark.parametrize(
    ("notice", "board", "told"),
    [
        (6, "2022-12-12", "1 February 2023"),
        (3, "2023-04-17", "1 May 2023"),
        (None, "2023-04-17", "1 May 2023"),
    ],
)
def test_an_extension_is_decided_at_the_last_board_before_the_supplier_must_be_told(
    notice: int | None, board: str, told: str
) -> None:
    made = planned(like_napl(options=(24, 12), notice_months=notice))
    found = milestone(made, MilestoneKind.EXTENSION)
    assert found
    assert found.earliest.isoformat() == board
    assert told in found.how.words and "24 months" in found.how.words
    assert bool(found.how.rules) == (notice is None)


@pytest.mark.parametrize(
    ("end", "months", "served"),
    [
        ("2023-08-31", 6, "2023-02-28"),
        ("2023-08-31", 3, "2023-05-31"),
        # 8 July 2023 is a Saturday; 8 May 2023 was the Coronation, after a weekend.
        ("2023-10-08", 3, "2023-07-07"),
        ("2023-11-08", 6, "2023-05-05"),
    ],
)
def test_notice_is_served_on_a_working_day(end: str, months: int, served: str) -> None:
    found = milestone(planned(like_napl(end=end, notice_months=months)), MilestoneKind.NOTICE)
    assert found and found.earliest.isoformat() == served


def test_one_month_is_said_as_one() -> None:
    found = milestone(planned(like_napl(notice_months=1)), MilestoneKind.NOTICE)
    assert found and found.how.words.startswith("notice of 1 month before August 2023")


@pytest.mark.parametrize(
    ("changes", "award"),
    [
        ({"cancelled": frozenset({date(2023, 6, 12)})}, "2023-04-17"),
        ({"moved": {date(2023, 6, 12): date(2023, 6, 26)}}, "2023-04-11"),
        (
            {"cancelled": frozenset({date(2023, 6, 12)}), "extraordinary": (date(2023, 6, 5),)},
            "2023-06-05",
        ),
        ({"recesses": ((date(2023, 6, 1), date(2023, 7, 31)),)}, "2023-04-17"),
    ],
    ids=["cancelled", "moved too late", "extraordinary", "recess"],
)
def test_everything_is_planned_again_when_a_meeting_changes(changes: dict[str, object], award: str) -> None:
    board = replace(POLICY.board, **changes)  # type: ignore[arg-type]  # one field at a time
    policy = replace(POLICY, board=board)
    made = plan(NAPL, policy, meetings(policy))
    assert last_boards(made)[Stage.PROCUREMENT] == award
    assert all(gate.papers == meetings(policy).papers(gate.last_board) for gate in made.gates)


def test_a_shared_framework_needs_every_partner_and_names_the_one_that_binds() -> None:
    made = planned(
        like_napl(
            authorities=(DERBYSHIRE, OURS, NOTTINGHAM, DERBY), successor_start="2026-04-01", end="2026-03-31"
        )
    )
    award = made.gates[-1]
    # No standstill: the procurement begins under the Procurement Act, light touch. 21 January + 70 days is 1 April.
    assert dict(award.approvals) == {
        OURS: date(2025, 12, 8),
        DERBYSHIRE: date(2026, 1, 8),
        NOTTINGHAM: date(2026, 1, 20),
        DERBY: date(2026, 1, 14),
    }
    assert (award.binding, award.decided_by) == (OURS, date(2025, 12, 8))
    found = milestone(made, MilestoneKind.BOARD, "award")
    assert found and found.how.words.endswith(f"{OURS} is the authority that binds")
    assert (DERBY, date(2026, 1, 14)) in found.how.inputs


def test_a_partner_that_meets_before_us_binds_and_the_gate_before_is_earlier_for_it() -> None:
    shared = planned(like_napl(authorities=(OURS, DERBYSHIRE)))
    award = shared.gate(Stage.PROCUREMENT)
    assert award
    assert (award.last_board, award.binding, award.decided_by) == (
        date(2023, 6, 12), DERBYSHIRE, date(2023, 6, 8),
    )  # fmt: skip
    found = milestone(shared, MilestoneKind.PROCUREMENT)
    assert found and found.earliest == date(2023, 3, 10)


def test_the_review_is_our_boards_alone() -> None:
    review = planned(like_napl(stage=Stage.REVIEW, authorities=(OURS, DERBYSHIRE))).gates[0]
    assert (review.binding, review.approvals) == ("", ())


@pytest.mark.parametrize(
    ("regime", "awarded", "ends"),
    [
        ("PCR 2015 light touch", "2023-06-12", "2023-06-22"),
        # What counts is the day the procurement begins, 90 days before the award at the latest:
        # 23 February 2025 is the last day of the regulations.
        ("PCR 2015 light touch", "2025-04-14", "2025-04-24"),
        ("PCR 2015 light touch", "2025-05-24", "2025-06-03"),
        ("PCR 2015 light touch", "2025-05-25", None),
        ("PCR 2015", "2025-05-24", "2025-06-03"),
        # 8 working days with the day of the award, over the bank holiday of 26 May.
        ("PCR 2015", "2025-05-25", "2025-06-05"),
        ("PA 2023", "2025-12-19", "2026-01-05"),
        ("PA 2023 light touch", "2025-12-19", None),
        ("below threshold", "2025-12-19", None),
        ("PSR", "2024-06-10", "2024-06-21"),
        # Health services bought before 2024 were under the regulations.
        ("PSR", "2024-02-12", "2024-02-22"),
    ],
)
def test_standstill_is_that_of_the_law_the_successors_procurement_begins_under(
    regime: str, awarded: str, ends: str | None
) -> None:
    clock = standstill_after(date.fromisoformat(awarded), regime, POLICY)
    assert (clock.ends and clock.ends.isoformat()) == ends


def test_after_24_february_2025_a_light_touch_award_can_be_made_later() -> None:
    """8 August 2022 and 9 June 2025 stand as far before the start; only the regulations ask for standstill."""
    board = date(2025, 6, 9)
    starts = board + timedelta(days=70)
    light = like_napl(successor_start=starts.isoformat())
    assert last_boards(planned(light))[Stage.PROCUREMENT] == "2025-06-09"
    assert last_boards(planned(replace(light, regime="PA 2023")))[Stage.PROCUREMENT] == "2025-04-14"


def test_a_policy_without_a_rule_it_needs_says_which() -> None:
    policy = replace(POLICY, rules=tuple(rule for rule in POLICY.rules if rule.key != "shortest.tender"))
    with pytest.raises(NoRule, match=r"shortest\.tender"):
        plan(NAPL, policy, BOARDS)


def test_a_rule_applies_to_the_step_that_begins_while_it_is_in_force() -> None:
    tender = POLICY.rule("shortest.tender", date(2023, 1, 1))
    longer = (
        replace(tender, valid_to=date(2023, 2, 13)),
        replace(tender, value=150, valid_from=date(2023, 2, 14)),
    )
    policy = replace(POLICY, rules=(*(rule for rule in POLICY.rules if rule is not tender), *longer))
    made = plan(NAPL, policy, BOARDS)
    assert last_boards(made)[Stage.RECOMMISSION] == "2023-02-13"
    assert made.gate(Stage.RECOMMISSION).how.rules == (longer[0],)  # type: ignore[union-attr]  # it has that gate


def later(one: ContractFacts, days: int) -> ContractFacts:
    def moved(day: PartialDate | None) -> PartialDate | None:
        if day is None or day.earliest is None or day.latest is None:
            return day
        by = timedelta(days=days)
        return replace(day, earliest=day.earliest + by, latest=day.latest + by)

    return replace(one, end=moved(one.end))


@given(contracts(), st.integers(1, 800))
def test_an_end_moved_later_never_makes_a_deadline_earlier(facts: ContractFacts, days: int) -> None:
    before, after = planned(facts), planned(later(facts, days))
    assert [gate.stage for gate in before.gates] == [gate.stage for gate in after.gates]
    for gate, moved in zip(before.gates, after.gates, strict=True):
        assert (gate.due, gate.due_board, gate.last_board, gate.decided_by) <= (
            moved.due, moved.due_board, moved.last_board, moved.decided_by,
        )  # fmt: skip
        assert gate.last_board <= moved.last_board and gate.decided_by <= moved.decided_by
    for one, other in zip(before.milestones, after.milestones, strict=True):
        assert (one.kind, one.gate) == (other.kind, other.gate)
        assert one.earliest <= other.earliest and one.latest <= other.latest


@given(st.lists(contracts(), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_a_plan_depends_on_its_contract_alone_and_is_the_same_every_time(
    several: list[ContractFacts], random: object
) -> None:
    first = [planned(facts) for facts in several]
    order = list(range(len(several)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis' own Random
    again = {at: planned(several[at]) for at in order}
    assert first == [again[at] for at in range(len(several))]


@given(contracts())
def test_a_gate_is_decided_at_a_meeting_before_the_next_gate_and_the_start(facts: ContractFacts) -> None:
    made = planned(facts)
    for gate in made.gates:
        assert made.start_by
        assert gate.last_board in BOARDS.dates and gate.due_board in BOARDS.dates
        assert gate.due_board <= gate.due
        assert gate.decided_by <= gate.last_board < made.start_by
        assert all(
            day in BOARDS.partners[name].dates and day < made.start_by for name, day in gate.approvals[1:]
        )
    for gate, following in zip(made.gates, made.gates[1:], strict=False):
        assert gate.last_board < following.last_board
        everyone = max((day for _, day in gate.approvals), default=gate.last_board)
        assert ready(everyone, following.stage, None, POLICY) <= following.decided_by


@given(contracts())
def test_what_somebody_must_do_at_work_falls_on_a_working_day_in_time(facts: ContractFacts) -> None:
    made, working = planned(facts), POLICY.calendar()
    at_work = (MilestoneKind.NOTICE, MilestoneKind.NEEDS_ANALYSIS, MilestoneKind.PROCUREMENT)
    for one in made.milestones:
        assert one.earliest <= one.latest
        if one.kind in at_work:
            assert working.is_working(one.earliest)
        if one.kind in (MilestoneKind.BOARD, MilestoneKind.EXTENSION):
            assert one.earliest in BOARDS.dates
        if one.kind is MilestoneKind.NEEDS_ANALYSIS:
            assert one.earliest < made.gates[-1].last_board


@given(contracts())
def test_no_contract_falls_through_and_every_date_names_what_it_was_counted_from(
    facts: ContractFacts,
) -> None:
    made = planned(facts)
    assert made.milestones
    assert len({(one.kind, one.gate) for one in made.milestones}) == len(made.milestones)
    for one in made.milestones:
        assert one.words and one.how.words and one.how.inputs
        assert all(isinstance(day, date) and name for name, day in one.how.inputs)
        assert all(one.how.citations())
        assert one.how.over is None or one.how.over[0] <= one.how.over[1]


def test_a_plan_has_the_dates_that_counting_day_by_day_gives() -> None:
    for facts in register(300):
        assert dict(dates(planned(facts))) == by_looping(facts)
