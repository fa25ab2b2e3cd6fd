"""The two of an individual goal: the teacher, and the lead they have now (ADR 0011)."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.errors import Conflict
from app.models import CoachingRelationship, Goal, GoalAgreement, GoalRevision
from app.models.goals import Capacity
from app.models.relationships import RelationshipState


class AlreadyAgreed(Conflict):
    """Your side has agreed; the other side has not yet."""

    code, title = "already_agreed", "You agreed already"
    next_step = "Wait for the other of the two, or request changes."


async def lead_for(session: AsyncSession, actor: Actor, teacher_id: UUID | None) -> UUID | None:
    """The lead who reads what the caller writes with this teacher: the active, primary one. None
    for school and team goals, and where the teacher has none: then it is the teacher's alone."""
    if teacher_id is None:
        return None
    if teacher_id in actor.coached:
        return actor.id
    lead_id, state = await _lead_of(session, actor.district_id, teacher_id)
    return lead_id if state == RelationshipState.ACTIVE else None


async def _sides_agreed(session: AsyncSession, goal: Goal, revision_id: UUID | None) -> set[bool]:
    """Which sides agreed to a goal or a revision: True the teacher's, False the lead's."""
    agreements = await session.execute(
        select(GoalAgreement.capacity, GoalAgreement.person_id).where(
            GoalAgreement.district_id == goal.district_id,
            GoalAgreement.goal_id == goal.id,
            GoalAgreement.revision_id.is_not_distinct_from(revision_id),
        )
    )
    return await _sides(session, goal, list(agreements))


async def _sides(session: AsyncSession, of: Any, rows: list[Any]) -> set[bool]:
    """Which sides gave their yes: True the teacher's, False the lead's.

    Only the present lead counts for the lead's side, and a school leader who stood in as long as
    there is no active one: what somebody agreed to who is no longer the lead binds nobody.
    """
    sides = {True} if any(row.capacity == Capacity.TEACHER for row in rows) else set()
    others = [row for row in rows if row.capacity != Capacity.TEACHER]
    if others and of.teacher_id is not None:
        lead_id, state = await _lead_of(session, of.district_id, of.teacher_id)
        if any(
            row.person_id == lead_id
            if row.capacity == Capacity.LEAD
            else state != RelationshipState.ACTIVE
            for row in others
        ):
            sides.add(False)
    return sides


def capacity_of(actor: Actor, goal: Any) -> Capacity:
    """As what the caller agrees: the teacher, their lead, or the school leader standing in."""
    if goal.teacher_id == actor.id:
        return Capacity.TEACHER
    return Capacity.LEAD if goal.teacher_id in actor.coached else Capacity.SCHOOL_LEADER_STANDING_IN


async def add_agreement(
    session: AsyncSession, actor: Actor, goal: Goal, to: Goal | GoalRevision
) -> bool:
    """Note the caller's agreement to the goal or its revision; whether both sides now agree. The
    second of a side is 409."""
    capacity = capacity_of(actor, goal)
    revision_id = None if to is goal else to.id
    sides = await _sides_agreed(session, goal, revision_id)
    mine = capacity is Capacity.TEACHER
    if mine in sides and (not mine) not in sides:
        raise AlreadyAgreed
    if mine:
        # It waits for the lead of today, who must be able to read it.
        to.lead_id = await lead_for(session, actor, goal.teacher_id)
    if mine not in sides:
        session.add(
            GoalAgreement(
                district_id=goal.district_id,
                goal_id=goal.id,
                revision_id=revision_id,
                person_id=actor.id,
                capacity=capacity.value,
            )
        )
    return (not mine) in sides


async def add_agreement_of(
    session: AsyncSession, goal: Goal, revision: GoalRevision, person_id: UUID
) -> bool:
    """Note the agreement that the other of the two gave where they concluded a learning cycle;
    whether both sides now agree. As what they gave it is read off the goal."""
    teacher = person_id == goal.teacher_id
    session.add(
        GoalAgreement(
            district_id=goal.district_id,
            goal_id=goal.id,
            revision_id=revision.id,
            person_id=person_id,
            capacity=(Capacity.TEACHER if teacher else Capacity.LEAD).value,
        )
    )
    await session.flush()
    return await _sides_agreed(session, goal, revision.id) == {True, False}


async def add_yes(
    session: AsyncSession, actor: Actor, row: Any, given: type[Any], key: str
) -> bool:
    """Note the caller's yes to a growth plan or a review as it stands, in the table `given`, and
    answer whether both sides have now given theirs. The second of a side is 409, unless the teacher
    puts the row before another lead by it."""
    mine = capacity_of(actor, row) is Capacity.TEACHER
    rows = await session.execute(
        select(given.capacity, given.person_id).where(
            given.district_id == row.district_id, getattr(given, key) == row.id
        )
    )
    sides = await _sides(session, row, list(rows))
    before = row.lead_id
    if mine:
        row.lead_id, row.proposed_at = await lead_for(session, actor, row.teacher_id), clock.now()
    if mine in sides and (not mine) not in sides and row.lead_id == before:
        raise AlreadyAgreed
    if mine not in sides:
        session.add(
            given(
                district_id=row.district_id,
                person_id=actor.id,
                capacity=capacity_of(actor, row).value,
                **{key: row.id},
            )
        )
    return (not mine) in sides


async def take_back(session: AsyncSession, row: Any, given: type[Any], key: str) -> None:
    """What was agreed to has changed, so no yes to it counts."""
    row.proposed_at = None
    await session.execute(
        delete(given).where(given.district_id == row.district_id, getattr(given, key) == row.id)
    )


async def _lead_of(
    session: AsyncSession, district_id: UUID, teacher_id: UUID
) -> tuple[UUID | None, str | None]:
    """The teacher's primary lead and the state of that relationship; a database rule keeps it to
    one at a time."""
    found = (
        await session.execute(
            select(CoachingRelationship.lead_id, CoachingRelationship.state).where(
                CoachingRelationship.district_id == district_id,
                CoachingRelationship.teacher_id == teacher_id,
                CoachingRelationship.primary,
                CoachingRelationship.state.in_(
                    [RelationshipState.ACTIVE.value, RelationshipState.PAUSED.value]
                ),
            )
        )
    ).first()
    return (found.lead_id, found.state) if found else (None, None)
