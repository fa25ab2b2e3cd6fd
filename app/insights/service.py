"""The lead's Monday, and the teacher's: everything from records that are there, in one go."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.access.views import view
from app.core import clock
from app.insights import beginnings, cycles, steps
from app.models import (
    ActionStep,
    AgendaItem,
    CoachingRelationship,
    Goal,
    GoalRevision,
    Meeting,
    MeetingSeries,
    NextStep,
    Person,
    School,
    SchoolYear,
)
from app.models.feedback import IN_HAND, ActionStepState
from app.models.goals import GoalLevel, GoalState, RevisionState
from app.models.meetings import COMING, AgendaState, MeetingState, SeriesState, StepState
from app.models.relationships import OPEN, RelationshipState
from app.people.district.service import policy
from app.relationships.pair import day_off

#: how far ahead a week looks, and how long feedback is worth asking for
AHEAD, BEHIND = timedelta(days=7), timedelta(days=14)
WHY_LONGEST = 300

Rows = dict[UUID, list[Any]]


async def week(session: AsyncSession, actor: Actor) -> dict[str, Any]:
    """What is next, due and overdue for the caller, teacher by teacher and as a teacher. A number
    of statements that does not grow with the teachers."""
    now = clock.now()
    pairs = await _pairs(session, actor)
    teachers = [row.teacher_id for row in pairs]
    found = _Found(
        series=await _by_teacher(
            session,
            actor,
            view(actor, Action.SERIES_READ, MeetingSeries).where(
                MeetingSeries.teacher_id.in_(teachers),
                MeetingSeries.state != SeriesState.ENDED.value,
            ),
        ),
        coming=await _coming(session, actor, teachers),
        near=await _by_teacher(
            session,
            actor,
            view(actor, Action.MEETING_READ, Meeting)
            .where(
                Meeting.teacher_id.in_(teachers),
                or_(
                    Meeting.state.in_(COMING) & (Meeting.starts_at <= now + AHEAD),
                    (Meeting.state == MeetingState.COMPLETED.value)
                    & (Meeting.completed_at > now - BEHIND),
                ),
            )
            .order_by(Meeting.starts_at),
        ),
        steps=await _by_teacher(
            session,
            actor,
            view(actor, Action.STEP_READ, NextStep).where(
                NextStep.teacher_id.in_(teachers),
                NextStep.state == StepState.OPEN.value,
                # by a clock that is ahead of each school's; which day it is there comes later
                NextStep.due_on <= clock.day_of(now, "Etc/GMT-14") + AHEAD,
            ),
        ),
        goals=await _by_teacher(
            session,
            actor,
            view(actor, Action.GOAL_READ, Goal).where(
                Goal.teacher_id.in_(teachers),
                Goal.level == GoalLevel.INDIVIDUAL.value,
                or_(
                    Goal.state != GoalState.CLOSED.value,
                    Goal.school_year_id.in_({row.school_year_id for row in pairs}),
                ),
            ),
        ),
        revisions=await _by_teacher(
            session,
            actor,
            view(actor, Action.REVISION_READ, GoalRevision).where(
                GoalRevision.teacher_id.in_(teachers),
                GoalRevision.state == RevisionState.PROPOSED.value,
            ),
        ),
        action_steps=await _by_teacher(
            session,
            actor,
            view(actor, Action.ACTION_STEP_READ, ActionStep).where(
                ActionStep.teacher_id.in_(teachers),
                or_(
                    ActionStep.state == ActionStepState.PROPOSED.value,
                    ActionStep.state.in_(IN_HAND)
                    & (ActionStep.due_on <= clock.day_of(now, "Etc/GMT-14") + AHEAD),
                ),
            ),
        ),
    )
    begun = await beginnings.read(session, actor, pairs)
    windows: dict[str, Any] = {
        window.name: window for window in (await policy(session, actor)).windows
    }
    work = await cycles.read(session, actor, pairs, AHEAD)
    sides = [
        _side(actor, row, found, begun, work, clock.day_of(now, row.zone), windows) for row in pairs
    ]
    own = [side for row, side in zip(pairs, sides, strict=True) if row.teacher_id == actor.id]
    # whoever coaches now comes before whoever will
    own.sort(key=lambda side: side["state"] == RelationshipState.PROPOSED.value)
    return {
        "today": clock.day_of(now, actor.zone),
        "zone": actor.zone,
        "teachers": [s for row, s in zip(pairs, sides, strict=True) if row.lead_id == actor.id],
        "own": own[0] if own else None,
        **_beside(actor, work, clock.day_of(now, actor.zone)),
    }


def _beside(actor: Actor, work: cycles.Work, today: date) -> dict[str, Any]:
    """What belongs to no pair that is shown: the cycles of teams, and what others are owed."""
    teams = []
    for row in cycles.of_teams(work):
        of_team = _Todo(today)
        cycles.add_of_team(work, row, today, AHEAD, of_team.add)
        teams.append({**row._mapping, "todo": of_team.sorted()})
    others = _Todo(today)
    cycles.add_others(actor, work, today, AHEAD, others.add)
    return {"team_cycles": teams[:50], "other": others.sorted()}


@dataclass
class _Found:
    """What was read, by teacher."""

    series: Rows
    coming: Rows
    #: past and not closed, within the days to come, or completed lately
    near: Rows
    #: open and due soon, of either of the two
    steps: Rows
    #: in hand, or closed in a school year of the pairs
    goals: Rows
    revisions: Rows
    #: proposed, or agreed and due soon
    action_steps: Rows


async def _by_teacher(session: AsyncSession, actor: Actor, statement: Any) -> Rows:
    rows: Rows = defaultdict(list)
    for row in await session.execute(statement, actor.binds):
        rows[row.teacher_id].append(row)
    return rows


def _of(pair: Any, rows: Rows) -> list[Any]:
    """Those of a teacher's rows that this pair made: another lead's are none of theirs."""
    return [row for row in rows[pair.teacher_id] if row.lead_id == pair.lead_id]


async def _pairs(session: AsyncSession, actor: Actor) -> list[Any]:
    """The caller's relationships that are not over, as the lead and as the teacher, with the
    other's name, the school year and the zone of the school."""
    statement = (
        visible(actor, Action.RELATIONSHIP_READ, CoachingRelationship)
        .join(
            Person,
            (Person.district_id == CoachingRelationship.district_id)
            & (Person.id != actor.id)
            & or_(
                Person.id == CoachingRelationship.lead_id,
                Person.id == CoachingRelationship.teacher_id,
            ),
        )
        .join(
            SchoolYear,
            (SchoolYear.district_id == CoachingRelationship.district_id)
            & (SchoolYear.id == CoachingRelationship.school_year_id),
        )
        .join(
            School,
            (School.district_id == CoachingRelationship.district_id)
            & (School.id == CoachingRelationship.school_id),
        )
        .with_only_columns(
            School.zone,
            SchoolYear.id.label("school_year_id"),
            SchoolYear.first_day,
            SchoolYear.last_day,
            SchoolYear.days,
            CoachingRelationship.id,
            CoachingRelationship.state,
            CoachingRelationship.lead_id,
            CoachingRelationship.teacher_id,
            Person.id.label("person_id"),
            Person.given_name,
            Person.family_name,
        )
        .where(
            or_(
                CoachingRelationship.lead_id == actor.id,
                CoachingRelationship.teacher_id == actor.id,
            ),
            CoachingRelationship.primary,
            CoachingRelationship.state.in_(OPEN),
        )
        .order_by(Person.family_name, Person.given_name, CoachingRelationship.id)
    )
    return list(await session.execute(statement, actor.binds))


async def _coming(session: AsyncSession, actor: Actor, teachers: list[UUID]) -> Rows:
    """The next meeting of each, with how much is on its agenda and whether any is the caller's."""
    items = (
        select(func.count())
        .where(
            AgendaItem.district_id == Meeting.district_id,
            AgendaItem.meeting_id == Meeting.id,
            AgendaItem.state == AgendaState.OPEN.value,
        )
        .correlate(Meeting)
    )
    statement = (
        view(actor, Action.MEETING_READ, Meeting)
        .add_columns(
            items.scalar_subquery().label("agenda_open"),
            items.where(AgendaItem.author_id == Meeting.teacher_id)
            .scalar_subquery()
            .label("teachers_items"),
        )
        .where(
            Meeting.teacher_id.in_(teachers),
            Meeting.state.in_(COMING),
            Meeting.ends_at > clock.now(),
        )
        .ext(distinct_on(Meeting.teacher_id, Meeting.lead_id))
        .order_by(Meeting.teacher_id, Meeting.lead_id, Meeting.starts_at)
    )
    return await _by_teacher(session, actor, statement)


def _closes(pair: Any, window: Any, today: date) -> date | None:
    """The day on which a window of the pair's school year closes: from when it opens, and past it
    to the end of the year."""
    closes = date.fromisoformat(f"{pair.first_day.year}-{window.closes}")
    if closes < pair.first_day:
        closes = closes.replace(year=closes.year + 1)
    opens = date.fromisoformat(f"{closes.year}-{window.opens}")
    if opens > closes:
        opens = opens.replace(year=opens.year - 1)
    return closes if opens <= today <= pair.last_day else None


class _Todo:
    """What is to be done, on a day."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.items: list[dict[str, Any]] = []

    def add(self, code: str, why: str, kind: str, row_id: UUID, due_on: date | None = None) -> None:
        """One more thing, and why."""
        self.items.append(
            {
                "code": code,
                "why": why if len(why) <= WHY_LONGEST else why[: WHY_LONGEST - 1] + "…",
                "due_on": due_on,
                "overdue": due_on is not None and due_on < self.today,
                "type": kind,
                "id": row_id,
            }
        )

    def sorted(self) -> list[dict[str, Any]]:
        """What is overdue first, then by its day."""
        self.items.sort(
            key=lambda t: (not t["overdue"], t["due_on"] or date.max, t["code"], str(t["id"]))
        )
        return self.items[:200]


def _side(
    actor: Actor,
    pair: Any,
    found: _Found,
    begun: beginnings.Begun,
    work: cycles.Work,
    today: date,
    windows: dict[str, Any],
) -> dict[str, Any]:
    """One relationship as the caller sees it, on this day at the school."""
    coming = next(iter(_of(pair, found.coming)), None)
    todo = _Todo(today)
    add = todo.add
    due = {name: _closes(pair, window, today) for name, window in windows.items()}
    if pair.state != RelationshipState.PAUSED:
        meets_on = coming.on if coming is not None else None
        beginnings.add_all(actor, pair, begun, today, AHEAD, due, meets_on, add)
    if pair.state == RelationshipState.ACTIVE:
        _meetings(actor, pair, found, coming, today, add)
        _goals(pair, found, due.get("fall_goal_setting"), add)
        steps.add_all(actor, pair, found.action_steps, today, AHEAD, add)
        cycles.add_all(actor, pair, work, today, AHEAD, add)
    else:
        cycles.set_aside(work, pair)
    return {
        "relationship_id": pair.id,
        "state": pair.state,
        "person_id": pair.person_id,
        "given_name": pair.given_name,
        "family_name": pair.family_name,
        "next_meeting": coming,
        "next_conversation": beginnings.coming(begun, pair),
        "suggested_focus": cycles.focus(work, pair, coming),
        "cycles": cycles.of_pair(work, pair)[:20],
        "todo": todo.sorted(),
    }


def _meetings(actor: Actor, pair: Any, found: _Found, coming: Any, today: date, add: Any) -> None:
    as_teacher = pair.teacher_id == actor.id
    series = _of(pair, found.series)
    if not series and coming is None and not as_teacher:
        why = "You two have no rhythm of 1:1s yet."
        add("begin_series", why, "coaching_relationship", pair.id)
    for row in series:
        if row.review_due:
            why = "Feedback was low more than once: look at agenda and schedule."
            add("review_series", why, "meeting_series", row.id)
    for row in _of(pair, found.near):
        off = day_off(pair.days, row.on)
        if row.state == MeetingState.COMPLETED:
            if as_teacher and "give_feedback" in row.permissions:
                add("give_feedback", "Say how the 1:1 was for you.", "meeting", row.id)
        elif row.ends_at > clock.now():
            if off and row.state == MeetingState.SCHEDULED:
                why = "The school calendar has that day off: skip it or move it."
                add("meeting_on_day_off", why, "meeting", row.id, row.on)
        elif not off:
            why = "It is past, and nobody said what came of it."
            add("say_what_came_of_meeting", why, "meeting", row.id, row.on)
    for row in found.steps[pair.teacher_id]:
        if row.owner_id == actor.id:
            if row.due_on <= today + AHEAD:
                why = f"You said you would: {row.text}"
                add("finish_next_step", why, "next_step", row.id, row.due_on)
        elif row.owner_id == pair.teacher_id and row.due_on < today:
            why = f"The day is past; ask how it goes: {row.text}"
            add("ask_about_next_step", why, "next_step", row.id, row.due_on)
    soon = coming is not None and coming.on <= today + AHEAD
    if as_teacher and soon and not coming.teachers_items:
        add("fill_agenda", "Nothing of yours is on the agenda.", "meeting", coming.id, coming.on)


def _goals(pair: Any, found: _Found, closes: date | None, add: Any) -> None:
    goals = found.goals[pair.teacher_id]
    for row in goals:
        if "agree" in row.permissions:
            add("agree_goal", f"It waits for your yes: {row.title}", "goal", row.id, closes)
    for row in found.revisions[pair.teacher_id]:
        if "agree" in row.permissions:
            add("agree_goal_revision", "A change waits for your yes.", "goal_revision", row.id)
    of_year = [row for row in goals if row.school_year_id == pair.school_year_id]
    if closes is not None and all(row.state == GoalState.DRAFT for row in of_year):
        why = "No individual goal of this school year is proposed yet, and the window closes."
        add("propose_goal", why, "coaching_relationship", pair.id, closes)
