"""Webhook endpoints and deliveries as they are sent and answered, and the messages themselves."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import Count, Id, In, Instant, Line, Out, Permissions, Secret, Version

Event = Literal["goal.changed", "goal.removed"]
State = Literal["active", "disabled"]
Because = Literal["somebody", "gone", "failing", "client"]
DeliveryState = Literal["waiting", "delivered", "failed", "dropped"]
Next = Annotated[str, Field(max_length=1000)] | None
#: nobody's name or password in it, and no fragment; what else it must be is `addresses.py`'s
Url = Annotated[
    str,
    StringConstraints(
        max_length=2000,
        pattern=(
            r"^https?://(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)"
            r'(:[1-9][0-9]{0,4})?(/[!"$-~]*)?$'
        ),
    ),
    Field(
        description=(
            "Where messages are POSTed: https, a public address. Users, passwords and fragments "
            "have no place in it; a path or a query of your own may."
        )
    ),
]
Events = Annotated[
    list[Event],
    Field(
        min_length=1,
        max_length=2,
        description="What it is told of; the client must hold the scope that reads it",
    ),
]
Description = Annotated[
    Line | None, Field(description="What it is for, for who looks after it; names nobody")
]


class WebhookEndpointNew(In):
    """An address that wants to be told."""

    client_id: Annotated[Id, Field(description="Whose it is; a client gives its own id")]
    url: Url
    description: Description = None
    events: Events = ["goal.changed", "goal.removed"]


class WebhookEndpointChange(In):
    """What to change; absent fields stay, null clears."""

    url: Url = ""
    description: Description = None
    events: Events = []


class WebhookEndpointOut(Out):
    """Where a client's system is told of changes. Its secret is in no answer but the first."""

    id: Id
    version: Version
    client_id: Id
    url: Url
    description: Description
    events: Events
    state: State
    disabled_because: Annotated[
        Because | None,
        Field(
            description=(
                "somebody: by hand; gone: it answered 410; failing: nothing was delivered for "
                "days; client: its client was revoked"
            )
        ),
    ]
    former_until: Annotated[
        Instant | None,
        Field(description="Until when the secret before the last rotation signs as well"),
    ]
    failing_since: Annotated[
        Instant | None, Field(description="Since when every delivery has failed")
    ]
    paused_until: Annotated[
        Instant | None,
        Field(
            description=(
                "Until when what waits is not sent, since the receiver seemed to be down or asked "
                "to wait; null once a message was delivered"
            )
        ),
    ]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class WebhookEndpointSecretOut(WebhookEndpointOut):
    """The endpoint with the secret that its messages are signed with."""

    secret: Annotated[
        Secret | None,
        Field(
            description=(
                "`whsec_` and base64. Shown in this one answer; a repeated request does not show "
                "it again"
            )
        ),
    ] = None


class WebhookEndpointPage(Out):
    """Webhook endpoints, the oldest first."""

    items: Annotated[list[WebhookEndpointOut], Field(max_length=200)]
    next: Next


class WebhookAttempt(Out):
    """One try to deliver a message. What the receiver answered is not kept, but for its status."""

    at: Instant
    status: Annotated[
        int | None,
        Field(ge=100, le=999, description="The answer's HTTP status; null when there was none"),
    ]
    error: Annotated[
        Annotated[str, StringConstraints(max_length=64)] | None,
        Field(description="Why it was no success, in one word; null when it was"),
    ]
    milliseconds: Count


class WebhookDeliveryOut(Out):
    """A message to an endpoint and what became of it. Its id is the message's `webhook-id`."""

    id: Id
    version: Version
    endpoint_id: Id
    client_id: Id
    event: Literal["goal.changed", "goal.removed", "webhook.test"]
    object_id: Annotated[Id | None, Field(description="What changed; null for a test")]
    object_version: Version | None
    at: Annotated[Instant, Field(description="When it changed")]
    state: DeliveryState
    next_attempt_at: Annotated[
        Instant | None, Field(description="Null while it waits for its turn, and at its end")
    ]
    tries: Annotated[Count, Field(description="Since it was made or last sent again")]
    attempts: Annotated[
        list[WebhookAttempt], Field(max_length=20, description="The last tries, oldest first")
    ]
    ended_at: Instant | None
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class WebhookDeliveryPage(Out):
    """Deliveries, the newest first."""

    items: Annotated[list[WebhookDeliveryOut], Field(max_length=200)]
    next: Next


class WebhookGoal(Out):
    """What changed. Never how, and never whose it is: ask for it."""

    type: Literal["goal"]
    id: Id
    version: Annotated[Version, Field(description="When it was told; it may be higher by now")]


class WebhookGoalMessage(Out):
    """A goal changed, or is to be seen no longer."""

    type: Event
    timestamp: Annotated[Instant, Field(description="When it changed")]
    data: WebhookGoal


class WebhookTestData(Out):
    """Empty."""


class WebhookTestMessage(Out):
    """A test."""

    type: Literal["webhook.test"]
    timestamp: Annotated[Instant, Field(description="When it was asked for")]
    data: WebhookTestData


MessageId = Annotated[
    Id, Field(description="The message's own id, the same at every try: do each once")
]
MessageTime = Annotated[
    int,
    Field(
        ge=0,
        le=99_999_999_999,
        description="When this try was sent, in seconds since 1970; refuse one older than minutes",
    ),
]
#: two while a secret is exchanged
Signatures = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)?$"),
    Field(
        description=(
            "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body` by the endpoint's secret; "
            "two of them, separated by a blank, for a day after it was rotated: one must be right"
        )
    ),
]
