"""The lead's Monday and the teacher's: what is next, due and overdue, and why."""

from typing import Any

import pytest

from tests.goals.test_goals import act as goal_act
from tests.goals.test_goals import at, growth
from tests.meetings.test_meetings import act, begin, hold, of, ok, start

pytestmark = pytest.mark.anyio


async def week(as_: Any, who: str) -> Any:
    """Somebody's week."""
    return await ok(as_(who).get("/me/week"))


#: what the year's beginning asks for, which is tested in test_beginnings.py
BEGINNINGS = {
    "write_outreach",
    "assign_questionnaire",
    "plan_conversation",
    "write_preferences",
    "propose_agreement",
}


def codes(side: dict[str, Any]) -> list[tuple[str, bool]]:
    """What is to be done about 1:1s and goals, in order, and whether it is late."""
    return [
        (todo["code"], todo["overdue"]) for todo in side["todo"] if todo["code"] not in BEGINNINGS
    ]


def of_meetings(side: dict[str, Any]) -> list[dict[str, Any]]:
    """The same, whole."""
    return [todo for todo in side["todo"] if todo["code"] not in BEGINNINGS]


async def test_a_lead_sees_teacher_by_teacher_what_to_do_and_why(as_, world, ticking):
    first = await week(as_, "lena")
    assert [row["given_name"] for row in first["teachers"]] == ["Tom", "Pia", "Nina"]
    assert first["own"] is None
    tom, pia, nina = first["teachers"]
    assert codes(tom) == codes(nina) == [("propose_goal", False), ("begin_series", False)]
    assert of_meetings(tom)[0]["due_on"] == "2026-10-30"
    assert (pia["state"], pia["todo"]) == ("paused", []), "nobody writes: nothing is due"

    series = await begin(as_, world)
    goal = await ok(as_("tom").post("/goals", json=growth(world)), 201)
    goal = await ok(goal_act(as_("tom"), goal, "propose"))
    await ok(goal_act(as_("tom"), goal, "agree"))
    meeting, second, *_ = await of(as_, series)
    await ok(as_("tom").post(f"/meetings/{meeting['id']}/agenda-items", json={"text": "A"}), 201)
    tom = (await week(as_, "lena"))["teachers"][0]
    assert codes(tom) == [("agree_goal", False)]
    assert goal["title"] in of_meetings(tom)[0]["why"]
    assert tom["next_meeting"]["id"] == meeting["id"]
    assert (tom["next_meeting"]["at"], tom["next_meeting"]["agenda_open"]) == ("15:00", 1)

    await start(as_, meeting)
    step = {"owner_id": str(world.lena), "text": "Bring data.", "due_on": "2026-10-08"}
    await ok(as_("tom").post(f"/meetings/{meeting['id']}/next-steps", json=step), 201)
    await ok(act(as_("tom"), "meetings", meeting, "complete", no_next_steps=False))
    ticking.move(days=8)
    tom = (await week(as_, "lena"))["teachers"][0]
    assert codes(tom) == [
        ("finish_next_step", True),
        ("say_what_came_of_meeting", True),
        ("agree_goal", False),
    ]
    assert of_meetings(tom)[1]["id"] == second["id"]


async def test_a_teacher_sees_their_own_side(as_, world, ticking):
    own = (await week(as_, "tom"))["own"]
    assert (own["person_id"], own["given_name"]) == (str(world.lena), "Lena")
    assert codes(own) == [("propose_goal", False)]
    series = await begin(as_, world)
    meeting = (await of(as_, series))[0]
    assert codes((await week(as_, "tom"))["own"]) == [
        ("fill_agenda", False),
        ("propose_goal", False),
    ]
    await ok(as_("lena").post(f"/meetings/{meeting['id']}/agenda-items", json={"text": "L"}), 201)
    assert ("fill_agenda", False) in codes((await week(as_, "tom"))["own"]), "that is the lead's"
    await hold(as_, meeting)
    assert ("give_feedback", False) in codes((await week(as_, "tom"))["own"])
    assert ("give_feedback", False) not in codes((await week(as_, "lena"))["teachers"][0])
    ticking.move(days=40)
    late = codes((await week(as_, "tom"))["own"])
    assert ("give_feedback", False) not in late, "nobody remembers"
    assert late.count(("say_what_came_of_meeting", True)) == 4


async def test_low_feedback_and_waiting_changes_show_to_both(as_, world):
    series = await begin(as_, world)
    for meeting in (await of(as_, series))[:2]:
        await hold(as_, meeting)
        low = {"structure": 1, "content": 2}
        await ok(as_("tom").post(f"/meetings/{meeting['id']}/feedback", json=low), 201)
    goal = await ok(as_("tom").post("/goals", json=growth(world)), 201)
    for who, step in (("tom", "propose"), ("tom", "agree"), ("lena", "agree")):
        goal = await ok(goal_act(as_(who), goal, step))
    change = {"content": {"title": "Another"}}
    await ok(goal_act(as_("tom"), goal, "revisions", json=change), 201)
    lead = (await week(as_, "lena"))["teachers"][0]
    assert codes(lead) == [("agree_goal_revision", False), ("review_series", False)]
    assert ("review_series", False) in codes((await week(as_, "tom"))["own"])
    assert ("agree_goal_revision", False) not in codes((await week(as_, "tom"))["own"])


async def test_a_lead_asks_about_what_the_teacher_said_they_would_do(as_, world, ticking):
    series = await begin(as_, world)
    meeting = (await of(as_, series))[0]
    await start(as_, meeting)
    path = f"/meetings/{meeting['id']}/next-steps"
    for owner, due_on in (("tom", "2026-10-08"), ("tom", "2026-10-11"), ("lena", "2026-10-08")):
        step = {"owner_id": str(world.ids[owner]), "text": "Try it.", "due_on": due_on}
        made = await ok(as_("tom").post(path, json=step), 201)
    await ok(act(as_("tom"), "meetings", meeting, "complete", no_next_steps=False))

    async def steps(who: str) -> list[tuple[str, bool]]:
        found = await week(as_, who)
        side = found["own"] or found["teachers"][0]
        return [t for t in codes(side) if t[0].endswith("next_step")]

    mine, theirs = "finish_next_step", "ask_about_next_step"
    assert await steps("lena") == [(mine, False)], "nothing of Tom's is late"
    ticking.move_to("2026-10-09T16:00:00+00:00")
    assert await steps("lena") == [(theirs, True), (mine, True)]
    assert await steps("tom") == [(mine, True), (mine, False)], "the lead's is the lead's"
    await ok(act(as_("lena"), "next-steps", made, "finish"))
    assert await steps("lena") == [(theirs, True)]


async def test_goal_setting_stays_to_be_done_once_its_window_has_closed(as_, world, ticking):
    ticking.move_to("2026-11-02T16:00:00+00:00")
    for who, side in (("lena", "teachers"), ("tom", "own")):
        found = (await week(as_, who))[side]
        todo = of_meetings(found[0] if side == "teachers" else found)[0]
        assert (todo["code"], todo["due_on"], todo["overdue"]) == (
            "propose_goal",
            "2026-10-30",
            True,
        )
    goal = await ok(as_("tom").post("/goals", json=growth(world)), 201)
    goal = await ok(goal_act(as_("tom"), goal, "propose"))
    assert "propose_goal" not in str(await week(as_, "tom"))
    assert ("agree_goal", True) in codes((await week(as_, "lena"))["teachers"][0])
    for who in ("tom", "lena"):
        goal = await ok(goal_act(as_(who), goal, "agree"))
    assert codes((await week(as_, "tom"))["own"]) == []
    # A goal that was reached was a goal: nothing is asked again this year.
    done = {"outcome": "met", "evidence": "Every visit."}
    await ok(goal_act(as_("tom"), goal, "close", json=done))
    [waiting] = (await ok(as_("lena").get(f"/goals/{goal['id']}/revisions")))["items"]
    path = f"/goal-revisions/{waiting['id']}/agree"
    await ok(as_("lena").post(path, headers=at(waiting)))
    assert codes((await week(as_, "tom"))["own"]) == []
    assert ("propose_goal", True) in codes((await week(as_, "lena"))["teachers"][2]), "Nina's"
    ticking.move_to("2027-06-07T16:00:00+00:00")  # the year is over
    assert "propose_goal" not in str(await week(as_, "lena"))


async def test_days_that_the_school_calendar_has_off(as_, world, ticking):
    series = await begin(as_, world)
    year = await ok(as_("paul").get(f"/school-years/{world.alder_year}"))
    calendar = {
        "first_day": year["first_day"],
        "last_day": year["last_day"],
        "days": [
            {"from": day, "to": day, "kind": "day_off", "title": "Snow"}
            for day in ("2026-10-07", "2026-10-21")
        ],
    }
    path = f"/school-years/{world.alder_year}/calendar"
    await ok(as_("paul").put(path, json=calendar, headers=at(year)))

    async def about_meetings(who: str) -> list[tuple[str, str]]:
        found = await week(as_, who)
        side = found["own"] or found["teachers"][0]
        return [(t["code"], t["due_on"]) for t in side["todo"] if "meeting" in t["code"]]

    for who in ("lena", "tom"):
        assert await about_meetings(who) == [("meeting_on_day_off", "2026-10-07")]
    ticking.move_to("2026-10-15T16:00:00+00:00")
    for who in ("lena", "tom"):
        assert await about_meetings(who) == [
            ("say_what_came_of_meeting", "2026-10-14"),
            ("meeting_on_day_off", "2026-10-21"),
        ], "nobody asks what came of a snow day"
    third = (await of(as_, series))[2]
    await ok(act(as_("tom"), "meetings", third, "skip", skip="holiday"))
    assert await about_meetings("lena") == [("say_what_came_of_meeting", "2026-10-14")]


@pytest.mark.parametrize("who", ["paul", "ada", "ivy", "uma"])
async def test_who_coaches_nobody_has_an_empty_week(as_, who):
    found = await week(as_, who)
    assert (found["teachers"], found["own"]) == ([], None)
