"""What the page of a message shows: its dates as written and as they are now, who knows, what was answered."""

from dataclasses import dataclass

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from config.settings import LONDON
from lifecycle.words import say
from models.alerts import (
    Acknowledgement,
    Alert,
    Notification,
    NotificationAlert,
)
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person
from notifications import answers
from notifications.wording import answered, named, standing


@dataclass(frozen=True, slots=True)
class Matter:
    """One date that the message speaks of; `id` is the alert that an answer is for, None where none is wanted."""

    id: int | None
    reference: str
    title: str
    what: str
    told: str
    now: str
    how: str
    state: str


def matters(session: Session, notification_id: int) -> list[Matter]:
    """Every date of the message, the most urgent first, as its newest alert stands."""
    newest = {one.alert.milestone_id: one.alert for one in answers.answerable(session, notification_id)}
    rows = session.exec(
        select(Alert, Milestone, Contract)
        .select_from(NotificationAlert)
        .join(Alert, col(Alert.id) == col(NotificationAlert.alert_id))
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(col(NotificationAlert.notification_id) == notification_id)
        .order_by(col(Milestone.earliest), col(Contract.reference), col(Alert.id))
    )
    posts = {person.id: person.title for person in session.exec(select(Person))}
    return [
        Matter(
            alert.id if (alert := newest.get(told.milestone_id)) else None,
            contract.reference,
            contract.title,
            named(milestone),
            told.words,
            milestone.words,
            milestone.how,
            standing(alert or told, posts),
        )
        for told, milestone, contract in rows
    ]


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered last, by which post, when in London's time."""

    words: str
    who: str
    when: str
    note: str


def last_answer(session: Session, notification_id: int) -> Answered | None:
    """The newest answer to any of the message's dates, whoever gave it to whichever message of theirs."""
    to = aliased(Person)
    row = session.exec(
        select(Acknowledgement, Person.title, to.title)
        .join(Person, col(Person.id) == col(Acknowledgement.person_id))
        .outerjoin(to, col(to.id) == col(Acknowledgement.to_id))
        .where(col(Acknowledgement.notification_id).in_(_about_the_same(notification_id)))
        .order_by(col(Acknowledgement.at).desc(), col(Acknowledgement.id).desc())
    ).first()
    if row is None:
        return None
    answer, who, passed_to = row
    at = answer.at.astimezone(LONDON)
    return Answered(answered(answer, passed_to), who, f"{say(at.date())} at {at:%H:%M}", answer.note)


def _about_the_same(notification_id: int) -> SelectOfScalar[int]:
    """The messages that share a date with this one, itself included."""
    ours, theirs = aliased(NotificationAlert), aliased(NotificationAlert)
    return (
        select(theirs.notification_id)
        .join(ours, col(ours.alert_id) == col(theirs.alert_id))
        .where(col(ours.notification_id) == notification_id)
    )


def others_told(session: Session, notification_id: int, person_id: int) -> list[str]:
    """The posts that were told of any of the message's dates, apart from the reader's own."""
    return list(
        session.exec(
            select(Person.title)
            .join(Notification, col(Notification.person_id) == col(Person.id))
            .where(col(Notification.id).in_(_about_the_same(notification_id)), col(Person.id) != person_id)
            .distinct()
            .order_by(col(Person.title))
        )
    )
