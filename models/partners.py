"""Contracts that are shared: which authorities must agree at the present gate, and what they have said."""

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from lifecycle.stages import Stage
from models.contracts import Contract, JointAuthority
from models.cycles import Cycle, PartnerDecision, VerdictRecord
from models.planning import Rules
from models.rows import run

_OTHERS = (
    select(JointAuthority.name)
    .where(JointAuthority.contract_id == bindparam("contract"), JointAuthority.name != bindparam("ours"))
    .order_by(col(JointAuthority.name))
)


def asked(session: Session, contract: Contract, cycle: Cycle, rules: Rules) -> list[str]:
    """The other authorities that must agree at the gate of the stage the contract stands in: from the direction on.

    Also one whose meetings the policy does not know: its dates cannot be planned, its agreement is still needed.
    """
    if cycle.stage is Stage.REVIEW:
        return []
    ours = rules.policy.board.council
    return list(run(session, _OTHERS, contract=contract.id, ours=ours).scalars())


def said(session: Session, cycle: Cycle) -> dict[str, PartnerDecision]:
    """What the authorities decided at the present visit: the newest decision of each."""
    rows = session.exec(
        select(PartnerDecision)
        .where(PartnerDecision.cycle_id == cycle.id, PartnerDecision.visit == cycle.visit)
        .order_by(col(PartnerDecision.on), col(PartnerDecision.id))
    )
    return {row.authority: row for row in rows}


def waiting_verdict(session: Session, cycle: Cycle) -> VerdictRecord | None:
    """Our Board's verdict that waits for authorities to agree, if there is one."""
    return session.exec(
        select(VerdictRecord).where(
            VerdictRecord.cycle_id == cycle.id,
            col(VerdictRecord.effective_on).is_(None),
            VerdictRecord.lapsed == "",
        )
    ).first()
