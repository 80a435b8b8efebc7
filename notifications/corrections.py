"""Corrections: whoever was told a date that has moved is told the new one, once."""

from collections import defaultdict
from datetime import datetime

from sqlmodel import Session, col, select, update

from lifecycle.policy import Policy
from models.alerts import Alert, AlertState, Delivery, Notification, NotificationAlert, Purpose
from models.columns import identity
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person
from notifications.posts import Posts
from notifications.wording import Moved, correction_body, correction_subject
from notifications.writing import Message, Sending, enqueue


def write_corrections(session: Session, sending: Sending, policy: Policy, posts: Posts, at: datetime) -> int:
    """Tell everybody who was told a date that has moved since what it is now; returns the messages.

    Superseded alerts are found by the day they were ended on (`next_escalation_on`). Who was told is known
    from the messages that were sent, whatever post is responsible today; whoever stands in hears for a post
    that is away. A date that came back to what was told needs no correction.
    """
    superseded = (col(Alert.next_escalation_on) <= at.date()) & (col(Alert.state) == AlertState.SUPERSEDED)
    rows = session.exec(
        select(Notification.person_id, Alert, Milestone, Contract)
        .select_from(Alert)
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .join(NotificationAlert, col(NotificationAlert.alert_id) == col(Alert.id))
        .join(Notification, col(Notification.id) == col(NotificationAlert.notification_id))
        .where(superseded, col(Milestone.met_on).is_(None), col(Alert.words) != col(Milestone.words))
        .where(col(Notification.state) != Delivery.CANCELLED)
        .order_by(col(Alert.raised_on), col(Alert.id))
    ).all()
    groups: dict[int, dict[int, Moved]] = defaultdict(dict)
    people: dict[int, Person] = {}
    for told, alert, milestone, contract in rows:
        person = posts.stand_in(posts.person(told or contract.owner_id))
        if person is None or not person.email:
            continue
        people[identity(person)] = person
        moved = groups[identity(person)].setdefault(
            identity(milestone), Moved(milestone, contract, alert, [])
        )
        moved.alerts.append(identity(alert))
        moved.last_told = alert
    session.exec(update(Alert).where(superseded).values(next_escalation_on=None))
    messages = []
    for person_id, moves in groups.items():
        person, ones = people[person_id], list(moves.values())
        messages.append(
            Message(
                person,
                Purpose.CORRECTION,
                tuple(sorted({alert for one in ones for alert in one.alerts})),
                correction_subject(ones),
                correction_body(ones, person),
                posts.wish(person, policy.stream(ones[0].milestone.kind).stream),
            )
        )
    return enqueue(session, messages, sending, policy, at)
