"""What becomes of learning cycles when coaching ends, or somebody leaves the team."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.core import clock
from app.core.events import record
from app.models import (
    Booking,
    CoachingRelationship,
    CycleActivity,
    CycleMember,
    CycleMove,
    LearningCycle,
    Person,
    Role,
    touch,
)
from app.models.learning_cycles import OPEN_CYCLES, ActivityState, CycleState
from app.models.people import RoleKind


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


async def leave(session: AsyncSession, actor: Actor, people: Iterable[UUID]) -> None:
    """Those of these people who are members of a team no more leave its open cycles: nobody waits
    for them, and what they wrote stays theirs."""
    still_there = exists().where(
        Role.district_id == CycleMember.district_id,
        Role.person_id == CycleMember.person_id,
        Role.team_id == CycleMember.team_id,
        Role.kind == RoleKind.TEAM_MEMBER.value,
        Role.ended_on.is_(None),
        Person.district_id == Role.district_id,
        Person.id == Role.person_id,
        Person.active,
    )
    places = await session.scalars(
        select(CycleMember)
        .join(
            LearningCycle,
            (LearningCycle.district_id == CycleMember.district_id)
            & (LearningCycle.id == CycleMember.cycle_id),
        )
        .where(
            CycleMember.district_id == actor.district_id,
            CycleMember.person_id == any_(bindparam("people", type_=ARRAY(Uuid()))),
            CycleMember.left_on.is_(None),
            LearningCycle.state.in_([str(state) for state in OPEN_CYCLES]),
            ~still_there,
        )
        .order_by(CycleMember.id)
        .with_for_update(of=CycleMember),
        {"people": list(people)},
    )
    for place in places:
        place.left_on = clock.today(actor.zone)
        touch(place)
        record(session, actor, "cycle_member.left", place, ("left_on",))


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
