"""What tests of observations share: visits as they are sent, and what a sibling feature does."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app.auth import keys
from app.core import clock
from tests.meetings.test_meetings import act, ok
from tests.world import Ticking

PATH = "/observations"


def visit(world: Any, kind: str = "coaching_visit", **fields: Any) -> dict[str, Any]:
    """A visit to Tom on Wednesday at nine, for three quarters of an hour."""
    return {
        "teacher_id": str(world.tom),
        "kind_id": str(world.ids[f"kind_{kind}"]),
        "on": "2026-10-07",
        "at": "09:00",
        "minutes": 45,
        **fields,
    }


async def planned(client: Any, world: Any, kind: str = "coaching_visit", **fields: Any) -> Any:
    """A visit that somebody planned."""
    return await ok(client.post(PATH, json=visit(world, kind, **fields)), 201)


async def certify(as_: Any, world: Any, who: str, **fields: Any) -> Any:
    """Somebody may score from September on."""
    body = {"person_id": str(getattr(world, who)), "title": "Calibrated", "from_on": "2026-09-01"}
    return await ok(as_("ada").post("/observer-certifications", json=body | fields), 201)


async def drafted(client: Any, row: Any) -> Any:
    """The visit took place, as long as it was to take."""
    Ticking.of_test.move_to(row["starts_at"])
    await ok(act(client, "observations", row, "start"))
    Ticking.of_test.at += timedelta(minutes=row["minutes"])
    return await ok(act(client, "observations", row, "finish"))


async def share(connection: AsyncConnection, world: Any, row: Any) -> None:
    """What sharing does to the visit."""
    async with AsyncSession(connection, join_transaction_mode="create_savepoint") as session:
        await keys.enter(session, world.juniper)
        await session.execute(
            text(
                "update observation set state = 'shared', shared_at = :now, version = version + 1"
                " where id = :id"
            ),
            {"now": clock.now(), "id": row["id"]},
        )
        await session.commit()
