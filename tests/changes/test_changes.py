"""The change feed: pull once, then only what changed; nothing lost, nothing hidden told."""

import asyncio
import random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.access.actor import Actor
from app.core import clock
from app.core.database import Database
from app.core.migrate import migrate_async
from app.goals import service as goals
from app.goals.notes import service as notes
from app.goals.schemas import GoalNew, PulledGoal
from app.models import Goal, GoalMeasure
from app.web.dependencies import _LOAD_CALLER
from tests.conftest import Live, _owner
from tests.goals.test_goals import act, agreed, at, growth

pytestmark = pytest.mark.anyio


async def head(live: Live, client: str = "juniper_warehouse") -> str:
    """Where the feed ends for a client."""
    answer = await live.as_(client).get("/changes/head")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["position"])


async def since(live: Live, position: str, limit: int = 50) -> dict[str, Any]:
    """A page of the feed."""
    reader = live.as_("juniper_warehouse")
    answer = await reader.get("/changes", params={"since": position, "limit": limit})
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def place(live: Live, position: str) -> tuple[int, int]:
    """What a position says: (transaction, place). Clients cannot read it."""
    reader = str(live.world.juniper_warehouse)
    _epoch, transaction, number = live.app.state.seal.open(position, "feed", reader)
    return int(transaction), int(number)


async def progress(live: Live, goal: dict[str, Any], value: float) -> dict[str, Any]:
    """Tom notes a value; the goal as it is then."""
    tom = live.as_("tom")
    body = {"measure_id": goal["measures"][0]["id"], "on": "2026-10-02", "value": value}
    done = await tom.post(f"/goals/{goal['id']}/progress", json=body, headers=at(goal))
    assert done.status_code == 201, done.text
    now: dict[str, Any] = (await tom.get(f"/goals/{goal['id']}")).json()
    return now


async def test_after_a_full_pull_the_feed_tells_exactly_what_changed(live):
    before = await agreed(live.as_, live.world)
    start = await head(live)
    pulled = (await live.as_("juniper_warehouse").get("/goals")).json()["items"]
    assert [goal["id"] for goal in pulled] == [before["id"]]
    assert (await since(live, start))["items"] == []
    goal = await agreed(live.as_, live.world, title="Wait three seconds")
    page = await since(live, start)
    (change,) = page["items"]
    assert (change["op"], change["type"], change["id"]) == ("upsert", "goal", goal["id"])
    assert change["version"] == change["object"]["version"] == goal["version"]
    assert set(change["object"]) == set(PulledGoal.model_fields)
    assert "statement" not in change["object"]
    one = await live.as_("juniper_warehouse").get(f"/goals/{goal['id']}")
    assert change["object"] == one.json()
    assert not page["more"]
    assert (await since(live, page["next"]))["items"] == []
    other = await live.as_("kestrel_warehouse").get(
        "/changes", params={"since": await head(live, "kestrel_warehouse")}
    )
    assert other.json()["items"] == []


async def test_a_draft_leaves_no_trace_whatever_becomes_of_it(live):
    tom, lena = live.as_("tom"), live.as_("lena")
    start = await head(live)
    deleted = (await tom.post("/goals", json=growth(live.world))).json()
    assert (await tom.delete(f"/goals/{deleted['id']}", headers=at(deleted))).status_code == 204
    goal = (await tom.post("/goals", json=growth(live.world))).json()
    for client, step in (
        (tom, "propose"),
        (tom, "agree"),
        (lena, "request-changes"),
        (tom, "propose"),
        (lena, "agree"),
    ):
        done = await act(client, goal, step)
        assert done.status_code == 200, done.text
        goal = done.json()
        said = await tom.post(
            f"/goals/{goal['id']}/comments", json={"kind": "comment", "text": "Hm"}
        )
        assert said.status_code == 201, said.text
        goal = (await tom.get(f"/goals/{goal['id']}")).json()
    school = {**growth(live.world), "level": "school", "indicator_ids": []}
    del school["teacher_id"]
    assert (await live.as_("paul").post("/goals", json=school)).status_code == 201
    page = await since(live, start)
    assert page["items"] == []
    assert not page["more"]
    assert place(live, page["next"]) == place(live, await head(live)) == place(live, start)
    assert (await act(tom, goal, "agree")).json()["state"] == "agreed"
    assert [change["id"] for change in (await since(live, start))["items"]] == [goal["id"]]


async def test_what_the_two_write_to_each_other_does_not_show(live):
    goal = await agreed(live.as_, live.world)
    start = await head(live)
    body = {"kind": "comment", "text": "What did you see in the second group?"}
    said = await live.as_("lena").post(f"/goals/{goal['id']}/comments", json=body)
    assert said.status_code == 201
    waiting = await live.as_("tom").post(
        f"/goals/{goal['id']}/revisions", json={"content": {"title": "Other"}}, headers=at(goal)
    )
    assert waiting.status_code == 201, waiting.text
    assert place(live, (await since(live, start))["next"]) == place(live, start)
    done = await live.as_("lena").post(
        f"/goal-revisions/{waiting.json()['id']}/agree", headers=at(waiting.json())
    )
    assert done.status_code == 200, done.text
    (change,) = (await since(live, start))["items"]
    assert change["object"]["title"] == "Other"


async def test_an_object_comes_once_a_page_and_small_pages_lose_nothing(live):
    start = await head(live)
    first = await agreed(live.as_, live.world)
    second = await agreed(live.as_, live.world, title="Another")
    for value in (2, 3):
        first = await progress(live, first, value)
    whole = await since(live, start)
    assert [change["id"] for change in whole["items"]] == [second["id"], first["id"]]
    assert whole["items"][1]["version"] == first["version"]
    position, told, pages = start, [], 0
    while True:
        page = await since(live, position, limit=1)
        told += [change["id"] for change in page["items"]]
        position, pages = page["next"], pages + 1
        if not page["more"]:
            break
    assert told == [first["id"], second["id"], first["id"], first["id"]]
    assert pages == 4
    assert place(live, position) == place(live, whole["next"])
    assert [place(live, change["position"]) for change in whole["items"]] == sorted(
        place(live, change["position"]) for change in whole["items"]
    )


async def test_the_feed_is_for_clients_with_the_scope_and_positions_for_their_own_client(live):
    start = await head(live)
    for who in ("ada", "paul", "lena", "tom", "juniper_rosters"):
        reader = live.as_(who)
        assert (await reader.get("/changes/head")).status_code == 403, who
        refused = await reader.get("/changes", params={"since": start})
        assert refused.status_code == 403, who
    reader = live.as_("juniper_warehouse")
    theirs = await head(live, "kestrel_warehouse")
    cursor = "x" * 40
    for strange in (theirs, cursor, start[:-2]):
        refused = await reader.get("/changes", params={"since": strange})
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_cursor"), strange
    assert (await reader.get("/changes")).status_code == 422
    assert (await reader.get("/changes", params={"since": start})).status_code == 200


async def test_a_restored_database_tells_a_new_history(live):
    await migrate_async(live.owner_url, live.url)  # the clone is a copy elsewhere itself
    start = await head(live)
    await agreed(live.as_, live.world)
    page = await since(live, start)
    assert len(page["items"]) == 1
    await migrate_async(live.owner_url, live.url)
    assert (await since(live, start))["epoch"] == page["epoch"], "migrating alone changes nothing"
    async with _owner(live.owner_url) as connection:
        await connection.execute(text("update installation set fingerprint = 'another cluster'"))
        await connection.commit()
    await migrate_async(live.owner_url, live.url)
    reader = live.as_("juniper_warehouse")
    for old in (start, page["next"]):
        gone = await reader.get("/changes", params={"since": old})
        assert (gone.status_code, gone.json()["code"]) == (410, "feed_restarted")
    anew = await head(live)
    assert place(live, anew) == (0, 0), "the entries of the old history are gone"
    goal = await agreed(live.as_, live.world, title="After")
    page_now = await since(live, anew)
    assert page_now["epoch"] != page["epoch"]
    assert [change["id"] for change in page_now["items"]] == [goal["id"]]


async def test_history_ends_after_ninety_days(live, ticking):
    start = await head(live)
    await agreed(live.as_, live.world)
    ticking.move(days=89)
    later = (await since(live, start))["next"]
    second = await agreed(live.as_, live.world, title="Another")
    ticking.move(days=2)
    gone = await live.as_("juniper_warehouse").get("/changes", params={"since": start})
    assert (gone.status_code, gone.json()["code"]) == (410, "feed_restarted")
    assert [change["id"] for change in (await since(live, later))["items"]] == [second["id"]]


# --- a reader beside writers --------------------------------------------------------------------


class Writers:
    """Eight people's sessions that write at once, some holding their transaction open a while."""

    def __init__(self, live: Live, changes: int, seed: int = 3) -> None:
        self.live, self.left, self.random = live, changes, random.Random(seed)
        self.database = Database(live.url, write_pool=8, read_pool=1)
        self.made: list[UUID] = []
        self.done = False

    async def run(self) -> None:
        """Write until enough was changed."""
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(8):
                    group.create_task(self._by_http() if number < 2 else self._by_service(number))
        finally:
            self.done = True
            await self.database.close()

    def _takes(self) -> bool:
        self.left -= 1
        return self.left >= 0

    def goal(self) -> GoalNew:
        """What each of them writes."""
        return GoalNew.model_validate(
            {
                "level": "school",
                "kind": "growth",
                "title": "A goal of the school",
                "statement": "Something that can be seen.",
                "school_year_id": str(self.live.world.alder_year),
                "measures": [{"name": "Visits", "unit": "visits", "target": 10}],
            }
        )

    async def _by_http(self) -> None:
        paul = self.live.as_("paul")
        while self._takes():
            made = await paul.post("/goals", json=self.goal().model_dump(mode="json"))
            assert made.status_code == 201, made.text
            assert (await act(paul, made.json(), "publish")).status_code == 200

    async def actor(self, session: Any) -> Actor:
        """Paul, in a session's transaction."""
        subject, opened, district = self.live.world.sessions["paul"]
        asked = {"did": district, "sid": opened, "sub": subject}
        data = await session.scalar(_LOAD_CALLER, {**asked, "local": True, "now": clock.now()})
        return Actor.of(data, opened, None)

    async def _by_service(self, number: int) -> None:
        while self._takes():
            async with self.database.writing() as session:
                actor = await self.actor(session)
                if self.made and self.random.random() < 0.3:
                    await self._progress(session, actor)
                else:
                    goal = await goals.create(session, actor, self.goal().model_dump())
                    await goals.publish(session, actor, goal.id, goal.version)
                    await session.flush()
                # the transaction has its number and its places in the feed: others overtake it now
                if number % 2 or self.random.random() < 0.1:
                    await asyncio.sleep(self.random.random() * 0.03)
                await session.commit()

    async def _progress(self, session: Any, actor: Actor) -> None:
        goal_id = self.random.choice(self.made)
        measure = await session.scalar(select(GoalMeasure.id).where(GoalMeasure.goal_id == goal_id))
        fields = {"measure_id": measure, "on": clock.today(actor.zone), "value": 1, "note": None}
        await notes.add_progress(session, actor, goal_id, None, fields)
        await session.flush()


async def _follow(live: Live, writers: Writers, start: str) -> dict[str, int]:
    """Poll as an integration would; the latest version of each object. Order is checked on the
    way."""
    latest: dict[str, int] = {}
    position, behind = start, place(live, start)
    quiet = 0
    while quiet < 3:
        over = writers.done
        page = await since(live, position, limit=writers.random.choice((3, 20, 200)))
        for change in page["items"]:
            here = place(live, change["position"])
            assert here > behind, "the feed goes forward only"
            assert change["version"] >= latest.get(change["id"], 0), "a version went backwards"
            assert change["op"] == "upsert"
            behind = here
            if change["id"] not in latest:
                writers.made.append(UUID(change["id"]))
            latest[change["id"]] = change["version"]
        assert place(live, page["next"]) >= behind
        position, behind = page["next"], place(live, page["next"])
        quiet = quiet + 1 if over and not page["more"] and not page["items"] else 0
        await asyncio.sleep(0 if page["more"] else 0.005)
    return latest


async def _nothing_is_lost(live: Live, changes: int) -> None:
    start = await head(live)
    writers = Writers(live, changes)
    async with asyncio.TaskGroup() as group:
        following = group.create_task(_follow(live, writers, start))
        group.create_task(writers.run())
    async with _owner(live.url) as connection:
        district = str(live.world.sessions["paul"][2])
        await connection.execute(
            text("select set_config('app.district', :district, false)"), {"district": district}
        )
        truth = {
            str(row.id): row.version
            for row in await connection.execute(
                select(Goal.id, Goal.version).where(Goal.state == "published")
            )
        }
    assert len(truth) > changes / 2
    assert following.result() == truth


async def test_a_reader_beside_eight_writers_loses_nothing_and_sees_nothing_out_of_order(live):
    await _nothing_is_lost(live, 200)


@pytest.mark.large
async def test_a_reader_beside_eight_writers_loses_nothing_of_twenty_thousand(live):
    await _nothing_is_lost(live, 20_000)
