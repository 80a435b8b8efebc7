"""The annual reports as published; what each supplier provides, and whether it is for children in care"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; the record is never migrated backwards."""
    op.create_table(
        "annualreport",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.String(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("as_at", sa.Date(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("pdf_path", sa.String(), nullable=False),
        sa.Column("pdf_sha256", sa.String(), nullable=False),
        sa.Column("docx_path", sa.String(), nullable=False),
        sa.Column("docx_sha256", sa.String(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annualreport")),
        sa.UniqueConstraint("year", "edition", name=op.f("uq_annualreport_year")),
    )
    op.add_column("supplier", sa.Column("service", sa.String(), nullable=True))
    op.add_column("supplier", sa.Column("children_in_care", sa.Boolean(), nullable=True))
