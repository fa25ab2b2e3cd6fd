"""Webhooks: which message is next, and until when an endpoint waits, without looking at them all."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("paused_from", "paused_until"):
        op.add_column("webhook_endpoint", sa.Column(name, sa.DateTime(timezone=True)))
    op.execute(
        "-- squawk-ignore constraint-missing-not-valid\n"
        "alter table webhook_endpoint add constraint ck_webhook_endpoint_paused"
        " check ((paused_from is null) = (paused_until is null))"
    )
    op.execute(
        "-- squawk-ignore require-concurrent-index-creation\n"
        "create index ix_webhook_delivery_turn on webhook_delivery"
        " (district_id, endpoint_id, next_attempt_at, id) where state = 'waiting'"
    )


def downgrade() -> None:
    op.drop_index("ix_webhook_delivery_turn", table_name="webhook_delivery")
    op.drop_constraint("ck_webhook_endpoint_paused", "webhook_endpoint")
    for name in ("paused_until", "paused_from"):
        op.drop_column("webhook_endpoint", name)
