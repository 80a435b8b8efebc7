"""Materialises the milestones of contracts, whenever a contract, a verdict or the policy changes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from lifecycle.boards import Boards
from lifecycle.ladders import next_firing, read_rung
from lifecycle.planning import KEPT, ContractFacts, Plan, PlannedMilestone, plan
from lifecycle.policy import Ladder, Policy, Stream
from lifecycle.stages import Kind, Stage
from models.alerts import ALIVE, Alert, AlertState, DigestEntry, LadderOverride
from models.columns import identity
from models.contracts import AnnualValue, Contract, ExtensionOption, JointAuthority
from models.cycles import Cycle, Milestone
from models.facts import Fact
from models.rows import insert_all, inserting, run, run_each, table


@dataclass(frozen=True, slots=True)
class Rules:
    """What every plan is made with: the policy, and the Board's calendar that follows from it."""

    policy: Policy
    boards: Boards


_CONTRACT: sa.BindParameter[int] = sa.bindparam("contract")
_THESE: sa.BindParameter[list[int]] = sa.bindparam("contracts", expanding=True)
CHUNK = 500
"""How many contracts are planned together: their rows are read and written in one statement each."""

# One row for every pair of an open option and an authority: both are few.
_BESIDE = (
    select(col(Contract.id), col(Cycle.stage), col(Cycle.direction), col(ExtensionOption.months))
    .add_columns(col(JointAuthority.name), col(ExtensionOption.position))
    .select_from(Contract)
    .outerjoin(Cycle, col(Cycle.contract_id) == col(Contract.id))
    .outerjoin(
        ExtensionOption,
        (col(ExtensionOption.contract_id) == col(Contract.id)) & col(ExtensionOption.taken_up_on).is_(None),
    )
    .outerjoin(JointAuthority, col(JointAuthority.contract_id) == col(Contract.id))
    .where(col(Contract.id).in_(_THESE))
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
    dates = _dates(contract, run(session, _BESIDE, contracts=[contract.id]).all())
    return replace(dates, annual_value=run(session, _VALUE, contract=contract.id).scalar())


def _dates(contract: Contract, beside: Sequence[sa.Row[Any]]) -> ContractFacts:
    """What sets the contract's dates: all but its value."""
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
        stage=beside[0].stage or Stage.REVIEW,
        reviewed=contract.last_review or contract.registered_on,
        in_force=contract.in_force,
        direction=beside[0].direction,
        authorities=tuple(dict.fromkeys(row.name for row in beside if row.name)),
    )


def replan(session: Session, contracts: Iterable[Contract], rules: Rules, today: date, because: str) -> int:
    """Bring the milestones of these contracts to what their plans say; returns how many changed.

    `because` is told to whoever was told a date that moves: "the Board decided to extend".

    A milestone whose date moved gets a new revision, its alerts arm again and the old ones are superseded;
    one that the plan no longer has is met. Planning twice changes nothing.
    """
    rest = iter(contracts)
    changed = 0
    while chunk := {identity(one): one for one in islice(rest, CHUNK)}:
        beside = _by_contract(session, _BESIDE, chunk)
        plans = {
            key: None
            if one.actual_end is not None
            else plan(_dates(one, beside[key]), rules.policy, rules.boards)
            for key, one in chunk.items()
        }
        changed += _store(session, chunk, plans, rules.policy, today, because)
    return changed


def store_first(session: Session, plans: Mapping[int, Plan], rules: Rules, today: date, because: str) -> int:
    """Store the plans of contracts written just now, by their keys; returns how many milestones they have.

    Nothing is read: such a contract has no milestone, no alert, no ladder of its own and no spend yet.
    """
    policy = rules.policy
    new = [
        {
            "contract_id": key, "kind": one.kind, "gate": one.gate, "revision": 1, "earliest": one.earliest,
            "latest": one.latest, "words": one.words, "how": one.how.words, "moved_because": because,
            "revised_on": today, "met_on": None,
            "next_alert_on": _first_alert(policy, one.kind, one.earliest, one.latest, made.facts.kind),
        }
        for key, made in plans.items()
        for one in made.milestones
    ]  # fmt: skip
    insert_all(session, Milestone, new)
    return len(new)


@lru_cache(maxsize=KEPT)
def _first_alert(policy: Policy, milestone: str, earliest: date, latest: date, kind: Kind) -> date | None:
    """The day of the first alert of a contract without a known value; contracts end with months, whole years together."""
    following = next_firing(policy.ladder(milestone, kind), earliest, latest, None)
    return following.on if following else None


def _by_contract(
    session: Session, statement: sa.Executable, contracts: Iterable[int]
) -> dict[int, list[sa.Row[Any]]]:
    """The rows of the statement for these contracts, by contract, which its first column names."""
    rows = defaultdict(list)
    for row in run(session, statement, contracts=list(contracts)):
        rows[row[0]].append(row)
    return rows


_KNOWN = (
    sa.select(
        *table(Milestone).c["contract_id", "id", "kind", "gate", "earliest", "latest", "met_on"],
        col(Milestone.next_alert_on),
    )
    .where(col(Milestone.contract_id).in_(_THESE))
    .order_by(col(Milestone.id))
    .with_for_update()  # a sweep under way is waited for: its alerts are of the old date
)
_FIRED = (
    sa.select(col(Alert.milestone_id), sa.func.max(Alert.fire_on))
    .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
    .where(col(Milestone.contract_id).in_(_THESE), col(Alert.milestone_revision) == col(Milestone.revision))
    .group_by(col(Alert.milestone_id))
)
_OVERRIDES = sa.select(*table(LadderOverride).c["contract_id", "milestone", "rungs", "overdue_every"]).where(
    col(LadderOverride.contract_id).in_(_THESE)
)
_MILESTONE = col(Milestone.id) == sa.bindparam("milestone")
_SET = update(Milestone).where(_MILESTONE)
_REVISE = _SET.values(revision=col(Milestone.revision) + 1)
# On `next_escalation_on` whoever was told of an alert is told that it is ended.
_END_ALERTS = update(Alert).where(
    col(Alert.milestone_id).in_(sa.bindparam("milestones", expanding=True)), col(Alert.state).in_(ALIVE)
)


def _store(
    session: Session,
    contracts: dict[int, Contract],
    plans: dict[int, Plan | None],
    policy: Policy,
    today: date,
    because: str,
) -> int:
    known = {
        (one.contract_id, one.kind, one.gate): one for one in run(session, _KNOWN, contracts=[*contracts])
    }
    arming = _Arming(session, contracts, policy)
    new: list[dict[str, Any]] = []
    moved: list[dict[str, Any]] = []
    armed: list[dict[str, Any]] = []
    for key, planned in ((key, one) for key, made in plans.items() if made for one in made.milestones):
        milestone = known.pop((key, planned.kind, planned.gate), None)
        if milestone is None:
            row = {"contract_id": key, "kind": planned.kind, "gate": planned.gate, "revision": 1}
            new.append(row | _said(planned, arming.next(planned, key, None), today, because))
        elif milestone.met_on or (milestone.earliest, milestone.latest) != (planned.earliest, planned.latest):
            day = arming.next(planned, key, None)
            moved.append({"milestone": milestone.id} | _said(planned, day, today, because))
        elif (day := arming.next(planned, key, arming.fired.get(milestone.id))) != milestone.next_alert_on:
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
            ended = {"state": state, "next_escalation_on": told_on, "answered_by_id": None}
            run(session, _END_ALERTS, milestones=milestones, **ended)
    return len(new) + len(moved) + len(met)


def _said(planned: PlannedMilestone, alert: date | None, today: date, because: str) -> dict[str, Any]:
    """What the record says of a milestone when its date is set."""
    return {
        "earliest": planned.earliest,
        "latest": planned.latest,
        "words": planned.words,
        "how": planned.how.words,
        "moved_because": because,
        "revised_on": today,
        "next_alert_on": alert,
        "met_on": None,
    }


class _Arming:
    """The day of each next alert of these contracts' milestones, by the ladder that counts now."""

    def __init__(self, session: Session, contracts: dict[int, Contract], policy: Policy) -> None:
        self._session, self._contracts, self._policy = session, contracts, policy
        rows = run(session, _OVERRIDES, contracts=[*contracts])
        self._overrides = {(one.contract_id, one.milestone): LadderOverride(**one._mapping) for one in rows}

    @cached_property
    def fired(self) -> dict[int, date]:
        """The day of the newest alert of each milestone's present revision."""
        rows = run(self._session, _FIRED, contracts=[*self._contracts])
        return {milestone: day for milestone, day in rows}  # noqa: C416 - a result is no sequence of pairs

    @cached_property
    def _values(self) -> dict[int, Decimal]:
        return annual_values(self._session, [*self._contracts]) if self._policy.by_value else {}

    def next(self, planned: PlannedMilestone, contract: int, fired: date | None) -> date | None:
        """The day of the first alert after the one that fired last; None where its ladder has no more."""
        override, kind = self._overrides.get((contract, planned.kind)), self._contracts[contract].kind
        ladder = ladder_of(self._policy, planned.kind, kind, self._values.get(contract), override)
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
    keys = session.exec(select(Contract.id).order_by(col(Contract.id))).all()
    return replan(
        session, _read(session, keys), rules, today, "the council's rules or the Board's calendar changed"
    )


def _read(session: Session, keys: Sequence[int | None]) -> Iterator[Contract]:
    """The contracts, a chunk at a time: a large record is not held as a whole."""
    for first in range(0, len(keys), CHUNK):
        yield from session.exec(
            select(Contract)
            .where(col(Contract.id).in_(keys[first : first + CHUNK]))
            .order_by(col(Contract.id))
        ).all()
