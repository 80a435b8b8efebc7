"""A stage's run waits at its gate on a real Prefect server, takes its verdict from anywhere, and follows the record."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from board.verdicts import Decision, history, record_verdict
from config.settings import Settings
from lifecycle import stages
from lifecycle.stages import Stage, UnknownVersion, Verdict
from models.planning import Rules
from models.session import reading, unit_of_work
from tests.town import cycle

if TYPE_CHECKING:
    from flows.agreement import StageRun
    from flows.replay import Replay

pytestmark = pytest.mark.xdist_group("prefect")

FIRST, BOARD, NEXT = date(2022, 9, 20), date(2022, 10, 10), date(2022, 12, 12)


@pytest.fixture(scope="module", autouse=True)
def waiting(replay: "Replay") -> None:
    """Every contract in its cycle has a run that waits."""
    replay.run("reconcile", on=FIRST)
    replay.work()


def runs(reference: str, *states: str) -> list["StageRun"]:
    from prefect.client.orchestration import get_client

    from flows.agreement import LIVE, RunState
    from flows.runs import stage_runs

    with get_client(sync_client=True) as client:
        asked = [RunState(state) for state in states] or LIVE
        return list(stage_runs(client, asked, reference))


def message(run: "StageRun") -> str:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        state = client.read_flow_run(run.id).state
        return (state and state.message) or ""


def description(run: "StageRun") -> str:
    """What the person at the gate reads above the newest form."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        state = client.read_flow_run(run.id).state
        assert state
        keys = state.state_details.run_input_keyset
        assert keys
        return client.read_flow_run_input(run.id, keys["description"])


def stage(reference: str) -> Stage:
    with reading(Settings().database) as session:
        return cycle(session, reference).stage


def said(verdict: Verdict, **more: Any) -> dict[str, Any]:
    return {
        "verdict": str(verdict), "meeting": BOARD.isoformat(), "minute": "6.1", "reason": "As minuted.",
        "despite": "the papers follow", **more,
    }  # fmt: skip


def reconcile(on: date = FIRST, **more: Any) -> dict[str, int]:
    from prefect.client.orchestration import get_client

    from flows.context import context
    from flows.reconcile import agree

    with get_client(sync_client=True) as client:
        return dict(agree(client, context(on), replayed=True, **more))


def test_a_waiting_run_says_what_it_waits_for_and_holds_no_process(replay: "Replay") -> None:
    [run] = runs("APL")
    assert run.state == "PAUSED"
    assert run.has_form
    assert run.name == "APL · needs analysis · awaiting Board 10 October 2022"
    page = description(run)
    assert "Approved provider list" in page
    assert "If the Board of" in page  # what a deferral costs
    assert "recommission" in page
    assert "still lacks: needs and sufficiency analysis" in page


def test_an_illegal_answer_is_refused_with_its_reason_and_the_gate_waits_again(replay: "Replay") -> None:
    replay.answer("FW", Stage.REVIEW, said(Verdict.CONTINUE, despite=""))
    [run] = runs("FW")
    assert run.state == "PAUSED"
    assert "**Refused:**" in description(run)
    assert "still lacks: contract review report" in description(run)
    assert stage("FW") is Stage.REVIEW
    replay.answer("FW", Stage.REVIEW, said(Verdict.CONTINUE, meeting="2022-10-11"))
    assert "does not meet on 2022" in description(runs("FW")[0])


def test_a_deferral_is_recorded_and_the_same_run_waits_for_the_next_board(replay: "Replay") -> None:
    [before] = runs("TUITION")
    replay.answer("TUITION", Stage.REVIEW, said(Verdict.DEFER, minute="6.9"))
    [after] = runs("TUITION")
    assert after.id == before.id
    with reading(Settings().database) as session:
        assert cycle(session, "TUITION").version == 2


def test_a_verdict_through_the_form_moves_the_contract_and_the_next_stage_begins(replay: "Replay") -> None:
    [before] = runs("APL")
    replay.answer("APL", Stage.NEEDS_ANALYSIS, said(Verdict.RECOMMISSION))
    assert stage("APL") is Stage.RECOMMISSION
    [after] = runs("APL")
    assert after.visit.stage is Stage.RECOMMISSION
    assert after.state == "PAUSED"
    [ended] = [run for run in runs("APL", "COMPLETED") if run.id == before.id]
    assert "recommission on 10 October 2022 (minute 6.1)" in message(ended)


def test_a_verdict_from_elsewhere_ends_the_run_that_waited(replay: "Replay") -> None:
    [before] = runs("BLOCK")
    replay.run(
        "record-verdict", ["BLOCK"], reference="BLOCK", gate="review", verdict="start review", meeting=BOARD,
        minute="6.2", reason="As minuted.", despite="the report follows", replayed=True,
    )  # fmt: skip
    replay.work()
    [ended] = [run for run in runs("BLOCK", "COMPLETED") if run.id == before.id]
    assert "start review" in message(ended)
    assert [run.visit.stage for run in runs("BLOCK")] == [Stage.NEEDS_ANALYSIS]


def test_a_verdict_taken_while_prefect_was_down_is_followed_later_once(
    replay: "Replay", rules: Rules
) -> None:
    with unit_of_work(Settings().database) as session:
        decision = Decision(
            "FW",
            Stage.REVIEW,
            Verdict.START_REVIEW,
            BOARD,
            "As minuted.",
            "6.3",
            despite="the report follows",
        )
        record_verdict(session, decision, datetime(2022, 10, 10, 12, tzinfo=UTC), rules)
    done = reconcile(BOARD)
    assert (done["cancel"], done["launch"]) == (1, 1)
    replay.work()
    assert {name: count for name, count in reconcile(BOARD).items() if name != "rename"} == {}
    [cancelled] = runs("FW", "CANCELLED")
    assert "start review on 10 October 2022" in message(cancelled)
    assert [run.visit.stage for run in runs("FW")] == [Stage.NEEDS_ANALYSIS]


def test_a_doubled_run_is_closed_and_a_lost_one_parked_again(replay: "Replay", rules: Rules) -> None:
    from prefect.client.orchestration import get_client

    from flows.runs import launch
    from models.opening import standings

    with reading(Settings().database) as session, get_client(sync_client=True) as client:
        [one] = standings(session, rules, BOARD, "OLD")
        deployment = client.read_deployment_by_name(f"{one.visit.stage}/{one.visit.stage}")
        launch(client, deployment.id, one, BOARD, 99)
    assert reconcile(BOARD)["cancel"] == 1
    replay.work()
    [left] = runs("OLD")
    assert left.state == "PAUSED"
    with get_client(sync_client=True) as client:
        client.delete_flow_run(left.id)
    assert reconcile(BOARD)["park"] == 1
    [parked] = runs("OLD")
    assert parked.has_form
    replay.answer("OLD", Stage.REVIEW, said(Verdict.DEFER, minute="6.8"))
    assert [run.id for run in runs("OLD")] == [parked.id]


def test_a_run_whose_process_is_gone_starts_again_and_keeps_the_answer_it_was_given(
    replay: "Replay",
) -> None:
    from prefect.client.orchestration import get_client
    from prefect.states import Running

    [run] = runs("OLD")
    with get_client(sync_client=True) as client:
        client.resume_flow_run(run.id, run_input=said(Verdict.DEFER, meeting="2022-12-12", minute="6.4"))
        client.set_flow_run_state(run.id, Running(), force=True)  # and killed before the answer was recorded
    assert reconcile(BOARD, stuck_after=timedelta(0))["revive"] == 1
    replay.work()
    assert [one.id for one in runs("OLD")] == [run.id]
    with reading(Settings().database) as session:
        decided = [(one.verdict, one.on) for one in history(session, cycle(session, "OLD"))]
    assert decided[-1] == (Verdict.DEFER, NEXT)


def test_names_follow_the_boards_calendar(replay: "Replay") -> None:
    reconcile(NEXT - timedelta(days=20))
    assert runs("TUITION")[0].name == "TUITION · review · awaiting Board 12 December 2022"


def test_a_new_version_takes_a_run_over_at_the_next_stage_and_an_unknown_one_is_refused_with_the_list(
    replay: "Replay",
) -> None:
    changed = dict(stages.NEXT_STAGE) | {(Stage.REVIEW, Verdict.START_REVIEW): Stage.RECOMMISSION}
    with pytest.MonkeyPatch.context() as newer:
        newer.setitem(stages.TABLES, 2, changed)
        for module in ("lifecycle.stages", "models.transitions"):
            newer.setattr(f"{module}.VERSION", 2)
        replay.answer("TUITION", Stage.REVIEW, said(Verdict.START_REVIEW, meeting=NEXT.isoformat()))
        assert stage("TUITION") is Stage.NEEDS_ANALYSIS  # as the version says that it was started under
    with pytest.raises(UnknownVersion, match=r"1 contracts.*TUITION \(needs analysis, version 2\)"):
        reconcile(NEXT)
    with unit_of_work(Settings().database) as session:  # as the next release would find it
        cycle(session, "TUITION").table_version = 1
    assert "launch" not in reconcile(NEXT)
