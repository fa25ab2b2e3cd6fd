"""The rules of interventions: a leader who is named is asked to step in, and answers."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.events import record
from app.core.paging import Paging, page
from app.models import Intervention, SupportRequest
from app.models.people import RoleKind
from app.models.support import InterventionState
from app.people.schools.service import apply
from app.support.service import NotASchoolLeader, check_able, check_named, read_request

Page = tuple[list[Any], str | None]


async def list_interventions(
    session: AsyncSession, actor: Actor, request_id: UUID, paging: Paging
) -> Page:
    """The interventions of a request the caller reads."""
    await read_request(session, actor, request_id)
    statement = view(actor, Action.INTERVENTION_READ, Intervention).where(
        Intervention.request_id == request_id
    )
    return await page(session, actor, statement, paging, by=[Intervention.id])


async def read_intervention(session: AsyncSession, actor: Actor, intervention_id: UUID) -> Any:
    """One intervention."""
    statement = view(actor, Action.INTERVENTION_READ, Intervention)
    return await read_one(session, actor, statement, Intervention, intervention_id)


async def ask(
    session: AsyncSession, actor: Actor, request_id: UUID, *, leader_id: UUID, text: str
) -> UUID:
    """Ask a leader who is named to step in: the raiser."""
    request = await acting(
        session, actor, Action.SUPPORT_ASK, SupportRequest, request_id, read=Action.SUPPORT_READ
    )
    await check_able(
        session,
        actor,
        request.school_id,
        request.about_id,
        [leader_id],
        "leader_id",
        (RoleKind.SCHOOL_LEADER,),
        NotASchoolLeader,
    )
    await check_named(session, request, leader_id, "leader_id", NotASchoolLeader)
    asked = Intervention(
        district_id=actor.district_id,
        id=clock.new_id(),
        request_id=request.id,
        author_id=actor.id,
        leader_id=leader_id,
        text=text,
    )
    session.add(asked)
    await session.flush()
    record(session, actor, "intervention.requested", asked)
    return asked.id


async def accept(session: AsyncSession, actor: Actor, intervention_id: UUID, version: int) -> None:
    """Take it on: the leader who was asked, as all below."""
    action = Action.INTERVENTION_ACCEPT
    fields = {"state": InterventionState.ACCEPTED.value}
    await _answer(session, actor, action, intervention_id, version, fields)


async def decline(
    session: AsyncSession, actor: Actor, intervention_id: UUID, version: int, reason: str
) -> None:
    """Say no, with the reason."""
    action = Action.INTERVENTION_DECLINE
    fields = {"state": InterventionState.DECLINED.value, "reason": reason}
    await _answer(session, actor, action, intervention_id, version, fields)


async def start(session: AsyncSession, actor: Actor, intervention_id: UUID, version: int) -> None:
    """It is under way."""
    action = Action.INTERVENTION_START
    fields = {"state": InterventionState.UNDER_WAY.value}
    await _answer(session, actor, action, intervention_id, version, fields)


async def finish(session: AsyncSession, actor: Actor, intervention_id: UUID, version: int) -> None:
    """It is done."""
    action = Action.INTERVENTION_FINISH
    fields = {"state": InterventionState.DONE.value}
    await _answer(session, actor, action, intervention_id, version, fields)


async def _answer(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    intervention_id: UUID,
    version: int,
    fields: dict[str, Any],
) -> None:
    row = await acting(
        session,
        actor,
        action,
        Intervention,
        intervention_id,
        version,
        read=Action.INTERVENTION_READ,
    )
    apply(row, fields)
    record(session, actor, f"intervention.{fields['state']}", row, fields)
