"""What every table shares: the district, the key, the version, and the record class."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from app.core import clock


class RecordClass(StrEnum):
    """Who reads a record, fixed when it is made by what it is (domain.md §2)."""

    PRIVATE = "private"
    PAIR = "pair"
    SCHOOL = "school"
    GOAL = "goal"
    EVALUATIVE = "evaluative"
    SUPPORT = "support"
    #: people, roles, clients, rosters: the directory and the running of the district
    ADMINISTRATION = "administration"


class Base(DeclarativeBase):
    """Tables are singular; constraints are named so that a migration can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        str: Text(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


class InDistrict:
    """A row of one district. The key is (district_id, id); row-level security compares the first.

    `record_class` and the two readers below say to the audit and the feed what the row is; a model
    whose class depends on its state overrides them.
    """

    RECORD_CLASS: ClassVar[RecordClass] = RecordClass.ADMINISTRATION

    @declared_attr
    def district_id(self) -> Mapped[UUID]:
        return mapped_column(ForeignKey("district.id"), primary_key=True)

    @declared_attr
    def id(self) -> Mapped[UUID]:
        return mapped_column(primary_key=True, default=clock.new_id)

    @property
    def class_now(self) -> RecordClass:
        """The class of the row as it is now."""
        return self.RECORD_CLASS

    @property
    def audit_school_id(self) -> UUID | None:
        """The school whose leaders may audit events of this row."""
        return getattr(self, "school_id", None)

    @property
    def audit_owner_id(self) -> UUID | None:
        """The person whose record this is, who may audit every event of it."""
        return getattr(self, "teacher_id", None)

    @property
    def in_feed(self) -> bool:
        """Whether integrations may learn that this row changed."""
        return False


class Versioned:
    """A resource that people edit: `version` counts every change to it or to what lies below it."""

    @declared_attr
    def version(self) -> Mapped[int]:
        return mapped_column(default=1)

    @declared_attr
    def created_at(self) -> Mapped[datetime]:
        return mapped_column(default=clock.now)

    @declared_attr
    def updated_at(self) -> Mapped[datetime]:
        return mapped_column(default=clock.now)


def touch(row: Versioned) -> None:
    """Count a change to the row or to something below it."""
    row.version += 1
    row.updated_at = clock.now()


def refers(table: str, column: str) -> ForeignKeyConstraint:
    """A reference inside the district: a row of another district cannot be named at all."""
    return ForeignKeyConstraint(["district_id", column], [f"{table}.district_id", f"{table}.id"])


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Text with a CHECK: under row-level security an enum's equality would not use an index."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=column)
