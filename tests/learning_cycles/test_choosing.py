"""Candidates, and the choice of one by both; what success looks like."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import Live
from tests.goals.test_goals import agreed, at, growth
from tests.goals.test_pair import change_lead
from tests.learning_cycles.setting import begun, named, of_team, rank, step, team_goal
from tests.meetings.test_meetings import ok, refused

pytestmark = pytest.mark.anyio
WHY = "We can see it within two weeks."


async def weighed(as_: Any, app: Any, world: Any) -> tuple[str, list[str], list[Any]]:
    """A cycle of Tom's whose two candidates both ranked."""
    cycle = await begun(app, world)
    goals = [await agreed(as_, world), await agreed(as_, world, title="Wait longer")]
    candidates = [await named(as_, cycle, goal) for goal in goals]
    for who in ("tom", "lena"):
        await ok(rank(as_, cycle, who, *candidates))
    return cycle, candidates, goals


async def choose(as_: Any, cycle: str, who: str, candidate: str, reason: str = WHY) -> Any:
    """Somebody's choice."""
    return await step(as_, cycle, who, "choose-goal", candidate_id=candidate, reason=reason)


async def test_a_candidate_is_an_open_goal_of_the_teacher_that_both_read(as_, app, world):
    cycle = await begun(app, world)
    tom, path = as_("tom"), f"{cycle}/candidates"
    goal = await agreed(as_, world)
    body = {"goal_id": goal["id"], "why": "The counts point here."}
    made = await ok(tom.post(path, json=body), 201)
    assert (made["why"], made["permissions"]) == (body["why"], ["delete"])
    again = as_("lena").post(path, json={"goal_id": goal["id"]})
    await refused(again, 409, "candidate_exists")
    of_nina = await ok(as_("nina").post("/goals", json=growth(world, teacher_id=None)), 201)
    await refused(tom.post(path, json={"goal_id": of_nina["id"]}), 409, "unknown_reference")
    astray = as_("lena").post(path, json={"goal_id": of_nina["id"]})
    await refused(astray, 409, "candidate_does_not_fit")
    of_team = await team_goal(as_, world)
    await refused(tom.post(path, json={"goal_id": of_team["id"]}), 409, "candidate_does_not_fit")
    draft = await ok(tom.post("/goals", json=growth(world)), 201)
    await ok(tom.post(path, json={"goal_id": draft["id"]}), 201)
    # it names the goal, and opens it to nobody
    listed = (await ok(as_("lena").get(path)))["items"]
    assert [one["goal_id"] for one in listed] == [goal["id"], draft["id"]]
    await refused(tom.delete(f"/goals/{draft['id']}", headers=at(draft)), 409, "goal_in_use")
    for stranger in ("paul", "ada", "luis", "nina", "zoe"):
        await ok(as_(stranger).get(path), 404)
        await ok(as_(stranger).get(f"/cycle-candidates/{made['id']}"), 404)
    one = f"/cycle-candidates/{made['id']}"
    await ok(as_("lena").delete(one, headers=at(made)), 403)
    await ok(tom.delete(one, headers=at(made)), 204)


async def test_what_was_drafted_with_another_lead_is_no_candidate_of_this_one(as_, app, world):
    draft = await ok(as_("tom").post("/goals", json=growth(world)), 201)
    await change_lead(as_, world)
    cycle = await begun(app, world, lead="luis")
    sent = as_("tom").post(f"{cycle}/candidates", json={"goal_id": draft["id"]})
    await refused(sent, 409, "candidate_does_not_fit")


async def test_twelve_goals_are_weighed_at_most(as_, app, world, connection):
    cycle = await begun(app, world)
    goals = [await agreed(as_, world) for _ in range(2)]
    await named(as_, cycle, goals[0])
    await connection.execute(
        text(
            "with made as (insert into goal select (jsonb_populate_record(g, jsonb_build_object("
            "'id', gen_random_uuid()))).* from goal g, generate_series(1, 11) where g.id = :goal"
            " returning id) insert into cycle_candidate select (jsonb_populate_record(c,"
            " jsonb_build_object('id', gen_random_uuid(), 'goal_id', made.id))).*"
            " from cycle_candidate c, made where c.goal_id = :goal"
        ),
        {"goal": goals[0]["id"]},
    )
    assert len((await ok(as_("tom").get(f"{cycle}/candidates")))["items"]) == 12
    sent = as_("tom").post(f"{cycle}/candidates", json={"goal_id": goals[1]["id"]})
    await refused(sent, 409, "candidates_full")


async def test_it_is_chosen_when_both_chose_the_same_and_not_while_they_differ(as_, app, world):
    cycle = await begun(app, world)
    goals = [await agreed(as_, world), await agreed(as_, world, title="Wait longer")]
    first, second = [await named(as_, cycle, goal) for goal in goals]
    await refused(choose(as_, cycle, "tom", first), 409, "rankings_hidden")
    for who in ("tom", "lena"):
        await ok(rank(as_, cycle, who, first, second))
    await refused(choose(as_, cycle, "tom", str(world.tom)), 409, "unknown_reference")
    shown = await ok(choose(as_, cycle, "tom", first, "Mine."))
    assert (shown["goal_id"], shown["choice_reason"]) == (None, None)
    assert [one["teacher_reason"] for one in shown["candidates"]] == ["Mine.", None]
    shown = await ok(choose(as_, cycle, "lena", second, "Lena's."))
    assert shown["goal_id"] is None
    shown = await ok(choose(as_, cycle, "lena", first, "Lena's."))
    assert shown["goal_id"] == goals[0]["id"]
    assert shown["choice_reason"] == "Mine.\n\nLena's."
    assert [one["lead_reason"] for one in shown["candidates"]] == ["Lena's.", None]
    # either may think again, and then it is open until the other follows
    shown = await ok(choose(as_, cycle, "tom", second))
    assert (shown["goal_id"], shown["choice_reason"]) == (None, None)
    shown = await ok(choose(as_, cycle, "lena", second))
    assert shown["goal_id"] == goals[1]["id"]
    for stranger in ("paul", "nina", "luis"):
        await ok(as_(stranger).get(f"{cycle}/choice"), 404)
    told = [one["action"] for one in (await ok(as_("tom").get("/audit?limit=50")))["items"]]
    assert told.count("learning_cycle.goal_chosen") == 2


async def test_one_open_cycle_works_on_a_goal(as_, app, world, connection):
    cycle, candidates, goals = await weighed(as_, app, world)
    other = await begun(app, world, number=42, goal_id=goals[0]["id"])
    told = await refused(choose(as_, cycle, "tom", candidates[0]), 409, "goal_in_another_cycle")
    assert other.rpartition("/")[2] not in str(told)
    await connection.execute(
        text("update learning_cycle set state = 'abandoned' where number = 42")
    )
    await ok(choose(as_, cycle, "tom", candidates[0]))
    assert (await ok(choose(as_, cycle, "lena", candidates[0])))["goal_id"] == goals[0]["id"]
    # a goal that was closed meanwhile is worked on by nobody
    await connection.execute(
        text("update goal set state = 'closed', outcome = 'met', closed_at = now() where id = :id"),
        {"id": goals[1]["id"]},
    )
    await refused(choose(as_, cycle, "tom", candidates[1]), 409, "candidate_does_not_fit")


async def test_a_team_weighs_its_published_goals_and_its_lead_chooses(as_, app, world):
    cycle = await of_team(app, world, "tom", "nina")
    goal = await team_goal(as_, world)
    for astray in (await agreed(as_, world),):
        sent = as_("tom").post(f"{cycle}/candidates", json={"goal_id": astray["id"]})
        await refused(sent, 409, "candidate_does_not_fit")
    candidate = await named(as_, cycle, goal)
    assert (await ok(as_("lena").get(f"/cycle-candidates/{candidate}")))["permissions"] == [
        "delete"
    ]
    for who in ("tom", "lena"):
        await ok(rank(as_, cycle, who, candidate))
    await ok(choose(as_, cycle, "tom", candidate), 403)
    shown = await ok(choose(as_, cycle, "lena", candidate))
    assert (shown["goal_id"], shown["choice_reason"]) == (goal["id"], WHY)
    assert (await ok(as_("paul").get(f"{cycle}/choice")))["goal_id"] == goal["id"]


async def test_two_who_choose_at_the_same_moment(live: Live) -> None:
    cycle, candidates, goals = await weighed(live.as_, live.app, live.world)
    answers = await asyncio.gather(
        choose(live.as_, cycle, "tom", candidates[0]),
        choose(live.as_, cycle, "lena", candidates[0]),
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses in ([200, 200], [200, 412])
    if statuses == [200, 412]:
        late = "tom" if answers[0].status_code == 412 else "lena"
        await ok(choose(live.as_, cycle, late, candidates[0]))
    assert (await ok(live.as_("tom").get(f"{cycle}/choice")))["goal_id"] == goals[0]["id"]


async def test_two_cycles_that_choose_one_goal_at_the_same_moment(live: Live) -> None:
    cycle, candidates, goals = await weighed(live.as_, live.app, live.world)
    other = await begun(live.app, live.world, number=42)
    again = await named(live.as_, other, goals[0])
    for who in ("tom", "lena"):
        await ok(rank(live.as_, other, who, again))
    await ok(choose(live.as_, cycle, "tom", candidates[0]))
    await ok(choose(live.as_, other, "tom", again))
    answers = await asyncio.gather(
        choose(live.as_, cycle, "lena", candidates[0]), choose(live.as_, other, "lena", again)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    late = next(answer for answer in answers if answer.status_code == 409)
    assert late.json()["code"] == "goal_in_another_cycle"


# --- what success looks like --------------------------------------------------------------------


async def test_success_is_seen_through_a_lens_and_tied_or_explained(as_, app, world, connection):
    cycle = await begun(app, world)
    tom, path = as_("tom"), f"{cycle}/success-indicators"
    body = {"lens": "students", "text": "They ask why.", "indicator_id": str(world.leap_i5)}
    made = await ok(tom.post(path, json=body), 201)
    assert (made["lens"], made["permissions"]) == ("students", ["edit", "delete"])
    untied = {**body, "indicator_id": None}
    await refused(tom.post(path, json=untied), 409, "success_indicator_untied")
    foreign = {**body, "indicator_id": str(world.kestrel_leap_i1)}
    await refused(tom.post(path, json=foreign), 409, "indicator_not_offered")
    await ok(tom.post(path, json={**untied, "lens": "teacher", "explanation": "New."}), 201)
    one = f"/cycle-success-indicators/{made['id']}"
    lena = as_("lena")
    sent = lena.patch(one, json={"indicator_id": None}, headers=at(made))
    await refused(sent, 409, "success_indicator_untied")
    change = {"indicator_id": None, "explanation": "No indicator says it."}
    made = await ok(lena.patch(one, json=change, headers=at(made)))
    assert made["explanation"] == change["explanation"]
    listed = (await ok(lena.get(path)))["items"]
    assert [row["lens"] for row in listed] == ["students", "teacher"]
    await connection.execute(
        text(
            "insert into cycle_success_indicator select (jsonb_populate_record(s,"
            " jsonb_build_object('id', gen_random_uuid()))).*"
            " from cycle_success_indicator s, generate_series(1, 14)"
        )
    )
    await refused(tom.post(path, json=body), 409, "success_indicators_full")
    # later it is what the cycle is looked at by, and is not moved
    await connection.execute(text("update learning_cycle set state = 'learning'"))
    await refused(tom.post(path, json=body), 409, "wrong_state")
    await refused(tom.patch(one, json={"text": "X"}, headers=at(made)), 409, "wrong_state")
    await refused(lena.delete(one, headers=at(made)), 409, "wrong_state")
    assert (await ok(tom.get(one)))["permissions"] == []
    await connection.execute(text("update learning_cycle set state = 'intention'"))
    await ok(lena.delete(one, headers=at(made)), 204)
    for stranger in ("paul", "nina", "luis", "ada"):
        await ok(as_(stranger).get(path), 404)


async def test_in_a_team_an_indicator_is_its_authors_and_the_leads(as_, app, world):
    cycle = await of_team(app, world, "tom", "nina")
    body = {"lens": "peers", "text": "We hear it.", "explanation": "It is new."}
    made = await ok(as_("tom").post(f"{cycle}/success-indicators", json=body), 201)
    one = f"/cycle-success-indicators/{made['id']}"
    for who in ("nina", "paul"):
        await ok(as_(who).patch(one, json={"text": "X"}, headers=at(made)), 403)
    made = await ok(as_("lena").patch(one, json={"text": "Each hears it."}, headers=at(made)))
    await ok(as_("tom").delete(one, headers=at(made)), 204)


async def test_the_key_questions_come_with_the_cycles_template(as_, app, world, connection):
    cycle = await begun(app, world)
    asked = (await ok(as_("lena").get(f"{cycle}/key-questions")))["items"]
    assert [one["lens"] for one in asked] == ["teacher", "peers", "students"]
    assert all(one["question"] for one in asked)
    await connection.execute(text("update learning_cycle set template_id = null"))
    assert (await ok(as_("tom").get(f"{cycle}/key-questions")))["items"] == []
    await ok(as_("paul").get(f"{cycle}/key-questions"), 404)
