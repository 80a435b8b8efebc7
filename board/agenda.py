"""An agenda that computes itself: what must come to a meeting, why, and what a delay would cost."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from board import actions
from board.refusals import BoardRefused
from lifecycle.outlook import Outlook, outlook
from lifecycle.planning import IN_CYCLE, GatePlan, MilestoneKind, plan
from lifecycle.stages import GATES, Stage
from lifecycle.words import say
from models import audit
from models.agenda import AgendaItem, ItemKind, ItemPurpose, ItemState
from models.business import BusinessCase, CaseState, ExceptionReport
from models.checklists import missing
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle, Milestone, StageChange, VerdictRecord
from models.meetings import Meeting
from models.planning import Rules, facts
from models.rows import run

LONDON = ZoneInfo("Europe/London")

STANDING = {
    "minutes": "Minutes of the last meeting",
    "apologies": "Apologies for absence",
    "interests": "Declarations of interest",
    "alerts": "Alerts",
}
"""The items of every agenda, by key."""

_ORDER = (
    ItemKind.STANDING, ItemKind.ACTIONS, ItemKind.UNOWNED, ItemKind.EXCEPTION, ItemKind.GATE, ItemKind.BUSINESS_CASE,
    ItemKind.REVIEWS, ItemKind.STAGE_REPORT, ItemKind.URGENT, ItemKind.SLT, ItemKind.OTHER,
)  # fmt: skip
"""The order in which kinds of items stand, until the secretary moves one."""


class AgendaRefused(BoardRefused):
    """The agenda cannot be changed so, and the message says why."""


_MEETING = select(Meeting).where(Meeting.on == bindparam("on"))


def hold(session: Session, on: date, rules: Rules) -> Meeting:
    """The meeting of that day, made where the record has none yet. Raises NoMeeting on any other day."""
    rules.boards.papers(on)
    board = rules.policy.board
    if known := session.exec(_MEETING, params={"on": on}).first():
        return known
    session.exec(  # two at once make one
        _dialect(session)
        .insert(Meeting)
        .values(
            on=on,
            title=f"{board.name}, {say(on)}",
            venue=board.venue,
            starts_at=datetime.combine(on, board.time, LONDON),
        )
        .on_conflict_do_nothing()
    )
    return session.exec(_MEETING, params={"on": on}).one()


def _dialect(session: Session) -> ModuleType:
    return postgresql if session.get_bind().dialect.name == "postgresql" else sqlite


def compute(session: Session, meeting: Meeting, rules: Rules, unowned: int = 0) -> list[AgendaItem]:
    """Table what must come to the meeting; what is on the agenda already stays as it is.

    That is every gate whose last Board is this one, the next or past, or that has everything it asks for; what an
    earlier meeting carried over; urgent decisions, exceptions, business cases and what became of them, stages
    completed, reviews and actions due, and the standing items. `unowned` is how many contracts nobody answers for.
    """
    known = {item.key for item in _all(session, meeting)}
    for item in (
        *_standing(meeting, unowned),
        *_gates(session, meeting, rules),
        *_urgent(session, meeting, rules),
        *_exceptions(session, meeting),
        *_cases(session, meeting),
        *_since_the_last(session, meeting, rules),
        *_carried_over_otherwise(session, meeting, rules),
    ):
        if item.key not in known:
            known.add(item.key)
            item.position = _ORDER.index(item.kind) * 1000
            session.add(item)
    session.flush()
    return items(session, meeting)


def _standing(meeting: Meeting, unowned: int) -> Iterator[AgendaItem]:
    for key, title in STANDING.items():
        purpose = ItemPurpose.DECISION if key == "minutes" else ItemPurpose.INFORMATION
        yield AgendaItem(
            meeting_id=identity(meeting),
            key=key,
            kind=ItemKind.STANDING,
            title=title,
            purpose=purpose,
            why="on every agenda",
        )
    if unowned:
        yield AgendaItem(
            meeting_id=identity(meeting), key="unowned", kind=ItemKind.UNOWNED, title="Contracts nobody answers for",
            why="the post that owns them is away or gone, and nobody stands in for it",
        )  # fmt: skip


def _gates(session: Session, meeting: Meeting, rules: Rules) -> Iterator[AgendaItem]:
    after, carried = rules.boards.after(meeting.on), _carried_over(session, meeting)
    rows = session.exec(
        select(Cycle, Contract)
        .join(Contract, col(Contract.id) == col(Cycle.contract_id))
        .where(col(Cycle.stage).in_(GATES))
        .order_by(col(Contract.reference))
    ).all()
    for cycle, contract in rows:
        gate = plan(facts(session, contract), rules.policy, rules.boards).gate(cycle.stage)
        if gate and gate.last_board <= after:
            yield AgendaItem(**_gate(meeting, cycle, contract, _why(gate, meeting.on)))
        elif since := carried.get((cycle.id, cycle.stage)):
            yield AgendaItem(
                **_gate(meeting, cycle, contract, f"carried over from the Board of {say(since)}")
            )
        elif _is_ready(session, contract, cycle, rules):
            yield AgendaItem(**_gate(meeting, cycle, contract, "everything its gate asks for is there"))


def _is_ready(session: Session, contract: Contract, cycle: Cycle, rules: Rules) -> bool:
    """Whether people have provided what the gate asks for; the flow that compiles the pack fills in the rest."""
    asked = rules.policy.checklist(cycle.stage, contract.kind)
    if not any(one.by != "compile-pack" for one in asked):
        return False
    theirs = {one.item for one in asked if one.by != "compile-pack"}
    return not theirs & set(missing(session, contract, cycle, rules.policy))


def _urgent(session: Session, meeting: Meeting, rules: Rules) -> Iterator[AgendaItem]:
    for verdict in _to_report(session, meeting, rules):
        cycle = session.get_one(Cycle, verdict.cycle_id)
        contract = session.get_one(Contract, cycle.contract_id)
        yield AgendaItem(
            meeting_id=identity(meeting),
            key=f"{ItemKind.URGENT} {cycle.id} {verdict.stage}",
            kind=ItemKind.URGENT,
            purpose=ItemPurpose.INFORMATION,
            cycle_id=identity(cycle),
            stage=verdict.stage,
            title=f"{contract.title}: urgent decision of {say(verdict.on)} ({verdict.verdict})",
            why=verdict.urgent_because,
        )


def _to_report(session: Session, meeting: Meeting, rules: Rules) -> list[VerdictRecord]:
    """The urgent decisions before this meeting that no meeting since, other than this one, has on its agenda."""
    reported = (
        select(AgendaItem.id)
        .join(Meeting, col(Meeting.id) == col(AgendaItem.meeting_id))
        .where(
            AgendaItem.cycle_id == VerdictRecord.cycle_id,
            AgendaItem.stage == VerdictRecord.stage,
            AgendaItem.kind == ItemKind.URGENT,
            col(Meeting.on) > col(VerdictRecord.on),
            col(Meeting.on).in_(rules.boards.dates),  # one that was cancelled heard nothing
            col(Meeting.id) != meeting.id,
        )
    )
    rows = session.exec(
        select(VerdictRecord)
        .where(
            col(VerdictRecord.urgent_by_id).is_not(None), VerdictRecord.on < meeting.on, ~reported.exists()
        )
        .order_by(col(VerdictRecord.on), col(VerdictRecord.id))
    )
    return list(rows)


def _exceptions(session: Session, meeting: Meeting) -> Iterator[AgendaItem]:
    """The open exceptions raised before the meeting that no earlier one has dealt with, worst first."""
    rows = session.exec(
        select(ExceptionReport, Contract)
        .join(Contract, col(Contract.id) == col(ExceptionReport.contract_id))
        .where(col(ExceptionReport.closed_on).is_(None), ExceptionReport.raised_on <= meeting.on)
        .where(col(ExceptionReport.id).not_in(_dealt_with(col(AgendaItem.exception_id), meeting)))
        .order_by(col(ExceptionReport.id))
    ).all()
    severities = list(type(rows[0][0].severity)) if rows else []
    for report, contract in sorted(rows, key=lambda row: -severities.index(row[0].severity)):
        yield AgendaItem(
            meeting_id=identity(meeting),
            key=f"{ItemKind.EXCEPTION} {report.id}",
            kind=ItemKind.EXCEPTION,
            exception_id=identity(report),
            title=f"{contract.title}: {report.trigger}",
            why=f"raised on {say(report.raised_on)}, {report.severity}"
            + (", safeguarding" if report.safeguarding else ""),
        )


def _cases(session: Session, meeting: Meeting) -> Iterator[AgendaItem]:
    """Business cases to recommend, and what the senior leadership team has decided since on earlier ones."""
    for case in session.exec(select(BusinessCase).order_by(col(BusinessCase.id))):
        if case.state is CaseState.SUBMITTED and case.submitted_on <= meeting.on:
            kind, title, why = ItemKind.BUSINESS_CASE, case.title, f"submitted on {say(case.submitted_on)}"
        elif case.slt_decided_on and case.slt_decided_on <= meeting.on:
            kind, title = ItemKind.SLT, f"{case.title}: decision of the senior leadership team"
            why = f"{case.state} on {say(case.slt_decided_on)}"
        else:
            continue
        dealt = session.exec(_dealt_with(col(AgendaItem.case_id), meeting).where(AgendaItem.kind == kind))
        if case.id not in set(dealt):
            purpose = ItemPurpose.INFORMATION if kind is ItemKind.SLT else ItemPurpose.DECISION
            yield AgendaItem(
                meeting_id=identity(meeting), key=f"{kind} {case.id}", kind=kind, case_id=identity(case), title=title, why=why, purpose=purpose
            )  # fmt: skip


def _dealt_with(column: Any, meeting: Meeting) -> Any:
    """What another meeting has on its agenda and has not carried over."""
    return select(column).where(
        column.is_not(None), AgendaItem.meeting_id != meeting.id, AgendaItem.state == ItemState.DECIDED
    )


def _since_the_last(session: Session, meeting: Meeting, rules: Rules) -> Iterator[AgendaItem]:
    """Actions, reviews that fall due before the next Board, stages completed since the last: one item each."""
    after, last = rules.boards.after(meeting.on), rules.boards.before(meeting.on)
    if actions.open_ones(session, meeting.on):
        yield AgendaItem(
            meeting_id=identity(meeting), key="actions", kind=ItemKind.ACTIONS, title="Actions", purpose=ItemPurpose.INFORMATION,
            why="actions are open",
        )  # fmt: skip
    if reviews_due(session, after):
        yield AgendaItem(
            meeting_id=identity(meeting), key="reviews", kind=ItemKind.REVIEWS, title="Contract reviews due", purpose=ItemPurpose.INFORMATION,
            why=f"reviews fall due before the Board of {say(after)}",
        )  # fmt: skip
    if stages_completed(session, last, meeting.on):
        yield AgendaItem(
            meeting_id=identity(meeting), key="stages", kind=ItemKind.STAGE_REPORT, title="Stages completed since the last Board",
            purpose=ItemPurpose.INFORMATION, why="work was completed",
        )  # fmt: skip


def reviews_due(session: Session, until: date) -> list[tuple[Milestone, Contract]]:
    """The annual reviews not done that are due on or before the day, of contracts with a cycle of their own."""
    rows = session.exec(
        select(Milestone, Contract)
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(Milestone.kind == MilestoneKind.ANNUAL_REVIEW, col(Milestone.met_on).is_(None))
        .where(Milestone.latest <= until, col(Contract.kind).in_(IN_CYCLE))
        .order_by(col(Milestone.latest), col(Contract.reference))
    )
    return list(rows.all())


def stages_completed(session: Session, after: date, until: date) -> list[tuple[StageChange, Contract]]:
    """The stages that completed work ended after the one day and until the other, that day included."""
    rows = session.exec(
        select(StageChange, Contract)
        .join(Cycle, col(Cycle.id) == col(StageChange.cycle_id))
        .join(Contract, col(Contract.id) == col(Cycle.contract_id))
        .where(col(StageChange.verdict_id).is_(None), StageChange.on > after, StageChange.on <= until)
        .order_by(col(StageChange.on), col(StageChange.id))
    )
    return list(rows.all())


def _carried_over(session: Session, meeting: Meeting) -> dict[tuple[int | None, Stage | None], date]:
    """The gates that the last earlier meeting which had them carried over, and the day of that meeting."""
    rows = session.exec(
        select(AgendaItem, col(Meeting.on))
        .join(Meeting, col(Meeting.id) == col(AgendaItem.meeting_id))
        .where(col(Meeting.on) < meeting.on, AgendaItem.kind == ItemKind.GATE)
        .order_by(col(Meeting.on))
    )
    last = {(item.cycle_id, item.stage): (item.state, on) for item, on in rows}
    return {gate: on for gate, (state, on) in last.items() if state is ItemState.CARRIED_OVER}


def _carried_over_otherwise(session: Session, meeting: Meeting, rules: Rules) -> Iterator[AgendaItem]:
    """What the secretary had added to an earlier agenda, and the meeting did not come to it or was not held."""
    rows = session.exec(
        select(AgendaItem, col(Meeting.on))
        .join(Meeting, col(Meeting.id) == col(AgendaItem.meeting_id))
        .where(col(Meeting.on) < meeting.on, AgendaItem.kind == ItemKind.OTHER)
        .order_by(col(Meeting.on))
    )
    for item, on in {item.key: (item, on) for item, on in rows}.values():
        unheard = item.state is ItemState.TABLED and on not in rules.boards.dates
        if unheard or item.state is ItemState.CARRIED_OVER:
            yield AgendaItem(
                meeting_id=identity(meeting), key=item.key, kind=item.kind, title=item.title, purpose=item.purpose, added_by=item.added_by,
                presenter_id=item.presenter_id, why=f"carried over from the Board of {say(on)}",
            )  # fmt: skip


def table(
    session: Session, meeting: Meeting, cycle: Cycle, contract: Contract, why: str, by: str = ""
) -> AgendaItem:
    """Put the cycle's present gate on the agenda, once; what was dropped is on it again."""
    return _put(session, AgendaItem(**_gate(meeting, cycle, contract, why) | {"added_by": by}))


def settle(session: Session, meeting: Meeting, cycle: Cycle, contract: Contract, state: ItemState) -> None:
    """Say what became of the cycle's present gate at the meeting, also where it was not on the agenda."""
    values = _gate(meeting, cycle, contract, "added by the secretary") | {"state": state}
    run(session, _settling(_dialect(session)), **values)


@cache
def _settling(dialect: ModuleType) -> Executable:
    inserting = dialect.insert(AgendaItem)
    settling: Executable = inserting.on_conflict_do_update(
        index_elements=["meeting_id", "key"], set_={"state": inserting.excluded.state}
    )
    return settling


def _gate(meeting: Meeting, cycle: Cycle, contract: Contract, why: str) -> dict[str, Any]:
    return {
        "meeting_id": identity(meeting),
        "key": f"{ItemKind.GATE} {cycle.id} {cycle.stage}",
        "kind": ItemKind.GATE,
        "purpose": ItemPurpose.DECISION,
        "cycle_id": identity(cycle),
        "stage": cycle.stage,
        "title": f"{contract.title}: {GATES.get(cycle.stage, cycle.stage)}",
        "state": ItemState.TABLED,
        "why": why,
        "position": _ORDER.index(ItemKind.GATE) * 1000,
        "added_by": "",
        "dropped_because": "",
    }


def _put(session: Session, item: AgendaItem) -> AgendaItem:
    known = session.exec(
        select(AgendaItem).where(AgendaItem.meeting_id == item.meeting_id, AgendaItem.key == item.key)
    ).first()
    if known and known.state is ItemState.DROPPED:
        known.state, known.dropped_because = ItemState.TABLED, ""
    item = known or item
    session.add(item)
    session.flush()
    return item


def items(session: Session, meeting: Meeting) -> list[AgendaItem]:
    """The agenda as it stands, in its order, without what was dropped."""
    return [item for item in _all(session, meeting) if item.state is not ItemState.DROPPED]


def _all(session: Session, meeting: Meeting) -> list[AgendaItem]:
    return list(
        session.exec(
            select(AgendaItem)
            .where(AgendaItem.meeting_id == meeting.id)
            .order_by(col(AgendaItem.position), col(AgendaItem.id))
        )
    )


def find_item(session: Session, meeting: Meeting, number: int) -> AgendaItem:
    """The item of that number, counted from 1 in the agenda's order. Raises AgendaRefused."""
    there = items(session, meeting)
    if not 1 <= number <= len(there):
        raise AgendaRefused(
            f"the agenda of {say(meeting.on)} has no item {number}; its items are 1 to {len(there)}"
            if there
            else f"the agenda of {say(meeting.on)} is empty; compute it first"
        )
    return there[number - 1]


def add(
    session: Session, meeting: Meeting, title: str, purpose: ItemPurpose, presenter: int | None, by: str, at: datetime
) -> AgendaItem:  # fmt: skip
    """Add an item of the secretary's own; the same title twice is one. Raises AgendaRefused without a title."""
    if not title.strip():
        raise AgendaRefused("an item needs a title")
    item = _put(
        session,
        AgendaItem(
            meeting_id=identity(meeting), key=f"{ItemKind.OTHER} {title.strip()}", kind=ItemKind.OTHER,
            purpose=purpose, title=title.strip(), why="added by the secretary", presenter_id=presenter, added_by=by,
            position=_ORDER.index(ItemKind.OTHER) * 1000,
        ),
    )  # fmt: skip
    _changed(session, meeting, item, "agenda item added", by, at)
    return item


def drop(session: Session, meeting: Meeting, item: AgendaItem, because: str, by: str, at: datetime) -> None:
    """Take an item off; computed again it stays off, until it is put back. Raises AgendaRefused without a reason."""
    if not because.strip():
        raise AgendaRefused("say why the item is dropped")
    if item.state is not ItemState.TABLED:
        raise AgendaRefused(f"“{item.title}” is {item.state}: it can no longer be dropped")
    item.state, item.dropped_because = ItemState.DROPPED, because.strip()
    session.add(item)
    _changed(session, meeting, item, "agenda item dropped", by, at, because=because)


def put_back(session: Session, meeting: Meeting, title: str, by: str, at: datetime) -> AgendaItem:
    """Put a dropped item back, found by its title or a part of it. Raises AgendaRefused unless it is just one."""
    dropped = [item for item in _all(session, meeting) if item.state is ItemState.DROPPED]
    found = [item for item in dropped if title.casefold() in item.title.casefold()]
    if len(found) != 1:
        known = "; ".join(f"“{item.title}”" for item in found or dropped) or "none"
        raise AgendaRefused(f"name one of the dropped items: {known}")
    found[0].state, found[0].dropped_because = ItemState.TABLED, ""
    session.add(found[0])
    _changed(session, meeting, found[0], "agenda item put back", by, at)
    return found[0]


def shift(
    session: Session, meeting: Meeting, item: AgendaItem, before: AgendaItem, by: str, at: datetime
) -> None:
    """Move an item to where `before` stands; that one and what follows keep their order after it."""
    order = [one for one in _all(session, meeting) if one is not item]
    order.insert(order.index(before) if before is not item else len(order), item)
    item.position, last = before.position, -1
    for one in order:
        one.position = last = max(one.position, last + 1)
        session.add(one)
    _changed(session, meeting, item, "agenda item moved", by, at, before=before.title)


def mark(
    session: Session, meeting: Meeting, item: AgendaItem, purpose: ItemPurpose, by: str, at: datetime
) -> None:
    """Mark an item for decision or for information. Raises AgendaRefused for a gate, which only a verdict passes."""
    if item.kind is ItemKind.GATE and purpose is ItemPurpose.INFORMATION:
        raise AgendaRefused(f"“{item.title}” is a gate: the Board decides it, or the secretary drops it")
    item.purpose = purpose
    session.add(item)
    _changed(session, meeting, item, "agenda item marked", by, at, purpose=purpose)


def _changed(
    session: Session, meeting: Meeting, item: AgendaItem, what: str, by: str, at: datetime, **more: str
) -> None:
    session.flush()
    audit.record(session, at, by, what, item.title, on=meeting.on.isoformat(), **more)


def close(session: Session, meeting: Meeting) -> list[AgendaItem]:
    """After the meeting: what was to be decided and was not is carried over. Nothing is decided by silence.

    What is for information needs no decision, nor do standing items: the Board has heard them.
    """
    tabled = [item for item in items(session, meeting) if item.state is ItemState.TABLED]
    for item in tabled:
        heard = item.purpose is ItemPurpose.INFORMATION or item.kind is ItemKind.STANDING
        item.state = ItemState.DECIDED if heard else ItemState.CARRIED_OVER
        session.add(item)
    return [item for item in tabled if item.state is ItemState.CARRIED_OVER]


def meaning(session: Session, contract: Contract, meeting: date, rules: Rules) -> Outlook:
    """What a decision at this meeting, or a deferral to the next, means for the contract."""
    made = plan(facts(session, contract), rules.policy, rules.boards)
    # Seen from the day its papers close, this meeting is the next that can decide.
    return outlook(made, rules.policy, rules.boards, rules.boards.papers(meeting).cut_off)


def _why(gate: GatePlan, meeting: date) -> str:
    if gate.last_board < meeting:
        return f"overdue: the last Board that could decide it was that of {say(gate.last_board)}"
    if gate.last_board == meeting:
        return "this is the last Board that can still decide it"
    return f"only this Board and that of {say(gate.last_board)} can still decide it"
