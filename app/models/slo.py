"""SLOs: what an individual goal of kind `student_learning` says beside the goal, its approvals and
what the two see on the way. Students are counted and never named."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers


class Slo(Base, InDistrict):
    """The part of a goal that makes it an SLO. Its id is the goal's, whose version, readers and
    approval are its own; objective, rationale and standards stand on the goal alone."""

    __tablename__ = "slo"
    class_section_id: Mapped[UUID | None]
    course_id: Mapped[UUID | None]
    #: where the roster has no such course
    course_title: Mapped[str | None]
    population: Mapped[str | None]
    students: Mapped[int | None]
    #: names of the levels, lowest first, as the policy said when the SLO was begun
    levels: Mapped[list[Any]]
    #: [{name, kind, taken_on}]
    baseline_sources: Mapped[list[Any]] = mapped_column(default=list)
    #: students per level, in the order of `levels`
    baseline_counts: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: [{level, text}]
    end_criteria: Mapped[list[Any]] = mapped_column(default=list)
    evidence_plan: Mapped[str | None]
    #: students per baseline level (rows) and end level (columns)
    end_counts: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    #: [{level, count, reason}] of a baseline level
    exclusions: Mapped[list[Any]] = mapped_column(default=list)
    #: points, outcome, and the matrix and thresholds they come from; while it is finalised
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    __table_args__ = (
        refers("goal", "id"),
        refers("class_section", "class_section_id"),
        refers("course", "course_id"),
    )


class SloStep(StrEnum):
    """What was done to an SLO's approval."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    END_SUBMITTED = "end_submitted"
    END_RETURNED = "end_returned"
    FINALISED = "finalised"
    REOPENED = "reopened"
    APPROVER_NAMED = "approver_named"


class SloCapacity(StrEnum):
    """In which capacity somebody took the step."""

    TEACHER = "teacher"
    LEAD = "lead"
    SCHOOL_LEADER = "school_leader"
    DISTRICT_ADMINISTRATOR = "district_administrator"


class SloDecision(Base, InDistrict):
    """One step of an SLO's approval: who, when, as what and why. Kept for good."""

    __tablename__ = "slo_decision"
    goal_id: Mapped[UUID]
    step: Mapped[str]
    person_id: Mapped[UUID]
    capacity: Mapped[str]
    reason: Mapped[str | None]
    #: of a finalising: what it came to, also after it was reopened
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (
        refers("goal", "goal_id"),
        refers("person", "person_id"),
        one_of("step", SloStep),
        one_of("capacity", SloCapacity),
        CheckConstraint(
            "(step in ('returned', 'end_returned', 'reopened')) = (reason is not null)",
            name="reason_given",
        ),
        Index("ix_slo_decision_goal", "district_id", "goal_id", "at"),
    )


class SloMonitoring(Base, InDistrict, Versioned):
    """What the two saw between baseline and end. Pair class: a leader reads what is submitted."""

    __tablename__ = "slo_monitoring"
    RECORD_CLASS = RecordClass.PAIR
    goal_id: Mapped[UUID]
    author_id: Mapped[UUID]
    on: Mapped[date]
    looked_at: Mapped[str]
    seen: Mapped[str]
    #: students per level, in the order of the SLO's `levels`
    counts: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    value: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    #: as on the progress of a goal
    level: Mapped[str]
    school_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    teacher_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    __table_args__ = (
        refers("goal", "goal_id"),
        refers("person", "author_id"),
        refers("person", "lead_id"),
        Index("ix_slo_monitoring_goal", "district_id", "goal_id", "id"),
        Index("ix_slo_monitoring_teacher", "district_id", "teacher_id", "id"),
        Index("ix_slo_monitoring_lead", "district_id", "lead_id", "id"),
    )
