"""The outbox: messages written with their bytes frozen, delivered at least once, resent as the same bytes.

A claim is one conditional UPDATE that takes a lease longer than all timeouts together; the attempt is
recorded before the send; no transaction is open across the network; a worker whose lease was taken over
can no longer write its result. What may have arrived is asked after, where the other side can say, before
it is sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from models.alerts import (
    ALIVE,
    Alert,
    Delivery,
    DeliveryAttempt,
    Notification,
    NotificationAlert,
    Purpose,
)
from models.columns import identity
from models.session import reading, unit_of_work
from notifications.channels import Channels
from notifications.message import Outcome

LEASE = timedelta(minutes=5)
"""Longer than the longest send (an SMTP or HTTP timeout) and the wait for the database together."""

BACKOFF = (1, 2, 5, 15, 30, 60, 120, 240, 360)
"""Minutes before the next try; the last one repeats."""

GIVE_UP_AFTER = 40
"""Tries: a little over a week. Then the message is dead, and a person is shown it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one delivery run did: messages by what became of them."""

    accepted: int = 0
    waiting: int = 0
    dead: int = 0


def deliver(url: str, channels: Channels, worker: str, clock: Callable[[], datetime]) -> Delivered:
    """Send everything that is due and still wanted, one message at a time, until nothing is left to claim."""
    counts = {"accepted": 0, "waiting": 0, "dead": 0}
    with unit_of_work(url) as session:
        cancel_stale(session)
    with reading(url) as session:
        due = session.exec(select(Notification.id).where(_due(clock())).order_by(col(Notification.id))).all()
    for key in due:
        claim = _claim(url, key, worker, clock())
        if claim is None:
            continue
        claimed, in_doubt = claim
        outcome = _send(channels, claimed, in_doubt)
        state = {
            "accepted": Delivery.ACCEPTED,
            "permanent": Delivery.DEAD,
            "temporary": Delivery.RETRY,
            "uncertain": Delivery.UNCERTAIN,
        }[outcome.result]
        if state in (Delivery.RETRY, Delivery.UNCERTAIN) and claimed.attempts >= GIVE_UP_AFTER:
            state = Delivery.DEAD
        _finish(url, claimed, worker, state, clock(), outcome.code, outcome.detail)
        counts[{Delivery.ACCEPTED: "accepted", Delivery.DEAD: "dead"}.get(state, "waiting")] += 1
    return Delivered(**counts)


def _send(channels: Channels, claimed: Notification, in_doubt: bool) -> Outcome:
    """Send it; where the last attempt may have arrived, ask first and resend only what is not there."""
    known = channels.reconcile(claimed.channel, claimed.message_id) if in_doubt else None
    if known and known.result == "temporary":
        return replace(known, result="uncertain")  # so that the next try asks again
    return known or channels.send(
        claimed.payload,
        claimed.channel,
        claimed.recipient,
        claimed.subject,
        claimed.body,
        claimed.message_id,
    )


def cancel_stale(session: Session) -> int:
    """Cancel what was not sent and speaks only of alerts that have ended; returns how many messages."""
    carried = (
        sa.select(sa.literal(1))
        .select_from(NotificationAlert)
        .join(Alert, col(Alert.id) == col(NotificationAlert.alert_id))
        .where(col(NotificationAlert.notification_id) == col(Notification.id))
        .correlate(Notification)
    )
    cancelled = session.exec(
        update(Notification)
        .where(
            col(Notification.state).in_([Delivery.QUEUED, Delivery.RETRY]),
            col(Notification.purpose) != Purpose.CORRECTION,
            carried.exists(),
            ~carried.where(col(Alert.state).in_(ALIVE)).exists(),
        )
        .values(state=Delivery.CANCELLED)
        .execution_options(synchronize_session=False)
    )
    return cancelled.rowcount


def _due(now: datetime) -> sa.ColumnElement[bool]:
    """What may be claimed now: new, or to be tried again, or left by a worker whose lease ran out."""
    waiting = col(Notification.state).in_([Delivery.QUEUED, Delivery.RETRY, Delivery.UNCERTAIN])
    abandoned = (col(Notification.state) == Delivery.SENDING) & (col(Notification.lease_until) < now)
    return (waiting & (col(Notification.not_before) <= now)) | abandoned


def _claim(url: str, key: int | None, worker: str, now: datetime) -> tuple[Notification, bool] | None:
    """Take the message and record the attempt, in one commit; None where somebody else has it.

    With it comes whether it is in doubt: the last attempt may have reached the other side.
    """
    with unit_of_work(url) as session:
        taken = session.scalars(
            update(Notification)
            # Not through a subquery: PostgreSQL would judge that by the row before another worker's claim.
            .where(col(Notification.id) == key, _due(now))
            .values(
                state=Delivery.SENDING,
                worker=worker,
                lease_until=now + LEASE,
                attempts=col(Notification.attempts) + 1,
            )
            .returning(Notification)
        ).first()
        if taken is None:
            return None
        last = session.exec(
            select(DeliveryAttempt.outcome).where(
                DeliveryAttempt.notification_id == taken.id, DeliveryAttempt.n == taken.attempts - 1
            )
        ).first()
        in_doubt = taken.attempts > 1 and last in (None, Delivery.UNCERTAIN)
        session.add(DeliveryAttempt(notification_id=identity(taken), n=taken.attempts, started_at=now))
        session.flush()
        session.expunge(taken)
        return taken, in_doubt


def _finish(
    url: str,
    claimed: Notification,
    worker: str,
    state: Delivery,
    now: datetime,
    code: str | None,
    detail: str,
) -> None:
    """Write the result, unless another worker has taken the message over in the meantime."""
    wait = timedelta(minutes=BACKOFF[min(claimed.attempts, len(BACKOFF)) - 1])
    with unit_of_work(url) as session:
        session.exec(
            update(Notification)
            .where(
                col(Notification.id) == claimed.id,
                col(Notification.worker) == worker,
                col(Notification.attempts) == claimed.attempts,
            )
            .values(state=state, lease_until=None, not_before=now + wait)
        )
        session.exec(
            update(DeliveryAttempt)
            .where(
                col(DeliveryAttempt.notification_id) == claimed.id, col(DeliveryAttempt.n) == claimed.attempts
            )
            .values(finished_at=now, outcome=state, code=code, detail=detail)
        )


def utc_now() -> datetime:
    """The clock of deliveries, which happen in real time even when an old day is replayed."""
    return datetime.now(UTC)
