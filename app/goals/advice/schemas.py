"""Advice as it is answered."""

from typing import Annotated

from pydantic import Field

from app.core.types import Advice, Out
from app.goals.schemas import Kind, Level

Words = Annotated[str, Field(max_length=500)]
RuleCode = Annotated[str, Field(max_length=64)]
GoalField = Annotated[str, Field(max_length=64, description="The field of the goal it is about")]
Source = Annotated[
    str, Field(max_length=500, description="The public guidance or rule it comes from")
]


class GoalAdvice(Advice):
    """What could be better about a goal; it blocks nothing."""

    next_step: Words
    source: Source
    field: GoalField


class GoalAdviceList(Out):
    """All that could be better, in the order in which one would write a goal."""

    advice: Annotated[list[GoalAdvice], Field(max_length=50)]


class AdviceRule(Out):
    """One rule of advice."""

    code: RuleCode
    title: Words
    next_step: Words
    source: Source
    field: GoalField
    levels: Annotated[list[Level], Field(max_length=3)]
    kinds: Annotated[list[Kind], Field(max_length=2)]
    english: Annotated[
        bool, Field(description="It reads words, and is silent on texts in other languages")
    ]


class AdviceRules(Out):
    """Every rule there is."""

    rules: Annotated[list[AdviceRule], Field(max_length=50)]
