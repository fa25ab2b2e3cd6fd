"""Feedback conversations, action steps, feedback on one indicator."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TABLES = (
    "protocol_choice",
    "feedback_conversation",
    "feedback_note",
    "action_step_idea",
    "action_step",
    "indicator_feedback",
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
        "protocol_choice",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_protocol_choice_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_protocol_choice_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "template_id"],
            ["template.district_id", "template.id"],
            name=op.f("fk_protocol_choice_district_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_protocol_choice_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_protocol_choice")),
    )
    op.create_index(
        "uq_protocol_choice",
        "protocol_choice",
        ["district_id", "school_id", "from_on"],
        unique=True,
    )
    op.create_table(
        "action_step_idea",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("practice", sa.Text(), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_action_step_idea_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_action_step_idea_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_action_step_idea_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_action_step_idea_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_action_step_idea")),
    )
    op.create_index(
        "ix_action_step_idea_school",
        "action_step_idea",
        ["district_id", "school_id", "indicator_id", "id"],
        unique=False,
    )
    op.create_table(
        "feedback_conversation",
        sa.Column("relationship_id", sa.Uuid(), nullable=True),
        sa.Column("observation_id", sa.Uuid(), nullable=True),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("giver_kind", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("protocol_reason", sa.Text(), nullable=True),
        sa.Column("evaluative", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("at", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_moved", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("later_reply", sa.Text(), nullable=True),
        sa.Column("later_replied_at", sa.DateTime(timezone=True), nullable=True),
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
            "giver_kind in ('school_leader', 'lead', 'peer')",
            name=op.f("ck_feedback_conversation_giver_kind"),
        ),
        sa.CheckConstraint(
            "state in ('prepared', 'held', 'shared', 'acknowledged')",
            name=op.f("ck_feedback_conversation_state"),
        ),
        sa.CheckConstraint(
            "lead_id <> teacher_id", name=op.f("ck_feedback_conversation_two_people")
        ),
        sa.CheckConstraint(
            "relationship_id is not null or observation_id is not null",
            name=op.f("ck_feedback_conversation_pair_or_visit"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_feedback_conversation_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_feedback_conversation_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_feedback_conversation_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observation_id"],
            ["observation.district_id", "observation.id"],
            name=op.f("fk_feedback_conversation_district_id_observation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_feedback_conversation_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_feedback_conversation_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_feedback_conversation_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "template_id"],
            ["template.district_id", "template.id"],
            name=op.f("fk_feedback_conversation_district_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_feedback_conversation_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_feedback_conversation")),
    )
    op.create_index(
        "ix_feedback_conversation_cycle",
        "feedback_conversation",
        ["district_id", "cycle_id"],
        unique=False,
    )
    op.create_index(
        "ix_feedback_conversation_lead",
        "feedback_conversation",
        ["district_id", "lead_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_feedback_conversation_observation",
        "feedback_conversation",
        ["district_id", "observation_id"],
        unique=False,
    )
    op.create_index(
        "ix_feedback_conversation_teacher",
        "feedback_conversation",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_table(
        "indicator_feedback",
        sa.Column("relationship_id", sa.Uuid(), nullable=True),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("observation_id", sa.Uuid(), nullable=True),
        sa.Column("giver_kind", sa.Text(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("evaluative", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
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
            "giver_kind in ('school_leader', 'lead', 'peer')",
            name=op.f("ck_indicator_feedback_giver_kind"),
        ),
        sa.CheckConstraint(
            "state in ('draft', 'shared', 'acknowledged')", name=op.f("ck_indicator_feedback_state")
        ),
        sa.CheckConstraint("lead_id <> teacher_id", name=op.f("ck_indicator_feedback_two_people")),
        sa.CheckConstraint(
            "num_nonnulls(cycle_id, observation_id) = 1",
            name=op.f("ck_indicator_feedback_one_subject"),
        ),
        sa.CheckConstraint(
            "score is null or evaluative", name=op.f("ck_indicator_feedback_rating_is_evaluative")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_indicator_feedback_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_indicator_feedback_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_indicator_feedback_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_indicator_feedback_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observation_id"],
            ["observation.district_id", "observation.id"],
            name=op.f("fk_indicator_feedback_district_id_observation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_indicator_feedback_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_indicator_feedback_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_indicator_feedback_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_indicator_feedback_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_indicator_feedback")),
    )
    op.create_index(
        "ix_indicator_feedback_cycle",
        "indicator_feedback",
        ["district_id", "cycle_id"],
        unique=False,
    )
    op.create_index(
        "ix_indicator_feedback_lead",
        "indicator_feedback",
        ["district_id", "lead_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_indicator_feedback_teacher",
        "indicator_feedback",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_table(
        "action_step",
        sa.Column("relationship_id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), nullable=True),
        sa.Column("observation_id", sa.Uuid(), nullable=True),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("adjustment_id", sa.Uuid(), nullable=True),
        sa.Column("indicator_id", sa.Uuid(), nullable=True),
        sa.Column("idea_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("practice", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("agenda_item_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carried_from_id", sa.Uuid(), nullable=True),
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
            "state in ('proposed', 'agreed', 'practising', 'met', 'not_met', 'carried_over', 'dropped')",
            name=op.f("ck_action_step_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "adjustment_id"],
            ["cycle_adjustment.district_id", "cycle_adjustment.id"],
            name=op.f("fk_action_step_district_id_adjustment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "agenda_item_id"],
            ["agenda_item.district_id", "agenda_item.id"],
            name=op.f("fk_action_step_district_id_agenda_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_action_step_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "carried_from_id"],
            ["action_step.district_id", "action_step.id"],
            name=op.f("fk_action_step_district_id_carried_from_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_action_step_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "feedback_id"],
            ["feedback_conversation.district_id", "feedback_conversation.id"],
            name=op.f("fk_action_step_district_id_feedback_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "idea_id"],
            ["action_step_idea.district_id", "action_step_idea.id"],
            name=op.f("fk_action_step_district_id_idea_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_action_step_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_action_step_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observation_id"],
            ["observation.district_id", "observation.id"],
            name=op.f("fk_action_step_district_id_observation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_action_step_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_action_step_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_action_step_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_action_step_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_action_step")),
    )
    op.create_index(
        "ix_action_step_cycle", "action_step", ["district_id", "cycle_id"], unique=False
    )
    op.create_index(
        "ix_action_step_follow_up",
        "action_step",
        ["district_id", "follow_up_on"],
        unique=False,
        postgresql_where=sa.text("agenda_item_id is null"),
    )
    op.create_index(
        "ix_action_step_lead",
        "action_step",
        ["district_id", "lead_id", "state", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_action_step_teacher",
        "action_step",
        ["district_id", "teacher_id", "state", "due_on", "id"],
        unique=False,
    )
    op.create_table(
        "feedback_note",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("step_key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("giver_kind", sa.Text(), nullable=False),
        sa.Column("evaluative", sa.Boolean(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
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
            "giver_kind in ('school_leader', 'lead', 'peer')",
            name=op.f("ck_feedback_note_giver_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_feedback_note_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "conversation_id"],
            ["feedback_conversation.district_id", "feedback_conversation.id"],
            name=op.f("fk_feedback_note_district_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_feedback_note_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_feedback_note_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_feedback_note_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_feedback_note_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_feedback_note")),
    )
    op.create_index(
        "uq_feedback_note_step",
        "feedback_note",
        ["district_id", "conversation_id", "step_key"],
        unique=True,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_index("uq_feedback_note_step", table_name="feedback_note")
    op.drop_table("feedback_note")
    op.drop_index("ix_action_step_teacher", table_name="action_step")
    op.drop_index("ix_action_step_lead", table_name="action_step")
    op.drop_index(
        "ix_action_step_follow_up",
        table_name="action_step",
        postgresql_where=sa.text("agenda_item_id is null"),
    )
    op.drop_index("ix_action_step_cycle", table_name="action_step")
    op.drop_table("action_step")
    op.drop_index("ix_indicator_feedback_teacher", table_name="indicator_feedback")
    op.drop_index("ix_indicator_feedback_lead", table_name="indicator_feedback")
    op.drop_index("ix_indicator_feedback_cycle", table_name="indicator_feedback")
    op.drop_table("indicator_feedback")
    op.drop_index("ix_feedback_conversation_teacher", table_name="feedback_conversation")
    op.drop_index("ix_feedback_conversation_observation", table_name="feedback_conversation")
    op.drop_index("ix_feedback_conversation_lead", table_name="feedback_conversation")
    op.drop_index("ix_feedback_conversation_cycle", table_name="feedback_conversation")
    op.drop_table("feedback_conversation")
    op.drop_index("ix_action_step_idea_school", table_name="action_step_idea")
    op.drop_table("action_step_idea")
    op.drop_index("uq_protocol_choice", table_name="protocol_choice")
    op.drop_table("protocol_choice")
