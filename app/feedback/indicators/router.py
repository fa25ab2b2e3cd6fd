"""Formal feedback on one indicator."""

from typing import Any

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.feedback.giving import ObservationNotReady
from app.feedback.indicators import rating, service
from app.feedback.indicators.schemas import (
    IndicatorFeedbackAcknowledge,
    IndicatorFeedbackChange,
    IndicatorFeedbackNew,
    IndicatorFeedbackOut,
    IndicatorFeedbackPage,
    StateName,
)
from app.goals.content import IndicatorNotOffered
from app.observations.ratings.scale import ScoreOffScale
from app.relationships.pair import CoachingNotActive
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, audited, replayable

router = APIRouter(tags=["Feedback"], route_class=UnitRoute)


@router.get("/indicator-feedback", responses=problems(400))
@audited
async def list_indicator_feedback(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    lead_id: Id | None = None,
    cycle_id: Id | None = None,
    observation_id: Id | None = None,
    indicator_id: Id | None = None,
    state: StateName | None = None,
) -> IndicatorFeedbackPage:
    """Feedback on indicators that you gave or were given, the oldest first; what is evaluative also
    to leaders of the school and the evaluator of record, once it is shared."""
    filters: dict[str, Any] = {
        "teacher_id": teacher_id,
        "lead_id": lead_id,
        "cycle_id": cycle_id,
        "observation_id": observation_id,
        "indicator_id": indicator_id,
        "state": state,
    }
    rows, following = await service.list_feedback(session, actor, paging, **filters)
    items = [IndicatorFeedbackOut.model_validate(row) for row in rows]
    return IndicatorFeedbackPage(items=items, next=following)


@router.get("/indicator-feedback/{indicator_feedback_id}", responses=problems(404))
@replayable("/api/v1/indicator-feedback/{id}")
@audited
async def get_indicator_feedback(
    session: Session, actor: CurrentActor, indicator_feedback_id: Id
) -> IndicatorFeedbackOut:
    """One of them, to whom it is listed."""
    return IndicatorFeedbackOut.model_validate(
        await service.read_feedback(session, actor, indicator_feedback_id)
    )


@router.post(
    "/indicator-feedback",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        CoachingNotActive,
        ObservationNotReady,
        IndicatorNotOffered,
        service.OneSubject,
        service.CycleNotReady,
        rating.RatingNotAllowed,
        ScoreOffScale,
    ),
)
async def create_indicator_feedback(
    session: Session, actor: CurrentActor, body: IndicatorFeedbackNew
) -> IndicatorFeedbackOut:
    """Begin feedback on one indicator: for a learning cycle of a teacher whom you coach, or for an
    observation that you made. It is yours until you share it. A rating goes only with what is
    evaluative: of a formal, scored observation, or of a cycle where you take part in the evaluation
    and are certified today."""
    made = await service.create(session, actor, body.model_dump())
    return await get_indicator_feedback(session, actor, made)


@router.patch(
    "/indicator-feedback/{indicator_feedback_id}",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        IndicatorNotOffered,
        rating.RatingNotAllowed,
        ScoreOffScale,
    ),
)
async def update_indicator_feedback(
    session: Session,
    actor: CurrentActor,
    indicator_feedback_id: Id,
    version: IfMatch,
    body: IndicatorFeedbackChange,
) -> IndicatorFeedbackOut:
    """Edit your own draft."""
    await service.change(session, actor, indicator_feedback_id, version, body.changes())
    return await get_indicator_feedback(session, actor, indicator_feedback_id)


@router.delete(
    "/indicator-feedback/{indicator_feedback_id}",
    status_code=204,
    responses=problems(403, 404, 412, WrongState),
)
async def delete_indicator_feedback(
    session: Session, actor: CurrentActor, indicator_feedback_id: Id, version: IfMatch
) -> None:
    """Delete your own draft."""
    await service.discard(session, actor, indicator_feedback_id, version)


@router.post(
    "/indicator-feedback/{indicator_feedback_id}/share",
    responses=problems(403, 404, 412, WrongState, rating.FeedbackNotReady),
)
async def share_indicator_feedback(
    session: Session, actor: CurrentActor, indicator_feedback_id: Id, version: IfMatch
) -> IndicatorFeedbackOut:
    """Give it to the teacher: who wrote it. Of an observation, once that is shared; a rating needs
    verbatim evidence for the indicator, and is the observation's where that rates it."""
    await service.share(session, actor, indicator_feedback_id, version)
    return await get_indicator_feedback(session, actor, indicator_feedback_id)


@router.post(
    "/indicator-feedback/{indicator_feedback_id}/acknowledge",
    responses=problems(403, 404, 412, WrongState),
)
async def acknowledge_indicator_feedback(
    session: Session,
    actor: CurrentActor,
    indicator_feedback_id: Id,
    version: IfMatch,
    body: IndicatorFeedbackAcknowledge,
) -> IndicatorFeedbackOut:
    """Say that you read it, with a word if you like: the teacher."""
    await service.acknowledge(session, actor, indicator_feedback_id, version, body.reply)
    return await get_indicator_feedback(session, actor, indicator_feedback_id)
