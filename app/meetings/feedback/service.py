"""The rules of meeting feedback: the teacher's; low ones in a row ask for a review (gate 4)."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.meetings.locking import in_order_of
from app.meetings.series import service as series_of
from app.models import Meeting, MeetingFeedback, MeetingSeries, SeriesReview, touch
from app.models.meetings import SeriesState
from app.people.district.service import policy
from app.relationships.pair import same_pair

Page = tuple[list[Any], str | None]


class FeedbackGiven(Conflict):
    """A teacher says once how a meeting was."""

    code, title = "feedback_given", "Feedback was given already"
    next_step = "Read it with GET /meeting-feedback?meeting_id=…; say more at the next meeting."


async def list_feedback(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """Feedback the caller gave as a teacher, or was given as a lead."""
    statement = view(actor, Action.FEEDBACK_READ, MeetingFeedback).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[MeetingFeedback.id])


async def read_feedback(session: AsyncSession, actor: Actor, feedback_id: UUID) -> Any:
    """What the teacher said of one meeting."""
    statement = view(actor, Action.FEEDBACK_READ, MeetingFeedback)
    return await read_one(session, actor, statement, MeetingFeedback, feedback_id)


async def give(
    session: AsyncSession, actor: Actor, meeting_id: UUID, fields: dict[str, Any]
) -> UUID:
    """Say how a completed meeting was: the teacher, once. Marks up to the policy's low mark, that
    often in a row since they last reviewed it, ask the two to review the series."""
    await in_order_of(session, actor, Action.MEETING_READ, Meeting, meeting_id)
    meeting = await acting(
        session, actor, Action.MEETING_GIVE_FEEDBACK, Meeting, meeting_id, read=Action.MEETING_READ
    )
    given = MeetingFeedback(
        id=clock.new_id(),
        meeting_id=meeting.id,
        series_id=meeting.series_id,
        **same_pair(meeting, actor.id),
        **fields,
    )
    try:
        async with session.begin_nested():
            session.add(given)
            await session.flush()
    except IntegrityError as exc:
        if "uq_meeting_feedback_meeting" in str(exc.orig):
            raise FeedbackGiven from exc
        raise
    record(session, actor, "meeting_feedback.given", given)
    if meeting.series_id is not None:
        await _ask_for_review(session, actor, meeting.series_id)
    return given.id


async def _ask_for_review(session: AsyncSession, actor: Actor, series_id: UUID) -> None:
    """Look at the last ones since the last review, in the order of the meetings. Nothing is asked
    of a series that is over."""
    series = await session.scalar(
        select(MeetingSeries)
        .where(MeetingSeries.district_id == actor.district_id, MeetingSeries.id == series_id)
        .with_for_update()
    )
    assert series is not None
    if series.review_due or series.state == SeriesState.ENDED:
        return
    values = await policy(session, actor)
    reviewed_at = (
        select(func.max(SeriesReview.created_at))
        .where(SeriesReview.district_id == actor.district_id, SeriesReview.series_id == series_id)
        .scalar_subquery()
    )
    last = await session.execute(
        select(MeetingFeedback.structure, MeetingFeedback.content)
        .join(
            Meeting,
            (Meeting.district_id == MeetingFeedback.district_id)
            & (Meeting.id == MeetingFeedback.meeting_id),
        )
        .where(
            MeetingFeedback.district_id == actor.district_id,
            MeetingFeedback.series_id == series_id,
            or_(reviewed_at.is_(None), MeetingFeedback.created_at > reviewed_at),
        )
        .order_by(Meeting.starts_at.desc())
        .limit(values.low_feedback_in_a_row)
    )
    low = [min(row.structure, row.content) <= values.low_feedback for row in last]
    if len(low) == values.low_feedback_in_a_row and all(low):
        series.review_due = True
        touch(series)
        record(session, actor, "meeting_series.review_prompted", series, ("review_due",))


async def list_reviews(
    session: AsyncSession, actor: Actor, series_id: UUID, paging: Paging
) -> Page:
    """What the two changed over time, to those who read the series."""
    await series_of.read_series(session, actor, series_id)
    statement = view(actor, Action.REVIEW_READ, SeriesReview).where(
        SeriesReview.series_id == series_id
    )
    return await page(session, actor, statement, paging, by=[SeriesReview.id])


async def read_review(session: AsyncSession, actor: Actor, review_id: UUID) -> Any:
    """One review."""
    statement = view(actor, Action.REVIEW_READ, SeriesReview)
    return await read_one(session, actor, statement, SeriesReview, review_id)


async def review(
    session: AsyncSession, actor: Actor, series_id: UUID, fields: dict[str, Any]
) -> UUID:
    """Note what changes in agenda or schedule: either of the two, when asked or when they like."""
    series = await acting(
        session, actor, Action.SERIES_REVIEW, MeetingSeries, series_id, read=Action.SERIES_READ
    )
    noted = SeriesReview(
        id=clock.new_id(), series_id=series.id, **same_pair(series, actor.id), **fields
    )
    session.add(noted)
    series.review_due = False
    touch(series)
    await session.flush()
    record(session, actor, "series_review.noted", noted)
    return noted.id
