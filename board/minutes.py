"""The minutes of a meeting: drafted from what is on record of it, approved at a later one, and no longer changed then."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from board import exemptions
from board.agenda import LONDON, items
from board.attendance import attended, stood_in
from board.membership import seats
from board.packs import published_packs
from board.papers import about
from board.refusals import BoardRefused
from board.rendering.content import Block, Bullets, DocumentData, Paragraph, Section, Table
from board.rendering.editions import open_sections
from board.rendering.pack import render_document
from board.rendering.word import write_document
from board.superseding import named
from lifecycle.words import say
from models import audit
from models.agenda import AgendaItem, ItemDecision, ItemKind, ItemState, ItemVerdict
from models.business import BoardAction, BusinessCase
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle, VerdictRecord
from models.meetings import Conflict, Meeting, Minutes, Role
from models.people import Person
from models.planning import Rules

WORDS = {
    ItemVerdict.NOTE: "noted it",
    ItemVerdict.APPROVE: "approved it",
    ItemVerdict.RECOMMEND: "recommended it to the senior leadership team",
    ItemVerdict.REFUSE: "refused it",
    ItemVerdict.DEFER: "deferred it",
    ItemVerdict.REFER_BACK: "referred it back",
}
WITHOUT = {
    ItemState.DECIDED: "The Board heard it.",
    ItemState.CARRIED_OVER: "It was not decided, and is carried over to the next Board.",
    ItemState.TABLED: "Nothing is on record of it yet.",
}
"""What is said of an item that nothing was decided on."""

_CONTENT = TypeAdapter(DocumentData)


class MinutesRefused(BoardRefused):
    """The minutes cannot be drafted or approved, and the message says why."""


def of_meeting(session: Session, meeting: Meeting) -> Minutes | None:
    """The meeting's minutes, where they are drafted."""
    return session.exec(select(Minutes).where(Minutes.meeting_id == meeting.id)).first()


def draft_minutes(session: Session, meeting: Meeting, rules: Rules, on: date) -> Minutes:
    """Draft the minutes from the record, anew each time until they are approved. Raises MinutesRefused before it met."""
    if meeting.on > on:
        raise MinutesRefused(f"the Board of {say(meeting.on)} has not met yet")
    known = of_meeting(session, meeting)
    if known and known.approved_at_id:
        return known
    content = _drafted(session, meeting, rules)
    drafted = known or Minutes(meeting_id=identity(meeting), content={}, drafted_on=on)
    if drafted.content != content:
        drafted.content, drafted.drafted_on = content, on
        session.add(drafted)
        session.flush()
    return drafted


def approve(
    session: Session, meeting: Meeting, at_meeting: Meeting, corrections: Sequence[str], rules: Rules, by: str,
    at: datetime,
) -> Minutes:  # fmt: skip
    """Approve a meeting's minutes at a later one, with the corrections made there; from then on they never change.

    Raises MinutesRefused where they are not drafted, where the record has changed since, where the later meeting
    has not been held, or where they are approved already at another or with other corrections.
    """
    of = f"the minutes of the Board of {say(meeting.on)}"
    if not meeting.on < at_meeting.on <= at.astimezone(LONDON).date():
        raise MinutesRefused(
            f"{of} are approved at a Board after it that has met, not at that of {say(at_meeting.on)}"
        )
    minutes = of_meeting(session, meeting)
    if minutes is None:
        raise MinutesRefused(f"{of} are not drafted yet")
    if minutes.approved_at_id:
        before = session.get_one(Meeting, minutes.approved_at_id)
        if before.id == at_meeting.id and _corrections(document(minutes)) == tuple(corrections):
            return minutes
        raise MinutesRefused(f"{of} were approved on {say(before.on)}, and no longer change")
    if minutes.content != _drafted(session, meeting, rules):
        raise MinutesRefused(
            f"the record has changed since {of} were drafted on {say(minutes.drafted_on)}: draft them again, and "
            "put them to the Board"
        )
    draft = document(minutes)
    made = [Section(CORRECTIONS, (Bullets(tuple(corrections)),))] if corrections else []
    minutes.content = _as_content(
        replace(
            draft,
            lines=(*draft.lines[:-1], f"Approved at the Board of {say(at_meeting.on)}"),
            sections=(*draft.sections[:-1], *made, draft.sections[-1]),
        )
    )
    minutes.approved_at_id, minutes.approved_on = identity(at_meeting), at_meeting.on
    minutes.sha256 = sha256(json.dumps(minutes.content, sort_keys=True).encode()).hexdigest()
    session.add(minutes)
    session.flush()
    audit.record(
        session, at, by, "minutes approved", f"Board of {meeting.on.isoformat()}", on=at_meeting.on.isoformat(),
        corrections=list(corrections), sha256=minutes.sha256,
    )  # fmt: skip
    return minutes


CORRECTIONS = "Corrections made on approval"


def _corrections(approved: DocumentData) -> tuple[str, ...]:
    made = (one.blocks[0] for one in approved.sections if one.heading == CORRECTIONS)
    return next((block.items for block in made if isinstance(block, Bullets)), ())


def last_before(session: Session, meeting: Meeting) -> Meeting:
    """The last meeting before this one that has minutes. Raises MinutesRefused where there is none."""
    last = session.exec(
        select(Meeting)
        .join(Minutes, col(Minutes.meeting_id) == col(Meeting.id))
        .where(Meeting.on < meeting.on)
        .order_by(col(Meeting.on).desc())
    ).first()
    if last is None:
        raise MinutesRefused(f"no minutes of a Board before {say(meeting.on)} are drafted yet")
    return last


def document(minutes: Minutes) -> DocumentData:
    """The minutes as plain data, whole."""
    return _CONTENT.validate_python(minutes.content)


def _as_content(data: DocumentData) -> dict[str, Any]:
    content: dict[str, Any] = _CONTENT.dump_python(data, mode="json")
    return content


def write(minutes: Minutes, on: date, home: Path) -> list[Path]:
    """Write a meeting's minutes as PDF and Word below `home`; the open edition first, then the exempt one if any.

    The open edition is made from data without the exempt items. The same minutes give the same bytes.
    """
    whole, made = document(minutes), []
    hidden = any(section.exempt for section in whole.sections)
    opened = replace(whole, sections=open_sections(whole.sections))
    for data, name in ((opened, "minutes"), *([(whole, "minutes-exempt")] if hidden else [])):
        path = home / "minutes" / f"{on.isoformat()}-{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        render_document(data, path.with_suffix(".pdf"))
        write_document(data, path.with_suffix(".docx"))
        made += [path.with_suffix(".pdf"), path.with_suffix(".docx")]
    return made


def _drafted(session: Session, meeting: Meeting, rules: Rules) -> dict[str, Any]:
    board, starts = rules.policy.board, meeting.starts_at.astimezone(LONDON)
    after = rules.boards.after(meeting.on)
    return _as_content(
        DocumentData(
            council=board.council,
            title=f"Minutes of the {board.name}, {say(meeting.on)}",
            lines=(
                f"Held on {say(meeting.on)} at {starts:%H:%M}, {meeting.venue}",
                f"Draft, to be approved at the Board of {say(after)}",
            ),
            sections=(
                Section("Members and attendance", tuple(_attendance(session, meeting))),
                *_items(session, meeting),
                *_loose_actions(session, meeting),
                Section(
                    "Close",
                    (
                        Paragraph(f"The next meeting is on {say(after)}."),
                        Paragraph(
                            "Signed by the chair as a correct record: ________________  on: ________________"
                        ),
                    ),
                ),
            ),
            dated=starts,
        )
    )


def _attendance(session: Session, meeting: Meeting) -> Iterator[Block]:
    """Who was there; "A" marks who was not."""
    known, substitutes = attended(session, meeting), stood_in(session, meeting)
    if not known:
        yield Paragraph("Attendance is not on record.")
        return
    instead = {member: who for who, member in substitutes.items()}
    held = {session.get_one(Person, one.person_id).title: one for one in seats(session, meeting.on)}
    rows = []
    for title in [*held, *(one for one in known if one not in held and one not in substitutes)]:
        was = "present" if known.get(title) else "A (apologies)" if title in known else "A"
        was += f"; the {instead[title]} stood in" if title in instead and not known.get(title) else ""
        seat = held.get(title)
        rows.append((title, *((str(seat.role), seat.division) if seat else ("", ""))[: 2 * bool(held)], was))
    header = ("Post", "Seat", "Division", "Attendance") if held else ("Post", "Attendance")
    yield Table("Attendance (A: absent)", header, tuple(rows))
    for title, seat in held.items():
        if seat.role is Role.CHAIR and known.get(title):
            yield Paragraph(f"The {title} was in the chair.")


def _items(session: Session, meeting: Meeting) -> Iterator[Section]:
    """The agenda's items, by the numbers that the published pack gave them."""
    numbers = {
        key: int(item["number"])
        for pack in published_packs(session, meeting)
        for key, item in pack.manifest["items"].items()
    }
    following = max(numbers.values(), default=0)
    for item in items(session, meeting):
        if item.key not in numbers:
            following += 1
            numbers[item.key] = following
    for item in sorted(items(session, meeting), key=lambda one: numbers[one.key]):
        yield Section(
            f"{numbers[item.key]}. {item.title}",
            tuple(map(Paragraph, _said(session, meeting, item))),
            exemptions.of_item(session, item).get(exemptions.PAPER),
        )


def _said(session: Session, meeting: Meeting, item: AgendaItem) -> list[str]:
    """What is on record of an item, sentence by sentence."""
    contract, cycle = about(session, item)
    told = list(_interests(session, meeting, contract)) if contract else []
    if item.key == "interests":
        told = list(_interests(session, meeting)) or ["No interest was declared."]
    if item.key == "apologies":
        away = [post for post, there in attended(session, meeting).items() if not there]
        told = [f"Apologies were received from: {'; '.join(away)}." if away else "There were none."]
    decided = [*_verdicts(session, meeting, item, cycle)] if cycle else []
    decided += _decisions(session, item)
    if item.key == "minutes":
        decided += list(_approved_here(session, meeting)) or (not decided) * ["No minutes were approved."]
    if not decided and not (told and item.kind is ItemKind.STANDING):
        decided = [WITHOUT[item.state]]
    return [*told, *decided, *_actions(session, BoardAction.item_id == item.id)]


def _interests(session: Session, meeting: Meeting, contract: Contract | None = None) -> Iterator[str]:
    """The interests that were declared, in one contract or in all."""
    rows = session.exec(
        select(Person.title, Contract.reference, Conflict.nature)
        .join(Conflict, col(Conflict.person_id) == col(Person.id))
        .join(Contract, col(Contract.id) == col(Conflict.contract_id))
        .where(Conflict.meeting_id == meeting.id)
        .order_by(col(Contract.reference), col(Person.title))
    )
    for post, reference, nature in rows:
        if contract is None or contract.reference == reference:
            yield f"The {post} declared an interest in {reference}: {nature}."


def _verdicts(session: Session, meeting: Meeting, item: AgendaItem, cycle: Cycle) -> Iterator[str]:
    """The verdicts of this meeting at the item's gate. One that was superseded is no longer valid: it is named only."""
    rows = session.exec(
        select(VerdictRecord)
        .where(VerdictRecord.meeting_id == meeting.id, VerdictRecord.cycle_id == cycle.id)
        .where(VerdictRecord.stage == item.stage)
        .order_by(col(VerdictRecord.id))
    ).all()
    for one in rows:
        by = session.exec(select(VerdictRecord).where(VerdictRecord.supersedes_id == one.id)).first()
        if by:
            if by.meeting_id != meeting.id:
                yield f"Minute {one.minute} no longer stands: {one.lapsed}."
            continue
        yield f"Minute {one.minute}: the Board decided to {one.verdict}.{_mover(session, one.moved_by_id)}"
        yield from _reasons(one.reason, one.options_rejected, one.conditions)
        if one.despite:
            yield f"The gate lacked something or had changed; the Board decided all the same: {one.despite}"
        if one.ends_on:
            yield f"The contract is to end on {say(one.ends_on)}."
        if waits := one.undo.get("waited_for"):
            yield f"It takes effect when {' and '.join(waits)} agree."
        if one.supersedes_id:
            wrong = session.get_one(VerdictRecord, one.supersedes_id)
            yield (
                f"Correction: this takes the place of {named(wrong.minute, wrong.on)}, where “{wrong.verdict}” had "
                "been recorded, which is not what was decided."
            )


def _decisions(session: Session, item: AgendaItem) -> Iterator[str]:
    rows = session.exec(
        select(ItemDecision).where(ItemDecision.item_id == item.id).order_by(col(ItemDecision.id))
    ).all()
    if not rows:
        return
    one = rows[-1]
    yield f"Minute {one.minute}: the Board {WORDS[one.verdict]}.{_mover(session, one.moved_by_id)}"
    yield from _reasons(one.reason, one.options_rejected, one.conditions)
    case = session.get_one(BusinessCase, item.case_id) if item.case_id else None
    if case and one.verdict is ItemVerdict.RECOMMEND and case.slt_due_on:
        yield f"The senior leadership team is to decide on {case.reference} by {say(case.slt_due_on)}."
    if len(rows) > 1:
        yield (
            f"Correction: this takes the place of minute {rows[-2].minute}, where “{rows[-2].verdict}” had been "
            "recorded, which is not what was decided."
        )


def _reasons(reason: str, rejected: str, conditions: str) -> Iterator[str]:
    for what, words in (("Reason", reason), ("Options rejected", rejected), ("Conditions", conditions)):
        if words:
            yield f"{what}: {words}"


def _mover(session: Session, key: int | None) -> str:
    return f" Moved by the {session.get_one(Person, key).title}." if key else ""


def _approved_here(session: Session, meeting: Meeting) -> Iterator[str]:
    rows = session.exec(
        select(col(Meeting.on))
        .join(Minutes, col(Minutes.meeting_id) == col(Meeting.id))
        .where(Minutes.approved_at_id == meeting.id)
        .order_by(col(Meeting.on))
    )
    for on in rows:
        yield f"The minutes of the Board of {say(on)} were approved as a correct record."


def _actions(session: Session, which: Any) -> Iterator[str]:
    rows = session.exec(
        select(BoardAction, Person.title)
        .join(Person, col(Person.id) == col(BoardAction.owner_id))
        .where(which)
        .order_by(col(BoardAction.id))
    )
    for action, owner in rows:
        yield f"Action {action.reference}: {action.what.rstrip('.')}. The {owner}, by {say(action.due_on)}."


def _loose_actions(session: Session, meeting: Meeting) -> list[Section]:
    """The actions that belong to no item."""
    told = [
        *_actions(session, (col(BoardAction.meeting_id) == meeting.id) & col(BoardAction.item_id).is_(None))
    ]
    return [Section("Actions", tuple(map(Paragraph, told)))] if told else []
