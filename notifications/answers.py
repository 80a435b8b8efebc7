"""Answers to alerts, from the page of their message: I have it, later, not mine, done.

Each answer is kept and audited; the same one again changes nothing, a later one takes its place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from lifecycle.escalation import latest_snooze, step_on
from lifecycle.policy import Policy
from lifecycle.preferences import LONDON
from lifecycle.words import say
from models import audit
from models.alerts import ALIVE, Acknowledgement, Action, Alert, AlertState, NotificationAlert, Purpose
from models.columns import identity
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person
from notifications.alerts import Raised, steps_of
from notifications.posts import Posts
from notifications.telling import Tellings
from notifications.wording import named
from notifications.writing import Sending, write


class AnswerRefused(ValueError):
    """The answer cannot stand; says why, and what would."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How many alerts the answer was for; `again` where the very same answer had been given before."""

    alerts: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says. `until` is the day of the next step (taken) or the first day it may speak again (snoozed).

    `token_id` is of one showing of the page's form: sent twice it is one answer; a new showing is a new one.
    """

    token_id: str
    notification_id: int
    person_id: int
    action: Action
    until: date | None = None
    to_id: int | None = None
    note: str = ""


def answerable(session: Session, notification_id: int, lock: bool = False) -> list[Raised]:
    """The alerts an answer to this message is for, by contract and date.

    That is each alert it carried that lives, or the newer rung that stands for it now, or the one that was
    answered as done. A date that has moved or was met wants no answer any more.
    """
    milestones = (
        select(Alert.milestone_id)
        .join(NotificationAlert, col(NotificationAlert.alert_id) == col(Alert.id))
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .where(NotificationAlert.notification_id == notification_id)
        .where(col(Alert.milestone_revision) == col(Milestone.revision), col(Milestone.met_on).is_(None))
    )
    answered = (col(Alert.state) == AlertState.CLOSED) & col(Alert.answered_by_id).is_not(None)
    found = (
        select(Alert, Milestone, Contract)
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(col(Alert.milestone_id).in_(milestones), col(Alert.state).in_(ALIVE) | answered)
        .where(col(Alert.milestone_revision) == col(Milestone.revision))
        .order_by(col(Contract.reference), col(Milestone.earliest), col(Alert.id))
    )
    rows = session.exec(found.with_for_update(of=Alert) if lock else found).all()
    newest = {alert.milestone_id: Raised(alert, milestone, contract) for alert, milestone, contract in rows}
    return list(newest.values())


def answer(
    session: Session,
    policy: Policy,
    sending: Sending,
    given: Answer,
    at: datetime,
    alert_ids: Iterable[int] | None = None,
) -> Answered:
    """Give the answer to the message's alerts (or only those named), in the caller's transaction.

    `at` is aware. Raises AnswerRefused, with nothing changed, where any of them cannot be so answered.
    """
    today = at.astimezone(LONDON).date()
    known = session.exec(select(Acknowledgement).where(Acknowledgement.token_id == given.token_id)).first()
    if known:
        return Answered(len(known.alert_ids), again=True)
    wanted = None if alert_ids is None else set(alert_ids)
    ones = [
        one
        for one in answerable(session, given.notification_id, lock=True)
        if wanted is None or identity(one.alert) in wanted
    ]
    if not ones:
        raise AnswerRefused("Nothing here is open any more: the dates were met or have moved since.")
    posts = Posts(session, today)
    _check(given, ones, posts, today)
    keys = [identity(one.alert) for one in ones]
    if not _keep(session, given, keys, at):
        return Answered(len(keys), again=True)
    for one in ones:
        _apply(one.alert, given, policy, today)
        session.add(one.alert)
    session.flush()
    if given.action is Action.PASSED:
        tellings = Tellings()
        for one in ones:
            tellings.add(posts, [posts.person(given.to_id or 0)], one, Purpose.PASSED, [given.person_id])
        by, note = posts.person(given.person_id).title, " ".join(given.note.split())
        intro = f"{by} has passed this to you: it is yours now." + (f" Their note: {note}" if note else "")
        write(session, tellings, sending, policy, posts, at, once=given.token_id, intro=intro)
    _audit(session, given, ones, posts, at)
    return Answered(len(keys))


def _check(given: Answer, ones: list[Raised], posts: Posts, today: date) -> None:
    match given.action:
        case Action.TAKEN if given.until is None or given.until < today:
            raise AnswerRefused("Say by which day the next step is done: today or later.")
        case Action.SNOOZED:
            _check_snooze(given.until, ones, today)
        case Action.PASSED:
            _check_pass(given, posts)
        case Action.DONE if not given.note.strip():
            raise AnswerRefused("Say in a few words what was done.")


def _check_snooze(until: date | None, ones: list[Raised], today: date) -> None:
    if until is None or until <= today:
        raise AnswerRefused("Say until which day: tomorrow or later.")
    for one in ones:
        milestone = one.milestone
        last = latest_snooze(milestone.earliest, milestone.latest, milestone.next_alert_on, today)
        if last is None or until > last:
            most = f"it can wait until {say(last)} at the latest" if last else "it cannot wait any longer"
            raise AnswerRefused(f"{one.contract.reference}, {named(milestone)} {milestone.words}: {most}.")


def _check_pass(given: Answer, posts: Posts) -> None:
    if given.to_id is None or given.to_id == given.person_id:
        raise AnswerRefused("Say to which other post it goes.")
    to = posts.find(given.to_id)
    if to is None:
        raise AnswerRefused("There is no such post in the register.")
    if posts.absence(to):
        raise AnswerRefused(f"{to.title} is away: choose a post that is there.")
    if not to.email:
        raise AnswerRefused(f"{to.title} has no e-mail address in the register: choose another post.")


def _keep(session: Session, given: Answer, keys: list[int], at: datetime) -> bool:
    """Keep the answer; False where the same one was kept at the same moment."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {
        "token_id": given.token_id,
        "notification_id": given.notification_id,
        "alert_ids": keys,
        "person_id": given.person_id,
        "action": given.action,
        "until": given.until,
        "to_id": given.to_id,
        "note": given.note.strip(),
        "at": at,
    }
    statement = dialect.insert(Acknowledgement).values(row).on_conflict_do_nothing()
    return session.execute(statement.returning(sa.literal(1))).first() is not None


def _apply(alert: Alert, given: Answer, policy: Policy, today: date) -> None:
    """Set the alert to what was answered, whatever it was before. Who takes it holds it from now on."""
    alert.snoozed_until = alert.next_step_by = alert.next_escalation_on = None
    alert.answered_by_id = given.person_id
    match given.action:
        case Action.TAKEN if given.until:
            alert.state, alert.holder_id, alert.next_step_by = AlertState.TAKEN, given.person_id, given.until
            alert.next_escalation_on = given.until + timedelta(days=1)  # kept until its day is over
        case Action.SNOOZED:
            alert.state, alert.snoozed_until = AlertState.SNOOZED, given.until
            alert.next_escalation_on = given.until
        case Action.PASSED if given.to_id:
            alert.state, alert.holder_id, alert.escalated = AlertState.OPEN, given.to_id, 0
            alert.next_escalation_on = step_on(steps_of(alert), 0, today, policy.calendar())
        case Action.DONE:
            alert.state = AlertState.CLOSED


def _audit(session: Session, given: Answer, ones: list[Raised], posts: Posts, at: datetime) -> None:
    who = posts.person(given.person_id).title
    more = {
        "until": given.until and given.until.isoformat(),
        "to": posts.person(given.to_id).title if given.to_id else None,
        "note": given.note.strip() or None,
    }
    for one in ones:
        audit.record(
            session, at, who, f"alert {given.action}", one.contract.reference,
            milestone=named(one.milestone), rung=one.alert.rung, alert=one.alert.id,
            **{name: value for name, value in more.items() if value},
        )  # fmt: skip


def people_to_pass_to(session: Session, on: date) -> list[Person]:
    """The posts an alert may be passed to on the day: there, with an address, by title."""
    posts = Posts(session, on)
    found = session.exec(select(Person).where(col(Person.email).is_not(None)).order_by(col(Person.title)))
    return [person for person in found if not posts.absence(person)]
