"""Telling of changes: a job in the transaction that writes to the feed, where anybody wants it.

It stands behind the sessions themselves, so it holds for requests, jobs and the command line alike,
and whoever writes an event need not think of it. A session that wrote to the feed puts the job into
the queue as it commits: one statement, and none in a district that was just seen to have no
endpoint. That is remembered for a moment by each process, so an endpoint that comes to be, or is
enabled, wakes its own process at once and has a job of its own for what others wrote meanwhile.
"""

import time
from typing import Any
from uuid import UUID

from sqlalchemy import event, inspect, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, object_session

from app.core.jobs import payload
from app.models.webhooks import EndpointState, WebhookEndpoint

#: the job's name; its subject is the district
TELL = "webhook.tell"
#: seconds for which a district is believed to have no endpoint
ASLEEP = 30.0
_WROTE, _WOKEN = "districts written to the feed of", "districts with a changed endpoint"
#: district → when it was seen to have none
_asleep: dict[UUID, float] = {}

#: the job that waits already is replaced and not left alone: a worker could take it before this
#: transaction commits, and would then not see what it wrote
_TELL = text(
    """with wanted as (
        select from webhook_endpoint where district_id = :district and state = 'active' limit 1
    ), replaced as (
        delete from pgqueuer where id in (
            select id from pgqueuer where status = 'queued' and entrypoint = :name
            and payload = :payload and execute_after <= now() and exists (select from wanted)
            for update skip locked)
    ), told as (
        insert into pgqueuer (priority, entrypoint, payload, execute_after, status)
        select 0, :name, cast(:payload as bytea), now(), 'queued' from wanted
    )
    select exists (select from wanted)"""
)
_TELL_LATER = text(
    "insert into pgqueuer (priority, entrypoint, payload, execute_after, status) values"
    " (0, :name, :payload, now() + make_interval(secs => :seconds), 'queued')"
)


def wanted(session: AsyncSession, district_id: UUID) -> None:
    """What this session commits is to be told to the district's endpoints."""
    session.info.setdefault(_WROTE, set()).add(district_id)


@event.listens_for(Session, "before_commit")
def _enqueue(session: Session) -> None:
    if session.in_nested_transaction():
        return
    now = time.monotonic()
    for district_id in session.info.pop(_WROTE, ()):
        if now - _asleep.get(district_id, -ASLEEP) < ASLEEP:
            continue
        values = {
            "district": district_id,
            "name": TELL,
            "payload": payload(district_id, district_id),
        }
        if not session.scalar(_TELL, values):
            _asleep[district_id] = now


@event.listens_for(WebhookEndpoint, "after_update")
def _changed(mapper: Any, connection: Any, endpoint: WebhookEndpoint) -> None:
    enabled = endpoint.state == EndpointState.ACTIVE
    if enabled and inspect(endpoint).attrs.state.history.has_changes():
        _wake(mapper, connection, endpoint)


@event.listens_for(WebhookEndpoint, "after_insert")
def _wake(_mapper: Any, connection: Any, endpoint: WebhookEndpoint) -> None:
    connection.execute(
        _TELL_LATER,
        {
            "name": TELL,
            "payload": payload(endpoint.district_id, endpoint.district_id),
            "seconds": ASLEEP + 5,
        },
    )
    session = object_session(endpoint)
    assert session is not None, "it is being flushed"
    session.info.setdefault(_WOKEN, set()).add(endpoint.district_id)


@event.listens_for(Session, "after_commit")
def _woken(session: Session) -> None:
    for district_id in session.info.pop(_WOKEN, ()):
        _asleep.pop(district_id, None)
