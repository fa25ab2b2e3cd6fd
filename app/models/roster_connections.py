"""The district's own roster service, and what was pulled from it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, Versioned, one_of, refers


class ConnectionState(StrEnum):
    """Whether anything is pulled."""

    ACTIVE = "active"
    PAUSED = "paused"


class PullState(StrEnum):
    """From asked for to a report, or to a reason why there is none."""

    WAITING = "waiting"
    RUNNING = "running"
    REPORTED = "reported"
    FAILED = "failed"


class RosterConnection(Base, InDistrict, Versioned):
    """A OneRoster 1.2 service and how to sign in there. The secret is sealed and never answered."""

    __tablename__ = "roster_connection"
    source: Mapped[str]
    base_url: Mapped[str]
    token_url: Mapped[str]
    client_id: Mapped[str]
    sealed_secret: Mapped[str]
    scopes: Mapped[list[Any]]
    #: whether the service is asked to leave students out
    staff_only: Mapped[bool]
    #: after how many days everything is pulled again instead of changes
    full_every_days: Mapped[int]
    state: Mapped[str] = mapped_column(default=ConnectionState.ACTIVE.value)
    last_pulled_at: Mapped[datetime | None]
    __table_args__ = (
        one_of("state", ConnectionState),
        Index("uq_roster_connection_source", "district_id", "source", unique=True),
    )


class RosterPull(Base, InDistrict, Versioned):
    """One pull: how far it is, and the import that it became."""

    __tablename__ = "roster_pull"
    connection_id: Mapped[UUID]
    source: Mapped[str]
    base_url: Mapped[str]
    mode: Mapped[str]
    #: a delta asks for what changed after this instant, of the service's clock
    since: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default=PullState.WAITING.value)
    #: per collection: what is known of it
    progress: Mapped[list[Any]]
    #: where it goes on; nothing of it is answered
    position: Mapped[dict[str, Any]]
    #: tries in a row that failed for a reason that passes
    tries: Mapped[int] = mapped_column(default=0)
    received_bytes: Mapped[int] = mapped_column(BigInteger(), default=0)
    kept_characters: Mapped[int] = mapped_column(BigInteger(), default=0)
    #: the service's clock at its first answer
    served_at: Mapped[datetime | None]
    import_id: Mapped[UUID | None]
    problem: Mapped[str | None]
    problem_status: Mapped[int | None]
    problem_collection: Mapped[str | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        refers("roster_connection", "connection_id"),
        refers("roster_import", "import_id"),
        one_of("state", PullState),
        CheckConstraint("mode in ('bulk', 'delta')", name="mode"),
        Index("ix_roster_pull_connection", "district_id", "connection_id", "id"),
        Index(
            "uq_roster_pull_live",
            "district_id",
            "connection_id",
            unique=True,
            postgresql_where=text("state in ('waiting', 'running')"),
        ),
    )


class RosterPullPage(Base, InDistrict):
    """A page that was read, as cells of the tables it fills: staff and structure, and how many
    others there were. Gone when the pull ends."""

    __tablename__ = "roster_pull_page"
    pull_id: Mapped[UUID]
    collection: Mapped[str]
    number: Mapped[int]
    #: of the bytes received, to notice a page that comes again
    digest: Mapped[str]
    #: a digest of where it came from, to notice Links that lead in a circle
    address: Mapped[str | None]
    tables: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (
        refers("roster_pull", "pull_id"),
        Index(
            "uq_roster_pull_page_number",
            "district_id",
            "pull_id",
            "collection",
            "number",
            unique=True,
        ),
    )
