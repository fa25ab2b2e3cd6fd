"""A member's own part in a team's cycle: whose it is, and opening it to the team.

In a pair's cycle an adjustment and the evidence of its use are the two's. In a team's each member
has their own, which they and their own lead read, and the team once the member opens it.
"""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.core.errors import Conflict
from app.core.events import record
from app.goals.pair import lead_for
from app.learning_cycles.holding import below, seen_by_all
from app.learning_cycles.owners import common, of_member
from app.models import CycleAdjustment, CycleUse, LearningCycle
from app.people.schools.service import apply


class OpenAlready(Conflict):
    """It is open to the team already, and everybody in it can read it."""

    code, title = "open_already", "The team reads it already"
    next_step = "Close it with POST …/close-to-team when the team is to read it no more."


class NotOpen(Conflict):
    """It is not open to a team: of a pair's cycle, or never opened."""

    code, title = "not_open", "It is not open to a team"
    next_step = "There is nothing to take back."


async def owners_of_part(
    session: AsyncSession, actor: Actor, cycle: LearningCycle
) -> dict[str, Any]:
    """The columns of what the caller adds: the two's in a pair's cycle; in a team's the caller's
    own, with the lead they have now, or nobody."""
    if seen_by_all(cycle):
        return common(cycle, actor.id)
    return of_member(cycle, actor.id, await lead_for(session, actor, actor.id))


async def set_open(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    model: type[CycleAdjustment | CycleUse],
    row_id: UUID,
    version: int,
    *,
    read: Action,
) -> None:
    """Open one's own part to the team, or take it back; at any time, whatever the cycle's state."""
    cycle, row = await below(session, actor, action, model, row_id, version, read=read, states=None)
    opens = action in (Action.CYCLE_ADJUSTMENT_OPEN, Action.CYCLE_USE_OPEN)
    if opens == (row.team_id is not None):
        raise OpenAlready if opens else NotOpen
    apply(row, {"team_id": cycle.team_id if opens else None})
    done = "opened_to_team" if opens else "closed_to_team"
    record(session, actor, f"{model.__tablename__}.{done}", row, ("team_id",))
