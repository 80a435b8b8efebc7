"""The one table of the cycle, walked in full: nothing moves but by a move that stands in it."""

from itertools import product
from pathlib import Path

import pytest

from lifecycle import stages
from lifecycle.stages import (
    GATES,
    NEXT_STAGE,
    OUT_OF_TURN,
    STAYS,
    VERSION,
    Completion,
    IllegalMove,
    Move,
    Stage,
    UnknownVersion,
    Verdict,
    legal_moves,
    mermaid,
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


@pytest.mark.parametrize(
    ("stage", "back"),
    [
        (Stage.NEEDS_ANALYSIS, Stage.REVIEW),
        (Stage.REMODEL, Stage.NEEDS_ANALYSIS),
        (Stage.RECOMMISSION, Stage.NEEDS_ANALYSIS),
        (Stage.PROCUREMENT, Stage.RECOMMISSION),
        (Stage.MOBILISATION, Stage.PROCUREMENT),
        (Stage.DECOMMISSION, Stage.NEEDS_ANALYSIS),
    ],
)
def test_a_stage_is_put_back_to_the_one_before(stage: Stage, back: Stage) -> None:
    assert next_stage(stage, Verdict.PUT_BACK) is back


def test_a_remodelled_service_is_put_back_to_where_it_came_from_and_not_to_a_procurement() -> None:
    assert next_stage(Stage.MOBILISATION, Verdict.PUT_BACK, direction=Verdict.REMODEL) is Stage.REMODEL
    assert (
        next_stage(Stage.MOBILISATION, Verdict.PUT_BACK, direction=Verdict.RECOMMISSION) is Stage.PROCUREMENT
    )
    assert next_stage(Stage.REMODEL, Verdict.PUT_BACK, direction=Verdict.REMODEL) is Stage.NEEDS_ANALYSIS


def test_a_stage_keeps_to_the_version_of_the_table_it_was_opened_under(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed = {**NEXT_STAGE, (Stage.REMODEL, Verdict.APPROVE): Stage.RECOMMISSION}
    monkeypatch.setattr(stages, "TABLES", {1: NEXT_STAGE, 2: changed})
    assert next_stage(Stage.REMODEL, Verdict.APPROVE, 1) is Stage.MOBILISATION
    assert next_stage(Stage.REMODEL, Verdict.APPROVE, 2) is Stage.RECOMMISSION


@pytest.mark.parametrize("version", [0, VERSION + 1])
def test_a_version_that_this_release_does_not_have_is_refused_in_words(version: int) -> None:
    says = f"opened under version {version} of the cycle; this release knows"
    with pytest.raises(UnknownVersion, match=says):
        next_stage(Stage.REVIEW, Verdict.CONTINUE, version)
    with pytest.raises(UnknownVersion, match=says):
        legal_moves(Stage.REVIEW, version)


def test_the_newest_version_is_among_the_tables() -> None:
    assert stages.TABLES[VERSION] is NEXT_STAGE


def test_the_picture_in_the_readme_is_the_table() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    cycle = readme.split("## The cycle\n", 1)[1].split("\n## ", 1)[0]
    assert f"```mermaid\n{mermaid()}\n```" in cycle
    assert all(f"**{verdict}**" in cycle for verdict in (*OUT_OF_TURN, *STAYS))
