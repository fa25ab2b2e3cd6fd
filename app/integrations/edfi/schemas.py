"""Goals in Ed-Fi's form. Names and types are those of the Data Standard 6.0 and of Change Queries;
fields that say nothing here are left out, as an Ed-Fi API leaves out what is not known."""

from datetime import UTC
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

from app.core.types import Date, Instant
from app.models.goals import Outcome

#: what names the ids of persons: the program's own, which never change
SOURCE_SYSTEM: Literal["uri://alongside/SourceSystemDescriptor#Alongside"] = (
    "uri://alongside/SourceSystemDescriptor#Alongside"
)
GOAL_TYPES = {
    "growth": "uri://alongside/GoalTypeDescriptor#Growth",
    "student_learning": "uri://alongside/GoalTypeDescriptor#Student Learning",
}
_HEX = r"^[0-9a-f]{32}$"


def _resource_id(value: object) -> UUID:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    if len(value) not in (32, 36):
        raise ValueError("must be an id of 32 hexadecimal digits")
    return UUID(value)


#: the id of a resource in an address: 32 hexadecimal digits; with dashes, too
ResourceId = Annotated[
    UUID,
    BeforeValidator(_resource_id),
    WithJsonSchema(
        {
            "type": "string",
            "maxLength": 36,
            "pattern": r"^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
        }
    ),
]
EdFiId = Annotated[
    str,
    Field(
        max_length=32,
        pattern=_HEX,
        description="The goal's id everywhere else, without its dashes",
    ),
]
PersonId = Annotated[
    str,
    Field(
        max_length=32,
        pattern=_HEX,
        description="`teacher_id` of GET /goals without its dashes; it never changes",
    ),
]
SourceSystem = Literal["uri://alongside/SourceSystemDescriptor#Alongside"]
GoalTitle = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        description=(
            "The title; with a number in brackets behind it while another goal of the person has"
            " the same title and day"
        ),
    ),
]
AssignmentDate = Annotated[
    Date, Field(description="The day (UTC) the goal was first drafted; it never changes")
]
ChangeVersion = Annotated[
    int,
    Field(
        ge=0,
        le=9_007_199_254_740_991,
        json_schema_extra={"format": "int64"},
        description="Grows with time; compare, do not calculate",
    ),
]


class _Shape(BaseModel):
    """An answer in Ed-Fi's spelling."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class PersonReference(_Shape):
    """The teacher whose goal it is."""

    person_id: PersonId
    source_system_descriptor: SourceSystem


class EdFiGoal(_Shape):
    """An individual goal that was agreed: `edFi_goal` of the Data Standard 6.0."""

    id: EdFiId
    assignment_date: AssignmentDate
    goal_title: GoalTitle
    person_reference: PersonReference
    goal_type_descriptor: Annotated[str, Field(max_length=306)]
    due_date: Date | SkipJsonSchema[None] = None
    completed_date: Annotated[
        Date | SkipJsonSchema[None], Field(description="The day (UTC) it was closed as met")
    ] = None
    completed_indicator: Annotated[
        bool, Field(description="Whether it was closed as met; any other outcome is no completion")
    ]
    etag: Annotated[str, Field(alias="_etag", max_length=20, pattern=r"^[0-9]+$")]
    last_modified_date: Annotated[Instant, Field(alias="_lastModifiedDate")]

    @classmethod
    def of(cls, row: Any) -> "EdFiGoal":
        """A row of the service."""
        met = row.outcome == Outcome.MET.value
        return cls(
            id=row.id.hex,
            assignment_date=row.assigned_on,
            goal_title=row.key_title,
            person_reference=PersonReference(
                person_id=row.teacher_id.hex, source_system_descriptor=SOURCE_SYSTEM
            ),
            goal_type_descriptor=GOAL_TYPES[row.kind],
            due_date=row.due_on,
            completed_date=row.closed_at.astimezone(UTC).date() if met else None,
            completed_indicator=met,
            etag=str(row.version),
            last_modified_date=row.updated_at,
        )


class EdFiGoals(RootModel[Annotated[list[EdFiGoal], Field(max_length=500)]]):
    """A page of goals."""


class GoalKey(_Shape):
    """A goal's natural key."""

    assignment_date: AssignmentDate
    goal_title: GoalTitle
    person_id: PersonId
    source_system_descriptor: SourceSystem

    @classmethod
    def of(cls, row: Any, title: str) -> "GoalKey":
        """The key of a row's goal under a title."""
        return cls(
            assignment_date=row.assigned_on,
            goal_title=title,
            person_id=row.teacher_id.hex,
            source_system_descriptor=SOURCE_SYSTEM,
        )


class GoalDelete(_Shape):
    """A goal that integrations see no longer."""

    id: EdFiId
    change_version: ChangeVersion
    key_values: GoalKey

    @classmethod
    def of(cls, row: Any) -> "GoalDelete":
        """A row of the service."""
        return cls(
            id=row.goal_id.hex,
            change_version=row.change_version,
            key_values=GoalKey.of(row, row.title),
        )


class GoalDeletes(RootModel[Annotated[list[GoalDelete], Field(max_length=500)]]):
    """Goals that left sight in the window, the first first."""


class GoalKeyChange(_Shape):
    """A goal whose natural key became another."""

    id: EdFiId
    change_version: ChangeVersion
    old_key_values: GoalKey
    new_key_values: GoalKey

    @classmethod
    def of(cls, row: Any) -> "GoalKeyChange":
        """A row of the service."""
        return cls(
            id=row.goal_id.hex,
            change_version=row.change_version,
            old_key_values=GoalKey.of(row, row.title),
            new_key_values=GoalKey.of(row, row.new_title),
        )


class GoalKeyChanges(RootModel[Annotated[list[GoalKeyChange], Field(max_length=500)]]):
    """Changed keys of the window, each goal once."""


class AvailableChangeVersions(_Shape):
    """The change versions that can be asked for now."""

    oldest_change_version: ChangeVersion
    newest_change_version: ChangeVersion


class Partitions(_Shape):
    """Page tokens, each the first of a part; the parts together are everything."""

    page_tokens: Annotated[
        list[Annotated[str, Field(max_length=1000)]], Field(min_length=1, max_length=200)
    ]
