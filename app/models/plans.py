"""Growth plans with their action steps, and the mid-year and end-of-year reviews of plans and
goals."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers
from app.models.goals import Capacity


class PlanState(StrEnum):
    """A plan is agreed by both, reviewed at mid-year, and closed by the end-of-year review."""

    DRAFT = "draft"
    AGREED = "agreed"
    MID_YEAR_REVIEWED = "mid_year_reviewed"
    CLOSED = "closed"


class GrowthPlan(Base, InDistrict, Versioned):
    """A teacher's growth plan of a school year; goals of kind growth name it."""

    __tablename__ = "growth_plan"
    OPEN_TO_LEADERS: ClassVar[tuple[StrEnum, ...]] = (
        PlanState.AGREED,
        PlanState.MID_YEAR_REVIEWED,
        PlanState.CLOSED,
    )
    state: Mapped[str] = mapped_column(default=PlanState.DRAFT.value)
    school_id: Mapped[UUID]
    school_year_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    author_id: Mapped[UUID]
    #: as on a goal: the lead who reads it until both agreed
    lead_id: Mapped[UUID | None]
    title: Mapped[str | None]
    aspiration: Mapped[str | None]
    #: when the teacher agreed to the draft as it stands, which puts it before the other
    proposed_at: Mapped[datetime | None]
    agreed_at: Mapped[datetime | None]
    mid_year_reviewed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    __table_args__ = (
        refers("school", "school_id"),
        refers("school_year", "school_year_id"),
        refers("person", "teacher_id"),
        refers("person", "author_id"),
        refers("person", "lead_id"),
        one_of("state", PlanState),
        CheckConstraint("(state = 'draft') = (agreed_at is null)", name="agreed_when"),
        CheckConstraint(
            "(state in ('draft', 'agreed')) = (mid_year_reviewed_at is null)", name="reviewed_when"
        ),
        CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed_when"),
        Index(
            "uq_growth_plan_teacher_year",
            "district_id",
            "teacher_id",
            "school_year_id",
            unique=True,
        ),
        Index("ix_growth_plan_school", "district_id", "school_id", "school_year_id", "id"),
    )

    @property
    def class_now(self) -> RecordClass:
        return RecordClass.GOAL if self.state in self.OPEN_TO_LEADERS else RecordClass.PAIR


class PlanAgreement(Base, InDistrict):
    """That one of the two agreed to the plan as it stands; a change of the draft takes it back."""

    __tablename__ = "plan_agreement"
    plan_id: Mapped[UUID]
    person_id: Mapped[UUID]
    capacity: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (
        refers("growth_plan", "plan_id"),
        refers("person", "person_id"),
        one_of("capacity", Capacity),
        Index("ix_plan_agreement_plan", "district_id", "plan_id"),
    )


class StepOwner(StrEnum):
    """Who takes an action step: the teacher, or the lead, whoever that is then."""

    TEACHER = "teacher"
    LEAD = "lead"


class PlanStepState(StrEnum):
    """A step is done, or dropped with a reason."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class PlanStep(Base, InDistrict, Versioned):
    """An action step of a growth plan and the resources it needs. Part of the plan: whoever reads
    the plan reads it."""

    __tablename__ = "plan_step"
    RECORD_CLASS = RecordClass.GOAL
    plan_id: Mapped[UUID]
    goal_id: Mapped[UUID | None]
    author_id: Mapped[UUID]
    text: Mapped[str]
    #: [{title, url}]
    resources: Mapped[list[Any]] = mapped_column(default=list)
    owner: Mapped[str]
    due_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(default=PlanStepState.OPEN.value)
    reason: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    position: Mapped[int]
    #: of the plan, so that a row knows its own readers
    school_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    __table_args__ = (
        refers("growth_plan", "plan_id"),
        refers("goal", "goal_id"),
        refers("person", "author_id"),
        one_of("owner", StepOwner),
        one_of("state", PlanStepState),
        CheckConstraint("(state = 'open') = (ended_at is null)", name="ended_when"),
        CheckConstraint("(state = 'dropped') = (reason is not null)", name="dropped_why"),
        Index("ix_plan_step_plan", "district_id", "plan_id", "position", "id"),
        Index("ix_plan_step_goal", "district_id", "goal_id"),
    )


class ReviewKind(StrEnum):
    """When in the year."""

    MID_YEAR = "mid_year"
    END_OF_YEAR = "end_of_year"


class ReviewState(StrEnum):
    """Complete once both acknowledged it."""

    OPEN = "open"
    COMPLETE = "complete"


class GoalReview(Base, InDistrict, Versioned):
    """A mid-year or end-of-year review of a growth plan or of an individual goal, one of each kind.
    It holds no words: those are its parts."""

    __tablename__ = "goal_review"
    RECORD_CLASS = RecordClass.PAIR
    #: class pair in every state
    OPEN_TO_LEADERS: ClassVar[tuple[StrEnum, ...]] = ()
    plan_id: Mapped[UUID | None]
    goal_id: Mapped[UUID | None]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default=ReviewState.OPEN.value)
    school_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    author_id: Mapped[UUID]
    #: the lead it is shared with: theirs when it was begun or the teacher last put it forward
    lead_id: Mapped[UUID | None]
    #: when the teacher acknowledged it as it stands
    proposed_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    __table_args__ = (
        refers("growth_plan", "plan_id"),
        refers("goal", "goal_id"),
        refers("school", "school_id"),
        refers("person", "teacher_id"),
        refers("person", "author_id"),
        refers("person", "lead_id"),
        one_of("kind", ReviewKind),
        one_of("state", ReviewState),
        CheckConstraint("num_nonnulls(plan_id, goal_id) = 1", name="one_subject"),
        CheckConstraint("(state = 'complete') = (completed_at is not null)", name="complete_when"),
        Index("uq_goal_review_plan", "district_id", "plan_id", "kind", unique=True),
        Index("uq_goal_review_goal", "district_id", "goal_id", "kind", unique=True),
        Index("ix_goal_review_teacher", "district_id", "teacher_id", "id"),
        Index("ix_goal_review_lead", "district_id", "lead_id", "id"),
    )


class ReviewAcknowledgement(Base, InDistrict):
    """That one of the two read the review as it stands; words that come later take it back."""

    __tablename__ = "review_acknowledgement"
    review_id: Mapped[UUID]
    person_id: Mapped[UUID]
    capacity: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (
        refers("goal_review", "review_id"),
        refers("person", "person_id"),
        one_of("capacity", Capacity),
        Index("ix_review_acknowledgement_review", "district_id", "review_id"),
    )


class PartState(StrEnum):
    """One's own until submitted."""

    DRAFT = "draft"
    SUBMITTED = "submitted"


class Rating(StrEnum):
    """How the work goes, in words."""

    ON_TRACK = "on_track"
    NEEDS_ATTENTION = "needs_attention"
    OFF_TRACK = "off_track"


class GoalReviewPart(Base, InDistrict, Versioned):
    """What one of the two says in a review: private while it is a draft, then the pair's."""

    __tablename__ = "goal_review_part"
    review_id: Mapped[UUID]
    author_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(default=PartState.DRAFT.value)
    words: Mapped[str | None]
    rating: Mapped[str | None]
    next_words: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    school_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    #: the lead who reads it once submitted; of a lead's part the lead
    lead_id: Mapped[UUID | None]
    __table_args__ = (
        refers("goal_review", "review_id"),
        refers("person", "author_id"),
        refers("person", "lead_id"),
        one_of("state", PartState),
        one_of("rating", Rating),
        CheckConstraint(
            "(state = 'submitted') = (submitted_at is not null)", name="submitted_when"
        ),
        CheckConstraint("state = 'draft' or words is not null", name="submitted_what"),
        Index("uq_goal_review_part_author", "district_id", "review_id", "author_id", unique=True),
        Index("ix_goal_review_part_teacher", "district_id", "teacher_id", "id"),
        Index("ix_goal_review_part_lead", "district_id", "lead_id", "id"),
    )

    @property
    def class_now(self) -> RecordClass:
        return RecordClass.PRIVATE if self.state == PartState.DRAFT else RecordClass.PAIR

    @property
    def audit_owner_id(self) -> UUID | None:
        """A draft is no record of the teacher's yet, unless it is they who write it."""
        return self.author_id if self.state == PartState.DRAFT else self.teacher_id
