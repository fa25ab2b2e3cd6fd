"""The rules of feedback conversations: by the school's protocol, step by step where it says so.

What the giver notes is theirs until they share it. Notes have a version of their own and leave the
conversation's alone, so nobody learns from it that something is written (as in ADR 0004).
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import (
    Conflict,
    NotFound,
    PreconditionFailed,
    UnknownReference,
    WrongState,
)
from app.core.events import record
from app.core.paging import Paging, page
from app.feedback import giving
from app.feedback.conversations import steps
from app.feedback.protocols.service import of_school
from app.models import (
    CycleMember,
    FeedbackConversation,
    FeedbackNote,
    LearningCycle,
    School,
    Template,
    touch,
)
from app.models.feedback import NOTED_IN
from app.models.learning_cycles import CycleLevel
from app.models.templates import TemplateKind
from app.observations.access.service import note_read, note_reads
from app.people.schools.service import apply
from app.templates.service import asked, usable

Page = tuple[list[Any], str | None]
ORDERED: ColumnElement[Any] = (
    select(Template.ordered)
    .where(
        Template.district_id == FeedbackConversation.district_id,
        Template.id == FeedbackConversation.template_id,
    )
    .correlate(FeedbackConversation)
    .scalar_subquery()
    .label("ordered")
)
BESIDE = (*asked(FeedbackConversation), ORDERED)


class NoProtocol(Conflict):
    """The school has not chosen its protocol, or took it out of use: then the giver names one."""

    code, title = "no_protocol", "The school has no feedback protocol"
    next_step = "Name a `template_id` of kind feedback_protocol."


class OtherProtocol(Conflict):
    """Feedback goes by the school's protocol; who takes another one says why."""

    code, title = "other_protocol_unexplained", "Say why not the school's protocol"
    next_step = "Send `protocol_reason`; or leave `template_id` out."


class StepsNoted(Conflict):
    """The notes stand at the steps of the protocol, so it stays."""

    code, title = "steps_noted", "Steps are noted already"
    next_step = "Go on with this protocol, or prepare another conversation."


class CycleNotForFeedback(Conflict):
    """The cycle is of another teacher, or the conversation is about an evaluation, which is kept
    apart from coaching."""

    code, title = "cycle_not_for_feedback", "This cycle does not belong here"
    next_step = "Name a cycle of the same teacher, or none."


# --- reading ------------------------------------------------------------------------------------


async def list_conversations(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """The feedback conversations the caller may know of."""
    given = {name: value for name, value in filters.items() if value is not None}
    statement = view(actor, Action.TALK_READ, FeedbackConversation, *BESIDE).filter_by(**given)
    rows, following = await page(session, actor, statement, paging, by=[FeedbackConversation.id])
    note_reads(session, actor, rows, Action.TALK_READ)
    return rows, following


async def read_conversation(session: AsyncSession, actor: Actor, talk_id: UUID) -> Any:
    """One of them."""
    row = await _found(session, actor, talk_id)
    note_read(session, actor, row, Action.TALK_READ)
    return row


async def _found(session: AsyncSession, actor: Actor, talk_id: UUID) -> Any:
    statement = view(actor, Action.TALK_READ, FeedbackConversation, *BESIDE)
    return await read_one(session, actor, statement, FeedbackConversation, talk_id)


async def list_notes(session: AsyncSession, actor: Actor, talk_id: UUID) -> list[Any]:
    """What the caller may read of its notes, in the order of the steps."""
    talk = await _found(session, actor, talk_id)
    statement = view(actor, Action.TALK_NOTE_READ, FeedbackNote)
    rows = await session.execute(
        statement.where(FeedbackNote.conversation_id == talk_id), actor.binds
    )
    place = {field["key"]: number for number, field in enumerate(talk.fields)}
    found = sorted(rows, key=lambda row: place[row.step_key])
    if found:
        kind = FeedbackConversation.__tablename__
        note_read(session, actor, talk, Action.TALK_NOTE_READ, kind)
    return found


async def read_note(session: AsyncSession, actor: Actor, note_id: UUID) -> Any:
    """One note, to whoever just wrote it."""
    statement = view(actor, Action.TALK_NOTE_READ, FeedbackNote)
    return await read_one(session, actor, statement, FeedbackNote, note_id)


# --- preparing ----------------------------------------------------------------------------------


async def prepare(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Prepare a conversation: the teacher's lead, or whoever observed them. The teacher knows of it
    from now on."""
    teacher_id, observation_id = fields["teacher_id"], fields["observation_id"]
    if observation_id is None:
        whose = await giving.as_lead(session, actor, Action.TALK_CREATE, teacher_id)
    else:
        observation = await giving.observed(session, actor, Action.TALK_CREATE, observation_id)
        if teacher_id not in (None, observation.teacher_id):
            raise UnknownReference("The observation is of another teacher.", field="teacher_id")
        whose = await giving.as_observer(session, actor, observation)
    talk = FeedbackConversation(id=clock.new_id(), **{"evaluative": False, **whose})
    talk.template_id, talk.protocol_reason = await _protocol(
        session, actor, talk.school_id, fields["template_id"], fields["protocol_reason"]
    )
    talk.cycle_id = fields["cycle_id"]
    await _check_cycle(session, actor, talk)
    session.add(talk)
    await session.flush()
    record(session, actor, "feedback_conversation.prepared", talk)
    return talk.id


async def _protocol(
    session: AsyncSession,
    actor: Actor,
    school_id: UUID,
    template_id: UUID | None,
    reason: str | None,
    now: UUID | None = None,
) -> tuple[UUID, str | None]:
    """The protocol to go by: the school's of today, or another one with the reason. One that the
    conversation goes by already may be out of use since."""
    zone = await session.scalar(
        select(School.zone).where(School.district_id == actor.district_id, School.id == school_id)
    )
    assert zone is not None
    chosen = await of_school(session, actor, school_id, clock.today(zone))
    if template_id is None:
        if chosen is None:
            raise NoProtocol
        return chosen.id, reason
    if template_id != now:
        await usable(session, actor, TemplateKind.FEEDBACK_PROTOCOL, template_id)
    if chosen is not None and template_id != chosen.id and reason is None:
        raise OtherProtocol
    return template_id, reason


async def _check_cycle(session: AsyncSession, actor: Actor, talk: FeedbackConversation) -> None:
    """Refuse a cycle that the caller does not see, or that is not the teacher's (409)."""
    if talk.cycle_id is None:
        return
    member = (
        select(CycleMember.id)
        .where(
            CycleMember.district_id == actor.district_id,
            CycleMember.cycle_id == LearningCycle.id,
            CycleMember.person_id == talk.teacher_id,
            CycleMember.left_on.is_(None),
        )
        .limit(1)
        .correlate(LearningCycle)
        .scalar_subquery()
    )
    theirs = or_(
        LearningCycle.teacher_id == talk.teacher_id,
        (LearningCycle.level == CycleLevel.TEAM.value) & member.is_not(None),
    )
    statement = visible(actor, Action.CYCLE_READ, LearningCycle)
    found = (
        await session.execute(
            statement.where(LearningCycle.id == talk.cycle_id).with_only_columns(
                LearningCycle.id, theirs.label("theirs")
            ),
            actor.binds,
        )
    ).first()
    if found is None:
        raise UnknownReference("There is no such learning cycle.", field="cycle_id")
    if not found.theirs or talk.evaluative:
        raise CycleNotForFeedback(field="cycle_id")


async def change(
    session: AsyncSession, actor: Actor, talk_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change what a prepared conversation is about, or goes by: its giver."""
    talk = await act_on(session, actor, Action.TALK_EDIT, talk_id, version)
    before = talk.template_id
    if {"template_id", "protocol_reason"} & fields.keys():
        wanted = fields.get("template_id", before)
        if wanted != before and await _noted(session, talk):
            raise StepsNoted
        reason = fields.get("protocol_reason", talk.protocol_reason)
        await _protocol(session, actor, talk.school_id, wanted, reason, before)
    apply(talk, fields)
    if "cycle_id" in fields:
        await _check_cycle(session, actor, talk)
    record(session, actor, "feedback_conversation.changed", talk, fields)


async def act_on(
    session: AsyncSession, actor: Actor, action: Action, talk_id: UUID, version: int | None
) -> FeedbackConversation:
    """A conversation that the caller acts on, locked."""
    return await acting(
        session, actor, action, FeedbackConversation, talk_id, version, read=Action.TALK_READ
    )


# --- notes --------------------------------------------------------------------------------------


async def note(
    session: AsyncSession, actor: Actor, talk_id: UUID, key: str, version: int, text: str
) -> UUID:
    """Note something at a step, or put other words there: the giver, until they share it. The first
    at a step is written over version 0. Where the protocol is ordered, what is required before
    comes first."""
    row = await _found(session, actor, talk_id)
    if key not in {field["key"] for field in row.fields}:
        raise NotFound("The protocol has no such step.")
    talk = await act_on(session, actor, Action.TALK_NOTE, talk_id, None)
    if talk.template_id != row.template_id:
        raise PreconditionFailed("It goes by another protocol now; read its steps anew.")
    there = await _notes(session, talk)
    written = there.get(key)
    if version != (written.version if written else 0):
        raise PreconditionFailed("The note is at another version; the first is written over 0.")
    if talk.state not in [state.value for state in NOTED_IN]:
        raise WrongState("Its notes are shared, and stay as they are.", state=talk.state)
    if row.ordered:
        steps.check_order(row.fields, there, key)
    if written is None:
        written = FeedbackNote(
            id=clock.new_id(),
            conversation_id=talk.id,
            step_key=key,
            text=text,
            author_id=actor.id,
            **{name: getattr(talk, name) for name in _OF_TALK},
        )
        session.add(written)
        await session.flush()
    else:
        apply(written, {"text": text})
    record(session, actor, "feedback_note.written", written, ("text",))
    return written.id


#: what a note has of its conversation, so that one condition says who reads it
_OF_TALK = ("district_id", "school_id", "teacher_id", "lead_id", "giver_kind", "evaluative")


async def _notes(session: AsyncSession, talk: FeedbackConversation) -> dict[str, FeedbackNote]:
    """What is noted, by step, locked in one order."""
    rows = await session.scalars(
        select(FeedbackNote)
        .where(
            FeedbackNote.district_id == talk.district_id,
            FeedbackNote.conversation_id == talk.id,
        )
        .order_by(FeedbackNote.id)
        .with_for_update()
    )
    return {row.step_key: row for row in rows}


async def _noted(session: AsyncSession, talk: FeedbackConversation) -> bool:
    """Something is noted."""
    return bool(await _notes(session, talk))


async def lacking(session: AsyncSession, talk: FeedbackConversation) -> tuple[Any, steps.Fields]:
    """The conversation's protocol, and which of its required steps are not noted."""
    protocol = (
        await session.execute(
            select(Template.ordered, Template.fields).where(
                Template.district_id == talk.district_id, Template.id == talk.template_id
            )
        )
    ).one()
    return protocol, steps.lacking(protocol.fields, await _notes(session, talk))


async def give_notes(session: AsyncSession, talk: FeedbackConversation) -> None:
    """The teacher has the notes from now on."""
    for written in (await _notes(session, talk)).values():
        written.shared_at = talk.shared_at
        touch(written)
