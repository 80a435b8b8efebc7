# mypy: disable-error-code="no-untyped-call"
# (Apprise declares itself typed, yet its plugin manager has no annotations.)
"""The channel file: Apprise's own YAML configuration, each fault of it told at once and without its secrets."""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import yaml

if TYPE_CHECKING:  # Apprise takes a second to load: only when channels are loaded
    from apprise import NotifyBase

# What a council may reasonably want; `allow:` in the file replaces it.
ALLOWED = ("smtp", "starttls", "smtps", "govuknotify", "workflow", "workflows", "slack", "json", "jsons")
OPERATIONS = "operations"
"""The tag of the channel by which Prefect's server tells operations of a failed run, even with no worker alive.
It carries no message about a contract, and may also be Apprise's own mailto:// or mailtos://, as the server
knows none of our own services."""
MAIL_OF_APPRISE = ("mailto", "mailtos")
# A send over HTTP waits this long for an answer (seconds).
HTTP_ANSWER = 30.0

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_FROM_ENVIRONMENT = re.compile(r"\$\{\w+\}")
_WRITTEN_PASSWORD = re.compile(r"[a-z0-9]+://[^/?#@]*:(?!\$\{\w+\}@)[^/?#@]+@", re.IGNORECASE)
_WRITTEN_OPTION = re.compile(
    r"[?&][+:-]?[^=&]*(?:authori[sz]ation|token|secret|passw|cookie|api[-_]?key)[^=&]*=(?![^&]*\$\{\w+\})[^&]",
    re.IGNORECASE,
)


class ChannelError(ValueError):
    """The configuration of the channels cannot be used; a line for each fault: where and why, never a secret."""

    def __str__(self) -> str:
        return "\n".join(self.faults)

    @property
    def faults(self) -> tuple[str, ...]:
        """Each fault in one sentence."""
        return self.args


def read(path: Path) -> object:
    """The parsed file. Raises ChannelError where there is none or it is no YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ChannelError(f"The channel file cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ChannelError("The channel file is not UTF-8 text.") from None
    except yaml.MarkedYAMLError as error:  # its own words quote the line, which may hold a secret
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise ChannelError(f"Line {line} is no YAML: {error.problem}.") from None


def services(config: object, env: Mapping[str, str]) -> tuple[dict[str, "NotifyBase"], str | None]:
    """Every channel of the parsed file by tag, and the URL for operations; contacts nobody.

    Raises ChannelError with every fault.
    """
    from apprise import NotificationManager

    from notifications import govuk_notify, mail

    # At DEBUG Apprise and urllib3 log whole URLs, with whatever secret they hold.
    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    mail.register()
    govuk_notify.register()
    manager = NotificationManager()
    settings = config if isinstance(config, Mapping) else {}
    faults = [
        f"The file has no setting {nearest(str(key), ('version', 'urls', 'allow'))}"
        for key in settings.keys() - {"version", "urls", "allow"}
    ]
    allowed = settings.get("allow", ALLOWED)
    if not isinstance(allowed, list | tuple):
        raise ChannelError("allow: must be a list of services, such as [smtps, json].")
    schemas = list(manager.schemas())
    faults += [
        f"allow: Apprise has no service {nearest(str(name), schemas)}"
        for name in allowed
        if name not in manager
    ]
    manager.enable_only(*allowed, *MAIL_OF_APPRISE)

    urls = settings.get("urls")
    if not isinstance(urls, list) or not urls:
        raise ChannelError(
            *faults, "There is no channel: list at least one Apprise URL under `urls:`, with a tag under it."
        )
    made: dict[str, NotifyBase] = {}
    operations: str | None = None
    for number, entry in enumerate(urls, 1):
        try:
            url, tags = _entry(entry)
            if OPERATIONS in tags:
                if operations or tags != [OPERATIONS]:
                    raise ChannelError(f"the tag {OPERATIONS!r} names one URL, and that URL nothing else.")
                service, operations = _service(url, env, (*allowed, *MAIL_OF_APPRISE))
                if _is_ours(service):
                    raise ChannelError(f"{OPERATIONS} takes mailto:// or mailtos:// for e-mail.")
                continue
            service, _ = _service(url, env, allowed)
            if len(service) > 1:
                raise ChannelError(
                    f"the URL names {len(service)} targets: write an entry with a tag for each."
                )
            if taken := [tag for tag in tags if tag in made]:
                raise ChannelError(f"the tag {taken[0]!r} already has a URL: a tag names one channel.")
        except ChannelError as error:
            faults.append(f"urls, entry {number}: {error}")
        else:
            made |= dict.fromkeys(tags, service)
    if faults:
        raise ChannelError(*faults)
    return made, operations


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of a sentence: the name in quotes, asking for the nearest of the known ones where one is near."""
    close = get_close_matches(name, list(known), 1)
    return f"{name!r}" + (f": did you mean {close[0]!r}?" if close else ".")


def _entry(entry: object) -> tuple[str, list[str]]:
    """One entry under `urls:` as (URL, tags)."""
    match entry:
        case {**only} if len(only) == 1:
            [(url, options)] = only.items()
        case _:
            raise ChannelError("write the URL, a colon, and its tag under it (`- tag: email`).")
    match options:
        case [{"tag": str(tag), **rest}] | {"tag": str(tag), **rest} if not rest and tag.strip():
            return str(url), tag.replace(",", " ").split()
    raise ChannelError("needs one `tag:`; write any other option into the URL.")


def _service(written: str, env: Mapping[str, str], allowed: Any) -> tuple["NotifyBase", str]:
    """The service behind one URL, with whatever could send twice or elsewhere off, and the URL filled in."""
    from apprise import Apprise, AppriseAsset, NotificationManager, NotifyBase
    from apprise.plugins import url_to_dict

    if _WRITTEN_PASSWORD.match(written) or _WRITTEN_OPTION.search(written):
        raise ChannelError(
            "a password stands in the file: write ${NAME} and set the environment variable NAME."
        )
    url = _filled(written, env)
    manager = NotificationManager()
    scheme = url.partition("://")[0].strip().lower() if "://" in url else ""
    asset = AppriseAsset(http_redirects=False, allow_templates=False, storage_mode="memory", async_mode=False)
    with _silent():
        parts = url_to_dict(url)
        if parts is None and scheme in manager:
            raise ChannelError(f"the {scheme}:// URL cannot be read: look at its host and port.")
        if parts is None:
            raise ChannelError(f"Apprise has no service {nearest(scheme, manager.schemas())}")
        schema = parts["schema"]
        if schema not in allowed:
            raise ChannelError(f"{schema}:// is not among the services under `allow:`.")
        _no_written_token(written, manager[schema], schema)
        _no_unknown_option(parts, manager[schema], schema)
        parts.setdefault("rto", HTTP_ANSWER)
        try:
            service = Apprise.instantiate(parts, asset=asset, suppress_exceptions=False)
        except Exception as error:  # a plugin may raise anything
            # Other plugins quote the bad part of the URL in their errors, which may be the secret.
            refused = "Apprise refuses the URL; compare its documentation"
            raise ChannelError(f"{schema}://: {error if _is_ours(manager[schema]) else refused}.") from None
    if not isinstance(service, NotifyBase):
        raise ChannelError(f"the service {schema}:// is switched off on this machine.")
    if not service.verify_certificate:
        raise ChannelError(
            f"{schema}://: certificates are always verified: for a private CA set SSL_CERT_FILE "
            "(REQUESTS_CA_BUNDLE for web services) instead of verify=no."
        )
    service.redirects = False  # whatever the URL says: a redirect would carry the message elsewhere
    service.request_rate_per_sec = 0  # the outbox decides the pace
    service.retry = 0  # and owns the retries
    service.optional = False  # a failure is never called a success
    return service, url


def _filled(written: str, env: Mapping[str, str]) -> str:
    """The URL with its variables, quoted unless one is the whole URL."""

    def value(match: re.Match[str]) -> str:
        name, default = match.groups()
        given = env.get(name) or default
        if given is None:
            raise ChannelError(f"set the environment variable {name}, which the URL asks for.")
        return given if match[0] == written else quote(given, safe="")

    return _VARIABLE.sub(value, written)


def _no_written_token(written: str, plugin: Any, schema: str) -> None:
    tokens = plugin.template_tokens.values()
    secret = any(token.get("private") and token.get("required") for token in tokens)
    if secret and not _FROM_ENVIRONMENT.search(written):
        raise ChannelError(
            f"{schema}://: its secret stands in the file: write ${{NAME}} and set the environment variable NAME."
        )


def _no_unknown_option(parts: Mapping[str, Any], plugin: Any, schema: str) -> None:
    """Apprise passes over an option that it does not know; other plugins take some they do not declare."""
    from apprise import NotifyBase

    own = plugin.template_args.keys() - NotifyBase.template_args.keys()
    if _is_ours(plugin) and (unknown := parts["qsd"].keys() - plugin.template_args.keys()):
        raise ChannelError(f"{schema}:// has no option {nearest(min(unknown), own)}")


def _is_ours(plugin: Any) -> bool:
    return str(plugin.__module__).startswith("notifications.")


@contextmanager
def _silent() -> Iterator[None]:
    """Apprise would log the URL of a bad entry; what is wrong is said by us."""
    logger = logging.getLogger("apprise")
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = False
