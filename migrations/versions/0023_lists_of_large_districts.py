"""Indexes for lists that read through a table once it was large."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

#: index → table, columns behind the district
_INDEXES = {
    "ix_school_name": ("school", "name, id"),
    "ix_school_year_first_day": ("school_year", "first_day, id"),
    "ix_team_name": ("team", "name, id"),
    "ix_course_title": ("course", "title, id"),
    "ix_class_section_title": ("class_section", "title, id"),
    "ix_meeting_feedback_teacher": ("meeting_feedback", "teacher_id, id"),
    "ix_learning_cycle_previous": ("learning_cycle", "previous_id"),
    "ix_cycle_activity_school": ("cycle_activity", "school_id, starts_at, id"),
    "ix_cycle_adjustment_team": ("cycle_adjustment", "team_id, id"),
    "ix_cycle_use_teacher": ("cycle_use", "teacher_id, id"),
    "ix_cycle_use_team": ("cycle_use", "team_id, id"),
    "ix_co_observer_teacher": ("co_observer", "teacher_id, id"),
    "ix_co_observer_school": ("co_observer", "school_id, id"),
    "ix_indicator_feedback_school": ("indicator_feedback", "school_id, id"),
    "ix_indicator_feedback_author": ("indicator_feedback", "author_id, id"),
    "ix_feedback_conversation_school": ("feedback_conversation", "school_id, id"),
}


def upgrade() -> None:
    for name, (table, columns) in _INDEXES.items():
        op.execute(
            "-- squawk-ignore require-concurrent-index-creation\n"
            f"create index {name} on {table} (district_id, {columns})"
        )


def downgrade() -> None:
    for name, (table, _) in _INDEXES.items():
        op.drop_index(name, table_name=table)
