"""Growth plans with their steps, and reviews of plans and individual goals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = (
    "growth_plan",
    "plan_agreement",
    "plan_step",
    "goal_review",
    "review_acknowledgement",
    "goal_review_part",
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
        "growth_plan",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("school_year_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("aspiration", sa.Text(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mid_year_reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at is not null)", name=op.f("ck_growth_plan_closed_when")
        ),
        sa.CheckConstraint(
            "(state = 'draft') = (agreed_at is null)", name=op.f("ck_growth_plan_agreed_when")
        ),
        sa.CheckConstraint(
            "(state in ('draft', 'agreed')) = (mid_year_reviewed_at is null)",
            name=op.f("ck_growth_plan_reviewed_when"),
        ),
        sa.CheckConstraint(
            "state in ('draft', 'agreed', 'mid_year_reviewed', 'closed')",
            name=op.f("ck_growth_plan_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_growth_plan_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_growth_plan_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_growth_plan_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_year_id"],
            ["school_year.district_id", "school_year.id"],
            name=op.f("fk_growth_plan_district_id_school_year_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_growth_plan_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_growth_plan_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_growth_plan")),
    )
    op.create_index(
        "ix_growth_plan_school",
        "growth_plan",
        ["district_id", "school_id", "school_year_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_growth_plan_teacher_year",
        "growth_plan",
        ["district_id", "teacher_id", "school_year_id"],
        unique=True,
    )
    op.create_table(
        "plan_agreement",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "capacity in ('teacher', 'lead', 'school_leader_standing_in')",
            name=op.f("ck_plan_agreement_capacity"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_plan_agreement_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "plan_id"],
            ["growth_plan.district_id", "growth_plan.id"],
            name=op.f("fk_plan_agreement_district_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_plan_agreement_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_plan_agreement")),
    )
    op.create_index(
        "ix_plan_agreement_plan", "plan_agreement", ["district_id", "plan_id"], unique=False
    )
    op.create_table(
        "goal_review",
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("goal_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'complete') = (completed_at is not null)",
            name=op.f("ck_goal_review_complete_when"),
        ),
        sa.CheckConstraint("kind in ('mid_year', 'end_of_year')", name=op.f("ck_goal_review_kind")),
        sa.CheckConstraint("state in ('open', 'complete')", name=op.f("ck_goal_review_state")),
        sa.CheckConstraint(
            "num_nonnulls(plan_id, goal_id) = 1", name=op.f("ck_goal_review_one_subject")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_review_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_goal_review_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_review_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "plan_id"],
            ["growth_plan.district_id", "growth_plan.id"],
            name=op.f("fk_goal_review_district_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_goal_review_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_review_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_review_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_review")),
    )
    op.create_index(
        "ix_goal_review_lead", "goal_review", ["district_id", "lead_id", "id"], unique=False
    )
    op.create_index(
        "ix_goal_review_teacher", "goal_review", ["district_id", "teacher_id", "id"], unique=False
    )
    op.create_index(
        "uq_goal_review_goal", "goal_review", ["district_id", "goal_id", "kind"], unique=True
    )
    op.create_index(
        "uq_goal_review_plan", "goal_review", ["district_id", "plan_id", "kind"], unique=True
    )
    op.create_table(
        "plan_step",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("resources", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'dropped') = (reason is not null)", name=op.f("ck_plan_step_dropped_why")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (ended_at is null)", name=op.f("ck_plan_step_ended_when")
        ),
        sa.CheckConstraint("owner in ('teacher', 'lead')", name=op.f("ck_plan_step_owner")),
        sa.CheckConstraint("state in ('open', 'done', 'dropped')", name=op.f("ck_plan_step_state")),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_plan_step_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_plan_step_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "plan_id"],
            ["growth_plan.district_id", "growth_plan.id"],
            name=op.f("fk_plan_step_district_id_plan_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_plan_step_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_plan_step")),
    )
    op.create_index("ix_plan_step_goal", "plan_step", ["district_id", "goal_id"], unique=False)
    op.create_index(
        "ix_plan_step_plan", "plan_step", ["district_id", "plan_id", "position", "id"], unique=False
    )
    op.create_table(
        "goal_review_part",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("rating", sa.Text(), nullable=True),
        sa.Column("next_words", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'submitted') = (submitted_at is not null)",
            name=op.f("ck_goal_review_part_submitted_when"),
        ),
        sa.CheckConstraint(
            "rating in ('on_track', 'needs_attention', 'off_track')",
            name=op.f("ck_goal_review_part_rating"),
        ),
        sa.CheckConstraint(
            "state = 'draft' or words is not null", name=op.f("ck_goal_review_part_submitted_what")
        ),
        sa.CheckConstraint(
            "state in ('draft', 'submitted')", name=op.f("ck_goal_review_part_state")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_review_part_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_review_part_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "review_id"],
            ["goal_review.district_id", "goal_review.id"],
            name=op.f("fk_goal_review_part_district_id_review_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_review_part_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_review_part")),
    )
    op.create_index(
        "uq_goal_review_part_author",
        "goal_review_part",
        ["district_id", "review_id", "author_id"],
        unique=True,
    )
    op.create_index(
        "ix_goal_review_part_teacher",
        "goal_review_part",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_goal_review_part_lead",
        "goal_review_part",
        ["district_id", "lead_id", "id"],
        unique=False,
    )
    op.create_table(
        "review_acknowledgement",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "capacity in ('teacher', 'lead', 'school_leader_standing_in')",
            name=op.f("ck_review_acknowledgement_capacity"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_review_acknowledgement_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "review_id"],
            ["goal_review.district_id", "goal_review.id"],
            name=op.f("fk_review_acknowledgement_district_id_review_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_review_acknowledgement_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_review_acknowledgement")),
    )
    op.create_index(
        "ix_review_acknowledgement_review",
        "review_acknowledgement",
        ["district_id", "review_id"],
        unique=False,
    )
    op.add_column("goal", sa.Column("plan_id", sa.Uuid(), nullable=True))
    # The column is new and empty, and adding it has locked the table already: to look at the goals
    # of an installation, some ten thousands, takes a moment within the time that a statement has.
    op.execute(
        """-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
        alter table goal add constraint fk_goal_district_id_plan_id
        foreign key (district_id, plan_id) references growth_plan (district_id, id)"""
    )
    op.execute(
        """-- squawk-ignore constraint-missing-not-valid
        alter table goal add constraint ck_goal_plan_of_growth
        check (plan_id is null or kind = 'growth')"""
    )
    op.execute(
        """-- squawk-ignore require-concurrent-index-creation
        create index ix_goal_plan on goal (district_id, plan_id, id)"""
    )
    for table in _TABLES:
        for words in _POLICY:
            op.execute(words.format(table=table))


def downgrade() -> None:
    op.drop_index("ix_goal_plan", table_name="goal")
    op.drop_constraint(op.f("ck_goal_plan_of_growth"), "goal", type_="check")
    op.drop_constraint(op.f("fk_goal_district_id_plan_id"), "goal", type_="foreignkey")
    op.drop_column("goal", "plan_id")
    op.drop_index("ix_review_acknowledgement_review", table_name="review_acknowledgement")
    op.drop_table("review_acknowledgement")
    op.drop_index("ix_goal_review_part_lead", table_name="goal_review_part")
    op.drop_index("ix_goal_review_part_teacher", table_name="goal_review_part")
    op.drop_index("uq_goal_review_part_author", table_name="goal_review_part")
    op.drop_table("goal_review_part")
    op.drop_index("ix_plan_step_plan", table_name="plan_step")
    op.drop_index("ix_plan_step_goal", table_name="plan_step")
    op.drop_table("plan_step")
    op.drop_index("uq_goal_review_plan", table_name="goal_review")
    op.drop_index("uq_goal_review_goal", table_name="goal_review")
    op.drop_index("ix_goal_review_teacher", table_name="goal_review")
    op.drop_index("ix_goal_review_lead", table_name="goal_review")
    op.drop_table("goal_review")
    op.drop_index("ix_plan_agreement_plan", table_name="plan_agreement")
    op.drop_table("plan_agreement")
    op.drop_index("uq_growth_plan_teacher_year", table_name="growth_plan")
    op.drop_index("ix_growth_plan_school", table_name="growth_plan")
    op.drop_table("growth_plan")
