"""Servers on this machine for the tests: a web service and a mail server whose answers a test sets; certificates."""

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Webhook(ThreadingHTTPServer):
    """Answers every request with `status` and `answer`, after `delay` seconds; keeps what it was sent."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.status, self.delay, self.dies = 200, 0.0, False
        self.answer: bytes | Any = b""
        self.location = f"http://127.0.0.1:{self.server_port}/elsewhere"
        self.received: list[tuple[str, dict[str, str], Any]] = []

    @property
    def url(self) -> str:
        """An Apprise URL of its hook."""
        return f"json://127.0.0.1:{self.server_port}/hook"


class Answer(BaseHTTPRequestHandler):
    """One request to a Webhook."""

    protocol_version = "HTTP/1.1"
    server: Webhook

    def do_POST(self) -> None:
        """Keep what came, then answer, or hang up without."""
        length = int(self.headers["Content-Length"] or 0)
        asked = self.rfile.read(length)
        if len(asked) < length:  # whoever asked died in the middle: nothing was asked
            self.close_connection = True
            return
        body = json.loads(asked) if asked else dict(parse_qsl(urlsplit(self.path).query))
        self.server.received.append((self.path, dict(self.headers), body))
        time.sleep(self.server.delay)
        self.close_connection = True
        if self.server.dies:
            return
        answer = self.server.answer
        said = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(self.server.status)
        self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(said)))
        self.send_header("Connection", "close")
        with suppress(OSError):  # who asked may have given up
            self.end_headers()
            self.wfile.write(said)

    do_GET = do_POST  # noqa: N815 -- the library's name

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def webhook(tls: ssl.SSLContext | None = None) -> Iterator[Webhook]:
    """A web service that runs until the end of the block."""
    with Webhook(tls) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@dataclass
class MailServer:
    """An SMTP server whose answers a test sets; counts what it was asked."""

    answers: dict[str, str] = field(default_factory=dict)
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    signed_in: list[str] = field(default_factory=list)
    port: int = 0
    pipelining: bool = False
    asks_all_the_same: bool = False
    delay: float = 0.0
    password: ClassVar[str] = "pa55 w/rd@council"  # noqa: S105 -- of this machine only

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd's name
        self, _server: Any, session: Any, _envelope: Any, name: str, replies: list[str]
    ) -> list[str]:
        session.host_name = name
        return [*replies[:-1], *(["250-PIPELINING"] * self.pipelining), replies[-1]]

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's name
        self, server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        answer = await self.answered("MAIL", server)
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        answer = await self.answered("RCPT", server)
        if answer.startswith("250") or self.asks_all_the_same:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        self.messages.append(envelope.content)
        return await self.answered("DATA", server)

    async def answered(self, stage: str, server: Any) -> str:
        answer = self.answers.get(stage, "250 OK")
        await asyncio.sleep(60 if answer == "never" else self.delay)
        if answer == "die":
            server.transport.abort()
        return answer

    def sign_in(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        self.signed_in.append(data.password.decode())
        return AuthResult(success=data.password.decode() == self.password, handled=False)

    @contextmanager
    def running(self, tls: ssl.SSLContext | None = None, **options: Any) -> Iterator["MailServer"]:
        loop, stop, started = asyncio.new_event_loop(), asyncio.Event(), Event()
        bound = socket.create_server(("127.0.0.1", self.port))
        self.port = bound.getsockname()[1]
        connections: list[Any] = []

        def connection() -> Any:
            self.connections += 1
            connections.append(
                SMTP(self, hostname="localhost", loop=loop, authenticator=self.sign_in, **options)
            )
            return connections[-1]

        async def serve() -> None:
            async with await loop.create_server(connection, sock=bound, ssl=tls):
                started.set()
                await stop.wait()
            for protocol in connections:
                if protocol.transport is not None:
                    protocol.transport.abort()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

        thread = Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
        thread.start()
        started.wait()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()


def certificate(
    name: str, folder: Path, issuer: tuple[x509.Certificate, Any] | None = None
) -> tuple[Any, Any]:
    """A certificate with its key, also written to `folder`; its own issuer when none is given."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    public, sign = key.public_key(), issuer[1] if issuer else key
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(sign.public_key()), critical=False)
    )
    if issuer:
        address: x509.GeneralName = (
            x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
        )
        made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    else:
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        made = made.add_extension(x509.KeyUsage(key_cert_sign=True, **usage), critical=True)
    signed = made.sign(sign, hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return signed, key


def authority_in(folder: Path) -> Path:
    """The folder, with a certificate authority in it and certificates for this machine and another."""
    council = certificate("Council CA", folder)
    certificate("127.0.0.1", folder, council)
    certificate("another.council.example", folder, council)
    return folder


def served_by(folder: Path, name: str) -> ssl.SSLContext:
    """What a server of that name shows who it is with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem")
    return context
