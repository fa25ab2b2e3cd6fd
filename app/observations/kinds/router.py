"""Kinds of observation: a yearly vocabulary of the district, and what follows from each."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.types import Code, Date, Id
from app.observations.kinds import service
from app.observations.kinds.schemas import (
    ObservationKindChange,
    ObservationKindNew,
    ObservationKindOut,
    ObservationKindPage,
)
from app.people.schools.service import DatesOutOfOrder
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(prefix="/observation-kinds", tags=["Observation kinds"], route_class=UnitRoute)

On = Annotated[Date | None, Query(description="Only those that hold on this day")]


@router.get("", responses=problems(400))
async def list_observation_kinds(
    session: Session, actor: CurrentActor, paging: Paging, on: On = None, key: Code | None = None
) -> ObservationKindPage:
    """The district's kinds of observation, by key: everybody in the district."""
    rows, following = await service.list_kinds(session, actor, paging, on, key=key)
    items = [ObservationKindOut.model_validate(row) for row in rows]
    return ObservationKindPage(items=items, next=following)


@router.get("/{kind_id}", responses=problems(404))
@replayable("/api/v1/observation-kinds/{id}")
async def get_observation_kind(
    session: Session, actor: CurrentActor, kind_id: Id
) -> ObservationKindOut:
    """One kind: everybody in the district."""
    return ObservationKindOut.model_validate(await service.read_kind(session, actor, kind_id))


@router.post(
    "",
    status_code=201,
    responses=problems(403, DatesOutOfOrder, service.KindExists, service.KindContradicts),
)
async def create_observation_kind(
    session: Session, actor: CurrentActor, body: ObservationKindNew
) -> ObservationKindOut:
    """Add a kind: district administrators. Of one key there is one kind on any day."""
    kind_id = await service.create(session, actor, body.model_dump())
    return await get_observation_kind(session, actor, kind_id)


@router.patch("/{kind_id}", responses=problems(403, 404, 412, DatesOutOfOrder, service.KindExists))
async def update_observation_kind(
    session: Session,
    actor: CurrentActor,
    kind_id: Id,
    version: IfMatch,
    body: ObservationKindChange,
) -> ObservationKindOut:
    """Change a kind's title, or until when it holds: district administrators. Observations keep
    what they were made with."""
    await service.change(session, actor, kind_id, version, body.changes())
    return await get_observation_kind(session, actor, kind_id)
