"""The week's part of the year's beginning: what each of the two can do next, and why."""

from typing import Any

import pytest

from tests.goals.test_goals import at
from tests.insights.test_week import week
from tests.meetings.test_meetings import begin, ok

pytestmark = pytest.mark.anyio

PREFERS = {
    "where_to_be": "back",
    "talk_to_students": "ask",
    "walk_around": "ask",
    "co_teach": "no",
    "model": "no",
    "notice": "none",
    "feedback_form": ["talk"],
}
NORMS = {"time": "On time.", "agenda": "The teacher's.", "confidence": "Ours.", "feedback": "One."}
#: what this page is about
CODES = {
    "write_outreach",
    "send_outreach",
    "assign_questionnaire",
    "answer_questionnaire",
    "review_questionnaire",
    "plan_conversation",
    "schedule_conversation",
    "say_what_came_of_conversation",
    "close_conversation",
    "answer_role_note",
    "write_preferences",
    "propose_agreement",
    "accept_agreement",
    "review_agreement",
    "answer_offer",
}


async def todo(as_: Any, who: str) -> dict[str, Any]:
    """What of the beginning is to be done: of Tom for Lena, of himself for Tom."""
    found = await week(as_, who)
    side = found["own"] if who == "tom" else found["teachers"][0]
    return {t["code"]: t for t in side["todo"] if t["code"] in CODES}


async def step(client: Any, path: str, verb: str, body: Any = None) -> Any:
    now = await ok(client.get(path))
    return await ok(client.post(f"{path}/{verb}", json=body, headers=at(now)))


async def test_each_step_of_the_beginning_shows_to_whoever_takes_it(as_, world, ticking):
    lena, tom = as_("lena"), as_("tom")
    assert set(await todo(as_, "lena")) == {
        "write_outreach",
        "assign_questionnaire",
        "plan_conversation",
        "propose_agreement",
    }
    assert set(await todo(as_, "tom")) == {"write_preferences"}
    due = await todo(as_, "lena")
    assert due["plan_conversation"]["due_on"] == "2026-10-30", "before goals are set"
    assert due["write_outreach"]["due_on"] is None

    series = await begin(as_, world)
    first = (await ok(tom.get(f"/meetings?series_id={series['id']}&limit=1")))["items"][0]
    assert (await todo(as_, "lena"))["write_outreach"]["due_on"] == first["on"]
    welcome = {"teacher_id": str(world.tom), "subject": "Hello", "text": "Welcome."}
    welcome = await ok(lena.post("/outreach-messages", json=welcome), 201)
    assert (await todo(as_, "lena"))["send_outreach"]["id"] == welcome["id"]
    assert set(await todo(as_, "tom")) == {"write_preferences"}, "a draft is its author's"
    await step(lena, f"/outreach-messages/{welcome['id']}", "hand-over", {})
    assert not {"write_outreach", "send_outreach"} & set(await todo(as_, "lena"))

    asked = {
        "teacher_id": str(world.tom),
        "template_id": str(world.getting_to_know_you),
        "due_on": "2026-10-09",
    }
    asked = await ok(lena.post("/questionnaires", json=asked), 201)
    path = f"/questionnaires/{asked['id']}"
    answer = (await todo(as_, "tom"))["answer_questionnaire"]
    assert (answer["id"], answer["due_on"], answer["overdue"]) == (asked["id"], "2026-10-09", False)
    draft = await ok(tom.get(f"{path}/draft"))
    told = {"answers": {"strengths": "Calm.", "challenge": "Time."}}
    await ok(tom.patch(f"{path}/draft", json=told, headers=at(draft)))
    assert "review_questionnaire" not in await todo(as_, "lena")
    await step(tom, path, "submit")
    assert "answer_questionnaire" not in await todo(as_, "tom")
    assert (await todo(as_, "lena"))["review_questionnaire"]["id"] == asked["id"]
    await step(lena, path, "review")
    assert not {"assign_questionnaire", "review_questionnaire"} & set(await todo(as_, "lena"))


async def test_conversations_show_until_they_are_closed(as_, world, ticking):
    lena = as_("lena")
    new = {"teacher_id": str(world.tom), "kind": "beginning_of_year"}
    talk = await ok(lena.post("/conversations", json=new), 201)
    path = f"/conversations/{talk['id']}"
    for who in ("lena", "tom"):
        assert (await todo(as_, who))["schedule_conversation"]["id"] == talk["id"]
    time = {"on": "2026-10-06", "at": "07:00", "minutes": 30}
    await step(lena, path, "schedule", time)
    for who in ("lena", "tom"):
        assert not {c for c in await todo(as_, who) if "conversation" in c}
    ticking.move(days=2)
    late = (await todo(as_, "tom"))["say_what_came_of_conversation"]
    assert (late["overdue"], late["due_on"]) == (True, "2026-10-06")
    await step(lena, path, "miss")
    assert "did not happen" in (await todo(as_, "tom"))["plan_conversation"]["why"]
    await step(lena, path, "plan")
    await step(lena, path, "schedule", {**time, "on": "2026-10-07"})
    await step(lena, path, "hold", {})
    assert (await todo(as_, "lena"))["close_conversation"]["id"] == talk["id"]
    assert "close_conversation" not in await todo(as_, "tom")
    # the year has other windows: in January the mid-year conversation is due
    ticking.move(days=100)
    middle = (await todo(as_, "lena"))["plan_conversation"]
    assert ("mid-year" in middle["why"], middle["due_on"]) == (True, "2027-02-15")


async def test_norms_and_questions_wait_for_whoever_has_not_answered(as_, world, ticking):
    lena, tom = as_("lena"), as_("tom")
    note = await ok(tom.post("/role-notes", json={"kind": "question", "text": "Why?"}), 201)
    assert (await todo(as_, "lena"))["answer_role_note"]["id"] == note["id"]
    assert "answer_role_note" not in await todo(as_, "tom")
    new = {"template_id": str(world.coaching_and_observation), "answers": PREFERS}
    await ok(tom.post("/coaching-preferences", json=new), 201)
    assert "write_preferences" not in await todo(as_, "tom")
    new = {
        "teacher_id": str(world.tom),
        "template_id": str(world.coaching_agreement),
        "answers": NORMS,
        "review_on": "2026-10-20",
    }
    agreement = await ok(lena.post("/coaching-agreements", json=new), 201)
    path = f"/coaching-agreements/{agreement['id']}"
    await step(lena, path, "accept")
    assert (await todo(as_, "tom"))["accept_agreement"]["id"] == agreement["id"]
    assert not {c for c in await todo(as_, "lena") if "agreement" in c}
    await step(tom, path, "accept")
    assert not {c for c in await todo(as_, "tom") if "agreement" in c}
    ticking.move(days=9)
    for who in ("lena", "tom"):
        review = (await todo(as_, who))["review_agreement"]
        assert (review["due_on"], review["overdue"]) == ("2026-10-20", False)
    version = (await ok(tom.get(path)))["version"]
    body = {"with": "school_leader"}
    await ok(tom.post(f"{path}/share", json=body, headers={"If-Match": f'"{version}"'}))
    assert "answer_offer" in await todo(as_, "lena")
    assert "answer_offer" not in await todo(as_, "tom")


async def test_a_lead_prepares_for_a_teacher_who_is_proposed(as_, world):
    paul = as_("paul")
    await step(paul, f"/coaching-relationships/{world.lena_nina}", "end", {"reason": "Anew."})
    again = {
        "lead_id": str(world.lena),
        "teacher_id": str(world.nina),
        "school_year_id": str(world.alder_year),
    }
    await ok(paul.post("/coaching-relationships", json=again), 201)
    side = next(row for row in (await week(as_, "lena"))["teachers"] if row["state"] == "proposed")
    assert {t["code"] for t in side["todo"]} == {"write_outreach", "assign_questionnaire"}
    assert (side["given_name"], side["next_meeting"]) == ("Nina", None)
    asked = {"teacher_id": str(world.nina), "template_id": str(world.getting_to_know_you)}
    await ok(as_("lena").post("/questionnaires", json=asked), 201)
    own = (await week(as_, "nina"))["own"]
    assert [t["code"] for t in own["todo"]] == ["activate_coaching", "answer_questionnaire"]
