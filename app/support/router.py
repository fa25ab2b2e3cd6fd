"""Support in confidence: whoever is not named finds no trace of it."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.support import service
from app.support.interventions.router import router as interventions
from app.support.schemas import (
    RequestState,
    SupportEntryNew,
    SupportEntryOut,
    SupportEntryPage,
    SupportEventOut,
    SupportEventPage,
    SupportRequestNew,
    SupportRequestOut,
    SupportRequestPage,
    SupportShare,
)
from app.support.updates.router import router as updates
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import CONFIDENTIAL, UnitRoute, replayable

router = APIRouter(tags=[CONFIDENTIAL], route_class=UnitRoute)
routers = (router, interventions, updates)


@router.get("/support-requests", responses=problems(400))
async def list_support_requests(
    session: Session, actor: CurrentActor, paging: Paging, state: RequestState | None = None
) -> SupportRequestPage:
    """The support requests the caller raised or is named in, the oldest first."""
    rows, following = await service.list_requests(session, actor, paging, state)
    items = [SupportRequestOut.model_validate(row) for row in rows]
    return SupportRequestPage(items=items, next=following)


@router.get("/support-requests/{request_id}", responses=problems(404))
@replayable("/api/v1/support-requests/{id}")
async def get_support_request(
    session: Session, actor: CurrentActor, request_id: Id
) -> SupportRequestOut:
    """One support request: the raiser and the named people."""
    return SupportRequestOut.model_validate(await service.read_request(session, actor, request_id))


@router.post(
    "/support-requests",
    status_code=201,
    responses=problems(UnknownReference, service.NotARecipient),
)
async def create_support_request(
    session: Session, actor: CurrentActor, body: SupportRequestNew
) -> SupportRequestOut:
    """Ask named people for help with a coaching relationship, in confidence: its lead. The
    teacher concerned, and everybody who is not named, finds no trace of it."""
    request_id = await service.raise_request(session, actor, **body.model_dump())
    return await get_support_request(session, actor, request_id)


@router.post(
    "/support-requests/{request_id}/share",
    responses=problems(403, 404, 412, WrongState, service.NotARecipient),
)
async def share_support_request(
    session: Session, actor: CurrentActor, request_id: Id, version: IfMatch, body: SupportShare
) -> SupportRequestOut:
    """Name one more person, who then reads all that was said: the raiser."""
    await service.share(session, actor, request_id, version, body.person_id)
    return await get_support_request(session, actor, request_id)


@router.post(
    "/support-requests/{request_id}/acknowledge", responses=problems(403, 404, 412, WrongState)
)
async def acknowledge_support_request(
    session: Session, actor: CurrentActor, request_id: Id, version: IfMatch
) -> SupportRequestOut:
    """Say that it was read: somebody who is named."""
    await service.acknowledge(session, actor, request_id, version)
    return await get_support_request(session, actor, request_id)


@router.post("/support-requests/{request_id}/start", responses=problems(404, 412, WrongState))
async def start_support_request(
    session: Session, actor: CurrentActor, request_id: Id, version: IfMatch
) -> SupportRequestOut:
    """Work on it: the raiser or somebody who is named."""
    await service.start(session, actor, request_id, version)
    return await get_support_request(session, actor, request_id)


@router.post("/support-requests/{request_id}/resolve", responses=problems(404, 412, WrongState))
async def resolve_support_request(
    session: Session, actor: CurrentActor, request_id: Id, version: IfMatch
) -> SupportRequestOut:
    """It is resolved: the raiser or somebody who is named. The raiser can reopen it."""
    await service.resolve(session, actor, request_id, version)
    return await get_support_request(session, actor, request_id)


@router.post(
    "/support-requests/{request_id}/withdraw", responses=problems(403, 404, 412, WrongState)
)
async def withdraw_support_request(
    session: Session, actor: CurrentActor, request_id: Id, version: IfMatch
) -> SupportRequestOut:
    """Take it back before it is resolved: the raiser. Who was named reads it on."""
    await service.withdraw(session, actor, request_id, version)
    return await get_support_request(session, actor, request_id)


@router.post("/support-requests/{request_id}/reopen", responses=problems(403, 404, 412, WrongState))
async def reopen_support_request(
    session: Session, actor: CurrentActor, request_id: Id, version: IfMatch
) -> SupportRequestOut:
    """It is not resolved after all: the raiser."""
    await service.reopen(session, actor, request_id, version)
    return await get_support_request(session, actor, request_id)


@router.get("/support-requests/{request_id}/history", responses=problems(400, 404))
async def list_support_request_history(
    session: Session, actor: CurrentActor, request_id: Id, paging: Paging
) -> SupportEventPage:
    """Who did what with a request, its entries and its interventions, the first first: the raiser
    and the named people. Names of fields, never their content."""
    rows, following = await service.list_history(session, actor, request_id, paging)
    items = [SupportEventOut.model_validate(row) for row in rows]
    return SupportEventPage(items=items, next=following)


@router.get("/support-requests/{request_id}/entries", responses=problems(400, 404))
async def list_support_entries(
    session: Session, actor: CurrentActor, request_id: Id, paging: Paging
) -> SupportEntryPage:
    """The discussion, possible solutions and next steps, the oldest first."""
    rows, following = await service.list_entries(session, actor, request_id, paging)
    items = [SupportEntryOut.model_validate(row) for row in rows]
    return SupportEntryPage(items=items, next=following)


@router.get("/support-entries/{entry_id}", responses=problems(404))
@replayable("/api/v1/support-entries/{id}")
async def get_support_entry(session: Session, actor: CurrentActor, entry_id: Id) -> SupportEntryOut:
    """One entry: the raiser and the named people."""
    return SupportEntryOut.model_validate(await service.read_entry(session, actor, entry_id))


@router.post(
    "/support-requests/{request_id}/entries",
    status_code=201,
    responses=problems(404, WrongState, service.NotARecipient, service.OwnerAndDay),
)
async def create_support_entry(
    session: Session, actor: CurrentActor, request_id: Id, body: SupportEntryNew
) -> SupportEntryOut:
    """Write a message, a possible solution or a next step: the raiser or a named person."""
    entry_id = await service.write(session, actor, request_id, body.model_dump())
    return await get_support_entry(session, actor, entry_id)


@router.post(
    "/support-entries/{entry_id}/finish", responses=problems(404, 412, service.NothingToDo)
)
async def finish_support_entry(
    session: Session, actor: CurrentActor, entry_id: Id, version: IfMatch
) -> SupportEntryOut:
    """A next step is done: the raiser or a named person."""
    await service.finish_entry(session, actor, entry_id, version)
    return await get_support_entry(session, actor, entry_id)
