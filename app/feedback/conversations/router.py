"""Feedback conversations and the notes at their steps."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.feedback.conversations import course, service
from app.feedback.conversations.schemas import (
    FeedbackConversationAcknowledge,
    FeedbackConversationChange,
    FeedbackConversationHold,
    FeedbackConversationNew,
    FeedbackConversationOut,
    FeedbackConversationPage,
    FeedbackConversationReply,
    FeedbackConversationSchedule,
    FeedbackNoteNew,
    FeedbackNoteOut,
    FeedbackNotes,
    StateName,
)
from app.feedback.conversations.steps import FeedbackIncomplete, StepOutOfOrder
from app.feedback.giving import ObservationNotReady
from app.meetings.booking import DoubleBooked
from app.meetings.service import NotYet
from app.relationships.pair import CoachingNotActive, DatesDoNotFit
from app.templates.schemas import Key
from app.templates.service import TemplateNotUsable
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, audited, replayable

router = APIRouter(tags=["Feedback"], route_class=UnitRoute)

StepKey = Annotated[Key, Path(description="The key of a step among the protocol's `fields`")]


def _out(row: Any, warnings: Any = ()) -> FeedbackConversationOut:
    return FeedbackConversationOut.model_validate({**row._mapping, "warnings": list(warnings)})


@router.get("/feedback-conversations", responses=problems(400))
@audited
async def list_feedback_conversations(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    lead_id: Id | None = None,
    observation_id: Id | None = None,
    cycle_id: Id | None = None,
    state: StateName | None = None,
) -> FeedbackConversationPage:
    """The feedback conversations you have as a teacher or give, the oldest first; `lead_id` is
    whoever gives the feedback. Leaders of the school and the evaluator of record find those about
    evaluations once they are shared."""
    filters: dict[str, Any] = {
        "teacher_id": teacher_id,
        "lead_id": lead_id,
        "observation_id": observation_id,
        "cycle_id": cycle_id,
        "state": state,
    }
    rows, following = await service.list_conversations(session, actor, paging, **filters)
    return FeedbackConversationPage(items=[_out(row) for row in rows], next=following)


@router.get("/feedback-conversations/{feedback_conversation_id}", responses=problems(404))
@replayable("/api/v1/feedback-conversations/{id}")
@audited
async def get_feedback_conversation(
    session: Session, actor: CurrentActor, feedback_conversation_id: Id
) -> FeedbackConversationOut:
    """One feedback conversation with the steps of its protocol, to whom it is listed."""
    return _out(await service.read_conversation(session, actor, feedback_conversation_id))


@router.post(
    "/feedback-conversations",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        CoachingNotActive,
        ObservationNotReady,
        TemplateNotUsable,
        service.NoProtocol,
        service.OtherProtocol,
        service.CycleNotForFeedback,
    ),
)
async def create_feedback_conversation(
    session: Session, actor: CurrentActor, body: FeedbackConversationNew
) -> FeedbackConversationOut:
    """Prepare a feedback conversation: with a teacher whom you coach, or on an observation that you
    made. It goes by the school's protocol; who takes another one says why. Without a choice of the
    school you name one. The teacher knows of it from now on, and not of what you note."""
    made = await service.prepare(session, actor, body.model_dump())
    return await get_feedback_conversation(session, actor, made)


@router.patch(
    "/feedback-conversations/{feedback_conversation_id}",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        TemplateNotUsable,
        service.OtherProtocol,
        service.StepsNoted,
        service.CycleNotForFeedback,
    ),
)
async def update_feedback_conversation(
    session: Session,
    actor: CurrentActor,
    feedback_conversation_id: Id,
    version: IfMatch,
    body: FeedbackConversationChange,
) -> FeedbackConversationOut:
    """Change the cycle or the protocol of a prepared conversation: its giver. The protocol stays
    once a step is noted."""
    await service.change(session, actor, feedback_conversation_id, version, body.changes())
    return await get_feedback_conversation(session, actor, feedback_conversation_id)


@router.post(
    "/feedback-conversations/{feedback_conversation_id}/schedule",
    responses=problems(403, 404, 412, WrongState, DatesDoNotFit, DoubleBooked),
)
async def schedule_feedback_conversation(
    session: Session,
    actor: CurrentActor,
    feedback_conversation_id: Id,
    version: IfMatch,
    body: FeedbackConversationSchedule,
) -> FeedbackConversationOut:
    """Set a prepared conversation for a time that both have, or for another time: either of the
    two."""
    await course.schedule(session, actor, feedback_conversation_id, version, body.model_dump())
    return await get_feedback_conversation(session, actor, feedback_conversation_id)


@router.post(
    "/feedback-conversations/{feedback_conversation_id}/unschedule",
    responses=problems(403, 404, 412, WrongState, course.NotScheduled),
)
async def unschedule_feedback_conversation(
    session: Session, actor: CurrentActor, feedback_conversation_id: Id, version: IfMatch
) -> FeedbackConversationOut:
    """Give its time back: either of the two. It stays prepared."""
    await course.unschedule(session, actor, feedback_conversation_id, version)
    return await get_feedback_conversation(session, actor, feedback_conversation_id)


@router.get("/feedback-conversations/{feedback_conversation_id}/notes", responses=problems(404))
@audited
async def list_feedback_notes(
    session: Session, actor: CurrentActor, feedback_conversation_id: Id
) -> FeedbackNotes:
    """What is noted at the steps, in their order: the giver's alone until they share it, then the
    teacher's, too, and where it is about an evaluation the school leaders' and the evaluator's."""
    rows = await service.list_notes(session, actor, feedback_conversation_id)
    return FeedbackNotes(items=[FeedbackNoteOut.model_validate(row) for row in rows])


@router.put(
    "/feedback-conversations/{feedback_conversation_id}/notes/{step_key}",
    responses=problems(403, 404, 412, WrongState, StepOutOfOrder),
)
async def write_feedback_note(
    session: Session,
    actor: CurrentActor,
    feedback_conversation_id: Id,
    step_key: StepKey,
    version: IfMatch,
    body: FeedbackNoteNew,
) -> FeedbackNoteOut:
    """Note something at a step, or put other words there: the giver, until they share it. For the
    first at a step, send `If-Match: "0"`. In an ordered protocol the required steps before it come
    first; in a map any order does."""
    note_id = await service.note(
        session, actor, feedback_conversation_id, step_key, version, body.text
    )
    return FeedbackNoteOut.model_validate(await service.read_note(session, actor, note_id))


@router.post(
    "/feedback-conversations/{feedback_conversation_id}/hold",
    responses=problems(403, 404, 412, WrongState, NotYet, DatesDoNotFit, FeedbackIncomplete),
)
async def hold_feedback_conversation(
    session: Session,
    actor: CurrentActor,
    feedback_conversation_id: Id,
    version: IfMatch,
    body: FeedbackConversationHold,
) -> FeedbackConversationOut:
    """Say that it took place, on its day or later: the giver. An ordered protocol asks for a note
    at each required step; a map warns of what is missing."""
    warnings = await course.hold(session, actor, feedback_conversation_id, version, body.on)
    row = await service.read_conversation(session, actor, feedback_conversation_id)
    return _out(row, warnings)


@router.post(
    "/feedback-conversations/{feedback_conversation_id}/share",
    responses=problems(403, 404, 412, WrongState),
)
async def share_feedback_conversation(
    session: Session, actor: CurrentActor, feedback_conversation_id: Id, version: IfMatch
) -> FeedbackConversationOut:
    """Give the notes to the teacher, as they are, for good: the giver, once it was held."""
    warnings = await course.share(session, actor, feedback_conversation_id, version)
    row = await service.read_conversation(session, actor, feedback_conversation_id)
    return _out(row, warnings)


@router.post(
    "/feedback-conversations/{feedback_conversation_id}/acknowledge",
    responses=problems(403, 404, 412, WrongState),
)
async def acknowledge_feedback_conversation(
    session: Session,
    actor: CurrentActor,
    feedback_conversation_id: Id,
    version: IfMatch,
    body: FeedbackConversationAcknowledge,
) -> FeedbackConversationOut:
    """Say that you read it, with a word if you like: the teacher. It says no more than that."""
    await course.acknowledge(session, actor, feedback_conversation_id, version, body.reply)
    return await get_feedback_conversation(session, actor, feedback_conversation_id)


@router.post(
    "/feedback-conversations/{feedback_conversation_id}/reply",
    responses=problems(403, 404, 412, WrongState, course.RepliedAlready),
)
async def reply_to_feedback_conversation(
    session: Session,
    actor: CurrentActor,
    feedback_conversation_id: Id,
    version: IfMatch,
    body: FeedbackConversationReply,
) -> FeedbackConversationOut:
    """Say something more, once: the teacher, after the acknowledgement."""
    await course.reply(session, actor, feedback_conversation_id, version, body.reply)
    return await get_feedback_conversation(session, actor, feedback_conversation_id)
