"""Where a page of a roster pull came from: Links that lead in a circle are noticed at once."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("roster_pull_page", sa.Column("address", sa.Text()))


def downgrade() -> None:
    op.drop_column("roster_pull_page", "address")
