"""Items that move no contract are decided once; minutes say what was decided, and change no more once approved."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from board import actions, business, minutes
from board.agenda import add, close, compute, hold, items, table
from board.attendance import AttendanceRefused, attend, declare
from board.decisions import DecisionRefused, ItemSaid, decide, standing
from board.exemptions import PAPER, mark
from board.membership import seat
from board.minutes import MinutesRefused
from board.rendering import pdfcheck
from board.rendering.content import Exemption, Paragraph, Table
from board.superseding import last_verdict
from board.verdicts import Decision, record_verdict
from lifecycle.stages import Stage, Verdict
from models import audit
from models.agenda import AgendaItem, ItemKind, ItemPurpose, ItemState, ItemVerdict
from models.business import CaseState, Severity
from models.meetings import Minutes, Role
from models.people import Person
from models.planning import Rules
from models.session import reading, unit_of_work
from tests.town import DIRECTOR, GROUP, OFFICER, OWNER, TEACHING, TODAY, contract, cycle, noon

BOARD, NEXT, THIRD = date(2022, 6, 13), date(2022, 8, 8), date(2022, 10, 10)
EDGE = business.Case("Edge of care", "A team.", Decimal(900000), Decimal(120000), Decimal(300000), "reserves")
NOTE, APPROVE, RECOMMEND, REFUSE, DEFER, BACK = ItemVerdict


def post(session: Session, title: str = OWNER) -> Person:
    return session.exec(select(Person).where(Person.title == title)).one()


@pytest.fixture
def agenda(town: str, rules: Rules) -> str:
    """A record with an exception, a business case and an item of the secretary's on the agenda of the first Board."""
    with unit_of_work(town) as session:
        business.raise_exception(
            session, contract(session, "BLOCK"), "occupancy below 75%", Severity.HIGH, "Six stood empty.", "A plan.",
            post(session), TODAY, noon(TODAY),
        )  # fmt: skip
        business.submit(session, EDGE, post(session), TODAY, noon(TODAY), contract=contract(session, "FW"))
        held = hold(session, BOARD, rules)
        add(session, held, "Sufficiency strategy", ItemPurpose.DECISION, None, "secretary", noon(TODAY))
        table(session, held, cycle(session, "APL"), contract(session, "APL"), "asked for")
        compute(session, held, rules)
    return town


def item_of(session: Session, rules: Rules, kind: ItemKind, on: date = BOARD, key: str = "") -> AgendaItem:
    held = hold(session, on, rules)
    return next(
        one for one in compute(session, held, rules) if one.kind is kind and (not key or one.key == key)
    )


def say(
    url: str, rules: Rules, kind: ItemKind, verdict: ItemVerdict, on: date = BOARD, **more: Any
) -> AgendaItem:
    """Decide on the one item of that kind (and `key`); `mover` is a post's title."""
    with unit_of_work(url) as session:
        return say_in(session, rules, kind, verdict, on, **more)


def say_in(
    session: Session, rules: Rules, kind: ItemKind, verdict: ItemVerdict, on: date = BOARD, key: str = "", **more: Any
) -> AgendaItem:  # fmt: skip
    if title := more.pop("mover", ""):
        more["moved_by"] = post(session, title)
    item = item_of(session, rules, kind, on, key)
    said = ItemSaid(verdict, **{"minute": "7.1", "reason": "As minuted.", **more})
    decide(session, hold(session, on, rules), item, said, "secretary", noon(on), rules)
    return item


CORRECTION = (
    "Correction: this takes the place of minute 6.1 of 13 June 2022, where “decommission” had been recorded, "
    "which is not what was decided."
)
OTHER, EXCEPTION, CASE, STANDING = (
    ItemKind.OTHER,
    ItemKind.EXCEPTION,
    ItemKind.BUSINESS_CASE,
    ItemKind.STANDING,
)
DECIDED, CARRIED = ItemState.DECIDED, ItemState.CARRIED_OVER


OUTCOMES = [
    (OTHER, NOTE, DECIDED, None), (OTHER, APPROVE, DECIDED, None), (OTHER, REFUSE, DECIDED, None),
    (OTHER, DEFER, CARRIED, None), (OTHER, BACK, CARRIED, None), (EXCEPTION, NOTE, DECIDED, None),
    (EXCEPTION, APPROVE, DECIDED, None), (EXCEPTION, BACK, CARRIED, None),
    (CASE, RECOMMEND, DECIDED, CaseState.RECOMMENDED), (CASE, REFUSE, DECIDED, CaseState.REFUSED),
    (CASE, DEFER, CARRIED, CaseState.SUBMITTED), (CASE, BACK, CARRIED, CaseState.SUBMITTED),
]  # fmt: skip


def test_what_is_decided_on_an_item_says_whether_it_comes_again(
    agenda: str, rules: Rules, subtests: pytest.Subtests
) -> None:
    for kind, verdict, state, case in OUTCOMES:
        with subtests.test(f"{kind}: {verdict}"), unit_of_work(agenda) as session:
            for _ in range(2):  # said twice, recorded once
                assert say_in(session, rules, kind, verdict).state is state
            if case:
                its = business.find_case(session, "BC-1")
                assert its.state is case
                assert its.slt_due_on == (date(2022, 7, 13) if verdict is RECOMMEND else None)
            kinds = {one.kind for one in compute(session, hold(session, NEXT, rules), rules)}
            assert (kind in kinds) is (state is CARRIED)
            trail = session.exec(select(audit.AuditEvent.action)).all()
            assert sum(action.startswith("decided: ") for action in trail) == 1
            session.rollback()


REFUSED: list[tuple[ItemKind, ItemVerdict, dict[str, Any], str]] = [
    (ItemKind.GATE, APPROVE, {}, r"decided by a verdict on APL \(`recommission cycle verdict`\)"),
    (CASE, APPROVE, {}, "the senior leadership team, which approves it"),
    (CASE, NOTE, {}, "it may be: recommend to SLT, refuse, defer, refer back"),
    (OTHER, RECOMMEND, {}, "may not be decided"),
    (STANDING, APPROVE, {"key": "apologies"}, "nothing to approve"),
    (STANDING, REFUSE, {"key": "alerts"}, "it may be: note, approve, defer"),
    (OTHER, NOTE, {"minute": " "}, "name the minute"),
    (CASE, RECOMMEND, {"reason": ""}, "say why the Board decided to recommend"),
    (OTHER, NOTE, {"supersedes": True}, "nothing can be superseded"),
    (STANDING, APPROVE, {"key": "minutes"}, "no minutes of a Board before 13 June 2022"),
]


def test_what_may_not_be_decided_is_refused_with_the_reason(
    agenda: str, rules: Rules, subtests: pytest.Subtests
) -> None:
    for kind, verdict, more, says in REFUSED:
        with (
            subtests.test(f"{kind}: {verdict} {more}"),
            pytest.raises((DecisionRefused, MinutesRefused), match=says),
            unit_of_work(agenda) as session,
        ):
            say_in(session, rules, kind, verdict, **more)
        with reading(agenda) as session:
            there = items(session, hold(session, BOARD, rules))
            assert {one.state for one in there} == {ItemState.TABLED}


def test_what_a_board_will_decide_is_not_recorded_before_it_met_nor_on_anothers_agenda(
    agenda: str, rules: Rules
) -> None:
    with unit_of_work(agenda) as session:
        item, said = item_of(session, rules, OTHER), ItemSaid(NOTE, "7.1")
        with pytest.raises(DecisionRefused, match="has not met yet"):
            decide(session, hold(session, BOARD, rules), item, said, "x", noon(TODAY), rules)
        with pytest.raises(DecisionRefused, match="not on the agenda of the Board of 8 August 2022"):
            decide(session, hold(session, NEXT, rules), item, said, "x", noon(NEXT), rules)


def test_a_quorum_and_conflicts_count_for_items_as_for_verdicts(agenda: str, rules: Rules) -> None:
    with unit_of_work(agenda) as session:
        held = hold(session, BOARD, rules)
        there = [post(session, one) for one in (OWNER, TEACHING, DIRECTOR)]
        attend(session, held, there, [], "x", noon(BOARD))
        declare(session, held, contract(session, "BLOCK"), there[0], "a kin works there", "x", noon(BOARD))
    with pytest.raises(DecisionRefused, match="2 members without a conflict of interest present, 3 needed"):
        say(agenda, rules, EXCEPTION, NOTE)
    assert say(agenda, rules, CASE, RECOMMEND, mover=OWNER).state is DECIDED
    with unit_of_work(agenda) as session:
        attend(session, hold(session, BOARD, rules), [post(session, GROUP)], [], "x", noon(BOARD))
    with pytest.raises(DecisionRefused, match="another member must move it"):
        say(agenda, rules, EXCEPTION, NOTE, mover=OWNER)


def test_a_wrong_decision_is_superseded_and_the_case_stands_as_the_right_one_says(
    agenda: str, rules: Rules
) -> None:
    say(agenda, rules, CASE, RECOMMEND)
    with pytest.raises(DecisionRefused, match=r"minute 7\.1 already records “recommend to SLT”"):
        say(agenda, rules, CASE, DEFER, minute="7.2")
    item = say(agenda, rules, CASE, DEFER, minute="7.2", supersedes=True)
    assert item.state is CARRIED
    with reading(agenda) as session:
        case = business.find_case(session, "BC-1")
        assert (case.state, case.recommended_on, case.slt_due_on) == (CaseState.SUBMITTED, None, None)
        now = standing(session, item)
        assert now
        assert (now.verdict, now.supersedes_id is not None) == (DEFER, True)


def slt_decided(url: str, rules: Rules) -> None:
    with unit_of_work(url) as session:
        business.decided(session, business.find_case(session, "BC-1"), True, NEXT, "SLT 1", "x", noon(NEXT))


def withdrawn(url: str, rules: Rules) -> None:
    with unit_of_work(url) as session:
        business.withdraw(session, business.find_case(session, "BC-1"), "x", noon(NEXT))


def minutes_approved(url: str, rules: Rules) -> None:
    with unit_of_work(url) as session:
        first, second = (hold(session, on, rules) for on in (BOARD, NEXT))
        minutes.draft_minutes(session, first, rules, BOARD)
        minutes.approve(session, first, second, (), rules, "x", noon(NEXT))


@pytest.mark.parametrize(
    ("since", "says"),
    [
        (slt_decided, "the senior leadership team has decided on it since, on 8 August 2022"),
        (withdrawn, "was withdrawn since"),
        (minutes_approved, "the minutes of the Board of 13 June 2022 are approved"),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_what_rests_on_a_decision_keeps_it(since: Any, says: str, agenda: str, rules: Rules) -> None:
    say(agenda, rules, CASE, RECOMMEND)
    since(agenda, rules)
    with pytest.raises((DecisionRefused, AttendanceRefused), match=says):
        say(agenda, rules, CASE, DEFER, minute="7.2", supersedes=True)


def test_a_later_board_that_decided_on_it_keeps_the_earlier_decision(agenda: str, rules: Rules) -> None:
    say(agenda, rules, CASE, DEFER)
    say(agenda, rules, CASE, RECOMMEND, NEXT)
    with pytest.raises(DecisionRefused, match="the Board of 8 August 2022 has decided on it since"):
        say(agenda, rules, CASE, REFUSE, minute="7.2", supersedes=True)


# ---- Minutes


def meet(url: str, rules: Rules) -> None:
    """The first Board as it went: a verdict that is corrected, a conflict, an item in private, an action."""
    with unit_of_work(url) as session:
        held = hold(session, BOARD, rules)
        for title, division, role, substitute in (
            (DIRECTOR, "Commissioning", Role.CHAIR, None), (OWNER, "Commissioning", Role.MEMBER, OFFICER),
            (TEACHING, "Education", Role.MEMBER, None), (GROUP, "Education", Role.MEMBER, None),
        ):  # fmt: skip
            stands_in = post(session, substitute) if substitute else None
            seat(session, post(session, title), division, role, TODAY, stands_in, "x", noon(TODAY))
        there = [post(session, DIRECTOR), post(session, TEACHING), post(session, GROUP)]
        attend(session, held, there, [], "x", noon(BOARD), [(post(session, OFFICER), post(session, OWNER))])
        declare(session, held, contract(session, "BLOCK"), there[1], "a kin works there", "x", noon(BOARD))
        secret = item_of(session, rules, CASE)
        mark(session, secret, PAPER, Exemption(3, "A tender is open."), (PAPER,), "x", noon(BOARD))
        actions.set_action(
            session, held, "Bring prices.", there[1], date(2022, 7, 29), "x", noon(BOARD), secret
        )
        actions.set_action(
            session, held, "Write to the supplier.", there[0], date(2022, 7, 1), "x", noon(BOARD)
        )
        said: dict[str, Any] = {"despite": "heard orally", "options_rejected": "To remodel."}
        needs = Stage.NEEDS_ANALYSIS
        wrong = Decision("APL", needs, Verdict.DECOMMISSION, BOARD, "As minuted.", "6.1", **said)
        record_verdict(session, wrong, noon(BOARD), rules)
        last = last_verdict(session, cycle(session, "APL"))
        assert last
        right = Decision(
            "APL", needs, Verdict.RECOMMISSION, BOARD, "Best for the children.", "6.2", "Yearly.",
            moved_by=TEACHING, supersedes=last.id, **said,
        )  # fmt: skip
        record_verdict(session, right, noon(BOARD), rules)
    say(url, rules, CASE, RECOMMEND, minute="7.1", reason="It pays back in five months.")
    say(url, rules, EXCEPTION, NOTE, minute="8.1")
    with unit_of_work(url) as session:
        close(session, hold(session, BOARD, rules))


def sections(made: Minutes) -> dict[str, list[str]]:
    return {
        one.heading.split(". ")[-1]: [block.text for block in one.blocks if isinstance(block, Paragraph)]
        for one in minutes.document(made).sections
    }


def test_minutes_say_who_was_there_what_was_decided_and_who_is_to_do_what(agenda: str, rules: Rules) -> None:
    meet(agenda, rules)
    with unit_of_work(agenda) as session:
        made = minutes.draft_minutes(session, hold(session, BOARD, rules), rules, BOARD)
    whole = minutes.document(made)
    assert whole.lines == (
        "Held on 13 June 2022 at 10:00, County Hall", "Draft, to be approved at the Board of 8 August 2022"
    )  # fmt: skip
    [attendance] = [block for block in whole.sections[0].blocks if isinstance(block, Table)]
    assert attendance.rows == (
        (DIRECTOR, "chair", "Commissioning", "present"),
        (OWNER, "member", "Commissioning", f"A (apologies); the {OFFICER} stood in"),
        (TEACHING, "member", "Education", "present"),
        (GROUP, "member", "Education", "present"),
    )
    told = sections(made)
    assert told["Apologies for absence"] == [f"Apologies were received from: {OWNER}."]
    interest = f"The {TEACHING} declared an interest in BLOCK: a kin works there."
    assert told["Declarations of interest"] == [interest]
    [gate] = [words for heading, words in told.items() if heading.endswith(": direction")]
    assert gate == [
        f"Minute 6.2: the Board decided to recommission. Moved by the {TEACHING}.",
        "Reason: Best for the children.", "Options rejected: To remodel.", "Conditions: Yearly.",
        "The gate lacked something or had changed; the Board decided all the same: heard orally",
        CORRECTION,
    ]  # fmt: skip
    assert told["Edge of care"] == [
        "Minute 7.1: the Board recommended it to the senior leadership team.",
        "Reason: It pays back in five months.",
        "The senior leadership team is to decide on BC-1 by 13 July 2022.",
        f"Action 2022-06-13/1: Bring prices. The {TEACHING}, by 29 July 2022.",
    ]
    [exception] = [words for heading, words in told.items() if "occupancy" in heading]
    assert exception == [interest, "Minute 8.1: the Board noted it.", "Reason: As minuted."]
    assert told["Sufficiency strategy"] == ["It was not decided, and is carried over to the next Board."]
    assert told["Actions"] == [
        f"Action 2022-06-13/2: Write to the supplier. The {DIRECTOR}, by 1 July 2022.",
        f"Action 2022-06-13/3: Meet what minute 6.2 is subject to: Yearly. The {TEACHING}, by 8 August 2022.",
    ]


def test_minutes_are_the_same_files_each_time_and_the_open_ones_lack_what_is_exempt(
    agenda: str, rules: Rules, tmp_path: Path
) -> None:
    meet(agenda, rules)
    with unit_of_work(agenda) as session:
        made = minutes.draft_minutes(session, hold(session, BOARD, rules), rules, BOARD)
    first, second = (minutes.write(made, BOARD, tmp_path / name) for name in "ab")
    assert [path.name for path in first] == [
        "2022-06-13-minutes.pdf", "2022-06-13-minutes.docx", "2022-06-13-minutes-exempt.pdf",
        "2022-06-13-minutes-exempt.docx",
    ]  # fmt: skip
    assert [one.read_bytes() for one in first] == [one.read_bytes() for one in second]
    texts = ["\n".join(pdfcheck.page_texts(path)) for path in first if path.suffix == ".pdf"]
    assert ["pays back" in text for text in texts] == [False, True]
    assert all("A tender is open." in text for text in texts)
    assert [pdfcheck.check(path) for path in first if path.suffix == ".pdf"] == [[], []]


def test_minutes_are_drafted_again_until_they_are_approved_and_then_never_change(
    agenda: str, rules: Rules
) -> None:
    meet(agenda, rules)
    with unit_of_work(agenda) as session:
        first, second, third = (hold(session, on, rules) for on in (BOARD, NEXT, THIRD))
        for meeting, at_meeting, says in (
            (first, second, "are not drafted yet"), (second, first, "at a Board after it"),
            (first, third, "that has met, not at that of 10 October"),
        ):  # fmt: skip
            with pytest.raises(MinutesRefused, match=says):
                minutes.approve(session, meeting, at_meeting, (), rules, "x", noon(NEXT))
        with pytest.raises(MinutesRefused, match="has not met yet"):
            minutes.draft_minutes(session, second, rules, BOARD)
        draft = dict(minutes.draft_minutes(session, first, rules, BOARD).content)
        attend(session, first, [post(session, OWNER)], [], "x", noon(BOARD))
        with pytest.raises(MinutesRefused, match="the record has changed since"):
            minutes.approve(session, first, second, (), rules, "x", noon(NEXT))
        assert minutes.draft_minutes(session, first, rules, BOARD).content != draft
    say(agenda, rules, STANDING, APPROVE, NEXT, key="minutes", conditions="Item 7: six months.")
    with unit_of_work(agenda) as session:
        made = minutes.of_meeting(session, hold(session, BOARD, rules))
        assert made
        approved = dict(made.content)
        assert minutes.document(made).lines[-1] == "Approved at the Board of 8 August 2022"
        assert minutes.document(made).sections[-2].heading == minutes.CORRECTIONS
        again = minutes.approve(
            session, hold(session, BOARD, rules), hold(session, NEXT, rules), ("Item 7: six months.",), rules, "x",
            noon(NEXT),
        )  # fmt: skip
        assert (again.id, again.content, len(again.sha256)) == (made.id, approved, 64)
        with pytest.raises(MinutesRefused, match="were approved on 8 August 2022, and no longer change"):
            minutes.approve(
                session, hold(session, BOARD, rules), hold(session, THIRD, rules), (), rules, "x", noon(THIRD)
            )
        assert minutes.draft_minutes(session, hold(session, BOARD, rules), rules, NEXT).content == approved
        later = minutes.draft_minutes(session, hold(session, NEXT, rules), rules, NEXT)
    assert (
        "The minutes of the Board of 13 June 2022 were approved as a correct record."
        in sections(later)["Minutes of the last meeting"]
    )


def test_a_verdict_that_a_later_board_corrects_no_longer_stands_in_the_minutes(
    agenda: str, rules: Rules
) -> None:
    needs = Stage.NEEDS_ANALYSIS
    said: dict[str, Any] = {"despite": "heard orally"}
    with unit_of_work(agenda) as session:
        wrong = Decision("APL", needs, Verdict.DECOMMISSION, BOARD, "As minuted.", "6.1", **said)
        record_verdict(session, wrong, noon(BOARD), rules)
        last = last_verdict(session, cycle(session, "APL"))
        assert last
        right = Decision(
            "APL", needs, Verdict.REMODEL, NEXT, "As minuted.", "9.1", supersedes=last.id, **said
        )
        record_verdict(session, right, noon(NEXT), rules)
        made = [minutes.draft_minutes(session, hold(session, on, rules), rules, NEXT) for on in (BOARD, NEXT)]
    first, second = (
        next(words for heading, words in sections(one).items() if heading.endswith(": direction"))
        for one in made
    )
    assert first[0] == "Minute 6.1 no longer stands: superseded by minute 9.1 of 8 August 2022."
    assert not any("decided to decommission" in words for words in first)
    assert second[0] == "Minute 9.1: the Board decided to remodel."
    assert second[-1].startswith(
        "Correction: this takes the place of minute 6.1 of 13 June 2022, where “decommission”"
    )
