"""Who is told of what: of alerts raised now, of those nobody answered, of what a post inherits."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session, col, select

from lifecycle.escalation import step_on
from lifecycle.policy import EscalationStep, Policy
from models.alerts import (
    ALIVE,
    Alert,
    AlertState,
    Delivery,
    Notification,
    NotificationAlert,
    Purpose,
    StreamOwner,
)
from models.columns import identity
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person
from notifications.alerts import Raised, steps_of
from notifications.posts import Posts


@dataclass(frozen=True, slots=True)
class Telling:
    """One alert to be told to one post; `instead_of` is the post it stands in for, `known` who knows already."""

    person: Person
    raised: Raised
    purpose: Purpose
    instead_of: Person | None = None
    known: tuple[str, ...] = ()


@dataclass
class Tellings:
    """What is to be told, and the alerts that nobody can be told of."""

    all: list[Telling] = field(default_factory=list)
    unreachable: list[str] = field(default_factory=list)

    def add(
        self,
        posts: Posts,
        posts_meant: Iterable[Person],
        raised: Raised,
        purpose: Purpose,
        known: Iterable[int] = (),
    ) -> None:
        """Tell the posts, or whoever stands in for them, once each."""
        told: dict[int, Telling] = {}
        titles = tuple(posts.person(key).title for key in known)
        for post in posts_meant:
            if person := posts.reached(post):
                instead = None if person is post else post
                told.setdefault(identity(person), Telling(person, raised, purpose, instead, titles))
        self.all += told.values()
        if not told:
            self.unreachable.append(
                f"{raised.contract.reference}: nobody with an address for {raised.milestone.kind}"
            )


def of_raised(session: Session, raised: list[Raised], policy: Policy, posts: Posts) -> Tellings:
    """The alerts raised now: to whoever must answer, whoever the stream names, whoever silence has reached."""
    seconds = _seconds(session, raised)
    tellings = Tellings()
    for one in raised:
        key = one.contract.id, one.alert.stream
        second = posts.person(seconds[key]) if key in seconds else None
        tellings.add(
            posts,
            recipients(one, policy, posts, second),
            one,
            Purpose.HANDOVER if one.late_in_the_register else Purpose.ALERT,
        )
    return tellings


def _seconds(session: Session, raised: list[Raised]) -> dict[tuple[int | None, str], int]:
    """The posts that answer for a stream of a contract, of contracts with an alert of the newest sweep."""
    if not raised:
        return {}
    newest = raised[0].alert.raised_on
    contracts = (
        select(Milestone.contract_id)
        .join(Alert, col(Alert.milestone_id) == col(Milestone.id))
        .where(Alert.raised_on == newest)
    )
    rows = session.exec(select(StreamOwner).where(col(StreamOwner.contract_id).in_(contracts)))
    return {(one.contract_id, one.stream): one.person_id for one in rows}


def recipients(raised: Raised, policy: Policy, posts: Posts, second: Person | None = None) -> list[Person]:
    """The posts an alert is meant for: its holder first, then the stream's, then as far as silence reached."""
    holder, owner = posts.person(raised.alert.holder_id), posts.person(raised.contract.owner_id)
    steps = steps_of(raised.alert)[: raised.alert.escalated]
    return meant(raised.milestone.kind, holder, owner, second, steps, policy, posts)


def meant(
    milestone: str,
    holder: Person,
    owner: Person,
    second: Person | None,
    steps: Iterable[EscalationStep],
    policy: Policy,
    posts: Posts,
) -> list[Person]:
    """The posts a kind of date is meant for: whoever holds it, whoever its stream names, the steps taken."""
    named: list[Person | None] = [holder]
    named += [posts.named(role, owner, second) for role in policy.stream(milestone).hears]
    named += [posts.named(step.to, holder) for step in steps]
    return list({identity(person): person for person in named if person}.values())


def of_unanswered(session: Session, today: date, policy: Policy, posts: Posts) -> Tellings:
    """The alerts something is due with: one step up where nobody answered; a snooze or a promise that ran out.

    Found by `next_escalation_on`. What ran out comes back to whoever asked for time, and silence counts anew.
    """
    rows = session.exec(
        select(Alert, Milestone, Contract)
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(col(Alert.next_escalation_on) <= today, col(Alert.state).in_(ALIVE))
        .order_by(col(Contract.reference), col(Alert.id))
        .with_for_update(of=Alert)
    ).all()
    tellings = Tellings()
    if not rows:
        return tellings
    told = _told(session, today)
    for alert, milestone, contract in rows:
        raised, steps = Raised(alert, milestone, contract), steps_of(alert)
        known = sorted(told.get(identity(alert), ()))
        if alert.state is AlertState.OPEN:
            person = None
            while person is None and alert.escalated < len(steps):
                named = posts.named(steps[alert.escalated].to, posts.person(alert.holder_id))
                person = posts.stand_in(named) if named else None
                if person and identity(person) in known:
                    person = None
                alert.escalated += 1
            if person:
                tellings.add(posts, [person], raised, Purpose.ESCALATION, known)
        else:
            alert.state, alert.snoozed_until, alert.next_step_by = AlertState.OPEN, None, None
            asked = posts.person(alert.answered_by_id or alert.holder_id)
            tellings.add(posts, [asked], raised, Purpose.REMINDER)
        alert.next_escalation_on = step_on(steps, alert.escalated, today, policy.calendar())
        session.add(alert)
    session.flush()
    return tellings


def _told(session: Session, today: date) -> dict[int, set[int]]:
    """Who has been written to of each alert that something is due with."""
    rows = session.exec(
        select(NotificationAlert.alert_id, Notification.person_id)
        .join(Notification, col(Notification.id) == col(NotificationAlert.notification_id))
        .join(Alert, col(Alert.id) == col(NotificationAlert.alert_id))
        .where(col(Alert.next_escalation_on) <= today, col(Alert.state) == AlertState.OPEN)
        .where(col(Notification.state) != Delivery.CANCELLED, col(Notification.person_id).is_not(None))
    )
    told: dict[int, set[int]] = {}
    for alert, person in rows:
        told.setdefault(alert, set()).add(person or 0)
    return told
