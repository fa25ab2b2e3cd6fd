"""Systems and resources for SLO and growth-plan data, and who gets in and understands."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = ("goal_system", "system_confirmation")

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
        "goal_system",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("serves", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("for_teachers", sa.Boolean(), nullable=False),
        sa.Column("for_leads", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("help", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("required_from", sa.Date(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('system', 'document', 'training')", name=op.f("ck_goal_system_kind")
        ),
        sa.CheckConstraint(
            "serves in ('slo', 'growth_plan', 'both')", name=op.f("ck_goal_system_serves")
        ),
        sa.CheckConstraint("state in ('active', 'retired')", name=op.f("ck_goal_system_state")),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_goal_system_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_system_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_system_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_system")),
    )
    op.create_index(
        "ix_goal_system_school", "goal_system", ["district_id", "school_id", "id"], unique=False
    )
    op.create_table(
        "system_confirmation",
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("has_access", sa.Text(), nullable=False),
        sa.Column("understands", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "has_access in ('yes', 'no')", name=op.f("ck_system_confirmation_has_access")
        ),
        sa.CheckConstraint(
            "understands in ('yes', 'partly', 'no')",
            name=op.f("ck_system_confirmation_understands"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "system_id"],
            ["goal_system.district_id", "goal_system.id"],
            name=op.f("fk_system_confirmation_district_id_system_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_system_confirmation_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_system_confirmation_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_system_confirmation_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_system_confirmation")),
    )
    op.create_index(
        "uq_system_confirmation_person",
        "system_confirmation",
        ["district_id", "person_id", "system_id"],
        unique=True,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
