"""The outbox: messages written with their bytes frozen, delivered at least once, resent as the same bytes.

A claim is one conditional UPDATE that takes a lease longer than all timeouts together; the attempt is
recorded before the send; no transaction is open across the network; a worker whose lease was taken over
can no longer write its result. What may have arrived is asked after, where the other side can say, before
it is sent again.

A commit costs as much as dozens of sends, so one commit writes the results of a batch and claims the next
but one, while the next is being sent. The price is paid where a worker dies: what the server accepted and is
not yet written is sent again, as the same bytes. That is at most what two SPANs of sending hold and one
message more; a server that needs longer than a SPAN for a message gets its messages one by one. What was
claimed and not yet begun waits until its lease runs out.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from models.alerts import (
    ALIVE,
    Alert,
    Delivery,
    DeliveryAttempt,
    Notification,
    NotificationAlert,
    Purpose,
)
from models.rows import run, run_each, table
from models.session import reading, unit_of_work
from notifications.channels import Channels
from notifications.message import Outcome

LEASE = timedelta(minutes=5)
"""Twice the longest send (two minutes, where a server is slow at every step of connecting) and the longest
wait for the database (30 seconds) together: half of it may pass before the last send of a batch begins."""

SPAN = 0.1
"""Seconds of sending between two commits."""

MOST = 500
"""The most messages claimed together."""

PATIENCE = 60
"""Seconds that a database which is away is waited for; one whose disk is full is not."""

_NO_ROOM = ("is full", "No space left", "disk I/O error")

BACKOFF = (1, 2, 5, 15, 30, 60, 120, 240, 360)
"""Minutes before the next try; the last one repeats."""

GIVE_UP_AFTER = 40
"""Tries: a little over a week. Then the message is dead, and a person is shown it."""

_STATES = {
    "accepted": Delivery.ACCEPTED,
    "permanent": Delivery.DEAD,
    "temporary": Delivery.RETRY,
    "uncertain": Delivery.UNCERTAIN,
}
# Among so many of the messages that were due when the run began the next free ones are looked for.
_WINDOW = 2 * MOST

_OUTBOX, _ATTEMPTS = table(Notification), table(DeliveryAttempt)
_FREE = (
    sa.select(
        *_OUTBOX.c["id", "state", "attempts", "channel", "recipient", "subject", "body"],
        *_OUTBOX.c["payload", "message_id"],
    )
    .order_by(_OUTBOX.c.id)
    .with_for_update(skip_locked=True)
)
_THESE = _OUTBOX.c.id.in_(sa.bindparam("these", expanding=True))
_CLAIM = sa.update(_OUTBOX).values(attempts=_OUTBOX.c.attempts + 1).returning(_OUTBOX.c.id)
_BEGIN = sa.insert(_ATTEMPTS).from_select(
    ["notification_id", "n", "started_at"],
    sa.select(_OUTBOX.c.id, _OUTBOX.c.attempts, sa.bindparam("at", type_=_ATTEMPTS.c.started_at.type)).where(
        _THESE
    ),
)
_FINISH = (
    sa.update(_OUTBOX)
    .where(_THESE, _OUTBOX.c.worker == sa.bindparam("by"), _OUTBOX.c.attempts == sa.bindparam("try"))
    .values(state=sa.bindparam("outcome"), lease_until=None, not_before=sa.bindparam("again"))
)
_FINISH_ATTEMPT = (
    sa.update(_ATTEMPTS)
    .where(_ATTEMPTS.c.notification_id == sa.bindparam("key"), _ATTEMPTS.c.n == sa.bindparam("try"))
    .values(
        finished_at=sa.bindparam("at"),
        outcome=sa.bindparam("outcome"),
        code=sa.bindparam("code"),
        detail=sa.bindparam("detail"),
    )
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one delivery run did: messages by what became of them."""

    accepted: int = 0
    waiting: int = 0
    dead: int = 0


def deliver(url: str, channels: Channels, worker: str, clock: Callable[[], datetime]) -> Delivered:
    """Send everything that is due and still wanted, one message after the other, until nothing is left to claim."""
    with unit_of_work(url) as session:
        cancel_stale(session)
    with reading(url) as session:
        due = session.exec(select(Notification.id).where(_due(clock())).order_by(col(Notification.id)))
        books = _Books(url, worker, clock, deque(key for key in due if key))
    held, results, size = deque[_Claimed](), _Results(clock), 1
    with ThreadPoolExecutor(1) as clerk:
        while held or results.kept or books.due:
            # While some are sent, the results of those before are written and the next are claimed.
            turn = clerk.submit(books.turn, results, max(0, min(size, 2 * size - len(held))))
            results = _Results(clock, results.counts)
            try:
                size = _send_held(held, channels, results) or size
                held += turn.result()
            except BaseException:  # stopped: what was sent is written, only the one under way is in doubt
                held += turn.result()
                results.give_back(held)
                books.turn(results, 0)
                raise
    counts = results.counts
    return Delivered(
        counts[Delivery.ACCEPTED], counts[Delivery.RETRY] + counts[Delivery.UNCERTAIN], counts[Delivery.DEAD]
    )


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A message as it was before its claim, and when that was, by the wall and by a clock nobody sets."""

    was: sa.Row[Any]
    at: datetime
    since: float

    @property
    def in_doubt(self) -> bool:
        """Whether the last attempt may have reached the other side."""
        return self.was.state in (Delivery.SENDING, Delivery.UNCERTAIN)


def _send_held(held: deque[_Claimed], channels: Channels, results: "_Results") -> int | None:
    """Send for a SPAN and give back what its lease no longer covers; how many fit into a SPAN, None if none was sent."""
    began, sent = monotonic(), 0
    while held and (now := monotonic()) - began < SPAN:
        if max(results.clock() - held[0].at, timedelta(seconds=now - held[0].since)) > LEASE / 2:
            results.give_back(held)
            break
        one = held.popleft()
        results.note(one, _send(channels, one))
        sent += 1
    return max(1, min(MOST, int(SPAN * sent / (monotonic() - began)))) if sent else None


def _send(channels: Channels, one: _Claimed) -> Outcome:
    """Send it; where the last attempt may have arrived, ask first and resend only what is not there."""
    was = one.was
    known = channels.reconcile(was.channel, was.message_id) if one.in_doubt else None
    if known and known.result == "temporary":
        return replace(known, result="uncertain")  # so that the next try asks again
    return known or channels.send(
        was.payload, was.channel, was.recipient, was.subject, was.body, was.message_id
    )


class _Results:
    """What came of attempts and is not written yet, by the state, the number of the try and the wait for the next."""

    def __init__(self, clock: Callable[[], datetime], counts: Counter[Delivery] | None = None) -> None:
        self.clock = clock
        self.counts: Counter[Delivery] = Counter() if counts is None else counts
        self.kept: defaultdict[tuple[Delivery, int, timedelta], list[dict[str, Any]]] = defaultdict(list)

    def note(self, one: _Claimed, outcome: Outcome) -> None:
        """What came of a send."""
        state, tries = _STATES[outcome.result], one.was.attempts + 1
        if state in (Delivery.RETRY, Delivery.UNCERTAIN) and tries >= GIVE_UP_AFTER:
            state = Delivery.DEAD
        self.counts[state] += 1
        wait = timedelta(minutes=BACKOFF[min(tries, len(BACKOFF)) - 1])
        self._keep(one, state, wait, outcome.code, outcome.detail)

    def give_back(self, held: deque[_Claimed]) -> None:
        """Let go of what is not begun: it may be claimed again at once, and is in doubt as it was."""
        for one in held:
            state = Delivery.UNCERTAIN if one.in_doubt else Delivery.RETRY
            self._keep(one, state, timedelta(), None, "Not begun: those before it took too long.")
        held.clear()

    def _keep(self, one: _Claimed, state: Delivery, wait: timedelta, code: str | None, detail: str) -> None:
        tries, now = one.was.attempts + 1, self.clock()
        self.kept[state, tries, wait].append(
            {"key": one.was.id, "try": tries, "outcome": state, "at": now, "code": code, "detail": detail}
        )


@dataclass
class _Books:
    """One worker's hold on the outbox. `due` is what was due when its run began and it has not claimed yet."""

    url: str
    worker: str
    clock: Callable[[], datetime]
    due: deque[int]

    def turn(self, results: _Results, room: int) -> list[_Claimed]:
        """Write the results and claim so many messages at most, in one commit.

        A database that is away is waited for: what was accepted would be sent again if that were not written.
        """
        until = monotonic() + PATIENCE
        while True:
            try:
                return self._turn(results, room)
            except sa.exc.OperationalError as error:
                if monotonic() > until or any(words in str(error.orig) for words in _NO_ROOM):
                    raise
                sleep(1)

    def _turn(self, results: _Results, room: int) -> list[_Claimed]:
        free: list[sa.Row[Any]] = []
        # Before any wait for the database, so that no lease is shorter than it is taken for.
        at, since, window = self.clock(), monotonic(), list(islice(self.due, _WINDOW)) if room else []
        if window or results.kept:
            with unit_of_work(self.url) as session:
                self._write(session, results)
                free = self._claim(session, window, room, at) if window else []
        while window and self.due and self.due[0] <= (free[-1].id if len(free) == room else window[-1]):
            self.due.popleft()
        given_back = [one["key"] for (_, _, wait), ones in results.kept.items() if not wait for one in ones]
        self.due.extendleft(sorted(given_back, reverse=True))
        return [_Claimed(one, at, since) for one in free]

    def _claim(self, session: Session, window: list[int], room: int, now: datetime) -> list[sa.Row[Any]]:
        """Take a lease of the first free ones and record the attempts; each row is as it was before."""
        # Nobody waits for another's claim: two that did, with some of each other's messages, would wait for ever.
        free = run(session, _FREE.where(_OUTBOX.c.id.in_(window), _due(now)).limit(room)).all()
        if not free:
            return []
        lease = {"state": Delivery.SENDING, "worker": self.worker, "lease_until": now + LEASE}
        # Again by the rows' own state: it decides, whatever was read.
        claim = _CLAIM.where(_OUTBOX.c.id.in_([one.id for one in free]), _due(now)).values(lease)
        taken = set(run(session, claim).scalars())
        run(session, _BEGIN, these=list(taken), at=now)
        return [one for one in free if one.id in taken]

    def _write(self, session: Session, results: _Results) -> None:
        """Write the results, but of the messages that another worker has taken over in the meantime."""
        for (state, tries, wait), ones in results.kept.items():
            values = {"outcome": state, "again": ones[-1]["at"] + wait, "by": self.worker, "try": tries}
            run(session, _FINISH, these=[one["key"] for one in ones], **values)
            run_each(session, _FINISH_ATTEMPT, ones)


def cancel_stale(session: Session) -> int:
    """Cancel what was not sent and speaks only of alerts that have ended; returns how many messages."""
    carried = (
        sa.select(sa.literal(1))
        .select_from(NotificationAlert)
        .join(Alert, col(Alert.id) == col(NotificationAlert.alert_id))
        .where(col(NotificationAlert.notification_id) == col(Notification.id))
        .correlate(Notification)
    )
    cancelled = session.exec(
        update(Notification)
        .where(
            col(Notification.state).in_([Delivery.QUEUED, Delivery.RETRY]),
            col(Notification.purpose) != Purpose.CORRECTION,
            carried.exists(),
            ~carried.where(col(Alert.state).in_(ALIVE)).exists(),
        )
        .values(state=Delivery.CANCELLED)
        .execution_options(synchronize_session=False)
    )
    return cancelled.rowcount


def _due(now: datetime) -> sa.ColumnElement[bool]:
    """What may be claimed now: new, or to be tried again, or left by a worker whose lease ran out."""
    ahead = now + timedelta(
        days=1
    )  # further than any wait or lease of ours: written by a clock that was wrong
    waiting = col(Notification.state).in_([Delivery.QUEUED, Delivery.RETRY, Delivery.UNCERTAIN])
    misdated = (col(Notification.attempts) > 0) & (col(Notification.not_before) > ahead)
    lease = col(Notification.lease_until)
    abandoned = (col(Notification.state) == Delivery.SENDING) & ((lease < now) | (lease > ahead))
    return (waiting & ((col(Notification.not_before) <= now) | misdated)) | abandoned


def utc_now() -> datetime:
    """The clock of deliveries, which happen in real time even when an old day is replayed."""
    return datetime.now(UTC)
