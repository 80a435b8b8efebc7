"""The migrations make exactly what the models say, on both databases."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from models import alerts, audit, contracts, cycles, meetings, people  # noqa: F401 - tables register
from models.session import engine, migrate


def refusals(connection: sa.Connection) -> set[str]:
    """The triggers of the audit trail, with their state on PostgreSQL ("A" for always)."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'auditevent'"
        )
        return {name for (name,) in rows}
    rows = connection.exec_driver_sql(
        "SELECT tgname || ' ' || tgenabled::text FROM pg_trigger WHERE tgrelid = 'auditevent'::regclass AND NOT tgisinternal"
    )
    return {name for (name,) in rows}


def test_from_nothing_to_the_newest_and_again_changes_nothing(empty_database: str) -> None:
    migrate(empty_database)
    with engine(empty_database).connect() as connection:
        tables, first = set(sa.inspect(connection).get_table_names()), refusals(connection)
    migrate(empty_database)
    with engine(empty_database).connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) == tables
        assert refusals(connection) == first
    assert tables == {*SQLModel.metadata.tables, "alembic_version"}
    assert first in (
        {"auditevent_no_update", "auditevent_no_delete", "auditevent_no_replace"},
        {"auditevent_no_change A"},
    )


def test_the_models_ask_for_nothing_the_migrations_have_not_made(database: str) -> None:
    with engine(database).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def choices() -> list[tuple[str, str, list[str]]]:
    """Every column of an enumeration: table, column, its values."""
    return [
        (table.name, column.name, list(column.type.enums))
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.Enum)
    ]


def test_every_enumeration_is_held_by_the_database_to_the_values_of_the_models(database: str) -> None:
    """Alembic does not see CHECK constraints, so each is compared by what it names."""
    with engine(database).connect() as connection:
        inspector = sa.inspect(connection)
        for table, column, values in choices():
            checks = {
                str(check["name"]): check["sqltext"] for check in inspector.get_check_constraints(table)
            }
            check = checks[f"ck_{table}_{column}"]
            assert column in check
            assert set(check.split("'")[1::2]) == set(values), f"{table}.{column}"


def test_the_database_refuses_a_value_that_no_enumeration_knows(town: str) -> None:
    with engine(town).connect() as connection, pytest.raises(sa.exc.IntegrityError, match=r"CHECK|check"):
        connection.execute(sa.text("UPDATE cycle SET stage = 'somewhere'"))
