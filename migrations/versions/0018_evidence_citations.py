"""Evidence once, used many times."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TABLES = ("evidence_citation",)

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
        "evidence_citation",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=True),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("data_point_id", sa.Uuid(), nullable=True),
        sa.Column("use_id", sa.Uuid(), nullable=True),
        sa.Column("indicator_feedback_id", sa.Uuid(), nullable=True),
        sa.Column("frozen_text", sa.Text(), nullable=True),
        sa.Column("observation_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("observer_id", sa.Uuid(), nullable=False),
        sa.Column("observer_kind", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("evaluative", sa.Boolean(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "observer_kind in ('school_leader', 'lead', 'peer')",
            name=op.f("ck_evidence_citation_observer_kind"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(goal_id, cycle_id, data_point_id, use_id, indicator_feedback_id) = 1",
            name=op.f("ck_evidence_citation_one_record"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_evidence_citation_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_evidence_citation_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "data_point_id"],
            ["cycle_data_point.district_id", "cycle_data_point.id"],
            name=op.f("fk_evidence_citation_district_id_data_point_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_evidence_citation_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_feedback_id"],
            ["indicator_feedback.district_id", "indicator_feedback.id"],
            name=op.f("fk_evidence_citation_district_id_indicator_feedback_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "item_id"],
            ["evidence_item.district_id", "evidence_item.id"],
            name=op.f("fk_evidence_citation_district_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observation_id"],
            ["observation.district_id", "observation.id"],
            name=op.f("fk_evidence_citation_district_id_observation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observer_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_evidence_citation_district_id_observer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_evidence_citation_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_evidence_citation_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "use_id"],
            ["cycle_use.district_id", "cycle_use.id"],
            name=op.f("fk_evidence_citation_district_id_use_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_evidence_citation_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_evidence_citation")),
    )
    op.create_index(
        "ix_evidence_citation_cycle", "evidence_citation", ["district_id", "cycle_id"], unique=False
    )
    op.create_index(
        "ix_evidence_citation_feedback",
        "evidence_citation",
        ["district_id", "indicator_feedback_id"],
        unique=False,
    )
    op.create_index(
        "ix_evidence_citation_goal", "evidence_citation", ["district_id", "goal_id"], unique=False
    )
    op.create_index(
        "ix_evidence_citation_item", "evidence_citation", ["district_id", "item_id"], unique=False
    )
    op.create_index(
        "uq_evidence_citation",
        "evidence_citation",
        [
            "district_id",
            "item_id",
            "goal_id",
            "cycle_id",
            "data_point_id",
            "use_id",
            "indicator_feedback_id",
        ],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_index(
        "uq_evidence_citation", table_name="evidence_citation", postgresql_nulls_not_distinct=True
    )
    op.drop_index("ix_evidence_citation_item", table_name="evidence_citation")
    op.drop_index("ix_evidence_citation_goal", table_name="evidence_citation")
    op.drop_index("ix_evidence_citation_feedback", table_name="evidence_citation")
    op.drop_index("ix_evidence_citation_cycle", table_name="evidence_citation")
    op.drop_table("evidence_citation")
