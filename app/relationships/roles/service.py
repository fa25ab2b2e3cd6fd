"""The rules of role notes: one of the two writes, the other answers (R4)."""

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
from app.models import RoleNote
from app.models.norms import RoleNoteState
from app.people.schools.service import apply
from app.relationships.pair import owners, working_with

Page = tuple[list[Any], str | None]


async def list_notes(session: AsyncSession, actor: Actor, paging: Paging, **filters: Any) -> Page:
    """The role notes the caller may read; `filters` are columns and the value to keep to."""
    statement = view(actor, Action.ROLE_NOTE_READ, RoleNote).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[RoleNote.id])


async def read_note(session: AsyncSession, actor: Actor, note_id: UUID) -> Any:
    """One role note."""
    statement = view(actor, Action.ROLE_NOTE_READ, RoleNote)
    return await read_one(session, actor, statement, RoleNote, note_id)


async def write(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Say what one expects of the other's role, or ask: either of the two."""
    relationship = await working_with(
        session, actor, Action.ROLE_NOTE_CREATE, fields.pop("teacher_id", None)
    )
    note = RoleNote(id=clock.new_id(), **owners(relationship, actor.id), **fields)
    session.add(note)
    await session.flush()
    record(session, actor, "role_note.written", note)
    return note.id


async def change(
    session: AsyncSession, actor: Actor, note_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Put it in other words: its author, as long as nobody answered."""
    note = await _acting(session, actor, Action.ROLE_NOTE_EDIT, note_id, version)
    apply(note, fields)
    record(session, actor, "role_note.changed", note, fields)


async def answer(
    session: AsyncSession, actor: Actor, note_id: UUID, version: int, text: str
) -> None:
    """Answer what the other of the two wrote, once."""
    note = await _acting(session, actor, Action.ROLE_NOTE_ANSWER, note_id, version)
    fields = {
        "state": RoleNoteState.ANSWERED.value,
        "answer": text,
        "answered_by_id": actor.id,
        "answered_at": clock.now(),
    }
    apply(note, fields)
    record(session, actor, "role_note.answered", note, fields)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, note_id: UUID, version: int
) -> RoleNote:
    return await acting(
        session, actor, action, RoleNote, note_id, version, read=Action.ROLE_NOTE_READ
    )
