"""The district and its policy; the installation; the directory of login keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, Versioned


class District(Base):
    """A school district. Outside row-level security: it is what row-level security compares."""

    __tablename__ = "district"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=clock.new_id)
    name: Mapped[str]
    zone: Mapped[str]
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class DistrictPolicy(Base, InDistrict, Versioned):
    """The district's numbers and windows (domain.md §8): one row; `values` holds what differs."""

    __tablename__ = "district_policy"
    values: Mapped[dict[str, Any]]
    reason: Mapped[str | None]
    __table_args__ = (Index("uq_district_policy_one", "district_id", unique=True),)


class Installation(Base):
    """One row: which history of changes this database tells.

    `fingerprint` is the database cluster's and the database's own identity. A dump restored
    elsewhere finds another one, and the feed starts a new epoch instead of telling old positions.
    """

    __tablename__ = "installation"
    id: Mapped[int] = mapped_column(primary_key=True, default=1, autoincrement=False)
    epoch: Mapped[UUID]
    fingerprint: Mapped[str]
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class LoginKey(Base):
    """From a key somebody shows (hashed) to the district and the subject it belongs to.

    Outside row-level security because the district is not known before it is read. The application
    role cannot read the table; three functions of the owner answer or change one exact key.
    """

    __tablename__ = "login_key"
    kind: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    subject_id: Mapped[UUID]
    __table_args__ = (
        CheckConstraint("kind in ('email', 'refresh', 'invitation', 'client')", name="kind"),
        Index("ix_login_key_subject", "district_id", "subject_id"),
    )


class LoginAttempt(Base):
    """A sign-in try, as hashes of account and address prefix, kept for minutes to slow guessing.

    Outside row-level security: an unknown account has no district.
    """

    __tablename__ = "login_attempt"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=clock.new_id)
    account_hash: Mapped[str]
    address_hash: Mapped[str]
    succeeded: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (Index("ix_login_attempt_account", "account_hash", "at"),)
