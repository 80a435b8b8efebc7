"""Standstill after an award: worked out by the law the procurement began under, and ticked off once it is over."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from lifecycle.planning import standstill_after
from lifecycle.stages import Stage, Verdict
from models.checklists import complete, missing
from models.contracts import Contract
from models.cycles import Cycle, StageChange, VerdictRecord
from models.planning import Rules

ITEM = "standstill"


def tick_off(
    session: Session, rules: Rules, on: date, at: datetime, reference: str | None = None
) -> list[str]:
    """Complete the item for every contract in mobilisation that may be signed by now.

    Returns what stands about each that still lacks it, in words.
    """
    rows = session.exec(
        select(Contract, Cycle)
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .where(col(Cycle.stage) == Stage.MOBILISATION)
        .where(reference is None or col(Contract.reference) == reference)
    ).all()
    still = []
    for contract, cycle in rows:
        if ITEM not in missing(session, contract, cycle, rules.policy):
            continue
        words, over = _clock(session, contract, cycle, rules, on)
        if over:
            complete(session, contract, cycle, rules.policy, ITEM, words, "mobilisation", on, at)
        else:
            still.append(f"{contract.reference}: {words}")
    return still


def _clock(session: Session, contract: Contract, cycle: Cycle, rules: Rules, on: date) -> tuple[str, bool]:
    """What the standstill is, and whether it is over on the day."""
    if cycle.direction is Verdict.REMODEL:
        return "none: the service is remodelled, nothing was bought", True
    awarded = session.exec(
        select(col(VerdictRecord.effective_on))
        .join(StageChange, col(StageChange.verdict_id) == col(VerdictRecord.id))
        .where(StageChange.cycle_id == cycle.id, StageChange.to_stage == Stage.MOBILISATION)
        .where(VerdictRecord.lapsed == "")  # one that was superseded awarded nothing
        .order_by(col(StageChange.id).desc())
    ).first()
    if awarded is None:
        return "awarded before the contract came into this register", True
    clock = standstill_after(awarded, contract.regime, rules.policy)
    return f"{clock.words} ({clock.citation})", on >= clock.may_sign_from
