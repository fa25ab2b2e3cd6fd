"""The demo: an invented district made through the services, once, in an empty database."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
async def logins(empty: str) -> list[tuple[str, str, str]]:
    """The demo, loaded once for all tests of this module, which only read it."""
    return await load(empty)


async def _rows(server: Any, url: str, statement: str) -> list[Any]:
    """What a superuser sees."""
    name = url.partition("?")[0].rpartition("/")[2]
    address, arguments = async_url(_at(server.superuser_url, name))
    engine = create_async_engine(address, connect_args=arguments, poolclass=NullPool)
    async with engine.connect() as connection:
        rows = list(await connection.execute(text(statement)))
    await engine.dispose()
    return rows


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    database = Database(url)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(SETTINGS, database)),
        base_url="https://alongside.example/api/v1",
    ) as client:
        yield client
    await database.close()


async def _bearer(client: httpx.AsyncClient, who: str, name: str, secret: str) -> dict[str, str]:
    grant = "client_credentials" if "client" in who else "password"
    fields = (
        {"client_id": name, "client_secret": secret}
        if "client" in who
        else {"username": name, "password": secret}
    )
    token = await client.post("/auth/token", data={"grant_type": grant, **fields})
    assert token.status_code == 200, (who, token.text)
    return {"Authorization": f"Bearer {token.json()['access_token']}"}


async def test_the_demo_can_be_signed_in_to_and_shows_a_term_under_way(server, empty, logins):
    with pytest.raises(DistrictExists):
        await load(empty)
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 60, "the clock runs again"
    seen: dict[str, Counter[str]] = {}
    todos: dict[str, set[str]] = {}
    async with _client(empty) as client:
        for who, name, secret in logins:
            bearer = await _bearer(client, who, name, secret)
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
    assert {row.outcome for row in outcomes} == {"met", "partly_met", "not_met"}
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


Get = Callable[[str, str], Any]


@pytest.fixture(scope="module")
async def get(empty: str, logins: list[tuple[str, str, str]]) -> AsyncIterator[Get]:
    """What somebody, named as in the logins, reads at a path; the status where it is no 200."""
    async with _client(empty) as client:
        bearers: dict[str, dict[str, str]] = {}

        async def get(role: str, path: str) -> Any:
            if role not in bearers:
                login = next(login for login in logins if login[0].startswith(role))
                bearers[role] = await _bearer(client, *login)
            answer = await client.get(path, headers=bearers[role])
            return answer.json() if answer.status_code == 200 else answer.status_code

        yield get


LEADER, LEAD, TEACHER = "School leader, Quarry", "Senior Team Lead", "Teacher coached by Delphine"
SALTMARSH, SCIENCES = "School leader, Saltmarsh", "Other teacher leader"
HUMANITIES, SOLVEIG = "Team Lead, Humanities", "Teacher coached by Marcus"


async def _slos(get: Get, role: str) -> dict[str, str]:
    """Title to state of approval, of what is more than a goal without a plan."""
    listed = await get(role, "/goals?kind=student_learning&level=individual&limit=200")
    found = {}
    for goal in listed["items"]:
        if (await get(role, f"/goals/{goal['id']}/slo"))["population"]:
            found[goal["title"]] = goal["approval"]
    return found


async def test_slos_in_every_state_of_approval(get):
    lead, leader = await _slos(get, LEAD), await _slos(get, LEADER)
    assert set(lead.values()) == {"none", "approved", "end_submitted", "finalised"}
    assert set((await _slos(get, HUMANITIES)).values()) == {"submitted", "returned"}
    assert set((await _slos(get, SCIENCES)).values()) == {"end_returned", "approved"}
    assert set(leader.values()) == {
        "submitted",
        "returned",
        "approved",
        "end_submitted",
        "finalised",
    }, "what is only begun is the pair's"
    assert set(lead) - set(leader) == {"Students explain how they know: comparing ratios"}
    assert await _slos(get, "District administrator") == {}

    async def slo(role: str, title: str) -> Any:
        listed = await get(role, f"/goals?kind=student_learning&q={title}")
        (goal,) = [goal for goal in listed["items"] if goal["level"] == "individual"]
        return goal, await get(role, f"/goals/{goal['id']}/slo")

    goal, returned = await slo(SOLVEIG, "Evidence that carries")
    assert "which colleague marks" in returned["decisions"][-1]["reason"]
    assert goal["standard_items"][0]["code"] == "L.A.1"
    goal, finalised = await slo(LEADER, "Graphs that tell")
    assert (goal["state"], goal["outcome"]) == ("closed", "partly_met")
    assert finalised["result"]["counted"] == finalised["students"] == 24
    goal, reopened = await slo(SALTMARSH, "How sure are we")
    assert (goal["state"], goal["outcome"], reopened["result"]) == ("agreed", None, None)
    steps = [decision["step"] for decision in reopened["decisions"]]
    assert steps[-2:] == ["finalised", "reopened"]
    goal, _ = await slo(TEACHER, "Situations that become")
    seen = f"/slo-monitoring?goal_id={goal['id']}"
    assert len((await get(TEACHER, seen))["items"]) == 3
    assert (await get(LEADER, seen))["items"] == [], "what is seen on the way is the pair's"
    (template,) = (await get(SOLVEIG, "/templates?kind=goal&key=explain_your_thinking"))["items"]
    assert template["state"] == "published"
    goal, _ = await slo(LEAD, "Students explain how")
    assert (goal["state"], goal["template_id"]) == ("proposed", template["id"])


async def test_monitoring_is_worth_drawing(get):
    async def statuses(role: str) -> set[str]:
        found = set()
        for goal in (await get(role, "/goals?limit=200"))["items"]:
            standing = await get(role, f"/goals/{goal['id']}/monitoring")
            found.add(standing["status"])
        return found

    assert {"on_track", "at_risk"} <= await statuses(LEAD)
    assert {"off_track", "at_risk", "reached"} <= await statuses(SALTMARSH)


async def test_growth_plans_in_every_state(get):
    async def states(role: str) -> Counter[str]:
        listed = await get(role, "/growth-plans?limit=200")
        return Counter(plan["state"] for plan in listed["items"])

    assert await states(LEAD) == {"draft": 1, "agreed": 1, "closed": 1}
    assert await states(TEACHER) == {"agreed": 1, "closed": 1}
    assert await states(HUMANITIES) == await states(SOLVEIG) == {"mid_year_reviewed": 1}
    assert await states(LEADER) == {"agreed": 1, "mid_year_reviewed": 1, "closed": 1}, "no draft"
    assert await states(SALTMARSH) == {}

    (agreed,) = (await get(TEACHER, "/growth-plans?state=agreed"))["items"]
    steps = (await get(TEACHER, f"/growth-plans/{agreed['id']}/steps"))["items"]
    assert Counter(step["state"] for step in steps) == {"done": 2, "open": 1, "dropped": 1}
    assert len((await get(TEACHER, f"/growth-plans/{agreed['id']}/goals"))["items"]) == 1
    listed = (await get(SOLVEIG, "/goal-reviews"))["items"]
    assert {(one["kind"], one["state"]) for one in listed} == {
        ("mid_year", "complete"),
        ("end_of_year", "open"),
    }
    parts = [(await get(role, "/goal-review-parts"))["items"] for role in (SOLVEIG, HUMANITIES)]
    assert [len(some) for some in parts] == [3, 4], "the lead still writes the last one"
    assert (await get(LEADER, "/goal-review-parts"))["items"] == []


async def test_a_school_goal_was_talked_about_and_changed(get):
    listed = (await get(SOLVEIG, "/goals?level=school"))["items"]
    (goal,) = listed
    adopted, now_open = (await get(SOLVEIG, f"/goals/{goal['id']}/feedback-rounds"))["items"]
    assert (adopted["state"], now_open["state"]) == ("summarised", "open")
    assert (goal["revision"], "or in writing" in goal["statement"]) == (2, True)
    revisions = (await get(SOLVEIG, f"/goals/{goal['id']}/revisions"))["items"]
    assert adopted["adopted_revision_id"] in [one["id"] for one in revisions]
    waiting = (await get(SOLVEIG, "/feedback-rounds?waiting_for_me=true"))["items"]
    assert [one["id"] for one in waiting] == [now_open["id"]]

    for role, found in ((LEAD, 1), (LEADER, 0), (TEACHER, 0)):
        outs = await get(role, "/common-indicator-opt-outs")
        assert len(outs["items"]) == found, role
    me = await get(LEADER, "/me")
    school = next(one["school_id"] for one in me["roles"] if one["kind"] == "school_leader")
    for team in (await get(LEADER, f"/teams?school_id={school}"))["items"]:
        coverage = await get(LEADER, f"/teams/{team['id']}/common-indicator")
        assert coverage["carrying"] is coverage["opted_out"] is None, "three or four people"


async def test_systems_show_who_is_stuck(get):
    stuck = (await get(LEAD, "/system-confirmations?stuck=true&limit=200"))["items"]
    assert ("Callum", "no") in {(one["given_name"], one["has_access"]) for one in stuck}
    assert ("Priya", None) in {(one["given_name"], one["has_access"]) for one in stuck}
    systems = (await get(TEACHER, "/goal-systems"))["items"]
    assert {one["kind"] for one in systems} == {"system", "document"}
    assert len((await get(SALTMARSH, "/goal-systems"))["items"]) == 1


async def test_the_districts_expectations_are_standards(get):
    (framework,) = (await get(TEACHER, "/frameworks?publisher=larkspur-valley"))["items"]
    assert framework["state"] == "published"
    items = (await get(TEACHER, f"/frameworks/{framework['id']}/items?limit=200"))["items"]
    assert len(items) == 16
    (report,) = (await get("District administrator", "/framework-imports"))["items"]
    found = await get("District administrator", f"/framework-imports/{report['id']}")
    problems = {problem["place"] for problem in found["frameworks"][0]["problems"]}
    assert problems == {"CFDocument/creator"}, "which no column of the table says"
