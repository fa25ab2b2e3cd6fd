"""The embedded database comes up, keeps what was committed, and never outlives its owner."""

import asyncio
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.core import embedded
from app.core.embedded import EmbeddedError

from .conftest import ROOT, eventually, processes_in

#: a program that owns a server, says where it is, and waits to be ended
OWNER_PROGRAM = """
import json, sys, time
from pathlib import Path
from app.core import embedded
try:
    server = embedded.start(Path(sys.argv[1]))
except embedded.EmbeddedError as exc:
    sys.exit(str(exc))
print(json.dumps([server.app_url, server.owner_url, server.process.pid]), flush=True)
time.sleep(600)
"""


class Owner:
    """Another process that runs the embedded database of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER_PROGRAM, str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if not said:
            raise AssertionError(self.process.communicate()[1])
        self.app_url, self.owner_url, self.guard = json.loads(said)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def run_sql(url: str, *statements: str) -> Any:
    """Run the statements, each committed by itself; the last one's first value."""

    async def run() -> Any:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements[:-1]:
                await connection.execute(statement)
            return await connection.fetchval(statements[-1])
        finally:
            await connection.close()

    return asyncio.run(run())


def test_it_starts_stops_and_starts_again_with_its_data(folder: Path) -> None:
    with embedded.running(folder, fsync=False) as server:
        assert not server.warm
        run_sql(server.owner_url, "create table kept (n int)", "insert into kept values (7)")
    assert eventually(lambda: not processes_in(folder))
    began = time.monotonic()
    with embedded.running(folder, fsync=False) as server:
        assert server.warm
        assert time.monotonic() - began < 10  # a hang; the bench report has the true figure
        assert run_sql(server.owner_url, "select n from kept") == 7


def test_stop_twice_is_harmless(used: Path) -> None:
    server = embedded.start(used, fsync=False)
    embedded.stop(server)
    embedded.stop(server)


def test_the_roles_can_do_no_more_than_they_should(used: Path) -> None:
    with embedded.running(used, fsync=False) as server:
        rights = run_sql(
            server.superuser_url,
            "select array_agg(rolname || ':' || rolsuper || rolbypassrls || rolcreaterole || "
            "rolcreatedb order by rolname) from pg_roles where rolname like 'alongside%'",
        )
        assert rights == [
            "alongside_app:falsefalsefalsefalse",
            "alongside_owner:falsefalsefalsetrue",
        ]
        sql = (
            "select concat_ws(' ', current_setting('server_encoding'), datcollate, "
            "current_setting('TimeZone'), pg_get_userbyid(datdba)) from pg_database "
            "where datname = current_database()"
        )
        assert run_sql(server.app_url, sql) == "UTF8 C UTC alongside_owner"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            run_sql(server.app_url, "create table public.mine (n int)", "select 1")
        assert run_sql(server.superuser_url, "show listen_addresses") == ""


def test_nobody_else_reads_the_passwords_or_the_socket(used: Path) -> None:
    with embedded.running(used, fsync=False) as server:
        assert stat.S_IMODE((used / "database.json").stat().st_mode) == 0o600
        wrong = server.app_url.replace("alongside_app:", "alongside_app:not-")
        with pytest.raises(asyncpg.InvalidPasswordError):
            run_sql(wrong, "select 1")
        sockets = Path(run_sql(server.superuser_url, "show unix_socket_directories"))
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        passwords = json.loads((used / "database.json").read_text())["passwords"]
        log = next(used.rglob("server.log")).read_text()
        assert not [word for word in passwords.values() if word in log]
    assert not [p for p in passwords.values() if p in repr(processes_in(used))]


def test_peoples_data_does_not_reach_the_servers_log(used: Path) -> None:
    with embedded.running(used, fsync=False) as server:
        table = "create table t (word text primary key check (word <> 'secret-remark'))"
        with pytest.raises(asyncpg.CheckViolationError):
            run_sql(server.owner_url, table, "insert into t values ('secret-remark')")
        with pytest.raises(asyncpg.DataError):
            run_sql(server.owner_url, "select 'secret-remark'::int")
    assert "secret-remark" not in next(used.rglob("server.log")).read_text()


def test_a_second_start_is_refused_with_what_to_do(used: Path) -> None:
    with embedded.running(used, fsync=False), pytest.raises(EmbeddedError) as refusal:
        embedded.start(used, fsync=False)
    words = str(refusal.value)
    assert str(os.getpid()) in words
    assert "--data-dir" in words
    assert "\n" not in words


def test_killing_the_owner_ends_the_server_and_loses_no_commit(used: Path) -> None:
    owner = Owner(used)
    run_sql(owner.owner_url, "create table kept (n int)", "insert into kept values (7)")
    owner.kill()
    # at once: the old server may still be shutting down
    again = Owner(used)
    try:
        assert run_sql(again.owner_url, "select n from kept") == 7
    finally:
        again.kill()
    assert eventually(lambda: not processes_in(used)), "a server outlived its owner"


def test_killing_owner_and_guard_together_leaves_no_server(used: Path) -> None:
    owner = Owner(used)
    run_sql(owner.owner_url, "create table kept (n int)", "insert into kept values (7)")
    os.kill(owner.guard, signal.SIGSTOP)  # so that it cannot notice the owner's end first
    owner.process.kill()
    os.kill(owner.guard, signal.SIGKILL)
    owner.process.communicate()
    assert eventually(lambda: not processes_in(used)), "a server outlived its owner and guard"
    with embedded.running(used) as server:
        assert run_sql(server.owner_url, "select n from kept") == 7


def test_sessions_at_work_do_not_keep_a_killed_owners_server(used: Path) -> None:
    owner = Owner(used)

    async def busy() -> None:
        connection = await asyncpg.connect(owner.app_url)
        sleeping = asyncio.ensure_future(connection.execute("select pg_sleep(60)"))
        await asyncio.sleep(0.2)
        owner.kill()
        with pytest.raises((asyncpg.PostgresError, OSError, asyncpg.InterfaceError)):
            await asyncio.wait_for(sleeping, 15)
        connection.terminate()

    asyncio.run(busy())
    assert eventually(lambda: not processes_in(used))


def test_a_pid_file_left_by_a_power_cut_is_no_obstacle(used: Path) -> None:
    with embedded.running(used, fsync=False):
        left = next(used.rglob("postmaster.pid"))
        lines = left.read_text().splitlines()
    # in a container the old number soon belongs to somebody: here to this very process
    left.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    if os.geteuid() == 0:
        data = left.parent.stat()
        os.chown(left, data.st_uid, data.st_gid)
    with embedded.running(used, fsync=False) as server:
        assert run_sql(server.app_url, "select 1") == 1


def test_an_interrupted_first_start_is_begun_anew(folder: Path) -> None:
    place = folder / "postgres"
    (place / "data.new-half").mkdir(parents=True)
    (place / "data.new-half" / "half").write_text("of a cluster")
    with embedded.running(folder, fsync=False) as server:
        assert not server.warm
    assert not list(place.glob("data.new-*"))


def test_lost_passwords_are_made_anew(used: Path) -> None:
    with embedded.running(used, fsync=False) as server:
        run_sql(server.owner_url, "create table kept (n int)", "insert into kept values (7)")
    (used / "database.json").unlink()
    with embedded.running(used, fsync=False) as server:
        assert server.warm
        assert run_sql(server.owner_url, "select n from kept") == 7


def test_a_long_path_gets_its_socket_elsewhere(folder: Path) -> None:
    with embedded.running(folder / ("long" * 30), fsync=False) as server:
        assert run_sql(server.app_url, "select 1") == 1
        sockets = Path(run_sql(server.superuser_url, "show unix_socket_directories"))
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert not sockets.exists()


def test_a_full_disk_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_free", lambda _: 5 * embedded.MIB)
    with pytest.raises(EmbeddedError, match="disk is full: 5 MiB are free"):
        embedded.start(folder, fsync=False)
    monkeypatch.undo()
    with embedded.running(folder, fsync=False) as server:  # the refusal left nothing in the way
        assert not server.warm


def test_data_of_another_version_is_named(used: Path) -> None:
    version = used / "postgres" / "data" / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(EmbeddedError, match=r"PostgreSQL 14 is needed: .*the data was made by 14"):
        embedded.start(used, fsync=False)


def test_binaries_that_are_missing_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(embedded.BIN_VARIABLE, str(folder))
    with pytest.raises(EmbeddedError, match=r"PostgreSQL 15 or newer is needed: .*DATABASE_URL"):
        embedded.start(folder, fsync=False)


def test_a_setting_the_server_refuses_is_told_in_its_words(used: Path) -> None:
    with (used / "postgres" / "data" / "postgresql.auto.conf").open("a") as file:
        file.write("work_mem = 'nonsense'\n")
    with pytest.raises(EmbeddedError, match=r"did not start: .*(work_mem|configuration)"):
        embedded.start(used, fsync=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts it as another user")
def test_as_root_the_server_is_not_root_and_the_data_is_found_again(folder: Path) -> None:
    closed = folder.parent / "home"
    closed.mkdir(mode=0o700)
    data_dir = closed / "data"
    place = None
    try:
        for warm in (False, True):
            with embedded.running(data_dir, fsync=False) as server:
                assert server.warm is warm
                place = Path(json.loads((data_dir / "database.json").read_text())["place"])
                pid = int((place / "data" / "postmaster.pid").read_text().split()[0])
                assert Path(f"/proc/{pid}").stat().st_uid != 0
                assert Path(f"/proc/{server.process.pid}").stat().st_uid != 0
                assert run_sql(server.app_url, "select 1") == 1
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700, "a folder not ours was opened"
        shutil.rmtree(place)
        with pytest.raises(EmbeddedError, match="which is gone"):
            embedded.start(data_dir, fsync=False)
    finally:
        embedded.discard(data_dir)
