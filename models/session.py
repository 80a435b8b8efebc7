"""The database: one code path for SQLite and PostgreSQL.

SQLite's stock driver loses concurrent updates without an error; writers here take the lock first
(`BEGIN IMMEDIATE`), readers see a snapshot (write-ahead log).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlmodel import Session

from models import audit


@lru_cache(maxsize=8)
def engine(url: str) -> sa.Engine:
    """The engine for a database URL, one a process."""
    made = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _prepare_sqlite)
        event.listen(made, "begin", _begin_sqlite)
    return made


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def unit_of_work(url: str) -> Iterator[Session]:
    """A session for writing: everything in it is committed together, or nothing is."""
    with (
        engine(url).connect().execution_options(write=True) as connection,
        Session(connection, expire_on_commit=False) as session,
    ):
        yield session
        session.commit()


@contextmanager
def reading(url: str) -> Iterator[Session]:
    """A session for reading; whatever is changed in it is thrown away."""
    with engine(url).connect() as connection, Session(connection) as session:
        yield session


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database to the newest revision, or to an earlier one, creating it where it is missing."""
    from alembic import command
    from alembic.config import Config

    here = Path(__file__).parent
    settings = Config()
    settings.set_main_option("script_location", str(here / "migrations"))
    settings.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    settings.attributes["engine"] = engine(url)
    command.upgrade(settings, revision)
    with engine(url).connect().execution_options(write=True) as connection:
        audit.refuse_changes(connection)
        connection.commit()
