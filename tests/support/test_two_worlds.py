"""Not a byte of difference: what others see and do in a world with a support request, and without.

Two worlds are one database, before and after Lena asked for help with Tom. In each of them others
send every GET of the contract with the ids of what there is, and play the same scenes of writes;
each scene is taken back. Status, headers, bytes and log are compared, and no statement of a route
that is not about support may name a table that is.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.auth import keys
from app.core import clock
from tests.contract.checking import contract
from tests.goals.test_goals import at
from tests.meetings.test_meetings import begin, hold, of, ok
from tests.parts import PARTS
from tests.support.test_support import TEXT, ask, step
from tests.world import Ticking

pytestmark = pytest.mark.anyio

#: the teacher concerned, a peer and an ILT member who are not named, leaders, an administrator,
#: somebody of another district, and integrations
OTHERS = ("tom", "nina", "luis", "ivy", "bea", "ada", "zoe", "juniper_warehouse", "juniper_rosters")
SOME = ("tom", "ada", "juniper_warehouse")
#: whose ids the world without has not: there a missing one stands in, and must look the same
MADE_LATER = ("request_id", "entry_id", "intervention_id", "update_id")
MISSING = "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9eff"
#: of these the world has none, and a missing one is asked for in both
NONE = ("import_id", "framework_import_id", "course_id", "class_id")
TABLES = ("support_", "intervention", "leader_update")


@dataclass(frozen=True)
class Do:
    """One request of a scene. `{name}` in path and body is an id."""

    who: str
    method: str
    path: str
    body: Any = None
    #: the address whose version it is made from
    at: str | None = None
    key: str | None = None
    #: under which name the scene goes on with the answer's id
    keeps: str | None = None


def _post(who: str, path: str, body: Any = None, **options: Any) -> Do:
    return Do(who, "POST", path, body, **options)


_STEP = {"owner_id": "{tom}", "text": "Try it.", "due_on": "2026-10-12"}
_ALONE = {"on": "2026-10-08", "at": "12:00"}
_MEETING, _EXTRA, _GOAL = "/meetings/{meeting_id}", "/meetings/{extra_id}", "/goals/{goal_id}"
#: what others do, scene by scene
SCENES: dict[str, tuple[Do, ...]] = {
    "meetings are called off, made twice by one key, and clash": (
        _post("tom", f"{_MEETING}/cancel", {"reason": "Ill."}, at=_MEETING),
        _post("tom", f"{_MEETING}/cancel", {"reason": "Ill."}, at=_MEETING),
        _post("tom", "/meetings", _ALONE, key="once", keeps="extra_id"),
        _post("tom", "/meetings", _ALONE, key="once"),
        _post("tom", "/meetings", {**_ALONE, "at": "13:00"}, key="once"),
        _post("tom", "/meetings", _ALONE),
        Do("tom", "PATCH", _EXTRA, {"at": "12:30", "reason": "Later."}, at=_EXTRA),
        _post("nina", "/meetings", {**_ALONE, "at": "12:45"}),
        _post("nina", "/meetings", {**_ALONE, "at": "08:00"}),
        _post("luis", f"{_MEETING}/skip", {"skip": "leave"}, key="not-mine"),
        _post("ada", f"{_MEETING}/skip", {"skip": "leave"}, key="not-mine"),
    ),
    "a meeting is held": (
        _post("tom", "/meetings", _ALONE, keeps="extra_id"),
        _post("tom", f"{_EXTRA}/complete", {}, at=_EXTRA),
        _post("tom", f"{_EXTRA}/start", at=_EXTRA),
        _post("tom", f"{_EXTRA}/next-steps", _STEP, keeps="new_id"),
        _post("tom", "/next-steps/{new_id}/finish", at="/next-steps/{new_id}"),
        _post("tom", f"{_EXTRA}/complete", {}, at=_EXTRA),
        _post("tom", f"{_EXTRA}/feedback", {"structure": 1, "content": 1}),
        _post("tom", "/agenda-items/{item_id}/move", {"position": 1}, at="/agenda-items/{item_id}"),
        _post("tom", "/agenda-items/{item_id}/drop", at="/agenda-items/{item_id}"),
    ),
    "the rhythm is changed and ended": (
        Do(
            "tom",
            "PATCH",
            "/meeting-series/{series_id}",
            {"minutes": 40},
            at="/meeting-series/{series_id}",
        ),
        _post("tom", "/meeting-series/{series_id}/pause", at="/meeting-series/{series_id}"),
        _post("tom", "/meeting-series/{series_id}/resume", at="/meeting-series/{series_id}"),
        _post(
            "tom",
            "/meeting-series/{series_id}/end",
            {"reason": "No."},
            at="/meeting-series/{series_id}",
        ),
    ),
    "a goal is proposed": (
        _post("tom", f"{_GOAL}/propose", at=_GOAL),
        Do("tom", "PATCH", _GOAL, {"statement": "What will be reached."}, at=_GOAL),
        _post("tom", f"{_GOAL}/propose", at=_GOAL),
        _post("ada", f"{_GOAL}/propose", key="not-mine"),
    ),
    "the lead's role is ended": (
        _post("ada", "/roles/{lena_role}/end", at="/roles/{lena_role}"),
        _post("ada", "/roles/{lena_role}/end", at="/roles/{lena_role}"),
    ),
    "the relationship is paused and ended": (
        _post(
            "ada",
            "/coaching-relationships/{relationship_id}/pause",
            at="/coaching-relationships/{relationship_id}",
        ),
        _post("tom", "/meetings", _ALONE),
        _post(
            "ada",
            "/coaching-relationships/{relationship_id}/resume",
            at="/coaching-relationships/{relationship_id}",
        ),
        _post(
            "ada",
            "/coaching-relationships/{relationship_id}/end",
            {"reason": "Another team."},
            at="/coaching-relationships/{relationship_id}",
        ),
        _post("tom", "/meetings", _ALONE),
    ),
    "who was named is let go": (
        _post("ada", "/people/{mia}/deactivate", at="/people/{mia}"),
        _post("ada", "/people/{paul}/deactivate", at="/people/{paul}"),
    ),
    "who asked is let go": (_post("ada", "/people/{lena}/deactivate", at="/people/{lena}"),),
    "the teacher is let go": (_post("ada", "/people/{tom}/deactivate", at="/people/{tom}"),),
    "another lead asks for help of their own": (
        _post(
            "luis",
            "/support-requests",
            {"about_id": "{sam}", "recipient_ids": ["{ivy}", "{paul}"], "text": "We are stuck."},
        ),
    ),
}
#: what is looked at again behind each scene
BEHIND = (
    Do("tom", "GET", "/me/week"),
    Do("tom", "GET", "/audit?limit=20"),
    Do("ada", "GET", "/audit?limit=20"),
)
_REQUEST, _ASKED = "/support-requests/{request_id}", "/interventions/{intervention_id}"
_WORDS = {"text": "Hello."}
#: every step of support, as somebody takes it who is not named
UNNAMED: tuple[tuple[str, Any], ...] = (
    ("/support-requests", {"about_id": "{tom}", "recipient_ids": ["{mia}"], **_WORDS}),
    ("/leader-updates", {"about_id": "{tom}", "leader_id": "{paul}", **_WORDS}),
    (f"{_REQUEST}/share", {"person_id": "{ivy}"}),
    *((f"{_REQUEST}/{verb}", None) for verb in ("acknowledge", "start", "resolve")),
    *((f"{_REQUEST}/{verb}", None) for verb in ("withdraw", "reopen")),
    (f"{_REQUEST}/entries", _WORDS),
    (f"{_REQUEST}/entries", {**_WORDS, "nonsense": 1}),
    (f"{_REQUEST}/interventions", {"leader_id": "{paul}", **_WORDS}),
    ("/support-entries/{entry_id}/finish", None),
    *((f"{_ASKED}/{verb}", None) for verb in ("accept", "start", "finish")),
    (f"{_ASKED}/decline", {"reason": "No."}),
)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged while the test runs."""
    before = structlog.get_config()
    out = io.StringIO()
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(out))
    yield out
    structlog.configure(**before)


def _masked(words: str) -> str:
    words = re.sub(r'"(request_id|timestamp)": ?"[^"]*"', "", words)
    return re.sub(r'"milliseconds": ?[0-9.]+', "", words)


def _filled(value: Any, known: dict[str, str]) -> Any:
    """The same with the ids in their places."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: known[found[1]], value)
    if isinstance(value, dict):
        return {name: _filled(part, known) for name, part in value.items()}
    return [_filled(part, known) for part in value] if isinstance(value, list) else value


class Others:
    """Sends as others do and keeps what comes back."""

    def __init__(self, as_: Any, app: Any, connection: AsyncConnection) -> None:
        self.as_, self.connection = as_, connection
        self.paths = contract(app).document["paths"]
        self.seen: list[str] = []
        #: statements of routes that are not about support and name what is
        self.telling: list[tuple[str, str]] = []
        self.clients: dict[str, httpx.AsyncClient] = {}

    @contextmanager
    def time(self) -> Iterator[None]:
        """The same time and the same ids, each time."""
        ticking = Ticking(seed=99)
        ticking.move(days=3)
        self.clients = {}
        with clock.stopped(ticking.now, ticking.bits):
            yield

    async def send(self, who: str, method: str, address: str, **options: Any) -> httpx.Response:
        """One request, what it answers, and what it asks the database."""
        if who not in self.clients:
            self.clients[who] = self.as_(who, **{"X-Request-ID": "the-same"})
        statements: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            statements.append(statement)

        event.listen(self.connection.sync_connection, "before_cursor_execute", note)
        answer = await self.clients[who].request(method, address, **options)
        event.remove(self.connection.sync_connection, "before_cursor_execute", note)
        # what is left of the caller's own minute runs down in both worlds
        headers = sorted(pair for pair in answer.headers.items() if pair[0] != "ratelimit")
        # to the byte, also where the bytes are no text
        said = answer.text if answer.content.isascii() else answer.content.hex()
        self.seen.append(f"{who} {method} {address} {answer.status_code} {headers} {_masked(said)}")
        # The archive holds what its owner raised or is named in; it asks the same of everybody.
        if not re.match(r"/(support-|interventions|leader-updates|me/archive$)", address):
            self.telling += [
                (f"{who} {method} {address}", statement)
                for statement in statements
                if any(table in statement for table in TABLES)
            ]
        return answer

    async def read(self, who: str, known: dict[str, str], limit: int) -> None:
        """Each GET of the contract, to the last page."""
        for path, item in self.paths.items():
            # where a client stands in the feed is looked at by itself, below
            if "get" not in item or path.endswith("/changes"):
                continue
            names = {p.get("name") for p in item["get"].get("parameters", [])}
            address = _filled(path.removeprefix("/api/v1"), known)
            query = f"?limit={limit}" if "limit" in names else ""
            while True:
                answer = await self.send(who, "GET", address + query)
                listed = answer.headers.get("content-type") == "application/json"
                body = answer.json() if listed and answer.status_code == 200 else None
                if isinstance(body, dict) and body.get("next"):
                    query = f"?limit={limit}&cursor={body['next']}"
                elif token := answer.headers.get("next-page-token"):
                    query = f"?pageSize={limit}&pageToken={token}"
                else:
                    break

    async def play(self, scene: tuple[Do, ...], known: dict[str, str]) -> list[int]:
        """A scene, and all of it taken back; what its steps answered."""
        await self.connection.execute(text("savepoint scene"))
        known, statuses = dict(known), []
        with self.time():
            for number, do in enumerate(scene):
                headers = {"Idempotency-Key": do.key or f"scene-{number}"}
                if do.at is not None:
                    now = await self.send(do.who, "GET", _filled(do.at, known))
                    headers["If-Match"] = now.headers.get("etag", '"1"')
                else:
                    headers["If-Match"] = '"1"'
                body = {} if do.body is None else {"json": _filled(do.body, known)}
                address = _filled(do.path, known)
                answer = await self.send(do.who, do.method, address, headers=headers, **body)
                statuses.append(answer.status_code)
                if do.keeps:
                    known[do.keeps] = answer.json()["id"]
        await self.connection.execute(text("rollback to savepoint scene"))
        await self.connection.execute(text("release savepoint scene"))
        return statuses


async def _look(
    others: Others, known: dict[str, str], callers: tuple[str, ...], limit: int, log: io.StringIO
) -> tuple[list[str], dict[str, list[int]]]:
    """Everything that these see and do in the world as it is, and what was logged meanwhile."""
    log.seek(0)
    log.truncate()
    others.seen = []
    with others.time():
        for who in callers:
            await others.read(who, known, limit)
    played = {name: await others.play(scene + BEHIND, known) for name, scene in SCENES.items()}
    for who in callers:
        steps = [_post(who, path, body) for path, body in UNNAMED]
        played[f"{who} is not named"] = await others.play(tuple(steps), known)
    return [*others.seen, _masked(log.getvalue())], played


async def _before(as_: Any, world: Any, connection: AsyncConnection) -> dict[str, str]:
    """What the two have with each other before anybody asks for help, by the names of its ids."""
    series = await begin(as_, world)
    first, second, *_ = await of(as_, series)
    new = {
        "level": "individual",
        "kind": "growth",
        "title": "Check often",
        "school_year_id": str(world.alder_year),
        "indicator_ids": [str(world.leap_i5)],
        "measures": [{"name": "Checks", "unit": "per lesson", "baseline": 1, "target": 4}],
        "due_on": "2027-05-14",
    }
    known = {name: str(value) for name, value in world.ids.items()} | {
        "series_id": series["id"],
        "meeting_id": second["id"],
        "school_id": str(world.alder),
        "school_year_id": str(world.alder_year),
        "team_id": str(world.maths),
        "person_id": str(world.tom),
        "relationship_id": str(world.lena_tom),
        "framework_id": str(world.leap),
        "indicator_id": str(world.leap_i5),
        "client_id": str(world.juniper_warehouse),
        "session_id": str(world.sessions["tom"][1]),
    }
    roles = (await ok(as_("ada").get("/roles?limit=200")))["items"]
    by = {(role["person_id"], role["kind"]): role["id"] for role in roles}
    known["role_id"] = by[str(world.tom), "teacher"]
    known["lena_role"] = by[str(world.lena), "senior_team_lead"]
    made: dict[str, Any] = {}

    async def add(name: str, path: str, body: Any, **options: Any) -> None:
        made[name] = await ok(as_("tom").post(path, json=body, **options), 201)
        known[name] = made[name]["id"]

    await add("goal_id", "/goals", new)
    goal = f"/goals/{known['goal_id']}"
    await add("comment_id", f"{goal}/comments", {"text": "Between us."})
    await add("item_id", f"/meetings/{second['id']}/agenda-items", {"text": "Data"})
    await add("agreed_id", "/goals", {**new, "statement": "What will be reached."})
    for who, verb in (("tom", "propose"), ("tom", "agree"), ("lena", "agree")):
        path = f"/goals/{known['agreed_id']}"
        now = await ok(as_(who).get(path))
        now = await ok(as_(who).post(f"{path}/{verb}", headers=at(now)))
    value = {"measure_id": now["measures"][0]["id"], "on": "2026-10-01", "value": 2}
    await add("progress_id", f"{path}/progress", value, headers=at(now))
    now = await ok(as_("tom").get(path))
    change = {"content": {"title": "Check more often"}}
    await add("revision_id", f"{path}/revisions", change, headers=at(now))
    await hold(as_, first)
    await add("feedback_id", f"/meetings/{first['id']}/feedback", {"structure": 4, "content": 5})
    review = {"agenda_changed": True, "schedule_changed": False, "text": "Shorter."}
    await add("review_id", f"/meeting-series/{series['id']}/reviews", review)
    beside = {"on": "2026-10-07", "at": "17:00"}
    meeting = await ok(as_("tom").post("/meetings", json=beside), 201)
    path = f"/meetings/{meeting['id']}"
    await ok(as_("tom").post(f"{path}/start", headers=at(meeting)))
    step_ = {"owner_id": str(world.tom), "text": "Try it.", "due_on": "2026-12-08"}
    await add("step_id", f"{path}/next-steps", step_)
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        for part in PARTS:
            await part.grow(session, world, {"district_id": world.juniper}, "worlds")
        await session.commit()
    for part in PARTS:
        known |= getattr(part, "IDS", {})
        for who, name, path, *field in part.FIRSTS:
            address = httpx.URL(_filled(path, known)).copy_merge_params({"limit": 200})
            first = (await ok(as_(who).get(address)))["items"][0]
            known[name] = first[field[0]] if field else first.get(name, first["id"])
    return known | dict.fromkeys((*MADE_LATER, *NONE), MISSING)


async def _help(as_: Any, world: Any) -> dict[str, str]:
    """Lena asks Mia and Paul for help with Tom, and it is talked about."""
    made = await ask(as_, world, "mia", "paul")
    path = f"/support-requests/{made['id']}"
    entry = await ok(as_("mia").post(f"{path}/entries", json={"text": TEXT}), 201)
    body = {"leader_id": str(world.paul), "text": TEXT}
    asked = await ok(as_("lena").post(f"{path}/interventions", json=body), 201)
    told = {"about_id": str(world.tom), "leader_id": str(world.paul), "text": TEXT}
    update = await ok(as_("lena").post("/leader-updates", json=told), 201)
    for who, verb in (("mia", "acknowledge"), ("paul", "start")):
        await ok(step(as_(who), made, verb))
    ids = (made["id"], entry["id"], asked["id"], update["id"])
    return dict(zip(MADE_LATER, ids, strict=True))


#: what each scene must answer, so that it does what it says
ANSWERS = {
    "meetings are called off, made twice by one key, and clash": (
        *(200, 409, 201, 201, 422, 409, 200, 409, 201, 404, 404),
    ),
    "a meeting is held": (201, 409, 200, 201, 200, 200, 201, 200, 200),
    "the rhythm is changed and ended": (200, 200, 200, 200),
    "a goal is proposed": (409, 200, 200, 404),
    "the lead's role is ended": (200, 409),
    "the relationship is paused and ended": (200, 409, 200, 200, 409),
    "who was named is let go": (200, 200),
    "who asked is let go": (200,),
    "the teacher is let go": (200,),
    "another lead asks for help of their own": (201,),
}


@pytest.mark.parametrize(
    ("callers", "limit"),
    [(SOME, 20), pytest.param(OTHERS, 1, marks=pytest.mark.large)],
    ids=["some", "all"],
)
async def test_with_and_without_a_request_nobody_else_sees_any_difference(
    as_, app, world, connection, written, callers, limit
):
    known = await _before(as_, world, connection)
    others = Others(as_, app, connection)
    without, played = await _look(others, known, callers, limit, written)
    assert {name: tuple(played[name][: -len(BEHIND)]) for name in SCENES} == ANSWERS
    head = await ok(as_("juniper_warehouse").get("/changes/head"))

    written.seek(0)
    written.truncate()
    made = await _help(as_, world)
    log_of_it = _masked(written.getvalue())
    with_it, played_then = await _look(others, known | made, callers, limit, written)
    assert len(with_it) == len(without) > 300

    def neutral(words: str) -> str:
        for value in made.values():
            words = words.replace(value, MISSING)
        return words

    pairs = zip(without, with_it, strict=True)
    assert [pair for pair in pairs if pair[0] != neutral(pair[1])] == []
    assert played == played_then
    assert others.telling == []
    # The feed stands where it stood, and the log of the request names nobody and no route.
    changes = await ok(as_("juniper_warehouse").get(f"/changes?since={head['position']}"))
    assert changes["items"] == []
    assert "support" not in log_of_it
    assert TEXT not in log_of_it
    support = [line for line in log_of_it.splitlines() if '"confidential"' in line]
    assert len(support) > 5
    assert all('"caller": null' in line for line in support)


@pytest.mark.parametrize("who", ["lena", pytest.param("paul", marks=pytest.mark.large)])
async def test_no_statement_names_a_support_table_but_where_it_is_about_support(
    as_, app, world, connection, who
):
    """Not even of those who read the request, so that nobody can tell it by how long they wait."""
    known = await _before(as_, world, connection) | await _help(as_, world)
    others = Others(as_, app, connection)
    with others.time():
        await others.read(who, known, 200)
    assert len(others.seen) > 60
    assert others.telling == []
