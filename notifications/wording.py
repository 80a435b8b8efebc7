"""What a message says: what, which contract, due when as written, what to do next, who else knows, and why."""

from collections.abc import Sequence
from datetime import date

from lifecycle.ladders import OVERDUE
from lifecycle.planning import MilestoneKind
from lifecycle.words import count_of
from models.people import Person
from notifications.alerts import Raised

NEXT_STEP = {
    MilestoneKind.CONTRACT_END: "Say what follows: the Board decides whether to extend, remodel, recommission or "
    "decommission. Nothing renews by silence.",
    MilestoneKind.NOTICE: "Decide whether notice is to be served, and have it served by this day.",
    MilestoneKind.EXTENSION: "Bring the extension to this Board, or tell the secretary that it will not be taken up.",
    MilestoneKind.NEEDS_ANALYSIS: "Finish the needs analysis and hand the draft paper to the Board secretary.",
    MilestoneKind.BOARD: "Get the paper to the Board secretary in time for this meeting, the last that can still decide.",
    MilestoneKind.PROCUREMENT: "Publish the tender; evaluation must be done before the Board that awards.",
    MilestoneKind.SERVICE_START: "Confirm that mobilisation is on course: staff, premises, placements at risk.",
    MilestoneKind.ANNUAL_REVIEW: "Review the contract and tell the secretary what the review found.",
}


def subject(raised: Sequence[Raised]) -> str:
    """One line: the contract and the date, or how many dates there are."""
    if len(raised) == 1:
        return f"{raised[0].contract.reference}: {_what(raised[0])} {raised[0].milestone.words}{_lateness(raised[0])}"
    late = sum(one.alert.rung == OVERDUE for one in raised)
    return f"{len(raised)} contract dates need you" + (f", {late} overdue" if late else "")


def body(raised: Sequence[Raised], person: Person, others: Sequence[Person], today: date) -> str:
    """The message in plain text, the most urgent date first."""
    parts = [f"{person.title},", ""]
    parts += ["\n\n".join(_entry(one, today) for one in sorted(raised, key=_urgency)), ""]
    known = [other.title for other in others if other.id != person.id]
    parts += [f"Who else knows: {', '.join(known) if known else 'nobody yet'}.", ""]
    parts += ["Recommission, for the Commissioning and Contracts Board"]
    return "\n".join(parts) + "\n"


def _urgency(raised: Raised) -> tuple[date, str]:
    return raised.milestone.earliest, raised.contract.reference


def _what(raised: Raised) -> str:
    gate = f" ({raised.milestone.gate})" if raised.milestone.gate else ""
    return f"{raised.milestone.kind}{gate}"


def _lateness(raised: Raised) -> str:
    return " – OVERDUE" if raised.alert.rung == OVERDUE else ""


def _entry(raised: Raised, today: date) -> str:
    milestone, contract = raised.milestone, raised.contract
    lines = [
        f"{contract.reference} – {contract.title}",
        f"  What:       {_what(raised)}{_lateness(raised)}",
        f"  When:       {milestone.words} ({_distance(milestone.earliest, milestone.latest, today)})",
        f"  Next:       {NEXT_STEP[MilestoneKind(milestone.kind)]}",
        f"  Worked out: {milestone.how}.",
    ]
    if raised.collapsed:
        lines.append(
            f"  Stands for: earlier alerts that were due before today ({', '.join(raised.collapsed)})"
        )
    return "\n".join(lines)


def _distance(earliest: date, latest: date, today: date) -> str:
    if today > latest:
        return f"{count_of((today - latest).days, 'day')} ago"
    if today >= earliest:
        return "today" if earliest == latest else "now"
    days = (earliest - today).days
    return "tomorrow" if days == 1 else f"in {days} days"
