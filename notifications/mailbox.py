"""The demonstration's own mail server: on this machine only, each message kept as a file.

Not for real use: it takes mail from anyone on the machine and never sends it on.
"""

import argparse
import asyncio
import os
import re
import socket
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event, Thread
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """An SMTP server on loopback that keeps every message it accepts in `folder`, one file a recipient.

    A file is named by the message's Date, its place in the order of arrival, the recipient and a hash of
    its bytes: `20230213-090000_0007_placements_1f2e3d4c.eml`. Nothing is ever overwritten: the same
    message sent twice is two files with one hash, so that duplicates can be counted.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Bind at once (port 0: any free one, then in `port`); raises OSError when the port is taken."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port: int = self._socket.getsockname()[1]
        self._arrivals = count(1)
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._started = Event()

    def start(self) -> Self:
        """Accept mail, in a thread of its own."""
        self._thread.start()
        self._started.wait()
        return self

    def stop(self) -> None:
        """Close the port and every connection; the files stay."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        # A host name looked up in the DNS can take seconds where there is none.
        serve = partial(SMTP, self, hostname="localhost", loop=self._loop)
        async with await self._loop.create_server(serve, sock=self._socket):
            self._started.set()
            await self._stop.wait()

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name for it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Called by aiosmtpd for each message."""
        assert isinstance(envelope.content, bytes)
        for recipient in envelope.rcpt_tos:
            self._keep(recipient, envelope.content)
        return "250 Kept"

    def _keep(self, recipient: str, message: bytes) -> None:
        try:
            day = f"{parsedate_to_datetime(BytesHeaderParser().parsebytes(message)['Date']):%Y%m%d-%H%M%S}"
        except (TypeError, ValueError):  # no Date, or one that is none
            day = "undated"
        who = re.sub(r"[^a-z0-9.-]+", "-", recipient.partition("@")[0].lower())[:40]
        with NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as part:
            part.write(message)
        for arrival in self._arrivals:
            name = f"{day}_{arrival:04}_{who}_{sha256(message).hexdigest()[:8]}.eml"
            try:
                # A link appears whole or not at all, and unlike a rename never replaces a file.
                os.link(part.name, self.folder / name)
            except FileExistsError:
                continue
            break
        Path(part.name).unlink()


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m notifications.mailbox", description=Mailbox.__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=2525)
    arguments = parser.parse_args()
    with Mailbox(arguments.folder, arguments.port) as mailbox:
        print(f"Mail to 127.0.0.1:{mailbox.port} is kept in {mailbox.folder}. Ctrl-C stops.", flush=True)
        try:
            Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
