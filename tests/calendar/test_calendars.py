"""Coaching calendars: from a template's weeks, one at a time for a pair, done by what is on
record."""

import asyncio
from datetime import date
from typing import Any

import pytest

from app import models as m
from app.calendar.entries import service as entries
from tests.calendar.making import Making
from tests.conftest import Live
from tests.goals.test_goals import at
from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import act, ok, refused

pytestmark = pytest.mark.anyio
CALENDARS = "/coaching-calendars"


def eight_weeks(world: Any, **fields: Any) -> dict[str, Any]:
    """Lena's for Tom, from the week of today (a Monday)."""
    return {
        "teacher_id": str(world.tom),
        "template_id": str(world.ids["eight_week_cycle"]),
        "starts_on": "2026-10-07",
        **fields,
    }


async def begin(as_: Any, world: Any, who: str = "lena", **fields: Any) -> Any:
    """A calendar."""
    return await ok(as_(who).post(CALENDARS, json=eight_weeks(world, **fields)), 201)


async def of(as_: Any, calendar: Any, who: str = "lena") -> list[dict[str, Any]]:
    """What stands on it, as somebody reads it."""
    found = await ok(as_(who).get(f"{CALENDARS}/{calendar['id']}/entries?limit=200"))
    items: list[dict[str, Any]] = found["items"]
    return items


async def school_calendar(as_: Any, world: Any, *days: tuple[str, str, str]) -> None:
    """Paul writes when the school is off, and when it tests."""
    path = f"/school-years/{world.alder_year}"
    year = await ok(as_("paul").get(path))
    body = {
        "first_day": year["first_day"],
        "last_day": year["last_day"],
        "days": [{"from": a, "to": b, "kind": kind, "title": kind} for a, b, kind in days],
    }
    await ok(as_("paul").put(f"{path}/calendar", json=body, headers=at(year)))


async def put(as_: Any, calendar: Any, kind: str, on: str, until_on: str | None = None) -> Any:
    """One more entry, by Lena."""
    body = {"kind": kind, "title": kind, "on": on, "until_on": until_on}
    return await ok(as_("lena").post(f"{CALENDARS}/{calendar['id']}/entries", json=body), 201)


async def test_a_template_is_laid_out_in_weeks_and_a_week_off_moves_what_follows(as_, world):
    made = await begin(as_, world)
    assert (made["title"], made["state"], made["warnings"]) == (
        "A coaching cycle of eight weeks",
        "active",
        [],
    )
    first = await of(as_, made)
    assert len(first) == 12
    assert (first[0]["kind"], first[0]["on"], first[0]["until_on"]) == (
        "one_on_one",
        "2026-10-05",
        "2026-10-09",
    )
    learning = next(row for row in first if row["kind"] == "learning")
    assert (learning["on"], learning["until_on"]) == ("2026-10-12", "2026-10-23")
    assert made["until_on"] == first[-1]["until_on"] == "2026-11-27"

    # the third week is off but for its Friday, the fourth from its Monday on, with the weekend
    await school_calendar(
        as_,
        world,
        ("2026-10-19", "2026-10-22", "day_off"),
        ("2026-10-26", "2026-11-01", "day_off"),
        ("2026-11-04", "2026-11-05", "testing"),
    )
    moved = await begin(as_, world, who="tom", title="Ours")
    assert moved["until_on"] == "2026-12-04"
    learning = next(row for row in await of(as_, moved) if row["kind"] == "learning")
    assert (learning["on"], learning["until_on"]) == ("2026-10-12", "2026-10-23")
    visit = next(row for row in await of(as_, moved) if row["kind"] == "coaching_visit")
    assert visit["on"] == "2026-11-02", "the fourth week of the template is the fifth"
    assert [(note["code"], "2026-" in note["message"]) for note in moved["warnings"]] == [
        ("week_off", True),
        ("testing_week", True),
    ]
    # a Saturday belongs to the week after it
    weekend = await begin(as_, world, starts_on="2026-10-10")
    assert (await of(as_, weekend))[0]["on"] == "2026-10-12"


async def test_what_does_not_fit_is_refused_and_named(as_, world, making: Making):
    lena = as_("lena")
    late = eight_weeks(world, starts_on="2027-05-03")
    said = await refused(lena.post(CALENDARS, json=late), 409, "calendar_does_not_fit")
    assert [row["code"] for row in said["missing"]] == [
        "coaching_visit",
        "team_time",
        "reflection",
        "one_on_one",
    ]
    # the school year ends on a Friday, 4 June: five weeks from 3 May
    fits = await begin(as_, world, starts_on="2027-04-12")
    assert fits["until_on"] == "2027-06-04"
    for wrong, code in (
        ({"starts_on": "2026-08-16"}, "dates_do_not_fit"),
        ({"starts_on": "2027-06-05"}, "dates_do_not_fit"),
        ({"template_id": str(world.welcome)}, "template_not_usable"),
        ({"template_id": str(world.tom)}, "unknown_reference"),
        ({"teacher_id": str(world.pia)}, "coaching_not_active"),
        ({"teacher_id": str(world.sam)}, "unknown_reference"),
    ):
        await refused(lena.post(CALENDARS, json=eight_weeks(world, **wrong)), 409, code)
    others = await making.cycle("learning", teacher="nina")
    before = await making.cycle("learning", lead="luis")
    for cycle in (others, before):
        body = eight_weeks(world, cycle_id=str(cycle))
        await refused(lena.post(CALENDARS, json=body), 409, "unknown_reference")
    own = str(await making.cycle("learning", number=2))
    assert (await begin(as_, world, cycle_id=own))["cycle_id"] == own
    body = eight_weeks(world)
    assert (await as_("paul").post(CALENDARS, json=body)).status_code == 403


async def test_a_pair_has_one_calendar_in_use_and_it_ends_with_the_coaching(as_, world):
    first = await begin(as_, world)
    second = await begin(as_, world, who="tom", title="Another")
    listed = await ok(as_("lena").get(f"{CALENDARS}?state=active"))
    assert [row["id"] for row in listed["items"]] == [second["id"]]
    path = f"{CALENDARS}/{first['id']}"
    old = await ok(as_("tom").get(path))
    assert (old["state"], old["version"], old["permissions"]) == ("ended", 2, [])
    await refused(
        as_("tom").patch(path, json={"title": "New"}, headers=at(old)), 409, "wrong_state"
    )
    renamed = await ok(
        as_("lena").patch(f"{CALENDARS}/{second['id']}", json={"title": "New"}, headers=at(second))
    )
    assert renamed["title"] == "New"
    for stranger in ("paul", "ada", "luis", "nina", "zoe"):
        await refused(as_(stranger).get(path), 404, "not_found")
        assert (await ok(as_(stranger).get(CALENDARS)))["items"] == []

    # paused: both read, nobody writes
    await ok(act(as_("paul"), "coaching-relationships", {"id": world.lena_tom}, "pause"))
    for who in ("tom", "lena"):
        now = await ok(as_(who).get(f"{CALENDARS}/{second['id']}"))
        assert now["permissions"] == []
        assert (await act(as_(who), "coaching-calendars", second, "end")).status_code == 403
        entry = (await of(as_, second, who))[0]
        assert entry["permissions"] == []
        skip = act(as_(who), "calendar-entries", entry, "skip", reason="No.")
        assert (await skip).status_code == 403
    await ok(act(as_("paul"), "coaching-relationships", {"id": world.lena_tom}, "resume"))

    await change_lead(as_, world)
    assert (await ok(as_("tom").get(f"{CALENDARS}/{second['id']}")))["state"] == "ended"
    await refused(as_("luis").get(f"{CALENDARS}/{second['id']}"), 404, "not_found")
    await refused(as_("lena").get(f"{CALENDARS}/{second['id']}"), 404, "not_found")
    assert (await ok(as_("lena").get(path)))["author_id"] == str(world.lena), "what she wrote"
    assert (await begin(as_, world, who="luis"))["lead_id"] == str(world.luis)


async def test_of_two_calendars_at_the_same_moment_one_is_in_use(live: Live) -> None:
    for _ in range(3):
        answers = await asyncio.gather(
            *(
                live.as_(who).post(CALENDARS, json=eight_weeks(live.world))
                for who in ("tom", "lena")
            )
        )
        assert {a.status_code for a in answers} <= {201, 409}, [a.text for a in answers]
        lost = [a.json()["code"] for a in answers if a.status_code == 409]
        assert lost in ([], ["calendar_begun"])
        listed = await ok(live.as_("tom").get(f"{CALENDARS}?state=active"))
        assert len(listed["items"]) == 1
        assert len(await of(live.as_, listed["items"][0])) == 12


async def test_entries_are_added_moved_left_out_and_finished(as_, world, monkeypatch):
    calendar = await begin(as_, world)
    path = f"{CALENDARS}/{calendar['id']}/entries"
    entry = await put(as_, calendar, "team_time", "2026-10-05")
    assert (entry["until_on"], entry["state"], entry["done_by"]) == ("2026-10-05", "planned", None)
    assert sorted(entry["permissions"]) == ["edit", "finish", "skip"]
    for days in (("2026-10-06", "2026-10-05"), ("2027-06-01", "2027-06-07")):
        wrong = {"kind": "learning", "title": "a", "on": days[0], "until_on": days[1]}
        said = await refused(as_("tom").post(path, json=wrong), 409, "dates_do_not_fit")
        assert said["last"] == "2027-06-04"
    at_entry = f"/calendar-entries/{entry['id']}"
    change = {"on": "2026-10-14"}
    await refused(
        as_("tom").patch(at_entry, json=change, headers=at(entry)), 409, "dates_do_not_fit"
    )
    change = {"on": "2026-10-14", "until_on": "2026-10-16", "title": "The arts team"}
    entry = await ok(as_("tom").patch(at_entry, json=change, headers=at(entry)))
    assert (entry["on"], entry["title"], entry["version"]) == ("2026-10-14", "The arts team", 2)
    early = as_("tom").patch(at_entry, json=change, headers={"If-Match": '"1"'})
    await refused(early, 412, "version_mismatch")
    await refused(act(as_("tom"), "calendar-entries", entry, "finish"), 409, "entry_to_come")
    left_out = act(as_("lena"), "calendar-entries", entry, "skip", reason="A trip.")
    assert (await ok(left_out))["reason"] == "A trip."
    await refused(act(as_("tom"), "calendar-entries", entry, "finish"), 409, "wrong_state")
    again = await ok(act(as_("tom"), "calendar-entries", entry, "plan"))
    assert (again["state"], again["reason"]) == ("planned", None)
    today = {"on": "2026-10-05"}
    await ok(as_("tom").patch(at_entry, json=today, headers=at(again)))
    done = await ok(act(as_("lena"), "calendar-entries", entry, "finish"))
    assert (done["state"], done["done_by"], done["overdue"]) == ("done", None, False)
    talk = next(row for row in await of(as_, calendar) if row["kind"] == "one_on_one")
    assert "finish" not in talk["permissions"]
    finish = act(as_("lena"), "calendar-entries", talk, "finish")
    await refused(finish, 409, "read_off_records")
    monkeypatch.setattr(entries, "MOST", 13)
    more = {"kind": "learning", "title": "a", "on": "2026-10-14"}
    await refused(as_("tom").post(path, json=more), 409, "calendar_full")
    await ok(act(as_("tom"), "coaching-calendars", calendar, "end"))
    await refused(as_("tom").post(path, json=more), 409, "wrong_state")
    for step, body in (("skip", {"reason": "a"}), ("finish", {})):
        ended = act(as_("tom"), "calendar-entries", talk, step, **body)
        await refused(ended, 409, "calendar_ended")


async def test_whether_an_entry_is_done_is_read_off_the_records_of_the_pair(
    as_, world, making: Making, ticking
):
    cycle = await making.cycle("learning")
    other = await making.cycle("learning", number=2)
    calendar = await begin(as_, world, cycle_id=str(cycle))
    for entry in await of(as_, calendar):
        await ok(act(as_("lena"), "calendar-entries", entry, "skip", reason="Not today."))
    rows = {
        kind: await put(as_, calendar, kind, "2026-10-05", "2026-10-09")
        for kind in ("one_on_one", "observation", "coaching_visit", "learning", "reflection")
    }
    second = await put(as_, calendar, "one_on_one", "2026-10-05", "2026-10-09")

    async def states(who: str = "lena") -> dict[str, Any]:
        found = {row["id"]: row for row in await of(as_, calendar, who)}
        return {kind: found[row["id"]] for kind, row in [*rows.items(), ("second", second)]}

    # what does not count: not held, of another pair, out of its days, not begun, not the lead's,
    # of another cycle, a draft
    await making.meeting("2026-10-06", "cancelled")
    await making.meeting("2026-10-06", "completed", lead="luis")
    await making.meeting("2026-10-12", "completed")
    await making.visit("2026-10-07", "scheduled", formal=True)
    await making.visit("2026-10-07", "acknowledged", observer="luis")
    await making.activity(other, None, state="done", done_on=date(2026, 10, 7))
    draft = await making.reflection(cycle, "tom", None)
    await making.reflection(cycle, "lena", "2026-10-08T15:00:00+00:00")
    assert draft
    for who in ("tom", "lena"):
        now = await states(who)
        assert {row["state"] for row in now.values()} == {"planned"}, (who, now)

    held = await making.meeting("2026-10-08", "completed")
    formal = await making.visit("2026-10-07", "in_progress", formal=True)
    seen = await making.visit("2026-10-08", "drafted")
    done = await making.activity(cycle, None, state="done", done_on=date(2026, 10, 7))
    # on 9 October at the school, and the 10th in UTC
    said = await making.reflection(
        await making.cycle("reflection", number=3), "tom", "2026-10-10T03:00:00+00:00"
    )
    now = await states()
    assert now["one_on_one"]["done_by"] == {"type": "meeting", "id": str(held)}
    assert (now["second"]["state"], now["second"]["done_by"]) == ("planned", None), "it counts once"
    assert now["observation"]["done_by"] == {"type": "observation", "id": str(formal)}
    assert now["coaching_visit"]["done_by"] == {"type": "observation", "id": str(seen)}
    assert now["learning"]["done_by"] == {"type": "cycle_activity", "id": str(done)}
    assert now["reflection"]["state"] == "planned", f"{said} is of another cycle"
    ticking.move(days=5)
    late = await states()
    assert {kind for kind, row in late.items() if row["overdue"]} == {"second", "reflection"}
    # left out: the record counts for the other one
    await ok(act(as_("tom"), "calendar-entries", rows["one_on_one"], "skip", reason="It was both."))
    assert (await states())["second"]["done_by"] == {"type": "meeting", "id": str(held)}


async def test_only_what_the_caller_may_read_counts(as_, world, making: Making):
    calendar = await begin(as_, world)
    entry = await put(as_, calendar, "observation", "2026-10-05", "2026-10-09")
    await making.visit("2026-10-06", "drafted", observer="paul", formal=True, evaluative=True)
    path = f"/calendar-entries/{entry['id']}"
    assert (await ok(as_("tom").get(path)))["state"] == "done"
    assert (await ok(as_("lena").get(path)))["state"] == "planned", "it is Paul's until shared"
    await making.visit("2026-10-05", "shared", observer="paul", formal=True, evaluative=True)
    assert (await ok(as_("lena").get(path)))["state"] == "done", "she evaluates him"


async def test_a_feedback_conversation_that_was_held_shows_its_entry_done(
    as_, world, making: Making
):
    calendar = await begin(as_, world)
    entry = await put(as_, calendar, "feedback", "2026-10-05", "2026-10-09")
    held = {
        "template_id": world.welcome,
        "state": "held",
        "held_on": date(2026, 10, 6),
        "giver_kind": "lead",
    }
    await making.add(
        m.FeedbackConversation,
        **making.of(author="lena"),
        relationship_id=world.lena_tom,
        **held,
    )
    for who in ("tom", "lena"):
        assert (await ok(as_(who).get(f"/calendar-entries/{entry['id']}")))["state"] == "done"
