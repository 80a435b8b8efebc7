"""What a call-off takes from its framework or list, and when none can be made any more."""

from datetime import date

from lifecycle.partial_dates import PartialDate
from lifecycle.words import say


def made_too_late(start: PartialDate | None, framework: str, ended: date | None) -> str | None:
    """Why no call-off can start then, in words; None where it can, or where it cannot be told.

    When a framework or list has ended, nothing more is called off from it; what was called off and placed before
    goes on to its own end. `ended` is its last day.
    """
    if start is None or start.earliest is None or ended is None or start.earliest <= ended:
        return None
    return (
        f"starts on {say(start.earliest)}, after {framework} ended on {say(ended)}: nothing can be called off from it any "
        f"more. If {framework} was extended, import its new end first; otherwise name the right parent, or make it a contract"
    )
