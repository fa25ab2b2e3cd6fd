"""Records of the archive that the API shows only as a part of others."""

from typing import Annotated

from pydantic import Field

from app.core.types import Date, Email, ExternalId, Id, Instant, Line, Out, Zone


class Profile(Out):
    """The person."""

    id: Id
    given_name: Line
    family_name: Line
    email: Email | None
    external_id: ExternalId | None
    zone: Zone | None
    active: bool
    mail_reminders: bool
    created_at: Instant
    updated_at: Instant


class Teaching(Out):
    """A class that the roster says the person teaches."""

    id: Id
    class_section_id: Id
    class_title: Annotated[Line | None, Field(description="As the roster has it")]
    main: bool
    first_day: Date | None
    last_day: Date | None
    active: bool
