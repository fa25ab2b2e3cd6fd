"""The rules of introductions: one for each relationship, either of the two writes it (R4)."""

from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.models import Introduction
from app.people.schools.service import apply
from app.relationships.pair import owners, working_with, year_of

Page = tuple[list[Any], str | None]


class IntroductionExists(Conflict):
    """The two introduce their work once; they change what there is."""

    code, title = "introduction_exists", "There is an introduction already"
    next_step = "Find it with GET /introductions?teacher_id=… and change it."


class IntroducedInFuture(Conflict):
    """The day the students were told is not in the future; what is to come is `planned_on`."""

    code, title = "introduced_in_future", "That day has not come yet"
    next_step = "Send `planned_on` for a day to come, and `introduced_on` once it was."


async def list_introductions(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """The introductions the caller may read; `filters` are columns and the value to keep to."""
    statement = view(actor, Action.INTRODUCTION_READ, Introduction).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[Introduction.id])


async def read_introduction(session: AsyncSession, actor: Actor, introduction_id: UUID) -> Any:
    """One introduction."""
    statement = view(actor, Action.INTRODUCTION_READ, Introduction)
    return await read_one(session, actor, statement, Introduction, introduction_id)


async def write(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Write down how the students are told: either of the two, one for their relationship."""
    relationship = await working_with(
        session, actor, Action.INTRODUCTION_CREATE, fields.pop("teacher_id", None)
    )
    introduction = Introduction(id=clock.new_id(), **owners(relationship, actor.id), **fields)
    try:
        async with session.begin_nested():
            session.add(introduction)
            await session.flush()
    except IntegrityError as exc:
        if "uq_introduction_relationship" in str(exc.orig):
            raise IntroductionExists from exc
        raise
    record(session, actor, "introduction.written", introduction)
    return introduction.id


async def change(
    session: AsyncSession,
    actor: Actor,
    introduction_id: UUID,
    version: int,
    fields: dict[str, Any],
) -> None:
    """Change it, or say on which day it was: either of the two."""
    introduction = await acting(
        session,
        actor,
        Action.INTRODUCTION_EDIT,
        Introduction,
        introduction_id,
        version,
        read=Action.INTRODUCTION_READ,
    )
    if (on := fields.get("introduced_on")) is not None:
        _, zone = await year_of(session, actor.district_id, introduction.relationship_id)
        if on > clock.today(zone):
            raise IntroducedInFuture
    apply(introduction, fields)
    record(session, actor, "introduction.changed", introduction, fields)
