"""The rules of changing and closing a goal in force.

The agreed goal stays in force until both agreed the change; a close is agreed the same way. School
and team goals have one side, so theirs take effect at once.
"""

import json
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, NotFound
from app.core.events import record
from app.core.paging import Paging, page
from app.goals import content as goal_content
from app.goals import service as goals
from app.goals.pair import add_agreement, capacity_of, lead_for
from app.goals.schemas import GoalChange
from app.goals.views import read_goal
from app.models import Goal, GoalRevision, touch
from app.models.goals import (
    Capacity,
    CommentKind,
    Direction,
    GoalLevel,
    RevisionKind,
    RevisionState,
)

Page = tuple[list[Any], str | None]


class RevisionOpen(Conflict):
    """One change of a goal waits for agreement at a time."""

    code, title = "revision_open", "A change already waits for agreement"
    next_step = (
        "Agree to it or withdraw it first: GET /goals/{id}/revisions. One that you do not see there"
        " is for the teacher to withdraw."
    )


class ReasonRequired(Conflict):
    """Easing a target needs a reason (gate 7), and so does any change of a school or team goal."""

    code, title = "reason_required", "Say why"
    next_step = "Send `reason`."


class NothingChanges(Conflict):
    """A revision names at least one field."""

    code, title = "nothing_changes", "The revision changes nothing"
    next_step = "Send the fields that change in `content`."


async def propose(
    session: AsyncSession,
    actor: Actor,
    goal_id: UUID,
    version: int,
    reason: str | None,
    changes: GoalChange,
) -> UUID:
    """Propose a change of a goal in force; whoever proposes has agreed. For a school or team goal
    it takes effect at once."""
    goal = await acting(
        session, actor, Action.GOAL_REVISE, Goal, goal_id, version, read=Action.GOAL_READ
    )
    fields = changes.changes()
    if not fields:
        raise NothingChanges
    shared = goal.level != GoalLevel.INDIVIDUAL
    if reason is None and (shared or await _eases(session, goal, changes)):
        raise ReasonRequired
    await goal_content.check_references(session, actor, goal, changes)
    return await _open(
        session,
        actor,
        goal,
        RevisionKind.CONTENT,
        reason,
        changes.model_dump(mode="json", include=set(fields)),
    )


async def close(
    session: AsyncSession,
    actor: Actor,
    goal_id: UUID,
    version: int,
    outcome: str,
    evidence: str | None,
) -> list[dict[str, str]]:
    """Propose how an individual goal ended, or close a school or team goal."""
    goal = await acting(
        session, actor, Action.GOAL_CLOSE, Goal, goal_id, version, read=Action.GOAL_READ
    )
    goals.check_evidence(outcome, evidence)
    if evidence is not None:
        await goals.add_comment(session, actor, goal, CommentKind.EVIDENCE, evidence)
    await _open(session, actor, goal, RevisionKind.CLOSING, None, {"outcome": outcome})
    if goal.level != GoalLevel.INDIVIDUAL:
        return []
    return [
        {
            "code": "waiting_for_agreement",
            "message": "The goal closes when the other of the two agrees to this outcome.",
        }
    ]


async def _open(
    session: AsyncSession,
    actor: Actor,
    goal: Goal,
    kind: RevisionKind,
    reason: str | None,
    content: dict[str, Any],
) -> UUID:
    waiting = await session.scalar(
        select(GoalRevision.id).where(
            GoalRevision.district_id == goal.district_id,
            GoalRevision.goal_id == goal.id,
            GoalRevision.state == RevisionState.PROPOSED.value,
        )
    )
    if waiting is not None:
        raise RevisionOpen
    revision = GoalRevision(
        district_id=goal.district_id,
        goal_id=goal.id,
        kind=kind.value,
        author_id=actor.id,
        reason=reason,
        content=content,
        level=goal.level,
        school_id=goal.school_id,
        team_id=goal.team_id,
        teacher_id=goal.teacher_id,
        lead_id=await lead_for(session, actor, goal.teacher_id),
    )
    session.add(revision)
    await session.flush()
    record(session, actor, "goal_revision.proposed", revision)
    if goal.level == GoalLevel.INDIVIDUAL:
        await add_agreement(session, actor, goal, revision)
    else:
        await _take_effect(session, actor, goal, revision)
    await session.flush()
    return revision.id


async def _eases(session: AsyncSession, goal: Goal, changes: GoalChange) -> bool:
    """Whether the goal becomes easier to reach: a target is lowered, counted in another unit or
    from another baseline, or left out, or more time is given."""
    sent = changes.model_fields_set
    if "due_on" in sent and _later(goal.due_on, changes.due_on):
        return True
    if "measures" not in sent:
        return False
    wanted = {measure.id: measure for measure in changes.measures if measure.id is not None}
    for present in await goal_content.measures_of(session, goal):
        measure = wanted.get(present.id)
        if measure is None or _later(present.due_on, measure.due_on):
            return True
        if any(
            getattr(measure, name) != getattr(present, name)
            for name in ("direction", "unit", "baseline")
        ):
            return True
        step = measure.target - present.target
        if (step < 0) if present.direction == Direction.INCREASE.value else (step > 0):
            return True
    return False


def _later(present: date | None, wanted: date | None) -> bool:
    """Whether a day to be done by moves away, or goes altogether."""
    return present is not None and (wanted is None or wanted > present)


async def agree(session: AsyncSession, actor: Actor, revision_id: UUID, version: int) -> None:
    """Agree to the other's change or close; it takes effect at once. Where the other is no longer
    the lead, it waits for the lead of today."""
    goal, revision = await _deciding(session, actor, Action.REVISION_AGREE, revision_id, version)
    if await add_agreement(session, actor, goal, revision):
        await _take_effect(session, actor, goal, revision)
        return
    touch(revision)
    record(session, actor, "goal_revision.agreed_by_one", revision)


async def withdraw(session: AsyncSession, actor: Actor, revision_id: UUID, version: int) -> bool:
    """Take a change back, or turn the other's down. The goal stays as it is. Whether the caller
    still sees the change: a school leader standing in sees those that wait or were agreed."""
    goal, revision = await _deciding(session, actor, Action.REVISION_WITHDRAW, revision_id, version)
    revision.state, revision.decided_at = RevisionState.WITHDRAWN.value, clock.now()
    touch(revision)
    standing_in = capacity_of(actor, goal) is Capacity.SCHOOL_LEADER_STANDING_IN
    record(
        session,
        actor,
        "goal_revision.withdrawn",
        revision,
        ("state",),
        standing_in=standing_in,
    )
    return not standing_in


async def _deciding(
    session: AsyncSession, actor: Actor, action: Action, revision_id: UUID, version: int
) -> tuple[Goal, GoalRevision]:
    """The revision and its goal, both locked, the goal first as everywhere."""
    row = await read_revision(session, actor, revision_id)
    goal = await session.scalar(
        select(Goal)
        .where(Goal.district_id == actor.district_id, Goal.id == row.goal_id)
        .with_for_update()
    )
    if goal is None:
        raise NotFound("There is no such goal.")
    revision = await acting(
        session,
        actor,
        action,
        GoalRevision,
        revision_id,
        version,
        read=Action.REVISION_READ,
    )
    return goal, revision


async def _take_effect(
    session: AsyncSession, actor: Actor, goal: Goal, revision: GoalRevision
) -> None:
    revision.state, revision.decided_at = RevisionState.AGREED.value, clock.now()
    standing_in = (
        goal.teacher_id is not None
        and capacity_of(actor, goal) is Capacity.SCHOOL_LEADER_STANDING_IN
    )
    if revision.kind == RevisionKind.CLOSING:
        goals.close_now(session, actor, goal, revision.content["outcome"])
    else:
        changes = GoalChange.model_validate_json(json.dumps(revision.content))
        revision.replaced = await _present(session, goal, changes)
        await goal_content.apply_content(
            session,
            actor,
            goal,
            {
                name: [measure.model_dump() for measure in changes.measures]
                if name == "measures"
                else value
                for name, value in changes.changes().items()
            },
        )
        await goals.check_complete(session, goal)
        goal.revision += 1
        revision.number = goal.revision
        touch(goal)
        record(
            session,
            actor,
            "goal.revised",
            goal,
            changes.model_fields_set,
            standing_in=standing_in,
        )
    touch(revision)
    record(
        session,
        actor,
        "goal_revision.agreed",
        revision,
        ("state",),
        standing_in=standing_in,
    )


async def _present(session: AsyncSession, goal: Goal, changes: GoalChange) -> dict[str, Any]:
    """What the fields of a change are now, in the form of a change."""
    fields: dict[str, Any] = {}
    for name in changes.model_fields_set:
        if name == "measures":
            fields[name] = [
                {
                    column: getattr(row, column)
                    for column in (
                        "id",
                        "name",
                        "unit",
                        "baseline",
                        "target",
                        "direction",
                        "due_on",
                    )
                }
                for row in await goal_content.measures_of(session, goal)
            ]
        elif name == "indicator_ids":
            fields[name] = await goal_content.indicators_of(session, goal)
        elif name == "standard_item_ids":
            fields[name] = await goal_content.standards_of(session, goal)
        else:
            fields[name] = getattr(goal, name)
    before = GoalChange.model_validate(fields, strict=False)
    return before.model_dump(mode="json", include=changes.model_fields_set)


async def list_revisions(
    session: AsyncSession, actor: Actor, goal_id: UUID, paging: Paging
) -> Page:
    """A goal's revisions that the caller may see, oldest first. School leaders see the agreed."""
    await read_goal(session, actor, goal_id)
    statement = view(actor, Action.REVISION_READ, GoalRevision).where(
        GoalRevision.goal_id == goal_id
    )
    return await page(session, actor, statement, paging, by=[GoalRevision.id])


async def read_revision(session: AsyncSession, actor: Actor, revision_id: UUID) -> Any:
    """One revision."""
    statement = view(actor, Action.REVISION_READ, GoalRevision)
    return await read_one(session, actor, statement, GoalRevision, revision_id)
