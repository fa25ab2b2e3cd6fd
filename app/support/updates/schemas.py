"""Leader updates as they are sent and answered."""

from typing import Annotated

from pydantic import Field

from app.core.types import Id, In, Instant, Out, Permissions, Text, Version
from app.support.schemas import Next


class LeaderUpdateNew(In):
    """A short word to a school leader about the work with a teacher."""

    about_id: Annotated[Id, Field(description="A teacher whom the caller coaches")]
    leader_id: Annotated[Id, Field(description="A leader of the school")]
    text: Annotated[Text, Field(description="Name no student.")]
    teacher_may_read: Annotated[
        bool, Field(description="Whether the teacher reads it, too; fixed when it is sent")
    ] = False


class LeaderUpdateOut(Out):
    """What a lead told a school leader."""

    id: Id
    version: Version
    school_id: Id
    author_id: Id
    leader_id: Id
    about_id: Id
    text: Text
    teacher_may_read: bool
    created_at: Instant
    permissions: Permissions


class LeaderUpdatePage(Out):
    """Leader updates, the oldest first."""

    items: Annotated[list[LeaderUpdateOut], Field(max_length=200)]
    next: Next
