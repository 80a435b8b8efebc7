"""Alerts, the outbox of notifications that carry them, the answers to them, every attempt to deliver one."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from lifecycle.policy import Stream
from models.columns import choice


class AlertState(StrEnum):
    """An alert lives (open, taken, snoozed) until its milestone is met; a newer rung collapses the older."""

    OPEN = "open"
    TAKEN = "taken"
    SNOOZED = "snoozed"
    COLLAPSED = "collapsed"
    SUPERSEDED = "superseded"
    CLOSED = "closed"


ALIVE = (AlertState.OPEN, AlertState.TAKEN, AlertState.SNOOZED)
"""The states of an alert that still wants something of somebody."""


class Delivery(StrEnum):
    """Where a notification is on its way."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    RETRY = "retry"
    UNCERTAIN = "uncertain"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Purpose(StrEnum):
    """What a notification is for."""

    ALERT = "alert"
    CORRECTION = "correction"
    HANDOVER = "hand-over"
    DIGEST = "digest"
    ESCALATION = "escalation"
    REMINDER = "reminder"
    PASSED = "passed"
    BOARD = "Board"


class Action(StrEnum):
    """What somebody answers to an alert."""

    TAKEN = "taken"
    SNOOZED = "snoozed"
    PASSED = "passed"
    DONE = "done"


class Alert(SQLModel, table=True):
    """One rung of a milestone's ladder, raised once however often the sweep runs.

    `words` is the date as it was told: a later revision of the milestone must correct it. `holder_id` is
    the post whose answer is awaited; `escalated` how many steps of the escalation in `policy_snapshot`
    (the ladder in force when it was raised) were taken since. On `next_escalation_on` something is due
    with it unless it is answered before: the next step up, the end of a snooze, a promised step.
    """

    __table_args__ = (
        sa.UniqueConstraint("milestone_id", "milestone_revision", "rung", "occurrence"),
        sa.Index("ix_alert_holder", "holder_id", "state"),
    )
    id: int | None = Field(default=None, primary_key=True)
    milestone_id: int = Field(foreign_key="milestone.id")
    milestone_revision: int
    rung: str
    occurrence: int = 0
    fire_on: date
    raised_on: date
    words: str
    state: AlertState = choice(AlertState, default=AlertState.OPEN)
    stream: Stream = choice(Stream)
    holder_id: int = Field(foreign_key="person.id")
    escalated: int = 0
    next_escalation_on: date | None = Field(default=None, index=True)
    snoozed_until: date | None = None
    next_step_by: date | None = None
    answered_by_id: int | None = Field(default=None, foreign_key="person.id")
    policy_snapshot: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)


class Acknowledgement(SQLModel, table=True):
    """An answer to the alerts of a message. A later one supersedes it; it is never edited.

    `until` is the day of the promised next step (taken) or the end of the snooze (its day not included).
    """

    id: int | None = Field(default=None, primary_key=True)
    token_id: str = Field(unique=True)
    notification_id: int | None = Field(default=None, foreign_key="notification.id", index=True)
    alert_ids: list[int] = Field(sa_type=sa.JSON)
    person_id: int = Field(foreign_key="person.id")
    action: Action = choice(Action)
    until: date | None = None
    to_id: int | None = Field(default=None, foreign_key="person.id")
    note: str = ""
    at: datetime


class LadderOverride(SQLModel, table=True):
    """A contract's own ladder for one milestone, instead of the policy's; `rungs` as there: "6m,30d,10wd,0d"."""

    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    milestone: str = Field(primary_key=True)
    rungs: str
    overdue_every: int = 0


class StreamOwner(SQLModel, table=True):
    """The post that answers for one stream of a contract, instead of the contract's owner."""

    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    stream: Stream = choice(Stream, primary_key=True)
    person_id: int = Field(foreign_key="person.id")


class Excuse(SQLModel, table=True):
    """Why a live contract may stand without an alert ahead, and the post that says so."""

    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    because: str
    by_id: int = Field(foreign_key="person.id")
    on: date


class DigestEntry(SQLModel, table=True):
    """An alert that waits for a person's next digest; gone once a message carries it."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    alert_id: int = Field(foreign_key="alert.id", primary_key=True)
    due_on: date = Field(index=True)


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
