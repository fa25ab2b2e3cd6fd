"""Exports on their way: of one moment, whole or seen to be broken, and nobody's connection lost."""

import asyncio
import csv
import gzip
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from sqlalchemy import text

from app.auth import keys
from app.core import clock
from app.goals import service as goals
from app.goals.schemas import PulledGoal
from app.integrations.exports.schemas import LINES_EXAMPLE, TABLE_EXAMPLE
from app.web import streaming
from tests.access.test_exports import plain
from tests.archive.test_archive import Reader
from tests.changes.test_changes import Writers, since
from tests.conftest import SETTINGS, Live, SignedIn
from tests.contract.checking import contract
from tests.goals.test_goals import agreed

pytestmark = pytest.mark.anyio
EXPORT = "/exports/goals"
WAREHOUSE = "juniper_warehouse"
_MANY = """
insert into goal (district_id, id, level, kind, state, title, school_id, school_year_id, teacher_id,
    author_id, standards, revision, co_written, approval, version, created_at, updated_at)
select :district, gen_random_uuid(), 'individual', 'growth', 'agreed', :title || n, :school, :year,
    :teacher, :teacher, '[]', 1, false, 'none', 1, now(), now()
from generate_series(1, :rows) n"""


async def many(live: Live, rows: int, title: str = "Goal ") -> None:
    """So many agreed goals of Tom's, about half a kilobyte each in an export."""
    world = live.world
    async with live.app.state.database.writing() as session:
        await keys.enter(session, world.juniper)
        named = {"district": world.juniper, "school": world.alder, "year": world.alder_year}
        more = {"teacher": world.tom, "rows": rows, "title": title}
        await session.execute(text(_MANY), {**named, **more})
        await session.commit()


async def export(live: Live, who: str = WAREHOUSE) -> tuple[dict[str, Any], dict[str, Any]]:
    """The goals of a whole export by id, and what its last line says."""
    answer = await live.as_(who).get(EXPORT)
    assert answer.status_code == 200, answer.text
    *lines, last = map(json.loads, answer.content.splitlines())
    end = last["complete"]
    assert end["position"] == answer.headers["feed-position"]
    assert end["epoch"] == answer.headers["feed-epoch"]
    found = {line["id"]: line for line in lines}
    assert end["rows"] == len(found) == len(lines)
    return found, end


def reader(live: Live, who: str = WAREHOUSE) -> Reader:
    """A client who takes the export part by part."""
    return Reader(live, who, path=f"/api/v1{EXPORT}")


async def pulled(live: Live) -> dict[str, Any]:
    """What the pages hold now."""
    found: dict[str, Any] = {}
    query: dict[str, Any] = {"limit": 200}
    while True:
        page = (await live.as_(WAREHOUSE).get("/goals", params=query)).json()
        found |= {goal["id"]: goal for goal in page["items"]}
        if page["next"] is None:
            return found
        query["cursor"] = page["next"]


async def test_what_people_write_comes_as_they_wrote_it_and_spreadsheets_run_none_of_it(as_, world):
    title = '=SUM(A1) "x" \\ é 💡 , \u2028;'
    unit = 'a "b"\\;=1+1;'
    goal = await agreed(
        as_,
        world,
        title=title,
        measures=[
            {"name": "Secret", "unit": "%", "baseline": -0.0001, "target": 9999999.9999},
            {"name": "Whole", "unit": unit, "target": 120},
        ],
    )
    client = as_(WAREHOUSE)
    page = (await client.get("/goals")).json()["items"]
    answer = await client.get(EXPORT)
    assert plain(answer.text.split("\n")[0]) == plain(json.dumps(page[0]))
    assert page[0]["title"] == title
    assert "Secret" not in answer.text
    for first in "=+-@＝＋－＠":  # noqa: RUF001 - full-width signs, which some spreadsheets read
        await agreed(as_, world, title=f"{first}1+1;a")
    await agreed(as_, world, title='a;=1;"@2;""-3; - and = 4;')
    table = (await client.get(EXPORT, headers={"Accept": "text/csv"})).text
    rows = {row["id"]: row for row in csv.DictReader(table.removeprefix("\ufeff").split("\n"))}
    titles = {row["title"] for row in rows.values()} - {""}
    assert titles == {
        *(f"'{title}", """a;'=1;"'@2;""'-3; - and = 4;"""),
        *(f"'{first}1+1;a" for first in "=+-@＝＋－＠"),  # noqa: RUF001
    }
    # where a semicolon parts cells, none begins as a formula
    assert not re.search(r';"*[=+@-]', table)
    assert json.loads(rows[goal["id"]]["measures"])[1]["unit"] == unit


async def test_forms_and_headers_are_those_that_were_asked_for(as_, world, app):
    await agreed(as_, world)
    client = as_(WAREHOUSE)
    lines, table = "application/x-ndjson", "text/csv; charset=utf-8; header=present"
    for query, accept, kind in (
        ("", "*/*", lines),
        ("", "application/json", lines),
        ("", "text/csv", table),
        ("", "text/csv;q=0, */*", lines),
        ("", "application/x-ndjson;q=0.1, text/csv; q=0.9", table),
        ("", "text/csv;q=0.5,application/x-ndjson", lines),
        ("", "text/csv-schema", lines),
        ("?format=csv", lines, table),
        ("?format=ndjson", "text/csv", lines),
    ):
        answer = await client.get(EXPORT + query, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind), query
        assert answer.headers["vary"].startswith("Accept, Accept-Encoding")
        assert answer.headers["cache-control"] == "no-store"
        ending = "csv" if kind == table else "ndjson"
        assert f'.{ending}"' in answer.headers["content-disposition"]
    assert (await client.get(EXPORT + "?format=xml")).status_code == 422
    assert (await client.get(EXPORT + "?limit=5")).status_code == 422
    for asked, squeezed in (("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False)):
        headers = {"Accept-Encoding": asked, "If-None-Match": "*"}
        answer = await client.get(EXPORT, headers=headers)
        assert answer.status_code == 200, "it is made anew each time, so nothing is unchanged"
        assert answer.headers.get("content-encoding") == ("gzip" if squeezed else None)
        assert json.loads(answer.text.splitlines()[-1])["complete"]["rows"] == 1
    head = await client.head(EXPORT)
    assert (head.status_code, head.headers["allow"]) == (405, "GET")
    spec = contract(app).operations["exportGoals"].responses[200]["content"]
    line, end = LINES_EXAMPLE.splitlines()
    assert next(contract(app).pulled_validator().iter_errors(json.loads(line)), None) is None
    assert set(json.loads(end)["complete"]) == {"rows", "position", "epoch"}
    assert spec[lines]["example"] == LINES_EXAMPLE
    assert TABLE_EXAMPLE.splitlines()[0] == "\ufeff" + ",".join(PulledGoal.model_fields)
    assert {len(row) for row in csv.reader(TABLE_EXAMPLE.splitlines())} == {22}


async def test_only_clients_with_the_scope_take_one_and_each_of_its_own_district(live):
    goal = await agreed(live.as_, live.world)
    for who in ("ada", "paul", "lena", "tom", "juniper_rosters"):
        refused = await live.as_(who).get(EXPORT)
        code = "not_for_clients" if who == "juniper_rosters" else "forbidden"
        assert (refused.status_code, refused.json()["code"]) == (403, code), who
    assert set((await export(live))[0]) == {goal["id"]}
    assert (await export(live, "kestrel_warehouse"))[0] == {}


async def test_an_export_and_then_changes_leave_no_gap(live):
    """Transactions that are open while the export begins, and commit before, amid or after it."""
    await many(live, 1000)
    writers = Writers(live, 0)
    database = live.app.state.database

    @asynccontextmanager
    async def publishing() -> AsyncIterator[Callable[[], Awaitable[str]]]:
        async with database.writing() as session:
            actor = await writers.actor(session)
            made = await goals.create(session, actor, writers.goal().model_dump())
            await goals.publish(session, actor, made.id, made.version)
            await session.flush()

            async def commit() -> str:
                await session.commit()
                return str(made.id)

            yield commit

    async with publishing() as first, publishing() as second, database.writing() as third:
        before = await agreed(live.as_, live.world, title="Committed above an open one")
        actor = await writers.actor(third)  # its transaction has begun, and written nothing
        taking = reader(live)
        begun = await taking.parts.get()
        amid = await first()
        made = await goals.create(third, actor, writers.goal().model_dump())
        await goals.publish(third, actor, made.id, made.version)
        await third.commit()
        during = await agreed(live.as_, live.world, title="Made meanwhile")
        whole = (begun or b"") + await taking.rest()
        late = await second()
    *lines, last = map(json.loads, whole.splitlines())
    held = {goal["id"]: goal for goal in lines}
    assert last["complete"]["rows"] == len(held) == 1001
    assert before["id"] in held
    assert held.keys().isdisjoint({amid, late, str(made.id), during["id"]})
    position, told = last["complete"]["position"], set()
    while True:
        page = await since(live, position)
        for change in page["items"]:
            assert change["op"] == "upsert"
            held[change["id"]] = change["object"]
            told.add(change["id"])
        position = page["next"]
        if not page["more"]:
            break
    assert told == {amid, late, str(made.id), during["id"], before["id"]}
    assert held == await pulled(live)


async def test_one_at_a_time_for_each_client(live):
    await many(live, 1000)
    first = reader(live)
    begun = await first.parts.get()
    refused = await live.as_(WAREHOUSE).get(EXPORT)
    assert (refused.status_code, refused.json()["code"]) == (429, "export_under_way")
    assert int(refused.headers["retry-after"]) > 0
    assert (await export(live, "kestrel_warehouse"))[0] == {}
    assert len(((begun or b"") + await first.rest()).splitlines()) == 1001
    assert len((await export(live))[0]) == 1000


async def test_a_district_leaves_places_to_others_and_who_is_refused_waits_for_none(
    live, monkeypatch
):
    """Of four places a district has two; three districts have some; who finds none is told so."""
    await many(live, 1000)
    database, world = live.app.state.database, live.world
    taking = reader(live)
    begun = await taking.parts.get()
    async with AsyncExitStack() as held, AsyncExitStack() as last:
        await last.enter_async_context(database.streaming(world.juniper))
        monkeypatch.setattr("app.core.database.STREAM_WAIT", 0.05)
        over = await live.as_("lena").get("/me/archive")
        assert (over.status_code, over.json()["code"]) == (429, "district_share_taken")
        assert int(over.headers["retry-after"]) > 0
        assert "archives" in over.json()["next_step"]
        assert (await export(live, "kestrel_warehouse"))[0] == {}
        for other in (uuid4(), uuid4()):
            await held.enter_async_context(database.streaming(other))
        full = await live.as_("kestrel_warehouse").get(EXPORT)
        assert (full.status_code, full.json()["code"]) == (503, "unavailable")
        assert int(full.headers["retry-after"]) > 0
        monkeypatch.setattr("app.core.database.STREAM_WAIT", 20.0)
        waiting = [asyncio.ensure_future(live.as_("lena").get("/me/archive")) for _ in range(12)]
        async with asyncio.timeout(10):
            for who, status, code in (
                (WAREHOUSE, 429, "export_under_way"),
                ("tom", 403, "forbidden"),
                ("juniper_rosters", 403, "not_for_clients"),
                (None, 401, "unauthenticated"),
            ):
                refused = await live.as_(who).get(EXPORT)
                assert (refused.status_code, refused.json()["code"]) == (status, code), who
            # those who wait hold nothing that others need
            assert (await live.as_("tom").get("/goals")).status_code == 200
            assert not any(one.done() for one in waiting)
            waiting[0].cancel()
            await held.aclose()
            await last.aclose()
            answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    codes = {answer.status_code for answer in answers[1:]}
    assert 200 in codes <= {200, 429}
    assert len(((begun or b"") + await taking.rest()).splitlines()) == 1001
    assert len((await export(live))[0]) == 1000
    assert database.stream_engine.pool.checkedout() == 0


async def test_who_is_revoked_while_it_waits_gets_nothing(live, monkeypatch):
    """Who waited is let in as who they are when the wait is over."""
    goal = await agreed(live.as_, live.world)
    database, world = live.app.state.database, live.world
    async with database.streaming(world.juniper), database.streaming(world.juniper):
        waiting = asyncio.ensure_future(live.as_(WAREHOUSE).get(EXPORT))
        async with asyncio.timeout(3):
            while not database._streams._waiting:  # noqa: ASYNC110 - it has no event to wait for
                await asyncio.sleep(0.01)
        async with database.writing() as session:
            await keys.enter(session, world.juniper)
            revoked = {"id": world.juniper_warehouse}
            await session.execute(
                text("update integration_client set active = false where id = :id"), revoked
            )
            await session.commit()
    answer = await waiting
    assert (answer.status_code, goal["id"] in answer.text) == (401, False)


async def test_who_is_revoked_midway_does_not_get_the_rest(live, monkeypatch):
    monkeypatch.setattr(streaming, "_ASK_AGAIN", 0.0)
    await many(live, 2000)
    whole = reader(live)
    assert (await whole.rest()).count(b"\n") == 2001
    cut, other = reader(live), reader(live, "kestrel_warehouse")
    begun = await cut.parts.get() or b""
    clients = (await live.as_("ada").get("/integration-clients")).json()["items"]
    (client,) = (one for one in clients if one["id"] == str(live.world.juniper_warehouse))
    path, tag = f"/integration-clients/{client['id']}", {"If-Match": f'"{client["version"]}"'}
    assert (await live.as_("ada").post(f"{path}/revoke", headers=tag)).status_code == 200
    with pytest.raises(streaming.StreamEnded):
        begun += await cut.rest()
    while not cut.parts.empty():
        begun += cut.parts.get_nowait() or b""
    assert 0 < begun.count(b"\n") < 2000
    assert b'"complete"' not in begun
    assert (await live.as_(WAREHOUSE).get(EXPORT)).status_code == 401
    assert b'"complete"' in await other.rest()
    assert live.app.state.database.stream_engine.pool.checkedout() == 0


# --- over a real connection ---------------------------------------------------------------------


@asynccontextmanager
async def serving(live: Live) -> AsyncIterator[int]:
    """The program behind a port, in this process."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(live.app, lifespan="off", log_config=None, server_header=False)
    server = uvicorn.Server(config)
    running = asyncio.ensure_future(server.serve([listening]))
    while not server.started:  # noqa: ASYNC110 - it has no event to wait for
        await asyncio.sleep(0.01)
    yield int(listening.getsockname()[1])
    server.should_exit = True
    await running


def token(live: Live) -> str:
    """An access token of the warehouse."""
    return str(SignedIn(live.app, live.world.sessions[WAREHOUSE]).token)


async def begun(live: Live, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """An export of which the first bytes have come, on a connection that holds little."""
    ours = socket.socket()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    ours.setblocking(False)
    await asyncio.get_running_loop().sock_connect(ours, ("127.0.0.1", port))
    taken, asked = await asyncio.open_connection(sock=ours, limit=4096)
    words = (
        f"GET /api/v1{EXPORT} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token(live)}\r\n\r\n"
    )
    asked.write(words.encode())
    assert b" 200 " in await taken.readline()
    await taken.readexactly(1000)
    return taken, asked


async def _free(live: Live) -> None:
    """The pool has its connections back, and PostgreSQL has nothing running for us."""
    pool = live.app.state.database.stream_engine.pool
    for _ in range(200):
        async with live.app.state.database.apart() as driver:
            open_still = await driver.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid() and (query ilike 'copy%' or xact_start is not null)"
                " and state <> 'idle'"
            )
        if pool.checkedout() == 0 and open_still == 0:
            return
        await asyncio.sleep(0.02)
    raise AssertionError((pool.checkedout(), open_still))


@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.large)])
async def test_who_hangs_up_leaves_a_healthy_pool(live, times):
    await many(live, 6000)
    async with serving(live) as port, httpx.AsyncClient() as client:
        for _turn in range(times):
            _taken, asked = await begun(live, port)
            asked.transport.abort()
            for number in range(20):
                path = ("goals", "changes/head", "goals?limit=200")[number % 3]
                answer = await client.get(
                    f"http://127.0.0.1:{port}/api/v1/{path}",
                    headers={"Authorization": f"Bearer {token(live)}"},
                )
                assert answer.status_code == 200, answer.text
            await _free(live)
    assert len((await export(live))[0]) == 6000


async def test_a_reader_who_is_slower_than_the_least_is_cut_off(live, monkeypatch):
    await many(live, 20_000)
    monkeypatch.setattr(streaming, "_GRACE", 0.3)
    live.app.state.settings = replace(live.app.state.settings, stream_bytes_per_second=10**9)
    async with serving(live) as port:
        taken, asked = await begun(live, port)
        began = time.monotonic()
        await _free(live)
        assert time.monotonic() - began < 3
        got = await taken.read(100_000_000)
        while more := await taken.read(100_000_000):
            got += more
        assert b'"complete"' not in got
        assert not got.endswith(b"0\r\n\r\n"), "the last chunk would say that this is all"
        asked.close()
    monkeypatch.undo()
    assert len((await export(live))[0]) == 20_000


@pytest.mark.large
async def test_memory_does_not_grow_with_the_rows(live):
    """The resident size of a process that serves 50,000 goals as lines, as a table and as gzip."""
    await many(live, 50_000)
    (kid, secret), *_ = SETTINGS.secret_keys
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(  # noqa: ASYNC220 - it is at once
        [sys.executable, "-m", "bench.server", "program", str(port)],
        env={
            **os.environ,
            "DATABASE_URL": live.url,
            "SECRET_KEYS": f"{kid}:{secret.hex()}",
            "PUBLIC_URL": SETTINGS.public_url,
        },
    )

    def resident() -> float:
        status = Path(f"/proc/{process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    address = f"http://127.0.0.1:{port}/api/v1{EXPORT}"
    with clock.stopped(lambda: datetime.now(UTC), os.urandom):  # the process has the true time
        common = {"Authorization": f"Bearer {token(live)}", "Accept-Encoding": "identity"}
    try:
        async with httpx.AsyncClient(timeout=120, headers=common) as client:
            while process.poll() is None:
                try:
                    nothing = await client.get(f"{address}?school_id={live.world.birch}")
                    break
                except httpx.ConnectError:
                    await asyncio.sleep(0.1)
            assert nothing.json()["complete"]["rows"] == 0
            for query, headers in (
                ("", {}),
                ("?format=csv", {}),
                ("", {"Accept-Encoding": "gzip"}),
            ):
                before = peak = resident()
                whole = bytearray()
                async with client.stream("GET", address + query, headers=headers) as answer:
                    async for part in answer.aiter_raw():
                        whole += part
                        peak = max(peak, resident())
                body = gzip.decompress(whole) if headers else bytes(whole)
                assert body.count(b"\n") == 50_001 + (query != "")
                assert len(body) > 10_000_000
                assert peak - before < 20, (query, headers)
    finally:
        process.terminate()
        process.wait(20)
