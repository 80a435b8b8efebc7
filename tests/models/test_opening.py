"""A contract comes into the record in the middle of its cycle, once, where it can have come to."""

import pytest

from lifecycle.stages import Stage, Verdict
from models.contracts import Contract
from models.cycles import Cycle
from models.opening import CycleRefused, Visit, begin, mark_opened, standings
from models.planning import Rules
from models.session import reading, unit_of_work
from tests.town import NOW, TODAY, contract, cycle, milestones


def without_cycle(url: str) -> None:
    with unit_of_work(url) as session:
        session.delete(cycle(session, "BLOCK"))


def start(
    url: str, rules: Rules, reference: str = "BLOCK", stage: Stage = Stage.PROCUREMENT, direction: Verdict | None = None
) -> Cycle:  # fmt: skip
    with unit_of_work(url) as session:
        return begin(session, reference, stage, direction, "owner", TODAY, NOW, rules)


@pytest.mark.parametrize(
    ("stage", "direction", "then", "gates"),
    [
        (Stage.REVIEW, None, None, ["contract review", "direction", "authority to tender", "award"]),
        (Stage.NEEDS_ANALYSIS, None, None, ["direction", "authority to tender", "award"]),
        (Stage.PROCUREMENT, None, Verdict.RECOMMISSION, ["award"]),
        (Stage.MOBILISATION, Verdict.REMODEL, Verdict.REMODEL, []),
        (Stage.DECOMMISSION, None, Verdict.DECOMMISSION, []),
    ],
)
def test_it_has_the_direction_and_the_dates_of_its_stage_and_its_flow_is_to_start(
    stage: Stage, direction: Verdict | None, then: Verdict | None, gates: list[str], town: str, rules: Rules
) -> None:
    without_cycle(town)
    start(town, rules, stage=stage, direction=direction)
    with reading(town) as session:
        begun = cycle(session, "BLOCK")
        assert (begun.stage, begun.direction, begun.visit, begun.stage_since) == (stage, then, 1, TODAY)
        [stands] = standings(session, rules, TODAY, "BLOCK")
        assert (stands.visit, stands.opened) == (Visit("BLOCK", stage, 1), False)
    assert {one.gate for one in milestones(town, "BLOCK").values() if one.gate and not one.met_on} == set(
        gates
    )
    with unit_of_work(town) as session:
        assert mark_opened(session, Visit("BLOCK", stage, 1), NOW)
        assert not mark_opened(session, Visit("BLOCK", stage, 1), NOW)
        assert standings(session, rules, TODAY, "BLOCK")[0].opened


def test_beginning_it_again_in_the_same_stage_changes_nothing(town: str, rules: Rules) -> None:
    without_cycle(town)
    assert start(town, rules).id == start(town, rules).id


@pytest.mark.parametrize(
    ("reference", "stage", "direction", "says"),
    [
        ("NOBODY", Stage.REVIEW, None, "import it first"),
        ("FW/01", Stage.REVIEW, None, "it follows its framework"),
        ("SPOT-0001", Stage.REVIEW, None, "follows the child's plan"),
        ("APL", Stage.PROCUREMENT, None, 'stands in the stage "needs analysis" already'),
        ("BLOCK", Stage.CLOSED, None, "begins in an open stage"),
        ("BLOCK", Stage.PROCUREMENT, Verdict.DECOMMISSION, 'does not lead to the stage "procurement"'),
        ("BLOCK", Stage.REVIEW, Verdict.REMODEL, 'does not lead to the stage "review"'),
    ],
)  # fmt: skip
def test_what_cannot_be_begun_is_refused(
    reference: str, stage: Stage, direction: Verdict | None, says: str, town: str, rules: Rules
) -> None:
    without_cycle(town)
    with pytest.raises(CycleRefused, match=says):
        start(town, rules, reference, stage, direction)


def test_a_contract_that_ended_has_no_cycle_to_begin(town: str, rules: Rules) -> None:
    without_cycle(town)
    with unit_of_work(town) as session:
        ended: Contract = contract(session, "BLOCK")
        ended.actual_end = TODAY
        session.add(ended)
    with pytest.raises(CycleRefused, match="ended on 2022-04-25"):
        start(town, rules)
