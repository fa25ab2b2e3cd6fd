"""The rules of people and their contacts."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import acting, must, seen_through, visible
from app.access.views import read_one, view
from app.auth import keys, sessions
from app.auth import service as auth
from app.core.errors import Conflict, NotFound, WrongState
from app.core.events import record
from app.core.paging import Paging, page
from app.models import Invitation, Person, Role
from app.models.people import RoleKind
from app.people.persons.coaching import end_unfounded
from app.people.schools.service import apply

Page = tuple[list[Any], str | None]
#: a count of people goes no further: it would tell the size of a district and cost more each year
COUNT_CAP = 10_001


class LastAdministrator(Conflict):
    """A district keeps at least one active person who administers it."""

    code, title = "last_administrator", "This is the district's last administrator"
    next_step = "Make somebody else a district administrator first."


_role = aliased(Role)
_NAME: ColumnElement[str] = (Person.given_name + literal(" ") + Person.family_name).label("name")
_ROLES: ColumnElement[Any] = (
    select(
        func.coalesce(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_object(
                        "kind", _role.kind, "school_id", _role.school_id, "team_id", _role.team_id
                    ),
                    _role.id,
                ),
                type_=JSONB,
            ),
            literal([], JSONB),
        )
    )
    .where(_role.district_id == district, _role.person_id == Person.id, _role.ended_on.is_(None))
    .correlate(Person)
    .scalar_subquery()
    .label("roles")
)
_BY_NAME = (Person.family_name, Person.given_name, Person.id)


def _holding(kind: RoleKind | None, school_id: UUID | None) -> ColumnElement[bool]:
    """The person holds a present role of that kind, at that school."""
    role = aliased(Role)
    held = exists().where(
        role.district_id == district, role.person_id == Person.id, role.ended_on.is_(None)
    )
    if kind is not None:
        held = held.where(role.kind == kind.value)
    return held if school_id is None else held.where(role.school_id == school_id)


async def list_people(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    *,
    school_id: UUID | None,
    role: RoleKind | None,
    active: bool | None,
    may_lead: bool,
    q: str | None,
    count: bool,
) -> tuple[list[Any], str | None, int | None]:
    """The people the caller may see, by name, and how many when asked."""
    statement = view(actor, Action.PERSON_READ, Person, _NAME, _ROLES)
    if school_id is not None or role is not None:
        statement = statement.where(_holding(role, school_id))
    if active is not None:
        statement = statement.where(Person.active.is_(active))
    if may_lead:
        # For whoever appoints school leaders; to anybody else the filter finds nobody.
        statement = statement.where(
            Person.may_lead, seen_through(actor, Action.PERSON_EDIT, Person)
        )
    if q is not None:
        statement = statement.where(
            func.starts_with(func.lower(Person.family_name), func.lower(literal(q)))
        )
    found = None
    if count:
        counted = statement.with_only_columns(Person.id).limit(COUNT_CAP).subquery()
        found = await session.scalar(select(func.count()).select_from(counted), actor.binds)
    rows, following = await page(session, actor, statement, paging, by=_BY_NAME)
    return rows, following, found


async def read_person(session: AsyncSession, actor: Actor, person_id: UUID) -> Any:
    """One person."""
    statement = view(actor, Action.PERSON_READ, Person, _NAME, _ROLES)
    return await read_one(session, actor, statement, Person, person_id)


async def list_contacts(
    session: AsyncSession, actor: Actor, paging: Paging, school_id: UUID | None
) -> Page:
    """The contacts the caller may see, by name."""
    statement = view(actor, Action.CONTACT_READ, Person, _NAME)
    if school_id is not None:
        statement = statement.where(_holding(None, school_id))
    return await page(session, actor, statement, paging, by=_BY_NAME)


async def read_contact(session: AsyncSession, actor: Actor, person_id: UUID) -> Any:
    """One person's contact."""
    statement = view(actor, Action.CONTACT_READ, Person, _NAME)
    return await read_one(session, actor, statement, Person, person_id)


async def create_person(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Add a person. District administrators."""
    person = Person(district_id=actor.district_id, **fields)
    session.add(person)
    await session.flush()
    await must(session, actor, Action.PERSON_CREATE, person)
    await _only_one_with(session, actor, person)
    record(session, actor, "person.created", person, fields)
    return person.id


async def _only_one_with(session: AsyncSession, actor: Actor, person: Person) -> None:
    """Refuse an e-mail address that somebody else of the district has."""
    if person.email is not None and await session.scalar(
        visible(actor, Action.CONTACT_READ, Person)
        .where(Person.email == person.email, Person.id != person.id)
        .limit(1),
        actor.binds,
    ):
        raise auth.EmailTaken


async def change_person(
    session: AsyncSession, actor: Actor, person_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change a person. District administrators. A new e-mail address of somebody with an account is
    what they sign in with from then on; an invitation sent to the old one no longer works."""
    person = await acting(
        session, actor, Action.PERSON_EDIT, Person, person_id, version, read=Action.PERSON_READ
    )
    former = person.email
    apply(person, fields)
    if person.email != former:
        await _only_one_with(session, actor, person)
        await _move_sign_in(session, actor, person, former)
    record(session, actor, "person.changed", person, fields)


async def _move_sign_in(
    session: AsyncSession, actor: Actor, person: Person, former: str | None
) -> None:
    await auth.void_invitations(session, actor, person.id)
    key = None if former is None else await keys.find(session, "email", former)
    if key != (actor.district_id, person.id):
        return
    if person.email is None:
        raise auth.EmailMissing("Somebody with an account needs an e-mail address to sign in with.")
    await keys.drop(session, "email", person.id)
    if not await keys.put(session, "email", person.email, person.id):
        raise auth.EmailTaken


async def invite(session: AsyncSession, actor: Actor, person_id: UUID) -> tuple[UUID, str]:
    """The invitation's id and token, in place of any earlier one. District administrators."""
    person = await acting(
        session, actor, Action.PERSON_INVITE, Person, person_id, read=Action.PERSON_READ
    )
    if not person.active:
        raise WrongState(
            "Somebody who is not active cannot be invited.",
            state="inactive",
            allowed=["reactivate"],
        )
    invitation, token = await auth.invite(session, actor, person)
    return invitation.id, token


async def read_invitation(session: AsyncSession, actor: Actor, invitation_id: UUID) -> Invitation:
    """An invitation, to whoever may invite its person."""
    found: Invitation | None = await session.scalar(
        visible(actor, Action.PERSON_INVITE, Person)
        .join(
            Invitation,
            (Invitation.district_id == Person.district_id) & (Invitation.person_id == Person.id),
        )
        .where(Invitation.id == invitation_id)
        .with_only_columns(Invitation),
        actor.binds,
    )
    if found is None:
        raise NotFound("There is no such invitation, or you may not see it.")
    return found


async def deactivate(session: AsyncSession, actor: Actor, person_id: UUID, version: int) -> None:
    """Sign a person out everywhere and let them in no more. Roles stay, coaching relationships end.
    District administrators."""
    person = await acting(
        session,
        actor,
        Action.PERSON_DEACTIVATE,
        Person,
        person_id,
        version,
        read=Action.PERSON_READ,
    )
    if not person.active:
        raise WrongState("They are not active.", state="inactive", allowed=["reactivate"])
    await keep_an_administrator(session, actor, person_id)
    apply(person, {"active": False})
    await auth.void_invitations(session, actor, person_id)
    await sessions.end_all(session, actor, person_id, "deactivated")
    record(session, actor, "person.deactivated", person, ("active",))
    await end_unfounded(session, actor, [person_id], "deactivated")


async def reactivate(session: AsyncSession, actor: Actor, person_id: UUID, version: int) -> None:
    """Let a person sign in again. District administrators."""
    person = await acting(
        session,
        actor,
        Action.PERSON_REACTIVATE,
        Person,
        person_id,
        version,
        read=Action.PERSON_READ,
    )
    if person.active:
        raise WrongState("They are active.", state="active", allowed=["deactivate"])
    apply(person, {"active": True})
    record(session, actor, "person.reactivated", person, ("active",))


async def keep_an_administrator(session: AsyncSession, actor: Actor, without: UUID) -> None:
    """Refuse when nobody but this person would be left to administer the district."""
    # One at a time: two administrators who remove each other must not both succeed. The lock comes
    # before the look, so the look sees what whoever held it has committed.
    lock = int.from_bytes(actor.district_id.bytes[-8:], "big", signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(lock)))
    administrators = set(
        await session.scalars(
            visible(actor, Action.ROLE_READ, Role)
            .join(Person, (Person.district_id == Role.district_id) & (Person.id == Role.person_id))
            .where(
                Role.kind == RoleKind.DISTRICT_ADMINISTRATOR.value,
                Role.ended_on.is_(None),
                Person.active,
            )
            .with_only_columns(Role.person_id),
            actor.binds,
        )
    )
    if administrators <= {without}:
        raise LastAdministrator
