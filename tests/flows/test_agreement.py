"""What reconcile does about every way in which the runs can differ from the record: nothing else is needed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from flows.agreement import (
    Action,
    Cancel,
    Launch,
    Park,
    Rename,
    Revive,
    RunState,
    StageRun,
    disagreements,
)
from lifecycle.stages import Kind, Stage
from models.opening import Standing, Visit

AT = datetime(2022, 10, 10, 12, tzinfo=UTC)
HERE = Visit("NAPL", Stage.PROCUREMENT, 4)
PAST = Visit("NAPL", Stage.RECOMMISSION, 3)
STANDS = Standing(HERE, True, "Children", Kind.PROVIDER_LIST, 1, date(2023, 6, 12))
NEW = replace(STANDS, opened=False)
NAME = "NAPL · procurement · awaiting Board 12 June 2023"


def run(
    state: RunState, visit: Visit = HERE, minutes: float = 1, starts: int = 1, **more: object
) -> StageRun:
    made = StageRun(uuid4(), visit, NAME, state, AT - timedelta(minutes=minutes), True, starts)
    return replace(made, **more)  # type: ignore[arg-type]  # the fields that a case names


def kinds(actions: Iterable[Action]) -> list[tuple[str, UUID | None]]:
    return [(type(one).__name__, getattr(getattr(one, "run", None), "id", None)) for one in actions]


def seen(record: list[Standing], live: list[StageRun], lost: list[StageRun] | None = None) -> list[Action]:
    return list(disagreements(record, live, lost or [], AT, timedelta(minutes=30)))


@pytest.mark.parametrize("state", [RunState.SCHEDULED, RunState.PENDING, RunState.RUNNING, RunState.PAUSED])
def test_one_live_run_for_the_present_visit_is_all_there_should_be(state: RunState) -> None:
    assert seen([STANDS], [run(state)]) == []
    assert seen([NEW], [run(state)]) == []


def test_a_stage_without_a_run_gets_one() -> None:
    assert seen([NEW], []) == [Launch(NEW, 0)]
    assert seen([STANDS], []) == [Park(STANDS, 0)]


def test_a_run_that_an_operator_cancelled_while_the_stage_lasts_is_put_back_under_another_key() -> None:
    assert seen([STANDS], [], [run(RunState.CANCELLED)]) == [Park(STANDS, 1)]


@pytest.mark.parametrize("state", [RunState.SCHEDULED, RunState.PAUSED])
def test_a_run_whose_stage_is_past_is_cancelled(state: RunState) -> None:
    old, now = run(state, PAST), run(RunState.PAUSED)
    assert seen([STANDS], [old, now]) == [Cancel(old, doubled=False)]
    assert seen([], [old]) == [Cancel(old, doubled=False)]


def test_a_run_at_work_for_a_past_stage_is_left_to_look_for_itself_until_it_is_stuck() -> None:
    assert seen([STANDS], [run(RunState.RUNNING, PAST), run(RunState.PAUSED)]) == []
    stuck = run(RunState.RUNNING, PAST, minutes=31)
    assert seen([STANDS], [stuck, run(RunState.PAUSED)]) == [Cancel(stuck, doubled=False)]


def test_of_doubled_runs_the_one_that_may_carry_an_answer_stays() -> None:
    waits, resumed, later = run(RunState.PAUSED, minutes=9), run(RunState.SCHEDULED), run(RunState.PAUSED)
    assert seen([STANDS], [waits, resumed, later]) == [
        Cancel(waits, doubled=True),
        Cancel(later, doubled=True),
    ]


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.PENDING])
def test_a_run_that_lost_its_process_starts_again(state: RunState) -> None:
    stuck = run(state, minutes=31)
    assert seen([STANDS], [stuck]) == [Revive(stuck)]
    assert seen([STANDS], [run(state, minutes=29)]) == []


def test_a_crashed_run_starts_again_at_once_and_keeps_its_answers() -> None:
    older, crashed = run(RunState.CANCELLED, minutes=9), run(RunState.CRASHED)
    assert kinds(seen([STANDS], [], [crashed, older])) == [("Revive", crashed.id)]


@pytest.mark.parametrize(
    ("starts", "minutes", "again"),
    [
        (1, 9, False),
        (1, 10, True),
        (2, 19, False),
        (2, 20, True),
        (3, 39, False),
        (3, 40, True),
        (50, 1441, True),
    ],
)
def test_what_fails_is_tried_again_later_each_time_and_never_given_up(
    starts: int, minutes: int, again: bool
) -> None:
    failed = run(RunState.FAILED, minutes=minutes, starts=starts)
    assert seen([STANDS], [], [failed]) == ([Revive(failed)] if again else [])


def test_a_parked_run_that_was_left_without_its_form_is_finished() -> None:
    half = run(RunState.PAUSED, has_form=False, minutes=3)
    assert seen([STANDS], [half]) == [Park(STANDS, 0, half)]
    assert seen([STANDS], [replace(half, since=AT - timedelta(minutes=1))]) == []


def test_a_run_that_waits_for_another_board_than_its_name_says_is_renamed() -> None:
    waits = run(RunState.PAUSED, name="NAPL · procurement · awaiting Board 17 April 2023")
    assert seen([STANDS], [waits]) == [Rename(waits, NAME)]
