"""How a pair begins the year: templates, outreach, questionnaires, conversations, roles,
preferences, agreements; shared records and reminders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = (
    "shared_record",
    "template",
    "coaching_agreement",
    "coaching_preferences",
    "conversation",
    "introduction",
    "outreach_message",
    "questionnaire",
    "role_note",
    "agreement_acceptance",
    "questionnaire_draft",
    "questionnaire_submission",
    "conversation_goal",
    "reminder",
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
    # A constant default is written into the catalogue alone, so no row is touched; it stays because
    # the program before this one goes on adding rows while it is replaced.
    op.add_column(
        "coaching_relationship",
        sa.Column("capacities", postgresql.JSONB(), nullable=False, server_default='["coach"]'),
    )
    op.add_column("meeting_series", sa.Column("ended_at", sa.DateTime(timezone=True)))
    op.add_column("meeting", sa.Column("skipped_at", sa.DateTime(timezone=True)))
    # Row-level security binds the owner too, so each district is entered for its own rows.
    op.execute(
        """do $$
        declare district_of uuid;
        begin
            for district_of in select id from district loop
                perform set_config('app.district', district_of::text, true);
                update coaching_relationship set capacities = '["coach", "evaluator"]'
                where district_id = district_of and evaluator_scope <> 'none';
                -- the last change of a series that is over is the nearest there is to its end
                update meeting_series set ended_at = updated_at
                where district_id = district_of and state = 'ended';
            end loop;
            perform set_config('app.district', '', true);
        end $$"""
    )
    op.add_column(
        "person",
        sa.Column("mail_reminders", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.create_table(
        "shared_record",
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("record_version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=True),
        sa.Column("shared_with", sa.Text(), nullable=False),
        sa.Column("to_lead_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("teacher_yes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead_yes_at", sa.DateTime(timezone=True), nullable=True),
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
            "(shared_with = 'lead') = (to_lead_id is not null)",
            name=op.f("ck_shared_record_to_lead_or_leaders"),
        ),
        sa.CheckConstraint(
            "(state = 'taken_back') = (content is null)", name=op.f("ck_shared_record_copy_goes")
        ),
        sa.CheckConstraint(
            "shared_with in ('school_leader', 'lead')", name=op.f("ck_shared_record_shared_with")
        ),
        sa.CheckConstraint(
            "state in ('offered', 'open', 'taken_back')", name=op.f("ck_shared_record_state")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_shared_record_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_shared_record_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_shared_record_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_shared_record_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "to_lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_shared_record_district_id_to_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_shared_record_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_shared_record")),
    )
    op.create_index(
        "ix_shared_record_lead", "shared_record", ["district_id", "lead_id", "id"], unique=False
    )
    op.create_index(
        "ix_shared_record_record", "shared_record", ["district_id", "record_id", "id"], unique=False
    )
    op.create_index(
        "ix_shared_record_school", "shared_record", ["district_id", "school_id", "id"], unique=False
    )
    op.create_index(
        "ix_shared_record_teacher",
        "shared_record",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_table(
        "template",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('outreach', 'questionnaire', 'conversation', 'preferences', 'agreement')",
            name=op.f("ck_template_kind"),
        ),
        sa.CheckConstraint(
            "state in ('draft', 'published', 'retired')", name=op.f("ck_template_state")
        ),
        sa.CheckConstraint(
            "school_id is null or owner_id is null", name=op.f("ck_template_one_home")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_template_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "owner_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_template_district_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_template_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_template_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_template")),
    )
    op.create_index(
        "ix_template_kind", "template", ["district_id", "kind", "state", "id"], unique=False
    )
    op.create_index(
        "uq_template_number",
        "template",
        ["district_id", "kind", "key", "school_id", "owner_id", "number"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "coaching_agreement",
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.CheckConstraint(
            "state in ('proposed', 'accepted', 'superseded', 'withdrawn')",
            name=op.f("ck_coaching_agreement_state"),
        ),
        sa.CheckConstraint(
            "number = 1 or reason is not null", name=op.f("ck_coaching_agreement_change_explained")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_coaching_agreement_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_coaching_agreement_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_coaching_agreement_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_coaching_agreement_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_coaching_agreement_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "template_id"],
            ["template.district_id", "template.id"],
            name=op.f("fk_coaching_agreement_district_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_coaching_agreement_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_coaching_agreement")),
    )
    op.create_index(
        "ix_coaching_agreement_lead",
        "coaching_agreement",
        ["district_id", "lead_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_coaching_agreement_teacher",
        "coaching_agreement",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_coaching_agreement_accepted",
        "coaching_agreement",
        ["district_id", "relationship_id"],
        unique=True,
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.create_index(
        "uq_coaching_agreement_number",
        "coaching_agreement",
        ["district_id", "relationship_id", "number"],
        unique=True,
    )
    op.create_index(
        "uq_coaching_agreement_proposed",
        "coaching_agreement",
        ["district_id", "relationship_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "coaching_preferences",
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
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
        sa.CheckConstraint(
            "number = 1 or reason is not null",
            name=op.f("ck_coaching_preferences_change_explained"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_coaching_preferences_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_coaching_preferences_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_coaching_preferences_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_coaching_preferences_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_coaching_preferences_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "template_id"],
            ["template.district_id", "template.id"],
            name=op.f("fk_coaching_preferences_district_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_coaching_preferences_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_coaching_preferences")),
    )
    op.create_index(
        "ix_coaching_preferences_lead",
        "coaching_preferences",
        ["district_id", "lead_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_coaching_preferences_teacher",
        "coaching_preferences",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_coaching_preferences_number",
        "coaching_preferences",
        ["district_id", "relationship_id", "number"],
        unique=True,
    )
    op.create_table(
        "conversation",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("setting", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("at", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_moved", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vision_revisited", sa.Boolean(), nullable=False),
        sa.Column("roles_discussed", sa.Boolean(), nullable=False),
        sa.Column("goal_setting_previewed", sa.Boolean(), nullable=False),
        sa.Column("team_link", sa.Text(), nullable=True),
        sa.Column("questionnaire_waiver", sa.Text(), nullable=True),
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
        sa.CheckConstraint(
            "kind in ('beginning_of_year', 'mid_year', 'end_of_year')",
            name=op.f("ck_conversation_kind"),
        ),
        sa.CheckConstraint(
            "setting in ('formal', 'informal')", name=op.f("ck_conversation_setting")
        ),
        sa.CheckConstraint(
            "state <> 'scheduled' or (starts_at is not null and ends_at is not null)",
            name=op.f("ck_conversation_scheduled_when"),
        ),
        sa.CheckConstraint(
            "state in ('planned', 'scheduled', 'held', 'closed', 'cancelled', 'missed')",
            name=op.f("ck_conversation_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_conversation_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_conversation_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_conversation_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_conversation_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_conversation_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "template_id"],
            ["template.district_id", "template.id"],
            name=op.f("fk_conversation_district_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_conversation_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_conversation")),
    )
    op.create_index(
        "ix_conversation_lead",
        "conversation",
        ["district_id", "lead_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_conversation_school",
        "conversation",
        ["district_id", "school_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_conversation_teacher",
        "conversation",
        ["district_id", "teacher_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_conversation_kind",
        "conversation",
        ["district_id", "relationship_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_table(
        "introduction",
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("introduced_by", sa.Text(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=True),
        sa.Column("introduced_on", sa.Date(), nullable=True),
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
        sa.CheckConstraint(
            "introduced_by in ('teacher', 'lead', 'both')",
            name=op.f("ck_introduction_introduced_by"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_introduction_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_introduction_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_introduction_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_introduction_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_introduction_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_introduction_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_introduction")),
    )
    op.create_index(
        "ix_introduction_lead", "introduction", ["district_id", "lead_id", "id"], unique=False
    )
    op.create_index(
        "ix_introduction_teacher", "introduction", ["district_id", "teacher_id", "id"], unique=False
    )
    op.create_index(
        "uq_introduction_relationship",
        "introduction",
        ["district_id", "relationship_id"],
        unique=True,
    )
    op.create_table(
        "outreach_message",
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_on", sa.Date(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("addresses", sa.LargeBinary(), nullable=True),
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
        sa.CheckConstraint(
            "(state = 'handed_over') = (handed_over_on is not null)",
            name=op.f("ck_outreach_message_handed_over_when"),
        ),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at is not null)", name=op.f("ck_outreach_message_sent_when")
        ),
        sa.CheckConstraint(
            "state in ('draft', 'scheduled', 'queued', 'sent', 'failed', 'handed_over')",
            name=op.f("ck_outreach_message_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_outreach_message_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_outreach_message_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_outreach_message_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_outreach_message_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_outreach_message_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "template_id"],
            ["template.district_id", "template.id"],
            name=op.f("fk_outreach_message_district_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_outreach_message_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_outreach_message")),
    )
    op.create_index(
        "ix_outreach_message_lead",
        "outreach_message",
        ["district_id", "lead_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_outreach_message_relationship",
        "outreach_message",
        ["district_id", "relationship_id"],
        unique=False,
    )
    op.create_index(
        "ix_outreach_message_teacher",
        "outreach_message",
        ["district_id", "teacher_id", "state", "id"],
        unique=False,
    )
    op.create_table(
        "questionnaire",
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.CheckConstraint(
            "state in ('assigned', 'in_progress', 'submitted', 'reviewed')",
            name=op.f("ck_questionnaire_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_questionnaire_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_questionnaire_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_questionnaire_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_questionnaire_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_questionnaire_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "template_id"],
            ["template.district_id", "template.id"],
            name=op.f("fk_questionnaire_district_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_questionnaire_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_questionnaire")),
    )
    op.create_index(
        "ix_questionnaire_lead", "questionnaire", ["district_id", "lead_id", "id"], unique=False
    )
    op.create_index(
        "ix_questionnaire_relationship",
        "questionnaire",
        ["district_id", "relationship_id"],
        unique=False,
    )
    op.create_index(
        "ix_questionnaire_teacher",
        "questionnaire",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_table(
        "role_note",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.CheckConstraint(
            "(state = 'answered') = (answer is not null)", name=op.f("ck_role_note_answered_with")
        ),
        sa.CheckConstraint("kind in ('expectation', 'question')", name=op.f("ck_role_note_kind")),
        sa.CheckConstraint("state in ('open', 'answered')", name=op.f("ck_role_note_state")),
        sa.ForeignKeyConstraint(
            ["district_id", "answered_by_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_role_note_district_id_answered_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_role_note_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_role_note_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_role_note_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_role_note_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_role_note_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_role_note_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_role_note")),
    )
    op.create_index(
        "ix_role_note_lead", "role_note", ["district_id", "lead_id", "id"], unique=False
    )
    op.create_index(
        "ix_role_note_teacher", "role_note", ["district_id", "teacher_id", "id"], unique=False
    )
    op.create_table(
        "agreement_acceptance",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "agreement_id"],
            ["coaching_agreement.district_id", "coaching_agreement.id"],
            name=op.f("fk_agreement_acceptance_district_id_agreement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_agreement_acceptance_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_agreement_acceptance_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_agreement_acceptance")),
    )
    op.create_index(
        "uq_agreement_acceptance",
        "agreement_acceptance",
        ["district_id", "agreement_id", "person_id"],
        unique=True,
    )
    op.create_table(
        "questionnaire_draft",
        sa.Column("answers", postgresql.JSONB(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_questionnaire_draft_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "id"],
            ["questionnaire.district_id", "questionnaire.id"],
            name=op.f("fk_questionnaire_draft_district_id_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_questionnaire_draft_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_questionnaire_draft_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_questionnaire_draft_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_questionnaire_draft_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_questionnaire_draft_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_questionnaire_draft")),
    )
    op.create_table(
        "questionnaire_submission",
        sa.Column("questionnaire_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_questionnaire_submission_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_questionnaire_submission_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "questionnaire_id"],
            ["questionnaire.district_id", "questionnaire.id"],
            name=op.f("fk_questionnaire_submission_district_id_questionnaire_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_questionnaire_submission_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_questionnaire_submission_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "template_id"],
            ["template.district_id", "template.id"],
            name=op.f("fk_questionnaire_submission_district_id_template_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_questionnaire_submission_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_questionnaire_submission")),
    )
    op.create_index(
        "uq_questionnaire_submission_number",
        "questionnaire_submission",
        ["district_id", "questionnaire_id", "number"],
        unique=True,
    )
    op.create_table(
        "conversation_goal",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "conversation_id"],
            ["conversation.district_id", "conversation.id"],
            name=op.f("fk_conversation_goal_district_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_conversation_goal_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_conversation_goal_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_conversation_goal")),
    )
    op.create_index(
        "uq_conversation_goal",
        "conversation_goal",
        ["district_id", "conversation_id", "goal_id"],
        unique=True,
    )
    op.create_table(
        "reminder",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind in ('due_soon', 'overdue')", name=op.f("ck_reminder_kind")),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_reminder_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "step_id"],
            ["next_step.district_id", "next_step.id"],
            name=op.f("fk_reminder_district_id_step_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_reminder_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_reminder")),
    )
    op.create_index(
        "ix_reminder_person", "reminder", ["district_id", "person_id", "id"], unique=False
    )
    op.create_index(
        "uq_reminder",
        "reminder",
        ["district_id", "step_id", "person_id", "kind", "due_on"],
        unique=True,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_column("meeting", "skipped_at")
    op.drop_column("meeting_series", "ended_at")
    op.drop_column("person", "mail_reminders")
    op.drop_column("coaching_relationship", "capacities")
    op.drop_index("uq_reminder", table_name="reminder")
    op.drop_index("ix_reminder_person", table_name="reminder")
    op.drop_table("reminder")
    op.drop_index("uq_conversation_goal", table_name="conversation_goal")
    op.drop_table("conversation_goal")
    op.drop_index("uq_questionnaire_submission_number", table_name="questionnaire_submission")
    op.drop_table("questionnaire_submission")
    op.drop_table("questionnaire_draft")
    op.drop_index("uq_agreement_acceptance", table_name="agreement_acceptance")
    op.drop_table("agreement_acceptance")
    op.drop_index("ix_role_note_teacher", table_name="role_note")
    op.drop_index("ix_role_note_lead", table_name="role_note")
    op.drop_table("role_note")
    op.drop_index("ix_questionnaire_teacher", table_name="questionnaire")
    op.drop_index("ix_questionnaire_relationship", table_name="questionnaire")
    op.drop_index("ix_questionnaire_lead", table_name="questionnaire")
    op.drop_table("questionnaire")
    op.drop_index("ix_outreach_message_teacher", table_name="outreach_message")
    op.drop_index("ix_outreach_message_relationship", table_name="outreach_message")
    op.drop_index("ix_outreach_message_lead", table_name="outreach_message")
    op.drop_table("outreach_message")
    op.drop_index("uq_introduction_relationship", table_name="introduction")
    op.drop_index("ix_introduction_teacher", table_name="introduction")
    op.drop_index("ix_introduction_lead", table_name="introduction")
    op.drop_table("introduction")
    op.drop_index(
        "uq_conversation_kind",
        table_name="conversation",
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.drop_index("ix_conversation_teacher", table_name="conversation")
    op.drop_index("ix_conversation_school", table_name="conversation")
    op.drop_index("ix_conversation_lead", table_name="conversation")
    op.drop_table("conversation")
    op.drop_index("uq_coaching_preferences_number", table_name="coaching_preferences")
    op.drop_index("ix_coaching_preferences_teacher", table_name="coaching_preferences")
    op.drop_index("ix_coaching_preferences_lead", table_name="coaching_preferences")
    op.drop_table("coaching_preferences")
    op.drop_index(
        "uq_coaching_agreement_proposed",
        table_name="coaching_agreement",
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index("uq_coaching_agreement_number", table_name="coaching_agreement")
    op.drop_index(
        "uq_coaching_agreement_accepted",
        table_name="coaching_agreement",
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.drop_index("ix_coaching_agreement_teacher", table_name="coaching_agreement")
    op.drop_index("ix_coaching_agreement_lead", table_name="coaching_agreement")
    op.drop_table("coaching_agreement")
    op.drop_index("uq_template_number", table_name="template", postgresql_nulls_not_distinct=True)
    op.drop_index("ix_template_kind", table_name="template")
    op.drop_table("template")
    op.drop_index("ix_shared_record_teacher", table_name="shared_record")
    op.drop_index("ix_shared_record_school", table_name="shared_record")
    op.drop_index("ix_shared_record_record", table_name="shared_record")
    op.drop_index("ix_shared_record_lead", table_name="shared_record")
    op.drop_table("shared_record")
