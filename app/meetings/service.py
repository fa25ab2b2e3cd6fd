"""The rules of 1:1 meetings: when, who leads, what becomes of them."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.meetings.booking import book, release
from app.meetings.carrying import carry_over
from app.meetings.leading import check_leading
from app.meetings.locking import in_order, in_order_of
from app.meetings.times import check_days, span
from app.models import Meeting, NextStep
from app.models.meetings import MeetingState, StepState
from app.people.district.service import policy
from app.people.schools.service import apply
from app.relationships.pair import DatesDoNotFit, owners, working_with, year_of

Page = tuple[list[Any], str | None]
_WHEN = ("on", "at", "zone", "minutes")


class MoveUnexplained(Conflict):
    """Moving a meeting to another time carries a reason, so that the other of the two knows."""

    code, title = "move_unexplained", "Say why it is moved"
    next_step = "Send `reason` with the new time."


class NotYet(Conflict):
    """A meeting begins on its own day at the earliest; it is missed, and a conversation missed or
    held, once its time has come."""

    code, title = "not_yet", "Its time has not come"
    next_step = "Cancel or move what is still to come; a week of a series can be skipped."


class NextStepsMissing(Conflict):
    """A 1:1 closes with what is to be done, by whom and until when (gate 4)."""

    code, title = "next_steps_missing", "No next step yet"
    next_step = "Add a next step with owner and due date, or send no_next_steps: true."


async def list_meetings(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    first: date | None,
    last: date | None,
    **filters: Any,
) -> Page:
    """The caller's meetings, as a teacher and as a lead, between two days."""
    check_days(first, last)
    statement = view(actor, Action.MEETING_READ, Meeting).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    if first is not None:
        statement = statement.where(Meeting.on >= first)
    if last is not None:
        statement = statement.where(Meeting.on <= last)
    return await page(session, actor, statement, paging, by=[Meeting.starts_at, Meeting.id])


async def read_meeting(session: AsyncSession, actor: Actor, meeting_id: UUID) -> Any:
    """One meeting."""
    statement = view(actor, Action.MEETING_READ, Meeting)
    return await read_one(session, actor, statement, Meeting, meeting_id)


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """A meeting beside the series: the teacher or their lead. A past day is allowed, for a 1:1
    that was held and is written down after."""
    relationship = await working_with(
        session, actor, Action.MEETING_CREATE, fields.pop("teacher_id", None)
    )
    check_leading(actor, relationship.teacher_id, fields)
    year, school_zone = await year_of(session, actor.district_id, relationship.id)
    in_year(year, fields["on"])
    when = {name: fields.pop(name) for name in _WHEN}
    when["zone"] = when["zone"] or school_zone
    meeting = Meeting(
        id=clock.new_id(),
        due_on=when["on"],
        **owners(relationship, actor.id),
        **fields,
        **span(**when),
    )
    await in_order(session, actor, meeting.teacher_id, meeting.lead_id)
    session.add(meeting)
    await session.flush()
    await book(session, actor, [meeting])
    await carry_over(session, actor, meeting.teacher_id, meeting.lead_id)
    record(session, actor, "meeting.created", meeting)
    return meeting.id


def in_year(year: Any, on: date) -> None:
    """Refuse a day outside the school year of the coaching (409)."""
    if not year.first_day <= on <= year.last_day:
        raise DatesDoNotFit(
            "What the two sit down to lies in the school year of their coaching.",
            first=year.first_day.isoformat(),
            last=year.last_day.isoformat(),
        )


async def change(
    session: AsyncSession, actor: Actor, meeting_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Move a meeting, or change who leads it, its focus or place: either of the two."""
    meeting = await _acting(session, actor, Action.MEETING_EDIT, meeting_id, version)
    check_leading(actor, meeting.teacher_id, fields, meeting.led_by)
    given = {name: fields[name] for name in _WHEN if name in fields}
    if given:
        if not fields.get("reason"):
            raise MoveUnexplained
        year, _ = await year_of(session, actor.district_id, meeting.relationship_id)
        when = {name: getattr(meeting, name) for name in _WHEN} | given
        in_year(year, when["on"])
        fields = {**fields, **span(**when), "moved": True}
    apply(meeting, fields)
    if given:
        await session.flush()
        await book(session, actor, [meeting])
    record(session, actor, "meeting.changed", meeting, fields)


async def start(session: AsyncSession, actor: Actor, meeting_id: UUID, version: int) -> None:
    """Begin, on its own day at the earliest: next steps can be written from now on. Either of the
    two."""
    meeting = await _acting(session, actor, Action.MEETING_START, meeting_id, version)
    if clock.today(meeting.zone) < meeting.on:
        raise NotYet("Its day has not come; move it when you meet sooner.")
    fields = {"state": MeetingState.IN_PROGRESS.value, "started_at": clock.now()}
    apply(meeting, fields)
    record(session, actor, "meeting.started", meeting, fields)


async def complete(
    session: AsyncSession, actor: Actor, meeting_id: UUID, version: int, *, no_next_steps: bool
) -> None:
    """Close with next steps, or with the word that there are none (gate 4). What was not talked
    about goes on to the next meeting."""
    meeting = await _closing(session, actor, Action.MEETING_COMPLETE, meeting_id, version)
    steps = await session.scalar(
        select(func.count()).where(
            NextStep.district_id == actor.district_id,
            NextStep.meeting_id == meeting.id,
            NextStep.state != StepState.DROPPED.value,
        )
    )
    needed = (await policy(session, actor)).meeting_next_steps
    if (steps or 0) < needed and not no_next_steps:
        raise NextStepsMissing(missing=[{"code": "next_steps", "message": "No next step yet."}])
    fields = {
        "state": MeetingState.COMPLETED.value,
        "completed_at": clock.now(),
        "no_next_steps": no_next_steps and not steps,
    }
    await _close(session, actor, meeting, fields, "meeting.completed")


async def cancel(
    session: AsyncSession, actor: Actor, meeting_id: UUID, version: int, reason: str
) -> None:
    """Call it off, with the reason. It counts as due and not held; a week that could not have a
    meeting is skipped instead."""
    meeting = await _closing(session, actor, Action.MEETING_CANCEL, meeting_id, version)
    fields = {"state": MeetingState.CANCELLED.value, "reason": reason}
    await _close(session, actor, meeting, fields, "meeting.cancelled")


async def skip(
    session: AsyncSession,
    actor: Actor,
    meeting_id: UUID,
    version: int,
    *,
    skip: str,
    reason: str | None,
) -> None:
    """Leave a week out for leave, testing or a holiday: it does not count as missed (R5). Also
    after its day; cadence says how often that was done."""
    meeting = await _closing(session, actor, Action.MEETING_SKIP, meeting_id, version)
    fields = {
        "state": MeetingState.SKIPPED.value,
        "skip": skip,
        "reason": reason,
        "skipped_at": clock.now(),
    }
    await _close(session, actor, meeting, fields, "meeting.skipped")


async def miss(session: AsyncSession, actor: Actor, meeting_id: UUID, version: int) -> None:
    """Say that it did not happen, once its time has come."""
    meeting = await _closing(session, actor, Action.MEETING_MISS, meeting_id, version)
    if meeting.starts_at > clock.now():
        raise NotYet
    await _close(session, actor, meeting, {"state": MeetingState.MISSED.value}, "meeting.missed")


async def _close(
    session: AsyncSession, actor: Actor, meeting: Meeting, fields: dict[str, Any], done: str
) -> None:
    apply(meeting, fields)
    if meeting.state != MeetingState.COMPLETED:
        await release(session, actor, [meeting.id])
    await carry_over(session, actor, meeting.teacher_id, meeting.lead_id)
    record(session, actor, done, meeting, fields)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, meeting_id: UUID, version: int
) -> Meeting:
    return await acting(
        session, actor, action, Meeting, meeting_id, version, read=Action.MEETING_READ
    )


async def _closing(
    session: AsyncSession, actor: Actor, action: Action, meeting_id: UUID, version: int
) -> Meeting:
    """As `_acting`, for a step after which agenda items go on to another meeting."""
    await in_order_of(session, actor, Action.MEETING_READ, Meeting, meeting_id)
    return await _acting(session, actor, action, meeting_id, version)
