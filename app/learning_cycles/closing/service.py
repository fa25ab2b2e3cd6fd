"""The rules of a cycle's end: one of the two concludes it, the other agrees by closing it.

Where the conclusion closes the goal, too, that is done in the same transaction and by the goal's
own rules: what the goal refuses, refuses the whole.
"""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.goals.revisions.agreed import close_agreed
from app.learning_cycles.gates import must_pass
from app.learning_cycles.holding import on_cycle
from app.models import Goal, LearningCycle
from app.models.goals import IN_FORCE
from app.models.learning_cycles import CycleLevel, CycleState, Decision
from app.people.persons.cycles import drop_planned, move
from app.people.schools.service import apply


class GoalGoesOn(Conflict):
    """Whoever decides to continue or adjust goes on with the goal; the cycle does not close it."""

    code, title = "goal_goes_on", "The next cycle works on this goal"
    next_step = "Decide for new_goal or none, or leave `closes_goal` out."


class GoalNotToClose(Conflict):
    """With the cycle its goal is closed where both, or the team's lead, could close it by
    themselves: a goal in force, and of the teacher or the team whose cycle it is."""

    code, title = "goal_not_to_close", "The cycle cannot close this goal"
    next_step = "Conclude it without `closes_goal`; whoever may close the goal does that apart."


class ConclusionWaits(Conflict):
    """You stand by the conclusion already, and the other of the two does not yet."""

    code, title = "conclusion_waits", "The other of you closes it"
    next_step = "Wait for the other of the two, who agrees by closing, or concludes it differently."


async def conclude(
    session: AsyncSession, actor: Actor, cycle_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Say how far the goal was met, with what shows it, and what comes next. Either of the two; it
    counts as their yes, and the other's to anything before is no more. Of a team: its lead."""
    cycle = await on_cycle(session, actor, Action.CYCLE_CONCLUDE, cycle_id, version)
    if fields["closes_goal"]:
        if fields["decision"] in (Decision.CONTINUE.value, Decision.ADJUST.value):
            raise GoalGoesOn
        await _check_goal(session, actor, cycle)
    apply(cycle, {**fields, "teacher_yes_at": None, "lead_yes_at": None})
    _say_yes(actor, cycle)
    record(session, actor, "learning_cycle.concluded", cycle, fields)


async def close(session: AsyncSession, actor: Actor, cycle_id: UUID, version: int) -> None:
    """Agree to the conclusion of the other of the two, which closes the cycle. A team's lead closes
    what they concluded. Nothing may be missing (gate 10)."""
    cycle = await on_cycle(session, actor, Action.CYCLE_CLOSE, cycle_id, version)
    await must_pass(session, actor, cycle)
    other_id = cycle.lead_id if actor.id == cycle.teacher_id else cycle.teacher_id
    if cycle.level == CycleLevel.INDIVIDUAL.value:
        others = cycle.lead_yes_at if actor.id == cycle.teacher_id else cycle.teacher_yes_at
        if others is None:
            raise ConclusionWaits
    if cycle.closes_goal:
        await _check_goal(session, actor, cycle)
        # it was concluded, with all of these
        assert cycle.goal_id
        assert cycle.goal_outcome
        assert cycle.outcome_evidence
        await close_agreed(
            session,
            actor,
            cycle.goal_id,
            cycle.goal_outcome,
            cycle.outcome_evidence,
            other_id,
        )
    _say_yes(actor, cycle)
    cycle.closed_at = clock.now()
    move(session, actor, cycle, CycleState.CLOSED)
    await drop_planned(session, actor, [cycle.id], "cycle_over")
    record(session, actor, "learning_cycle.closed", cycle, ("state",))


def _say_yes(actor: Actor, cycle: LearningCycle) -> None:
    """The caller stands by the conclusion as it is."""
    if actor.id == cycle.teacher_id:
        cycle.teacher_yes_at = clock.now()
    else:
        cycle.lead_yes_at = clock.now()


async def _check_goal(session: AsyncSession, actor: Actor, cycle: LearningCycle) -> None:
    """Refuse (409) a goal that the caller may not close, that is not in force, or that is not the
    cycle's own: an individual cycle may serve a team's goal, and does not end it."""
    own = Goal.teacher_id == cycle.teacher_id
    if cycle.level == CycleLevel.TEAM.value:
        own = Goal.team_id == cycle.team_id
    found = await session.scalar(
        visible(actor, Action.GOAL_CLOSE, Goal)
        .with_only_columns(Goal.id)
        .where(Goal.id == cycle.goal_id, own, Goal.state.in_([str(state) for state in IN_FORCE])),
        actor.binds,
    )
    if found is None:
        raise GoalNotToClose
