"""SLOs: the plan and end counts beside a goal, the history of its approval, what is seen on the way;
a goal says how far its approval is and who decides on a school leader's own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("slo", "slo_decision", "slo_monitoring")

#: as in 0001: with `(select …)` the setting is read once a statement; unset shows no row
_POLICY = (
    "alter table {table} enable row level security",
    "alter table {table} force row level security",
    """create policy district_only on {table}
    using (district_id = (select nullif(current_setting('app.district', true), '')::uuid))
    with check (district_id = (select nullif(current_setting('app.district', true), '')::uuid))""",
)

#: The columns are new, so every row there is fits, and one short look at the table is all that each of
#: these takes: the checks compare a default, the reference and the index are of rows with an approver
#: alone, of which there is none yet.
_CHECKS = {
    "fk_goal_district_id_approver_id": "foreign key (district_id, approver_id)"
    " references person (district_id, id)",
    "ck_goal_approval": "check (approval in ('none', 'submitted', 'returned', 'approved',"
    " 'end_submitted', 'end_returned', 'finalised'))",
    "ck_goal_finalised_when_closed": "check (approval <> 'finalised' or state = 'closed')",
}
_INDEX = """-- squawk-ignore require-concurrent-index-creation
    create index ix_goal_approver on goal (district_id, approver_id, id)
    where approver_id is not null"""


def upgrade() -> None:
    # A constant default is written into the catalogue alone; it stays because the program before
    # this one goes on adding rows while it is replaced.
    op.add_column("goal", sa.Column("approval", sa.Text(), nullable=False, server_default="none"))
    op.add_column("goal", sa.Column("approver_id", sa.Uuid()))
    for name, words in _CHECKS.items():
        op.execute(f"alter table goal add constraint {name} {words} not valid")
        op.execute(
            f"-- squawk-ignore constraint-missing-not-valid\n"
            f"alter table goal validate constraint {name}"
        )
    op.execute(_INDEX)
    op.create_table(
        "slo",
        sa.Column("class_section_id", sa.Uuid(), nullable=True),
        sa.Column("course_id", sa.Uuid(), nullable=True),
        sa.Column("course_title", sa.Text(), nullable=True),
        sa.Column("population", sa.Text(), nullable=True),
        sa.Column("students", sa.Integer(), nullable=True),
        sa.Column("levels", postgresql.JSONB(), nullable=False),
        sa.Column("baseline_sources", postgresql.JSONB(), nullable=False),
        sa.Column("baseline_counts", postgresql.JSONB(), nullable=True),
        sa.Column("end_criteria", postgresql.JSONB(), nullable=False),
        sa.Column("evidence_plan", sa.Text(), nullable=True),
        sa.Column("end_counts", postgresql.JSONB(), nullable=True),
        sa.Column("exclusions", postgresql.JSONB(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "class_section_id"],
            ["class_section.district_id", "class_section.id"],
            name=op.f("fk_slo_district_id_class_section_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "course_id"],
            ["course.district_id", "course.id"],
            name=op.f("fk_slo_district_id_course_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_slo_district_id_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["district.id"], name=op.f("fk_slo_district_id")),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_slo")),
    )
    op.create_table(
        "slo_decision",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(step in ('returned', 'end_returned', 'reopened')) = (reason is not null)",
            name=op.f("ck_slo_decision_reason_given"),
        ),
        sa.CheckConstraint(
            "capacity in ('teacher', 'lead', 'school_leader', 'district_administrator')",
            name=op.f("ck_slo_decision_capacity"),
        ),
        sa.CheckConstraint(
            "step in ('submitted', 'approved', 'returned', 'end_submitted', 'end_returned', 'finalised', 'reopened',"
            " 'approver_named')",
            name=op.f("ck_slo_decision_step"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_slo_decision_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_slo_decision_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_slo_decision_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_slo_decision")),
    )
    op.create_index(
        "ix_slo_decision_goal", "slo_decision", ["district_id", "goal_id", "at"], unique=False
    )
    op.create_table(
        "slo_monitoring",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("looked_at", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=True),
        sa.Column("value", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("teacher_id", sa.Uuid(), nullable=True),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_slo_monitoring_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_slo_monitoring_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_slo_monitoring_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_slo_monitoring_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_slo_monitoring")),
    )
    op.create_index(
        "ix_slo_monitoring_goal", "slo_monitoring", ["district_id", "goal_id", "id"], unique=False
    )
    op.create_index(
        "ix_slo_monitoring_lead", "slo_monitoring", ["district_id", "lead_id", "id"], unique=False
    )
    op.create_index(
        "ix_slo_monitoring_teacher",
        "slo_monitoring",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_table("slo_monitoring")
    op.drop_table("slo_decision")
    op.drop_table("slo")
    op.drop_column("goal", "approver_id")
    # A constraint goes with the column; this one names another column, too.
    op.drop_constraint("ck_goal_finalised_when_closed", "goal")
    op.drop_column("goal", "approval")
