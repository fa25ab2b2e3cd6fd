"""The rules of goals: drafting, agreement of both, publishing, closing."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, visible
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.goals import keys
from app.goals.common.advice import common_indicator_advice
from app.goals.content import (
    GoalInPlan,
    apply_content,
    check_parent,
    check_sense,
    indicators_of,
    standards_of,
    write_indicators,
    write_measures,
    write_standards,
)
from app.goals.pair import add_agreement, capacity_of, lead_for
from app.models import (
    Goal,
    GoalAgreement,
    GoalComment,
    GoalIndicator,
    GoalMeasure,
    GoalStandard,
    Person,
    Role,
    SchoolYear,
    Slo,
    Team,
    touch,
)
from app.models.goals import Capacity, CommentKind, GoalKind, GoalLevel, GoalState, Outcome

_NEEDS_EVIDENCE = (Outcome.MET, Outcome.PARTLY_MET, Outcome.NOT_MET)


class GoalIncomplete(Conflict):
    """The goal lacks something its kind needs (domain.md §4, gate 6)."""

    code, title = "goal_incomplete", "The goal is not complete"
    next_step = "Add what `missing` lists, then try again."


class WrongOwner(Conflict):
    """The level and the owner of the goal do not go together."""

    code, title = "wrong_owner", "Level and owner do not fit"
    next_step = "A team goal names team_id, an individual goal teacher_id, a school goal neither."


class GoalHasGoalsBelow(Conflict):
    """Other goals name this one as their parent."""

    code, title = "goal_has_goals_below", "Goals stand below this one"
    next_step = "Give them another parent first."


class EvidenceMissing(Conflict):
    """An outcome that says how far a goal was met is shown by evidence."""

    code, title = "evidence_missing", "Say what shows the outcome"
    next_step = "Send `evidence` with the outcome, or name some in `evidence_ids`."


# --- drafting ---------------------------------------------------------------------------------


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> Goal:
    """Draft a goal: a school goal by its leaders, a team goal by its lead, an individual goal by
    the teacher or their lead."""
    measures = fields.pop("measures", [])
    indicator_ids = fields.pop("indicator_ids", [])
    standard_item_ids = fields.pop("standard_item_ids", [])
    check_sense(fields.get("starts_on"), fields.get("due_on"), measures)
    owner = await owner_of(session, actor, fields)
    goal = Goal(
        district_id=actor.district_id,
        id=clock.new_id(),
        author_id=actor.id,
        lead_id=await lead_for(session, actor, owner["teacher_id"]),
        **{**fields, **owner},
    )
    if goal.parent_id is not None:
        await check_parent(session, actor, goal, goal.parent_id)
    session.add(goal)
    await session.flush()
    await must(session, actor, Action.GOAL_CREATE, goal)
    await write_measures(session, goal, measures)
    await write_indicators(session, actor, goal, indicator_ids)
    if standard_item_ids:
        await write_standards(session, actor, goal, standard_item_ids)
    record(session, actor, "goal.created", goal)
    return goal


async def owner_of(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> dict[str, Any]:
    """School, team and teacher of a new goal or plan, checked against what the caller can see."""
    year = await session.scalar(
        visible(actor, Action.YEAR_READ, SchoolYear).where(
            SchoolYear.id == fields["school_year_id"]
        ),
        actor.binds,
    )
    if year is None:
        raise UnknownReference("There is no such school year.", field="school_year_id")
    level, team_id, teacher_id = fields["level"], fields.get("team_id"), fields.get("teacher_id")
    if (team_id is not None) != (level == GoalLevel.TEAM) or (
        teacher_id is not None and level != GoalLevel.INDIVIDUAL
    ):
        raise WrongOwner
    if level == GoalLevel.TEAM:
        team = await session.scalar(
            visible(actor, Action.TEAM_READ, Team).where(
                Team.id == team_id, Team.school_id == year.school_id
            ),
            actor.binds,
        )
        if team is None:
            raise UnknownReference("There is no such team in that school.", field="team_id")
    if level == GoalLevel.INDIVIDUAL:
        teacher_id = teacher_id or actor.id
        teaches = exists().where(
            Role.district_id == Person.district_id,
            Role.person_id == Person.id,
            Role.kind == "teacher",
            Role.school_id == year.school_id,
            Role.ended_on.is_(None),
        )
        found = await session.scalar(
            visible(actor, Action.PERSON_READ, Person).where(Person.id == teacher_id, teaches),
            actor.binds,
        )
        if found is None:
            raise UnknownReference(
                "There is no such teacher at the school of that year.", field="teacher_id"
            )
    return {"school_id": year.school_id, "team_id": team_id, "teacher_id": teacher_id}


async def change(
    session: AsyncSession, actor: Actor, goal_id: UUID, version: int, fields: dict[str, Any]
) -> Goal:
    """Edit a draft. Either of the two for an individual goal; nobody else."""
    goal = await _acting(session, actor, Action.GOAL_EDIT, goal_id, version)
    await apply_content(session, actor, goal, fields)
    if fields:
        goal.co_written = goal.co_written or goal.author_id != actor.id
        touch(goal)
    record(session, actor, "goal.changed", goal, fields)
    return goal


async def remove(session: AsyncSession, actor: Actor, goal_id: UUID, version: int) -> None:
    """Delete a draft that its author alone wrote in (domain.md §7). Everything else is closed."""
    goal = await _acting(session, actor, Action.GOAL_DELETE, goal_id, version)
    if goal.co_written:
        raise DraftShared
    if goal.plan_id is not None:
        raise GoalInPlan
    below = select(Goal.id).where(Goal.district_id == goal.district_id, Goal.parent_id == goal.id)
    if await session.scalar(below.limit(1)) is not None:
        raise GoalHasGoalsBelow
    for table in (GoalAgreement, GoalComment, GoalMeasure, GoalIndicator, GoalStandard):
        await session.execute(
            delete(table).where(table.district_id == goal.district_id, table.goal_id == goal.id)
        )
    await session.execute(delete(Slo).where(Slo.district_id == goal.district_id, Slo.id == goal.id))
    record(session, actor, "goal.deleted", goal)
    await session.flush()
    try:
        async with session.begin_nested():
            await session.delete(goal)
            await session.flush()
    except IntegrityError as exc:
        # what names goals lies in layers above this one
        if "foreign key" in str(exc.orig):
            raise GoalInUse from exc
        raise


class DraftShared(Conflict):
    """Somebody else wrote in this draft, so one of you alone cannot delete it."""

    code, title = "draft_shared", "Somebody else wrote in this draft"
    next_step = "Edit it instead, or agree on it and close it as abandoned."


class GoalInUse(Conflict):
    """A record names this draft, such as a learning cycle that weighs it."""

    code, title = "goal_in_use", "Something else names this goal"
    next_step = "Take it out there first, or agree on it and close it as abandoned."


# --- agreement --------------------------------------------------------------------------------


async def propose(session: AsyncSession, actor: Actor, goal_id: UUID, version: int) -> Goal:
    """Put an individual draft before both. It must be complete for its kind (gate 6)."""
    goal = await _acting(session, actor, Action.GOAL_PROPOSE, goal_id, version)
    await check_complete(session, goal)
    # To whom it is proposed: a new lead reads nothing that was only for the one before.
    goal.lead_id = await lead_for(session, actor, goal.teacher_id)
    await _move(session, actor, goal, GoalState.PROPOSED, "goal.proposed")
    return goal


async def request_changes(session: AsyncSession, actor: Actor, goal_id: UUID, version: int) -> bool:
    """Take a proposed goal back to draft. What was agreed no longer counts. Whether the caller
    still sees it: a school leader standing in does not see drafts."""
    goal = await _acting(session, actor, Action.GOAL_REQUEST_CHANGES, goal_id, version)
    await session.execute(
        delete(GoalAgreement).where(
            GoalAgreement.district_id == goal.district_id, GoalAgreement.goal_id == goal.id
        )
    )
    goal.co_written = True
    standing_in = capacity_of(actor, goal) is Capacity.SCHOOL_LEADER_STANDING_IN
    await _move(
        session,
        actor,
        goal,
        GoalState.DRAFT,
        "goal.changes_requested",
        standing_in=standing_in,
    )
    return not standing_in


async def agree(
    session: AsyncSession, actor: Actor, goal_id: UUID, version: int
) -> tuple[Goal, list[dict[str, str]]]:
    """Agree to a proposed goal. The teacher and the lead each agree once; then it is in force
    (gate 7). Answers with the rules that advise against."""
    goal = await _acting(session, actor, Action.GOAL_AGREE, goal_id, version)
    done = await add_agreement(session, actor, goal, goal)
    standing_in = capacity_of(actor, goal) is Capacity.SCHOOL_LEADER_STANDING_IN
    if done:
        await check_complete(session, goal)
        goal.state = GoalState.AGREED.value
        await keys.came(session, goal)
    touch(goal)
    record(session, actor, "goal.agreed", goal, standing_in=standing_in)
    return goal, await common_indicator_advice(session, actor, goal)


async def check_complete(session: AsyncSession, goal: Goal) -> None:
    """Gate 6, listing everything that is missing. School and team goals need their statement."""
    missing: list[dict[str, str]] = []

    def lacks(code: str, message: str) -> None:
        missing.append({"code": code, "message": message})

    if not goal.statement:
        lacks("statement", "Write the statement: what will be reached.")
    individual = goal.level == GoalLevel.INDIVIDUAL
    if individual and goal.kind == GoalKind.GROWTH and not await indicators_of(session, goal):
        lacks("indicator", "A growth goal names at least one indicator of a published framework.")
    if individual and goal.kind == GoalKind.STUDENT_LEARNING:
        if not goal.standards and not await standards_of(session, goal):
            lacks("standard", "A student-learning goal names at least one standard.")
        if await _untested(session, goal):
            if goal.parent_id is None:
                lacks("parent", "Teachers of a non-tested subject tie it to a team or school goal.")
            if not goal.link_statement:
                lacks("link_statement", "Say how this goal serves the team or school goal.")
    if missing:
        raise GoalIncomplete(missing=missing)


async def _untested(session: AsyncSession, goal: Goal) -> bool:
    """Whether the teacher teaches a non-tested subject only."""
    tested = set(
        await session.scalars(
            select(Role.tested_subject).where(
                Role.district_id == goal.district_id,
                Role.person_id == goal.teacher_id,
                Role.kind == "teacher",
                Role.ended_on.is_(None),
            )
        )
    )
    return tested == {False}


# --- school and team goals --------------------------------------------------------------------


async def publish(session: AsyncSession, actor: Actor, goal_id: UUID, version: int) -> None:
    """Publish a school or team goal to the school or team."""
    goal = await _acting(session, actor, Action.GOAL_PUBLISH, goal_id, version)
    await check_complete(session, goal)
    await _move(session, actor, goal, GoalState.PUBLISHED, "goal.published")


async def close_now(session: AsyncSession, actor: Actor, goal: Goal, outcome: str) -> None:
    """Close a goal with its outcome, once whoever must agree has agreed."""
    goal.outcome, goal.closed_at = outcome, clock.now()
    standing_in = (
        goal.teacher_id is not None
        and capacity_of(actor, goal) is Capacity.SCHOOL_LEADER_STANDING_IN
    )
    await _move(session, actor, goal, GoalState.CLOSED, "goal.closed", standing_in=standing_in)


def check_evidence(outcome: str, evidence: object) -> None:
    """An outcome that says how far the goal was met needs evidence."""
    if not evidence and outcome in _NEEDS_EVIDENCE:
        raise EvidenceMissing


async def add_comment(
    session: AsyncSession, actor: Actor, goal: Goal, kind: CommentKind, text: str
) -> GoalComment:
    """A signed remark or evidence, by whoever may comment on the goal or close it. It does not
    count as a change of the goal: whoever sees only the goal must not learn from its version that
    the two of them wrote to each other."""
    comment = GoalComment(
        district_id=goal.district_id,
        goal_id=goal.id,
        author_id=actor.id,
        kind=kind.value,
        text=text,
        level=goal.level,
        school_id=goal.school_id,
        team_id=goal.team_id,
        teacher_id=goal.teacher_id,
        lead_id=await lead_for(session, actor, goal.teacher_id),
    )
    if goal.author_id != actor.id:
        goal.co_written = True
    session.add(comment)
    await session.flush()
    record(session, actor, f"goal.{kind.value}_added", comment)
    return comment


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, goal_id: UUID, version: int | None
) -> Goal:
    return await acting(session, actor, action, Goal, goal_id, version, read=Action.GOAL_READ)


async def _move(
    session: AsyncSession,
    actor: Actor,
    goal: Goal,
    state: GoalState,
    event: str,
    *,
    standing_in: bool = False,
) -> None:
    seen = goal.in_feed
    goal.state = state.value
    touch(goal)
    if seen and not goal.in_feed:
        await keys.left(session, goal)
    elif goal.in_feed and not seen:
        await keys.came(session, goal)
    record(session, actor, event, goal, ("state",), standing_in=standing_in)


def record_class(goal: Any) -> Any:
    """The record class of a goal's row, as its readers are told."""
    return Goal(level=goal.level, state=goal.state).class_now.value
