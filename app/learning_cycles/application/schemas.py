"""The application plan and progress as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from app.core.types import Id, In, LongText, Out, Permissions, Version


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise ValueError("each is named once")
    return names


Application = Annotated[
    Literal["designing_instruction", "trying_with_students"] | None,
    Field(
        description="Designing instruction on what was learned, or trying a new idea or skill with"
        " students"
    ),
]
ApplicationWords = Annotated[LongText | None, Field(description="How, in words. Name no student.")]
ImpactBy = Annotated[
    list[Literal["observation", "video", "tracker"]],
    Field(
        max_length=3,
        description="What will show growth and impact, each named once",
        json_schema_extra={"uniqueItems": True},
    ),
    AfterValidator(_each_once),
]
ImpactWords = Annotated[
    LongText | None, Field(description="What will be looked at, in words. Name no student.")
]


class ApplicationPlanChange(In):
    """What to change; absent fields stay, null clears, `impact_by` is replaced whole."""

    application: Application = None
    application_words: ApplicationWords = None
    impact_by: ImpactBy = []
    impact_words: ImpactWords = None


class ApplicationPlanOut(Out):
    """How the learning of a cycle will be applied, and how growth and impact will be seen. A part
    of the cycle, with its id and version."""

    id: Annotated[Id, Field(description="Of the cycle")]
    version: Annotated[Version, Field(description="Of the cycle")]
    application: Application
    application_words: LongText | None
    impact_by: ImpactBy
    impact_words: LongText | None
    permissions: Annotated[Permissions, Field(description="What you may do with the cycle now")]


class MemberProgress(Out):
    """What there is of one person in a cycle, without any of its words."""

    person_id: Id
    adjustment: Annotated[bool, Field(description="Works on an adjustment")]
    use: Annotated[bool, Field(description="Evidence of an adjustment in use is noted")]
    reflection: Annotated[bool, Field(description="Shared a reflection")]


class CycleProgress(Out):
    """The teacher of a pair's cycle, or the members of a team's."""

    items: Annotated[list[MemberProgress], Field(max_length=200)]
