"""Continuity: what a post inherits from one that is away or gone, and the contracts nobody answers for."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from lifecycle.policy import Policy, Stream
from lifecycle.words import count_of
from models.alerts import ALIVE, Alert, Purpose
from models.columns import identity
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Absence, Person
from notifications.alerts import Raised
from notifications.posts import Posts
from notifications.wording import away, body
from notifications.writing import Message, Sending, enqueue


@dataclass(frozen=True, slots=True)
class Unowned:
    """A live contract whose owner is away or gone with nobody to stand in: a matter for the Board."""

    reference: str
    title: str
    owner: str
    why: str


def unowned(session: Session, on: date) -> list[Unowned]:
    """The live contracts without a living owner on the day: nobody in the owner's chain is there."""
    posts = Posts(session, on)
    rows = session.exec(
        select(Contract, Person)
        .join(Person, col(Person.id) == col(Contract.owner_id))
        .join(Absence, col(Absence.person_id) == col(Person.id))  # nobody else can be unowned
        .where(col(Contract.actual_end).is_(None))
        .distinct()
        .order_by(col(Contract.reference))
    )
    return [
        Unowned(contract.reference, contract.title, owner.title, f"{away(absence)}, and nobody stands in")
        for contract, owner in rows
        if (absence := posts.absence(owner)) and posts.stand_in(owner) is None
    ]


def write_hand_overs(session: Session, sending: Sending, policy: Policy, posts: Posts, at: datetime) -> int:
    """Tell whoever stands in for a post what they inherit, once for each absence; returns the messages."""
    today = at.date()
    absences = session.exec(
        select(Absence)
        .where(col(Absence.handed_over_on).is_(None), col(Absence.first) <= today)
        .order_by(col(Absence.id))
    ).all()
    messages = []
    for absence in absences:
        absence.handed_over_on = today
        session.add(absence)
        absent = posts.person(absence.person_id)
        heir = posts.stand_in(absent)
        if posts.absence(absent) and heir and heir.email:
            messages.append(_message(session, absence, absent, heir, policy, posts, today))
    session.flush()
    return enqueue(session, messages, sending, policy, at)


def _message(
    session: Session,
    absence: Absence,
    absent: Person,
    heir: Person,
    policy: Policy,
    posts: Posts,
    today: date,
) -> Message:
    raised = [
        Raised(*row)
        for row in session.exec(
            select(Alert, Milestone, Contract)
            .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
            .join(Contract, col(Contract.id) == col(Milestone.contract_id))
            .where(Alert.holder_id == absent.id, col(Alert.state).in_(ALIVE))
            .order_by(col(Alert.id))
        )
    ]
    owned = session.exec(
        select(Contract.reference)
        .where(Contract.owner_id == absent.id, col(Contract.actual_end).is_(None))
        .order_by(col(Contract.reference))
    ).all()
    intro = (
        f"{absent.title} is {away(absence)}; you stand in. They answer for {count_of(len(owned), 'contract')}, "
        f"with {count_of(len(raised), 'date')} open."
    )
    return Message(
        heir,
        Purpose.HANDOVER,
        tuple(sorted(identity(one.alert) for one in raised)),
        f"Hand-over: you stand in for {absent.title}",
        body(raised, heir, (), today, Purpose.HANDOVER, (), policy.digest_lines, intro),
        posts.wish(heir, policy.stream(raised[0].milestone.kind).stream)
        if raised
        else posts.wish(heir, Stream.DECIDE),
        f"absence {absence.id}",
    )
