"""Channels: which Apprise URL stands behind each tag, and what came of a send through it.

One tag, one URL: one recipient, one send, one result. The file is read by `notifications.channel_file`.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from copy import copy
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from notifications.channel_file import ChannelError, nearest, read, services
from notifications.message import OUTGOING, Outcome, Outgoing

if TYPE_CHECKING:  # Apprise takes a second to load: only when channels are loaded
    from apprise import AppriseResult, NotifyBase

__all__ = ["ChannelError", "Channels", "Outcome"]

# A send over HTTP is given up for uncertain a little after its wait for an answer (seconds).
HTTP_GIVE_UP = 40.0


class Channels:
    """The channels a council has configured, by tag."""

    def __init__(self, services: Mapping[str, "NotifyBase"], operations: str | None = None) -> None:
        self._services, self._operations = services, operations

    @classmethod
    def load(cls, config: object, env: Mapping[str, str]) -> "Channels":
        """Make every channel of a parsed `apprise.yaml`, contacting nobody.

        `${NAME}` and `${NAME:-default}` in a URL are taken from `env` and quoted for the URL, unless the
        variable is the whole URL. Raises ChannelError with every fault of the file.
        """
        return cls(*services(config, env))

    @classmethod
    def read(cls, path: Path, env: Mapping[str, str]) -> "Channels":
        """As `load`, from the file; each fault is told with the file's name."""
        try:
            return cls.load(read(path), env)
        except ChannelError as error:
            raise ChannelError(*(f"{path}: {fault}" for fault in error.faults)) from None

    @property
    def operations(self) -> str | None:
        """The Apprise URL for operations, secrets and all: never to be logged. None where there is none."""
        return self._operations

    @property
    def tags(self) -> frozenset[str]:
        """The configured tags, without that of operations."""
        return frozenset(self._services)

    def unknown(self, tag: str) -> str | None:
        """None where a channel has this tag; else what to say, with the nearest tag there is."""
        if tag in self._services:
            return None
        return f"No channel has the tag {nearest(tag, self._services)} Look into apprise.yaml."

    def is_mail(self, tag: str) -> bool:
        """Whether this channel needs the recipient's e-mail address."""
        from notifications.govuk_notify import GovukNotify
        from notifications.mail import Mail

        return isinstance(self._services.get(tag), Mail | GovukNotify)

    def mail_server(self, tag: str) -> tuple[str, int] | None:
        """Host and port of an e-mail channel's own server; None for any other channel."""
        from notifications.mail import Mail

        service = self._services.get(tag)
        return (str(service.host), int(service.port or 0)) if isinstance(service, Mail) else None

    def send(self, frozen: bytes, tag: str, recipient: str, title: str, body: str, key: str = "") -> Outcome:
        """Send once to one recipient: `frozen` by e-mail, `title` and `body` (Markdown) elsewhere.

        `key` is the message's identity (its Message-ID): a webhook's Idempotency-Key and Notify's reference,
        the same on a resend. Without one it is made from the content. Never raises for anything the network
        or the other side does. A tag without a channel is temporary: the message waits until the
        configuration is mended.
        """
        from apprise import Apprise, NotifyFormat

        from notifications.mail import Mail

        service = self._services.get(tag)
        if service is None:
            return Outcome("temporary", None, str(self.unknown(tag)))
        outgoing = Outgoing(
            frozen, recipient, title, body, key or _content_key(frozen, recipient, title, body)
        )
        token = OUTGOING.set(outgoing)
        try:
            if isinstance(service, Mail):  # it bounds its own time
                service.send("frozen")  # what Apprise calls once it has cut and dressed a text: there is none
                return outgoing.outcome or Outcome("uncertain", None, "The mail plugin gave no answer.")
            apprise = Apprise(asset=service.asset)
            apprise.add(_with_key(service, outgoing.key))
            with apprise.notify(
                body, title, body_format=NotifyFormat.MARKDOWN, timeout=HTTP_GIVE_UP
            ) as result:
                return outgoing.outcome or _http_outcome(result, str(service.service_name))
        finally:
            OUTGOING.reset(token)

    def reconcile(self, tag: str, key: str) -> Outcome | None:
        """Ask, before a resend, what became of the message sent with this `key`.

        Accepted and permanent are final. None: resend it, as the other side does not have it or cannot be
        asked (e-mail, webhooks). Temporary: it could not be asked just now, so ask again later. Never raises.
        """
        from notifications.govuk_notify import GovukNotify

        service = self._services.get(tag)
        return service.find(key) if isinstance(service, GovukNotify) else None

    @property
    def askable(self) -> frozenset[str]:
        """The tags of channels that can be asked what became of a message."""
        from notifications.govuk_notify import GovukNotify

        return frozenset(tag for tag, one in self._services.items() if isinstance(one, GovukNotify))

    def fate(self, tag: str, key: str) -> Outcome | None:
        """What became of an accepted message: accepted (it was delivered), permanent (it came back), None while open.

        Temporary: it could not be asked just now. Only for an `askable` channel. Never raises.
        """
        from notifications.govuk_notify import GovukNotify

        service = self._services.get(tag)
        return service.fate(key) if isinstance(service, GovukNotify) else None

    def close(self) -> None:
        """Let go of kept connections; the next send makes new ones."""
        from notifications.govuk_notify import GovukNotify
        from notifications.mail import Mail

        for service in self._services.values():
            if isinstance(service, Mail | GovukNotify):
                service.close()

    def __repr__(self) -> str:
        return f"Channels({', '.join(sorted(self._services))})"


def _content_key(*message: str | bytes) -> str:
    parts = (part if isinstance(part, bytes) else part.encode() for part in message)
    return sha256(b"\0".join(parts)).hexdigest()


def _with_key(service: "NotifyBase", key: str) -> "NotifyBase":
    """A copy that lets a webhook's receiver recognise a message it already has."""
    from apprise.plugins.custom_json import NotifyJSON

    if not isinstance(service, NotifyJSON):
        return service
    keyed = copy(service)
    keyed.headers = {**service.headers, "Idempotency-Key": key}
    return keyed


def _http_outcome(result: "AppriseResult", name: str) -> Outcome:
    """By the HTTP status, which Apprise gives only in its warning: `error=429.`"""
    if result:
        return Outcome("accepted", None, f"{name} accepted it.")
    with suppress(StopIteration):
        code = next(m[1] for entry in result.logs() if (m := re.search(r"error=(\d{3})\.", entry.message)))
        mended_by_waiting = not code.startswith("4") or code in ("408", "425", "429")
        return Outcome("temporary" if mended_by_waiting else "permanent", code, f"{name} answered {code}.")
    return Outcome("uncertain", None, f"{name} could not be reached or gave no answer in time.")
