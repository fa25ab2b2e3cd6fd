"""Rows of other features that feedback stands on, and its own steps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from tests.goals.test_goals import at
from tests.meetings.test_meetings import ok
from tests.parts import talks

TALKS = "/feedback-conversations"


@asynccontextmanager
async def entered(connection: Any, world: Any) -> AsyncIterator[AsyncSession]:
    """A session in the first district, on the test's connection."""
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        yield session
        await session.commit()


@asynccontextmanager
async def adding(connection: Any, world: Any) -> AsyncIterator[Any]:
    """`add(name, row)` to the first district."""
    async with entered(connection, world) as session:

        async def add(_name: str, row: Any) -> Any:
            row.id = row.id or clock.new_id()
            session.add(row)
            await session.flush()
            return row

        yield add


async def readers(connection: Any, world: Any, record_id: str) -> list[tuple[str, str]]:
    """Who is written down to have read a record, or a part of it, and of what."""
    names = {row_id: name for name, row_id in world.ids.items()}
    log = m.AccessLog
    async with entered(connection, world) as session:
        rows = await session.execute(
            select(log.reader_id, log.operation)
            .where(log.record_id == record_id)
            .order_by(log.at, log.id)
        )
        return [(names[row.reader_id], row.operation) for row in rows]


async def visited(
    connection: Any, world: Any, who: str, kind: str, teacher: str = "tom", **fields: Any
) -> str:
    """The id of an observation by somebody of a teacher."""
    async with adding(connection, world) as add:
        row = await talks.visit(
            add,
            world,
            clock.new_id().hex,
            teacher_id=getattr(world, teacher),
            observer_id=getattr(world, who),
            observer_kind=kind,
            **fields,
        )
    return str(row.id)


async def tried(
    connection: Any, world: Any, teacher: str = "tom", lead: str = "lena", **fields: Any
) -> str:
    """The id of a learning cycle in application."""
    async with adding(connection, world) as add:
        row = await talks.cycle(add, world, "Checks for all", teacher, lead, **fields)
    return str(row.id)


async def certified(connection: Any, world: Any, who: str, **fields: Any) -> None:
    """Somebody may rate from the summer on."""
    async with adding(connection, world) as add:
        days = {"from_on": clock.today("UTC").replace(month=7), **fields}
        whose = {"district_id": world.juniper, "person_id": getattr(world, who)}
        await add("", m.ObserverCertification(**whose, title="Observer", **days))


async def prepared(as_: Any, world: Any, protocol: str, who: str = "lena", **fields: Any) -> Any:
    """A conversation by a protocol, with Tom unless it is about an observation."""
    body = {"template_id": str(world.ids[protocol]), **fields}
    if "observation_id" not in fields:
        body.setdefault("teacher_id", str(world.tom))
    return await ok(as_(who).post(TALKS, json=body), 201)


async def do(client: Any, talk: Any, step: str, path: str = TALKS, **body: Any) -> Any:
    """A step at the present version."""
    now = await ok(client.get(f"{path}/{talk['id']}"))
    return await client.post(f"{path}/{talk['id']}/{step}", headers=at(now), json=body)


async def plain(client: Any, talk: Any, step: str, path: str = TALKS) -> Any:
    """The same of a step without a body."""
    now = await ok(client.get(f"{path}/{talk['id']}"))
    return await client.post(f"{path}/{talk['id']}/{step}", headers=at(now))


async def note(client: Any, talk: Any, key: str, text: str = "Seen.", version: int = 0) -> Any:
    """A note at a step."""
    return await client.put(
        f"{TALKS}/{talk['id']}/notes/{key}",
        headers={"If-Match": f'"{version}"'},
        json={"text": text},
    )


async def notes(client: Any, talk: Any) -> list[str]:
    """The steps that somebody reads notes of."""
    found = await ok(client.get(f"{TALKS}/{talk['id']}/notes"))
    return [row["step_key"] for row in found["items"]]


async def shared(as_: Any, talk: Any, who: str) -> Any:
    """The conversation with each step noted, held and shared."""
    for field in talk["fields"]:
        await ok(note(as_(who), talk, field["key"]))
    await ok(do(as_(who), talk, "hold"))
    return await ok(plain(as_(who), talk, "share"))
