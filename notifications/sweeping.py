"""One sweep: corrections first, then the alerts that are due, each with its message, in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from lifecycle.policy import Policy
from notifications import alerts, outbox
from notifications.channels import Channels


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep raised and wrote, and the alerts that nobody could be told of."""

    alerts: int
    notifications: int
    corrections: int
    unreachable: tuple[str, ...]


def sweep(session: Session, policy: Policy, channels: Channels, sender: str, at: datetime) -> Swept:
    """Raise what is due on the day of `at` and write the messages, in the caller's transaction."""
    tags = {tag: channels.is_mail(tag) for tag in channels.tags}
    corrections = outbox.write_corrections(session, tags, sender, at)
    raised = alerts.raise_due(session, at.date(), policy)
    written = outbox.write(session, raised, tags, sender, at)
    return Swept(len(raised), written.notifications, corrections, tuple(written.unreachable))
