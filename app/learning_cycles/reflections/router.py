"""Reflections on a cycle."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.learning_cycles.reflections import service
from app.learning_cycles.reflections.schemas import (
    CycleReflectionOut,
    CycleReflectionPage,
    CycleReflectionPut,
)
from app.templates.forms import AnswersDoNotFit
from app.templates.service import TemplateNotUsable
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Reflection in a cycle"], route_class=UnitRoute)


@router.get("/learning-cycles/{cycle_id}/reflections", responses=problems(400, 404))
async def list_cycle_reflections(
    session: Session, actor: CurrentActor, paging: Paging, cycle_id: Id
) -> CycleReflectionPage:
    """The reflections on a cycle that you may read, the oldest first: your own, and those of others
    once they shared them. School leaders who see a team's cycle find none."""
    rows, following = await service.of_cycle(session, actor, cycle_id, paging)
    items = [CycleReflectionOut.model_validate(row) for row in rows]
    return CycleReflectionPage(items=items, next=following)


@router.get("/cycle-reflections/{reflection_id}", responses=problems(404))
@replayable("/api/v1/cycle-reflections/{id}")
async def get_cycle_reflection(
    session: Session, actor: CurrentActor, reflection_id: Id
) -> CycleReflectionOut:
    """One reflection: its author; once shared, the other of the two, or the team."""
    return CycleReflectionOut.model_validate(
        await service.read_reflection(session, actor, reflection_id)
    )


@router.put(
    "/learning-cycles/{cycle_id}/reflection",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        service.ReflectionShared,
        AnswersDoNotFit,
        TemplateNotUsable,
        UnknownReference,
    ),
)
async def replace_cycle_reflection(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch, body: CycleReflectionPut
) -> CycleReflectionOut:
    """Write your own reflection, in the phases application and reflection: the teacher and the
    lead; in a team every member and its lead. For the first time send `If-Match: "0"`. Nobody else
    learns of it before you share it."""
    written = await service.write(session, actor, cycle_id, version, body.model_dump())
    return await get_cycle_reflection(session, actor, written)


@router.post(
    "/cycle-reflections/{reflection_id}/share",
    responses=problems(403, 404, 412, WrongState, service.ReflectionIncomplete),
)
async def share_cycle_reflection(
    session: Session, actor: CurrentActor, reflection_id: Id, version: IfMatch
) -> CycleReflectionOut:
    """Share your reflection with the other of the two, in a team's cycle with the team. That cannot
    be taken back, and it stays as it is."""
    await service.share(session, actor, reflection_id, version)
    return await get_cycle_reflection(session, actor, reflection_id)


@router.delete(
    "/cycle-reflections/{reflection_id}",
    status_code=204,
    responses=problems(403, 404, 412, WrongState),
)
async def delete_cycle_reflection(
    session: Session, actor: CurrentActor, reflection_id: Id, version: IfMatch
) -> None:
    """Take your draft away, at any time."""
    await service.delete(session, actor, reflection_id, version)
