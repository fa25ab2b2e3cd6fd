"""Feedback on school and team goals: asked, given, answered, summed up, adopted."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import Live
from tests.goals.test_goals import act, at

pytestmark = pytest.mark.anyio

SAID = {"stance": "concerns", "text": "A year is long for those who joined in spring."}


async def ok(answer: Any, status: int = 200) -> Any:
    """The body of an answer that must have this status."""
    done = await answer
    assert done.status_code == status, done.text
    return done.json() if done.content else None


async def refused(answer: Any, status: int, code: str | None = None) -> None:
    """An answer that must be this refusal."""
    done = await answer
    assert done.status_code == status, done.text
    assert code is None or done.json()["code"] == code, done.text


async def published(as_: Any, world: Any, level: str = "school") -> dict[str, Any]:
    """A school goal of Paul's, or a team goal of Lena's."""
    who = "paul" if level == "school" else "lena"
    body = {
        "level": level,
        "kind": "student_learning",
        "title": "Every reader grows",
        "statement": "Every student grows by more than a year in reading.",
        "school_year_id": str(world.alder_year),
        **({"team_id": str(world.maths)} if level == "team" else {}),
    }
    goal = await ok(as_(who).post("/goals", json=body), 201)
    return await ok(act(as_(who), goal, "publish"))


async def ask(client: Any, goal: dict[str, Any], **fields: Any) -> Any:
    """Ask about a goal until the ninth of October."""
    body = {"question": "Is it the right goal?", "until": "2026-10-09", **fields}
    return await client.post(f"/goals/{goal['id']}/feedback-rounds", json=body)


async def step(client: Any, path: str, row: dict[str, Any], name: str, **options: Any) -> Any:
    """A step of a row at its present version."""
    return await client.post(f"/{path}/{row['id']}/{name}", headers=at(row), **options)


async def test_from_the_question_to_the_change_of_the_goal(as_, world, ticking):
    paul, tom, sam = as_("paul"), as_("tom"), as_("sam")
    body = {
        "level": "school",
        "kind": "growth",
        "title": "A draft",
        "school_year_id": str(world.alder_year),
    }
    draft = await ok(paul.post("/goals", json=body), 201)
    await refused(ask(paul, draft), 409, "wrong_state")
    goal = await published(as_, world)
    assert "ask_feedback" in goal["permissions"]
    await refused(ask(tom, goal), 403)
    await refused(ask(as_("bea"), goal), 404)
    await refused(ask(paul, goal, until="2026-10-04"), 409, "until_passed")
    asked = await ok(ask(paul, goal), 201)
    # Denver's midnight, in October six hours behind
    assert asked["closes_at"] == "2026-10-10T06:00:00.000Z"
    assert (asked["state"], asked["goal_revision"]) == ("open", 1)
    # whoever asks is not asked
    assert asked["permissions"] == ["close", "read_invited"]
    await refused(ask(paul, goal), 409, "round_open")
    assert "ask_feedback" not in (await ok(paul.get(f"/goals/{goal['id']}")))["permissions"]
    path = f"/feedback-rounds/{asked['id']}"
    for stranger in ("ada", "bea", "ben", "zoe"):
        await refused(as_(stranger).get(path), 404)
    await refused(as_("juniper_warehouse").get(path), 403, "not_for_clients")
    await refused(paul.post(f"{path}/feedback", json=SAID), 403)
    waiting = await ok(tom.get("/feedback-rounds?waiting_for_me=true"))
    assert [row["id"] for row in waiting["items"]] == [asked["id"]]
    given = await ok(tom.post(f"{path}/feedback", json=SAID), 201)
    assert given["permissions"] == ["edit", "delete"]
    await refused(tom.post(f"{path}/feedback", json=SAID), 409, "already_said")
    assert (await ok(tom.get("/feedback-rounds?waiting_for_me=true")))["items"] == []
    assert len((await ok(sam.get("/feedback-rounds?waiting_for_me=true")))["items"]) == 1
    # signed: the school reads it, and only its author changes it
    said = f"/goal-feedback/{given['id']}"
    assert (await ok(sam.get(said)))["author_id"] == str(world.tom)
    await refused(sam.patch(said, json={"text": "No."}, headers=at(given)), 403)
    await refused(paul.patch(said, json={"text": "No."}, headers=at(given)), 403)
    given = await ok(tom.patch(said, json={"stance": "supports"}, headers=at(given)))
    await refused(step(sam, "goal-feedback", given, "answer", json={"answer": "Mine."}), 403)
    given = await ok(step(paul, "goal-feedback", given, "answer", json={"answer": "True."}))
    await refused(tom.delete(said, headers=at(given)), 409, "feedback_answered")
    ticking.move(minutes=1)
    given = await ok(tom.patch(said, json={"text": "Too long."}, headers=at(given)))
    assert given["answered_at"] < given["edited_at"]
    # another may take theirs back
    other = await ok(sam.post(f"{path}/feedback", json=SAID), 201)
    assert (await tom.delete(f"/goal-feedback/{other['id']}", headers=at(other))).status_code == 403
    await ok(sam.delete(f"/goal-feedback/{other['id']}", headers=at(other)), 204)
    await refused(step(paul, "feedback-rounds", asked, "summarise", json={"summary": "-"}), 409)
    asked = await ok(step(paul, "feedback-rounds", asked, "close"))
    assert asked["state"] == "closed"
    await refused(sam.post(f"{path}/feedback", json=SAID), 409, "wrong_state")
    await refused(tom.patch(said, json={"text": "More."}, headers=at(given)), 409, "round_over")
    await refused(tom.delete(said, headers=at(given)), 409, "round_over")
    assert (await ok(tom.get(said)))["permissions"] == []
    # also after the round, the writers answer
    given = await ok(step(paul, "goal-feedback", given, "answer", json={"answer": "We changed."}))
    change = {
        "goal_version": goal["version"],
        "reason": "Most said that a year is long.",
        "content": {"title": "Every reader grows each term"},
    }
    await refused(step(paul, "feedback-rounds", asked, "adopt", json=change), 409, "wrong_state")
    summed = {"summary": "One concern: a year is long."}
    await refused(step(tom, "feedback-rounds", asked, "summarise", json=summed), 403)
    asked = await ok(step(paul, "feedback-rounds", asked, "summarise", json=summed))
    assert asked["stances"] == {"supports": 1, "supports_with_changes": 0, "concerns": 0}
    assert asked["permissions"] == ["adopt", "read_invited"]
    stale = {**change, "goal_version": goal["version"] + 1}
    await refused(step(paul, "feedback-rounds", asked, "adopt", json=stale), 409, "goal_changed")
    await refused(step(tom, "feedback-rounds", asked, "adopt", json=change), 403)
    made = await ok(step(paul, "feedback-rounds", asked, "adopt", json=change), 201)
    assert (made["state"], made["feedback_round_id"]) == ("agreed", asked["id"])
    now = await ok(tom.get(f"/goals/{goal['id']}"))
    assert (now["title"], now["revision"]) == ("Every reader grows each term", 2)
    asked = await ok(tom.get(path))
    assert asked["adopted_revision_id"] == made["id"]
    change["goal_version"] = now["version"]
    again = step(paul, "feedback-rounds", asked, "adopt", json=change)
    await refused(again, 409, "already_adopted")
    # another round may follow
    await ok(ask(paul, goal), 201)
    assert len((await ok(tom.get(f"/goals/{goal['id']}/feedback-rounds")))["items"]) == 2


async def test_a_round_ends_with_its_day_and_with_its_goal(as_, world, ticking):
    tom = as_("tom")
    goal = await published(as_, world, "team")
    asked = await ok(ask(as_("lena"), goal), 201)
    path = f"/feedback-rounds/{asked['id']}"
    given = await ok(tom.post(f"{path}/feedback", json=SAID), 201)
    ticking.move_to("2026-10-10T05:59:00+00:00")
    assert "give_feedback" in (await ok(as_("nina").get(path)))["permissions"]
    ticking.move_to("2026-10-10T06:00:00+00:00")
    over = await ok(as_("nina").get(path))
    assert (over["state"], over["closed_at"], over["permissions"]) == ("closed", None, [])
    await refused(as_("nina").post(f"{path}/feedback", json=SAID), 409, "wrong_state")
    said = f"/goal-feedback/{given['id']}"
    await refused(tom.patch(said, json={"text": "More."}, headers=at(given)), 409, "round_over")
    assert (await ok(as_("nina").get("/feedback-rounds?waiting_for_me=true")))["items"] == []
    await refused(step(as_("lena"), "feedback-rounds", over, "close"), 409, "wrong_state")
    following = await ok(ask(as_("lena"), goal, until="2026-10-20"), 201)
    await ok(act(as_("lena"), goal, "close", json={"outcome": "abandoned"}))
    ended = await ok(tom.get(f"/feedback-rounds/{following['id']}"))
    assert ended["state"] == "closed"
    assert ended["closed_at"] is not None
    # what was heard may still be said; there is no goal in force to change by it
    lena = as_("lena")
    ended = await ok(lena.get(f"/feedback-rounds/{following['id']}"))
    heard = await ok(step(lena, "feedback-rounds", ended, "summarise", json={"summary": "Little."}))
    assert "adopt" not in heard["permissions"]
    closed = await ok(lena.get(f"/goals/{goal['id']}"))
    change = {"goal_version": closed["version"], "reason": "-", "content": {"title": "New"}}
    await refused(step(lena, "feedback-rounds", heard, "adopt", json=change), 409, "wrong_state")


async def _invited(client: Any, asked: dict[str, Any]) -> dict[str, bool]:
    found = await ok(client.get(f"/feedback-rounds/{asked['id']}/invited?limit=200"))
    return {row["id"]: row["answered"] for row in found["items"]}


async def _may_give(as_: Any, world: Any, asked: dict[str, Any], *people: str) -> set[str]:
    may = set()
    for name in people:
        seen = await as_(name).get(f"/feedback-rounds/{asked['id']}")
        if seen.status_code == 200 and "give_feedback" in seen.json()["permissions"]:
            may.add(str(getattr(world, name)))
    return may


async def test_who_is_asked_is_who_may_answer(as_, world):
    """The list for the writers and the right of each person are one rule."""
    alder = ["paul", "lena", "luis", "tom", "nina", "sam", "uma", "pia", "olga", "ivy", "mia"]
    goal, team_goal = await published(as_, world), await published(as_, world, "team")
    for one, who, fields, wanted in (
        (goal, "paul", {}, set(alder) - {"paul"}),
        (
            goal,
            "paul",
            {"invites": "teams", "team_ids": [str(world.maths)]},
            {*["lena", "tom", "nina"]},
        ),
        (goal, "paul", {"invites": "people", "person_ids": [str(world.ivy)]}, {"ivy"}),
        (team_goal, "lena", {}, {"tom", "nina", "paul"}),
        (team_goal, "lena", {"invites": "teams", "team_ids": [str(world.maths)]}, {"tom", "nina"}),
    ):
        asked = await ok(ask(as_(who), one, **fields), 201)
        assert asked["team_ids"] == fields.get("team_ids", [])
        invited = await _invited(as_(who), asked)
        assert set(invited) == {str(getattr(world, name)) for name in wanted}
        assert await _may_give(as_, world, asked, *alder, "ada", "bea") == set(invited)
        await refused(as_("tom").get(f"/feedback-rounds/{asked['id']}/invited"), 403)
        if one is goal and "nina" not in wanted:
            await refused(
                as_("nina").post(f"/feedback-rounds/{asked['id']}/feedback", json=SAID), 403
            )
        asked = await ok(step(as_(who), "feedback-rounds", asked, "close"))
    asked = await ok(ask(as_("paul"), goal), 201)
    await ok(as_("ivy").post(f"/feedback-rounds/{asked['id']}/feedback", json=SAID), 201)
    invited = await _invited(as_("paul"), asked)
    assert [person for person, answered in invited.items() if answered] == [str(world.ivy)]


async def test_nobody_is_asked_who_does_not_read_the_goal(as_, world):
    goal, team_goal = await published(as_, world), await published(as_, world, "team")
    paul, lena = as_("paul"), as_("lena")
    for client, one, fields, code in (
        (paul, goal, {"invites": "teams"}, "invitees_unclear"),
        (paul, goal, {"person_ids": [str(world.tom)]}, "invitees_unclear"),
        (paul, goal, {"invites": "people", "person_ids": [str(world.ben)]}, "unknown_reference"),
        (paul, goal, {"invites": "people", "person_ids": [str(world.paul)]}, "not_asked"),
        (paul, goal, {"invites": "teams", "team_ids": [str(world.readers)]}, "unknown_reference"),
        (lena, team_goal, {"invites": "people", "person_ids": [str(world.sam)]}, "not_asked"),
        (lena, team_goal, {"invites": "teams", "team_ids": [str(world.arts)]}, "unknown_reference"),
        (lena, team_goal, {"invites": "people", "person_ids": [str(world.lena)]}, "not_asked"),
    ):
        await refused(ask(client, one, **fields), 409, code)


async def test_whoever_comes_is_asked_and_whoever_leaves_is_not(as_, world, connection):
    goal = await published(as_, world, "team")
    asked = await ok(ask(as_("lena"), goal), 201)
    path = f"/feedback-rounds/{asked['id']}"
    await ok(as_("nina").post(f"{path}/feedback", json=SAID), 201)
    role = {
        "person_id": str(world.uma),
        "kind": "team_member",
        "school_id": str(world.alder),
        "team_id": str(world.maths),
    }
    await refused(as_("uma").get(path), 404)
    await ok(as_("paul").post("/roles", json=role), 201)
    assert "give_feedback" in (await ok(as_("uma").get(path)))["permissions"]
    await connection.execute(
        text(
            "update role set ended_on = '2026-10-05' where person_id = :p and team_id is not null"
        ),
        {"p": world.nina},
    )
    await refused(as_("nina").get(path), 404)
    assert set(await _invited(as_("lena"), asked)) == {
        str(getattr(world, name)) for name in ("tom", "uma", "paul")
    }
    # what she said stays
    assert len((await ok(as_("tom").get(f"{path}/feedback")))["items"]) == 1


async def test_a_repeated_key_gives_one_round_and_one_revision(as_, world):
    goal = await published(as_, world)
    paul = as_("paul", **{"Idempotency-Key": "once"})
    asked = await ok(ask(paul, goal), 201)
    assert (await ok(ask(paul, goal), 201))["id"] == asked["id"]
    asked = await ok(step(paul, "feedback-rounds", asked, "close"))
    asked = await ok(step(paul, "feedback-rounds", asked, "summarise", json={"summary": "Fine."}))
    change = {"goal_version": goal["version"], "reason": "So.", "content": {"title": "Shorter"}}
    made = await ok(step(paul, "feedback-rounds", asked, "adopt", json=change), 201)
    again = await ok(step(paul, "feedback-rounds", asked, "adopt", json=change), 201)
    assert again["id"] == made["id"]
    assert (await ok(paul.get(f"/goals/{goal['id']}")))["revision"] == 2


async def test_at_the_same_moment(live: Live):
    as_, world = live.as_, live.world
    goal = await published(as_, world)
    answers = await asyncio.gather(*(ask(as_("paul"), goal) for _ in range(3)))
    assert sorted(a.status_code for a in answers) == [201, 409, 409]
    assert {a.json().get("code") for a in answers if a.status_code == 409} == {"round_open"}
    asked = next(a.json() for a in answers if a.status_code == 201)
    path = f"/feedback-rounds/{asked['id']}"
    answers = await asyncio.gather(
        *(as_("tom").post(f"{path}/feedback", json=SAID) for _ in range(3))
    )
    assert sorted(a.status_code for a in answers) == [201, 409, 409]
    given = next(a.json() for a in answers if a.status_code == 201)
    # an answer and an edit, or a withdrawal: one of them is told
    edit, answer = await asyncio.gather(
        as_("tom").patch(f"/goal-feedback/{given['id']}", json={"text": "Yes."}, headers=at(given)),
        step(as_("paul"), "goal-feedback", given, "answer", json={"answer": "Yes."}),
    )
    assert sorted((edit.status_code, answer.status_code)) == [200, 412]
    # what is given while the round closes is in it or refused
    close, late = await asyncio.gather(
        step(as_("paul"), "feedback-rounds", asked, "close"),
        as_("sam").post(f"{path}/feedback", json=SAID),
    )
    assert close.status_code == 200
    assert late.status_code in (201, 409)
    asked = await ok(as_("paul").get(path))
    assert sum(asked["stances"].values()) == 1 + (late.status_code == 201)
    asked = await ok(
        step(as_("paul"), "feedback-rounds", asked, "summarise", json={"summary": "-"})
    )
    change = {"goal_version": goal["version"], "reason": "So.", "content": {"title": "Shorter"}}
    answers = await asyncio.gather(
        *(step(as_("paul"), "feedback-rounds", asked, "adopt", json=change) for _ in range(2))
    )
    assert sorted(a.status_code for a in answers) == [201, 412]
    assert (await ok(as_("tom").get(f"/goals/{goal['id']}")))["revision"] == 2
