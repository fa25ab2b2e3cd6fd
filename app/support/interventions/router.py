"""Interventions: a school leader is asked to step in, in confidence."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.support.interventions import service
from app.support.interventions.schemas import (
    InterventionDecline,
    InterventionNew,
    InterventionOut,
    InterventionPage,
)
from app.support.service import NotASchoolLeader
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import CONFIDENTIAL, UnitRoute, replayable

router = APIRouter(tags=[CONFIDENTIAL], route_class=UnitRoute)


@router.get("/support-requests/{request_id}/interventions", responses=problems(400, 404))
async def list_interventions(
    session: Session, actor: CurrentActor, request_id: Id, paging: Paging
) -> InterventionPage:
    """What leaders were asked to do, the oldest first."""
    rows, following = await service.list_interventions(session, actor, request_id, paging)
    items = [InterventionOut.model_validate(row) for row in rows]
    return InterventionPage(items=items, next=following)


@router.get("/interventions/{intervention_id}", responses=problems(404))
@replayable("/api/v1/interventions/{id}")
async def get_intervention(
    session: Session, actor: CurrentActor, intervention_id: Id
) -> InterventionOut:
    """One intervention: the raiser and the named people."""
    return InterventionOut.model_validate(
        await service.read_intervention(session, actor, intervention_id)
    )


@router.post(
    "/support-requests/{request_id}/interventions",
    status_code=201,
    responses=problems(403, 404, WrongState, NotASchoolLeader, service.AlreadyAsked),
)
async def create_intervention(
    session: Session, actor: CurrentActor, request_id: Id, body: InterventionNew
) -> InterventionOut:
    """Ask a named leader of the school to step in: the raiser, once while it is neither declined
    nor done."""
    asked = await service.ask(session, actor, request_id, **body.model_dump())
    return await get_intervention(session, actor, asked)


@router.post(
    "/interventions/{intervention_id}/accept",
    responses=problems(403, 404, 412, WrongState, service.RequestOver),
)
async def accept_intervention(
    session: Session, actor: CurrentActor, intervention_id: Id, version: IfMatch
) -> InterventionOut:
    """Take it on, while the request is not over: the leader who was asked."""
    await service.accept(session, actor, intervention_id, version)
    return await get_intervention(session, actor, intervention_id)


@router.post(
    "/interventions/{intervention_id}/decline", responses=problems(403, 404, 412, WrongState)
)
async def decline_intervention(
    session: Session,
    actor: CurrentActor,
    intervention_id: Id,
    version: IfMatch,
    body: InterventionDecline,
) -> InterventionOut:
    """Say no, with the reason: the leader who was asked."""
    await service.decline(session, actor, intervention_id, version, body.reason)
    return await get_intervention(session, actor, intervention_id)


@router.post(
    "/interventions/{intervention_id}/start",
    responses=problems(403, 404, 412, WrongState, service.RequestOver),
)
async def start_intervention(
    session: Session, actor: CurrentActor, intervention_id: Id, version: IfMatch
) -> InterventionOut:
    """It is under way, while the request is not over: the leader who was asked."""
    await service.start(session, actor, intervention_id, version)
    return await get_intervention(session, actor, intervention_id)


@router.post(
    "/interventions/{intervention_id}/finish", responses=problems(403, 404, 412, WrongState)
)
async def finish_intervention(
    session: Session, actor: CurrentActor, intervention_id: Id, version: IfMatch
) -> InterventionOut:
    """It is done: the leader who was asked."""
    await service.finish(session, actor, intervention_id, version)
    return await get_intervention(session, actor, intervention_id)
