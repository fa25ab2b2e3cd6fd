"""Second observers: asked by the observer, allowed by the teacher."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.observations.co_observers import service
from app.observations.co_observers.schemas import (
    CoObserverNew,
    CoObserverOut,
    CoObserverPage,
    CoObserverStateName,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Co-observers"], route_class=UnitRoute)


@router.get("/co-observers", responses=problems(400))
async def list_co_observers(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    observation_id: Id | None = None,
    person_id: Id | None = None,
    state: CoObserverStateName | None = None,
) -> CoObserverPage:
    """Who was asked to look on, the oldest first: in visits to you, in yours, and yourself."""
    rows, following = await service.list_co_observers(
        session, actor, paging, observation_id=observation_id, person_id=person_id, state=state
    )
    return CoObserverPage(items=[CoObserverOut.model_validate(row) for row in rows], next=following)


@router.get("/co-observers/{co_observer_id}", responses=problems(404))
@replayable("/api/v1/co-observers/{id}")
async def get_co_observer(
    session: Session, actor: CurrentActor, co_observer_id: Id
) -> CoObserverOut:
    """One of them: the teacher, the observer, and the person who was asked to look on."""
    row = await service.read_co_observer(session, actor, co_observer_id)
    return CoObserverOut.model_validate(row)


@router.post(
    "/observations/{observation_id}/co-observers",
    status_code=201,
    responses=problems(
        403,
        404,
        WrongState,
        UnknownReference,
        service.CoObserverAsked,
        service.VisitNotAnnounced,
    ),
)
async def create_co_observer(
    session: Session, actor: CurrentActor, observation_id: Id, body: CoObserverNew
) -> CoObserverOut:
    """Ask somebody of the school to look on: the observer, until the visit is over. They see
    nothing of it before the teacher consents."""
    asked = await service.ask(session, actor, observation_id, body.person_id)
    return await get_co_observer(session, actor, asked)


@router.post(
    "/co-observers/{co_observer_id}/consent",
    responses=problems(403, 404, 412, WrongState, service.VisitShared),
)
async def consent_co_observer(
    session: Session, actor: CurrentActor, co_observer_id: Id, version: IfMatch
) -> CoObserverOut:
    """Let them look on: the teacher. They see the visit and write down what they see; all of it
    they read once it is shared."""
    await service.consent(session, actor, co_observer_id, version)
    return await get_co_observer(session, actor, co_observer_id)


@router.post(
    "/co-observers/{co_observer_id}/decline",
    responses=problems(403, 404, 412, WrongState, service.VisitShared),
)
async def decline_co_observer(
    session: Session, actor: CurrentActor, co_observer_id: Id, version: IfMatch
) -> CoObserverOut:
    """Say no, without a reason: the teacher. Nobody asks for that person again."""
    await service.decline(session, actor, co_observer_id, version)
    return await get_co_observer(session, actor, co_observer_id)


@router.post(
    "/co-observers/{co_observer_id}/withdraw",
    responses=problems(403, 404, 412, WrongState, service.VisitShared),
)
async def withdraw_co_observer(
    session: Session, actor: CurrentActor, co_observer_id: Id, version: IfMatch
) -> CoObserverOut:
    """End it, until the observation is shared: the teacher, the observer, or the person."""
    await service.withdraw(session, actor, co_observer_id, version)
    return await get_co_observer(session, actor, co_observer_id)
