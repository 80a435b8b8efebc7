"""Reading and writing single rows past the ORM's unit of work, where the same is done over and over.

The statements are made once and run on the session's own connection, in its transaction. What the session has
still to write is written first, as the ORM does; objects that it holds already are not brought up to date.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import repeat
from operator import itemgetter
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


def insert_all(session: Session, model: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Insert many rows of the same columns by the driver's own statement, the quickest way in.

    Values are turned into the database's as the columns say; a column that is not given has its default.
    """
    if rows:
        session.flush()
        connection = session.connection()
        statement, values = _plainly(model, tuple(rows[0]), connection.dialect)
        connection.exec_driver_sql(statement, values(rows))


@lru_cache(maxsize=64)
def _plainly(
    model: type[SQLModel], names: tuple[str, ...], dialect: sa.Dialect
) -> tuple[str, Callable[[Sequence[dict[str, Any]]], list[tuple[Any, ...]]]]:
    """The statement in the driver's words, and what makes the values of rows the driver's."""
    columns = table(model).c
    defaults = {
        column.name: column.default.arg
        for column in columns
        if column.name not in names and isinstance(column.default, sa.ColumnDefault)
    }
    every = (*names, *defaults)
    turning = [
        (at, lru_cache(maxsize=4096)(turn))  # the same days and words come again and again
        for at, name in enumerate(every)
        if (turn := columns[name].type.dialect_impl(dialect).bind_processor(dialect))
    ]

    def values(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
        # Column by column, so that the loops are the interpreter's own.
        found: list[Iterable[Any]] = [
            *(map(itemgetter(name), rows) for name in names),
            *map(repeat, defaults.values()),
        ]
        for at, turn in turning:
            found[at] = map(turn, found[at])
        return list(zip(*found, strict=False))

    quote = dialect.identifier_preparer.quote
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    marks, said = ", ".join(mark for _ in every), ", ".join(map(quote, every))
    return f"INSERT INTO {quote(str(model.__tablename__))} ({said}) VALUES ({marks})", values  # noqa: S608 - our names


@cache
def inserting(model: type[SQLModel]) -> sa.Insert:
    """The statement that inserts a row of the model."""
    return sa.insert(table(model))


@cache
def table(model: type[SQLModel]) -> sa.Table:
    """The table of the model."""
    return model.metadata.tables[str(model.__tablename__)]
