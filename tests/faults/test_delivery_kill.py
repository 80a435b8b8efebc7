"""Deliveries that are killed -9 at random points lose nothing, and what goes out twice is the same message.

`RECOMMISSION_KILLS` sets how many kills each database gets (10 in the ordinary test run).
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import col, select

from models.alerts import Delivery, DeliveryAttempt, Notification
from models.session import reading
from notifications.mailbox import Mailbox
from tests.town import fill_outbox

KILLS = int(os.environ.get("RECOMMISSION_KILLS", "10"))
MESSAGES = KILLS * 40

# Everything is imported once; each line asked for forks one worker, which knows nothing of those before it.
# The lease is made short, so that a killed worker's message is taken over while the test waits.
NURSERY = """
import os, signal, sys, time
from datetime import timedelta
from notifications import outbox
from tests.town import channels
import aiosmtpd, apprise
outbox.LEASE = timedelta(seconds=1)
url, port = sys.argv[1], int(sys.argv[2])
channels(port).close()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for name in sys.stdin:
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        continue
    post = channels(port)
    while True:
        outbox.deliver(url, post, name.strip(), outbox.utc_now)
        time.sleep(0.02)
"""


def waiting(url: str) -> int:
    with reading(url) as session:
        return session.exec(
            select(sa.func.count()).select_from(Notification).where(Notification.state != Delivery.ACCEPTED)
        ).one()


@contextmanager
def nursery(url: str, port: int) -> Iterator[Callable[[str], int]]:
    """Starts a worker of that name and gives its process id; all are ended at the end."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        [sys.executable, "-c", NURSERY, url, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    ) as mother:
        started: list[int] = []

        def start(name: str) -> int:
            assert mother.stdin and mother.stdout
            print(name, file=mother.stdin, flush=True)
            started.append(int(mother.stdout.readline()))
            return started[-1]

        try:
            yield start
        finally:
            if started:
                os.kill(started[-1], signal.SIGKILL)
            mother.kill()


def test_killed_deliveries_lose_nothing_and_repeat_only_the_same_message(
    database: str, tmp_path: Path
) -> None:
    chance = random.Random(7)
    fill_outbox(database, MESSAGES)
    folder, kills = tmp_path / "mail", 0
    with Mailbox(folder) as mailbox, nursery(database, mailbox.port) as start:
        worker = start("0")
        while kills < KILLS and waiting(database):
            before = len(list(folder.iterdir()))
            while len(list(folder.iterdir())) == before and waiting(database):
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.05))  # somewhere in the next few messages
            os.kill(worker, signal.SIGKILL)
            kills += 1
            worker = start(str(kills))
        until = time.monotonic() + 60 + KILLS / 10
        while waiting(database) and time.monotonic() < until:
            time.sleep(0.1)
    assert kills == KILLS
    arrived: defaultdict[str, list[bytes]] = defaultdict(list)
    for path in folder.glob("*.eml"):
        content = path.read_bytes()
        arrived[str(message_from_bytes(content)["Message-ID"])].append(content)
    with reading(database) as session:
        frozen = {one.message_id: one.payload for one in session.exec(select(Notification))}
    lost = frozen.keys() - arrived.keys()
    assert lost == set()
    assert arrived.keys() == frozen.keys()
    assert all(set(copies) == {frozen[key]} for key, copies in arrived.items())
    repeated = sum(len(copies) - 1 for copies in arrived.values())
    print(f"{kills} kills, {len(frozen)} messages, {len(lost)} lost, {repeated} sent again byte for byte")
    with reading(database) as session:
        begun = session.exec(select(sa.func.count()).select_from(DeliveryAttempt)).one()
        dead = session.exec(
            select(Notification.message_id)
            .join(DeliveryAttempt, col(DeliveryAttempt.notification_id) == col(Notification.id))
            .where(col(DeliveryAttempt.outcome).is_(None))
        )
        in_flight = Counter(dead)  # attempts whose worker was killed before it could write the result
    assert all(len(copies) - 1 <= in_flight[key] for key, copies in arrived.items())
    # Kills fall between a claim and its result; only in a long run is that sure to have happened.
    assert begun > len(frozen) or KILLS < 50
