"""Serves the pages people answer on, in a thread of this process: they stop when it does, however it ends."""

import socket
import time
from threading import Thread
from types import TracebackType
from typing import Self

import uvicorn

from config.settings import Settings
from recommission.prefect_server import ServerRefused


class PortalServer:
    """The pages for as long as the `with` block lasts."""

    def __init__(self, settings: Settings) -> None:
        """Bind at once; raises ServerRefused where the port is taken."""
        try:
            self._socket = socket.create_server((settings.portal_host, settings.portal_port))
        except OSError as error:
            raise ServerRefused(
                f"the pages cannot listen on {settings.portal_host} port {settings.portal_port} "
                f"({error.strerror}): stop what uses it, or set RECOMMISSION_PORTAL_PORT to another"
            ) from None
        # Named, not imported: the pages and the command line are strangers to each other.
        pages = uvicorn.Config(
            "portal.app:from_environment",
            factory=True,
            access_log=False,  # an address is a key
            log_config=None,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=3,
        )
        self._server = uvicorn.Server(pages)
        self._thread = Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Self:
        """Start, and return once they answer; raises ServerRefused where they do not."""
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise ServerRefused("the pages did not start; the message above says why")
            time.sleep(0.02)
        return self

    def wait(self) -> None:
        """Until Ctrl-C or SIGTERM."""
        while self._thread.is_alive():
            self._thread.join(timeout=1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop them; a request under way may end."""
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()
