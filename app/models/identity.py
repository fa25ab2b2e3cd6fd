"""Credentials, sessions, invitations and integration clients. No feature reads the secrets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, Versioned, refers


class Credential(Base, InDistrict, Versioned):
    """A person's password, hashed with Argon2id. Its id is the person's."""

    __tablename__ = "credential"
    password_hash: Mapped[str]
    __table_args__ = (refers("person", "id"),)

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.id


class AuthSession(Base, InDistrict, Versioned):
    """A signed-in device. Ending it ends its access tokens on the next request."""

    __tablename__ = "auth_session"
    person_id: Mapped[UUID]
    device: Mapped[str | None]
    last_used_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]
    __table_args__ = (
        refers("person", "person_id"),
        Index("ix_auth_session_person", "district_id", "person_id"),
    )

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.person_id


class RefreshToken(Base, InDistrict):
    """One refresh token of a session's family; used once, then replaced."""

    __tablename__ = "refresh_token"
    session_id: Mapped[UUID]
    token_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    used_at: Mapped[datetime | None]
    __table_args__ = (
        refers("auth_session", "session_id"),
        Index("ix_refresh_token_session", "district_id", "session_id"),
    )


class Invitation(Base, InDistrict, Versioned):
    """A single-use way to set a first password (invite) or a new one (reset, operators only)."""

    __tablename__ = "invitation"
    person_id: Mapped[UUID]
    purpose: Mapped[str]
    token_hash: Mapped[str]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    __table_args__ = (
        refers("person", "person_id"),
        CheckConstraint("purpose in ('invite', 'reset')", name="purpose"),
        Index("ix_invitation_person", "district_id", "person_id"),
    )

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.person_id


class IntegrationClient(Base, InDistrict, Versioned):
    """A district's own system, with the scopes it was given."""

    __tablename__ = "integration_client"
    name: Mapped[str]
    scopes: Mapped[list[Any]]
    secret_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (Index("uq_integration_client_name", "district_id", "name", unique=True),)


class IdempotencyKey(Base, InDistrict):
    """That a request was done, and what came of it: never its content. Kept for 24 hours."""

    __tablename__ = "idempotency_key"
    caller_id: Mapped[UUID]
    method: Mapped[str]
    path: Mapped[str]
    key: Mapped[str]
    body_hash: Mapped[str]
    status: Mapped[int]
    object_id: Mapped[UUID | None]
    object_version: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (
        Index(
            "uq_idempotency_key_request",
            "district_id",
            "caller_id",
            "method",
            "path",
            "key",
            unique=True,
        ),
        Index("ix_idempotency_key_age", "created_at"),
    )
