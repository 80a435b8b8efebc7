"""The ping to a service outside (as Healthchecks): whoever watches there notices when this machine is dead."""

import logging
from typing import Literal

import httpx

for _name in ("httpx", "httpcore"):  # they would log the address
    logging.getLogger(_name).setLevel(logging.WARNING)

WAIT = httpx.Timeout(5.0)

State = Literal["completed", "failed"]


def ping(url: str, state: State) -> str:
    """Tell the service at the URL of a sweep; a failed one at `…/fail`. Never raises.

    Returns what went wrong in words that can be logged, as the URL is a secret; empty where it was heard.
    """
    try:
        address = httpx.URL(url)
        if address.scheme not in ("http", "https") or not address.host:
            return "its address is no http:// or https:// address"
        if state == "failed":
            address = address.copy_with(path=f"{address.path.rstrip('/')}/fail")
        answer = httpx.post(address, timeout=WAIT, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:  # its message may hold the address
        return f"it could not be reached ({type(error).__name__})"
    return "" if answer.is_success else f"it answered {answer.status_code}"
