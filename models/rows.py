"""Reading and writing single rows past the ORM's unit of work, where the same is done over and over.

The statements are made once and run on the session's own connection, in its transaction. What the session has
still to write is written first, as the ORM does; objects that it holds already are not brought up to date.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel


def run(session: Session, statement: sa.Executable, **values: Any) -> sa.CursorResult[*tuple[Any, ...]]:
    """Run a statement with its values."""
    session.flush()
    return session.connection().execute(statement, values)


def run_each(session: Session, statement: sa.Executable, rows: Sequence[dict[str, Any]]) -> None:
    """Run a statement once for every row of values; none do nothing."""
    if rows:
        session.flush()
        session.connection().execute(statement, rows)


def insert(session: Session, model: type[SQLModel], **values: Any) -> int:
    """Insert a row of which every column is given but its key; returns the key."""
    key = run(session, inserting(model), **values).inserted_primary_key
    return int(key[0]) if key else 0


@cache
def inserting(model: type[SQLModel]) -> sa.Insert:
    """The statement that inserts a row of the model."""
    return sa.insert(table(model))


@cache
def table(model: type[SQLModel]) -> sa.Table:
    """The table of the model."""
    return model.metadata.tables[str(model.__tablename__)]
