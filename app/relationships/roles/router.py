"""What a teacher and their lead expect of each other's roles and ask about them, with answers."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.relationships.pair import CoachingNotActive
from app.relationships.roles import service
from app.relationships.roles.schemas import (
    Kind,
    RoleNoteAnswer,
    RoleNoteChange,
    RoleNoteNew,
    RoleNoteOut,
    RoleNotePage,
    State,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(prefix="/role-notes", tags=["Role notes"], route_class=UnitRoute)


@router.get("", responses=problems(400))
async def list_role_notes(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    kind: Kind | None = None,
    state: State | None = None,
) -> RoleNotePage:
    """What the caller and the other of the two expect and ask, the oldest first."""
    rows, following = await service.list_notes(
        session, actor, paging, teacher_id=teacher_id, kind=kind, state=state
    )
    return RoleNotePage(items=[RoleNoteOut.model_validate(row) for row in rows], next=following)


@router.get("/{note_id}", responses=problems(404))
@replayable("/api/v1/role-notes/{id}")
async def get_role_note(session: Session, actor: CurrentActor, note_id: Id) -> RoleNoteOut:
    """One expectation or question: the teacher and the lead it was written with."""
    return RoleNoteOut.model_validate(await service.read_note(session, actor, note_id))


@router.post("", status_code=201, responses=problems(403, UnknownReference, CoachingNotActive))
async def create_role_note(session: Session, actor: CurrentActor, body: RoleNoteNew) -> RoleNoteOut:
    """Say what you expect of the other's role, or ask: the teacher or their lead."""
    note_id = await service.write(session, actor, body.model_dump())
    return await get_role_note(session, actor, note_id)


@router.patch("/{note_id}", responses=problems(403, 404, 412, WrongState))
async def update_role_note(
    session: Session, actor: CurrentActor, note_id: Id, version: IfMatch, body: RoleNoteChange
) -> RoleNoteOut:
    """Put it in other words. Its author, as long as it is not answered."""
    await service.change(session, actor, note_id, version, body.changes())
    return await get_role_note(session, actor, note_id)


@router.post("/{note_id}/answer", responses=problems(403, 404, 412, WrongState))
async def answer_role_note(
    session: Session, actor: CurrentActor, note_id: Id, version: IfMatch, body: RoleNoteAnswer
) -> RoleNoteOut:
    """Answer it. The other of the two, once."""
    await service.answer(session, actor, note_id, version, body.answer)
    return await get_role_note(session, actor, note_id)
