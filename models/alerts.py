"""Alerts, the outbox of notifications that carry them, and every attempt to deliver one."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import choice


class AlertState(StrEnum):
    """An alert is open until its milestone is met; older rungs that were due together collapse into the newest."""

    OPEN = "open"
    COLLAPSED = "collapsed"
    SUPERSEDED = "superseded"
    CLOSED = "closed"


class Delivery(StrEnum):
    """Where a notification is on its way."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    RETRY = "retry"
    UNCERTAIN = "uncertain"
    DEAD = "dead"


class Purpose(StrEnum):
    """What a notification is for."""

    ALERT = "alert"
    CORRECTION = "correction"


class Alert(SQLModel, table=True):
    """One rung of a milestone's ladder, raised once however often the sweep runs.

    `words` is the date as it was told: a later revision of the milestone must correct it.
    """

    __table_args__ = (sa.UniqueConstraint("milestone_id", "milestone_revision", "rung", "occurrence"),)
    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id")
    milestone_revision: int
    rung: str
    occurrence: int = 0
    fire_on: date
    raised_on: date
    words: str
    state: AlertState = choice(AlertState, default=AlertState.OPEN)


class Notification(SQLModel, table=True):
    """One message to one recipient on one channel; its bytes are frozen when it is written."""

    __table_args__ = (sa.Index("ix_notification_due", "state", "not_before"),)
    id: int | None = Field(default=None, primary_key=True)
    dedupe_key: str = Field(unique=True)
    purpose: Purpose = choice(Purpose, default=Purpose.ALERT)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    channel: str
    recipient: str
    subject: str
    body: str
    payload: bytes
    message_id: str
    written_on: date
    state: Delivery = choice(Delivery, default=Delivery.QUEUED)
    not_before: datetime
    lease_until: datetime | None = None
    worker: str | None = None
    attempts: int = 0


class NotificationAlert(SQLModel, table=True):
    """Which alerts a notification carries."""

    notification_id: int = Field(foreign_key="notification.id", primary_key=True)
    alert_id: int = Field(foreign_key="alert.id", primary_key=True, index=True)


class DeliveryAttempt(SQLModel, table=True):
    """One try, recorded before the message leaves."""

    __table_args__ = (sa.UniqueConstraint("notification_id", "n"),)
    id: int | None = Field(default=None, primary_key=True)
    notification_id: int = Field(foreign_key="notification.id")
    n: int
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = None
    code: str | None = None
    detail: str | None = None
