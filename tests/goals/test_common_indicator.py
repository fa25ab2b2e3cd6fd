"""A team's common indicator: chosen, carried, left for a reason; what the team knows of it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from app.goals.common.figures import told
from tests.conftest import Live
from tests.goals.test_goal_feedback import ok, published, refused, step
from tests.goals.test_goals import act, agreed, at, growth

pytestmark = pytest.mark.anyio

WHY = {"reason": "My classes work on discussion this year."}


async def choose(as_: Any, world: Any, indicator: Any, who: str = "lena", **fields: Any) -> Any:
    """Lena chooses for her team, at its present version."""
    team = await ok(as_(who).get(f"/teams/{world.maths}"))
    body = {"indicator_id": indicator and str(indicator), "reason": "Shown by our data.", **fields}
    return await as_(who).post(
        f"/teams/{world.maths}/common-indicator", json=body, headers=at(team)
    )


def opting_out(client: Any, world: Any, team: str = "maths") -> Any:
    return client.post(f"/teams/{getattr(world, team)}/common-indicator-opt-outs", json=WHY)


async def _figures(client: Any, world: Any) -> list[Any]:
    row = await ok(client.get(f"/teams/{world.maths}/common-indicator"))
    return [row[name] for name in ("members", "carrying", "opted_out", "not_yet")]


async def _join(connection: Any, world: Any, number: int, carrying: bool = True) -> list[Any]:
    """More members of Lena's team, each with an agreed goal that carries the indicator or not."""
    made = []
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        home = {"district_id": world.juniper}
        await keys.enter(session, world.juniper)
        for _ in range(number):
            person = m.Person(**home, given_name="New", family_name="Member")
            session.add(person)
            await session.flush()
            place = {"school_id": world.alder, "started_on": clock.today("UTC")}
            role = m.Role(
                **home, person_id=person.id, kind="team_member", team_id=world.maths, **place
            )
            goal = m.Goal(
                **home,
                level="individual",
                kind="growth",
                state="agreed",
                title="Hidden",
                school_id=world.alder,
                school_year_id=world.alder_year,
                teacher_id=person.id,
                author_id=person.id,
            )
            session.add_all([role, goal])
            await session.flush()
            indicator = world.leap_i5 if carrying else world.leap_i4
            session.add(
                m.GoalIndicator(**home, goal_id=goal.id, indicator_id=indicator, position=0)
            )
            made.append(role.id)
        await session.commit()
    return made


async def test_the_lead_chooses_and_the_history_says_who_and_instead_of_which(as_, world):
    await refused(choose(as_, world, world.leap_i5, "tom"), 403)
    await refused(choose(as_, world, world.leap_i5, "ada"), 403)
    await refused(as_("luis").get(f"/teams/{world.maths}/common-indicator"), 404)
    await refused(as_("ada").get(f"/teams/{world.maths}/common-indicator"), 403)
    await refused(as_("ada").get(f"/teams/{world.maths}/goals-view"), 403)
    await refused(choose(as_, world, world.kestrel_leap_i1), 409, "unknown_reference")
    await refused(choose(as_, world, None), 409, "same_indicator")
    first = await ok(choose(as_, world, world.leap_i5), 201)
    assert (first["indicator_id"], first["before_id"]) == (str(world.leap_i5), None)
    await refused(choose(as_, world, world.leap_i5), 409, "same_indicator")
    stale = as_("lena").post(
        f"/teams/{world.maths}/common-indicator",
        json={"indicator_id": None, "reason": "-"},
        headers={"If-Match": '"1"'},
    )
    await refused(stale, 412)
    await ok(choose(as_, world, world.leap_i4, "paul"), 201)
    team = await ok(as_("ada").get(f"/teams/{world.maths}"))
    edit = {"common_indicator_id": None}
    await ok(as_("ada").patch(f"/teams/{world.maths}", json=edit, headers=at(team)))
    rows = (await ok(as_("tom").get(f"/teams/{world.maths}/common-indicator-choices")))["items"]
    assert [(row["author_id"], row["indicator_id"], row["before_id"]) for row in rows] == [
        (str(world.lena), str(world.leap_i5), None),
        (str(world.paul), str(world.leap_i4), str(world.leap_i5)),
        (str(world.ada), None, str(world.leap_i4)),
    ]
    await refused(as_("sam").get(f"/common-indicator-choices/{first['id']}"), 404)


async def test_an_opt_out_is_read_by_the_two_and_by_nobody_else(as_, world):
    tom = as_("tom")
    assert "opt_out" not in (await ok(tom.get(f"/teams/{world.maths}")))["permissions"]
    await refused(opting_out(tom, world), 409, "no_common_indicator")
    await ok(choose(as_, world, world.leap_i5), 201)
    before = await ok(tom.get(f"/teams/{world.maths}"))
    assert "opt_out" in before["permissions"]
    # the lead is no member here, nor are the school's leader and the administrator
    for who in ("lena", "paul", "ada"):
        await refused(opting_out(as_(who), world), 403)
    await refused(opting_out(as_("sam"), world), 404)
    out = await ok(opting_out(tom, world), 201)
    assert [w["code"] for w in out["warnings"]] == ["common_indicator_opted_out"]
    await refused(opting_out(tom, world), 409, "already_opted_out")
    path = f"/common-indicator-opt-outs/{out['id']}"
    assert (await ok(as_("lena").get(path)))["reason"] == WHY["reason"]
    for who in ("paul", "ada", "nina", "luis", "ivy", "zoe"):
        await refused(as_(who).get(path), 404)
        assert (await ok(as_(who).get("/common-indicator-opt-outs")))["items"] == []
    for who in ("paul", "ada", "nina"):
        for event in (await ok(as_(who).get("/audit?limit=200")))["items"]:
            assert "opt_out" not in event["action"], who
    # nothing about the team moves when somebody opts out
    after = await ok(as_("nina").get(f"/teams/{world.maths}"))
    assert after["version"] == before["version"]
    await refused(step(as_("lena"), "common-indicator-opt-outs", out, "withdraw"), 403)
    out = await ok(step(tom, "common-indicator-opt-outs", out, "withdraw"))
    assert out["state"] == "withdrawn"
    await refused(step(tom, "common-indicator-opt-outs", out, "withdraw"), 409, "wrong_state")
    again = await ok(opting_out(tom, world), 201)
    # another choice asks anew, and Paul, who chooses, finds in his audit nobody who had opted out
    await ok(choose(as_, world, world.leap_i4, "paul"), 201)
    lapsed = await ok(tom.get(f"/common-indicator-opt-outs/{again['id']}"))
    assert (lapsed["state"], lapsed["permissions"]) == ("lapsed", [])
    for event in (await ok(as_("paul").get("/audit?limit=200")))["items"]:
        assert event["subject_type"] != "common_indicator_opt_out"
    await ok(opting_out(tom, world), 201)


async def test_agreeing_warns_and_says_more_to_the_two_than_to_others(as_, world):
    await ok(choose(as_, world, world.leap_i4), 201)

    async def advice(who: str, goal: dict[str, Any]) -> list[str]:
        told = [w["code"] for w in (await ok(act(as_(who), goal, "agree")))["warnings"]]
        asked = (await ok(as_(who).post(f"/goals/{goal['id']}/advice", json={})))["advice"]
        # who knows of the reason is not told at the same time to add the indicator
        missing = "common_indicator_missing"
        assert (missing in told) == (missing in [one["code"] for one in asked])
        return [code for code in told if code.startswith("common_indicator")]

    async def proposed(teacher: str, *indicators: Any) -> dict[str, Any]:
        body = growth(
            world,
            teacher_id=str(getattr(world, teacher)),
            indicator_ids=[str(indicator) for indicator in indicators],
        )
        goal = await ok(as_(teacher).post("/goals", json=body), 201)
        return await ok(act(as_(teacher), goal, "propose"))

    assert await advice("lena", await proposed("tom", world.leap_i5)) == [
        "common_indicator_missing"
    ]
    assert await advice("lena", await proposed("tom", world.leap_i5, world.leap_i4)) == []
    await ok(opting_out(as_("tom"), world), 201)
    for who in ("tom", "lena"):
        goal = await proposed("tom", world.leap_i5)
        assert await advice(who, goal) == ["common_indicator_opted_out"]
    # a school leader who stands in is not told that it was left for a reason
    role = {
        "person_id": str(world.uma),
        "kind": "team_member",
        "school_id": str(world.alder),
        "team_id": str(world.maths),
    }
    await ok(as_("paul").post("/roles", json=role), 201)
    await ok(opting_out(as_("uma"), world), 201)
    goal = await proposed("uma", world.leap_i5)
    assert await advice("paul", goal) == ["common_indicator_missing"]
    assert (await ok(as_("paul").get("/common-indicator-opt-outs")))["items"] == []


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([1, 1, 0], [None, None, None]),  # a team of two
        ([4, 0, 0], [None, None, None]),
        ([5, 0, 0], [5, 0, 0]),
        ([6, 1, 0], [None, None, None]),  # the rest would tell the one
        ([6, 0, 1], [None, None, None]),
        ([6, 5, 1], [None, None, None]),
        ([6, 0, 6], [5, 0, 5]),
        ([5, 0, 6], [5, 0, 5]),  # one of them left: nothing moves
        ([0, 0, 7], [0, 0, 7]),
    ],
)
def test_what_is_told_of_a_team(parts: list[int], shown: list[Any]) -> None:
    assert told(parts, sum(parts), 5) == shown


async def test_a_team_knows_figures_and_nobody_in_them(as_, world, connection):
    await ok(choose(as_, world, world.leap_i5), 201)
    goal = await agreed(as_, world)
    assert await _figures(as_("nina"), world) == [2, None, None, None]
    await _join(connection, world, 5)
    # seven, of whom Nina does not carry it yet: told, everybody would know it of her
    assert await _figures(as_("tom"), world) == [7, None, None, None]
    body = growth(world, teacher_id=str(world.nina))
    drafted = await ok(as_("nina").post("/goals", json=body), 201)
    drafted = await ok(act(as_("nina"), drafted, "propose"))
    # what both have not agreed counts for nobody, her lead and leader included
    for who in ("lena", "paul", "tom", "nina"):
        assert await _figures(as_(who), world) == [7, None, None, None]
    for who in ("nina", "lena"):
        drafted = await ok(act(as_(who), drafted, "agree"))
    for who in ("lena", "paul", "tom", "nina"):
        assert await _figures(as_(who), world) == [7, 7, 0, 0]
    # whoever carries it counts as that, also when they opted out before
    await ok(opting_out(as_("nina"), world), 201)
    assert await _figures(as_("tom"), world) == [7, 7, 0, 0]
    # a goal that ended is carried no more
    await ok(act(as_("tom"), goal, "close", json={"outcome": "abandoned"}))
    revision = (await ok(as_("lena").get(f"/goals/{goal['id']}/revisions")))["items"][0]
    await ok(step(as_("lena"), "goal-revisions", revision, "agree"))
    assert await _figures(as_("nina"), world) == [7, None, None, None]


async def test_one_who_joins_or_leaves_seldom_moves_a_figure(as_, world, connection):
    await ok(choose(as_, world, world.leap_i5), 201)
    roles = await _join(connection, world, 8)
    await _join(connection, world, 6, carrying=False)
    assert await _figures(as_("tom"), world) == [16, 5, 0, 5]
    role = await ok(as_("paul").get(f"/roles/{roles[0]}"))
    await ok(as_("paul").post(f"/roles/{roles[0]}/end", headers=at(role)))
    assert await _figures(as_("tom"), world) == [15, 5, 0, 5]


async def test_who_is_in_two_teams_counts_in_each(as_, world):
    await ok(choose(as_, world, world.leap_i5), 201)
    role = {
        "person_id": str(world.tom),
        "kind": "team_member",
        "school_id": str(world.alder),
        "team_id": str(world.arts),
    }
    await ok(as_("paul").post("/roles", json=role), 201)
    arts = await ok(as_("luis").get(f"/teams/{world.arts}"))
    body = {"indicator_id": str(world.leap_i4), "reason": "Ours."}
    path = f"/teams/{world.arts}/common-indicator"
    await ok(as_("luis").post(path, json=body, headers=at(arts)), 201)
    await ok(opting_out(as_("tom"), world), 201)
    await ok(opting_out(as_("tom"), world, "arts"), 201)
    mine = (await ok(as_("tom").get("/common-indicator-opt-outs")))["items"]
    assert {row["team_id"] for row in mine} == {str(world.maths), str(world.arts)}
    # Luis leads one of the teams and coaches him in neither: he reads no reason
    assert (await ok(as_("luis").get("/common-indicator-opt-outs")))["items"] == []


async def test_the_teams_view_names_no_individual_goal(as_, world, connection):
    school, team = await published(as_, world), await published(as_, world, "team")
    hidden = await agreed(as_, world, parent_id=team["id"], title="Of Tom alone")
    for who in ("tom", "nina", "lena", "paul"):
        answer = await as_(who).get(f"/teams/{world.maths}/goals-view")
        view = answer.json()
        assert hidden["id"] not in answer.text
        assert "Of Tom alone" not in answer.text
        assert [row["id"] for row in view["school_goals"]] == [school["id"]]
        assert [row["id"] for row in view["team_goals"]] == [team["id"]]
        assert view["team_goals"][0]["members_linking"] is None
    await _join(connection, world, 3)
    view = await ok(as_("nina").get(f"/teams/{world.maths}/goals-view"))
    # five, and one of them links: suppressed; nobody links to the school's
    assert view["team_goals"][0]["members_linking"] is None
    assert view["school_goals"][0]["members_linking"] == 0
    await refused(as_("sam").get(f"/teams/{world.maths}/goals-view"), 404)
    await refused(as_("juniper_warehouse").get(f"/teams/{world.maths}/goals-view"), 403)


async def test_choosing_and_opting_out_at_the_same_moment(live: Live):
    as_, world = live.as_, live.world
    await ok(choose(as_, world, world.leap_i5), 201)
    answers = await asyncio.gather(*(opting_out(as_("tom"), world) for _ in range(3)))
    assert sorted(a.status_code for a in answers) == [201, 409, 409]
    answers = await asyncio.gather(
        choose(as_, world, world.leap_i4),
        choose(as_, world, world.leap_i1, "paul"),
        opting_out(as_("nina"), world),
    )
    # each of two leaders chose, or was told that the other had
    assert sorted(a.status_code for a in answers[:2]) in ([201, 201], [201, 412])
    assert answers[2].status_code == 201
    now = await ok(as_("tom").get(f"/teams/{world.maths}"))
    for who in ("tom", "nina"):
        for row in (await ok(as_(who).get("/common-indicator-opt-outs")))["items"]:
            if row["state"] == "in_force":
                assert row["indicator_id"] == now["common_indicator_id"]
