"""The calendar feed: one event a milestone, as iCalendar (RFC 5545) bytes that change only with the record.

There is no METHOD: a subscription is no invitation, and libical asks an ORGANIZER of one that says PUBLISH.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from icalendar import Alarm, Calendar, Event
from sqlmodel import Session, col, select

from lifecycle.words import say
from models.contracts import Contract
from models.cycles import Milestone
from models.people import FeedToken, Person

ALARMS = (timedelta(days=-7, hours=9), timedelta(hours=9))
"""Nine in the morning, a week before the first day and on it; counted from that day's midnight."""

REFRESH = "PT12H"
"""How often a subscriber is asked to look; many look less often, so that a feed is never the only channel."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A milestone with what its event says."""

    milestone: Milestone
    contract: Contract
    owner: str


def entries(session: Session, token: FeedToken) -> list[Entry]:
    """Every milestone of the contracts that the post owns, or that the department has, met ones included."""
    whose = (
        col(Contract.owner_id) == token.person_id
        if token.person_id is not None
        else col(Contract.department) == token.department
    )
    rows = session.exec(
        select(Milestone, Contract, Person.title)
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .join(Person, col(Person.id) == col(Contract.owner_id))
        .where(whose)
        .order_by(col(Milestone.id))
    )
    return [Entry(*row) for row in rows]


def calendar(name: str, shown: Iterable[Entry], domain: str) -> bytes:
    """The feed: `name` is what a client calls it, `domain` makes the events' identifiers ours alone."""
    feed = Calendar()
    feed.add("prodid", f"-//{domain}//Recommission//EN")
    feed.add("version", "2.0")
    feed.add("name", name)
    feed.add("x-wr-calname", name)
    feed.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
    feed.add("x-published-ttl", REFRESH)
    for entry in shown:
        feed.add_component(_event(entry, domain))
    content: bytes = feed.to_ical()
    return content


def _event(entry: Entry, domain: str) -> Event:
    """All day, from the earliest day to the latest; nothing is left to do on a day whose milestone was met before it."""
    milestone, contract = entry.milestone, entry.contract
    met = milestone.met_on
    cancelled = met is not None and met <= milestone.latest
    named = f"{milestone.kind} ({milestone.gate})" if milestone.gate else milestone.kind
    event = Event()
    event.add("uid", f"milestone-{milestone.id}@{domain}")
    # A date that moves and a milestone that is met are both changes, and the next date follows the last end.
    event.add("sequence", 2 * milestone.revision + (met is not None))
    event.add("dtstamp", datetime.combine(met or milestone.revised_on or contract.registered_on, time(), UTC))
    event.add("dtstart", milestone.earliest)
    event.add("dtend", milestone.latest + timedelta(days=1))  # exclusive
    event.add("summary", f"{contract.reference}: {named}")
    event.add(
        "description",
        f"{contract.title}\nWhen: {milestone.words}\nWorked out: {milestone.how}.\nOwner: {entry.owner}"
        + (f"\nClosed on {say(met)}." if met else ""),
    )
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    for before in () if met else ALARMS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{contract.reference}: {named} {milestone.words}")
        alarm.add("trigger", before)
        event.add_component(alarm)
    return event
