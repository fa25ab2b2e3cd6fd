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
            if "administrator" in who:
                hooks = (await client.get("/webhook-endpoints", headers=bearer)).json()["items"]
                assert [hook["state"] for hook in hooks] == ["disabled"], "the demo sends nothing"
                path = f"/webhook-endpoints/{hooks[0]['id']}/deliveries"
                sent = (await client.get(path, headers=bearer)).json()["items"]
                assert {one["state"] for one in sent} == {"delivered", "failed", "dropped"}
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
    # what tells webhooks finds none that is active, and sends nothing
    assert {row.entrypoint for row in waiting} == {"outreach.send", "webhook.tell"}
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


# --- learning cycles, observations and feedback --------------------------------------------------


async def _all(get: Get, role: str, path: str) -> list[Any]:
    """What somebody lists at a path."""
    return list((await get(role, f"{path}{'&' if '?' in path else '?'}limit=200"))["items"])


async def _cycle(get: Get, role: str, title: str) -> tuple[Any, str]:
    """A cycle by its title, and its address."""
    (found,) = [one for one in await _all(get, role, "/learning-cycles") if one["title"] == title]
    return found, f"/learning-cycles/{found['id']}"


async def test_learning_cycles_in_every_phase(get):
    async def states(role: str) -> Counter[str]:
        return Counter(one["state"] for one in await _all(get, role, "/learning-cycles"))

    assert await states(TEACHER) == {"closed": 1, "intention": 1, "application": 1}
    assert await states(LEAD) == {"closed": 1, "intention": 2, "application": 1}
    assert await states(SOLVEIG) == await states(HUMANITIES) == {"learning": 1}
    phases = ("intention", "application", "reflection", "paused", "closed", "abandoned")
    assert await states(SCIENCES) == dict.fromkeys(phases, 1)
    assert await states(LEADER) == {"application": 1}, "the team's alone"
    assert await states(SALTMARSH) == {}

    _, waiting = await _cycle(get, LEAD, "From knowing to changing the plan")
    assert len(await _all(get, LEAD, f"{waiting}/rankings")) == 1
    data = await _all(get, LEAD, f"{waiting}/data-points")
    assert {point["kind"] for point in data} == {"qualitative", "quantitative"}
    lacks = {lack["code"] for lack in (await get(LEAD, f"{waiting}/gate"))["missing"]}
    assert {"ranking", "goal"} <= lacks
    _, learning = await _cycle(get, SOLVEIG, "Questions worth eleven minutes")
    activities = await _all(get, SOLVEIG, f"{learning}/activities")
    assert Counter(one["state"] for one in activities) == {"done": 1, "planned": 1}
    _, last = await _cycle(get, SCIENCES, "Two minutes I did not like")
    assert {one["state"] for one in await _all(get, SCIENCES, f"{last}/reflections")} == {
        "draft",
        "shared",
    }


async def test_a_closed_cycle_and_the_one_that_follows_it(get):
    closed, address = await _cycle(get, TEACHER, "What happens in three seconds")
    assert (closed["goal_outcome"], closed["decision"]) == ("partly_met", "continue")
    shared = await _all(get, TEACHER, f"{address}/reflections")
    assert {one["state"] for one in shared} == {"shared"}
    assert {one["author_id"] for one in shared} == {closed["teacher_id"], closed["lead_id"]}
    uses = await _all(get, TEACHER, f"{address}/uses")
    assert {one["kind"] for one in uses} == {"observation", "tracker"}
    _, following = (await get(TEACHER, f"{address}/chain"))["items"]
    assert (following["previous_id"], following["state"]) == (closed["id"], "intention")
    for part, found in (("candidates", 1), ("success-indicators", 3), ("adjustments", 2)):
        filled = (await get(TEACHER, f"/learning-cycles/{following['id']}/{part}"))["items"]
        assert len(filled) == found, part

    closed, _ = await _cycle(get, SCIENCES, "Monday's groups by Friday's work")
    goal = await get(SCIENCES, f"/goals/{closed['goal_id']}")
    assert (
        (goal["state"], goal["outcome"])
        == ("closed", closed["goal_outcome"])
        == (
            "closed",
            "met",
        )
    )


async def test_a_teams_cycle_has_parts_of_its_members(get):
    _, team = await _cycle(get, LEAD, "What a check changes")
    progress = (await get(LEAD, f"{team}/progress"))["items"]
    assert Counter((one["adjustment"], one["use"], one["reflection"]) for one in progress) == {
        (True, True, True): 1,
        (True, True, False): 1,
        (True, False, False): 1,
        (False, False, False): 1,
    }
    members = await _all(get, LEAD, f"{team}/members")
    assert sum(one["adjustments_waived"] is not None for one in members) == 1
    for role, seen in ((LEAD, 3), (TEACHER, 1), ("Teacher new", 1), (LEADER, 0)):
        tried = await _all(get, role, f"{team}/adjustments")
        assert len(tried) == seen, role


async def test_observations_of_each_kind_and_in_each_state(get):
    async def seen(*roles: str) -> dict[str, Any]:
        return {one["id"]: one for role in roles for one in await _all(get, role, "/observations")}

    visits = (await seen(LEADER, LEAD, HUMANITIES, SOLVEIG, SALTMARSH, SCIENCES)).values()
    kinds = await _all(get, LEAD, "/observation-kinds")
    assert {one["kind"] for one in visits} == {kind["key"] for kind in kinds}
    assert Counter(one["state"] for one in visits) == {
        "scheduled": 2,
        "in_progress": 1,
        "drafted": 1,
        "shared": 2,
        "discussed": 2,
        "acknowledged": 1,
        "locked": 1,
        "cancelled": 1,
        "void": 1,
    }
    teachers = (await seen(TEACHER)).values()
    (visit,) = [one for one in teachers if one["state"] == "acknowledged"]
    assert visit["preferences_id"]
    assert [(one["code"], one["consent"]) for one in visit["overrides"]] == [
        ("preference_co_teach", True)
    ]
    items = await _all(get, TEACHER, f"/observations/{visit['id']}/evidence")
    assert {item["kind"] for item in items} == {"evidence", "interpretation", "question"}
    cited = await _all(get, TEACHER, "/evidence-citations")
    assert len({one["item_id"] for one in cited}) == 1
    assert {("goal" if one["goal_id"] else "cycle") for one in cited} == {"goal", "cycle"}

    (scored,) = [one for one in teachers if one["evaluative"]]
    assert (scored["kind"], scored["state"], scored["revision"]) == ("partial", "discussed", 2)
    address = f"/observations/{scored['id']}"
    assert {one["level"] for one in (await get(TEACHER, f"{address}/ratings"))["items"]} == {
        "Effective"
    }
    assert len(await _all(get, TEACHER, f"{address}/revisions")) == 1
    reads = await _all(get, TEACHER, f"{address}/reads")
    assert {one["record_type"] for one in reads} == {"observation"}
    mentors = await _all(get, "Mentor", f"{address}/evidence")
    assert len(mentors) == 4, "the observer's and her own, who looked on with consent"
    asked = await _all(get, HUMANITIES, "/co-observers")
    assert [one["state"] for one in asked] == ["asked"]
    (full,) = [one for one in await _all(get, SOLVEIG, "/observations") if one["kind"] == "full"]
    assert full["state"] == "locked"
    rated = (await get(SOLVEIG, f"/observations/{full['id']}/ratings"))["items"]
    assert Counter(one["score"] is None for one in rated) == {False: 10, True: 2}


async def test_feedback_in_each_state_by_the_schools_protocol(get):
    talks = {}
    for role in (LEAD, HUMANITIES, SOLVEIG, SCIENCES):
        for one in await _all(get, role, "/feedback-conversations"):
            talks[one["id"]] = (one["state"], one["giver_kind"], one["template_title"])
    steps, map_ = "Relay: six steps", "Reflecting map"
    assert Counter(talks.values()) == {
        ("acknowledged", "lead", steps): 1,
        ("shared", "lead", steps): 1,
        ("prepared", "lead", steps): 1,
        ("held", "lead", map_): 1,
        ("shared", "peer", map_): 1,
    }
    (talk,) = await _all(get, TEACHER, "/feedback-conversations?state=acknowledged")
    assert talk["reply"]
    assert talk["later_reply"]
    notes = (await get(TEACHER, f"/feedback-conversations/{talk['id']}/notes"))["items"]
    assert [one["step_key"] for one in notes] == [field["key"] for field in talk["fields"]]
    (prepared,) = await _all(get, SOLVEIG, "/feedback-conversations?state=prepared")
    hidden = await get(SOLVEIG, f"/feedback-conversations/{prepared['id']}/notes")
    assert hidden["items"] == [], "what is prepared is the giver's"
    choices = await _all(get, SCIENCES, "/protocol-choices")
    assert [bool(one["reason"]) for one in choices] == [False, True]

    (coaching,) = await _all(get, TEACHER, "/indicator-feedback")
    assert (coaching["state"], coaching["evaluative"]) == ("acknowledged", False)
    (formal,) = await _all(get, SOLVEIG, "/indicator-feedback")
    assert (formal["evaluative"], formal["score"]) == (True, 7)
    (frozen,) = await _all(
        get, SOLVEIG, f"/evidence-citations?indicator_feedback_id={formal['id']}"
    )
    assert frozen["frozen_text"]
    (draft,) = await _all(get, SCIENCES, "/indicator-feedback")
    assert draft["state"] == "draft"


async def test_action_steps_in_each_state_and_a_calendar(server, empty, get):
    found = {}
    for role in (LEAD, HUMANITIES, SCIENCES):
        found |= {one["id"]: one for one in await _all(get, role, "/action-steps")}
    assert Counter(one["state"] for one in found.values()) == {
        "proposed": 1,
        "agreed": 1,
        "practising": 2,
        "met": 1,
        "not_met": 1,
        "carried_over": 1,
        "dropped": 1,
    }
    on_agendas = await _rows(
        server,
        empty,
        "select s.state of_step, a.state of_item from action_step s"
        " join agenda_item a on a.id = s.agenda_item_id",
    )
    places = {(row.of_step, row.of_item) for row in on_agendas}
    assert {("met", "discussed"), ("practising", "open"), ("agreed", "open")} <= places
    (met,) = [one for one in found.values() if one["state"] == "met"]
    assert met["feedback_id"]
    assert met["adjustment_id"]
    bank = await _all(get, LEAD, "/action-step-ideas")
    assert Counter(one["retired"] for one in bank) == {False: 3, True: 1}
    assert sum(one["idea_id"] in {idea["id"] for idea in bank} for one in found.values()) == 2

    (calendar,) = await _all(get, TEACHER, "/coaching-calendars")
    entries = await _all(get, TEACHER, f"/coaching-calendars/{calendar['id']}/entries")
    assert len(entries) == 12
    states = Counter(one["state"] for one in entries)
    assert states["skipped"] == 1
    assert states["done"] >= 5, "one by hand, the others by what happened"
