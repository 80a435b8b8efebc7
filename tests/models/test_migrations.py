"""The migrations make exactly what the models say, on both databases."""

from datetime import date

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel, select

from lifecycle.stages import Verdict
from models import (
    agenda,
    cycles,
    papers,
)
from models.session import engine, migrate, unit_of_work


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


BEFORE = """
INSERT INTO person (id, title) VALUES (1, 'Owner');
INSERT INTO contract
  (id, reference, title, kind, department, owner_id, registered_on, in_force, regime, source, note) VALUES
  (1, 'C1', 'A service', 'block', 'Children', 1, '2022-04-25', '1', 'PCR 2015', '', ''),
  (2, 'C2', 'A service', 'block', 'Children', 1, '2022-04-25', '1', 'PCR 2015', '', ''),
  (3, 'C3', 'A service', 'block', 'Children', 1, '2022-04-25', '1', 'PCR 2015', '', '');
INSERT INTO cycle (id, contract_id, stage, stage_since, opened, version, direction) VALUES
  (1, 1, 'recommission', '2022-06-13', 'recommission', 2, 'recommission'),
  (2, 2, 'remodel', '2022-06-13', 'needs analysis', 2, 'remodel'),
  (3, 3, 'review', '2022-04-25', NULL, 1, NULL);
INSERT INTO meeting (id, "on", title, venue, starts_at) VALUES
  (1, '2022-06-13', 'Board', 'County Hall', '2022-06-13 09:00:00');
INSERT INTO verdict
  (id, cycle_id, meeting_id, stage, cycle_version, verdict, minute, reason, conditions, recorded_at) VALUES
  (1, 1, 1, 'needs analysis', 1, 'recommission', '6.1', 'why', '', '2022-06-13 12:00:00'),
  (2, 2, 1, 'needs analysis', 1, 'remodel', '6.2', 'why', '', '2022-06-13 12:00:00');
INSERT INTO stagechange (id, cycle_id, from_stage, to_stage, "on", reason, verdict_id) VALUES
  (1, 1, 'needs analysis', 'recommission', '2022-06-13', 'why', 1);
INSERT INTO agendaitem (id, meeting_id, cycle_id, stage, title, state, why) VALUES
  (1, 1, 1, 'needs analysis', 'A service: direction', 'decided', '');
INSERT INTO paper (id, agenda_item_id, title, content, drafted_on) VALUES
  (1, 1, 'A paper', '{}', '2022-05-01')
"""


def test_a_record_of_the_first_revision_keeps_everything_in_the_second(empty_database: str) -> None:
    migrate(empty_database, "0001")
    with engine(empty_database).connect().execution_options(write=True) as connection:
        for statement in BEFORE.split(";"):
            connection.exec_driver_sql(statement)
        connection.commit()
    migrate(empty_database)
    with unit_of_work(empty_database) as session:
        stands = session.exec(select(cycles.Cycle).order_by(sa.text("id"))).all()
        assert [(one.visit, one.opened, one.version) for one in stands] == [(1, 1, 2), (1, 0, 2), (1, 0, 1)]
        assert [one.direction for one in stands] == [Verdict.RECOMMISSION, Verdict.REMODEL, None]
        day = date(2022, 6, 13)
        for said in session.exec(select(cycles.VerdictRecord)):
            assert (said.on, said.effective_on, said.meeting_id, said.lapsed) == (day, day, 1, "")
        [item] = session.exec(select(agenda.AgendaItem)).all()
        assert (item.kind, item.key) == (agenda.ItemKind.GATE, "gate 1 needs analysis")
        [paper] = session.exec(select(papers.Paper)).all()
        assert (paper.agenda_item_id, paper.seen) == (1, "")
        [change] = session.exec(select(cycles.StageChange)).all()
        assert change.verdict_id == 1
        stands[0].direction = Verdict.END_EARLY  # a value that only the second revision knows
        session.add(stands[0])
    with engine(empty_database).connect() as connection:
        pointing = {key for table in SQLModel.metadata.sorted_tables for key in table.foreign_keys}
        made = sum(len(sa.inspect(connection).get_foreign_keys(name)) for name in SQLModel.metadata.tables)
        assert made == len(pointing)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_row_that_would_point_to_nothing_is_refused_after_the_migration_too(empty_database: str) -> None:
    migrate(empty_database, "0001")
    migrate(empty_database)
    orphan = "INSERT INTO lot (contract_id, name) VALUES (99, 'north')"
    with engine(empty_database).connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text(orphan))
