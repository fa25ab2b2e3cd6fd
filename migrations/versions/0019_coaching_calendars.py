"""The calendar of a teacher's coaching cycle."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TABLES = (
    "coaching_calendar",
    "calendar_entry",
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
        "coaching_calendar",
        sa.Column("school_year_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("relationship_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('active', 'ended')", name=op.f("ck_coaching_calendar_state")),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_coaching_calendar_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_coaching_calendar_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_coaching_calendar_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_coaching_calendar_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_coaching_calendar_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_year_id"],
            ["school_year.district_id", "school_year.id"],
            name=op.f("fk_coaching_calendar_district_id_school_year_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_coaching_calendar_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "template_id"],
            ["template.district_id", "template.id"],
            name=op.f("fk_coaching_calendar_district_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_coaching_calendar_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_coaching_calendar")),
    )
    op.create_index(
        "ix_coaching_calendar_lead",
        "coaching_calendar",
        ["district_id", "lead_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_coaching_calendar_teacher",
        "coaching_calendar",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_coaching_calendar_active",
        "coaching_calendar",
        ["district_id", "relationship_id"],
        unique=True,
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_table(
        "calendar_entry",
        sa.Column("calendar_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('one_on_one', 'observation', 'coaching_visit', 'feedback', 'team_time', 'learning', 'reflection')",
            name=op.f("ck_calendar_entry_kind"),
        ),
        sa.CheckConstraint(
            "state in ('planned', 'done', 'skipped')", name=op.f("ck_calendar_entry_state")
        ),
        sa.CheckConstraint('"on" <= until_on', name=op.f("ck_calendar_entry_in_order")),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_calendar_entry_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "calendar_id"],
            ["coaching_calendar.district_id", "coaching_calendar.id"],
            name=op.f("fk_calendar_entry_district_id_calendar_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_calendar_entry_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_calendar_entry_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_calendar_entry_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_calendar_entry_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_calendar_entry")),
    )
    op.create_index(
        "ix_calendar_entry_calendar",
        "calendar_entry",
        ["district_id", "calendar_id", "on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_calendar_entry_teacher",
        "calendar_entry",
        ["district_id", "teacher_id", "on", "id"],
        unique=False,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_index("ix_calendar_entry_teacher", table_name="calendar_entry")
    op.drop_index("ix_calendar_entry_calendar", table_name="calendar_entry")
    op.drop_table("calendar_entry")
    op.drop_index(
        "uq_coaching_calendar_active",
        table_name="coaching_calendar",
        postgresql_where=sa.text("state = 'active'"),
    )
    op.drop_index("ix_coaching_calendar_teacher", table_name="coaching_calendar")
    op.drop_index("ix_coaching_calendar_lead", table_name="coaching_calendar")
    op.drop_table("coaching_calendar")
