"""Webhooks: where a client's system wants to be told that something changed, and what was sent."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base, InDistrict, Versioned, one_of, refers


class EndpointState(StrEnum):
    """Whether an endpoint is told of anything."""

    ACTIVE = "active"
    #: by somebody, or by the program: `disabled_because` says which
    DISABLED = "disabled"


class DisabledBecause(StrEnum):
    """Why an endpoint is told of nothing."""

    SOMEBODY = "somebody"
    #: it answered 410
    GONE = "gone"
    #: every delivery failed for days
    FAILING = "failing"
    #: its client was revoked or lost the scope
    CLIENT = "client"


class DeliveryState(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    #: tried for days, in vain; it can be sent again
    FAILED = "failed"
    #: not sent any more: its endpoint was disabled or removed from sight
    DROPPED = "dropped"


class WebhookEndpoint(Base, InDistrict, Versioned):
    """An address of an integration client, told of changes its client may read."""

    __tablename__ = "webhook_endpoint"
    client_id: Mapped[UUID]
    url: Mapped[str]
    description: Mapped[str | None]
    #: kinds of messages it wants: `goal.changed`, `goal.removed`
    events: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(default=EndpointState.ACTIVE.value)
    disabled_because: Mapped[str | None]
    #: the signing secret, encrypted with the installation's key: it is needed to sign
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    #: the secret before the last rotation, which signs beside the new one until then
    former_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_until: Mapped[datetime | None]
    #: up to where the feed was read for it: (transaction, position)
    read_transaction: Mapped[int] = mapped_column(BigInteger, default=0)
    read_position: Mapped[int] = mapped_column(BigInteger, default=0)
    #: since when no delivery has succeeded while some failed
    failing_since: Mapped[datetime | None]
    #: until when what waits is not sent, since the receiver is down or asked for it; what somebody
    #: asked for after `paused_from` is sent all the same
    paused_from: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    __table_args__ = (
        refers("integration_client", "client_id"),
        one_of("state", EndpointState),
        CheckConstraint(
            "(state = 'disabled') = (disabled_because is not null)", name="disabled_because"
        ),
        CheckConstraint("(paused_from is null) = (paused_until is null)", name="paused"),
        CheckConstraint("(former_secret is null) = (former_until is null)", name="former_secret"),
        Index("ix_webhook_endpoint_client", "district_id", "client_id", "id"),
    )


class WebhookDelivery(Base, InDistrict, Versioned):
    """One message to one endpoint: thin, it says what changed and never how. Its id is the
    message's `webhook-id`, the same at every attempt."""

    __tablename__ = "webhook_delivery"
    endpoint_id: Mapped[UUID]
    client_id: Mapped[UUID]
    event: Mapped[str]
    object_id: Mapped[UUID | None]
    object_version: Mapped[int | None]
    #: of the change, RFC 3339 in the payload
    at: Mapped[datetime] = mapped_column(default=clock.now)
    state: Mapped[str] = mapped_column(default=DeliveryState.WAITING.value)
    #: none while it waits for its turn, which is in the order of the ids
    next_attempt_at: Mapped[datetime | None]
    #: the tries, oldest first, the last 20: {at, status, error, milliseconds}; never a body
    attempts: Mapped[list[Any]] = mapped_column(default=list)
    #: how often it was tried since it was made or sent again
    tries: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        refers("webhook_endpoint", "endpoint_id"),
        refers("integration_client", "client_id"),
        one_of("state", DeliveryState),
        Index("ix_webhook_delivery_endpoint", "district_id", "endpoint_id", "id"),
        Index(
            "ix_webhook_delivery_waiting",
            "district_id",
            "endpoint_id",
            "object_id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_webhook_delivery_turn",
            "district_id",
            "endpoint_id",
            "next_attempt_at",
            "id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_webhook_delivery_ended",
            "ended_at",
            postgresql_where=text("ended_at is not null"),
        ),
    )
