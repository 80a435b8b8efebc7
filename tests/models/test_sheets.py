"""Whose move it is, told from the record in every situation, and who waits worst."""

from datetime import date

import pytest

from board.verdicts import Decision, record_verdict
from lifecycle.stages import Stage, Verdict
from models.columns import identity
from models.contracts import JointAuthority
from models.planning import Rules
from models.session import reading, unit_of_work
from models.sheets import NoContract, Sheet, sheet, waiting
from tests.town import OFFICER, TEACHING, TODAY, contract, cycle, fill_checklist, noon

BOARD, NEXT, THEN = date(2022, 6, 13), date(2022, 8, 8), date(2022, 12, 12)
DERBY = "Derby City Council"


def see(url: str, rules: Rules, reference: str = "APL", on: date = TODAY) -> Sheet:
    with reading(url) as session:
        return sheet(session, reference, rules, on)


def decide(url: str, rules: Rules, gate: Stage, verdict: Verdict, on: date) -> None:
    fill_checklist(url, rules, "APL", on)
    with unit_of_work(url) as session:
        record_verdict(session, Decision("APL", gate, verdict, on, "As minuted.", "6.1"), noon(on), rules)


def to_mobilisation(url: str, rules: Rules) -> None:
    for gate, verdict, on in (
        (Stage.NEEDS_ANALYSIS, Verdict.RECOMMISSION, BOARD),
        (Stage.RECOMMISSION, Verdict.APPROVE, NEXT),
        (Stage.PROCUREMENT, Verdict.AWARD, THEN),
    ):
        decide(url, rules, gate, verdict, on)


def test_while_items_are_missing_it_is_the_move_of_those_who_provide_them(town: str, rules: Rules) -> None:
    seen = see(town, rules)
    assert seen.move == f"{TEACHING}, finance, legal: 7 items of the checklist"
    assert "paper" in seen.lacking


def test_with_the_checklist_complete_it_is_the_boards(town: str, rules: Rules) -> None:
    fill_checklist(town, rules, "APL", without="paper")
    assert see(town, rules).move == "the Board of 13 June 2022: direction"


def test_while_a_verdict_waits_it_is_the_partners(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        key = identity(contract(session, "APL"))
        for name in (rules.policy.board.council, DERBY):
            session.add(JointAuthority(contract_id=key, name=name))
    decide(town, rules, Stage.NEEDS_ANALYSIS, Verdict.REMODEL, BOARD)
    seen = see(town, rules, on=BOARD)
    assert seen.move == f"{DERBY}: to agree to remodel"
    assert seen.partners == ((DERBY, "has not decided"),)
    assert [what for _, what, _ in seen.history] == ["remodel (Board, minute 6.1) (waits for partners)"]


def test_where_no_gate_ends_the_stage_it_is_the_owners(town: str, rules: Rules) -> None:
    to_mobilisation(town, rules)
    fill_checklist(town, rules, "APL", THEN)
    assert see(town, rules, on=THEN).move == f"{TEACHING}: to say that mobilisation is completed"


@pytest.mark.parametrize(("reference", "owner"), [("FW/01", OFFICER), ("SPOT-0001", OFFICER)])
def test_what_has_no_cycle_is_nobodys_move(reference: str, owner: str, town: str, rules: Rules) -> None:
    seen = see(town, rules, reference)
    assert (seen.stage, seen.owner, seen.move) == (None, owner, "nobody's: it has no cycle of its own")
    assert seen.follows == ("FW" if reference == "FW/01" else None)


def test_a_closed_cycle_is_nobodys_move_and_waits_for_nobody(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        closed = cycle(session, "OLD")
        closed.stage = Stage.CLOSED
        session.add(closed)
    assert see(town, rules, "OLD").move == "nobody's: the cycle is closed"
    with reading(town) as session:
        assert "OLD" not in [one.reference for one in waiting(session, rules, TODAY)]


def test_the_worst_comes_first(town: str, rules: Rules) -> None:
    with reading(town) as session:
        found = waiting(session, rules, TODAY)
    floats = [one.float_boards for one in found if one.float_boards is not None]
    assert floats == sorted(floats)
    assert found[0].in_danger
    assert [one.reference for one in found if one.float_boards is None] == [
        one.reference for one in found[len(floats) :]
    ]


def test_a_framework_shows_the_call_offs_that_follow_it(town: str, rules: Rules) -> None:
    assert see(town, rules, "FW").call_offs == ("FW/01", "FW/02")


def test_a_contract_that_nobody_registered_is_said_to_be_unknown(town: str, rules: Rules) -> None:
    with pytest.raises(NoContract, match='no contract "NOBODY"'):
        see(town, rules, "NOBODY")
