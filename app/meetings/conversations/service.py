"""The rules of conversations: planned, set for a time, held, closed behind their gates."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, delete, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.meetings.booking import book, release
from app.meetings.conversations import gates
from app.meetings.service import NotYet, in_year
from app.meetings.times import span
from app.models import Conversation, ConversationGoal, Goal, touch
from app.models.conversations import ConversationState
from app.models.goals import GoalLevel, GoalState
from app.models.templates import TemplateKind
from app.people.schools.service import apply
from app.relationships.pair import DatesDoNotFit, owners, working_with, year_of
from app.templates import forms
from app.templates.service import asked, fields_of, usable

Page = tuple[list[dict[str, Any]], str | None]
_WHEN = ("on", "at", "zone", "minutes")
#: a conversation that is planned anew has no time yet
_NO_TIME = {
    **dict.fromkeys((*_WHEN, "starts_at", "ends_at", "reason")),
    "time_moved": False,
}
GOAL_IDS: ColumnElement[Any] = (
    select(
        func.coalesce(
            func.array_agg(
                aggregate_order_by(ConversationGoal.goal_id, ConversationGoal.goal_id),
                type_=ARRAY(Uuid()),
            ),
            array([], type_=Uuid()),
        )
    )
    .where(
        ConversationGoal.district_id == Conversation.district_id,
        ConversationGoal.conversation_id == Conversation.id,
    )
    .correlate(Conversation)
    .scalar_subquery()
    .label("goal_ids")
)
_EXTRA = (*asked(Conversation), GOAL_IDS, gates.REVIEWED, *gates.REACHED_WHEN)


class ConversationExists(Conflict):
    """Each kind of conversation is had once in a coaching relationship; one that was cancelled
    gives way."""

    code, title = "conversation_exists", "There is one of this kind already"
    next_step = "Go on with the one that GET /conversations lists; a closed one stays as it is."


class GoalNotForConversation(Conflict):
    """A conversation revisits published goals of the pair's school and its teams."""

    code, title = "goal_not_for_conversation", "This goal cannot be linked here"
    next_step = "Link published school or team goals of the school where the two work together."


async def list_conversations(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    first: date | None,
    last: date | None,
    **filters: Any,
) -> Page:
    """The caller's conversations, as a teacher and as a lead; between two days, if given."""
    statement = view(actor, Action.CONVERSATION_READ, Conversation, *_EXTRA).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    if first is not None:
        statement = statement.where(Conversation.on >= first)
    if last is not None:
        statement = statement.where(Conversation.on <= last)
    by = [Conversation.starts_at, Conversation.id]
    rows, following = await page(session, actor, statement, paging, by=by)
    return [_whole(row, actor) for row in rows], following


async def read_conversation(
    session: AsyncSession, actor: Actor, conversation_id: UUID
) -> dict[str, Any]:
    """One conversation."""
    statement = view(actor, Action.CONVERSATION_READ, Conversation, *_EXTRA)
    row = await read_one(session, actor, statement, Conversation, conversation_id)
    return _whole(row, actor)


def _whole(row: Any, actor: Actor) -> dict[str, Any]:
    return {**row._mapping, "warnings": gates.advice(row, actor)}


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Plan a conversation: the teacher or their lead, one of a kind."""
    relationship = await working_with(
        session, actor, Action.CONVERSATION_CREATE, fields.pop("teacher_id", None)
    )
    if fields["template_id"] is not None:
        await usable(session, actor, TemplateKind.CONVERSATION, fields["template_id"])
    conversation = Conversation(id=clock.new_id(), **owners(relationship, actor.id), **fields)
    try:
        async with session.begin_nested():
            session.add(conversation)
            await session.flush()
    except IntegrityError as exc:
        if "uq_conversation_kind" in str(exc.orig):
            raise ConversationExists from exc
        raise
    record(session, actor, "conversation.created", conversation)
    return conversation.id


async def change(
    session: AsyncSession,
    actor: Actor,
    conversation_id: UUID,
    version: int,
    fields: dict[str, Any],
) -> None:
    """Write down what was looked at: either of the two, until it is closed."""
    conversation = await _acting(session, actor, Action.CONVERSATION_EDIT, conversation_id, version)
    changed = dict(fields)
    if "answers" in changed:
        changed["answers"] = forms.merged(conversation.answers, changed["answers"])
        asks = (
            await fields_of(session, actor.district_id, conversation.template_id)
            if conversation.template_id is not None
            else []
        )
        forms.check(asks, changed["answers"])
    goal_ids = changed.pop("goal_ids", None)
    if goal_ids is not None:
        await _link(session, actor, conversation, list(dict.fromkeys(goal_ids)))
    apply(conversation, changed)
    if goal_ids is not None and not changed:
        touch(conversation)
    record(session, actor, "conversation.changed", conversation, fields)


async def _link(
    session: AsyncSession, actor: Actor, conversation: Conversation, goal_ids: list[UUID]
) -> None:
    """Replace the linked goals. What is linked already stays, whatever became of the goal and
    whoever sees it now; what is new must be visible to the caller, published, and the school's."""
    of_conversation = (
        ConversationGoal.district_id == actor.district_id,
        ConversationGoal.conversation_id == conversation.id,
    )
    linked = set(await session.scalars(select(ConversationGoal.goal_id).where(*of_conversation)))
    new = [goal_id for goal_id in goal_ids if goal_id not in linked]
    seen = {
        goal.id: goal
        for goal in await session.scalars(
            visible(actor, Action.GOAL_READ, Goal).where(Goal.id.in_(new)), actor.binds
        )
    }
    if len(seen) < len(new):
        raise UnknownReference("There is no such goal, or you may not see it.", field="goal_ids")
    for goal in seen.values():
        if (
            goal.level == GoalLevel.INDIVIDUAL.value
            or goal.state != GoalState.PUBLISHED.value
            or goal.school_id != conversation.school_id
        ):
            raise GoalNotForConversation(field="goal_ids")
    await session.execute(delete(ConversationGoal).where(*of_conversation))
    session.add_all(
        ConversationGoal(
            district_id=actor.district_id,
            id=clock.new_id(),
            conversation_id=conversation.id,
            goal_id=goal_id,
        )
        for goal_id in goal_ids
    )


async def schedule(
    session: AsyncSession,
    actor: Actor,
    conversation_id: UUID,
    version: int,
    fields: dict[str, Any],
) -> None:
    """Set it for a time that both have: either of the two. A past day is allowed, for one that
    took place and is written down after."""
    conversation = await _acting(
        session, actor, Action.CONVERSATION_SCHEDULE, conversation_id, version
    )
    when = {name: fields.get(name) for name in _WHEN}
    others = {name: value for name, value in fields.items() if name not in _WHEN}
    others["state"] = ConversationState.SCHEDULED.value
    await _set(session, actor, conversation, when, others)
    record(session, actor, "conversation.scheduled", conversation, {*others, *_WHEN})


async def move(
    session: AsyncSession,
    actor: Actor,
    conversation_id: UUID,
    version: int,
    fields: dict[str, Any],
) -> None:
    """Move it to another time, with the reason: either of the two."""
    conversation = await _acting(session, actor, Action.CONVERSATION_MOVE, conversation_id, version)
    when = {name: fields.get(name, getattr(conversation, name)) for name in _WHEN}
    await _set(session, actor, conversation, when, {"reason": fields["reason"]})
    record(session, actor, "conversation.moved", conversation, fields)


async def _set(
    session: AsyncSession,
    actor: Actor,
    conversation: Conversation,
    when: dict[str, Any],
    others: dict[str, Any],
) -> None:
    """Write the time, within the school year, and take it from both."""
    year, school_zone = await year_of(session, actor.district_id, conversation.relationship_id)
    in_year(year, when["on"])
    when["zone"] = when["zone"] or school_zone
    apply(conversation, {**others, **span(**when)})
    await session.flush()
    await book(session, actor, [conversation], "conversation")


async def hold(
    session: AsyncSession, actor: Actor, conversation_id: UUID, version: int, on: date | None
) -> None:
    """Say that it took place, on its day or later: either of the two. The time stays taken."""
    conversation = await _acting(session, actor, Action.CONVERSATION_HOLD, conversation_id, version)
    assert conversation.on is not None
    assert conversation.zone is not None
    today = clock.today(conversation.zone)
    if today < conversation.on:
        raise NotYet
    held_on = on or conversation.on
    if not conversation.on <= held_on <= today:
        raise DatesDoNotFit(
            "It was held on the day it was set for, or later, and not in days to come.",
            first=conversation.on.isoformat(),
            last=today.isoformat(),
        )
    fields = {"state": ConversationState.HELD.value, "held_on": held_on}
    apply(conversation, fields)
    record(session, actor, "conversation.held", conversation, fields)


async def cancel(
    session: AsyncSession, actor: Actor, conversation_id: UUID, version: int, reason: str
) -> None:
    """Call it off, with the reason; another of its kind can be planned. Either of the two."""
    conversation = await _acting(
        session, actor, Action.CONVERSATION_CANCEL, conversation_id, version
    )
    fields = {"state": ConversationState.CANCELLED.value, "reason": reason}
    await _leave(session, actor, conversation, fields, "conversation.cancelled")


async def miss(session: AsyncSession, actor: Actor, conversation_id: UUID, version: int) -> None:
    """Say that it did not happen, once its time has come. Either of the two."""
    conversation = await _acting(session, actor, Action.CONVERSATION_MISS, conversation_id, version)
    assert conversation.starts_at is not None
    if conversation.starts_at > clock.now():
        raise NotYet
    fields = {"state": ConversationState.MISSED.value}
    await _leave(session, actor, conversation, fields, "conversation.missed")


async def _leave(
    session: AsyncSession,
    actor: Actor,
    conversation: Conversation,
    fields: dict[str, Any],
    done: str,
) -> None:
    """It is not scheduled any more, and its time is free."""
    apply(conversation, fields)
    await release(session, actor, [conversation.id])
    record(session, actor, done, conversation, fields)


async def plan(session: AsyncSession, actor: Actor, conversation_id: UUID, version: int) -> None:
    """Plan one that was missed anew, without a time; what was written stays. Either of the two."""
    conversation = await _acting(session, actor, Action.CONVERSATION_PLAN, conversation_id, version)
    fields = {"state": ConversationState.PLANNED.value, **_NO_TIME}
    apply(conversation, fields)
    record(session, actor, "conversation.planned", conversation, fields)


async def close(session: AsyncSession, actor: Actor, conversation_id: UUID, version: int) -> None:
    """Close it once everything that it is for was done (gate 2). Either of the two."""
    conversation = await _acting(
        session, actor, Action.CONVERSATION_CLOSE, conversation_id, version
    )
    await gates.must_be_complete(session, actor, conversation)
    fields = {"state": ConversationState.CLOSED.value, "closed_at": clock.now()}
    apply(conversation, fields)
    record(session, actor, "conversation.closed", conversation, fields)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, conversation_id: UUID, version: int
) -> Conversation:
    return await acting(
        session,
        actor,
        action,
        Conversation,
        conversation_id,
        version,
        read=Action.CONVERSATION_READ,
    )
