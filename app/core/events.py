"""The only writer of events: the audit row and the feed entry, in the transaction of the effect."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox
from app.models.base import InDistrict, RecordClass
from app.models.events import Event, FeedEntry


def record(
    session: AsyncSession,
    actor: Any,
    action: str,
    subject: InDistrict,
    changed: Iterable[str] = (),
    *,
    standing_in: bool = False,
) -> None:
    """Write down that `actor` did `action` (past tense, `goal.agreed`) to `subject`.

    `changed` are names of fields; their content is never written. Support records reach neither
    the feed nor any audience but their own.
    """
    kind = type(subject).__tablename__  # type: ignore[attr-defined]
    session.add(
        Event(
            district_id=subject.district_id,
            action=action,
            actor_kind=str(actor.kind),
            actor_id=actor.id,
            standing_in=standing_in,
            subject_type=kind,
            subject_id=subject.id,
            subject_version=getattr(subject, "version", None),
            school_id=subject.audit_school_id,
            owner_id=subject.audit_owner_id,
            record_class=subject.class_now.value,
            changed=sorted(changed),
            request_id=actor.request_id,
        )
    )
    if subject.in_feed and subject.class_now is not RecordClass.SUPPORT:
        entry(session, subject.district_id, kind, subject.id, getattr(subject, "version", 1))


def entry(
    session: AsyncSession, district_id: UUID, kind: str, object_id: UUID, version: int
) -> None:
    """A feed entry for integrations; whoever has a webhook is told once it is committed."""
    outbox.wanted(session, district_id)
    session.add(
        FeedEntry(district_id=district_id, type=kind, object_id=object_id, object_version=version)
    )
