"""Frameworks as versioned data: domains, expectations with a scale each, indicators."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, InDistrict, Versioned, one_of, refers


class FrameworkState(StrEnum):
    """A published version never changes; a retired one still resolves."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class Framework(Base, InDistrict, Versioned):
    """One version of a publisher's framework. The key is publisher, code and edition, because
    publishers share codes (domain.md §1)."""

    __tablename__ = "framework"
    publisher: Mapped[str]
    code: Mapped[str]
    edition: Mapped[str]
    title: Mapped[str]
    source: Mapped[str | None]
    licence: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=FrameworkState.DRAFT.value)
    __table_args__ = (
        one_of("state", FrameworkState),
        Index("uq_framework_key", "district_id", "publisher", "code", "edition", unique=True),
    )


class Expectation(Base, InDistrict):
    """A group of indicators and the scale they are scored on. Its domain is named on it."""

    __tablename__ = "expectation"
    framework_id: Mapped[UUID]
    domain: Mapped[str]
    title: Mapped[str]
    position: Mapped[int]
    #: {low, high, step, levels: [{from, to, name}]}, or null when the group is never scored
    scale: Mapped[dict[str, Any] | None]
    __table_args__ = (
        refers("framework", "framework_id"),
        Index("ix_expectation_framework", "district_id", "framework_id", "position"),
    )


class Indicator(Base, InDistrict):
    """What a teacher does that can be seen or shown. `key` is publisher:code:edition:indicator."""

    __tablename__ = "indicator"
    framework_id: Mapped[UUID]
    expectation_id: Mapped[UUID]
    key: Mapped[str]
    code: Mapped[str]
    title: Mapped[str]
    observed: Mapped[bool]
    optional: Mapped[bool]
    gateway: Mapped[bool]
    position: Mapped[int]
    __table_args__ = (
        refers("framework", "framework_id"),
        refers("expectation", "expectation_id"),
        Index("uq_indicator_key", "district_id", "key", unique=True),
        Index("ix_indicator_framework", "district_id", "framework_id", "position"),
    )
