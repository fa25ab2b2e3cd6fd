"""The course of a feedback conversation: set for a time, held, shared, acknowledged, replied to."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.types import Advice
from app.feedback.conversations import steps
from app.feedback.conversations.service import act_on, give_notes, lacking
from app.meetings.booking import book, release
from app.meetings.service import NotYet, in_year
from app.meetings.times import span
from app.models import FeedbackConversation, Observation, School, SchoolYear
from app.models.feedback import FeedbackState
from app.people.schools.service import apply
from app.relationships.pair import DatesDoNotFit, year_of

_WHEN = ("on", "at", "zone", "minutes")
NO_TIME = {
    **dict.fromkeys((*_WHEN, "starts_at", "ends_at", "place")),
    "time_moved": False,
}


class NotScheduled(Conflict):
    """Only what has a time can lose it."""

    code, title = "not_scheduled", "It is not set for a time"
    next_step = "Set it for one with POST /feedback-conversations/{id}/schedule."


class RepliedAlready(Conflict):
    """The teacher replies with the acknowledgement, and once later."""

    code, title = "replied_already", "You replied already"
    next_step = "Say more at the next 1:1."


async def schedule(
    session: AsyncSession, actor: Actor, talk_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Set it for a time that both have, in the school year, or for another one: either of the
    two. A past day is allowed, for one that took place and is written down after."""
    talk = await act_on(session, actor, Action.TALK_SCHEDULE, talk_id, version)
    year, school_zone = await _year(session, talk)
    in_year(year, fields["on"])
    when = {name: fields[name] for name in _WHEN}
    when["zone"] = when["zone"] or school_zone
    apply(talk, {**span(**when), "place": fields["place"]})
    await session.flush()
    await book(session, actor, [talk], "feedback_conversation")
    record(session, actor, "feedback_conversation.scheduled", talk, (*_WHEN, "place"))


async def unschedule(session: AsyncSession, actor: Actor, talk_id: UUID, version: int) -> None:
    """Give its time back: either of the two. It stays prepared."""
    talk = await act_on(session, actor, Action.TALK_UNSCHEDULE, talk_id, version)
    if talk.starts_at is None:
        raise NotScheduled
    apply(talk, NO_TIME)
    await release(session, actor, [talk.id])
    record(session, actor, "feedback_conversation.unscheduled", talk, (*_WHEN, "place"))


async def hold(
    session: AsyncSession, actor: Actor, talk_id: UUID, version: int, on: date | None
) -> list[Advice]:
    """Say that it took place, on its day or later: the giver. By an ordered protocol each required
    step is noted (gate 13); in a map one that is missing is advised."""
    talk = await act_on(session, actor, Action.TALK_HOLD, talk_id, version)
    year, school_zone = await _year(session, talk)
    today = clock.today(talk.zone or school_zone)
    if talk.on is not None and today < talk.on:
        raise NotYet
    held_on, first = on or talk.on or today, talk.on or year.first_day
    if not first <= held_on <= today:
        raise DatesDoNotFit(
            "It was held on the day it was set for, or later, and not in days to come.",
            first=first.isoformat(),
            last=today.isoformat(),
        )
    protocol, missing = await lacking(session, talk)
    if protocol.ordered:
        steps.refuse(missing)
    fields = {"state": FeedbackState.HELD.value, "held_on": held_on}
    apply(talk, fields)
    record(session, actor, "feedback_conversation.held", talk, fields)
    return steps.advice(missing)


async def share(session: AsyncSession, actor: Actor, talk_id: UUID, version: int) -> list[Advice]:
    """Give the notes to the teacher, as they are, for good: the giver, once it was held. What the
    conversation lacks is advised."""
    talk = await act_on(session, actor, Action.TALK_SHARE, talk_id, version)
    _, missing = await lacking(session, talk)
    fields = {"state": FeedbackState.SHARED.value, "shared_at": clock.now()}
    apply(talk, fields)
    await give_notes(session, talk)
    record(session, actor, "feedback_conversation.shared", talk, fields)
    return steps.advice(missing)


async def acknowledge(
    session: AsyncSession, actor: Actor, talk_id: UUID, version: int, reply: str | None
) -> None:
    """Say that one read it, with a word if one likes: the teacher."""
    talk = await act_on(session, actor, Action.TALK_ACKNOWLEDGE, talk_id, version)
    fields: dict[str, Any] = {
        "state": FeedbackState.ACKNOWLEDGED.value,
        "acknowledged_at": clock.now(),
    }
    if reply is not None:
        fields["reply"] = reply
    apply(talk, fields)
    record(session, actor, "feedback_conversation.acknowledged", talk, fields)


async def reply(
    session: AsyncSession, actor: Actor, talk_id: UUID, version: int, text: str
) -> None:
    """Say something more, once: the teacher, after the acknowledgement."""
    talk = await act_on(session, actor, Action.TALK_REPLY, talk_id, version)
    if talk.later_replied_at is not None:
        raise RepliedAlready
    fields = {"later_reply": text, "later_replied_at": clock.now()}
    apply(talk, fields)
    record(session, actor, "feedback_conversation.replied", talk, fields)


async def _year(session: AsyncSession, talk: FeedbackConversation) -> tuple[Any, str]:
    """The school year that it lies in, and the zone of its school."""
    if talk.relationship_id is not None:
        return await year_of(session, talk.district_id, talk.relationship_id)
    row = (
        await session.execute(
            select(SchoolYear, School.zone)
            .join(
                Observation,
                (Observation.district_id == SchoolYear.district_id)
                & (Observation.school_year_id == SchoolYear.id),
            )
            .join(
                School,
                (School.district_id == SchoolYear.district_id)
                & (School.id == SchoolYear.school_id),
            )
            .where(
                Observation.district_id == talk.district_id,
                Observation.id == talk.observation_id,
            )
        )
    ).one()
    return row[0], row[1]
