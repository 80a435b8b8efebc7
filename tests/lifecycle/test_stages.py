"""The one table of the cycle, walked in full: nothing moves but by a move that stands in it."""

from itertools import product

import pytest

from lifecycle.stages import (
    GATES,
    NEXT_STAGE,
    OUT_OF_TURN,
    Completion,
    IllegalMove,
    Move,
    Stage,
    Verdict,
    legal_moves,
    next_stage,
)

MOVES: tuple[Move, ...] = (*Verdict, *Completion)


@pytest.mark.parametrize(("stage", "move"), list(product(Stage, MOVES)), ids=str)
def test_what_stands_in_the_table_moves_and_whatever_is_absent_is_refused(stage: Stage, move: Move) -> None:
    if (stage, move) in NEXT_STAGE:
        assert next_stage(stage, move) is NEXT_STAGE[stage, move]
        return
    with pytest.raises(IllegalMove) as refused:
        next_stage(stage, move)
    told = str(refused.value)
    assert f'"{move}"' in told
    assert f'"{stage}"' in told
    assert all(legal in told for legal in legal_moves(stage))


def reachable(start: Stage) -> set[Stage]:
    found, ahead = set[Stage](), [start]
    while ahead:
        stage = ahead.pop()
        if stage not in found:
            found.add(stage)
            ahead += [NEXT_STAGE[stage, move] for move in legal_moves(stage)]
    return found


def test_every_stage_can_be_reached_from_review() -> None:
    assert reachable(Stage.REVIEW) == set(Stage)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.CLOSED])
def test_every_open_stage_leads_on_and_in_the_end_to_the_close(stage: Stage) -> None:
    assert {NEXT_STAGE[stage, move] for move in legal_moves(stage)} - {stage}
    assert Stage.CLOSED in reachable(stage)


def test_nothing_leaves_a_closed_cycle() -> None:
    assert legal_moves(Stage.CLOSED) == ()


@pytest.mark.parametrize("stage", list(Stage))
def test_a_stage_ends_by_the_boards_verdict_or_by_completed_work_never_by_both(stage: Stage) -> None:
    kinds = {type(move) for move in legal_moves(stage) if move not in OUT_OF_TURN}
    assert kinds == ({Verdict} if stage in GATES else set() if stage is Stage.CLOSED else {Completion})


@pytest.mark.parametrize("stage", list(GATES))
@pytest.mark.parametrize("stay", [Verdict.DEFER, Verdict.REFER_BACK])
def test_the_board_may_put_off_every_decision_and_nothing_moves(stage: Stage, stay: Verdict) -> None:
    assert next_stage(stage, stay) is stage
