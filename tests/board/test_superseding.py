"""A wrong verdict is corrected by another that supersedes it: what it moved is put back, or it is said why not."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from board.agenda import hold, table
from board.papers import superseded
from board.superseding import last_verdict
from board.verdicts import Decision, Recorded, complete, history, record_partner, record_verdict
from lifecycle.partial_dates import PartialDate
from lifecycle.stages import Stage, Verdict
from models import audit, checklists, standstill
from models.agenda import AgendaItem, ItemState
from models.columns import identity
from models.contracts import ExtensionOption, JointAuthority, Lot
from models.cycles import ChecklistEntry, Cycle, StageChange, VerdictRecord
from models.meetings import Minutes
from models.opening import Visit, left_because, standings
from models.planning import Rules, replan
from models.session import reading, unit_of_work
from models.transitions import MoveRefused
from tests.town import OWNER, TODAY, contract, cycle, fill_checklist, milestones, noon

BOARD, NEXT = date(2022, 6, 13), date(2022, 8, 8)
DERBY = "Derby City Council"
REVIEW, NEEDS, PROCUREMENT = Stage.REVIEW, Stage.NEEDS_ANALYSIS, Stage.PROCUREMENT


def decide(
    url: str, rules: Rules, reference: str, verdict: Verdict, on: date = BOARD, **more: Any
) -> Recorded:
    """Record a verdict; `wrong=True` has it supersede the last one."""
    with unit_of_work(url) as session:
        return decide_in(session, rules, reference, verdict, on, **more)


def decide_in(
    session: Session, rules: Rules, reference: str, verdict: Verdict, on: date = BOARD, **more: Any
) -> Recorded:
    its = cycle(session, reference)
    gate = its.stage
    if more.pop("wrong", False):
        last = last_verdict(session, its)
        assert last
        gate, more["supersedes"] = last.stage, last.id
    said = Decision(reference, gate, verdict, on, "As minuted.", **{"minute": "6.2", **more})
    return record_verdict(session, said, noon(on), rules)


def facts(url: str, reference: str) -> dict[str, Any]:
    """Everything that a verdict may change of a contract."""
    with reading(url) as session:
        its, now = contract(session, reference), cycle(session, reference)
        taken = session.exec(
            select(col(ExtensionOption.taken_up_on))
            .where(ExtensionOption.contract_id == its.id)
            .order_by(col(ExtensionOption.position))
        ).all()
        open_dates = {
            name: (one.latest, one.words)
            for name, one in milestones(url, reference).items()
            if not one.met_on
        }
        return {
            "stage": (now.stage, now.stage_since, now.direction, now.table_version),
            "contract": (its.forecast_end, its.last_review, its.in_force, its.actual_end, taken),
            "dates": open_dates,
        }  # fmt: skip


def bring_to(session: Session, rules: Rules, reference: str, stage: Stage, in_force: bool = True) -> None:
    """Have the contract stand in the stage, its checklist complete."""
    its, now = contract(session, reference), cycle(session, reference)
    now.stage, its.in_force = stage, in_force
    if not in_force:
        its.start_date = PartialDate.parse("2024-04-01")
    session.add_all([its, now])
    session.flush()
    replan(session, [its], rules, TODAY, "it stands there")
    for one in rules.policy.checklist(now.stage, its.kind):
        checklists.complete(session, its, now, rules.policy, one.item, "DMS/1", OWNER, TODAY, noon(TODAY))


ENDS = {"ends_on": date(2022, 12, 31)}
CORRECTIONS: list[tuple[str, Stage, bool, Verdict, dict[str, Any], Verdict, dict[str, Any]]] = [
    ("APL", NEEDS, True, Verdict.REMODEL, {}, Verdict.DECOMMISSION, {}),
    ("APL", NEEDS, True, Verdict.REMODEL, {}, Verdict.REMODEL, {"minute": "6.3"}),
    ("APL", NEEDS, True, Verdict.RECOMMISSION, {}, Verdict.DEFER, {}),
    ("APL", NEEDS, True, Verdict.PUT_BACK, {}, Verdict.RECOMMISSION, {}),
    ("APL", NEEDS, False, Verdict.WITHDRAW, {}, Verdict.RECOMMISSION, {}),
    ("APL", NEEDS, True, Verdict.DEFER, {}, Verdict.RECOMMISSION, {}),
    ("APL", NEEDS, True, Verdict.DEFER, {}, Verdict.REFER_BACK, {}),
    ("TUITION", REVIEW, True, Verdict.EXTEND, {}, Verdict.CONTINUE, {}),
    ("TUITION", REVIEW, True, Verdict.EXTEND, {}, Verdict.EXTEND, {"minute": "6.1", "conditions": "Twice a year."}),
    ("TUITION", REVIEW, True, Verdict.CONTINUE, {}, Verdict.START_REVIEW, {}),
    ("TUITION", REVIEW, True, Verdict.START_REVIEW, {}, Verdict.DEFER, {}),
    ("BLOCK", REVIEW, True, Verdict.END_EARLY, ENDS, Verdict.DEFER, {}),
    ("BLOCK", REVIEW, True, Verdict.END_EARLY, ENDS, Verdict.END_EARLY, {"ends_on": date(2023, 1, 31)}),
    ("FW", PROCUREMENT, True, Verdict.AWARD, {}, Verdict.ABANDON, {}),
    ("FW", PROCUREMENT, True, Verdict.ABANDON, {}, Verdict.AWARD, {}),
    ("FW", Stage.RECOMMISSION, True, Verdict.APPROVE, {}, Verdict.REFER_BACK, {}),
    ("FW", Stage.MOBILISATION, True, Verdict.PUT_BACK, {}, Verdict.END_EARLY, ENDS),
]  # fmt: skip


def test_a_corrected_contract_stands_as_if_only_the_right_verdict_had_been_passed(
    town: str, rules: Rules, subtests: pytest.Subtests
) -> None:
    for reference, stage, in_force, wrong, its, right, rights in CORRECTIONS:
        with subtests.test(f"{stage}: {wrong}, then {right}"):
            with unit_of_work(town) as session:
                bring_to(session, rules, reference, stage, in_force)
                decide_in(session, rules, reference, right, **rights)
                alone = stands(session, reference)
                session.rollback()
            with unit_of_work(town) as session:
                bring_to(session, rules, reference, stage, in_force)
                visit = cycle(session, reference).visit
                decide_in(session, rules, reference, wrong, minute="6.1", **its)
                put_back = decide_in(session, rules, reference, right, wrong=True, **rights).put_back
                assert put_back.startswith(f"minute 6.1 of 13 June 2022 ({wrong}) no longer stands: ")
                assert stands(session, reference) == alone
                now = cycle(session, reference)
                old, new = history(session, now)
                assert old.lapsed == f"superseded by minute {rights.get('minute', '6.2')} of 13 June 2022"
                assert (new.supersedes_id, new.lapsed, new.verdict) == (old.id, "", right)
                assert now.version == 4
                assert now.opened < now.visit
                assert now.visit > visit or {wrong, right} <= {Verdict.DEFER, Verdict.REFER_BACK}
                changes = session.exec(select(StageChange).order_by(col(StageChange.id))).all()
                assert all(one.verdict_id for one in changes)
                assert not changes or changes[-1].to_stage is now.stage
                assert replan(session, [contract(session, reference)], rules, BOARD, "again") == 0
                assert audit.verify(session) == []
                session.rollback()


def stands(session: Session, reference: str) -> Any:
    """Where the contract stands, its terms and the options it has left."""
    now, its = cycle(session, reference), contract(session, reference)
    left = session.exec(select(ExtensionOption).where(ExtensionOption.contract_id == its.id)).all()
    taken = sorted((one.position, one.taken_up_on) for one in left)
    return (now.stage, now.stage_since, now.direction), its.model_dump(), taken


def test_putting_back_restores_every_date_and_option_as_they_were(town: str, rules: Rules) -> None:
    fill_checklist(town, rules, "TUITION")
    before = facts(town, "TUITION")
    decide(town, rules, "TUITION", Verdict.EXTEND, minute="6.1")
    assert facts(town, "TUITION") != before
    told = decide(town, rules, "TUITION", Verdict.DEFER, wrong=True).put_back
    assert told.endswith("its option to extend is open again, its end is 31 August 2023 again")
    assert facts(town, "TUITION") == before


def test_saying_the_correction_again_changes_nothing(town: str, rules: Rules) -> None:
    fill_checklist(town, rules, "APL")
    decide(town, rules, "APL", Verdict.REMODEL, minute="6.1")
    with reading(town) as session:
        wrong = last_verdict(session, cycle(session, "APL"))
    assert wrong
    for _ in range(2):
        again = decide(town, rules, "APL", Verdict.DECOMMISSION, wrong=True)
    assert str(again) == "APL: on record already"
    said = Decision("APL", NEEDS, Verdict.DECOMMISSION, BOARD, "As minuted.", "6.2", supersedes=wrong.id)
    with unit_of_work(town) as session:
        assert str(record_verdict(session, said, noon(BOARD), rules)) == "APL: on record already"
    with reading(town) as session:
        assert cycle(session, "APL").version == 4


def test_a_correction_may_itself_be_corrected(town: str, rules: Rules) -> None:
    fill_checklist(town, rules, "APL")
    decide(town, rules, "APL", Verdict.REMODEL, minute="6.1")
    decide(town, rules, "APL", Verdict.DECOMMISSION, wrong=True)
    decide(town, rules, "APL", Verdict.RECOMMISSION, wrong=True, minute="6.3")
    with reading(town) as session:
        now = cycle(session, "APL")
        assert (now.stage, now.direction) == (Stage.RECOMMISSION, Verdict.RECOMMISSION)
        assert [bool(one.lapsed) for one in history(session, now)] == [True, True, False]


def test_the_evidence_of_the_gate_is_there_again_and_its_paper_is_the_one_the_board_saw(
    town: str, rules: Rules
) -> None:
    from board.papers import draft

    fill_checklist(town, rules, "APL")
    with unit_of_work(town) as session:
        meeting = hold(session, BOARD, rules)
        item = table(session, meeting, cycle(session, "APL"), contract(session, "APL"), "asked for")
        draft(session, item, meeting, rules, TODAY)
    decide(town, rules, "APL", Verdict.DEFER, minute="6.1")
    with reading(town) as session:
        its, now, meeting = contract(session, "APL"), cycle(session, "APL"), hold(session, BOARD, rules)
        assert superseded(session, its, now, meeting)
    assert decide(town, rules, "APL", Verdict.RECOMMISSION, wrong=True).moved
    decide(town, rules, "APL", Verdict.DEFER, wrong=True, minute="6.3")
    with reading(town) as session:
        now = cycle(session, "APL")
        entries = session.exec(select(ChecklistEntry).where(ChecklistEntry.visit == now.visit)).all()
        assert {one.evidence for one in entries} == {"DMS/1"}
        [item] = session.exec(select(AgendaItem).where(AgendaItem.cycle_id == now.id)).all()
        assert item.state is ItemState.CARRIED_OVER


def test_the_runs_of_the_wrong_stage_are_past_and_the_right_one_is_to_start(town: str, rules: Rules) -> None:
    fill_checklist(town, rules, "APL")
    decide(town, rules, "APL", Verdict.REMODEL, minute="6.1")
    with reading(town) as session:
        [wrong] = standings(session, rules, BOARD, "APL")
    decide(town, rules, "APL", Verdict.DEFER, wrong=True)
    with reading(town) as session:
        [right] = standings(session, rules, BOARD, "APL")
        assert (wrong.visit, right.visit) == (Visit("APL", Stage.REMODEL, 2), Visit("APL", NEEDS, 3))
        assert not right.opened
        why = left_because(session, wrong.visit)
    assert why.startswith(
        "APL left remodel on 13 June 2022: minute 6.1 of 13 June 2022 was superseded by minute 6.2"
    )


def test_a_standstill_counts_from_the_award_that_stands(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        bring_to(session, rules, "FW", PROCUREMENT)
    decide(town, rules, "FW", Verdict.AWARD, minute="6.1")
    with reading(town) as session:
        first = standstill.tick_off(session, rules, BOARD, noon(BOARD), "FW")
    decide(town, rules, "FW", Verdict.AWARD, NEXT, wrong=True)
    with reading(town) as session:
        assert standstill.tick_off(session, rules, NEXT, noon(NEXT), "FW") != first
        [item] = session.exec(
            select(AgendaItem).where(AgendaItem.meeting_id == hold(session, BOARD, rules).id)
        ).all()
        assert item.state is ItemState.CARRIED_OVER  # that Board had not awarded


def test_one_that_waits_for_partners_is_corrected_before_they_agree_and_waits_again(
    town: str, rules: Rules
) -> None:
    share(town, rules)
    assert decide(town, rules, "APL", Verdict.REMODEL, minute="6.1").waits_for == (DERBY,)
    again = decide(town, rules, "APL", Verdict.RECOMMISSION, wrong=True)
    assert (again.waits_for, again.put_back) == (
        (DERBY,), "minute 6.1 of 13 June 2022 (remodel) no longer stands: nothing of it had moved",
    )  # fmt: skip
    agree(town, rules)
    with reading(town) as session:
        assert cycle(session, "APL").stage is Stage.RECOMMISSION


# ---- What can no longer be put back


def share(url: str, rules: Rules) -> None:
    fill_checklist(url, rules, "APL")
    with unit_of_work(url) as session:
        for name in (rules.policy.board.council, DERBY):
            session.add(JointAuthority(contract_id=identity(contract(session, "APL")), name=name))


def agree(url: str, rules: Rules) -> None:
    with unit_of_work(url) as session:
        record_partner(session, "APL", DERBY, True, BOARD, "C/1", noon(BOARD) + timedelta(hours=1), rules)


def wrongly(url: str, rules: Rules, verdict: Verdict = Verdict.REMODEL, reference: str = "APL") -> None:
    fill_checklist(url, rules, reference)
    decide(url, rules, reference, verdict, minute="6.1")


def moved_on(url: str, rules: Rules) -> int:
    wrongly(url, rules)
    with reading(url) as session:
        first = last_verdict(session, cycle(session, "APL"))
    fill_checklist(url, rules, "APL", NEXT)
    decide(url, rules, "APL", Verdict.APPROVE, NEXT, minute="7.1")
    assert first
    return first.id or 0


def completed(url: str, rules: Rules) -> None:
    wrongly(url, rules, Verdict.DECOMMISSION)
    fill_checklist(url, rules, "APL", NEXT)
    with unit_of_work(url) as session:
        complete(session, "APL", Stage.DECOMMISSION, NEXT, noon(NEXT), rules)


def partners_agreed(url: str, rules: Rules) -> None:
    share(url, rules)
    decide(url, rules, "APL", Verdict.REMODEL, minute="6.1")
    agree(url, rules)


def a_partner_agreed(url: str, rules: Rules) -> None:
    with unit_of_work(url) as session:
        session.add(
            JointAuthority(contract_id=identity(contract(session, "APL")), name="Nottingham City Council")
        )
    partners_agreed(url, rules)


def lots_went(url: str, rules: Rules) -> None:
    with unit_of_work(url) as session:
        session.add_all(
            Lot(contract_id=identity(contract(session, "APL")), name=name) for name in ("day", "night")
        )
    wrongly(url, rules)
    fill_checklist(url, rules, "APL", NEXT)
    decide(url, rules, "APL", Verdict.APPROVE, NEXT, lots=("day",))


def end_changed(url: str, rules: Rules) -> None:
    wrongly(url, rules, Verdict.EXTEND, "TUITION")
    with unit_of_work(url) as session:
        its = contract(session, "TUITION")
        its.forecast_end = PartialDate.on(date(2025, 1, 1))
        session.add(its)


def not_kept(url: str, rules: Rules) -> None:
    wrongly(url, rules)
    with unit_of_work(url) as session:
        record = session.exec(select(VerdictRecord)).one()
        record.undo = {}
        session.add(record)


def minutes_are_approved(url: str, rules: Rules) -> None:
    wrongly(url, rules)
    with unit_of_work(url) as session:
        first, second = (identity(hold(session, on, rules)) for on in (BOARD, NEXT))
        session.add(Minutes(meeting_id=first, content={}, drafted_on=BOARD, approved_at_id=second))


def anothers(url: str, rules: Rules) -> int:
    wrongly(url, rules, Verdict.CONTINUE, "TUITION")
    with reading(url) as session:
        return session.exec(select(col(VerdictRecord.id))).one() or 0


REFUSED: list[tuple[Callable[[str, Rules], int | None], str, str]] = [
    (moved_on, "APL", r'minute 7.1 of 8 August 2022 \("approve"\) has decided on it since'),
    (completed, "APL", r"it left decommission on 8 August 2022 \(decommission completed\); decide anew"),
    (partners_agreed, "APL", "Derby City Council has decided on it since, on 13 June 2022"),
    (a_partner_agreed, "APL", "Derby City Council has decided on it since"),
    (lots_went, "APL", "lots were split off since, as APL/day"),
    (end_changed, "TUITION", "its end or its options were changed since it was decided to extend"),
    (not_kept, "APL", "before what it changed was kept"),
    (minutes_are_approved, "APL", "the minutes of that Board are approved"),
    (anothers, "APL", "none of this contract's"),
]


@pytest.mark.parametrize(
    ("given", "reference", "says"), REFUSED, ids=lambda one: getattr(one, "__name__", None)
)
def test_what_can_no_longer_be_put_back_is_refused_with_the_reason(
    given: Callable[[str, Rules], int | None], reference: str, says: str, town: str, rules: Rules
) -> None:
    key = given(town, rules)
    with unit_of_work(town) as session:
        record = session.get(VerdictRecord, key) if key else last_verdict(session, cycle(session, reference))
        assert record
        said = Decision(
            reference, record.stage, Verdict.DEFER, BOARD, "As minuted.", "6.2", supersedes=record.id
        )
    before = everything(town)
    with pytest.raises(MoveRefused, match=says), unit_of_work(town) as session:
        record_verdict(session, said, noon(NEXT), rules)
    assert everything(town) == before


def everything(url: str) -> list[Any]:
    with reading(url) as session:
        tables: tuple[type[Any], ...] = (Cycle, VerdictRecord, StageChange, audit.AuditEvent)
        return [dump(session, one) for one in tables]


def dump(session: Session, kind: type[Any]) -> list[Any]:
    return [one.model_dump() for one in session.exec(select(kind).order_by(col(kind.id)))]


def test_what_the_right_verdict_lacks_leaves_the_wrong_one_standing(town: str, rules: Rules) -> None:
    decide(town, rules, "APL", Verdict.DEFER, minute="6.1")
    with pytest.raises(MoveRefused, match="the gate still lacks"):
        decide(town, rules, "APL", Verdict.RECOMMISSION, wrong=True)
    with reading(town) as session:
        assert [one.lapsed for one in history(session, cycle(session, "APL"))] == [""]
