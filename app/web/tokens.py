"""Access tokens: the one file that knows python-jose.

The library accepts a missing `aud`, `exp` or unknown `crit` by itself, so every claim is required
here, one algorithm is pinned, the header holds exactly `alg typ kid`, and the length is capped.
"""

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from fastapi import Request
from jose import jwk, jws
from jose.exceptions import JOSEError

from app.core import clock
from app.core.errors import Unauthenticated

ALGORITHM = "HS256"
_TYPE = "at+jwt"
_MAX_LENGTH = 1200
_CLAIMS = {"iss", "aud", "sub", "sid", "did", "iat", "exp", "jti", "scope"}


@dataclass(frozen=True, slots=True)
class Access:
    """What a valid access token says."""

    subject: UUID
    session: UUID
    district: UUID
    expires: int
    #: what a client asked for of its scopes; empty for a person, and for all of them
    scopes: frozenset[str] = frozenset()


def bearer(request: Request) -> str:
    """The token of the Authorization header. Raises Unauthenticated (401) where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(headers={"WWW-Authenticate": "Bearer"})
    return token.strip()


class Tokens:
    """Signs with the first key and verifies with any, chosen by `kid`, so keys can rotate."""

    def __init__(
        self, keys: tuple[tuple[str, bytes], ...], issuer: str, lifetime: timedelta
    ) -> None:
        self._keys = {kid: jwk.construct(secret, ALGORITHM) for kid, secret in keys}
        self._first = keys[0][0]
        self._issuer = issuer
        self.lifetime = lifetime

    def issue(
        self, subject: UUID, session: UUID, district: UUID, scopes: tuple[str, ...] = ()
    ) -> str:
        """A signed access token for a session of a person, or for a client with these scopes."""
        issued = int(clock.now().timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": str(subject),
            "sid": str(session),
            "did": str(district),
            "iat": issued,
            "exp": issued + int(self.lifetime.total_seconds()),
            "jti": str(clock.new_id()),
            "scope": " ".join(scopes),
        }
        signed: str = jws.sign(
            claims,
            self._keys[self._first],
            headers={"typ": _TYPE, "kid": self._first},
            algorithm=ALGORITHM,
        )
        return signed

    def read(self, token: str) -> Access:
        """The claims of a valid token. Raises Unauthenticated (401) for any other."""
        refused = Unauthenticated(
            "The access token is not valid or has expired.",
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
        if len(token) > _MAX_LENGTH or token.count(".") != 2:
            raise refused
        try:
            head = token.partition(".")[0]
            header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
            if not isinstance(header, dict) or set(header) != {"alg", "typ", "kid"}:
                raise refused
            if header["alg"] != ALGORITHM or header["typ"] != _TYPE:
                raise refused
            key = self._keys.get(str(header["kid"]))
            if key is None:
                raise refused
            claims = json.loads(jws.verify(token, key, algorithms=[ALGORITHM]))
            if not isinstance(claims, dict) or set(claims) != _CLAIMS:
                raise refused
            if claims["iss"] != self._issuer or claims["aud"] != self._issuer:
                raise refused
            issued, expires = claims["iat"], claims["exp"]
            if type(issued) is not int or type(expires) is not int:
                raise refused
            if not issued - 60 <= clock.now().timestamp() < expires:
                raise refused
            subject, session, district = (UUID(str(claims[name])) for name in ("sub", "sid", "did"))
            scopes = frozenset(str(claims["scope"]).split())
            return Access(subject, session, district, expires, scopes)
        # RecursionError: brackets nested as deep as the length allows.
        except (JOSEError, ValueError, TypeError, RecursionError) as exc:
            raise refused from exc
