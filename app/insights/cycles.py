"""What the learning cycles of a person ask of them: activities, visits, feedback, reflections, the
coaching calendar; and the cycles of their teams."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.calendar import records
from app.calendar.focus import open_cycles, suggest
from app.core import clock
from app.models import (
    CalendarEntry,
    CoachingCalendar,
    CycleActivity,
    CycleMember,
    CycleReflection,
    FeedbackConversation,
    LearningCycle,
    Observation,
    Role,
)
from app.models.calendar import CalendarState, EntryKind
from app.models.feedback import FeedbackState
from app.models.learning_cycles import (
    ActivityState,
    ActivityWho,
    CycleLevel,
    CycleState,
    ReflectionState,
)
from app.models.observations import ObservationState
from app.models.people import LEAD_KINDS
from app.models.relationships import RelationshipState

Rows = dict[UUID, list[Any]]
#: code, why, type of the object, its id, and the day it is due
Add = Callable[..., None]
_DOES = {
    True: (ActivityWho.TEACHER.value, ActivityWho.BOTH.value),
    False: (ActivityWho.LEAD.value, ActivityWho.BOTH.value),
}
_MINE = (
    ObservationState.SCHEDULED.value,
    ObservationState.IN_PROGRESS.value,
    ObservationState.DRAFTED.value,
)
_GIVEN_TO_ME = (ObservationState.SHARED.value, ObservationState.DISCUSSED.value)
_WORDS = {
    EntryKind.ONE_ON_ONE: "A 1:1 on your calendar",
    EntryKind.OBSERVATION: "An observation on your calendar",
    EntryKind.COACHING_VISIT: "A coaching visit on your calendar",
    EntryKind.FEEDBACK: "Feedback on your calendar",
    EntryKind.TEAM_TIME: "Team time on your calendar",
    EntryKind.LEARNING: "Learning on your calendar",
    EntryKind.REFLECTION: "A reflection on your calendar",
}


@dataclass
class Work:
    """What was read."""

    #: open ones, of teachers and of the caller's teams
    cycles: list[Any]
    #: planned and dated until soon, by cycle
    activities: Rows
    #: the caller's to give, and those they were given
    observations: list[Any]
    conversations: list[Any]
    #: the caller's own, by cycle
    reflections: dict[UUID, Any]
    #: cycles in which the caller is asked for none
    waived: set[UUID]
    #: planned, of calendars in use, and not done as far as the caller can read
    entries: list[Any]
    #: what a side of the week shows
    shown: set[UUID] = field(default_factory=set)


async def read(session: AsyncSession, actor: Actor, pairs: list[Any], ahead: timedelta) -> Work:
    """Everything that the rest looks at, for all pairs: eight statements."""
    teachers = {pair.teacher_id for pair in pairs}
    # by a clock that is ahead of each school's; which day it is there comes later
    soon = clock.day_of(clock.now(), "Etc/GMT-14") + ahead
    member = exists().where(
        CycleMember.district_id == LearningCycle.district_id,
        CycleMember.cycle_id == LearningCycle.id,
        CycleMember.person_id == actor.id,
        CycleMember.left_on.is_(None),
    )
    leads = exists().where(
        Role.district_id == LearningCycle.district_id,
        Role.team_id == LearningCycle.team_id,
        Role.person_id == actor.id,
        Role.kind.in_([kind.value for kind in LEAD_KINDS]),
        Role.ended_on.is_(None),
    )
    of_team = and_(LearningCycle.level == CycleLevel.TEAM.value, or_(member, leads))
    cycles = await open_cycles(session, actor, teachers, of_team)
    running = [row.id for row in cycles if row.state != CycleState.PAUSED.value]
    activities: Rows = defaultdict(list)
    for row in await _of(
        session,
        actor,
        Action.CYCLE_ACTIVITY_READ,
        CycleActivity,
        CycleActivity.cycle_id.in_(running),
        CycleActivity.state == ActivityState.PLANNED.value,
        CycleActivity.on <= soon,
    ):
        activities[row.cycle_id].append(row)
    observations = await _of(
        session,
        actor,
        Action.OBSERVATION_READ,
        Observation,
        or_(
            and_(Observation.observer_id == actor.id, Observation.state.in_(_MINE)),
            and_(Observation.teacher_id == actor.id, Observation.state.in_(_GIVEN_TO_ME)),
        ),
        or_(Observation.state != ObservationState.SCHEDULED.value, Observation.on <= soon),
    )
    conversations = await _of(
        session,
        actor,
        Action.TALK_READ,
        FeedbackConversation,
        or_(
            FeedbackConversation.lead_id == actor.id,
            FeedbackConversation.teacher_id == actor.id,
        ),
        FeedbackConversation.state == FeedbackState.PREPARED.value,
        FeedbackConversation.on <= soon,
    )
    own = await _of(
        session,
        actor,
        Action.CYCLE_REFLECTION_READ,
        CycleReflection,
        CycleReflection.cycle_id.in_(running),
        CycleReflection.author_id == actor.id,
    )
    waived = await _of(
        session,
        actor,
        Action.CYCLE_MEMBER_READ,
        CycleMember,
        CycleMember.cycle_id.in_(running),
        CycleMember.person_id == actor.id,
        CycleMember.reflection_waived.is_not(None),
    )
    entries, done = await records.read(
        session,
        actor,
        CoachingCalendar.state == CalendarState.ACTIVE.value,
        CalendarEntry.teacher_id.in_(teachers),
    )
    return Work(
        cycles=cycles,
        activities=activities,
        observations=observations,
        conversations=conversations,
        reflections={row.cycle_id: row for row in own},
        waived={row.cycle_id for row in waived},
        entries=[row for row in entries if row.id not in done],
    )


async def _of(
    session: AsyncSession, actor: Actor, action: Action, model: Any, *which: Any
) -> list[Any]:
    statement = visible(actor, action, model).with_only_columns(*model.__table__.c).where(*which)
    return list(await session.execute(statement.order_by(model.id), actor.binds))


def of_pair(work: Work, pair: Any) -> list[Any]:
    """The open cycles of a pair."""
    key = (pair.teacher_id, pair.lead_id)
    return [row for row in work.cycles if (row.teacher_id, row.lead_id) == key]


def focus(work: Work, pair: Any, coming: Any) -> Any:
    """What the next 1:1 of a pair could be about."""
    if coming is None or pair.state != RelationshipState.ACTIVE.value:
        return None
    return suggest(of_pair(work, pair), coming.on)


def add_all(actor: Actor, pair: Any, work: Work, today: date, ahead: timedelta, add: Add) -> None:
    """What the caller can do for this pair's cycles now."""
    as_teacher = pair.teacher_id == actor.id
    soon = today + ahead
    for cycle in of_pair(work, pair):
        for row in work.activities[cycle.id]:
            if row.who in _DOES[as_teacher] and row.on <= soon:
                add("do_activity", f"You planned it: {row.title}", "cycle_activity", row.id, row.on)
            elif row.on < today:
                why = f"The day is past; ask how it went: {row.title}"
                add("ask_about_activity", why, "cycle_activity", row.id, row.on)
        _reflection(work, cycle, add)
    for rows, each in ((work.observations, _observation), (work.conversations, _conversation)):
        for row in rows:
            if row.teacher_id == pair.teacher_id:
                work.shown.add(row.id)
                each(actor, row, soon, add)
    for row in work.entries:
        if (row.teacher_id, row.lead_id) == (pair.teacher_id, pair.lead_id) and row.on <= soon:
            why = f"{_WORDS[EntryKind(row.kind)]}: {row.title}"
            add("calendar_entry", why, "calendar_entry", row.id, row.until_on)


def set_aside(work: Work, pair: Any) -> None:
    """What two whose coaching is paused owe each other waits; an evaluation goes on."""
    for row in (*work.observations, *work.conversations):
        giver = row.observer_id if hasattr(row, "observer_id") else row.lead_id
        if (row.teacher_id, giver) == (pair.teacher_id, pair.lead_id) and not row.evaluative:
            work.shown.add(row.id)


def add_others(actor: Actor, work: Work, today: date, ahead: timedelta, add: Add) -> None:
    """What the caller owes people whom they do not coach, and who do not coach them."""
    for rows, each in ((work.observations, _observation), (work.conversations, _conversation)):
        for row in rows:
            if row.id not in work.shown:
                each(actor, row, today + ahead, add)


def of_teams(work: Work) -> list[Any]:
    """The open cycles of the caller's teams."""
    return [row for row in work.cycles if row.level == CycleLevel.TEAM.value]


def add_of_team(work: Work, cycle: Any, today: date, ahead: timedelta, add: Add) -> None:
    """What a team's cycle asks of the caller."""
    for row in work.activities[cycle.id]:
        if row.level == CycleLevel.TEAM.value and row.on <= today + ahead:
            why = f"The team planned it: {row.title}"
            add("do_activity", why, "cycle_activity", row.id, row.on)
    _reflection(work, cycle, add)


def _reflection(work: Work, cycle: Any, add: Add) -> None:
    if cycle.state != CycleState.REFLECTION.value:
        return
    own = work.reflections.get(cycle.id)
    if own is None and cycle.id in work.waived:
        return
    if own is None:
        why = "The cycle closes with what each of you says of it: yours is missing."
        add("write_reflection", why, "learning_cycle", cycle.id)
    elif own.state == ReflectionState.DRAFT.value:
        why = "Your reflection is begun, and yours alone until you share it."
        add("share_reflection", why, "cycle_reflection", own.id)


def _observation(actor: Actor, row: Any, soon: date, add: Add) -> None:
    if row.teacher_id == actor.id:
        why = "Read what was seen in your lesson, and say so."
        add("acknowledge_observation", why, "observation", row.id)
    elif row.state == ObservationState.SCHEDULED.value:
        if row.on <= soon:
            add("observe", "You set a day for this visit.", "observation", row.id, row.on)
    elif row.state == ObservationState.IN_PROGRESS.value:
        why = "The visit is begun: end it when you have left."
        add("finish_observation", why, "observation", row.id, row.on)
    else:
        why = "What you saw is drafted, and nobody but you reads it yet."
        add("share_observation", why, "observation", row.id)


def _conversation(_actor: Actor, row: Any, soon: date, add: Add) -> None:
    if row.on <= soon:
        why = "A feedback conversation is set for this day."
        add("have_feedback_conversation", why, "feedback_conversation", row.id, row.on)
