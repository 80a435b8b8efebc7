"""The Board's calendar: which days it meets, what moves a meeting, and the papers' last days."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.boards import Boards, NoMeeting, meetings
from tests.plans import BOARDS, POLICY

JUNE = date(2023, 6, 12)


def calendar(**changes: Any) -> Boards:
    return meetings(replace(POLICY, board=replace(POLICY.board, **changes)))


def test_the_board_meets_on_the_second_monday_of_the_even_months_and_not_on_easter_monday() -> None:
    assert [day.isoformat() for day in BOARDS.between(date(2022, 6, 1), date(2023, 8, 31))] == [
        "2022-06-13", "2022-08-08", "2022-10-10", "2022-12-12",
        "2023-02-13", "2023-04-17", "2023-06-12", "2023-08-14",
    ]  # fmt: skip


def test_papers_are_due_in_working_days_before_the_meeting_over_bank_holidays() -> None:
    papers = BOARDS.papers(JUNE)
    assert (papers.draft, papers.clearance, papers.cut_off, papers.dispatch) == (
        date(2023, 5, 12), date(2023, 5, 26), date(2023, 5, 31), date(2023, 6, 5),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "held", "not_held"),
    [
        ({"cancelled": frozenset({JUNE})}, None, JUNE),
        ({"moved": {JUNE: date(2023, 6, 19)}}, date(2023, 6, 19), JUNE),
        ({"extraordinary": (date(2023, 7, 3),)}, date(2023, 7, 3), None),
        # A recess passes the meeting to the first working day after it, over the bank holiday of 28 August.
        ({"recesses": ((date(2023, 7, 24), date(2023, 8, 25)),)}, date(2023, 8, 29), date(2023, 8, 14)),
        # Not moved by hand, Easter Monday passes to the Tuesday.
        ({"moved": {}}, date(2023, 4, 11), date(2023, 4, 17)),
        # A meeting moved by hand into a recess is held there: somebody decided so.
        (
            {"moved": {JUNE: date(2023, 7, 25)}, "recesses": ((date(2023, 7, 24), date(2023, 7, 28)),)},
            date(2023, 7, 25),
            JUNE,
        ),
    ],
    ids=["cancelled", "moved", "extraordinary", "recess", "bank holiday", "moved into a recess"],
)
def test_the_council_changes_its_calendar(
    changes: dict[str, Any], held: date | None, not_held: date | None
) -> None:
    boards = calendar(**changes)
    assert held is None or held in boards.dates
    assert not_held not in boards.dates


def test_a_bank_holiday_announced_at_short_notice_moves_the_meeting_and_the_papers() -> None:
    added = meetings(replace(POLICY, added_holidays={JUNE: "State Funeral"}))
    assert added.on_or_after(JUNE) == date(2023, 6, 13)
    assert added.papers(date(2023, 6, 13)) == BOARDS.papers(JUNE)


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        (JUNE, JUNE, 1),
        (date(2023, 2, 13), JUNE, 3),
        (date(2023, 8, 14), JUNE, 0),
        (date(2023, 10, 9), JUNE, -1),
        (JUNE + timedelta(days=1), JUNE, 0),
    ],
)
def test_meetings_are_counted_with_both_ends_and_missed_ones_without(
    first: date, last: date, count: int
) -> None:
    assert BOARDS.count(first, last) == count


def test_without_a_meeting_the_others_and_their_papers_stay() -> None:
    fewer = BOARDS.without(JUNE)
    assert fewer.on_or_after(JUNE) == date(2023, 8, 14)
    assert fewer.papers(date(2023, 8, 14)) == BOARDS.papers(date(2023, 8, 14))
    assert fewer.partners is BOARDS.partners


@pytest.mark.parametrize(
    "ask",
    [
        lambda: BOARDS.papers(date(2023, 6, 13)),
        lambda: BOARDS.without(date(2023, 6, 13)),
        lambda: BOARDS.on_or_before(date(2006, 1, 1)),
        lambda: BOARDS.before(BOARDS.dates[0]),
        lambda: BOARDS.on_or_before(date(2051, 1, 1)),
        lambda: BOARDS.on_or_after(date(2051, 1, 1)),
        lambda: BOARDS.after(BOARDS.dates[-1]),
    ],
)
def test_where_the_board_does_not_meet_it_says_so(ask: Any) -> None:
    with pytest.raises(NoMeeting, match="meet"):
        ask()


def test_a_partner_keeps_its_own_days_and_no_recess_of_ours() -> None:
    recess = calendar(recesses=((date(2023, 6, 1), date(2023, 7, 31)),))
    derbyshire = recess.partners["Derbyshire County Council"]
    assert derbyshire.on_or_after(JUNE) == date(2023, 7, 13)
    assert recess.on_or_after(JUNE) == date(2023, 8, 1)


@given(st.dates(date(2012, 3, 1), date(2050, 11, 30)))
def test_every_look_up_lands_on_a_working_day_on_which_the_board_meets(day: date) -> None:
    before, after = BOARDS.on_or_before(day), BOARDS.on_or_after(day)
    assert before <= day <= after
    assert BOARDS.between(before, after) == tuple(sorted({before, after}))
    assert all(POLICY.calendar().is_working(one) for one in (before, after))
    papers = BOARDS.papers(after)
    assert papers.draft < papers.clearance < papers.cut_off < papers.dispatch < after
