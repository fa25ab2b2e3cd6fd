"""Who asks: the program's bearer token, and its session looked up in the database each time."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import jwt
from django.conf import settings
from django.db import connection
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

_CLAIMS = ["iss", "aud", "sub", "sid", "did", "iat", "exp", "jti", "scope"]


@dataclass(frozen=True, slots=True)
class Caller:
    """A person with the relations that open goals to them, or a district's own system."""

    id: UUID
    district_id: UUID
    zone: ZoneInfo
    is_client: bool
    pulls_goals: bool
    schools: frozenset[UUID]
    teams_led: frozenset[UUID]
    teams: frozenset[UUID]
    coached: frozenset[UUID]

    is_authenticated = True


class BearerAuthentication(BaseAuthentication):
    """One statement, the program's own `load_caller`, which also names the district to row-level
    security on this connection."""

    def authenticate(self, request: Any) -> tuple[Caller, str] | None:
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        try:
            key = settings.TOKEN_KEYS[jwt.get_unverified_header(token)["kid"]]
            claims = jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                issuer=settings.TOKEN_ISSUER,
                audience=settings.TOKEN_ISSUER,
                options={"require": _CLAIMS},
            )
        except (jwt.PyJWTError, KeyError) as exc:
            raise AuthenticationFailed("The access token is not valid or has expired.") from exc
        with connection.cursor() as cursor:
            cursor.execute(
                "select load_caller(%s, %s, %s, false, %s)",
                [claims["did"], claims["sid"], claims["sub"], timezone.now()],
            )
            loaded = cursor.fetchone()[0]
        if loaded is None:
            raise AuthenticationFailed("The session has ended.")
        return _caller(json.loads(loaded)), token

    def authenticate_header(self, request: Any) -> str:  # noqa: ARG002 - the framework's signature
        return "Bearer"


def _caller(data: dict[str, Any]) -> Caller:
    def ids(name: str) -> frozenset[UUID]:
        return frozenset(UUID(value) for value in data.get(name) or ())

    return Caller(
        id=UUID(data["id"]),
        district_id=UUID(data["district_id"]),
        zone=ZoneInfo(data["zone"]),
        is_client=data["kind"] == "client",
        pulls_goals="goals:read" in data.get("scopes", ()),
        schools=ids("schools"),
        teams_led=ids("teams_led"),
        teams=ids("teams"),
        coached=ids("coached"),
    )
