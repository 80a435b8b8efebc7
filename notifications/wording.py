"""What a message says: what, which contract, due when as written, what to do next, who else knows, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from lifecycle.ladders import OVERDUE
from lifecycle.planning import MilestoneKind
from lifecycle.words import count_of, say
from models.alerts import Acknowledgement, Action, Alert, AlertState, Purpose
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Absence, Person
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


INTRO = {
    Purpose.HANDOVER: "These dates were due before their contracts came to you. Each is told once, here; from now on "
    "you hear of every date in its turn.",
    Purpose.DIGEST: "Your digest: what is open, the worst first.",
    Purpose.ESCALATION: "Nobody has answered these, so they come to you.",
    Purpose.REMINDER: "You asked for time, and it has run out.",
}
PREFIX = {
    Purpose.HANDOVER: "Hand-over: ",
    Purpose.DIGEST: "Digest: ",
    Purpose.ESCALATION: "Nobody has answered: ",
    Purpose.REMINDER: "Again: ",
    Purpose.PASSED: "Passed to you: ",
}
COMPACT = (Purpose.HANDOVER, Purpose.DIGEST)
NAMED_AFTER = 12
"""How many contracts are named among those that no longer fit."""


def subject(raised: Sequence[Raised], purpose: Purpose = Purpose.ALERT) -> str:
    """One line: the contract and the date, or how many dates there are."""
    prefix = PREFIX.get(purpose, "")
    if len(raised) == 1:
        one = raised[0]
        return (
            f"{prefix}{one.contract.reference}: {named(one.milestone)} {one.milestone.words}{_lateness(one)}"
        )
    late = sum(one.alert.rung == OVERDUE for one in raised)
    return f"{prefix}{len(raised)} contract dates need you" + (f", {late} overdue" if late else "")


def body(
    raised: Sequence[Raised],
    person: Person,
    others: Sequence[str],
    today: date,
    purpose: Purpose = Purpose.ALERT,
    instead_of: Sequence[str] = (),
    lines: int = 40,
    intro: str | None = None,
) -> str:
    """The message in plain text, the most urgent date first; compact where it would be longer than `lines`.

    `others` are the posts that know of it too; `instead_of` those the reader stands in for.
    """
    parts = [f"{person.title},", ""]
    said = intro or INTRO.get(purpose)
    parts += [said, ""] if said else []
    if instead_of:
        parts += [f"You stand in for: {', '.join(instead_of)}.", ""]
    entries = [_entry(one, today) for one in sorted(raised, key=_urgency)]
    if purpose in COMPACT or sum(entry.count("\n") + 2 for entry in entries) > lines:
        parts += [*listing(raised, today, lines), ""]
    else:
        parts += ["\n\n".join(entries), ""]
    known = [title for title in others if title != person.title]
    parts += [f"Who else knows: {', '.join(known) if known else 'nobody yet'}.", ""]
    return "\n".join(parts)


def letter(person: Person, lines: Sequence[str], instead_of: Person | None) -> str:
    """A message about no alert: a line each, to the post or to whoever stands in for it."""
    parts = [f"{person.title},", ""]
    parts += [f"You stand in for: {instead_of.title}.", ""] if instead_of else []
    return "\n".join([*parts, *lines, ""])


def signed(text: str, answer: str | None) -> str:
    """The message with the address of the page it is answered on, where it has one, and who it is from."""
    asked = f"Answer (I have it, later, not mine, done):\n{answer}\n\n" if answer else ""
    return f"{text}\n{asked}Recommission, for the Commissioning and Contracts Board\n"


def listing(raised: Sequence[Raised], today: date, lines: int) -> list[str]:
    """The dates grouped by contract, worst first, in at most so many lines; then how many more there are."""
    groups: dict[str, list[Raised]] = {}
    for one in sorted(raised, key=_urgency):
        groups.setdefault(one.contract.reference, []).append(one)
    shown: list[str] = []
    rest = list(groups)
    for reference, ones in groups.items():
        block = ["", f"{reference} – {ones[0].contract.title}"]
        block += [
            f"  {one.milestone.words} ({_distance(one.milestone.earliest, one.milestone.latest, today)}): "
            f"{named(one.milestone)}{_lateness(one)}"
            for one in ones
        ]
        if len(shown) + len(block) > lines:
            break
        shown += block
        rest.pop(0)
    if rest:
        some = ", ".join(rest[:NAMED_AFTER]) + (", …" if len(rest) > NAMED_AFTER else "")
        shown += ["", f"and {count_of(sum(len(groups[one]) for one in rest), 'date')} more: {some}"]
    return shown[1:]


@dataclass
class Moved:
    """A milestone that moved after somebody was told its date: all alerts that told it, and the last of them."""

    milestone: Milestone
    contract: Contract
    last_told: Alert
    alerts: list[int]


def correction_subject(moves: Sequence[Moved]) -> str:
    """One line: the contract and the new date, or how many dates moved."""
    if len(moves) == 1:
        one = moves[0]
        return f"{one.contract.reference}: {named(one.milestone)} is now {one.milestone.words}"
    return f"{len(moves)} dates that you were told have moved"


def correction_body(moves: Sequence[Moved], person: Person) -> str:
    """The correction in plain text: what it replaces, the new date, and why."""
    parts = [f"{person.title},", ""]
    for one in sorted(moves, key=lambda moved: (moved.milestone.earliest, moved.contract.reference)):
        milestone, told = one.milestone, one.last_told
        parts += [
            f"{one.contract.reference} – {one.contract.title}",
            f"  What:       {named(milestone)}",
            f"  Now:        {milestone.words}",
            f"  Replaces:   our message of {say(told.raised_on)}, which said {told.words}",
            f"  Because:    {milestone.moved_because}",
            f"  Worked out: {milestone.how}.",
            "",
        ]
    return "\n".join(parts)


def _urgency(raised: Raised) -> tuple[date, str]:
    return raised.milestone.earliest, raised.contract.reference


def named(milestone: Milestone) -> str:
    """What the milestone is, with its gate."""
    return f"{milestone.kind} ({milestone.gate})" if milestone.gate else milestone.kind


def away(absence: Absence) -> str:
    """How long a post is away: "away from 1 May 2023 to 30 June 2023", or for good."""
    until = f"to {say(absence.last)}" if absence.last else "for good"
    return f"away from {say(absence.first)} {until}"


def standing(alert: Alert, posts: Mapping[int | None, str]) -> str:
    """How an alert stands; `posts` are the titles by key."""
    holder, answered_by = posts[alert.holder_id], posts.get(alert.answered_by_id)
    match alert.state:
        case AlertState.OPEN:
            return f"Waits for an answer from {holder}"
        case AlertState.TAKEN:
            by = f"; next step by {say(alert.next_step_by)}" if alert.next_step_by else ""
            return f"In hand with {holder}{by}"
        case AlertState.SNOOZED:
            until = f" until {say(alert.snoozed_until)}" if alert.snoozed_until else ""
            return f"Put off{until} by {answered_by or holder}"
        case AlertState.COLLAPSED:
            return "Replaced by a later alert"
        case AlertState.SUPERSEDED:
            return "The date has moved since this message"
        case AlertState.CLOSED:
            return f"Done, says {answered_by}" if answered_by else "Closed: nothing is left to do"


def answered(answer: Acknowledgement, passed_to: str | None) -> str:
    """What an answer says; `passed_to` is the title of the post that it names."""
    until = say(answer.until) if answer.until else ""
    match answer.action:
        case Action.TAKEN:
            return f"In hand: the next step is by {until}"
        case Action.SNOOZED:
            return f"Put off: a reminder comes on {until}"
        case Action.PASSED:
            return f"Passed to {passed_to}"
        case Action.DONE:
            return "Done"


def _lateness(raised: Raised) -> str:
    return " – OVERDUE" if raised.alert.rung == OVERDUE else ""


def _entry(raised: Raised, today: date) -> str:
    milestone, contract = raised.milestone, raised.contract
    lines = [
        f"{contract.reference} – {contract.title}",
        f"  What:       {named(milestone)}{_lateness(raised)}",
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
