"""Observations: kinds, visits, what was written, and who read it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLES = (
    "observation_kind",
    "observer_certification",
    "observation",
    "co_observer",
    "evidence_item",
    "evidence_tag",
    "observation_rating",
    "observation_revision",
    "access_log",
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
        "observation_kind",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("formal", sa.Boolean(), nullable=False),
        sa.Column("scored", sa.Boolean(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("min_minutes", sa.Integer(), nullable=False),
        sa.Column("observers", postgresql.JSONB(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("min_minutes >= 0", name=op.f("ck_observation_kind_minutes")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_observation_kind_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_observation_kind")),
    )
    op.create_index(
        "uq_observation_kind_key",
        "observation_kind",
        ["district_id", "key", "from_on"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "access_log",
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "reader_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_access_log_district_id_reader_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_access_log_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_access_log_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_access_log_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_access_log")),
    )
    op.create_index(
        "ix_access_log_record", "access_log", ["district_id", "record_id", "at", "id"], unique=False
    )
    op.create_index(
        "ix_access_log_teacher",
        "access_log",
        ["district_id", "teacher_id", "at", "id"],
        unique=False,
    )
    op.create_table(
        "observer_certification",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "until_on is null or from_on <= until_on",
            name=op.f("ck_observer_certification_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_observer_certification_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_observer_certification_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_observer_certification")),
    )
    op.create_index(
        "ix_observer_certification_person",
        "observer_certification",
        ["district_id", "person_id", "from_on"],
        unique=False,
    )
    op.create_table(
        "observation",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("school_year_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("observer_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("kind_id", sa.Uuid(), nullable=False),
        sa.Column("formal", sa.Boolean(), nullable=False),
        sa.Column("scored", sa.Boolean(), nullable=False),
        sa.Column("evaluative", sa.Boolean(), nullable=False),
        sa.Column("observer_kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
        sa.Column("focus", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("intends", postgresql.JSONB(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_moved", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cycle_id", sa.Uuid(), nullable=True),
        sa.Column("goal_id", sa.Uuid(), nullable=True),
        sa.Column("preferences_id", sa.Uuid(), nullable=True),
        sa.Column("overrides", postgresql.JSONB(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discussed_on", sa.Date(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "observer_kind in ('school_leader', 'lead', 'peer')",
            name=op.f("ck_observation_observer_kind"),
        ),
        sa.CheckConstraint(
            "state in ('scheduled', 'in_progress', 'drafted', 'shared', 'discussed', 'acknowledged', 'locked', 'cancelled', 'void')",
            name=op.f("ck_observation_state"),
        ),
        sa.CheckConstraint(
            "evaluative = (formal and scored)", name=op.f("ck_observation_evaluative_by_kind")
        ),
        sa.CheckConstraint("observer_id <> teacher_id", name=op.f("ck_observation_two_people")),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_observation_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "cycle_id"],
            ["learning_cycle.district_id", "learning_cycle.id"],
            name=op.f("fk_observation_district_id_cycle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_observation_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "kind_id"],
            ["observation_kind.district_id", "observation_kind.id"],
            name=op.f("fk_observation_district_id_kind_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observer_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_observation_district_id_observer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "preferences_id"],
            ["coaching_preferences.district_id", "coaching_preferences.id"],
            name=op.f("fk_observation_district_id_preferences_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_observation_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_year_id"],
            ["school_year.district_id", "school_year.id"],
            name=op.f("fk_observation_district_id_school_year_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_observation_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_observation_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_observation")),
    )
    op.create_index(
        "ix_observation_cycle", "observation", ["district_id", "cycle_id"], unique=False
    )
    op.create_index(
        "ix_observation_observer",
        "observation",
        ["district_id", "observer_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_observation_school",
        "observation",
        ["district_id", "school_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_observation_teacher",
        "observation",
        ["district_id", "teacher_id", "starts_at", "id"],
        unique=False,
    )
    op.create_table(
        "co_observer",
        sa.Column("observation_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("observer_id", sa.Uuid(), nullable=False),
        sa.Column("observer_kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("evaluative", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "observer_kind in ('school_leader', 'lead', 'peer')",
            name=op.f("ck_co_observer_observer_kind"),
        ),
        sa.CheckConstraint(
            "state in ('asked', 'consented', 'declined', 'withdrawn')",
            name=op.f("ck_co_observer_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_co_observer_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observation_id"],
            ["observation.district_id", "observation.id"],
            name=op.f("fk_co_observer_district_id_observation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observer_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_co_observer_district_id_observer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_co_observer_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_co_observer_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_co_observer_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_co_observer_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_co_observer")),
    )
    op.create_index(
        "ix_co_observer_person", "co_observer", ["district_id", "person_id"], unique=False
    )
    op.create_index(
        "uq_co_observer", "co_observer", ["district_id", "observation_id", "person_id"], unique=True
    )
    op.create_table(
        "evidence_item",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("verbatim", sa.Boolean(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("about_key", sa.Text(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wordings", postgresql.JSONB(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("observation_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("observer_id", sa.Uuid(), nullable=False),
        sa.Column("observer_kind", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("evaluative", sa.Boolean(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('evidence', 'interpretation', 'question')", name=op.f("ck_evidence_item_kind")
        ),
        sa.CheckConstraint(
            "observer_kind in ('school_leader', 'lead', 'peer')",
            name=op.f("ck_evidence_item_observer_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "about_id"],
            ["evidence_item.district_id", "evidence_item.id"],
            name=op.f("fk_evidence_item_district_id_about_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_evidence_item_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observation_id"],
            ["observation.district_id", "observation.id"],
            name=op.f("fk_evidence_item_district_id_observation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observer_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_evidence_item_district_id_observer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_evidence_item_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_evidence_item_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_evidence_item_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_evidence_item")),
    )
    op.create_index(
        "ix_evidence_item_observation",
        "evidence_item",
        ["district_id", "observation_id", "at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_evidence_item_seq",
        "evidence_item",
        ["district_id", "observation_id", "seq", "id"],
        unique=False,
    )
    op.create_index(
        "uq_evidence_item_key",
        "evidence_item",
        ["district_id", "observation_id", "author_id", "client_key"],
        unique=True,
    )
    op.create_table(
        "observation_rating",
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("not_observed_reason", sa.Text(), nullable=True),
        sa.Column("observation_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("observer_id", sa.Uuid(), nullable=False),
        sa.Column("observer_kind", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("evaluative", sa.Boolean(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "observer_kind in ('school_leader', 'lead', 'peer')",
            name=op.f("ck_observation_rating_observer_kind"),
        ),
        sa.CheckConstraint(
            "(score is null) <> (not_observed_reason is null)",
            name=op.f("ck_observation_rating_score_or_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_observation_rating_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_observation_rating_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observation_id"],
            ["observation.district_id", "observation.id"],
            name=op.f("fk_observation_rating_district_id_observation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observer_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_observation_rating_district_id_observer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_observation_rating_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_observation_rating_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_observation_rating_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_observation_rating")),
    )
    op.create_index(
        "uq_observation_rating",
        "observation_rating",
        ["district_id", "observation_id", "indicator_id"],
        unique=True,
    )
    op.create_table(
        "observation_revision",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("observation_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("observer_id", sa.Uuid(), nullable=False),
        sa.Column("observer_kind", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("evaluative", sa.Boolean(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "observer_kind in ('school_leader', 'lead', 'peer')",
            name=op.f("ck_observation_revision_observer_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_observation_revision_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observation_id"],
            ["observation.district_id", "observation.id"],
            name=op.f("fk_observation_revision_district_id_observation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "observer_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_observation_revision_district_id_observer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_observation_revision_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_observation_revision_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_observation_revision_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_observation_revision")),
    )
    op.create_index(
        "uq_observation_revision",
        "observation_revision",
        ["district_id", "observation_id", "number"],
        unique=True,
    )
    op.create_table(
        "evidence_tag",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_evidence_tag_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "item_id"],
            ["evidence_item.district_id", "evidence_item.id"],
            name=op.f("fk_evidence_tag_district_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_evidence_tag_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_evidence_tag")),
    )
    op.create_index(
        "ix_evidence_tag_indicator", "evidence_tag", ["district_id", "indicator_id"], unique=False
    )
    op.create_index(
        "uq_evidence_tag", "evidence_tag", ["district_id", "item_id", "indicator_id"], unique=True
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_index("uq_evidence_tag", table_name="evidence_tag")
    op.drop_index("ix_evidence_tag_indicator", table_name="evidence_tag")
    op.drop_table("evidence_tag")
    op.drop_index("uq_observation_revision", table_name="observation_revision")
    op.drop_table("observation_revision")
    op.drop_index("uq_observation_rating", table_name="observation_rating")
    op.drop_table("observation_rating")
    op.drop_index("uq_evidence_item_key", table_name="evidence_item")
    op.drop_index("ix_evidence_item_seq", table_name="evidence_item")
    op.drop_index("ix_evidence_item_observation", table_name="evidence_item")
    op.drop_table("evidence_item")
    op.drop_index("uq_co_observer", table_name="co_observer")
    op.drop_index("ix_co_observer_person", table_name="co_observer")
    op.drop_table("co_observer")
    op.drop_index("ix_observation_teacher", table_name="observation")
    op.drop_index("ix_observation_school", table_name="observation")
    op.drop_index("ix_observation_observer", table_name="observation")
    op.drop_index("ix_observation_cycle", table_name="observation")
    op.drop_table("observation")
    op.drop_index("ix_observer_certification_person", table_name="observer_certification")
    op.drop_table("observer_certification")
    op.drop_index("ix_access_log_teacher", table_name="access_log")
    op.drop_index("ix_access_log_record", table_name="access_log")
    op.drop_table("access_log")
    op.drop_index(
        "uq_observation_kind_key", table_name="observation_kind", postgresql_nulls_not_distinct=True
    )
    op.drop_table("observation_kind")
