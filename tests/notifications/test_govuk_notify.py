"""GOV.UK Notify over real HTTP on loopback: the request, its token, what each answer means, and asking after it."""

import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
from apprise import Apprise

from notifications import govuk_notify
from notifications.channels import ChannelError, Channels
from notifications.message import Outcome
from notifications.tls import tls_context
from tests.servers import Webhook, authority_in, served_by, webhook

SERVICE = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"  # noqa: S105 -- an invented one, looked for in every log
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
KEY = f"council_live-{SERVICE}-{SECRET}"
REFERENCE = "<0123456789abcdef@council.example>"
ADDRESS = "owner@council.example"


@pytest.fixture
def notify() -> Iterator[Webhook]:
    with webhook() as server:
        server.status, server.answer = 201, {"id": "740e5834-3a29-46b4-9a6f-16142fde533a"}
        yield server


def channels(host: str, more: str = "", key: str = KEY, template: str = TEMPLATE) -> Channels:
    url = f"govuknotify://${{NOTIFY_API_KEY}}@{host}/{template}{more}"
    return Channels.load({"urls": [{url: {"tag": "notify"}}]}, {"NOTIFY_API_KEY": key})


def at(server: Webhook, more: str = "") -> Channels:
    return channels(f"127.0.0.1:{server.server_port}", more)


def send(to: Channels, recipient: str = ADDRESS) -> Outcome:
    return to.send(b"frozen", "notify", recipient, "Decide by 13 February", "*Body*", REFERENCE)


def error(kind: str, message: str) -> dict[str, object]:
    return {"status_code": 400, "errors": [{"error": kind, "message": message}]}


def test_a_message_is_asked_for_as_notify_documents_it_with_a_fresh_token(notify: Webhook) -> None:
    to = at(notify)
    assert [send(to).result, send(to).result] == ["accepted"] * 2
    path, headers, body = notify.received[0]
    assert path == "/v2/notifications/email"
    assert body == {
        "email_address": ADDRESS,
        "template_id": TEMPLATE,
        "personalisation": {"subject": "Decide by 13 February", "body": "*Body*"},
        "reference": REFERENCE,
    }
    assert notify.received[1][2] == body
    token = headers["Authorization"].removeprefix("Bearer ")
    assert jwt.get_unverified_header(token) == {"typ": "JWT", "alg": "HS256"}
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert claims["iss"] == SERVICE
    assert claims.keys() == {"iss", "iat"}
    assert abs(claims["iat"] - datetime.now(UTC).timestamp()) < 30
    assert to.is_mail("notify")
    assert to.mail_server("notify") is None


@pytest.mark.parametrize(
    ("status", "answer", "expected", "said"),
    [
        (201, {"id": "740e"}, "accepted", "740e"),
        (
            400,
            error("ValidationError", "email_address is not valid"),
            "permanent",
            "email_address is not valid",
        ),
        (
            400,
            error("BadRequestError", "Missing personalisation: body"),
            "permanent",
            "Missing personalisation",
        ),
        (413, b"too long", "permanent", "413"),
        # The set-up's, not this message's: no alert dies of a withdrawn key or a clock that is wrong.
        (403, error("AuthError", "Invalid token: API key not found"), "temporary", "API key not found"),
        (429, error("RateLimitError", "Exceeded rate limit"), "temporary", "Exceeded rate limit"),
        (
            429,
            error("TooManyRequestsError", "Exceeded send limits (50) for today"),
            "temporary",
            "send limits",
        ),
        (500, error("Exception", "Internal server error"), "temporary", "Internal server error"),
        (503, b"<html>maintenance", "temporary", "503"),
        (302, b"", "temporary", "302"),
        # A gateway speaks: Notify itself may have it.
        (502, b"<html>", "uncertain", "502"),
        (504, b"<html>", "uncertain", "504"),
        (400, ["no", "errors"], "permanent", "400"),
    ],
)
def test_what_an_answer_means_and_that_notify_s_own_words_are_kept(
    notify: Webhook, status: int, answer: object, expected: str, said: str
) -> None:
    notify.status, notify.answer = status, answer
    outcome = send(at(notify))
    assert (outcome.result, outcome.code) == (expected, str(status))
    assert said in outcome.detail
    assert len(notify.received) == 1


def test_silence_after_the_request_is_uncertain_and_it_is_asked_once(notify: Webhook) -> None:
    notify.dies = True
    assert send(at(notify)).result == "uncertain"
    notify.dies, notify.delay = False, 1.0
    assert send(at(notify, "?rto=0.2")).result == "uncertain"
    assert len(notify.received) == 2


def test_nobody_listening_is_temporary_as_nothing_has_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    outcome = send(channels(f"127.0.0.1:{port}"))
    assert (outcome.result, outcome.code) == ("temporary", None)


@pytest.mark.parametrize("trusted", [True, False])
def test_away_from_this_machine_it_is_encrypted_and_the_certificate_verified(
    trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, look_up = "another.council.example", socket.getaddrinfo
    here = authority_in(tmp_path)
    monkeypatch.setattr(  # only the name is invented: the server and its certificate are real
        socket, "getaddrinfo", lambda name, *rest, **more: look_up("127.0.0.1", *rest, **more)
    )
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(here / "Council CA.pem"))
    tls_context.cache_clear()
    try:
        with webhook(served_by(here, host)) as server:
            server.status = 201
            outcome = send(channels(f"{host}:{server.server_port}"))
    finally:
        tls_context.cache_clear()
    assert outcome.result == ("accepted" if trusted else "temporary")
    assert len(server.received) == int(trusted)
    assert trusted or "certificate is not trusted" in outcome.detail


def test_a_channel_closed_and_used_again_makes_a_new_connection(notify: Webhook) -> None:
    to = at(notify)
    send(to)
    to.close()
    assert send(to).result == "accepted"


def test_a_recipient_that_is_no_address_never_reaches_notify(notify: Webhook) -> None:
    assert send(at(notify), recipient="owner").result == "permanent"
    assert notify.received == []


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], None),
        (["created"], "accepted"),
        (["sending"], "accepted"),
        (["delivered"], "accepted"),
        (["permanent-failure"], "permanent"),
        (["temporary-failure"], None),
        (["technical-failure"], None),
        (["permanent-failure", "delivered"], "accepted"),
    ],
)
def test_before_a_resend_notify_says_whether_it_has_the_message(
    notify: Webhook, statuses: list[str], expected: str | None
) -> None:
    notify.status = 200
    notify.answer = {"notifications": [{"reference": REFERENCE, "status": status} for status in statuses]}
    outcome = at(notify).reconcile("notify", REFERENCE)
    assert (outcome and outcome.result) == expected
    path, headers, query = notify.received[0]
    assert path.startswith("/v2/notifications?")
    assert query == {"reference": REFERENCE}
    assert jwt.decode(headers["Authorization"].split()[1], SECRET, algorithms=["HS256"])["iss"] == SERVICE


def test_another_message_s_reference_is_no_answer(notify: Webhook) -> None:
    notify.status, notify.answer = 200, {"notifications": [{"reference": "other", "status": "delivered"}]}
    assert at(notify).reconcile("notify", REFERENCE) is None


@pytest.mark.parametrize(("status", "answer"), [(403, b""), (429, b""), (500, b""), (200, b"<html>")])
def test_where_notify_cannot_be_asked_whether_it_has_the_message_stays_open(
    notify: Webhook, status: int, answer: bytes
) -> None:
    notify.status, notify.answer = status, answer
    outcome = at(notify).reconcile("notify", REFERENCE)
    assert outcome is not None
    assert (outcome.result, outcome.code) == ("temporary", str(status))
    notify.dies = True
    silent = at(notify).reconcile("notify", REFERENCE)
    assert silent is not None
    assert silent.result == "temporary"


def test_channels_that_cannot_be_asked_say_resend() -> None:
    hook = Channels.load({"urls": [{"json://127.0.0.1:9/": {"tag": "hook"}}]}, {})
    assert [hook.reconcile(tag, REFERENCE) for tag in ("hook", "unknown")] == [None, None]


def test_the_key_is_in_no_log_outcome_or_masked_url(
    notify: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    to = at(notify)
    for name in ("httpx", "httpcore"):  # the ping keeps them quiet; here they must be heard
        caplog.set_level(0, name)
    shown = [repr(to), repr(send(to)), repr(to.reconcile("notify", REFERENCE))]
    notify.status, notify.answer = 403, error("AuthError", "Invalid token")
    shown.append(repr(send(to)))
    notify.dies = True
    shown.append(repr(send(to)))
    service = Apprise.instantiate(f"govuknotify://{KEY}@127.0.0.1/{TEMPLATE}", suppress_exceptions=False)
    assert isinstance(service, govuk_notify.GovukNotify)
    shown += [service.url(privacy=True), str(service), repr(service), caplog.text]
    assert len(caplog.records) > 4
    token = notify.received[0][1]["Authorization"].split()[1]
    assert all(secret not in text for secret in (SECRET, SECRET[:8], token) for text in shown)
    again = Apprise.instantiate(service.url(), suppress_exceptions=False)
    assert isinstance(again, govuk_notify.GovukNotify)
    assert (again.user, again.template) == (KEY, TEMPLATE)
    assert logging.getLogger("apprise").level == logging.WARNING


def test_a_plain_apprise_url_line_sends_too(notify: Webhook) -> None:
    govuk_notify.register()
    apprise = Apprise()
    assert apprise.add(f"govuknotify://{KEY}@127.0.0.1:{notify.server_port}/{TEMPLATE}?to={ADDRESS}")
    assert apprise.notify(title="Title", body="Body")
    assert notify.received[0][2]["email_address"] == ADDRESS
    notify.status = 400
    assert not apprise.notify(title="Title", body="Body")


@pytest.mark.parametrize(
    ("key", "template", "said"),
    [
        (SECRET, TEMPLATE, "the API key is not whole"),
        (KEY[:-1], TEMPLATE, "the API key is not whole"),
        (KEY, "", "the template's id"),
        (KEY, "f33517ff", "the template's id"),
    ],
)
def test_a_key_or_template_that_is_none_is_told_at_load_without_the_key(
    key: str, template: str, said: str
) -> None:
    with pytest.raises(ChannelError, match=said) as refused:
        channels("api.notifications.service.gov.uk", key=key, template=template)
    assert SECRET[:8] not in str(refused.value)


def test_a_key_written_into_the_file_is_refused() -> None:
    url = f"govuknotify://{KEY}@api.notifications.service.gov.uk/{TEMPLATE}"
    with pytest.raises(ChannelError, match="its secret stands in the file") as refused:
        Channels.load({"urls": [{url: {"tag": "notify"}}]}, {})
    assert SECRET[:8] not in str(refused.value)
