"""The columns by which a record of a cycle knows who reads it."""

from typing import Any
from uuid import UUID

from app.models import LearningCycle
from app.models.learning_cycles import CycleLevel


def common(cycle: LearningCycle, author_id: UUID) -> dict[str, Any]:
    """Of what is the pair's, or common in the team's cycle."""
    return {
        "district_id": cycle.district_id,
        "cycle_id": cycle.id,
        "level": cycle.level,
        "school_id": cycle.school_id,
        "team_id": cycle.team_id,
        "teacher_id": cycle.teacher_id,
        "lead_id": cycle.lead_id if cycle.level == CycleLevel.INDIVIDUAL.value else None,
        "author_id": author_id,
    }


def of_member(cycle: LearningCycle, member_id: UUID, lead_id: UUID | None) -> dict[str, Any]:
    """Of what is a member's own in a team's cycle: theirs and their own lead's."""
    return {
        "district_id": cycle.district_id,
        "cycle_id": cycle.id,
        "level": CycleLevel.INDIVIDUAL.value,
        "school_id": cycle.school_id,
        "team_id": None,
        "teacher_id": member_id,
        "lead_id": lead_id,
        "author_id": member_id,
    }
