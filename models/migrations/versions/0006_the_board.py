"""The Board: members, an agenda of more than gates, exemptions, attachments, business, minutes, superseding"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ROLES = ("chair", "member", "adviser")
KINDS = (
    "gate", "urgent decision", "stage report", "contract reviews", "exception report", "business case",
    "decision of the senior leadership team", "contracts nobody answers for", "actions", "standing item",
    "other business",
)  # fmt: skip
PURPOSES = ("decision", "information")
ITEM_STATES = ("tabled", "decided", "carried over", "dropped")
ITEM_VERDICTS = ("note", "approve", "recommend to SLT", "refuse", "defer", "refer back")
EDITIONS = ("open", "exempt")
SEVERITIES = ("low", "medium", "high", "critical")
CASE_STATES = ("submitted", "recommended", "approved", "refused", "withdrawn")
MESSAGES = ("alert", "correction", "hand-over", "digest", "escalation", "reminder", "passed", "Board")


def upgrade() -> None:
    """Forward; the record is never migrated backwards."""
    _business()
    _agenda()
    _meeting()
    _papers()
    op.add_column("verdict", sa.Column("options_rejected", sa.String(), nullable=False, server_default=""))
    op.add_column("verdict", sa.Column("undo", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("verdict") as batch:
        batch.add_column(sa.Column("supersedes_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_verdict_supersedes_id_verdict"), "verdict", ["supersedes_id"], ["id"]
        )
        batch.create_unique_constraint(op.f("uq_verdict_supersedes_id"), ["supersedes_id"])
    with op.batch_alter_table("stagechange") as batch:
        batch.drop_constraint(op.f("uq_stagechange_verdict_id"), type_="unique")
        batch.create_unique_constraint(op.f("uq_stagechange_verdict_id"), ["verdict_id", "from_stage"])
    with op.batch_alter_table("notification") as batch:
        _hold_to(batch, "notification", "purpose", MESSAGES)


def _table(
    name: str,
    *columns: sa.Column[Any] | sa.CheckConstraint,
    unique: Iterable[Iterable[str]] = (),
    **foreign: str,
) -> None:
    """A table with a key of its own; `foreign` names the table that a column points to."""
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        *columns,
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{name}_{column}_{to}"))
            for column, to in foreign.items()
        ),
        *(
            sa.UniqueConstraint(*columns, name=op.f(f"uq_{name}_{next(iter(columns))}"))
            for columns in map(tuple, unique)
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _day(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _key(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _money(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric(14, 2), nullable=False)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _choice(name: str, values: Iterable[str], table: str) -> tuple[sa.Column[Any], sa.CheckConstraint]:
    check = sa.CheckConstraint(sa.column(name).in_(list(values)), name=op.f(f"ck_{table}_{name}"))
    return sa.Column(name, sa.String(40), nullable=False), check


def _hold_to(batch: BatchOperations, table: str, column: str, values: Iterable[str]) -> None:
    batch.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
    batch.create_check_constraint(op.f(f"ck_{table}_{column}"), sa.column(column).in_(list(values)))


def _business() -> None:
    _table(
        "exceptionreport", _text("reference"), _key("contract_id"), _text("trigger"),
        *_choice("severity", SEVERITIES, "exceptionreport"), _flag("safeguarding"), _text("what"), _text("action"),
        _day("due_on", nullable=True), _key("raised_by_id"), _day("raised_on"), _day("closed_on", nullable=True),
        _text("closed_because"), unique=[["reference"]], contract_id="contract", raised_by_id="person",
    )  # fmt: skip
    op.create_index(op.f("ix_exceptionreport_contract_id"), "exceptionreport", ["contract_id"])
    _table(
        "businesscase", _text("reference"), _text("title"), _key("contract_id", nullable=True), _key("author_id"),
        _key("benefits_owner_id", nullable=True), _text("what"), _money("baseline"), _money("investment"),
        _money("saving"), _flag("permanent"), _key("years", nullable=True), _text("funding"),
        *_choice("state", CASE_STATES, "businesscase"), _day("submitted_on"), _day("recommended_on", nullable=True),
        _day("slt_due_on", nullable=True), _day("slt_decided_on", nullable=True), _text("slt_minute"),
        unique=[["reference"]], contract_id="contract", author_id="person", benefits_owner_id="person",
    )  # fmt: skip


def _agenda() -> None:
    op.add_column("agendaitem", sa.Column("key", sa.String(), nullable=False, server_default=""))
    op.add_column("agendaitem", sa.Column("kind", sa.String(40), nullable=False, server_default="gate"))
    op.execute("UPDATE agendaitem SET kind = 'urgent decision' WHERE purpose <> 'decision'")
    op.execute("UPDATE agendaitem SET key = kind || ' ' || cycle_id || ' ' || stage")
    with op.batch_alter_table("agendaitem") as batch:
        batch.drop_constraint(op.f("ck_agendaitem_purpose"), type_="check")
        batch.drop_constraint(op.f("uq_agendaitem_meeting_id"), type_="unique")
        batch.create_unique_constraint(op.f("uq_agendaitem_meeting_id"), ["meeting_id", "key"])
        batch.alter_column("cycle_id", existing_type=sa.Integer(), nullable=True)
        batch.alter_column("stage", existing_type=sa.String(40), nullable=True)
        batch.create_check_constraint(op.f("ck_agendaitem_kind"), sa.column("kind").in_(list(KINDS)))
        batch.drop_constraint(op.f("ck_agendaitem_state"), type_="check")
        batch.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
        for name, to in (
            ("exception_id", "exceptionreport"), ("case_id", "businesscase"), ("presenter_id", "person")
        ):  # fmt: skip
            batch.add_column(sa.Column(name, sa.Integer(), nullable=True))
            batch.create_foreign_key(op.f(f"fk_agendaitem_{name}_{to}"), to, [name], ["id"])
        for name in ("added_by", "dropped_because"):
            batch.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.execute("UPDATE agendaitem SET state = 'tabled' WHERE state = 'expected'")
    op.execute("UPDATE agendaitem SET purpose = 'information' WHERE purpose <> 'decision'")
    with op.batch_alter_table("agendaitem") as batch:
        for name, values in (("state", ITEM_STATES), ("purpose", PURPOSES)):
            batch.create_check_constraint(op.f(f"ck_agendaitem_{name}"), sa.column(name).in_(list(values)))
    _table(
        "exemptpart", _key("item_id"), _text("part"), _key("paragraph", nullable=True), _text("public_interest"),
        unique=[["item_id", "part"]], item_id="agendaitem",
    )  # fmt: skip
    _table(
        "itemdecision", _key("item_id"), *_choice("verdict", ITEM_VERDICTS, "itemdecision"), _text("minute"),
        _text("reason"), _text("options_rejected"), _text("conditions"), _key("moved_by_id", nullable=True),
        _key("supersedes_id", nullable=True), _moment("recorded_at"), unique=[["supersedes_id"]],
        item_id="agendaitem", moved_by_id="person", supersedes_id="itemdecision",
    )  # fmt: skip
    op.create_index(op.f("ix_itemdecision_item_id"), "itemdecision", ["item_id"])
    _table(
        "boardaction", _text("reference"), _key("meeting_id"), _key("item_id", nullable=True),
        _key("contract_id", nullable=True), _text("what"), _key("owner_id"), _day("due_on"),
        _day("done_on", nullable=True), _text("evidence"), _text("cancelled_because"), unique=[["reference"]],
        meeting_id="meeting", item_id="agendaitem", contract_id="contract", owner_id="person",
    )  # fmt: skip
    op.create_index(op.f("ix_boardaction_meeting_id"), "boardaction", ["meeting_id"])
    op.create_table(
        "boardchase", _text("key"), _day("on"), sa.PrimaryKeyConstraint("key", name=op.f("pk_boardchase"))
    )


def _meeting() -> None:
    _table(
        "membership", _key("person_id"), _text("division"), *_choice("role", ROLES, "membership"), _day("first"),
        _day("last", nullable=True), _key("substitute_id", nullable=True), unique=[["person_id", "first"]],
        person_id="person", substitute_id="person",
    )  # fmt: skip
    with op.batch_alter_table("attendance") as batch:
        batch.add_column(sa.Column("for_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_attendance_for_id_person"), "person", ["for_id"], ["id"])
    _table(
        "minutes", _key("meeting_id"), _json("content"), _day("drafted_on"), _key("approved_at_id", nullable=True),
        _day("approved_on", nullable=True), _text("sha256"), unique=[["meeting_id"]], meeting_id="meeting",
        approved_at_id="meeting",
    )  # fmt: skip


def _papers() -> None:
    op.add_column("paper", sa.Column("received_on", sa.Date(), nullable=True))
    op.add_column("paper", sa.Column("received_from", sa.String(), nullable=False, server_default=""))
    _table(
        "paperversion", _key("paper_id"), _key("number"), _json("content"), _json("removed"), _text("by"),
        _moment("at"), unique=[["paper_id", "number"]], paper_id="paper",
    )  # fmt: skip
    _table(
        "paperattachment", _key("item_id"), _text("title"), _text("path"), _text("sha256"), _key("pages"),
        _json("cleaned"), _json("findings"), _text("added_by"), _day("added_on"), _text("removed_because"),
        item_id="agendaitem",
    )  # fmt: skip
    op.create_index(op.f("ix_paperattachment_item_id"), "paperattachment", ["item_id"])
    with op.batch_alter_table("pack") as batch:
        batch.add_column(sa.Column("edition", sa.String(40), nullable=False, server_default="open"))
        for name, default in (("number", "0"), ("first_page", "1")):
            batch.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default=default))
        for name, default in (("manifest", "{}"), ("warnings", "[]")):
            batch.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default=default))
        batch.add_column(sa.Column("urgency", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_check_constraint(op.f("ck_pack_edition"), sa.column("edition").in_(list(EDITIONS)))
