"""What the page of a message shows: its dates as written and as they are now, and who else knows."""

from dataclasses import dataclass

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models.alerts import Alert, AlertState, Notification, NotificationAlert
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person

STATES = {
    AlertState.OPEN: "Nobody has answered yet",
    AlertState.TAKEN: "Somebody has it in hand",
    AlertState.SNOOZED: "Snoozed",
    AlertState.COLLAPSED: "Replaced by a later alert",
    AlertState.SUPERSEDED: "The date has moved since this message",
    AlertState.CLOSED: "Closed: nothing is left to do",
}


@dataclass(frozen=True, slots=True)
class Matter:
    """One date that the message speaks of."""

    reference: str
    title: str
    what: str
    told: str
    now: str
    how: str
    state: AlertState

    @property
    def words(self) -> str:
        """The state, for a reader."""
        return STATES[self.state]


def matters(session: Session, notification_id: int) -> list[Matter]:
    """Every date of the message, the most urgent first."""
    rows = session.exec(
        select(Alert, Milestone, Contract)
        .select_from(NotificationAlert)
        .join(Alert, col(Alert.id) == col(NotificationAlert.alert_id))
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(col(NotificationAlert.notification_id) == notification_id)
        .order_by(col(Milestone.earliest), col(Contract.reference), col(Alert.id))
    )
    return [
        Matter(
            contract.reference,
            contract.title,
            f"{milestone.kind} ({milestone.gate})" if milestone.gate else milestone.kind,
            alert.words,
            milestone.words,
            milestone.how,
            alert.state,
        )
        for alert, milestone, contract in rows
    ]


def others_told(session: Session, notification_id: int, person_id: int) -> list[str]:
    """The posts that were told of any of the message's dates, apart from the reader's own."""
    ours, theirs = aliased(NotificationAlert), aliased(NotificationAlert)
    return list(
        session.exec(
            select(Person.title)
            .join(Notification, col(Notification.person_id) == col(Person.id))
            .join(theirs, col(theirs.notification_id) == col(Notification.id))
            .join(ours, col(ours.alert_id) == col(theirs.alert_id))
            .where(col(ours.notification_id) == notification_id, col(Person.id) != person_id)
            .distinct()
            .order_by(col(Person.title))
        )
    )


def posts(session: Session, apart_from: int) -> list[Person]:
    """Whom the matter can be passed to: every other post that can be reached."""
    return list(
        session.exec(
            select(Person)
            .where(col(Person.email).is_not(None), col(Person.id) != apart_from)
            .order_by(col(Person.title))
        )
    )
