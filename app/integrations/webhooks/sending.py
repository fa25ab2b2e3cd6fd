"""Sending what waits for an endpoint: at least once each, under one id, for about three days.

One job an endpoint sends its messages one after the other: those whose time has come (a further
try, or what somebody asked for), then the oldest that nobody tried. While a receiver is down its
endpoint pauses, and no message is touched for it, however many wait.

The job holds no connection to the database while a receiver takes its time: a message is taken in
one short transaction and its end noted in another. A worker that is killed in between has counted
the try, and the next one sends the message again, with the same `webhook-id`.
"""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock, jobs, outside
from app.core.jobs import Later, Steps, enqueue
from app.core.mail import Mailer
from app.core.seal import Strongbox, Unsealable
from app.integrations.webhooks import signing
from app.integrations.webhooks.states import DELIVER, back, disable, drop, may_be_told, waiting
from app.integrations.webhooks.waits import WAITS, asked_to_wait, wait_after
from app.models import IntegrationClient, WebhookDelivery, WebhookEndpoint, touch
from app.models.webhooks import DeliveryState, DisabledBecause, EndpointState
from app.settings import Settings

log = structlog.get_logger("alongside.webhooks")
#: the dead job that an endpoint's failed messages leave; reviving it sends them again
FAILED = "webhook.failed"
#: for how long at most a receiver that asks us to wait makes a message live on
PATIENCE = timedelta(days=3)
#: a receiver that seems to be down is tried again after this at the latest
PAUSE = timedelta(minutes=10)
#: an endpoint of which every delivery failed for so long is disabled, by a message tried so often
FAILING, FAILING_TRIES = timedelta(days=5), 3
#: seconds after which an endpoint's job goes to the end of the queue, so that others get their turn
TURN = 25.0
KEPT_ATTEMPTS = 20
TIMEOUT = outside.Timeout(connect=5, read=10, total=15)
#: what a receiver answers that is not there now, whatever it is sent
_DOWN = frozenset({408, 425, 429}) | frozenset(range(500, 600))
_AGENT = "Alongside-Webhooks/1"

ATTEMPTS = Counter(
    "alongside_webhook_attempts_total", "Messages sent to webhooks, by what came of it", ["result"]
)


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent, and the number of this try."""

    id: UUID
    url: str
    body: bytes
    #: none when they cannot be opened with the present keys
    secrets: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try. No text of an answer or of an error is kept."""

    at: datetime
    status: int | None
    error: str | None
    milliseconds: int
    #: for how long the receiver asked us to wait
    asked: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Whether it was taken."""
        return self.error is None

    @property
    def down(self) -> bool:
        """Whether the receiver seems not to be there now, for any message."""
        return self.status is None or self.status in _DOWN


class Sender:
    """Sends with an installation's keys and settings."""

    def __init__(self, settings: Settings, *, resolver: outside.Resolver | None = None) -> None:
        self._strongbox = Strongbox(tuple(secret for _, secret in settings.secret_keys))
        self._allowed = settings.outside_allowed
        self._resolver = resolver

    async def deliver(self, steps: Steps, endpoint_id: UUID) -> None:
        """Send what is due to an endpoint; what is due later has the job come again."""
        until = time.monotonic() + TURN
        async with outside.client(
            allowed=self._allowed, timeout=TIMEOUT, resolver=self._resolver
        ) as http:
            while True:
                async with steps() as (session, actor):
                    message = await self._take(session, actor, endpoint_id)
                if message is None:
                    return
                if isinstance(message, timedelta):
                    raise Later(message)
                outcome = await self._post(http, message)
                async with steps() as (session, actor):
                    result = await _note(session, actor, endpoint_id, message, outcome)
                ATTEMPTS.labels(result).inc()
                log.info(
                    "webhook_sent",
                    result=result,
                    delivery=str(message.id),
                    endpoint=str(endpoint_id),
                    status=outcome.status,
                    error=outcome.error,
                    milliseconds=outcome.milliseconds,
                )
                if time.monotonic() > until:
                    raise Later(timedelta(0))

    async def _take(
        self, session: AsyncSession, actor: Actor, endpoint_id: UUID
    ) -> Message | timedelta | None:
        """The next message, its try counted; how long until there is one; None when none waits."""
        endpoint, client = await _endpoint(session, actor, endpoint_id)
        if endpoint is None or client is None:
            return None
        active = endpoint.state == EndpointState.ACTIVE
        if active and not may_be_told(client):
            await disable(session, actor, endpoint, DisabledBecause.CLIENT)
            return None
        if not active:
            await drop(session, endpoint)
            return None
        now = clock.now()
        delivery = await _next(session, endpoint, now)
        if not isinstance(delivery, WebhookDelivery):
            return delivery
        delivery.tries += 1
        return Message(delivery.id, endpoint.url, payload(delivery), self._secrets(endpoint, now))

    def _secrets(self, endpoint: WebhookEndpoint, now: datetime) -> tuple[bytes, ...]:
        """None when the present one cannot be opened. A former one that cannot signs no more: its
        key was taken out of the installation after the exchange, as the guide says."""
        if (present := self._opened(endpoint, endpoint.secret)) is None:
            return ()
        former = None
        if (
            endpoint.former_secret is not None
            and endpoint.former_until is not None
            and now < endpoint.former_until
        ):
            former = self._opened(endpoint, endpoint.former_secret)
        return (present,) if former is None else (present, former)

    def _opened(self, endpoint: WebhookEndpoint, closed: bytes) -> bytes | None:
        try:
            return self._strongbox.open(closed, "webhook secret", str(endpoint.id))
        except Unsealable:
            return None

    async def _post(self, http: outside.Outside, message: Message) -> Outcome:
        at, began = clock.now(), time.perf_counter()

        def ended(status: int | None, error: str | None, asked: timedelta | None = None) -> Outcome:
            return Outcome(at, status, error, round((time.perf_counter() - began) * 1000), asked)

        if not message.secrets:
            return ended(None, "secret")
        try:
            answer = await http.request(
                "POST",
                message.url,
                headers={
                    "Content-Type": "application/json",
                    "User-Agent": _AGENT,
                    **signing.headers(
                        message.secrets, str(message.id), int(at.timestamp()), message.body
                    ),
                },
                content=message.body,
            )
        except (outside.Refused, outside.Unreachable) as exc:
            return ended(None, exc.kind)
        if 200 <= answer.status < 300:
            return ended(answer.status, None)
        asked = asked_to_wait(answer.headers, at) if answer.status in (429, 503) else None
        return ended(answer.status, "status" if asked is None else "wait", asked)


def payload(delivery: WebhookDelivery) -> bytes:
    """The body of a message, the same at every try: what changed, and never how or whose it is."""
    data: dict[str, Any] = {}
    if delivery.object_id is not None:
        data = {
            "type": delivery.event.partition(".")[0],
            "id": str(delivery.object_id),
            "version": delivery.object_version,
        }
    at = delivery.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    content = {"type": delivery.event, "timestamp": at, "data": data}
    return json.dumps(content, separators=(",", ":")).encode()


async def again(session: AsyncSession, actor: Actor, endpoint_id: UUID, _mailer: Mailer) -> None:
    """Send an endpoint's failed messages once more: the operator revived the job that they left."""
    endpoint, _ = await _endpoint(session, actor, endpoint_id)
    if endpoint is None or endpoint.state != EndpointState.ACTIVE:
        return
    now = clock.now()
    await session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.district_id == endpoint.district_id,
            WebhookDelivery.endpoint_id == endpoint.id,
            WebhookDelivery.state == DeliveryState.FAILED.value,
        )
        .values(
            state=DeliveryState.WAITING.value,
            tries=0,
            ended_at=None,
            next_attempt_at=now,
            version=WebhookDelivery.version + 1,
            updated_at=now,
        )
    )
    await enqueue(session, DELIVER, endpoint.district_id, endpoint.id)


async def _endpoint(
    session: AsyncSession, actor: Actor, endpoint_id: UUID
) -> tuple[WebhookEndpoint, IntegrationClient] | tuple[None, None]:
    """The endpoint, locked, and its client."""
    found = (
        await session.execute(
            select(WebhookEndpoint, IntegrationClient)
            .join(
                IntegrationClient,
                (IntegrationClient.district_id == WebhookEndpoint.district_id)
                & (IntegrationClient.id == WebhookEndpoint.client_id),
            )
            .where(
                WebhookEndpoint.district_id == actor.district_id,
                WebhookEndpoint.id == endpoint_id,
            )
            .with_for_update(of=WebhookEndpoint, key_share=True)
        )
    ).first()
    return (found[0], found[1]) if found else (None, None)


async def _next(
    session: AsyncSession, endpoint: WebhookEndpoint, now: datetime
) -> WebhookDelivery | timedelta | None:
    """The next message to an endpoint; how long until there is one; None when none waits."""
    due = WebhookDelivery.next_attempt_at
    of_endpoint = (
        select(WebhookDelivery)
        .where(WebhookDelivery.district_id == endpoint.district_id, *waiting(endpoint))
        .order_by(due, WebhookDelivery.id)  # as the index has them, also where `due` is null
        .limit(1)
        .with_for_update()
    )
    timed = of_endpoint.where(due.is_not(None))
    if endpoint.paused_until is not None and endpoint.paused_until > now:
        asked_for = timed.where(due > endpoint.paused_from, due <= now, WebhookDelivery.tries == 0)
        if (found := await session.scalar(asked_for)) is not None:
            return found
        if await session.scalar(of_endpoint) is None:
            return None
        return max(endpoint.paused_until - now, timedelta(seconds=1))
    first = await session.scalar(timed)
    if first is not None and first.next_attempt_at is not None and first.next_attempt_at <= now:
        return first
    untried = await session.scalar(of_endpoint.where(due.is_(None)))
    if untried is not None or first is None or first.next_attempt_at is None:
        return untried
    return max(first.next_attempt_at - now, timedelta(seconds=1))


async def _note(
    session: AsyncSession, actor: Actor, endpoint_id: UUID, message: Message, outcome: Outcome
) -> str:
    """Write down what came of a try, and what follows; the word for the figures."""
    endpoint, _ = await _endpoint(session, actor, endpoint_id)
    delivery = await session.scalar(
        select(WebhookDelivery)
        .where(WebhookDelivery.district_id == actor.district_id, WebhookDelivery.id == message.id)
        .with_for_update()
    )
    if endpoint is None or delivery is None:
        return "dropped"
    attempt = {
        "at": outcome.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "status": outcome.status,
        "error": outcome.error,
        "milliseconds": outcome.milliseconds,
    }
    delivery.attempts = [*delivery.attempts, attempt][-KEPT_ATTEMPTS:]
    touch(delivery)
    if delivery.state != DeliveryState.WAITING:
        return "dropped"  # disabled meanwhile; what was tried is to be seen all the same
    if outcome.delivered:
        _end(delivery, DeliveryState.DELIVERED)
        back(endpoint)
        return "delivered"
    if endpoint.url != message.url:
        delivery.next_attempt_at = clock.now()  # what a former address says does not count
        return "retried"
    if outcome.status == 410:
        _end(delivery, DeliveryState.DROPPED)
        await session.flush()
        await disable(session, actor, endpoint, DisabledBecause.GONE)
        return "gone"
    return await _failed(session, actor, endpoint, delivery, outcome)


async def _failed(
    session: AsyncSession,
    actor: Actor,
    endpoint: WebhookEndpoint,
    delivery: WebhookDelivery,
    outcome: Outcome,
) -> str:
    now = clock.now()
    if endpoint.failing_since is None:
        endpoint.failing_since = now
    result = "retried"
    wait = outcome.asked or wait_after(delivery.tries)
    lives_on = outcome.asked is not None and now - delivery.at < PATIENCE
    if delivery.tries > len(WAITS) and not lives_on:
        _end(delivery, DeliveryState.FAILED)
        await jobs.bury(session, FAILED, endpoint.district_id, endpoint.id, delivery.tries)
        log.error("webhook_failed", delivery=str(delivery.id), endpoint=str(endpoint.id))
        result = "failed"
    else:
        delivery.next_attempt_at = now + wait
    await session.flush()
    if now - endpoint.failing_since >= FAILING and delivery.tries >= FAILING_TRIES:
        await disable(session, actor, endpoint, DisabledBecause.FAILING)
        log.error("webhook_endpoint_disabled", endpoint=str(endpoint.id))
    elif outcome.down:
        pause = outcome.asked or min(max(wait, now - endpoint.failing_since), PAUSE)
        endpoint.paused_from = endpoint.paused_until = now + pause
        if outcome.asked is None:
            endpoint.paused_from = now
    return result


def _end(delivery: WebhookDelivery, state: DeliveryState) -> None:
    delivery.state = state.value
    delivery.ended_at = clock.now()
    delivery.next_attempt_at = None
