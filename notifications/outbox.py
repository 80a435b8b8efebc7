"""The outbox: messages written with their bytes frozen, delivered at least once, resent as the same bytes.

A claim is one conditional UPDATE that takes a lease longer than all timeouts together; the attempt is
recorded before the send; no transaction is open across the network; a worker whose lease was taken over
can no longer write its result.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from hashlib import sha256

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from models.alerts import Delivery, DeliveryAttempt, Notification, NotificationAlert
from models.columns import identity
from models.people import Person
from models.session import reading, unit_of_work
from notifications.alerts import Raised, recipients
from notifications.channels import Channels
from notifications.message import compose, message_id
from notifications.wording import body, subject

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
        others = [people[key] for key in sorted({key for one in ones for key in told[identity(one.alert)]})]
        for tag, is_mail in sorted(channels.items()):
            written.notifications += _write_one(
                session, people[person_id], ones, others, tag, is_mail, sender, at
            )
    return written


def _write_one(
    session: Session,
    person: Person,
    ones: Sequence[Raised],
    others: Sequence[Person],
    tag: str,
    is_mail: bool,
    sender: str,
    at: datetime,
) -> int:
    alerts = sorted(identity(one.alert) for one in ones)
    key = sha256(f"alert {alerts} {person.id} {tag}".encode()).hexdigest()
    if session.exec(select(Notification.id).where(Notification.dedupe_key == key)).first():
        return 0
    title, text = subject(ones), body(ones, person, others, at.date())
    recipient = (person.email or "") if is_mail else tag
    identity = message_id(key, parseaddr(sender)[1].partition("@")[2])
    headers = {"X-Recommission-Alerts": ",".join(map(str, alerts)), "Auto-Submitted": "auto-generated"}
    payload = (
        compose(sender, recipient, title, text, None, identity, at, headers) if is_mail else text.encode()
    )
    notification = Notification(
        dedupe_key=key,
        person_id=person.id,
        channel=tag,
        recipient=recipient,
        subject=title,
        body=text,
        payload=payload,
        message_id=identity,
        written_on=at.date(),
        not_before=at,
    )
    session.add(notification)
    session.flush()
    session.add_all(
        NotificationAlert(notification_id=identity(notification), alert_id=alert) for alert in alerts
    )
    return 1


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
        due = session.scalars(_due(clock())).all()
    for identity in due:
        claimed = _claim(url, identity, worker, clock())
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


def _due(now: datetime) -> sa.Select[tuple[int]]:
    """What may be claimed now: new, or to be tried again, or left by a worker whose lease ran out."""
    waiting = col(Notification.state).in_([Delivery.QUEUED, Delivery.RETRY, Delivery.UNCERTAIN])
    abandoned = (col(Notification.state) == Delivery.SENDING) & (col(Notification.lease_until) < now)
    return (
        sa.select(col(Notification.id))
        .where((waiting & (col(Notification.not_before) <= now)) | abandoned)
        .order_by(col(Notification.id))
    )


def _claim(url: str, identity: int, worker: str, now: datetime) -> Notification | None:
    """Take the message and record the attempt, in one commit; None where somebody else has it."""
    with unit_of_work(url) as session:
        taken = session.scalars(
            update(Notification)
            .where(col(Notification.id).in_(_due(now).order_by(None)))
            .where(col(Notification.id) == identity)
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
        session.add(DeliveryAttempt(notification_id=identity, n=taken.attempts, started_at=now))
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
