"""Goals in Ed-Fi's form: what is in them, their keys, paging, and windows of change versions."""

import asyncio
from dataclasses import replace
from typing import Any, get_args
from uuid import UUID

import pytest
from pydantic.fields import FieldInfo
from sqlalchemy import event, func, select, text, update

from app import models as m
from app.access.actor import Actor
from app.core import clock
from app.core.database import Database
from app.core.housekeeping import forget
from app.core.migrate import migrate_async
from app.core.types import Line
from app.goals import service
from app.goals.keys import free
from app.goals.schemas import PulledGoal
from app.integrations.edfi.schemas import SOURCE_SYSTEM, EdFiGoal
from app.main import create_app
from app.models.goals import GoalState
from app.web.dependencies import _LOAD_CALLER
from tests.conftest import SETTINGS, Live, _owner, client_for
from tests.goals.test_goals import act, agreed, at, growth
from tests.spine.test_statements import counted, grow

pytestmark = pytest.mark.anyio

READER = "juniper_warehouse"
TITLE = "Check for understanding every ten minutes"


async def get(of: Any, path: str, who: str = READER, **params: Any) -> Any:
    """The answer, which is 200."""
    answer = (
        await of.as_(who).get(path, params=params)
        if isinstance(of, Live)
        else (await of(who).get(path, params=params))
    )
    assert answer.status_code == 200, answer.text
    return answer


async def newest(live: Live) -> int:
    """The newest change version."""
    told = (await get(live, "/availableChangeVersions")).json()
    assert set(told) == {"oldestChangeVersion", "newestChangeVersion"}
    assert told["oldestChangeVersion"] <= told["newestChangeVersion"]
    return int(told["newestChangeVersion"])


class Warehouse:
    """A client as the guide describes it. It keeps goals by natural key alone, as a warehouse does
    that has no room for our ids, and applies a window in the order it is told to."""

    def __init__(self, live: Live, order: str = "keys goals deletes") -> None:
        self.live, self.order = live, order.split()
        self.rows: dict[tuple[str, ...], str] = {}
        self.version = 0

    @staticmethod
    def key(values: dict[str, Any]) -> tuple[str, ...]:
        names = ("assignmentDate", "goalTitle", "personId", "sourceSystemDescriptor")
        return tuple(values[name] for name in names)

    def _put(self, goal: dict[str, Any]) -> None:
        self.rows[self.key({**goal, **goal["personReference"]})] = goal["id"]

    async def pull(self) -> None:
        """Everything."""
        self.version = await newest(self.live)
        self.rows = {}
        for goal in await self.pages(maxChangeVersion=self.version):
            self._put(goal)

    async def pages(self, **window: int) -> list[dict[str, Any]]:
        """Every page, by token."""
        found: list[dict[str, Any]] = []
        params: dict[str, Any] = {"pageSize": 2, **window}
        while True:
            page = await get(self.live, "/ed-fi/goals", **params)
            found += page.json()
            if "next-page-token" not in page.headers:
                return found
            params["pageToken"] = page.headers["next-page-token"]

    async def follow(self) -> dict[str, list[dict[str, Any]]]:
        """One window; what it told."""
        last = await newest(self.live)
        if last == self.version:
            return {"keys": [], "goals": [], "deletes": []}
        window = {"minChangeVersion": self.version + 1, "maxChangeVersion": last}
        told = {
            "keys": (await get(self.live, "/ed-fi/goals/keyChanges", **window)).json(),
            "goals": await self.pages(**window),
            "deletes": (await get(self.live, "/ed-fi/goals/deletes", **window)).json(),
        }
        for change in (*told["keys"], *told["deletes"]):
            assert window["minChangeVersion"] <= change["changeVersion"] <= last
        for step in self.order:
            for item in told[step]:
                if step == "goals":
                    self._put(item)
                elif step == "keys":
                    new, old = self.key(item["newKeyValues"]), self.key(item["oldKeyValues"])
                    holder = self.rows.get(new, item["id"])
                    assert holder == item["id"], "two goals would have one key"
                    if old in self.rows:
                        self.rows[new] = self.rows.pop(old)
                else:
                    self.rows.pop(self.key(item["keyValues"]), None)
        self.version = last
        return told

    async def is_right(self) -> None:
        """It holds what a full pull would give it."""
        other = Warehouse(self.live)
        await other.pull()
        assert self.rows == other.rows
        assert len(set(self.rows.values())) == len(self.rows), "a goal is there twice"


async def rename(live: Live, goal: dict[str, Any], title: str) -> dict[str, Any]:
    """Both agree to another title; the goal as it is then."""
    waiting = await live.as_("tom").post(
        f"/goals/{goal['id']}/revisions", json={"content": {"title": title}}, headers=at(goal)
    )
    assert waiting.status_code == 201, waiting.text
    done = await live.as_("lena").post(
        f"/goal-revisions/{waiting.json()['id']}/agree", headers=at(waiting.json())
    )
    assert done.status_code == 200, done.text
    now: dict[str, Any] = (await live.as_("tom").get(f"/goals/{goal['id']}")).json()
    return now


async def moved(live: Live, goal: dict[str, Any], *states: GoalState, title: str = "") -> None:
    """Take a goal through states that no lifecycle leads to yet, each in a transaction of its own,
    by the function through which every state changes."""
    database = Database(live.url, write_pool=1, read_pool=1)
    subject, opened, district = live.world.sessions["tom"]
    try:
        for state in states:
            async with database.writing() as session:
                asked = {"did": district, "sid": opened, "sub": subject}
                data = await session.scalar(
                    _LOAD_CALLER, {**asked, "local": True, "now": clock.now()}
                )
                row = await session.get_one(m.Goal, (district, UUID(goal["id"])))
                if state is GoalState.DRAFT:
                    row.outcome = row.closed_at = None
                elif title:
                    row.title = title
                actor = Actor.of(data, opened, None)
                await service._move(session, actor, row, state, "goal.moved")
                await session.commit()
    finally:
        await database.close()


async def _enter(connection: Any, world: Any) -> None:
    """See the first district's rows."""
    district = {"district": str(world.juniper)}
    await connection.execute(text("select set_config('app.district', :district, true)"), district)


# --- what is in it ----------------------------------------------------------------------------


async def test_a_goal_in_ed_fis_form_says_no_more_than_the_allow_list(as_, world):
    goal = await agreed(as_, world)
    hex_id, person = goal["id"].replace("-", ""), str(world.tom).replace("-", "")
    (shown,) = (await get(as_, "/ed-fi/goals")).json()
    assert shown == {
        "id": hex_id,
        "assignmentDate": goal["created_at"][:10],
        "goalTitle": goal["title"],
        "personReference": {"personId": person, "sourceSystemDescriptor": SOURCE_SYSTEM},
        "goalTypeDescriptor": "uri://alongside/GoalTypeDescriptor#Growth",
        "dueDate": goal["due_on"],
        "completedIndicator": False,
        "_etag": str(goal["version"]),
        "_lastModifiedDate": goal["updated_at"],
    }
    # each is made of a field of the allow-list
    assert {"id", "created_at", "title", "teacher_id", "kind", "due_on", "outcome", "closed_at"} | {
        "version",
        "updated_at",
    } <= set(PulledGoal.model_fields)
    one = await get(as_, f"/ed-fi/goals/{hex_id}")
    assert one.json() == shown
    assert (await get(as_, f"/ed-fi/goals/{goal['id']}")).json() == shown
    same = await as_(READER).get(
        f"/ed-fi/goals/{hex_id}", headers={"If-None-Match": one.headers["etag"]}
    )
    assert (one.headers["etag"], same.status_code) == (f'"{goal["version"]}"', 304)
    for who, status in (("kestrel_warehouse", 404), ("juniper_rosters", 403), ("tom", 403)):
        assert (await as_(who).get(f"/ed-fi/goals/{hex_id}")).status_code == status, who


async def test_only_individual_goals_in_force_or_closed_and_met_alone_is_complete(as_, world):
    school = {**growth(world), "level": "school", "indicator_ids": []}
    del school["teacher_id"]
    made = (await as_("paul").post("/goals", json=school)).json()
    assert (await act(as_("paul"), made, "publish")).status_code == 200
    draft = (await as_("tom").post("/goals", json=growth(world))).json()
    for hidden in (made, draft):
        answer = await as_(READER).get(f"/ed-fi/goals/{hidden['id']}")
        assert answer.status_code == 404
    assert len((await get(as_, "/goals")).json()["items"]) == 1
    assert (await get(as_, "/ed-fi/goals")).json() == []
    for outcome, complete in (("abandoned", False), ("partly_met", False), ("met", True)):
        goal = await agreed(as_, world, title=f"Ends {outcome}", parent_id=made["id"])
        body = {"outcome": outcome, "evidence": "Seen."}
        closing = await act(as_("tom"), goal, "close", json=body)
        assert closing.status_code == 200, closing.text
        waiting = (await as_("lena").get(f"/goals/{goal['id']}/revisions")).json()["items"][-1]
        done = await as_("lena").post(f"/goal-revisions/{waiting['id']}/agree", headers=at(waiting))
        assert done.status_code == 200, done.text
        shown = (await get(as_, f"/ed-fi/goals/{goal['id']}")).json()
        assert shown["completedIndicator"] is complete
        assert ("completedDate" in shown) is complete
        # what stands above an individual goal is a goal of a team or a school: it has no key
        assert "parentGoalReference" not in shown
    assert len((await get(as_, "/ed-fi/goals")).json()) == 3, "abandoned is closed, not deleted"


# --- keys -------------------------------------------------------------------------------------


async def test_a_person_is_known_by_our_own_id_whatever_the_roster_says(as_, world, connection):
    await agreed(as_, world)
    (before,) = (await get(as_, "/ed-fi/goals")).json()
    person = before["personReference"]["personId"]
    assert (UUID(person), len(person)) == (world.tom, 32)
    await _enter(connection, world)
    for external in ("x" * 255, "shared", None):
        for who in (world.tom, world.nina):
            if who is world.nina and external != "shared":
                continue
            await connection.execute(
                update(m.Person)
                .where(m.Person.id == who)
                .values(external_id=external, source=f"roster {who}" if external else None)
            )
        (now,) = (await get(as_, "/ed-fi/goals")).json()
        assert now["personReference"] == before["personReference"]


def test_a_title_with_a_number_behind_it_is_short_enough():
    (longest,) = (part.max_length for part in get_args(Line) if hasattr(part, "max_length"))
    field: FieldInfo = EdFiGoal.model_fields["goal_title"]
    (allowed,) = (part.max_length for part in field.metadata if hasattr(part, "max_length"))
    assert longest + len(" (99999)") <= allowed == 255


def test_a_title_is_free_when_no_database_would_take_it_for_another():
    assert free("Read", []) == free("Read", ["Reads", "Read (2)"]) == "Read"
    assert free("Read", ["READ"]) == free("Read", ["\uff32ead "]) == "Read (2)"
    assert free("Read", ["read", "Read (2)", "Read (4)"]) == "Read (3)"
    assert free("Read  it", ["read it"]) == "Read  it (2)"


async def test_equal_titles_of_one_day_keep_keys_apart_and_stable(as_, world, ticking):
    first = await agreed(as_, world)
    second = await agreed(as_, world)
    ticking.move(days=1)
    later = await agreed(as_, world)

    async def titles() -> dict[str, str]:
        rows = (await get(as_, "/ed-fi/goals")).json()
        return {row["id"]: row["goalTitle"] for row in rows}

    ids = [goal["id"].replace("-", "") for goal in (first, second, later)]
    expected = dict(zip(ids, (TITLE, f"{TITLE} (2)", TITLE), strict=True))
    assert await titles() == expected
    # the one without a number gets another title: the second keeps its key, and so does the first
    waiting = await as_("tom").post(
        f"/goals/{first['id']}/revisions", json={"content": {"title": "Other"}}, headers=at(first)
    )
    assert await titles() == expected, "a change that waits is not to be seen"
    done = await as_("lena").post(
        f"/goal-revisions/{waiting.json()['id']}/agree", headers=at(waiting.json())
    )
    assert done.status_code == 200
    assert await titles() == {**expected, ids[0]: "Other"}


async def test_two_goals_agreed_at_once_get_two_keys(live):
    waiting = []
    for _ in range(2):
        goal = (await live.as_("tom").post("/goals", json=growth(live.world))).json()
        for step in ("propose", "agree"):
            goal = (await act(live.as_("tom"), goal, step)).json()
        waiting.append(goal)
    done = await asyncio.gather(*(act(live.as_("lena"), goal, "agree") for goal in waiting))
    assert [answer.status_code for answer in done] == [200, 200]
    rows = (await get(live, "/ed-fi/goals")).json()
    assert {row["goalTitle"] for row in rows} == {TITLE, f"{TITLE} (2)"}


# --- paging -----------------------------------------------------------------------------------


async def test_pages_by_token_by_offset_and_in_parts_are_the_same_goals(as_, world):
    for number in range(5):
        await agreed(as_, world, title=f"Goal {number}")
    everything = (await get(as_, "/ed-fi/goals", limit=500)).json()
    assert len(everything) == 5

    async def by_token(**params: Any) -> list[Any]:
        found, pages = [], 0
        while True:
            page = await get(as_, "/ed-fi/goals", **params, pageSize=2)
            assert "total-count" not in page.headers
            found, pages = found + page.json(), pages + 1
            if "next-page-token" not in page.headers:
                assert pages <= 3
                return found
            params["pageToken"] = page.headers["next-page-token"]

    assert await by_token() == everything
    stepped = []
    for offset in (0, 2, 4, 6):
        page = await get(as_, "/ed-fi/goals", limit=2, offset=offset, totalCount=True)
        assert page.headers["total-count"] == "5"
        stepped += page.json()
    assert stepped == everything
    nothing = await get(as_, "/ed-fi/goals", limit=0, totalCount=True)
    assert (nothing.json(), nothing.headers["total-count"]) == ([], "5")
    for number, sizes in ((1, [5]), (2, [3, 2]), (3, [2, 2, 1]), (200, [1] * 5)):
        parts = (await get(as_, "/ed-fi/goals/partitions", number=number)).json()["pageTokens"]
        read = [await by_token(pageToken=token) for token in parts]
        assert [len(part) for part in read] == sizes
        assert [goal for part in read for goal in part] == everything


async def test_what_cannot_be_paged_is_refused_with_the_way_that_works(as_, world):
    for number in range(2):
        await agreed(as_, world, title=f"Goal {number}")
    token = (await get(as_, "/ed-fi/goals", pageSize=1)).headers["next-page-token"]
    for params, code in (
        ({"pageToken": token, "limit": 5}, "two_ways_of_paging"),
        ({"pageToken": token, "offset": 0}, "two_ways_of_paging"),
        ({"pageSize": 5, "totalCount": True}, "two_ways_of_paging"),
        ({"offset": 10_001}, "offset_too_deep"),
        ({"pageToken": token[:-2]}, "bad_cursor"),
        ({"pageToken": token, "minChangeVersion": 1}, "bad_cursor"),
    ):
        refused = await as_(READER).get("/ed-fi/goals", params=params)
        assert (refused.status_code, refused.json()["code"]) == (400, code), params
    theirs = await as_("kestrel_warehouse").get("/ed-fi/goals", params={"pageToken": token})
    assert theirs.status_code == 400
    for path in ("deletes", "keyChanges"):
        refused = await as_(READER).get(f"/ed-fi/goals/{path}", params={"offset": 10_001})
        assert refused.json()["code"] == "offset_too_deep"
    assert (await as_(READER).get("/ed-fi/goals", params={"limit": 501})).status_code == 422


async def test_refusals_say_what_is_allowed_and_what_to_do_next(as_, world):
    goal = await agreed(as_, world)
    told = (await get(as_, "/availableChangeVersions")).json()
    oldest = told["oldestChangeVersion"]

    async def refused(path: str, who: str = READER, **params: Any) -> dict[str, Any]:
        answer = await as_(who).get(path, params=params)
        problem: dict[str, Any] = answer.json()
        assert answer.status_code == problem["status"] >= 400, answer.text
        return problem

    for path in ("/ed-fi/goals", "/ed-fi/goals/deletes", "/ed-fi/goals/keyChanges"):
        backwards = {"minChangeVersion": oldest + 5, "maxChangeVersion": oldest + 3}
        problem = await refused(path, **backwards)
        assert (problem["status"], problem["code"]) == (400, "window_backwards"), path
        assert "maxChangeVersion" in problem["next_step"]
        # nothing happened: the window behind what a client has is empty and no mistake
        behind = {"minChangeVersion": oldest + 1, "maxChangeVersion": oldest}
        assert (await get(as_, path, **behind)).json() == []
        assert "10,000" in (await refused(path, offset=10_001))["detail"]
    for path in ("deletes", "keyChanges"):
        problem = await refused(f"/ed-fi/goals/{path}", minChangeVersion=oldest - 1)
        assert problem["code"] == "changes_forgotten"
        assert str(oldest) in problem["detail"]
    assert "pageToken" in (await refused("/ed-fi/goals", pageToken="x"))["next_step"]
    assert "/changes/head" in (await refused("/changes", since="x"))["next_step"]
    for path in ("/ed-fi/goals", "/availableChangeVersions", "/exports/goals", "/changes/head"):
        problem = await refused(path, "lena")
        assert (problem["status"], problem["code"]) == (403, "forbidden"), path
        assert "goals:read" in problem["next_step"]
    # who may not see the goal does not learn that there is one
    address = f"/ed-fi/goals/{goal['id']}"
    assert (await refused(address, "lena"))["status"] == 403
    for stranger in ("zoe", "nina", "ada", "kestrel_warehouse"):
        assert (await refused(address, stranger))["status"] == 404, stranger


async def test_a_page_is_not_unchanged_when_a_page_came_behind_it(as_, world, ticking):
    await agreed(as_, world, title="Goal 1")
    for params in ({"limit": 1}, {"pageSize": 1}, {"limit": 1, "totalCount": True}):
        first = await get(as_, "/ed-fi/goals", **params)
        held = {"If-None-Match": first.headers["etag"]}
        same = await as_(READER).get("/ed-fi/goals", params=params, headers=held)
        assert same.status_code == 304
        for name in ("next-page-token", "total-count"):
            assert same.headers.get(name) == first.headers.get(name)
        ticking.move(seconds=1)  # ids grow with time
        await agreed(as_, world, title="Another")
        now = await as_(READER).get("/ed-fi/goals", params=params, headers=held)
        if "next-page-token" not in first.headers or "total-count" in first.headers:
            assert now.status_code == 200, params
            assert now.json() == first.json()
        assert now.headers["next-page-token"]


async def test_a_database_that_takes_no_changes_is_said_so(live):
    """What is asked of a standby: reading goes on, and versions can be told later."""
    await agreed(live.as_, live.world)
    database = Database(live.url, write_pool=1, read_pool=1)

    def only_reads(begun: Any) -> None:
        begun.exec_driver_sql("set transaction read only")

    event.listen(database.write_engine.sync_engine, "begin", only_reads)
    try:
        program = create_app(replace(SETTINGS, database_url=live.url), database)
        reader = client_for(program, live.world, READER)
        assert (await reader.get("/ed-fi/goals")).status_code == 200
        for path in ("/availableChangeVersions", "/ed-fi/goals/deletes"):
            refused = await reader.get(path)
            assert refused.status_code == 503, refused.text
            assert refused.headers["retry-after"] == "5"
    finally:
        await database.close()


# --- change versions --------------------------------------------------------------------------


async def test_windows_tell_a_warehouse_everything_once_and_keys_in_time(live):
    first = await agreed(live.as_, live.world)
    house = Warehouse(live)
    await house.pull()
    assert list(house.rows.values()) == [first["id"].replace("-", "")]
    assert await newest(live) == house.version, "nothing happened: no new version"
    second = await agreed(live.as_, live.world, title="Wait three seconds")
    told = await house.follow()
    assert [goal["id"] for goal in told["goals"]] == [second["id"].replace("-", "")]
    assert told["keys"] == told["deletes"] == []
    # renamed twice, and back: what counts is the key at the beginning and at the end
    first = await rename(live, first, "Between")
    first = await rename(live, first, "Check often")
    second = await rename(live, second, "Elsewhere")
    second = await rename(live, second, "Wait three seconds")
    told = await house.follow()
    (change,) = told["keys"]
    assert change["id"] == first["id"].replace("-", "")
    assert change["oldKeyValues"]["goalTitle"] == TITLE
    assert change["newKeyValues"]["goalTitle"] == "Check often"
    assert len(told["goals"]) == 2
    await house.is_right()
    # a title that was somebody else's: its key is not given away while its history is kept
    third = await agreed(live.as_, live.world)
    rows = await house.follow()
    assert rows["goals"][0]["goalTitle"] == f"{TITLE} (2)"
    # a window ends where it says: what changed behind it comes with the next one
    first = await rename(live, first, "Once more")
    middle = await newest(live)
    await rename(live, first, "And again")
    await newest(live)
    window = {"minChangeVersion": house.version + 1, "maxChangeVersion": middle}
    assert (await get(live, "/ed-fi/goals", **window)).json() == []
    early = await get(live, "/ed-fi/goals/keyChanges", **window, totalCount=True)
    assert early.headers["total-count"] == "1"
    assert early.json()[0]["newKeyValues"]["goalTitle"] == "Once more"
    await house.follow()
    await house.is_right()
    await rename(live, third, "Nobody had this")
    await house.follow()
    await house.is_right()
    empty = await get(live, "/ed-fi/goals", minChangeVersion=house.version + 1)
    assert empty.json() == []
    other = await get(live, "/availableChangeVersions", "kestrel_warehouse")
    assert other.json()["newestChangeVersion"] != house.version


async def test_a_pull_amid_changes_takes_no_title_that_comes_and_goes(live):
    """A key that is there only while the pull is read is told by no window, so none would take it
    away again: up to the version that was told before, the pull does not hold it."""
    goals = [await agreed(live.as_, live.world, title=title) for title in ("One", "Two", "Three")]
    house = Warehouse(live)
    house.version = await newest(live)
    back = await rename(live, goals[0], "Amid")
    on = await rename(live, goals[1], "Between")
    for goal in await house.pages(maxChangeVersion=house.version):
        house._put(goal)
    assert {key[1] for key in house.rows} == {"Three"}
    await rename(live, back, "One")
    await rename(live, on, "Last")
    await house.follow()
    await house.is_right()
    assert {key[1] for key in house.rows} == {"One", "Last", "Three"}


@pytest.mark.parametrize("order", ["keys goals deletes", "keys deletes goals"])
async def test_leaving_sight_is_a_delete_and_coming_back_in_the_window_is_not(live, order):
    goal = await agreed(live.as_, live.world)
    other = await agreed(live.as_, live.world, title="Stays")
    house = Warehouse(live, order)
    await house.pull()
    start, before = house.version, dict(house.rows)
    # gone and back in one window, under the same title, then under another
    await moved(live, goal, GoalState.DRAFT, GoalState.AGREED)
    told = await house.follow()
    assert (told["deletes"], told["keys"], len(told["goals"])) == ([], [], 1)
    await moved(live, goal, GoalState.DRAFT, GoalState.AGREED, title="Came back")
    told = await house.follow()
    assert told["deletes"] == []
    assert told["keys"][0]["newKeyValues"]["goalTitle"] == "Came back"
    await house.is_right()
    # gone at the end of a window; what it says meanwhile as a draft is nobody's
    await moved(live, goal, GoalState.DRAFT)
    between = await newest(live)
    told = await house.follow()
    (gone,) = told["deletes"]
    assert (gone["id"], gone["changeVersion"]) == (goal["id"].replace("-", ""), between)
    assert set(gone) == {"id", "changeVersion", "keyValues"}
    assert gone["keyValues"]["goalTitle"] == "Came back"
    await house.is_right()
    feed = await live.as_(READER).get(f"/goals/{goal['id']}")
    assert feed.status_code == 404
    async with _owner(live.owner_url) as owner:
        district = {"district": str(live.world.juniper)}
        await owner.execute(text("select set_config('app.district', :district, true)"), district)
        await owner.execute(
            text("update goal set title = 'Secret for now' where id = :id"), {"id": goal["id"]}
        )
        await owner.commit()
        await owner.execute(text("select set_config('app.district', :district, true)"), district)
        kept = (await owner.scalars(select(m.EdFiKey.title))).all()
        assert "Secret for now" not in kept
    # another goal takes the title of the one that went, in one window with its going
    renamed = await rename(live, other, "Stays a while")
    await moved(live, renamed, GoalState.DRAFT)
    await agreed(live.as_, live.world, title="Stays")
    told = await house.follow()
    assert told["goals"][0]["goalTitle"] == "Stays (2)", "the key is not given away"
    assert told["deletes"][0]["keyValues"]["goalTitle"] == "Stays a while"
    assert told["keys"][0]["oldKeyValues"]["goalTitle"] == "Stays"
    await house.is_right()
    # the whole history in one window comes to the same, also where a pull already showed its end
    for pulled in (False, True):
        whole = Warehouse(live, order)
        await (whole.pull() if pulled else asyncio.sleep(0))
        whole.version = start
        whole.rows = whole.rows or dict(before)
        await whole.follow()
        await whole.is_right()


async def test_who_came_back_later_is_a_delete_of_the_window_it_left_in(live):
    """A warehouse that is behind reads windows that ended before the goal was back."""
    goal = await agreed(live.as_, live.world)
    start = await newest(live)
    await moved(live, goal, GoalState.DRAFT)
    left = await newest(live)
    await moved(live, goal, GoalState.AGREED, title="Came back")
    back = await newest(live)

    async def told(what: str, first: int, last: int) -> list[str]:
        window = {"minChangeVersion": first, "maxChangeVersion": last}
        rows = (await get(live, f"/ed-fi/goals{what}", **window)).json()
        return [row.get("newKeyValues", row.get("keyValues", row))["goalTitle"] for row in rows]

    for what, first, second, both in (
        ("/deletes", [TITLE], [], []),
        ("/keyChanges", [], [], ["Came back"]),
        ("", [], ["Came back"], ["Came back"]),
    ):
        assert await told(what, start + 1, left) == first, what
        assert await told(what, left + 1, back) == second, what
        assert await told(what, start + 1, back) == both, what


async def test_a_version_is_never_told_before_what_lies_below_it_has_ended(live):
    """Two transactions overlap: the one that began first commits last."""
    start = await newest(live)
    first, second = [
        (await live.as_("tom").post("/goals", json=growth(live.world, title=title))).json()
        for title in ("Began first", "Began second")
    ]
    ready = []
    for goal in (first, second):
        for step in ("propose", "agree"):
            goal = (await act(live.as_("tom"), goal, step)).json()
        ready.append(goal)
    database = Database(live.url, write_pool=1, read_pool=1)
    subject, opened, district = live.world.sessions["lena"]
    try:
        async with database.writing() as session:
            asked = {"did": district, "sid": opened, "sub": subject}
            data = await session.scalar(_LOAD_CALLER, {**asked, "local": True, "now": clock.now()})
            actor = Actor.of(data, opened, None)
            await service.agree(session, actor, UUID(first["id"]), ready[0]["version"])
            await session.flush()
            third = await agreed_by(live, "nina", "lena")
            # the later transaction has ended and its goal is there, but no version reaches to it
            shown = (await get(live, "/ed-fi/goals")).json()
            assert [row["goalTitle"] for row in shown] == [third["title"]]
            assert await newest(live) == start
            bounded = {"minChangeVersion": start + 1, "maxChangeVersion": start + 10**12}
            assert (await get(live, "/ed-fi/goals", **bounded)).json() == []
            await session.commit()
    finally:
        await database.close()
    last = await newest(live)
    assert last > start
    window = {"minChangeVersion": start + 1, "maxChangeVersion": last}
    both = (await get(live, "/ed-fi/goals", **window)).json()
    assert [row["goalTitle"] for row in both] == ["Began first", third["title"]]


async def agreed_by(live: Live, teacher: str, lead: str) -> dict[str, Any]:
    """A goal that another pair agreed."""
    body = growth(live.world, title="Of another pair", teacher_id=str(getattr(live.world, teacher)))
    goal = (await live.as_(teacher).post("/goals", json=body)).json()
    for who, step in ((teacher, "propose"), (teacher, "agree"), (lead, "agree")):
        done = await act(live.as_(who), goal, step)
        assert done.status_code == 200, done.text
        goal = done.json()
    result: dict[str, Any] = goal
    return result


async def test_history_is_kept_for_ninety_days_and_ends_with_a_restore(live, ticking):
    await migrate_async(live.owner_url, live.url)
    goal = await agreed(live.as_, live.world)
    first = await newest(live)
    ticking.move(days=1)
    goal = await rename(live, goal, "Second title")
    second = await newest(live)
    told = (await get(live, "/availableChangeVersions")).json()
    assert told == {"oldestChangeVersion": first, "newestChangeVersion": second}
    ticking.move(days=90)
    await rename(live, goal, "Third title")
    third = await newest(live)
    await forget(live.app.state.database)
    told = (await get(live, "/availableChangeVersions")).json()
    assert told == {"oldestChangeVersion": second, "newestChangeVersion": third}
    for path in ("deletes", "keyChanges"):
        gone = await live.as_(READER).get(
            f"/ed-fi/goals/{path}", params={"minChangeVersion": first + 1}
        )
        assert (gone.status_code, gone.json()["code"]) == (410, "changes_forgotten"), path
    changes = await get(live, "/ed-fi/goals/keyChanges", minChangeVersion=second + 1)
    assert [change["newKeyValues"]["goalTitle"] for change in changes.json()] == ["Third title"]
    quiet = await get(live, "/ed-fi/goals", minChangeVersion=first, maxChangeVersion=third)
    assert len(quiet.json()) == 1, "from before the history: everything"
    async with _owner(live.owner_url) as connection:
        await connection.execute(text("update installation set fingerprint = 'another cluster'"))
        await connection.commit()
    await migrate_async(live.owner_url, live.url)
    ticking.move(minutes=1)
    told = (await get(live, "/availableChangeVersions")).json()
    assert told["oldestChangeVersion"] == told["newestChangeVersion"] > third
    async with _owner(live.owner_url) as owner:
        await owner.execute(
            text("select set_config('app.district', :d, false)"), {"d": str(live.world.juniper)}
        )
        ended = select(func.count()).where(m.EdFiKey.ended.is_not(None))
        assert await owner.scalar(ended) == 0


async def test_a_key_is_kept_for_individual_goals_in_sight_alone(as_, world, connection):
    school = {**growth(world), "level": "school", "indicator_ids": []}
    del school["teacher_id"]
    for _ in range(2):
        made = (await as_("paul").post("/goals", json=school)).json()
        assert (await act(as_("paul"), made, "publish")).status_code == 200
        assert (await as_("tom").post("/goals", json=growth(world))).status_code == 201
    await _enter(connection, world)
    assert await connection.scalar(select(func.count()).select_from(m.EdFiKey)) == 0


# --- filters ----------------------------------------------------------------------------------


async def test_each_field_of_ours_finds_its_goals_by_exact_value(as_, world):
    first = await agreed(as_, world)
    second = await agreed(as_, world, title="Another", due_on="2027-01-29")
    rows = {row["id"]: row for row in (await get(as_, "/ed-fi/goals")).json()}
    one = rows[first["id"].replace("-", "")]
    tom = {"personId": one["personReference"]["personId"]}

    async def found(**only: Any) -> set[str]:
        by_offset = await get(as_, "/ed-fi/goals", totalCount=True, **only)
        by_token = (await get(as_, "/ed-fi/goals", pageSize=1, **only)).json()
        assert by_token == by_offset.json()[:1]
        assert int(by_offset.headers["total-count"]) == len(by_offset.json())
        return {row["id"] for row in by_offset.json()}

    both, alone = set(rows), {one["id"]}
    assert len(both) == 2
    assert await found(id=one["id"]) == await found(id=first["id"]) == alone
    assert await found(**tom) == both
    key = {name: one[name] for name in ("goalTitle", "assignmentDate")}
    named = {"sourceSystemDescriptor": SOURCE_SYSTEM}
    assert await found(**tom, **named, **key) == alone
    assert await found(**tom, goalTitle=one["goalTitle"][:-1]) == set()
    assert await found(**tom, assignmentDate="2026-10-04") == set()
    assert await found(**tom, dueDate="2027-01-29") == both - alone
    assert await found(**tom, goalTypeDescriptor=one["goalTypeDescriptor"]) == both
    assert await found(**tom, goalTypeDescriptor="uri://ed-fi.org/GoalTypeDescriptor#x") == set()
    assert await found(**tom, completedIndicator=False) == both
    assert await found(**tom, completedIndicator=True) == set()
    closing = await act(as_("tom"), second, "close", json={"outcome": "met", "evidence": "Seen."})
    assert closing.status_code == 200, closing.text
    waiting = (await as_("lena").get(f"/goals/{second['id']}/revisions")).json()["items"][-1]
    done = await as_("lena").post(f"/goal-revisions/{waiting['id']}/agree", headers=at(waiting))
    assert done.status_code == 200, done.text
    assert await found(**tom, completedIndicator=True) == both - alone
    # whose id is no id of ours has no goals here, and is no error: a roster's ids look otherwise
    for person in ("4711", tom["personId"].upper(), "0" * 32):
        assert await found(personId=person) == set()
    assert await found(**tom, sourceSystemDescriptor="uri://other/S#x") == set()
    assert await found(personId=world.nina.hex) == set()
    assert await found(id=world.tom.hex) == set()


async def test_a_filter_that_no_index_serves_needs_one_that_is(as_, world):
    await agreed(as_, world)
    await agreed(as_, world, title="Another")
    client = as_(READER)
    for only in (
        {"goalTitle": TITLE},
        {"assignmentDate": "2026-10-05"},
        {"dueDate": "2027-01-29"},
        {"goalTypeDescriptor": "uri://alongside/GoalTypeDescriptor#Growth"},
        {"completedIndicator": "false"},
    ):
        refused = await client.get("/ed-fi/goals", params=only)
        assert (refused.status_code, refused.json()["code"]) == (400, "filter_too_wide"), only
    for name in ("goalDescription", "schoolYear", "comments", "completedDate", "parentGoalTitle"):
        refused = await client.get("/ed-fi/goals", params={name: "1"})
        assert refused.status_code == 422
        assert "personId" in refused.json()["errors"][0]["message"]
    # a page's token belongs to its filters
    only = {"personId": world.tom.hex, "pageSize": 1}
    token = (await client.get("/ed-fi/goals", params=only)).headers["next-page-token"]
    rest = await client.get("/ed-fi/goals", params={**only, "pageToken": token})
    assert len(rest.json()) == 1
    for other in ({}, {**only, "completedIndicator": "false"}):
        refused = await client.get("/ed-fi/goals", params={**other, "pageToken": token})
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_cursor"), other


# --- what it costs ----------------------------------------------------------------------------


async def test_lists_take_as_many_statements_for_thirty_goals_as_for_three(as_, world, connection):
    paths = {
        "/ed-fi/goals?limit=500": 2,
        "/ed-fi/goals?limit=500&totalCount=true&minChangeVersion=1&maxChangeVersion=9": 4,
        "/ed-fi/goals/partitions": 2,
        "/ed-fi/goals/deletes?limit=500&minChangeVersion=0": 5,
        "/ed-fi/goals/keyChanges?limit=500&totalCount=true": 5,
    }
    assert (await as_(READER).get("/availableChangeVersions")).status_code == 200
    for number in (3, 27):
        await grow(connection, world, number)
        for path, most in paths.items():
            with counted(connection) as statements:
                assert (await as_(READER).get(path)).status_code == 200
            assert len(statements) <= most, (path, statements)
    assert len((await as_(READER).get("/ed-fi/goals?limit=500")).json()) >= 30


@pytest.mark.large
async def test_no_page_reads_a_big_table_from_end_to_end(live):
    """A district of 30,000 goals with as many changes, asked as the application's role."""
    district = live.world.juniper
    goal = await agreed(live.as_, live.world)
    async with _owner(live.owner_url) as owner:
        await owner.execute(
            text("select set_config('app.district', :d, false)"), {"d": str(district)}
        )
        # a commit that is not yet on the disk leaves no page all-visible for the vacuum behind it
        await owner.execute(text("set synchronous_commit = on"))
        own = ("id", "title", "rationale")
        columns = [c.name for c in m.Goal.__table__.c if c.name not in own]
        listed = ", ".join(f'"{name}"' for name in columns)
        await owner.execute(
            text(
                # as long as people write them: a short table is soonest read from end to end
                f"insert into goal (id, title, rationale, {listed})"  # noqa: S608 - our own names
                " select gen_random_uuid(), 'Goal ' || n,"
                " repeat('Why this matters to the people in the room. ', 12),"
                f" {listed} from goal, generate_series(1, 30000) n where id = :id"
            ),
            {"id": goal["id"]},
        )
        await owner.execute(
            text(
                "insert into feed_entry (district_id, type, object_id, object_version, at)"
                " select district_id, 'goal', id, 1, now() from goal where state = 'agreed'"
            )
        )
        await owner.execute(
            text(
                "insert into edfi_key (district_id, goal_id, teacher_id, assigned_on, title, ended,"
                " gone) select district_id, id, teacher_id, '2026-10-05', 'Former ' || id,"
                " 1000 + row_number() over (), false from goal where teacher_id is not null"
            )
        )
        await owner.commit()
        plain = await owner.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("vacuum (analyze) goal, feed_entry, edfi_key, edfi_version"))
    before = await newest(live)
    reader = live.as_(READER)
    token = (await reader.get("/ed-fi/goals?pageSize=50")).headers["next-page-token"]
    engines = (live.app.state.database.read_engine, live.app.state.database.write_engine)
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT") and "load_caller" not in statement:
            seen.append((statement, parameters))

    for engine in engines:
        event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        for path in (
            "/ed-fi/goals?limit=50&totalCount=true",
            f"/ed-fi/goals?pageToken={token}&pageSize=50",
            f"/ed-fi/goals?pageSize=50&minChangeVersion={before}",
            f"/ed-fi/goals?pageSize=50&maxChangeVersion={before}",
            "/ed-fi/goals/partitions",
            f"/ed-fi/goals/deletes?limit=50&minChangeVersion={before + 1}",
            f"/ed-fi/goals/keyChanges?limit=50&minChangeVersion={before + 1}",
            "/availableChangeVersions",
        ):
            assert (await reader.get(path)).status_code == 200, path
    finally:
        for engine in engines:
            event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert len(seen) >= 7
    async with engines[0].connect() as connection:
        await connection.execute(
            text("select set_config('app.district', :d, false)"), {"d": str(district)}
        )
        for statement, parameters in seen:
            plan = await connection.exec_driver_sql(f"explain {statement}", parameters)
            lines = "\n".join(line for (line,) in plan)
            for table in ("goal", "feed_entry", "edfi_key"):
                assert f"Seq Scan on {table}" not in lines, (statement, lines)
