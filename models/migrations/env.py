"""Alembic's entry: run by `models.session.migrate`, or by the `alembic` command for a new revision."""

from alembic import context
from sqlmodel import SQLModel

from models import (  # noqa: F401 - tables register
    agenda,
    alerts,
    annual,
    audit,
    business,
    contracts,
    cycles,
    facts,
    imports,
    meetings,
    papers,
    people,
    session,
)

with context.config.attributes["engine"].connect().execution_options(write=True) as connection:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:  # a table is rebuilt by dropping it, which would take the rows that point to it for orphans
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()
    if sqlite and (orphans := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
        raise RuntimeError(f"the migration would leave rows that point to nothing: {orphans[:5]}")
    connection.commit()
    if sqlite:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")
