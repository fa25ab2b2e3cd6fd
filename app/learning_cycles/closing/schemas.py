"""The conclusion of a cycle as it is sent."""

from typing import Annotated

from pydantic import Field

from app.core.types import In, LongText
from app.learning_cycles.cycles.schemas import DecisionName, OutcomeName


class CycleConclusion(In):
    """How far the goal was met, what shows it, and what comes next."""

    goal_outcome: OutcomeName
    outcome_evidence: Annotated[
        LongText,
        Field(
            description="What shows it. When the goal is closed with the cycle, this becomes its"
            " evidence. Name no student."
        ),
    ]
    decision: Annotated[
        DecisionName,
        Field(
            description="`continue` with the goal, `adjust` what is done for it, choose a"
            " `new_goal`, or `none`: no cycle follows"
        ),
    ]
    decision_reason: Annotated[LongText | None, Field(description="Name no student.")] = None
    closes_goal: Annotated[
        bool, Field(description="Close the goal with this outcome when the cycle closes")
    ] = False
