"""Learning cycles, from intention to close."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TABLES = (
    "learning_cycle",
    "cycle_move",
    "cycle_member",
    "cycle_candidate",
    "cycle_ranking",
    "cycle_success_indicator",
    "cycle_activity",
    "cycle_adjustment",
    "cycle_reflection",
    "vocabulary_term",
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
        "vocabulary_term",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("vocabulary", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('active', 'retired')", name=op.f("ck_vocabulary_term_state")),
        sa.CheckConstraint(
            "vocabulary in ('data_source', 'learning_approach')",
            name=op.f("ck_vocabulary_term_vocabulary"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_vocabulary_term_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_vocabulary_term_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_vocabulary_term")),
    )
    op.create_index(
        "uq_vocabulary_term",
        "vocabulary_term",
        ["district_id", "school_id", "vocabulary", "key"],
        unique=True,
    )
    op.create_table(
        "learning_cycle",
        sa.Column("school_year_id", sa.Uuid(), nullable=False),
        sa.Column("relationship_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=True),
        sa.Column("choice_reason", sa.Text(), nullable=True),
        sa.Column("previous_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ranking_waived_reason", sa.Text(), nullable=True),
        sa.Column("application", sa.Text(), nullable=True),
        sa.Column("application_words", sa.Text(), nullable=True),
        sa.Column("impact_by", postgresql.JSONB(), nullable=False),
        sa.Column("impact_words", sa.Text(), nullable=True),
        sa.Column("goal_outcome", sa.Text(), nullable=True),
        sa.Column("outcome_evidence", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("closes_goal", sa.Boolean(), nullable=False),
        sa.Column("teacher_yes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_yes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
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
            "(level = 'team') = (teacher_id is null) and (level <> 'team' or team_id is not null)",
            name=op.f("ck_learning_cycle_of_teacher_or_team"),
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at is not null)",
            name=op.f("ck_learning_cycle_closed_when"),
        ),
        sa.CheckConstraint(
            "decision in ('continue', 'adjust', 'new_goal', 'none')",
            name=op.f("ck_learning_cycle_decision"),
        ),
        sa.CheckConstraint(
            "goal_outcome in ('met', 'partly_met', 'not_met')",
            name=op.f("ck_learning_cycle_goal_outcome"),
        ),
        sa.CheckConstraint(
            "level = 'team' or lead_id is not null", name=op.f("ck_learning_cycle_pair_or_team")
        ),
        sa.CheckConstraint("level in ('individual', 'team')", name=op.f("ck_learning_cycle_level")),
        sa.CheckConstraint(
            "phase in ('intention', 'learning', 'application', 'reflection')",
            name=op.f("ck_learning_cycle_phase"),
        ),
        sa.CheckConstraint(
            "state <> 'closed' or decision is not null", name=op.f("ck_learning_cycle_closed_with")
        ),
        sa.CheckConstraint(
            "state in ('intention', 'learning', 'application', 'reflection', 'paused', 'closed', 'abandoned')",
            name=op.f("ck_learning_cycle_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_learning_cycle_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_learning_cycle_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_learning_cycle_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "previous_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_learning_cycle_district_id_previous_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_learning_cycle_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_learning_cycle_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_year_id"],
            ["school_year.district_id", "school_year.id"],
            name=op.f("fk_learning_cycle_district_id_school_year_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_learning_cycle_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_learning_cycle_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "template_id"],
            ["template.district_id", "template.id"],
            name=op.f("fk_learning_cycle_district_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_learning_cycle_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_learning_cycle")),
    )
    op.create_index(
        "ix_learning_cycle_lead", "learning_cycle", ["district_id", "lead_id", "id"], unique=False
    )
    op.create_index(
        "ix_learning_cycle_school",
        "learning_cycle",
        ["district_id", "school_id", "state", "id"],
        unique=False,
    )
    op.create_index(
        "ix_learning_cycle_teacher",
        "learning_cycle",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_learning_cycle_team", "learning_cycle", ["district_id", "team_id", "id"], unique=False
    )
    op.create_index(
        "uq_learning_cycle_goal",
        "learning_cycle",
        ["district_id", "goal_id"],
        unique=True,
        postgresql_where=sa.text("goal_id is not null and state not in ('closed', 'abandoned')"),
    )
    op.create_index(
        "uq_learning_cycle_number",
        "learning_cycle",
        ["district_id", "school_year_id", "teacher_id", "team_id", "number"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "uq_learning_cycle_previous",
        "learning_cycle",
        ["district_id", "previous_id"],
        unique=True,
        postgresql_where=sa.text("previous_id is not null and state <> 'abandoned'"),
    )
    op.create_table(
        "cycle_activity",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("approach", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("at", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_moved", sa.Boolean(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("takeaway", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
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
            "(level = 'team') = (teacher_id is null) and (level <> 'team' or team_id is not null)",
            name=op.f("ck_cycle_activity_of_teacher_or_team"),
        ),
        sa.CheckConstraint(
            "(state = 'done') = (done_on is not null)", name=op.f("ck_cycle_activity_done_when")
        ),
        sa.CheckConstraint("level in ('individual', 'team')", name=op.f("ck_cycle_activity_level")),
        sa.CheckConstraint(
            "state in ('planned', 'done', 'dropped')", name=op.f("ck_cycle_activity_state")
        ),
        sa.CheckConstraint(
            "who in ('teacher', 'lead', 'both', 'team')", name=op.f("ck_cycle_activity_who")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_activity_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_cycle_activity_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_activity_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_cycle_activity_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_activity_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_cycle_activity_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_cycle_activity_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_cycle_activity")),
    )
    op.create_index(
        "ix_cycle_activity_cycle", "cycle_activity", ["district_id", "cycle_id", "id"], unique=False
    )
    op.create_index(
        "ix_cycle_activity_lead",
        "cycle_activity",
        ["district_id", "lead_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_cycle_activity_teacher",
        "cycle_activity",
        ["district_id", "teacher_id", "starts_at", "id"],
        unique=False,
    )
    op.create_table(
        "cycle_adjustment",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
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
            "(level = 'team') = (teacher_id is null) and (level <> 'team' or team_id is not null)",
            name=op.f("ck_cycle_adjustment_of_teacher_or_team"),
        ),
        sa.CheckConstraint("level = 'individual'", name=op.f("ck_cycle_adjustment_somebodys_own")),
        sa.CheckConstraint(
            "level in ('individual', 'team')", name=op.f("ck_cycle_adjustment_level")
        ),
        sa.CheckConstraint("state in ('open', 'dropped')", name=op.f("ck_cycle_adjustment_state")),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_adjustment_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_cycle_adjustment_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_cycle_adjustment_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_adjustment_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_cycle_adjustment_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_adjustment_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_cycle_adjustment_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_cycle_adjustment_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_cycle_adjustment")),
    )
    op.create_index(
        "ix_cycle_adjustment_cycle",
        "cycle_adjustment",
        ["district_id", "cycle_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_cycle_adjustment_teacher",
        "cycle_adjustment",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_table(
        "cycle_candidate",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("teacher_chose_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("teacher_reason", sa.Text(), nullable=True),
        sa.Column("lead_chose_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_reason", sa.Text(), nullable=True),
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
            "(level = 'team') = (teacher_id is null) and (level <> 'team' or team_id is not null)",
            name=op.f("ck_cycle_candidate_of_teacher_or_team"),
        ),
        sa.CheckConstraint(
            "level in ('individual', 'team')", name=op.f("ck_cycle_candidate_level")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_candidate_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_cycle_candidate_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_cycle_candidate_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_candidate_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_cycle_candidate_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_candidate_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_cycle_candidate_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_cycle_candidate_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_cycle_candidate")),
    )
    op.create_index(
        "uq_cycle_candidate_goal",
        "cycle_candidate",
        ["district_id", "cycle_id", "goal_id"],
        unique=True,
    )
    op.create_table(
        "cycle_member",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("adjustments_waived", sa.Text(), nullable=True),
        sa.Column("use_waived", sa.Text(), nullable=True),
        sa.Column("reflection_waived", sa.Text(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_cycle_member_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_member_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_cycle_member_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_cycle_member_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_cycle_member_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_cycle_member")),
    )
    op.create_index(
        "ix_cycle_member_person", "cycle_member", ["district_id", "person_id"], unique=False
    )
    op.create_index(
        "uq_cycle_member", "cycle_member", ["district_id", "cycle_id", "person_id"], unique=True
    )
    op.create_table(
        "cycle_move",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_move_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_cycle_move_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_cycle_move_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_cycle_move")),
    )
    op.create_index(
        "ix_cycle_move_cycle", "cycle_move", ["district_id", "cycle_id", "id"], unique=False
    )
    op.create_table(
        "cycle_ranking",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_ids", postgresql.JSONB(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("reveal_on", sa.Date(), nullable=False),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
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
            "(level = 'team') = (teacher_id is null) and (level <> 'team' or team_id is not null)",
            name=op.f("ck_cycle_ranking_of_teacher_or_team"),
        ),
        sa.CheckConstraint("level in ('individual', 'team')", name=op.f("ck_cycle_ranking_level")),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_ranking_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_cycle_ranking_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_ranking_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_cycle_ranking_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_ranking_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_cycle_ranking_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_cycle_ranking_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_cycle_ranking")),
    )
    op.create_index(
        "uq_cycle_ranking_author",
        "cycle_ranking",
        ["district_id", "cycle_id", "author_id"],
        unique=True,
    )
    op.create_table(
        "cycle_reflection",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("on_self", sa.Text(), nullable=True),
        sa.Column("on_process", sa.Text(), nullable=True),
        sa.Column("on_students", sa.Text(), nullable=True),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
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
            "(level = 'team') = (teacher_id is null) and (level <> 'team' or team_id is not null)",
            name=op.f("ck_cycle_reflection_of_teacher_or_team"),
        ),
        sa.CheckConstraint(
            "(state = 'shared') = (shared_at is not null)",
            name=op.f("ck_cycle_reflection_shared_when"),
        ),
        sa.CheckConstraint(
            "level in ('individual', 'team')", name=op.f("ck_cycle_reflection_level")
        ),
        sa.CheckConstraint("state in ('draft', 'shared')", name=op.f("ck_cycle_reflection_state")),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_reflection_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_cycle_reflection_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_reflection_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_cycle_reflection_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_reflection_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_cycle_reflection_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "template_id"],
            ["template.district_id", "template.id"],
            name=op.f("fk_cycle_reflection_district_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_cycle_reflection_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_cycle_reflection")),
    )
    op.create_index(
        "uq_cycle_reflection_author",
        "cycle_reflection",
        ["district_id", "cycle_id", "author_id"],
        unique=True,
    )
    op.create_table(
        "cycle_success_indicator",
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("lens", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=True),
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
            "(level = 'team') = (teacher_id is null) and (level <> 'team' or team_id is not null)",
            name=op.f("ck_cycle_success_indicator_of_teacher_or_team"),
        ),
        sa.CheckConstraint(
            "lens in ('teacher', 'peers', 'students')", name=op.f("ck_cycle_success_indicator_lens")
        ),
        sa.CheckConstraint(
            "level in ('individual', 'team')", name=op.f("ck_cycle_success_indicator_level")
        ),
        sa.CheckConstraint(
            "indicator_id is not null or explanation is not null",
            name=op.f("ck_cycle_success_indicator_tied"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_success_indicator_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_cycle_success_indicator_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_cycle_success_indicator_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_success_indicator_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_cycle_success_indicator_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_cycle_success_indicator_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "team_id"],
            ["team.district_id", "team.id"],
            name=op.f("fk_cycle_success_indicator_district_id_team_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_cycle_success_indicator_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_cycle_success_indicator")),
    )
    op.create_index(
        "ix_cycle_success_indicator_cycle",
        "cycle_success_indicator",
        ["district_id", "cycle_id", "id"],
        unique=False,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_index("ix_cycle_success_indicator_cycle", table_name="cycle_success_indicator")
    op.drop_table("cycle_success_indicator")
    op.drop_index("uq_cycle_reflection_author", table_name="cycle_reflection")
    op.drop_table("cycle_reflection")
    op.drop_index("uq_cycle_ranking_author", table_name="cycle_ranking")
    op.drop_table("cycle_ranking")
    op.drop_index("ix_cycle_move_cycle", table_name="cycle_move")
    op.drop_table("cycle_move")
    op.drop_index("uq_cycle_member", table_name="cycle_member")
    op.drop_index("ix_cycle_member_person", table_name="cycle_member")
    op.drop_table("cycle_member")
    op.drop_index("uq_cycle_candidate_goal", table_name="cycle_candidate")
    op.drop_table("cycle_candidate")
    op.drop_index("ix_cycle_adjustment_teacher", table_name="cycle_adjustment")
    op.drop_index("ix_cycle_adjustment_cycle", table_name="cycle_adjustment")
    op.drop_table("cycle_adjustment")
    op.drop_index("ix_cycle_activity_teacher", table_name="cycle_activity")
    op.drop_index("ix_cycle_activity_lead", table_name="cycle_activity")
    op.drop_index("ix_cycle_activity_cycle", table_name="cycle_activity")
    op.drop_table("cycle_activity")
    op.drop_index(
        "uq_learning_cycle_previous",
        table_name="learning_cycle",
        postgresql_where=sa.text("previous_id is not null and state <> 'abandoned'"),
    )
    op.drop_index(
        "uq_learning_cycle_number", table_name="learning_cycle", postgresql_nulls_not_distinct=True
    )
    op.drop_index(
        "uq_learning_cycle_goal",
        table_name="learning_cycle",
        postgresql_where=sa.text("goal_id is not null and state not in ('closed', 'abandoned')"),
    )
    op.drop_index("ix_learning_cycle_team", table_name="learning_cycle")
    op.drop_index("ix_learning_cycle_teacher", table_name="learning_cycle")
    op.drop_index("ix_learning_cycle_school", table_name="learning_cycle")
    op.drop_index("ix_learning_cycle_lead", table_name="learning_cycle")
    op.drop_table("learning_cycle")
    op.drop_index("uq_vocabulary_term", table_name="vocabulary_term")
    op.drop_table("vocabulary_term")
