"""The rules of roles: who is what, where, from a day until it is ended."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.models import Person, Role, School, Team
from app.models.people import LEAD_KINDS, RoleKind
from app.people.persons.coaching import end_unfounded
from app.people.persons.service import keep_an_administrator
from app.people.schools.service import apply

_WITH_TEAM = (*LEAD_KINDS, RoleKind.TEAM_MEMBER)


class RolePlace(Conflict):
    """The role's kind asks for another place: a school, a team of that school, or neither."""

    code, title = "role_place", "This role belongs elsewhere"
    next_step = "Add what `missing` names, or leave out what `detail` says does not belong."


class RoleStartsLater(Conflict):
    """A role counts from the moment it is given, so it cannot start in the future."""

    code, title = "role_starts_later", "A role cannot start in the future"
    next_step = "Give the role on the day it starts."


class RoleExists(Conflict):
    """The person has exactly this role, and it has not ended."""

    code, title = "role_exists", "They have this role"
    next_step = "List the person's present roles; end the one there is before giving it anew."


class RoleEnded(Conflict):
    """The role has ended already; an ended role stays as it was."""

    code, title = "role_ended", "This role has ended"
    next_step = "To give the role again, create it anew."


async def list_roles(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    *,
    person_id: UUID | None,
    school_id: UUID | None,
    team_id: UUID | None,
    kind: RoleKind | None,
    current: bool | None,
) -> tuple[list[Any], str | None]:
    """The roles the caller may see, oldest first."""
    statement = view(actor, Action.ROLE_READ, Role)
    wanted = (
        (Role.person_id, person_id),
        (Role.school_id, school_id),
        (Role.team_id, team_id),
        (Role.kind, kind.value if kind else None),
    )
    for column, value in wanted:
        if value is not None:
            statement = statement.where(column == value)
    if current is not None:
        ended = Role.ended_on.is_(None) if current else Role.ended_on.is_not(None)
        statement = statement.where(ended)
    return await page(session, actor, statement, paging, by=[Role.id])


async def read_role(session: AsyncSession, actor: Actor, role_id: UUID) -> Any:
    """One role."""
    return await read_one(session, actor, view(actor, Action.ROLE_READ, Role), Role, role_id)


async def create_role(
    session: AsyncSession,
    actor: Actor,
    *,
    person_id: UUID,
    kind: RoleKind,
    school_id: UUID | None,
    team_id: UUID | None,
    tested_subject: bool | None,
    started_on: Any,
) -> UUID:
    """Give a person a role. District administrators; school leaders the roles of their own school
    that are not school leader or teacher."""
    _check_place(kind, school_id, team_id, tested_subject)
    today = clock.today(actor.zone)
    if started_on is not None and started_on > today:
        raise RoleStartsLater
    await _check_references(session, actor, person_id, school_id, team_id)
    # Of all roles, not of those the caller sees: whoever may not give it gets 403 either way.
    same = await session.scalar(
        select(Role).where(
            Role.district_id == actor.district_id,
            Role.person_id == person_id,
            Role.kind == kind.value,
            Role.school_id.is_not_distinct_from(school_id),
            Role.team_id.is_not_distinct_from(team_id),
            Role.ended_on.is_(None),
        )
    )
    role = same or Role(
        district_id=actor.district_id,
        person_id=person_id,
        kind=kind.value,
        school_id=school_id,
        team_id=team_id,
        tested_subject=tested_subject,
        started_on=started_on or today,
    )
    if same is None:
        session.add(role)
        try:
            await session.flush()
        except IntegrityError as exc:  # given at the same moment
            raise RoleExists from exc
    await must(session, actor, Action.ROLE_CREATE, role)
    if same is not None:
        raise RoleExists
    record(session, actor, "role.given", role, ("kind",))
    return role.id


def _check_place(
    kind: RoleKind, school_id: UUID | None, team_id: UUID | None, tested_subject: bool | None
) -> None:
    """What a role of this kind names, and what it does not (the table's checks, in words)."""
    asked = (
        ("school_id", school_id, kind is not RoleKind.DISTRICT_ADMINISTRATOR),
        ("team_id", team_id, kind in _WITH_TEAM),
        ("tested_subject", tested_subject, kind is RoleKind.TEACHER),
    )
    words = kind.value.replace("_", " ")
    missing = [name for name, value, needed in asked if needed and value is None]
    if missing:
        raise RolePlace(
            f"The role {words} needs {' and '.join(missing)}.",
            missing=[{"code": name, "message": f"Send {name}."} for name in missing],
        )
    astray = [name for name, value, needed in asked if not needed and value is not None]
    if astray:
        raise RolePlace(f"The role {words} has no {' and no '.join(astray)}.")


async def _check_references(
    session: AsyncSession,
    actor: Actor,
    person_id: UUID,
    school_id: UUID | None,
    team_id: UUID | None,
) -> None:
    person = await session.scalar(
        visible(actor, Action.PERSON_READ, Person).where(Person.id == person_id, Person.active),
        actor.binds,
    )
    if person is None:
        raise UnknownReference("There is no such active person.", field="person_id")
    if school_id is not None and not await session.scalar(
        visible(actor, Action.SCHOOL_READ, School).where(School.id == school_id, School.active),
        actor.binds,
    ):
        raise UnknownReference("There is no such active school.", field="school_id")
    if team_id is not None:
        team = await session.scalar(
            visible(actor, Action.TEAM_READ, Team).where(Team.id == team_id, Team.active),
            actor.binds,
        )
        if team is None:
            raise UnknownReference("There is no such active team.", field="team_id")
        if team.school_id != school_id:
            raise RolePlace("The team belongs to another school.")


async def end_role(session: AsyncSession, actor: Actor, role_id: UUID, version: int) -> None:
    """End a role today; what was made under it stays. A coaching relationship that stands on it
    ends with it. Those who may give it."""
    role = await acting(
        session, actor, Action.ROLE_END, Role, role_id, version, read=Action.ROLE_READ
    )
    if role.ended_on is not None:
        raise RoleEnded
    if role.kind == RoleKind.DISTRICT_ADMINISTRATOR.value:
        await keep_an_administrator(session, actor, role.person_id)
    apply(role, {"ended_on": max(clock.today(actor.zone), role.started_on)})
    record(session, actor, "role.ended", role, ("ended_on",))
    await end_unfounded(session, actor, [role.person_id], "role_ended")
