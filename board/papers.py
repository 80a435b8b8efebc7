"""The papers of an agenda: drafted from the record, sent or confirmed by their authors, cleared, never lost."""

from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from board import drafts
from board.refusals import BoardRefused
from board.rendering.content import Comment, PaperData
from models import audit
from models.agenda import AgendaItem, ItemKind, ItemPurpose
from models.business import BusinessCase, ExceptionReport
from models.checklists import complete
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle
from models.meetings import Meeting
from models.papers import Paper, PaperAttachment, PaperVersion
from models.planning import Rules, facts
from models.rows import run

CLEARANCES = {"Constitutional": "legal clearance", "Financial": "financial clearance"}
"""The comments a paper carries, and the item of a gate's checklist that each fills in."""

WRITTEN = (ItemKind.GATE, ItemKind.EXCEPTION, ItemKind.BUSINESS_CASE)
"""The items whose paper an author sends or confirms; others the secretary adds need one where they are decided."""

_CONTENT = TypeAdapter(PaperData)


class PaperRefused(BoardRefused):
    """The paper cannot be changed so, and the message says why."""


def as_content(paper: PaperData) -> dict[str, Any]:
    """A paper as JSON; `from_content` is its inverse."""
    content: dict[str, Any] = _CONTENT.dump_python(paper, mode="json")
    return content


def from_content(content: dict[str, Any]) -> PaperData:
    """A paper as it is rendered, from the JSON it is kept as."""
    return _CONTENT.validate_python(content)


def find(session: Session, item: AgendaItem) -> Paper | None:
    """The item's paper as it stands."""
    return session.exec(select(Paper).where(Paper.agenda_item_id == item.id)).first()


def draft(session: Session, item: AgendaItem, meeting: Meeting, rules: Rules, today: date) -> Paper | None:
    """The item's paper: drafted where there is none, and anew where the record has changed since.

    What its author sent is never written over. None where only its author can write it.
    """
    known = find(session, item)
    if known and known.received_on:
        return known
    contract, cycle = about(session, item)
    seen = _seal(session, contract, cycle) if contract and cycle else ""
    decided = item.kind is ItemKind.GATE and cycle is not None and cycle.stage is not item.stage
    if known and (decided or (item.cycle_id and known.seen in ("", seen))):
        return known
    content = drafts.draft(session, item, meeting, rules)
    if content is None:
        return known
    words = as_content(content)
    if known and known.content == words:
        return known
    paper = known or Paper(agenda_item_id=identity(item), title="", content={}, drafted_on=today)
    paper.title, paper.content, paper.seen, paper.drafted_on = content.title, words, seen, today
    session.add(paper)
    session.flush()
    return paper


def about(session: Session, item: AgendaItem) -> tuple[Contract | None, Cycle | None]:
    """The contract that an item is about, and its cycle where the item is its gate's."""
    if item.cycle_id:
        cycle = session.get_one(Cycle, item.cycle_id)
        return session.get_one(Contract, cycle.contract_id), cycle
    if item.exception_id:
        return session.get_one(
            Contract, session.get_one(ExceptionReport, item.exception_id).contract_id
        ), None
    case = session.get_one(BusinessCase, item.case_id) if item.case_id else None
    return (session.get_one(Contract, case.contract_id) if case and case.contract_id else None), None


def author(session: Session, item: AgendaItem) -> int | None:
    """The post that answers for the item's paper: its presenter, or whoever raised or owns what it is about."""
    if item.presenter_id:
        return item.presenter_id
    if item.exception_id:
        return session.get_one(ExceptionReport, item.exception_id).raised_by_id
    if item.case_id:
        return session.get_one(BusinessCase, item.case_id).author_id
    contract, _ = about(session, item)
    return contract.owner_id if contract else None


def attachments(session: Session, item: AgendaItem) -> list[PaperAttachment]:
    """What came with the item and was not removed, in the order it came."""
    rows = session.exec(
        select(PaperAttachment)
        .where(PaperAttachment.item_id == item.id, PaperAttachment.removed_because == "")
        .order_by(col(PaperAttachment.id))
    )
    return list(rows)


def is_written(item: AgendaItem) -> bool:
    """Whether the item's paper is one that an author sends or confirms."""
    return item.kind in WRITTEN or (item.kind is ItemKind.OTHER and item.purpose is ItemPurpose.DECISION)


def awaited(session: Session, item: AgendaItem) -> bool:
    """Whether the item's paper is expected and not received: its author neither sent one nor confirmed the draft."""
    paper = find(session, item)
    return is_written(item) and not (paper and paper.received_on) and not attachments(session, item)


def receive(
    session: Session, item: AgendaItem, content: PaperData, by: str, at: datetime, removed: tuple[str, ...] = ()
) -> Paper:  # fmt: skip
    """Take in a paper that its author sent; the one before is kept as a version. The same words change nothing.

    `removed` says what settling took out of the file.
    """
    known, words = find(session, item), as_content(content)
    if known and known.received_on and known.content == words:
        return known
    contract, cycle = about(session, item)
    if known:
        _keep(session, known, by, at, removed)
    paper = known or Paper(agenda_item_id=identity(item), title="", content={}, drafted_on=at.date())
    paper.title, paper.content = content.title, words
    paper.seen = _seal(session, contract, cycle) if contract and cycle else ""
    paper.received_on, paper.received_from = at.date(), by
    session.add(paper)
    session.flush()
    audit.record(session, at, by, "paper received", content.title, removed=list(removed))
    return paper


def confirm(session: Session, item: AgendaItem, by: str, at: datetime) -> Paper:
    """Its author takes the paper as it stands for theirs, on the facts as they are now. Raises PaperRefused."""
    paper = find(session, item)
    if paper is None:
        raise PaperRefused(f"“{item.title}” has no paper yet: nothing can be confirmed")
    contract, cycle = about(session, item)
    seen = _seal(session, contract, cycle) if contract and cycle else ""
    if paper.received_on is None or paper.seen != seen:
        paper.received_on, paper.received_from, paper.seen = at.date(), by, seen
        session.add(paper)
        session.flush()
        audit.record(session, at, by, "paper confirmed", paper.title)
    return paper


def clear(session: Session, item: AgendaItem, comment: Comment, by: str, rules: Rules, at: datetime) -> Paper:
    """Add or replace an officer's comment on the paper; a gate that asks for that clearance has it. Raises PaperRefused."""
    paper = find(session, item)
    if paper is None:
        raise PaperRefused(f"“{item.title}” has no paper yet: there is nothing to clear")
    content = from_content(paper.content)
    others = tuple(one for one in content.comments if one.kind != comment.kind)
    words = as_content(replace(content, comments=tuple(sorted((*others, comment), key=lambda one: one.kind))))
    if words == paper.content:
        return paper
    _keep(session, paper, by, at)
    paper.content = words
    session.add(paper)
    session.flush()
    contract, cycle = about(session, item)
    if item.kind is ItemKind.GATE and contract and cycle and cycle.stage is item.stage:
        named = CLEARANCES.get(comment.kind)
        if any(one.item == named for one in rules.policy.checklist(cycle.stage, contract.kind)):
            evidence = f"{comment.kind} comments ({comment.initials} {comment.given_on:%d/%m/%y})"
            complete(
                session, contract, cycle, rules.policy, str(named), evidence, by, min(comment.given_on, at.date()), at
            )  # fmt: skip
    audit.record(session, at, by, f"{comment.kind} comments given", paper.title, initials=comment.initials)
    return paper


def revert(session: Session, item: AgendaItem, by: str, at: datetime) -> Paper:
    """Take the paper's last change back: the version before stands again. Raises PaperRefused where there is none."""
    paper = find(session, item)
    before = paper and session.exec(
        select(PaperVersion).where(PaperVersion.paper_id == paper.id).order_by(col(PaperVersion.number).desc())
    ).first()  # fmt: skip
    if not paper or not before:
        raise PaperRefused(f"“{item.title}” has no earlier version to go back to")
    now = paper.content
    paper.content, paper.title = before.content, before.content["title"]
    before.content = now
    session.add_all([paper, before])
    session.flush()
    audit.record(session, at, by, "paper put back", paper.title)
    return paper


def versions(session: Session, paper: Paper) -> list[PaperVersion]:
    """The paper as it once was, oldest first."""
    rows = select(PaperVersion).where(PaperVersion.paper_id == paper.id).order_by(col(PaperVersion.number))
    return list(session.exec(rows))


def _keep(session: Session, paper: Paper, by: str, at: datetime, removed: tuple[str, ...] = ()) -> None:
    last = session.exec(select(func.max(PaperVersion.number)).where(PaperVersion.paper_id == paper.id)).one()
    session.add(
        PaperVersion(
            paper_id=identity(paper), number=(last or 0) + 1, content=paper.content, removed=list(removed), by=by, at=at
        )
    )  # fmt: skip


_SEEN = (
    select(Paper.seen)
    .join(AgendaItem, col(AgendaItem.id) == col(Paper.agenda_item_id))
    .where(
        AgendaItem.meeting_id == bindparam("meeting"),
        AgendaItem.cycle_id == bindparam("cycle"),
        AgendaItem.stage == bindparam("at"),
        AgendaItem.kind == ItemKind.GATE,
    )
)


def superseded(
    session: Session, contract: Contract, cycle: Cycle, meeting: Meeting | None, version: int | None = None
) -> bool:
    """Whether the paper that the meeting had for the present gate was written on facts that are others now.

    `version` is the cycle's that the Board saw, where a verdict was put back since.
    """
    if meeting is None:
        return False
    seen = run(session, _SEEN, meeting=meeting.id, cycle=cycle.id, at=cycle.stage).scalar()
    return bool(seen) and seen != _seal(session, contract, cycle, version)


def is_stale(session: Session, item: AgendaItem, paper: Paper) -> bool:
    """Whether the facts that the item's paper was written on are others now, the gate being undecided."""
    contract, cycle = about(session, item)
    if not (paper.seen and contract and cycle and cycle.stage is item.stage):
        return False
    return paper.seen != _seal(session, contract, cycle)


def _seal(session: Session, contract: Contract, cycle: Cycle, version: int | None = None) -> str:
    """What a decision rests on: the cycle's version, and the contract's dates and options."""
    known = facts(session, contract)
    rests_on = (
        version or cycle.version,
        known.start,
        known.end,
        known.successor_start,
        known.options,
        known.notice_months,
    )
    return sha256(repr(rests_on).encode()).hexdigest()
