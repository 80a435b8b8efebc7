"""Raises the alerts that are due: once each, whatever day the sweep runs and however often."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from lifecycle.ladders import OVERDUE, due, next_firing
from lifecycle.policy import Policy, Stream
from models.alerts import Alert, AlertState
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that was raised now, with all that a message about it needs."""

    alert: Alert
    milestone: Milestone
    contract: Contract
    collapsed: tuple[str, ...]


def raise_due(session: Session, today: date, policy: Policy) -> list[Raised]:
    """Raise every alert that is due on or before today and was not raised yet.

    Milestones are found by state (`next_alert_on` on or before today), so a missed day, a second run or a
    restart changes nothing. Where several rungs are due together only the newest speaks; the others are
    kept as collapsed.
    """
    rows = session.exec(
        select(Milestone, Contract)
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(col(Milestone.next_alert_on) <= today)
        .order_by(col(Contract.reference), col(Milestone.earliest), col(Milestone.id))
        .with_for_update(of=Milestone)  # nobody moves a date between our look at it and its alert
    ).all()
    raised = []
    for milestone, contract in rows:
        ladder = policy.ladder(milestone.kind, contract.kind)
        known = _fired_on(session, milestone)
        firings = due(ladder, milestone.earliest, milestone.latest, known, today)
        following = next_firing(ladder, milestone.earliest, milestone.latest, today)
        for firing in firings:
            newest = firing is firings[-1]
            alert = _insert(
                session,
                milestone,
                firing.rung,
                firing.occurrence,
                firing.on,
                today,
                newest,
                contract.owner_id,
            )
            if alert and newest:
                raised.append(Raised(alert, milestone, contract, tuple(other.rung for other in firings[:-1])))
        milestone.next_alert_on = following.on if following else None
        session.add(milestone)
    session.flush()
    return raised


def _fired_on(session: Session, milestone: Milestone) -> date | None:
    return session.exec(
        select(sa.func.max(Alert.fire_on)).where(
            Alert.milestone_id == milestone.id, Alert.milestone_revision == milestone.revision
        )
    ).one()


def _insert(
    session: Session,
    milestone: Milestone,
    rung: str,
    occurrence: int,
    on: date,
    today: date,
    newest: bool,
    owner_id: int,
) -> Alert | None:
    """The alert, or None where another run was first: the natural key decides, not a look beforehand."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = (
        dialect.insert(Alert)
        .values(
            milestone_id=milestone.id,
            milestone_revision=milestone.revision,
            rung=rung,
            occurrence=occurrence,
            fire_on=on,
            raised_on=today,
            words=milestone.words,
            stream=Stream.ENDS if milestone.kind == "contract end" else Stream.DECIDE,
            holder_id=owner_id,
            policy_snapshot={},
            state=AlertState.OPEN if newest else AlertState.COLLAPSED,
        )
        .on_conflict_do_nothing()
        .returning(Alert)
    )
    return session.scalars(statement).first()


def recipients(session: Session, raised: Raised) -> list[Person]:
    """Who hears of it: the owner; once the milestone has passed also the deputy, the manager, and so on up.

    Each repeat after the milestone reaches one post further, since nobody before it has answered.
    """
    owner = session.get_one(Person, raised.contract.owner_id)
    if raised.alert.rung != OVERDUE:
        return [owner]
    chain, person = [owner], owner
    if owner.deputy_id:
        chain.append(session.get_one(Person, owner.deputy_id))
    while person.manager_id:
        person = session.get_one(Person, person.manager_id)
        if person in chain:
            break
        chain.append(person)
    return chain[: 1 + raised.alert.occurrence]
