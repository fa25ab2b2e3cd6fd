"""Learning cycles, two at the same moment: no number twice, no step twice, nothing half-done."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import keys
from tests.conftest import Live, _owner
from tests.goals.test_goals import agreed, at
from tests.learning_cycles.test_cycles import CYCLES, MET, begin
from tests.meetings.test_meetings import act, ok
from tests.parts.cycles import fill
from tests.spine.test_both_at_once import twice

pytestmark = pytest.mark.anyio


async def filled(live: Live, cycle: Any, phase: str, goal: Any) -> None:
    """What the gate of the phase asks for."""
    async with (
        _owner(live.owner_url) as connection,
        AsyncSession(connection, expire_on_commit=False) as session,
    ):
        await keys.enter(session, live.world.juniper)
        await fill(session, cycle["id"], phase, goal["id"])
        await session.commit()


async def test_of_two_steps_at_one_version_one_is_taken(live: Live) -> None:
    goal = await agreed(live.as_, live.world)
    cycle = await begin(live.as_)
    for phase in ("intention", "learning", "application"):
        await filled(live, cycle, phase, goal)
        assert await twice(live, f"/{CYCLES}/{cycle['id']}/advance", cycle, "tom", "lena") in (
            [200, 409],
            [200, 412],
        )
        cycle = await ok(live.as_("tom").get(f"/{CYCLES}/{cycle['id']}"))
    moves = (await ok(live.as_("tom").get(f"/{CYCLES}/{cycle['id']}/moves")))["items"]
    assert [move["to_state"] for move in moves] == ["learning", "application", "reflection"]
    await filled(live, cycle, "reflection", goal)
    path = f"/{CYCLES}/{cycle['id']}"
    both = {"json": {**MET, "closes_goal": True}}
    assert await twice(live, f"{path}/conclude", cycle, "tom", "lena", **both) == [200, 412]
    cycle = await ok(live.as_("tom").get(path))
    # one agrees while the other concludes anew: only one of these is the end of it
    closes, concludes = ("lena", "tom") if cycle["teacher_yes_at"] else ("tom", "lena")
    headers = at(cycle)
    sent = await asyncio.gather(
        live.as_(closes).post(f"{path}/close", headers=headers),
        live.as_(concludes).post(f"{path}/conclude", headers=headers, json=MET),
    )
    assert sorted(answer.status_code for answer in sent) in ([200, 409], [200, 412])
    cycle = await ok(live.as_("tom").get(path))
    goal = await ok(live.as_("tom").get(f"/goals/{goal['id']}"))
    assert (cycle["state"], goal["state"]) in (("closed", "closed"), ("reflection", "agreed"))


async def test_cycles_begun_at_the_same_moment_have_a_number_each(live: Live) -> None:
    body = {"level": "individual", "teacher_id": str(live.world.tom)}
    sent = await asyncio.gather(
        *(live.as_(who).post(f"/{CYCLES}", json=body) for who in ("tom", "lena", "tom", "lena"))
    )
    made = sorted(answer.json()["number"] for answer in sent if answer.status_code == 201)
    refused = {answer.json()["code"] for answer in sent if answer.status_code != 201}
    assert made == list(range(1, len(made) + 1))
    assert made
    assert refused <= {"cycle_number_taken"}


async def test_an_end_of_coaching_and_a_step_leave_no_open_cycle(live: Live) -> None:
    cycle = await begin(live.as_)
    link = f"/coaching-relationships/{live.world.lena_tom}"
    present = await ok(live.as_("paul").get(link))
    body = {"level": "individual"}
    ended, paused, _ = await asyncio.gather(
        live.as_("paul").post(f"{link}/end", json={"reason": "Moves."}, headers=at(present)),
        live.as_("tom").post(f"/{CYCLES}/{cycle['id']}/pause", headers=at(cycle)),
        live.as_("tom").post(f"/{CYCLES}", json=body),
    )
    assert ended.status_code == 200, ended.text
    assert paused.status_code in (200, 403, 409, 412), paused.text
    listed = (await ok(live.as_("tom").get(f"/{CYCLES}")))["items"]
    assert {item["state"] for item in listed} == {"abandoned"}


async def test_of_two_closes_of_a_teams_cycle_one_counts(live: Live) -> None:
    team = {
        "level": "team",
        "team_id": str(live.world.maths),
        "school_year_id": str(live.world.alder_year),
    }
    cycle = await begin(live.as_, "lena", **team)
    reason = {"json": {"reason": "Begin anew."}}
    path = f"/{CYCLES}/{cycle['id']}/abandon"
    assert await twice(live, path, cycle, "lena", "lena", **reason) in ([200, 409], [200, 412])
    again = await act(live.as_("lena"), CYCLES, cycle, "abandon", reason="Again.")
    assert again.status_code == 409
