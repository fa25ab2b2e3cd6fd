"""The data that a learning cycle rests on."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.learning_cycles.intention.data import service
from app.learning_cycles.intention.data.schemas import (
    DataPointChange,
    DataPointNew,
    DataPointOut,
    DataPointPage,
)
from app.learning_cycles.vocabularies.service import UnknownTerm
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Cycle data"], route_class=UnitRoute)
_CONTENT = (service.DataPointUnclear, service.DataPointInFuture, UnknownTerm, UnknownReference)


@router.get("/learning-cycles/{cycle_id}/data-points", responses=problems(400, 404))
async def list_cycle_data_points(
    session: Session, actor: CurrentActor, cycle_id: Id, paging: Paging
) -> DataPointPage:
    """The data of a cycle, the oldest first: whoever reads the cycle."""
    rows, following = await service.list_points(session, actor, cycle_id, paging)
    return DataPointPage(items=[DataPointOut.model_validate(row) for row in rows], next=following)


@router.get("/cycle-data-points/{data_point_id}", responses=problems(404))
@replayable("/api/v1/cycle-data-points/{id}")
async def get_cycle_data_point(
    session: Session, actor: CurrentActor, data_point_id: Id
) -> DataPointOut:
    """One data point, to whom it is listed."""
    return DataPointOut.model_validate(await service.read_point(session, actor, data_point_id))


@router.post(
    "/learning-cycles/{cycle_id}/data-points",
    status_code=201,
    responses=problems(403, 404, WrongState, *_CONTENT),
)
async def create_cycle_data_point(
    session: Session, actor: CurrentActor, cycle_id: Id, body: DataPointNew
) -> DataPointOut:
    """Add a number with its unit, or words, while the cycle runs: the teacher or the lead; in a
    team's cycle its lead and who takes part. No student is named."""
    point_id = await service.add(session, actor, cycle_id, body.model_dump())
    return await get_cycle_data_point(session, actor, point_id)


@router.patch(
    "/cycle-data-points/{data_point_id}",
    responses=problems(403, 404, 412, WrongState, *_CONTENT),
)
async def update_cycle_data_point(
    session: Session,
    actor: CurrentActor,
    data_point_id: Id,
    version: IfMatch,
    body: DataPointChange,
) -> DataPointOut:
    """Correct a data point while the cycle runs: its author; in a team's cycle its lead as well."""
    await service.change(session, actor, data_point_id, version, body.changes())
    return await get_cycle_data_point(session, actor, data_point_id)


@router.delete(
    "/cycle-data-points/{data_point_id}",
    status_code=204,
    responses=problems(403, 404, 412, WrongState, service.DataPointCited),
)
async def delete_cycle_data_point(
    session: Session, actor: CurrentActor, data_point_id: Id, version: IfMatch
) -> None:
    """Take your own data point out again while the cycle is in its intention."""
    await service.remove(session, actor, data_point_id, version)
