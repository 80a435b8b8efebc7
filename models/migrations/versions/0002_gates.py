"""Gates: visits, checklists, partners, lots, attendance, urgent decisions"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VERDICTS = (
    "continue", "extend", "start review", "remodel", "recommission", "decommission", "approve", "award", "abandon",
    "defer", "refer back", "put back", "end early", "withdraw",
)  # fmt: skip
PURPOSES = ("decision", "report of an urgent decision")


def foreign(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    """A foreign key to another table's `id`, named by the convention."""
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    """Forward; the record is never migrated backwards."""
    _cycle()
    _verdict()
    _agenda()
    op.add_column("paper", sa.Column("seen", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("contract") as batch:
        batch.add_column(sa.Column("split_from_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_contract_split_from_id_contract"), "contract", ["split_from_id"], ["id"]
        )
        batch.create_index(op.f("ix_contract_split_from_id"), ["split_from_id"])
    op.create_table(
        "lot",
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        foreign("lot", "contract_id", "contract"),
        sa.PrimaryKeyConstraint("contract_id", "name", name=op.f("pk_lot")),
    )
    op.create_table(
        "attendance",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        foreign("attendance", "meeting_id", "meeting"),
        foreign("attendance", "person_id", "person"),
        sa.PrimaryKeyConstraint("meeting_id", "person_id", name=op.f("pk_attendance")),
    )
    op.create_table(
        "conflict",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("nature", sa.String(), nullable=False),
        foreign("conflict", "meeting_id", "meeting"),
        foreign("conflict", "person_id", "person"),
        foreign("conflict", "contract_id", "contract"),
        sa.PrimaryKeyConstraint("meeting_id", "person_id", "contract_id", name=op.f("pk_conflict")),
    )
    op.create_table(
        "checklistentry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(), nullable=False),
        foreign("checklistentry", "cycle_id", "cycle"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklistentry")),
    )
    standing = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "uq_checklistentry_standing", "checklistentry", ["cycle_id", "visit", "item"], unique=True,
        sqlite_where=standing, postgresql_where=standing,
    )  # fmt: skip
    op.create_table(
        "partnerdecision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("minute", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        foreign("partnerdecision", "cycle_id", "cycle"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnerdecision")),
        sa.UniqueConstraint("cycle_id", "visit", "authority", "on", name=op.f("uq_partnerdecision_cycle_id")),
    )


def _recheck(batch: BatchOperations, table: str, column: str, values: tuple[str, ...]) -> None:
    batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
    batch.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(list(values)))


def _cycle() -> None:
    for name, default in (("visit", "1"), ("was_opened", "0"), ("table_version", "1")):
        op.add_column("cycle", sa.Column(name, sa.Integer(), nullable=False, server_default=default))
    op.execute("UPDATE cycle SET was_opened = 1 WHERE opened = stage")
    with op.batch_alter_table("cycle") as batch:
        batch.drop_constraint(op.f("ck_cycle_opened"), type_="check")
        batch.drop_column("opened")
        _recheck(batch, "cycle", "direction", VERDICTS)
    with op.batch_alter_table("cycle") as batch:
        batch.alter_column("was_opened", new_column_name="opened")


def _verdict() -> None:
    op.add_column("verdict", sa.Column("on", sa.Date(), nullable=True))
    op.add_column("verdict", sa.Column("effective_on", sa.Date(), nullable=True))
    day = '(SELECT meeting."on" FROM meeting WHERE meeting.id = verdict.meeting_id)'
    op.execute(f'UPDATE verdict SET "on" = {day}, effective_on = {day}')  # noqa: S608 - no text of a user's
    with op.batch_alter_table("verdict") as batch:
        batch.alter_column("on", existing_type=sa.Date(), nullable=False)
        batch.alter_column("meeting_id", existing_type=sa.Integer(), nullable=True)
        batch.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        for name in ("moved_by_id", "urgent_by_id"):
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_verdict_{name}_person"), "person", [name], ["id"])
        for name in ("urgent_because", "despite", "channel", "lapsed"):
            batch.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        _recheck(batch, "verdict", "verdict", VERDICTS)


def _agenda() -> None:
    with op.batch_alter_table("agendaitem") as batch:
        batch.add_column(sa.Column("purpose", sa.String(40), nullable=False, server_default="decision"))
        batch.drop_constraint(op.f("uq_agendaitem_meeting_id"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_agendaitem_meeting_id"), ["meeting_id", "cycle_id", "stage", "purpose"]
        )
        batch.create_check_constraint(op.f("ck_agendaitem_purpose"), sa.column("purpose").in_(list(PURPOSES)))
