"""The rules of coaching relationships: who may coach whom, when, and the states in between."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.reaches import leads_people
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.models import CoachingRelationship, Person, Role, School, SchoolYear
from app.models.people import LEAD_KINDS, RoleKind
from app.models.relationships import (
    OPEN,
    Capacity,
    EvaluatorScope,
    RelationshipState,
    with_evaluator,
)
from app.people.district.service import policy
from app.people.persons.coaching import call_off, finish
from app.people.schools.service import apply, year_state

Page = tuple[list[Any], str | None]

#: what a lead's role says of evaluation where the proposal is silent; the furthest comes first
SCOPE_OF_ROLE = {
    RoleKind.SENIOR_TEAM_LEAD: EvaluatorScope.OWNS,
    RoleKind.TEAM_LEAD: EvaluatorScope.CONTRIBUTES,
    RoleKind.OTHER_TEACHER_LEADER: EvaluatorScope.NONE,
}


class OwnLead(Conflict):
    """Nobody holds both ends of one coaching relationship."""

    code, title = "own_lead", "Nobody leads themselves"
    next_step = "Name two people."


class NotALead(Conflict):
    """The lead holds no role as Senior Team Lead, Team Lead or other teacher leader there."""

    code, title = "not_a_lead", "This person is not a lead at the school"
    next_step = "Give the person the role of a lead at the school first."


class NotATeacher(Conflict):
    """The teacher holds no role as teacher at the school of the school year."""

    code, title = "not_a_teacher", "This person is not a teacher at the school"
    next_step = "Give the person the role of a teacher at the school first."


class SchoolYearPast(Conflict):
    """A relationship is made for a year that still runs or is to come."""

    code, title = "school_year_past", "The school year is over"
    next_step = "Name the current school year, or a planned one."


class SchoolYearTooEarly(Conflict):
    """Relationships for a planned year are made from the policy's day before it begins (1 March
    unless the district says otherwise)."""

    code, title = "school_year_too_early", "It is too early for this school year"
    next_step = "Try again from the day that `opens_on` names."


class RelationshipExists(Conflict):
    """This lead and this teacher already have a relationship in this year that is not over."""

    code, title = "relationship_exists", "These two already work together this year"
    next_step = "Use the relationship there is."


class PrimaryLeadExists(Conflict):
    """The teacher already has a primary lead; there is one at most in a year, and one at a time."""

    code, title = "primary_lead_exists", "The teacher already has a primary lead"
    next_step = (
        "End the other relationship or make it secondary, or this one; the one of a planned year"
        " begins when this year's is over."
    )


class TeacherDecides(Conflict):
    """Somebody who leads the school or administers the district becomes a teacher's primary lead
    only with the teacher's own yes (ADR 0012)."""

    code, title = "teacher_decides", "The teacher decides on this lead"
    next_step = "End this relationship and propose a primary one; the teacher activates it."


#: the unique indexes, by what they say to whoever breaks them
_UNIQUE = {
    "uq_coaching_relationship_pair": RelationshipExists,
    "uq_coaching_relationship_primary": PrimaryLeadExists,
    "uq_coaching_relationship_lead": PrimaryLeadExists,
}


async def list_relationships(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """The relationships the caller may see; `filters` are columns and the value to keep to."""
    statement = view(actor, Action.RELATIONSHIP_READ, CoachingRelationship).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[CoachingRelationship.id])


async def read_relationship(session: AsyncSession, actor: Actor, relationship_id: UUID) -> Any:
    """One relationship."""
    statement = view(actor, Action.RELATIONSHIP_READ, CoachingRelationship)
    return await read_one(session, actor, statement, CoachingRelationship, relationship_id)


async def propose(
    session: AsyncSession,
    actor: Actor,
    *,
    lead_id: UUID,
    teacher_id: UUID,
    school_year_id: UUID,
    evaluator_scope: str | None = None,
    capacities: list[str] | None = None,
    primary: bool = True,
) -> UUID:
    """Propose that a lead coaches a teacher in a school year. The school's leaders and district
    administrators."""
    year = await session.scalar(
        visible(actor, Action.YEAR_READ, SchoolYear).where(SchoolYear.id == school_year_id),
        actor.binds,
    )
    if year is None:
        raise UnknownReference("There is no such school year.", field="school_year_id")
    school = await acting(
        session, actor, Action.RELATIONSHIP_CREATE, School, year.school_id, read=Action.SCHOOL_READ
    )
    opens = (await policy(session, actor)).planned_year_opens
    _year_is_open(year, school.zone, opens)
    if lead_id == teacher_id:
        raise OwnLead
    leads_as = await _roles(session, actor, "lead_id", lead_id, school.id)
    scopes = [scope for kind, scope in SCOPE_OF_ROLE.items() if kind in leads_as]
    if not scopes:
        raise NotALead
    if RoleKind.TEACHER not in await _roles(session, actor, "teacher_id", teacher_id, school.id):
        raise NotATeacher
    scope = evaluator_scope or scopes[0].value
    relationship = CoachingRelationship(
        district_id=actor.district_id,
        school_id=school.id,
        school_year_id=year.id,
        lead_id=lead_id,
        teacher_id=teacher_id,
        evaluator_scope=scope,
        capacities=with_evaluator(capacities or [Capacity.COACH.value], scope),
        primary=primary,
    )
    session.add(relationship)
    await _flush(session)
    record(session, actor, "coaching_relationship.proposed", relationship)
    return relationship.id


def _year_is_open(year: SchoolYear, zone: str, opens: str) -> None:
    """Refuse a past year, and one that begins behind the next `opens` (MM-DD)."""
    if year_state(year.first_day, year.last_day, zone) == "past":
        raise SchoolYearPast
    before = year.first_day.year - (opens > f"{year.first_day:%m-%d}")
    opens_on = f"{before}-{opens}"
    if clock.today(zone).isoformat() < opens_on:
        raise SchoolYearTooEarly(opens_on=opens_on)


async def _roles(
    session: AsyncSession, actor: Actor, field: str, person_id: UUID, school_id: UUID
) -> set[str]:
    """The kinds of role a person of the body holds at the school now; none when inactive."""
    person = await session.scalar(
        visible(actor, Action.PERSON_READ, Person).where(Person.id == person_id), actor.binds
    )
    if person is None:
        raise UnknownReference("There is no such person.", field=field)
    held = await session.scalars(
        visible(actor, Action.ROLE_READ, Role)
        .with_only_columns(Role.kind)
        .where(
            Role.person_id == person_id,
            Role.school_id == school_id,
            Role.kind.in_([RoleKind.TEACHER.value, *(kind.value for kind in LEAD_KINDS)]),
            Role.ended_on.is_(None),
        ),
        actor.binds,
    )
    return set(held) if person.active else set()


async def _flush(session: AsyncSession) -> None:
    """Write, and name the rule when a unique index refuses (also to whoever came second)."""
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError as exc:
        for name, rule in _UNIQUE.items():
            if name in str(exc.orig):
                raise rule from exc
        raise


async def change(
    session: AsyncSession,
    actor: Actor,
    relationship_id: UUID,
    version: int,
    fields: dict[str, Any],
) -> None:
    """Change the evaluator scope, what the lead is to the teacher, or whether the lead is the
    primary one; what one who steps back had planned is called off. The school's leaders and
    district administrators."""
    action = Action.RELATIONSHIP_EDIT
    row = await _acting(session, actor, action, relationship_id, version)
    becomes_primary = fields.get("primary", False) and not row.primary
    if becomes_primary and row.state != RelationshipState.PROPOSED.value:
        is_leader = select(
            exists().where(
                CoachingRelationship.district_id == actor.district_id,
                CoachingRelationship.id == row.id,
                leads_people(CoachingRelationship),
            )
        )
        if await session.scalar(is_leader, actor.binds):
            raise TeacherDecides
    if {"evaluator_scope", "capacities"} & fields.keys():
        scope = fields.get("evaluator_scope", row.evaluator_scope)
        given = fields.get("capacities", row.capacities)
        fields = {**fields, "capacities": with_evaluator(given, scope)}
    steps_back = row.primary and not fields.get("primary", True)
    await _write(session, actor, row, "changed", fields)
    if steps_back:
        # only the primary lead meets with the teacher: nobody could call off what they planned
        await call_off(session, actor, row)


async def activate(
    session: AsyncSession, actor: Actor, relationship_id: UUID, version: int
) -> None:
    """Begin: from now on it opens the teacher's records. The teacher or the school's leaders; the
    teacher alone when the lead is one of those leaders or administers the district."""
    fields = {"state": RelationshipState.ACTIVE.value}
    action = Action.RELATIONSHIP_ACTIVATE
    row = await _acting(session, actor, action, relationship_id, version)
    await _write(session, actor, row, "activated", fields)


async def withdraw(
    session: AsyncSession, actor: Actor, relationship_id: UUID, version: int
) -> None:
    """Take a proposal back. The school's leaders and district administrators, as all below."""
    fields = {"state": RelationshipState.WITHDRAWN.value}
    action = Action.RELATIONSHIP_WITHDRAW
    row = await _acting(session, actor, action, relationship_id, version)
    await _write(session, actor, row, "withdrawn", fields)


async def pause(session: AsyncSession, actor: Actor, relationship_id: UUID, version: int) -> None:
    """Pause: both read, nobody writes."""
    fields = {"state": RelationshipState.PAUSED.value}
    action = Action.RELATIONSHIP_PAUSE
    row = await _acting(session, actor, action, relationship_id, version)
    await _write(session, actor, row, "paused", fields)


async def resume(session: AsyncSession, actor: Actor, relationship_id: UUID, version: int) -> None:
    """Go on after a pause."""
    fields = {"state": RelationshipState.ACTIVE.value}
    action = Action.RELATIONSHIP_RESUME
    row = await _acting(session, actor, action, relationship_id, version)
    await _write(session, actor, row, "resumed", fields)


async def end(
    session: AsyncSession, actor: Actor, relationship_id: UUID, version: int, reason: str
) -> None:
    """End: the lead's next request no longer reaches the teacher's records."""
    action = Action.RELATIONSHIP_END
    row = await _acting(session, actor, action, relationship_id, version)
    await close(session, actor, row, reason)


async def close(
    session: AsyncSession, actor: Actor, row: CoachingRelationship, reason: str
) -> None:
    """End a relationship that was asked for and is locked, and what the two had planned."""
    fields = {
        "state": RelationshipState.ENDED.value,
        "end_reason": reason,
        "ended_at": clock.now(),
    }
    await _write(session, actor, row, "ended", fields)
    await call_off(session, actor, row)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, relationship_id: UUID, version: int
) -> CoachingRelationship:
    return await acting(
        session,
        actor,
        action,
        CoachingRelationship,
        relationship_id,
        version,
        read=Action.RELATIONSHIP_READ,
    )


async def _write(
    session: AsyncSession,
    actor: Actor,
    relationship: CoachingRelationship,
    done: str,
    fields: dict[str, Any],
) -> None:
    apply(relationship, fields)
    await _flush(session)
    record(session, actor, f"coaching_relationship.{done}", relationship, fields)


async def end_with_year(session: AsyncSession, actor: Actor) -> int:
    """End what outlived its school year by the policy's days (domain.md §5); how many it were. A
    proposal nobody took up is withdrawn. The operator's own act, done every hour."""
    days = (await policy(session, actor)).relationship_end_days
    over = await session.scalars(
        visible(actor, Action.RELATIONSHIP_END, CoachingRelationship)
        .join(
            SchoolYear,
            (SchoolYear.district_id == CoachingRelationship.district_id)
            & (SchoolYear.id == CoachingRelationship.school_year_id),
        )
        .where(
            SchoolYear.last_day < clock.today(actor.zone) - timedelta(days=days),
            CoachingRelationship.state.in_(OPEN),
        )
        .with_for_update(of=CoachingRelationship),
        actor.binds,
    )
    rows = list(over)
    for row in rows:
        await finish(session, actor, row, "school_year_over")
    return len(rows)
