"""1:1s end to end: the rhythm, wall time, double booking, what becomes of a meeting, the agenda."""

from datetime import date
from typing import Any

import pytest

from app.meetings.times import instant
from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.world import Ticking

pytestmark = pytest.mark.anyio


def weekly(world: Any, **fields: Any) -> dict[str, Any]:
    """Tom and Lena, Wednesdays at three, for five weeks from the day after tomorrow."""
    return {
        "teacher_id": str(world.tom),
        "first_on": "2026-10-07",
        "last_on": "2026-11-04",
        "at": "15:00",
        **fields,
    }


async def begin(as_: Any, world: Any, **fields: Any) -> dict[str, Any]:
    """A series as Lena begins it."""
    return await ok(as_("lena").post("/meeting-series", json=weekly(world, **fields)), 201)


async def ok(sent: Any, status: int = 200) -> Any:
    """The body of an answer that must have this status."""
    answer = await sent
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def refused(sent: Any, status: int, code: str) -> Any:
    """The body of a refusal."""
    body = await ok(sent, status)
    assert body["code"] == code, body
    return body


async def of(as_: Any, series: dict[str, Any], who: str = "tom") -> list[dict[str, Any]]:
    """The meetings of a series, in order."""
    found = await ok(as_(who).get(f"/meetings?series_id={series['id']}&limit=200"))
    items: list[dict[str, Any]] = found["items"]
    return items


async def act(client: Any, kind: str, row: dict[str, Any], step: str, **body: Any) -> Any:
    """A step of a resource at its present version."""
    now = await ok(client.get(f"/{kind}/{row['id']}"))
    options = {"json": body} if body else {}
    return await client.post(f"/{kind}/{row['id']}/{step}", headers=at(now), **options)


async def start(as_: Any, meeting: dict[str, Any]) -> Any:
    """Start a meeting, at its time if that is still to come."""
    Ticking.of_test.move_to(meeting["starts_at"])
    return await ok(act(as_("tom"), "meetings", meeting, "start"))


async def hold(as_: Any, meeting: dict[str, Any]) -> None:
    """Start and complete a meeting."""
    await start(as_, meeting)
    await ok(act(as_("tom"), "meetings", meeting, "complete", no_next_steps=True))


async def test_a_series_is_made_ahead_and_keeps_its_wall_time_across_a_clock_change(as_, world):
    series = await begin(as_, world)
    assert (series["led_by"], series["zone"]) == ("teacher", "America/Denver")
    meetings = await of(as_, series)
    assert [m["on"] for m in meetings] == [
        "2026-10-07",
        "2026-10-14",
        "2026-10-21",
        "2026-10-28",
        "2026-11-04",
    ]
    # Denver leaves summer time on 1 November: one hour later in UTC, the same on the wall.
    assert [m["starts_at"][11:16] for m in meetings] == ["21:00"] * 4 + ["22:00"]
    assert {m["at"] for m in meetings} == {"15:00"}
    for stranger in ("paul", "ada", "luis", "nina", "ivy", "zoe"):
        await refused(as_(stranger).get(f"/meetings/{meetings[0]['id']}"), 404, "not_found")
        assert (await ok(as_(stranger).get("/meetings")))["items"] == []


@pytest.mark.parametrize(
    ("on", "at_", "expected", "moved"),
    [
        (date(2027, 3, 14), "02:30", "2027-03-14T09:30", True),  # skipped: 03:30 on the wall
        (date(2026, 11, 1), "01:30", "2026-11-01T07:30", False),  # twice: the first
        (date(2026, 10, 7), "15:00", "2026-10-07T21:00", False),
    ],
)
def test_wall_time(on, at_, expected, moved):
    found, was_moved = instant(on, at_, "America/Denver")
    assert (found.isoformat()[:16], was_moved) == (expected, moved)


async def test_a_cadence_other_than_weekly_or_two_weeks_carries_a_reason(as_, world):
    lena = as_("lena")
    unexplained = weekly(world, every_weeks=3)
    await refused(lena.post("/meeting-series", json=unexplained), 409, "cadence_unexplained")
    series = await begin(as_, world, every_weeks=3, cadence_reason="Tom is away on Wednesdays.")
    assert len(await of(as_, series)) == 2


async def test_a_pair_has_one_series_and_dates_that_fit(as_, world):
    lena = as_("lena")
    for wrong in (
        {"first_on": "2026-10-04"},
        {"first_on": "2026-11-11"},
        {"last_on": "2028-01-01"},
        {"exceptions": [{"on": "2026-10-08", "skip": "leave"}]},
    ):
        body = weekly(world, **wrong)
        said = await refused(lena.post("/meeting-series", json=body), 409, "dates_do_not_fit")
        assert {"first", "last"} <= said.keys()
    await begin(as_, world)
    second = weekly(world, at="08:00")
    await refused(as_("tom").post("/meeting-series", json=second), 409, "series_exists")
    unknown = weekly(world, teacher_id=str(world.ben))
    await refused(lena.post("/meeting-series", json=unknown), 409, "unknown_reference")
    paused = weekly(world, teacher_id=str(world.pia))
    said = await refused(lena.post("/meeting-series", json=paused), 409, "coaching_not_active")
    assert said["state"] == "paused"
    await refused(as_("paul").post("/meeting-series", json=weekly(world)), 403, "forbidden")


async def test_nobody_is_double_booked_and_the_refusal_names_only_times(as_, world):
    await begin(as_, world, exceptions=[{"on": "2026-10-14", "skip": "leave"}])
    nina = weekly(world, teacher_id=str(world.nina), at="15:15")
    said = await refused(as_("lena").post("/meeting-series", json=nina), 409, "double_booked")
    assert said["times"] == [
        {"on": day, "at": "15:15"}
        for day in ("2026-10-07", "2026-10-21", "2026-10-28", "2026-11-04")
    ]
    assert "Tom" not in str(said)
    assert str(world.tom) not in str(said)
    assert (await ok(as_("nina").get("/meetings")))["items"] == [], "half a series stayed"
    # The week that is left out is free, and so is the minute the other one ends.
    free = {"teacher_id": str(world.nina), "on": "2026-10-14", "at": "15:00"}
    await ok(as_("lena").post("/meetings", json=free), 201)
    await ok(as_("lena").post("/meetings", json=free | {"on": "2026-10-07", "at": "15:30"}), 201)
    await refused(
        as_("lena").post("/meetings", json=free | {"on": "2026-10-07"}), 409, "double_booked"
    )


async def test_a_moved_meeting_stays_when_the_series_changes(as_, world):
    series = await begin(as_, world)
    first, second, *_ = await of(as_, series)
    tom, path = as_("tom"), f"/meetings/{first['id']}"
    later = {"on": "2026-10-08"}
    await refused(tom.patch(path, json=later, headers=at(first)), 409, "move_unexplained")
    outside = {"on": "2026-07-01", "reason": "Summer."}
    await refused(tom.patch(path, json=outside, headers=at(first)), 409, "dates_do_not_fit")
    moved = await ok(tom.patch(path, json=later | {"reason": "A trip."}, headers=at(first)))
    assert (moved["on"], moved["due_on"], moved["moved"]) == ("2026-10-08", "2026-10-07", True)
    clash = {"on": "2026-10-14", "reason": "Both on one day."}
    await refused(tom.patch(path, json=clash, headers=at(moved)), 409, "double_booked")
    change = {"at": "16:00", "led_by": "lead"}
    series = await ok(tom.patch(f"/meeting-series/{series['id']}", json=change, headers=at(series)))
    now = await of(as_, series)
    assert [(m["on"], m["at"], m["led_by"]) for m in now[:2]] == [
        ("2026-10-08", "15:00", "teacher"),
        ("2026-10-14", "16:00", "lead"),
    ]
    stale = tom.patch(f"/meetings/{second['id']}", json={"place": "Here"}, headers=at(second))
    await refused(stale, 412, "version_mismatch")
    # The time it left is free again.
    other = {"teacher_id": str(world.nina), "on": "2026-10-14", "at": "15:00"}
    await ok(as_("lena").post("/meetings", json=other), 201)


async def test_a_new_time_of_the_series_alone_makes_what_was_read_stale(as_, world):
    series = await begin(as_, world)
    first = (await of(as_, series))[0]
    change = {"minutes": 45}
    series = await ok(
        as_("tom").patch(f"/meeting-series/{series['id']}", json=change, headers=at(series))
    )
    now = (await of(as_, series))[0]
    assert (now["minutes"], now["version"]) == (45, first["version"] + 1)
    stale = as_("lena").patch(f"/meetings/{first['id']}", json={"place": "Here"}, headers=at(first))
    await refused(stale, 412, "version_mismatch")


async def test_a_teacher_is_not_in_two_places_either(as_, world):
    """Luis leads Sam and is himself coached by Lena."""
    pair = {
        "lead_id": str(world.lena),
        "teacher_id": str(world.luis),
        "school_year_id": str(world.alder_year),
    }
    made = await ok(as_("paul").post("/coaching-relationships", json=pair), 201)
    path = f"/coaching-relationships/{made['id']}/activate"
    await ok(as_("luis").post(path, headers=at(made)))
    await ok(
        as_("luis").post("/meeting-series", json=weekly(world, teacher_id=str(world.sam))), 201
    )
    as_teacher = {"on": "2026-10-14", "at": "15:10"}
    said = await refused(as_("luis").post("/meetings", json=as_teacher), 409, "double_booked")
    assert said["times"] == [as_teacher]
    asked = as_teacher | {"teacher_id": str(world.luis)}
    await refused(as_("lena").post("/meetings", json=asked), 409, "double_booked")


async def test_a_series_that_clashes_after_a_change_or_a_pause_stays_as_it_was(as_, world):
    series = await begin(as_, world)
    other = {"teacher_id": str(world.nina), "on": "2026-10-21", "at": "16:00"}
    await ok(as_("lena").post("/meetings", json=other), 201)
    lena, path = as_("lena"), f"/meeting-series/{series['id']}"
    await refused(lena.patch(path, json={"at": "16:15"}, headers=at(series)), 409, "double_booked")
    assert {m["at"] for m in await of(as_, series)} == {"15:00"}
    paused = await ok(act(lena, "meeting-series", series, "pause"))
    assert {m["state"] for m in await of(as_, series)} == {"skipped"}
    taken = await ok(lena.post("/meetings", json=other | {"on": "2026-10-28", "at": "15:00"}), 201)
    await refused(act(lena, "meeting-series", paused, "resume"), 409, "double_booked")
    await ok(act(lena, "meetings", taken, "cancel", reason="Not needed."))
    await ok(act(lena, "meeting-series", paused, "resume"))
    assert {m["state"] for m in await of(as_, series)} == {"scheduled"}


async def test_cadence_counts_what_was_due_and_could_be_held(as_, world, ticking):
    year = await ok(as_("paul").get(f"/school-years/{world.alder_year}"))
    calendar = {
        "first_day": year["first_day"],
        "last_day": year["last_day"],
        "days": [
            {"from": "2026-10-28", "to": "2026-10-28", "kind": "day_off", "title": "Conference"}
        ],
    }
    await ok(
        as_("paul").put(
            f"/school-years/{world.alder_year}/calendar", json=calendar, headers=at(year)
        )
    )
    series = await begin(as_, world, last_on="2026-11-18")
    meetings = await of(as_, series)
    assert [m["skip"] for m in meetings if m["state"] == "skipped"] == ["holiday"]
    path = f"/meeting-series/{series['id']}/cadence"
    assert (await ok(as_("tom").get(path)))["kept"] is None
    await refused(act(as_("tom"), "meetings", meetings[0], "miss"), 409, "not_yet")
    ticking.move(days=60)
    await hold(as_, meetings[0])
    await hold(as_, meetings[1])
    await ok(act(as_("lena"), "meetings", meetings[2], "miss"))
    await ok(act(as_("lena"), "meetings", meetings[4], "cancel", reason="A meeting of all."))
    await ok(act(as_("tom"), "meetings", meetings[5], "skip", skip="leave"))
    counted = await ok(as_("lena").get(path))
    assert counted == {
        "from": "2026-10-07",
        "to": "2026-12-04",
        "due": 7,
        "held": 2,
        "excluded": 2,
        "excluded_afterwards": 1,
        "missed": 1,
        "cancelled": 1,
        "unanswered": 1,
        "kept": 0.4,
    }
    part = await ok(as_("lena").get(f"{path}?from=2026-10-07&to=2026-10-14"))
    assert (part["due"], part["held"], part["kept"]) == (2, 2, 1)
    await refused(as_("paul").get(path), 404, "not_found")


async def test_leaders_see_that_it_happens_and_no_word_of_it(as_, world):
    series = await begin(as_, world, place="The secret place")
    meeting = (await of(as_, series))[0]
    await ok(
        as_("tom").post(f"/meetings/{meeting['id']}/agenda-items", json={"text": "Secret."}), 201
    )
    await hold(as_, meeting)
    seen = await ok(as_("paul").get(f"/activity?teacher_id={world.tom}&to=2026-10-08"))
    assert seen["items"] == [
        {
            "kind": "meeting",
            "on": "2026-10-07",
            "state": "completed",
            "teacher_id": str(world.tom),
            "lead_id": str(world.lena),
            "observer_id": None,
            "minutes": 30,
        }
    ]
    for who, count in {"tom": 5, "lena": 5, "ada": 0, "luis": 0, "bea": 0, "ivy": 0}.items():
        listed = await ok(as_(who).get("/activity?from=2026-10-07&to=2026-12-01"))
        assert len(listed["items"]) == count, who
    text = (await as_("paul").get("/activity?to=2027-06-01")).text + (
        await as_("paul").get("/audit")
    ).text
    assert "ecret" not in text


async def test_a_meeting_closes_with_next_steps_or_the_word_that_there_are_none(as_, world):
    series = await begin(as_, world)
    meeting = (await of(as_, series))[0]
    path = f"/meetings/{meeting['id']}/next-steps"
    step = {"owner_id": str(world.tom), "text": "Try it.", "due_on": "2026-10-12"}
    tom = as_("tom")
    await refused(tom.post(path, json=step), 409, "wrong_state")
    await refused(act(tom, "meetings", meeting, "start"), 409, "not_yet")
    await start(as_, meeting)
    said = await refused(
        act(tom, "meetings", meeting, "complete", no_next_steps=False), 409, "next_steps_missing"
    )
    assert [entry["code"] for entry in said["missing"]] == ["next_steps"]
    stranger = step | {"owner_id": str(world.paul)}
    await refused(tom.post(path, json=stranger), 409, "not_of_the_pair")
    await refused(tom.post(path, json=step | {"due_on": "2026-10-01"}), 409, "due_in_past")
    dropped = await ok(tom.post(path, json=step), 201)
    await ok(act(tom, "next-steps", dropped, "drop", reason="Not this one."))
    await refused(
        act(tom, "meetings", meeting, "complete", no_next_steps=False), 409, "next_steps_missing"
    )
    made = await ok(tom.post(path, json=step), 201)
    done = await ok(act(as_("lena"), "meetings", meeting, "complete", no_next_steps=True))
    assert (done["state"], done["no_next_steps"]) == ("completed", False)
    late = {"due_on": "2026-10-01"}
    at_ = f"/next-steps/{made['id']}"
    await refused(tom.patch(at_, json=late, headers=at(made)), 409, "due_in_past")
    await refused(
        tom.patch(at_, json={"owner_id": str(world.ada)}, headers=at(made)),
        409,
        "not_of_the_pair",
    )
    await refused(act(tom, "next-steps", made, "carry-over", **late), 409, "due_in_past")


async def test_steps_are_overdue_carried_over_and_follow_the_teacher(as_, world, ticking):
    series = await begin(as_, world)
    meeting = (await of(as_, series))[0]
    await start(as_, meeting)
    path = f"/meetings/{meeting['id']}/next-steps"
    step = {"owner_id": str(world.lena), "text": "Bring data.", "due_on": "2026-10-08"}
    made = await ok(as_("tom").post(path, json=step), 201)
    other = await ok(as_("tom").post(path, json=step), 201)
    await ok(act(as_("tom"), "next-steps", other, "finish"))
    assert (await ok(as_("lena").get("/next-steps?overdue=true")))["items"] == []
    ticking.move(days=3)
    [late] = (await ok(as_("lena").get("/next-steps?overdue=true")))["items"]
    assert (late["id"], late["overdue"]) == (made["id"], True)
    assert len((await ok(as_("lena").get("/next-steps?overdue=false")))["items"]) == 1
    carried = await ok(act(as_("lena"), "next-steps", made, "carry-over", due_on="2026-10-20"), 201)
    assert carried["carried_from_id"] == made["id"]
    before = await ok(as_("tom").get(f"/next-steps/{made['id']}"))
    assert (before["state"], before["due_on"]) == ("carried_over", "2026-10-08")

    await change_lead(as_, world)
    now = (await ok(as_("luis").get("/next-steps")))["items"]
    assert [row["id"] for row in now] == [carried["id"]], "only what is open follows"
    await refused(as_("luis").get(f"/meetings/{meeting['id']}"), 404, "not_found")
    await refused(as_("lena").get(f"/next-steps/{other['id']}"), 404, "not_found")
    done = await ok(act(as_("luis"), "next-steps", carried, "finish"))
    assert (done["state"], done["lead_id"]) == ("done", str(world.luis))


async def test_when_coaching_ends_so_does_the_rhythm_and_the_time_is_free(as_, world):
    series = await begin(as_, world)
    await change_lead(as_, world)
    await refused(as_("lena").get("/meetings?cursor=x"), 400, "bad_cursor")
    ended = await ok(as_("tom").get(f"/meeting-series/{series['id']}"))
    assert (ended["state"], ended["end_reason"]) == ("ended", "coaching_ended")
    assert {m["state"] for m in await of(as_, series)} == {"cancelled"}
    body = weekly(world)
    again = await ok(as_("luis").post("/meeting-series", json=body), 201)
    assert again["lead_id"] == str(world.luis)
    assert {m["series_id"] for m in (await ok(as_("luis").get("/meetings")))["items"]} == {
        again["id"]
    }


async def test_the_agenda_is_the_teachers(as_, world):
    series = await begin(as_, world)
    first, second, *_ = await of(as_, series)
    path = f"/meetings/{first['id']}/agenda-items"
    tom, lena = as_("tom"), as_("lena")
    by_lena = await ok(lena.post(path, json={"text": "Data"}), 201)
    one = await ok(tom.post(path, json={"text": "One"}), 201)
    two = await ok(tom.post(path, json={"text": "Two"}), 201)

    async def agenda() -> list[str]:
        return [item["text"] for item in (await ok(lena.get(path)))["items"]]

    assert await agenda() == ["One", "Two", "Data"]
    await refused(act(lena, "agenda-items", by_lena, "move", position=1), 403, "forbidden")
    await refused(act(lena, "agenda-items", one, "drop"), 403, "forbidden")
    await ok(act(tom, "agenda-items", two, "move", position=1))
    await ok(act(tom, "agenda-items", by_lena, "move", position=99))
    assert await agenda() == ["Two", "One", "Data"]
    # Others were moved around it; its text can still be changed at the version that was read.
    changed = await ok(
        tom.patch(f"/agenda-items/{one['id']}", json={"text": "Uno"}, headers=at(one))
    )
    stale = tom.patch(f"/agenda-items/{one['id']}", json={"text": "Eins"}, headers=at(one))
    await refused(stale, 412, "version_mismatch")
    texts = (await ok(lena.get(f"/agenda-items/{one['id']}/history")))["items"]
    assert [(row["number"], row["text"]) for row in texts] == [(1, "One"), (2, "Uno")]
    for client in (tom, lena):
        assert "discuss" not in (await ok(client.get(f"/agenda-items/{one['id']}")))["permissions"]
        await refused(act(client, "agenda-items", changed, "discuss"), 409, "meeting_not_on")
    await start(as_, first)
    assert "discuss" in (await ok(lena.get(f"/agenda-items/{one['id']}")))["permissions"]
    await ok(act(lena, "agenda-items", changed, "discuss"))
    await ok(act(tom, "meetings", first, "complete", no_next_steps=True))
    carried = (await ok(tom.get(f"/meetings/{second['id']}/agenda-items")))["items"]
    assert [(row["text"], row["author_id"]) for row in carried] == [
        ("Two", str(world.tom)),
        ("Data", str(world.lena)),
    ]
    assert [row["carried_from_id"] for row in carried] == [two["id"], by_lena["id"]]
    states = {row["text"]: row["state"] for row in (await ok(tom.get(path)))["items"]}
    assert states == {"Two": "carried_over", "Uno": "discussed", "Data": "carried_over"}


async def test_what_is_open_does_not_go_back_to_a_meeting_that_is_past(as_, world, ticking):
    series = await begin(as_, world)
    past, now, coming, *_ = await of(as_, series)
    ticking.move(days=9, hours=5)  # the first is over, and nobody said what came of it
    path = f"/meetings/{now['id']}/agenda-items"
    await ok(as_("tom").post(path, json={"text": "Still open"}), 201)
    await hold(as_, now)
    assert (await ok(as_("tom").get(f"/meetings/{past['id']}/agenda-items")))["items"] == []
    [item] = (await ok(as_("tom").get(f"/meetings/{coming['id']}/agenda-items")))["items"]
    assert item["text"] == "Still open"


async def test_an_agenda_without_a_next_meeting_waits_for_one(as_, world):
    series = await begin(as_, world)
    first = (await of(as_, series))[0]
    path = f"/meetings/{first['id']}/agenda-items"
    await ok(as_("tom").post(path, json={"text": "Wait for me"}), 201)
    await ok(act(as_("tom"), "meeting-series", series, "end", reason="Another rhythm."))
    [waiting] = (await ok(as_("tom").get(path)))["items"]
    assert waiting["state"] == "open"
    new = {"on": "2026-10-09", "at": "09:00"}
    made = await ok(as_("tom").post("/meetings", json=new), 201)
    [item] = (await ok(as_("lena").get(f"/meetings/{made['id']}/agenda-items")))["items"]
    assert (item["text"], item["carried_from_id"]) == ("Wait for me", waiting["id"])


async def test_a_full_agenda_is_full_for_its_author_alone_and_carrying_over_loses_nothing(
    as_, world
):
    series = await begin(as_, world)
    first, second, *_ = await of(as_, series)
    path = f"/meetings/{first['id']}/agenda-items"
    tom, lena = as_("tom"), as_("lena")
    for number in range(100):
        item = await ok(lena.post(path, json={"text": f"Item {number}"}), 201)
    said = await refused(lena.post(path, json={"text": "One more"}), 409, "agenda_full")
    assert "hundred open items" in said["title"]
    await ok(tom.post(path, json={"text": "Mine"}), 201)
    await ok(act(lena, "agenda-items", item, "drop"))
    await ok(lena.post(path, json={"text": "In its place"}), 201)
    there = f"/meetings/{second['id']}/agenda-items"
    await ok(lena.post(there, json={"text": "Already there"}), 201)
    await hold(as_, first)
    carried = (await ok(tom.get(f"{there}?limit=200")))["items"]
    assert (len(carried), carried[0]["text"]) == (102, "Mine")
    await refused(lena.post(there, json={"text": "One more"}), 409, "agenda_full")
    await ok(tom.post(there, json={"text": "Mine, too"}), 201)


async def test_what_a_teacher_adds_goes_before_the_leads_first(as_, world):
    series = await begin(as_, world)
    path = f"/meetings/{(await of(as_, series))[0]['id']}/agenda-items"
    tom, lena = as_("tom"), as_("lena")
    one = await ok(tom.post(path, json={"text": "One"}), 201)
    data = await ok(lena.post(path, json={"text": "Data"}), 201)
    await ok(lena.post(path, json={"text": "Visit"}), 201)
    await ok(act(tom, "agenda-items", one, "move", position=3))
    await ok(tom.post(path, json={"text": "Two"}), 201)
    listed = [item["text"] for item in (await ok(lena.get(path)))["items"]]
    assert listed == ["Two", "Data", "Visit", "One"]
    await ok(act(tom, "agenda-items", data, "drop"))
    await ok(tom.post(path, json={"text": "Three"}), 201)
    now = [item["text"] for item in (await ok(lena.get(path)))["items"] if item["state"] == "open"]
    assert now == ["Two", "Three", "Visit", "One"]


async def test_a_pause_carries_open_items_over_to_a_meeting_beside_the_series(as_, world):
    series = await begin(as_, world)
    first = (await of(as_, series))[0]
    path = f"/meetings/{first['id']}/agenda-items"
    await ok(as_("tom").post(path, json={"text": "Still open"}), 201)
    beside = await ok(as_("tom").post("/meetings", json={"on": "2026-10-09", "at": "09:00"}), 201)
    await ok(act(as_("lena"), "meeting-series", series, "pause"))
    [item] = (await ok(as_("tom").get(f"/meetings/{beside['id']}/agenda-items")))["items"]
    assert item["text"] == "Still open"


async def test_two_low_feedbacks_ask_for_a_review(as_, world):
    series = await begin(as_, world)
    meetings = await of(as_, series)
    tom, lena, path = as_("tom"), as_("lena"), f"/meeting-series/{series['id']}"
    early = {"structure": 2, "content": 5}
    await refused(
        tom.post(f"/meetings/{meetings[0]['id']}/feedback", json=early), 409, "wrong_state"
    )
    for meeting, marks, due in zip(
        meetings, ((2, 5), (4, 4), (5, 2), (1, 1)), (False, False, False, True), strict=False
    ):
        await hold(as_, meeting)
        body = {"structure": marks[0], "content": marks[1], "word": "Too long."}
        target = f"/meetings/{meeting['id']}/feedback"
        await refused(lena.post(target, json=body), 403, "forbidden")
        await ok(tom.post(target, json=body), 201)
        await refused(tom.post(target, json=body), 409, "feedback_given")
        assert (await ok(lena.get(path)))["review_due"] is due, marks
    for stranger in ("paul", "ada", "luis"):
        assert (await ok(as_(stranger).get("/meeting-feedback")))["items"] == []
    review = {"agenda_changed": True, "schedule_changed": True, "text": "Thirty minutes, not more."}
    await ok(lena.post(f"{path}/reviews", json=review), 201)
    assert (await ok(tom.get(path)))["review_due"] is False
    [noted] = (await ok(tom.get(f"{path}/reviews")))["items"]
    assert noted["schedule_changed"] is True
