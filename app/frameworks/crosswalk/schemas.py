"""Crosswalks as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Id, In, Line, Out
from app.frameworks.schemas import Next

BecameName = Annotated[
    Literal["same", "changed", "split", "merged", "dropped"],
    Field(
        description="same, changed: one item; split: several; merged: one that others became too;"
        " dropped: none"
    ),
]


class CrosswalkEntry(In):
    """What became of one item of the former edition."""

    former_item_id: Id
    became: BecameName
    item_ids: Annotated[
        list[Id], Field(max_length=50, description="Items of this framework that it became")
    ] = []


class CrosswalkNew(In):
    """What to say; what was said before of the same former items is replaced."""

    former_framework_id: Annotated[Id, Field(description="A published or retired edition")]
    entries: Annotated[list[CrosswalkEntry], Field(min_length=1, max_length=500)]


class CrosswalkOut(Out):
    """That an item of a former edition became an item of this one, or none."""

    id: Id
    framework_id: Id
    former_framework_id: Id
    former_item_id: Id
    former_code: Line | None
    former_title: Line
    became: BecameName
    item_id: Id | None
    code: Line | None
    title: Line | None


class CrosswalkPage(Out):
    """A crosswalk in the former edition's order."""

    items: Annotated[list[CrosswalkOut], Field(max_length=200)]
    next: Next
