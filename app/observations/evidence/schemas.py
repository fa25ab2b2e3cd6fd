"""Evidence, interpretation and questions as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core import clock
from app.core.types import Id, In, Instant, Moment, Out, Permissions, Text, Version

Next = Annotated[str, Field(max_length=1000)] | None
Kind = Literal["evidence", "interpretation", "question"]
ClientKey = Annotated[
    str,
    StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
    Field(
        description="Made by your device, unique within the observation among what you write; best"
        " random, because readers see it once it is shared"
    ),
]
Words = Annotated[
    Text,
    Field(description="What was seen or heard, thought or asked. Name no student: say `a student`"),
]
Verbatim = Annotated[bool, Field(description="Said or done exactly so. Of evidence only")]
Seen = Annotated[Moment, Field(description="The instant it was seen")]
Tags = Annotated[
    list[Id],
    Field(max_length=20, description="Indicators of published frameworks that it speaks to"),
]
About = Annotated[
    Id | None,
    Field(description="Of an interpretation or a question: the evidence that it is about"),
]
AboutKey = Annotated[
    ClientKey | None,
    Field(description="The same by the key of your own item, which may arrive later"),
]


class CapturedItem(In):
    """One item as a device has it."""

    client_key: ClientKey
    kind: Kind
    at: Seen
    text: Words
    verbatim: Verbatim = False
    about_key: AboutKey = None
    about_id: About = None
    indicator_ids: Tags = []
    removed: Annotated[bool, Field(description="Taken out again; its key stays taken")] = False
    edited_at: Annotated[
        Moment,
        Field(
            description="When you last changed it, by the device's clock. Of two contents under one"
            " key the later one stands"
        ),
    ]


class EvidenceBatch(In):
    """Items to take, in any order, as often as it takes."""

    items: Annotated[list[CapturedItem], Field(min_length=1, max_length=200)]


class CaptureResult(Out):
    """What became of one item."""

    client_key: ClientKey
    id: Annotated[Id | None, Field(description="None when it was refused")]
    status: Literal["created", "unchanged", "updated", "refused"]
    code: Annotated[
        Literal[
            "older",
            "about_not_offered",
            "about_unknown",
            "verbatim_not_offered",
            "indicator_not_offered",
            "too_many_wordings",
        ]
        | None,
        Field(
            description="Why it was refused; `older`: a later content stands, and this one is kept"
            " among the item's wordings"
        ),
    ]


class EvidenceBatchOut(Out):
    """What became of each item, in the order they were sent. A request repeated under its
    Idempotency-Key answers none: a batch needs no key, because its items have theirs."""

    id: Annotated[Id, Field(description="The observation")]
    results: Annotated[list[CaptureResult], Field(max_length=200)]


class EvidenceItemChange(In):
    """What to change; absent fields stay, `about_id` null clears, tags are replaced whole."""

    kind: Kind = "evidence"
    at: Annotated[Seen, Field(default_factory=clock.now)]
    text: Words = ""
    verbatim: Verbatim = False
    about_id: About = None
    indicator_ids: Tags = []


class EvidenceItemOut(Out):
    """One item. Its author's alone until the observation is shared."""

    id: Id
    version: Version
    observation_id: Id
    teacher_id: Id
    author_id: Id
    client_key: ClientKey
    kind: Kind
    at: Instant
    text: Text
    verbatim: bool
    about_id: Id | None
    indicator_ids: Annotated[list[Id], Field(max_length=20)]
    evaluative: bool
    edited_at: Instant
    removed_at: Instant | None
    shared_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class EvidencePage(Out):
    """Items of an observation that you may read."""

    items: Annotated[list[EvidenceItemOut], Field(max_length=200)]
    next: Next
    head: Annotated[
        str, Field(max_length=1000, description="Send as `since` later to get what is new by then")
    ]


class Wording(Out):
    """A content that does not stand any more, or that came too late to."""

    kind: Kind
    at: Instant
    text: Text
    verbatim: bool
    edited_at: Instant


class Wordings(Out):
    """Earlier and late contents of an item, the oldest first."""

    items: Annotated[list[Wording], Field(max_length=1000)]
