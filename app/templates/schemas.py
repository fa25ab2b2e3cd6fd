"""Templates and the answers to their fields, as they are sent and answered."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from app.core.types import (
    Count,
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

Kind = Literal[
    "outreach",
    "questionnaire",
    "conversation",
    "preferences",
    "agreement",
    "goal",
    "learning_cycle",
    "reflection",
    "feedback_protocol",
    "coaching_calendar",
]
EntryKind = Literal[
    "one_on_one",
    "observation",
    "coaching_visit",
    "feedback",
    "team_time",
    "learning",
    "reflection",
]
GoalKind = Literal["student_learning", "growth"]
State = Literal["draft", "published", "retired"]
FieldType = Literal["line", "text", "yes_no", "choice", "choices", "scale", "number", "date"]
#: small letters, digits and underscores, beginning with a letter
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$", max_length=64)]
Next = Annotated[str, Field(max_length=1000)] | None
Choices = Annotated[list[Key], Field(max_length=30)]


def _one_fault(value: Any, fits: ValidatorFunctionWrapHandler) -> Any:
    """One fault at the answer's own place, and not one for each type that it could have been."""
    try:
        return fits(value)
    except ValidationError as exc:
        raise ValueError(
            "must be a text of 1 to 20,000 characters without control characters, true or false,"
            " a number, or a list of keys"
        ) from exc


#: what a field can be answered with; a day is written YYYY-MM-DD
Answer = Annotated[LongText | bool | Number | Choices, WrapValidator(_one_fault)]
#: without it the schema would say that other names fit, too
_ONLY_KEYS: dict[str, JsonValue] = {"additionalProperties": False}
Answers = Annotated[
    dict[Key, Answer],
    Field(
        max_length=100,
        json_schema_extra=_ONLY_KEYS,
        description="By the keys of the template's fields: text for `line`, `text` and `date`,"
        " true or false for `yes_no`, an option's key for `choice`, keys for `choices`, 1 to 5 for"
        " `scale`. Name no student.",
    ),
]
AnswersChange = Annotated[
    dict[Key, Answer | None],
    Field(
        max_length=100,
        json_schema_extra=_ONLY_KEYS,
        description="As `answers`; absent keys stay, null clears one",
    ),
]


class Option(In):
    """What can be chosen."""

    key: Key
    label: Line


class TemplateField(In):
    """One question and the type of its answer."""

    # what `_sound` asks, for those who read the contract alone
    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {
                    "properties": {
                        "type": {"enum": ["choice", "choices"]},
                        "options": {"minItems": 2},
                    },
                    "required": ["options"],
                },
                {
                    "properties": {
                        "type": {"enum": ["line", "text", "yes_no", "scale", "number", "date"]},
                        "options": {"maxItems": 0},
                    }
                },
            ]
        }
    )

    key: Key
    label: Line
    help: Annotated[Text | None, Field(description="What a person may want to know first")] = None
    type: FieldType
    required: bool = False
    options: Annotated[
        list[Option], Field(max_length=30, description="Of `choice` and `choices`, two at least")
    ] = []

    @model_validator(mode="after")
    def _sound(self) -> Self:
        chosen = self.type in ("choice", "choices")
        if chosen and len(self.options) < 2:
            raise ValueError("a choice has two options at least")
        if not chosen and self.options:
            raise ValueError("only choice and choices have options")
        return self


Fields = Annotated[list[TemplateField], Field(max_length=60, description="In their order")]
Subject = Annotated[
    Line | None,
    Field(description="Of an outreach; may hold placeholders: `{{teacher_given_name}}`"),
]
Body = Annotated[
    LongText | None,
    Field(
        description="What an outreach says, with placeholders: `teacher_given_name`,"
        " `teacher_family_name`, `lead_given_name`, `lead_family_name`, `school_name`,"
        " `school_year`, `first_meeting`, and the keys of its own fields. Of other kinds: words"
        " before the fields"
    ),
]


#: a day of any year; the 29th of February is the 28th where there is none
MonthDay = Annotated[
    str,
    StringConstraints(
        pattern=r"^((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
        r"|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$",
        max_length=5,
    ),
]
SchoolSubject = Annotated[
    Line | None, Field(description="Of a goal template: the school subject; null: any")
]


class TemplateMeasure(In):
    """A number that a goal begins with; its baseline is the teacher's own to find."""

    name: Line
    unit: Annotated[Line, Field(description="Such as `% of students` or `per lesson`")]
    target: Number
    direction: Literal["increase", "decrease"] = "increase"


class TemplateGoal(In):
    """A partial goal: what a goal made from the template begins with."""

    title: Line | None = None
    statement: Annotated[
        Text | None, Field(description="What will be reached. Name no student.")
    ] = None
    rationale: Annotated[LongText | None, Field(description="Why. Name no student.")] = None
    link_statement: Annotated[
        Text | None, Field(description="How such a goal serves the one above it")
    ] = None
    standards: Annotated[
        list[Line], Field(max_length=10, description="Standards by code or text; never a student")
    ] = []
    measures: Annotated[list[TemplateMeasure], Field(max_length=5)] = []
    indicator_keys: Annotated[
        list[Annotated[Line, Field(max_length=300)]],
        Field(
            max_length=5,
            description="By key, as GET /indicators gives it; a later edition of the same framework"
            " will do",
        ),
    ] = []
    starts: Annotated[MonthDay | None, Field(description="Month and day, as `09-15`")] = None
    due: Annotated[MonthDay | None, Field(description="Month and day, as `05-14`")] = None


def _sent(goal: TemplateGoal | None) -> dict[str, Any] | None:
    """As JSON keeps it, and only what was sent, so that an absent part is not read as emptied."""
    return None if goal is None else goal.model_dump(mode="json", exclude_unset=True)


PartialGoal = Annotated[
    TemplateGoal | None,
    PlainSerializer(_sent),
    Field(description="Of a goal template; in a change, absent parts stay"),
]


class TemplateEntry(In):
    """One thing on a coaching calendar, by weeks from its beginning."""

    kind: EntryKind
    title: Line
    week: Annotated[int, Field(ge=1, le=52, json_schema_extra={"format": "int32"})]
    weeks: Annotated[
        int,
        Field(
            ge=1,
            le=52,
            description="How many weeks it takes",
            json_schema_extra={"format": "int32"},
        ),
    ] = 1


Ordered = Annotated[
    bool, Field(description="Of a feedback protocol: its steps, the fields, go in their order")
]
Entries = Annotated[
    list[TemplateEntry],
    Field(max_length=60, description="Of a coaching calendar; others have none"),
]


class TemplateNew(In):
    """A template to draft."""

    # Without `type` in the branches: Redoc merges them into the field's own types, and complains.
    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {
                    "properties": {
                        "home": {"const": "school"},
                        "school_id": {"not": {"enum": [None]}},
                    },
                    "required": ["home", "school_id"],
                },
                {
                    "properties": {
                        "home": {"enum": ["own", "district"]},
                        "school_id": {"enum": [None]},
                    }
                },
            ]
        }
    )

    kind: Kind
    key: Annotated[Key, Field(description="Its name for programs, the same in every version")]
    title: Line
    home: Annotated[
        Literal["own", "school", "district"],
        Field(description="Whose it is: yours alone, a school's, the district's"),
    ] = "own"
    school_id: Annotated[Id | None, Field(description="Of a school's template")] = None
    subject: Subject = None
    text: Body = None
    fields: Fields = []
    goal_kind: Annotated[
        GoalKind | None, Field(description="Of a goal template, which always names it")
    ] = None
    school_subject: SchoolSubject = None
    goal: PartialGoal = None
    ordered: Ordered = False
    entries: Entries = []

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.home == "school") != (self.school_id is not None):
            raise ValueError("school_id goes with home school, and only with it")
        return self


class TemplateChange(In):
    """What to change in a draft; absent fields stay, lists are replaced whole."""

    title: Line = ""
    subject: Subject = None
    text: Body = None
    fields: Fields = []
    school_subject: SchoolSubject = None
    goal: PartialGoal = None
    ordered: Ordered = False
    entries: Entries = []


class TemplateOut(Out):
    """One version of a template. Once published it never changes."""

    id: Id
    version: Version
    kind: Kind
    key: Key
    number: Annotated[Count, Field(description="Which version of the template, from 1")]
    title: Line
    school_id: Annotated[Id | None, Field(description="Of a school's template")]
    owner_id: Annotated[
        Id | None, Field(description="Whose own it is; without school and owner: the district's")
    ]
    author_id: Annotated[Id | None, Field(description="Null: it came with the program")]
    subject: Line | None
    text: LongText | None
    fields: Fields
    goal_kind: Annotated[GoalKind | None, Field(description="Of a goal template")]
    school_subject: SchoolSubject
    goal: Annotated[TemplateGoal | None, Field(description="What a goal made from it begins with")]
    ordered: Ordered
    entries: Entries
    state: State
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class TemplatePage(Out):
    """Templates, the oldest first."""

    items: Annotated[list[TemplateOut], Field(max_length=200)]
    next: Next
