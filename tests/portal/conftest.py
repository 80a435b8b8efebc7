"""The pages on a real server on loopback, over the small council of `tests.town`."""

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlmodel import Session, select

from config.settings import LONDON, Settings
from lifecycle.policy import Stream
from models.alerts import Alert, Notification, NotificationAlert
from models.columns import identity
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person
from models.session import unit_of_work
from notifications.links import Claim, Links
from portal.app import make_app
from tests.town import NOW, OWNER, SENDER, TODAY, milestones


@dataclass
class Site:
    """A portal that answers at `url`; its clock stands still until a test moves it."""

    settings: Settings
    links: Links
    client: httpx.Client
    now: datetime = field(default=NOW.astimezone(LONDON))

    @property
    def database(self) -> str:
        return self.settings.database

    def tell(self, post: str, dates: Mapping[str, Sequence[str]]) -> str:
        """Write the post a message about these milestones of these contracts; returns its link."""
        told = [(reference, kind) for reference, kinds in dates.items() for kind in kinds]
        with unit_of_work(self.database) as session:
            person = session.exec(select(Person).where(Person.title == post)).one()
            notification = Notification(
                dedupe_key=f"{post} {told}",
                person_id=identity(person),
                channel="email",
                recipient=person.email or "",
                subject="A contract date needs you"
                if len(told) == 1
                else f"{len(told)} contract dates need you",
                body="",
                payload=b"",
                message_id="<one@council.example>",
                written_on=TODAY,
                not_before=NOW,
            )
            session.add(notification)
            session.flush()
            for reference, kind in told:
                alert = _alert(session, milestones(self.database, reference)[kind])
                session.add(NotificationAlert(notification_id=identity(notification), alert_id=alert))
        return self.links.url(Claim(identity(notification), identity(person), "first"))

    def link(self) -> str:
        """The link in a message about one date."""
        return self.tell(OWNER, {"BLOCK": ["contract end"]})


def _alert(session: Session, milestone: Milestone) -> int:
    """The alert of the milestone's first rung, raised where it is not there yet."""
    known = session.exec(select(Alert.id).where(Alert.milestone_id == milestone.id)).first()
    if known:
        return known
    alert = Alert(
        milestone_id=identity(milestone),
        milestone_revision=milestone.revision,
        rung="6m",
        fire_on=TODAY,
        raised_on=TODAY,
        words=milestone.words,
        stream=Stream.ENDS,
        holder_id=session.get_one(Contract, milestone.contract_id).owner_id,
    )
    session.add(alert)
    session.flush()
    return identity(alert)


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A socket on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


@contextmanager
def serving(app: FastAPI, on: socket.socket) -> Iterator[None]:
    """The application, in a thread, until the block ends."""
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    )
    thread = Thread(target=server.run, args=([on],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def site(town: str, tmp_path: Path) -> Iterator[Site]:
    """The pages, over a council whose contracts are planned and whose posts have had no message yet."""
    with listening() as opened:
        address = f"http://127.0.0.1:{opened.getsockname()[1]}"
        settings = Settings(
            home=tmp_path,
            database_url=town,
            portal_url=address,
            sender=SENDER,
            signing_keys="a key for tests",
        )
        with httpx.Client(base_url=address, timeout=60) as client:
            made = Site(settings, Links(address, settings.keys), client)
            with serving(make_app(settings, lambda: made.now), opened):
                yield made
