"""What signing in sends and gives."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import Email, Id, In, Instant, Out, Permissions, Secret, Version

Token = Annotated[str, StringConstraints(min_length=1, max_length=1200)]


class TokenOut(Out):
    """An OAuth 2 token answer."""

    access_token: Token
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # the kind, not a token
    expires_in: Annotated[
        int, Field(ge=1, le=86400, description="Seconds", json_schema_extra={"format": "int32"})
    ]
    refresh_token: Annotated[
        Token | None, Field(description="Absent for integration clients and cookie sessions")
    ] = None
    scope: Annotated[str, Field(max_length=200)] = ""


class InvitationAccept(In):
    """A one-time token and the password to begin with."""

    token: Secret
    password: Annotated[
        Secret, Field(description="At least 15 characters, not easily guessed, without your name")
    ]


class PasswordChange(In):
    """The present password and the new one."""

    current_password: Secret
    new_password: Secret


class AccountOut(Out):
    """Whose account it is."""

    person_id: Id
    email: Email


class SessionOut(Out):
    """A signed-in device."""

    id: Id
    version: Version
    device: Annotated[str, Field(max_length=200)] | None
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant
    current: Annotated[bool, Field(description="The session of this very request")]
    permissions: Permissions


class SessionPage(Out):
    """Your sessions, newest first."""

    items: Annotated[list[SessionOut], Field(max_length=200)]
    next: Annotated[str, Field(max_length=1000)] | None
