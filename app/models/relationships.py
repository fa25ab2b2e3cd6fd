"""The coaching relationship: the only thing that opens a teacher's records to a lead."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, InDistrict, RecordClass, Versioned, one_of, refers


class RelationshipState(StrEnum):
    """domain.md §3."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


#: the states of a relationship that is not over
OPEN = tuple(
    state.value
    for state in (RelationshipState.PROPOSED, RelationshipState.ACTIVE, RelationshipState.PAUSED)
)


class EvaluatorScope(StrEnum):
    """How far a lead takes part in the teacher's evaluation."""

    NONE = "none"
    CONTRIBUTES = "contributes"
    OWNS = "owns"


class Capacity(StrEnum):
    """What a lead is to a teacher (R4). Evaluator follows the evaluator scope."""

    COACH = "coach"
    CONSULTANT = "consultant"
    FACILITATOR = "facilitator"
    EVALUATOR = "evaluator"


def with_evaluator(capacities: list[str], scope: str) -> list[str]:
    """The capacities with evaluator exactly when the scope says so, in their order."""
    held = {*capacities} - {Capacity.EVALUATOR.value}
    if scope != EvaluatorScope.NONE.value:
        held.add(Capacity.EVALUATOR.value)
    return [capacity.value for capacity in Capacity if capacity.value in held]


def _as_coach(context: Any) -> list[str]:
    """What a lead is where nobody says more."""
    scope = context.get_current_parameters()["evaluator_scope"]
    return with_evaluator([Capacity.COACH.value], scope)


class CoachingRelationship(Base, InDistrict, Versioned):
    """A lead coaches a teacher in one school year. Nobody leads themselves (gate 17)."""

    __tablename__ = "coaching_relationship"
    RECORD_CLASS = RecordClass.ADMINISTRATION
    school_id: Mapped[UUID]
    school_year_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    teacher_id: Mapped[UUID]
    evaluator_scope: Mapped[str]
    #: with evaluator exactly when the scope says so
    capacities: Mapped[list[Any]] = mapped_column(default=_as_coach)
    primary: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(default=RelationshipState.PROPOSED.value)
    end_reason: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        refers("school", "school_id"),
        refers("school_year", "school_year_id"),
        refers("person", "lead_id"),
        refers("person", "teacher_id"),
        one_of("state", RelationshipState),
        one_of("evaluator_scope", EvaluatorScope),
        CheckConstraint("lead_id <> teacher_id", name="two_people"),
        Index(
            "uq_coaching_relationship_pair",
            "district_id",
            "lead_id",
            "teacher_id",
            "school_year_id",
            unique=True,
            postgresql_where=text("state in ('proposed', 'active', 'paused')"),
        ),
        Index(
            "uq_coaching_relationship_primary",
            "district_id",
            "teacher_id",
            "school_year_id",
            unique=True,
            postgresql_where=text("\"primary\" and state in ('proposed', 'active', 'paused')"),
        ),
        # One lead at a time: the one of a planned year waits until this one is over.
        Index(
            "uq_coaching_relationship_lead",
            "district_id",
            "teacher_id",
            unique=True,
            postgresql_where=text("\"primary\" and state in ('active', 'paused')"),
        ),
        Index("ix_coaching_relationship_teacher", "district_id", "teacher_id", "state"),
        Index("ix_coaching_relationship_lead", "district_id", "lead_id", "state"),
        Index("ix_coaching_relationship_school", "district_id", "school_id", "id"),
    )
