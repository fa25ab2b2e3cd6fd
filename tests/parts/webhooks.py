"""Webhooks: endpoints of the warehouse, of another client and of a revoked one; what was sent."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import models as m
from app.auth import keys
from app.core import clock
from tests.access.table import (
    CLIENTS,
    EVERYBODY,
    HOLDS,
    JUNIPER,
    LISTS,
    OPENED,
    READERS,
    _minus,
    anywhere,
    reads,
    step,
)

_OURS = "ada juniper_warehouse"
#: name → (client, state, because)
ENDPOINTS: dict[str, tuple[str, str, str | None]] = {
    "hook": ("juniper_warehouse", "active", None),
    "hook_gone": ("juniper_warehouse", "disabled", "gone"),
    "hook_other": ("hooks_client", "active", None),
    "hook_revoked": ("revoked", "disabled", "client"),
}
#: name → (endpoint, state)
DELIVERIES = {
    "sent_waiting": ("hook", "waiting"),
    "sent_delivered": ("hook", "delivered"),
    "sent_failed": ("hook", "failed"),
    "sent_dropped": ("hook", "dropped"),
    "sent_to_gone": ("hook_gone", "failed"),
    "sent_to_other": ("hook_other", "failed"),
}


def _readers(endpoint: str) -> str:
    return _OURS if ENDPOINTS[endpoint][0] == "juniper_warehouse" else "ada"


READERS.update({name: _readers(name) for name in ENDPOINTS})
READERS.update({name: _readers(endpoint) for name, (endpoint, _) in DELIVERIES.items()})
OPENED["warehouse"] |= {
    "listWebhookEndpoints",
    "getWebhookEndpoint",
    "createWebhookEndpoint",
    "updateWebhookEndpoint",
    "disableWebhookEndpoint",
    "enableWebhookEndpoint",
    "rotateWebhookSecret",
    "testWebhookEndpoint",
    "listWebhookDeliveries",
    "getWebhookDelivery",
    "redeliverWebhook",
}


def endpoint(client_id: UUID, **fields: Any) -> dict[str, Any]:
    """The fields of an endpoint."""
    return {
        "client_id": client_id,
        "url": "https://hooks.warehouse.example/alongside",
        "events": ["goal.changed", "goal.removed"],
        "secret": b"closed by nobody",
        **fields,
    }


def delivery(of: Any, **fields: Any) -> dict[str, Any]:
    """The fields of a delivery to an endpoint."""
    ended = fields.get("state", "waiting") != "waiting"
    return {
        "endpoint_id": of.id,
        "client_id": of.client_id,
        "event": "goal.changed",
        "object_id": clock.new_id(),
        "object_version": 3,
        "ended_at": clock.now() if ended else None,
        **fields,
    }


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each."""
    scopes = ["goals:read", "webhooks:write"]
    await add(
        "hooks_client",
        made(m.IntegrationClient, name="Another", scopes=scopes, secret_hash="0" * 64),
    )
    rows = {}
    for name, (client, state, because) in ENDPOINTS.items():
        fields = endpoint(objects.ids[client], state=state, disabled_because=because)
        rows[name] = await add(name, made(m.WebhookEndpoint, **fields))
    for name, (of, state) in DELIVERIES.items():
        await add(name, made(m.WebhookDelivery, **delivery(rows[of], state=state)))


def _new(client: str) -> Any:
    return lambda o: {
        "client_id": o[client],
        "url": "https://hooks.warehouse.example/new",
        "events": ["goal.changed"],
    }


anywhere(
    "createWebhookEndpoint",
    _OURS,
    409,  # who does not see the client cannot tell that there is one
    _new("juniper_warehouse"),
    on="juniper_warehouse",
    status=201,
    permission="create_webhook_endpoint",
    others={403: _minus(JUNIPER, "ada")},
)
anywhere(
    "createWebhookEndpoint",
    "",
    409,
    _new("revoked"),
    on="revoked",
    status=201,
    permission="create_webhook_endpoint",
    others={403: _minus(JUNIPER, "ada")},
)
reads("getWebhookEndpoint", " ".join(ENDPOINTS))
reads("listWebhookDeliveries", " ".join(ENDPOINTS))
reads("getWebhookDelivery", " ".join(DELIVERIES))
HOLDS["listWebhookDeliveries", "hook"] = _OURS
for _name, (_client, _state, _) in ENDPOINTS.items():
    for _operation, _verb, _from, _status, _body in (
        ("updateWebhookEndpoint", "edit", "active disabled", 200, {"description": "Nightly"}),
        ("disableWebhookEndpoint", "disable", "active", 200, None),
        ("enableWebhookEndpoint", "enable", "disabled", 200, None),
        ("rotateWebhookSecret", "rotate_secret", "active disabled", 200, None),
        ("testWebhookEndpoint", "test", "active", 201, None),
    ):
        _works = _state in _from.split() and _client != "revoked"
        _who = _readers(_name)
        step(
            _operation,
            _name,
            *((_who, "") if _works else ("", _who)),
            body=_body,
            status=_status,
            permission=_verb,
        )
for _name, (_endpoint, _state) in DELIVERIES.items():
    _works = _state != "waiting" and ENDPOINTS[_endpoint][1] == "active"
    _who = _readers(_endpoint)
    step(
        "redeliverWebhook",
        _name,
        *((_who, "") if _works else ("", _who)),
        permission="redeliver",
    )
LISTS["listWebhookEndpoints"] = tuple(ENDPOINTS)
anywhere("listWebhookEndpoints", EVERYBODY, query="limit=200")
assert {"juniper_rosters", "kestrel_rosters"} <= set(CLIENTS.split())  # who hold no such scope


async def chapter(j: Any, w: Any) -> None:
    """Ada has the warehouse told, and sees why a message did not arrive."""
    new = {
        "client_id": str(w.juniper_warehouse),
        "url": "https://hooks.warehouse.example/alongside",
        "description": "Nightly load of the warehouse",
        "events": ["goal.changed", "goal.removed"],
    }
    made = await j.do(
        "createWebhookEndpoint",
        "ada",
        body=new,
        forbidden="paul",
        conflict={"client_id": "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9eff"},
    )
    at = {"endpoint_id": made["id"]}
    await j.do("listWebhookEndpoints", "ada", query={"state": "active", "limit": 2})
    await j.do("getWebhookEndpoint", "juniper_warehouse", path=at)
    made = await j.do(
        "updateWebhookEndpoint",
        "ada",
        path=at,
        version=made["version"],
        body={"url": "https://hooks.warehouse.example/coaching"},
        conflict={"url": "https://127.0.0.1/coaching"},
    )
    made = await j.do("rotateWebhookSecret", "ada", path=at, version=made["version"])
    sent = await j.do("testWebhookEndpoint", "ada", path=at)
    tried = {
        "at": "2026-10-05T16:00:02.120Z",
        "status": 503,
        "error": "status",
        "milliseconds": 184,
    }
    async with j.live.app.state.database.writing() as session:
        await keys.enter(session, w.juniper)
        row = await session.scalar(
            select(m.WebhookDelivery).where(m.WebhookDelivery.id == UUID(sent["id"]))
        )
        row.state, row.attempts, row.tries, row.ended_at = "failed", [tried], 1, clock.now()
        row.next_attempt_at = None
        await session.commit()
    await j.do("listWebhookDeliveries", "ada", path=at, query={"state": "failed", "limit": 2})
    path = {"delivery_id": sent["id"]}
    sent = await j.do("getWebhookDelivery", "juniper_warehouse", path=path)
    await j.do("redeliverWebhook", "ada", path=path, version=sent["version"])
    made = await j.do("disableWebhookEndpoint", "ada", path=at, version=made["version"])
    await j.do("enableWebhookEndpoint", "ada", path=at, version=made["version"])


#: the endpoint that has all deliveries, and one of them
_FIRST, _SENT = (UUID(f"0199f2c4-8d1e-7a30-9c55-3f6f2b1d9ea{digit}") for digit in range(1, 3))
IDS = {"endpoint_id": str(_FIRST), "delivery_id": str(_SENT)}


async def grow(session: Any, world: Any, home: Any, _name: str) -> None:
    """One more endpoint of the warehouse, and one more delivery to the first of them."""
    of = select(m.WebhookEndpoint).where(m.WebhookEndpoint.id == _FIRST)
    first = await session.scalar(of)
    row = m.WebhookEndpoint(**home, **endpoint(world.juniper_warehouse))
    row.id = clock.new_id() if first else _FIRST
    session.add(row)
    await session.flush()
    sent = m.WebhookDelivery(**home, **delivery(first or row, state="delivered"))
    sent.id = clock.new_id() if first else _SENT
    sent.at = clock.now() - timedelta(hours=1)
    session.add(sent)
    await session.flush()


FIRSTS: tuple[tuple[str, ...], ...] = ()
