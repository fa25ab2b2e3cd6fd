"""Cycles for tests of what is below them, put in through the models."""

from typing import Any

from app import models as m
from app.auth import keys
from app.core import clock
from tests.goals.test_goals import at
from tests.meetings.test_meetings import ok


async def put_in(app: Any, world: Any, *rows: Any) -> None:
    """Rows of the first district, committed as the program would."""
    async with app.state.database.writing() as session:
        await keys.enter(session, world.juniper)
        for row in rows:
            session.add(row)
            await session.flush()
        await session.commit()


async def begun(app: Any, world: Any, who: str = "tom", lead: str = "lena", **fields: Any) -> str:
    """A cycle of a teacher in its intention; its address."""
    cycle = m.LearningCycle(
        district_id=world.juniper,
        id=clock.new_id(),
        level="individual",
        school_id=world.alder,
        school_year_id=world.alder_year,
        teacher_id=getattr(world, who),
        lead_id=getattr(world, lead),
        author_id=getattr(world, who),
        number=fields.pop("number", 41),
        title="Checks that change the lesson",
        template_id=world.learning_cycle_plan,
        **fields,
    )
    await put_in(app, world, cycle)
    return f"/learning-cycles/{cycle.id}"


async def of_team(app: Any, world: Any, *members: str, **fields: Any) -> str:
    """A cycle of the maths team in its intention, with these members; its address."""
    home = {"school_id": world.alder, "team_id": world.maths, "district_id": world.juniper}
    cycle = m.LearningCycle(
        **home,
        id=clock.new_id(),
        level="team",
        school_year_id=world.alder_year,
        author_id=world.lena,
        number=41,
        title="Questions in every lesson",
        **fields,
    )
    places = [
        m.CycleMember(**home, cycle_id=cycle.id, person_id=getattr(world, member))
        for member in members
    ]
    await put_in(app, world, cycle, *places)
    return f"/learning-cycles/{cycle.id}"


async def team_goal(as_: Any, world: Any, title: str = "Questions") -> Any:
    """A goal that the maths team published."""
    body = {
        "level": "team",
        "kind": "growth",
        "title": title,
        "statement": "Every lesson has two hinge questions.",
        "school_year_id": str(world.alder_year),
        "team_id": str(world.maths),
        "indicator_ids": [str(world.leap_i5)],
        "measures": [{"name": "Lessons", "unit": "percent", "baseline": 10, "target": 80}],
        "due_on": "2027-05-14",
    }
    goal = await ok(as_("lena").post("/goals", json=body), 201)
    return await ok(as_("lena").post(f"/goals/{goal['id']}/publish", headers=at(goal)))


async def named(as_: Any, cycle: str, goal: Any, who: str = "tom") -> str:
    """A goal named as a candidate; the candidate's id."""
    made = await ok(as_(who).post(f"{cycle}/candidates", json={"goal_id": goal["id"]}), 201)
    return str(made["id"])


async def rankings(as_: Any, cycle: str, who: str) -> Any:
    """The rankings that somebody reads, by their authors."""
    found = await ok(as_(who).get(f"{cycle}/rankings"))
    return {row["author_id"]: row for row in found["items"]}


async def rank(as_: Any, cycle: str, who: str, *candidates: str, **fields: Any) -> Any:
    """Somebody's ranking, written or put in the place of the one there is."""
    mine = (await ok(as_(who).get(f"{cycle}/rankings")))["items"]
    me = (await ok(as_(who).get("/me")))["id"]
    version = next((row["version"] for row in mine if row["author_id"] == me), 0)
    headers = {"If-Match": f'"{version}"'}
    body = {"candidate_ids": list(candidates), **fields}
    return await as_(who).put(f"{cycle}/ranking", json=body, headers=headers)


async def step(as_: Any, cycle: str, who: str, verb: str, **body: Any) -> Any:
    """A step of the cycle at its present version."""
    now = await ok(as_(who).get(f"{cycle}/choice"))
    return await as_(who).post(f"{cycle}/{verb}", json=body, headers=at(now))
