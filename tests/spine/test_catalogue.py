"""What the database itself promises: read from its catalogue, for every table there is."""

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core import embedded
from app.core.migrate import OF_THE_JOB_LIBRARY, alembic_config, migrate_async, ours
from app.models import Base
from tests.conftest import _at, _owner

pytestmark = pytest.mark.anyio

#: tables without a district; anything else has one, and row-level security on it
OUTSIDE = {
    "alembic_version",
    "district",
    "installation",
    "login_attempt",
    "login_key",
    # a worker picks the next job of any district; a row holds a job's name and two ids (ADR 0016)
    *OF_THE_JOB_LIBRARY,
}
#: what else came with the job library; nothing of ours may be like it
ITS_TRIGGER, ITS_FUNCTION, ITS_TYPE = (
    "tg_pgqueuer_changed",
    "fn_pgqueuer_changed",
    "pgqueuer_status",
)
#: btree_gist comes with PostgreSQL; its functions are not ours, and stay when the tables go
NOT_OF_AN_EXTENSION = (
    " and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass"
    " and d.objid = pg_proc.oid and d.deptype = 'e')"
)
POLICY = (
    "(district_id = ( SELECT (NULLIF(current_setting('app.district'::text, true), ''::text))::uuid"
)


@pytest.fixture
async def empty(server: embedded.Server) -> AsyncIterator[tuple[str, str]]:
    """A database with nothing in it: the owner's address and the application's."""
    name = f"empty_{os.urandom(4).hex()}"
    async with _owner(_at(server.superuser_url, "postgres")) as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        owner = await plain.scalar(
            text("select pg_get_userbyid(datdba) from pg_database where datname = 'alongside'")
        )
        await plain.execute(text(f'create database {name} owner "{owner}"'))
    yield _at(server.owner_url, name), _at(server.app_url, name)
    async with _owner(_at(server.superuser_url, "postgres")) as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text(f"drop database {name} with (force)"))


async def _all(connection: AsyncConnection, sql: str) -> list[Any]:
    return list((await connection.execute(text(sql))).all())


async def test_every_table_of_a_district_is_behind_row_level_security(
    connection: AsyncConnection,
) -> None:
    tables = await _all(
        connection,
        """select c.relname, c.relrowsecurity and c.relforcerowsecurity as forced,
                  exists (select from pg_attribute a
                          where a.attrelid = c.oid and a.attname = 'district_id') as owned
           from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
        """,
    )
    outside = {row.relname for row in tables if not row.forced}
    assert outside == OUTSIDE
    assert all(row.owned for row in tables if row.relname not in OUTSIDE)
    policies = await _all(
        connection, "select tablename, permissive, roles, cmd, qual, with_check from pg_policies"
    )
    assert {row.tablename for row in policies} == {r.relname for r in tables} - OUTSIDE
    assert len(policies) == len(tables) - len(OUTSIDE)
    for row in policies:
        assert (row.cmd, row.roles) == ("ALL", ["public"]), row.tablename
        assert row.qual.startswith(POLICY), (row.tablename, row.qual)
        assert row.with_check is None or row.with_check == row.qual, row.tablename


async def test_no_reference_leads_into_another_district(connection: AsyncConnection) -> None:
    references = await _all(
        connection,
        """select conname, conrelid::regclass::text as source, confrelid::regclass::text as target,
                  confdeltype::text as on_delete,
                  (select array_agg(a.attname::text order by k.n)
                   from unnest(conkey) with ordinality k(num, n)
                   join pg_attribute a on a.attrelid = conrelid and a.attnum = k.num) as own,
                  (select array_agg(a.attname::text order by k.n)
                   from unnest(confkey) with ordinality k(num, n)
                   join pg_attribute a on a.attrelid = confrelid and a.attnum = k.num) as other
           from pg_constraint where contype = 'f'""",
    )
    assert len(references) > 50
    for row in references:
        assert row.on_delete == "a", f"{row.conname} acts when its target is deleted"
        if row.target == "district":
            assert row.own == ["district_id"]
        else:
            assert "district_id" in row.own, row.conname
            assert row.other[row.own.index("district_id")] == "district_id", row.conname


async def test_keys_begin_with_the_district(connection: AsyncConnection) -> None:
    keys = await _all(
        connection,
        """select conrelid::regclass::text as name,
                  (select attname from pg_attribute
                   where attrelid = conrelid and attnum = conkey[1]) as first
           from pg_constraint where contype = 'p' and connamespace = 'public'::regnamespace""",
    )
    assert {row.name for row in keys if row.first != "district_id"} == OUTSIDE


async def test_the_database_does_nothing_by_itself(connection: AsyncConnection) -> None:
    triggers = await _all(
        connection,
        "select tgname, tgrelid::regclass::text as of from pg_trigger where not tgisinternal",
    )
    assert triggers == [(ITS_TRIGGER, "pgqueuer")]
    enums = await _all(connection, "select typname from pg_type where typtype = 'e'")
    assert enums == [(ITS_TYPE,)]


async def test_the_application_role_is_an_ordinary_one(connection: AsyncConnection) -> None:
    role = (
        await connection.execute(
            text(
                "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
                " from pg_roles where rolname = current_user"
            )
        )
    ).one()
    assert not any(role)
    owned = "select relname from pg_class where relowner = current_user::regrole"
    assert await _all(connection, owned) == []
    memberships = (
        "select roleid::regrole::text from pg_auth_members where member = current_user::regrole"
    )
    assert await _all(connection, memberships) == []
    for table, right in (
        ("login_key", "select"),
        ("login_key", "insert"),
        ("login_key", "update"),
        ("login_key", "delete"),
        ("event", "update"),
        ("event", "delete"),
        ("alembic_version", "update"),
    ):
        held = await connection.scalar(
            text("select has_table_privilege(current_user, :name, :kind)"),
            {"name": table, "kind": right},
        )
        assert not held, f"the application may {right} {table}"
    assert not await connection.scalar(
        text("select has_schema_privilege(current_user, 'public', 'create')")
    )


async def test_functions_that_act_as_their_owner_pin_their_search_path(
    connection: AsyncConnection,
) -> None:
    functions = await _all(
        connection,
        f"""select proname, prosecdef, coalesce(array_to_string(proconfig, ','), '') as settings,
                  has_function_privilege('public', oid, 'execute') as anybody
           from pg_proc where pronamespace = 'public'::regnamespace {NOT_OF_AN_EXTENSION}""",  # noqa: S608 - a constant of this file
    )
    definers = {row.proname for row in functions if row.prosecdef}
    assert definers == {"find_login_key", "put_login_key", "drop_login_keys"}
    for row in functions:
        assert "search_path=" in row.settings or row.proname == ITS_FUNCTION, row.proname
        assert not (row.prosecdef and row.anybody), row.proname


def test_the_chain_of_migrations_has_one_end() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


async def test_the_schema_goes_up_down_and_up_and_is_what_the_models_say(
    empty: tuple[str, str],
) -> None:
    owner_url, app_url = empty

    def difference(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": ours}
        )
        return list(compare_metadata(context, Base.metadata))

    def down(connection: Connection) -> None:
        command.downgrade(alembic_config(connection), "base")

    await migrate_async(owner_url, app_url)
    async with _owner(owner_url) as connection:
        assert await connection.run_sync(difference) == []
        await connection.run_sync(down)
        await connection.commit()
        left = "select relname from pg_class where relnamespace = 'public'::regnamespace"
        kept = {row.relname for row in await _all(connection, left)}
        assert kept <= {"alembic_version", "alembic_version_pkc"}
        functions = "select proname from pg_proc where pronamespace = 'public'::regnamespace"
        assert await _all(connection, functions + NOT_OF_AN_EXTENSION) == []
    await migrate_async(owner_url, app_url)
    async with _owner(owner_url) as connection:
        assert await connection.run_sync(difference) == []
