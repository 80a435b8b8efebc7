"""Column types of the record."""

from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

from lifecycle.partial_dates import PartialDate

Row = TypeVar("Row", bound=SQLModel)


class PartialDateType(sa.types.TypeDecorator[PartialDate]):
    """A PartialDate as one text: its words, EDTF, bounds and precision."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: PartialDate | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else value.to_json()

    def process_result_value(self, value: Any, dialect: Dialect) -> PartialDate | None:
        """From the database."""
        return None if value is None else _read(value)


_read = lru_cache(1 << 14)(PartialDate.from_json)
"""Contracts begin and end with the same months: reading their dates is most of reading many."""


def choice(kind: type[StrEnum], **options: Any) -> Any:
    """A column of an enumeration: its values are stored, and the database refuses any other."""
    return Field(
        sa_type=sa.Enum(
            kind,
            name=None,  # the constraint is then named for its column: a table may have two of one kind
            native_enum=False,
            create_constraint=True,
            length=40,
            values_callable=lambda members: [member.value for member in members],
        ),
        **options,
    )


def partial_date(**options: Any) -> Any:
    """A column of a date that may be imprecise."""
    return Field(sa_type=PartialDateType, **options)


def identity(row: SQLModel) -> int:
    """The key of a row that the database has given one."""
    key = getattr(row, "id", None)
    if not isinstance(key, int):
        raise TypeError(f"this {type(row).__name__} has not been written to the database yet")
    return key


def copied(row: Row, **other: Any) -> Row:
    """A new row like this one, without its key and with these values in place of its own."""
    same = {name: getattr(row, name) for name in type(row).model_fields if name not in {"id", *other}}
    return type(row)(**same, **other)


def first_day(column: Any) -> sa.ColumnElement[str]:
    """The first day a stored PartialDate can mean, as ISO text, in SQL; null where it has none."""
    text = sa.type_coerce(column, sa.String)
    return sa.case((sa.func.substr(text, 1, 2) == '["', sa.func.substr(text, 3, 10)))


def last_day(column: Any) -> sa.ColumnElement[str]:
    """The last day a stored PartialDate can mean, as ISO text, in SQL; null where it has none."""
    text = sa.type_coerce(column, sa.String)
    return sa.case(
        (sa.func.substr(text, 1, 7) == '[null,"', sa.func.substr(text, 8, 10)),
        (sa.func.substr(text, 15, 1) == '"', sa.func.substr(text, 16, 10)),
    )
