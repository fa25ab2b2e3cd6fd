"""The rules of mid-year and end-of-year reviews of growth plans and individual goals.

What the two say stands in parts, each its author's until submitted. Both acknowledge the review as
it stands; words that come later take that back. With the second acknowledgement the review is
complete, and that of a plan moves the plan on, in the same transaction.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, WrongState
from app.core.events import record
from app.core.paging import Paging, page
from app.goals import windows
from app.goals.pair import add_yes, capacity_of, lead_for, take_back
from app.goals.plans.service import act_on, read_plan
from app.goals.views import read_goal, yeses
from app.models import (
    Goal,
    GoalReview,
    GoalReviewPart,
    GrowthPlan,
    ReviewAcknowledgement,
    touch,
)
from app.models.goals import Capacity
from app.models.plans import PartState, PlanState, ReviewKind, ReviewState
from app.people.district.service import policy

Page = tuple[list[Any], str | None]
ACKNOWLEDGEMENTS: ColumnElement[Any] = yeses(
    ReviewAcknowledgement, "review_id", GoalReview, "acknowledgements"
)
#: in which state of its plan a review of each kind takes place
_FROM = {ReviewKind.MID_YEAR: PlanState.AGREED, ReviewKind.END_OF_YEAR: PlanState.MID_YEAR_REVIEWED}


class ReviewExists(Conflict):
    """A plan or a goal has one mid-year and one end-of-year review."""

    code, title = "review_exists", "This review was begun already"
    next_step = (
        "Find it with GET /goal-reviews. One that you do not see there the teacher can put before"
        " you by acknowledging it."
    )


class PartExists(Conflict):
    """Each of the two says their part in a review once."""

    code, title = "part_exists", "Your part is there already"
    next_step = "Find it with GET /goal-review-parts?goal_review_id=…; edit it until you submit it."


class PartEmpty(Conflict):
    """A part that is submitted says something."""

    code, title = "part_empty", "Your part has no words yet"
    next_step = "Write `words`, then submit it."


class OwnWordsMissing(Conflict):
    """Who acknowledges a review has said their part, unless they stand in for the lead."""

    code, title = "own_words_missing", "Say your part first"
    next_step = "POST /goal-reviews/{id}/parts, and submit it."


# --- reading ------------------------------------------------------------------------------------


def _view(actor: Actor) -> Any:
    return view(actor, Action.GOAL_REVIEW_READ, GoalReview, ACKNOWLEDGEMENTS)


async def list_reviews(session: AsyncSession, actor: Actor, paging: Paging, **filters: Any) -> Page:
    """The reviews the caller may see."""
    given = {name: value for name, value in filters.items() if value is not None}
    statement = _view(actor).filter_by(**given)
    return await page(session, actor, statement, paging, by=[GoalReview.id])


async def of_plan(session: AsyncSession, actor: Actor, plan_id: UUID) -> list[Any]:
    """The reviews of a plan the caller can see, of them those they may see."""
    await read_plan(session, actor, plan_id)
    return await _of(session, actor, GoalReview.plan_id == plan_id)


async def of_goal(session: AsyncSession, actor: Actor, goal_id: UUID) -> list[Any]:
    """The same of an individual goal."""
    await read_goal(session, actor, goal_id)
    return await _of(session, actor, GoalReview.goal_id == goal_id)


async def _of(session: AsyncSession, actor: Actor, subject: Any) -> list[Any]:
    statement = _view(actor).where(subject).order_by(GoalReview.id)
    return list((await session.execute(statement, actor.binds)).all())


async def read_review(session: AsyncSession, actor: Actor, review_id: UUID) -> Any:
    """One review."""
    return await read_one(session, actor, _view(actor), GoalReview, review_id)


async def list_parts(
    session: AsyncSession, actor: Actor, paging: Paging, review_id: UUID | None
) -> Page:
    """What was said in reviews, and one's own drafts."""
    statement = view(actor, Action.REVIEW_PART_READ, GoalReviewPart)
    if review_id is not None:
        statement = statement.where(GoalReviewPart.review_id == review_id)
    return await page(session, actor, statement, paging, by=[GoalReviewPart.id])


async def read_part(session: AsyncSession, actor: Actor, part_id: UUID) -> Any:
    """One part."""
    statement = view(actor, Action.REVIEW_PART_READ, GoalReviewPart)
    return await read_one(session, actor, statement, GoalReviewPart, part_id)


# --- beginning ----------------------------------------------------------------------------------


async def begin_of_plan(
    session: AsyncSession, actor: Actor, plan_id: UUID, version: int, kind: str
) -> tuple[UUID, list[dict[str, str]]]:
    """Begin a review of a plan in force: either of the two. Mid-year comes first."""
    plan = await act_on(session, actor, Action.PLAN_REVIEW, plan_id, version)
    if plan.state != _FROM[ReviewKind(kind)]:
        # the review that moves the plan on is the one that its state offers
        offered = [offer.value for offer, state in _FROM.items() if state == plan.state]
        raise WrongState(
            f"This growth plan is {plan.state}, and has another review before it.",
            state=plan.state,
            allowed=offered,
        )
    return await _begin(session, actor, plan, kind, plan_id=plan.id)


async def begin_of_goal(
    session: AsyncSession, actor: Actor, goal_id: UUID, version: int, kind: str
) -> tuple[UUID, list[dict[str, str]]]:
    """Begin a review of an individual goal that was agreed: either of the two."""
    goal = await acting(
        session, actor, Action.GOAL_REVIEW, Goal, goal_id, version, read=Action.GOAL_READ
    )
    return await _begin(session, actor, goal, kind, goal_id=goal.id)


async def _begin(
    session: AsyncSession, actor: Actor, of: Any, kind: str, **subject: UUID
) -> tuple[UUID, list[dict[str, str]]]:
    values = await policy(session, actor)
    warnings = await windows.advise(session, of.district_id, of.school_year_id, values, kind)
    review = GoalReview(
        district_id=actor.district_id,
        id=clock.new_id(),
        kind=kind,
        school_id=of.school_id,
        teacher_id=of.teacher_id,
        author_id=actor.id,
        lead_id=await lead_for(session, actor, of.teacher_id),
        **subject,
    )
    await _once(session, review, "uq_goal_review_", ReviewExists)
    record(session, actor, "goal_review.begun", review)
    return review.id, warnings


async def _once(session: AsyncSession, row: Any, index: str, refusal: type[Conflict]) -> None:
    """Add a row of which there is one; 409 by name when somebody was before."""
    try:
        async with session.begin_nested():
            session.add(row)
            await session.flush()
    except IntegrityError as exc:
        if index in str(exc.orig):
            raise refusal from exc
        raise


# --- saying one's part --------------------------------------------------------------------------


async def add_part(
    session: AsyncSession, actor: Actor, review_id: UUID, fields: dict[str, Any]
) -> UUID:
    """Begin one's own part: the teacher, or the lead. Nobody else sees it, and the review shows
    nothing of it, until it is submitted."""
    review = await acting(
        session,
        actor,
        Action.GOAL_REVIEW_ADD_PART,
        GoalReview,
        review_id,
        read=Action.GOAL_REVIEW_READ,
    )
    part = GoalReviewPart(
        district_id=actor.district_id,
        id=clock.new_id(),
        review_id=review.id,
        author_id=actor.id,
        school_id=review.school_id,
        teacher_id=review.teacher_id,
        lead_id=await lead_for(session, actor, review.teacher_id),
        **fields,
    )
    await _once(session, part, "uq_goal_review_part_author", PartExists)
    record(session, actor, "goal_review_part.begun", part)
    return part.id


async def change_part(
    session: AsyncSession, actor: Actor, part_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Edit one's own draft."""
    _, part = await _of_part(session, actor, Action.REVIEW_PART_EDIT, part_id, version)
    for name, value in fields.items():
        setattr(part, name, value)
    if fields:
        touch(part)
    record(session, actor, "goal_review_part.changed", part, fields)


async def submit_part(session: AsyncSession, actor: Actor, part_id: UUID, version: int) -> None:
    """Give one's part to the other of the two. The teacher gives it, and the review, to the lead of
    today. Who acknowledged the review before acknowledges it anew."""
    review, part = await _of_part(session, actor, Action.REVIEW_PART_SUBMIT, part_id, version)
    if part.words is None:
        raise PartEmpty
    part.lead_id = await lead_for(session, actor, part.teacher_id)
    part.state, part.submitted_at = PartState.SUBMITTED.value, clock.now()
    touch(part)
    await take_back(session, review, ReviewAcknowledgement, "review_id")
    if actor.id == review.teacher_id:
        review.lead_id = part.lead_id
    touch(review)
    record(session, actor, "goal_review_part.submitted", part, ("state",))


async def _of_part(
    session: AsyncSession, actor: Actor, action: Action, part_id: UUID, version: int
) -> tuple[GoalReview, GoalReviewPart]:
    """One's part and its review, both locked, the review first as everywhere."""
    row = await read_part(session, actor, part_id)
    review = await _locked(session, actor, GoalReview, row.review_id)
    part = await acting(
        session, actor, action, GoalReviewPart, part_id, version, read=Action.REVIEW_PART_READ
    )
    if review.state != ReviewState.OPEN:
        raise WrongState("The review is complete.", state=review.state, allowed=[])
    return review, part


async def _locked(session: AsyncSession, actor: Actor, model: Any, row_id: UUID) -> Any:
    """A row above the one that the caller acts on, whose rights are asked."""
    statement = select(model).where(model.district_id == actor.district_id, model.id == row_id)
    return await session.scalar(statement.with_for_update())


# --- acknowledging ------------------------------------------------------------------------------


async def acknowledge(session: AsyncSession, actor: Actor, review_id: UUID, version: int) -> None:
    """Say that one read the review as it stands, one's own part said. The teacher and the lead each
    once; then it is complete, and its plan moves on. The teacher's puts it before the lead of
    today. A school leader who stands in reads no words, and has none to say."""
    row = await read_review(session, actor, review_id)
    plan = None
    if row.plan_id is not None:  # the plan first, as everywhere
        plan = await _locked(session, actor, GrowthPlan, row.plan_id)
    review = await acting(
        session,
        actor,
        Action.GOAL_REVIEW_ACKNOWLEDGE,
        GoalReview,
        review_id,
        version,
        read=Action.GOAL_REVIEW_READ,
    )
    capacity = capacity_of(actor, review)
    standing_in = capacity is Capacity.SCHOOL_LEADER_STANDING_IN
    own = select(GoalReviewPart.id).where(
        GoalReviewPart.district_id == review.district_id,
        GoalReviewPart.review_id == review.id,
        GoalReviewPart.author_id == actor.id,
        GoalReviewPart.state == PartState.SUBMITTED.value,
    )
    if not standing_in and await session.scalar(own) is None:
        raise OwnWordsMissing
    fields = ["acknowledgements"]
    complete = await add_yes(session, actor, review, ReviewAcknowledgement, "review_id")
    if capacity is Capacity.TEACHER and review.lead_id is not None:
        # their own words go with it to the lead of today; the former lead's stay theirs
        await session.execute(
            update(GoalReviewPart)
            .where(
                GoalReviewPart.district_id == review.district_id,
                GoalReviewPart.review_id == review.id,
                GoalReviewPart.author_id == actor.id,
            )
            .values(lead_id=review.lead_id)
        )
    if complete:
        review.state, review.completed_at = ReviewState.COMPLETE.value, clock.now()
        fields.append("state")
    touch(review)
    record(session, actor, "goal_review.acknowledged", review, fields, standing_in=standing_in)
    if complete and plan is not None:
        _move_on(session, actor, plan, ReviewKind(review.kind), standing_in=standing_in)


def _move_on(
    session: AsyncSession, actor: Actor, plan: Any, kind: ReviewKind, *, standing_in: bool
) -> None:
    """The plan was reviewed at mid-year, or is closed by its end-of-year review."""
    if kind is ReviewKind.MID_YEAR:
        plan.state, plan.mid_year_reviewed_at = PlanState.MID_YEAR_REVIEWED.value, clock.now()
        event = "growth_plan.mid_year_reviewed"
    else:
        plan.state, plan.closed_at = PlanState.CLOSED.value, clock.now()
        event = "growth_plan.closed"
    touch(plan)
    record(session, actor, event, plan, ("state",), standing_in=standing_in)
