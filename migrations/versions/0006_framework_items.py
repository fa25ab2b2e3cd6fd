"""Frameworks from files: their items, associations, level descriptors and crosswalks; standards that
goals name. The frameworks that are there get their items."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = (
    "framework_import",
    "framework_association",
    "framework_source",
    "framework_item",
    "indicator_level",
    "framework_crosswalk",
    "goal_standard",
)

#: as in 0001: with `(select …)` the setting is read once a statement; unset shows no row
_POLICY = (
    "alter table {table} enable row level security",
    "alter table {table} force row level security",
    """create policy district_only on {table}
    using (district_id = (select nullif(current_setting('app.district', true), '')::uuid))
    with check (district_id = (select nullif(current_setting('app.district', true), '')::uuid))""",
)

#: The items of a framework made here, with the ids that an export gives them: UUIDs of version 3 of
#: what names each (`app.frameworks.files.own`). Row-level security binds the owner too, so each
#: district is entered for its own rows.
_ITEMS = """do $$
declare district_of uuid;
begin
    for district_of in select id from district loop
        perform set_config('app.district', district_of::text, true);
        insert into framework_item (district_id, id, framework_id, identifier, parent_id,
            indicator_id, code, title, statement, item_type, depth, position, source)
        with named as (
            select f.id as framework_id, f.publisher || ':' || f.code || ':' || f.edition as key
            from framework f where f.district_id = district_of
        ), parts as (
            select n.framework_id, gen_random_uuid() as id, n.key || '/domain/' || e.domain as name,
                null::text as above, null::uuid as indicator_id, null::text as code,
                e.domain as title, 'Domain' as item_type, 0 as depth, min(e.position) as first,
                0 as second, 0 as third
            from named n join expectation e on e.district_id = district_of
                and e.framework_id = n.framework_id
            group by n.framework_id, n.key, e.domain
            union all
            select n.framework_id, gen_random_uuid(), n.key || '/expectation/' || e.position,
                n.key || '/domain/' || e.domain, null, null, e.title, 'Expectation', 1,
                min(e.position) over (partition by n.framework_id, e.domain), e.position + 1, 0
            from named n join expectation e on e.district_id = district_of
                and e.framework_id = n.framework_id
            union all
            select n.framework_id, gen_random_uuid(), n.key || '/indicator/' || i.code,
                n.key || '/expectation/' || e.position, i.id, i.code, i.title, 'Indicator', 2,
                (select min(o.position) from expectation o where o.district_id = district_of
                    and o.framework_id = n.framework_id and o.domain = e.domain),
                e.position + 1, i.position + 1
            from named n join expectation e on e.district_id = district_of
                and e.framework_id = n.framework_id
            join indicator i on i.district_id = district_of and i.expectation_id = e.id
        ), hashed as (
            select p.*, md5('\\x6f0b5a3e6f494c559d6b0b1f6f3f3d51'::bytea
                || convert_to(p.name, 'UTF8')) as h
            from parts p
        )
        select district_of, p.id, p.framework_id,
            substr(p.h, 1, 8) || '-' || substr(p.h, 9, 4) || '-3' || substr(p.h, 14, 3) || '-'
                || translate(substr(p.h, 17, 1), '0123456789abcdef', '89ab89ab89ab89ab')
                || substr(p.h, 18, 3) || '-' || substr(p.h, 21, 12),
            a.id, p.indicator_id, p.code, p.title, p.title, p.item_type, p.depth,
            row_number() over (partition by p.framework_id
                order by p.first, p.second, p.third) - 1, null
        from hashed p left join parts a on a.framework_id = p.framework_id and a.name = p.above;
    end loop;
    perform set_config('app.district', '', true);
end $$"""


def upgrade() -> None:
    op.create_table(
        "framework_import",
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "author_id"],
            ["person.district_id", "person.id"],
            name=op.f("fk_framework_import_district_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_framework_import_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_framework_import")),
    )
    op.create_table(
        "framework_association",
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("source", postgresql.JSONB(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "framework_id"],
            ["framework.district_id", "framework.id"],
            name=op.f("fk_framework_association_district_id_framework_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_framework_association_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_framework_association")),
    )
    op.create_index(
        "ix_framework_association_position",
        "framework_association",
        ["district_id", "framework_id", "position"],
        unique=False,
    )
    op.create_table(
        "framework_source",
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("package", postgresql.JSONB(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "framework_id"],
            ["framework.district_id", "framework.id"],
            name=op.f("fk_framework_source_district_id_framework_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_framework_source_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_framework_source")),
    )
    op.create_index(
        "uq_framework_source_framework",
        "framework_source",
        ["district_id", "framework_id"],
        unique=True,
    )
    op.create_table(
        "framework_item",
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("indicator_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("item_type", sa.Text(), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", postgresql.JSONB(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "framework_id"],
            ["framework.district_id", "framework.id"],
            name=op.f("fk_framework_item_district_id_framework_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_framework_item_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_framework_item_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_framework_item")),
    )
    op.create_index(
        "ix_framework_item_indicator",
        "framework_item",
        ["district_id", "indicator_id"],
        unique=False,
    )
    op.create_index(
        "ix_framework_item_parent", "framework_item", ["district_id", "parent_id"], unique=False
    )
    op.create_index(
        "ix_framework_item_position",
        "framework_item",
        ["district_id", "framework_id", "position"],
        unique=False,
    )
    op.create_index(
        "uq_framework_item_identifier",
        "framework_item",
        ["district_id", "framework_id", "identifier"],
        unique=True,
    )
    op.create_table(
        "indicator_level",
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("score", sa.Numeric(precision=12, scale=4), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "framework_id"],
            ["framework.district_id", "framework.id"],
            name=op.f("fk_indicator_level_district_id_framework_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "indicator_id"],
            ["indicator.district_id", "indicator.id"],
            name=op.f("fk_indicator_level_district_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_indicator_level_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_indicator_level")),
    )
    op.create_index(
        "ix_indicator_level_framework",
        "indicator_level",
        ["district_id", "framework_id"],
        unique=False,
    )
    op.create_index(
        "ix_indicator_level_indicator",
        "indicator_level",
        ["district_id", "indicator_id", "position"],
        unique=False,
    )
    op.create_table(
        "framework_crosswalk",
        sa.Column("framework_id", sa.Uuid(), nullable=False),
        sa.Column("former_framework_id", sa.Uuid(), nullable=False),
        sa.Column("former_item_id", sa.Uuid(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(became = 'dropped') = (item_id is null)",
            name=op.f("ck_framework_crosswalk_dropped_has_no_item"),
        ),
        sa.CheckConstraint(
            "became in ('same', 'changed', 'split', 'merged', 'dropped')",
            name=op.f("ck_framework_crosswalk_became"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "former_framework_id"],
            ["framework.district_id", "framework.id"],
            name=op.f("fk_framework_crosswalk_district_id_former_framework_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "former_item_id"],
            ["framework_item.district_id", "framework_item.id"],
            name=op.f("fk_framework_crosswalk_district_id_former_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "framework_id"],
            ["framework.district_id", "framework.id"],
            name=op.f("fk_framework_crosswalk_district_id_framework_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "item_id"],
            ["framework_item.district_id", "framework_item.id"],
            name=op.f("fk_framework_crosswalk_district_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_framework_crosswalk_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_framework_crosswalk")),
    )
    op.create_index(
        "ix_framework_crosswalk_former",
        "framework_crosswalk",
        ["district_id", "former_item_id"],
        unique=False,
    )
    op.create_index(
        "ix_framework_crosswalk_framework",
        "framework_crosswalk",
        ["district_id", "framework_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_framework_crosswalk_item",
        "framework_crosswalk",
        ["district_id", "item_id"],
        unique=False,
    )
    op.create_table(
        "goal_standard",
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "goal_id"],
            ["goal.district_id", "goal.id"],
            name=op.f("fk_goal_standard_district_id_goal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "item_id"],
            ["framework_item.district_id", "framework_item.id"],
            name=op.f("fk_goal_standard_district_id_item_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_goal_standard_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "id", name=op.f("pk_goal_standard")),
    )
    op.create_index(
        "ix_goal_standard_item",
        "goal_standard",
        ["district_id", "item_id", "goal_id"],
        unique=False,
    )
    op.create_index(
        "uq_goal_standard", "goal_standard", ["district_id", "goal_id", "item_id"], unique=True
    )
    op.add_column("framework", sa.Column("import_id", sa.Uuid(), nullable=True))
    # every row there is has null, so there is nothing to validate, and no lock to hold for it
    op.create_foreign_key(
        op.f("fk_framework_district_id_import_id"),
        "framework",
        "framework_import",
        ["district_id", "import_id"],
        ["district_id", "id"],
        postgresql_not_valid=True,
    )
    for table in _TABLES:
        for statement in _POLICY:
            op.execute(statement.format(table=table))
    op.execute(_ITEMS)


def downgrade() -> None:
    op.drop_constraint(op.f("fk_framework_district_id_import_id"), "framework", type_="foreignkey")
    op.drop_column("framework", "import_id")
    op.drop_index("uq_goal_standard", table_name="goal_standard")
    op.drop_index("ix_goal_standard_item", table_name="goal_standard")
    op.drop_table("goal_standard")
    op.drop_index("ix_framework_crosswalk_item", table_name="framework_crosswalk")
    op.drop_index("ix_framework_crosswalk_framework", table_name="framework_crosswalk")
    op.drop_index("ix_framework_crosswalk_former", table_name="framework_crosswalk")
    op.drop_table("framework_crosswalk")
    op.drop_index("ix_indicator_level_indicator", table_name="indicator_level")
    op.drop_index("ix_indicator_level_framework", table_name="indicator_level")
    op.drop_table("indicator_level")
    op.drop_index("uq_framework_item_identifier", table_name="framework_item")
    op.drop_index("ix_framework_item_position", table_name="framework_item")
    op.drop_index("ix_framework_item_parent", table_name="framework_item")
    op.drop_index("ix_framework_item_indicator", table_name="framework_item")
    op.drop_table("framework_item")
    op.drop_index("uq_framework_source_framework", table_name="framework_source")
    op.drop_table("framework_source")
    op.drop_index("ix_framework_association_position", table_name="framework_association")
    op.drop_table("framework_association")
    op.drop_table("framework_import")
