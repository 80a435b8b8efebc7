"""Delivery against bare `smtplib` over one reused connection, and against Apprise's own mail plugin, in one run.

All send the same messages to the same server on this machine, a bare one in a process of its own. Ratios are
of rates: wall time is what a council waits, CPU (this process only) is what it costs. Both databases wait
for the disk at each commit. Run it with `make bench`.
"""

import smtplib
import socketserver
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter, process_time

MESSAGES, PASSES, SLOW = 5_000, 3, 40
SENDER = "commissioning@council.example"
BODY = "\n".join(
    f"{number}. Contract C{number:04}: decide by 31 August 2023 (notice is six months)."
    for number in range(20)
)


class Sink(socketserver.StreamRequestHandler):
    """An SMTP server that takes everything and keeps nothing: the least that any client must wait for."""

    wbufsize, disable_nagle_algorithm = 0, True

    def handle(self) -> None:
        """One connection."""
        self.wfile.write(b"220 localhost\r\n")
        while line := self.rfile.readline():
            match line[:4].upper():
                case b"DATA":
                    self.wfile.write(b"354 Go on\r\n")
                    while self.rfile.readline() != b".\r\n":
                        pass
                    self.wfile.write(b"250 Kept\r\n")
                case b"EHLO":
                    self.wfile.write(b"250-localhost\r\n250 PIPELINING\r\n")
                case b"QUIT":
                    self.wfile.write(b"221 Bye\r\n")
                    return
                case _:
                    self.wfile.write(b"250 OK\r\n")


def sink() -> None:
    """Serve on a free port, which is printed, until this process is ended."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink) as server:
        server.daemon_threads = True
        print(server.server_address[1], flush=True)
        server.serve_forever()


@contextmanager
def server() -> Iterator[int]:
    """The port of a sink in a child process."""
    with subprocess.Popen(  # noqa: S603 -- this file, by our own interpreter
        [sys.executable, __file__, "sink"], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        try:
            yield int(child.stdout.readline())
        finally:
            child.terminate()


def frozen(url: str) -> list[bytes]:
    """The messages as the outbox has frozen them."""
    from sqlmodel import col, select

    from models.alerts import Notification
    from models.session import reading

    with reading(url) as session:
        return list(session.exec(select(Notification.payload).order_by(col(Notification.id))))


def to(number: int) -> str:
    """The recipient of that message."""
    return f"post{number}@council.example"


def bare(port: int, messages: list[bytes]) -> Callable[[], None]:
    """`smtplib` over one connection, the bytes ready made."""
    smtp = smtplib.SMTP("127.0.0.1", port)

    def run() -> None:
        for number, message in enumerate(messages):
            smtp.sendmail(SENDER, to(number), message)

    return run


def plugin(port: int, messages: list[bytes]) -> Callable[[], None]:
    """Our mail plugin behind its Apprise URL, without the outbox."""
    from tests.town import channels

    post = channels(port)

    def run() -> None:
        for number, message in enumerate(messages):
            assert post.send(message, "email", to(number), "Digest", BODY).result == "accepted"

    return run


def outbox(port: int, url: str) -> Callable[[], None]:
    """The whole of `outbox.deliver`: claims and attempts committed before the sends, results after."""
    from notifications.outbox import deliver, utc_now
    from tests.town import channels, fill_outbox

    post = channels(port)
    fill_outbox(url, MESSAGES, BODY)

    def run() -> None:
        assert deliver(url, post, "bench", utc_now).accepted == MESSAGES

    return run


def apprise_mail(port: int, messages: list[bytes], rate: float) -> Callable[[], None]:
    """Apprise's own mail plugin on one kept object; `rate` is its pause between sends, in seconds."""
    from apprise import Apprise
    from apprise.plugins.email.base import NotifyEmail

    made = Apprise.instantiate(
        f"mailto://127.0.0.1:{port}/?from={SENDER}&to={to(0)}&mode=insecure", suppress_exceptions=False
    )
    assert isinstance(made, NotifyEmail)
    made.request_rate_per_sec = rate
    made.enabled = True  # our channels switch off what they do not allow

    def run() -> None:
        for _ in messages:
            assert made.notify(title="Digest", body=BODY)

    return run


def timed(run: Callable[[], None], count: int) -> tuple[float, float]:
    """Seconds a message: wall, CPU."""
    wall, cpu = perf_counter(), process_time()
    run()
    return (perf_counter() - wall) / count, (process_time() - cpu) / count


def main() -> None:
    """Print a row for each way of sending, and the aims."""
    from tests.bench.databases import BASES, databases
    from tests.town import fill_outbox

    best: dict[str, tuple[float, float]] = {}

    def measure(name: str, run: Callable[[], None], count: int = MESSAGES) -> None:
        took = timed(run, count)
        best[name] = min(took, best.get(name, took))

    with server() as port, databases() as made:
        fill_outbox(url := made.make("sqlite"), MESSAGES, BODY)
        messages = frozen(url)
        apprise = apprise_mail(port, messages[:SLOW], 0)
        shipped = apprise_mail(port, messages[:2], 5.5)
        for _ in range(PASSES):
            measure("bare smtplib, one connection", bare(port, messages))
            measure("our plugin", plugin(port, messages))
            for base, name in BASES.items():
                url = made.make(base)
                measure(f"outbox.deliver, {name}", outbox(port, url))
                made.drop(url)
            measure("Apprise's mailto, no pause", apprise, SLOW)
        measure("Apprise's mailto as shipped", shipped, 2)
    wall, cpu = best["bare smtplib, one connection"]
    print(f"{MESSAGES:,} messages of {len(messages[0]):,} bytes, the best of {PASSES} passes.\n")
    print(f"{'':<30} {'a second':>9} {'ms':>8} {'CPU ms':>7} {'of bare':>8} {'of its CPU':>11}")
    for name, (wall_each, cpu_each) in best.items():
        print(
            f"{name:<30} {1 / wall_each:>9,.1f} {wall_each * 1e3:>8.2f} {cpu_each * 1e3:>7.2f} "
            f"{wall / wall_each:>8.0%} {cpu_each / cpu:>10.1f}x"
        )
    slow, shipped_each = best["Apprise's mailto, no pause"][0], best["Apprise's mailto as shipped"][0]
    print()
    for name in BASES.values():
        whole = best[f"outbox.deliver, {name}"][0]
        print(
            f"outbox.deliver on {name} at {wall / whole:.0%} of bare smtplib's rate (aim 80%); "
            f"{slow / whole:.1f}x Apprise's mailto without its pause, {shipped_each / whole:,.0f}x as shipped "
            "(aim 10x)."
        )


if __name__ == "__main__":
    sink() if sys.argv[1:] == ["sink"] else main()
