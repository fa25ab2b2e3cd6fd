"""Whether an entry is done is read off the record itself: a 1:1 that was completed, a visit that
took place, an activity that was done. Only what the caller may read counts."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Text, Uuid, and_, case, cast, func, literal, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.models import (
    CalendarEntry,
    CoachingCalendar,
    CycleActivity,
    CycleReflection,
    FeedbackConversation,
    Meeting,
    Observation,
    School,
)
from app.models.calendar import EntryKind, EntryState
from app.models.feedback import FeedbackState
from app.models.learning_cycles import ActivityState
from app.models.meetings import MeetingState
from app.models.observations import SHARED_STATES, ObservationState

#: a visit that took place
TOOK_PLACE = (
    ObservationState.IN_PROGRESS.value,
    ObservationState.DRAFTED.value,
    *SHARED_STATES,
)
_HELD = (FeedbackState.HELD.value, FeedbackState.SHARED.value, FeedbackState.ACKNOWLEDGED.value)
_nobody = cast(null(), Uuid())
#: what an entry has beside what its record has, too
_OF_ENTRIES = (CalendarEntry.until_on, CalendarEntry.calendar_id, CalendarEntry.title)


@dataclass(frozen=True)
class Source:
    """Where the program keeps what an entry was planned for."""

    model: type[Any]
    read: Action
    #: of which kind of entry it is one
    kind: Any
    #: the day it took place
    on: Any
    counts: Any
    #: whose with the teacher it must be, or nobody's: anybody's will do
    lead: Any = _nobody
    #: the cycle it belongs to
    cycle: Any = _nobody

    def statement(self, actor: Actor, entries: Any) -> Any:
        """Those of the entries' teachers, in their days, that the caller may read."""
        return (
            visible(actor, self.read, self.model)
            .with_only_columns(
                literal(self.model.__tablename__, Text()).label("type"),
                self.model.id.label("id"),
                self.model.teacher_id.label("teacher_id"),
                cast(self.kind, Text()).label("kind"),
                self.on.label("on"),
                self.lead.label("lead_id"),
                self.cycle.label("cycle_id"),
                *(cast(null(), column.type).label(column.name) for column in _OF_ENTRIES),
            )
            .where(
                self.model.teacher_id.in_(select(entries.c.teacher_id)),
                self.on.between(
                    select(func.min(entries.c.on)).scalar_subquery(),
                    select(func.max(entries.c.until_on)).scalar_subquery(),
                ),
                self.counts,
            )
        )


_shared_on = cast(
    func.timezone(
        select(School.zone)
        .where(
            School.district_id == CycleReflection.district_id,
            School.id == CycleReflection.school_id,
        )
        .correlate(CycleReflection)
        .scalar_subquery(),
        CycleReflection.shared_at,
    ),
    Date,
)
SOURCES: tuple[Source, ...] = (
    Source(
        Meeting,
        Action.MEETING_READ,
        literal(EntryKind.ONE_ON_ONE.value),
        Meeting.on,
        Meeting.state == MeetingState.COMPLETED.value,
        lead=Meeting.lead_id,
    ),
    # a formal one by whoever may; a coaching visit is the lead's
    Source(
        Observation,
        Action.OBSERVATION_READ,
        case(
            (Observation.formal, EntryKind.OBSERVATION.value),
            else_=EntryKind.COACHING_VISIT.value,
        ),
        Observation.on,
        Observation.state.in_(TOOK_PLACE),
        lead=case((Observation.formal, _nobody), else_=Observation.observer_id),
    ),
    Source(
        CycleActivity,
        Action.CYCLE_ACTIVITY_READ,
        literal(EntryKind.LEARNING.value),
        CycleActivity.done_on,
        CycleActivity.state == ActivityState.DONE.value,
        lead=CycleActivity.lead_id,
        cycle=CycleActivity.cycle_id,
    ),
    # the teacher's own, once they shared it
    Source(
        CycleReflection,
        Action.CYCLE_REFLECTION_READ,
        literal(EntryKind.REFLECTION.value),
        _shared_on,
        and_(
            CycleReflection.shared_at.is_not(None),
            CycleReflection.author_id == CycleReflection.teacher_id,
        ),
        lead=CycleReflection.lead_id,
        cycle=CycleReflection.cycle_id,
    ),
    Source(
        FeedbackConversation,
        Action.TALK_READ,
        literal(EntryKind.FEEDBACK.value),
        FeedbackConversation.held_on,
        FeedbackConversation.state.in_(_HELD),
    ),
)


async def read(
    session: AsyncSession, actor: Actor, *which: Any
) -> tuple[list[Any], dict[UUID, dict[str, Any]]]:
    """The planned entries of the calendars that `which` chooses, in the order in which they are
    due, and which of them are done, by what. One statement. `which` takes whole calendars: a record
    counts for one entry of a calendar, the one that is due first."""
    entries = (
        visible(actor, Action.CALENDAR_ENTRY_READ, CalendarEntry)
        .join(
            CoachingCalendar,
            and_(
                CoachingCalendar.district_id == CalendarEntry.district_id,
                CoachingCalendar.id == CalendarEntry.calendar_id,
            ),
        )
        .with_only_columns(
            literal(CalendarEntry.__tablename__, Text()).label("type"),
            CalendarEntry.id,
            CalendarEntry.teacher_id,
            CalendarEntry.kind,
            CalendarEntry.on,
            CalendarEntry.lead_id,
            CoachingCalendar.cycle_id,
            *_OF_ENTRIES,
        )
        .where(CalendarEntry.state == EntryState.PLANNED.value, *which)
        .cte("entries")
    )
    parts = [source.statement(actor, entries) for source in SOURCES]
    found = await session.execute(union_all(select(*entries.c), *parts), actor.binds)
    planned: list[Any] = []
    by: dict[tuple[UUID, str], list[Any]] = defaultdict(list)
    for row in found:
        if row.type == CalendarEntry.__tablename__:
            planned.append(row)
        else:
            by[row.teacher_id, row.kind].append(row)
    planned.sort(key=lambda row: (row.until_on, row.on, str(row.id)))
    for rows in by.values():
        rows.sort(key=lambda row: (row.on, str(row.id)))
    return planned, _matched(planned, by)


def _matched(
    planned: list[Any], by: dict[tuple[UUID, str], list[Any]]
) -> dict[UUID, dict[str, Any]]:
    """Each record to the entry of a calendar that is due first."""
    found: dict[UUID, dict[str, Any]] = {}
    used: set[tuple[UUID, UUID]] = set()
    for entry in planned:
        for row in by[entry.teacher_id, entry.kind]:
            if (entry.calendar_id, row.id) not in used and _is_of(entry, row):
                used.add((entry.calendar_id, row.id))
                found[entry.id] = {"type": row.type, "id": row.id}
                break
    return found


def _is_of(entry: Any, row: Any) -> bool:
    """The record lies in the entry's days, is of its pair, and of its cycle where both name one."""
    return (
        entry.on <= row.on <= entry.until_on
        and row.lead_id in (None, entry.lead_id)
        and (row.cycle_id is None or entry.cycle_id in (None, row.cycle_id))
    )
