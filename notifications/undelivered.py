"""What did not reach anybody: messages given up, and live alerts that nobody was told of."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.alerts import (
    ALIVE,
    Alert,
    Delivery,
    DeliveryAttempt,
    DigestEntry,
    Notification,
    NotificationAlert,
)
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person

LOST = (Delivery.DEAD, Delivery.BOUNCED)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that will not be tried again, and why."""

    notification_id: int
    written_on: date
    person: str
    channel: str
    subject: str
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Untold:
    """A live alert of which no message was written to anybody, or every one was lost."""

    alert_id: int
    raised_on: date
    reference: str
    what: str
    words: str


def dead_letters(session: Session) -> list[DeadLetter]:
    """The messages that were given up or came back, oldest first, with what the last attempt met."""
    last: sa.ScalarSelect[str | None] = (
        sa.select(col(DeliveryAttempt.detail))
        .where(col(DeliveryAttempt.notification_id) == col(Notification.id))
        .order_by(col(DeliveryAttempt.n).desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Notification, col(Person.title), last)
        .join(Person, col(Person.id) == col(Notification.person_id), isouter=True)
        .where(col(Notification.state).in_(LOST))
        .order_by(col(Notification.id))
    ).all()
    return [
        DeadLetter(one.id or 0, one.written_on, title or "", one.channel, one.subject, one.state, why or "")
        for one, title, why in rows
    ]


def untold(session: Session) -> list[Untold]:
    """The live alerts that nobody could be told of, by contract: none written, none waiting, or all lost."""
    told = (
        sa.select(sa.literal(1))
        .select_from(NotificationAlert)
        .join(Notification, col(Notification.id) == col(NotificationAlert.notification_id))
        .where(col(NotificationAlert.alert_id) == col(Alert.id), col(Notification.state).not_in(LOST))
        .exists()
    )
    waits = sa.select(sa.literal(1)).where(col(DigestEntry.alert_id) == col(Alert.id)).exists()
    rows = session.exec(
        select(Alert, Milestone, Contract.reference)
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(col(Alert.state).in_(ALIVE), ~told, ~waits)
        .order_by(col(Contract.reference), col(Alert.id))
    )
    return [
        Untold(
            alert.id or 0,
            alert.raised_on,
            reference,
            f"{milestone.kind} {milestone.gate}".strip(),
            alert.words,
        )
        for alert, milestone, reference in rows
    ]


def as_rows(ones: list[DeadLetter] | list[Untold]) -> list[dict[str, Any]]:
    """The facts as plain rows, days in ISO form, for a table or JSON."""
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(one).items()}
        for one in ones
    ]
