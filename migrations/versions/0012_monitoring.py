"""Monitoring: a closing of a goal names the evidence it rests on."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

#: as in 0001: with `(select …)` the setting is read once a statement; unset shows no row
_POLICY = (
    "alter table {table} enable row level security",
    "alter table {table} force row level security",
    """create policy district_only on {table}
    using (district_id = (select nullif(current_setting('app.district', true), '')::uuid))
    with check (district_id = (select nullif(current_setting('app.district', true), '')::uuid))""",
)


def upgrade() -> None:
    op.create_table(
        "closing_evidence",
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=True),
        sa.Column("progress_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(comment_id is null) <> (progress_id is null)",
            name=op.f("ck_closing_evidence_one_of_two"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "revision_id"],
            ["goal_revision.district_id", "goal_revision.id"],
            name=op.f("fk_closing_evidence_district_id_revision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "comment_id"],
            ["goal_comment.district_id", "goal_comment.id"],
            name=op.f("fk_closing_evidence_district_id_comment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "progress_id"],
            ["goal_progress.district_id", "goal_progress.id"],
            name=op.f("fk_closing_evidence_district_id_progress_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_closing_evidence_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_closing_evidence")),
    )
    op.create_index(
        "uq_closing_evidence",
        "closing_evidence",
        ["district_id", "revision_id", "comment_id", "progress_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "ix_closing_evidence_comment", "closing_evidence", ["district_id", "comment_id"]
    )
    op.create_index(
        "ix_closing_evidence_progress", "closing_evidence", ["district_id", "progress_id"]
    )
    for statement in _POLICY:
        op.execute(statement.format(table="closing_evidence"))


def downgrade() -> None:
    op.drop_index("ix_closing_evidence_progress", table_name="closing_evidence")
    op.drop_index("ix_closing_evidence_comment", table_name="closing_evidence")
    op.drop_index(
        "uq_closing_evidence", table_name="closing_evidence", postgresql_nulls_not_distinct=True
    )
    op.drop_table("closing_evidence")
