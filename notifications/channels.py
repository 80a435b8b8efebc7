# mypy: disable-error-code="no-untyped-call"
# (Apprise declares itself typed, yet its plugin manager has no annotations.)
"""Channels: which Apprise URL stands behind each tag, and what came of a send through it.

The file is Apprise's own YAML configuration, one tag per URL: one recipient, one send, one result.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import copy
from difflib import get_close_matches
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from notifications.message import Outcome

if TYPE_CHECKING:  # Apprise takes a second to load: only when channels are loaded
    from apprise import AppriseResult, NotifyBase

__all__ = ["ChannelError", "Channels", "Outcome"]

OPERATIONS = "operations"
"""The tag of the channel by which Prefect's server tells operations of a failed run, even with no worker alive.
It carries no message about a contract, and may also be Apprise's own mailto:// or mailtos://, as the server
does not know our smtp://."""
MAIL_OF_APPRISE = ("mailto", "mailtos")
# What a council may reasonably want; `allow:` in the file replaces it.
ALLOWED = ("smtp", "starttls", "smtps", "workflow", "workflows", "slack", "json", "jsons")
# A send over HTTP waits this long for an answer (seconds), and is given up for uncertain a little later.
HTTP_ANSWER, HTTP_GIVE_UP = 30.0, 40.0

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_WRITTEN_PASSWORD = re.compile(r"[a-z0-9]+://[^/?#@]*:(?!\$\{)[^/?#@]+@", re.IGNORECASE)


class ChannelError(ValueError):
    """The configuration of the channels cannot be used; says which entry and why, never a secret."""


class Channels:
    """The channels a council has configured, by tag."""

    def __init__(self, services: Mapping[str, "NotifyBase"], operations: str | None = None) -> None:
        self._services, self._operations = services, operations

    @classmethod
    def load(cls, config: object, env: Mapping[str, str]) -> "Channels":
        """Make every channel of a parsed `apprise.yaml`, contacting nobody.

        `${NAME}` and `${NAME:-default}` in a URL are taken from `env` and quoted for the URL, unless the
        variable is the whole URL. Raises ChannelError for the first entry that cannot be used.
        """
        from apprise import NotificationManager

        from notifications import mail

        # At DEBUG and TRACE Apprise logs whole URLs, with whatever secret they hold.
        logging.getLogger("apprise").setLevel(logging.WARNING)
        mail.register()
        manager = NotificationManager()
        allowed = config.get("allow", ALLOWED) if isinstance(config, Mapping) else ALLOWED
        if not isinstance(allowed, list | tuple):
            raise ChannelError("allow: must be a list of services, such as [smtps, json].")
        if unknown := [name for name in allowed if name not in manager]:
            raise ChannelError(f"allow: Apprise has no service {_suggest(str(unknown[0]), manager)}.")
        manager.enable_only(*allowed, *MAIL_OF_APPRISE)

        operations = None
        services: dict[str, NotifyBase] = {}
        for where, url, tags in _entries(config):
            known = (*allowed, *MAIL_OF_APPRISE) if tags == [OPERATIONS] else allowed
            service, filled = _service(where, url, env, known)
            if OPERATIONS in tags:
                if operations or tags != [OPERATIONS]:
                    raise ChannelError(
                        f"{where}: the tag {OPERATIONS!r} names one URL, and that URL nothing else."
                    )
                if isinstance(service, mail.Mail):
                    raise ChannelError(f"{where}: {OPERATIONS} takes mailto:// or mailtos:// for e-mail.")
                operations = filled
                continue
            for tag in tags:
                if tag in services:
                    raise ChannelError(
                        f"{where}: the tag {tag!r} already has a URL: a tag names one channel."
                    )
                services[tag] = service
        return cls(services, operations)

    @property
    def operations(self) -> str | None:
        """The Apprise URL for operations, secrets and all: never to be logged. None where there is none."""
        return self._operations

    @property
    def tags(self) -> frozenset[str]:
        """The configured tags."""
        return frozenset(self._services)

    def is_mail(self, tag: str) -> bool:
        """Whether this channel needs the recipient's e-mail address."""
        from notifications.mail import Mail

        return isinstance(self._services.get(tag), Mail)

    def mail_server(self, tag: str) -> tuple[str, int] | None:
        """Host and port of an e-mail channel's server; None for any other channel."""
        from notifications.mail import Mail

        service = self._services.get(tag)
        return (str(service.host), int(service.port or 0)) if isinstance(service, Mail) else None

    def send(self, frozen: bytes, tag: str, recipient: str, title: str, body: str) -> Outcome:
        """Send once to one recipient: `frozen` by e-mail, `title` and `body` (Markdown) elsewhere.

        Never raises for anything the network or the other side does. A tag without a channel is
        temporary: the message waits until the configuration is mended.
        """
        from apprise import Apprise, NotifyFormat

        from notifications.mail import OUTGOING, Mail, Outgoing

        service = self._services.get(tag)
        if service is None:
            return Outcome("temporary", None, f"No channel has the tag {tag!r}: add one to apprise.yaml.")
        if isinstance(service, Mail):
            outgoing = Outgoing(frozen, recipient)
            token = OUTGOING.set(outgoing)
            try:
                service.notify(body="frozen")
            finally:
                OUTGOING.reset(token)
            return outgoing.outcome or Outcome("uncertain", None, "The mail plugin gave no answer.")
        apprise = Apprise(asset=service.asset)
        apprise.add(_with_key(service, frozen, recipient, title, body))
        with apprise.notify(body, title, body_format=NotifyFormat.MARKDOWN, timeout=HTTP_GIVE_UP) as result:
            return _http_outcome(result, str(service.service_name))

    def close(self) -> None:
        """Let go of kept connections; the next send makes new ones."""
        from notifications.mail import Mail

        for service in self._services.values():
            if isinstance(service, Mail):
                service.close()

    def __repr__(self) -> str:
        return f"Channels({', '.join(sorted(self._services))})"


def _entries(config: object) -> Iterator[tuple[str, str, list[str]]]:
    """Each entry under `urls:` as (where it stands, URL, tags)."""
    urls = config.get("urls") if isinstance(config, Mapping) else None
    if not isinstance(urls, list) or not urls:
        raise ChannelError("There is no channel: list at least one Apprise URL under `urls:`.")
    for number, entry in enumerate(urls, 1):
        where = f"urls, entry {number}"
        match entry:
            case {**only} if len(only) == 1:
                [(url, options)] = only.items()
            case _:
                raise ChannelError(f"{where}: write the URL, a colon, and its tag under it (`- tag: email`).")
        match options:
            case [{"tag": str(tag), **rest}] | {"tag": str(tag), **rest} if not rest and tag.strip():
                yield where, str(url), tag.replace(",", " ").split()
            case _:
                raise ChannelError(f"{where}: needs one `tag:`; write any other option into the URL.")


def _service(where: str, written: str, env: Mapping[str, str], allowed: Any) -> tuple["NotifyBase", str]:
    """What sends through an entry's URL, and the URL with its variables filled in."""
    from apprise import Apprise, AppriseAsset, NotificationManager, NotifyBase
    from apprise.plugins import url_to_dict

    from notifications.mail import Mail

    if _WRITTEN_PASSWORD.match(written):
        raise ChannelError(
            f"{where}: a password stands in the file: write ${{NAME}} and set the environment variable NAME."
        )

    def value(match: re.Match[str]) -> str:
        name, default = match.groups()
        given = env.get(name) or default
        if given is None:
            raise ChannelError(f"{where}: set the environment variable {name}, which the URL asks for.")
        return given if match[0] == written else quote(given, safe="")

    url = _VARIABLE.sub(value, written)
    manager = NotificationManager()
    scheme = url.partition("://")[0].strip().lower() if "://" in url else ""
    asset = AppriseAsset(http_redirects=False, allow_templates=False, storage_mode="memory", async_mode=False)
    logger = logging.getLogger("apprise")
    logger.disabled = True  # it would log the URL of a bad entry; what is wrong is said below
    try:
        parts = url_to_dict(url)
        if parts is None and scheme in manager:
            raise ChannelError(f"{where}: the {scheme}:// URL cannot be read: look at its host and port.")
        if parts is None:
            raise ChannelError(f"{where}: Apprise has no service {_suggest(scheme, manager)}.")
        if parts["schema"] not in allowed:
            raise ChannelError(f"{where}: {parts['schema']}:// is not among the services under `allow:`.")
        parts.setdefault("rto", HTTP_ANSWER)
        service = Apprise.instantiate(parts, asset=asset, suppress_exceptions=False)
    except ChannelError:
        raise
    except Exception as error:  # a plugin may raise anything
        # Other plugins quote the bad part of the URL in their errors, which may be the secret.
        reason = (
            error
            if manager[parts["schema"]] is Mail
            else "Apprise refuses the URL; compare its documentation"
        )
        raise ChannelError(f"{where}: {parts['schema']}://: {reason}.") from None
    finally:
        logger.disabled = False
    if not isinstance(service, NotifyBase):
        raise ChannelError(f"{where}: the service {parts['schema']}:// is switched off on this machine.")
    service.redirects = False  # whatever the URL says: a redirect would carry the message elsewhere
    service.request_rate_per_sec = 0  # the outbox decides the pace
    service.retry = 0  # and owns the retries
    service.optional = False  # a failure is never called a success
    return service, url


def _suggest(name: str, known: Any) -> str:
    close = get_close_matches(name, list(known.schemas()), 1)
    return f"{name!r}" + (f": did you mean {close[0]!r}?" if close else "")


def _with_key(service: "NotifyBase", *message: str | bytes) -> "NotifyBase":
    """A copy that lets a webhook's receiver recognise a message it already has."""
    from apprise.plugins.custom_json import NotifyJSON

    if not isinstance(service, NotifyJSON):
        return service
    parts = (part if isinstance(part, bytes) else part.encode() for part in message)
    keyed = copy(service)
    keyed.headers = {**service.headers, "Idempotency-Key": sha256(b"\0".join(parts)).hexdigest()}
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
