"""The rules of progress, comments and evidence."""

from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, allows
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, Forbidden
from app.core.events import record
from app.core.paging import Paging, page
from app.goals.content import UnknownMeasure, measures_of
from app.goals.pair import lead_for
from app.goals.service import add_comment
from app.goals.views import read_goal
from app.models import Goal, GoalComment, GoalProgress, touch
from app.models.goals import CommentKind

Page = tuple[list[Any], str | None]


class ProgressInFuture(Conflict):
    """Progress is what was seen, so its day is not in the future."""

    code, title = "progress_in_future", "That day has not come yet"
    next_step = "Give the day the value was taken."


async def add_progress(
    session: AsyncSession,
    actor: Actor,
    goal_id: UUID,
    version: int | None,
    fields: dict[str, Any],
) -> UUID:
    """Note a value. The pair for an individual goal, its writers for a school or team goal. The
    value shows on the goal; the note stays with those who may read notes."""
    goal = await acting(
        session, actor, Action.GOAL_PROGRESS, Goal, goal_id, version, read=Action.GOAL_READ
    )
    measures = {row.id: row for row in await measures_of(session, goal)}
    measure = measures.get(fields["measure_id"])
    if measure is None:
        raise UnknownMeasure
    if fields["on"] > clock.today(actor.zone):
        raise ProgressInFuture
    progress = GoalProgress(
        district_id=actor.district_id,
        goal_id=goal.id,
        author_id=actor.id,
        level=goal.level,
        school_id=goal.school_id,
        team_id=goal.team_id,
        teacher_id=goal.teacher_id,
        lead_id=await lead_for(session, actor, goal.teacher_id),
        **fields,
    )
    session.add(progress)
    if measure.latest_on is None or fields["on"] >= measure.latest_on:
        measure.latest_value, measure.latest_on = fields["value"], fields["on"]
    touch(goal)
    await session.flush()
    record(session, actor, "goal.progress_noted", goal, ("measures",))
    return progress.id


async def check_reads_notes(session: AsyncSession, actor: Actor, goal_id: UUID) -> None:
    """404 when the goal is hidden; 403 when the caller sees it but not what the two write."""
    await read_goal(session, actor, goal_id)
    may = select(
        exists().where(
            Goal.district_id == actor.district_id,
            Goal.id == goal_id,
            allows(actor.shape, Action.GOAL_READ_NOTES, Goal),
        )
    )
    if not await session.scalar(may, actor.binds):
        raise Forbidden("Progress notes and comments are for those who work on the goal.")


async def list_progress(session: AsyncSession, actor: Actor, goal_id: UUID, paging: Paging) -> Page:
    """A goal's progress, oldest first."""
    await check_reads_notes(session, actor, goal_id)
    statement = view(actor, Action.PROGRESS_READ, GoalProgress).where(
        GoalProgress.goal_id == goal_id
    )
    return await page(session, actor, statement, paging, by=[GoalProgress.id])


async def read_progress(session: AsyncSession, actor: Actor, progress_id: UUID) -> Any:
    """One progress entry."""
    statement = view(actor, Action.PROGRESS_READ, GoalProgress)
    return await read_one(session, actor, statement, GoalProgress, progress_id)


async def comment(session: AsyncSession, actor: Actor, goal_id: UUID, kind: str, text: str) -> UUID:
    """Add a comment or evidence. Whoever may comment on the goal, as long as it exists."""
    goal = await acting(session, actor, Action.GOAL_COMMENT, Goal, goal_id, read=Action.GOAL_READ)
    return (await add_comment(session, actor, goal, CommentKind(kind), text)).id


async def list_comments(session: AsyncSession, actor: Actor, goal_id: UUID, paging: Paging) -> Page:
    """A goal's comments and evidence, oldest first."""
    await check_reads_notes(session, actor, goal_id)
    statement = view(actor, Action.COMMENT_READ, GoalComment).where(GoalComment.goal_id == goal_id)
    return await page(session, actor, statement, paging, by=[GoalComment.id])


async def read_comment(session: AsyncSession, actor: Actor, comment_id: UUID) -> Any:
    """One comment."""
    statement = view(actor, Action.COMMENT_READ, GoalComment)
    return await read_one(session, actor, statement, GoalComment, comment_id)
