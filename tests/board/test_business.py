"""Actions, exceptions and business cases: set once, chased once, on the agenda until a Board has dealt with them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, select

from board import actions, agenda, business, chasing, letters
from board.actions import ActionRefused
from board.business import BusinessRefused, Case
from board.superseding import last_verdict
from board.verdicts import Decision, record_verdict
from lifecycle.stages import Stage, Verdict
from models.agenda import ItemKind, ItemState
from models.business import CaseState, Severity
from models.people import Person
from models.planning import Rules
from models.session import unit_of_work
from tests.town import NOW, OWNER, TODAY, contract, cycle, fill_checklist, noon

BOARD = date(2022, 6, 13)
DUE = date(2022, 7, 29)
EDGE = Case("Edge of care", "A team that keeps families together.", Decimal(900000), Decimal(120000), Decimal(300000), "reserves")  # fmt: skip


def post(session: Session, title: str = OWNER) -> Person:
    return session.exec(select(Person).where(Person.title == title)).one()


def test_an_action_is_set_once_however_often_it_is_said(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        held = agenda.hold(session, BOARD, rules)
        first = actions.set_action(session, held, "Bring prices.", post(session), DUE, "x", NOW)
        again = actions.set_action(session, held, "Bring prices.", post(session), DUE, "x", NOW)
        assert (first.id, first.reference) == (again.id, "2022-06-13/1")
        with pytest.raises(ActionRefused, match="falls due after that day"):
            actions.set_action(session, held, "Too early.", post(session), BOARD, "x", NOW)


def test_an_action_is_chased_before_on_and_after_its_day_each_time_once(town: str, rules: Rules) -> None:
    calendar, told = rules.policy.calendar(), []
    with unit_of_work(town) as session:
        held = agenda.hold(session, BOARD, rules)
        made = actions.set_action(session, held, "Bring prices.", post(session), DUE, "x", NOW)
        day = BOARD
        while day < DUE + timedelta(days=30):
            for _ in range(2):  # run twice a day, nobody is told twice
                fresh = chasing.new(session, actions.chases(session, day, calendar), day)
                told += [(day, one.person_id) for one in fresh]
            day += timedelta(days=1)
        owner, manager = post(session).id, post(session).manager_id
        assert [(on, who) for on, who in told] == [
            (date(2022, 7, 15), owner), (date(2022, 7, 26), owner), (DUE, owner), (date(2022, 8, 5), owner),
            (date(2022, 8, 12), owner), (date(2022, 8, 12), manager), (date(2022, 8, 19), owner),
            (date(2022, 8, 19), manager), (date(2022, 8, 26), owner), (date(2022, 8, 26), manager),
        ]  # fmt: skip
        actions.done(session, made, "report of 1 September", date(2022, 9, 1), "x", NOW)
        assert actions.chases(session, date(2022, 9, 30), calendar) == []


def test_a_missed_night_reminds_with_the_newest_reminder_only(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        held = agenda.hold(session, BOARD, rules)
        actions.set_action(session, held, "Bring prices.", post(session), DUE, "x", NOW)
        late = actions.chases(session, DUE + timedelta(days=1), rules.policy.calendar())
        assert ["(due on 29 July 2022, 1 day ago)" in one.line for one in late] == [True]


@pytest.mark.parametrize("slip", ["done", "cancelled"])
def test_what_was_said_of_an_action_by_mistake_is_taken_back(town: str, rules: Rules, slip: str) -> None:
    with unit_of_work(town) as session:
        held = agenda.hold(session, BOARD, rules)
        made = actions.set_action(session, held, "Bring prices.", post(session), DUE, "x", NOW)
        if slip == "done":
            actions.done(session, made, "a report", DUE, "x", NOW)
        else:
            actions.cancel(session, made, "overtaken", "x", NOW)
        assert actions.open_ones(session) == []
        actions.reopen(session, made, "x", NOW)
        assert actions.open_ones(session) == [made]


def test_open_actions_stand_on_the_next_agenda_and_not_on_their_own(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        held = agenda.hold(session, BOARD, rules)
        actions.set_action(session, held, "Bring prices.", post(session), DUE, "x", NOW)
        kinds = [item.kind for item in agenda.compute(session, held, rules)]
        assert ItemKind.ACTIONS not in kinds
        following = agenda.hold(session, rules.boards.after(BOARD), rules)
        assert ItemKind.ACTIONS in [item.kind for item in agenda.compute(session, following, rules)]


def test_an_exception_needs_what_why_and_what_is_done(town: str) -> None:
    with unit_of_work(town) as session:
        block = contract(session, "BLOCK")
        for trigger, what, action in (("", "a", "b"), ("a", " ", "b"), ("a", "b", "")):
            with pytest.raises(BusinessRefused, match="say what"):
                business.raise_exception(
                    session, block, trigger, Severity.LOW, what, action, post(session), TODAY, NOW
                )
        made = business.raise_exception(
            session, block, "late", Severity.LOW, "a", "b", post(session), TODAY, NOW
        )
        again = business.raise_exception(
            session, block, "late", Severity.LOW, "a", "b", post(session), TODAY, NOW
        )
        assert (made.reference, made.id) == ("EX-1", again.id)


def test_a_case_goes_from_the_board_to_the_senior_leadership_team_and_back(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        made = business.submit(session, EDGE, post(session), TODAY, NOW)
        held = agenda.hold(session, BOARD, rules)
        [item] = [one for one in agenda.compute(session, held, rules) if one.kind is ItemKind.BUSINESS_CASE]
        with pytest.raises(BusinessRefused, match="has not recommended it"):
            business.decided(session, made, True, BOARD, "SLT 1", "x", NOW)
        made.state, made.recommended_on, made.slt_due_on = CaseState.RECOMMENDED, BOARD, DUE
        item.state = ItemState.DECIDED
        session.add_all([made, item])
        reminded = business.chases(session, DUE, rules.policy.calendar())
        assert ["senior leadership team" in one.line for one in reminded] == [True]
        business.decided(session, made, True, DUE, "SLT 2022/9", "x", noon(DUE))
        assert business.chases(session, DUE, rules.policy.calendar()) == []
        following = agenda.hold(session, rules.boards.after(BOARD), rules)
        [heard] = [one for one in agenda.compute(session, following, rules) if one.kind is ItemKind.SLT]
        assert heard.why == "approved on 29 July 2022"


@pytest.mark.parametrize(
    "wrong", [{"saving": Decimal(1_000_000)}, {"investment": Decimal(-1)}, {"title": " "}]
)
def test_a_case_that_cannot_be_is_refused(town: str, wrong: dict[str, object]) -> None:
    with unit_of_work(town) as session, pytest.raises(BusinessRefused):
        business.submit(session, replace(EDGE, **wrong), post(session), TODAY, NOW)  # type: ignore[arg-type]  # a table of fields


def test_one_message_tells_a_post_all_it_owes() -> None:
    owed = [chasing.Chase(1, "a", "Action 1: do."), chasing.Chase(2, "b", "Item 2: send."), chasing.Chase(1, "c", "Action 3: do.")]  # fmt: skip
    first, second = letters.reminders(owed, BOARD)
    assert (first.person_id, first.subject) == (1, "2 matters of the Board's wait for you")
    assert (second.person_id, second.subject) == (2, "Item 2: reminder")
    assert "- Action 3: do." in first.lines


def test_what_a_verdict_is_subject_to_is_an_action_until_another_supersedes_it(
    town: str, rules: Rules
) -> None:
    fill_checklist(town, rules, "APL", BOARD)
    said = Decision(
        "APL", Stage.NEEDS_ANALYSIS, Verdict.RECOMMISSION, BOARD, "As minuted.", "6.1", "Prices by area are brought."
    )  # fmt: skip
    with unit_of_work(town) as session:
        record_verdict(session, said, noon(BOARD), rules)
        record_verdict(session, said, noon(BOARD), rules)
        [asked] = actions.open_ones(session)
        assert (asked.what, asked.due_on) == (
            "Meet what minute 6.1 is subject to: Prices by area are brought.",
            rules.boards.after(BOARD),
        )
        wrong = last_verdict(session, cycle(session, "APL"))
        right = replace(said, minute="6.2", conditions="", supersedes=wrong.id if wrong else None)
        record_verdict(session, right, noon(BOARD), rules)
        assert actions.open_ones(session) == []
        assert asked.cancelled_because.startswith("superseded by minute 6.2")
