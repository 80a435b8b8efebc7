"""Alerts: answers, escalation, preferences, absences, ladders and owners of a contract's own"""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ALERT_STATES = ("open", "taken", "snoozed", "collapsed", "superseded", "closed")
STREAMS = ("decide by", "ends on")
MODES = ("at once", "daily", "weekly", "off")
ACTIONS = ("taken", "snoozed", "passed", "done")
PURPOSES = ("alert", "correction", "hand-over", "digest", "escalation", "reminder", "passed")
DELIVERIES = (
    "queued", "sending", "accepted", "delivered", "bounced", "retry", "uncertain", "dead", "cancelled",
)  # fmt: skip


def one_of(table: str, column: str, values: Iterable[str]) -> sa.CheckConstraint:
    """The constraint that holds a column to its values."""
    return sa.CheckConstraint(sa.column(column).in_(list(values)), name=op.f(f"ck_{table}_{column}"))


def foreign(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    """A foreign key to another table's `id`, named by the convention."""
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def choice(column: str) -> sa.Column[str]:
    """A column of an enumeration."""
    return sa.Column(column, sa.String(40), nullable=False)


def upgrade() -> None:
    """Forward; the record is never migrated backwards."""
    _alert()
    _notification()
    _of_a_contract()
    _of_a_post()
    op.create_table(
        "acknowledgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.String(), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=True),
        sa.Column("alert_ids", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        choice("action"),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        foreign("acknowledgement", "notification_id", "notification"),
        foreign("acknowledgement", "person_id", "person"),
        foreign("acknowledgement", "to_id", "person"),
        one_of("acknowledgement", "action", ACTIONS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement")),
        sa.UniqueConstraint("token_id", name=op.f("uq_acknowledgement_token_id")),
    )
    op.create_index(op.f("ix_acknowledgement_notification_id"), "acknowledgement", ["notification_id"])
    op.create_table(
        "digestentry",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        foreign("digestentry", "person_id", "person"),
        foreign("digestentry", "alert_id", "alert"),
        sa.PrimaryKeyConstraint("person_id", "alert_id", name=op.f("pk_digestentry")),
    )
    op.create_index(op.f("ix_digestentry_due_on"), "digestentry", ["due_on"])


def _alert() -> None:
    for column in (
        sa.Column("stream", sa.String(40), nullable=True),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("policy_snapshot", sa.JSON(), nullable=True),
    ):
        op.add_column("alert", column)
    # The streams of the policy shipped with this revision; only the wording of old alerts hangs on them.
    op.execute("""
        UPDATE alert SET policy_snapshot = '{}',
          holder_id = (SELECT contract.owner_id FROM milestone JOIN contract ON contract.id = milestone.contract_id
                       WHERE milestone.id = alert.milestone_id),
          stream = (SELECT CASE WHEN milestone.kind IN ('contract end', 'new service start')
                                THEN 'ends on' ELSE 'decide by' END
                    FROM milestone WHERE milestone.id = alert.milestone_id)
    """)
    with op.batch_alter_table("alert") as batch:
        for name in ("stream", "holder_id", "policy_snapshot"):
            batch.alter_column(name, nullable=False)
        batch.add_column(sa.Column("escalated", sa.Integer(), nullable=False, server_default="0"))
        for name in ("next_escalation_on", "snoozed_until", "next_step_by"):
            batch.add_column(sa.Column(name, sa.Date(), nullable=True))
        batch.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        for name in ("holder_id", "answered_by_id"):
            batch.create_foreign_key(op.f(f"fk_alert_{name}_person"), "person", [name], ["id"])
        batch.create_index("ix_alert_holder", ["holder_id", "state"])
        batch.create_index(op.f("ix_alert_next_escalation_on"), ["next_escalation_on"])
        batch.create_check_constraint(op.f("ck_alert_stream"), sa.column("stream").in_(list(STREAMS)))
        _hold_to(batch, "alert", "state", ALERT_STATES)


def _hold_to(batch: BatchOperations, table: str, column: str, values: tuple[str, ...]) -> None:
    batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
    batch.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(list(values)))


def _notification() -> None:
    with op.batch_alter_table("notification") as batch:
        _hold_to(batch, "notification", "purpose", PURPOSES)
        _hold_to(batch, "notification", "state", DELIVERIES)


def _of_a_contract() -> None:
    op.create_table(
        "ladderoverride",
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("milestone", sa.String(), nullable=False),
        sa.Column("rungs", sa.String(), nullable=False),
        sa.Column("overdue_every", sa.Integer(), nullable=False),
        foreign("ladderoverride", "contract_id", "contract"),
        sa.PrimaryKeyConstraint("contract_id", "milestone", name=op.f("pk_ladderoverride")),
    )
    op.create_table(
        "streamowner",
        sa.Column("contract_id", sa.Integer(), nullable=False),
        choice("stream"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        foreign("streamowner", "contract_id", "contract"),
        foreign("streamowner", "person_id", "person"),
        one_of("streamowner", "stream", STREAMS),
        sa.PrimaryKeyConstraint("contract_id", "stream", name=op.f("pk_streamowner")),
    )


def _of_a_post() -> None:
    op.create_table(
        "preference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        choice("stream"),
        choice("mode"),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("working_days", sa.Boolean(), nullable=False),
        foreign("preference", "person_id", "person"),
        one_of("preference", "stream", STREAMS),
        one_of("preference", "mode", MODES),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preference")),
        sa.UniqueConstraint("person_id", "stream", name=op.f("uq_preference_person_id")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        sa.Column("handed_over_on", sa.Date(), nullable=True),
        foreign("absence", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_person_id"), "absence", ["person_id"])
    op.create_table(
        "feedtoken",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        foreign("feedtoken", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedtoken")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feedtoken_token_hash")),
    )
