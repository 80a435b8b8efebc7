"""After a message was accepted: GOV.UK Notify is asked what became of it, a mail server's report is read in."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlmodel import select

from models.alerts import Delivery, Notification
from models.audit import AuditEvent, verify
from models.session import reading, unit_of_work
from notifications.bounces import AGAIN, ASKED_FOR, BounceRefused, ask, note_bounce, read_bounce
from notifications.channels import Channels
from notifications.outbox import deliver
from notifications.undelivered import dead_letters
from tests.servers import Webhook, webhook
from tests.town import NOW, fill_outbox

KEY = "council-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def notify() -> Iterator[Webhook]:
    with webhook() as server:
        server.status, server.answer = 201, {"id": "740e5834-3a29-46b4-9a6f-16142fde533a"}
        yield server


@pytest.fixture
def post(notify: Webhook) -> Channels:
    url = f"govuknotify://${{KEY}}@127.0.0.1:{notify.server_port}/f33517ff-2a88-4f6e-b855-c550268ce08a"
    return Channels.load({"urls": [{url: {"tag": "email"}}]}, {"KEY": KEY})


@pytest.fixture
def sent(database: str, post: Channels) -> Notification:
    """One message that Notify has accepted."""
    fill_outbox(database, 1)
    assert deliver(database, post, "one", lambda: NOW).accepted == 1
    return message(database)


def message(url: str) -> Notification:
    with reading(url) as session:
        one = session.exec(select(Notification)).one()
        session.expunge(one)
        return one


def say(notify: Webhook, reference: str, status: str) -> None:
    notify.status, notify.answer = 200, {"notifications": [{"reference": reference, "status": status}]}
    notify.received.clear()


@pytest.mark.parametrize(
    ("status", "found", "state"),
    [
        ("delivered", (1, 0), Delivery.DELIVERED),
        ("permanent-failure", (0, 1), Delivery.BOUNCED),
        ("temporary-failure", (0, 1), Delivery.BOUNCED),
        ("technical-failure", (0, 1), Delivery.BOUNCED),
        ("sending", (0, 0), Delivery.ACCEPTED),
    ],
)
def test_what_became_of_a_message_is_asked_and_a_bounce_stands_among_the_dead_letters(
    database: str, post: Channels, notify: Webhook, sent: Notification,
    status: str, found: tuple[int, int], state: Delivery,
) -> None:  # fmt: skip
    say(notify, sent.message_id, status)
    assert ask(database, post, LATER) == found
    assert message(database).state == state
    with reading(database) as session:
        dead = [(one.state, one.why) for one in dead_letters(session)]
    assert dead == ([("bounced", f"GOV.UK Notify: {status}.")] if state is Delivery.BOUNCED else [])


def test_an_open_one_is_asked_again_after_an_hour_and_a_settled_one_never(
    database: str, post: Channels, notify: Webhook, sent: Notification
) -> None:
    say(notify, sent.message_id, "sending")
    ask(database, post, LATER)
    ask(database, post, LATER + AGAIN / 2)
    assert len(notify.received) == 1
    say(notify, sent.message_id, "delivered")
    assert ask(database, post, LATER + AGAIN) == (1, 0)
    assert ask(database, post, LATER + 3 * AGAIN) == (0, 0)
    assert len(notify.received) == 1


def test_what_notify_has_forgotten_and_what_cannot_be_asked_stay_accepted(
    database: str, post: Channels, notify: Webhook, sent: Notification
) -> None:
    notify.status, notify.answer = 503, b"maintenance"
    assert ask(database, post, LATER) == (0, 0)
    say(notify, "another", "delivered")
    assert ask(database, post, LATER) == (0, 0)
    assert message(database).state is Delivery.ACCEPTED
    say(notify, sent.message_id, "delivered")
    assert ask(database, post, NOW + ASKED_FOR + timedelta(days=1)) == (0, 0)
    assert notify.received == []


def report(original: str | None, action: str = "failed", headers_only: bool = False) -> bytes:
    """A mail server's report on a message."""
    made = EmailMessage()
    made["From"], made["To"] = (
        "Mail Delivery System <MAILER-DAEMON@mail.example>",
        "commissioning@council.example",
    )
    made["Subject"] = "Undelivered Mail Returned to Sender"
    made.set_content("It could not be delivered.")
    made.make_mixed()
    about, one = EmailMessage(), EmailMessage()
    about["Reporting-MTA"] = "dns; mail.example"
    one["Final-Recipient"], one["Action"] = "rfc822; post0@council.example", action
    one["Status"], one["Diagnostic-Code"] = "5.1.1", "smtp; 550 5.1.1 User unknown"
    status = EmailMessage()
    status["Content-Type"] = "message/delivery-status"
    status.set_payload([about, one])
    made.attach(status)
    if original:
        returned = EmailMessage()
        returned["Message-ID"] = original
        part = EmailMessage()
        if headers_only:
            part["Content-Type"] = "text/rfc822-headers"
            part.set_payload(returned.as_string())
        else:
            part["Content-Type"] = "message/rfc822"
            part.set_payload([returned])
        made.attach(part)
    made.replace_header("Content-Type", 'multipart/report; report-type=delivery-status; boundary="=_report"')
    return made.as_bytes()


def take(url: str, content: bytes, at: datetime = LATER) -> Notification:
    with unit_of_work(url) as session:
        return note_bounce(session, read_bounce(content), at, "command line")


@pytest.mark.parametrize("headers_only", [False, True])
def test_a_mail_server_s_report_marks_the_message_as_bounced_once_and_says_why(
    database: str, sent: Notification, headers_only: bool
) -> None:
    for _ in range(2):
        assert take(database, report(sent.message_id, headers_only=headers_only)).state is Delivery.BOUNCED
    with reading(database) as session:
        (letter,) = dead_letters(session)
        (event,) = session.exec(select(AuditEvent))
        assert verify(session) == []
    assert letter.why == "It came back from post0@council.example: 550 5.1.1 User unknown"
    assert (event.action, event.subject) == ("message bounced", sent.message_id)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"Subject: Out of office\r\n\r\nBack on Monday.", "no delivery status notification"),
        (b"", "no delivery status notification"),
        (report("<1@council.example>", action="delayed"), "reports no failure, but: delayed"),
        (report(None), "the original's Message-ID is missing"),
        (report("<1@elsewhere.example>"), "no message of ours has the Message-ID <1@elsewhere.example>"),
    ],
)
def test_what_is_no_report_of_a_bounce_of_ours_is_refused(database: str, content: bytes, why: str) -> None:
    fill_outbox(database, 1)
    with pytest.raises(BounceRefused, match=why):
        take(database, content)


def test_a_message_that_never_left_cannot_have_come_back(database: str) -> None:
    fill_outbox(database, 1)
    with pytest.raises(BounceRefused, match="is queued: it was never accepted"):
        take(database, report(message(database).message_id))
