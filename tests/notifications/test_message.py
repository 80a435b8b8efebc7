"""A frozen message is the same bytes for the same facts, reads back as written, and takes no injection."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.message import compose, is_address, message_id

FACTS: dict[str, Any] = {
    "sender": "Commissioning <commissioning@council.example>",
    "recipient": "placements.manager@council.example",
    "subject": "Decide by 13 February 2023: Nottinghamshire Approved Provider List",
    "text": "The list ends “August 2023”.\n.A line with a leading dot\n",
    "html": "<p>The list ends “August 2023”.</p>",
    "message_id": message_id("sweep/NAPL/T-180", "council.example"),
    "date": datetime(2023, 2, 13, 9, tzinfo=UTC),
    "headers": {"Auto-Submitted": "auto-generated"},
}
CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
ONE_LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300)


def composed(**changed: Any) -> bytes:
    return compose(**(FACTS | changed))


def parsed(frozen: bytes) -> EmailMessage:
    message = message_from_bytes(frozen, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize("calendar", [None, CALENDAR])
def test_the_same_facts_give_the_same_bytes(calendar: bytes | None) -> None:
    assert composed(calendar=calendar) == composed(calendar=calendar)


def test_every_line_ends_in_crlf_and_is_ascii_that_any_server_takes() -> None:
    lines = composed(calendar=CALENDAR, text="ü" * 5000).split(b"\r\n")
    assert all(b"\n" not in line and line.isascii() and len(line) <= 998 for line in lines)


def test_plain_text_html_and_calendar_are_alternatives_worst_first() -> None:
    message = parsed(composed(calendar=CALENDAR))
    parts = list(message.iter_parts())
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", "text/calendar"]
    assert parts[2].get_param("method") == "REQUEST"
    assert parts[2].get_payload(decode=True) == CALENDAR
    assert parts[2].get_content_disposition() is None


def test_text_alone_is_one_part() -> None:
    message = parsed(composed(html=None))
    assert message.get_content_type() == "text/plain"
    assert message.get_content() == FACTS["text"].replace("\n", "\r\n")


def test_a_long_link_in_a_header_is_neither_folded_nor_encoded() -> None:
    link = "<https://alerts.council.example/" + "x" * 300 + ">"
    assert f"List-Unsubscribe: {link}\r\n".encode() in composed(headers={"List-Unsubscribe": link})


@given(subject=ONE_LINE, name=st.text(st.characters(categories=["L"]), min_size=1, max_size=60))
def test_subject_and_names_read_back_as_written(subject: str, name: str) -> None:
    message = parsed(composed(subject=subject, sender=f'"{name}" <a@council.example>'))
    assert " ".join(str(message["Subject"]).split()) == " ".join(subject.split())
    assert message["From"].addresses[0].addr_spec == "a@council.example"
    assert message["Message-ID"] == FACTS["message_id"]
    assert message["Date"].datetime == FACTS["date"]


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": "Due\r\nBcc: everyone@council.example"},
        {"subject": "Due\n"},
        {"subject": "Due\u2028Bcc: x@council.example"},
        {"sender": "a@council.example\r\nX: y"},
        {"sender": "a@council.example, b@council.example"},
        {"sender": "Commissioning"},
        {"recipient": "a@council.example\nX: y"},
        {"recipient": "a@council.example, b@council.example"},
        {"recipient": "Everyone: a@council.example, b@council.example;"},
        {"recipient": ""},
        {"recipient": "josé@council.example"},
        {"message_id": "<a@b>\r\nX: y"},
        {"headers": {"X-Reason": "a\r\nb"}},
        {"headers": {"X-Reason\r\nBcc": "b"}},
        {"headers": {"X Reason": "b"}},
        {"headers": {"X-Reason": "ü"}},
        {"headers": {"bcc": "b@council.example"}},
        {"headers": {"message-id": "<another@council.example>"}},
        {"headers": {"Content-Type": "text/html"}},
        {"date": datetime(2023, 2, 13, 9)},  # noqa: DTZ001 -- the naive date to refuse
    ],
)
def test_a_header_that_could_carry_another_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"header|Header|one|time zone"):
        composed(**changed)


def test_a_message_id_is_the_same_for_the_same_key_only() -> None:
    assert message_id("a", "council.example") == message_id("a", "council.example")
    assert message_id("a", "council.example") != message_id("b", "council.example")
    assert is_address(message_id("a", "council.example").strip("<>"))


@pytest.mark.parametrize("domain", ["", "council example", "council.example>\r\nX: y"])
def test_a_message_id_needs_a_mail_domain(domain: str) -> None:
    with pytest.raises(ValueError, match="mail domain"):
        message_id("a", domain)
