"""The outbox: messages written with their bytes frozen, delivered at least once, resent as the same bytes.

A claim is one conditional UPDATE that takes a lease longer than all timeouts together; the attempt is
recorded before the send; no transaction is open across the network; a worker whose lease was taken over
can no longer write its result.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select, update

from models.alerts import (
    Alert,
    AlertState,
    Delivery,
    DeliveryAttempt,
    Notification,
    NotificationAlert,
    Purpose,
)
from models.columns import identity
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person
from models.session import reading, unit_of_work
from notifications.alerts import Raised, recipients
from notifications.channels import Channels
from notifications.message import compose, message_id
from notifications.wording import Moved, body, correction_body, correction_subject, subject

LEASE = timedelta(minutes=5)
"""Longer than the longest send (an SMTP or HTTP timeout) and the wait for the database together."""

BACKOFF = (1, 2, 5, 15, 30, 60, 120, 240, 360)
"""Minutes before the next try; the last one repeats."""

GIVE_UP_AFTER = 40
"""Tries: a little over a week. Then the message is dead, and a person is shown it."""


@dataclass
class Written:
    """What was put into the outbox, and the alerts that nobody could be told of."""

    notifications: int = 0
    unreachable: list[str] = field(default_factory=list)


def write(
    session: Session, raised: Iterable[Raised], channels: dict[str, bool], sender: str, at: datetime
) -> Written:
    """Write one message a person and channel for the alerts raised now, in the caller's transaction.

    `channels` maps each tag to whether it is e-mail; a tag that is not gets the message once a person too.
    """
    written = Written()
    groups: dict[int, list[Raised]] = defaultdict(list)
    people: dict[int, Person] = {}
    told: dict[int, set[int]] = defaultdict(set)
    for one in raised:
        reachable = [person for person in recipients(session, one) if person.email]
        if not reachable:
            written.unreachable.append(
                f"{one.contract.reference}: nobody with an address for {one.milestone.kind}"
            )
        for person in reachable:
            key = identity(person)
            people[key] = person
            groups[key].append(one)
            told[identity(one.alert)].add(key)
    for person_id, ones in groups.items():
        person = people[person_id]
        others = [people[key] for key in sorted({key for one in ones for key in told[identity(one.alert)]})]
        message = Message(
            Purpose.ALERT,
            sorted(identity(one.alert) for one in ones),
            subject(ones),
            body(ones, person, others, at.date()),
        )
        written.notifications += _enqueue(session, person, message, channels, sender, at)
    return written


def write_corrections(session: Session, channels: dict[str, bool], sender: str, at: datetime) -> int:
    """Tell everybody who was told a date that has moved since what it is now, once; returns the messages.

    Who was told is known from the messages in the outbox, whatever post is responsible today.
    """
    told = aliased(Notification)
    corrected = (
        sa.select(sa.literal(1))
        .select_from(NotificationAlert)
        .join(told, col(told.id) == col(NotificationAlert.notification_id))
        .where(
            col(NotificationAlert.alert_id) == col(Alert.id),
            col(told.purpose) == Purpose.CORRECTION,
            col(told.person_id) == col(Person.id),
        )
        .exists()
    )
    rows = session.exec(
        select(Person, Alert, Milestone, Contract)
        .select_from(Alert)
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .join(NotificationAlert, col(NotificationAlert.alert_id) == col(Alert.id))
        .join(Notification, col(Notification.id) == col(NotificationAlert.notification_id))
        .join(Person, col(Person.id) == col(Notification.person_id))
        .where(col(Alert.state) == AlertState.SUPERSEDED, col(Milestone.met_on).is_(None))
        .where(col(Alert.words) != col(Milestone.words), ~corrected)
        .order_by(col(Alert.raised_on), col(Alert.id))
    ).all()
    groups: dict[int, dict[int, Moved]] = defaultdict(dict)
    people: dict[int, Person] = {}
    for person, alert, milestone, contract in rows:
        people[identity(person)] = person
        moved = groups[identity(person)].setdefault(
            identity(milestone), Moved(milestone, contract, alert, [])
        )
        moved.alerts.append(identity(alert))
        moved.last_told = alert
    count = 0
    for person_id, moves in groups.items():
        person, ones = people[person_id], list(moves.values())
        message = Message(
            Purpose.CORRECTION,
            sorted({alert for one in ones for alert in one.alerts}),
            correction_subject(ones),
            correction_body(ones, person),
        )
        if person.email:
            count += _enqueue(session, person, message, channels, sender, at)
    return count


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said to somebody, and the alerts it speaks of."""

    purpose: Purpose
    alerts: list[int]
    subject: str
    body: str


def _enqueue(
    session: Session, person: Person, message: Message, channels: dict[str, bool], sender: str, at: datetime
) -> int:
    """Put the message into the outbox, once for each channel; returns how many were not there yet."""
    count = 0
    for tag, is_mail in sorted(channels.items()):
        key = sha256(f"{message.purpose} {message.alerts} {person.id} {tag}".encode()).hexdigest()
        if session.exec(select(Notification.id).where(Notification.dedupe_key == key)).first():
            continue
        recipient = (person.email or "") if is_mail else tag
        sent_as = message_id(key, parseaddr(sender)[1].partition("@")[2])
        headers = {
            f"X-Recommission-{message.purpose.title()}s": ",".join(map(str, message.alerts)),
            "Auto-Submitted": "auto-generated",
        }
        notification = Notification(
            dedupe_key=key,
            purpose=message.purpose,
            person_id=person.id,
            channel=tag,
            recipient=recipient,
            subject=message.subject,
            body=message.body,
            payload=compose(sender, recipient, message.subject, message.body, None, sent_as, at, headers)
            if is_mail
            else message.body.encode(),
            message_id=sent_as,
            written_on=at.date(),
            not_before=at,
        )
        session.add(notification)
        session.flush()
        session.add_all(
            NotificationAlert(notification_id=identity(notification), alert_id=alert)
            for alert in message.alerts
        )
        count += 1
    return count


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one delivery run did: messages by what became of them."""

    accepted: int = 0
    waiting: int = 0
    dead: int = 0


def deliver(url: str, channels: Channels, worker: str, clock: Callable[[], datetime]) -> Delivered:
    """Send everything that is due, one message at a time, until nothing is left to claim."""
    counts = {"accepted": 0, "waiting": 0, "dead": 0}
    with reading(url) as session:
        due = session.exec(select(Notification.id).where(_due(clock())).order_by(col(Notification.id))).all()
    for key in due:
        claimed = _claim(url, key, worker, clock())
        if claimed is None:
            continue
        outcome = channels.send(
            claimed.payload, claimed.channel, claimed.recipient, claimed.subject, claimed.body
        )
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


def _due(now: datetime) -> sa.ColumnElement[bool]:
    """What may be claimed now: new, or to be tried again, or left by a worker whose lease ran out."""
    waiting = col(Notification.state).in_([Delivery.QUEUED, Delivery.RETRY, Delivery.UNCERTAIN])
    abandoned = (col(Notification.state) == Delivery.SENDING) & (col(Notification.lease_until) < now)
    return (waiting & (col(Notification.not_before) <= now)) | abandoned


def _claim(url: str, key: int | None, worker: str, now: datetime) -> Notification | None:
    """Take the message and record the attempt, in one commit; None where somebody else has it."""
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
        session.add(DeliveryAttempt(notification_id=identity(taken), n=taken.attempts, started_at=now))
        session.flush()
        session.expunge(taken)
        return taken


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
