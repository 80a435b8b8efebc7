"""The record"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; the record is never migrated backwards."""
    op.create_table(
        "auditevent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auditevent")),
        sa.UniqueConstraint("previous", name=op.f("uq_auditevent_previous")),
    )
    op.create_table(
        "fact",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_fact")),
    )
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("venue", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("on", name=op.f("uq_meeting_on")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("deputy_id", sa.Integer(), nullable=True),
        sa.Column("manager_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name=op.f("fk_person_deputy_id_person")),
        sa.ForeignKeyConstraint(["manager_id"], ["person.id"], name=op.f("fk_person_manager_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("title", name=op.f("uq_person_title")),
    )
    op.create_table(
        "supplier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("company_number", sa.String(), nullable=True),
        sa.Column("sector", sa.String(), nullable=True),
        sa.Column("sme", sa.Boolean(), nullable=True),
        sa.Column("vcse", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        sa.UniqueConstraint("name", name=op.f("uq_supplier_name")),
    )
    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "block",
                "framework",
                "call-off",
                "approved provider list",
                "spot",
                "contract",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("predecessor_id", sa.Integer(), nullable=True),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("start_date", sa.String(), nullable=True),
        sa.Column("planned_end", sa.String(), nullable=True),
        sa.Column("forecast_end", sa.String(), nullable=True),
        sa.Column("actual_end", sa.Date(), nullable=True),
        sa.Column("successor_start", sa.String(), nullable=True),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("last_review", sa.Date(), nullable=True),
        sa.Column("notice_months", sa.Integer(), nullable=True),
        sa.Column("regime", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_contract_owner_id_person")),
        sa.ForeignKeyConstraint(["parent_id"], ["contract.id"], name=op.f("fk_contract_parent_id_contract")),
        sa.ForeignKeyConstraint(
            ["predecessor_id"], ["contract.id"], name=op.f("fk_contract_predecessor_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("reference", name=op.f("uq_contract_reference")),
    )
    with op.batch_alter_table("contract", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contract_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contract_predecessor_id"), ["predecessor_id"], unique=False)

    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("alert", "correction", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("written_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "accepted",
                "retry",
                "uncertain",
                "dead",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notification_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notification_dedupe_key")),
    )
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.create_index("ix_notification_due", ["state", "not_before"], unique=False)
        batch_op.create_index(batch_op.f("ix_notification_person_id"), ["person_id"], unique=False)

    op.create_table(
        "pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("compiled_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_pack_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack")),
        sa.UniqueConstraint("meeting_id", "sha256", name=op.f("uq_pack_meeting_id")),
    )
    op.create_table(
        "annualvalue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("financial_year", sa.String(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_annualvalue_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_annualvalue_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annualvalue")),
        sa.UniqueConstraint(
            "contract_id", "supplier_id", "financial_year", name=op.f("uq_annualvalue_contract_id")
        ),
    )
    with op.batch_alter_table("annualvalue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_annualvalue_financial_year"), ["financial_year"], unique=False)
        batch_op.create_index(batch_op.f("ix_annualvalue_supplier_id"), ["supplier_id"], unique=False)

    op.create_table(
        "contractsupplier",
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_contractsupplier_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_contractsupplier_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("contract_id", "supplier_id", name=op.f("pk_contractsupplier")),
    )
    with op.batch_alter_table("contractsupplier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contractsupplier_supplier_id"), ["supplier_id"], unique=False)

    op.create_table(
        "cycle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "review",
                "needs analysis",
                "remodel",
                "recommission",
                "procurement",
                "mobilisation",
                "decommission",
                "closed",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("stage_since", sa.Date(), nullable=False),
        sa.Column(
            "opened",
            sa.Enum(
                "review",
                "needs analysis",
                "remodel",
                "recommission",
                "procurement",
                "mobilisation",
                "decommission",
                "closed",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum(
                "continue",
                "extend",
                "start review",
                "remodel",
                "recommission",
                "decommission",
                "approve",
                "award",
                "abandon",
                "defer",
                "refer back",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["contract_id"], ["contract.id"], name=op.f("fk_cycle_contract_id_contract")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle")),
        sa.UniqueConstraint("contract_id", name=op.f("uq_cycle_contract_id")),
    )
    with op.batch_alter_table("cycle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cycle_stage"), ["stage"], unique=False)

    op.create_table(
        "deliveryattempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notification_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name=op.f("fk_deliveryattempt_notification_id_notification"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveryattempt")),
        sa.UniqueConstraint("notification_id", "n", name=op.f("uq_deliveryattempt_notification_id")),
    )
    op.create_table(
        "extensionoption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("taken_up_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_extensionoption_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensionoption")),
        sa.UniqueConstraint("contract_id", "position", name=op.f("uq_extensionoption_contract_id")),
    )
    op.create_table(
        "jointauthority",
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_jointauthority_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("contract_id", "name", name=op.f("pk_jointauthority")),
    )
    op.create_table(
        "milestone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("gate", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("earliest", sa.Date(), nullable=False),
        sa.Column("latest", sa.Date(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("moved_because", sa.String(), nullable=False),
        sa.Column("next_alert_on", sa.Date(), nullable=True),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_milestone_contract_id_contract")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("contract_id", "kind", "gate", name=op.f("uq_milestone_contract_id")),
    )
    with op.batch_alter_table("milestone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_milestone_next_alert_on"), ["next_alert_on"], unique=False)

    op.create_table(
        "agendaitem",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "review",
                "needs analysis",
                "remodel",
                "recommission",
                "procurement",
                "mobilisation",
                "decommission",
                "closed",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "expected",
                "tabled",
                "decided",
                "carried over",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_agendaitem_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_agendaitem_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agendaitem")),
        sa.UniqueConstraint("meeting_id", "cycle_id", "stage", name=op.f("uq_agendaitem_meeting_id")),
    )
    with op.batch_alter_table("agendaitem", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agendaitem_cycle_id"), ["cycle_id"], unique=False)

    op.create_table(
        "alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=False),
        sa.Column("milestone_revision", sa.Integer(), nullable=False),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("fire_on", sa.Date(), nullable=False),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "collapsed",
                "superseded",
                "closed",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"], ["milestone.id"], name=op.f("fk_alert_milestone_id_milestone")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "milestone_id", "milestone_revision", "rung", "occurrence", name=op.f("uq_alert_milestone_id")
        ),
    )
    op.create_table(
        "verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "review",
                "needs analysis",
                "remodel",
                "recommission",
                "procurement",
                "mobilisation",
                "decommission",
                "closed",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("cycle_version", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "continue",
                "extend",
                "start review",
                "remodel",
                "recommission",
                "decommission",
                "approve",
                "award",
                "abandon",
                "defer",
                "refer back",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("minute", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("conditions", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_verdict_cycle_id_cycle")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_verdict_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdict")),
        sa.UniqueConstraint("cycle_id", "stage", "cycle_version", name=op.f("uq_verdict_cycle_id")),
    )
    with op.batch_alter_table("verdict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verdict_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "notificationalert",
        sa.Column("notification_id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_notificationalert_alert_id_alert")),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name=op.f("fk_notificationalert_notification_id_notification"),
        ),
        sa.PrimaryKeyConstraint("notification_id", "alert_id", name=op.f("pk_notificationalert")),
    )
    with op.batch_alter_table("notificationalert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notificationalert_alert_id"), ["alert_id"], unique=False)

    op.create_table(
        "paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agenda_item_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("drafted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agenda_item_id"], ["agendaitem.id"], name=op.f("fk_paper_agenda_item_id_agendaitem")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        sa.UniqueConstraint("agenda_item_id", name=op.f("uq_paper_agenda_item_id")),
    )
    op.create_table(
        "stagechange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column(
            "from_stage",
            sa.Enum(
                "review",
                "needs analysis",
                "remodel",
                "recommission",
                "procurement",
                "mobilisation",
                "decommission",
                "closed",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_stage",
            sa.Enum(
                "review",
                "needs analysis",
                "remodel",
                "recommission",
                "procurement",
                "mobilisation",
                "decommission",
                "closed",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("verdict_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.id"], name=op.f("fk_stagechange_cycle_id_cycle")),
        sa.ForeignKeyConstraint(
            ["verdict_id"], ["verdict.id"], name=op.f("fk_stagechange_verdict_id_verdict")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stagechange")),
        sa.UniqueConstraint("verdict_id", name=op.f("uq_stagechange_verdict_id")),
    )
    with op.batch_alter_table("stagechange", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stagechange_cycle_id"), ["cycle_id"], unique=False)
