"""What is kept for a time only."""

import pytest
from sqlalchemy import text

from app.core.housekeeping import forget

pytestmark = pytest.mark.anyio


async def test_keys_are_forgotten_after_a_day_and_a_repeat_is_then_done_anew(
    live, world, ticking
):
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
