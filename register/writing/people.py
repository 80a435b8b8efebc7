"""Writes posts: who deputises for whom, and who manages whom, may stand anywhere in the file."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, select

from models.columns import identity
from models.people import Person
from register.rows import Row
from register.writing.links import Links
from register.writing.run import Run

CHAIN = {"deputy": "deputy_id", "manager": "manager_id"}


class People:
    """The layout "people"."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._links = Links(run, Person, "title")

    def write(self, rows: Sequence[Row]) -> None:
        """Write a chunk of posts."""
        deputy, manager = aliased(Person), aliased(Person)
        found = self._run.session.exec(
            select(Person, deputy.title, manager.title)
            .outerjoin(deputy, col(Person.deputy_id) == col(deputy.id))
            .outerjoin(manager, col(Person.manager_id) == col(manager.id))
            .where(col(Person.title).in_([row.values["title"] for row in rows]))
        )
        known: dict[str, tuple[Person, dict[str, str | None]]] = {
            post.title: (post, {"deputy": its, "manager": above}) for post, its, above in found
        }
        for row in rows:
            title = row.values["title"]
            if self._links.of_itself(row, *CHAIN):
                continue
            if title in known:
                post, chain = known[title]
                self._run.changed(title, self._changes(row, post, chain))
            else:
                self._add(row)

    def _add(self, row: Row) -> None:
        post = Person(title=row.values["title"], email=row.values["email"])
        self._run.session.add(post)
        self._run.session.flush()
        self._run.added([post.title])
        for name, attribute in CHAIN.items():
            if row.values[name]:
                self._links.wait(row, identity(post), name, attribute, new=True)

    def _changes(
        self, row: Row, post: Person, chain: dict[str, str | None]
    ) -> Iterator[tuple[str, Any, Any]]:
        """Make the changes of a known post."""
        if post.email != row.values["email"]:
            yield "email", post.email, row.values["email"]
            post.email = row.values["email"]
        for name, attribute in CHAIN.items():
            if (named := row.values[name]) != (chain[name] or ""):
                yield name, chain[name], named
                setattr(post, attribute, None)
                if named:
                    self._links.wait(row, identity(post), name, attribute, new=False)
        self._run.session.add(post)

    def finish(self) -> None:
        """Set deputies and managers."""
        self._run.session.flush()
        self._links.settle()
