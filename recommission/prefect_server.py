"""Starts and stops the Prefect server: a child in its own session, so that Ctrl-C reaches only the parent."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.error import URLError
from urllib.request import urlopen

import certifi

from config.settings import Settings

START_WITHIN = 180
"""Seconds; 16 on a busy machine with two cores."""

LAST = "-----END CERTIFICATE-----"


class ServerRefused(RuntimeError):
    """The Prefect server did not start; the message says why and where its log is."""


def free_port(preferred: int, host: str = "127.0.0.1") -> int:
    """The preferred port, or any free one where it is taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerRefused(f"no port is free on {host}")


def listens(host: str, port: int) -> bool:
    """Whether something answers on the port."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0


def healthy(settings: Settings) -> bool:
    """Whether a Prefect server answers there."""
    try:
        with urlopen(f"{settings.prefect_ui}/api/health", timeout=2) as answer:  # noqa: S310 - http to our own host
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def configure(settings: Settings) -> None:
    """Set Prefect's environment for this process and its children; before Prefect is imported."""
    home = settings.home.resolve() / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    # Each of its clients loads all authorities (30 ms, several a run) though it speaks plain http to our server.
    one, authority = home / "authority.pem", Path(certifi.where()).read_text(encoding="utf-8")
    one.write_text(authority[: authority.index(LAST) + len(LAST)] + "\n", encoding="utf-8")
    os.environ.update(
        {
            "PREFECT_HOME": str(home),
            "PREFECT_API_SSL_CERT_FILE": str(one),
            "PREFECT_API_URL": f"{settings.prefect_ui}/api",
            "PREFECT_UI_URL": settings.prefect_ui,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
            "PREFECT_RUNNER_POLL_FREQUENCY": "3",
            # Seconds, at least 30: what tells a killed run from one that works (flows/automations.py).
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
            # A run is late, and operations hear of it, after five minutes.
            "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "300",
            # Concurrency slots outlive a killed server only in memory: their leases must outlive it too.
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            # Only ended runs are cleaned up, by their end (prefect/server/services/db_vacuum.py): a suspended
            # run stays for as long as it waits.
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
            "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(settings.prefect_keep_days * 86400),
            "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": f"P{settings.prefect_keep_days}D",
            "PREFECT_LOGGING_LEVEL": os.environ.get("PREFECT_LOGGING_LEVEL", "WARNING"),
            "DO_NOT_TRACK": "1",
        }
    )


class PrefectServer:
    """A Prefect server for as long as the `with` block lasts. Its log is `prefect/server.log` in the home."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._log_path = settings.home / "prefect" / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it; `wait` says when it answers."""
        settings = self._settings
        if listens(settings.prefect_host, settings.prefect_port):
            raise ServerRefused(
                f"port {settings.prefect_port} on {settings.prefect_host} is taken: stop what uses it, or set "
                "RECOMMISSION_PREFECT_PORT to another"
            )
        configure(settings)
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        self._log = self._log_path.open("ab")
        host, port = settings.prefect_host, str(settings.prefect_port)
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", port],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        return self

    def wait(self) -> None:
        """Until it answers; raises ServerRefused where it does not."""
        assert self._process
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until:
            if healthy(self._settings):
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.3)
        raise ServerRefused(f"the Prefect server did not start; its last words are in {self._log_path}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it and everything it started."""
        assert self._process and self._log
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(timeout=15)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self._process.wait()
        self._log.close()
