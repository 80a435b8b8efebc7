"""A stage's checklist: each item once, with what shows it, on the visit it belongs to."""

from datetime import timedelta

import pytest
from sqlmodel import select

from board.verdicts import Decision, record_verdict
from lifecycle.stages import Stage, Verdict
from models import audit
from models.checklists import StepRefused, checklist, complete, missing, withdraw
from models.cycles import ChecklistEntry
from models.planning import Rules
from models.session import reading, unit_of_work
from tests.town import OWNER, TODAY, contract, cycle, fill_checklist, noon

ITEM = "market engagement"


def step(url: str, rules: Rules, item: str = ITEM, evidence: str = "DMS/7", days: int = 0) -> bool:
    with unit_of_work(url) as session:
        return complete(
            session, contract(session, "APL"), cycle(session, "APL"), rules.policy, item, evidence, OWNER,
            TODAY + timedelta(days=days), noon(TODAY),
        )  # fmt: skip


def take_back(url: str, item: str = ITEM, because: str = "another contract's") -> None:
    with unit_of_work(url) as session:
        withdraw(session, contract(session, "APL"), cycle(session, "APL"), item, because, OWNER, noon(TODAY))


def lacking(url: str, rules: Rules) -> tuple[str, ...]:
    with reading(url) as session:
        return missing(session, contract(session, "APL"), cycle(session, "APL"), rules.policy)


def test_an_item_is_recorded_once_with_its_evidence_and_in_the_trail(town: str, rules: Rules) -> None:
    assert step(town, rules, ITEM.upper(), " DMS/7 ")
    assert not step(town, rules, evidence="another")
    with reading(town) as session:
        lines = checklist(session, contract(session, "APL"), cycle(session, "APL"), rules.policy)
        there = [(line.item, line.evidence, line.on, line.recorded_by) for line in lines if line.on]
        assert there == [(ITEM, "DMS/7", TODAY, OWNER)]
        events = session.exec(
            select(audit.AuditEvent).where(audit.AuditEvent.action == "checklist item completed")
        ).all()
        assert len(events) == 1
    assert ITEM not in lacking(town, rules)
    assert len(lacking(town, rules)) == 7


@pytest.mark.parametrize(
    ("item", "evidence", "days", "says"),
    [
        ("market engagment", "DMS/7", 0, 'asks for no "market engagment"; did you mean "market engagement"?'),
        ("a wish", "DMS/7", 0, "it asks for: needs and sufficiency analysis, spend and benchmarking"),
        ("evaluation", "DMS/7", 0, 'the stage "needs analysis" asks for no "evaluation"'),
        (ITEM, "  ", 0, "needs evidence"),
        (ITEM, "DMS/7", 1, "2022-04-26, a day that is still to come"),
    ],
    ids=["misspelt", "nothing like it", "another stage's", "no evidence", "tomorrow"],
)
def test_what_cannot_be_recorded_is_refused(
    item: str, evidence: str, days: int, says: str, town: str, rules: Rules
) -> None:
    with pytest.raises(StepRefused, match=says.replace("?", r"\?")):
        step(town, rules, item, evidence, days)
    assert ITEM in lacking(town, rules)


def test_an_item_taken_back_stays_on_record_as_withdrawn_and_may_be_recorded_again(
    town: str, rules: Rules
) -> None:
    step(town, rules)
    take_back(town)
    assert ITEM in lacking(town, rules)
    assert step(town, rules, evidence="DMS/8")
    with reading(town) as session:
        rows = session.exec(select(ChecklistEntry).order_by(ChecklistEntry.id)).all()  # type: ignore[arg-type]
        assert [(row.evidence, row.withdrawn_because) for row in rows] == [
            ("DMS/7", "another contract's"), ("DMS/8", ""),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "because", "says"), [("paper", "x", "is not on record"), (ITEM, " ", "say why")]
)
def test_only_what_is_there_is_taken_back_and_with_a_reason(
    item: str, because: str, says: str, town: str, rules: Rules
) -> None:
    step(town, rules)
    with pytest.raises(StepRefused, match=says):
        take_back(town, item, because)


def test_a_stage_that_is_come_to_again_asks_for_everything_again(town: str, rules: Rules) -> None:
    board = rules.boards.after(TODAY)
    fill_checklist(town, rules, "APL")
    for gate, verdict in ((Stage.NEEDS_ANALYSIS, Verdict.REMODEL), (Stage.REMODEL, Verdict.PUT_BACK)):
        said = Decision("APL", gate, verdict, board, "As minuted.", "6.1")
        with unit_of_work(town) as session:
            record_verdict(session, said, noon(board), rules)
    with reading(town) as session:
        assert (cycle(session, "APL").stage, cycle(session, "APL").visit) == (Stage.NEEDS_ANALYSIS, 3)
    assert len(lacking(town, rules)) == 8
