"""Integration clients as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.core.types import Id, In, Instant, Line, Out, Permissions, Secret, Version

#: what a client can be given; each scope's allow-list of fields is written in the contract
Scope = Literal["goals:read", "roster:write", "webhooks:write"]


def _once(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) != len(scopes):
        raise ValueError("names a scope twice")
    return scopes


Scopes = Annotated[
    list[Scope],
    Field(min_length=1, max_length=3, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_once),
]


class ClientNew(In):
    """A system of the district that is to sign in by itself."""

    name: Annotated[Line, Field(description="What the district calls the system; unique")]
    scopes: Scopes


class ClientOut(Out):
    """A system of the district and what it may do. Every person of the district can see it."""

    id: Annotated[Id, Field(description="The client_id it signs in with")]
    version: Version
    name: Line
    scopes: Scopes
    active: Annotated[bool, Field(description="False once revoked, for good")]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class ClientSecretOut(ClientOut):
    """The client with its secret."""

    secret: Annotated[
        Secret | None,
        Field(description="Shown in this one answer; a repeated request does not show it again"),
    ] = None


class ClientPage(Out):
    """Integration clients, by name."""

    items: Annotated[list[ClientOut], Field(max_length=200)]
    next: Annotated[str, Field(max_length=1000)] | None
