"""The caller, and what they are to others."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.access.policy import Action
from app.access.scope import acting, visible
from app.core.events import record
from app.models import CoachingRelationship, District, Person, Role, School, Team
from app.models.relationships import OPEN
from app.people.persons.service import read_contact
from app.people.schools.service import apply

#: the parts of the program that this release has
FEATURES = (
    "action_steps",
    "agreements",
    "archive",
    "audit",
    "change_feed",
    "coaching_calendars",
    "coaching_relationships",
    "conversations",
    "feedback",
    "frameworks",
    "goals",
    "learning_cycles",
    "meetings",
    "monitoring",
    "observations",
    "outreach",
    "preferences",
    "questionnaires",
    "reminders",
    "roster_import",
    "sharing",
    "support",
    "templates",
    "week",
)


@dataclass(frozen=True, slots=True)
class Me:
    """What `GET /me` tells, beside what the actor itself knows."""

    person: Any
    district: Any
    roles: list[Any]
    teachers: list[Any]


async def read_me(session: AsyncSession, actor: Actor) -> Me:
    """The caller's own person, district, roles and teachers; a system has its district alone."""
    # One's own district needs no right: the caller's token names it.
    district = await session.scalar(select(District).where(District.id == actor.district_id))
    if actor.kind is ActorKind.CLIENT:
        return Me(None, district, [], [])
    person = await read_contact(session, actor, actor.id)
    roles = await session.execute(
        visible(actor, Action.ROLE_READ, Role)
        .outerjoin(School, (School.district_id == Role.district_id) & (School.id == Role.school_id))
        .outerjoin(Team, (Team.district_id == Role.district_id) & (Team.id == Role.team_id))
        .where(Role.person_id == actor.id, Role.ended_on.is_(None))
        .order_by(Role.id)
        .limit(100)
        .with_only_columns(
            Role.id,
            Role.kind,
            Role.school_id,
            Role.team_id,
            School.name.label("school_name"),
            Team.name.label("team_name"),
        ),
        actor.binds,
    )
    teachers = await session.execute(
        visible(actor, Action.RELATIONSHIP_READ, CoachingRelationship)
        .where(CoachingRelationship.lead_id == actor.id, CoachingRelationship.state.in_(OPEN))
        .order_by(CoachingRelationship.id)
        .limit(500)
        .with_only_columns(
            CoachingRelationship.id.label("relationship_id"),
            CoachingRelationship.teacher_id,
            CoachingRelationship.state,
            CoachingRelationship.primary,
        ),
        actor.binds,
    )
    return Me(person, district, list(roles), list(teachers))


async def change_me(
    session: AsyncSession, actor: Actor, version: int, fields: dict[str, Any]
) -> None:
    """Choose one's own time zone, and whether reminders come by e-mail."""
    person = await acting(
        session, actor, Action.PERSON_SET_ZONE, Person, actor.id, version, read=Action.PERSON_READ
    )
    apply(person, fields)
    record(session, actor, "person.changed", person, fields)
