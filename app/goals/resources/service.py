"""The rules of systems for SLO and growth-plan data: who must use them, gets in and understands."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district, requires
from app.access.scope import acting, allows, must, seen_through, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.goals.common.figures import told
from app.models import GoalSystem, Person, Role, School, SystemConfirmation, touch
from app.models.goal_systems import Access, SystemState, Understanding
from app.models.people import RoleKind
from app.people.district.service import policy
from app.people.schools.service import apply

Page = tuple[list[Any], str | None]

_held_up = or_(
    SystemConfirmation.has_access == Access.NO.value,
    SystemConfirmation.understands != Understanding.YES.value,
)
STUCK: ColumnElement[Any] = _held_up.label("stuck")
#: the last day that a date of an answer can be; a demand may begin just before it
_LAST_DAY = date(2999, 12, 31)
_TEACHER = RoleKind.TEACHER.value


def _as(name: str, holds: ColumnElement[bool]) -> Any:
    """The name, if one of the roles is such; nothing otherwise."""
    return case((func.bool_or(holds), literal(name, Text())))


# --- systems ----------------------------------------------------------------------------------


async def list_systems(session: AsyncSession, actor: Actor, paging: Paging, **filters: Any) -> Page:
    """The district's systems and those of the caller's schools."""
    statement = view(actor, Action.SYSTEM_READ, GoalSystem).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[GoalSystem.id])


async def read_system(session: AsyncSession, actor: Actor, system_id: UUID) -> Any:
    """One system."""
    statement = view(actor, Action.SYSTEM_READ, GoalSystem)
    return await read_one(session, actor, statement, GoalSystem, system_id)


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Say what must be used: district administrators for the district, school leaders for their
    school."""
    if fields["school_id"] is not None:
        school = await session.scalar(
            visible(actor, Action.SCHOOL_READ, School).where(School.id == fields["school_id"]),
            actor.binds,
        )
        if school is None:
            raise UnknownReference("There is no such school.", field="school_id")
    since = fields.pop("required_from") or clock.today(actor.zone)
    system = GoalSystem(
        id=clock.new_id(),
        district_id=actor.district_id,
        author_id=actor.id,
        required_from=since,
        **fields,
    )
    session.add(system)
    await session.flush()
    await must(session, actor, Action.SYSTEM_CREATE, system)
    record(session, actor, "goal_system.created", system)
    return system.id


async def change(
    session: AsyncSession, actor: Actor, system_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change an active system: whoever may write systems there. What people said of it stays."""
    system = await _acting(session, actor, Action.SYSTEM_EDIT, system_id, version)
    apply(system, fields)
    record(session, actor, "goal_system.changed", system, fields)


async def retire(session: AsyncSession, actor: Actor, system_id: UUID, version: int) -> None:
    """Ask nobody for it any more; what people said of it stays."""
    system = await _acting(session, actor, Action.SYSTEM_RETIRE, system_id, version)
    apply(system, {"state": SystemState.RETIRED.value})
    record(session, actor, "goal_system.retired", system, ("state",))


async def restore(session: AsyncSession, actor: Actor, system_id: UUID, version: int) -> None:
    """Ask for it again, from today on: nobody is late for the time in which it was not asked."""
    system = await _acting(session, actor, Action.SYSTEM_RESTORE, system_id, version)
    since = max(system.required_from, clock.today(actor.zone))
    apply(system, {"state": SystemState.ACTIVE.value, "required_from": since})
    record(session, actor, "goal_system.restored", system, ("state", "required_from"))


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, system_id: UUID, version: int | None = None
) -> GoalSystem:
    return await acting(
        session, actor, action, GoalSystem, system_id, version, read=Action.SYSTEM_READ
    )


# --- what people say of them ------------------------------------------------------------------


async def confirm(
    session: AsyncSession, actor: Actor, system_id: UUID, fields: dict[str, Any]
) -> UUID:
    """Say whether one gets in and understands: each for themself, who must use it. The answer
    replaces the last one, which is not kept. The system's lock makes two of them follow each other;
    its version is not asked for, because the answer changes nothing of it."""
    system = await _acting(session, actor, Action.SYSTEM_CONFIRM, system_id)
    said: SystemConfirmation | None = await session.scalar(
        select(SystemConfirmation)
        .where(
            SystemConfirmation.district_id == actor.district_id,
            SystemConfirmation.system_id == system.id,
            SystemConfirmation.person_id == actor.id,
        )
        .with_for_update()
    )
    if said is None:
        said = SystemConfirmation(
            id=clock.new_id(),
            district_id=actor.district_id,
            system_id=system.id,
            person_id=actor.id,
            school_id=system.school_id,
            **fields,
        )
        session.add(said)
        await session.flush()
    else:
        for name, value in fields.items():
            setattr(said, name, value)
        touch(said)
    record(session, actor, "system_confirmation.given", said, fields)
    return said.id


async def read_confirmation(session: AsyncSession, actor: Actor, confirmation_id: UUID) -> Any:
    """What a person says of a system: themself, their lead, the leaders of their school."""
    statement = view(actor, Action.CONFIRMATION_READ, SystemConfirmation, STUCK)
    return await read_one(session, actor, statement, SystemConfirmation, confirmation_id)


# --- who stands how ---------------------------------------------------------------------------


async def list_mine(session: AsyncSession, actor: Actor, paging: Paging, stuck: Any) -> Page:
    """What the caller must use, with what they said of it."""
    columns = (GoalSystem.kind, GoalSystem.serves, GoalSystem.url, GoalSystem.help)
    statement = (await _standing(session, actor, {"stuck": stuck})).add_columns(
        *columns, GoalSystem.contact
    )
    return await page(
        session, actor, statement.where(Person.id == actor.id), paging, by=[GoalSystem.id]
    )


async def list_standing(
    session: AsyncSession, actor: Actor, paging: Paging, filters: Mapping[str, Any]
) -> Page:
    """People whose answers the caller may read, and how each stands with what they must use."""
    statement = (await _standing(session, actor, filters)).add_columns(
        Person.id.label("person_id"), Person.given_name, Person.family_name
    )
    by = [Person.family_name, Person.given_name, Person.id, GoalSystem.id]
    return await page(session, actor, statement, paging, by=by)


async def _standing(session: AsyncSession, actor: Actor, filters: Mapping[str, Any]) -> Select[Any]:
    """Person by person and system by system, where the one must use the other: the answer, or that
    it is missing, which is late some days after both the role and the demand began."""
    days = timedelta(days=(await policy(session, actor)).system_stuck_days)
    asked = (
        select(
            func.min(func.greatest(GoalSystem.required_from, Role.started_on)).label("since"),
            array(
                [_as("teacher", Role.kind == _TEACHER), _as("lead", Role.kind != _TEACHER)],
                type_=Text(),
            ).label("roles"),
        )
        .where(
            Role.district_id == district,
            Role.person_id == Person.id,
            requires(GoalSystem, Role),
        )
        .correlate(Person, GoalSystem)
    )
    if filters.get("school_id") is not None:
        asked = asked.where(Role.school_id == filters["school_id"])
    if filters.get("role") is not None:
        teaches = Role.kind == _TEACHER
        asked = asked.where(teaches if filters["role"] == "teacher" else ~teaches)
    needed = asked.lateral("needed")
    # looked up person by person: joined as it stands, every answer of the district was read
    answer = (
        select(
            SystemConfirmation.id,
            SystemConfirmation.has_access,
            SystemConfirmation.understands,
            SystemConfirmation.note,
            SystemConfirmation.updated_at.label("answered_at"),
            STUCK,
        )
        .where(
            seen_through(actor, Action.CONFIRMATION_READ, SystemConfirmation),
            SystemConfirmation.person_id == Person.id,
            SystemConfirmation.system_id == GoalSystem.id,
        )
        .limit(1)
        .correlate(Person, GoalSystem)
        .lateral("answer")
    )
    since = needed.c.since
    stuck = case(
        (answer.c.id.is_(None), since + days < literal(clock.today(actor.zone))),
        else_=answer.c.stuck,
    )
    statement = (
        visible(actor, Action.CONFIRMATION_READ, Person)
        .with_only_columns(
            answer.c.id,
            GoalSystem.id.label("system_id"),
            GoalSystem.title,
            since.label("required_since"),
            cast(func.least(since + days, _LAST_DAY), Date).label("answer_by"),
            func.array_remove(needed.c.roles, None).label("roles"),
            answer.c.has_access,
            answer.c.understands,
            answer.c.note,
            answer.c.answered_at,
            stuck.label("stuck"),
        )
        .select_from(Person)
        .join(
            GoalSystem,
            and_(
                seen_through(actor, Action.SYSTEM_READ, GoalSystem),
                GoalSystem.state == SystemState.ACTIVE.value,
            ),
        )
        .join(needed, true())
        .outerjoin(answer, true())
        .where(Person.active, since.is_not(None))
    )
    for name, column in (("system_id", GoalSystem.id), ("person_id", Person.id)):
        if filters.get(name) is not None:
            statement = statement.where(column == filters[name])
    if filters.get("stuck") is not None:
        statement = statement.where(stuck if filters["stuck"] else ~stuck)
    return statement


async def coverage(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    *,
    system_id: UUID | None,
    school_id: UUID | None,
) -> tuple[list[dict[str, Any]], str | None, int]:
    """School by school, how its people stand with each system: figures and nobody's name. They are
    suppressed to whoever may not read each answer itself."""
    minimum = (await policy(session, actor)).suppression_minimum
    must_use = (
        select(Role.person_id)
        .join(Person, and_(Person.district_id == Role.district_id, Person.id == Role.person_id))
        .where(
            Role.district_id == district,
            Role.school_id == School.id,
            requires(GoalSystem, Role),
            Person.active,
        )
        .distinct()
        .correlate(School, GoalSystem)
        .subquery("must_use")
    )
    ready = and_(SystemConfirmation.id.is_not(None), ~_held_up)
    counted = (
        select(
            func.count().label("people"),
            func.count().filter(ready).label("ready"),
            func.count().filter(_held_up).label("held_up"),
            func.count().filter(SystemConfirmation.id.is_(None)).label("unanswered"),
        )
        .select_from(must_use)
        .outerjoin(
            SystemConfirmation,
            and_(
                SystemConfirmation.district_id == district,
                SystemConfirmation.person_id == must_use.c.person_id,
                SystemConfirmation.system_id == GoalSystem.id,
            ),
        )
        .correlate(School, GoalSystem)
        .lateral("counted")
    )
    statement = (
        visible(actor, Action.SYSTEM_COVERAGE, School)
        .with_only_columns(
            School.id.label("school_id"),
            School.name.label("school_name"),
            GoalSystem.id.label("system_id"),
            GoalSystem.title,
            allows(actor.shape, Action.CONFIRMATION_READ, School).label("open"),
            *counted.c,
        )
        .join(
            GoalSystem,
            and_(
                seen_through(actor, Action.SYSTEM_READ, GoalSystem),
                GoalSystem.state == SystemState.ACTIVE.value,
                or_(GoalSystem.school_id.is_(None), GoalSystem.school_id == School.id),
            ),
        )
        .join(counted, true())
        .where(School.active)
    )
    for asked, column in ((system_id, GoalSystem.id), (school_id, School.id)):
        if asked is not None:
            statement = statement.where(column == asked)
    rows, following = await page(session, actor, statement, paging, by=[School.id, GoalSystem.id])
    return [_figures(row, 0 if row.open else minimum) for row in rows], following, minimum


def _figures(row: Any, minimum: int) -> dict[str, Any]:
    """The figures of one school and system. Whoever reads the answers gets them as they are. To the
    others they are told as a team's are (ADR 0025): one about few people hides all three, for what
    is left of the whole would tell it; and they are rounded down, for the audit says who answered
    when, and two exact figures of before and after would say what."""
    names = ("ready", "held_up", "unanswered")
    parts = [getattr(row, name) for name in names]
    figures = told(parts, row.people, minimum) if minimum and row.people else parts
    return {**row._mapping, **dict(zip(names, figures, strict=True))}
