"""The two of a coaching relationship: a teacher and the lead they work with now."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import must, visible
from app.core.errors import Conflict, UnknownReference
from app.models import CoachingRelationship, School, SchoolYear
from app.models.relationships import OPEN, RelationshipState


class CoachingNotActive(Conflict):
    """The two do not work with each other now: their coaching is only proposed, paused or not the
    teacher's primary one, or the caller has no lead."""

    code, title = "coaching_not_active", "These two do not work together now"
    next_step = "`state` says what the coaching is; its school's leader can activate or resume it."


class DatesDoNotFit(Conflict):
    """A day lies outside the school year of the relationship, in the past, or on no day of the
    series."""

    code, title = "dates_do_not_fit", "The dates do not fit"
    next_step = "`detail` says which day; `first` and `last` are the days that fit."


#: where the lead works with the teacher, and where they prepare to
ACTIVE = (RelationshipState.ACTIVE.value,)
BEGUN = (RelationshipState.ACTIVE.value, RelationshipState.PROPOSED.value)


async def working_with(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    teacher_id: UUID | None,
    states: tuple[str, ...] = ACTIVE,
) -> CoachingRelationship:
    """The teacher's primary relationship in one of these states, as far as the caller can see it
    (the caller's own where no teacher is named), and 403 unless they may do this in it. An active
    one comes before one that is proposed; a proposed one counts for its lead alone."""
    found: CoachingRelationship | None = await session.scalar(
        visible(actor, Action.RELATIONSHIP_READ, CoachingRelationship)
        .where(
            CoachingRelationship.teacher_id == (teacher_id or actor.id),
            CoachingRelationship.state.in_(states),
            CoachingRelationship.primary,
            or_(
                CoachingRelationship.state == RelationshipState.ACTIVE.value,
                CoachingRelationship.lead_id == actor.id,
            ),
        )
        .order_by(CoachingRelationship.state, CoachingRelationship.id)
        .limit(1)
        # an end or a pause waits for what is being begun, and then finds it
        .with_for_update(read=True, of=CoachingRelationship),
        actor.binds,
    )
    if found is None:
        await _explain(session, actor, teacher_id)
        raise UnknownReference(
            "There is no coaching with this teacher that you can see.", field="teacher_id"
        )
    await must(session, actor, action, found)
    return found


async def _explain(session: AsyncSession, actor: Actor, teacher_id: UUID | None) -> None:
    """Say (409) what keeps the two from it, to who sees their coaching."""
    if teacher_id is None:
        states = await session.scalars(
            visible(actor, Action.RELATIONSHIP_READ, CoachingRelationship)
            .with_only_columns(CoachingRelationship.state)
            .where(
                CoachingRelationship.teacher_id == actor.id, CoachingRelationship.state.in_(OPEN)
            ),
            actor.binds,
        )
        raise CoachingNotActive("Nobody coaches you now.", state=next(iter(states), None))
    row = (
        await session.execute(
            visible(actor, Action.RELATIONSHIP_READ, CoachingRelationship)
            .with_only_columns(CoachingRelationship.state, CoachingRelationship.primary)
            .where(
                CoachingRelationship.teacher_id == teacher_id,
                CoachingRelationship.state.in_(OPEN),
            )
            .order_by(CoachingRelationship.primary.desc(), CoachingRelationship.id)
            .limit(1),
            actor.binds,
        )
    ).first()
    if row is not None:
        words = f"The coaching is {row.state}; this needs it to be active."
        if not row.primary:
            words = "This belongs to the teacher's primary lead, and this coaching is another one."
        raise CoachingNotActive(words, state=row.state)


async def year_of(
    session: AsyncSession, district_id: UUID, relationship_id: UUID
) -> tuple[Any, str]:
    """The school year of a relationship, and the zone of the school."""
    row = (
        await session.execute(
            select(SchoolYear, School.zone)
            .join(
                CoachingRelationship,
                (CoachingRelationship.district_id == SchoolYear.district_id)
                & (CoachingRelationship.school_year_id == SchoolYear.id),
            )
            .join(
                School,
                (School.district_id == SchoolYear.district_id)
                & (School.id == SchoolYear.school_id),
            )
            .where(
                CoachingRelationship.district_id == district_id,
                CoachingRelationship.id == relationship_id,
            )
        )
    ).one()
    return row[0], row[1]


def owners(relationship: CoachingRelationship, author_id: UUID) -> dict[str, Any]:
    """The columns by which a record knows its pair."""
    return {
        "district_id": relationship.district_id,
        "school_id": relationship.school_id,
        "relationship_id": relationship.id,
        "teacher_id": relationship.teacher_id,
        "lead_id": relationship.lead_id,
        "author_id": author_id,
    }


def same_pair(row: Any, author_id: UUID) -> dict[str, Any]:
    """The same for what lies below a meeting or a series."""
    return {
        "district_id": row.district_id,
        "school_id": row.school_id,
        "teacher_id": row.teacher_id,
        "lead_id": row.lead_id,
        "author_id": author_id,
    }


def day_off(days: list[Any], on: date) -> str | None:
    """Why the school calendar has no lessons or tests that day, as the reason a week is skipped."""
    for entry in days:
        if entry["from"] <= on.isoformat() <= entry["to"]:
            return "testing" if entry["kind"] == "testing" else "holiday"
    return None
