"""Rosters pulled from the district's own service."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TABLES = (
    "roster_connection",
    "roster_pull",
    "roster_pull_page",
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
        "roster_connection",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("token_url", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(), nullable=False),
        sa.Column("staff_only", sa.Boolean(), nullable=False),
        sa.Column("full_every_days", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("last_pulled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('active', 'paused')", name=op.f("ck_roster_connection_state")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_roster_connection_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_roster_connection")),
    )
    op.create_index(
        "uq_roster_connection_source", "roster_connection", ["district_id", "source"], unique=True
    )
    op.create_table(
        "roster_pull",
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("progress", postgresql.JSONB(), nullable=False),
        sa.Column("position", postgresql.JSONB(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("kept_characters", sa.BigInteger(), nullable=False),
        sa.Column("served_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_status", sa.Integer(), nullable=True),
        sa.Column("problem_collection", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode in ('bulk', 'delta')", name=op.f("ck_roster_pull_mode")),
        sa.CheckConstraint(
            "state in ('waiting', 'running', 'reported', 'failed')",
            name=op.f("ck_roster_pull_state"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "connection_id"],
            ["roster_connection.district_id", "roster_connection.id"],
            name=op.f("fk_roster_pull_district_id_connection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "import_id"],
            ["roster_import.district_id", "roster_import.id"],
            name=op.f("fk_roster_pull_district_id_import_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_roster_pull_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_roster_pull")),
    )
    op.create_index(
        "ix_roster_pull_connection",
        "roster_pull",
        ["district_id", "connection_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_roster_pull_live",
        "roster_pull",
        ["district_id", "connection_id"],
        unique=True,
        postgresql_where=sa.text("state in ('waiting', 'running')"),
    )
    op.create_table(
        "roster_pull_page",
        sa.Column("pull_id", sa.Uuid(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("tables", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "pull_id"],
            ["roster_pull.district_id", "roster_pull.id"],
            name=op.f("fk_roster_pull_page_district_id_pull_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_roster_pull_page_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_roster_pull_page")),
    )
    op.create_index(
        "uq_roster_pull_page_number",
        "roster_pull_page",
        ["district_id", "pull_id", "collection", "number"],
        unique=True,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))


def downgrade() -> None:
    op.drop_index("uq_roster_pull_page_number", table_name="roster_pull_page")
    op.drop_table("roster_pull_page")
    op.drop_index(
        "uq_roster_pull_live",
        table_name="roster_pull",
        postgresql_where=sa.text("state in ('waiting', 'running')"),
    )
    op.drop_index("ix_roster_pull_connection", table_name="roster_pull")
    op.drop_table("roster_pull")
    op.drop_index("uq_roster_connection_source", table_name="roster_connection")
    op.drop_table("roster_connection")
