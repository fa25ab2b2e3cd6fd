"""Monitoring as it is answered: series are points, ready to be drawn."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Count, Date, Id, Line, Number, Out
from app.goals.schemas import DirectionName, Tally

StatusName = Literal[
    "off_track", "at_risk", "no_data", "no_baseline", "not_dated", "on_track", "reached"
]


class RuleOut(Out):
    """By which rule a status was given."""

    code: Literal["straight_line"]
    words: Annotated[str, Field(max_length=1000, description="The rule, for the person who reads")]
    tolerance_percent: Annotated[
        Count, Field(description="Of the whole way; the policy's `on_track_tolerance_percent`")
    ]


class PointOut(Out):
    """A point to draw."""

    on: Date
    value: Number


Ends = Annotated[list[PointOut], Field(max_length=2)]


class MeasureLines(Out):
    """A measure, and the two lines its values are drawn against."""

    measure_id: Id
    name: Line
    unit: Line
    direction: DirectionName
    baseline: Number | None
    target: Number
    starts_on: Annotated[Date, Field(description="The goal's, or else the school year's first day")]
    due_on: Annotated[Date | None, Field(description="The measure's, or else the goal's")]
    expected_line: Annotated[
        Ends, Field(description="From baseline to target; empty without a baseline or a last day")
    ]
    target_line: Annotated[Ends, Field(description="Empty without a last day")]


class MeasureStanding(MeasureLines):
    """Where a measure stands."""

    latest_value: Number | None
    latest_on: Date | None
    percent: Annotated[
        Number | None,
        Field(description="Of the way from baseline to target; negative when it moved away"),
    ]
    expected_value: Annotated[
        Number | None, Field(description="What the rule expects on the day `as_of`")
    ]
    status: StatusName


class GoalMonitoring(Out):
    """Where a goal stands, measure by measure."""

    goal_id: Id
    as_of: Annotated[Date, Field(description="Today, or the day the goal was closed")]
    status: StatusName
    measures: Annotated[list[MeasureStanding], Field(max_length=5)]
    rule: RuleOut


class MeasureSeries(MeasureLines):
    """A measure's dated values."""

    points: Annotated[
        list[PointOut], Field(max_length=500, description="Oldest first; the newest 500 at most")
    ]
    truncated: Annotated[bool, Field(description="There are older ones, which are left out")]


class GoalProgressSeries(Out):
    """The dated values that you may read, measure by measure."""

    goal_id: Id
    measures: Annotated[list[MeasureSeries], Field(max_length=5)]


class MonitoringSummary(Out):
    """How many goals in force stand where, of those you may see."""

    as_of: Date
    goals: Count | None
    by_status: Annotated[list[Tally], Field(max_length=7)]
    rule: RuleOut
    suppressed_under: Annotated[
        Count, Field(description="Figures about fewer people than this are left out")
    ]
