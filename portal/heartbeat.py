"""Whether the engine still runs: when the last sweep was completed, and what every page says first where it is late."""

from datetime import datetime, timedelta

from sqlmodel import Session

from lifecycle.words import count_of, say
from models.facts import Fact

SWEEP_COMPLETED = "sweep completed"

LATE_AFTER = timedelta(hours=26)
"""A sweep a day, and two hours for a machine that was busy."""


def last_sweep(session: Session) -> datetime | None:
    """When the last sweep was completed; None where that is not recorded."""
    fact = session.get(Fact, SWEEP_COMPLETED)
    # The day that was swept, and when its sweep was completed.
    return datetime.fromisoformat(fact.value.rpartition(" ")[2]) if fact else None


def warning(last: datetime | None, now: datetime) -> str:
    """What a reader must know first where the last sweep is too long ago; otherwise nothing."""
    if last is None or now - last <= LATE_AFTER:
        return ""
    hours = int((now - last).total_seconds() // 3600)
    return (
        f"The daily search for what is due was last completed on {say(last.date())}, "
        f"{count_of(hours, 'hour')} ago. Alerts may be missing until it runs again. "
        "What is shown here may be out of date; please tell whoever operates Recommission."
    )
