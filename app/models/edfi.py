"""What integrations in Ed-Fi's form were told: the natural keys of goals, and change versions."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, refers

#: this transaction's number, as the feed has it
TRANSACTION = text("(pg_current_xact_id()::text::bigint)")


class EdFiKey(Base):
    """A natural key that an individual goal has or had while integrations could see it.

    The key is (person, day of creation, title). A goal whose key is its own title and has never
    been another has no row: a row is a key that ended, or one in force that differs from the title
    because another goal of the person has that. It holds no reference to the goal, which a
    deleted goal would break.
    """

    __tablename__ = "edfi_key"
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    goal_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: the order of a goal's keys
    place: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    teacher_id: Mapped[UUID]
    assigned_on: Mapped[date]
    title: Mapped[str]
    #: the transaction that ended it; none while it is in force
    ended: Mapped[int | None] = mapped_column(BigInteger)
    #: it ended because integrations no longer see the goal, not because the title changed
    gone: Mapped[bool] = mapped_column(default=False)
    #: the transaction in which they saw the goal again
    back: Mapped[int | None] = mapped_column(BigInteger)
    __table_args__ = (
        refers("person", "teacher_id"),
        Index(
            "uq_edfi_key_in_force",
            "district_id",
            "goal_id",
            unique=True,
            postgresql_where=text("ended is null"),
        ),
        Index("ix_edfi_key_person", "district_id", "teacher_id", "assigned_on"),
        Index("ix_edfi_key_ended", "district_id", "ended", "goal_id"),
    )


class EdFiVersion(Base):
    """A change version that integrations of the district were told: up to which transaction of the
    feed it reaches.

    Versions are milliseconds of the day they were told, each later than the one before, so they
    show no counter of the installation and grow on after a restore. All transactions up to theirs
    have ended, so nothing can appear below one.
    """

    __tablename__ = "edfi_version"
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    transaction: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (Index("ix_edfi_version_transaction", "district_id", "transaction"),)
