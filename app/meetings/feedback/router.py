"""Feedback on 1:1s, and what the two change for it."""

from fastapi import APIRouter

from app.core.errors import WrongState
from app.core.types import Id
from app.meetings.feedback import service
from app.meetings.feedback.schemas import (
    MeetingFeedbackNew,
    MeetingFeedbackOut,
    MeetingFeedbackPage,
    SeriesReviewNew,
    SeriesReviewOut,
    SeriesReviewPage,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Meeting feedback"], route_class=UnitRoute)


@router.get("/meeting-feedback", responses=problems(400))
async def list_meeting_feedback(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    meeting_id: Id | None = None,
    series_id: Id | None = None,
    teacher_id: Id | None = None,
) -> MeetingFeedbackPage:
    """Feedback the caller gave as a teacher or was given as a lead, the oldest first."""
    rows, following = await service.list_feedback(
        session, actor, paging, meeting_id=meeting_id, series_id=series_id, teacher_id=teacher_id
    )
    items = [MeetingFeedbackOut.model_validate(row) for row in rows]
    return MeetingFeedbackPage(items=items, next=following)


@router.get("/meeting-feedback/{feedback_id}", responses=problems(404))
@replayable("/api/v1/meeting-feedback/{id}")
async def get_meeting_feedback(
    session: Session, actor: CurrentActor, feedback_id: Id
) -> MeetingFeedbackOut:
    """What the teacher said of one 1:1: the teacher and their lead, nobody else."""
    return MeetingFeedbackOut.model_validate(
        await service.read_feedback(session, actor, feedback_id)
    )


@router.post(
    "/meetings/{meeting_id}/feedback",
    status_code=201,
    responses=problems(403, 404, WrongState, service.FeedbackGiven),
)
async def create_meeting_feedback(
    session: Session, actor: CurrentActor, meeting_id: Id, body: MeetingFeedbackNew
) -> MeetingFeedbackOut:
    """Say how a completed 1:1 was, in structure and content: the teacher, once. Low marks in a
    row, since the last review, ask the two to review the series."""
    feedback_id = await service.give(session, actor, meeting_id, body.model_dump())
    return await get_meeting_feedback(session, actor, feedback_id)


@router.get("/meeting-series/{series_id}/reviews", responses=problems(400, 404))
async def list_series_reviews(
    session: Session, actor: CurrentActor, series_id: Id, paging: Paging
) -> SeriesReviewPage:
    """What the two changed in agenda or schedule over time, the oldest first."""
    rows, following = await service.list_reviews(session, actor, series_id, paging)
    items = [SeriesReviewOut.model_validate(row) for row in rows]
    return SeriesReviewPage(items=items, next=following)


@router.get("/series-reviews/{review_id}", responses=problems(404))
@replayable("/api/v1/series-reviews/{id}")
async def get_series_review(
    session: Session, actor: CurrentActor, review_id: Id
) -> SeriesReviewOut:
    """One review: the teacher and their lead."""
    return SeriesReviewOut.model_validate(await service.read_review(session, actor, review_id))


@router.post(
    "/meeting-series/{series_id}/reviews",
    status_code=201,
    responses=problems(403, 404, WrongState),
)
async def create_series_review(
    session: Session, actor: CurrentActor, series_id: Id, body: SeriesReviewNew
) -> SeriesReviewOut:
    """Note what changes in agenda or schedule: either of the two. It answers `review_due`."""
    review_id = await service.review(session, actor, series_id, body.model_dump())
    return await get_series_review(session, actor, review_id)
