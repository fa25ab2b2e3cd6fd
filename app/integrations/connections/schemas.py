"""Roster connections as they are sent and answered. The secret is sent and never answered."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import Code, Id, In, Instant, Out, Permissions, Secret, Version

Next = Annotated[str, Field(max_length=1000)] | None
#: an address as it stands in a request: printable ASCII, checked by a rule
Address = Annotated[
    str, StringConstraints(min_length=8, max_length=2000, pattern=r"^[\u0021-\u007e]+$")
]
ClientId = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\u0020-\u007e]*$")
]
Scope = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, pattern=r"^[\u0021\u0023-\u005b\u005d-~]+$"),
]
Scopes = Annotated[
    list[Scope],
    Field(min_length=1, max_length=10, description="Asked for with each access token"),
]
BaseUrl = Annotated[
    Address,
    Field(
        description="The address of the service; `/ims/oneroster/rostering/v1p2` is added unless "
        "it ends so"
    ),
]
TokenUrl = Annotated[
    Address, Field(description="Where access tokens are given (OAuth 2 client credentials)")
]
StaffOnly = Annotated[
    bool,
    Field(
        description="Ask the service to leave students out of its answers; one that cannot is "
        "asked for all, and students are counted and dropped here"
    ),
]
FullEvery = Annotated[
    int,
    Field(
        ge=1,
        le=90,
        json_schema_extra={"format": "int32"},
        description="Days after which everything is pulled again, and not only what changed",
    ),
]

DEFAULT_SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"


class RosterConnectionNew(In):
    """A service to pull rosters from."""

    source: Annotated[
        Code,
        Field(description="Your name for the system the ids come from, as in imports; for good"),
    ]
    base_url: BaseUrl
    token_url: TokenUrl
    client_id: ClientId
    client_secret: Annotated[Secret, Field(description="Kept encrypted and never answered")]
    scopes: Scopes = [DEFAULT_SCOPE]
    staff_only: StaffOnly = True
    full_every_days: FullEvery = 7


class RosterConnectionChange(In):
    """What of a connection changes."""

    base_url: BaseUrl = ""
    token_url: TokenUrl = ""
    client_id: ClientId = ""
    client_secret: Annotated[Secret, Field(description="The new one, in place of the old")] = ""
    scopes: Scopes = []
    staff_only: StaffOnly = True
    full_every_days: FullEvery = 7


class RosterConnectionOut(Out):
    """A service that rosters are pulled from, without its secret."""

    id: Id
    version: Version
    source: Code
    standard: Annotated[Literal["oneroster-1.2"], Field(description="What the service speaks")] = (
        "oneroster-1.2"
    )
    base_url: BaseUrl
    token_url: TokenUrl
    client_id: ClientId
    scopes: Scopes
    staff_only: StaffOnly
    full_every_days: FullEvery
    state: Literal["active", "paused"]
    last_pulled_at: Annotated[
        Instant | None, Field(description="When a pull last ended with a report")
    ]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class RosterConnectionPage(Out):
    """Roster connections, by source."""

    items: Annotated[list[RosterConnectionOut], Field(max_length=200)]
    next: Next
