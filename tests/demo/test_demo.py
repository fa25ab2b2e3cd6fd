"""The demo: an invented district made through the services, once, in an empty database."""

import os
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.core import clock
from app.core.database import Database
from app.core.dburl import async_url
from app.core.migrate import migrate_async
from app.demo import DistrictExists, content, load
from app.demo.loading import _password
from app.main import create_app
from tests.conftest import SETTINGS, _at, _owner

pytestmark = pytest.mark.anyio


@pytest.fixture
async def empty(server: Any) -> AsyncIterator[str]:
    """The application's address of a migrated database with nothing in it."""
    name = f"demo_{os.urandom(4).hex()}"
    async with _owner(_at(server.superuser_url, "postgres")) as connection:
        connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(f"create database {name} owner alongside_owner"))
    await migrate_async(_at(server.owner_url, name), _at(server.app_url, name))
    yield _at(server.app_url, name)
    async with _owner(_at(server.superuser_url, "postgres")) as connection:
        connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(f"drop database {name} with (force)"))


async def _rows(server: Any, url: str, statement: str) -> list[Any]:
    """What a superuser sees."""
    name = url.partition("?")[0].rpartition("/")[2]
    address, arguments = async_url(_at(server.superuser_url, name))
    engine = create_async_engine(address, connect_args=arguments, poolclass=NullPool)
    async with engine.connect() as connection:
        rows = list(await connection.execute(text(statement)))
    await engine.dispose()
    return rows


async def test_the_demo_can_be_signed_in_to_and_shows_a_term_under_way(server, empty):
    before = clock.now()
    logins = await load(empty)
    with pytest.raises(DistrictExists):
        await load(empty)
    assert clock.now() >= before, "the clock runs again"
    database = Database(empty)
    app = create_app(SETTINGS, database)
    seen: dict[str, Counter[str]] = {}
    todos: dict[str, set[str]] = {}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://alongside.example/api/v1"
    ) as client:
        for who, name, secret in logins:
            grant = "client_credentials" if "client" in who else "password"
            fields = (
                {"client_id": name, "client_secret": secret}
                if "client" in who
                else {"username": name, "password": secret}
            )
            token = await client.post("/auth/token", data={"grant_type": grant, **fields})
            assert token.status_code == 200, (who, token.text)
            bearer = {"Authorization": f"Bearer {token.json()['access_token']}"}
            listed = await client.get("/goals?limit=200", headers=bearer)
            assert listed.status_code == 200, (who, listed.text)
            seen[who.partition(",")[0]] = Counter(g["state"] for g in listed.json()["items"])
            if "client" not in who:
                assert len(secret) >= 15
                me = await client.get("/me", headers=bearer)
                assert me.status_code == 200, me.text
                week = (await client.get("/me/week", headers=bearer)).json()
                todos[who.partition(",")[0]] = {
                    todo["code"]
                    for side in (*week["teachers"], week["own"] or {"todo": []})
                    for todo in side["todo"]
                }
    await database.close()
    assert set(seen["Senior Team Lead"]) == {"draft", "proposed", "agreed", "closed", "published"}
    assert not {"draft", "proposed"} & set(seen["School leader"])
    assert not {"draft", "proposed"} & set(seen["Integration client: id and secret"])
    assert set(seen["District administrator"]) == {"published"}
    assert {"agree_goal", "review_series"} <= todos["Senior Team Lead"]
    assert not todos["School leader"]
    assert len({secret for _, _, secret in logins}) == len(logins)

    waiting = await _rows(server, empty, "select kind from goal_revision where state = 'proposed'")
    assert {row.kind for row in waiting} == {"content", "closing"}
    outcomes = await _rows(server, empty, "select distinct outcome from goal where outcome <> ''")
    assert {row.outcome for row in outcomes} == {"met", "not_met"}
    pairs = await _rows(
        server, empty, "select state, count(*) n from coaching_relationship group by 1"
    )
    by_state = {row.state: row.n for row in pairs}
    assert (by_state["paused"], by_state["proposed"]) == (1, 1)
    coached = await _rows(
        server, empty, "select count(*) n from coaching_relationship group by lead_id"
    )
    assert sorted(row.n for row in coached) == [3, 4, 8]
    for table, wanted in (
        ("outreach_message", {"draft", "queued", "handed_over"}),
        ("questionnaire", {"assigned", "in_progress", "submitted", "reviewed"}),
        ("conversation", {"planned", "scheduled", "held", "closed", "missed"}),
        ("coaching_agreement", {"proposed", "accepted"}),
        ("role_note", {"open", "answered"}),
        ("shared_record", {"open"}),
    ):
        states = await _rows(server, empty, f"select distinct state from {table}")  # noqa: S608
        assert {row.state for row in states} == wanted, table
    numbers = await _rows(server, empty, "select max(number) n from coaching_preferences")
    assert numbers[0].n == 2
    waiting = await _rows(server, empty, "select entrypoint from pgqueuer")
    assert [row.entrypoint for row in waiting] == ["outreach.send"]
    held = await _rows(server, empty, "select state, count(*) n from meeting group by 1")
    assert {"completed", "missed", "skipped", "scheduled"} <= {row.state for row in held}
    states = await _rows(server, empty, "select state, count(*) n from agenda_item group by 1")
    assert {row.state for row in states} == {"open", "discussed", "carried_over"}
    overdue = await _rows(
        server, empty, "select 1 from next_step where state = 'open' and due_on < now()::date"
    )
    assert overdue
    (help_,) = await _rows(server, empty, "select state from support_request")
    assert help_.state == "in_progress"
    prompted = await _rows(server, empty, "select 1 from meeting_series where review_due")
    assert len(prompted) == 1
    actors = await _rows(
        server,
        empty,
        "select actor_kind, count(distinct actor_id) n from event group by 1",
    )
    assert {row.actor_kind for row in actors} == {"operator", "person"}
    assert max(row.n for row in actors) > 15, "people act in their own names"
    late = await _rows(server, empty, "select max(at) at from event")
    assert late[0].at <= clock.now()
    (district,) = await _rows(server, empty, "select demo from district")
    assert district.demo
    years = await _rows(
        server,
        empty,
        "select count(*) n from school_year where now() between first_day and last_day",
    )
    assert years[0].n == 2


def test_a_password_for_the_demo_holds_no_part_of_a_name():
    """Such a password is refused, and once in some fifty times the demo did not load."""
    names = [f"{word.title()} Elementary" for word in content.WORDS[::2]]
    drawn = {part for _ in range(100) for part in _password(names).split("-")[:5]}
    assert drawn
    assert drawn <= set(content.WORDS[1::2])
