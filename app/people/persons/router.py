"""People, their contacts and roles, and the caller themselves."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.access.actor import Actor
from app.auth import service as auth
from app.core.errors import UnknownReference, WrongState
from app.core.types import Id, Line
from app.models.people import RoleKind
from app.people.persons import me as me_service
from app.people.persons import roles, service
from app.people.persons.schemas import (
    ContactOut,
    ContactPage,
    InvitationOut,
    MeChange,
    MeOut,
    PersonChange,
    PersonNew,
    PersonOut,
    PersonPage,
    RoleNew,
    RoleOut,
    RolePage,
)
from app.web.contract import problems, scopes
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["People"], route_class=UnitRoute)


@router.get("/people", responses=problems(400))
async def list_people(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    school_id: Id | None = None,
    role: Annotated[
        RoleKind | None, Query(description="Who has this role now, at `school_id` if given")
    ] = None,
    active: bool | None = None,
    may_lead: Annotated[
        bool,
        Query(
            description="Whom the roster says to run a school; finds nobody unless you are a "
            "district administrator"
        ),
    ] = False,
    q: Annotated[Line | None, Query(description="Beginning of the family name")] = None,
    count: bool = False,
) -> PersonPage:
    """People by family name, given name: all to district administrators; to everybody else those
    of their own school, and whom they coach or are coached by."""
    rows, following, found = await service.list_people(
        session,
        actor,
        paging,
        school_id=school_id,
        role=role,
        active=active,
        may_lead=may_lead,
        q=q,
        count=count,
    )
    items = [PersonOut.model_validate(row) for row in rows]
    return PersonPage(items=items, next=following, count=found)


@router.get("/people/{person_id}", responses=problems(404))
@replayable("/api/v1/people/{id}")
async def get_person(session: Session, actor: CurrentActor, person_id: Id) -> PersonOut:
    """One person, to whom they are listed."""
    return PersonOut.model_validate(await service.read_person(session, actor, person_id))


@router.post("/people", status_code=201, responses=problems(403, auth.EmailTaken))
async def create_person(session: Session, actor: CurrentActor, body: PersonNew) -> PersonOut:
    """Add a person. District administrators."""
    person_id = await service.create_person(session, actor, body.changes())
    return await get_person(session, actor, person_id)


@router.patch(
    "/people/{person_id}", responses=problems(403, 404, 412, auth.EmailTaken, auth.EmailMissing)
)
async def update_person(
    session: Session, actor: CurrentActor, person_id: Id, version: IfMatch, body: PersonChange
) -> PersonOut:
    """Change a person's name or e-mail address; somebody with an account signs in with the new
    address from then on. District administrators."""
    await service.change_person(session, actor, person_id, version, body.changes())
    return await get_person(session, actor, person_id)


@replayable("/api/v1/people/{id}")
async def _without_token(session: Session, actor: CurrentActor, invitation_id: Id) -> InvitationOut:
    """What a repeated request answers: the invitation, its token no more."""
    found = await service.read_invitation(session, actor, invitation_id)
    return InvitationOut(id=found.id, person_id=found.person_id, expires_at=found.expires_at)


@router.post(
    "/people/{person_id}/invite",
    responses=problems(
        403, 404, WrongState, auth.AccountExists, auth.EmailMissing, auth.EmailTaken
    ),
)
async def invite_person(session: Session, actor: CurrentActor, person_id: Id) -> InvitationOut:
    """Let a person set their first password, within seven days. The token is in this answer and
    nowhere else; an earlier invitation stops working. District administrators."""
    invitation_id, token = await service.invite(session, actor, person_id)
    answer = await _without_token(session, actor, invitation_id)
    return answer.model_copy(update={"token": token})


@router.post(
    "/people/{person_id}/deactivate",
    responses=problems(403, 404, 412, WrongState, service.LastAdministrator),
)
async def deactivate_person(
    session: Session, actor: CurrentActor, person_id: Id, version: IfMatch
) -> PersonOut:
    """Sign a person out everywhere, at once, and let them in no more; their roles and records
    stay, their coaching relationships end. District administrators."""
    await service.deactivate(session, actor, person_id, version)
    return await get_person(session, actor, person_id)


@router.post("/people/{person_id}/reactivate", responses=problems(403, 404, 412, WrongState))
async def reactivate_person(
    session: Session, actor: CurrentActor, person_id: Id, version: IfMatch
) -> PersonOut:
    """Let a person sign in again. District administrators."""
    await service.reactivate(session, actor, person_id, version)
    return await get_person(session, actor, person_id)


@router.get("/contacts", responses=problems(400))
async def list_contacts(
    session: Session, actor: CurrentActor, paging: Paging, school_id: Id | None = None
) -> ContactPage:
    """Contacts by family name, given name: all to district administrators, the school's to its
    leaders, their teachers' and school leaders' to leads, their leads' to teachers; your own."""
    rows, following = await service.list_contacts(session, actor, paging, school_id)
    return ContactPage(items=[ContactOut.model_validate(row) for row in rows], next=following)


@router.get("/people/{person_id}/contact", responses=problems(404))
async def get_contact(session: Session, actor: CurrentActor, person_id: Id) -> ContactOut:
    """One person's contact, to whom it is listed."""
    return ContactOut.model_validate(await service.read_contact(session, actor, person_id))


@router.get("/roles", responses=problems(400))
async def list_roles(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    person_id: Id | None = None,
    school_id: Id | None = None,
    team_id: Id | None = None,
    kind: RoleKind | None = None,
    current: Annotated[
        bool | None, Query(description="true: present roles, false: ended ones")
    ] = None,
) -> RolePage:
    """Roles, oldest first: all to district administrators, the school's to its leaders, the team's
    to its lead; your own."""
    rows, following = await roles.list_roles(
        session,
        actor,
        paging,
        person_id=person_id,
        school_id=school_id,
        team_id=team_id,
        kind=kind,
        current=current,
    )
    return RolePage(items=[RoleOut.model_validate(row) for row in rows], next=following)


@router.get("/roles/{role_id}", responses=problems(404))
@replayable("/api/v1/roles/{id}")
async def get_role(session: Session, actor: CurrentActor, role_id: Id) -> RoleOut:
    """One role, to whom it is listed."""
    return RoleOut.model_validate(await roles.read_role(session, actor, role_id))


@router.post(
    "/roles",
    status_code=201,
    responses=problems(
        403, roles.RolePlace, roles.RoleStartsLater, roles.RoleExists, UnknownReference
    ),
)
async def create_role(session: Session, actor: CurrentActor, body: RoleNew) -> RoleOut:
    """Give a person a role. District administrators; school leaders at their own school, but for
    school leader and teacher."""
    role_id = await roles.create_role(session, actor, **dict(body))
    return await get_role(session, actor, role_id)


@router.post(
    "/roles/{role_id}/end",
    responses=problems(403, 404, 412, roles.RoleEnded, service.LastAdministrator),
)
async def end_role(session: Session, actor: CurrentActor, role_id: Id, version: IfMatch) -> RoleOut:
    """End a role, today. What was made under it stays; a coaching relationship that stands on it
    ends too. Whoever may give the role."""
    await roles.end_role(session, actor, role_id, version)
    return await get_role(session, actor, role_id)


def _me(actor: Actor, found: me_service.Me) -> MeOut:
    person: Any = found.person
    return MeOut.model_validate(
        {
            "id": actor.id,
            "version": person and person.version,
            "kind": actor.kind,
            "name": person and person.name,
            "email": person and person.email,
            "zone": (person and person.zone) or found.district.zone,
            "own_zone": person and person.zone,
            "district": found.district,
            "session_id": person and actor.session_id,
            "scopes": sorted(actor.scopes),
            "features": me_service.FEATURES,
            "roles": found.roles,
            "teachers": found.teachers,
            "leads": actor.leads,
            "mail_reminders": person and person.mail_reminders,
        }
    )


@router.get("/me", openapi_extra=scopes())
async def get_me(session: Session, actor: CurrentActor) -> MeOut:
    """Who you are and what you are to others. Every person and every system, about themselves."""
    return _me(actor, await me_service.read_me(session, actor))


@router.patch("/me", responses=problems(412))
async def update_me(
    session: Session, actor: CurrentActor, version: IfMatch, body: MeChange
) -> MeOut:
    """Choose your own time zone, which your dates are shown in, and whether e-mails remind you of
    next steps. Every person, their own."""
    await me_service.change_me(session, actor, version, body.changes())
    return await get_me(session, actor)
