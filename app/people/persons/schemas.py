"""People, contacts, roles and the caller as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import (
    Count,
    Date,
    Email,
    ExternalId,
    Id,
    In,
    Instant,
    Line,
    Out,
    Permissions,
    Secret,
    Version,
    Zone,
)
from app.models.people import RoleKind

Next = Annotated[str, Field(max_length=1000)] | None
FullName = Annotated[str, StringConstraints(min_length=1, max_length=401)]


class PersonNew(In):
    """A member of staff to add. Students are never stored."""

    given_name: Line
    family_name: Line
    email: Annotated[Email | None, Field(description="Needed before an invitation")] = None


class PersonChange(In):
    """What to change; absent fields stay, null clears."""

    given_name: Line = ""
    family_name: Line = ""
    email: Annotated[
        Email | None, Field(description="Also what somebody with an account signs in with")
    ] = None


class RoleBrief(Out):
    """What a person is now, and where."""

    kind: RoleKind
    school_id: Id | None
    team_id: Id | None


class PersonOut(Out):
    """A member of staff: name and present roles. The e-mail address is a contact, which fewer
    people may read."""

    id: Id
    version: Version
    given_name: Line
    family_name: Line
    name: FullName
    active: Annotated[bool, Field(description="False: cannot sign in")]
    roles: Annotated[list[RoleBrief], Field(max_length=100)]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class PersonPage(Out):
    """People by family name, given name."""

    items: Annotated[list[PersonOut], Field(max_length=200)]
    next: Next
    count: Annotated[
        Count | None, Field(le=10_001, description="With `count=true`; 10001 means more than 10000")
    ] = None


class ContactOut(Out):
    """How to reach a person. Id and version are the person's."""

    id: Id
    version: Version
    name: FullName
    email: Email | None
    external_id: Annotated[ExternalId | None, Field(description="The roster's id of the person")]


class ContactPage(Out):
    """Contacts by family name, given name."""

    items: Annotated[list[ContactOut], Field(max_length=200)]
    next: Next


class InvitationOut(Out):
    """A single-use way to a first password."""

    id: Id
    person_id: Id
    expires_at: Instant
    token: Annotated[
        Secret | None,
        Field(description="Shown in this one answer; a repeated request does not show it again"),
    ] = None


class RoleNew(In):
    """A role to give. A district administrator's has no school, every other one has; the three
    kinds of lead and a team member's name a team; a teacher's says `tested_subject`."""

    person_id: Id
    kind: Annotated[RoleKind, Field(strict=False)]
    school_id: Id | None = None
    team_id: Id | None = None
    tested_subject: Annotated[
        bool | None, Field(description="Teachers only: whether a state test covers the subject")
    ] = None
    started_on: Annotated[Date | None, Field(description="Not in the future; today if absent")] = (
        None
    )


class RoleOut(Out):
    """A person's role, from a day until it is ended."""

    id: Id
    version: Version
    person_id: Id
    kind: RoleKind
    school_id: Id | None
    team_id: Id | None
    tested_subject: bool | None
    started_on: Date
    ended_on: Date | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class RolePage(Out):
    """Roles, oldest first."""

    items: Annotated[list[RoleOut], Field(max_length=200)]
    next: Next


class MyDistrict(Out):
    """The caller's district."""

    id: Id
    name: Line
    zone: Zone
    demo: bool


class MyRole(RoleBrief):
    """One of your roles, with the names of school and team."""

    id: Id
    school_name: Line | None
    team_name: Line | None


class MyTeacher(Out):
    """A teacher you coach or are to coach."""

    relationship_id: Id
    teacher_id: Id
    state: Literal["proposed", "active", "paused"]
    primary: bool


class MeOut(Out):
    """Who you are and what you are to others. For a system, only what it is and may do."""

    id: Id
    version: Annotated[Version | None, Field(description="For PATCH /me; absent for systems")]
    kind: Literal["person", "client"]
    name: FullName | None
    email: Email | None
    zone: Annotated[Zone, Field(description="Your own time zone, or the district's")]
    own_zone: Annotated[Zone | None, Field(description="The time zone you chose, if any")]
    district: MyDistrict
    session_id: Annotated[Id | None, Field(description="The session of this request; people only")]
    scopes: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=20)]
    features: Annotated[
        list[Annotated[str, Field(max_length=64)]],
        Field(max_length=50, description="Parts of the program this installation has"),
    ]
    roles: Annotated[list[MyRole], Field(max_length=100)]
    teachers: Annotated[
        list[MyTeacher], Field(max_length=500, description="Whom you coach, in planned years too")
    ]
    leads: Annotated[list[Id], Field(max_length=100, description="Who coaches you")]
    mail_reminders: Annotated[
        bool | None,
        Field(description="Whether e-mails tell you of next steps that are due; people only"),
    ]


class MeChange(In):
    """What to change about yourself; absent fields stay."""

    zone: Annotated[Zone | None, Field(description="Null goes back to the district's")] = None
    mail_reminders: Annotated[
        bool, Field(description="Whether e-mails tell you of next steps that are due")
    ] = True
