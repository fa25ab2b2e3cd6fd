"""The rules of leader updates: a word about a teacher to a leader of the school."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.views import read_one, view
from app.core import clock
from app.core.events import record
from app.core.paging import Paging, page
from app.models import LeaderUpdate
from app.models.people import RoleKind
from app.support.service import NotASchoolLeader, check_able, school_of

Page = tuple[list[Any], str | None]


async def list_updates(
    session: AsyncSession, actor: Actor, paging: Paging, about_id: UUID | None
) -> Page:
    """Updates that the caller wrote or got; to a teacher those that were opened to them."""
    statement = view(actor, Action.LEADER_UPDATE_READ, LeaderUpdate)
    if about_id is not None:
        statement = statement.where(LeaderUpdate.about_id == about_id)
    return await page(session, actor, statement, paging, by=[LeaderUpdate.id])


async def read_update(session: AsyncSession, actor: Actor, update_id: UUID) -> Any:
    """One update."""
    statement = view(actor, Action.LEADER_UPDATE_READ, LeaderUpdate)
    return await read_one(session, actor, statement, LeaderUpdate, update_id)


async def tell(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Keep a leader of the school up to date about a teacher the caller coaches."""
    about_id = fields["about_id"]
    school_id = await school_of(session, actor, Action.LEADER_UPDATE_CREATE, about_id)
    await check_able(
        session,
        actor,
        school_id,
        about_id,
        [fields["leader_id"]],
        "leader_id",
        (RoleKind.SCHOOL_LEADER,),
        NotASchoolLeader,
    )
    update = LeaderUpdate(
        district_id=actor.district_id,
        id=clock.new_id(),
        school_id=school_id,
        author_id=actor.id,
        **fields,
    )
    session.add(update)
    await session.flush()
    record(session, actor, "leader_update.sent", update)
    return update.id
