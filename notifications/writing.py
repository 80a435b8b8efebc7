"""Writes messages into the outbox, in the caller's transaction: one a person, purpose and channel."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select, update

from lifecycle.escalation import step_on
from lifecycle.ladders import OVERDUE
from lifecycle.policy import Policy
from lifecycle.preferences import Mode, Wish, digest_on, not_before
from models.alerts import (
    ALIVE,
    Alert,
    Delivery,
    DigestEntry,
    Notification,
    NotificationAlert,
    Purpose,
)
from models.columns import identity
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person
from notifications.alerts import Raised, steps_of
from notifications.links import Claim, Links
from notifications.message import compose, message_id
from notifications.posts import Posts
from notifications.telling import Telling, Tellings
from notifications.wording import body, signed, subject


@dataclass(frozen=True)
class Sending:
    """What messages are written with: each channel's tag and whether it is e-mail, the sender, the links."""

    tags: Mapping[str, bool]
    sender: str
    links: Links | None = None


@dataclass
class Written:
    """What was put into the outbox, and the alerts that nobody could be told of."""

    notifications: int = 0
    unreachable: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Message:
    """What is to be said to somebody, the alerts it speaks of, and how it may be sent.

    `once` tells it from other messages of the same purpose about the same alerts to the same person.
    """

    person: Person
    purpose: Purpose
    alerts: tuple[int, ...]
    subject: str
    body: str
    wish: Wish = field(default_factory=Wish)
    once: str = ""


def write(
    session: Session,
    tellings: Tellings,
    sending: Sending,
    policy: Policy,
    posts: Posts,
    at: datetime,
    once: str = "",
    intro: str | None = None,
) -> Written:
    """Write what is to be told: at once, or into the digest that its reader wants it in.

    `once` tells a message from others of its day about the same alerts to the same person; `intro` stands
    first instead of the purpose's own words.
    Only alerts raised now wait for a digest: what somebody did not answer, was passed or inherits comes at once.
    A hand-over digest carries all its reader is told in this sweep.
    """
    inheriting = {identity(one.person) for one in tellings.all if one.purpose is Purpose.HANDOVER}
    now: list[Telling] = []
    for one in tellings.all:
        purpose = one.purpose
        if purpose is Purpose.ALERT and identity(one.person) in inheriting:
            purpose = Purpose.HANDOVER
        if purpose is Purpose.ALERT and _waits(session, one, policy, posts, at.date()):
            continue
        now.append(replace(one, purpose=purpose))
    messages = _messages(now, policy, posts, at, once, intro)
    return Written(enqueue(session, messages, sending, policy, at), tellings.unreachable)


def _waits(session: Session, one: Telling, policy: Policy, posts: Posts, today: date) -> bool:
    """Whether it is not told now: it goes into a digest, or its reader switched the stream off."""
    mode = posts.wish(one.person, one.raised.alert.stream).mode
    if mode is Mode.OFF:
        return not _mandatory(one.raised, policy)
    if mode is Mode.AT_ONCE:
        return False
    day = digest_on(mode, today, policy.calendar())
    if mode is Mode.DAILY and _had_digest(session, one.person, today):
        day += timedelta(days=1)
    alert = one.raised.alert
    session.add(DigestEntry(person_id=identity(one.person), alert_id=identity(alert), due_on=day))
    if day > today and alert.next_escalation_on and alert.holder_id in (one.person.id, _id(one.instead_of)):
        # Silence counts from the day the question is put.
        alert.next_escalation_on = step_on(steps_of(alert), alert.escalated, day, policy.calendar())
        session.add(alert)
    return True


def _id(person: Person | None) -> int | None:
    return person.id if person else None


def _mandatory(raised: Raised, policy: Policy) -> bool:
    if raised.alert.rung == OVERDUE:
        return "overdue" in policy.mandatory
    return raised.alert.fire_on >= raised.milestone.earliest and "the day" in policy.mandatory


def _had_digest(session: Session, person: Person, today: date) -> bool:
    return (
        session.exec(
            select(Notification.id).where(
                Notification.person_id == person.id,
                Notification.purpose == Purpose.DIGEST,
                Notification.written_on == today,
            )
        ).first()
        is not None
    )


def write_digests(session: Session, sending: Sending, policy: Policy, posts: Posts, at: datetime) -> int:
    """Write the digests that are due, of what is still open; returns the messages."""
    rows = session.exec(
        select(DigestEntry, Alert, Milestone, Contract)
        .join(Alert, col(Alert.id) == col(DigestEntry.alert_id))
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(col(DigestEntry.due_on) <= at.date())
        .order_by(col(DigestEntry.person_id), col(Alert.id))
    ).all()
    if not rows:
        return 0
    tellings = Tellings()
    for entry, alert, milestone, contract in rows:
        if alert.state in ALIVE and not (alert.snoozed_until and alert.snoozed_until > at.date()):
            person = posts.person(entry.person_id)
            tellings.add(posts, [person], Raised(alert, milestone, contract), Purpose.DIGEST)
    session.exec(delete(DigestEntry).where(col(DigestEntry.due_on) <= at.date()))
    return enqueue(session, _messages(tellings.all, policy, posts, at), sending, policy, at)


def _messages(
    tellings: Iterable[Telling],
    policy: Policy,
    posts: Posts,
    at: datetime,
    once: str = "",
    intro: str | None = None,
) -> list[Message]:
    """One message for all that one person is told for one purpose in one way."""
    groups: dict[tuple[int, Purpose, Wish], list[Telling]] = defaultdict(list)
    told: dict[int, dict[str, None]] = defaultdict(dict)
    for one in tellings:
        wish = posts.wish(one.person, one.raised.alert.stream)
        way = Wish(Mode.AT_ONCE, wish.channel, wish.quiet, wish.working_days)
        groups[identity(one.person), one.purpose, way].append(one)
        for title in (*one.known, one.person.title):
            told[identity(one.raised.alert)][title] = None
    messages = []
    for (_, purpose, way), ones in groups.items():
        # The same alert may have come to one person for two posts.
        by_alert = {identity(one.raised.alert): one for one in ones}
        raised = [one.raised for one in by_alert.values()]
        instead = list(dict.fromkeys(one.instead_of.title for one in ones if one.instead_of))
        others = list(dict.fromkeys(title for key in by_alert for title in told[key]))
        person = ones[0].person
        messages.append(
            Message(
                person,
                purpose,
                tuple(sorted(by_alert)),
                subject(raised, purpose),
                body(raised, person, others, at.date(), purpose, instead, policy.digest_lines, intro),
                way,
                "" if purpose is Purpose.ALERT else f"{at.date()} {once}".strip(),
            )
        )
    return messages


def enqueue(
    session: Session, messages: Iterable[Message], sending: Sending, policy: Policy, at: datetime
) -> int:
    """Put the messages into the outbox, once for each channel; returns how many were not there yet."""
    rows, meant = [], {}
    for message in messages:
        for tag, is_mail in sorted(sending.tags.items()):
            if message.wish.channel in (None, tag) or message.wish.channel not in sending.tags:
                row = _row(
                    message, tag, is_mail, sending, not_before(at, message.wish, policy.calendar()), at
                )
                rows.append(row)
                meant[row["dedupe_key"]] = message
    if not rows:
        return 0
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    made = session.execute(
        dialect.insert(Notification)
        .on_conflict_do_nothing()
        .returning(Notification.id, Notification.dedupe_key, Notification.recipient, Notification.channel),
        rows,
    ).all()
    if not made:
        return 0
    frozen = [
        {"id": key, **_freeze(meant[dedupe], key, dedupe, recipient, sending.tags[tag], sending, at)}
        for key, dedupe, recipient, tag in made
    ]
    session.execute(update(Notification), frozen)
    carried = [
        {"notification_id": key, "alert_id": alert}
        for key, dedupe, _, _ in made
        for alert in meant[dedupe].alerts
    ]
    if carried:
        session.execute(sa.insert(NotificationAlert), carried)
    return len(made)


def _row(
    message: Message, tag: str, is_mail: bool, sending: Sending, leaves: datetime, at: datetime
) -> dict[str, Any]:
    said = f"{message.purpose} {list(message.alerts)} {message.person.id} {tag}"
    key = sha256(f"{said} {message.once}".strip().encode()).hexdigest()
    return {
        "dedupe_key": key,
        "purpose": message.purpose,
        "person_id": message.person.id,
        "channel": tag,
        "recipient": (message.person.email or "") if is_mail else tag,
        "subject": message.subject,
        "body": message.body,
        "payload": b"",
        "message_id": message_id(key, parseaddr(sending.sender)[1].partition("@")[2]),
        "written_on": at.date(),
        "state": Delivery.QUEUED,
        "not_before": leaves,
        "attempts": 0,
    }


def _freeze(
    message: Message, key: int, dedupe: str, recipient: str, is_mail: bool, sending: Sending, at: datetime
) -> dict[str, Any]:
    """The message's text with its link, and its bytes: they need the number the database gave it."""
    url = None
    if sending.links and message.alerts and message.purpose is not Purpose.CORRECTION:
        url = sending.links.url(Claim(key, identity(message.person), dedupe[:32]))
    text = signed(message.body, url)
    if not is_mail:
        return {"body": text, "payload": text.encode()}
    alerts = ",".join(map(str, message.alerts))
    headers = {
        f"X-Recommission-{message.purpose.title()}s": alerts
        if len(alerts) < 900
        else str(len(message.alerts)),
        "Auto-Submitted": "auto-generated",
    }
    sent_as = message_id(dedupe, parseaddr(sending.sender)[1].partition("@")[2])
    frozen = compose(sending.sender, recipient, message.subject, text, None, sent_as, at, headers)
    return {"body": text, "payload": frozen}
