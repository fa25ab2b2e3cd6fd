"""Growth plans and reviews end to end: agreed by both, reviewed twice, and who learns what."""

import asyncio
from typing import Any

import pytest

from tests.goals.test_goals import agreed, at, growth
from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import ok, refused
from tests.relationships.test_relationships import PATH
from tests.relationships.test_relationships import act as step
from tests.spine.test_both_at_once import twice

pytestmark = pytest.mark.anyio


async def act(client: Any, resource: str, row: Any, step: str, **body: Any) -> Any:
    """A step of a row at its present version, for whoever sees it."""
    now = await client.get(f"/{resource}/{row['id']}")
    options: dict[str, Any] = {"json": body} if body else {}
    return await client.post(f"/{resource}/{row['id']}/{step}", headers=at(now.json()), **options)


async def new_plan(as_: Any, world: Any, who: str = "tom", **fields: Any) -> Any:
    """A plan of this year, as its teacher or lead drafts it."""
    body = {"school_year_id": str(world.alder_year), **fields}
    return await ok(as_(who).post("/growth-plans", json=body), 201)


async def proposed(as_: Any, world: Any, who: str = "tom", **fields: Any) -> Any:
    """A growth goal that the teacher proposed."""
    body = growth(world, teacher_id=str(getattr(world, who)), **fields)
    goal = await ok(as_(who).post("/goals", json=body), 201)
    return await ok(act(as_(who), "goals", goal, "propose"))


async def put_in(as_: Any, plan: Any, goal: Any, who: str = "tom") -> Any:
    """Put a goal into the plan."""
    return await ok(act(as_(who), "growth-plans", plan, "goals", goal_id=goal["id"]))


async def in_force(as_: Any, world: Any, who: str = "tom", other: str = "lena") -> Any:
    """A plan with a goal that both agreed."""
    plan = await new_plan(as_, world, who)
    await put_in(as_, plan, await proposed(as_, world, who), who)
    for person in (who, other):
        plan = await ok(act(as_(person), "growth-plans", plan, "agree"))
    assert plan["state"] == "agreed"
    return plan


async def begin(as_: Any, plan: Any, kind: str = "mid_year", who: str = "tom") -> Any:
    """A review of the plan."""
    return await ok(act(as_(who), "growth-plans", plan, "reviews", kind=kind), 201)


async def say(as_: Any, review: Any, who: str, words: str = "It goes well.") -> Any:
    """Somebody's part, submitted."""
    body = {"words": words, "rating": "on_track"}
    part = await ok(as_(who).post(f"/goal-reviews/{review['id']}/parts", json=body), 201)
    return await ok(act(as_(who), "goal-review-parts", part, "submit"))


async def acknowledged(as_: Any, review: Any, *who: str) -> Any:
    """The review as each in turn acknowledged it."""
    for person in who:
        review = await ok(act(as_(person), "goal-reviews", review, "acknowledge"))
    return review


async def parts(as_: Any, review: Any, who: str) -> list[str]:
    """The authors of the parts that somebody reads."""
    found = await ok(as_(who).get(f"/goal-review-parts?goal_review_id={review['id']}"))
    return [part["author_id"] for part in found["items"]]


async def test_a_plan_is_agreed_by_both_as_it_stands(as_, world):
    tom, lena, paul = as_("tom"), as_("lena"), as_("paul")
    plan = await new_plan(as_, world, title="My year")
    path = f"/growth-plans/{plan['id']}"
    for stranger in ("paul", "ada", "luis", "nina", "ben", "zoe"):
        await ok(as_(stranger).get(path), 404)
    bare = await refused(act(tom, "growth-plans", plan, "agree"), 409, "plan_incomplete")
    assert [gap["code"] for gap in bare["missing"]] == ["goal"]
    goal = await ok(tom.post("/goals", json=growth(world)), 201)
    await put_in(as_, plan, goal)
    draft = await refused(act(tom, "growth-plans", plan, "agree"), 409, "plan_incomplete")
    assert [gap["code"] for gap in draft["missing"]] == ["goal_proposed"]
    await ok(act(tom, "goals", goal, "propose"))
    plan = await ok(act(tom, "growth-plans", plan, "agree"))
    assert (plan["state"], "agree" in plan["permissions"]) == ("draft", False)
    await refused(act(tom, "growth-plans", plan, "agree"), 409, "already_agreed")
    # Lena writes in it, so Tom's yes was to something else
    await ok(lena.patch(path, json={"aspiration": "To see who is lost."}, headers=at(plan)))
    plan = await ok(act(lena, "growth-plans", plan, "agree"))
    assert [yes["capacity"] for yes in plan["agreements"]] == ["lead"]
    await ok(paul.get(path), 404)
    plan = await ok(act(tom, "growth-plans", plan, "agree"))
    assert (plan["state"], plan["agreed_at"] is None) == ("agreed", False)
    seen = await ok(paul.get(path))
    assert (seen["aspiration"], seen["permissions"]) == ("To see who is lost.", [])
    late = await refused(tom.patch(path, json={"title": "X"}, headers=at(plan)), 409, "wrong_state")
    assert late["allowed"] == ["add_goal", "remove_goal", "add_step", "review"]
    await ok(paul.post(f"{path}/agree", headers=at(seen)), 403)
    # the goal is only proposed, and stays out of the sight of leaders
    assert len((await ok(tom.get(f"{path}/goals")))["items"]) == 1
    assert (await ok(paul.get(f"{path}/goals")))["items"] == []
    told = await ok(paul.get(f"{path}/audience"))
    assert {reader["relation"] for reader in told["readers"]} == {
        "school_leader",
        "lead",
        "teacher",
    }


async def test_there_is_one_plan_a_year_and_only_the_two_learn_of_it(as_, world):
    await new_plan(as_, world)
    body = {"school_year_id": str(world.alder_year), "teacher_id": str(world.tom)}
    for who in ("tom", "lena"):
        await refused(as_(who).post("/growth-plans", json=body), 409, "plan_exists")
    for who in ("paul", "luis", "nina", "ada"):
        await refused(as_(who).post("/growth-plans", json=body), 403, "forbidden")
    await refused(as_("ben").post("/growth-plans", json=body), 409, "unknown_reference")


async def test_a_plan_holds_growth_goals_of_its_teacher_and_year(as_, world):
    tom = as_("tom")
    plan = await in_force(as_, world)
    [held] = (await ok(tom.get(f"/growth-plans/{plan['id']}/goals")))["items"]
    again = act(tom, "growth-plans", plan, "goals", goal_id=held["id"])
    await refused(again, 409, "goal_in_plan")
    slo = await ok(tom.post("/goals", json=growth(world, kind="student_learning")), 201)
    past = await ok(
        tom.post("/goals", json=growth(world, school_year_id=str(world.alder_past))), 201
    )
    of_nina = await proposed(as_, world, "nina")
    for goal in (slo, past):
        sent = act(tom, "growth-plans", plan, "goals", goal_id=goal["id"])
        await refused(sent, 409, "goal_does_not_fit")
    unseen = act(tom, "growth-plans", plan, "goals", goal_id=of_nina["id"])
    await refused(unseen, 409, "unknown_reference")
    astray = act(as_("lena"), "growth-plans", plan, "goals", goal_id=of_nina["id"])
    await refused(astray, 409, "goal_does_not_fit")
    last = act(tom, "growth-plans", plan, "remove-goal", goal_id=held["id"])
    await refused(last, 409, "last_goal")
    draft = await ok(tom.post("/goals", json=growth(world)), 201)
    await put_in(as_, plan, draft)
    path = f"/goals/{draft['id']}"
    # what a plan holds is neither deleted nor made another kind, and says nothing of the plan
    assert (await ok(tom.get(path)))["version"] == draft["version"]
    await refused(tom.delete(path, headers=at(draft)), 409, "goal_in_plan")
    other = {"kind": "student_learning"}
    await refused(tom.patch(path, json=other, headers=at(draft)), 409, "goal_in_plan")
    found = await ok(tom.get(f"/growth-plans?goal_id={draft['id']}"))
    assert [row["id"] for row in found["items"]] == [plan["id"]]
    await ok(act(tom, "growth-plans", plan, "remove-goal", goal_id=held["id"]))
    gone = act(tom, "growth-plans", plan, "remove-goal", goal_id=held["id"])
    await refused(gone, 409, "unknown_reference")
    await ok(
        tom.patch(f"/goals/{held['id']}", json={}, headers=at(held)), 409
    )  # proposed, by itself
    assert (await ok(tom.get("/growth-plans?state=draft")))["items"] == []


async def test_a_goal_in_a_draft_plan_tells_leaders_nothing_of_it(as_, world):
    goal = await agreed(as_, world)
    before = await as_("paul").get(f"/goals/{goal['id']}")
    plan = await new_plan(as_, world)
    await put_in(as_, plan, goal)
    after = await as_("paul").get(f"/goals/{goal['id']}")
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    found = await ok(as_("paul").get(f"/growth-plans?goal_id={goal['id']}"))
    assert found["items"] == []
    audit = await ok(as_("paul").get("/audit?limit=200"))
    assert not [e for e in audit["items"] if e["action"].startswith("growth_plan")]


async def test_a_leader_who_stands_in_learns_of_no_draft_plan_by_changing_a_goals_kind(as_, world):
    uma, paul = as_("uma"), as_("paul")
    goal = await proposed(as_, world, "uma")
    for client in (uma, paul):
        goal = await ok(act(client, "goals", goal, "agree"))
    another = {"content": {"kind": "student_learning", "standards": ["7.RP.A"]}}
    # a goal that is about to become another kind is put into no plan
    plan = await new_plan(as_, world, "uma")
    change = await ok(act(uma, "goals", goal, "revisions", **another), 201)
    into = act(uma, "growth-plans", plan, "goals", goal_id=goal["id"])
    await refused(into, 409, "goal_does_not_fit")
    await ok(act(uma, "goal-revisions", change, "withdraw"))
    await put_in(as_, plan, goal, "uma")
    await ok(paul.get(f"/growth-plans/{plan['id']}"), 404)
    # the teacher is told, the leader is not
    await refused(act(uma, "goals", goal, "revisions", **another), 409, "goal_in_plan")
    change = await ok(act(paul, "goals", goal, "revisions", **another), 201)
    await refused(act(uma, "goal-revisions", change, "agree"), 409, "goal_in_plan")
    await ok(act(uma, "goal-revisions", change, "withdraw"))


async def test_nobody_else_reads_a_trace_of_what_the_two_do_with_each_other(as_, world):
    """Drafts, reviews and a waiting change, looked for everywhere before and after, also in ETags,
    counts and the audit."""
    tom, lena = as_("tom"), as_("lena")
    slo = await agreed(as_, world, kind="student_learning", standards=["7.RP.A"])
    plan = await in_force(as_, world)
    goals, plans = f"/goals/{slo['id']}", f"/growth-plans/{plan['id']}"
    looked_at = [
        *(f"{goals}{part}" for part in ("", "/slo", "/monitoring", "/revisions", "/reviews")),
        *(f"{goals}{part}" for part in ("/audience", "/chain", "/comments", "/progress-series")),
        *(f"{plans}{part}" for part in ("", "/goals", "/steps", "/reviews", "/audience")),
        *("/goals", "/goals/summary", "/goals/monitoring-summary", "/goals/slo-coverage"),
        *("/goals/alignment", "/goals/alignment/coverage", "/goals/alignment/teachers"),
        *("/growth-plans", "/goal-reviews", "/goal-review-parts", "/slo-monitoring", "/audit"),
    ]

    async def look() -> dict[tuple[str, str], Any]:
        found = {}
        for who in ("paul", "ada", "luis", "nina", "ivy", "mia", "bea"):
            for path in looked_at:
                answer = await as_(who).get(path)
                body = {**answer.json(), "request_id": None}
                found[who, path] = (answer.status_code, body, answer.headers.get("etag"))
        return found

    before = await look()
    draft = await ok(tom.post("/goals", json=growth(world, kind="student_learning")), 201)
    written = lena.patch(f"/goals/{draft['id']}/slo", json={"students": 30}, headers=at(draft))
    await ok(written)
    await proposed(as_, world)
    await new_plan(as_, world, school_year_id=str(world.alder_past), title="Ours")
    reviews = [await begin(as_, plan)]
    reviews.append(await ok(act(tom, "goals", slo, "reviews", kind="mid_year"), 201))
    for review in reviews:
        await say(as_, review, "tom")
        await say(as_, review, "lena")
        await acknowledged(as_, review, "tom")
    await acknowledged(as_, reviews[1], "lena")
    await ok(tom.post(f"{goals}/comments", json={"text": "Between us."}), 201)
    change = {"content": {"statement": "Three of four explain a ratio."}}
    await ok(act(tom, "goals", slo, "revisions", **change), 201)
    assert await look() == before


async def test_steps_are_part_of_the_plan_and_what_both_agreed_to_stays(as_, world):
    tom, lena, paul = as_("tom"), as_("lena"), as_("paul")
    plan = await new_plan(as_, world)
    goal = await proposed(as_, world)
    await put_in(as_, plan, goal)
    stray = act(tom, "growth-plans", plan, "steps", text="A", goal_id=str(world.tom))
    await refused(stray, 409, "unknown_reference")
    film = {"title": "A film", "url": "https://films.example/hinge?x=1"}
    body = {"text": "Watch it.", "goal_id": goal["id"], "resources": [film]}
    unsafe = {**body, "resources": [{"title": "A film", "url": "http://films.example/"}]}
    await ok(act(tom, "growth-plans", plan, "steps", **unsafe), 422)
    await ok(act(tom, "growth-plans", plan, "agree"))
    made = await ok(act(lena, "growth-plans", plan, "steps", **body), 201)
    assert (made["position"], made["state"], made["owner"]) == (1, "open", "teacher")
    # a step is part of what is agreed to
    assert (await ok(tom.get(f"/growth-plans/{plan['id']}")))["agreements"] == []
    path = f"/plan-steps/{made['id']}"
    await ok(paul.get(path), 404)
    made = await ok(tom.patch(path, json={"owner": "lead"}, headers=at(made)))
    for who in ("tom", "lena"):
        plan = await ok(act(as_(who), "growth-plans", plan, "agree"))
    assert (await ok(paul.get(path)))["resources"] == [film]
    await refused(tom.patch(path, json={"text": "B"}, headers=at(made)), 409, "step_agreed")
    same = {"text": made["text"], "due_on": "2026-12-04"}
    made = await ok(tom.patch(path, json=same, headers=at(made)))
    await ok(paul.post(f"{path}/finish", headers=at(made)), 403)
    moved = await ok(tom.get(f"/growth-plans/{plan['id']}"))
    assert moved["version"] == plan["version"] + 1
    done = await ok(act(lena, "plan-steps", made, "finish"))
    assert (done["state"], done["ended_at"] is None) == ("done", False)
    await refused(act(tom, "plan-steps", made, "drop", reason="No."), 409, "wrong_state")
    first = await ok(act(tom, "growth-plans", plan, "steps", text="First", position=0), 201)
    listed = (await ok(paul.get(f"/growth-plans/{plan['id']}/steps")))["items"]
    assert [row["id"] for row in listed] == [first["id"], made["id"]]
    dropped = await ok(act(tom, "plan-steps", first, "drop", reason="Not needed."))
    assert (dropped["state"], dropped["reason"]) == ("dropped", "Not needed.")
    # a goal that leaves the plan leaves its steps behind
    await put_in(as_, plan, await proposed(as_, world))
    await ok(act(tom, "growth-plans", plan, "remove-goal", goal_id=goal["id"]))
    assert (await ok(tom.get(path)))["goal_id"] is None


async def test_reviews_move_the_plan_on_when_both_acknowledged(as_, world, ticking):
    tom, lena, paul = as_("tom"), as_("lena"), as_("paul")
    plan = await in_force(as_, world)
    path = f"/growth-plans/{plan['id']}"
    early = await refused(
        act(tom, "growth-plans", plan, "reviews", kind="end_of_year"), 409, "wrong_state"
    )
    assert early["allowed"] == ["mid_year"]
    review = await begin(as_, plan)
    assert [warning["code"] for warning in review["warnings"]] == ["outside_window"]
    again = act(lena, "growth-plans", plan, "reviews", kind="mid_year")
    await refused(again, 409, "review_exists")
    await refused(act(tom, "goal-reviews", review, "acknowledge"), 409, "own_words_missing")
    at_review = f"/goal-reviews/{review['id']}"
    draft = await ok(lena.post(f"{at_review}/parts", json={"rating": "off_track"}), 201)
    # her draft is hers: Tom sees neither it, nor that there is one
    assert await parts(as_, review, "tom") == []
    assert (await ok(tom.get(at_review)))["version"] == review["version"]
    audit = await ok(tom.get("/audit?limit=200"))
    assert not [e for e in audit["items"] if e["subject_id"] == draft["id"]]
    await refused(lena.post(f"{at_review}/parts", json={}), 409, "part_exists")
    await refused(act(lena, "goal-review-parts", draft, "submit"), 409, "part_empty")
    await say(as_, review, "tom")
    review = await acknowledged(as_, review, "tom")
    assert "acknowledge" not in review["permissions"]
    await refused(act(tom, "goal-reviews", review, "acknowledge"), 409, "already_agreed")
    hers = f"/goal-review-parts/{draft['id']}"
    words = {"words": "The checks are quick now.", "next_words": "What you do with them."}
    draft = await ok(lena.patch(hers, json=words, headers=at(draft)))
    sent = await ok(act(lena, "goal-review-parts", draft, "submit"))
    await refused(lena.patch(hers, json=words, headers=at(sent)), 409, "wrong_state")
    # what Tom acknowledged did not hold her words
    review = await acknowledged(as_, review, "lena")
    assert review["state"] == "open"
    assert [yes["capacity"] for yes in review["acknowledgements"]] == ["lead"]
    before = await ok(paul.get(path))
    assert (before["state"], before["version"]) == ("agreed", plan["version"])
    review = await acknowledged(as_, review, "tom")
    assert (review["state"], review["completed_at"] is None) == ("complete", False)
    after = await ok(paul.get(path))
    assert (after["state"], after["mid_year_reviewed_at"] is None) == ("mid_year_reviewed", False)
    # leaders read that it was reviewed, and nothing of the review
    assert (await ok(paul.get(f"{path}/reviews")))["items"] == []
    await ok(paul.get(at_review), 404)
    await ok(paul.get(hers), 404)
    audit = (await ok(paul.get("/audit?limit=200")))["items"]
    assert not [e for e in audit if e["subject_type"].startswith("goal_review")]
    assert "growth_plan.mid_year_reviewed" in {e["action"] for e in audit}
    assert [row["id"] for row in (await ok(lena.get(f"{path}/reviews")))["items"]] == [review["id"]]

    ticking.move_to("2027-05-03T15:00:00+00:00")
    made = await ok(act(tom, "growth-plans", plan, "steps", text="One more."), 201)
    final = await begin(as_, plan, "end_of_year", "lena")
    assert final["warnings"] == []
    for who in ("tom", "lena"):
        await say(as_, final, who)
    await acknowledged(as_, final, "lena", "tom")
    closed = await ok(paul.get(path))
    assert (closed["state"], closed["closed_at"] is None) == ("closed", False)
    await refused(act(tom, "plan-steps", made, "finish"), 409, "wrong_state")
    await refused(act(tom, "growth-plans", plan, "steps", text="Late."), 409, "wrong_state")
    assert (await ok(tom.get(f"/plan-steps/{made['id']}")))["permissions"] == []


async def test_any_individual_goal_is_reviewed_without_a_trace_for_leaders(as_, world):
    goal = await agreed(as_, world)
    path = f"/goals/{goal['id']}"
    draft = await proposed(as_, world)
    await refused(act(as_("tom"), "goals", draft, "reviews", kind="mid_year"), 409, "wrong_state")
    before = await as_("paul").get(path)
    review = await ok(act(as_("lena"), "goals", goal, "reviews", kind="mid_year"), 201)
    assert (review["goal_id"], review["plan_id"]) == (goal["id"], None)
    for who in ("tom", "lena"):
        await say(as_, review, who)
    review = await acknowledged(as_, review, "tom", "lena")
    assert review["state"] == "complete"
    after = await as_("paul").get(path)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    assert (await ok(as_("paul").get(f"{path}/reviews")))["items"] == []
    assert len((await ok(as_("tom").get(f"{path}/reviews")))["items"]) == 1
    late = as_("lena").post(f"/goal-reviews/{review['id']}/parts", json={})
    await refused(late, 409, "wrong_state")


async def test_a_window_that_the_district_enforces_refuses_a_review(as_, world, ticking):
    plan = await in_force(as_, world)
    policy = await ok(as_("ada").get("/district/policy"))
    values = {"windows": [{"name": "mid_year", "opens": "12-15", "closes": "02-15"}]}
    values["windows"][0]["enforce"] = True
    change = {"values": values, "reason": "One season for all."}
    await ok(as_("ada").patch("/district/policy", json=change, headers=at(policy)))
    sent = act(as_("tom"), "growth-plans", plan, "reviews", kind="mid_year")
    told = await refused(sent, 409, "outside_window")
    assert (told["opens"], told["closes"]) == ("2026-12-15", "2027-02-15")
    ticking.move_to("2026-12-15T15:00:00+00:00")
    assert (await begin(as_, plan))["warnings"] == []


async def test_a_leader_stands_in_for_the_plan_and_reads_no_words(as_, world):
    uma, paul = as_("uma"), as_("paul")
    plan = await new_plan(as_, world, "uma")
    path = f"/growth-plans/{plan['id']}"
    await put_in(as_, plan, await proposed(as_, world, "uma"), "uma")
    await ok(paul.get(path), 404)
    plan = await ok(act(uma, "growth-plans", plan, "agree"))
    seen = await ok(paul.get(path))
    assert seen["permissions"] == ["agree"]
    # a change takes back what Uma agreed to, and with it his sight of the draft
    await ok(uma.patch(path, json={"title": "Better"}, headers=at(plan)))
    await ok(paul.get(path), 404)
    await ok(act(uma, "growth-plans", plan, "agree"))
    plan = await ok(act(paul, "growth-plans", plan, "agree"))
    capacities = [yes["capacity"] for yes in plan["agreements"]]
    assert (plan["state"], capacities) == ("agreed", ["teacher", "school_leader_standing_in"])
    review = await begin(as_, plan, who="uma")
    await say(as_, review, "uma")
    await ok(paul.get(f"/goal-reviews/{review['id']}"), 404)
    await acknowledged(as_, review, "uma")
    assert await parts(as_, review, "paul") == []
    await ok(paul.post(f"/goal-reviews/{review['id']}/parts", json={}), 403)
    assert (await acknowledged(as_, review, "paul"))["state"] == "complete"
    assert (await ok(uma.get(path)))["state"] == "mid_year_reviewed"


async def test_a_new_lead_reads_what_the_teacher_puts_before_them(as_, world):
    tom, lena, luis = as_("tom"), as_("lena"), as_("luis")
    plan = await in_force(as_, world)
    later = await new_plan(as_, world, school_year_id=str(world.alder_past), title="Ours")
    past = await proposed(as_, world, school_year_id=str(world.alder_past))
    await put_in(as_, later, past)
    await ok(act(lena, "growth-plans", later, "agree"))
    review = await begin(as_, plan)
    of_lena = await say(as_, review, "lena")
    await say(as_, review, "tom")
    await acknowledged(as_, review, "tom")
    await change_lead(as_, world)

    assert (await ok(luis.get(f"/growth-plans/{plan['id']}")))["state"] == "agreed"
    await ok(luis.get(f"/growth-plans/{later['id']}"), 404)
    await ok(luis.get(f"/goal-reviews/{review['id']}"), 404)
    stays = (await ok(tom.get(f"{PATH}/{world.lena_tom}/hand-over")))["sealed"]
    told = {one["type"]: one["count"] for one in stays}
    assert (told["growth_plan"], told["goal_review"], told["goal_review_part"]) == (1, 1, 2)
    begun = act(luis, "growth-plans", plan, "reviews", kind="mid_year")
    await refused(begun, 409, "review_exists")
    # Lena keeps what she wrote, and nothing else
    await ok(lena.get(f"/growth-plans/{plan['id']}"), 404)
    await ok(lena.get(f"/goal-reviews/{review['id']}"), 404)
    assert await parts(as_, review, "lena") == [str(world.lena)]
    # What Lena agreed to binds nobody; Tom's yes puts the draft before Luis.
    later = await ok(act(tom, "growth-plans", later, "agree"))
    assert later["state"] == "draft"
    assert "agree" in (await ok(luis.get(f"/growth-plans/{later['id']}")))["permissions"]
    # The same of the review: Tom acknowledges it anew, and gives Luis his own words, not Lena's.
    assert "acknowledge" in (await ok(tom.get(f"/goal-reviews/{review['id']}")))["permissions"]
    await acknowledged(as_, review, "tom")
    assert await parts(as_, review, "luis") == [str(world.tom)]
    await ok(luis.get(f"/goal-review-parts/{of_lena['id']}"), 404)
    await refused(act(luis, "goal-reviews", review, "acknowledge"), 409, "own_words_missing")
    await say(as_, review, "luis")
    assert (await acknowledged(as_, review, "luis", "tom"))["state"] == "complete"
    assert (await ok(luis.get(f"/growth-plans/{plan['id']}")))["state"] == "mid_year_reviewed"


async def test_while_coaching_is_paused_the_lead_reads_and_writes_nothing(as_, world):
    plan = await in_force(as_, world)
    review = await begin(as_, plan)
    await say(as_, review, "tom")
    link = f"{PATH}/{world.lena_tom}"
    await step(as_("paul"), await ok(as_("paul").get(link)), "pause")
    lena = as_("lena")
    seen = await ok(lena.get(f"/growth-plans/{plan['id']}"))
    assert seen["permissions"] == []
    await ok(act(lena, "growth-plans", plan, "steps", text="No."), 403)
    assert await parts(as_, review, "lena") == [str(world.tom)]
    await ok(lena.post(f"/goal-reviews/{review['id']}/parts", json={}), 403)
    await ok(act(lena, "goal-reviews", review, "acknowledge"), 403)


async def test_two_at_the_same_moment_make_one_plan_one_review_and_one_step_on(live, world):
    def as_(who: str) -> Any:
        return live.as_(who)

    body = {"school_year_id": str(world.alder_year), "teacher_id": str(world.tom)}
    answers = await asyncio.gather(
        *(as_(who).post("/growth-plans", json=body) for who in ("tom", "lena"))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    plan = next(answer.json() for answer in answers if answer.status_code == 201)
    path = f"/growth-plans/{plan['id']}"
    plan = await put_in(as_, plan, await proposed(as_, world))
    assert await twice(live, f"{path}/agree", plan, "tom", "lena") == [200, 412]
    plan = await ok(as_("tom").get(path))
    missing = "tom" if plan["agreements"][0]["capacity"] == "lead" else "lena"
    plan = await ok(act(as_(missing), "growth-plans", plan, "agree"))
    assert plan["state"] == "agreed"
    kind = {"json": {"kind": "mid_year"}}
    assert await twice(live, f"{path}/reviews", plan, "tom", "lena", **kind) == [201, 409]
    [review] = (await ok(as_("tom").get(f"{path}/reviews")))["items"]
    for who in ("tom", "lena"):
        await say(as_, review, who)
    review = await ok(as_("tom").get(f"/goal-reviews/{review['id']}"))
    address = f"/goal-reviews/{review['id']}/acknowledge"
    assert await twice(live, address, review, "tom", "lena") == [200, 412]
    now = await ok(as_("tom").get(f"/goal-reviews/{review['id']}"))
    last = "tom" if now["acknowledgements"][0]["capacity"] == "lead" else "lena"
    assert await twice(live, address, now, last, last) in ([200, 409], [200, 412])
    done = await ok(as_("tom").get(path))
    assert (done["state"], done["version"]) == ("mid_year_reviewed", plan["version"] + 1)
