"""Materialises the milestones of contracts, whenever a contract, a verdict or the policy changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from lifecycle.boards import Boards
from lifecycle.ladders import next_firing
from lifecycle.planning import ContractFacts, Plan, PlannedMilestone, plan
from lifecycle.policy import Policy
from lifecycle.stages import Kind, Stage
from models.alerts import Alert, AlertState
from models.columns import identity
from models.contracts import AnnualValue, Contract, ExtensionOption, JointAuthority
from models.cycles import Cycle, Milestone
from models.facts import Fact


@dataclass(frozen=True, slots=True)
class Rules:
    """What every plan is made with: the policy, and the Board's calendar that follows from it."""

    policy: Policy
    boards: Boards


def facts(session: Session, contract: Contract) -> ContractFacts:
    """What the plan of a contract is made from, as the record knows it now."""
    cycle = session.exec(select(Cycle).where(Cycle.contract_id == contract.id)).first()
    options = session.exec(
        select(ExtensionOption.months)
        .where(ExtensionOption.contract_id == contract.id, col(ExtensionOption.taken_up_on).is_(None))
        .order_by(col(ExtensionOption.position))
    ).all()
    authorities = session.exec(
        select(JointAuthority.name)
        .where(JointAuthority.contract_id == contract.id)
        .order_by(col(JointAuthority.lead).desc(), col(JointAuthority.name))
    ).all()
    value = session.exec(
        select(AnnualValue.financial_year, sa.func.sum(AnnualValue.amount))
        .where(AnnualValue.contract_id == contract.id)
        .group_by(col(AnnualValue.financial_year))
        .order_by(col(AnnualValue.financial_year).desc())
    ).first()
    return ContractFacts(
        reference=contract.reference,
        kind=contract.kind,
        start=contract.start_date,
        end=contract.end_date,
        successor_start=contract.successor_start,
        notice_months=contract.notice_months,
        options=tuple(options),
        regime=contract.regime,
        stage=cycle.stage if cycle else Stage.REVIEW,
        reviewed=contract.last_review or contract.registered_on,
        in_force=contract.in_force,
        direction=cycle.direction if cycle else None,
        authorities=tuple(authorities),
        annual_value=value[1] if value else None,
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
        made = None if ended else plan(facts(session, contract), rules.policy, rules.boards)
        changed += _store(session, contract, made, rules.policy, today, because)
    session.flush()
    return changed


def _store(
    session: Session, contract: Contract, made: Plan | None, policy: Policy, today: date, because: str
) -> int:
    known = {
        (milestone.kind, milestone.gate): milestone
        for milestone in session.exec(
            select(Milestone)
            .where(Milestone.contract_id == contract.id)
            .order_by(col(Milestone.earliest), col(Milestone.id))
            .with_for_update()  # a sweep under way is waited for: its alerts are of the old date
            .execution_options(populate_existing=True)
        )
    }
    changed = 0
    for planned in made.milestones if made else ():
        milestone = known.pop((planned.kind, planned.gate), None)
        if milestone is None:
            milestone = Milestone(
                contract_id=identity(contract),
                kind=planned.kind,
                gate=planned.gate,
                revision=0,
                earliest=planned.earliest,
                latest=planned.latest,
                words="",
                how="",
            )
        elif milestone.met_on is None and (milestone.earliest, milestone.latest) == (
            planned.earliest,
            planned.latest,
        ):
            continue
        milestone.moved_because = because
        milestone.revised_on = today
        _revise(session, milestone, planned, contract.kind, policy)
        changed += 1
    for milestone in known.values():
        if milestone.met_on is None:
            milestone.met_on, milestone.next_alert_on = today, None
            _end_alerts(session, milestone, AlertState.CLOSED)
            session.add(milestone)
            changed += 1
    return changed


def _revise(
    session: Session, milestone: Milestone, planned: PlannedMilestone, kind: Kind, policy: Policy
) -> None:
    if milestone.id is not None:
        _end_alerts(session, milestone, AlertState.SUPERSEDED)
    milestone.revision += 1
    milestone.earliest, milestone.latest = planned.earliest, planned.latest
    milestone.words, milestone.how = planned.words, planned.how.words
    milestone.met_on = None
    first = next_firing(policy.ladder(planned.kind, kind), planned.earliest, planned.latest, None)
    milestone.next_alert_on = first.on if first else None
    session.add(milestone)


def _end_alerts(session: Session, milestone: Milestone, state: AlertState) -> None:
    session.exec(
        update(Alert)
        .where(col(Alert.milestone_id) == milestone.id, col(Alert.state) == AlertState.OPEN)
        .values(state=state)
    )


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
