"""Support requests in confidence, interventions and leader updates."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = (
    "support_request",
    "support_recipient",
    "support_entry",
    "intervention",
    "leader_update",
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
        "leader_update",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("leader_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("teacher_may_read", sa.Boolean(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "about_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_leader_update_district_id_about_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_leader_update_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "leader_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_leader_update_district_id_leader_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_leader_update_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_leader_update_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_leader_update")),
    )
    op.create_index(
        "ix_leader_update_about", "leader_update", ["district_id", "about_id", "id"], unique=False
    )
    op.create_index(
        "ix_leader_update_author", "leader_update", ["district_id", "author_id", "id"], unique=False
    )
    op.create_index(
        "ix_leader_update_leader", "leader_update", ["district_id", "leader_id", "id"], unique=False
    )
    op.create_table(
        "support_request",
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("raiser_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('open', 'acknowledged', 'in_progress', 'resolved', 'withdrawn')",
            name=op.f("ck_support_request_state"),
        ),
        sa.CheckConstraint("raiser_id <> about_id", name=op.f("ck_support_request_two_people")),
        sa.ForeignKeyConstraint(
            ["district_id", "about_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_support_request_district_id_about_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "raiser_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_support_request_district_id_raiser_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "school_id"],
            ["school.district_id", "school.id"],
            name=op.f("fk_support_request_district_id_school_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_support_request_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_support_request")),
    )
    op.create_index(
        "ix_support_request_raiser",
        "support_request",
        ["district_id", "raiser_id", "id"],
        unique=False,
    )
    op.create_table(
        "intervention",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("leader_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('requested', 'accepted', 'declined', 'under_way', 'done')",
            name=op.f("ck_intervention_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_intervention_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "leader_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_intervention_district_id_leader_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "request_id"],
            ["support_request.district_id", "support_request.id"],
            name=op.f("fk_intervention_district_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_intervention_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_intervention")),
    )
    op.create_index(
        "ix_intervention_request", "intervention", ["district_id", "request_id", "id"], unique=False
    )
    op.create_table(
        "support_entry",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'next_step') = (owner_id is not null and due_on is not null)",
            name=op.f("ck_support_entry_step_has_owner_and_day"),
        ),
        sa.CheckConstraint(
            "kind in ('message', 'solution', 'next_step')", name=op.f("ck_support_entry_kind")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_support_entry_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "owner_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_support_entry_district_id_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "request_id"],
            ["support_request.district_id", "support_request.id"],
            name=op.f("fk_support_entry_district_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_support_entry_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_support_entry")),
    )
    op.create_index(
        "ix_support_entry_request",
        "support_entry",
        ["district_id", "request_id", "id"],
        unique=False,
    )
    op.create_table(
        "support_recipient",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "person_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_support_recipient_district_id_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "request_id"],
            ["support_request.district_id", "support_request.id"],
            name=op.f("fk_support_recipient_district_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_support_recipient_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_support_recipient")),
    )
    op.create_index(
        "ix_support_recipient_person",
        "support_recipient",
        ["district_id", "person_id", "request_id"],
        unique=False,
    )
    op.create_index(
        "uq_support_recipient",
        "support_recipient",
        ["district_id", "request_id", "person_id"],
        unique=True,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_index("uq_support_recipient", table_name="support_recipient")
    op.drop_index("ix_support_recipient_person", table_name="support_recipient")
    op.drop_table("support_recipient")
    op.drop_index("ix_support_entry_request", table_name="support_entry")
    op.drop_table("support_entry")
    op.drop_index("ix_intervention_request", table_name="intervention")
    op.drop_table("intervention")
    op.drop_index("ix_support_request_raiser", table_name="support_request")
    op.drop_table("support_request")
    op.drop_index("ix_leader_update_leader", table_name="leader_update")
    op.drop_index("ix_leader_update_author", table_name="leader_update")
    op.drop_index("ix_leader_update_about", table_name="leader_update")
    op.drop_table("leader_update")
