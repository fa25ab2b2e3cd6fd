"""The order of a protocol's steps, and what it lacks (domain.md §4, gate 13)."""

from collections.abc import Container
from typing import Any

from app.core.errors import Conflict
from app.core.types import Advice

Fields = list[dict[str, Any]]


class StepOutOfOrder(Conflict):
    """The protocol goes step by step: what is required before is noted first."""

    code, title = "step_out_of_order", "Another step comes first"
    next_step = "Note the step that `missing` names."


class FeedbackIncomplete(Conflict):
    """A conversation by an ordered protocol was held when each required step was taken."""

    code, title = "feedback_incomplete", "Steps are missing"
    next_step = "Note the steps that `missing` lists, then try again."


def check_order(fields: Fields, noted: Container[str], key: str) -> None:
    """Refuse a note at a step before which a required one is not noted (409)."""
    for field in fields:
        if field["key"] == key:
            return
        if field["required"] and field["key"] not in noted:
            raise StepOutOfOrder(missing=[_named(field)])


def lacking(fields: Fields, noted: Container[str]) -> Fields:
    """The required steps that are not noted."""
    return [field for field in fields if field["required"] and field["key"] not in noted]


def refuse(missing: Fields) -> None:
    """Refuse, with everything that is missing."""
    if missing:
        raise FeedbackIncomplete(missing=[_named(field) for field in missing[:50]])


def _named(field: dict[str, Any]) -> dict[str, str]:
    return {"code": field["key"], "message": f"Not noted: {field['label']}"}


def advice(missing: Fields) -> list[Advice]:
    """The same where steps may be left out."""
    return [
        Advice(code=field["key"], message=f"Nothing is noted at this step: {field['label']}"[:500])
        for field in missing[:20]
    ]
