"""Why a contract needs no alert, and which post says so"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; the record is never migrated backwards."""
    op.create_table(
        "excuse",
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_excuse_contract_id_contract")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_excuse_by_id_person")),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_excuse")),
    )
