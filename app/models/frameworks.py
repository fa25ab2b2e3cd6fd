"""Frameworks as versioned data: domains, expectations with a scale each, indicators."""

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric
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
    #: the import it came with; none when it was made here
    import_id: Mapped[UUID | None]
    __table_args__ = (
        refers("framework_import", "import_id"),
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


class FrameworkImport(Base, InDistrict, Versioned):
    """A file of frameworks that was read, and the report of it. The file itself is not kept."""

    __tablename__ = "framework_import"
    author_id: Mapped[UUID | None]
    #: {frameworks: [{framework_id, form, counts, problems}]}
    report: Mapped[dict[str, Any]]
    __table_args__ = (refers("person", "author_id"),)


class FrameworkSource(Base, InDistrict):
    """What an imported CASE package says beside its items and associations: the document, the
    definitions and the rubrics, so that it is exported as it came."""

    __tablename__ = "framework_source"
    framework_id: Mapped[UUID]
    package: Mapped[dict[str, Any]]
    __table_args__ = (
        refers("framework", "framework_id"),
        Index("uq_framework_source_framework", "district_id", "framework_id", unique=True),
    )


class FrameworkItem(Base, InDistrict):
    """A statement of a framework in the tree it stands in: a standard, a heading, an indicator."""

    __tablename__ = "framework_item"
    framework_id: Mapped[UUID]
    #: CASE's, unique in the framework
    identifier: Mapped[str]
    #: An item of the same framework. No reference of the database: each of ten thousand new rows
    #: would be checked by a plan made while the table was small, which walks through all of it.
    parent_id: Mapped[UUID | None]
    #: the indicator that goals are written with, where the item is one
    indicator_id: Mapped[UUID | None]
    code: Mapped[str | None]
    title: Mapped[str]
    statement: Mapped[str]
    item_type: Mapped[str | None]
    depth: Mapped[int]
    #: the order of reading: a parent, then what stands below it
    position: Mapped[int]
    #: the strict CASE item; none when the framework was made here
    source: Mapped[dict[str, Any] | None]
    __table_args__ = (
        refers("framework", "framework_id"),
        refers("indicator", "indicator_id"),
        Index(
            "uq_framework_item_identifier",
            "district_id",
            "framework_id",
            "identifier",
            unique=True,
        ),
        Index("ix_framework_item_position", "district_id", "framework_id", "position"),
        Index("ix_framework_item_parent", "district_id", "parent_id"),
        Index("ix_framework_item_indicator", "district_id", "indicator_id"),
    )


class FrameworkAssociation(Base, InDistrict):
    """What a CASE package says two things are to each other. Ends may lie in other frameworks."""

    __tablename__ = "framework_association"
    framework_id: Mapped[UUID]
    position: Mapped[int]
    kind: Mapped[str]
    origin: Mapped[str]
    destination: Mapped[str]
    source: Mapped[dict[str, Any]]
    __table_args__ = (
        refers("framework", "framework_id"),
        Index("ix_framework_association_position", "district_id", "framework_id", "position"),
    )


class IndicatorLevel(Base, InDistrict):
    """What one level of an indicator looks like, as its publisher's rubric says."""

    __tablename__ = "indicator_level"
    framework_id: Mapped[UUID]
    indicator_id: Mapped[UUID]
    position: Mapped[int]
    name: Mapped[str]
    score: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    text: Mapped[str | None]
    __table_args__ = (
        refers("framework", "framework_id"),
        refers("indicator", "indicator_id"),
        Index("ix_indicator_level_indicator", "district_id", "indicator_id", "position"),
        Index("ix_indicator_level_framework", "district_id", "framework_id"),
    )


class Became(StrEnum):
    """What became of an item of a former edition."""

    SAME = "same"
    CHANGED = "changed"
    SPLIT = "split"
    MERGED = "merged"
    DROPPED = "dropped"


class FrameworkCrosswalk(Base, InDistrict):
    """That an item of a former edition became this item of the new one, or none. Both stay."""

    __tablename__ = "framework_crosswalk"
    #: the new edition
    framework_id: Mapped[UUID]
    former_framework_id: Mapped[UUID]
    former_item_id: Mapped[UUID]
    became: Mapped[str]
    item_id: Mapped[UUID | None]
    __table_args__ = (
        refers("framework", "framework_id"),
        refers("framework", "former_framework_id"),
        refers("framework_item", "former_item_id"),
        refers("framework_item", "item_id"),
        one_of("became", Became),
        CheckConstraint("(became = 'dropped') = (item_id is null)", name="dropped_has_no_item"),
        Index("ix_framework_crosswalk_framework", "district_id", "framework_id", "id"),
        Index("ix_framework_crosswalk_former", "district_id", "former_item_id"),
        Index("ix_framework_crosswalk_item", "district_id", "item_id"),
    )
