"""Feedback on school and team goals; a team's choice of a common indicator, and opting out."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = (
    "common_indicator_choice",
    "common_indicator_opt_out",
    "goal_feedback_round",
    "goal_feedback",
    "goal_feedback_invitee",
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
        "common_indicator_choice",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=True),
        sa.Column("before_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "indicator_id is distinct from before_id",
            name=op.f("ck_common_indicator_choice_differs"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "before_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_common_indicator_choice_district_id_before_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_common_indicator_choice_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_common_indicator_choice_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_common_indicator_choice_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_common_indicator_choice_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_common_indicator_choice")),
    )
    op.create_index(
        "ix_common_indicator_choice_team",
        "common_indicator_choice",
        ["district_id", "team_id", "id"],
        unique=False,
    )
    op.create_table(
        "common_indicator_opt_out",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=True),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'in_force') = (ended_at is null)",
            name=op.f("ck_common_indicator_opt_out_ended"),
        ),
        sa.CheckConstraint(
            "state in ('in_force', 'withdrawn', 'lapsed')",
            name=op.f("ck_common_indicator_opt_out_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_common_indicator_opt_out_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_common_indicator_opt_out_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_common_indicator_opt_out_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_common_indicator_opt_out_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_common_indicator_opt_out_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_common_indicator_opt_out_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_common_indicator_opt_out")),
    )
    op.create_index(
        "ix_common_indicator_opt_out_lead",
        "common_indicator_opt_out",
        ["district_id", "lead_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_common_indicator_opt_out_teacher",
        "common_indicator_opt_out",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_common_indicator_opt_out",
        "common_indicator_opt_out",
        ["district_id", "team_id", "teacher_id"],
        unique=True,
        postgresql_where=sa.text("state = 'in_force'"),
    )
    op.create_table(
        "goal_feedback_round",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("goal_revision", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("invites", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("summarised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("summarised_by_id", sa.Uuid(), nullable=True),
        sa.Column("adopted_revision_id", sa.Uuid(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "invites in ('everybody', 'teams', 'people')",
            name=op.f("ck_goal_feedback_round_invites"),
        ),
        sa.CheckConstraint(
            "(summarised_at is null) = (summary is null) and (summarised_at is null) = (summarised_by_id is null)",
            name=op.f("ck_goal_feedback_round_summarised"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "adopted_revision_id"],
            ["goal_revision.district_id", "goal_revision.id"],
            name=op.f("fk_goal_feedback_round_district_id_adopted_revision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_feedback_round_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_goal_feedback_round_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "summarised_by_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_feedback_round_district_id_summarised_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_feedback_round_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_feedback_round")),
    )
    op.create_index(
        "ix_goal_feedback_round_goal",
        "goal_feedback_round",
        ["district_id", "goal_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_goal_feedback_round_school",
        "goal_feedback_round",
        ["district_id", "school_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_goal_feedback_round_team",
        "goal_feedback_round",
        ["district_id", "team_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_goal_feedback_round_adopted",
        "goal_feedback_round",
        ["district_id", "adopted_revision_id"],
        unique=True,
    )
    op.create_table(
        "goal_feedback",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("stance", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "stance in ('supports', 'supports_with_changes', 'concerns')",
            name=op.f("ck_goal_feedback_stance"),
        ),
        sa.CheckConstraint(
            "(answer is null) = (answered_at is null) and (answer is null) = (answered_by_id is null)",
            name=op.f("ck_goal_feedback_answered"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "answered_by_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_feedback_district_id_answered_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_feedback_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_goal_feedback_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "round_id"],
            ["goal_feedback_round.district_id", "goal_feedback_round.id"],
            name=op.f("fk_goal_feedback_district_id_round_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_feedback_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_feedback")),
    )
    op.create_index(
        "ix_goal_feedback_round", "goal_feedback", ["district_id", "round_id", "id"], unique=False
    )
    op.create_index(
        "uq_goal_feedback_author",
        "goal_feedback",
        ["district_id", "round_id", "author_id"],
        unique=True,
    )
    op.create_table(
        "goal_feedback_invitee",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(team_id is null) <> (person_id is null)", name=op.f("ck_goal_feedback_invitee_one")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_goal_feedback_invitee_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "round_id"],
            ["goal_feedback_round.district_id", "goal_feedback_round.id"],
            name=op.f("fk_goal_feedback_invitee_district_id_round_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_goal_feedback_invitee_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_feedback_invitee_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_feedback_invitee")),
    )
    op.create_index(
        "uq_goal_feedback_invitee",
        "goal_feedback_invitee",
        ["district_id", "round_id", "team_id", "person_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_index(
        "uq_goal_feedback_invitee",
        table_name="goal_feedback_invitee",
        postgresql_nulls_not_distinct=True,
    )
    op.drop_table("goal_feedback_invitee")
    op.drop_index("uq_goal_feedback_author", table_name="goal_feedback")
    op.drop_index("ix_goal_feedback_round", table_name="goal_feedback")
    op.drop_table("goal_feedback")
    op.drop_index("uq_goal_feedback_round_adopted", table_name="goal_feedback_round")
    op.drop_index("ix_goal_feedback_round_team", table_name="goal_feedback_round")
    op.drop_index("ix_goal_feedback_round_school", table_name="goal_feedback_round")
    op.drop_index("ix_goal_feedback_round_goal", table_name="goal_feedback_round")
    op.drop_table("goal_feedback_round")
    op.drop_index(
        "uq_common_indicator_opt_out",
        table_name="common_indicator_opt_out",
        postgresql_where=sa.text("state = 'in_force'"),
    )
    op.drop_index("ix_common_indicator_opt_out_teacher", table_name="common_indicator_opt_out")
    op.drop_index("ix_common_indicator_opt_out_lead", table_name="common_indicator_opt_out")
    op.drop_table("common_indicator_opt_out")
    op.drop_index("ix_common_indicator_choice_team", table_name="common_indicator_choice")
    op.drop_table("common_indicator_choice")
