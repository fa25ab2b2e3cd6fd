"""Observations as the tests insert them, and what is written in them over HTTP."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from tests.conftest import Live
from tests.meetings.test_meetings import ok

SEEN = "2026-10-05T15:00:00Z"


def kind_of(world: Any, key: str, **flags: Any) -> m.ObservationKind:
    """A kind of observation, under a key that does not come with the program."""
    fields = {"formal": False, "scored": False, "complete": False, "counts": False, **flags}
    return m.ObservationKind(
        district_id=world.juniper,
        id=clock.new_id(),
        key=key,
        title=key,
        min_minutes=10,
        observers=["lead", "school_leader"],
        **fields,
    )


def visit_of(world: Any, kind: m.ObservationKind, **fields: Any) -> m.Observation:
    """A visit of that kind: Lena's to Tom, in progress, unless `fields` say another."""
    now = clock.now()
    found = {
        "teacher_id": world.tom,
        "observer_id": world.lena,
        "observer_kind": "lead",
        "state": "in_progress",
        "started_at": now,
        **fields,
    }
    found.setdefault("author_id", found["observer_id"])
    return m.Observation(
        district_id=world.juniper,
        id=clock.new_id(),
        school_id=world.alder,
        school_year_id=world.alder_year,
        kind_id=kind.id,
        formal=kind.formal,
        scored=kind.scored,
        evaluative=kind.formal and kind.scored,
        on=date(2026, 10, 5),
        at="09:00",
        zone="America/Denver",
        minutes=30,
        starts_at=now,
        ends_at=now + timedelta(minutes=30),
        **found,
    )


async def add(session: AsyncSession, world: Any, *rows: Any) -> None:
    """Write rows of the first district."""
    await keys.enter(session, world.juniper)
    for row in rows:
        session.add(row)
        await session.flush()
    await session.commit()


async def put(connection: Any, world: Any, *rows: Any) -> None:
    """The same in the transaction of a test."""
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await add(session, world, *rows)


async def coaching(connection: Any, world: Any, **fields: Any) -> str:
    """A coaching visit of Lena's to Tom; its id."""
    kind = kind_of(world, "look_in")
    seen = visit_of(world, kind, **fields)
    await put(connection, world, kind, seen)
    return str(seen.id)


async def formal(connection: Any, world: Any, *, complete: bool = False, **fields: Any) -> str:
    """A formal, scored observation of Tom by Paul."""
    kind = kind_of(world, "evaluation", formal=True, scored=True, complete=complete)
    given = {"observer_id": world.paul, "observer_kind": "school_leader", **fields}
    seen = visit_of(world, kind, **given)
    await put(connection, world, kind, seen)
    return str(seen.id)


async def live_visit(live: Live, **fields: Any) -> str:
    """A coaching visit in a database of its own."""
    kind = kind_of(live.world, "look_in")
    seen = visit_of(live.world, kind, **fields)
    async with live.app.state.database.writing() as session:
        await add(session, live.world, kind, seen)
    return str(seen.id)


async def move(connection: Any, world: Any, visit: str, state: str) -> None:
    """The state that the steps of a visit would bring it to."""
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        now = clock.now() if state == "acknowledged" else None
        await session.execute(
            update(m.Observation)
            .where(m.Observation.id == visit)
            .values(
                state=state,
                version=m.Observation.version + 1,
                acknowledged_at=now,
                reply="Thank you." if now else None,
            )
        )
        await session.commit()


def item(key: str, text: str = "T: What do you notice?", **fields: Any) -> dict[str, Any]:
    """One captured item."""
    return {
        "client_key": key,
        "kind": "evidence",
        "at": SEEN,
        "text": text,
        "edited_at": SEEN,
        **fields,
    }


async def send(client: Any, visit: str, *items: Any, status: int = 200) -> Any:
    """A batch, and what became of each item."""
    body = await ok(
        client.post(f"/observations/{visit}/evidence/batch", json={"items": list(items)}), status
    )
    return body["results"] if status == 200 else body


async def script(client: Any, visit: str, query: str = "") -> list[Any]:
    """The items that somebody reads."""
    found = await ok(client.get(f"/observations/{visit}/evidence?limit=200{query}"))
    return list(found["items"])
