"""Whether a meeting's papers are ready: each step of each paper, who owes it, and what a reader would find wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from board import papers
from board.agenda import items
from board.chasing import Chase, lateness, reminder
from board.drafts import spend_of
from board.lint import SECTIONS, Known, Other, lint
from board.papers import CLEARANCES
from board.rendering.content import PaperData
from lifecycle.planning import IN_CYCLE
from models.agenda import AgendaItem, ItemKind
from models.columns import identity
from models.contracts import Contract
from models.meetings import Meeting
from models.papers import Paper
from models.people import Person
from models.planning import Rules


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a paper. `what` says what is wanted, `due` is its last day, `done` whether it is there."""

    item: AgendaItem
    number: int
    what: str
    due: date
    person_id: int | None
    done: bool


@dataclass(frozen=True, slots=True)
class Lack:
    """What an item lacks: `whom` is the post to ask, `must` whether the pack should not go out without it."""

    number: int
    title: str
    what: str
    whom: str
    must: bool


def steps(session: Session, meeting: Meeting, rules: Rules) -> list[Step]:
    """The ladder of every paper of the meeting: the draft, the comments it needs, and the secretary's cut-off."""
    ladder, found = rules.boards.papers(meeting.on), []
    for number, item in enumerate(items(session, meeting), 1):
        if not papers.is_written(item):
            continue
        paper, who = papers.find(session, item), papers.author(session, item)
        here = not papers.awaited(session, item)
        found.append(Step(item, number, "the paper, sent or confirmed", ladder.draft, who, here))
        given = _comments(paper, meeting, rules)
        for kind in _asked(session, item, rules):
            clearer = rules.policy.board.clearers.get(kind)
            post = session.exec(select(Person.id).where(Person.title == clearer)).first() if clearer else None
            found.append(Step(item, number, f"{kind} comments", ladder.clearance, post, kind in given))
        stale = bool(paper and papers.is_stale(session, item, paper))
        if stale:
            what = "the paper confirmed again, as the contract's dates have changed"
            found.append(Step(item, number, what, ladder.cut_off, who, False))
    return found


def _asked(session: Session, item: AgendaItem, rules: Rules) -> list[str]:
    """The comments that the item's paper needs: a gate's checklist says so, a business case needs the Financial."""
    if item.kind is ItemKind.BUSINESS_CASE:
        return ["Financial"]
    contract, cycle = papers.about(session, item)
    if item.kind is not ItemKind.GATE or contract is None or cycle is None or item.stage is None:
        return []
    asked = {one.item for one in rules.policy.checklist(item.stage, contract.kind)}
    return [kind for kind, clearance in CLEARANCES.items() if clearance in asked]


def _comments(paper: Paper | None, meeting: Meeting, rules: Rules) -> set[str]:
    """The kinds of comments that are there and not stale on the day of the meeting."""
    if paper is None:
        return set()
    valid = meeting.on - timedelta(days=rules.policy.board.clearance_valid_days)
    return {one.kind for one in papers.from_content(paper.content).comments if one.given_on >= valid}


def chases(session: Session, meeting: Meeting, rules: Rules, on: date) -> list[Chase]:
    """Who is to be reminded of a step on the day; nobody once the meeting has begun."""
    calendar, made = rules.policy.calendar(), []
    for step in steps(session, meeting, rules):
        day = reminder(step.due, on, rules.policy.board.reminders, calendar)
        if not step.done and step.person_id and day and on < meeting.on:
            made.append(
                Chase(
                    step.person_id,
                    f"paper {meeting.on} {identity(step.item)} {step.what} {day}",
                    f"Item {step.number}, {step.item.title}: {step.what} {lateness(step.due, on)}.",
                )
            )
    return made


def readiness(session: Session, meeting: Meeting, rules: Rules, home: Path, on: date) -> list[Lack]:
    """What the meeting's papers lack on the day, in the agenda's order; empty when everything is there."""
    posts = dict(session.exec(select(Person.id, Person.title)).all())
    found = [
        Lack(
            step.number,
            step.item.title,
            f"{step.what}: {lateness(step.due, on)}",
            posts.get(step.person_id, "nobody: name the post in the policy"),
            step.due < on,
        )
        for step in steps(session, meeting, rules)
        if not step.done
    ]
    for number, item in enumerate(items(session, meeting), 1):
        who = papers.author(session, item)
        whom = posts.get(who, rules.policy.board.secretary)
        found += (
            Lack(number, item.title, what, whom, must)
            for what, must in _wrong(session, item, meeting, rules, home)
        )
    return sorted(found, key=lambda lack: (lack.number, not lack.must))


def _wrong(
    session: Session, item: AgendaItem, meeting: Meeting, rules: Rules, home: Path
) -> Iterator[tuple[str, bool]]:
    paper = papers.find(session, item)
    if paper:
        known = known_of(session, item, papers.from_content(paper.content), meeting, rules)
        for finding in lint(papers.from_content(paper.content), known):
            yield f"{finding.where}: {finding.words}", finding.severity == "must fix"
    for attached in papers.attachments(session, item):
        if not (home / attached.path).exists():
            yield f"the attachment “{attached.title}” is gone from {home / attached.path}: add it again", True
        for words in attached.findings:
            yield f"the attachment “{attached.title}”: {words}", False


def known_of(session: Session, item: AgendaItem, paper: PaperData, meeting: Meeting, rules: Rules) -> Known:
    """What the record knows that the item's paper must agree with. Missing comments are a step of their own."""
    contract, _ = papers.about(session, item)
    board = rules.policy.board
    return Known(
        board=board.name,
        meeting_on=meeting.on,
        clearance_days=board.clearance_valid_days,
        reference=contract.reference if contract and paper.ref == contract.reference else "",
        title=contract.title if contract else "",
        others=tuple(
            Other(reference, title)
            for reference, title in session.exec(
                select(Contract.reference, Contract.title)
                .where(col(Contract.kind).in_(IN_CYCLE), Contract.id != (contract.id if contract else 0))
                .order_by(Contract.reference)
            )
        ),
        spend=spend_of(session, contract) if contract else {},
        sections=SECTIONS if item.kind is ItemKind.GATE else ("Information",),
        clearances=(),
    )
