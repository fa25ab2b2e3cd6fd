"""The rhythm over time: days left out, what cadence counts, who leads, what an end leaves."""

from typing import Any

import pytest

from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import act, begin, hold, of, ok, refused, start, weekly

pytestmark = pytest.mark.anyio


async def cadence(as_: Any, series: dict[str, Any], query: str = "") -> Any:
    """How well a series is kept, as Tom reads it."""
    return await ok(as_("tom").get(f"/meeting-series/{series['id']}/cadence{query}"))


async def test_what_was_due_after_a_series_ended_does_not_count(as_, world, ticking):
    series = await begin(as_, world)
    first, second, *_ = await of(as_, series)
    await hold(as_, first)
    ticking.move_to(second["starts_at"])
    ticking.move(hours=-3)  # on the day of the second, before it
    await ok(act(as_("tom"), "meeting-series", series, "end", reason="Another rhythm."))
    ended = await ok(as_("tom").get(f"/meeting-series/{series['id']}"))
    assert ended["ended_at"] is not None
    ticking.move(days=40)
    counted = await cadence(as_, series)
    assert (counted["to"], counted["due"], counted["held"], counted["kept"]) == (
        "2026-10-14",
        1,
        1,
        1,
    )
    assert counted["cancelled"] == 0


async def test_what_was_due_after_the_coaching_ended_does_not_count(as_, world, ticking):
    series = await begin(as_, world)
    first, second, *_ = await of(as_, series)
    await hold(as_, first)
    ticking.move_to(second["starts_at"])
    ticking.move(hours=1)
    await change_lead(as_, world)
    ticking.move(days=40)
    counted = await cadence(as_, series)
    assert (counted["due"], counted["held"], counted["missed"], counted["kept"]) == (2, 1, 1, 0.5)


async def test_a_meeting_that_was_held_before_its_day_counts(as_, world, ticking):
    series = await begin(as_, world)
    second = (await of(as_, series))[1]
    sooner = {"on": "2026-10-12", "reason": "A trip."}
    moved = await ok(as_("tom").patch(f"/meetings/{second['id']}", json=sooner, headers=at(second)))
    await hold(as_, moved)
    counted = await cadence(as_, series)
    assert (counted["due"], counted["held"], counted["unanswered"]) == (2, 1, 1)
    assert (await cadence(as_, series, "?to=2026-10-11"))["held"] == 0


async def test_a_week_that_is_left_out_afterwards_shows(as_, world, ticking):
    series = await begin(as_, world)
    first, second, *_ = await of(as_, series)
    await ok(act(as_("tom"), "meetings", second, "skip", skip="testing"))
    ticking.move_to(first["ends_at"])
    ticking.move(hours=4)  # still its day
    third = (await of(as_, series))[2]
    ticking.move(days=30)
    await ok(act(as_("lena"), "meetings", third, "skip", skip="leave"))
    counted = await cadence(as_, series)
    assert (counted["excluded"], counted["excluded_afterwards"]) == (2, 1)


async def test_days_that_clash_are_left_out_of_a_change_and_of_going_on(as_, world):
    series = await begin(as_, world)
    lena, path = as_("lena"), f"/meeting-series/{series['id']}"
    other = {"teacher_id": str(world.nina), "at": "16:00"}
    await ok(lena.post("/meetings", json=other | {"on": "2026-10-21"}), 201)
    later: dict[str, Any] = {"at": "16:00"}
    said = await refused(lena.patch(path, json=later, headers=at(series)), 409, "double_booked")
    for wrong in (
        [{"on": "2026-10-22", "skip": "leave"}],
        [{"on": "2026-10-21", "skip": "leave"}, {"on": "2026-10-21", "skip": "testing"}],
    ):
        body = later | {"exceptions": wrong}
        await refused(lena.patch(path, json=body, headers=at(series)), 409, "dates_do_not_fit")
    clash = [{"on": day["on"], "skip": "leave"} for day in said["times"]]
    body = later | {"exceptions": clash}
    series = await ok(lena.patch(path, json=body, headers=at(series)))
    now = {m["on"]: (m["state"], m["at"], m["skip"]) for m in await of(as_, series)}
    assert now["2026-10-14"] == ("scheduled", "16:00", None)
    assert now["2026-10-21"] == ("skipped", "15:00", "leave")

    paused = await ok(act(lena, "meeting-series", series, "pause"))
    await ok(lena.post("/meetings", json=other | {"on": "2026-10-28"}), 201)
    said = await refused(act(lena, "meeting-series", paused, "resume"), 409, "double_booked")
    assert [day["on"] for day in said["times"]] == ["2026-10-28"]
    twice = [{"on": "2026-10-28", "skip": "leave"}] * 2
    for wrong in (twice, [{"on": "2026-10-21", "skip": "leave"}]):  # that one is left out already
        going_on = act(lena, "meeting-series", paused, "resume", exceptions=wrong)
        await refused(going_on, 409, "dates_do_not_fit")
    left_out = [{"on": "2026-10-28", "skip": "testing"}]
    series = await ok(act(lena, "meeting-series", paused, "resume", exceptions=left_out))
    assert series["state"] == "active"
    now = {m["on"]: (m["state"], m["skip"]) for m in await of(as_, series)}
    assert now["2026-10-28"] == ("skipped", "testing")
    assert now["2026-11-04"] == ("scheduled", None)


async def test_days_alone_can_be_left_out_and_their_time_is_free(as_, world):
    series = await begin(as_, world)
    second = (await of(as_, series))[1]
    path = f"/meetings/{second['id']}/agenda-items"
    await ok(as_("tom").post(path, json={"text": "Still open"}), 201)
    body = {"exceptions": [{"on": "2026-10-14", "skip": "leave"}]}
    target = f"/meeting-series/{series['id']}"
    changed = await ok(as_("tom").patch(target, json=body, headers=at(series)))
    assert changed["version"] == series["version"] + 1
    free = {"teacher_id": str(world.nina), "on": "2026-10-14", "at": "15:00"}
    await ok(as_("lena").post("/meetings", json=free), 201)
    first = (await of(as_, series))[0]
    [item] = (await ok(as_("tom").get(f"/meetings/{first['id']}/agenda-items")))["items"]
    assert item["text"] == "Still open"


async def test_a_day_stands_once_among_the_exceptions(as_, world):
    twice = [{"on": "2026-10-14", "skip": "leave"}, {"on": "2026-10-14", "skip": "testing"}]
    body = weekly(world, exceptions=twice)
    await refused(as_("lena").post("/meeting-series", json=body), 409, "dates_do_not_fit")


async def test_days_that_are_reversed_are_told_so(as_, world):
    series = await begin(as_, world)
    query = "?from=2026-10-09&to=2026-10-08"
    for path in ("/meetings", f"/meeting-series/{series['id']}/cadence"):
        await refused(as_("tom").get(path + query), 400, "days_reversed")
        await ok(as_("tom").get(f"{path}?from=2026-10-08&to=2026-10-08"))


async def test_that_the_lead_leads_is_the_teachers_to_say(as_, world):
    tom, lena = as_("tom"), as_("lena")
    by_lead = {"led_by": "lead"}
    body = weekly(world, **by_lead)
    await refused(lena.post("/meeting-series", json=body), 409, "teacher_leads")
    series = await begin(as_, world)
    path = f"/meeting-series/{series['id']}"
    await refused(lena.patch(path, json=by_lead, headers=at(series)), 409, "teacher_leads")
    alone = {"teacher_id": str(world.tom), "on": "2026-10-09", "at": "09:00", **by_lead}
    await refused(lena.post("/meetings", json=alone), 409, "teacher_leads")
    meeting = (await of(as_, series))[0]
    change = lena.patch(f"/meetings/{meeting['id']}", json=by_lead, headers=at(meeting))
    await refused(change, 409, "teacher_leads")

    own = {"on": "2026-10-09", "at": "09:00", **by_lead}
    assert (await ok(tom.post("/meetings", json=own), 201))["led_by"] == "lead"
    series = await ok(tom.patch(path, json=by_lead, headers=at(series)))
    meeting, other, *_ = await of(as_, series)
    assert meeting["led_by"] == "lead"
    target = f"/meetings/{meeting['id']}"
    back = await ok(lena.patch(target, json={"led_by": "teacher"}, headers=at(meeting)))
    assert back["led_by"] == "teacher"
    # What the teacher said of the series, said again, takes no single meeting back.
    again = by_lead | {"place": "Room 12"}
    series = await ok(lena.patch(path, json=again, headers=at(series)))
    assert (series["led_by"], series["place"]) == ("lead", "Room 12")
    now = await of(as_, series)
    assert [m["led_by"] for m in now[:2]] == ["teacher", other["led_by"]]


@pytest.mark.parametrize(
    ("step", "state"), [("kept", "completed"), ("dropped", "cancelled"), (None, "cancelled")]
)
async def test_when_coaching_ends_what_happened_stays(as_, world, ticking, step, state):
    series = await begin(as_, world)
    past, now, coming, *_ = await of(as_, series)
    ticking.move_to(past["ends_at"])
    ticking.move(hours=1)
    await start(as_, now)
    if step:
        new = {"owner_id": str(world.tom), "text": "Try it.", "due_on": "2026-10-20"}
        made = await ok(as_("tom").post(f"/meetings/{now['id']}/next-steps", json=new), 201)
        if step == "dropped":
            await ok(act(as_("tom"), "next-steps", made, "drop", reason="No."))
    await change_lead(as_, world)
    found = {m["id"]: m for m in await of(as_, series)}
    assert [found[m["id"]]["state"] for m in (past, now, coming)] == ["missed", state, "cancelled"]
    assert (found[now["id"]]["completed_at"] is not None) == (state == "completed")
    assert found[past["id"]]["version"] == past["version"] + 1
    for row in (past, coming):  # their time is free
        when = {"on": coming["on"], "at": coming["at"], "teacher_id": str(world.nina)}
        if row is coming:
            await ok(as_("lena").post("/meetings", json=when), 201)
