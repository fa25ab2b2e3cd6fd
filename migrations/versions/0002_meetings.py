"""1:1 meetings: series, meetings, agenda, next steps, feedback, bookings"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = (
    "meeting_series",
    "meeting",
    "booking",
    "agenda_item",
    "agenda_item_version",
    "next_step",
    "meeting_feedback",
    "series_review",
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
    # Equality of ids beside overlap of times in one exclusion constraint; a trusted extension, so
    # the owner of the database may create it.
    op.execute("create extension if not exists btree_gist")
    op.create_table(
        "booking",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("blocking", sa.Boolean(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("district_id"), "="),
            (sa.column("person_id"), "="),
            (sa.column("during"), "&&"),
            where=sa.text("blocking"),
            using="gist",
            name="ex_booking_one_place_at_a_time",
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_booking_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_booking_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_booking")),
    )
    op.create_index("ix_booking_source", "booking", ["district_id", "source_id"], unique=False)
    op.create_table(
        "meeting_series",
        sa.Column("relationship_id", sa.Uuid(), nullable=False),
        sa.Column("school_year_id", sa.Uuid(), nullable=False),
        sa.Column("every_weeks", sa.Integer(), nullable=False),
        sa.Column("cadence_reason", sa.Text(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("led_by", sa.Text(), nullable=False),
        sa.Column("focus", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("review_due", sa.Boolean(), nullable=False),
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
            "focus in ('check_in', 'co_planning', 'observation_debrief', 'co_observation', 'data', 'reflection', 'goal')",
            name=op.f("ck_meeting_series_focus"),
        ),
        sa.CheckConstraint("led_by in ('teacher', 'lead')", name=op.f("ck_meeting_series_led_by")),
        sa.CheckConstraint(
            "state in ('active', 'paused', 'ended')", name=op.f("ck_meeting_series_state")
        ),
        sa.CheckConstraint(
            "every_weeks in (1, 2) or cadence_reason is not null",
            name=op.f("ck_meeting_series_cadence_explained"),
        ),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_meeting_series_in_order")),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_meeting_series_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_meeting_series_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_meeting_series_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_meeting_series_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_year_id"],
            ["school_year.district_id", "school_year.id"],
            name=op.f("fk_meeting_series_district_id_school_year_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_meeting_series_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_meeting_series_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_meeting_series")),
    )
    op.create_index(
        "ix_meeting_series_lead", "meeting_series", ["district_id", "lead_id", "id"], unique=False
    )
    op.create_index(
        "ix_meeting_series_teacher",
        "meeting_series",
        ["district_id", "teacher_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_meeting_series_pair",
        "meeting_series",
        ["district_id", "relationship_id"],
        unique=True,
        postgresql_where=sa.text("state in ('active', 'paused')"),
    )
    op.create_table(
        "meeting",
        sa.Column("relationship_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_moved", sa.Boolean(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("led_by", sa.Text(), nullable=False),
        sa.Column("focus", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("skip", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("no_next_steps", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
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
            "(state = 'completed') = (completed_at is not null)",
            name=op.f("ck_meeting_completed_when"),
        ),
        sa.CheckConstraint(
            "(state = 'skipped') = (skip is not null)", name=op.f("ck_meeting_skip_explained")
        ),
        sa.CheckConstraint(
            "focus in ('check_in', 'co_planning', 'observation_debrief', 'co_observation', 'data', 'reflection', 'goal')",
            name=op.f("ck_meeting_focus"),
        ),
        sa.CheckConstraint("led_by in ('teacher', 'lead')", name=op.f("ck_meeting_led_by")),
        sa.CheckConstraint(
            "skip in ('leave', 'testing', 'holiday', 'series_paused')", name=op.f("ck_meeting_skip")
        ),
        sa.CheckConstraint(
            "state in ('scheduled', 'in_progress', 'completed', 'cancelled', 'missed', 'skipped')",
            name=op.f("ck_meeting_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_meeting_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_meeting_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "relationship_id"],
            ["coaching_relationship.district_id", "coaching_relationship.id"],
            name=op.f("fk_meeting_district_id_relationship_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_meeting_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "series_id"],
            ["meeting_series.district_id", "meeting_series.id"],
            name=op.f("fk_meeting_district_id_series_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_meeting_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_meeting_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_meeting")),
    )
    op.create_index(
        "ix_meeting_lead", "meeting", ["district_id", "lead_id", "starts_at", "id"], unique=False
    )
    op.create_index(
        "ix_meeting_school",
        "meeting",
        ["district_id", "school_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_meeting_teacher",
        "meeting",
        ["district_id", "teacher_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_meeting_series_due", "meeting", ["district_id", "series_id", "due_on"], unique=True
    )
    op.create_table(
        "series_review",
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("agenda_changed", sa.Boolean(), nullable=False),
        sa.Column("schedule_changed", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
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
            name=op.f("fk_series_review_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_series_review_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_series_review_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "series_id"],
            ["meeting_series.district_id", "meeting_series.id"],
            name=op.f("fk_series_review_district_id_series_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_series_review_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_series_review_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_series_review")),
    )
    op.create_index(
        "ix_series_review_series", "series_review", ["district_id", "series_id", "id"], unique=False
    )
    op.create_table(
        "agenda_item",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
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
            "state in ('open', 'discussed', 'carried_over', 'dropped')",
            name=op.f("ck_agenda_item_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_agenda_item_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "carried_from_id"],
            ["agenda_item.district_id", "agenda_item.id"],
            name=op.f("fk_agenda_item_district_id_carried_from_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_agenda_item_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "meeting_id"],
            ["meeting.district_id", "meeting.id"],
            name=op.f("fk_agenda_item_district_id_meeting_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_agenda_item_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_agenda_item_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_agenda_item_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_agenda_item")),
    )
    op.create_index(
        "ix_agenda_item_meeting",
        "agenda_item",
        ["district_id", "meeting_id", "position", "id"],
        unique=False,
    )
    op.create_index(
        "ix_agenda_item_open", "agenda_item", ["district_id", "teacher_id", "state"], unique=False
    )
    op.create_table(
        "meeting_feedback",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("structure", sa.Integer(), nullable=False),
        sa.Column("content", sa.Integer(), nullable=False),
        sa.Column("word", sa.Text(), nullable=True),
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
            "content between 1 and 5", name=op.f("ck_meeting_feedback_content_of_five")
        ),
        sa.CheckConstraint(
            "structure between 1 and 5", name=op.f("ck_meeting_feedback_structure_of_five")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_meeting_feedback_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_meeting_feedback_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "meeting_id"],
            ["meeting.district_id", "meeting.id"],
            name=op.f("fk_meeting_feedback_district_id_meeting_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_meeting_feedback_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "series_id"],
            ["meeting_series.district_id", "meeting_series.id"],
            name=op.f("fk_meeting_feedback_district_id_series_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_meeting_feedback_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_meeting_feedback_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_meeting_feedback")),
    )
    op.create_index(
        "ix_meeting_feedback_series",
        "meeting_feedback",
        ["district_id", "series_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_meeting_feedback_meeting",
        "meeting_feedback",
        ["district_id", "meeting_id"],
        unique=True,
    )
    op.create_table(
        "next_step",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
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
            "state in ('open', 'done', 'carried_over', 'dropped')", name=op.f("ck_next_step_state")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_next_step_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "carried_from_id"],
            ["next_step.district_id", "next_step.id"],
            name=op.f("fk_next_step_district_id_carried_from_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "lead_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_next_step_district_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "meeting_id"],
            ["meeting.district_id", "meeting.id"],
            name=op.f("fk_next_step_district_id_meeting_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "owner_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_next_step_district_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_next_step_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_next_step_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_next_step_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_next_step")),
    )
    op.create_index(
        "ix_next_step_meeting", "next_step", ["district_id", "meeting_id", "id"], unique=False
    )
    op.create_index(
        "ix_next_step_teacher",
        "next_step",
        ["district_id", "teacher_id", "state", "due_on", "id"],
        unique=False,
    )
    op.create_table(
        "agenda_item_version",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_agenda_item_version_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "item_id"],
            ["agenda_item.district_id", "agenda_item.id"],
            name=op.f("fk_agenda_item_version_district_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_agenda_item_version_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_agenda_item_version")),
    )
    op.create_index(
        "uq_agenda_item_version",
        "agenda_item_version",
        ["district_id", "item_id", "number"],
        unique=True,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_index("uq_agenda_item_version", table_name="agenda_item_version")
    op.drop_table("agenda_item_version")
    op.drop_index("ix_next_step_teacher", table_name="next_step")
    op.drop_index("ix_next_step_meeting", table_name="next_step")
    op.drop_table("next_step")
    op.drop_index("uq_meeting_feedback_meeting", table_name="meeting_feedback")
    op.drop_index("ix_meeting_feedback_series", table_name="meeting_feedback")
    op.drop_table("meeting_feedback")
    op.drop_index("ix_agenda_item_open", table_name="agenda_item")
    op.drop_index("ix_agenda_item_meeting", table_name="agenda_item")
    op.drop_table("agenda_item")
    op.drop_index("ix_series_review_series", table_name="series_review")
    op.drop_table("series_review")
    op.drop_index("uq_meeting_series_due", table_name="meeting")
    op.drop_index("ix_meeting_teacher", table_name="meeting")
    op.drop_index("ix_meeting_school", table_name="meeting")
    op.drop_index("ix_meeting_lead", table_name="meeting")
    op.drop_table("meeting")
    op.drop_index(
        "uq_meeting_series_pair",
        table_name="meeting_series",
        postgresql_where=sa.text("state in ('active', 'paused')"),
    )
    op.drop_index("ix_meeting_series_teacher", table_name="meeting_series")
    op.drop_index("ix_meeting_series_lead", table_name="meeting_series")
    op.drop_table("meeting_series")
    op.drop_index("ix_booking_source", table_name="booking")
    op.drop_table("booking")
