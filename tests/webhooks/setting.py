"""What tests of webhooks share: endpoints, messages, and the jobs that send them."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.core import clock
from app.core.mail import Mailer
from app.core.seal import Strongbox
from app.integrations.webhooks.sending import Sender
from app.integrations.webhooks.states import DELIVER
from app.integrations.webhooks.telling import head, send
from app.models import WebhookDelivery, WebhookEndpoint
from app.settings import Settings, allowed_outside
from app.worker import HANDLERS, Apart
from tests.conftest import SETTINGS
from tests.webhooks.receiver import Taken
from tests.working import run_due
from tests.world import Ticking

LOOPBACK = replace(SETTINGS, outside_allowed=allowed_outside("127.0.0.1"))
KEY, FORMER = bytes(range(32)), bytes(range(32, 64))
NO_MAIL = Mailer(SETTINGS)


def handlers(settings: Settings = LOOPBACK, **options: Any) -> dict[str, Any]:
    """All jobs, and those that send."""
    return {**HANDLERS, DELIVER: Apart(Sender(settings, **options).deliver)}


async def in_district(session: Any, district_id: UUID) -> None:
    """As the caller's statement does."""
    await session.execute(select(func.set_config("app.district", str(district_id), True)))


def sealed(endpoint_id: UUID, key: bytes) -> bytes:
    """A secret as it is kept."""
    box = Strongbox(tuple(secret for _, secret in SETTINGS.secret_keys))
    return box.close(key, "webhook secret", str(endpoint_id))


async def make_endpoint(
    database: Any, district_id: UUID, client_id: UUID, url: str, **fields: Any
) -> UUID:
    """An endpoint that is told what comes from now on."""
    endpoint_id = clock.new_id()
    async with database.writing() as session:
        await in_district(session, district_id)
        transaction, position = await head(session, district_id)
        session.add(
            WebhookEndpoint(
                id=endpoint_id,
                district_id=district_id,
                client_id=client_id,
                url=url,
                events=["goal.changed", "goal.removed"],
                secret=sealed(endpoint_id, KEY),
                read_transaction=transaction,
                read_position=position,
                **fields,
            )
        )
        await session.commit()
    return endpoint_id


async def make_delivery(database: Any, world: Any, endpoint_id: UUID, **fields: Any) -> UUID:
    """A message that waits, and the job that sends it."""
    Ticking.of_test.move(milliseconds=2)  # ids of one millisecond have no order
    async with database.writing() as session:
        fields = {"district_id": world.juniper, "client_id": world.juniper_warehouse, **fields}
        await in_district(session, fields["district_id"])
        made = WebhookDelivery(
            id=clock.new_id(),
            endpoint_id=endpoint_id,
            object_version=3,
            **{"event": "goal.changed", "object_id": clock.new_id(), **fields},
        )
        session.add(made)
        await session.flush()
        await send(session, made)
        await session.commit()
        return made.id


async def row(database: Any, world: Any, model: Any, row_id: UUID) -> Any:
    """An endpoint or a delivery as it is now."""
    async with database.reading() as session:
        await session.execute(select(func.set_config("app.district", str(world.juniper), False)))
        statement = select(model).where(model.district_id == world.juniper, model.id == row_id)
        return await session.scalar(statement)


async def do(database: Any, *, ahead: timedelta = timedelta(0), rounds: int = 3, **options: Any):
    """The jobs that are due, and those that they ask for at once."""
    for _ in range(rounds):
        await run_due(database, NO_MAIL, handlers(**options), ahead=ahead)


def verified(request: Taken, *keys: bytes) -> dict[str, Any]:
    """The message, its signature checked as a receiver does who follows the specification."""
    signed = b".".join(
        (
            request.headers["webhook-id"].encode(),
            request.headers["webhook-timestamp"].encode(),
            request.body,
        )
    )
    given = request.headers["webhook-signature"].split(" ")
    for key in keys or (KEY,):
        digest = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        assert f"v1,{digest}" in given
    assert len(given) == len(keys or (KEY,))
    message: dict[str, Any] = json.loads(request.body)
    return message
