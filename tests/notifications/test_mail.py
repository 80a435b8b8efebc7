"""E-mail over real SMTP on loopback: the frozen bytes, one connection, and what each refusal means."""

import logging
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from threading import Thread
from time import sleep

import pytest
from apprise import Apprise

from notifications import mail
from notifications.channels import Channels
from notifications.message import compose, message_id
from notifications.tls import tls_context
from tests.servers import MailServer, authority_in, served_by

FROZEN = compose(
    "commissioning@council.example",
    "owner@council.example",
    "Decide by 13 February 2023",
    "The list ends “August 2023”.\n.\n.A leading dot\n",
    "<p>The list ends “August 2023”.</p>",
    message_id("NAPL/T-180", "council.example"),
    datetime(2023, 2, 13, 9, tzinfo=UTC),
    {},
)
SECRET = MailServer.password  # looked for in every log and error
# Two seconds in all for one send, where the servers below never answer.
IMPATIENT = "&cto=1&rto=1"


def channels(port: int, more: str = "", scheme: str = "smtp", host: str = "127.0.0.1") -> Channels:
    url = f"{scheme}://{host}:{port}/?from=commissioning@council.example{more}"
    return Channels.load({"urls": [{url: [{"tag": "email"}]}]}, {"SECRET": SECRET})


def send(
    to: Channels, frozen: bytes = FROZEN, recipient: str = "owner@council.example"
) -> tuple[str, str | None]:
    outcome = to.send(frozen, "email", recipient, "unused", "unused")
    assert SECRET not in outcome.detail
    return outcome.result, outcome.code


def test_a_resend_is_the_same_bytes_with_the_same_message_id_and_date() -> None:
    with MailServer().running() as server:
        email = channels(server.port)
        assert [send(email), send(email)] == [("accepted", "250")] * 2
    assert server.messages == [FROZEN, FROZEN]
    assert message_from_bytes(server.messages[1]).get_all("Message-ID") == [
        message_id("NAPL/T-180", "council.example")
    ]


def test_fifty_sends_use_one_connection() -> None:
    with MailServer().running() as server:
        email = channels(server.port)
        assert {send(email) for _ in range(50)} == {("accepted", "250")}
    assert (server.connections, len(server.messages)) == (1, 50)


def test_threads_sharing_a_channel_take_turns_on_its_connection() -> None:
    with MailServer().running() as server:
        email = channels(server.port)
        frozen = [FROZEN.replace(b"Decide", f"Decide {n}".encode()) for n in range(40)]
        threads = [Thread(target=send, args=(email, one)) for one in frozen]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(server.messages) == sorted(frozen)
    assert server.connections == 1


@pytest.mark.parametrize(
    ("stage", "answer", "expected"),
    [
        ("MAIL", "451 later", ("temporary", "451")),
        ("RCPT", "450 mailbox busy", ("temporary", "450")),
        ("RCPT", "451 4.7.1 Greylisted, try again in five minutes", ("temporary", "451")),
        ("MAIL", "421 closing", ("temporary", "421")),
        ("RCPT", "550 no such person", ("permanent", "550")),
        ("RCPT", "530 sign in first", ("temporary", "530")),
        ("DATA", "452 disk full", ("temporary", "452")),
        ("DATA", "554 refused", ("permanent", "554")),
        ("RCPT", "no SMTP at all", ("temporary", None)),
        ("DATA", "no SMTP at all", ("uncertain", None)),
        # The sender is the set-up's, not this message's: no alert dies of a mistyped `from=`.
        ("MAIL", "550 sender unknown", ("temporary", "550")),
    ],
)
@pytest.mark.parametrize("pipelining", [False, True])
def test_what_a_refusal_means_and_that_the_next_message_still_goes(
    stage: str, answer: str, expected: tuple[str, str], pipelining: bool
) -> None:
    with MailServer({stage: answer}, pipelining=pipelining).running() as server:
        email = channels(server.port)
        assert send(email) == expected
        server.answers.clear()
        assert send(email) == ("accepted", "250")
        assert server.connections == (2 if expected[1] in (None, "421") else 1)
    assert set(server.messages) == {FROZEN}  # nothing of a refused message went to somebody


def test_where_the_server_pipelines_the_same_bytes_arrive_once_each_over_one_connection() -> None:
    frozen = [FROZEN.replace(b"Decide", f"Decide {n}".encode()) for n in range(50)]
    with MailServer(pipelining=True).running() as server:
        email = channels(server.port)
        assert {send(email, one) for one in frozen} == {("accepted", "250")}
    assert (server.connections, server.messages) == (1, frozen)


def test_a_server_that_asks_for_the_message_of_a_refused_recipient_does_not_get_it() -> None:
    with MailServer({"RCPT": "550 no"}, pipelining=True, asks_all_the_same=True).running() as server:
        email = channels(server.port)
        assert send(email) == ("permanent", "550")
        server.answers.clear()
        assert send(email) == ("accepted", "250")
    assert (server.messages, server.connections) == ([FROZEN], 2)


def test_a_calendar_part_arrives_as_an_invitation_beside_the_text() -> None:
    calendar = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    sender, to, identity = "a@council.example", "owner@council.example", message_id("x", "council.example")
    frozen = compose(
        sender, to, "Board", "Text", None, identity, datetime(2023, 2, 13, tzinfo=UTC), {}, calendar
    )
    with MailServer().running() as server:
        assert send(channels(server.port), frozen) == ("accepted", "250")
    parts = list(message_from_bytes(server.messages[0]).walk())
    assert [part.get_content_type() for part in parts] == [
        "multipart/alternative",
        "text/plain",
        "text/calendar",
    ]
    assert parts[2].get_param("method") == "REQUEST"
    assert parts[2].get_payload(decode=True) == calendar


def test_a_slow_server_is_waited_for() -> None:
    with MailServer(delay=0.3).running() as server:
        assert send(channels(server.port, "&cto=1&rto=2")) == ("accepted", "250")


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
@pytest.mark.parametrize("death", ["die", "never"])
def test_a_server_lost_before_the_message_is_temporary_and_has_nothing(
    stage: str, death: str, pipelining: bool
) -> None:
    with MailServer({stage: death}, pipelining=pipelining).running() as server:
        email = channels(server.port, IMPATIENT)
        assert send(email) == ("temporary", None)
        server.answers.clear()
        assert send(email) == ("accepted", "250")
    assert server.messages == [FROZEN]


def test_nobody_listening_is_temporary_until_somebody_does() -> None:
    with MailServer().running() as server:
        port = server.port
    email = channels(port)
    assert send(email) == ("temporary", None)
    with MailServer(port=port).running():
        assert send(email) == ("accepted", "250")


def test_a_server_restarted_between_two_sends_costs_nothing() -> None:
    server = MailServer()
    with server.running():
        email = channels(server.port)
        send(email)
    with server.running():
        assert send(email) == ("accepted", "250")
    assert (server.connections, len(server.messages)) == (2, 2)


def test_a_connection_the_server_closed_for_idleness_is_made_anew() -> None:
    with MailServer().running(timeout=0.1) as server:
        email = channels(server.port)
        send(email)
        sleep(0.3)
        assert send(email) == ("accepted", "250")
    assert (server.connections, len(server.messages)) == (2, 2)


def test_a_masked_url_and_a_plain_one_read_back_as_the_same_server() -> None:
    mail.register()
    url = "starttls://mailer:p%40ss@mail.council.example/?from=A%20Name%20%3Ca@council.example%3E&to=b@council.example"
    service = Apprise.instantiate(url, suppress_exceptions=False)
    assert isinstance(service, mail.Mail)
    assert service.port == 587
    assert service.sender == "A Name <a@council.example>"
    again = Apprise.instantiate(service.url(), suppress_exceptions=False)
    assert isinstance(again, mail.Mail)
    assert (again.sender, again.to, again.password) == (service.sender, ["b@council.example"], "p@ss")
    assert all("p%40ss" not in shown for shown in (service.url(privacy=True), str(service), repr(service)))


@pytest.mark.parametrize("death", ["die", "never", "421 closing"])
def test_a_server_lost_after_the_message_leaves_it_uncertain_and_is_not_asked_twice(death: str) -> None:
    with MailServer({"DATA": death}).running() as server:
        email = channels(server.port, IMPATIENT)
        expected = ("temporary", "421") if death.startswith("421") else ("uncertain", None)
        assert send(email) == expected
        assert len(server.messages) == 1
        server.answers.clear()
        assert send(email) == ("accepted", "250")
    assert server.messages == [FROZEN, FROZEN]


def test_a_server_that_never_greets_is_temporary_and_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        before = datetime.now(UTC)
        assert send(channels(silent.getsockname()[1], IMPATIENT)) == ("temporary", None)
    assert datetime.now(UTC) - before < timedelta(seconds=5)


@pytest.mark.parametrize(
    "recipient", ["", "owner", "a@council.example\r\nDATA", "a@b.example, c@b.example", "<a@b>"]
)
def test_a_recipient_that_is_no_address_is_permanent_and_never_reaches_the_server(recipient: str) -> None:
    with MailServer().running() as server:
        assert send(channels(server.port), recipient=recipient) == ("permanent", None)
    assert server.connections == 0


def test_a_plain_apprise_url_line_sends_too() -> None:
    mail.register()
    with MailServer().running() as server:
        apprise = Apprise()
        assert apprise.add(f"smtp://127.0.0.1:{server.port}/?from=a@council.example&to=b@council.example")
        assert apprise.notify(title="Title", body="Body")
        server.answers["RCPT"] = "550 no"
        assert not apprise.notify(title="Title", body="Body")
    received = message_from_bytes(server.messages[0])
    assert (received["Subject"], received["To"]) == ("Title", "b@council.example")


# --- TLS, with a private certificate authority ---------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority_in(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "Council CA.pem"))
    tls_context.cache_clear()
    yield
    tls_context.cache_clear()


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["starttls", "smtps"])
def test_mail_goes_encrypted_and_signed_in_where_the_council_s_own_authority_is_trusted(
    scheme: str, authority: Path
) -> None:
    tls = served_by(authority, "127.0.0.1")
    options = {"tls": tls} if scheme == "smtps" else {"tls_context": tls, "require_starttls": True}
    with MailServer().running(auth_required=True, auth_require_tls=scheme != "smtps", **options) as server:
        email = channels(server.port, scheme=scheme, host="mailer:${SECRET}@127.0.0.1")
        assert [send(email), send(email)] == [("accepted", "250")] * 2
    assert server.messages == [FROZEN, FROZEN]
    assert (server.signed_in, server.connections) == ([SECRET], 1)


@pytest.mark.parametrize("scheme", ["starttls", "smtps"])
@pytest.mark.parametrize("name", ["127.0.0.1", "another.council.example"])
def test_a_certificate_that_is_not_trusted_or_not_the_host_s_gets_no_mail_and_no_password(
    scheme: str, name: str, authority: Path, request: pytest.FixtureRequest
) -> None:
    if name == "another.council.example":
        request.getfixturevalue("trusted")
    else:
        tls_context.cache_clear()
    tls = served_by(authority, name)
    options = {"tls": tls} if scheme == "smtps" else {"tls_context": tls}
    with MailServer().running(**options) as server:
        email = channels(server.port, scheme=scheme, host="mailer:${SECRET}@127.0.0.1")
        outcome = email.send(FROZEN, "email", "owner@council.example", "", "")
    assert (outcome.result, outcome.code) == ("temporary", None)
    assert "certificate is not trusted" in outcome.detail
    assert (server.messages, server.signed_in) == ([], [])


def test_a_server_without_starttls_gets_no_mail_and_no_password() -> None:
    with MailServer().running(auth_require_tls=False) as server:
        email = channels(server.port, scheme="starttls", host="mailer:${SECRET}@127.0.0.1")
        outcome = email.send(FROZEN, "email", "owner@council.example", "", "")
    assert (outcome.result, server.messages, server.signed_in) == ("temporary", [], [])
    assert "STARTTLS" in outcome.detail


def test_a_refused_password_is_temporary_and_is_logged_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with MailServer().running(auth_require_tls=False) as server:
        url = "smtp://mailer:${WRONG}@127.0.0.1:" + f"{server.port}/?from=a@council.example"
        email = Channels.load({"urls": [{url: {"tag": "email"}}]}, {"WRONG": SECRET + "!"})
        outcome = email.send(FROZEN, "email", "owner@council.example", "", "")
    ours = [record for record in caplog.records if record.name != "mail.log"]  # the server's own log
    assert (outcome.result, outcome.code) == ("temporary", "535")
    shown = "".join([repr(email), outcome.detail, *(record.getMessage() for record in ours)])
    assert all(secret not in shown for secret in (SECRET, "pa55"))
    assert logging.getLogger("apprise").level == logging.WARNING


@pytest.mark.skipif(os.name != "posix", reason="the loopback of other systems is not looked at")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_loopback_needs_no_encryption(host: str) -> None:
    assert channels(2525, host=host).tags == {"email"}
