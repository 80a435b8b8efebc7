"""Writes posts: who deputises for whom, and who manages whom, may stand anywhere in the file."""

from collections.abc import Sequence

from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.people import Person
from register.rows import Row
from register.writing.links import Links
from register.writing.run import Run

CHAIN = {"deputy": "deputy_id", "manager": "manager_id"}


class People:
    """The layout "people": a post may have no address, no deputy and nobody above it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._links = Links(run, Person, "title")

    def write(self, rows: Sequence[Row]) -> None:
        """Write a chunk of posts."""
        titles = [row.values["title"] for row in rows]
        deputy, manager = aliased(Person), aliased(Person)
        found = self._run.session.exec(
            select(Person, deputy.title, manager.title)
            .outerjoin(deputy, col(Person.deputy_id) == col(deputy.id))
            .outerjoin(manager, col(Person.manager_id) == col(manager.id))
            .where(col(Person.title).in_(titles))
        )
        known = {
            post.title: (post, {"deputy": its_deputy or "", "manager": its_manager or ""})
            for post, its_deputy, its_manager in found
        }
        for row in rows:
            self._write(row, *known.get(row.values["title"], (None, {})))

    def _write(self, row: Row, post: Person | None, chain: dict[str, str]) -> None: ...

    def finish(self) -> None:
        """Set deputies and managers."""
        self._links.settle()
