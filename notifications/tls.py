"""Encryption on the way out: certificates are always verified, and only this machine is spoken to without."""

import ssl
from contextlib import suppress
from functools import cache
from ipaddress import ip_address


@cache
def tls_context() -> ssl.SSLContext:
    """Loading the CA bundle takes tens of milliseconds: once per process, not per connection."""
    return ssl.create_default_context()


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine itself."""
    with suppress(ValueError):
        return ip_address(host.strip("[]")).is_loopback
    return host == "localhost"
