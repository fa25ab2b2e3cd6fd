"""Coaching preferences: versions with reasons, one in force on each day, written by the teacher."""

import asyncio
from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import keys
from app.relationships.preferences.service import in_force
from tests.conftest import Live
from tests.goals.test_pair import change_lead
from tests.meetings.test_meetings import act, ok, refused

pytestmark = pytest.mark.anyio

PREFERENCES = "/coaching-preferences"
ANSWERS = {
    "where_to_be": "back",
    "talk_to_students": "no",
    "walk_around": "ask",
    "co_teach": "no",
    "model": "ask",
    "notice": "days_before",
    "feedback_form": ["note"],
}


def wanted(world: Any, answers: Any = ANSWERS, **fields: Any) -> dict[str, Any]:
    """Preferences as they are sent."""
    return {"template_id": str(world.coaching_and_observation), "answers": answers, **fields}


async def test_a_version_says_why_from_the_second_on_and_never_changes(as_, world):
    tom = as_("tom")
    first = await ok(tom.post(PREFERENCES, json=wanted(world)), 201)
    assert (first["number"], first["from_on"], first["reason"]) == (1, "2026-10-05", None)
    assert first["template_title"] == "Coaching and observation preferences"
    assert first["fields"][0]["key"] == "where_to_be"
    grown = wanted(world, {**ANSWERS, "talk_to_students": "yes"})
    await refused(tom.post(PREFERENCES, json=grown), 409, "preferences_unexplained")
    grown["reason"] = "It helped that you asked the back row."
    second = await ok(tom.post(PREFERENCES, json=grown), 201)
    assert (second["number"], second["answers"]["talk_to_students"]) == (2, "yes")
    path = f"{PREFERENCES}/{first['id']}"
    assert await ok(as_("lena").get(path)) == {**first, "permissions": ["share"]}
    for verb in ("PATCH", "PUT", "DELETE"):
        answer = await tom.request(verb, path, json={}, headers={"If-Match": '"1"'})
        assert answer.status_code == 405


async def test_answers_are_whole_and_of_a_template_of_preferences(as_, world):
    tom = as_("tom")
    part = {name: value for name, value in ANSWERS.items() if name != "notice"}
    said = await refused(tom.post(PREFERENCES, json=wanted(world, part)), 409, "answers_missing")
    assert [entry["code"] for entry in said["missing"]] == ["notice"]
    wrong = wanted(world, {**ANSWERS, "notice": "never"})
    await refused(tom.post(PREFERENCES, json=wrong), 409, "answers_do_not_fit")
    other = wanted(world) | {"template_id": str(world.coaching_agreement)}
    await refused(tom.post(PREFERENCES, json=other), 409, "template_not_usable")
    assert (await ok(tom.get(PREFERENCES)))["items"] == []


async def test_only_the_teacher_writes_and_only_for_a_lead_they_have(as_, world):
    # Lena coaches and is not coached; Pia's coaching is paused; Uma has no lead.
    for who in ("lena", "pia", "uma", "paul", "ada"):
        said = await refused(
            as_(who).post(PREFERENCES, json=wanted(world)), 409, "coaching_not_active"
        )
        assert said.get("state") == {"pia": "paused"}.get(who)
    named = wanted(world) | {"teacher_id": str(world.tom)}
    await refused(as_("lena").post(PREFERENCES, json=named), 422, "invalid")


async def test_today_is_the_schools_and_no_day_is_past_and_what_was_announced_gives_way(
    as_, world, ticking
):
    ticking.move(hours=11)  # the sixth in UTC, still the fifth in Denver
    tom = as_("tom")  # a token lasts minutes: made after the clock moved
    for day in ("2026-10-04", "2027-06-05"):
        said = await refused(
            tom.post(PREFERENCES, json=wanted(world, from_on=day)), 409, "dates_do_not_fit"
        )
        assert (said["first"], said["last"]) == ("2026-10-05", "2027-06-04")
    now = await ok(tom.post(PREFERENCES, json=wanted(world)), 201)
    assert now["from_on"] == "2026-10-05"
    later = wanted(world, from_on="2026-11-02", reason="After the holidays.")
    await ok(tom.post(PREFERENCES, json=later), 201)
    same = await ok(tom.post(PREFERENCES, json=later | {"reason": "On the same day."}), 201)
    assert same["number"] == 3
    # One that comes sooner takes the place of what was announced: a slip is put right.
    sooner = await ok(tom.post(PREFERENCES, json=wanted(world, reason="Sooner.")), 201)
    for day in ("2026-10-05", "2026-11-02", "2027-03-01"):
        (held,) = (await ok(tom.get(f"{PREFERENCES}?on={day}")))["items"]
        assert held["id"] == sooner["id"]


async def test_one_is_in_force_on_each_day_for_each_pair(as_, world, connection):
    tom, lena = as_("tom"), as_("lena")
    for day in ("2026-10-05", "2026-11-02", "2026-11-02", "2027-01-11"):
        await ok(tom.post(PREFERENCES, json=wanted(world, from_on=day, reason=day)), 201)
    await ok(as_("nina").post(PREFERENCES, json=wanted(world, from_on="2026-10-12")), 201)

    async def on(day: str, **filters: Any) -> list[tuple[str, int]]:
        listed = await ok(lena.get(PREFERENCES, params={"on": day, **filters}))
        names = {str(world.tom): "tom", str(world.nina): "nina"}
        return sorted((names[row["teacher_id"]], row["number"]) for row in listed["items"])

    assert await on("2026-10-04") == []
    assert await on("2026-10-05") == [("tom", 1)]
    assert await on("2026-11-01") == [("nina", 1), ("tom", 1)]
    assert await on("2026-11-02") == [("nina", 1), ("tom", 3)]
    assert await on("2027-05-01", teacher_id=str(world.tom)) == [("tom", 4)]
    assert len((await ok(lena.get(f"{PREFERENCES}?teacher_id={world.tom}")))["items"]) == 4

    async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
        await keys.enter(session, world.juniper)
        for day, number in ((4, None), (5, 1), (31, 1)):
            found = await in_force(session, world.juniper, world.lena_tom, date(2026, 10, day))
            assert (found.number if found else None) == number
        found = await in_force(session, world.juniper, world.lena_tom, date(2027, 6, 1))
        assert found is not None
        assert (found.number, found.answers) == (4, ANSWERS)
        assert await in_force(session, world.kestrel, world.lena_tom, date(2027, 6, 1)) is None


async def test_the_two_read_them_and_a_new_lead_begins_anew(as_, world):
    written = await ok(as_("tom").post(PREFERENCES, json=wanted(world)), 201)
    path = f"{PREFERENCES}/{written['id']}"
    for who in ("paul", "ada", "luis", "nina", "ivy", "zoe"):
        await refused(as_(who).get(path), 404, "not_found")
        assert (await ok(as_(who).get(f"{PREFERENCES}?on=2026-10-05")))["items"] == []
    await ok(act(as_("paul"), "coaching-relationships", {"id": world.lena_tom}, "pause"))
    assert (await ok(as_("lena").get(path)))["number"] == 1
    await refused(as_("tom").post(PREFERENCES, json=wanted(world)), 409, "coaching_not_active")
    await ok(act(as_("paul"), "coaching-relationships", {"id": world.lena_tom}, "resume"))
    await change_lead(as_, world)
    for who in ("luis", "lena"):
        await refused(as_(who).get(path), 404, "not_found")
    # For the new pair it is the first, and says no reason.
    again = await ok(as_("tom").post(PREFERENCES, json=wanted(world)), 201)
    assert (again["number"], again["lead_id"]) == (1, str(world.luis))
    assert [row["id"] for row in (await ok(as_("luis").get(PREFERENCES)))["items"]] == [again["id"]]
    assert len((await ok(as_("tom").get(f"{PREFERENCES}?on=2026-10-05")))["items"]) == 2


async def test_of_two_versions_at_the_same_moment_none_hides_the_other(live: Live) -> None:
    for number in range(1, 6):
        body = wanted(live.world, reason="I know you better.")
        answers = await asyncio.gather(
            *(live.as_("tom").post(PREFERENCES, json=body) for _ in range(2))
        )
        made = [a.json()["number"] for a in answers if a.status_code == 201]
        lost = [a.json()["code"] for a in answers if a.status_code == 409]
        assert len(made) + len(lost) == 2
        assert set(lost) <= {"preferences_changed"}
        listed = (await ok(live.as_("lena").get(PREFERENCES)))["items"]
        numbers = sorted(row["number"] for row in listed)
        assert numbers == list(range(1, len(listed) + 1))
        assert numbers[-1] == max(made) >= number
