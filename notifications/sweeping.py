"""One sweep: what moved, what is due, what nobody answered, what was inherited; each with its message.

All of it is one transaction: an alert that is raised has its message.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from lifecycle.policy import Policy
from lifecycle.words import say
from models.facts import last_sweep, note_sweep
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
    note_sweep(session, at)
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


def overdue(session: Session, policy: Policy, at: datetime) -> str:
    """What is wrong where a day's sweep has not completed at that moment in London; empty where all have.

    A sweep has until the time of the schedule of `watch` on each of its own days (policy).
    """
    sweeps, watch = policy.schedule("sweep"), policy.schedule("watch")
    if sweeps is None or watch is None:
        return ""
    due, done = sweeps.last_day(at, policy.calendar(), watch.times[0]), last_sweep(session)
    if done and done[0] >= due:
        return ""
    last = f"the last that did was that of {say(done[0])}" if done else "none has ever completed"
    return (
        f"The sweep of {say(due)} has not completed; {last}. Until one does, nobody is told what is due. "
        'Start the deployment "sweep" in the Prefect UI or run `recommission alerts sweep`; one sweep makes up '
        "for all that were missed."
    )
