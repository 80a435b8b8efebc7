"""Frozen messages: an alert is written to bytes once, and every send or resend carries those bytes.

A resend after a crash must be the same message (same Message-ID, Date and bytes), so that mail servers
that drop duplicates recognise it.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Any, Literal

# Control characters and the line separators that some mail software takes for a new line.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_EXTRA_HEADER = re.compile(
    r"(?!(from|to|cc|bcc|subject|date|message-id|(content|mime|resent)-.*)$)[!-9;-~]+", re.IGNORECASE
)
# RFC 5322 2.1.1: no line is longer than 998 characters.
_PRINTABLE = re.compile(r"[ -~]{1,998}")
_CALENDAR_METHOD = re.compile(rb"^METHOD:([A-Z]+)\r?$", re.MULTILINE)
# The dot-atom addresses of RFC 5321; anything wider needs SMTPUTF8, which few councils' servers offer.
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


Result = Literal["accepted", "temporary", "permanent", "uncertain"]


@dataclass(frozen=True)
class Outcome:
    """What became of one send to one recipient.

    `uncertain` means the other side may have it: reconcile, or resend the same bytes. `code` is the SMTP
    or HTTP status, if one was given. `detail` is for people and never holds a secret.
    """

    result: Result
    code: str | None
    detail: str


@dataclass
class Outgoing:
    """A message on its way through Apprise to one of our own plugins, and the plugin's answer."""

    frozen: bytes
    recipient: str
    title: str
    body: str
    key: str
    outcome: Outcome | None = None


# Apprise hands a plugin only a title and a body; the rest travels beside them, in the context that Apprise
# copies into its worker threads.
OUTGOING: ContextVar[Outgoing | None] = ContextVar("outgoing", default=None)


def is_address(text: str) -> bool:
    """Whether `text` is exactly one bare e-mail address that any mail server takes."""
    return _ADDRESS.fullmatch(text) is not None


def message_id(dedupe_key: str, domain: str) -> str:
    """The Message-ID of the notification with this key: the same key always gives the same id.

    Raises ValueError when the domain cannot stand in one.
    """
    if not is_address(f"x@{domain}"):
        raise ValueError(f"{domain!r} is no mail domain: a Message-ID needs one such as council.gov.uk.")
    return f"<{sha256(dedupe_key.encode()).hexdigest()[:32]}@{domain}>"


def compose(
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    html: str | None,
    message_id: str,
    date: datetime,
    headers: Mapping[str, str],
    calendar: bytes | None = None,
) -> bytes:
    """One RFC 5322 message to one recipient, as the bytes to freeze: the same arguments, the same bytes.

    `sender` and `recipient` may carry a display name; `date` must be aware. `calendar` (iCalendar bytes)
    becomes an alternative to the text, as Outlook expects of an invitation (RFC 6047), never an attachment.
    Raises ValueError on a line break or control character in a header, on a header that the message sets
    itself, and on anything but one address as sender or recipient.
    """
    if date.tzinfo is None:
        raise ValueError("The Date of a message needs a time zone: give an aware datetime.")
    # The library would fold these in ways that no mail program reads back: a long link becomes an
    # encoded word. So they are written here, one line each.
    if refused := [name for name in headers if not _EXTRA_HEADER.fullmatch(name)]:
        raise ValueError(f"Header {refused[0]!r} is refused: no header name, or one the message sets itself.")
    verbatim = [
        f"{name}: {value}"
        for name, value in {"Date": format_datetime(date), "Message-ID": message_id, **headers}.items()
    ]
    if not all(_PRINTABLE.fullmatch(line) for line in verbatim):
        raise ValueError("A header must be one line of at most 998 ASCII characters.")
    if _UNSAFE.search(sender + recipient + subject):
        raise ValueError("Sender, recipient and subject must be one line each, without control characters.")
    message = EmailMessage(policy=SMTP)
    for name, value in (("From", sender), ("To", recipient)):
        message[name] = value
        header: Any = message[name]
        if header.defects or [is_address(address.addr_spec) for address in header.addresses] != [True]:
            raise ValueError(f"{name} must be exactly one e-mail address.")
    message["Subject"] = subject
    message.set_content(text, cte="quoted-printable")
    if html is not None:
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    if calendar is not None:
        method = _CALENDAR_METHOD.search(calendar)
        params = {"charset": "utf-8"} | ({"method": method[1].decode()} if method else {})
        message.add_alternative(calendar, maintype="text", subtype="calendar", params=params)
    if message.is_multipart():
        # The library would draw a random boundary, and a resend would differ.
        message.set_boundary("=_" + sha256(message_id.encode()).hexdigest()[:32])
    return "".join(f"{line}\r\n" for line in verbatim).encode() + message.as_bytes()
