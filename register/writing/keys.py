"""The record's keys of things that a file names."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from models.rows import run, table


def keys_of(
    session: Session, model: type[SQLModel], column: str, names: Iterable[str], *, key: str = "id"
) -> dict[str, int]:
    """The key (or another's, in the column `key`) of every row that the record has of these names."""
    columns = table(model).c
    wanted: sa.BindParameter[list[str]] = sa.bindparam("names", expanding=True)
    statement = sa.select(columns[column], columns[key]).where(columns[column].in_(wanted))
    return {name: its for name, its in run(session, statement, names=list(set(names)))}  # noqa: C416 - rows, not pairs
