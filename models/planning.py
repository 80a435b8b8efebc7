"""Materialises the milestones of contracts, whenever a contract, a verdict or the policy changes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from lifecycle.boards import Boards
from lifecycle.ladders import next_firing, read_rung
from lifecycle.planning import ContractFacts, Plan, PlannedMilestone, plan
from lifecycle.policy import Ladder, Policy, Stream
from lifecycle.stages import Kind, Stage
from models.alerts import ALIVE, Alert, AlertState, DigestEntry, LadderOverride
from models.columns import identity
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
    sa.select(*table(Milestone).c["id", "kind", "gate", "earliest", "latest", "met_on", "next_alert_on"])
    .where(col(Milestone.contract_id) == _CONTRACT)
    .order_by(col(Milestone.id))
    .with_for_update()  # a sweep under way is waited for: its alerts are of the old date
)
_FIRED = (
    sa.select(col(Alert.milestone_id), sa.func.max(Alert.fire_on))
    .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
    .where(col(Milestone.contract_id) == _CONTRACT, col(Alert.milestone_revision) == col(Milestone.revision))
    .group_by(col(Alert.milestone_id))
)
_OVERRIDES = sa.select(*table(LadderOverride).c["milestone", "rungs", "overdue_every"]).where(
    col(LadderOverride.contract_id) == _CONTRACT
)
_MILESTONE = col(Milestone.id) == sa.bindparam("milestone")
_SET = update(Milestone).where(_MILESTONE)
_REVISE = _SET.values(revision=col(Milestone.revision) + 1)
# On `next_escalation_on` whoever was told of an alert is told that it is ended.
_END_ALERTS = update(Alert).where(
    col(Alert.milestone_id).in_(sa.bindparam("milestones", expanding=True)), col(Alert.state).in_(ALIVE)
)


def _store(
    session: Session, contract: Contract, made: Plan | None, policy: Policy, today: date, because: str
) -> int:
    known = {(one.kind, one.gate): one for one in run(session, _KNOWN, contract=contract.id)}
    arming = _Arming(session, contract, policy)
    new: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    armed: list[dict[str, Any]] = []
    for planned in made.milestones if made else ():
        milestone = known.pop((planned.kind, planned.gate), None)
        if milestone is None:
            key = {"contract_id": contract.id, "kind": planned.kind, "gate": planned.gate, "revision": 1}
            new.append(key | _said(planned, arming, today, because))
        elif milestone.met_on or (milestone.earliest, milestone.latest) != (planned.earliest, planned.latest):
            moved.append({"milestone": milestone.id} | _said(planned, arming, today, because))
        elif (day := arming.next(planned, arming.fired.get(milestone.id))) != milestone.next_alert_on:
            armed.append({"milestone": milestone.id, "next_alert_on": day})  # only its ladder changed
    met = [
        {"milestone": one.id, "met_on": today, "next_alert_on": None}
        for one in known.values()
        if not one.met_on
    ]
    run_each(session, inserting(Milestone), new)
    run_each(session, _REVISE, moved)
    run_each(session, _SET, armed)
    run_each(session, _SET, met)
    for changed, state, told_on in (
        (moved, AlertState.SUPERSEDED, today),
        (met, AlertState.CLOSED, None),
    ):
        if milestones := [one["milestone"] for one in changed]:
            run(session, _END_ALERTS, milestones=milestones, state=state, next_escalation_on=told_on)
    return len(new) + len(moved) + len(met)


def _said(planned: PlannedMilestone, arming: "_Arming", today: date, because: str) -> dict[str, Any]:
    """What the record says of a milestone when its date is set."""
    return {
        "earliest": planned.earliest,
        "latest": planned.latest,
        "words": planned.words,
        "how": planned.how.words,
        "moved_because": because,
        "revised_on": today,
        "next_alert_on": arming.next(planned, None),
        "met_on": None,
    }


class _Arming:
    """The day of each next alert of a contract's milestones, by the ladder that counts now."""

    def __init__(self, session: Session, contract: Contract, policy: Policy) -> None:
        self._session, self._contract, self._policy = session, contract, policy
        rows = run(session, _OVERRIDES, contract=contract.id)
        self._overrides = {one.milestone: LadderOverride(**one._mapping) for one in rows}

    @cached_property
    def fired(self) -> dict[int, date]:
        """The day of the newest alert of each milestone's present revision."""
        return dict(run(self._session, _FIRED, contract=self._contract.id).tuples().all())

    @cached_property
    def _value(self) -> Decimal | None:
        key = identity(self._contract)
        return annual_values(self._session, [key]).get(key) if self._policy.by_value else None

    def next(self, planned: PlannedMilestone, fired: date | None) -> date | None:
        """The day of the first alert after the one that fired last; None where its ladder has no more."""
        override = self._overrides.get(planned.kind)
        ladder = ladder_of(self._policy, planned.kind, self._contract.kind, self._value, override)
        following = next_firing(ladder, planned.earliest, planned.latest, fired)
        return following.on if following else None


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


def hand_over(
    session: Session,
    contract: Contract,
    former_id: int,
    heir_id: int,
    today: date,
    stream: Stream | None = None,
) -> None:
    """Give what the former post still had to answer of the contract (or of one stream) to its heir, told in a digest."""
    held = session.exec(
        select(Alert)
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .where(Milestone.contract_id == contract.id, col(Alert.state).in_(ALIVE))
        .where(Alert.holder_id == former_id, sa.true() if stream is None else Alert.stream == stream)
    ).all()
    for alert in held:
        alert.holder_id = heir_id
        session.add(alert)
        session.merge(DigestEntry(person_id=heir_id, alert_id=identity(alert), due_on=today))


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
