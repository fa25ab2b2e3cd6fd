"""Feedback on school and team goals: who is asked until when, what each says, what came of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    Index,
    bindparam,
    case,
    literal,
    or_,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers

#: the instant at which a statement runs; one object, because statements are kept and run again
_NOW: ColumnElement[Any] = bindparam("time_now", callable_=clock.now, type_=DateTime(timezone=True))


class RoundState(StrEnum):
    """Open until its day is over or somebody closes it; then summarised."""

    OPEN = "open"
    CLOSED = "closed"
    SUMMARISED = "summarised"


class Invites(StrEnum):
    """Who is asked: everybody at the school or in the team, the teams named, the people named."""

    EVERYBODY = "everybody"
    TEAMS = "teams"
    PEOPLE = "people"


class GoalFeedbackRound(Base, InDistrict, Versioned):
    """One time that the writers of a school or team goal ask what others think of it."""

    __tablename__ = "goal_feedback_round"
    RECORD_CLASS = RecordClass.SCHOOL
    goal_id: Mapped[UUID]
    #: the wording that was asked about
    goal_revision: Mapped[int]
    author_id: Mapped[UUID]
    question: Mapped[str]
    invites: Mapped[str]
    until: Mapped[date]
    #: the midnight behind `until` where the school is
    closes_at: Mapped[datetime]
    #: closed before its day was over
    closed_at: Mapped[datetime | None]
    summary: Mapped[str | None]
    summarised_at: Mapped[datetime | None]
    summarised_by_id: Mapped[UUID | None]
    #: the change of the goal that was made of it
    adopted_revision_id: Mapped[UUID | None]
    #: of the goal, so that a row knows its own readers
    level: Mapped[str]
    school_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    __table_args__ = (
        refers("goal", "goal_id"),
        refers("person", "author_id"),
        refers("person", "summarised_by_id"),
        refers("goal_revision", "adopted_revision_id"),
        one_of("invites", Invites),
        CheckConstraint(
            "(summarised_at is null) = (summary is null)"
            " and (summarised_at is null) = (summarised_by_id is null)",
            name="summarised",
        ),
        Index("uq_goal_feedback_round_adopted", "district_id", "adopted_revision_id", unique=True),
        Index("ix_goal_feedback_round_goal", "district_id", "goal_id", "id"),
        Index("ix_goal_feedback_round_school", "district_id", "school_id", "id"),
        Index("ix_goal_feedback_round_team", "district_id", "team_id", "id"),
    )

    @hybrid_property
    def state(self) -> str:
        """By date as well as by what was done, so it is computed whenever it is asked."""
        if self.summarised_at is not None:
            return RoundState.SUMMARISED.value
        over = self.closed_at is not None or self.closes_at <= clock.now()
        return RoundState.CLOSED.value if over else RoundState.OPEN.value

    @state.inplace.expression
    @classmethod
    def _state(cls) -> ColumnElement[str]:
        return case(
            (cls.summarised_at.is_not(None), literal(RoundState.SUMMARISED.value)),
            (
                or_(cls.closed_at.is_not(None), cls.closes_at <= _NOW),
                literal(RoundState.CLOSED.value),
            ),
            else_=literal(RoundState.OPEN.value),
        )


class GoalFeedbackInvitee(Base, InDistrict):
    """A team or a person that a round asks, where it does not ask everybody."""

    __tablename__ = "goal_feedback_invitee"
    round_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    person_id: Mapped[UUID | None]
    __table_args__ = (
        refers("goal_feedback_round", "round_id"),
        refers("team", "team_id"),
        refers("person", "person_id"),
        CheckConstraint("(team_id is null) <> (person_id is null)", name="one"),
        Index(
            "uq_goal_feedback_invitee",
            "district_id",
            "round_id",
            "team_id",
            "person_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )


class Stance(StrEnum):
    """What somebody thinks of the goal as it stands."""

    SUPPORTS = "supports"
    SUPPORTS_WITH_CHANGES = "supports_with_changes"
    CONCERNS = "concerns"


class GoalFeedback(Base, InDistrict, Versioned):
    """What one person says in a round, signed, and what the goal's writers answer."""

    __tablename__ = "goal_feedback"
    RECORD_CLASS = RecordClass.SCHOOL
    round_id: Mapped[UUID]
    goal_id: Mapped[UUID]
    author_id: Mapped[UUID]
    stance: Mapped[str]
    text: Mapped[str]
    #: when the author last changed the words
    edited_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answered_by_id: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]
    level: Mapped[str]
    school_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    __table_args__ = (
        refers("goal_feedback_round", "round_id"),
        refers("goal", "goal_id"),
        refers("person", "author_id"),
        refers("person", "answered_by_id"),
        one_of("stance", Stance),
        CheckConstraint(
            "(answer is null) = (answered_at is null)"
            " and (answer is null) = (answered_by_id is null)",
            name="answered",
        ),
        Index("uq_goal_feedback_author", "district_id", "round_id", "author_id", unique=True),
        Index("ix_goal_feedback_round", "district_id", "round_id", "id"),
    )

    @property
    def audit_owner_id(self) -> UUID | None:
        return self.author_id


class CommonIndicatorChoice(Base, InDistrict, Versioned):
    """That a team chose a common indicator, or none any more: by whom, when, instead of which."""

    __tablename__ = "common_indicator_choice"
    RECORD_CLASS = RecordClass.SCHOOL
    school_id: Mapped[UUID]
    team_id: Mapped[UUID]
    author_id: Mapped[UUID]
    indicator_id: Mapped[UUID | None]
    before_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    __table_args__ = (
        refers("school", "school_id"),
        refers("team", "team_id"),
        refers("indicator", "indicator_id"),
        refers("indicator", "before_id"),
        CheckConstraint("indicator_id is distinct from before_id", name="differs"),
        Index("ix_common_indicator_choice_team", "district_id", "team_id", "id"),
    )


class OptOutState(StrEnum):
    """In force until the member withdraws it, or the team chooses another indicator."""

    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class CommonIndicatorOptOut(Base, InDistrict, Versioned):
    """A member's reason not to carry the team's common indicator: theirs and their lead's."""

    __tablename__ = "common_indicator_opt_out"
    RECORD_CLASS = RecordClass.PAIR
    school_id: Mapped[UUID]
    team_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    #: the lead it was written with; none, when the teacher had no active lead
    lead_id: Mapped[UUID | None]
    indicator_id: Mapped[UUID]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default=OptOutState.IN_FORCE.value)
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        refers("school", "school_id"),
        refers("team", "team_id"),
        refers("person", "teacher_id"),
        refers("person", "lead_id"),
        refers("indicator", "indicator_id"),
        one_of("state", OptOutState),
        CheckConstraint("(state = 'in_force') = (ended_at is null)", name="ended"),
        Index(
            "uq_common_indicator_opt_out",
            "district_id",
            "team_id",
            "teacher_id",
            unique=True,
            postgresql_where=text("state = 'in_force'"),
        ),
        Index("ix_common_indicator_opt_out_teacher", "district_id", "teacher_id", "id"),
        Index("ix_common_indicator_opt_out_lead", "district_id", "lead_id", "id"),
    )
