"""One sweep: what moved, what is due, what nobody answered, what was inherited; each with its message.

All of it is one transaction: an alert that is raised has its message.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from lifecycle.policy import Policy
from notifications import alerts, outbox, telling
from notifications.continuity import write_hand_overs
from notifications.corrections import write_corrections
from notifications.posts import Posts
from notifications.writing import Sending, write, write_digests


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep raised and wrote, and the alerts that nobody could be told of."""

    alerts: int
    notifications: int
    corrections: int
    unreachable: tuple[str, ...]


def sweep(session: Session, policy: Policy, sending: Sending, at: datetime) -> Swept:
    """Raise what is due on the day of `at` and write the messages, in the caller's transaction."""
    posts = Posts(session, at.date())
    outbox.cancel_stale(session)
    corrections = write_corrections(session, sending, policy, posts, at)
    raised = alerts.raise_due(session, at.date(), policy)
    tellings = telling.of_raised(session, raised, policy, posts)
    unanswered = telling.of_unanswered(session, at.date(), policy, posts)
    tellings.all += unanswered.all
    tellings.unreachable += unanswered.unreachable
    written = write(session, tellings, sending, policy, posts, at)
    inherited = write_hand_overs(session, sending, policy, posts, at)
    digests = write_digests(session, sending, policy, posts, at)
    return Swept(
        len(raised), written.notifications + inherited + digests, corrections, tuple(written.unreachable)
    )
