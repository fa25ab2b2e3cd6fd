"""Conversations of a teacher and their lead: beginning of year, mid-year, end of year."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.errors import UnknownReference, WrongState
from app.core.types import Date, Id
from app.meetings.booking import DoubleBooked
from app.meetings.conversations import service
from app.meetings.conversations.gates import ConversationIncomplete
from app.meetings.conversations.schemas import (
    ConversationCancel,
    ConversationChange,
    ConversationHold,
    ConversationMove,
    ConversationNew,
    ConversationOut,
    ConversationPage,
    ConversationSchedule,
    KindName,
    StateName,
)
from app.meetings.service import NotYet
from app.relationships.pair import CoachingNotActive, DatesDoNotFit
from app.templates.forms import AnswersDoNotFit
from app.templates.service import TemplateNotUsable
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Conversations"], route_class=UnitRoute)

From = Annotated[Date | None, Query(alias="from", description="First day")]
To = Annotated[Date | None, Query(alias="to", description="Last day")]


@router.get("/conversations", responses=problems(400))
async def list_conversations(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    first: From = None,
    last: To = None,
    teacher_id: Id | None = None,
    kind: KindName | None = None,
    state: StateName | None = None,
) -> ConversationPage:
    """The caller's conversations, as a teacher and as a lead, in the order of their times; those
    without a time come last, and are left out when days are given."""
    rows, following = await service.list_conversations(
        session, actor, paging, first, last, teacher_id=teacher_id, kind=kind, state=state
    )
    items = [ConversationOut.model_validate(row) for row in rows]
    return ConversationPage(items=items, next=following)


@router.get("/conversations/{conversation_id}", responses=problems(404))
@replayable("/api/v1/conversations/{id}")
async def get_conversation(
    session: Session, actor: CurrentActor, conversation_id: Id
) -> ConversationOut:
    """One conversation: the teacher and their lead."""
    return ConversationOut.model_validate(
        await service.read_conversation(session, actor, conversation_id)
    )


@router.post(
    "/conversations",
    status_code=201,
    responses=problems(
        403, UnknownReference, CoachingNotActive, TemplateNotUsable, service.ConversationExists
    ),
)
async def create_conversation(
    session: Session, actor: CurrentActor, body: ConversationNew
) -> ConversationOut:
    """Plan a conversation: the teacher or their lead. There is one of each kind in a coaching
    relationship, besides those that were cancelled."""
    conversation_id = await service.create(session, actor, body.model_dump())
    return await get_conversation(session, actor, conversation_id)


@router.patch(
    "/conversations/{conversation_id}",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        AnswersDoNotFit,
        UnknownReference,
        service.GoalNotForConversation,
    ),
)
async def update_conversation(
    session: Session,
    actor: CurrentActor,
    conversation_id: Id,
    version: IfMatch,
    body: ConversationChange,
) -> ConversationOut:
    """Write down what was looked at, until it is closed: either of the two. Answers fit the
    template's fields; linked goals are published goals of the school or its teams."""
    await service.change(session, actor, conversation_id, version, body.changes())
    return await get_conversation(session, actor, conversation_id)


@router.post(
    "/conversations/{conversation_id}/schedule",
    responses=problems(403, 404, 412, WrongState, DatesDoNotFit, DoubleBooked),
)
async def schedule_conversation(
    session: Session,
    actor: CurrentActor,
    conversation_id: Id,
    version: IfMatch,
    body: ConversationSchedule,
) -> ConversationOut:
    """Set a planned conversation for a time that both have, in the school year: either of the
    two."""
    await service.schedule(session, actor, conversation_id, version, body.changes())
    return await get_conversation(session, actor, conversation_id)


@router.post(
    "/conversations/{conversation_id}/move",
    responses=problems(403, 404, 412, WrongState, DatesDoNotFit, DoubleBooked),
)
async def move_conversation(
    session: Session,
    actor: CurrentActor,
    conversation_id: Id,
    version: IfMatch,
    body: ConversationMove,
) -> ConversationOut:
    """Move a scheduled conversation to another time, with the reason: either of the two."""
    await service.move(session, actor, conversation_id, version, body.changes())
    return await get_conversation(session, actor, conversation_id)


@router.post(
    "/conversations/{conversation_id}/hold",
    responses=problems(403, 404, 412, WrongState, NotYet, DatesDoNotFit),
)
async def hold_conversation(
    session: Session,
    actor: CurrentActor,
    conversation_id: Id,
    version: IfMatch,
    body: ConversationHold,
) -> ConversationOut:
    """Say that a conversation took place, on its day or later: either of the two. It can still be
    written in until it is closed."""
    await service.hold(session, actor, conversation_id, version, body.on)
    return await get_conversation(session, actor, conversation_id)


@router.post(
    "/conversations/{conversation_id}/cancel", responses=problems(403, 404, 412, WrongState)
)
async def cancel_conversation(
    session: Session,
    actor: CurrentActor,
    conversation_id: Id,
    version: IfMatch,
    body: ConversationCancel,
) -> ConversationOut:
    """Call a scheduled conversation off, with the reason: either of the two. Another of its kind
    can be planned then."""
    await service.cancel(session, actor, conversation_id, version, body.reason)
    return await get_conversation(session, actor, conversation_id)


@router.post(
    "/conversations/{conversation_id}/miss",
    responses=problems(403, 404, 412, WrongState, NotYet),
)
async def miss_conversation(
    session: Session, actor: CurrentActor, conversation_id: Id, version: IfMatch
) -> ConversationOut:
    """Say that a conversation did not happen, once its time has come: either of the two."""
    await service.miss(session, actor, conversation_id, version)
    return await get_conversation(session, actor, conversation_id)


@router.post("/conversations/{conversation_id}/plan", responses=problems(403, 404, 412, WrongState))
async def plan_conversation(
    session: Session, actor: CurrentActor, conversation_id: Id, version: IfMatch
) -> ConversationOut:
    """Plan a conversation anew that was missed: either of the two. What was written stays."""
    await service.plan(session, actor, conversation_id, version)
    return await get_conversation(session, actor, conversation_id)


@router.post(
    "/conversations/{conversation_id}/close",
    responses=problems(403, 404, 412, WrongState, ConversationIncomplete),
)
async def close_conversation(
    session: Session, actor: CurrentActor, conversation_id: Id, version: IfMatch
) -> ConversationOut:
    """Close a conversation that was held: either of the two, once the template's required fields
    are answered. One of the beginning of the year needs the questionnaire reviewed or waived, the
    vision revisited, school and team goals linked, the link to the team's goals written, roles
    discussed, goal setting previewed, and the setting."""
    await service.close(session, actor, conversation_id, version)
    return await get_conversation(session, actor, conversation_id)
