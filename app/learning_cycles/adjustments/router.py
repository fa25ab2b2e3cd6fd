"""Adjustments that teachers try in a cycle."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.goals.content import IndicatorNotOffered
from app.learning_cycles.adjustments import service
from app.learning_cycles.adjustments.schemas import (
    CycleAdjustmentChange,
    CycleAdjustmentDrop,
    CycleAdjustmentNew,
    CycleAdjustmentOut,
    CycleAdjustmentPage,
    State,
)
from app.learning_cycles.own_parts import NotOpen, OpenAlready
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Application in a cycle"], route_class=UnitRoute)


def _page(rows: list[object], following: str | None) -> CycleAdjustmentPage:
    items = [CycleAdjustmentOut.model_validate(row) for row in rows]
    return CycleAdjustmentPage(items=items, next=following)


@router.get("/cycle-adjustments", responses=problems(400))
async def list_cycle_adjustments(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    cycle_id: Id | None = None,
    teacher_id: Id | None = None,
    state: State | None = None,
) -> CycleAdjustmentPage:
    """The adjustments you may read, the oldest first: your own, those of your teachers that were
    written with you, also in the cycles of other teams, and what members opened to a team of
    yours."""
    found = await service.list_adjustments(
        session, actor, paging, cycle_id=cycle_id, teacher_id=teacher_id, state=state
    )
    return _page(*found)


@router.get("/learning-cycles/{cycle_id}/adjustments", responses=problems(400, 404))
async def list_adjustments_of_cycle(
    session: Session, actor: CurrentActor, paging: Paging, cycle_id: Id
) -> CycleAdjustmentPage:
    """Those of one cycle that you may read, to whoever sees the cycle. In a team's cycle they are
    each member's own."""
    return _page(*await service.of_cycle(session, actor, paging, cycle_id))


@router.get("/cycle-adjustments/{adjustment_id}", responses=problems(404))
@replayable("/api/v1/cycle-adjustments/{id}")
async def get_cycle_adjustment(
    session: Session, actor: CurrentActor, adjustment_id: Id
) -> CycleAdjustmentOut:
    """One adjustment: the teacher and the lead it was written with, and the team where a member
    opened it."""
    return CycleAdjustmentOut.model_validate(
        await service.read_adjustment(session, actor, adjustment_id)
    )


@router.post(
    "/learning-cycles/{cycle_id}/adjustments",
    status_code=201,
    responses=problems(403, 404, WrongState, service.TooManyAdjustments, IndicatorNotOffered),
)
async def create_cycle_adjustment(
    session: Session, actor: CurrentActor, cycle_id: Id, body: CycleAdjustmentNew
) -> CycleAdjustmentOut:
    """Say which change is tried, in the phases learning and application: the teacher or the lead;
    in a team's cycle a member, for themselves. At most as many as the policy says at a time."""
    made = await service.add(session, actor, cycle_id, body.model_dump())
    return await get_cycle_adjustment(session, actor, made)


@router.patch(
    "/cycle-adjustments/{adjustment_id}",
    responses=problems(403, 404, 412, WrongState, IndicatorNotOffered),
)
async def update_cycle_adjustment(
    session: Session,
    actor: CurrentActor,
    adjustment_id: Id,
    version: IfMatch,
    body: CycleAdjustmentChange,
) -> CycleAdjustmentOut:
    """Put it otherwise, as long as it is worked on: either of the two; a member's own, the
    member."""
    await service.change(session, actor, adjustment_id, version, body.changes())
    return await get_cycle_adjustment(session, actor, adjustment_id)


@router.post(
    "/cycle-adjustments/{adjustment_id}/drop", responses=problems(403, 404, 412, WrongState)
)
async def drop_cycle_adjustment(
    session: Session,
    actor: CurrentActor,
    adjustment_id: Id,
    version: IfMatch,
    body: CycleAdjustmentDrop,
) -> CycleAdjustmentOut:
    """Give it up, with the reason. Evidence of its use stays."""
    await service.drop(session, actor, adjustment_id, version, body.reason)
    return await get_cycle_adjustment(session, actor, adjustment_id)


@router.post(
    "/cycle-adjustments/{adjustment_id}/open", responses=problems(403, 404, 412, OpenAlready)
)
async def open_cycle_adjustment(
    session: Session, actor: CurrentActor, adjustment_id: Id, version: IfMatch
) -> CycleAdjustmentOut:
    """Let your team read your own adjustment in its cycle."""
    await service.open_to_team(session, actor, adjustment_id, version)
    return await get_cycle_adjustment(session, actor, adjustment_id)


@router.post(
    "/cycle-adjustments/{adjustment_id}/close-to-team", responses=problems(403, 404, 412, NotOpen)
)
async def close_cycle_adjustment_to_team(
    session: Session, actor: CurrentActor, adjustment_id: Id, version: IfMatch
) -> CycleAdjustmentOut:
    """Take it back from the team, at any time. What was read was read."""
    await service.close_to_team(session, actor, adjustment_id, version)
    return await get_cycle_adjustment(session, actor, adjustment_id)
