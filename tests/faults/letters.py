"""Messages of the campaigns: put into the outbox, and accounted for afterwards."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from email import message_from_bytes
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models.alerts import ALIVE, Alert, Delivery, DeliveryAttempt, Notification, NotificationAlert
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person
from models.session import reading, unit_of_work
from notifications.message import compose, message_id
from tests.servers import Webhook
from tests.town import DOMAIN, NOW, SENDER


def fill(url: str, numbers: range, tags: Sequence[str] = ("email",)) -> None:
    """Put a message of each number into the outbox, for the tags in turn."""
    with unit_of_work(url) as session:
        for number in numbers:
            identity = message_id(f"kill {number}", DOMAIN)
            recipient, subject = f"post{number}@{DOMAIN}", f"Date {number}"
            session.add(
                Notification(
                    dedupe_key=str(number), channel=tags[number % len(tags)], recipient=recipient,
                    subject=subject, body=f"Due {number}.",
                    payload=compose(SENDER, recipient, subject, "Due.", None, identity, NOW, {}),
                    message_id=identity, written_on=NOW.date(), not_before=NOW,
                )
            )  # fmt: skip


def unsent(url: str) -> int:
    """How many messages nobody has accepted yet."""
    with reading(url) as session:
        return session.exec(
            select(sa.func.count()).select_from(Notification).where(Notification.state != Delivery.ACCEPTED)
        ).one()


def arrivals(folder: Path | None = None, web: Webhook | None = None) -> dict[str, list[bytes]]:
    """What a mailbox kept and a webhook was sent, by Message-ID and Idempotency-Key: each time it came."""
    came: defaultdict[str, list[bytes]] = defaultdict(list)
    for path in folder.glob("*.eml") if folder else ():
        content = path.read_bytes()
        came[str(message_from_bytes(content)["Message-ID"])].append(content)
    for _, headers, body in web.received if web else ():
        came[headers["Idempotency-Key"]].append(f"{body['title']}\n{body['message']}".encode())
    return came


def account(
    url: str, came: Mapping[str, list[bytes]]
) -> tuple[Counter[str], dict[int | None, list[str | None]]]:
    """What came more than once, by channel, and the outcomes of each message's tries.

    Fails unless every message came and nothing else did, each byte for byte as it was written; was seen
    accepted once; and came again only after a try that was cut short or left in doubt.
    """
    with reading(url) as session:
        notes = {one.message_id: one for one in session.exec(select(Notification))}
        tries: defaultdict[int | None, list[str | None]] = defaultdict(list)
        for attempt in session.exec(select(DeliveryAttempt).order_by(col(DeliveryAttempt.n))):
            tries[attempt.notification_id].append(attempt.outcome)
    assert (notes.keys() - came.keys(), came.keys() - notes.keys()) == (set(), set())
    for key, note in notes.items():
        written = note.payload if note.channel == "email" else f"{note.subject}\n{note.body}".encode()
        outcomes = tries[note.id]
        assert set(came[key]) == {written}
        assert outcomes.count(Delivery.ACCEPTED) == 1
        assert len(came[key]) - 1 <= outcomes.count(None) + outcomes.count(Delivery.UNCERTAIN)
    return Counter(notes[key].channel for key, copies in came.items() for _ in copies[1:]), tries


def told(url: str) -> Counter[tuple[Any, ...]]:
    """Each message by its reader, purpose, day, subject, and the alerts it carries."""
    with reading(url) as session:
        rows = session.exec(
            select(Person.title, Notification, Milestone, Alert)
            .join(Notification, col(Notification.person_id) == col(Person.id))
            .join(NotificationAlert, col(NotificationAlert.notification_id) == col(Notification.id))
            .join(Alert, col(Alert.id) == col(NotificationAlert.alert_id))
            .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        ).all()
        references = {one.id: one.reference for one in session.exec(select(Contract))}
        return Counter(
            (
                title, note.purpose, note.written_on, note.subject,
                references[its.contract_id], its.kind, its.gate, alert.rung, alert.occurrence,
            )
            for title, note, its, alert in rows
        )  # fmt: skip


def mute(url: str) -> int:
    """How many alerts that spoke have no message."""
    carried = sa.exists().where(col(NotificationAlert.alert_id) == col(Alert.id))
    with reading(url) as session:
        return session.exec(
            select(sa.func.count()).select_from(Alert).where(~carried, col(Alert.state).in_(ALIVE))
        ).one()
