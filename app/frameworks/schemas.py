"""Frameworks and indicators as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import (
    Code,
    Id,
    In,
    Instant,
    Line,
    LongText,
    Number,
    Out,
    Permissions,
    Text,
    Version,
)

State = Literal["draft", "published", "retired"]
Key = Annotated[
    str, Field(max_length=300, description="publisher:code:edition:indicator; never changes")
]
Next = Annotated[str, Field(max_length=1000)] | None
#: the beginning of a code, as a filter
CodePrefix = Annotated[
    str,
    Field(
        max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="How the code begins, in any case"
    ),
]
#: shorter than a line, so that an indicator's key has a bound
Publisher = Annotated[Line, Field(max_length=100, description="Publishers share codes, so name it")]
Edition = Annotated[Code, Field(description="The publisher's version, such as `2025`")]


class ScaleLevel(In):
    """A named stretch of a scale, both ends included."""

    from_: Annotated[Number, Field(alias="from")]
    to: Number
    name: Line


class Scale(In):
    """The points an indicator may be scored with: from low to high in steps, each in one level."""

    low: Number
    high: Number
    step: Number
    levels: Annotated[list[ScaleLevel], Field(min_length=1, max_length=20)]


class IndicatorNew(In):
    """An indicator to add."""

    code: Annotated[Code, Field(description="Unique in the framework, whatever the case")]
    title: Annotated[Line, Field(description="A short title; the rubric stays with its publisher")]
    observed: Annotated[bool, Field(description="Seen in a classroom, rather than shown elsewhere")]
    optional: bool = False
    gateway: Annotated[bool, Field(description="Where early-career teachers begin")] = False


class ExpectationNew(In):
    """A group of indicators to add, with the scale they are scored on; null is never scored."""

    title: Line
    scale: Scale | None = None
    indicators: Annotated[list[IndicatorNew], Field(min_length=1, max_length=30)]


class DomainNew(In):
    """A domain to add."""

    title: Line
    expectations: Annotated[list[ExpectationNew], Field(min_length=1, max_length=20)]


class FrameworkNew(In):
    """A whole framework to install as a draft."""

    publisher: Publisher
    code: Code
    edition: Edition
    title: Line
    source: Annotated[Text | None, Field(description="Where its content comes from")] = None
    licence: Annotated[Text | None, Field(description="Under which terms you may use it")] = None
    domains: Annotated[list[DomainNew], Field(min_length=1, max_length=10)]


class FrameworkSummary(Out):
    """A framework in a list, without its content."""

    id: Id
    version: Version
    publisher: Publisher
    code: Code
    edition: Edition
    title: Line
    source: Text | None
    licence: Text | None
    state: State
    import_id: Annotated[Id | None, Field(description="The import that it came with")]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class FrameworkPage(Out):
    """Frameworks by publisher, code and edition."""

    items: Annotated[list[FrameworkSummary], Field(max_length=200)]
    next: Next


class IndicatorInside(Out):
    """An indicator inside its framework."""

    id: Id
    key: Key
    code: Code
    title: Line
    observed: bool
    optional: bool
    gateway: bool


class ExpectationOut(Out):
    """A group of indicators and the scale they are scored on."""

    id: Id
    title: Line
    scale: Scale | None
    indicators: Annotated[list[IndicatorInside], Field(max_length=200)]


class DomainOut(Out):
    """A domain of a framework."""

    title: Line
    expectations: Annotated[list[ExpectationOut], Field(max_length=200)]


class FrameworkOut(FrameworkSummary):
    """A framework with what goals are written with; its items are a list of their own. Once
    published its content never changes."""

    domains: Annotated[
        list[DomainOut], Field(max_length=100, description="None in a framework of standards")
    ]


class IndicatorOut(IndicatorInside):
    """An indicator with where it stands and how it is scored."""

    framework_id: Id
    framework_state: State
    expectation_id: Id
    domain: Line
    expectation: Line
    scale: Scale | None


class LevelOut(Out):
    """What a level of an indicator looks like."""

    name: Line
    score: Annotated[Number | None, Field(description="Where it lies on the scale")]
    text: LongText | None


class IndicatorWhole(IndicatorOut):
    """An indicator with its publisher's words for each level, where they were imported."""

    levels: Annotated[list[LevelOut], Field(max_length=50, description="The lowest first")]


class IndicatorPage(Out):
    """Indicators in their framework's order."""

    items: Annotated[list[IndicatorOut], Field(max_length=200)]
    next: Next
