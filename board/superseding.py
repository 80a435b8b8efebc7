"""A wrong verdict is corrected by another that supersedes it: what it moved is put back, where nothing rests on it yet."""

from datetime import date, datetime

from sqlmodel import Session, col, func, select

from board.attendance import minutes_approved
from lifecycle.words import say
from models import audit
from models.contracts import Contract
from models.cycles import Cycle, PartnerDecision, StageChange, VerdictRecord
from models.meetings import Meeting
from models.transitions import MoveRefused, put_back


def last_verdict(session: Session, cycle: Cycle) -> VerdictRecord | None:
    """The last verdict on this cycle that stands: the only one that may be superseded."""
    return session.exec(
        select(VerdictRecord)
        .where(VerdictRecord.cycle_id == cycle.id, VerdictRecord.lapsed == "")
        .order_by(col(VerdictRecord.id).desc())
    ).first()


def named(minute: str, on: date) -> str:
    """Where a verdict is recorded, in words."""
    return f"{f'minute {minute}' if minute else 'the urgent decision'} of {say(on)}"


def supersede(
    session: Session, contract: Contract, cycle: Cycle, wrong: VerdictRecord, meeting: Meeting | None, by: str, on: date,
    at: datetime,
) -> str:  # fmt: skip
    """Mark the verdict as superseded `by` another of that day, and put back what it moved; returns that in words.

    Raises MoveRefused with what rests on it already, StaleCycle.
    """
    former = named(wrong.minute, wrong.on)
    if why := _in_the_way(session, contract, cycle, wrong, meeting):
        raise MoveRefused(f"{contract.reference}: {former} cannot be superseded: {why}")
    wrong.lapsed = f"superseded by {by}"
    session.add(wrong)
    back = put_back(session, contract, cycle, wrong, on, f"{former} was {wrong.lapsed}")
    audit.record(
        session, at, "Board", "verdict superseded", contract.reference, verdict=wrong.verdict, minute=wrong.minute,
        on=wrong.on.isoformat(), by=by, put_back=back,
    )  # fmt: skip
    return f"{former} ({wrong.verdict}) no longer stands: {back}"


def _in_the_way(
    session: Session, contract: Contract, cycle: Cycle, wrong: VerdictRecord, meeting: Meeting | None
) -> str | None:
    """Why the verdict can no longer be superseded, and what to do instead."""
    if wrong.lapsed:
        return f"it no longer stands ({wrong.lapsed})"
    if (last := last_verdict(session, cycle)) and last.id != wrong.id:
        return f'{named(last.minute, last.on)} ("{last.verdict}") has decided on it since; supersede that one first'
    moved = wrong.effective_on is not None
    if cycle.version != wrong.cycle_version + moved:
        return f"{_what_moved(session, cycle)}; decide anew instead"
    if not wrong.undo:
        return "it was recorded before what it changed was kept; decide anew instead"
    if said := _partner_since(session, cycle, wrong):
        return f"{said.authority} has decided on it since, on {say(said.on)}; decide anew together instead"
    if part := _split_since(session, contract, wrong):
        return f"lots were split off since, as {part}; decide anew instead"
    if meeting and meeting.id == wrong.meeting_id and minutes_approved(session, meeting):
        return "the minutes of that Board are approved; a later Board corrects it"
    return None


def _what_moved(session: Session, cycle: Cycle) -> str:
    """What has moved the contract without a verdict that stands."""
    change = session.exec(
        select(StageChange)
        .where(StageChange.cycle_id == cycle.id, col(StageChange.verdict_id).is_(None))
        .order_by(col(StageChange.id).desc())
    ).first()
    if change:
        return f"it left {change.from_stage} on {say(change.on)} ({change.reason})"
    return "the contract has moved since"


def _partner_since(session: Session, cycle: Cycle, wrong: VerdictRecord) -> PartnerDecision | None:
    """What an authority has decided since: on this verdict, or at the gate that it led to."""
    on_this = (
        (col(PartnerDecision.visit) == wrong.undo["visit"])
        & col(PartnerDecision.authority).in_(wrong.undo["waited_for"])
        & (col(PartnerDecision.recorded_at) >= wrong.recorded_at)
    )
    at_the_next = (col(PartnerDecision.visit) == cycle.visit) & (cycle.visit != wrong.undo["visit"])
    return session.exec(
        select(PartnerDecision).where(PartnerDecision.cycle_id == cycle.id, on_this | at_the_next)
    ).first()


def _split_since(session: Session, contract: Contract, wrong: VerdictRecord) -> str | None:
    """The contract that lots became after the verdict: such a contract begins with a verdict of its own."""
    return session.exec(
        select(Contract.reference)
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .join(VerdictRecord, col(VerdictRecord.cycle_id) == col(Cycle.id))
        .where(Contract.split_from_id == contract.id)
        .group_by(col(Contract.reference))
        .having(func.min(VerdictRecord.id) > (wrong.id or 0))
    ).first()
