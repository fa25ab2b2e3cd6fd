"""The district and its policy as they are sent and answered. The defaults are domain.md's."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from app.core.types import Id, In, Instant, Line, Out, Permissions, Text, Version, Zone


def _every_year(value: str) -> str:
    try:
        date.fromisoformat(f"2001-{value}")
    except ValueError as exc:
        raise ValueError("must be a day that every year has") from exc
    return value


MonthDay = Annotated[
    str,
    StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", max_length=5),
    AfterValidator(_every_year),
]


def _whole(default: int, low: int, high: int, words: str) -> int:
    """A whole number of the policy: its default, its range, and what it counts."""
    number: int = Field(
        default, ge=low, le=high, description=words, json_schema_extra={"format": "int32"}
    )
    return number


class Window(In):
    """A part of the year in which something is due. One that opens after it closes spans New
    Year."""

    name: Literal[
        "fall_goal_setting",
        "observation_1",
        "observation_2",
        "observation_3",
        "slo_approval",
        "mid_year",
        "end_of_year",
    ]
    opens: Annotated[MonthDay, Field(description="First day, MM-DD")]
    closes: Annotated[MonthDay, Field(description="Last day, MM-DD")]
    enforce: Annotated[
        bool, Field(description="Refuse what comes outside the window, rather than warn")
    ] = False


def _windows() -> list[Window]:
    return [
        Window(name="fall_goal_setting", opens="08-15", closes="10-30"),
        Window(name="observation_1", opens="09-01", closes="11-15"),
        Window(name="observation_2", opens="11-16", closes="02-15"),
        Window(name="observation_3", opens="02-16", closes="05-01"),
        Window(name="slo_approval", opens="08-15", closes="10-30"),
        Window(name="mid_year", opens="01-05", closes="02-15"),
        Window(name="end_of_year", opens="04-15", closes="06-15"),
    ]


Level = Annotated[Line, Field(description="A level's name")]
Levels = Annotated[list[Level], Field(min_length=5, max_length=5)]
Points = Annotated[int, Field(ge=0, le=100, json_schema_extra={"format": "int32"})]
PointsOfLevel = Annotated[list[Points], Field(min_length=5, max_length=5)]
Matrix = Annotated[list[PointsOfLevel], Field(min_length=5, max_length=5)]


def _slo_levels() -> list[str]:
    return [
        "Significantly Underprepared",
        "Underprepared",
        "Somewhat Prepared",
        "Prepared",
        "Ahead",
    ]


def _slo_matrix() -> list[list[int]]:
    """0: no growth, or loss; 1: less than expected; 2: as expected, about a level up, or prepared
    and kept so; 3: more, or ahead and kept so."""
    return [
        [0, 1, 2, 3, 3],
        [0, 1, 2, 3, 3],
        [0, 0, 1, 2, 3],
        [0, 0, 1, 2, 3],
        [0, 0, 0, 1, 3],
    ]


class RosterRole(In):
    """What a role of the roster beyond the standard's own makes of a person."""

    role: Annotated[
        str,
        StringConstraints(pattern=r"^ext:[A-Za-z0-9_.:-]{1,60}$", max_length=64),
        Field(description="The roster's word, letter case aside"),
    ]
    becomes: Annotated[
        Literal["teacher", "may_lead"],
        Field(description="teacher: teaches there; may_lead: is listed as one who may lead"),
    ]


class PolicyValues(In):
    """Every number and window a district may set, with the default it starts from."""

    # Time.
    planned_year_opens: Annotated[
        MonthDay, Field(description="From this day, MM-DD, next year can be planned")
    ] = "03-01"
    relationship_end_days: int = _whole(
        30, 0, 120, "Days after a school year's last day until its coaching relationships end"
    )
    former_lead_days: int = _whole(
        90, 0, 180, "Days for which a former lead reads the pair records they wrote"
    )
    windows: Annotated[
        list[Window],
        Field(max_length=7, description="Windows of the year; a list that is sent replaces all"),
    ] = Field(default_factory=_windows)

    # Beginning of the year and 1:1 meetings.
    conversation_school_goals: int = _whole(
        1, 0, 5, "School goals linked before a beginning-of-year conversation closes"
    )
    conversation_team_goals: int = _whole(
        1, 0, 5, "Team goals linked before a beginning-of-year conversation closes"
    )
    meeting_next_steps: int = _whole(
        1, 0, 5, "Next steps a completed meeting has, unless it says there are none"
    )
    visits_per_week_warning: int = _whole(
        3, 1, 20, "Visits a week to one teacher; the next one warns"
    )
    reminder_days: int = _whole(
        1, 0, 7, "Days before a next step is due on which its owner is reminded; 0: on the day"
    )
    low_feedback: int = _whole(2, 1, 4, "Marks of 5 up to which a meeting's feedback is low")
    low_feedback_in_a_row: int = _whole(2, 1, 5, "Low feedbacks in a row that prompt a review")

    # Goals.
    growth_goal_indicators: int = _whole(1, 1, 5, "Indicators a growth goal names at least")
    slo_standards: int = _whole(1, 1, 10, "Standards an SLO names at least")
    slo_baseline_sources: int = _whole(2, 1, 5, "Sources of baseline data an SLO names at least")
    slo_minimum: int = _whole(2, 0, 5, "SLOs of a full-time teacher; fewer show as coverage")
    on_track_tolerance_percent: int = _whole(
        10, 0, 50, "Percent of the way by which a measure may be behind and is on track"
    )

    system_stuck_days: int = _whole(
        14, 1, 120, "Days to answer for a system that must be used; later counts as stuck"
    )

    # Learning cycles.
    cycle_data_points: int = _whole(2, 2, 10, "Data points before a cycle leaves intention")
    ranking_reveal_days: int = _whole(
        7, 0, 60, "Days after which one ranking is shown although the other is missing"
    )
    cycle_activities: int = _whole(1, 1, 5, "Learning activities before a cycle leaves learning")
    cycle_adjustments_most: int = _whole(2, 1, 5, "Adjustments a cycle works on at most")
    cycle_applications: int = _whole(
        1, 1, 5, "Observations, videos or trackers before a cycle leaves application"
    )
    team_ranking_percent: int = _whole(
        50, 1, 100, "Percent of the members who rank in a team's cycle"
    )

    # Observation and feedback.
    first_formal_observation_days: int = _whole(
        14, 0, 60, "Days at the start of the school year without a formal observation"
    )
    evidence_per_score: int = _whole(
        1, 1, 5, "Evidence items per scored indicator before an observation is shared"
    )
    action_step_max_length: int = _whole(200, 50, 1000, "Characters of an action step at most")
    action_step_days: int = _whole(14, 1, 60, "Days ahead an action step is due at most")
    action_steps_open: int = _whole(2, 1, 10, "Open action steps of one teacher at most")

    # Figures.
    suppression_minimum: int = _whole(
        5, 5, 50, "People a figure made from content counts at least; under it nothing is shown"
    )

    # The result of an SLO.
    slo_levels: Annotated[
        Levels, Field(description="Names of an SLO's levels, the lowest first")
    ] = Field(default_factory=_slo_levels)
    slo_matrix: Annotated[
        Matrix,
        Field(
            description="Points of a student by baseline level (rows) and end level (columns), both"
            " in the order of `slo_levels`; an SLO's result is their average"
        ),
    ] = Field(default_factory=_slo_matrix)
    slo_met_percent: int = _whole(
        66, 1, 100, "Percent of the way from the matrix's fewest to its most points: an SLO is met"
    )
    slo_partly_met_percent: int = _whole(33, 1, 100, "The same: an SLO is partly met")

    # Rosters.
    roster_roles: Annotated[
        list[RosterRole],
        Field(max_length=50, description="Roles `ext:…` that a roster's people are taken by"),
    ] = Field(default_factory=list)


class PolicyChange(In):
    """Values to set; a value equal to its default counts as not set. Absent values stay."""

    values: PolicyValues
    reason: Annotated[Text, Field(description="Why; every person of the district reads it")]


class PolicyOut(Out):
    """The policy in force: the defaults, with what the district set."""

    id: Id
    version: Version
    values: PolicyValues
    changed: Annotated[
        list[Annotated[str, StringConstraints(max_length=64)]],
        Field(max_length=100, description="Names of the values that differ from their default"),
    ]
    reason: Annotated[Text | None, Field(description="Why it was last changed")]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class DistrictOut(Out):
    """The school district of the caller."""

    id: Id
    name: Line
    zone: Zone
    demo: Annotated[bool, Field(description="Its people are invented")]
    created_at: Instant
