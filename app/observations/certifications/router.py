"""Certifications: who may score formal observations, and from when to when."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.errors import UnknownReference
from app.core.types import Date, Id
from app.observations.certifications import service
from app.observations.certifications.schemas import (
    ObserverCertificationChange,
    ObserverCertificationNew,
    ObserverCertificationOut,
    ObserverCertificationPage,
)
from app.people.schools.service import DatesOutOfOrder
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(
    prefix="/observer-certifications", tags=["Observer certifications"], route_class=UnitRoute
)

On = Annotated[Date | None, Query(description="Only those that hold on this day")]


@router.get("", responses=problems(400))
async def list_observer_certifications(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    person_id: Id | None = None,
    on: On = None,
) -> ObserverCertificationPage:
    """Certifications, the oldest first: one's own; to school leaders those of people at their
    school; to district administrators all."""
    rows, following = await service.list_certifications(
        session, actor, paging, on, person_id=person_id
    )
    items = [ObserverCertificationOut.model_validate(row) for row in rows]
    return ObserverCertificationPage(items=items, next=following)


@router.get("/{certification_id}", responses=problems(404))
@replayable("/api/v1/observer-certifications/{id}")
async def get_observer_certification(
    session: Session, actor: CurrentActor, certification_id: Id
) -> ObserverCertificationOut:
    """One certification, to whom it is listed."""
    row = await service.read_certification(session, actor, certification_id)
    return ObserverCertificationOut.model_validate(row)


@router.post("", status_code=201, responses=problems(403, UnknownReference, DatesOutOfOrder))
async def create_observer_certification(
    session: Session, actor: CurrentActor, body: ObserverCertificationNew
) -> ObserverCertificationOut:
    """Say that somebody may score formal observations: district administrators."""
    certification_id = await service.create(session, actor, body.model_dump())
    return await get_observer_certification(session, actor, certification_id)


@router.patch("/{certification_id}", responses=problems(403, 404, 412, DatesOutOfOrder))
async def update_observer_certification(
    session: Session,
    actor: CurrentActor,
    certification_id: Id,
    version: IfMatch,
    body: ObserverCertificationChange,
) -> ObserverCertificationOut:
    """Say until when it holds: district administrators. What was observed before stays as it is."""
    await service.change(session, actor, certification_id, version, body.changes())
    return await get_observer_certification(session, actor, certification_id)
