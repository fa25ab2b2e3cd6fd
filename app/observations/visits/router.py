"""Observations: visits to a classroom, planned or begun on the spot, from scheduled to locked."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core.errors import UnknownReference, WrongState
from app.core.types import Code, Date, Id
from app.meetings.service import NotYet
from app.meetings.times import DaysReversed
from app.observations.visits import making, service
from app.observations.visits.conflicts import ObservationConflicts
from app.observations.visits.schemas import (
    ObservationAcknowledge,
    ObservationCancel,
    ObservationChange,
    ObservationNew,
    ObservationOut,
    ObservationPage,
    ObservationReschedule,
    ObservationStateName,
    ObservationVoid,
)
from app.relationships.pair import DatesDoNotFit
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, audited, replayable

router = APIRouter(prefix="/observations", tags=["Observations"], route_class=UnitRoute)

From = Annotated[Date | None, Query(alias="from", description="First day")]
To = Annotated[Date | None, Query(alias="to", description="Last day")]
KindKey = Annotated[Code | None, Query(description="The key of their kind")]


async def _shown(
    session: AsyncSession, actor: Actor, observation_id: UUID, warnings: Any = ()
) -> ObservationOut:
    row = await service.read_observation(session, actor, observation_id)
    return ObservationOut.model_validate({**row._mapping, "warnings": list(warnings)})


@router.get("", responses=problems(400, DaysReversed))
@audited
async def list_observations(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    first: From = None,
    last: To = None,
    teacher_id: Id | None = None,
    observer_id: Id | None = None,
    school_year_id: Id | None = None,
    state: ObservationStateName | None = None,
    kind: KindKey = None,
    evaluative: bool | None = None,
    cycle_id: Id | None = None,
) -> ObservationPage:
    """Visits you may know of, by their times: your own as a teacher (announced or begun) and as an
    observer; as a second observer those whose teacher consented; school leaders and the evaluator
    those that are evaluative, once shared. Whoever reads those is noted."""
    rows, following = await service.list_observations(
        session,
        actor,
        paging,
        first,
        last,
        kind,
        teacher_id=teacher_id,
        observer_id=observer_id,
        school_year_id=school_year_id,
        state=state,
        evaluative=evaluative,
        cycle_id=cycle_id,
    )
    items = [ObservationOut.model_validate(row) for row in rows]
    return ObservationPage(items=items, next=following)


@router.get("/{observation_id}", responses=problems(404))
@audited
@replayable("/api/v1/observations/{id}")
async def get_observation(
    session: Session, actor: CurrentActor, observation_id: Id
) -> ObservationOut:
    """One visit, to whom it is listed. Who reads what is evaluative is noted for the teacher."""
    return await _shown(session, actor, observation_id)


@router.post(
    "",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        DatesDoNotFit,
        ObservationConflicts,
        making.ObservesSelf,
        making.KindNotForObserver,
        making.CoachingKeptApart,
        service.WhenUnclear,
    ),
)
async def create_observation(
    session: Session, actor: CurrentActor, body: ObservationNew
) -> ObservationOut:
    """Plan a visit, or begin one on the spot: the teacher's lead, a leader of their school, or
    another teacher there, as the kind says. A refusal names everything that the visit goes against;
    part of it can be overridden, with the teacher's consent or a reason, which are kept with it."""
    made, warnings = await service.create(session, actor, **body.model_dump())
    return await _shown(session, actor, made, warnings)


@router.patch("/{observation_id}", responses=problems(403, 404, 412, WrongState))
async def update_observation(
    session: Session,
    actor: CurrentActor,
    observation_id: Id,
    version: IfMatch,
    body: ObservationChange,
) -> ObservationOut:
    """Change focus or place until the observation is shared: the observer."""
    await service.change(session, actor, observation_id, version, body.changes())
    return await _shown(session, actor, observation_id)


@router.post(
    "/{observation_id}/reschedule",
    responses=problems(403, 404, 412, WrongState, DatesDoNotFit, ObservationConflicts),
)
async def reschedule_observation(
    session: Session,
    actor: CurrentActor,
    observation_id: Id,
    version: IfMatch,
    body: ObservationReschedule,
) -> ObservationOut:
    """Move a planned visit: the observer. Conflicts are looked for anew."""
    warnings = await service.reschedule(
        session, actor, observation_id, version, **body.model_dump()
    )
    return await _shown(session, actor, observation_id, warnings)


@router.post(
    "/{observation_id}/start",
    responses=problems(403, 404, 412, WrongState, NotYet, service.DayPast, ObservationConflicts),
)
async def start_observation(
    session: Session, actor: CurrentActor, observation_id: Id, version: IfMatch
) -> ObservationOut:
    """Begin the visit, on its day: the observer. From now on the teacher sees it in any case."""
    await service.start(session, actor, observation_id, version)
    return await _shown(session, actor, observation_id)


@router.post("/{observation_id}/finish", responses=problems(403, 404, 412, WrongState))
async def finish_observation(
    session: Session, actor: CurrentActor, observation_id: Id, version: IfMatch
) -> ObservationOut:
    """End the visit: the observer. What was written is their draft until they share it."""
    warnings = await service.finish(session, actor, observation_id, version)
    return await _shown(session, actor, observation_id, warnings)


@router.post("/{observation_id}/cancel", responses=problems(403, 404, 412, WrongState))
async def cancel_observation(
    session: Session,
    actor: CurrentActor,
    observation_id: Id,
    version: IfMatch,
    body: ObservationCancel,
) -> ObservationOut:
    """Call a planned visit off, with the reason: the observer. Both get their time back."""
    await service.cancel(session, actor, observation_id, version, body.reason)
    return await _shown(session, actor, observation_id)


@router.post("/{observation_id}/discuss", responses=problems(403, 404, 412, WrongState))
async def discuss_observation(
    session: Session, actor: CurrentActor, observation_id: Id, version: IfMatch
) -> ObservationOut:
    """Say that the two talked about what was shared: the observer."""
    await service.discuss(session, actor, observation_id, version)
    return await _shown(session, actor, observation_id)


@router.post("/{observation_id}/acknowledge", responses=problems(403, 404, 412, WrongState))
async def acknowledge_observation(
    session: Session,
    actor: CurrentActor,
    observation_id: Id,
    version: IfMatch,
    body: ObservationAcknowledge,
) -> ObservationOut:
    """Say that you know what was shared and talked about, with a reply if you like: the teacher. It
    is no agreement to it."""
    await service.acknowledge(session, actor, observation_id, version, body.reply)
    return await _shown(session, actor, observation_id)


@router.post("/{observation_id}/lock", responses=problems(403, 404, 412, WrongState))
async def lock_observation(
    session: Session, actor: CurrentActor, observation_id: Id, version: IfMatch
) -> ObservationOut:
    """Close an acknowledged observation for good: the observer; of what is evaluative a leader of
    the school, too."""
    await service.lock(session, actor, observation_id, version)
    return await _shown(session, actor, observation_id)


@router.post("/{observation_id}/void", responses=problems(403, 404, 412, WrongState))
async def void_observation(
    session: Session,
    actor: CurrentActor,
    observation_id: Id,
    version: IfMatch,
    body: ObservationVoid,
) -> ObservationOut:
    """Say that it does not count, with the reason: of a draft the observer; of what is evaluative
    and locked a leader of the school. It stays readable to who read it."""
    await service.void(session, actor, observation_id, version, body.reason)
    return await _shown(session, actor, observation_id)
