"""The chain both ways and its gaps: who is told what, and what a figure may not give away."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from app.goals.alignment.service import _by_goal, _split
from tests.goals.test_goals import act, agreed, growth
from tests.meetings.test_meetings import ok

pytestmark = pytest.mark.anyio


async def shared(client: Any, world: Any, title: str, **fields: Any) -> dict[str, Any]:
    """A school or team goal of this year in force."""
    whole = {
        "level": "team" if "team_id" in fields else "school",
        "kind": "student_learning",
        "title": title,
        "statement": "More than last year.",
        "school_year_id": str(world.alder_year),
        **fields,
    }
    goal = await ok(client.post("/goals", json=whole), 201)
    published: dict[str, Any] = await ok(act(client, goal, "publish"))
    return published


async def the_goals(as_: Any, world: Any) -> tuple[Any, Any, Any, Any]:
    """Two school goals, one served by the maths team; the arts team's serves none."""
    top = await shared(as_("paul"), world, "Every reader grows")
    lonely = await shared(as_("paul"), world, "Fewer lessons lost")
    maths = await shared(
        as_("lena"), world, "Word problems", team_id=str(world.maths), parent_id=top["id"]
    )
    arts = await shared(as_("luis"), world, "Two shows", team_id=str(world.arts))
    return top, lonely, maths, arts


async def test_gaps_between_school_and_team_goals_are_told_by_what_one_reads(
    as_: Any, world: Any
) -> None:
    top, lonely, maths, arts = await the_goals(as_, world)
    await ok(
        as_("paul").post(
            "/goals",
            json={
                "level": "school",
                "kind": "growth",
                "title": "A draft",
                "school_year_id": str(world.alder_year),
            },
        ),
        201,
    )
    whole = await ok(as_("paul").get(f"/goals/alignment?school_year_id={world.alder_year}"))
    assert [(g["id"], g["team_goals"]) for g in whole["school_goals"]] == [
        (lonely["id"], 0),
        (top["id"], 1),
    ]
    assert [(g["id"], g["linked"]) for g in whole["team_goals"]] == [
        (arts["id"], False),
        (maths["id"], True),
    ]
    assert (whole["school_goals_total"], whole["school_goals_without_team_goal"]) == (2, 1)
    assert (whole["team_goals_total"], whole["team_goals_without_school_goal"]) == (2, 1)

    # the number of team goals is true for whoever reads the school goal, their names are not told
    for who, teams in (("tom", [maths["id"]]), ("sam", [arts["id"]]), ("ada", []), ("ivy", [])):
        told = await ok(as_(who).get("/goals/alignment"))
        assert told["school_goals"] == whole["school_goals"], who
        assert [goal["id"] for goal in told["team_goals"]] == teams, who
    # of one team one is told what one sees of it
    of_maths = await ok(as_("tom").get(f"/goals/alignment?team_id={world.maths}"))
    assert of_maths["school_goals_without_team_goal"] == 1
    of_arts = await ok(as_("tom").get(f"/goals/alignment?team_id={world.arts}"))
    assert of_arts["school_goals_without_team_goal"] == 2
    assert of_arts["team_goals"] == []
    for stranger in ("ben", "zoe"):
        told = await ok(as_(stranger).get("/goals/alignment"))
        assert (told["school_goals"], told["team_goals"]) == ([], [])

    # a school goal that is closed is served no more
    await ok(act(as_("paul"), top, "close", json={"outcome": "superseded"}))
    after = await ok(as_("paul").get("/goals/alignment"))
    assert after["team_goals_without_school_goal"] == 2
    assert [goal["id"] for goal in after["school_goals"]] == [lonely["id"]]


async def names(client: Any, query: str) -> list[str]:
    """Given names of the teachers that are listed."""
    found = await ok(client.get(f"/goals/alignment/teachers?limit=200&{query}"))
    return [item["given_name"] for item in found["items"]]


async def test_teachers_without_a_link_are_named_to_their_leaders_and_lead(
    as_: Any, world: Any
) -> None:
    _, _, maths, _ = await the_goals(as_, world)
    await agreed(as_, world, parent_id=maths["id"])
    draft = await ok(
        as_("nina").post(
            "/goals",
            json={
                **growth(world, teacher_id=str(world.nina), parent_id=maths["id"]),
                "kind": "student_learning",
                "standards": ["Ratio"],
                "link_statement": "Rhythm is ratio.",
            },
        ),
        201,
    )
    all_of_alder = ["Tom", "Uma", "Luis", "Pia", "Lena", "Nina", "Olga", "Sam"]
    assert sorted(await names(as_("paul"), "")) == sorted(all_of_alder)
    # a draft and a proposed goal look like none
    for step in (None, "propose", "agree"):
        if step is not None:
            draft = await ok(act(as_("nina"), draft, step))
        assert "Nina" in await names(as_("paul"), "linked=false")
        assert await names(as_("paul"), "linked=true") == ["Tom"]
        assert await names(as_("lena"), "linked=false") == ["Nina"]
        assert await names(as_("paul"), "tested=false&link_stated=false") == ["Luis", "Nina"]
    await ok(act(as_("lena"), draft, "agree"))
    assert await names(as_("paul"), "tested=false&link_stated=false") == ["Luis"]
    listed = await ok(as_("lena").get("/goals/alignment/teachers?limit=1"))
    one = listed["items"][0]
    assert (one["family_name"], one["roles"], one["tested"]) == (
        "Brandt",
        ["teacher", "team_member"],
        True,
    )
    assert (one["goals_in_force"], one["linked"], one["link_stated"]) == (1, True, False)
    rest = await ok(as_("lena").get(f"/goals/alignment/teachers?limit=1&cursor={listed['next']}"))
    assert [item["given_name"] for item in rest["items"]] == ["Nina"]
    assert await names(as_("paul"), f"school_year_id={world.alder_past}&linked=true") == []
    assert await names(as_("lena"), f"team_id={world.maths}") == ["Tom", "Nina"]
    # who is in a team is said by roles that the caller reads
    assert await names(as_("luis"), f"team_id={world.maths}") == []
    for stranger in ("tom", "nina", "ada", "ivy", "mia", "zoe"):
        assert await names(as_(stranger), "") == [], stranger
    assert await names(as_("bea"), "") == ["Ben"]


async def test_figures_of_few_teachers_are_left_out_but_for_the_lead(
    as_: Any, world: Any, connection: AsyncConnection
) -> None:
    top, _, maths, _ = await the_goals(as_, world)
    await agreed(as_, world, parent_id=maths["id"])
    mine = await ok(as_("lena").get("/goals/alignment/coverage"))
    assert (mine["teachers"], mine["linked"], mine["not_linked"]) == (2, 1, 1)
    assert (mine["non_tested"], mine["link_stated"], mine["link_not_stated"]) == (1, 0, 1)
    assert {g["goal_id"]: g["teachers"] for g in mine["by_goal"]} == {maths["id"]: 1, top["id"]: 1}
    whole = await ok(as_("paul").get("/goals/alignment/coverage"))
    assert (whole["teachers"], whole["linked"], whole["not_linked"]) == (8, None, None)
    assert (whole["non_tested"], whole["link_stated"], whole["link_not_stated"]) == (2, None, None)
    assert {goal["teachers"] for goal in whole["by_goal"]} == {None}
    assert whole["suppressed_under"] == 5

    await more_teachers(connection, world, 5, maths["id"])
    whole = await ok(as_("paul").get("/goals/alignment/coverage"))
    assert (whole["teachers"], whole["linked"], whole["not_linked"]) == (13, 6, 7)
    assert {(g["goal_id"], g["under_goal_id"], g["teachers"]) for g in whole["by_goal"]} == {
        (maths["id"], top["id"], 6),
        (top["id"], None, 6),
    }
    # two who are tied to the school goal itself would be the difference of the two figures
    await more_teachers(connection, world, 2, top["id"])
    whole = await ok(as_("paul").get("/goals/alignment/coverage"))
    assert (whole["linked"], whole["not_linked"]) == (8, 7)
    assert {goal["teachers"] for goal in whole["by_goal"]} == {None}
    for stranger in ("tom", "ada", "ivy", "zoe"):
        told = await ok(as_(stranger).get("/goals/alignment/coverage"))
        assert (told["teachers"], told["by_goal"]) == (0, []), stranger


async def more_teachers(connection: AsyncConnection, world: Any, number: int, parent: str) -> None:
    """New teachers of Alder, each with a goal in force below this one."""
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        home = {"district_id": world.juniper}
        for _ in range(number):
            person = m.Person(
                **home, id=clock.new_id(), given_name="A", family_name=clock.new_id().hex
            )
            session.add(person)
            await session.flush()
            place = {**home, "school_id": world.alder}
            role = {"kind": "teacher", "tested_subject": True, "started_on": clock.today("UTC")}
            session.add(m.Role(**place, person_id=person.id, **role))
            goal = {"level": "individual", "kind": "growth", "state": "agreed", "title": "G"}
            whose = {"teacher_id": person.id, "author_id": person.id, "parent_id": parent}
            session.add(m.Goal(**place, school_year_id=world.alder_year, **goal, **whose))
        await session.commit()


def test_what_is_left_out_cannot_be_computed() -> None:
    assert _split(0, 12, 5) == (0, 12)
    assert _split(5, 12, 5) == (5, 7)
    assert _split(8, 12, 5) == _split(4, 12, 5) == _split(3, 3, 5) == (None, None)
    assert _split(1, 2, 0) == (1, 1)

    class Reached:
        def __init__(self, root: Any, goal: Any, n: int) -> None:
            self.root, self.goal, self.n = root, goal, n

    a, b, c, d = (clock.new_id() for _ in range(4))
    rows: list[Any] = [
        Reached(a, None, 9),
        Reached(a, b, 9),
        Reached(c, None, 2),
        Reached(c, c, 2),
        Reached(d, None, 30),
    ]
    # c is about two people; with the sum of all three, a would say how many they are
    told = {row["goal_id"]: row["teachers"] for row in _by_goal(rows, 5)}
    assert told == {a: None, b: None, c: None, d: 30}
    assert {row["teachers"] for row in _by_goal(rows, 0)} == {9, 2, 30}


async def test_the_chain_goes_two_levels_down_and_stops_at_what_one_may_not_see(
    as_: Any, world: Any
) -> None:
    top, _, maths, _ = await the_goals(as_, world)
    mine = await agreed(as_, world, parent_id=maths["id"])
    straight = await agreed(as_, world, parent_id=top["id"], title="Straight to the school's")
    hidden = await ok(
        as_("lena").post(
            "/goals",
            json={
                "level": "team",
                "kind": "growth",
                "title": "Not yet",
                "school_year_id": str(world.alder_year),
                "team_id": str(world.maths),
                "parent_id": top["id"],
            },
        ),
        201,
    )
    below_hidden = await ok(
        as_("lena").post("/goals", json=growth(world, parent_id=hidden["id"])), 201
    )

    async def tree(who: str) -> dict[str, list[str]]:
        found = await ok(as_(who).get(f"/goals/{top['id']}/chain"))
        assert found["above"] == []
        assert not found["more_below"]
        return {row["id"]: [deep["id"] for deep in row["below"]] for row in found["below"]}

    assert await tree("paul") == {maths["id"]: [mine["id"]], straight["id"]: []}
    assert await tree("tom") == {maths["id"]: [mine["id"]], straight["id"]: []}
    assert await tree("lena") == {
        maths["id"]: [mine["id"]],
        straight["id"]: [],
        hidden["id"]: [below_hidden["id"]],
    }
    assert await tree("nina") == {maths["id"]: []}
    assert await tree("ada") == {}
    up = await ok(as_("tom").get(f"/goals/{mine['id']}/chain"))
    assert [row["id"] for row in up["above"]] == [maths["id"], top["id"]]
    assert [row["parent_id"] for row in up["above"]] == [top["id"], None]
    cut = await ok(as_("tom").get(f"/goals/{below_hidden['id']}/chain"))
    assert cut["above"] == []
    assert (await as_("nina").get(f"/goals/{mine['id']}/chain")).status_code == 404
