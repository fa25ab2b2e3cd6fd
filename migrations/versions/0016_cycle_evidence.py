"""What a learning cycle rests on: data points, and adjustments in use."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TABLES = (
    "cycle_data_point",
    "cycle_use",
)

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
        "cycle_data_point",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("value", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("goal_id", sa.Uuid(), nullable=True),
        sa.Column("observation_id", sa.Uuid(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("teacher_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'quantitative') = (value is not null and unit is not null) and (kind = 'quantitative' or text is not null)",
            name=op.f("ck_cycle_data_point_number_or_words"),
        ),
        sa.CheckConstraint(
            "(level = 'team') = (teacher_id is null) and (level <> 'team' or team_id is not null)",
            name=op.f("ck_cycle_data_point_of_teacher_or_team"),
        ),
        sa.CheckConstraint(
            "kind in ('qualitative', 'quantitative')", name=op.f("ck_cycle_data_point_kind")
        ),
        sa.CheckConstraint(
            "level in ('individual', 'team')", name=op.f("ck_cycle_data_point_level")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_data_point_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_cycle_data_point_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_cycle_data_point_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_data_point_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observation_id"],
            ["observation.district_id", "observation.id"],
            name=op.f("fk_cycle_data_point_district_id_observation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_cycle_data_point_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_data_point_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_cycle_data_point_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_cycle_data_point_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_cycle_data_point")),
    )
    op.create_index(
        "ix_cycle_data_point_cycle",
        "cycle_data_point",
        ["district_id", "cycle_id", "id"],
        unique=False,
    )
    op.create_table(
        "cycle_use",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("adjustment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("observation_id", sa.Uuid(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("teacher_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'observation') = (observation_id is not null)",
            name=op.f("ck_cycle_use_observation_named"),
        ),
        sa.CheckConstraint(
            "(level = 'team') = (teacher_id is null) and (level <> 'team' or team_id is not null)",
            name=op.f("ck_cycle_use_of_teacher_or_team"),
        ),
        sa.CheckConstraint(
            "kind in ('observation', 'video', 'tracker')", name=op.f("ck_cycle_use_kind")
        ),
        sa.CheckConstraint("level = 'individual'", name=op.f("ck_cycle_use_somebodys_own")),
        sa.CheckConstraint("level in ('individual', 'team')", name=op.f("ck_cycle_use_level")),
        sa.ForeignKeyConstraint(
            ["district_id", "adjustment_id"],
            ["cycle_adjustment.district_id", "cycle_adjustment.id"],
            name=op.f("fk_cycle_use_district_id_adjustment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_use_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_cycle_use_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_use_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observation_id"],
            ["observation.district_id", "observation.id"],
            name=op.f("fk_cycle_use_district_id_observation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_cycle_use_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_use_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_cycle_use_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_cycle_use_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_cycle_use")),
    )
    op.create_index(
        "ix_cycle_use_adjustment", "cycle_use", ["district_id", "adjustment_id"], unique=False
    )
    op.create_index(
        "ix_cycle_use_cycle", "cycle_use", ["district_id", "cycle_id", "id"], unique=False
    )
    op.create_index(
        "ix_cycle_use_observation", "cycle_use", ["district_id", "observation_id"], unique=False
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_index("ix_cycle_use_observation", table_name="cycle_use")
    op.drop_index("ix_cycle_use_cycle", table_name="cycle_use")
    op.drop_index("ix_cycle_use_adjustment", table_name="cycle_use")
    op.drop_table("cycle_use")
    op.drop_index("ix_cycle_data_point_cycle", table_name="cycle_data_point")
    op.drop_table("cycle_data_point")
