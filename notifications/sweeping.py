"""One sweep: corrections first, then the alerts that are due, each with its message, in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from lifecycle.policy import Policy
from lifecycle.words import say
from models.facts import last_sweep, note_sweep
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
    note_sweep(session, at)
    return Swept(len(raised), written.notifications, corrections, tuple(written.unreachable))


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
