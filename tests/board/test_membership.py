"""Who counts towards a quorum: members by division, and substitutes for those who are away."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from board.agenda import hold
from board.attendance import AttendanceRefused, attend, attended, stood_in
from board.membership import (
    MembershipRefused,
    Presence,
    conflicts,
    counted,
    leave,
    presence,
    seat,
    seats,
    take_back,
)
from lifecycle.gates import not_quorate
from models.meetings import Minutes, Role
from models.people import Person
from models.planning import Rules
from models.session import reading, unit_of_work
from tests.town import DIRECTOR, GROUP, OFFICER, OWNER, TEACHING, TODAY, noon

BOARD, NEXT = date(2022, 6, 13), date(2022, 8, 8)
SOCIAL, SCHOOLS = "Children's social care", "Education"
A, B, C, D, E = range(1, 6)
SEATED = {A: SOCIAL, B: SOCIAL, C: SCHOOLS}


@pytest.mark.parametrize(
    ("present", "members", "conflicted", "counts"),
    [
        ({A: None, B: None, C: None}, SEATED, (), Presence(3, 2)),
        ({A: None, B: None}, SEATED, (), Presence(2, 1)),
        ({A: None, C: None, D: None}, SEATED, (), Presence(2, 2)),
        ({A: None, C: None}, SEATED, (C,), Presence(1, 1)),
        ({A: None, D: C}, SEATED, (), Presence(2, 2)),
        ({A: None, C: None, D: C}, SEATED, (), Presence(2, 2)),
        ({A: None, D: E}, SEATED, (), Presence(1, 1)),
        ({A: None, D: C}, SEATED, (D,), Presence(1, 1)),
        ({D: C, E: C}, SEATED, (), Presence(1, 1)),
        ({A: C}, SEATED, (), Presence(0, 0)),
        ({A: None, D: None}, {}, (), Presence(2)),
        ({A: None, D: None}, {}, (D,), Presence(1)),
    ],
    ids=[
        "all", "one division", "an adviser beside", "a conflict", "a substitute", "a substitute beside its member",
        "a substitute for no member", "a substitute with a conflict", "two substitutes for one",
        "a member for another", "no membership", "no membership and a conflict",
    ],
)  # fmt: skip
def test_members_count_and_substitutes_for_those_away(
    present: dict[int, int | None], members: dict[int, str], conflicted: tuple[int, ...], counts: Presence
) -> None:
    assert counted(present, members, conflicted) == counts


@pytest.mark.parametrize(
    ("present", "divisions", "says"),
    [
        (3, 2, None),
        (3, None, None),
        (3, 1, "members of 1 division without a conflict of interest present, 2 needed"),
        (2, 2, "2 members without a conflict of interest present, 3 needed"),
    ],
)
def test_a_quorum_is_of_members_and_of_divisions(
    present: int, divisions: int | None, says: str | None
) -> None:
    told = not_quorate(present, 3, divisions, 2)
    assert told is None if says is None else says in (told or "")


@pytest.fixture
def board(town: str) -> str:
    """The chair and two members, one with a named substitute, and an adviser."""
    with unit_of_work(town) as session:
        posts = {one.title: one for one in session.exec(select(Person))}
        for title, division, role, substitute in (
            (DIRECTOR, SOCIAL, Role.CHAIR, None), (OWNER, SOCIAL, Role.MEMBER, OFFICER),
            (TEACHING, SCHOOLS, Role.MEMBER, None), (GROUP, SOCIAL, Role.ADVISER, None),
        ):  # fmt: skip
            stands_in = posts[substitute] if substitute else None
            seat(session, posts[title], division, role, date(2022, 1, 1), stands_in, "test", noon(TODAY))
    return town


def went(
    url: str, rules: Rules, present: list[str], apologies: list[str] = [], substitutes: list[tuple[str, str]] = []  # noqa: B006 - never changed
) -> None:  # fmt: skip
    with unit_of_work(url) as session:
        posts = {one.title: one for one in session.exec(select(Person))}
        attend(
            session, hold(session, BOARD, rules), [posts[one] for one in present], [posts[one] for one in apologies],
            "test", noon(BOARD), [(posts[one], posts[other]) for one, other in substitutes],
        )  # fmt: skip


def test_a_substitute_stands_in_until_its_member_comes_after_all(board: str, rules: Rules) -> None:
    went(board, rules, [DIRECTOR, GROUP], [], [(OFFICER, OWNER)])
    with reading(board) as session:
        meeting = hold(session, BOARD, rules)
        assert presence(session, meeting, conflicts(session, meeting, None)) == Presence(2, 1)
        assert stood_in(session, meeting) == {OFFICER: OWNER}
        assert attended(session, meeting) == {DIRECTOR: True, GROUP: True, OFFICER: True, OWNER: False}
    went(board, rules, [OWNER, TEACHING])
    with reading(board) as session:
        assert presence(session, hold(session, BOARD, rules)) == Presence(3, 2)


@pytest.mark.parametrize(
    ("present", "apologies", "substitutes", "says"),
    [
        ([OFFICER], [], [], "has no seat on the Board on 13 June 2022"),
        ([OWNER], [], [(OFFICER, OWNER)], "cannot both be present"),
        ([], [], [(OFFICER, GROUP)], "is no voting member"),
        ([], [], [(DIRECTOR, TEACHING)], "speaks for itself only"),
        ([], [], [(GROUP, OWNER)], f'the substitute of "{OWNER}" is "{OFFICER}"'),
        ([], [], [(OFFICER, TEACHING), (GROUP, TEACHING)], "only one post can stand in"),
    ],
)
def test_who_may_not_attend_so_is_refused(
    present: list[str],
    apologies: list[str],
    substitutes: list[tuple[str, str]],
    says: str,
    board: str,
    rules: Rules,
) -> None:
    with pytest.raises(AttendanceRefused, match=says):
        went(board, rules, present, apologies, substitutes)


def test_once_its_minutes_are_approved_nothing_of_a_meeting_changes(board: str, rules: Rules) -> None:
    went(board, rules, [DIRECTOR])
    with unit_of_work(board) as session:
        first, second = (hold(session, on, rules).id or 0 for on in (BOARD, NEXT))
        session.add(Minutes(meeting_id=first, content={}, drafted_on=BOARD, approved_at_id=second))
    went(board, rules, [DIRECTOR])
    with pytest.raises(AttendanceRefused, match="are approved"):
        went(board, rules, [OWNER])


def test_a_seat_is_held_from_its_first_day_to_its_last_and_a_slip_is_taken_back(
    board: str, rules: Rules
) -> None:
    with unit_of_work(board) as session:
        posts = {one.title: one for one in session.exec(select(Person))}

        def holders(on: date) -> list[str]:
            return [session.get_one(Person, one.person_id).title for one in seats(session, on)]

        assert holders(BOARD) == [DIRECTOR, OWNER, TEACHING, GROUP]
        assert holders(date(2021, 12, 31)) == []
        leave(session, posts[OWNER], BOARD, "test", noon(BOARD))
        assert OWNER in holders(BOARD)
        assert OWNER not in holders(BOARD + timedelta(days=1))
        assert take_back(session, posts[OWNER], "test", noon(BOARD)) == "its end is taken back"
        assert OWNER in holders(NEXT)
        assert take_back(session, posts[OWNER], "test", noon(BOARD)) == "it is taken back"
        assert OWNER not in holders(BOARD)
        for says, who, division, role, first, substitute in (
            ("is in the chair", OWNER, SOCIAL, Role.CHAIR, BOARD, None),
            ("stand in for itself", OWNER, SOCIAL, Role.MEMBER, BOARD, posts[OWNER]),
            ("which division", OWNER, " ", Role.MEMBER, BOARD, None),
            ("has a seat from 1 January 2022", TEACHING, SOCIAL, Role.MEMBER, date(2021, 1, 1), None),
        ):
            with pytest.raises(MembershipRefused, match=says):
                seat(session, posts[who], division, role, first, substitute, "test", noon(BOARD))
        with pytest.raises(MembershipRefused, match="has no seat"):
            leave(session, posts[OFFICER], BOARD, "test", noon(BOARD))
    went(board, rules, [TEACHING])
    with (
        unit_of_work(board) as session,
        pytest.raises(MembershipRefused, match="on record for the Board of 13 June"),
    ):
        take_back(
            session, session.exec(select(Person).where(Person.title == TEACHING)).one(), "test", noon(BOARD)
        )
