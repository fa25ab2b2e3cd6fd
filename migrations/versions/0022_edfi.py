"""Goals in Ed-Fi's form: natural keys that ended or differ from the title, and change versions."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLES = (
    "edfi_key",
    "edfi_version",
)

#: as in 0001: with `(select …)` the setting is read once a statement; unset shows no row
_POLICY = (
    "alter table {table} enable row level security",
    "alter table {table} force row level security",
    """create policy district_only on {table}
    using (district_id = (select nullif(current_setting('app.district', true), '')::uuid))
    with check (district_id = (select nullif(current_setting('app.district', true), '')::uuid))""",
)
_INDEXES = (
    """-- squawk-ignore require-concurrent-index-creation
    create index ix_feed_entry_object on feed_entry
        (district_id, object_id, transaction, position)""",
    """-- squawk-ignore require-concurrent-index-creation
    create index ix_goal_individual on goal (district_id, id) include (level, state)
    where level = 'individual' and state in ('agreed', 'closed')""",
)
_DISTRICTS = sa.text("select id from district")
_ENTER = sa.text("select set_config('app.district', :district, true)")
#: the owner, too, sees one district at a time
_MARK = sa.text(
    """insert into edfi_key (district_id, goal_id, teacher_id, assigned_on, title, gone)
    select district_id, id, teacher_id, assigned_on,
        title || ' (' || right(replace(id::text, '-', ''), 8) || ')', false
    from (
        select district_id, id, teacher_id, title,
            (created_at at time zone 'UTC')::date as assigned_on,
            row_number() over (
                partition by teacher_id, (created_at at time zone 'UTC')::date, lower(btrim(title))
                order by id
            ) as number
        from goal
        where district_id = :district and level = 'individual' and state in ('agreed', 'closed')
    ) goals
    where number > 1"""
)


def upgrade() -> None:
    op.create_table(
        "edfi_key",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("teacher_id", sa.Uuid(), nullable=False),
        sa.Column("assigned_on", sa.Date(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("back", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "teacher_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_edfi_key_district_id_teacher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_edfi_key_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "goal_id", "place", name=op.f("pk_edfi_key")),
    )
    op.create_index(
        "uq_edfi_key_in_force",
        "edfi_key",
        ["district_id", "goal_id"],
        unique=True,
        postgresql_where=sa.text("ended is null"),
    )
    op.create_index(
        "ix_edfi_key_person", "edfi_key", ["district_id", "teacher_id", "assigned_on"], unique=False
    )
    op.create_index(
        "ix_edfi_key_ended", "edfi_key", ["district_id", "ended", "goal_id"], unique=False
    )
    op.create_table(
        "edfi_version",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("transaction", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_edfi_version_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "version", name=op.f("pk_edfi_version")),
    )
    op.create_index(
        "ix_edfi_version_transaction", "edfi_version", ["district_id", "transaction"], unique=False
    )
    for index in _INDEXES:
        op.execute(index)
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))
    connection = op.get_bind()
    for (district,) in connection.execute(_DISTRICTS).all():
        connection.execute(_ENTER, {"district": str(district)})
        connection.execute(_MARK, {"district": district})
    connection.execute(_ENTER, {"district": ""})


def downgrade() -> None:
    op.drop_index(
        "ix_goal_individual",
        table_name="goal",
        postgresql_where=sa.text("level = 'individual' and state in ('agreed', 'closed')"),
    )
    op.drop_index("ix_feed_entry_object", table_name="feed_entry")
    op.drop_index("ix_edfi_version_transaction", table_name="edfi_version")
    op.drop_table("edfi_version")
    op.drop_index("ix_edfi_key_ended", table_name="edfi_key")
    op.drop_index("ix_edfi_key_person", table_name="edfi_key")
    op.drop_index(
        "uq_edfi_key_in_force", table_name="edfi_key", postgresql_where=sa.text("ended is null")
    )
    op.drop_table("edfi_key")
