"""The calendar feed: one event a milestone, as iCalendar (RFC 5545) bytes that change only with the record.

There is no METHOD: a subscription is no invitation, and libical asks an ORGANIZER of one that says PUBLISH.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from icalendar import Alarm, Calendar, Event
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from lifecycle.policy import Policy
from lifecycle.words import say
from models.alerts import StreamOwner
from models.contracts import Contract
from models.cycles import Milestone
from models.people import FeedToken, Person
from notifications.posts import Posts, answers_for_stream

ALARMS = (timedelta(days=-7, hours=9), timedelta(hours=9))
"""Nine in the morning, a week before the first day and on it; counted from that day's midnight."""

REFRESH = "PT12H"
"""How often a subscriber is asked to look; many look less often, so that a feed is never the only channel."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A milestone with what its event says; `second` is the post that answers for its stream, if one is named."""

    milestone: Milestone
    contract: Contract
    owner: str
    second: str | None = None


def entries(session: Session, token: FeedToken, policy: Policy, on: date) -> list[Entry]:
    """Every milestone that the post answers for, or that the department has, met ones included.

    A post answers for the contracts it owns, the streams it is named for, and those of each post it stands
    in for on the day.
    """
    second = aliased(Person)
    rows = session.exec(
        select(Milestone, Contract, Person.title, second.title)
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .join(Person, col(Person.id) == col(Contract.owner_id))
        .outerjoin(StreamOwner, answers_for_stream(policy))
        .outerjoin(second, col(second.id) == col(StreamOwner.person_id))
        .where(_answered_by(session, token, on))
        .order_by(col(Milestone.id))
    )
    return [Entry(*row) for row in rows]


def _answered_by(session: Session, token: FeedToken, on: date) -> sa.ColumnElement[bool]:
    if token.person_id is None:
        return col(Contract.department) == token.department
    posts = Posts(session, on)
    person = posts.person(token.person_id)
    keys = [post.id for post in (person, *posts.stands_in_for(person))]
    return col(Contract.owner_id).in_(keys) | col(StreamOwner.person_id).in_(keys)


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
        + (f"\nAnswers for it: {entry.second}" if entry.second else "")
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
