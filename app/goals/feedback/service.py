"""The rules of feedback on goals: one for each person and round, signed, and answered."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
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
from app.goals.rounds.service import read_round
from app.models import GoalFeedback, GoalFeedbackRound, touch
from app.models.goal_feedback import RoundState

Page = tuple[list[Any], str | None]


class AlreadySaid(Conflict):
    """Each person gives one feedback in a round, and edits it while the round is open."""

    code, title = "already_said", "You gave feedback in this round already"
    next_step = "Edit it: PATCH /goal-feedback/{id}."


class RoundOver(Conflict):
    """Once a round is closed, what was said in it stays as it was summed up."""

    code, title = "round_over", "The round is closed"
    next_step = "Comment on the goal instead: POST /goals/{id}/comments."


class FeedbackAnswered(Conflict):
    """What was answered stays, or the answer would stand alone."""

    code, title = "feedback_answered", "Your feedback was answered"
    next_step = "Edit it instead, while the round is open."


async def list_feedback(
    session: AsyncSession, actor: Actor, round_id: UUID, paging: Paging
) -> Page:
    """What was said in a round, the oldest first."""
    await read_round(session, actor, round_id)
    statement = view(actor, Action.GOAL_FEEDBACK_READ, GoalFeedback).where(
        GoalFeedback.round_id == round_id
    )
    return await page(session, actor, statement, paging, by=[GoalFeedback.id])


async def read_feedback(session: AsyncSession, actor: Actor, feedback_id: UUID) -> Any:
    """What one person said."""
    statement = view(actor, Action.GOAL_FEEDBACK_READ, GoalFeedback)
    return await read_one(session, actor, statement, GoalFeedback, feedback_id)


async def give(session: AsyncSession, actor: Actor, round_id: UUID, fields: dict[str, Any]) -> UUID:
    """Say what one thinks of the goal: whoever is asked, once, while the round is open. It does not
    raise the round's version: who sums up must not race with those who still write."""
    asked = await acting(
        session,
        actor,
        Action.ROUND_GIVE,
        GoalFeedbackRound,
        round_id,
        read=Action.ROUND_READ,
    )
    given = GoalFeedback(
        id=clock.new_id(),
        district_id=asked.district_id,
        round_id=asked.id,
        goal_id=asked.goal_id,
        author_id=actor.id,
        level=asked.level,
        school_id=asked.school_id,
        team_id=asked.team_id,
        **fields,
    )
    try:
        async with session.begin_nested():
            session.add(given)
            await session.flush()
    except IntegrityError as exc:
        if "uq_goal_feedback_author" in str(exc.orig):
            raise AlreadySaid from exc
        raise
    record(session, actor, "goal_feedback.given", given)
    return given.id


async def change(
    session: AsyncSession, actor: Actor, feedback_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change one's own words while the round is open."""
    given = await acting(
        session,
        actor,
        Action.GOAL_FEEDBACK_EDIT,
        GoalFeedback,
        feedback_id,
        version,
        read=Action.GOAL_FEEDBACK_READ,
    )
    await _check_open(session, given)
    if not fields:
        return
    for name, value in fields.items():
        setattr(given, name, value)
    given.edited_at = clock.now()
    touch(given)
    record(session, actor, "goal_feedback.changed", given, fields)


async def remove(session: AsyncSession, actor: Actor, feedback_id: UUID, version: int) -> None:
    """Take one's own words back while the round is open and nobody answered them."""
    given = await acting(
        session,
        actor,
        Action.GOAL_FEEDBACK_DELETE,
        GoalFeedback,
        feedback_id,
        version,
        read=Action.GOAL_FEEDBACK_READ,
    )
    await _check_open(session, given)
    if given.answer is not None:
        raise FeedbackAnswered
    record(session, actor, "goal_feedback.withdrawn", given)
    await session.flush()
    await session.delete(given)


async def answer(
    session: AsyncSession, actor: Actor, feedback_id: UUID, version: int, words: str
) -> None:
    """Answer somebody, or change the answer: the goal's writers, also after the round."""
    given = await acting(
        session,
        actor,
        Action.GOAL_FEEDBACK_ANSWER,
        GoalFeedback,
        feedback_id,
        version,
        read=Action.GOAL_FEEDBACK_READ,
    )
    given.answer, given.answered_by_id = words, actor.id
    given.answered_at = clock.now()
    touch(given)
    record(session, actor, "goal_feedback.answered", given, ("answer",))


async def _check_open(session: AsyncSession, given: GoalFeedback) -> None:
    """Refuse when the round is over; until the end of the transaction nobody closes it."""
    asked = await session.scalar(
        select(GoalFeedbackRound)
        .where(
            GoalFeedbackRound.district_id == given.district_id,
            GoalFeedbackRound.id == given.round_id,
        )
        .with_for_update()
    )
    if asked is None or asked.state != RoundState.OPEN:
        raise RoundOver
