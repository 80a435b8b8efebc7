"""What a meeting asks somebody to do by a day: set, chased like a milestone, done with evidence."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from board.chasing import Chase, lateness, reminder
from board.refusals import BoardRefused
from lifecycle.calendars import Calendar
from lifecycle.words import say
from models import audit
from models.agenda import AgendaItem
from models.business import BoardAction
from models.columns import identity
from models.contracts import Contract
from models.meetings import Meeting
from models.people import Person

REMINDERS = (10, 3, 0)
"""The working days before an action falls due on which its owner is reminded; afterwards every five."""
EVERY = 5
PATIENCE = 10
"""Working days after which an action overdue goes to the owner's manager too."""


class ActionRefused(BoardRefused):
    """The action cannot be changed so, and the message says why."""


def set_action(
    session: Session,
    meeting: Meeting,
    what: str,
    owner: Person,
    due_on: date,
    by: str,
    at: datetime,
    item: AgendaItem | None = None,
    contract: Contract | None = None,
) -> BoardAction:
    """Set an action at a meeting; the same words for the same post are one action. Raises ActionRefused."""
    if not what.strip():
        raise ActionRefused("say what is to be done")
    if due_on <= meeting.on:
        raise ActionRefused(
            f"an action set on {say(meeting.on)} falls due after that day, not on {say(due_on)}"
        )
    known = session.exec(
        select(BoardAction).where(
            BoardAction.meeting_id == meeting.id, BoardAction.what == what.strip(), BoardAction.owner_id == owner.id
        )
    ).first()  # fmt: skip
    if known:
        return known
    number = session.exec(select(func.count()).where(BoardAction.meeting_id == meeting.id)).one()
    made = BoardAction(
        reference=f"{meeting.on.isoformat()}/{number + 1}", meeting_id=identity(meeting),
        item_id=item.id if item else None, contract_id=contract.id if contract else None, what=what.strip(),
        owner_id=identity(owner), due_on=due_on,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session,
        at,
        by,
        "action set",
        made.reference,
        what=made.what,
        owner=owner.title,
        due=due_on.isoformat(),
    )
    return made


def ask(
    session: Session, meeting: Meeting, contract: Contract, minute: str, conditions: str, due_on: date, at: datetime
) -> BoardAction:  # fmt: skip
    """Set the action that a verdict's conditions are: the contract's owner meets them by the next Board."""
    owner = session.get_one(Person, contract.owner_id)
    return set_action(
        session,
        meeting,
        f"{_conditions(minute)}: {conditions.strip()}",
        owner,
        due_on,
        "Board",
        at,
        contract=contract,
    )


def take_back(session: Session, contract: Contract, minute: str, because: str, at: datetime) -> None:
    """Cancel what the conditions of a verdict asked for that no longer stands."""
    for action in open_ones(session):
        if action.contract_id == contract.id and action.what.startswith(f"{_conditions(minute)}:"):
            cancel(session, action, because, "Board", at)


def _conditions(minute: str) -> str:
    return f"Meet what minute {minute} is subject to"


def find(session: Session, reference: str) -> BoardAction:
    """The action of that reference. Raises ActionRefused with those that are open."""
    known = session.exec(select(BoardAction).where(BoardAction.reference == reference)).first()
    if known is None:
        still = ", ".join(one.reference for one in open_ones(session)) or "none"
        raise ActionRefused(f'there is no action "{reference}"; open are: {still}')
    return known


def open_ones(session: Session, before: date = date.max) -> list[BoardAction]:
    """The actions set at meetings before the day that are neither done nor cancelled, the earliest due first."""
    rows = session.exec(
        select(BoardAction)
        .join(Meeting, col(Meeting.id) == col(BoardAction.meeting_id))
        .where(col(BoardAction.done_on).is_(None), BoardAction.cancelled_because == "", Meeting.on < before)
        .order_by(col(BoardAction.due_on), col(BoardAction.id))
    )
    return list(rows)


def done(session: Session, action: BoardAction, evidence: str, on: date, by: str, at: datetime) -> None:
    """Record that it is done, with what shows it. Raises ActionRefused without evidence, or where it is cancelled."""
    if not evidence.strip():
        raise ActionRefused(f"say what shows that {action.reference} is done")
    if action.cancelled_because:
        raise ActionRefused(f"{action.reference} was cancelled ({action.cancelled_because}): reopen it first")
    action.done_on, action.evidence = on, evidence.strip()
    _changed(session, action, "action done", by, at, evidence=evidence)


def cancel(session: Session, action: BoardAction, because: str, by: str, at: datetime) -> None:
    """Record that it is no longer wanted. Raises ActionRefused without a reason, or where it is done."""
    if not because.strip():
        raise ActionRefused(f"say why {action.reference} is cancelled")
    if action.done_on:
        raise ActionRefused(f"{action.reference} is done since {say(action.done_on)}")
    action.cancelled_because = because.strip()
    _changed(session, action, "action cancelled", by, at, because=because)


def reopen(session: Session, action: BoardAction, by: str, at: datetime) -> None:
    """Take back that it was done or cancelled."""
    action.done_on, action.evidence, action.cancelled_because = None, "", ""
    _changed(session, action, "action reopened", by, at)


def _changed(session: Session, action: BoardAction, what: str, by: str, at: datetime, **more: str) -> None:
    session.add(action)
    session.flush()
    audit.record(session, at, by, what, action.reference, **more)


def chases(session: Session, on: date, calendar: Calendar) -> list[Chase]:
    """Who is reminded of an open action on the day; from `PATIENCE` working days late on its owner's manager too."""
    made: list[Chase] = []
    for action in open_ones(session):
        line = f"Action {action.reference} of the Board: {action.what.rstrip('.')} ({lateness(action.due_on, on)})."
        made += owed(
            session, f"action {action.reference}", line, action.owner_id, action.due_on, on, calendar
        )
    return made


def owed(
    session: Session, key: str, line: str, owner: int, due_on: date, on: date, calendar: Calendar
) -> Iterable[Chase]:  # fmt: skip
    """The reminder of something a post owes by a day: to the post, and late on to its manager."""
    day = reminder(due_on, on, REMINDERS, calendar, EVERY)
    if day is None:
        return
    yield Chase(owner, f"{key} {due_on} {day}", line)
    manager = session.get_one(Person, owner).manager_id
    if manager and day >= calendar.add_working(due_on, PATIENCE):
        yield Chase(
            manager,
            f"{key} {due_on} {day} manager",
            f"{line} {session.get_one(Person, owner).title} owes it.",
        )
