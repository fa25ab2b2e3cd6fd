"""Goals: school, team and individual; their measures, revisions, agreements, progress, comments."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers


class GoalLevel(StrEnum):
    """Whose goal it is."""

    SCHOOL = "school"
    TEAM = "team"
    INDIVIDUAL = "individual"


class GoalKind(StrEnum):
    """`student_learning` is an SLO's kind; `growth` belongs to a growth plan (PGP)."""

    STUDENT_LEARNING = "student_learning"
    GROWTH = "growth"


class GoalState(StrEnum):
    """Individual: draft, proposed, agreed, closed. School and team: draft, published, closed."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    AGREED = "agreed"
    PUBLISHED = "published"
    CLOSED = "closed"


#: an individual goal in force or closed; a school or team goal that was published
IN_FORCE = (GoalState.AGREED, GoalState.PUBLISHED)
OPEN_TO_LEADERS = (*IN_FORCE, GoalState.CLOSED)


class Outcome(StrEnum):
    """How a goal ended."""

    MET = "met"
    PARTLY_MET = "partly_met"
    NOT_MET = "not_met"
    SUPERSEDED = "superseded"
    ABANDONED = "abandoned"


class Approval(StrEnum):
    """How far an SLO is with the school leader; any other goal stays at `none`."""

    NONE = "none"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    END_SUBMITTED = "end_submitted"
    END_RETURNED = "end_returned"
    FINALISED = "finalised"


#: the pair still writes the plan of an SLO: nobody has it before them to approve
PLAN_OPEN = (Approval.NONE, Approval.RETURNED)


class Goal(Base, InDistrict, Versioned):
    """A goal. Its columns are what is in force; a proposed change waits beside it as a revision."""

    __tablename__ = "goal"
    OPEN_TO_LEADERS: ClassVar[tuple[StrEnum, ...]] = OPEN_TO_LEADERS
    level: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default=GoalState.DRAFT.value)
    school_id: Mapped[UUID]
    school_year_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    teacher_id: Mapped[UUID | None]
    author_id: Mapped[UUID]
    #: the lead who reads it until both agreed: theirs when it was written or last proposed
    lead_id: Mapped[UUID | None]
    #: somebody but the author wrote in it, so the author alone can no longer delete it
    co_written: Mapped[bool] = mapped_column(default=False)
    parent_id: Mapped[UUID | None]
    title: Mapped[str]
    statement: Mapped[str | None]
    rationale: Mapped[str | None]
    #: how the goal connects to its parent; asked of teachers of a non-tested subject
    link_statement: Mapped[str | None]
    standards: Mapped[list[Any]] = mapped_column(default=list)
    starts_on: Mapped[date | None]
    due_on: Mapped[date | None]
    #: counts what was agreed: 1 at first, one more with each agreed revision
    revision: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    #: the template it began with; what it says since is its own
    template_id: Mapped[UUID | None]
    #: of an SLO; the server's default is for the program before this column, while it is replaced
    approval: Mapped[str] = mapped_column(default=Approval.NONE.value, server_default="none")
    #: the district administrator who decides on a school leader's own SLO
    approver_id: Mapped[UUID | None]
    #: the growth plan that holds it. No part of what the goal says: whoever reads the goal does
    #: not learn from it, or from the goal's version, of a plan they may not read
    plan_id: Mapped[UUID | None]
    __table_args__ = (
        refers("growth_plan", "plan_id"),
        refers("person", "approver_id"),
        one_of("approval", Approval),
        CheckConstraint(
            "approval <> 'finalised' or state = 'closed'", name="finalised_when_closed"
        ),
        Index(
            "ix_goal_approver",
            "district_id",
            "approver_id",
            "id",
            postgresql_where=text("approver_id is not null"),
        ),
        refers("school", "school_id"),
        refers("school_year", "school_year_id"),
        refers("team", "team_id"),
        refers("person", "teacher_id"),
        refers("person", "author_id"),
        refers("person", "lead_id"),
        refers("goal", "parent_id"),
        refers("template", "template_id"),
        one_of("level", GoalLevel),
        one_of("kind", GoalKind),
        one_of("state", GoalState),
        CheckConstraint("(level = 'team') = (team_id is not null)", name="team_owner"),
        CheckConstraint("(level = 'individual') = (teacher_id is not null)", name="teacher_owner"),
        CheckConstraint("(state = 'closed') = (outcome is not null)", name="outcome_when_closed"),
        CheckConstraint(
            "case level when 'individual' then state <> 'published'"
            " else state not in ('proposed', 'agreed') end",
            name="state_of_level",
        ),
        CheckConstraint("parent_id <> id", name="parent"),
        Index("ix_goal_teacher", "district_id", "teacher_id", "id"),
        Index("ix_goal_school_year", "district_id", "school_id", "school_year_id", "id"),
        Index("ix_goal_team", "district_id", "team_id", "id"),
        #: a school's few shared goals, which everybody there reads, beside its many individual ones
        Index(
            "ix_goal_shared",
            "district_id",
            "school_id",
            "id",
            postgresql_where=text("level <> 'individual'"),
        ),
        #: what integrations pull in Ed-Fi's form: counted and cut into parts without the table
        Index(
            "ix_goal_individual",
            "district_id",
            "id",
            postgresql_include=["level", "state"],
            postgresql_where=text("level = 'individual' and state in ('agreed', 'closed')"),
        ),
        Index("ix_goal_parent", "district_id", "parent_id"),
        Index("ix_goal_due", "district_id", "school_id", "due_on", "id"),
        Index("ix_goal_plan", "district_id", "plan_id", "id"),
        CheckConstraint("plan_id is null or kind = 'growth'", name="plan_of_growth"),
    )

    @property
    def class_now(self) -> RecordClass:
        if self.level != GoalLevel.INDIVIDUAL:
            return RecordClass.SCHOOL
        return RecordClass.GOAL if self.state in OPEN_TO_LEADERS else RecordClass.PAIR

    @property
    def in_feed(self) -> bool:
        return self.state in OPEN_TO_LEADERS


class GoalIndicator(Base, InDistrict):
    """A goal's indicator, at most five; the position keeps the author's order."""

    __tablename__ = "goal_indicator"
    goal_id: Mapped[UUID]
    indicator_id: Mapped[UUID]
    position: Mapped[int]
    __table_args__ = (
        refers("goal", "goal_id"),
        refers("indicator", "indicator_id"),
        Index("uq_goal_indicator", "district_id", "goal_id", "indicator_id", unique=True),
        Index("ix_goal_indicator_indicator", "district_id", "indicator_id", "goal_id"),
    )


class GoalStandard(Base, InDistrict):
    """A standard that a goal names: an item of a published framework, at most ten."""

    __tablename__ = "goal_standard"
    goal_id: Mapped[UUID]
    item_id: Mapped[UUID]
    position: Mapped[int]
    __table_args__ = (
        refers("goal", "goal_id"),
        refers("framework_item", "item_id"),
        Index("uq_goal_standard", "district_id", "goal_id", "item_id", unique=True),
        Index("ix_goal_standard_item", "district_id", "item_id", "goal_id"),
    )


class Direction(StrEnum):
    """Which way is better."""

    INCREASE = "increase"
    DECREASE = "decrease"


class GoalMeasure(Base, InDistrict):
    """A number that shows whether the goal is reached, with its latest progress."""

    __tablename__ = "goal_measure"
    goal_id: Mapped[UUID]
    position: Mapped[int]
    name: Mapped[str]
    unit: Mapped[str]
    baseline: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    target: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    direction: Mapped[str]
    due_on: Mapped[date | None]
    latest_value: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))
    latest_on: Mapped[date | None]
    #: left out by a later revision; kept because progress was noted on it
    dropped: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        refers("goal", "goal_id"),
        one_of("direction", Direction),
        Index("ix_goal_measure_goal", "district_id", "goal_id", "position"),
    )


class GoalProgress(Base, InDistrict, Versioned):
    """A dated value of a measure, with a note: pair class for an individual goal."""

    __tablename__ = "goal_progress"
    goal_id: Mapped[UUID]
    measure_id: Mapped[UUID]
    author_id: Mapped[UUID]
    on: Mapped[date]
    value: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    note: Mapped[str | None]
    #: of the goal, so that a row knows its own readers
    level: Mapped[str]
    school_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    teacher_id: Mapped[UUID | None]
    #: the lead of the pair it was written in; none, when the teacher had no active lead
    lead_id: Mapped[UUID | None]
    __table_args__ = (
        refers("goal", "goal_id"),
        refers("goal_measure", "measure_id"),
        refers("person", "author_id"),
        refers("person", "lead_id"),
        Index("ix_goal_progress_goal", "district_id", "goal_id", "id"),
        Index("ix_goal_progress_measure", "district_id", "measure_id", "on", "id"),
    )

    @property
    def class_now(self) -> RecordClass:
        return RecordClass.PAIR if self.teacher_id else RecordClass.SCHOOL


class CommentKind(StrEnum):
    """A remark, or what supports a claim about the goal."""

    COMMENT = "comment"
    EVIDENCE = "evidence"


class GoalComment(Base, InDistrict, Versioned):
    """A signed remark or a piece of evidence; pair class for an individual goal."""

    __tablename__ = "goal_comment"
    goal_id: Mapped[UUID]
    author_id: Mapped[UUID]
    kind: Mapped[str]
    text: Mapped[str]
    level: Mapped[str]
    school_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    teacher_id: Mapped[UUID | None]
    #: as on progress
    lead_id: Mapped[UUID | None]
    __table_args__ = (
        refers("goal", "goal_id"),
        refers("person", "author_id"),
        refers("person", "lead_id"),
        one_of("kind", CommentKind),
        Index("ix_goal_comment_goal", "district_id", "goal_id", "id"),
        Index("ix_goal_comment_author", "district_id", "author_id", "id"),
    )

    @property
    def class_now(self) -> RecordClass:
        return RecordClass.PAIR if self.teacher_id else RecordClass.SCHOOL


class RevisionKind(StrEnum):
    """A change of content, or the goal's close with its outcome."""

    CONTENT = "content"
    CLOSING = "closing"


class RevisionState(StrEnum):
    """A proposed change waits for the other of the two; school and team changes are adopted at
    once."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    WITHDRAWN = "withdrawn"


class GoalRevision(Base, InDistrict, Versioned):
    """A change to a goal in force: proposed by one, in force when both agreed, kept for good."""

    __tablename__ = "goal_revision"
    goal_id: Mapped[UUID]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default=RevisionState.PROPOSED.value)
    author_id: Mapped[UUID]
    reason: Mapped[str | None]
    #: content: the fields that change, as sent; closing: {outcome}
    content: Mapped[dict[str, Any]]
    #: content: what those fields were when the revision came into force
    replaced: Mapped[dict[str, Any] | None]
    number: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    level: Mapped[str]
    school_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    teacher_id: Mapped[UUID | None]
    #: as on progress; the teacher who agrees puts it before their present lead
    lead_id: Mapped[UUID | None]
    __table_args__ = (
        refers("goal", "goal_id"),
        refers("person", "author_id"),
        refers("person", "lead_id"),
        one_of("kind", RevisionKind),
        one_of("state", RevisionState),
        Index("ix_goal_revision_goal", "district_id", "goal_id", "id"),
        Index(
            "uq_goal_revision_open",
            "district_id",
            "goal_id",
            unique=True,
            postgresql_where="state = 'proposed'",
        ),
    )

    @property
    def class_now(self) -> RecordClass:
        if self.teacher_id is None:
            return RecordClass.SCHOOL
        return RecordClass.GOAL if self.state == RevisionState.AGREED else RecordClass.PAIR


class Capacity(StrEnum):
    """In which capacity somebody agreed."""

    TEACHER = "teacher"
    LEAD = "lead"
    SCHOOL_LEADER_STANDING_IN = "school_leader_standing_in"


class GoalAgreement(Base, InDistrict):
    """That one of the two agreed: to the goal as first proposed, or to a later revision."""

    __tablename__ = "goal_agreement"
    goal_id: Mapped[UUID]
    #: null: the goal as first proposed
    revision_id: Mapped[UUID | None]
    person_id: Mapped[UUID]
    capacity: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=clock.now)
    __table_args__ = (
        refers("goal", "goal_id"),
        refers("goal_revision", "revision_id"),
        refers("person", "person_id"),
        one_of("capacity", Capacity),
        Index("ix_goal_agreement_goal", "district_id", "goal_id"),
    )
