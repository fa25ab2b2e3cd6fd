"""What is kept for a time only."""

import pytest
from sqlalchemy import text

from app.core.housekeeping import forget
from app.worker import CHORES

pytestmark = pytest.mark.anyio


async def test_keys_are_forgotten_after_a_day_and_a_repeat_is_then_done_anew(live, world, ticking):
    body = {"name": "Dogwood School", "zone": "America/Denver"}
    key = {"Idempotency-Key": "one"}
    first = await live.as_("ada").post("/schools", json=body, headers=key)
    await forget(live.app.state.database)
    again = await live.as_("ada").post("/schools", json=body, headers=key)
    assert again.json()["id"] == first.json()["id"]
    ticking.move(hours=25)
    await forget(live.app.state.database)
    async with live.app.state.database.writing() as session:
        await session.execute(
            text("select set_config('app.district', :d, true)"), {"d": str(world.juniper)}
        )
        kept = await session.scalar(text("select count(*) from idempotency_key"))
    assert kept == 0


async def test_coaching_ends_thirty_days_after_its_school_year(live, world, ticking):
    contact = f"/people/{world.tom}/contact"
    ticking.at = ticking.at.replace(year=2027, month=7, day=4)
    await forget(live.app.state.database, CHORES)
    assert (await live.as_("lena").get(f"/goals?teacher_id={world.tom}")).status_code == 200
    path = f"/coaching-relationships/{world.lena_tom}"
    assert (await live.as_("lena").get(path)).json()["state"] == "active"
    ticking.move(days=2)
    await forget(live.app.state.database, CHORES)
    ended = (await live.as_("paul").get(path)).json()
    assert (ended["state"], ended["end_reason"]) == ("ended", "school_year_over")
    assert (await live.as_("tom").get(f"/people/{world.lena}/contact")).status_code == 404
    assert (await live.as_("paul").get(contact)).status_code == 200
    audit = (await live.as_("paul").get(f"/audit?subject_id={world.lena_tom}")).json()["items"]
    assert [(e["action"], e["actor_kind"]) for e in audit] == [
        ("coaching_relationship.ended", "operator")
    ]
