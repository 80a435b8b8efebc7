"""An agenda that computes itself: which gates must be decided at a meeting, and what a delay would cost."""

from datetime import date, datetime
from functools import cache
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from lifecycle.outlook import Outlook, outlook
from lifecycle.planning import GatePlan, plan
from lifecycle.stages import GATES, Stage
from lifecycle.words import say
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle, VerdictRecord
from models.meetings import AgendaItem, ItemPurpose, ItemState, Meeting
from models.planning import Rules, facts
from models.rows import run

LONDON = ZoneInfo("Europe/London")


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


def compute(session: Session, meeting: Meeting, rules: Rules) -> list[AgendaItem]:
    """Table every gate that must be decided at the meeting: its last Board is this one, the next, or past.

    What an earlier meeting carried over is tabled again, and an urgent decision since the last Board is reported.
    What is on the agenda already stays as it is; computing twice changes nothing.
    """
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
            table(session, meeting, cycle, contract, _why(gate, meeting.on))
        elif since := carried.get((cycle.id, cycle.stage)):
            table(session, meeting, cycle, contract, f"carried over from the Board of {say(since)}")
    for verdict in _to_report(session, meeting, rules):
        cycle = session.get_one(Cycle, verdict.cycle_id)
        contract = session.get_one(Contract, cycle.contract_id)
        _put(
            session,
            AgendaItem(
                meeting_id=identity(meeting),
                cycle_id=identity(cycle),
                stage=verdict.stage,
                title=f"{contract.title}: urgent decision of {say(verdict.on)} ({verdict.verdict})",
                state=ItemState.TABLED,
                why=verdict.urgent_because,
                purpose=ItemPurpose.REPORT,
            ),
        )
    return items(session, meeting)


def _to_report(session: Session, meeting: Meeting, rules: Rules) -> list[VerdictRecord]:
    """The urgent decisions before this meeting that no meeting since, other than this one, has on its agenda."""
    reported = (
        select(AgendaItem.id)
        .join(Meeting, col(Meeting.id) == col(AgendaItem.meeting_id))
        .where(
            AgendaItem.cycle_id == VerdictRecord.cycle_id,
            AgendaItem.stage == VerdictRecord.stage,
            AgendaItem.purpose == ItemPurpose.REPORT,
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


def _carried_over(session: Session, meeting: Meeting) -> dict[tuple[int | None, Stage], date]:
    """The gates that the last earlier meeting which had them carried over, and the day of that meeting."""
    rows = session.exec(
        select(AgendaItem, col(Meeting.on))
        .join(Meeting, col(Meeting.id) == col(AgendaItem.meeting_id))
        .where(col(Meeting.on) < meeting.on, AgendaItem.purpose == ItemPurpose.DECISION)
        .order_by(col(Meeting.on))
    )
    last = {(item.cycle_id, item.stage): (item.state, on) for item, on in rows}
    return {gate: on for gate, (state, on) in last.items() if state is ItemState.CARRIED_OVER}


def table(session: Session, meeting: Meeting, cycle: Cycle, contract: Contract, why: str) -> AgendaItem:
    """Put the cycle's present gate on the agenda, once."""
    return _put(session, AgendaItem(**_item(meeting, cycle, contract, ItemState.TABLED, why)))


def settle(session: Session, meeting: Meeting, cycle: Cycle, contract: Contract, state: ItemState) -> None:
    """Say what became of the cycle's present gate at the meeting, also where it was not on the agenda."""
    values = _item(meeting, cycle, contract, state, "added by the secretary")
    run(session, _settling(_dialect(session)), **values)


@cache
def _settling(dialect: ModuleType) -> Executable:
    inserting = dialect.insert(AgendaItem)
    settling: Executable = inserting.on_conflict_do_update(
        index_elements=["meeting_id", "cycle_id", "stage", "purpose"],
        set_={"state": inserting.excluded.state},
    )
    return settling


def _item(meeting: Meeting, cycle: Cycle, contract: Contract, state: ItemState, why: str) -> dict[str, Any]:
    return {
        "meeting_id": identity(meeting),
        "cycle_id": identity(cycle),
        "stage": cycle.stage,
        "title": f"{contract.title}: {GATES.get(cycle.stage, cycle.stage)}",
        "state": state,
        "why": why,
        "purpose": ItemPurpose.DECISION,
    }


def _put(session: Session, item: AgendaItem) -> AgendaItem:
    known = session.exec(
        select(AgendaItem).where(
            AgendaItem.meeting_id == item.meeting_id,
            AgendaItem.cycle_id == item.cycle_id,
            AgendaItem.stage == item.stage,
            AgendaItem.purpose == item.purpose,
        )
    ).first()
    if known:
        return known
    session.add(item)
    session.flush()
    return item


def items(session: Session, meeting: Meeting) -> list[AgendaItem]:
    """The agenda as it stands, in the order it was tabled."""
    return list(
        session.exec(
            select(AgendaItem).where(AgendaItem.meeting_id == meeting.id).order_by(col(AgendaItem.id))
        )
    )


def close(session: Session, meeting: Meeting) -> list[AgendaItem]:
    """After the meeting: what was tabled and not decided is carried over. Nothing is decided by silence.

    A report needs no decision: the Board has heard it.
    """
    tabled = [item for item in items(session, meeting) if item.state is ItemState.TABLED]
    for item in tabled:
        heard = item.purpose is ItemPurpose.REPORT
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
