"""When two part, nothing of theirs stays where nobody can reach it."""

import asyncio
from typing import Any

import pytest

from tests.conftest import Live
from tests.meetings.test_meetings import act, begin, of, ok, refused, start, weekly
from tests.relationships.test_relationships import PATH, at, pair, propose

pytestmark = pytest.mark.anyio


async def change_lead(as_: Any, world: Any) -> None:
    """Tom's coaching goes from Lena to Luis, whom Tom accepts."""
    link = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    body = {"lead_id": str(world.luis), "reason": "Luis knows his subject."}
    path = f"{PATH}/{link['id']}/hand-over"
    made = await ok(as_("paul").post(path, json=body, headers=at(link)), 201)
    await ok(as_("tom").post(f"{PATH}/{made['id']}/activate", headers=at(made)))


async def test_a_step_that_became_the_next_leads_is_not_the_former_ones(as_, world):
    first = (await of(as_, await begin(as_, world)))[0]
    await start(as_, first)
    new = {"owner_id": str(world.tom), "text": "Pairs.", "due_on": "2026-10-14"}
    path = f"/meetings/{first['id']}/next-steps"
    step = await ok(as_("tom").post(path, json=new), 201)
    carried = await ok(act(as_("lena"), "next-steps", step, "carry-over", due_on="2026-10-20"), 201)
    assert carried["author_id"] == str(world.lena)
    await change_lead(as_, world)
    path = f"/next-steps/{carried['id']}"
    assert (await ok(as_("lena").get(path)))["text"] == "Pairs.", "she wrote it down"
    now = await ok(as_("luis").get(path))
    await ok(as_("luis").patch(path, json={"text": "What we two think."}, headers=at(now)))
    await refused(as_("lena").get(path), 404, "not_found")
    listed = (await ok(as_("lena").get("/next-steps?limit=200")))["items"]
    assert carried["id"] not in {row["id"] for row in listed}


async def test_what_is_begun_while_coaching_ends_ends_with_it(live: Live) -> None:
    for _ in range(3):
        link = await ok(live.as_("paul").get(f"{PATH}/{live.world.lena_tom}"))
        if link["state"] == "ended":
            break
        begun, ended = await asyncio.gather(
            live.as_("lena").post("/meeting-series", json=weekly(live.world)),
            live.as_("paul").post(
                f"{PATH}/{link['id']}/end", json={"reason": "Now."}, headers=at(link)
            ),
        )
        assert ended.status_code == 200, ended.text
        assert begun.status_code in (201, 409), begun.text
        left = await ok(live.as_("tom").get("/meetings?state=scheduled&limit=200"))
        assert left["items"] == []
        rhythm = await ok(live.as_("tom").get("/meeting-series?limit=200"))
        assert {row["state"] for row in rhythm["items"]} <= {"ended"}
    made = await propose(live.as_("paul"), pair(live.world, "luis", "tom"))
    made = made if isinstance(made, dict) else made.json()
    await ok(live.as_("tom").post(f"{PATH}/{made['id']}/activate", headers=at(made)))
    # their time is free for the next lead
    await ok(live.as_("luis").post("/meeting-series", json=weekly(live.world)), 201)


async def test_a_lead_who_steps_back_leaves_no_calendar_behind(as_, world):
    await begin(as_, world)
    link = await ok(as_("paul").get(f"{PATH}/{world.lena_tom}"))
    back = as_("paul").patch(f"{PATH}/{link['id']}", json={"primary": False}, headers=at(link))
    assert (await ok(back))["state"] == "active"
    assert (await ok(as_("tom").get("/meetings?state=scheduled")))["items"] == []
    made = await propose(as_("paul"), pair(world, "luis", "tom"))
    made = made if isinstance(made, dict) else made.json()
    await ok(as_("tom").post(f"{PATH}/{made['id']}/activate", headers=at(made)))
    own = (await ok(as_("tom").get("/me/week")))["own"]
    assert (own["person_id"], own["next_meeting"]) == (str(world.luis), None)
    await ok(as_("luis").post("/meeting-series", json=weekly(world)), 201)
