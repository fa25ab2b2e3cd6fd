"""The field types of every schema, each with its bounds.

Requests coerce nothing: a number in quotes is not a number and `1` is not `true`. JSON has no dates
or ids of its own, so those are read from strings only. Every string has a maximum length and may
hold neither U+0000 nor a lone surrogate nor a control character other than tab and newline.
"""

import re
from contextvars import ContextVar
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema

#: what no text may hold: control characters but tab and line ends, and lone surrogates
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
#: one line that is not blank, as the contract says it
_LINE_PATTERN = r"^[^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f\u0085][^\u0000-\u001f\u007f]*$"
#: some lines that are not all blank
_TEXT_PATTERN = (
    r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*"
    r"[^\s\u0000-\u001f\u007f\u0085]"
    r"[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"
)
_DATE_PATTERN = r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_MOMENT_PATTERN = (
    r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z$"
)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ZONES = frozenset(available_timezones())


_LARGEST = 99_999_999
_STEP = Decimal("0.0001")


class In(BaseModel):
    """A request body: unknown fields are refused and nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    def changes(self) -> dict[str, Any]:
        """The fields the client sent (JSON Merge Patch: absent means unchanged, null clears)."""
        return {name: getattr(self, name) for name in self.model_fields_set}


#: whether the schema that is being made is of an answer
_answers: ContextVar[bool] = ContextVar("answers", default=False)


class Out(BaseModel):
    """An answer. Answers may grow: clients ignore fields they do not know.

    What it holds was checked when it was sent to us. Its types and lengths are checked again, by
    pydantic's own code; the checks of this file, which are Python, are for requests alone.
    """

    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        made = _answers.set(True)
        try:
            return handler(source)
        finally:
            _answers.reset(made)


class Before(BeforeValidator):
    """A check of what clients send, before its type is."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        checked = super().__get_pydantic_core_schema__
        return handler(source) if _answers.get() else checked(source, handler)


class After(AfterValidator):
    """The same, after its type was found right."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        checked = super().__get_pydantic_core_schema__
        return handler(source) if _answers.get() else checked(source, handler)


def _printable(value: str) -> str:
    if UNPRINTABLE.search(value):
        raise ValueError("control characters are not allowed; use plain text, tabs and newlines")
    return value


def _printable_line(value: str) -> str:
    if "\n" in value or "\r" in value or "\t" in value:
        raise ValueError("this is one line: no line breaks or tabs")
    return _printable_text(value)


def _printable_text(value: str) -> str:
    if not value.strip():
        raise ValueError("must hold more than blanks")
    return _printable(value)


def _only_text(value: Any) -> Any:
    if isinstance(value, date | UUID):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return value


def _iso_date(value: Any) -> Any:
    value = _only_text(value)
    if isinstance(value, str) and not _ISO_DATE.fullmatch(value):
        raise ValueError("must be a date as YYYY-MM-DD")
    return value


def _moment(value: Any) -> Any:
    if not isinstance(value, str) or not re.match(_MOMENT_PATTERN, value) or value[-1] != "Z":
        raise ValueError("must be an instant in UTC as YYYY-MM-DDThh:mm:ssZ")
    try:
        return datetime.fromisoformat(value)
    except ValueError as exc:
        raise ValueError("must be a day that there is") from exc


def _uuid(value: Any) -> Any:
    value = _only_text(value)
    if isinstance(value, str) and not _UUID.fullmatch(value):
        raise ValueError("must be an id of 36 characters")
    return value


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number")
    number = Decimal(str(value))
    in_range = number.is_finite() and abs(number) <= _LARGEST
    return number.quantize(_STEP, ROUND_HALF_EVEN) if in_range else number


def _zone(value: str) -> str:
    if value not in _ZONES:
        raise ValueError("must be an IANA time zone such as America/Denver")
    return value


def _instant_text(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds")[:23] + "Z"


#: a title or a name: one line, 1 to 200 characters
Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    After(_printable_line),
    Field(json_schema_extra={"pattern": _LINE_PATTERN}),
]
#: a paragraph that is not blank, 1 to 2,000 characters
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    After(_printable_text),
    Field(json_schema_extra={"pattern": _TEXT_PATTERN}),
]
#: a long text that is not blank, 1 to 20,000 characters
LongText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20_000),
    After(_printable_text),
    Field(json_schema_extra={"pattern": _TEXT_PATTERN}),
]
#: a short code of letters, digits, dot, dash and underscore
Code = Annotated[
    str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
]
#: an id that another system gave, 1 to 255 characters
ExternalId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    After(_printable_line),
    Field(json_schema_extra={"pattern": _LINE_PATTERN}),
]
#: an e-mail address, kept in lower case
Email = Annotated[EmailStr, AfterValidator(str.lower), Field(max_length=254)]
#: an IANA zone
Zone = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64),
    After(_zone),
    Field(json_schema_extra={"format": "iana-time-zone"}),
]
#: the secret that a person or a system types in; never logged, stored or echoed
Secret = Annotated[str, StringConstraints(min_length=1, max_length=1024)]

Id = Annotated[UUID, Field(strict=False), Before(_uuid)]
Date = Annotated[
    date,
    Field(strict=False, ge=date(1900, 1, 1), le=date(2999, 12, 31)),
    Before(_iso_date),
    WithJsonSchema({"type": "string", "format": "date", "maxLength": 10, "pattern": _DATE_PATTERN}),
]
#: an instant in UTC, to the millisecond, written with `Z`
Instant = Annotated[
    datetime,
    PlainSerializer(_instant_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "maxLength": 24}),
]
#: an instant that a client sends, in UTC with `Z`
Moment = Annotated[
    datetime,
    Field(strict=False),
    BeforeValidator(_moment),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "maxLength": 27, "pattern": _MOMENT_PATTERN}
    ),
]
#: a measured number, kept to four digits behind the point
Number = Annotated[
    Decimal,
    Field(strict=False, max_digits=12, decimal_places=4, ge=-_LARGEST, le=_LARGEST),
    BeforeValidator(_number),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number", "minimum": -_LARGEST, "maximum": _LARGEST}),
]
#: how often an object was changed, from 1
Version = Annotated[int, Field(ge=1, le=2_147_483_647, json_schema_extra={"format": "int32"})]
Count = Annotated[int, Field(ge=0, le=2_147_483_647, json_schema_extra={"format": "int32"})]
#: actions the caller may take on the object now
Permissions = Annotated[
    list[Annotated[str, StringConstraints(max_length=64)]],
    Field(max_length=50, description="What you may do with this object now"),
]


class Advice(Out):
    """Advice beside a result: a rule that recommends rather than forbids."""

    code: Annotated[str, StringConstraints(max_length=64)]
    message: Annotated[str, StringConstraints(max_length=500)]


Warnings = Annotated[
    list[Advice], Field(max_length=20, description="Rules that advise against this, if any")
]
