"""Materialises the milestones of contracts, whenever a contract, a verdict or the policy changes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from lifecycle.boards import Boards
from lifecycle.ladders import next_firing
from lifecycle.planning import ContractFacts, Plan, PlannedMilestone, plan
from lifecycle.policy import Policy
from lifecycle.stages import Kind, Stage
from models.alerts import Alert, AlertState
from models.contracts import AnnualValue, Contract, ExtensionOption, JointAuthority
from models.cycles import Cycle, Milestone
from models.facts import Fact
from models.rows import inserting, run, run_each, table


@dataclass(frozen=True, slots=True)
class Rules:
    """What every plan is made with: the policy, and the Board's calendar that follows from it."""

    policy: Policy
    boards: Boards


_CONTRACT: sa.BindParameter[int] = sa.bindparam("contract")
# One row for every pair of an open option and an authority: both are few.
_BESIDE = (
    select(col(Cycle.stage), col(Cycle.direction), col(ExtensionOption.months), col(JointAuthority.name))
    .add_columns(col(ExtensionOption.position))
    .select_from(Contract)
    .outerjoin(Cycle, col(Cycle.contract_id) == col(Contract.id))
    .outerjoin(
        ExtensionOption,
        (col(ExtensionOption.contract_id) == col(Contract.id)) & col(ExtensionOption.taken_up_on).is_(None),
    )
    .outerjoin(JointAuthority, col(JointAuthority.contract_id) == col(Contract.id))
    .where(col(Contract.id) == _CONTRACT)
    .order_by(col(ExtensionOption.position), col(JointAuthority.lead).desc(), col(JointAuthority.name))
)
_VALUE = (
    select(sa.func.sum(AnnualValue.amount))
    .where(AnnualValue.contract_id == _CONTRACT)
    .group_by(col(AnnualValue.financial_year))
    .order_by(col(AnnualValue.financial_year).desc())
)


def facts(session: Session, contract: Contract) -> ContractFacts:
    """What the plan of a contract is made from, as the record knows it now."""
    return replace(
        _dates(session, contract), annual_value=run(session, _VALUE, contract=contract.id).scalar()
    )


def _dates(session: Session, contract: Contract) -> ContractFacts:
    """What sets the contract's dates: all but its value."""
    beside = run(session, _BESIDE, contract=contract.id).all()
    stage, direction = beside[0][:2]
    options = {row.position: row.months for row in beside if row.months}
    return ContractFacts(
        reference=contract.reference,
        kind=contract.kind,
        start=contract.start_date,
        end=contract.end_date,
        successor_start=contract.successor_start,
        notice_months=contract.notice_months,
        options=tuple(options.values()),
        regime=contract.regime,
        stage=stage or Stage.REVIEW,
        reviewed=contract.last_review or contract.registered_on,
        in_force=contract.in_force,
        direction=direction,
        authorities=tuple(dict.fromkeys(row.name for row in beside if row.name)),
    )


def replan(session: Session, contracts: Iterable[Contract], rules: Rules, today: date, because: str) -> int:
    """Bring the milestones of these contracts to what their plans say; returns how many changed.

    `because` is told to whoever was told a date that moves: "the Board decided to extend".

    A milestone whose date moved gets a new revision, its alerts arm again and the old ones are superseded;
    one that the plan no longer has is met. Planning twice changes nothing.
    """
    changed = 0
    for contract in contracts:
        ended = contract.actual_end is not None
        made = None if ended else plan(_dates(session, contract), rules.policy, rules.boards)
        changed += _store(session, contract, made, rules.policy, today, because)
    return changed


_KNOWN = (
    sa.select(*table(Milestone).c["id", "kind", "gate", "earliest", "latest", "met_on"])
    .where(col(Milestone.contract_id) == _CONTRACT)
    .order_by(col(Milestone.id))
    .with_for_update()  # a sweep under way is waited for: its alerts are of the old date
)
_MILESTONE = col(Milestone.id) == sa.bindparam("milestone")
_MEET = update(Milestone).where(_MILESTONE)
_REVISE = _MEET.values(revision=col(Milestone.revision) + 1)
_END_ALERTS = update(Alert).where(
    col(Alert.milestone_id) == sa.bindparam("milestone"), col(Alert.state) == AlertState.OPEN
)


def _store(
    session: Session, contract: Contract, made: Plan | None, policy: Policy, today: date, because: str
) -> int:
    known = {(one.kind, one.gate): one for one in run(session, _KNOWN, contract=contract.id)}
    new: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    for planned in made.milestones if made else ():
        milestone = known.pop((planned.kind, planned.gate), None)
        if milestone is None:
            key = {"contract_id": contract.id, "kind": planned.kind, "gate": planned.gate, "revision": 1}
            new.append(key | _said(planned, contract.kind, policy, because))
        elif milestone.met_on or (milestone.earliest, milestone.latest) != (planned.earliest, planned.latest):
            moved.append({"milestone": milestone.id} | _said(planned, contract.kind, policy, because))
    met = [
        {"milestone": one.id, "met_on": today, "next_alert_on": None}
        for one in known.values()
        if not one.met_on
    ]
    run_each(session, inserting(Milestone), new)
    run_each(session, _REVISE, moved)
    run_each(session, _MEET, met)
    for changed, state in ((moved, AlertState.SUPERSEDED), (met, AlertState.CLOSED)):
        run_each(session, _END_ALERTS, [{"milestone": one["milestone"], "state": state} for one in changed])
    return len(new) + len(moved) + len(met)


def _said(planned: PlannedMilestone, kind: Kind, policy: Policy, because: str) -> dict[str, Any]:
    """What the record says of a milestone when its date is set."""
    first = next_firing(policy.ladder(planned.kind, kind), planned.earliest, planned.latest, None)
    return {
        "earliest": planned.earliest,
        "latest": planned.latest,
        "words": planned.words,
        "how": planned.how.words,
        "moved_because": because,
        "next_alert_on": first.on if first else None,
        "met_on": None,
    }


POLICY_FINGERPRINT = "policy fingerprint"


def replan_if_policy_changed(session: Session, rules: Rules, today: date) -> int:
    """Plan every contract anew where the policy is not the one that the record was planned with.

    Returns how many milestones changed; 0, and nothing read, where it is the same.
    """
    known = session.get(Fact, POLICY_FINGERPRINT)
    if known and known.value == rules.policy.fingerprint:
        return 0
    session.merge(Fact(name=POLICY_FINGERPRINT, value=rules.policy.fingerprint))
    contracts = session.exec(select(Contract).order_by(col(Contract.id))).all()
    return replan(session, contracts, rules, today, "the council's rules or the Board's calendar changed")
