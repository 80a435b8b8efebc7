"""What goes another way than gate by gate: partners, lots, conflicts, urgent decisions, early ends, withdrawals."""

from datetime import date, timedelta
from decimal import Decimal
from json import dumps
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from board.agenda import close, compute, hold, table
from board.alerts_report import AlertsReport
from board.packs import compile_pack
from board.papers import draft
from board.verdicts import Decision, Recorded, history, record_partner, record_verdict
from lifecycle.partial_dates import PartialDate
from lifecycle.stages import IllegalMove, Stage, Verdict
from models.agenda import AgendaItem, ItemKind
from models.columns import identity
from models.contracts import AnnualValue, Contract, ExtensionOption, JointAuthority, Lot
from models.cycles import VerdictRecord
from models.lots import SplitRefused, lots
from models.meetings import Attendance, Conflict
from models.people import Person, Supplier
from models.planning import Rules, replan
from models.session import reading, unit_of_work
from models.transitions import MoveRefused
from tests.town import (
    DIRECTOR,
    GROUP,
    OFFICER,
    OWNER,
    TEACHING,
    TODAY,
    contract,
    cycle,
    fill_checklist,
    milestones,
    noon,
)

BOARD, NEXT = date(2022, 6, 13), date(2022, 8, 8)
ALERTS = AlertsReport("1 of 1 live contract have an armed alert")
DERBY, NOTTINGHAM, ELSEWHERE = "Derby City Council", "Nottingham City Council", "Rutland County Council"


def decide(
    url: str, rules: Rules, verdict: Verdict, on: date = BOARD, *, reference: str = "APL",
    gate: Stage = Stage.NEEDS_ANALYSIS, complete: bool = True, **more: Any
) -> Recorded:  # fmt: skip
    if complete:
        fill_checklist(url, rules, reference, on)
    said = Decision(reference, gate, verdict, on, "As minuted.", **{"minute": "6.1", **more})
    with unit_of_work(url) as session:
        return record_verdict(session, said, noon(on), rules)


def urgently(url: str, rules: Rules, verdict: Verdict, on: date, **more: Any) -> Recorded:
    more = {"minute": "", "urgent_by": DIRECTOR, "urgent_because": "The supplier is insolvent.", **more}
    return decide(url, rules, verdict, on, **more)


def stage(url: str, reference: str = "APL") -> Stage:
    with reading(url) as session:
        return cycle(session, reference).stage


# ---- Quorum and conflicts of interest


def attend(url: str, rules: Rules, present: list[str], conflicted: list[str]) -> None:
    with unit_of_work(url) as session:
        meeting = identity(hold(session, BOARD, rules))
        for title in (OWNER, TEACHING, OFFICER, GROUP):
            key = session.exec(select(Person.id).where(Person.title == title)).one() or 0
            session.add(Attendance(meeting_id=meeting, person_id=key, present=title in present))
            if title in conflicted:
                session.add(
                    Conflict(
                        meeting_id=meeting, person_id=key, nature="works for the supplier",
                        contract_id=identity(contract(session, "APL")),
                    )
                )  # fmt: skip


@pytest.mark.parametrize(
    ("present", "conflicted", "mover", "says"),
    [
        ([OWNER, TEACHING, OFFICER], [], OWNER, None),
        ([OWNER, TEACHING, OFFICER, GROUP], [GROUP], OWNER, None),
        ([OWNER, TEACHING], [], OWNER, "2 members without a conflict of interest present, 3 needed"),
        ([OWNER, TEACHING, OFFICER], [OFFICER], OWNER, "2 members without a conflict"),
        ([OWNER, TEACHING, OFFICER, GROUP], [GROUP], GROUP, "another member must move it"),
        ([OWNER, TEACHING, OFFICER], [], "Chief Whip", 'no post "Chief Whip"'),
    ],
)
def test_the_meeting_must_be_quorate_without_those_who_have_a_conflict(
    present: list[str], conflicted: list[str], mover: str, says: str | None, town: str, rules: Rules
) -> None:
    attend(town, rules, present, conflicted)
    if says is None:
        assert decide(town, rules, Verdict.REMODEL, moved_by=mover).moved
        return
    with pytest.raises(MoveRefused, match=says):
        decide(town, rules, Verdict.REMODEL, moved_by=mover)
    assert stage(town) is Stage.NEEDS_ANALYSIS


def test_a_conflict_on_one_contract_says_nothing_of_another(town: str, rules: Rules) -> None:
    attend(town, rules, [OWNER, TEACHING, OFFICER], [OFFICER])
    done = decide(town, rules, Verdict.START_REVIEW, reference="BLOCK", gate=Stage.REVIEW, moved_by=OFFICER)
    assert done.moved


# ---- The checklist and the paper


def test_what_the_checklist_lacks_is_named_and_the_boards_reason_goes_on_record(
    town: str, rules: Rules
) -> None:
    fill_checklist(town, rules, "APL", without="legal clearance")
    with pytest.raises(MoveRefused, match="the gate still lacks: legal clearance;"):
        decide(town, rules, Verdict.REMODEL, complete=False)
    assert decide(town, rules, Verdict.REMODEL, complete=False, despite="It was tabled.").moved
    with reading(town) as session:
        assert [one.despite for one in history(session, cycle(session, "APL"))] == ["It was tabled."]


def papers(url: str, rules: Rules, on: date = BOARD) -> None:
    with unit_of_work(url) as session:
        meeting = hold(session, on, rules)
        table(session, meeting, cycle(session, "APL"), contract(session, "APL"), "asked for")
        for item in (one for one in compute(session, meeting, rules) if one.cycle_id):
            draft(session, item, meeting, rules, TODAY)


def test_a_paper_is_superseded_by_a_changed_date_until_the_pack_is_compiled_again(
    town: str, rules: Rules
) -> None:
    papers(town, rules)
    with unit_of_work(town) as session:
        changed = contract(session, "APL")
        changed.planned_end = PartialDate.parse("2023-10-31")
        session.add(changed)
        replan(session, [changed], rules, TODAY, "the end was corrected")
    with pytest.raises(MoveRefused, match="compile the pack again"):
        decide(town, rules, Verdict.REMODEL)
    papers(town, rules)
    assert decide(town, rules, Verdict.REMODEL).moved


def test_a_paper_is_superseded_by_a_decision_since_but_a_deferral_needs_none(town: str, rules: Rules) -> None:
    papers(town, rules, NEXT)
    decide(town, rules, Verdict.DEFER)
    with pytest.raises(MoveRefused, match="superseded"):
        decide(town, rules, Verdict.REMODEL, NEXT)
    assert decide(town, rules, Verdict.DEFER, NEXT).moved


def test_a_verdict_on_another_version_than_the_asker_saw_is_refused(town: str, rules: Rules) -> None:
    decide(town, rules, Verdict.DEFER)
    with pytest.raises(MoveRefused, match="version 1, now 2"):
        decide(town, rules, Verdict.REMODEL, NEXT, seen=1)
    assert decide(town, rules, Verdict.REMODEL, NEXT, seen=2).moved


def test_a_compiled_pack_fills_in_the_paper(town: str, rules: Rules, tmp_path: Path) -> None:
    fill_checklist(town, rules, "APL", without="paper")
    papers(town, rules)
    with unit_of_work(town) as session:
        compile_pack(session, hold(session, BOARD, rules), rules, ALERTS, tmp_path, TODAY, noon(TODAY))
    assert decide(town, rules, Verdict.REMODEL, complete=False).moved


# ---- Partners


def share(url: str, rules: Rules, *partners: str) -> None:
    with unit_of_work(url) as session:
        key = identity(contract(session, "APL"))
        for name in (rules.policy.board.council, *partners):
            session.add(JointAuthority(contract_id=key, name=name, lead=name not in partners))


def partner(url: str, rules: Rules, name: str, agreed: bool = True, on: date = BOARD) -> Recorded:
    with unit_of_work(url) as session:
        return record_partner(session, "APL", name, agreed, on, "12", noon(on), rules)


@pytest.mark.parametrize("order", ["us first", "us between", "us last"])
def test_a_joint_contract_moves_when_the_last_authority_has_agreed_in_whatever_order(
    order: str, town: str, rules: Rules
) -> None:
    share(town, rules, DERBY, NOTTINGHAM)
    acts: list[Any] = [
        lambda on: partner(town, rules, DERBY, on=on), lambda on: partner(town, rules, NOTTINGHAM, on=on),
    ]  # fmt: skip
    acts.insert(
        {"us first": 0, "us between": 1, "us last": 2}[order], lambda _: decide(town, rules, Verdict.REMODEL)
    )
    for number, act in enumerate(acts):
        assert stage(town) is Stage.NEEDS_ANALYSIS
        done = act(BOARD + timedelta(days=number))
    assert (stage(town), done.moved.to_stage) == (Stage.REMODEL, Stage.REMODEL)
    with reading(town) as session:
        [said] = history(session, cycle(session, "APL"))
        assert said.effective_on == (BOARD if order == "us last" else BOARD + timedelta(days=2))


def test_a_verdict_that_waits_says_for_whom_and_stands_once(town: str, rules: Rules) -> None:
    share(town, rules, DERBY, NOTTINGHAM)
    said = decide(town, rules, Verdict.REMODEL)
    assert str(said) == f"APL: recorded; it takes effect when {DERBY} and {NOTTINGHAM} agree"
    assert str(decide(town, rules, Verdict.REMODEL)) == "APL: on record already"
    with pytest.raises(MoveRefused, match='already records "remodel"'):
        decide(town, rules, Verdict.DEFER, NEXT)


def test_a_partner_that_refuses_ends_the_waiting_verdict_and_the_gate_waits_again(
    town: str, rules: Rules
) -> None:
    share(town, rules, DERBY)
    decide(town, rules, Verdict.REMODEL)
    assert partner(town, rules, DERBY, agreed=False).moved is None
    assert stage(town) is Stage.NEEDS_ANALYSIS
    assert decide(town, rules, Verdict.RECOMMISSION, NEXT).waits_for == (DERBY,)
    assert partner(town, rules, DERBY, on=NEXT).moved
    with reading(town) as session:
        told = [(one.verdict, bool(one.lapsed)) for one in history(session, cycle(session, "APL"))]
    assert told == [(Verdict.REMODEL, True), (Verdict.RECOMMISSION, False)]


def test_saying_a_partners_decision_twice_changes_nothing_and_another_on_that_day_is_refused(
    town: str, rules: Rules
) -> None:
    share(town, rules, DERBY)
    partner(town, rules, DERBY)
    assert partner(town, rules, DERBY).moved is None
    with pytest.raises(MoveRefused, match="on record as another"):
        partner(town, rules, DERBY, agreed=False)
    with pytest.raises(MoveRefused, match=f"not shared with .* its partners are: {DERBY}"):
        partner(town, rules, NOTTINGHAM)


def test_an_agreement_holds_for_the_gate_it_was_given_at(town: str, rules: Rules) -> None:
    share(town, rules, DERBY)
    partner(town, rules, DERBY)
    decide(town, rules, Verdict.REMODEL)
    assert decide(town, rules, Verdict.APPROVE, NEXT, gate=Stage.REMODEL).waits_for == (DERBY,)


@pytest.mark.parametrize("verdict", [Verdict.DEFER, Verdict.REFER_BACK, Verdict.PUT_BACK])
def test_what_only_stays_or_goes_back_waits_for_nobody(verdict: Verdict, town: str, rules: Rules) -> None:
    share(town, rules, DERBY)
    assert decide(town, rules, verdict).moved


def test_a_partner_whose_meetings_the_policy_does_not_know_is_asked_all_the_same(
    town: str, rules: Rules
) -> None:
    share(town, rules, ELSEWHERE)
    assert decide(town, rules, Verdict.REMODEL).waits_for == (ELSEWHERE,)


# ---- Lots


@pytest.fixture
def tendered(town: str, rules: Rules) -> str:
    """The provider list in procurement, with three lots, an option, a spend."""
    with unit_of_work(town) as session:
        key = identity(contract(session, "APL"))
        session.add_all(Lot(contract_id=key, name=name) for name in ("day", "night", "respite"))
        session.add(ExtensionOption(contract_id=key, position=1, months=12))
        supplier = session.exec(select(Supplier.id)).first() or 0
        session.add(
            AnnualValue(contract_id=key, supplier_id=supplier, financial_year="2021/22", amount=Decimal(1000))
        )
    decide(town, rules, Verdict.RECOMMISSION)
    decide(town, rules, Verdict.APPROVE, NEXT, gate=Stage.RECOMMISSION)
    return town


AWARD = date(2022, 12, 12)


def test_lots_that_are_awarded_go_on_while_the_rest_is_abandoned(tendered: str, rules: Rules) -> None:
    gate = Stage.PROCUREMENT
    done = decide(tendered, rules, Verdict.AWARD, AWARD, gate=gate, lots=("night", "day"), split_to="APL/A")
    assert (done.reference, done.moved and done.moved.to_stage) == ("APL/A", Stage.MOBILISATION)
    again = decide(tendered, rules, Verdict.AWARD, AWARD, gate=gate, lots=("day", "night"), split_to="APL/A")
    assert str(again) == "APL/A: on record already"
    assert decide(tendered, rules, Verdict.ABANDON, AWARD, gate=gate).moved
    assert (stage(tendered, "APL"), stage(tendered, "APL/A")) == (Stage.RECOMMISSION, Stage.MOBILISATION)
    with reading(tendered) as session:
        whole, part = contract(session, "APL"), contract(session, "APL/A")
        assert (lots(session, whole), lots(session, part)) == (["respite"], ["day", "night"])
        assert (part.split_from_id, part.end_date, part.owner_id) == (
            whole.id,
            whole.end_date,
            whole.owner_id,
        )
        assert [one.contract_id for one in session.exec(select(AnnualValue))] == [whole.id]
        options = session.exec(select(ExtensionOption).where(ExtensionOption.contract_id == part.id)).all()
        assert [one.months for one in options] == [12]
    assert any(one.met_on is None for one in milestones(tendered, "APL/A").values())


@pytest.mark.parametrize(
    ("names", "split_to", "says"),
    [
        (("evening",), "", 'no lot "evening"; it has day, night, respite'),
        (("day", "night", "respite"), "", "all its lots go the same way"),
        (("day",), "FW", 'the reference "FW" is taken'),
        (("respite",), "APL/A", "split off with other lots"),
    ],
)
def test_lots_that_cannot_be_split_off_are_refused(
    names: tuple[str, ...], split_to: str, says: str, tendered: str, rules: Rules
) -> None:
    if split_to == "APL/A":
        decide(tendered, rules, Verdict.AWARD, AWARD, gate=Stage.PROCUREMENT, lots=("day",), split_to="APL/A")
    with pytest.raises(SplitRefused, match=says):
        decide(tendered, rules, Verdict.AWARD, AWARD, gate=Stage.PROCUREMENT, lots=names, split_to=split_to)


def test_what_stands_against_the_contract_stands_against_its_lots(tendered: str, rules: Rules) -> None:
    with pytest.raises(MoveRefused, match="version 1, now 3"):
        decide(tendered, rules, Verdict.AWARD, AWARD, gate=Stage.PROCUREMENT, lots=("day",), seen=1)
    with reading(tendered) as session:
        assert session.exec(select(Contract).where(Contract.split_from_id != None)).all() == []  # noqa: E711


# ---- Urgent decisions


def reports(url: str, rules: Rules, on: date, closed: bool = True) -> list[str]:
    with unit_of_work(url) as session:
        meeting = hold(session, on, rules)
        told = [
            dumps(paper.content)
            for item in compute(session, meeting, rules)
            if item.kind is ItemKind.URGENT and (paper := draft(session, item, meeting, rules, on))
        ]
        if closed:
            close(session, meeting)
        return told


def test_an_urgent_decision_moves_at_once_and_is_reported_to_the_next_board_only(
    town: str, rules: Rules
) -> None:
    assert urgently(town, rules, Verdict.REMODEL, date(2022, 5, 4)).moved
    [told] = reports(town, rules, BOARD)
    for words in (
        "On 4 May 2022 the Service Director decided on APL: remodel.",
        "The supplier is insolvent.",
    ):
        assert words in told
    assert reports(town, rules, BOARD) == [told]
    assert reports(town, rules, NEXT) == []


def test_every_urgent_decision_is_reported_also_two_at_one_gate(town: str, rules: Rules) -> None:
    urgently(town, rules, Verdict.DEFER, date(2022, 5, 4))
    [first] = reports(town, rules, BOARD, closed=False)
    urgently(town, rules, Verdict.REMODEL, date(2022, 5, 18))
    [both] = reports(town, rules, BOARD)
    assert "4 May 2022" in first
    assert "18 May 2022" not in first
    assert "4 May 2022" in both
    assert "18 May 2022" in both


def test_an_urgent_decision_on_the_day_of_a_board_is_reported_to_the_next(town: str, rules: Rules) -> None:
    urgently(town, rules, Verdict.DEFER, date(2022, 5, 4))
    reports(town, rules, BOARD)
    urgently(town, rules, Verdict.REMODEL, BOARD)
    [told] = reports(town, rules, NEXT)
    assert "13 June 2022" in told
    assert "4 May 2022" not in told


def test_a_board_that_was_cancelled_has_heard_no_report(town: str, rules: Rules) -> None:
    urgently(town, rules, Verdict.REMODEL, date(2022, 5, 4))
    reports(town, rules, BOARD, closed=False)
    without = Rules(rules.policy, rules.boards.without(BOARD))
    assert len(reports(town, without, NEXT)) == 1


@pytest.mark.parametrize(
    ("more", "says"),
    [({"urgent_because": ""}, "why it cannot wait"), ({"urgent_by": "Mayor"}, 'no post "Mayor"')],
)
def test_an_urgent_decision_needs_a_post_and_a_reason(
    more: dict[str, str], says: str, town: str, rules: Rules
) -> None:
    with pytest.raises(MoveRefused, match=says):
        urgently(town, rules, Verdict.REMODEL, date(2022, 5, 4), **more)


# ---- Ended early, withdrawn


def test_a_contract_ended_early_is_decommissioned_by_its_new_last_day(town: str, rules: Rules) -> None:
    last = date(2022, 12, 31)
    decide(town, rules, Verdict.END_EARLY, reference="BLOCK", gate=Stage.REVIEW, complete=False, ends_on=last)
    with reading(town) as session:
        ended, now = contract(session, "BLOCK"), cycle(session, "BLOCK")
        assert (now.stage, now.direction) == (Stage.DECOMMISSION, Verdict.DECOMMISSION)
        assert ended.end_date == PartialDate.on(last)
        assert str(ended.planned_end) == "2025-03-31"
    assert milestones(town, "BLOCK")["contract end"].latest == last


@pytest.mark.parametrize(
    "ends_on", [None, BOARD - timedelta(days=1), date(2025, 3, 31)], ids=["no day", "before", "its end"]
)
def test_an_early_end_lies_between_the_decision_and_the_end(
    ends_on: date | None, town: str, rules: Rules
) -> None:
    with pytest.raises(MoveRefused, match="from 2022-06-13 on and before 2025-03-31"):
        decide(town, rules, Verdict.END_EARLY, reference="BLOCK", gate=Stage.REVIEW, ends_on=ends_on)


@pytest.mark.parametrize("in_force", [True, False])
def test_a_service_is_withdrawn_before_it_began_and_ended_early_after(
    in_force: bool, town: str, rules: Rules
) -> None:
    with unit_of_work(town) as session:
        ours = contract(session, "APL")
        ours.in_force, ours.start_date = in_force, PartialDate.parse("2023-09-01")
        session.add(ours)
        replan(session, [ours], rules, TODAY, "it is to start")
    legal, refused = Verdict.WITHDRAW, Verdict.END_EARLY
    if in_force:
        legal, refused = refused, legal
    with pytest.raises(MoveRefused, match="end it early" if in_force else "withdraw it"):
        decide(town, rules, refused, ends_on=NEXT)
    assert decide(town, rules, legal, complete=False, ends_on=NEXT).moved
    closed = stage(town) is Stage.CLOSED
    assert closed is not in_force
    assert any(one.met_on is None for one in milestones(town, "APL").values()) is in_force


def test_out_of_turn_too_the_table_decides(town: str, rules: Rules) -> None:
    with pytest.raises(IllegalMove):
        decide(town, rules, Verdict.PUT_BACK, reference="BLOCK", gate=Stage.REVIEW)
    with reading(town) as session:
        assert session.exec(select(VerdictRecord)).all() == []
        assert session.exec(select(AgendaItem)).all() == []
