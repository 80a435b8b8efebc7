# mypy: disable-error-code="no-untyped-call"
# (Apprise declares itself typed, yet most of what a plugin calls has no annotations.)
"""Our own e-mail plugin for Apprise: the frozen bytes, one kept connection, the server's reply.

Apprise's `mailto://` writes a second Message-ID and a new Date into every send, sleeps 5.5 s between sends
and drops the SMTP reply code; this plugin keeps those promises behind an Apprise URL of its own:

    smtps://user:password@mail.council.gov.uk/?from=...      TLS from the first byte (port 465)
    starttls://user:password@mail.council.gov.uk/?from=...   STARTTLS, required (port 587)
    smtp://127.0.0.1:2525/?from=...                          no encryption: this machine only, or ?plain=yes

Certificates are always verified; a council's private CA is given by the variable SSL_CERT_FILE.
"""

import smtplib
import ssl
from datetime import UTC, datetime
from email.utils import parseaddr
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from apprise import NotificationManager, NotifyBase
from apprise.common import NotifyType
from apprise.exception import AppriseImproperlyConfigured
from apprise.url import PrivacyMode
from apprise.utils.parse import parse_bool, parse_list

from notifications.message import OUTGOING, Outcome, compose, is_address, message_id
from notifications.tls import is_loopback, tls_context


def register() -> None:
    """Make `smtp://`, `starttls://` and `smtps://` known to Apprise. Harmless when repeated."""
    manager = NotificationManager()
    if "smtps" not in manager and not manager.add(Mail):
        raise RuntimeError("This version of Apprise has a plugin of its own for smtp, starttls or smtps.")


def _reason(error: OSError) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message})"
        case smtplib.SMTPResponseException():
            return f"it answered {error.smtp_code} {_text(error.smtp_error)}"
    return error.strerror or str(error) or type(error).__name__


def _text(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join(text.split())[:200]


def _stuffed(message: bytes) -> bytes:
    """RFC 5321 4.5.2: a dot that begins a line is doubled, as a lone one ends the message."""
    stuffed = message.replace(b"\n.", b"\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


class Mail(NotifyBase):
    """One mail server. Threads may share an instance: sends over its one connection take turns."""

    service_name: Any = "Mail server"
    service_url: Any = "https://github.com/caronc/apprise"
    protocol: Any = "smtp"
    secure_protocol: Any = ("starttls", "smtps")
    request_rate_per_sec = 0
    socket_connect_timeout = 10.0
    socket_read_timeout = 30.0
    templates: Any = ("{schema}://{host}", "{schema}://{user}:{password}@{host}:{port}")
    template_args: Any = NotifyBase.template_args | {
        "from": {"name": "From", "type": "string", "map_to": "sender"},
        "to": {"name": "To", "type": "string"},
        "plain": {"name": "Without encryption", "type": "bool", "default": False},
    }

    def __init__(self, sender: str = "", to: str = "", plain: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sender = sender
        self.sender_address = parseaddr(sender)[1]
        self.to = parse_list(to)
        self.plain = plain
        if not is_address(self.sender_address):
            raise AppriseImproperlyConfigured("it needs ?from= with the address that mails come from")
        if self.schema == "smtp" and not (plain or is_loopback(self.host)):
            raise AppriseImproperlyConfigured(
                "smtp:// sends without encryption: use starttls:// or smtps://, or add plain=yes to allow it"
            )
        self.port = self.port or {"smtp": 25, "starttls": 587, "smtps": 465}[self.schema]
        self._connection: smtplib.SMTP | None = None
        self._lock = Lock()

    @staticmethod
    def parse_url(url: str, *_args: object, **_kwargs: object) -> dict[str, Any] | None:
        """The parts of the URL for `__init__`, or None when it is no URL."""
        try:
            _ = urlsplit(url).port  # Apprise would take a port that is none for a part of the host's name
        except ValueError:
            return None
        results = NotifyBase.parse_url(url)
        if results:
            query = results["qsd"]
            results["sender"] = query.get("from", "")
            results["to"] = query.get("to", "")
            results["plain"] = parse_bool(query.get("plain", False))
        return results

    @property
    def url_identifier(self) -> Any:  # type: ignore[override]  # as in all of Apprise's plugins
        """What tells this server from another, for Apprise's store."""
        return (self.schema, self.user, self.password, self.host, self.port)

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:
        """The URL again; with `privacy` the password is masked."""
        auth = ""
        if self.user:
            password = self.pprint(self.password, privacy, mode=PrivacyMode.Secret, safe="")
            auth = f"{self.quote(self.user, safe='')}:{password}@"
        params = {"from": self.sender, "to": ",".join(self.to), "plain": "yes" if self.plain else "no"}
        params |= self.url_parameters(*args, privacy=privacy, **kwargs)
        return f"{self.schema}://{auth}{self.host}:{self.port}/?{self.urlencode(params)}"

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **kwargs: Any
    ) -> bool:
        """Called by Apprise: the frozen message if there is one, else `title` and `body` to each `?to=`."""
        outgoing = OUTGOING.get()
        if outgoing is not None:
            outgoing.outcome = self.deliver(outgoing.frozen, outgoing.recipient)
            return outgoing.outcome.result == "accepted"
        outcomes = [self.deliver(self._written(title, body, to), to) for to in self.to]
        for outcome in outcomes:
            if outcome.result != "accepted":
                self.logger.warning("%s: %s", self.service_name, outcome.detail)
        return bool(outcomes) and all(outcome.result == "accepted" for outcome in outcomes)

    def _written(self, title: str, body: str, to: str) -> bytes:
        identity = message_id(str(uuid4()), self.sender_address.partition("@")[2])
        return compose(self.sender, to, title or self.app_desc, body, None, identity, datetime.now(UTC), {})

    def deliver(self, frozen: bytes, recipient: str) -> Outcome:
        """Send these bytes to one bare address; never raises for anything the network or server does.

        Ends `cto` + `rto` seconds (10 + 30) after it began; only a server that is slow at each step of
        connecting can stretch that, to about two minutes. A refusal of the recipient or the message (5xx)
        is permanent. A refusal before that (connection, certificate, sign-in, sender) concerns the
        set-up, not this message, and is temporary: no alert dies of an expired password. Once the
        server has asked for the message, silence is `uncertain`.
        """
        if not is_address(recipient):
            return Outcome("permanent", None, "The recipient has no usable e-mail address.")
        with self._lock:
            deadline = monotonic() + self.socket_connect_timeout + self.socket_read_timeout
            kept = self._connection is not None
            outcome, message_begun = self._attempt(frozen, recipient, deadline)
            if kept and self._connection is None and not message_begun and monotonic() < deadline:
                # The server had closed the kept connection; nothing of this message has left.
                outcome, _ = self._attempt(frozen, recipient, deadline)
        return outcome

    def _attempt(self, frozen: bytes, recipient: str, deadline: float) -> tuple[Outcome, bool]:
        message_begun = False
        try:
            smtp = self._connection = self._connection or self._connect()
            if refused := self._envelope(smtp, recipient, deadline):
                return self._refused(*refused), False
            message_begun = True
            self._wait_until(deadline)
            smtp.send(_stuffed(frozen).removesuffix(b"\r\n") + b"\r\n.\r\n")
            code, reply = smtp.getreply()
        except OSError as error:  # smtplib's and ssl's errors are OSErrors too
            self.close()
            code_given = str(error.smtp_code) if isinstance(error, smtplib.SMTPResponseException) else None
            detail = f"{self.host}:{self.port}: {_reason(error)}."
            return Outcome("uncertain" if message_begun else "temporary", code_given, detail), message_begun
        if code // 100 != 2:
            return self._refused("message", code, reply), True
        return Outcome("accepted", str(code), _text(reply)), True

    def _envelope(self, smtp: smtplib.SMTP, recipient: str, deadline: float) -> tuple[str, int, bytes] | None:
        """Say from whom and to whom; None where the server asks for the message, else what it refused."""
        steps = ((f"MAIL FROM:<{self.sender_address}>", 2), (f"RCPT TO:<{recipient}>", 2), ("DATA", 3))
        together = smtp.has_extn("pipelining")  # RFC 2920: one wait for the network instead of three
        if together:
            self._wait_until(deadline)
            smtp.send("".join(f"{command}\r\n" for command, _ in steps))
        refused, code = None, 0
        for command, expected in steps:
            self._wait_until(deadline)
            code, reply = smtp.getreply() if together else smtp.docmd(command)
            if code // 100 != expected:
                refused = refused or (command, code, reply)
                if not together or code in (421, -1):  # nothing more will be answered
                    break
        if refused and code == 354:
            self.close()  # asked for in spite of that, and only this takes the question back
        return refused

    def _refused(self, command: str, code: int, reply: bytes) -> Outcome:
        answered = code // 100 in (4, 5)  # else it speaks no SMTP, and smtplib gives -1
        try:
            if code == 421 or not answered:  # RFC 5321 3.8: 421 announces that the channel closes
                self.close()
            elif command != "message" and self._connection is not None:
                self._connection.rset()
        except OSError:
            self.close()
        detail = f"{self.host}:{self.port}: {code} {_text(reply)}"
        if not answered:
            return Outcome("uncertain" if command == "message" else "temporary", None, detail)
        about_message = not command.startswith("MAIL") and code not in (530, 535)
        return Outcome("permanent" if code >= 500 and about_message else "temporary", str(code), detail)

    def _connect(self) -> smtplib.SMTP:
        where = {"host": self.host, "port": self.port, "timeout": self.socket_connect_timeout}
        smtp = (
            smtplib.SMTP_SSL(**where, context=tls_context())
            if self.schema == "smtps"
            else smtplib.SMTP(**where)
        )
        try:
            if self.schema == "starttls":
                smtp.starttls(context=tls_context())
            smtp.ehlo_or_helo_if_needed()
            if self.user:
                smtp.login(self.user, self.password or "")
        except OSError:
            smtp.close()
            raise
        return smtp

    def _wait_until(self, deadline: float) -> None:
        """Bound the wait for the next reply."""
        if self._connection is None or self._connection.sock is None:
            raise smtplib.SMTPServerDisconnected("the server closed the connection")
        self._connection.sock.settimeout(max(0.01, deadline - monotonic()))

    def close(self) -> None:
        """Let go of the kept connection; the next send makes a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
