"""What became of messages after they were accepted: delivered, or bounced.

GOV.UK Notify is asked. Mail servers send a delivery status notification (RFC 3464), which somebody reads in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import audit
from models.alerts import Delivery, DeliveryAttempt, Notification
from models.rows import run, table
from models.session import reading, unit_of_work
from notifications.channels import Channels

ASKED_FOR = timedelta(days=8)
"""How long after it was written a message is asked after: Notify forgets it after seven days."""

AGAIN = timedelta(hours=1)
"""How long until a message whose fate is still open is asked after once more."""

MOST = 200
"""The most messages asked after in one run."""


class BounceRefused(ValueError):
    """The file is no notification of a bounce of a message of ours; the message says why."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail server reports of one message to one recipient."""

    message_id: str
    recipient: str
    status: str
    why: str


def ask(url: str, channels: Channels, now: datetime) -> tuple[int, int]:
    """Ask after accepted messages where the channel can be asked; returns how many were delivered, how many bounced.

    The longest unasked come first. No transaction is open meanwhile; where the channel cannot be asked just
    now, the rest waits for the next run.
    """
    with reading(url) as session:
        open_ones = session.exec(
            select(Notification.id, Notification.attempts, Notification.channel, Notification.message_id)
            .where(Notification.state == Delivery.ACCEPTED, col(Notification.not_before) <= now)
            .where(col(Notification.channel).in_(channels.askable))
            .where(Notification.written_on >= now.date() - ASKED_FOR)
            .order_by(col(Notification.not_before), col(Notification.id))
            .limit(MOST)
        ).all()
    fates = []
    for key, tries, channel, reference in open_ones:
        fate = channels.fate(channel, reference)
        if fate and fate.result == "temporary":
            break
        fates.append((key or 0, tries, fate))
    found = {Delivery.DELIVERED: 0, Delivery.BOUNCED: 0, Delivery.ACCEPTED: 0}
    with unit_of_work(url) as session:
        for key, tries, fate in fates:
            state = Delivery.ACCEPTED
            if fate:
                state = Delivery.DELIVERED if fate.result == "accepted" else Delivery.BOUNCED
                _settle(session, key, tries, state, fate.code, fate.detail)
            else:
                run(session, _LATER, key=key, at=now + AGAIN)
            found[state] += 1
    return found[Delivery.DELIVERED], found[Delivery.BOUNCED]


def read_bounce(content: bytes) -> Bounce:
    """The bounce that a delivery status notification reports; raises BounceRefused where it reports none."""
    report = message_from_bytes(content)
    if (
        report.get_content_type() != "multipart/report"
        or report.get_param("report-type") != "delivery-status"
    ):
        raise BounceRefused("it is no delivery status notification (multipart/report; RFC 3464)")
    parts = {part.get_content_type(): part for part in report.walk()}
    blocks = parts["message/delivery-status"].get_payload() if "message/delivery-status" in parts else []
    recipients = [one for one in blocks if isinstance(one, Message) and one["Action"]]
    failed = [one for one in recipients if one["Action"].strip().lower() == "failed"]
    if not failed:
        said = ", ".join(one["Action"].strip() for one in recipients) or "nothing"
        raise BounceRefused(f"it reports no failure, but: {said}")
    original = _original(parts)
    if original is None or not original["Message-ID"]:
        raise BounceRefused("it does not say which message came back: the original's Message-ID is missing")
    first = failed[0]
    return Bounce(
        original["Message-ID"].strip(),
        _plain(first["Original-Recipient"] or first["Final-Recipient"] or ""),
        (first["Status"] or "").strip(),
        _plain(first["Diagnostic-Code"] or "the mail server gave no reason"),
    )


def _original(parts: dict[str, Message]) -> Message | None:
    """The returned message, whole or only its headers."""
    if whole := parts.get("message/rfc822"):
        inside = whole.get_payload()
        return inside[0] if isinstance(inside, list) and isinstance(inside[0], Message) else None
    if headers := parts.get("text/rfc822-headers"):
        payload = headers.get_payload(decode=True)
        return message_from_bytes(payload) if isinstance(payload, bytes) else None
    return None


def _plain(field: str) -> str:
    """A field without the name of its kind: `rfc822; post@council.example`."""
    return " ".join(field.partition(";")[2].split() or field.split())[:300]


def note_bounce(session: Session, bounce: Bounce, at: datetime, actor: str) -> Notification:
    """Mark the message as bounced, on the audit trail; reading the same report twice changes nothing.

    Raises BounceRefused where it is no message of ours, or one that never left.
    """
    one = session.exec(select(Notification).where(Notification.message_id == bounce.message_id)).first()
    if one is None:
        raise BounceRefused(f"no message of ours has the Message-ID {bounce.message_id}")
    if one.state is Delivery.BOUNCED:
        return one
    code, detail = bounce.status or None, f"It came back from {bounce.recipient}: {bounce.why}"
    if not _settle(session, one.id or 0, one.attempts, Delivery.BOUNCED, code, detail):
        raise BounceRefused(f"message {bounce.message_id} is {one.state}: it was never accepted")
    audit.record(
        session, at, actor, "message bounced", bounce.message_id, why=bounce.why, status=bounce.status
    )
    session.refresh(one)
    return one


_OUTBOX, _ATTEMPTS = table(Notification), table(DeliveryAttempt)
_KEY: sa.BindParameter[int] = sa.bindparam("key")
_LEFT = (Delivery.ACCEPTED, Delivery.DELIVERED, Delivery.UNCERTAIN)
_SETTLE = (
    sa.update(_OUTBOX)
    .where(_OUTBOX.c.id == _KEY, _OUTBOX.c.state.in_(_LEFT), _OUTBOX.c.attempts == sa.bindparam("try"))
    .values(state=sa.bindparam("fate"))
)
_SETTLE_ATTEMPT = (
    sa.update(_ATTEMPTS)
    .where(_ATTEMPTS.c.notification_id == _KEY, _ATTEMPTS.c.n == sa.bindparam("try"))
    .values(outcome=sa.bindparam("fate"), code=sa.bindparam("said"), detail=sa.bindparam("why"))
)
_LATER = (
    sa.update(_OUTBOX)
    .where(_OUTBOX.c.id == _KEY, _OUTBOX.c.state == Delivery.ACCEPTED)
    .values(not_before=sa.bindparam("at"))
)


def _settle(session: Session, key: int, tries: int, fate: Delivery, code: str | None, why: str) -> bool:
    """Write the fate of a message that left, and on its last attempt why; False where it has moved on."""
    written = run(session, _SETTLE, key=key, **{"try": tries, "fate": fate}).rowcount == 1
    if written:
        run(session, _SETTLE_ATTEMPT, key=key, **{"try": tries, "fate": fate, "said": code, "why": why})
    return written
