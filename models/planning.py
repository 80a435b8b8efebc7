"""Materialises the milestones of contracts, whenever a contract, a verdict or the policy changes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from lifecycle.boards import Boards
from lifecycle.ladders import next_firing, read_rung
from lifecycle.planning import ContractFacts, Plan, PlannedMilestone, plan
from lifecycle.policy import Ladder, Policy
from lifecycle.stages import Kind, Stage
from models.alerts import ALIVE, Alert, AlertState, DigestEntry, LadderOverride
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
    arm = _Arming(session, contract, policy)
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
            arm.anew(milestone)
            continue
        milestone.moved_because = because
        milestone.revised_on = today
        if milestone.id is not None:
            _end_alerts(session, milestone, AlertState.SUPERSEDED, today)
        _revise(milestone, planned)
        arm.first(milestone)
        changed += 1
    for milestone in known.values():
        if milestone.met_on is None:
            milestone.met_on, milestone.next_alert_on = today, None
            _end_alerts(session, milestone, AlertState.CLOSED, None)
            session.add(milestone)
            changed += 1
    return changed


def _revise(milestone: Milestone, planned: PlannedMilestone) -> None:
    milestone.revision += 1
    milestone.earliest, milestone.latest = planned.earliest, planned.latest
    milestone.words, milestone.how = planned.words, planned.how.words
    milestone.met_on = None


def _end_alerts(session: Session, milestone: Milestone, state: AlertState, again_on: date | None) -> None:
    """End the milestone's live alerts; on `again_on` whoever was told of them is told that they are ended."""
    session.exec(
        update(Alert)
        .where(col(Alert.milestone_id) == milestone.id, col(Alert.state).in_(ALIVE))
        .values(state=state, next_escalation_on=again_on)
    )


class _Arming:
    """Sets the day of each next alert of a contract's milestones, by the ladder that counts now."""

    def __init__(self, session: Session, contract: Contract, policy: Policy) -> None:
        self._session, self._contract, self._policy = session, contract, policy
        self._overrides = {
            one.milestone: one
            for one in session.exec(select(LadderOverride).where(LadderOverride.contract_id == contract.id))
        }
        fired = session.exec(
            select(Alert.milestone_id, sa.func.max(Alert.fire_on))
            .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
            .where(
                Milestone.contract_id == contract.id,
                col(Alert.milestone_revision) == col(Milestone.revision),
            )
            .group_by(col(Alert.milestone_id))
        )
        self._fired = {milestone: day for milestone, day in fired}  # noqa: C416 - a result is no sequence of pairs
        key = identity(contract)
        self._value = annual_values(session, [key]).get(key) if policy.by_value else None

    def first(self, milestone: Milestone) -> None:
        """Arm the milestone from its first rung: it is new, or its date moved."""
        self._set(milestone, None)

    def anew(self, milestone: Milestone) -> None:
        """Arm the milestone again from where its alerts stand: only the ladder may have changed."""
        self._set(milestone, self._fired.get(identity(milestone)))

    def _set(self, milestone: Milestone, fired: date | None) -> None:
        ladder = ladder_of(
            self._policy,
            milestone.kind,
            self._contract.kind,
            self._value,
            self._overrides.get(milestone.kind),
        )
        following = next_firing(ladder, milestone.earliest, milestone.latest, fired)
        milestone.next_alert_on = following.on if following else None
        self._session.add(milestone)


def ladder_of(
    policy: Policy, milestone: str, kind: Kind, pounds: Decimal | None, override: LadderOverride | None
) -> Ladder:
    """The ladder of a contract's milestone: its own, or the policy's for its kind and yearly value. Raises NoRule."""
    ladder = policy.ladder(milestone, kind, pounds)
    if override is None:
        return ladder
    rungs = tuple(read_rung(code) for code in override.rungs.split(","))
    return replace(ladder, rungs=rungs, overdue_every=override.overdue_every)


def annual_values(session: Session, contracts: Any) -> dict[int, Decimal]:
    """What each contract (keys, or a query for them) cost in its last financial year on record, in pounds."""
    rows = session.exec(
        select(AnnualValue.contract_id, AnnualValue.financial_year, sa.func.sum(AnnualValue.amount))
        .where(col(AnnualValue.contract_id).in_(contracts))
        .group_by(col(AnnualValue.contract_id), col(AnnualValue.financial_year))
        .order_by(col(AnnualValue.financial_year))
    )
    return {contract: Decimal(pounds) for contract, _, pounds in rows}


def hand_over(session: Session, contract: Contract, former_id: int, today: date) -> None:
    """Give what the contract's former owner still had to answer to its new one, who hears of it in a digest."""
    held = session.exec(
        select(Alert)
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .where(Milestone.contract_id == contract.id, col(Alert.state).in_(ALIVE))
        .where(Alert.holder_id == former_id)
    ).all()
    for alert in held:
        alert.holder_id = contract.owner_id
        session.add(alert)
        session.merge(DigestEntry(person_id=contract.owner_id, alert_id=identity(alert), due_on=today))


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
