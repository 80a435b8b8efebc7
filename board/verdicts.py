"""Records what the Board decided: the verdict, the move and everything that follows, in one transaction."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from board.agenda import hold, table
from lifecycle.stages import Completion, Stage, Verdict, next_stage
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle, StageChange, VerdictRecord
from models.meetings import ItemState
from models.planning import Rules
from models.transitions import Moved, MoveRefused, move


def find(session: Session, reference: str) -> tuple[Contract, Cycle]:
    """The contract and its cycle; raises MoveRefused where there is none of that reference."""
    contract = session.exec(select(Contract).where(Contract.reference == reference)).first()
    if contract is None:
        raise MoveRefused(f'the register has no contract "{reference}"')
    cycle = session.exec(select(Cycle).where(Cycle.contract_id == contract.id)).first()
    if cycle is None:
        raise MoveRefused(f"{reference} is a {contract.kind}: it has no cycle of its own")
    return contract, cycle


def record_verdict(
    session: Session,
    reference: str,
    gate: Stage,
    verdict: Verdict,
    meeting_on: date,
    minute: str,
    reason: str,
    at: datetime,
    rules: Rules,
    conditions: str = "",
) -> Moved | None:
    """Record a verdict and let it move the contract; None where this very verdict is on record already.

    Raises MoveRefused where the contract is not at that gate (or a different verdict was recorded there),
    IllegalMove where the verdict may not follow, NoMeeting where the Board does not meet that day.
    """
    contract, cycle = find(session, reference)
    session.refresh(
        cycle, with_for_update=True
    )  # the same verdict from elsewhere waits, and then finds this one
    meeting = hold(session, meeting_on, rules)
    known = session.exec(
        select(VerdictRecord).where(
            VerdictRecord.cycle_id == cycle.id,
            VerdictRecord.meeting_id == meeting.id,
            VerdictRecord.stage == gate,
        )
    ).first()
    if known:
        if known.verdict is verdict and known.minute == minute:
            return None
        raise MoveRefused(
            f'{reference}: minute {known.minute} of {meeting_on} already records "{known.verdict}" at this gate'
        )
    if cycle.stage is not gate:
        raise MoveRefused(
            f'{reference} stands in the stage "{cycle.stage}", not "{gate}"; nothing was recorded'
        )
    next_stage(gate, verdict)
    item = table(session, meeting, cycle, contract, "added by the secretary")
    record = VerdictRecord(
        cycle_id=identity(cycle),
        meeting_id=identity(meeting),
        stage=gate,
        cycle_version=cycle.version,
        verdict=verdict,
        minute=minute,
        reason=reason,
        conditions=conditions,
        recorded_at=at,
    )
    session.add(record)
    session.flush()
    moved = move(session, contract, cycle, verdict, meeting_on, at, reason, rules, record.id)
    item.state = (
        ItemState.CARRIED_OVER if verdict in (Verdict.DEFER, Verdict.REFER_BACK) else ItemState.DECIDED
    )
    session.add(item)
    return moved


def complete(
    session: Session, reference: str, stage: Stage, on: date, at: datetime, rules: Rules
) -> Moved | None:
    """Record that a stage's work is done; None where the contract has done it and left that stage already.

    Raises MoveRefused where the contract has not come to the stage, IllegalMove where its end is a verdict.
    """
    contract, cycle = find(session, reference)
    session.refresh(cycle, with_for_update=True)
    if cycle.stage is not stage:
        left = select(StageChange).where(StageChange.cycle_id == cycle.id, StageChange.from_stage == stage)
        if cycle.stage in (Stage.CLOSED, Stage.REVIEW) and session.exec(left).first():
            return None
        raise MoveRefused(
            f'{reference} stands in the stage "{cycle.stage}", not "{stage}"; nothing was recorded'
        )
    done = Completion.COMPLETED if contract.in_force else Completion.STARTED
    return move(session, contract, cycle, done, on, at, f"{stage} completed", rules)


def history(session: Session, cycle: Cycle) -> list[VerdictRecord]:
    """What the Board has decided on this cycle, oldest first."""
    return list(
        session.exec(
            select(VerdictRecord).where(VerdictRecord.cycle_id == cycle.id).order_by(col(VerdictRecord.id))
        )
    )
