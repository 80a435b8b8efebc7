"""Who would be told what, when: the real sweep, day after day, on a copy of the record that is thrown away.

The copy is a SQLite file of its own whatever the record is on, so that nothing is written to the record and nobody
who works with it has to wait. Nobody answers in it: it shows the most that can come.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from lifecycle.policy import Policy
from lifecycle.preferences import LONDON, MORNING
from models.alerts import (
    ALIVE,
    Alert,
    DigestEntry,
    LadderOverride,
    Notification,
    NotificationAlert,
    StreamOwner,
)
from models.contracts import AnnualValue, Contract, ExtensionOption, JointAuthority
from models.cycles import Cycle, Milestone
from models.facts import Fact
from models.people import Absence, Person, Preference
from models.planning import Rules, replan_if_policy_changed
from models.rows import table
from models.session import engine
from notifications import sweeping
from notifications.writing import Sending

COPIED: tuple[type[SQLModel], ...] = (
    Person, Preference, Absence, Contract, ExtensionOption, JointAuthority, AnnualValue, Cycle, Milestone,
    LadderOverride, StreamOwner, Fact, Alert, DigestEntry, Notification, NotificationAlert,
)  # fmt: skip
"""All that a plan and a sweep read or write."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that would be written on a day and leave at `leaves` (UTC), and the contracts it speaks of."""

    on: date
    leaves: datetime
    person: str
    channel: str
    purpose: str
    subject: str
    contracts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """What would be sent, by day, and of what nobody could be told."""

    sent: tuple[Sent, ...]
    unreachable: tuple[tuple[date, str], ...]


def backtest(url: str, rules: Rules, sending: Sending, first: date, last: date) -> Backtest:
    """Sweep every day that something is due from `first` to `last` (both inclusive), from the record as it stands.

    What the record has already told is not told again. Under another policy than that of the record all dates
    are planned anew on the first day, and whoever was told one that moves is corrected.
    """
    with _scratch(url) as session:
        before = session.scalar(select(sa.func.max(Notification.id))) or 0
        replan_if_policy_changed(session, rules, first)
        unreachable, day = [], _next_day(session, rules.policy, first)
        while day is not None and day <= last:
            schedule = rules.policy.schedule("sweep")
            at = datetime.combine(day, schedule.times[0] if schedule else MORNING, LONDON)
            swept = sweeping.sweep(session, rules.policy, sending, at)
            unreachable += [(day, words) for words in swept.unreachable]
            day = _next_day(session, rules.policy, day + timedelta(days=1))
        return Backtest(tuple(_sent(session, before)), tuple(unreachable))


def weeks(made: Backtest) -> dict[str, dict[date, int]]:
    """How many messages each post would get in each week, by its Monday."""
    load: dict[str, dict[date, int]] = {}
    for one in made.sent:
        monday = one.on - timedelta(days=one.on.weekday())
        of_post = load.setdefault(one.person, {})
        of_post[monday] = of_post.get(monday, 0) + 1
    return dict(sorted(load.items()))


@contextmanager
def _scratch(url: str) -> Iterator[Session]:
    """A session on a copy of the record as it stands at one moment; the copy is deleted at the end."""
    with TemporaryDirectory() as folder:
        copy = sa.create_engine(f"sqlite:///{Path(folder) / 'copy.db'}")
        try:
            with copy.connect() as target, engine(url).connect() as source:
                if source.dialect.name == "postgresql":
                    source = source.execution_options(isolation_level="REPEATABLE READ")
                SQLModel.metadata.create_all(target, tables=[table(model) for model in COPIED])
                for model in COPIED:
                    its = table(model)
                    for part in source.execute(sa.select(its)).mappings().partitions(5_000):
                        target.execute(sa.insert(its), [dict(row) for row in part])
                with Session(target) as session:
                    yield session
        finally:
            copy.dispose()


def _next_day(session: Session, policy: Policy, since: date) -> date | None:
    """The next day of the sweep's schedule from `since` on which something is due; None where nothing ever is."""
    dues = (
        select(sa.func.min(Milestone.next_alert_on)),
        select(sa.func.min(Alert.next_escalation_on)).where(col(Alert.state).in_(ALIVE)),
        select(sa.func.min(DigestEntry.due_on)),
        select(sa.func.min(Absence.first)).where(col(Absence.handed_over_on).is_(None)),
    )
    found = [day for due in dues if (day := session.scalar(due))]
    if not found:
        return None
    day, schedule = max(since, min(found)), policy.schedule("sweep")
    while schedule and not schedule.runs_on(day, policy.calendar()):
        day += timedelta(days=1)
    return day


def _sent(session: Session, before: int) -> Iterator[Sent]:
    """The messages written after that one, in their order."""
    about: dict[int, dict[str, None]] = {}
    rows = session.execute(
        select(NotificationAlert.notification_id, Contract.reference)
        .join(Alert, col(Alert.id) == col(NotificationAlert.alert_id))
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(col(NotificationAlert.notification_id) > before)
        .order_by(col(Contract.reference))
    )
    for key, reference in rows:
        about.setdefault(key, {})[reference] = None
    for one, title in session.execute(
        select(Notification, Person.title)
        .join(Person, col(Person.id) == col(Notification.person_id))
        .where(col(Notification.id) > before)
        .order_by(col(Notification.id))
    ):
        yield Sent(
            one.written_on, one.not_before, title, one.channel, one.purpose, one.subject,
            tuple(about.get(one.id, ())),
        )  # fmt: skip
