"""Evidence of adjustments in use."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.learning_cycles.holding import DayInFuture
from app.learning_cycles.own_parts import NotOpen, OpenAlready
from app.learning_cycles.uses import service
from app.learning_cycles.uses.schemas import (
    CycleUseChange,
    CycleUseNew,
    CycleUseOut,
    CycleUsePage,
    Kind,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Application in a cycle"], route_class=UnitRoute)


def _page(rows: list[object], following: str | None) -> CycleUsePage:
    return CycleUsePage(items=[CycleUseOut.model_validate(row) for row in rows], next=following)


@router.get("/cycle-uses", responses=problems(400))
async def list_cycle_uses(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    cycle_id: Id | None = None,
    teacher_id: Id | None = None,
    adjustment_id: Id | None = None,
    kind: Kind | None = None,
) -> CycleUsePage:
    """The evidence of use that you may read, the oldest first: your own, that of your teachers
    which was noted with you, and what members opened to a team of yours."""
    found = await service.list_uses(
        session,
        actor,
        paging,
        cycle_id=cycle_id,
        teacher_id=teacher_id,
        adjustment_id=adjustment_id,
        kind=kind,
    )
    return _page(*found)


@router.get("/learning-cycles/{cycle_id}/uses", responses=problems(400, 404))
async def list_uses_of_cycle(
    session: Session, actor: CurrentActor, paging: Paging, cycle_id: Id
) -> CycleUsePage:
    """That of one cycle which you may read, to whoever sees the cycle. In a team's cycle it is each
    member's own."""
    return _page(*await service.of_cycle(session, actor, paging, cycle_id))


@router.get("/cycle-uses/{use_id}", responses=problems(404))
@replayable("/api/v1/cycle-uses/{id}")
async def get_cycle_use(session: Session, actor: CurrentActor, use_id: Id) -> CycleUseOut:
    """One entry: the teacher and the lead it was noted with, and the team where a member opened
    it."""
    return CycleUseOut.model_validate(await service.read_use(session, actor, use_id))


@router.post(
    "/learning-cycles/{cycle_id}/uses",
    status_code=201,
    responses=problems(
        403,
        404,
        WrongState,
        service.UseIncomplete,
        service.AdjustmentDoesNotFit,
        service.ObservationDoesNotFit,
        UnknownReference,
        DayInFuture,
    ),
)
async def create_cycle_use(
    session: Session, actor: CurrentActor, cycle_id: Id, body: CycleUseNew
) -> CycleUseOut:
    """Note an observation, a video or a tracker that shows an adjustment in use, in the phases
    application and reflection: the teacher or the lead; in a team's cycle a member, of their own
    adjustment. An observation is one of this teacher that they have and you may read."""
    made = await service.add(session, actor, cycle_id, body.model_dump())
    return await get_cycle_use(session, actor, made)


@router.patch(
    "/cycle-uses/{use_id}",
    responses=problems(403, 404, 412, WrongState, service.UseIncomplete, DayInFuture),
)
async def update_cycle_use(
    session: Session, actor: CurrentActor, use_id: Id, version: IfMatch, body: CycleUseChange
) -> CycleUseOut:
    """Correct what you noted, in the phases application and reflection."""
    await service.change(session, actor, use_id, version, body.changes())
    return await get_cycle_use(session, actor, use_id)


@router.delete(
    "/cycle-uses/{use_id}",
    status_code=204,
    responses=problems(403, 404, 412, WrongState, service.UseCited),
)
async def delete_cycle_use(
    session: Session, actor: CurrentActor, use_id: Id, version: IfMatch
) -> None:
    """Take away what you noted, in the phases application and reflection, as long as no item of
    evidence is cited for it."""
    await service.delete(session, actor, use_id, version)


@router.post("/cycle-uses/{use_id}/open", responses=problems(403, 404, 412, OpenAlready))
async def open_cycle_use(
    session: Session, actor: CurrentActor, use_id: Id, version: IfMatch
) -> CycleUseOut:
    """Let your team read evidence of your own adjustment in its cycle."""
    await service.open_to_team(session, actor, use_id, version)
    return await get_cycle_use(session, actor, use_id)


@router.post("/cycle-uses/{use_id}/close-to-team", responses=problems(403, 404, 412, NotOpen))
async def close_cycle_use_to_team(
    session: Session, actor: CurrentActor, use_id: Id, version: IfMatch
) -> CycleUseOut:
    """Take it back from the team, at any time. What was read was read."""
    await service.close_to_team(session, actor, use_id, version)
    return await get_cycle_use(session, actor, use_id)
