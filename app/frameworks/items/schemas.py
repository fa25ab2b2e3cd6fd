"""Items of frameworks, and CASE packages, as they are answered."""

from typing import Annotated, Any

from pydantic import Field

from app.core.types import Count, Id, Line, LongText, Out
from app.frameworks.schemas import Next, State

_Part = Annotated[dict[str, Any], Field(json_schema_extra={"maxProperties": 100})]


class FrameworkItemOut(Out):
    """A statement of a framework: a standard, a heading, an indicator. A goal may name it as its
    standard once the framework is published; it resolves by id for good."""

    id: Id
    framework_id: Id
    framework_state: State
    identifier: Annotated[str, Field(max_length=36, description="CASE's; the same everywhere")]
    parent_id: Annotated[Id | None, Field(description="The item it stands below")]
    indicator_id: Annotated[
        Id | None, Field(description="Where goals may be written with it: its indicator")
    ]
    code: Line | None
    title: Line
    statement: LongText
    item_type: Line | None
    depth: Count
    position: Annotated[Count, Field(description="The order of reading")]


class FrameworkItemPage(Out):
    """Items in the order of reading: a parent, then what stands below it."""

    items: Annotated[list[FrameworkItemOut], Field(max_length=200)]
    next: Next


class CasePackage(Out):
    """A framework as a CFPackage of 1EdTech's CASE 1.1, strictly. Its parts are described there;
    what CASE has no place for stands under `extensions`."""

    CFDocument: _Part
    CFItems: Annotated[list[_Part], Field(max_length=50_000)]
    CFAssociations: Annotated[list[_Part], Field(max_length=200_000)]
    CFDefinitions: _Part = {}
    CFRubrics: Annotated[list[_Part], Field(max_length=50_000)] = []
    extensions: Annotated[dict[str, Any], Field(json_schema_extra={"maxProperties": 10_000})] = {}
