"""The agenda computes itself, a verdict is recorded once, and what it moves moves in one transaction."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from board.agenda import close, compute, hold, items
from board.alerts_report import AlertsReport
from board.packs import compile_pack
from board.verdicts import Decision, Recorded, complete, history, record_verdict
from lifecycle.boards import NoMeeting
from lifecycle.planning import plan
from lifecycle.stages import IllegalMove, Stage, Verdict
from models import audit
from models.agenda import ItemKind, ItemState
from models.contracts import Contract, ExtensionOption
from models.cycles import Cycle, Milestone, StageChange, VerdictRecord
from models.meetings import Meeting
from models.papers import Pack
from models.planning import Rules, facts
from models.session import reading, unit_of_work
from models.transitions import MoveRefused, StaleCycle, move
from tests.town import NOW, TODAY, contract, cycle, fill_checklist, noon

ALERTS = AlertsReport("1 of 1 live contract have an armed alert")
BOARD = date(2022, 6, 13)  # the first Board after the day of the register
NEXT = date(2022, 8, 8)


def decide(
    url: str, rules: Rules, reference: str, gate: Stage, verdict: Verdict, on: date = BOARD, **more: Any
) -> Recorded:
    """Record a verdict of the Board's, the checklist of the stage being complete."""
    fill_checklist(url, rules, reference, on)
    said = Decision(reference, gate, verdict, on, "As minuted.", **{"minute": "6.1", **more})
    with unit_of_work(url) as session:
        return record_verdict(session, said, noon(on), rules)


def test_what_a_board_will_decide_is_not_recorded_before_it_met(town: str, rules: Rules) -> None:
    fill_checklist(town, rules, "APL", TODAY)
    said = Decision("APL", Stage.NEEDS_ANALYSIS, Verdict.RECOMMISSION, BOARD, "As minuted.", "6.1")
    with pytest.raises(MoveRefused, match="13 June 2022 is still to come"), unit_of_work(town) as session:
        record_verdict(session, said, noon(BOARD - timedelta(days=1)), rules)
    with reading(town) as session:
        assert cycle(session, "APL").version == 1


def finish(url: str, rules: Rules, reference: str, stage: Stage, on: date) -> Any:
    fill_checklist(url, rules, reference, on)
    with unit_of_work(url) as session:
        return complete(session, reference, stage, on, noon(on), rules)


def agenda(url: str, rules: Rules, on: date) -> dict[str, tuple[Stage | None, ItemState]]:
    """The agenda of the meeting of that day by contract."""
    with unit_of_work(url) as session:
        found = compute(session, hold(session, on, rules), rules)
        return {
            session.get_one(Contract, session.get_one(Cycle, item.cycle_id).contract_id).reference: (item.stage, item.state)
            for item in found if item.kind is ItemKind.GATE
        }  # fmt: skip


def last_board(url: str, rules: Rules, reference: str) -> date:
    with reading(url) as session:
        known = facts(session, contract(session, reference))
        gate = plan(known, rules.policy, rules.boards).gate(known.stage)
    assert gate
    return gate.last_board


def test_a_gate_comes_to_the_last_two_boards_that_can_decide_it_and_not_before(
    town: str, rules: Rules
) -> None:
    last = last_board(town, rules, "TUITION")
    before = rules.boards.on_or_before(last - timedelta(days=1))
    earlier = rules.boards.on_or_before(before - timedelta(days=1))
    assert "TUITION" not in agenda(town, rules, earlier)
    assert agenda(town, rules, before)["TUITION"] == (Stage.REVIEW, ItemState.TABLED)
    assert agenda(town, rules, last)["TUITION"] == (Stage.REVIEW, ItemState.TABLED)


def test_a_gate_whose_last_board_is_past_stays_on_every_agenda(town: str, rules: Rules) -> None:
    late = rules.boards.after(last_board(town, rules, "APL"))
    assert "APL" in agenda(town, rules, late)
    with reading(town) as session:
        meeting = session.exec(select(Meeting).where(Meeting.on == late)).one()
        whys = [item.why for item in items(session, meeting)]
    assert any(why.startswith("overdue") for why in whys)


def test_computing_an_agenda_twice_changes_nothing(town: str, rules: Rules) -> None:
    first = agenda(town, rules, BOARD)
    assert agenda(town, rules, BOARD) == first
    assert first


def test_what_was_not_decided_is_carried_over_and_stands_on_the_next_agenda(town: str, rules: Rules) -> None:
    tabled = agenda(town, rules, BOARD)
    with unit_of_work(town) as session:
        carried = close(session, hold(session, BOARD, rules))
        assert len(carried) == len(tabled) > 0
        assert close(session, hold(session, BOARD, rules)) == []
    assert set(agenda(town, rules, BOARD).values()) == {
        (stage, ItemState.CARRIED_OVER) for stage, _ in tabled.values()
    }
    assert set(tabled) <= set(agenda(town, rules, NEXT))


def test_nothing_moves_by_silence(town: str, rules: Rules) -> None:
    for meeting in rules.boards.between(TODAY, date(2024, 12, 31)):
        agenda(town, rules, meeting)
        with unit_of_work(town) as session:
            close(session, hold(session, meeting, rules))
    with reading(town) as session:
        assert {one.version for one in session.exec(select(Cycle))} == {1}
        assert session.exec(select(StageChange)).all() == []


def test_a_verdict_moves_the_contract_with_its_history_and_its_dates(town: str, rules: Rules) -> None:
    agenda(town, rules, BOARD)
    moved = decide(town, rules, "APL", Stage.NEEDS_ANALYSIS, Verdict.RECOMMISSION).moved
    assert moved
    assert (moved.from_stage, moved.to_stage) == (Stage.NEEDS_ANALYSIS, Stage.RECOMMISSION)
    with reading(town) as session:
        now = cycle(session, "APL")
        assert (now.stage, now.stage_since, now.version, now.direction) == (
            Stage.RECOMMISSION, BOARD, 2, Verdict.RECOMMISSION,
        )  # fmt: skip
        [change] = session.exec(select(StageChange))
        [verdict] = history(session, now)
        assert (change.verdict_id, change.on, verdict.cycle_version) == (verdict.id, BOARD, 1)
        gates = {
            one.gate: one.met_on
            for one in session.exec(select(Milestone).where(Milestone.contract_id == now.contract_id))
            if one.gate
        }
        assert gates["direction"] == BOARD
        assert gates["authority to tender"] is None
        meeting = session.exec(select(Meeting)).one()
        assert {item.state for item in items(session, meeting) if item.cycle_id == now.id} == {
            ItemState.DECIDED
        }
        assert audit.verify(session) == []


def test_the_same_verdict_again_is_on_record_already_and_another_is_refused(town: str, rules: Rules) -> None:
    assert decide(town, rules, "APL", Stage.NEEDS_ANALYSIS, Verdict.RECOMMISSION).moved
    again = decide(town, rules, "APL", Stage.NEEDS_ANALYSIS, Verdict.RECOMMISSION)
    assert (again.moved, str(again)) == (None, "APL: on record already")
    with pytest.raises(MoveRefused, match=r'minute 6\.1 of 2022-06-13 already records "recommission"'):
        decide(town, rules, "APL", Stage.NEEDS_ANALYSIS, Verdict.DECOMMISSION)
    with reading(town) as session:
        assert cycle(session, "APL").version == 2
        assert len(session.exec(select(VerdictRecord)).all()) == 1


@pytest.mark.parametrize(
    ("reference", "gate", "verdict", "on", "refusal", "says"),
    [
        ("APL", Stage.NEEDS_ANALYSIS, Verdict.AWARD, BOARD, IllegalMove, "it may be: remodel, recommission, decommission"),
        ("APL", Stage.PROCUREMENT, Verdict.AWARD, BOARD, MoveRefused, 'stands in the stage "needs analysis"'),
        ("APL", Stage.NEEDS_ANALYSIS, Verdict.EXTEND, BOARD, MoveRefused, "no option to extend"),
        ("APL", Stage.NEEDS_ANALYSIS, Verdict.DEFER, BOARD + timedelta(days=1), NoMeeting, "does not meet on 2022-06-14"),
        ("NOBODY", Stage.REVIEW, Verdict.CONTINUE, BOARD, MoveRefused, 'no contract "NOBODY"'),
        ("FW/01", Stage.REVIEW, Verdict.CONTINUE, BOARD, MoveRefused, "no cycle of its own"),
    ],
    ids=["an illegal move", "another gate", "no option left", "no meeting", "no contract", "a call-off"],
)  # fmt: skip
def test_what_cannot_be_recorded_is_refused_and_nothing_is_written(
    reference: str, gate: Stage, verdict: Verdict, on: date, refusal: type[Exception], says: str, town: str, rules: Rules
) -> None:  # fmt: skip
    fill_checklist(town, rules, reference, on)
    with reading(town) as session:
        events = len(session.exec(select(audit.AuditEvent)).all())
    with pytest.raises(refusal, match=says):
        decide(town, rules, reference, gate, verdict, on)
    with reading(town) as session:
        for table in (Meeting, VerdictRecord, StageChange):
            assert session.exec(select(table)).all() == []
        assert len(session.exec(select(audit.AuditEvent)).all()) == events
        assert {one.version for one in session.exec(select(Cycle))} == {1}


def test_the_same_verdict_twice_at_once_is_recorded_once(town: str, rules: Rules) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(
            pool.map(lambda _: decide(town, rules, "APL", Stage.NEEDS_ANALYSIS, Verdict.REMODEL), range(4))
        )
    assert sum(recorded.moved is not None for recorded in results) == 1
    with reading(town) as session:
        assert cycle(session, "APL").version == 2


def test_verdicts_on_different_contracts_at_once_share_the_meeting(town: str, rules: Rules) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(
            pool.map(
                lambda reference: decide(town, rules, reference, Stage.REVIEW, Verdict.START_REVIEW),
                ["BLOCK", "FW", "TUITION", "OLD"],
            )
        )
    assert all(recorded.moved for recorded in results)
    with reading(town) as session:
        assert len(session.exec(select(Meeting)).all()) == 1
        assert audit.verify(session) == []


def test_a_cycle_that_moved_since_it_was_looked_at_is_not_moved_again(town: str, rules: Rules) -> None:
    with reading(town) as session:
        seen, seen_contract = cycle(session, "APL"), contract(session, "APL")
        session.expunge_all()
    decide(town, rules, "APL", Stage.NEEDS_ANALYSIS, Verdict.DEFER)
    with pytest.raises(StaleCycle, match="APL"), unit_of_work(town) as session:
        move(session, seen_contract, seen, Verdict.REMODEL, BOARD, datetime.now(UTC), "late", rules)
    with reading(town) as session:
        assert cycle(session, "APL").stage is Stage.NEEDS_ANALYSIS


def test_a_deferral_is_on_record_moves_nothing_and_may_follow_at_the_next_board(
    town: str, rules: Rules
) -> None:
    decide(town, rules, "APL", Stage.NEEDS_ANALYSIS, Verdict.DEFER)
    assert "APL" in agenda(town, rules, NEXT)
    decide(town, rules, "APL", Stage.NEEDS_ANALYSIS, Verdict.RECOMMISSION, NEXT)
    with reading(town) as session:
        assert [one.verdict for one in history(session, cycle(session, "APL"))] == ["defer", "recommission"]
        assert cycle(session, "APL").version == 3
        assert len(session.exec(select(StageChange)).all()) == 1


def test_an_extension_takes_the_next_option_and_forecasts_the_end_over_the_planned_one(
    town: str, rules: Rules
) -> None:
    for on, ends in ((BOARD, "2024-08-31"), (NEXT, "2025-08-31")):
        decide(town, rules, "TUITION", Stage.REVIEW, Verdict.EXTEND, on)
        with reading(town) as session:
            extended = contract(session, "TUITION")
            assert extended.forecast_end is not None
            assert extended.forecast_end.latest == extended.end_date.latest == date.fromisoformat(ends)  # type: ignore[union-attr]
            assert str(extended.planned_end) == "2023-08-31"
            end = session.exec(
                select(Milestone).where(
                    Milestone.contract_id == extended.id, Milestone.kind == "contract end"
                )
            ).one()
            assert end.latest == date.fromisoformat(ends)
    with reading(town) as session:
        options = session.exec(select(ExtensionOption).order_by(col(ExtensionOption.position)))
        assert [one.taken_up_on for one in options] == [BOARD, NEXT]
    with pytest.raises(MoveRefused, match="no option to extend"):
        decide(town, rules, "TUITION", Stage.REVIEW, Verdict.EXTEND, date(2022, 10, 10))


def test_a_new_service_that_takes_over_closes_the_old_cycle_and_begins_its_own(
    town: str, rules: Rules
) -> None:
    decide(town, rules, "APL", Stage.NEEDS_ANALYSIS, Verdict.RECOMMISSION)
    decide(town, rules, "APL", Stage.RECOMMISSION, Verdict.APPROVE, NEXT)
    decide(town, rules, "APL", Stage.PROCUREMENT, Verdict.AWARD, date(2022, 12, 12))
    day = date(2023, 9, 1)
    moved = finish(town, rules, "APL", Stage.MOBILISATION, day)
    assert moved.to_stage is Stage.CLOSED
    assert finish(town, rules, "APL", Stage.MOBILISATION, day) is None
    with reading(town) as session:
        old, new = contract(session, "APL"), contract(session, "APL-2023")
        assert (old.in_force, old.actual_end) == (False, date(2023, 8, 31))
        assert (new.in_force, new.predecessor_id, new.owner_id) == (True, old.id, old.owner_id)
        assert new.start_date is not None
        assert new.start_date.earliest == day
        assert cycle(session, "APL-2023").stage is Stage.REVIEW
        assert all(
            one.met_on for one in session.exec(select(Milestone).where(Milestone.contract_id == old.id))
        )
        assert session.exec(select(Milestone).where(Milestone.contract_id == new.id)).all()


def test_a_service_that_is_decommissioned_ends_and_has_no_successor(town: str, rules: Rules) -> None:
    decide(town, rules, "APL", Stage.NEEDS_ANALYSIS, Verdict.DECOMMISSION)
    finish(town, rules, "APL", Stage.DECOMMISSION, date(2023, 9, 1))
    with reading(town) as session:
        assert cycle(session, "APL").stage is Stage.CLOSED
        assert (
            session.exec(select(Contract).where(Contract.predecessor_id == contract(session, "APL").id)).all()
            == []
        )


def test_work_on_a_stage_that_was_never_come_to_is_not_called_done(town: str, rules: Rules) -> None:
    with pytest.raises(MoveRefused, match='stands in the stage "review"'):
        finish(town, rules, "BLOCK", Stage.MOBILISATION, BOARD)


def test_a_successor_whose_reference_is_taken_gets_another(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        taken = contract(session, "OLD")
        taken.reference = "APL-2023"
        session.add(taken)
    decide(town, rules, "APL", Stage.NEEDS_ANALYSIS, Verdict.REMODEL)
    decide(town, rules, "APL", Stage.REMODEL, Verdict.APPROVE, NEXT)
    moved = finish(town, rules, "APL", Stage.MOBILISATION, date(2023, 9, 1))
    assert moved.successor.reference == "APL-2023-2"


def test_a_pack_compiled_twice_is_the_same_bytes_and_one_pack(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    made = []
    for _ in range(2):
        with unit_of_work(town) as session:
            held = hold(session, BOARD, rules)
            [pack] = compile_pack(session, held, rules, ALERTS, tmp_path / "home", TODAY, NOW)
            made.append((pack.id, pack.sha256, (tmp_path / "home" / pack.path).read_bytes()))
    assert made[0] == made[1]
    assert sha256(made[0][2]).hexdigest() == made[0][1]
    with reading(town) as session:
        assert len(session.exec(select(Pack)).all()) == 1
    assert [path.name for path in (tmp_path / "home" / "packs").iterdir()] == ["2022-06-13-agenda-pack.pdf"]


def test_a_pack_after_a_verdict_is_another_pack(town: str, tmp_path: Path, rules: Rules) -> None:
    digests = set()
    for verdict in (None, Verdict.DEFER):
        if verdict:
            decide(town, rules, "BLOCK", Stage.REVIEW, verdict)
        with unit_of_work(town) as session:
            digests.add(
                compile_pack(session, hold(session, BOARD, rules), rules, ALERTS, tmp_path, TODAY, NOW)[
                    0
                ].sha256
            )
    assert len(digests) == 2
