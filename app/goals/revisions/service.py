"""The rules of changing and closing a goal in force.

The agreed goal stays in force until both agreed the change; a close is agreed the same way. School
and team goals have one side, so theirs take effect at once.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, NotFound, WrongState
from app.core.events import record
from app.core.paging import Paging, page
from app.goals import content as goal_content
from app.goals import keys
from app.goals import service as goals
from app.goals.pair import add_agreement, capacity_of, lead_for
from app.goals.revisions import evidence as rests_on
from app.goals.schemas import GoalChange
from app.goals.views import read_goal
from app.models import Goal, GoalFeedbackRound, GoalRevision, touch
from app.models.goal_feedback import RoundState
from app.models.goals import (
    IN_FORCE,
    PLAN_OPEN,
    Approval,
    Capacity,
    CommentKind,
    GoalLevel,
    Outcome,
    RevisionKind,
    RevisionState,
)

Page = tuple[list[Any], str | None]
#: the round of feedback that the revision adopts
ROUND: ColumnElement[Any] = (
    select(GoalFeedbackRound.id)
    .where(
        GoalFeedbackRound.district_id == district,
        GoalFeedbackRound.adopted_revision_id == GoalRevision.id,
    )
    .correlate(GoalRevision)
    .scalar_subquery()
    .label("feedback_round_id")
)


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


class SloSubmitted(Conflict):
    """What was submitted as an SLO stays as it is until it is returned; how far it was met is
    found by finalising it."""

    code, title = "slo_submitted", "This was submitted as an SLO"
    next_step = "Ask the school leader to return it. Superseded or abandoned may still be agreed."


class SloStays(Conflict):
    """A goal that was submitted as an SLO stays one, with its history."""

    code, title = "slo_stays", "This goal stays an SLO"
    next_step = "Leave `kind` out, or close the goal as superseded and draft another."


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
    if goal.approval not in PLAN_OPEN:
        raise SloSubmitted
    if goal.approval != Approval.NONE and fields.get("kind", goal.kind) != goal.kind:
        raise SloStays
    shared = goal.level != GoalLevel.INDIVIDUAL
    if reason is None and (shared or await _eases(session, goal, changes)):
        raise ReasonRequired
    await goal_content.check_references(session, actor, goal, changes)
    revision = await _open(
        session,
        actor,
        goal,
        RevisionKind.CONTENT,
        reason,
        changes.model_dump(mode="json", include=set(fields)),
    )
    return revision.id


async def close(
    session: AsyncSession,
    actor: Actor,
    goal_id: UUID,
    version: int,
    outcome: str,
    evidence: str | None,
    evidence_ids: Sequence[UUID] = (),
) -> list[dict[str, str]]:
    """Propose how an individual goal ended, or close a school or team goal. What shows it is said
    now, or named: progress entries and earlier evidence of the goal."""
    goal, _ = await closing(session, actor, goal_id, version, outcome, evidence, evidence_ids)
    if goal.level != GoalLevel.INDIVIDUAL:
        return []
    return [
        {
            "code": "waiting_for_agreement",
            "message": "The goal closes when the other of the two agrees to this outcome.",
        }
    ]


async def closing(
    session: AsyncSession,
    actor: Actor,
    goal_id: UUID,
    version: int | None,
    outcome: str,
    evidence: str | None,
    evidence_ids: Sequence[UUID],
) -> tuple[Goal, GoalRevision]:
    """The goal, locked, and the revision that closes it, to which the caller has agreed."""
    goal = await acting(
        session, actor, Action.GOAL_CLOSE, Goal, goal_id, version, read=Action.GOAL_READ
    )
    if goal.approval not in PLAN_OPEN and outcome not in (Outcome.SUPERSEDED, Outcome.ABANDONED):
        raise SloSubmitted
    goals.check_evidence(outcome, evidence or evidence_ids)
    links = await rests_on.named(session, actor, goal, evidence_ids)
    said = None
    if evidence is not None:
        said = await goals.add_comment(session, actor, goal, CommentKind.EVIDENCE, evidence)
    content = {"outcome": outcome}
    revision = await _open(session, actor, goal, RevisionKind.CLOSING, None, content)
    await rests_on.keep(session, actor, revision.id, links, said)
    return goal, revision


async def waits(session: AsyncSession, goal: Goal) -> bool:
    """Whether a change of the goal waits for agreement; the goal is locked by the caller."""
    waiting = select(GoalRevision.id).where(
        GoalRevision.district_id == goal.district_id,
        GoalRevision.goal_id == goal.id,
        GoalRevision.state == RevisionState.PROPOSED.value,
    )
    return await session.scalar(waiting) is not None


async def _open(
    session: AsyncSession,
    actor: Actor,
    goal: Goal,
    kind: RevisionKind,
    reason: str | None,
    content: dict[str, Any],
) -> GoalRevision:
    if await waits(session, goal):
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
        await take_effect(session, actor, goal, revision)
    await session.flush()
    return revision


async def _eases(session: AsyncSession, goal: Goal, changes: GoalChange) -> bool:
    measures = await goal_content.measures_of(session, goal)
    return goal_content.eases(goal.due_on, measures, changes)


async def agree(session: AsyncSession, actor: Actor, revision_id: UUID, version: int) -> None:
    """Agree to the other's change or close; it takes effect at once. Where the other is no longer
    the lead, it waits for the lead of today."""
    goal, revision = await _deciding(session, actor, Action.REVISION_AGREE, revision_id, version)
    if goal.state not in IN_FORCE:
        # the school leader finalised it while a close of the two waited
        raise WrongState(
            f"The goal is {goal.state}, and takes no change then.",
            state=goal.state,
            allowed=["withdraw"],
        )
    if await add_agreement(session, actor, goal, revision):
        await take_effect(session, actor, goal, revision)
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


async def take_effect(
    session: AsyncSession, actor: Actor, goal: Goal, revision: GoalRevision
) -> None:
    revision.state, revision.decided_at = RevisionState.AGREED.value, clock.now()
    standing_in = (
        goal.teacher_id is not None
        and capacity_of(actor, goal) is Capacity.SCHOOL_LEADER_STANDING_IN
    )
    if revision.kind == RevisionKind.CLOSING:
        await goals.close_now(session, actor, goal, revision.content["outcome"])
        await _close_rounds(session, actor, goal)
    else:
        changes = GoalChange.model_validate_json(json.dumps(revision.content))
        before = goal.title
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
        await keys.renamed(session, goal, before)
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


async def _close_rounds(session: AsyncSession, actor: Actor, goal: Goal) -> None:
    """Nobody is asked any more about a goal that is closed."""
    still_open = await session.scalars(
        select(GoalFeedbackRound)
        .where(
            GoalFeedbackRound.district_id == goal.district_id,
            GoalFeedbackRound.goal_id == goal.id,
            GoalFeedbackRound.state == RoundState.OPEN.value,
        )
        .with_for_update()
    )
    for asked in still_open:
        asked.closed_at = clock.now()
        touch(asked)
        record(session, actor, "goal_feedback_round.closed", asked, ("state",))


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
    statement = view(actor, Action.REVISION_READ, GoalRevision, ROUND).where(
        GoalRevision.goal_id == goal_id
    )
    return await page(session, actor, statement, paging, by=[GoalRevision.id])


async def read_revision(session: AsyncSession, actor: Actor, revision_id: UUID) -> Any:
    """One revision."""
    statement = view(actor, Action.REVISION_READ, GoalRevision, ROUND)
    return await read_one(session, actor, statement, GoalRevision, revision_id)


async def read_evidence(session: AsyncSession, actor: Actor, revision_id: UUID) -> Any:
    """What a closing rests on. Those who read the goal's notes, of it what they may read."""
    revision = await read_revision(session, actor, revision_id)
    return await rests_on.of_closing(session, actor, revision)
