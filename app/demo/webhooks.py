"""A webhook of the demo's data warehouse: what it was sent, and that it is switched off.

Nothing was sent and nothing will be: the address is nobody's, the endpoint is disabled, and its
secret is kept by no key. Who wants to try webhooks gives it an address and a secret of their own.
"""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.core.events import record
from app.models import Goal, WebhookDelivery, WebhookEndpoint
from app.models.goals import GoalState
from app.models.webhooks import DeliveryState, DisabledBecause, EndpointState

URL = "https://hooks.example.org/alongside"
#: state → (status, kind of error, milliseconds) of each try, the oldest first; none waits, since
#: nothing waits for a disabled endpoint
SENT: tuple[tuple[DeliveryState, tuple[tuple[int | None, str | None, int], ...]], ...] = (
    (DeliveryState.DELIVERED, ((204, None, 92),)),
    (DeliveryState.DELIVERED, ((503, "status", 41), (204, None, 118))),
    (DeliveryState.FAILED, ((None, "connect", 5003),) * 10),
    (DeliveryState.DROPPED, ((None, "timeout", 15001),)),
)


async def tell(session: AsyncSession, administrator: Actor, client_id: UUID) -> None:
    """An endpoint of the client, and some deliveries of goals that it could read."""
    home = {"district_id": administrator.district_id, "client_id": client_id}
    endpoint = WebhookEndpoint(
        **home,
        id=clock.new_id(),
        url=URL,
        description="Nightly load, switched off since the move to another server",
        events=["goal.changed", "goal.removed"],
        state=EndpointState.DISABLED.value,
        disabled_because=DisabledBecause.SOMEBODY.value,
        secret=secrets.token_bytes(60),
    )
    session.add(endpoint)
    await session.flush()
    names = ("client_id", "description", "events", "secret", "url")
    record(session, administrator, "webhook_endpoint.created", endpoint, names)
    goals = await session.scalars(
        visible(administrator, Action.GOAL_READ, Goal)
        .where(Goal.state == GoalState.PUBLISHED.value)
        .order_by(Goal.id)
        .limit(len(SENT)),
        administrator.binds,
    )
    found = list(goals)
    for number, (state, tries) in enumerate(SENT):
        goal = found[number % len(found)]
        at = clock.now() - timedelta(days=len(SENT) - number)
        session.add(
            WebhookDelivery(
                **home,
                endpoint_id=endpoint.id,
                event="goal.changed",
                object_id=goal.id,
                object_version=goal.version,
                at=at,
                state=state.value,
                tries=len(tries),
                attempts=[_try(at, index, *one) for index, one in enumerate(tries)],
                ended_at=clock.now(),
            )
        )
    await session.flush()


def _try(at: Any, index: int, status: int | None, error: str | None, took: int) -> dict[str, Any]:
    when = (at + timedelta(hours=2 * index)).isoformat().replace("+00:00", "Z")
    return {"at": when, "status": status, "error": error, "milliseconds": took}
