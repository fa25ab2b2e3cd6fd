"""The agenda of a 1:1: the teacher's items first, and theirs to order."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.meetings.agenda import service
from app.meetings.agenda.schemas import (
    AgendaItemChange,
    AgendaItemMove,
    AgendaItemNew,
    AgendaItemOut,
    AgendaItemPage,
    AgendaItemVersionOut,
    AgendaItemVersionPage,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Agenda"], route_class=UnitRoute)


@router.get("/meetings/{meeting_id}/agenda-items", responses=problems(400, 404))
async def list_agenda_items(
    session: Session, actor: CurrentActor, meeting_id: Id, paging: Paging
) -> AgendaItemPage:
    """A meeting's agenda in its order: the teacher and their lead."""
    rows, following = await service.list_items(session, actor, meeting_id, paging)
    return AgendaItemPage(items=[AgendaItemOut.model_validate(row) for row in rows], next=following)


@router.get("/agenda-items/{item_id}", responses=problems(404))
@replayable("/api/v1/agenda-items/{id}")
async def get_agenda_item(session: Session, actor: CurrentActor, item_id: Id) -> AgendaItemOut:
    """One agenda item."""
    return AgendaItemOut.model_validate(await service.read_item(session, actor, item_id))


@router.get("/agenda-items/{item_id}/history", responses=problems(400, 404))
async def list_agenda_item_history(
    session: Session, actor: CurrentActor, item_id: Id, paging: Paging
) -> AgendaItemVersionPage:
    """Every text the item had, the first one first: to those who read the item."""
    rows, following = await service.list_texts(session, actor, item_id, paging)
    items = [AgendaItemVersionOut.model_validate(row) for row in rows]
    return AgendaItemVersionPage(items=items, next=following)


@router.post(
    "/meetings/{meeting_id}/agenda-items",
    status_code=201,
    responses=problems(403, 404, WrongState, service.AgendaFull),
)
async def create_agenda_item(
    session: Session, actor: CurrentActor, meeting_id: Id, body: AgendaItemNew
) -> AgendaItemOut:
    """Put something on the agenda: either of the two, up to a hundred open items each. The
    teacher's go before the first of the lead's; the order is the teacher's."""
    item_id = await service.add(session, actor, meeting_id, body.text)
    return await get_agenda_item(session, actor, item_id)


@router.patch("/agenda-items/{item_id}", responses=problems(403, 404, 412, WrongState))
async def update_agenda_item(
    session: Session, actor: CurrentActor, item_id: Id, version: IfMatch, body: AgendaItemChange
) -> AgendaItemOut:
    """Other words for an open item: its author alone. The words before stay in the history."""
    await service.change(session, actor, item_id, version, body.changes())
    return await get_agenda_item(session, actor, item_id)


@router.post("/agenda-items/{item_id}/move", responses=problems(403, 404, 412, WrongState))
async def move_agenda_item(
    session: Session, actor: CurrentActor, item_id: Id, version: IfMatch, body: AgendaItemMove
) -> AgendaItemOut:
    """Give an item another place: the teacher alone. No version changes by it, so nobody's text
    becomes stale."""
    await service.move(session, actor, item_id, version, body.position)
    return await get_agenda_item(session, actor, item_id)


@router.post(
    "/agenda-items/{item_id}/discuss",
    responses=problems(403, 404, 412, WrongState, service.MeetingNotOn),
)
async def discuss_agenda_item(
    session: Session, actor: CurrentActor, item_id: Id, version: IfMatch
) -> AgendaItemOut:
    """It was talked about: either of the two, while the meeting is on."""
    await service.discuss(session, actor, item_id, version)
    return await get_agenda_item(session, actor, item_id)


@router.post("/agenda-items/{item_id}/drop", responses=problems(403, 404, 412, WrongState))
async def drop_agenda_item(
    session: Session, actor: CurrentActor, item_id: Id, version: IfMatch
) -> AgendaItemOut:
    """It is no longer wanted: the teacher any item, the lead their own. Its text is kept."""
    await service.drop(session, actor, item_id, version)
    return await get_agenda_item(session, actor, item_id)
