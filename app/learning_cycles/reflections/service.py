"""The rules of reflections: each person's own, private until shared, and then for good.

Nothing of a draft shows on the cycle: its version, lists, figures and events are as if there were
none (ADR 0030).
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, PreconditionFailed
from app.core.events import record
from app.core.paging import Paging, page
from app.learning_cycles.holding import APPLIED, below, check_sees, on_cycle
from app.learning_cycles.owners import common
from app.models import CycleReflection, LearningCycle
from app.models.learning_cycles import ReflectionState
from app.models.templates import TemplateKind
from app.people.schools.service import apply
from app.templates import forms
from app.templates.service import asked, fields_of, usable

Page = tuple[list[Any], str | None]
#: the template's title and fields, beside what is said
ASKED = asked(CycleReflection)
#: what a reflection that is shared says, and how that is called
_SAYS = {
    "on_self": "what you reflect on yourself",
    "on_process": "what you reflect on the process",
    "on_students": "what you reflect on the students",
}


class ReflectionShared(Conflict):
    """What was shared stays as it was read."""

    code, title = "reflection_shared", "Your reflection was shared"
    next_step = "Say what came after in the next 1:1, or in the next cycle's reflection."


class ReflectionIncomplete(Conflict):
    """A reflection is shared once and stays as it is, so it says something on self, process and
    students, and answers what its template requires (gate 10)."""

    code, title = "reflection_incomplete", "Your reflection is not complete"
    next_step = "Write what `missing` lists, then share it."


def _view(actor: Actor) -> Any:
    return view(actor, Action.CYCLE_REFLECTION_READ, CycleReflection, *ASKED)


async def of_cycle(session: AsyncSession, actor: Actor, cycle_id: UUID, paging: Paging) -> Page:
    """The reflections on a cycle that the caller can see, of them those they may read."""
    await check_sees(session, actor, cycle_id)
    statement = _view(actor).where(CycleReflection.cycle_id == cycle_id)
    return await page(session, actor, statement, paging, by=[CycleReflection.id])


async def read_reflection(session: AsyncSession, actor: Actor, reflection_id: UUID) -> Any:
    """One reflection."""
    return await read_one(session, actor, _view(actor), CycleReflection, reflection_id)


async def write(
    session: AsyncSession, actor: Actor, cycle_id: UUID, version: int, fields: dict[str, Any]
) -> UUID:
    """Write one's own reflection, whole; the first one over version 0. The teacher and the lead; in
    a team every member and its lead."""
    # the lock on the cycle lets two devices of one person take turns, also at the first writing
    cycle = await on_cycle(session, actor, Action.CYCLE_REFLECT, cycle_id)
    reflection = await session.scalar(
        select(CycleReflection)
        .where(
            CycleReflection.district_id == cycle.district_id,
            CycleReflection.cycle_id == cycle.id,
            CycleReflection.author_id == actor.id,
        )
        .with_for_update()
    )
    present = 0 if reflection is None else reflection.version
    if version != present:
        raise PreconditionFailed(
            "Your reflection is at another version than the one you changed; the first is written"
            " over version 0."
        )
    if reflection is not None and reflection.state == ReflectionState.SHARED.value:
        raise ReflectionShared
    before = reflection.template_id if reflection else None
    template_id, answers = fields["template_id"], forms.plain(fields["answers"])
    if template_id is not None and template_id != before:
        await usable(session, actor, TemplateKind.REFLECTION, template_id)
    forms.check(await _questions(session, cycle, template_id), answers)
    fields = {**fields, "answers": answers}
    if reflection is None:
        reflection = CycleReflection(id=clock.new_id(), **common(cycle, actor.id), **fields)
        session.add(reflection)
        await session.flush()
    else:
        apply(reflection, fields)
    written = [name for name, value in fields.items() if value]
    record(session, actor, "cycle_reflection.written", reflection, written)
    return reflection.id


async def share(session: AsyncSession, actor: Actor, reflection_id: UUID, version: int) -> None:
    """Give it to the other of the two, or to the team; it stays as it is then. Its author."""
    cycle, reflection = await _acting(
        session, actor, Action.CYCLE_REFLECTION_SHARE, reflection_id, version, APPLIED
    )
    missing = [
        {"code": name, "message": f"Write {words}."}
        for name, words in _SAYS.items()
        if getattr(reflection, name) is None
    ]
    questions = await _questions(session, cycle, reflection.template_id)
    missing += forms.missing(questions, reflection.answers)
    if missing:
        raise ReflectionIncomplete(missing=missing[:50])
    fields = {"state": ReflectionState.SHARED.value, "shared_at": clock.now()}
    apply(reflection, fields)
    record(session, actor, "cycle_reflection.shared", reflection, fields)


async def delete(session: AsyncSession, actor: Actor, reflection_id: UUID, version: int) -> None:
    """Take one's own draft away, at any time."""
    _, reflection = await _acting(
        session, actor, Action.CYCLE_REFLECTION_DELETE, reflection_id, version, None
    )
    await session.delete(reflection)
    record(session, actor, "cycle_reflection.deleted", reflection)


async def _acting(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    reflection_id: UUID,
    version: int,
    states: tuple[str, ...] | None,
) -> tuple[LearningCycle, CycleReflection]:
    read = Action.CYCLE_REFLECTION_READ
    return await below(
        session, actor, action, CycleReflection, reflection_id, version, read=read, states=states
    )


async def _questions(
    session: AsyncSession, cycle: LearningCycle, template_id: UUID | None
) -> list[dict[str, Any]]:
    """The further questions, if a template asks some."""
    return await fields_of(session, cycle.district_id, template_id) if template_id else []
