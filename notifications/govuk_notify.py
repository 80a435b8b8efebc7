# mypy: disable-error-code="no-untyped-call"
# (Apprise declares itself typed, yet most of what a plugin calls has no annotations.)
"""Our own GOV.UK Notify plugin for Apprise: one e-mail a request, and what became of it can be asked.

    govuknotify://${NOTIFY_API_KEY}@api.notifications.service.gov.uk/TEMPLATE_ID

The key is Notify's own, whole (name-serviceid-secret); the template needs ((subject)) and ((body)). Notify
takes no calendar file, so that part of a message stays behind. A council's private CA or proxy is given by
SSL_CERT_FILE and HTTPS_PROXY. API: https://docs.notifications.service.gov.uk/rest-api.html
"""

import re
import ssl
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import jwt
from apprise import NotificationManager, NotifyBase
from apprise.common import NotifyFormat, NotifyType
from apprise.exception import AppriseImproperlyConfigured
from apprise.url import PrivacyMode
from apprise.utils.parse import parse_list

from notifications.message import OUTGOING, Outcome, Result, is_address
from notifications.tls import is_loopback, tls_context

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_API_KEY = re.compile(rf"(?:.*-)?({_UUID})-({_UUID})", re.IGNORECASE)
_HAS_IT = {"created", "sending", "pending", "delivered"}


def register() -> None:
    """Make `govuknotify://` known to Apprise. Harmless when repeated."""
    manager = NotificationManager()
    if "govuknotify" not in manager and not manager.add(GovukNotify):
        raise RuntimeError("This version of Apprise has a plugin of its own for govuknotify.")


class GovukNotify(NotifyBase):
    """One template of one Notify service. Threads may share an instance and its kept connections."""

    service_name: Any = "GOV.UK Notify"
    service_url: Any = "https://www.notifications.service.gov.uk/"
    secure_protocol: Any = "govuknotify"
    notify_format: Any = NotifyFormat.MARKDOWN
    request_rate_per_sec = 0
    socket_connect_timeout = 10.0
    socket_read_timeout = 30.0
    templates: Any = (
        "{schema}://{api_key}@{host}/{template}",
        "{schema}://{api_key}@{host}:{port}/{template}",
    )
    template_tokens: Any = NotifyBase.template_tokens | {
        "api_key": {"name": "API key", "type": "string", "private": True, "required": True, "map_to": "user"},
        "template": {"name": "Template id", "type": "string", "required": True},
    }
    template_args: Any = NotifyBase.template_args | {"to": {"name": "To", "type": "string"}}

    def __init__(self, template: str = "", to: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        key = _API_KEY.fullmatch(self.user or "")
        if not key:
            raise AppriseImproperlyConfigured(
                "the API key is not whole: Notify shows name-serviceid-secret once"
            )
        if not re.fullmatch(_UUID, template, re.IGNORECASE):
            raise AppriseImproperlyConfigured("after the host it needs the template's id, as Notify shows it")
        self.service_id, self._secret = key.groups()
        self.template, self.to = template, parse_list(to)
        self._client = self._connections()

    def _connections(self) -> httpx.Client:
        scheme = "http" if is_loopback(self.host) else "https"
        return httpx.Client(
            base_url=f"{scheme}://{self.host}" + (f":{self.port}" if self.port else ""),
            verify=tls_context(),
            timeout=httpx.Timeout(self.socket_read_timeout, connect=self.socket_connect_timeout),
        )

    @staticmethod
    def parse_url(url: str, *_args: object, **_kwargs: object) -> dict[str, Any] | None:
        """The parts of the URL for `__init__`, or None when it is no URL."""
        results = NotifyBase.parse_url(url)
        if results:
            results["user"] = NotifyBase.unquote(results["user"])
            results["template"] = (results["fullpath"] or "").strip("/")
            results["to"] = results["qsd"].get("to", "")
        return results

    @property
    def url_identifier(self) -> Any:  # type: ignore[override]  # as in all of Apprise's plugins
        """What tells this service from another, for Apprise's store."""
        return (self.secure_protocol, self.user, self.host, self.port, self.template)

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:
        """The URL again; with `privacy` the key is masked."""
        key = self.pprint(self.user, privacy, mode=PrivacyMode.Secret, safe="")
        port = f":{self.port}" if self.port else ""
        params = {"to": ",".join(self.to)} | self.url_parameters(*args, privacy=privacy, **kwargs)
        return f"govuknotify://{key}@{self.host}{port}/{self.template}?{self.urlencode(params)}"

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **kwargs: Any
    ) -> bool:
        """Called by Apprise: the message on its way if there is one, else `title` and `body` to each `?to=`."""
        outgoing = OUTGOING.get()
        if outgoing is not None:
            outgoing.outcome = self.deliver(outgoing.recipient, outgoing.title, outgoing.body, outgoing.key)
            return outgoing.outcome.result == "accepted"
        outcomes = [self.deliver(to, title or self.app_desc, body, str(uuid4())) for to in self.to]
        for outcome in outcomes:
            if outcome.result != "accepted":
                self.logger.warning("%s: %s", self.service_name, outcome.detail)
        return bool(outcomes) and all(outcome.result == "accepted" for outcome in outcomes)

    def deliver(self, recipient: str, subject: str, body: str, reference: str) -> Outcome:
        """Ask Notify to send one e-mail; never raises for anything the network or Notify does.

        A refusal of the message (400) is permanent. 403 (a withdrawn key, this machine's clock wrong by 30
        seconds) concerns the set-up and is temporary, as are 429 and 5xx. Silence once the request has left is
        `uncertain`, and so is a gateway that speaks for a silent Notify (502, 504): `find` tells.
        """
        if not is_address(recipient):
            return Outcome("permanent", None, "The recipient has no usable e-mail address.")
        request = {
            "email_address": recipient,
            "template_id": self.template,
            "personalisation": {"subject": subject, "body": body},
            "reference": reference,
        }
        answer = self._ask("POST", "/v2/notifications/email", json=request)
        if isinstance(answer, Outcome):
            return answer
        code = answer.status_code
        if answer.is_success:
            return Outcome("accepted", str(code), f"GOV.UK Notify has it as {_field(answer, 'id')}.")
        refused = answer.is_client_error and code not in (401, 403, 408, 425, 429)
        result: Result = "permanent" if refused else "uncertain" if code in (502, 504) else "temporary"
        return Outcome(result, str(code), _said(answer))

    def find(self, reference: str) -> Outcome | None:
        """What became of the message with this reference: accepted, permanent, or None where it must be resent.

        None too where Notify gave up for a reason that passes (a full inbox). `temporary`: Notify could
        not be asked, so whether it has the message is still open. Notify forgets after 7 days.
        """
        statuses = self._statuses(reference)
        if isinstance(statuses, Outcome):
            return statuses
        if has_it := statuses & _HAS_IT:
            return Outcome("accepted", None, f"GOV.UK Notify has it: {', '.join(sorted(has_it))}.")
        if "permanent-failure" in statuses:
            return Outcome("permanent", None, "GOV.UK Notify: permanent-failure, the address is wrong.")
        return None

    def fate(self, reference: str) -> Outcome | None:
        """What became of an accepted message: accepted where it was delivered, permanent where it was not.

        None while Notify still tries, or where it has forgotten it. `temporary`: Notify could not be asked.
        """
        statuses = self._statuses(reference)
        if isinstance(statuses, Outcome):
            return statuses
        if "delivered" in statuses:
            return Outcome("accepted", None, "GOV.UK Notify: delivered.")
        if not statuses or statuses & _HAS_IT:
            return None
        return Outcome("permanent", None, f"GOV.UK Notify: {', '.join(sorted(statuses))}.")

    def _statuses(self, reference: str) -> set[str] | Outcome:
        """The status of every send with this reference; `temporary` where Notify could not be asked."""
        answer = self._ask("GET", "/v2/notifications", params={"reference": reference})
        if isinstance(answer, Outcome):
            return Outcome("temporary", None, answer.detail)
        found = _field(answer, "notifications")
        if answer.status_code != 200 or not isinstance(found, list):
            return Outcome("temporary", str(answer.status_code), _said(answer))
        return {one["status"] for one in found if one.get("reference") == reference}

    def _ask(self, method: str, path: str, **request: Any) -> httpx.Response | Outcome:
        # Notify refuses a token more than 30 seconds old: one a request, by the clock of the request.
        token = jwt.encode(
            {"iss": self.service_id, "iat": datetime.now(UTC)}, self._secret, algorithm="HS256"
        )
        try:
            return self._client.request(method, path, headers={"Authorization": f"Bearer {token}"}, **request)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.ProxyError,
            httpx.UnsupportedProtocol,
        ) as error:
            return Outcome("temporary", None, f"{self.host} could not be reached: {_reason(error)}.")
        except httpx.HTTPError as error:
            return Outcome("uncertain", None, f"{self.host} gave no answer: {_reason(error)}.")

    def close(self) -> None:
        """Let go of kept connections; the next send makes new ones."""
        self._client.close()
        self._client = self._connections()


def _field(answer: httpx.Response, name: str) -> Any:
    try:
        return answer.json().get(name)
    except (ValueError, AttributeError):  # a proxy's own page
        return None


def _said(answer: httpx.Response) -> str:
    errors = _field(answer, "errors")
    words = "; ".join(f"{one.get('error')}: {one.get('message')}" for one in errors) if errors else ""
    return f"GOV.UK Notify answered {answer.status_code} {' '.join(words.split())[:300]}".strip()


def _reason(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause:  # httpx wraps what the system said twice
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})"
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__
