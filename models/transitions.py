"""Moves a contract to its next stage: the one place where a stage changes, in the caller's transaction."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain, count
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select, update

from lifecycle.counting import months_after
from lifecycle.partial_dates import PartialDate
from lifecycle.planning import as_written
from lifecycle.stages import STAYS, VERSION, Completion, Move, Stage, Verdict, next_stage
from models import audit
from models.columns import copied, identity
from models.contracts import Contract, ExtensionOption, JointAuthority
from models.cycles import ChecklistEntry, Cycle, PartnerDecision, StageChange, VerdictRecord
from models.planning import Rules, replan
from models.rows import insert, run


class StaleCycle(RuntimeError):
    """The cycle has moved since it was looked at; nothing was changed."""


class MoveRefused(ValueError):
    """The move cannot be made, and the message says why."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move did."""

    from_stage: Stage
    to_stage: Stage
    successor: Contract | None = None


_MOVE = update(Cycle).where(col(Cycle.id) == bindparam("cycle"), col(Cycle.version) == bindparam("seen"))


def move(
    session: Session,
    contract: Contract,
    cycle: Cycle,
    what: Move,
    on: date,
    at: datetime,
    reason: str,
    rules: Rules,
    verdict_id: int | None = None,
    ends_on: date | None = None,
) -> Moved:
    """Make the move and everything that follows from it: stage, term, successor, milestones, audit.

    Every move but one that stays at the gate begins a new visit, whose flow is then to start; the visit keeps
    to the newest version of the table. Raises IllegalMove where the move may not follow from the stage,
    MoveRefused where the contract cannot be moved so, StaleCycle where another writer moved it first.
    """
    left, to = cycle.stage, next_stage(cycle.stage, what, cycle.table_version, cycle.direction)
    onward = what not in STAYS
    now = {
        "version": cycle.version + 1,
        "stage": to,
        "stage_since": on if to is not left else cycle.stage_since,
        "visit": cycle.visit + onward,
        "table_version": VERSION if onward else cycle.table_version,
        "direction": _direction(cycle, what, to),
    }
    if run(session, _MOVE, seen=cycle.version, cycle=cycle.id, **now).rowcount != 1:
        raise StaleCycle(f"{contract.reference} was moved by somebody else; look again before deciding")
    for name, value in now.items():
        set_committed_value(cycle, name, value)
    successor = _consequences(session, contract, cycle, what, on, ends_on)
    if to is not left:
        insert(
            session, StageChange, cycle_id=cycle.id, from_stage=left, to_stage=to, on=on, reason=reason,
            verdict_id=verdict_id,
        )  # fmt: skip
    replan(
        session,
        [contract, successor] if successor else [contract],
        rules,
        on,
        f"the Board decided: {what}" if verdict_id else f"the {left} is {what}",
    )
    audit.record(
        session,
        at,
        "Board" if verdict_id else "owner",
        str(what),
        contract.reference,
        from_stage=left,
        to_stage=to,
        on=on.isoformat(),
        reason=reason,
    )
    return Moved(left, to, successor)


def before(contract: Contract, cycle: Cycle) -> dict[str, Any]:
    """What a verdict may change of the contract, as it is before it is passed: JSON for `put_back`."""
    return {
        "stage": cycle.stage,
        "stage_since": cycle.stage_since.isoformat(),
        "visit": cycle.visit,
        "table_version": cycle.table_version,
        "direction": cycle.direction,
        "forecast_end": contract.forecast_end and contract.forecast_end.to_json(),
        "last_review": contract.last_review and contract.last_review.isoformat(),
    }


def put_back(
    session: Session, contract: Contract, cycle: Cycle, wrong: VerdictRecord, on: date, because: str
) -> str:
    """Put back what a verdict moved, as if it had not been passed; returns what that is, in words.

    The stage it left begins a new visit, with the evidence and the agreement that the old one had. The caller
    plans anew. Raises MoveRefused where the contract's dates are no longer as the verdict left them, StaleCycle.
    """
    left, was = cycle.stage, wrong.undo
    now: dict[str, Any] = {"version": cycle.version + 1}
    told = []
    if wrong.effective_on and wrong.verdict not in STAYS:
        if was["stage"] != left:
            told.append(f"it is back from {left} in {was['stage']}")
        told += _terms_put_back(session, contract, wrong)
        now |= {
            "stage": Stage(was["stage"]),
            "stage_since": date.fromisoformat(was["stage_since"]),
            "visit": cycle.visit + 1,
            "table_version": was["table_version"],
            "direction": was["direction"] and Verdict(was["direction"]),
        }
    if run(session, _MOVE, seen=cycle.version, cycle=cycle.id, **now).rowcount != 1:
        raise StaleCycle(f"{contract.reference} was moved by somebody else; look again before deciding")
    for name, value in now.items():
        set_committed_value(cycle, name, value)
    if "visit" in now:
        for kept in (ChecklistEntry, PartnerDecision):
            entries = select(kept).where(kept.cycle_id == cycle.id, kept.visit == was["visit"])
            if kept is ChecklistEntry:
                entries = entries.where(col(ChecklistEntry.withdrawn_at).is_(None))
            session.add_all([copied(row, visit=cycle.visit) for row in session.exec(entries).all()])
    if cycle.stage is not left:
        insert(
            session, StageChange, cycle_id=cycle.id, from_stage=left, to_stage=cycle.stage, on=on,
            reason=because, verdict_id=wrong.id,
        )  # fmt: skip
    return ", ".join(told) or "nothing of it had moved"


def _terms_put_back(session: Session, contract: Contract, wrong: VerdictRecord) -> list[str]:
    """The contract's end, its option and the day of its review, as they were before the verdict."""
    end = wrong.undo["forecast_end"]
    end = end and PartialDate.from_json(end)
    reviewed = wrong.undo["last_review"]
    told = []
    if wrong.verdict in (Verdict.EXTEND, Verdict.END_EARLY):
        given, option = wrong.ends_on, None
        if wrong.verdict is Verdict.EXTEND:
            option = _taken_up(session, contract, wrong)
            former = end or contract.planned_end
            given = (
                months_after(former.latest, option.months) if option and former and former.latest else None
            )
        if given is None or contract.forecast_end != PartialDate.on(given):
            raise MoveRefused(
                f"{contract.reference}: its end or its options were changed since it was decided to {wrong.verdict}, "
                "so they cannot be put back; decide anew instead"
            )
        if option:
            option.taken_up_on = None
            session.add(option)
            told.append("its option to extend is open again")
        contract.forecast_end = end
        told.append(
            f"its end is {as_written(contract.end_date)} again"
            if contract.end_date
            else "it has no end again"
        )
    if wrong.verdict in (Verdict.CONTINUE, Verdict.START_REVIEW):
        contract.last_review = reviewed and date.fromisoformat(reviewed)
    session.add(contract)
    session.flush()
    return told


def _taken_up(session: Session, contract: Contract, wrong: VerdictRecord) -> ExtensionOption | None:
    """The option that the verdict took up: the last of those that were."""
    return session.exec(
        select(ExtensionOption)
        .where(ExtensionOption.contract_id == contract.id, ExtensionOption.taken_up_on == wrong.effective_on)
        .order_by(col(ExtensionOption.position).desc())
    ).first()


def _direction(cycle: Cycle, what: Move, to: Stage) -> Verdict | None:
    """The direction that the Board has given once the move is made."""
    match what:
        case Verdict.REMODEL | Verdict.RECOMMISSION | Verdict.DECOMMISSION:
            return Verdict(what)
        case Verdict.END_EARLY:
            return Verdict.DECOMMISSION
        case Completion.STARTED:
            return None
        case Verdict.PUT_BACK if to in (Stage.REVIEW, Stage.NEEDS_ANALYSIS):
            return None
    return cycle.direction


def _consequences(
    session: Session, contract: Contract, cycle: Cycle, what: Move, on: date, ends_on: date | None
) -> Contract | None:
    match what:
        case Verdict.END_EARLY:
            _end_early(contract, on, ends_on)
        case Verdict.WITHDRAW if contract.in_force:
            raise MoveRefused(
                f"{contract.reference} is in force: it cannot be withdrawn; end it early, or decommission it"
            )
        case Verdict.EXTEND:
            _extend(session, contract, on)
        case Verdict.CONTINUE | Verdict.START_REVIEW:
            contract.last_review = on
        case Completion.STARTED:
            contract.in_force = True
        case Completion.COMPLETED:
            contract.actual_end, contract.in_force = _last_day(contract, on), False
            if cycle.direction is not Verdict.DECOMMISSION:
                return _succeed(session, contract, on)
    session.add(contract)
    return None


def _extend(session: Session, contract: Contract, on: date) -> None:
    option = session.exec(
        select(ExtensionOption)
        .where(ExtensionOption.contract_id == contract.id, col(ExtensionOption.taken_up_on).is_(None))
        .order_by(col(ExtensionOption.position))
    ).first()
    end = contract.end_date
    if option is None or end is None or end.latest is None:
        raise MoveRefused(f"{contract.reference} has no option to extend that is still open")
    option.taken_up_on = on
    contract.forecast_end = PartialDate.on(months_after(end.latest, option.months))
    session.add(option)


def _end_early(contract: Contract, on: date, ends_on: date | None) -> None:
    if not contract.in_force:
        raise MoveRefused(f"{contract.reference} has not begun: it cannot be ended early; withdraw it")
    end = contract.end_date.latest if contract.end_date else None
    if ends_on is None or ends_on < on or (end and ends_on >= end):
        before = f" and before {end.isoformat()}, its present end" if end else ""
        raise MoveRefused(
            f"{contract.reference} is to end early: say on which day, from {on.isoformat()} on{before}"
        )
    contract.forecast_end = PartialDate.on(ends_on)


def _last_day(contract: Contract, on: date) -> date:
    """The old service ends the day before the new one starts, or on its own end where that is earlier."""
    end = contract.end_date.latest if contract.end_date else None
    eve = on - timedelta(days=1)
    return min(eve, end) if end else eve


def _succeed(session: Session, contract: Contract, on: date) -> Contract:
    """The contract that takes over: same service, owner and partners; its terms wait to be entered."""
    session.add(contract)
    successor = Contract(
        reference=_free_reference(session, f"{contract.reference}-{on:%Y}"),
        title=contract.title,
        kind=contract.kind,
        predecessor_id=identity(contract),
        department=contract.department,
        owner_id=contract.owner_id,
        start_date=PartialDate.on(on),
        registered_on=on,
        notice_months=contract.notice_months,
        regime=contract.regime,
        source=f"successor to {contract.reference}",
        note="End date, suppliers and value are to be entered from the signed contract.",
    )
    session.add(successor)
    session.flush()
    for authority in session.exec(select(JointAuthority).where(JointAuthority.contract_id == contract.id)):
        session.add(JointAuthority(contract_id=identity(successor), name=authority.name, lead=authority.lead))
    session.add(Cycle(contract_id=identity(successor), stage=Stage.REVIEW, stage_since=on))
    return successor


def _free_reference(session: Session, wanted: str) -> str:
    """The reference, or the first of `wanted-2`, `wanted-3` … that the register does not have."""
    names = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return next(
        name
        for name in names
        if not session.exec(select(Contract.id).where(Contract.reference == name)).first()
    )
