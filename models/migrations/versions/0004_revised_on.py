"""When a milestone's date was last set: a calendar event's own time"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward; the record is never migrated backwards."""
    op.add_column("milestone", sa.Column("revised_on", sa.Date(), nullable=True))
