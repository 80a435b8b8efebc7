"""Processes that a campaign starts and kills -9: a delivery, a sweep or an answer, each in one of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import aiosmtpd  # noqa: F401 -- what a worker needs is imported once, by the process that forks them
import apprise  # noqa: F401 -- likewise

import config.settings
from config.policy_file import load_policy
from models.alerts import Action
from models.session import engine, unit_of_work
from notifications import outbox, sweeping
from notifications.answers import Answer, answer
from notifications.channels import Channels
from tests.town import DOMAIN, NOW, SENDING

MOTHER = os.getpid()
"""In a worker, the process that forked it: without her nobody is there to kill it."""

POLICY = load_policy(Path(config.settings.__file__).with_name("policy.toml"))


def by_mail_and_webhook(mail: int, web: int) -> Channels:
    """Two channels to servers on this machine: `email`, and a webhook with the tag `teams`."""
    return Channels.load(
        {
            "urls": [
                {f"smtp://127.0.0.1:{mail}/?from=commissioning@{DOMAIN}": [{"tag": "email"}]},
                {f"json://127.0.0.1:{web}/hook": [{"tag": "teams"}]},
            ]
        },
        {},
    )


def deliver(url: str, mail: int, web: int, name: str, ahead: float) -> None:
    """Deliver until killed, by a clock that is `ahead` by so many seconds."""
    post = by_mail_and_webhook(mail, web)
    while os.getppid() == MOTHER:
        outbox.deliver(url, post, name, lambda: outbox.utc_now() + timedelta(seconds=ahead))
        time.sleep(0.02)


def sweep(url: str, on: str) -> None:
    """Sweep the day once."""
    with unit_of_work(url) as session:
        sweeping.sweep(session, POLICY, SENDING, datetime.combine(date.fromisoformat(on), NOW.timetz()))


def say(url: str, showing: str, message: int, person: int, action: str, until: str, to: int, at: str) -> None:
    """Give an answer."""
    given = Answer(showing, message, person, Action(action), date.fromisoformat(until), to, "In hand.")
    with unit_of_work(url) as session:
        answer(session, POLICY, SENDING, given, datetime.fromisoformat(at))


class Nursery:
    """Starts workers, each a fork that knows nothing of those before it, and kills them."""

    def __init__(self, mother: subprocess.Popen[str]) -> None:
        self._mother, self._living = mother, set[int]()

    def start(self, work: str, *given: str | float) -> int:
        """A worker at that work (a function above, by name); returns its process id. It lives until killed."""
        assert self._mother.stdin and self._mother.stdout
        print(json.dumps([work, *given]), file=self._mother.stdin, flush=True)
        pid = int(self._mother.stdout.readline())
        self._living.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        """Kill -9; returns when it is gone."""
        self._living.remove(pid)
        os.kill(pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            while True:
                os.kill(pid, 0)
                time.sleep(0.001)

    def kill_all(self) -> None:
        """Kill -9 every worker that still lives."""
        for pid in tuple(self._living):
            self.kill(pid)


@contextmanager
def nursery() -> Iterator[Nursery]:
    """A nursery; all its workers are killed at its end."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.workers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    ) as mother:
        workers = Nursery(mother)
        try:
            yield workers
        finally:
            workers.kill_all()
            mother.kill()


def main() -> None:
    """Fork a worker for each line asked for."""
    by_mail_and_webhook(1, 1).close()
    POLICY.calendar()
    for drivers in ("sqlite://", "postgresql+psycopg://"):
        engine(drivers)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    works = {work.__name__: work for work in (deliver, sweep, say)}
    for line in sys.stdin:
        name, *given = json.loads(line)
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        partial(works[name], *given)()
        while os.getppid() == MOTHER:  # until killed: meanwhile its process id is nobody else's
            time.sleep(0.2)
        return


if __name__ == "__main__":
    main()
