"""An agenda that computes itself: which gates must be decided at a meeting, and what a delay would cost."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from lifecycle.boards import NoMeeting
from lifecycle.planning import GatePlan, earliest_start, plan, start_by
from lifecycle.stages import GATES, Stage
from models.contracts import Contract
from models.cycles import Cycle
from models.meetings import AgendaItem, ItemState, Meeting
from models.planning import Rules, facts

LONDON = ZoneInfo("Europe/London")


def hold(session: Session, on: date, rules: Rules) -> Meeting:
    """The meeting of that day, made where the record has none yet. Raises NoMeeting on any other day."""
    rules.boards.papers(on)
    meeting = session.exec(select(Meeting).where(Meeting.on == on)).first()
    if meeting is None:
        board = rules.policy.board
        meeting = Meeting(
            on=on,
            title=f"{board.name}, {on.day} {on:%B %Y}",
            venue=board.venue,
            starts_at=datetime.combine(on, board.time, LONDON),
        )
        session.add(meeting)
        session.flush()
    return meeting


def compute(session: Session, meeting: Meeting, rules: Rules) -> list[AgendaItem]:
    """Table every gate that must be decided at the meeting: its last Board is this one, the next, or past.

    What is on the agenda already stays as it is; computing twice changes nothing.
    """
    after = rules.boards.after(meeting.on)
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
    return items(session, meeting)


def table(session: Session, meeting: Meeting, cycle: Cycle, contract: Contract, why: str) -> AgendaItem:
    """Put the cycle's present gate on the agenda, once."""
    known = session.exec(
        select(AgendaItem).where(
            AgendaItem.meeting_id == meeting.id,
            AgendaItem.cycle_id == cycle.id,
            AgendaItem.stage == cycle.stage,
        )
    ).first()
    if known:
        return known
    assert meeting.id is not None and cycle.id is not None
    item = AgendaItem(
        meeting_id=meeting.id,
        cycle_id=cycle.id,
        stage=cycle.stage,
        title=f"{contract.title}: {GATES[cycle.stage]}",
        state=ItemState.TABLED,
        why=why,
    )
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
    """After the meeting: what was tabled and not decided is carried over. Nothing is decided by silence."""
    carried = [item for item in items(session, meeting) if item.state is ItemState.TABLED]
    for item in carried:
        item.state = ItemState.CARRIED_OVER
        session.add(item)
    return carried


@dataclass(frozen=True, slots=True)
class Delay:
    """What it means that a gate is taken at one meeting or only at the next."""

    gate: GatePlan
    must_start: date
    starts_if_decided: date
    starts_if_deferred: date
    next_board: date

    @property
    def missed(self) -> bool:
        """Whether the service can no longer start in time even if the Board decides at this meeting."""
        return self.starts_if_decided > self.must_start

    def in_words(self) -> str:
        """One or two sentences for the agenda and the paper."""
        if self.missed:
            return (
                f"The last Board that could still decide this was that of {say(self.gate.last_board)}. Decided "
                f"now, the new service can start on {say(self.starts_if_decided)} at the earliest: "
                f"{_gap(self.starts_if_decided, self.must_start)}. " + self._deferred()
            )
        return self._deferred()

    def _deferred(self) -> str:
        gap = self.starts_if_deferred - self.must_start
        if gap.days <= 0:
            return f"If it is deferred to {say(self.next_board)}, the new service can still start in time."
        return (
            f"If the Board defers this to {say(self.next_board)}, the earliest start is "
            f"{say(self.starts_if_deferred)}: {_gap(self.starts_if_deferred, self.must_start)}."
        )


def delay(session: Session, contract: Contract, stage: Stage, meeting: date, rules: Rules) -> Delay | None:
    """What a decision at this meeting, or a deferral to the next, means; None without a date to meet."""
    known = facts(session, contract)
    gate = plan(known, rules.policy, rules.boards).gate(stage)
    must_start = start_by(known)
    if gate is None or must_start is None:
        return None
    after = rules.boards.after(meeting)
    try:
        now, later = (earliest_start(day, known, rules.policy, rules.boards) for day in (meeting, after))
    except NoMeeting:
        return None
    return Delay(gate, must_start, now, later, after)


def say(day: date) -> str:
    """A day as people write it: 1 September 2023."""
    return f"{day.day} {day:%B %Y}"


def _gap(starts: date, must_start: date) -> str:
    days = (starts - must_start).days
    return f"{days} days with no contract"


def _why(gate: GatePlan, meeting: date) -> str:
    if gate.last_board < meeting:
        return f"overdue: the last Board that could decide it was that of {say(gate.last_board)}"
    if gate.last_board == meeting:
        return "this is the last Board that can still decide it"
    return f"only this Board and that of {say(gate.last_board)} can still decide it"
