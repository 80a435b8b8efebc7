"""Deliveries, sweeps and answers killed -9 at random points: nothing is lost, nothing half done, nothing doubled
but a message whose worker died before it could write down that it was accepted, and that byte for byte.

`RECOMMISSION_KILLS` sets how many kills there are (10 in the ordinary run). Each database gets twice as many of
deliveries, a fifth with one worker and two fifths each with two and with four at once, and as many again of
sweeps and answers.
"""

import os
import random
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models import audit
from models.alerts import (
    Acknowledgement,
    Action,
    Alert,
    AlertState,
    Delivery,
    Notification,
    NotificationAlert,
    Purpose,
)
from models.audit import AuditEvent
from models.cycles import Milestone
from models.facts import last_sweep
from models.people import Person
from models.planning import Rules
from models.session import reading
from notifications.mailbox import Mailbox
from notifications.outbox import LEASE
from tests.faults.letters import account, arrivals, fill, mute, told, unsent
from tests.faults.workers import Nursery, nursery
from tests.servers import webhook
from tests.town import GROUP, OWNER, TEACHING, TODAY, contract, furnish
from tests.town import sweep as sweep_undisturbed

KILLS = int(os.environ.get("RECOMMISSION_KILLS", "10"))
A_LEASE = LEASE.total_seconds() + 1


@pytest.fixture(scope="module")
def nurse() -> Iterator[Nursery]:
    """Where the workers come from."""
    with nursery() as started:
        yield started


# --- Deliveries ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("workers", "fifths"), [(1, 1), (2, 2), (4, 2)])
def test_killed_deliveries_lose_nothing_and_repeat_only_what_a_dead_worker_had_in_hand(
    database: str, tmp_path: Path, nurse: Nursery, workers: int, fifths: int
) -> None:
    chance, folder = random.Random(workers), tmp_path / "mail"
    wanted, kills, filled, ahead = KILLS * 2 * fifths // 5, 0, 0, 0.0
    with Mailbox(folder) as mailbox, webhook() as web:

        def begin(count: int) -> list[int]:
            """Workers by a clock a lease later: no lease of a living worker ever runs out, each of a dead one has."""
            nonlocal ahead
            ahead += A_LEASE
            return [
                nurse.start("deliver", database, mailbox.port, web.server_port, f"{kills} {number}", ahead)
                for number in range(count)
            ]

        def arrived() -> int:
            return len(web.received) + sum(1 for _ in folder.glob("*.eml"))

        while kills < wanted:
            more = max(0, 60 * workers - unsent(database))
            fill(database, range(filled, filled + more), ("teams", "email", "email", "email"))
            filled += more
            living, before = begin(min(workers, wanted - kills)), arrived()
            chance.shuffle(living)
            if chance.random() < 0.8:  # else perhaps before the first message
                while arrived() == before:
                    time.sleep(0.001)
            for worker in living:
                time.sleep(chance.uniform(0, chance.choice((0.02, 0.05, 0.3))))
                nurse.kill(worker)
                kills += 1
        begin(workers)
        until = time.monotonic() + 60 + KILLS
        while unsent(database) and time.monotonic() < until:
            time.sleep(0.05)
        nurse.kill_all()

    came = arrivals(folder, web)
    again, tries = account(database, came)
    assert len(came) == filled
    assert {outcome for outcomes in tries.values() for outcome in outcomes} <= {Delivery.ACCEPTED, None}
    begun = sum(outcomes.count(None) for outcomes in tries.values())
    print(
        f"{workers} at once, {kills} kills: {filled} messages, 0 lost, {begun} sends cut short, "
        f"{again['email']} mails and {again['teams']} posts sent again byte for byte"
    )
    assert kills == wanted
    # Kills fall between a claim and its result; only in a long run is that sure to have happened.
    assert begun or KILLS < 50


# --- Sweeps --------------------------------------------------------------------------------------


def raised(url: str) -> int:
    with reading(url) as session:
        return session.exec(select(sa.func.count()).select_from(Alert)).one()


def swept(url: str, on: date) -> bool:
    with reading(url) as session:
        done = last_sweep(session)
        return bool(done and done[0] >= on)


def test_killed_sweeps_raise_each_alert_once_with_its_message_as_if_nothing_had_happened(
    town: str, rules: Rules, nurse: Nursery, sqlite_template: Path, tmp_path: Path
) -> None:
    chance, wanted, kills, cut_short, on = random.Random(11), (KILLS + 1) // 2, 0, 0, TODAY
    days, patience = [TODAY], 0.1  # seconds, until a sweep ends on this machine
    while kills < wanted or not swept(town, on):
        if swept(town, on):
            on += timedelta(days=7)
            days.append(on)
        alerts, messages = raised(town), told(town)
        worker = nurse.start("sweep", town, on.isoformat())
        time.sleep(chance.uniform(0, patience))
        nurse.kill(worker)
        kills += 1
        assert mute(town) == 0
        if not swept(town, on):
            cut_short, patience = cut_short + 1, patience * 1.2
            assert (raised(town), told(town)) == (alerts, messages)
        else:
            patience /= 1.2
    sweep_undisturbed(town, rules, on + timedelta(days=7))
    undisturbed = f"sqlite:///{tmp_path / 'undisturbed.db'}"
    shutil.copy(sqlite_template, tmp_path / "undisturbed.db")
    furnish(undisturbed, tmp_path, rules)
    for day in [*days, on + timedelta(days=7)]:
        sweep_undisturbed(undisturbed, rules, day)
    assert told(town) == told(undisturbed)
    assert set(told(town).values()) == {1}
    assert raised(town) == raised(undisturbed) > 0
    print(
        f"{kills} kills of sweeps, {cut_short} before the commit: {raised(town)} alerts, {len(told(town))} told, each once"
    )


# --- Answers -------------------------------------------------------------------------------------


def test_killed_answers_are_kept_whole_with_their_audit_and_message_or_not_at_all(
    town: str, rules: Rules, nurse: Nursery
) -> None:
    chance, wanted, cut_short, on = random.Random(13), KILLS - (KILLS + 1) // 2, 0, date(2023, 5, 1)
    patience = 0.1
    for day in (on - timedelta(days=1), on):
        sweep_undisturbed(town, rules, day)
    with reading(town) as session:
        posts = {one.title: one.id for one in session.exec(select(Person))}
        message, alert = session.exec(
            select(NotificationAlert.notification_id, NotificationAlert.alert_id)
            .join(Alert, col(Alert.id) == col(NotificationAlert.alert_id))
            .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
            .where(Milestone.contract_id == contract(session, "APL").id, Milestone.kind == "contract end")
            .order_by(col(Alert.id).desc())
        ).first() or (0, 0)

    def kept() -> tuple[int, int, int]:
        """Answers, the audit's entries of this alert's, and messages to whom it was passed."""
        with reading(town) as session:
            events = session.exec(select(AuditEvent).where(col(AuditEvent.action).startswith("alert "))).all()
            return (
                len(session.exec(select(Acknowledgement)).all()),
                sum(1 for one in events if one.detail.get("alert") == alert),
                len(session.exec(select(Notification).where(Notification.purpose == Purpose.PASSED)).all()),
            )

    def standing() -> tuple[Any, ...]:
        with reading(town) as session:
            one = session.get_one(Alert, alert)
            return one.state, one.holder_id, one.next_step_by, one.snoozed_until

    for number in range(wanted):
        action = [Action.TAKEN, Action.PASSED, Action.SNOOZED][number % 3]
        to = posts[[GROUP, OWNER][number // 3 % 2]] or 0
        until = on + timedelta(days=1 + number % 4)
        said = (
            "say", town, f"showing {number}", message, posts[TEACHING] or 0, action, until.isoformat(), to,
            datetime(2023, 5, 1, 12, number % 60, tzinfo=UTC).isoformat(),
        )  # fmt: skip
        before, stood = kept(), standing()
        passed = action is Action.PASSED
        whole = (number + 1, before[1] + 1, before[2] + passed)
        worker = nurse.start(*said)
        time.sleep(chance.uniform(0, patience))
        nurse.kill(worker)
        if kept() == before:
            cut_short, patience = cut_short + 1, patience * 1.2
            assert standing() == stood
        else:
            patience /= 1.2
            assert kept() == whole
        worker = nurse.start(*said)  # the same answer sent again
        until_when = time.monotonic() + 30
        while kept() == before and time.monotonic() < until_when:
            time.sleep(0.005)
        nurse.kill(worker)
        assert kept() == whole
        state = {Action.TAKEN: AlertState.TAKEN, Action.PASSED: AlertState.OPEN}.get(
            action, AlertState.SNOOZED
        )
        assert standing()[0] is state
    with reading(town) as session:
        assert audit.verify(session) == []
    print(f"{wanted} kills of answers, {cut_short} before the commit, none half kept")
