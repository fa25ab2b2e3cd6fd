"""Giving an observation to its teacher, and changing it afterwards with a reason."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.observations.evidence.service import EvidenceDoesNotFit
from app.observations.ratings.scale import ScoreOffScale
from app.observations.ratings.service import (
    IndicatorNotRated,
    KindNotScored,
    RatingAmbiguous,
)
from app.observations.sharing import revisions, service
from app.observations.sharing.gates import ObservationIncomplete
from app.observations.sharing.schemas import (
    ObservationRevisionOut,
    ObservationRevisionPage,
    RevisionNew,
    RevisionSummary,
    SharedObservation,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, audited, replayable

router = APIRouter(tags=["Sharing observations"], route_class=UnitRoute)


@replayable("/api/v1/observations/{id}")
async def read_standing(
    session: AsyncSession, actor: Actor, observation_id: UUID, warnings: Any = ()
) -> SharedObservation:
    """Where an observation stands, as a person sees it."""
    row = await service.read_standing(session, actor, observation_id)
    return SharedObservation.model_validate({**row._mapping, "warnings": list(warnings)})


@router.post(
    "/observations/{observation_id}/share",
    responses=problems(403, 404, 412, WrongState, ObservationIncomplete),
)
async def share_observation(
    session: Session, actor: CurrentActor, observation_id: Id, version: IfMatch
) -> SharedObservation:
    """Give a drafted observation to its teacher: the observer. The teacher reads all that was
    written in it from then on, by those who look on with consent too. Each score needs verbatim
    evidence of the observer's; `missing` lists all that lacks. A kind that is scored may be shared
    without any score, with a warning."""
    warnings = await service.share(session, actor, observation_id, version)
    return await read_standing(session, actor, observation_id, warnings)


@router.post(
    "/observations/{observation_id}/revise",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        ObservationIncomplete,
        EvidenceDoesNotFit,
        KindNotScored,
        RatingAmbiguous,
        IndicatorNotRated,
        ScoreOffScale,
        revisions.RevisionEmpty,
        revisions.ClientKeyTaken,
        revisions.NamedTwice,
    ),
)
async def revise_observation(
    session: Session, actor: CurrentActor, observation_id: Id, version: IfMatch, body: RevisionNew
) -> SharedObservation:
    """Change a shared observation, with the reason: the observer, their own items and the ratings,
    until it is locked. What it said before is kept and read by whoever reads the observation. One
    that the teacher acknowledged is acknowledged anew."""
    sent = body.model_dump()
    sent["change_items"] = [item.changes() for item in body.change_items]
    warnings = await revisions.revise(session, actor, observation_id, version, sent)
    return await read_standing(session, actor, observation_id, warnings)


@router.get("/observations/{observation_id}/revisions", responses=problems(400, 404))
@audited
async def list_observation_revisions(
    session: Session, actor: CurrentActor, observation_id: Id, paging: Paging
) -> ObservationRevisionPage:
    """The revisions of a shared observation, the oldest first, to whoever reads it."""
    rows, following = await revisions.list_revisions(session, actor, observation_id, paging)
    items = [RevisionSummary.model_validate(row) for row in rows]
    return ObservationRevisionPage(items=items, next=following)


@router.get("/observation-revisions/{observation_revision_id}", responses=problems(404))
@audited
async def get_observation_revision(
    session: Session, actor: CurrentActor, observation_revision_id: Id
) -> ObservationRevisionOut:
    """What an observation said before a revision, to whom it is listed."""
    row = await revisions.read_revision(session, actor, observation_revision_id)
    return ObservationRevisionOut.model_validate(row)
