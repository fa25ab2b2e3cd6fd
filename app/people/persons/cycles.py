"""What becomes of learning cycles when the coaching they were written in is over."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.core import clock
from app.core.events import record
from app.models import (
    Booking,
    CoachingRelationship,
    CycleActivity,
    CycleMove,
    LearningCycle,
    touch,
)
from app.models.learning_cycles import OPEN_CYCLES, ActivityState, CycleState


async def give_up(session: AsyncSession, actor: Actor, relationship: CoachingRelationship) -> None:
    """Abandon the open cycles of the two: nobody could write in them any more, and their goals are
    the next lead's to work on."""
    cycles = await session.scalars(
        select(LearningCycle)
        .where(
            LearningCycle.district_id == relationship.district_id,
            LearningCycle.relationship_id == relationship.id,
            LearningCycle.state.in_([str(state) for state in OPEN_CYCLES]),
        )
        .order_by(LearningCycle.id)
        .with_for_update()
    )
    over = list(cycles)
    for cycle in over:
        move(session, actor, cycle, CycleState.ABANDONED, "coaching_ended")
        record(session, actor, "learning_cycle.abandoned", cycle, ("state", "reason"))
    if over:
        await drop_planned(session, actor, [cycle.id for cycle in over], "coaching_ended")


def move(
    session: AsyncSession,
    actor: Actor,
    cycle: LearningCycle,
    state: CycleState,
    reason: str | None = None,
) -> None:
    """Bring a cycle into another state, and keep that, when and why it went there. What the program
    or a roster does has no author."""
    session.add(
        CycleMove(
            district_id=cycle.district_id,
            cycle_id=cycle.id,
            from_state=cycle.state,
            to_state=state.value,
            reason=reason,
            author_id=actor.id if actor.kind is ActorKind.PERSON else None,
        )
    )
    cycle.state, cycle.reason = state.value, reason
    touch(cycle)


async def drop_planned(
    session: AsyncSession, actor: Actor, cycle_ids: Sequence[UUID], reason: str
) -> None:
    """Leave out what was still planned in cycles that are over, and give its time back."""
    now = clock.now()
    dropped = await session.scalars(
        update(CycleActivity)
        .where(
            CycleActivity.district_id == actor.district_id,
            CycleActivity.cycle_id.in_(cycle_ids),
            CycleActivity.state == ActivityState.PLANNED.value,
        )
        .values(
            state=ActivityState.DROPPED.value,
            reason=reason,
            updated_at=now,
            version=CycleActivity.version + 1,
        )
        .returning(CycleActivity.id)
    )
    await session.execute(
        delete(Booking).where(
            Booking.district_id == actor.district_id, Booking.source_id.in_(list(dropped))
        )
    )
