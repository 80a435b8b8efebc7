"""Raises the alerts that are due: once each, whatever day the sweep runs and however often."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from lifecycle.escalation import step_on
from lifecycle.ladders import Firing, due, next_firing, presses
from lifecycle.policy import EscalationStep, Ladder, Policy
from models.alerts import ALIVE, Alert, AlertState, LadderOverride, StreamOwner
from models.columns import identity
from models.contracts import Contract
from models.cycles import Milestone
from models.planning import annual_values, ladder_of


@dataclass(frozen=True, slots=True)
class Raised:
    """A live alert with all that a message about it needs; `collapsed` are the rungs it stands for."""

    alert: Alert
    milestone: Milestone
    contract: Contract
    collapsed: tuple[str, ...] = ()

    @property
    def late_in_the_register(self) -> bool:
        """Whether it was due before its contract came into the register."""
        return self.alert.fire_on < self.contract.registered_on


def raise_due(session: Session, today: date, policy: Policy) -> list[Raised]:
    """Raise every alert that is due on or before today and was not raised yet.

    Milestones are found by state (`next_alert_on` on or before today), so a missed day, a second run or a
    restart changes nothing. Where several rungs are due together only the newest speaks; the others, and an
    older alert still alive, are kept as collapsed. During a snooze only the day itself and what follows speak.
    """
    rows = session.exec(
        select(Milestone, Contract)
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(col(Milestone.next_alert_on) <= today)
        .order_by(col(Contract.reference), col(Milestone.earliest), col(Milestone.id))
        .with_for_update(of=Milestone)  # nobody moves a date between our look at it and its alert
    ).all()
    if not rows:
        return []
    record = _Record(session, today, policy)
    new: list[dict[str, Any]] = []
    speaking: dict[tuple[int, str, int], tuple[Milestone, Contract, tuple[str, ...]]] = {}
    for milestone, contract in rows:
        ladder = record.ladder(milestone, contract)
        firings = due(ladder, milestone.earliest, milestone.latest, record.fired(milestone), today)
        following = next_firing(ladder, milestone.earliest, milestone.latest, today)
        milestone.next_alert_on = following.on if following else None
        session.add(milestone)
        old = record.alive.get(identity(milestone))
        asleep = old and old.state is AlertState.SNOOZED and old.snoozed_until and old.snoozed_until > today
        for firing in firings:
            silent = firing is not firings[-1] or (asleep and not presses(firing, milestone.earliest))
            new.append(
                record.alert(milestone, contract, ladder, firing, None if silent else old, bool(silent))
            )
            if not silent:
                key = (identity(milestone), firing.rung, firing.occurrence)
                speaking[key] = milestone, contract, tuple(other.rung for other in firings[:-1])
                if old:
                    old.state, old.next_escalation_on = AlertState.COLLAPSED, None
                    session.add(old)
    session.flush()
    return [
        Raised(alert, *speaking[alert.milestone_id, alert.rung, alert.occurrence])
        for alert in _insert(session, new)
        if alert.state is not AlertState.COLLAPSED
    ]


def _insert(session: Session, rows: list[dict[str, Any]]) -> list[Alert]:
    """The alerts that nobody else was first to raise: the natural key decides, not a look beforehand."""
    if not rows:
        return []
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    made = session.scalars(dialect.insert(Alert).on_conflict_do_nothing().returning(Alert), rows).all()
    order = {(row["milestone_id"], row["rung"], row["occurrence"]): at for at, row in enumerate(rows)}
    return sorted(made, key=lambda one: order[one.milestone_id, one.rung, one.occurrence])


class _Record:
    """What the record knows of all milestones that are due today, in a few queries however many there are."""

    def __init__(self, session: Session, today: date, policy: Policy) -> None:
        self._today, self._policy = today, policy
        is_due = col(Milestone.next_alert_on) <= today
        fired = session.exec(
            select(Alert.milestone_id, sa.func.max(Alert.fire_on))
            .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
            .where(is_due, col(Alert.milestone_revision) == col(Milestone.revision))
            .group_by(col(Alert.milestone_id))
        )
        self._fired = {milestone: day for milestone, day in fired}  # noqa: C416 - a result is no sequence of pairs
        self.alive = {
            alert.milestone_id: alert
            for alert in session.exec(
                select(Alert)
                .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
                .where(is_due, col(Alert.state).in_(ALIVE))
                .order_by(col(Alert.id))
            )
        }
        contracts = select(Milestone.contract_id).where(is_due)
        self._overrides = {
            (one.contract_id, one.milestone): one
            for one in session.exec(
                select(LadderOverride).where(col(LadderOverride.contract_id).in_(contracts))
            )
        }
        self._owners = {
            (one.contract_id, one.stream): one.person_id
            for one in session.exec(select(StreamOwner).where(col(StreamOwner.contract_id).in_(contracts)))
        }
        self._values: dict[int, Decimal] = (
            annual_values(session, contracts) if policy.by_value else defaultdict(Decimal)
        )

    def ladder(self, milestone: Milestone, contract: Contract) -> Ladder:
        """The contract's own ladder for the milestone, or the policy's."""
        return ladder_of(
            self._policy,
            milestone.kind,
            contract.kind,
            self._values.get(milestone.contract_id),
            self._overrides.get((milestone.contract_id, milestone.kind)),
        )

    def fired(self, milestone: Milestone) -> date | None:
        """The day of the newest alert of the milestone as it stands now."""
        return self._fired.get(identity(milestone))

    def alert(
        self,
        milestone: Milestone,
        contract: Contract,
        ladder: Ladder,
        firing: Firing,
        old: Alert | None,
        silent: bool,
    ) -> dict[str, Any]:
        """The row of an alert. What was said to the one it stands for (`old`) holds for it too."""
        stream = self._policy.stream(milestone.kind).stream
        owner = self._owners.get((milestone.contract_id, stream), contract.owner_id)
        row: dict[str, Any] = {
            "milestone_id": identity(milestone),
            "milestone_revision": milestone.revision,
            "rung": firing.rung,
            "occurrence": firing.occurrence,
            "fire_on": firing.on,
            "raised_on": self._today,
            "words": milestone.words,
            "stream": stream,
            "state": AlertState.COLLAPSED if silent else AlertState.OPEN,
            "holder_id": old.holder_id if old else owner,
            "escalated": 0,
            "next_escalation_on": None,
            "next_step_by": None,
            "answered_by_id": None,
            "policy_snapshot": _snapshot(self._policy, ladder, ladder.asks(firing.rung)),
        }
        if silent:
            return row
        promised = old and old.state is AlertState.TAKEN and old.next_step_by
        if old and promised and promised >= self._today and not presses(firing, milestone.earliest):
            return row | {
                "state": AlertState.TAKEN,
                "next_step_by": promised,
                "answered_by_id": old.answered_by_id,
                "next_escalation_on": old.next_escalation_on,
            }
        steps, calendar = self._policy.escalation, self._policy.calendar()
        if not ladder.asks(firing.rung):
            return row
        next_up = None
        if old and promised and promised < self._today:
            row["escalated"] = old.escalated  # the promise was not kept
        elif old and old.state is AlertState.OPEN and steps_of(old):
            # Silence about the older rung counts on: else no repeat would ever reach the step after it.
            next_up = old.next_escalation_on
            missed = next_up is not None and next_up <= self._today
            row["escalated"] = min(old.escalated + missed, len(steps))
            next_up = None if missed else next_up
        row["next_escalation_on"] = next_up or step_on(steps, row["escalated"], self._today, calendar)
        return row


def _snapshot(policy: Policy, ladder: Ladder, asks: bool) -> dict[str, Any]:
    """The ladder and the escalation in force: a change of policy does not change who an alert was for."""
    return {
        "rungs": [rung.code for rung in ladder.rungs],
        "overdue_every": ladder.overdue_every,
        "asks": asks,
        "escalation": [[step.to, step.after] for step in policy.escalation],
    }


def steps_of(alert: Alert) -> list[EscalationStep]:
    """The escalation that was in force when the alert was raised; none where it asks for no answer."""
    taken = alert.policy_snapshot
    return [EscalationStep(*step) for step in taken.get("escalation", [])] if taken.get("asks") else []
