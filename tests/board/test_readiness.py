"""The paper ladder: who owes which step by when, is reminded once, and what the pack says of what is not there."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from board import agenda, chasing, letters, membership, papers
from board.packs import compile_pack, publish
from board.readiness import chases, readiness, steps
from board.rendering.content import Comment
from models.agenda import AgendaItem, ItemKind, ItemPurpose
from models.columns import identity
from models.meetings import Meeting, Role
from models.papers import Edition, Pack
from models.people import Person
from models.planning import Rules
from models.session import unit_of_work
from tests.board.test_packs import ALERTS, compiled, gate_of, secretive
from tests.town import DIRECTOR, NOW, OFFICER, OWNER, PEOPLE, TEACHING, TODAY, bring_in, noon, sheet

__all__ = ["secretive"]  # a fixture
BOARD = date(2022, 6, 13)
CLEARERS = [
    ["Finance Business Partner", "finance@council.example", "", ""],
    ["Legal Services Manager", "legal@council.example", "", ""],
    ["Board Secretary", "secretary@council.example", "", ""],
]


@pytest.fixture
def board(town: str, rules: Rules, tmp_path: Path) -> str:
    """A town with the posts that clear papers."""
    assert not bring_in(town, sheet(tmp_path, [PEOPLE[0], *CLEARERS], "clearers.csv"), rules).refused
    return town


def post(session: Session, title: str) -> Person:
    return session.exec(select(Person).where(Person.title == title)).one()


def owed(session: Session, meeting: Meeting, rules: Rules, item: AgendaItem) -> dict[str, tuple[date, bool]]:
    return {one.what: (one.due, one.done) for one in steps(session, meeting, rules) if one.item.id == item.id}


def test_each_step_of_a_gates_paper_has_its_day_and_its_post(board: str, rules: Rules) -> None:
    ladder = rules.boards.papers(BOARD)
    with unit_of_work(board) as session:
        held, item = gate_of(session, rules)
        papers.draft(session, item, held, rules, TODAY)
        assert owed(session, held, rules, item) == {
            "the paper, sent or confirmed": (ladder.draft, False),
            "Constitutional comments": (ladder.clearance, False),
            "Financial comments": (ladder.clearance, False),
        }
        papers.confirm(session, item, TEACHING, NOW)
        fresh = Comment("Financial", "CDS", TODAY, ("None.",))
        papers.clear(session, item, fresh, "Finance Business Partner", rules, NOW)
        assert [done for _, done in owed(session, held, rules, item).values()] == [True, False, True]


def test_comments_too_old_for_the_meeting_are_wanted_again(board: str, rules: Rules) -> None:
    valid = BOARD - timedelta(days=rules.policy.board.clearance_valid_days)
    with unit_of_work(board) as session:
        held, item = gate_of(session, rules)
        papers.draft(session, item, held, rules, TODAY)
        for given, done in ((valid - timedelta(days=1), False), (valid, True)):
            papers.clear(
                session, item, Comment("Financial", "CDS", given, ("None.",)), "x", rules, noon(BOARD)
            )
            assert owed(session, held, rules, item)["Financial comments"][1] is done


def test_authors_and_clearers_are_reminded_before_each_step_and_daily_after_it_each_once(
    board: str, rules: Rules
) -> None:
    ladder, calendar = rules.boards.papers(BOARD), rules.policy.calendar()
    with unit_of_work(board) as session:
        held, item = gate_of(session, rules)
        papers.draft(session, item, held, rules, TODAY)
        told: dict[str, list[date]] = {}
        day = calendar.add_working(ladder.draft, -6)
        while day <= BOARD:
            for _ in range(2):
                for one in chasing.new(session, chases(session, held, rules, day), day):
                    if f" {item.id} " in one.key:
                        told.setdefault(session.get_one(Person, one.person_id).title, []).append(day)
            day += timedelta(days=1)
        first = [calendar.add_working(ladder.draft, -5), calendar.add_working(ladder.draft, -1), ladder.draft]
        assert told[TEACHING][:4] == [*first, calendar.add_working(ladder.draft, 1)]
        assert told["Finance Business Partner"][2] == ladder.clearance
        assert len(set(told[TEACHING])) == len(told[TEACHING])
        assert max(told[TEACHING]) < BOARD


def test_what_is_late_must_be_there_and_what_has_time_may_come(
    board: str, rules: Rules, tmp_path: Path
) -> None:
    ladder = rules.boards.papers(BOARD)
    with unit_of_work(board) as session:
        held, item = gate_of(session, rules)
        papers.draft(session, item, held, rules, TODAY)
        for on, must in ((ladder.draft, False), (ladder.draft + timedelta(days=1), True)):
            [lack] = [
                one for one in readiness(session, held, rules, tmp_path, on)
                if one.title == item.title and one.what.startswith("the paper")
            ]  # fmt: skip
            assert (lack.must, lack.whom) == (must, TEACHING)


def test_an_item_of_the_secretarys_own_needs_a_paper_where_it_is_decided(board: str, rules: Rules) -> None:
    with unit_of_work(board) as session:
        held = agenda.hold(session, BOARD, rules)
        who = identity(post(session, OWNER))
        item = agenda.add(session, held, "Strategy", ItemPurpose.INFORMATION, who, "x", NOW)
        assert owed(session, held, rules, item) == {}
        agenda.mark(session, held, item, ItemPurpose.DECISION, "x", NOW)
        assert [done for _, done in owed(session, held, rules, item).values()] == [False]


# ---- What people are told of packs


def out(url: str, rules: Rules, home: Path) -> list[Pack]:
    compiled(url, rules, home)
    with unit_of_work(url) as session:
        return publish(session, agenda.hold(session, BOARD, rules), home, "x", noon(TODAY))


def test_members_get_the_edition_they_are_entitled_to(secretive: str, rules: Rules, tmp_path: Path) -> None:
    made = out(secretive, rules, tmp_path)
    with unit_of_work(secretive) as session:
        for title, role in ((DIRECTOR, Role.CHAIR), (OWNER, Role.MEMBER), (OFFICER, Role.ADVISER)):
            membership.seat(session, post(session, title), "Division", role, TODAY, None, "x", NOW)
        held = agenda.hold(session, BOARD, rules)
        told = letters.published(session, held, made, lambda pack, person: f"{pack.edition} for {person}")
        got = {session.get_one(Person, one.person_id).title: one.lines[1].split(" for ")[0] for one in told}
        assert got == {DIRECTOR: Edition.EXEMPT, OWNER: Edition.EXEMPT, OFFICER: Edition.OPEN}


def test_authors_hear_what_became_of_a_late_paper(board: str, rules: Rules, tmp_path: Path) -> None:
    with unit_of_work(board) as session:
        _, item = gate_of(session, rules)
    made = out(board, rules, tmp_path)
    with unit_of_work(board) as session:
        held = agenda.hold(session, BOARD, rules)
        late = readiness(session, held, rules, tmp_path, BOARD - timedelta(days=1))
        told = letters.late_papers(session, held, made, late, rules.boards.after(BOARD))
        [mine] = [one for one in told if item.title in one.lines[0]]
        assert mine.person_id == identity(post(session, TEACHING))
        assert "supplement if the chair agrees" in mine.lines[0]
        assert "8 August 2022" in mine.lines[0]


def test_the_secretary_hears_what_the_pack_lacks_and_what_was_changed_to_print_it(
    board: str, rules: Rules, tmp_path: Path
) -> None:
    with unit_of_work(board) as session:
        held, item = gate_of(session, rules)
        drafted = papers.draft(session, item, held, rules, TODAY)
        assert drafted
        content = papers.from_content(drafted.content)
        papers.receive(session, item, replace(content, purpose="To decide on 中."), TEACHING, NOW)
        made = compile_pack(session, held, rules, ALERTS, tmp_path, TODAY, NOW)
        lacks = readiness(session, held, rules, tmp_path, BOARD)
        [told] = letters.pack_ready(session, held, made, lacks, rules.policy, "home")
        text = "\n".join(told.lines)
        assert f"{len(lacks)} things missing" in told.subject
        assert "Financial comments" in text
        assert "U+4E2D" in text


def test_a_paper_about_another_contract_is_found_before_the_pack_goes_out(
    board: str, rules: Rules, tmp_path: Path
) -> None:
    with unit_of_work(board) as session:
        held, item = gate_of(session, rules)
        drafted = papers.draft(session, item, held, rules, TODAY)
        assert drafted
        content = papers.from_content(drafted.content)
        papers.receive(session, item, replace(content, purpose="To ask about TUITION."), TEACHING, NOW)
        found = [one for one in readiness(session, held, rules, tmp_path, TODAY) if "TUITION" in one.what]
        assert [one.must for one in found] == [True]
        assert item.kind is ItemKind.GATE
