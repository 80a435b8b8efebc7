"""The outbox delivers each message at least once and, where nothing is killed, exactly once, as frozen bytes."""

import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from models.alerts import Delivery, DeliveryAttempt, Notification
from models.planning import Rules
from models.rows import run, run_each
from models.session import reading, unit_of_work
from notifications import outbox
from notifications.channels import Channels
from notifications.mailbox import Mailbox
from notifications.message import Outcome
from notifications.outbox import BACKOFF, GIVE_UP_AFTER, LEASE, deliver
from tests.servers import Webhook, webhook
from tests.town import TODAY, channels, fill_outbox, sweep

START = datetime(2022, 4, 25, 9, tzinfo=UTC)


def clock(at: datetime) -> Callable[[], datetime]:
    return lambda: at


def notifications(url: str) -> list[Notification]:
    with reading(url) as session:
        found = list(session.exec(select(Notification).order_by(col(Notification.id))))
        session.expunge_all()
        return found


def attempts(url: str) -> list[tuple[int, str | None]]:
    with reading(url) as session:
        return [
            (one.n, one.outcome)
            for one in session.exec(
                select(DeliveryAttempt).order_by(col(DeliveryAttempt.notification_id), col(DeliveryAttempt.n))
            )
        ]


def kept(folder: Path) -> Counter[bytes]:
    return Counter(path.read_bytes() for path in folder.glob("*.eml"))


@pytest.fixture
def posted(town: str, rules: Rules) -> str:
    """A record whose outbox holds the messages of two sweeps."""
    for day in (TODAY - timedelta(days=8), TODAY):
        sweep(town, rules, day)
    assert len(notifications(town)) >= 3
    return town


class Stub(Channels):
    """A channel whose other side answers as it is told, after whatever else happens meanwhile."""

    def __init__(self, answer: str, meanwhile: Callable[[], object] = lambda: None) -> None:
        super().__init__({})
        self.answer, self.meanwhile = answer, meanwhile
        self.sent: list[bytes] = []

    def send(self, frozen: bytes, tag: str, recipient: str, title: str, body: str, key: str = "") -> Outcome:
        self.sent.append(frozen)
        self.meanwhile()
        return Outcome(self.answer, "550" if self.answer == "permanent" else None, "as told")  # type: ignore[arg-type]


def test_every_message_goes_out_once_byte_for_byte_and_never_again(posted: str, tmp_path: Path) -> None:
    with Mailbox(tmp_path / "mail") as mailbox:
        post = channels(mailbox.port)
        first = deliver(posted, post, "one", clock(START))
        again = deliver(posted, post, "two", clock(START + timedelta(days=30)))
        post.close()
    written = notifications(posted)
    assert (first.accepted, first.waiting, first.dead) == (len(written), 0, 0)
    assert (again.accepted, again.waiting, again.dead) == (0, 0, 0)
    assert kept(tmp_path / "mail") == Counter(one.payload for one in written)
    assert {one.state for one in written} == {Delivery.ACCEPTED}
    assert attempts(posted) == [(1, "accepted")] * len(written)


def test_while_the_mail_server_is_down_messages_wait_and_then_go_out_once_unchanged(
    posted: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    frozen = Counter(one.payload for one in notifications(posted))
    post = channels(port)
    down = deliver(posted, post, "one", clock(START))
    assert (down.accepted, down.waiting, down.dead) == (0, sum(frozen.values()), 0)
    assert {one.state for one in notifications(posted)} == {Delivery.RETRY}
    too_soon = deliver(posted, post, "one", clock(START + timedelta(seconds=30)))
    assert too_soon.waiting == 0
    with Mailbox(tmp_path / "mail", port):
        up = deliver(posted, post, "one", clock(START + timedelta(minutes=BACKOFF[0])))
    post.close()
    assert up.accepted == sum(frozen.values())
    assert kept(tmp_path / "mail") == frozen
    assert {outcome for _, outcome in attempts(posted)} == {"retry", "accepted"}


def test_the_wait_grows_and_after_the_last_try_the_message_is_dead(posted: str) -> None:
    at, waits = START, []
    for _ in range(GIVE_UP_AFTER):
        deliver(posted, Stub("temporary"), "one", clock(at))
        one = notifications(posted)[0]
        waits.append(one.not_before - at)
        at = one.not_before
    assert [wait.total_seconds() / 60 for wait in waits[: len(BACKOFF)]] == list(BACKOFF)
    assert waits[-1] == timedelta(minutes=BACKOFF[-1])
    assert {one.state for one in notifications(posted)} == {Delivery.DEAD}
    assert timedelta(days=7) < at - START < timedelta(days=14)


def test_what_can_never_be_delivered_is_dead_at_once_and_says_why(posted: str) -> None:
    post = Stub("permanent")
    done = deliver(posted, post, "one", clock(START))
    assert done.dead == len(post.sent) == len(notifications(posted))
    deliver(posted, post, "one", clock(START + timedelta(days=1)))
    assert done.dead == len(post.sent)
    with reading(posted) as session:
        tried = session.exec(select(DeliveryAttempt)).all()
    assert {(one.outcome, one.code, one.detail) for one in tried} == {("dead", "550", "as told")}


def test_an_uncertain_send_is_repeated_as_the_same_bytes(posted: str) -> None:
    post = Stub("uncertain")
    deliver(posted, post, "one", clock(START))
    assert {one.state for one in notifications(posted)} == {Delivery.UNCERTAIN}
    post.answer = "accepted"
    deliver(posted, post, "one", clock(START + timedelta(minutes=1)))
    assert set(Counter(post.sent).values()) == {2}
    assert {one.state for one in notifications(posted)} == {Delivery.ACCEPTED}


def test_the_attempt_is_on_record_before_the_message_leaves(posted: str) -> None:
    seen: list[tuple[Delivery, int]] = []

    def look() -> None:
        one = notifications(posted)[len(seen)]
        with reading(posted) as session:
            tried = session.exec(
                select(DeliveryAttempt).where(DeliveryAttempt.notification_id == one.id)
            ).one()
        seen.append((one.state, tried.n))

    deliver(posted, Stub("accepted", look), "one", clock(START))
    assert seen == [(Delivery.SENDING, 1)] * len(notifications(posted))


def test_a_message_in_somebody_elses_hands_is_left_alone_until_the_lease_runs_out(posted: str) -> None:
    count = len(notifications(posted))

    class Killed(BaseException):
        """What kill -9 looks like from inside."""

    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        deliver(posted, Stub("accepted", die), "dead worker", clock(START))
    early = Stub("accepted")
    assert deliver(posted, early, "two", clock(START + LEASE - timedelta(seconds=1))).accepted == count - 1
    late = Stub("accepted")
    assert deliver(posted, late, "three", clock(START + LEASE + timedelta(seconds=1))).accepted == 1
    assert attempts(posted)[:2] == [(1, None), (2, "accepted")]


@pytest.fixture
def notify() -> Iterator[Webhook]:
    with webhook() as server:
        server.status, server.answer = 201, {"id": "740e5834-3a29-46b4-9a6f-16142fde533a"}
        yield server


def by_notify(server: Webhook) -> Channels:
    """GOV.UK Notify, at this stand-in, for the messages' channel."""
    key = "council-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
    url = f"govuknotify://${{KEY}}@127.0.0.1:{server.server_port}/f33517ff-2a88-4f6e-b855-c550268ce08a"
    return Channels.load({"urls": [{url: {"tag": "email"}}]}, {"KEY": key})


def sent_to(server: Webhook) -> list[str]:
    """The references of the messages that Notify was asked to send."""
    return [body["reference"] for path, _, body in server.received if path == "/v2/notifications/email"]


def asked_of(server: Webhook) -> list[str]:
    """The references that Notify was asked about."""
    return [query["reference"] for path, _, query in server.received if "?" in path]


@pytest.fixture
def dropped(posted: str, notify: Webhook, monkeypatch: pytest.MonkeyPatch) -> Notification:
    """A message that Notify has, whose worker died before it could write so down."""

    def die(*message: Any) -> Outcome:
        send(*message)
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        send = Channels.send
        killed.setattr(Channels, "send", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(posted, by_notify(notify), "dead worker", clock(START))
    (one,) = [one for one in notifications(posted) if one.state == Delivery.SENDING]
    assert sent_to(notify) == [one.message_id]
    with unit_of_work(posted) as session:  # so that only this one is in play
        session.exec(
            update(Notification)
            .where(col(Notification.id) != one.id)
            .values(state=Delivery.CANCELLED)
            .execution_options(synchronize_session=False)
        )
    return one


AFTER_THE_LEASE = START + LEASE + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("created", Delivery.ACCEPTED),
        ("delivered", Delivery.ACCEPTED),
        ("permanent-failure", Delivery.DEAD),
    ],
)
def test_what_notify_has_is_not_sent_again_after_its_worker_died(
    posted: str, notify: Webhook, dropped: Notification, status: str, state: Delivery
) -> None:
    reference = dropped.message_id
    notify.status = 200
    notify.answer = {"notifications": [{"reference": reference, "status": status}]}
    for at in (AFTER_THE_LEASE, AFTER_THE_LEASE + timedelta(days=1)):
        deliver(posted, by_notify(notify), "next", clock(at))
    assert (sent_to(notify), asked_of(notify)) == ([reference], [reference])
    (one,) = [one for one in notifications(posted) if one.id == dropped.id]
    assert (one.state, one.attempts) == (state, 2)


def test_while_notify_cannot_be_asked_the_message_waits_and_it_is_asked_again(
    posted: str, notify: Webhook, dropped: Notification
) -> None:
    reference, at = dropped.message_id, AFTER_THE_LEASE
    notify.status, notify.answer = 503, b"maintenance"
    for _ in range(3):
        assert deliver(posted, by_notify(notify), "next", clock(at)).waiting == 1
        (one,) = [one for one in notifications(posted) if one.id == dropped.id]
        assert one.state == Delivery.UNCERTAIN
        assert one.not_before > at
        at = one.not_before
    notify.status = 200
    notify.answer = {"notifications": [{"reference": reference, "status": "sending"}]}
    assert deliver(posted, by_notify(notify), "next", clock(at)).accepted == 1
    assert (sent_to(notify), asked_of(notify)) == ([reference], [reference] * 4)


def test_what_notify_does_not_have_is_sent_again_as_the_same_message(
    posted: str, notify: Webhook, dropped: Notification
) -> None:
    notify.status, notify.answer = 200, {"notifications": []}
    assert deliver(posted, by_notify(notify), "next", clock(AFTER_THE_LEASE)).accepted == 1
    assert [path.partition("?")[0] for path, _, _ in notify.received] == [
        "/v2/notifications/email",
        "/v2/notifications",
        "/v2/notifications/email",
    ]
    assert notify.received[0][2] == notify.received[2][2]


def test_nothing_is_asked_about_a_message_that_certainly_did_not_arrive(posted: str, notify: Webhook) -> None:
    notify.status, notify.answer = 503, b"maintenance"
    waiting = deliver(posted, by_notify(notify), "one", clock(START)).waiting
    notify.status, notify.answer = 201, {"id": "740e"}
    at = START + timedelta(minutes=BACKOFF[0])
    assert deliver(posted, by_notify(notify), "one", clock(at)).accepted == waiting
    assert asked_of(notify) == []


def test_a_worker_whose_message_was_taken_over_cannot_write_its_late_result(posted: str) -> None:
    deliver(posted, Stub("accepted"), "before", clock(START))
    first = notifications(posted)[0]
    with unit_of_work(posted) as session:  # so that only the first is in play
        session.exec(
            update(Notification)
            .where(col(Notification.id) == first.id)
            .values(state=Delivery.QUEUED, not_before=START, attempts=5, worker=None)
        )
    taker = Stub("accepted")

    def take_over() -> None:
        deliver(posted, taker, "taker", clock(START + LEASE + timedelta(minutes=1)))

    deliver(posted, Stub("permanent", take_over), "stale", clock(START))
    assert len(taker.sent) == 1
    one = notifications(posted)[0]
    assert (one.state, one.worker, one.attempts) == (Delivery.ACCEPTED, "taker", 7)
    with reading(posted) as session:
        late = session.exec(
            select(DeliveryAttempt).where(DeliveryAttempt.notification_id == first.id, DeliveryAttempt.n == 6)
        )
        assert late.one().outcome == "dead"  # what it saw stays on record beside the attempt that counted


def test_four_workers_at_once_send_each_message_once(database: str, tmp_path: Path) -> None:
    fill_outbox(database, 200)
    with Mailbox(tmp_path / "mail") as mailbox:

        def work(name: str) -> int:
            post = channels(mailbox.port)
            try:
                return deliver(database, post, name, clock(START)).accepted
            finally:
                post.close()

        with ThreadPoolExecutor(4) as pool:
            counts = list(pool.map(work, ["one", "two", "three", "four"]))
    assert sum(counts) == 200
    assert kept(tmp_path / "mail") == Counter(one.payload for one in notifications(database))
    assert attempts(database) == [(1, "accepted")] * 200


def test_a_worker_that_claims_while_another_does_takes_none_of_its_messages(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked and both claim: the second finds the rows locked, or waits and finds them taken."""
    fill_outbox(database, 2)
    entered, commit = Event(), Event()

    def slow(session: Session, statement: sa.Executable, **values: Any) -> Any:
        done = run(session, statement, **values)
        if statement is outbox._BEGIN:
            entered.set()
            commit.wait(0.5)
        return done

    monkeypatch.setattr("notifications.outbox.run", slow)
    first = notifications(database)[0].id or 0

    def claim(name: str) -> int:
        books = outbox._Books(database, name, clock(START), deque([first]))
        return len(books.turn(outbox._Results(clock(START)), 1))

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(claim, "one")
        entered.wait(5)
        two = pool.submit(claim, "two")
        assert (one.result(), two.result()) == (1, 0)
    assert [(one.worker, one.attempts) for one in notifications(database)] == [("one", 1), (None, 0)]


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


FIFTH = 5


def test_a_batch_is_not_sent_further_than_its_lease_covers(database: str) -> None:
    fill_outbox(database, 20)
    now = Clock()
    left: list[datetime | None] = []

    def step() -> None:
        if len(post.sent) == FIFTH:
            now.now += LEASE / 2 + timedelta(seconds=1)
        if len(post.sent) > FIFTH:
            left.append(notifications(database)[len(post.sent) - 1].lease_until)

    post = Stub("accepted", step)
    assert deliver(database, post, "one", now).accepted == 20
    assert left == [now.now + LEASE] * 15
    assert post.sent == [one.payload for one in notifications(database)]
    given_back = [(1, "retry"), (2, "accepted")]
    assert attempts(database) == [(1, "accepted")] * FIFTH + given_back * 15


def test_where_another_worker_took_a_batch_over_the_rest_is_not_sent_and_no_result_is_written(
    database: str,
) -> None:
    fill_outbox(database, 20)
    now, taker = Clock(), Stub("accepted")

    def take_over() -> None:
        if len(post.sent) == FIFTH:
            while notifications(database)[1].state is Delivery.SENDING:  # its result is written meanwhile
                time.sleep(0.01)
            now.now += LEASE + timedelta(seconds=1)
            assert deliver(database, taker, "taker", now).accepted == 18

    post = Stub("permanent", take_over)
    deliver(database, post, "stale", now)
    written = notifications(database)
    assert post.sent == [one.payload for one in written[:FIFTH]]
    assert taker.sent == [one.payload for one in written[2:]]  # the first two were batches of their own
    stale, taken = (Delivery.DEAD, "stale"), (Delivery.ACCEPTED, "taker")
    assert [(one.state, one.worker) for one in written] == [stale] * 2 + [taken] * 18


def test_a_worker_that_is_stopped_writes_down_what_it_sent_and_gives_the_rest_back(database: str) -> None:
    fill_outbox(database, 20)

    def stop() -> None:
        if len(post.sent) == FIFTH:
            raise KeyboardInterrupt

    post = Stub("accepted", stop)
    with pytest.raises(KeyboardInterrupt):
        deliver(database, post, "stopped", clock(START))
    states = [one.state for one in notifications(database)]
    assert states == [Delivery.ACCEPTED] * 4 + [Delivery.SENDING] + [Delivery.RETRY] * 15
    assert deliver(database, Stub("accepted"), "next", clock(START)).accepted == 15


def test_a_slow_server_gets_its_messages_one_by_one(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.outbox.SPAN", 0.0001)
    fill_outbox(database, 10)
    seen: list[int] = []

    def look() -> None:
        seen.append(sum(one.state is Delivery.SENDING for one in notifications(database)))

    deliver(database, Stub("accepted", look), "one", clock(START))
    # The one under way, the one after it, and the one before it while its result is written.
    assert len(seen) == 10
    assert max(seen) <= 3


def test_a_database_that_is_away_for_a_moment_makes_no_message_go_out_twice(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_outbox(database, 20)
    failures = iter([True, True])
    monkeypatch.setattr("notifications.outbox.sleep", lambda _: None)

    def broken(*given: Any) -> None:
        if next(failures, False):
            raise sa.exc.OperationalError("COMMIT", {}, Exception("the server closed the connection"))
        run_each(*given)

    monkeypatch.setattr("notifications.outbox.run_each", broken)
    post = Stub("accepted")
    assert deliver(database, post, "one", clock(START)).accepted == 20
    assert post.sent == [one.payload for one in notifications(database)]
    assert attempts(database) == [(1, "accepted")] * 20
    assert next(failures, None) is None
