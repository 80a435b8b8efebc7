"""Alembic's entry: run by `models.session.migrate`, or by the `alembic` command for a new revision."""

from alembic import context
from sqlmodel import SQLModel

from models import alerts, audit, contracts, cycles, facts, meetings, people, session  # noqa: F401 - tables register

with context.config.attributes["engine"].connect().execution_options(write=True) as connection:
    context.configure(
        connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
