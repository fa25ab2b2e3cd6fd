"""Forgetting what is kept for a time only: idempotency keys, sign-in tries, old feed entries,
what was sent to webhooks, the job library's log."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, func, null, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.database import Database
from app.models import (
    District,
    EdFiKey,
    EdFiVersion,
    FeedEntry,
    IdempotencyKey,
    LoginAttempt,
    RosterImport,
    WebhookDelivery,
    WebhookEndpoint,
)
from app.models.people import ImportState

IDEMPOTENCY_KEPT = timedelta(hours=24)
FAILED_TRY_KEPT = timedelta(hours=1)
#: a success marks the address as known to the account
KNOWN_ADDRESS_KEPT = timedelta(days=90)
FEED_KEPT = timedelta(days=90)
#: a roster that was reported and never committed
ROSTER_KEPT = timedelta(days=7)
#: what was sent to a webhook, after its end
DELIVERY_KEPT = timedelta(days=30)
#: when each job was queued and begun, which PgQueuer writes down
_JOB_LOG = text("delete from pgqueuer_log where created < now() - interval '7 days'")
EVERY_SECONDS = 3600.0

log = structlog.get_logger("alongside.housekeeping")


#: something a feature does for each district every hour: (session, district, its zone)
Chore = Callable[[AsyncSession, UUID, str], Awaitable[object]]


async def forget(database: Database, chores: Sequence[Chore] = ()) -> None:
    """Delete what is past its time and do the features' chores, a district at a time."""
    async with database.writing() as session:
        now = clock.now()
        await session.execute(
            delete(LoginAttempt).where(
                (LoginAttempt.at < now - KNOWN_ADDRESS_KEPT)
                | (~LoginAttempt.succeeded & (LoginAttempt.at < now - FAILED_TRY_KEPT))
            )
        )
        await session.execute(_JOB_LOG)
        districts = list(await session.scalars(select(District)))
        await session.commit()
    for district in districts:
        district_id = district.id
        async with database.writing() as session:
            await session.execute(select(func.set_config("app.district", str(district_id), True)))
            await session.execute(
                delete(IdempotencyKey).where(
                    IdempotencyKey.district_id == district_id,
                    IdempotencyKey.created_at < clock.now() - IDEMPOTENCY_KEPT,
                )
            )
            await session.execute(
                update(RosterImport)
                .where(
                    RosterImport.district_id == district_id,
                    RosterImport.state == ImportState.REPORTED.value,
                    RosterImport.created_at < clock.now() - ROSTER_KEPT,
                )
                .values(roster=null(), state=ImportState.REFUSED.value)
            )
            await session.execute(
                delete(WebhookDelivery).where(
                    WebhookDelivery.district_id == district_id,
                    WebhookDelivery.ended_at < clock.now() - DELIVERY_KEPT,
                )
            )
            await session.execute(
                update(WebhookEndpoint)
                .where(
                    WebhookEndpoint.district_id == district_id,
                    WebhookEndpoint.former_until <= clock.now(),
                )
                .values(former_secret=null(), former_until=null())
            )
            await _forget_feed(session, district_id)
            for chore in chores:
                await chore(session, district_id, district.zone)
            await session.commit()


async def _forget_feed(session: AsyncSession, district_id: UUID) -> None:
    """Delete old entries but the newest of them: a reader whose position lies before it has missed
    something and must start anew; one whose position is that entry has missed nothing."""
    old = FeedEntry.at < clock.now() - FEED_KEPT
    newest = (
        await session.execute(
            select(FeedEntry.transaction, FeedEntry.position)
            .where(FeedEntry.district_id == district_id, old)
            .order_by(FeedEntry.transaction.desc(), FeedEntry.position.desc())
            .limit(1)
        )
    ).first()
    if newest is not None:
        await session.execute(
            delete(FeedEntry).where(
                FeedEntry.district_id == district_id,
                old,
                tuple_(FeedEntry.transaction, FeedEntry.position) < tuple_(*newest),
            )
        )
        # A change version stays as long as everything behind it does.
        await session.execute(
            delete(EdFiVersion).where(
                EdFiVersion.district_id == district_id, EdFiVersion.transaction < newest[0]
            )
        )
        await session.execute(
            delete(EdFiKey).where(EdFiKey.district_id == district_id, EdFiKey.ended <= newest[0])
        )


async def keep_forgetting(database: Database, chores: Sequence[Chore] = ()) -> None:
    """`forget` now and every hour, for as long as the program runs."""
    while True:
        try:
            await forget(database, chores)
        except Exception as exc:  # the next hour tries again; serving goes on
            log.warning("housekeeping_failed", error=type(exc).__name__)
        await asyncio.sleep(EVERY_SECONDS)
