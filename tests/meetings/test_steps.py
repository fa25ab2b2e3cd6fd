"""Next steps: to which meeting they belong, and by whose clock they are due."""

from typing import Any

import pytest

from tests.goals.test_goals import at
from tests.meetings.test_meetings import act, begin, hold, of, ok, refused, start

pytestmark = pytest.mark.anyio


async def write(as_: Any, world: Any, meeting: dict[str, Any], **fields: Any) -> Any:
    """A step of Tom's in a meeting that is on."""
    new = {"owner_id": str(world.tom), "text": "Try it.", "due_on": "2026-10-08", **fields}
    return await ok(as_("tom").post(f"/meetings/{meeting['id']}/next-steps", json=new), 201)


async def test_a_step_carried_over_while_the_two_sit_together_is_of_that_meeting(as_, world):
    series = await begin(as_, world)
    first, second, *_ = await of(as_, series)
    await start(as_, first)
    one, two = [await write(as_, world, first) for _ in range(2)]
    await ok(act(as_("lena"), "meetings", first, "complete", no_next_steps=False))
    later = {"due_on": "2026-10-21"}
    between = await ok(act(as_("lena"), "next-steps", one, "carry-over", **later), 201)
    assert between["meeting_id"] == first["id"]
    await start(as_, second)
    complete = act(as_("tom"), "meetings", second, "complete", no_next_steps=False)
    await refused(complete, 409, "next_steps_missing")
    carried = await ok(act(as_("tom"), "next-steps", two, "carry-over", **later), 201)
    assert carried["meeting_id"] == second["id"]
    assert carried["carried_from_id"] == two["id"]
    done = await ok(act(as_("tom"), "meetings", second, "complete", no_next_steps=False))
    assert (done["state"], done["no_next_steps"]) == ("completed", False)


async def test_a_day_is_past_at_the_school_and_not_where_somebody_travels(as_, world, ticking):
    series = await begin(as_, world)
    meeting = (await of(as_, series))[0]
    await start(as_, meeting)
    step = await write(as_, world, meeting)
    await ok(act(as_("tom"), "meetings", meeting, "complete", no_next_steps=False))
    me = await ok(as_("tom").get("/me"))
    zone = {"zone": "Pacific/Kiritimati"}  # fourteen hours before UTC, so a day ahead of Denver
    await ok(as_("tom").patch("/me", json=zone, headers={"If-Match": f'"{me["version"]}"'}))
    ticking.move_to("2026-10-08T20:00:00+00:00")  # still the eighth in Denver, the ninth there
    late = "/next-steps?overdue=true"
    assert (await ok(as_("tom").get(f"/next-steps/{step['id']}")))["overdue"] is False
    assert (await ok(as_("tom").get(late)))["items"] == []
    week = (await ok(as_("tom").get("/me/week")))["own"]["todo"]
    assert [t["overdue"] for t in week if t["code"] == "finish_next_step"] == [False]
    today = {"due_on": "2026-10-08"}
    path = f"/next-steps/{step['id']}"
    step = await ok(as_("tom").patch(path, json=today, headers=at(step)))

    ticking.move_to("2026-10-09T06:30:00+00:00")
    assert (await ok(as_("lena").get(path)))["overdue"] is True
    assert len((await ok(as_("tom").get(late)))["items"]) == 1
    week = (await ok(as_("tom").get("/me/week")))["own"]["todo"]
    assert [t["overdue"] for t in week if t["code"] == "finish_next_step"] == [True]
    await refused(as_("tom").patch(path, json=today, headers=at(step)), 409, "due_in_past")
    await refused(act(as_("tom"), "next-steps", step, "carry-over", **today), 409, "due_in_past")


async def test_a_meeting_begins_on_its_own_day_in_its_zone(as_, world, ticking):
    series = await begin(as_, world)
    first = (await of(as_, series))[0]
    ticking.move_to("2026-10-07T05:59:00+00:00")  # one minute to midnight in Denver
    await refused(act(as_("lena"), "meetings", first, "start"), 409, "not_yet")
    ticking.move(minutes=2)
    await ok(act(as_("lena"), "meetings", first, "start"))


async def test_feedback_of_before_a_review_does_not_count_again(as_, world):
    series = await begin(as_, world)
    meetings = await of(as_, series)
    path = f"/meeting-series/{series['id']}"

    async def low(meeting: dict[str, Any]) -> Any:
        await hold(as_, meeting)
        return await feedback(meeting)

    async def feedback(meeting: dict[str, Any]) -> Any:
        marks = {"structure": 1, "content": 2}
        await ok(as_("tom").post(f"/meetings/{meeting['id']}/feedback", json=marks), 201)
        return (await ok(as_("lena").get(path)))["review_due"]

    assert [await low(meeting) for meeting in meetings[:2]] == [False, True]
    # Nothing changes, and the text says why.
    review = {"agenda_changed": False, "schedule_changed": False, "text": "Two bad weeks."}
    await ok(as_("lena").post(f"{path}/reviews", json=review), 201)
    assert [await low(meeting) for meeting in meetings[2:4]] == [False, True]
    await hold(as_, meetings[4])
    ended = await ok(act(as_("tom"), "meeting-series", series, "end", reason="Enough."))
    assert ended["review_due"] is False
    assert await feedback(meetings[4]) is False
