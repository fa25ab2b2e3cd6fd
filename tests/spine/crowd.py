"""A district made large: every row of the matrix's district many times over, with ids of its own.

A copy refers to copies: the n-th copy of a goal is the n-th copy of a teacher's, so a thousand
schools lie beside Alder, each with its own Tom and Lena. Tables with few rows are copied more often
than those with many; since how often is always a power of two, what belongs together still meets.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: more rows than this are not read through for a page
MANY = 10_000
#: what uuids without a foreign key name
NAMES = {
    "goal_id": "goal",
    "object_id": "goal",
    "subject_id": "goal",
    "actor_id": "person",
    "owner_id": "person",
}

#: rows of tables in which the matrix has none
FIRST = {
    "booking": """(district_id, id, person_id, during, source, source_id, blocking)
        select district_id, gen_random_uuid(), teacher_id, tstzrange(starts_at, ends_at), 'meeting',
            id, false from meeting where district_id = :d""",
    "closing_evidence": """(district_id, id, revision_id, position, comment_id)
        select r.district_id, gen_random_uuid(), r.id, 0, c.id from goal_revision r join
            goal_comment c on c.goal_id = r.goal_id where r.district_id = :d""",
    "conversation_goal": """(district_id, id, conversation_id, goal_id)
        select distinct on (c.id) c.district_id, gen_random_uuid(), c.id, g.id
            from conversation c join goal g on g.teacher_id = c.teacher_id
            where c.district_id = :d and g.state = 'agreed'""",
    "cycle_move": """(district_id, id, cycle_id, from_state, to_state, at)
        select district_id, gen_random_uuid(), id, state, state, now()
            from learning_cycle where district_id = :d""",
    "edfi_key": """(district_id, goal_id, teacher_id, assigned_on, title, ended, gone)
        select district_id, id, teacher_id, created_at::date, 'Before', 1, false
            from goal where district_id = :d and level = 'individual' and state = 'agreed'""",
    "edfi_version": """(district_id, version, transaction) values (:d, 1, 0)""",
    "feed_entry": """(district_id, transaction, type, object_id, object_version, at)
        select district_id, 3, 'goal', id, version, now() from goal
            where district_id = :d and state in ('agreed', 'closed', 'published')""",
    "framework_association": """(district_id, id, framework_id, position, kind, origin,
            destination, source)
        select district_id, gen_random_uuid(), id, 0, 'isRelatedTo', 'a', 'b', '{}'
            from framework where district_id = :d""",
    "goal_standard": """(district_id, id, goal_id, item_id, position)
        select g.district_id, gen_random_uuid(), g.id, (select min(id::text)::uuid from
            framework_item where district_id = :d), 0 from goal g where g.district_id = :d""",
    "roster_pull_page": """(district_id, id, pull_id, collection, number, digest, tables,
            created_at)
        select district_id, gen_random_uuid(), id, 'orgs', 0, 'd', '{}', now()
            from roster_pull where district_id = :d""",
    "slo_decision": """(district_id, id, goal_id, step, person_id, capacity, at)
        select district_id, gen_random_uuid(), id, 'submitted', author_id, 'teacher', now()
            from goal where district_id = :d and kind = 'student_learning'""",
}
#: the feed is of many transactions, as are keys and versions
SPREAD = {
    ("feed_entry", "transaction"): "3 + k % 500",
    ("edfi_key", "ended"): "1 + k % 500",
    ("edfi_version", "version"): "1 + k",
    ("edfi_version", "transaction"): "k / 32",
}
#: years that lie behind the district
YEARS = 5

_TABLES = """
select c.relname as name,
    (select json_agg(json_build_object('name', a.attname, 'type', t.typname,
        'filled', a.attnotnull) order by a.attnum)
     from pg_attribute a join pg_type t on t.oid = a.atttypid
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attidentity = ''
        and a.attgenerated = '') as columns,
    (select coalesce(json_object_agg(a.attname, f.confrelid::regclass::text), '{}')
     from pg_constraint f, unnest(f.conkey) k (number)
     join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
     where f.conrelid = c.oid and f.contype = 'f' and a.attname <> 'district_id') as refers,
    (select coalesce(json_agg((select json_agg(a.attname) from pg_attribute a
        where a.attrelid = c.oid and a.attnum = any (i.indkey))), '[]')
     from pg_index i where i.indrelid = c.oid and i.indisunique) as uniques,
    (select coalesce(json_agg(distinct a.attname), '[]')
     from pg_constraint f, unnest(f.conkey) k (number)
     join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
     where f.conrelid = c.oid and f.contype = 'c') as checked
from pg_class c
where c.relkind = 'r' and c.relforcerowsecurity and c.relnamespace = 'public'::regnamespace
order by c.relname
"""


@dataclass
class Table:
    """A table, and how often each of its rows is there in the end."""

    name: str
    columns: dict[str, str]
    filled: set[str]
    refers: dict[str, str]
    uniques: list[list[str]]
    checked: set[str]
    times: int = 1
    #: columns that tell copies apart where nothing else does
    apart: set[str] = field(default_factory=set)


async def crowd(connection: AsyncConnection, district: UUID, few: set[str]) -> set[str]:
    """Fill every table but those `few`; the connection is a superuser's. Gives back the tables
    that have no row to copy."""
    await connection.execute(text("set session_replication_role = replica"))
    # a commit that is not yet on the disk leaves no page all-visible for the vacuum behind it
    await connection.execute(text("set synchronous_commit = on"))
    tables: dict[str, Table] = {}
    empty: set[str] = set()
    for row in (await connection.execute(text(_TABLES))).all():
        table = Table(
            row.name,
            {column["name"]: column["type"] for column in row.columns},
            {column["name"] for column in row.columns if column["filled"]},
            row.refers,
            row.uniques,
            set(row.checked),
        )
        tables[row.name] = table
        if row.name in FIRST:
            first = f'insert into "{row.name}" {FIRST[row.name]}'
            await connection.execute(text(first), {"d": district})
        count = await connection.scalar(
            text(f'select count(*) from "{row.name}" where district_id = :d'),  # noqa: S608 - ours
            {"d": district},
        )
        if not count:
            empty.add(row.name)
        elif row.name not in few:
            while table.times * count <= MANY:
                table.times *= 2
    # a goal has five measures at most, so one is copied as often as the other
    tables["goal"].times = tables["goal_measure"].times = max(
        tables["goal"].times, tables["goal_measure"].times
    )
    for table in tables.values():
        if table.times > 1:
            _tell_apart(table, tables)
            await connection.execute(text(_copying(table, tables)), {"d": district})
    await connection.commit()
    return empty


def _tell_apart(table: Table, tables: dict[str, Table]) -> None:
    """Of each unique key without an id that every copy has for itself, the column to change."""
    for unique in table.uniques:
        own = [name for name in unique if name != "district_id"]
        if any(_times(table, n, tables) == table.times for n in table.filled.intersection(own)):
            continue
        for kinds in ({"int4", "int8", "int2"}, {"text", "varchar"}, {"date", "timestamptz"}):
            free = [n for n in own if table.columns.get(n) in kinds and n not in table.checked]
            if free:
                table.apart.add(free[-1])
                break
        else:
            # the copies refer to what is not there
            table.apart |= {name for name in own if table.columns.get(name) == "uuid"}


def _times(table: Table, column: str, tables: dict[str, Table]) -> int:
    """After how many copies the ids of a column begin again."""
    if table.columns.get(column) != "uuid" or column == "district_id":
        return 1
    if column in table.apart:
        return table.times
    other = table.refers.get(column, NAMES.get(column))
    return table.times if other is None else min(table.times, tables[other].times)


def _copying(table: Table, tables: dict[str, Table]) -> str:
    values = [_value(table, name, kind, tables) for name, kind in table.columns.items()]
    names = ", ".join(f'"{name}"' for name in table.columns)
    return (
        f'insert into "{table.name}" ({names}) select {", ".join(values)}'  # noqa: S608 - ours
        f' from "{table.name}" t cross join generate_series(1, {table.times - 1}) k'
        " where t.district_id = :d on conflict do nothing"
    )


def _value(table: Table, name: str, kind: str, tables: dict[str, Table]) -> str:
    own = f't."{name}"'
    if kind == "uuid":
        times = _times(table, name, tables)
        if times == 1:
            return own
        return (
            f"case when k % {times} = 0 then {own}"
            f" else md5({own}::text || '/' || k % {times})::uuid end"
        )
    if (table.name, name) in SPREAD:
        return SPREAD[table.name, name]
    if name not in table.apart and kind == "timestamptz":
        return f"({own} - k % {YEARS} * interval '364 days')"
    if name not in table.apart and kind == "date":
        return f"({own} - k % {YEARS} * 364)"
    if name not in table.apart:
        return own
    if kind.startswith("int"):
        return f"({own} + k)"
    if kind in ("text", "varchar"):
        return f"{own} || k"
    return f"{own} + k * interval '1 day'"


async def analysed(connection: AsyncConnection) -> dict[str, int]:
    """Every table vacuumed and analysed; those with many rows, and how many."""
    plain: Any = await connection.execution_options(isolation_level="AUTOCOMMIT")
    await plain.execute(text("vacuum (analyze)"))
    rows = await plain.execute(
        text(
            "select relname, reltuples::bigint from pg_class"
            " where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
    )
    return {name: count for name, count in rows if count > MANY}
