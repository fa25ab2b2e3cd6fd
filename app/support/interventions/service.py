"""The rules of interventions: a leader who is named is asked to step in, and answers."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.models import Intervention, SupportRequest
from app.models.people import RoleKind
from app.models.support import PENDING, UNRESOLVED, InterventionState
from app.people.schools.service import apply
from app.support.service import NotASchoolLeader, check_able, check_named, read_request

Page = tuple[list[Any], str | None]


class AlreadyAsked(Conflict):
    """This leader was asked to step in, and neither declined nor is done."""

    code, title = "already_asked", "This leader is asked already"
    next_step = "Wait until the intervention is declined or done, or ask another leader."


class RequestOver(Conflict):
    """The support request was withdrawn or resolved, so nobody steps in any more."""

    code, title = "support_request_over", "The request is over"
    next_step = "Decline, or ask the raiser to reopen the request when it was resolved."


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
    # The request's row is locked, so two who ask at once come one after the other.
    if await session.scalar(
        select(Intervention.id)
        .where(
            Intervention.district_id == actor.district_id,
            Intervention.request_id == request.id,
            Intervention.leader_id == leader_id,
            Intervention.state.in_([str(state) for state in PENDING]),
        )
        .limit(1)
    ):
        raise AlreadyAsked
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
    if action in (Action.INTERVENTION_ACCEPT, Action.INTERVENTION_START):
        await _still_open(session, row)
    apply(row, fields)
    record(session, actor, f"intervention.{fields['state']}", row, fields)


async def _still_open(session: AsyncSession, row: Intervention) -> None:
    """Refuse once the request is over. Its row is locked: it does not end meanwhile."""
    state = await session.scalar(
        select(SupportRequest.state)
        .where(SupportRequest.district_id == row.district_id, SupportRequest.id == row.request_id)
        .with_for_update()
    )
    if state not in UNRESOLVED:
        raise RequestOver
