"""Conversations, two at the same moment: no hour taken twice, no step done twice, nothing lost."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import Live, _owner
from tests.goals.test_goals import at
from tests.meetings.test_conversations import WHEN, do, plan, scheduled
from tests.meetings.test_meetings import ok

pytestmark = pytest.mark.anyio


async def _bookings(live: Live) -> int:
    async with _owner(live.owner_url) as connection:
        district = {"district": str(live.world.juniper)}
        await connection.execute(
            text("select set_config('app.district', :district, true)"), district
        )
        return int(await connection.scalar(text("select count(*) from booking")) or 0)


async def test_of_two_of_a_kind_one_is_planned(live: Live) -> None:
    body = {"kind": "mid_year"}
    answers = await asyncio.gather(
        live.as_("tom").post("/conversations", json=body),
        live.as_("lena").post("/conversations", json=body | {"teacher_id": str(live.world.tom)}),
    )
    assert sorted(a.status_code for a in answers) == [201, 409]
    lost = next(a for a in answers if a.status_code == 409)
    assert lost.json()["code"] == "conversation_exists"


async def test_of_a_conversation_and_a_meeting_at_one_hour_one_is_set(live: Live) -> None:
    for number in range(3):
        talk = await plan(live.as_, live.world, kind="mid_year")
        hour = f"{8 + number:02d}:00"
        meeting = {"teacher_id": str(live.world.nina), "on": "2026-10-07", "at": hour}
        answers = await asyncio.gather(
            do(live.as_("tom"), talk, "schedule", **(WHEN | {"at": hour, "minutes": 30})),
            live.as_("lena").post("/meetings", json=meeting),
        )
        assert sorted(a.status_code for a in answers) in ([200, 409], [201, 409])
        lost = next(a for a in answers if a.status_code == 409)
        assert lost.json()["code"] == "double_booked"
        assert await _bookings(live) == 2 * (number + 1)
        now = await ok(live.as_("tom").get(f"/conversations/{talk['id']}"))
        if now["state"] == "planned":
            now = await ok(do(live.as_("tom"), talk, "schedule", **WHEN | {"on": "2026-11-02"}))
            await ok(do(live.as_("tom"), talk, "cancel", reason="Next try."))
        else:
            await ok(do(live.as_("tom"), talk, "cancel", reason="Next try."))
            await ok(live.as_("lena").post("/meetings", json=meeting), 201)


async def test_of_two_conversations_of_one_lead_at_one_hour_one_is_set(live: Live) -> None:
    tom = await plan(live.as_, live.world)
    nina = await plan(live.as_, live.world, teacher_id=str(live.world.nina))
    answers = await asyncio.gather(
        do(live.as_("tom"), tom, "schedule", **WHEN),
        do(live.as_("nina"), nina, "schedule", **WHEN),
    )
    assert sorted(a.status_code for a in answers) == [200, 409]


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ("planned", (("schedule", WHEN), ("schedule", WHEN | {"at": "12:00"}))),
        (
            "scheduled",
            (
                ("move", {"at": "12:00", "reason": "Later."}),
                ("move", {"at": "09:00", "reason": "Earlier."}),
            ),
        ),
        ("scheduled", (("cancel", {"reason": "Ill."}), ("cancel", {"reason": "A visit."}))),
        ("past", (("hold", {"on": None}), ("miss", {}))),
        ("past", (("hold", {"on": None}), ("cancel", {"reason": "Ill."}))),
        ("missed", (("plan", {}), ("plan", {}))),
        ("held", (("close", {}), ("close", {}))),
    ],
)
async def test_a_step_is_taken_once(
    live: Live, ticking: Any, state: str, steps: tuple[tuple[str, dict[str, Any]], ...]
) -> None:
    talk = await plan(live.as_, live.world, kind="mid_year")
    if state != "planned":
        talk = await ok(do(live.as_("lena"), talk, "schedule", **WHEN))
    if state in ("past", "missed", "held"):
        ticking.move(days=3)
    if state in ("missed", "held"):
        step, body = ("miss", {}) if state == "missed" else ("hold", {"on": None})
        talk = await ok(do(live.as_("lena"), talk, step, **body))
    path = f"/conversations/{talk['id']}"
    answers = await asyncio.gather(
        *(
            live.as_(who).post(
                f"{path}/{step}", headers=at(talk), **({"json": body} if body else {})
            )
            for who, (step, body) in zip(("tom", "lena"), steps, strict=True)
        )
    )
    assert sorted(a.status_code for a in answers) == [200, 412]
    now = await ok(live.as_("tom").get(path))
    assert now["version"] == talk["version"] + 1
    assert now["state"] == next(a for a in answers if a.status_code == 200).json()["state"]
    assert await _bookings(live) == (2 if now["state"] in ("scheduled", "held", "closed") else 0)


async def test_of_two_edits_none_is_lost_unseen(live: Live) -> None:
    talk = await plan(live.as_, live.world)
    path = f"/conversations/{talk['id']}"
    answers = await asyncio.gather(
        live.as_("tom").patch(path, json={"notes": "Of Tom."}, headers=at(talk)),
        live.as_("lena").patch(path, json={"notes": "Of Lena."}, headers=at(talk)),
    )
    assert sorted(a.status_code for a in answers) == [200, 412]
    won = next(a for a in answers if a.status_code == 200).json()
    assert (await ok(live.as_("tom").get(path)))["notes"] == won["notes"]


async def test_coaching_that_ends_while_a_time_is_set_leaves_nobody_busy(live: Live) -> None:
    talk = await scheduled(live.as_, live.world)
    link = await ok(live.as_("paul").get(f"/coaching-relationships/{live.world.lena_tom}"))
    moved, ended = await asyncio.gather(
        live.as_("tom").post(
            f"/conversations/{talk['id']}/move",
            json={"at": "12:00", "reason": "Later."},
            headers=at(talk),
        ),
        live.as_("paul").post(
            f"/coaching-relationships/{link['id']}/end",
            json={"reason": "Another team."},
            headers=at(link),
        ),
    )
    assert ended.status_code == 200, ended.text
    assert moved.status_code in (200, 403, 412), moved.text
    now = await ok(live.as_("tom").get(f"/conversations/{talk['id']}"))
    assert (now["state"], now["reason"]) == ("cancelled", "coaching_ended")
    assert await _bookings(live) == 0
