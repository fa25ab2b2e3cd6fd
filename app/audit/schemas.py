"""Events as they are answered, and the filters of their list."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, WithJsonSchema

from app.core.types import Id, Instant, Out, Version

_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def _rfc3339(value: Any) -> Any:
    if isinstance(value, str) and not _RFC3339.fullmatch(value):
        raise ValueError("must be an instant as 2026-10-05T16:00:00Z")
    return value


Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2999, 12, 31, tzinfo=UTC)),
    BeforeValidator(_rfc3339),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "maxLength": 35,
            "pattern": r"^(19|2[0-9])[0-9]{2}-",
        }
    ),
]
SubjectType = Annotated[
    str, Field(pattern=r"^[a-z_]+$", max_length=64, description="What was changed: `goal`")
]
ActionName = Annotated[
    str, Field(pattern=r"^[a-z_]+\.[a-z_]+$", max_length=100, description="As `goal.agreed`")
]


class EventOut(Out):
    """Who did what to which object, when. Names of changed fields, never their content."""

    id: Id
    at: Instant
    action: ActionName
    actor_kind: Literal["person", "client", "operator"]
    actor_id: Id | None
    standing_in: Annotated[
        bool, Field(description="The actor stood in for a lead the teacher does not have")
    ]
    subject_type: SubjectType
    subject_id: Id
    subject_version: Version | None
    record_class: Literal[
        "private", "pair", "school", "goal", "evaluative", "support", "administration"
    ]
    changed: Annotated[
        list[Annotated[str, Field(max_length=64)]],
        Field(max_length=100, description="Names of the fields that were written"),
    ]
    request_id: Annotated[str, Field(max_length=128)] | None


class EventPage(Out):
    """Events, the newest first."""

    items: Annotated[list[EventOut], Field(max_length=200)]
    next: Annotated[str, Field(max_length=1000)] | None
