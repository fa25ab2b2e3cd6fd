"""Who observes whom: as what the caller may visit a teacher, and what the visit may refer to."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action, Relation
from app.access.scope import grounds, visible
from app.core.errors import Conflict, Forbidden, UnknownReference
from app.models import (
    CoachingRelationship,
    CycleMember,
    Goal,
    LearningCycle,
    Observation,
    ObservationKind,
    Person,
    Role,
    School,
    SchoolYear,
)
from app.models.goals import OPEN_TO_LEADERS
from app.models.observations import ObserverKind
from app.models.relationships import RelationshipState
from app.relationships.pair import DatesDoNotFit


class ObservesSelf(Conflict):
    """Nobody observes themselves (gate 17)."""

    code, title = "observes_self", "Nobody observes themselves"
    next_step = "Ask your lead, a leader of your school or a colleague to visit you."


class KindNotForObserver(Conflict):
    """Each kind of observation says who observes so: leaders of the school, the teacher's lead, or
    peers."""

    code, title = "kind_not_for_observer", "You do not observe this teacher so"
    next_step = "GET /observation-kinds says who observes how; choose a kind for what you are."


class CoachingKeptApart(Conflict):
    """What is evaluative has more readers than coaching: it names no learning cycle, and no goal
    that the school's leaders do not read."""

    code, title = "coaching_kept_apart", "Coaching and evaluation stay apart"
    next_step = "Leave out what `field` names, or choose a kind that is not evaluative."


@dataclass(frozen=True)
class Standing:
    """As what the caller observes, where, and in which coaching."""

    kind: ObserverKind
    school_id: UUID
    zone: str
    coaching: CoachingRelationship | None


_AS = {
    Relation.LEAD: ObserverKind.LEAD,
    Relation.SCHOOL_LEADER: ObserverKind.SCHOOL_LEADER,
    Relation.PEER: ObserverKind.PEER,
}
_INFORMAL = (ObserverKind.LEAD, ObserverKind.SCHOOL_LEADER, ObserverKind.PEER)
_FORMAL = (ObserverKind.SCHOOL_LEADER, ObserverKind.LEAD)


async def kind_of(session: AsyncSession, actor: Actor, kind_id: UUID) -> ObservationKind:
    """The kind that is named, or 409."""
    kind: ObservationKind | None = await session.scalar(
        visible(actor, Action.OBSERVATION_KIND_READ, ObservationKind).where(
            ObservationKind.id == kind_id
        ),
        actor.binds,
    )
    if kind is None:
        raise UnknownReference("There is no such kind of observation.", field="kind_id")
    return kind


async def standing_of(
    session: AsyncSession, actor: Actor, teacher_id: UUID, kind: ObservationKind
) -> Standing:
    """As what the caller observes the teacher in this way. 409 for somebody they cannot see, 403
    for a teacher whom they do not observe at all, 409 when the kind is for others."""
    if teacher_id == actor.id:
        raise ObservesSelf
    person = await session.scalar(
        visible(actor, Action.PERSON_READ, Person)
        .with_only_columns(Person.id)
        # whose account was closed keeps the post, and nobody to acknowledge a visit
        .where(Person.id == teacher_id, Person.active),
        actor.binds,
    )
    if person is None:
        raise UnknownReference("There is no such teacher.", field="teacher_id")
    found = grounds(actor.shape, Action.OBSERVATION_CREATE, Role)
    posts = (
        (
            await session.execute(
                select(
                    Role.school_id,
                    School.zone,
                    *(condition.label(relation.name) for relation, condition in found),
                )
                .join(
                    School,
                    (School.district_id == Role.district_id) & (School.id == Role.school_id),
                )
                .where(
                    Role.district_id == actor.district_id,
                    Role.person_id == teacher_id,
                    or_(*(condition for _, condition in found)),
                )
                .order_by(Role.id)
                # who ends the post waits for what is being planned, and then finds it
                .with_for_update(read=True, of=Role),
                actor.binds,
            )
        ).all()
        if found
        else []
    )
    if not posts:
        raise Forbidden("You do not observe this teacher.")
    coaching = await coaching_of(session, actor.district_id, actor.id, teacher_id)
    for observer in _FORMAL if kind.formal else _INFORMAL:
        for post in posts:
            held = {_AS[relation] for relation, _ in found if getattr(post, relation.name)}
            there = coaching is not None and coaching.school_id == post.school_id
            as_lead = observer is ObserverKind.LEAD
            if observer in held and observer.value in kind.observers and (there or not as_lead):
                return Standing(observer, post.school_id, post.zone, coaching if as_lead else None)
    raise KindNotForObserver


async def coaching_of(
    session: AsyncSession, district_id: UUID, lead_id: UUID, teacher_id: UUID
) -> CoachingRelationship | None:
    """The active, primary coaching of the two. An end or a pause waits for what is planned."""
    found: CoachingRelationship | None = await session.scalar(
        select(CoachingRelationship)
        .where(
            CoachingRelationship.district_id == district_id,
            CoachingRelationship.lead_id == lead_id,
            CoachingRelationship.teacher_id == teacher_id,
            CoachingRelationship.primary,
            CoachingRelationship.state == RelationshipState.ACTIVE.value,
        )
        .with_for_update(read=True)
    )
    return found


async def year_at(
    session: AsyncSession, district_id: UUID, school_id: UUID, on: date
) -> SchoolYear:
    """The school year that holds the day; of two the one that began last."""
    year: SchoolYear | None = await session.scalar(
        select(SchoolYear)
        .where(
            SchoolYear.district_id == district_id,
            SchoolYear.school_id == school_id,
            SchoolYear.first_day <= on,
            SchoolYear.last_day >= on,
        )
        .order_by(SchoolYear.first_day.desc())
        .limit(1)
    )
    if year is None:
        raise DatesDoNotFit("The school has no school year on that day.")
    return year


async def check_references(session: AsyncSession, actor: Actor, visit: Observation) -> None:
    """The cycle and the goal are the teacher's, and the caller reads them."""
    if visit.cycle_id is not None:
        if visit.evaluative:
            raise CoachingKeptApart(field="cycle_id")
        takes_part = exists().where(
            CycleMember.district_id == LearningCycle.district_id,
            CycleMember.cycle_id == LearningCycle.id,
            CycleMember.person_id == visit.teacher_id,
        )
        mine = or_(LearningCycle.teacher_id == visit.teacher_id, takes_part)
        await _one(
            session, actor, Action.CYCLE_READ, LearningCycle, visit.cycle_id, "cycle_id", mine
        )
    if visit.goal_id is not None:
        goal = await _one(
            session,
            actor,
            Action.GOAL_READ,
            Goal,
            visit.goal_id,
            "goal_id",
            Goal.teacher_id == visit.teacher_id,
        )
        if visit.evaluative and goal.state not in OPEN_TO_LEADERS:
            raise CoachingKeptApart(field="goal_id")


async def _one(
    session: AsyncSession,
    actor: Actor,
    read: Action,
    model: type[Any],
    row_id: UUID,
    field: str,
    condition: Any,
) -> Any:
    found = await session.scalar(
        visible(actor, read, model).where(model.id == row_id, condition), actor.binds
    )
    if found is None:
        raise UnknownReference("The teacher has nothing like that which you can see.", field=field)
    return found
