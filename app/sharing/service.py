"""The rules of sharing: a copy of one version, opened by a yes of both or by the teacher, and taken
back by either (domain.md §2, ADR 0018)."""

from typing import Any
from uuid import UUID

from sqlalchemy import null
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, noun, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, Forbidden, PreconditionFailed
from app.core.events import record
from app.core.paging import Paging, page
from app.models import CoachingRelationship, SharedRecord
from app.models.relationships import RelationshipState
from app.models.sharing import SharedState, SharedWith
from app.people.schools.service import apply
from app.relationships.pair import CoachingNotActive, same_pair
from app.sharing.records import Shareable, content_of

Page = tuple[list[Any], str | None]


class AlreadyShared(Conflict):
    """You said yes to exactly this already; once it is open, so did the other of the two."""

    code, title = "already_shared", "You shared this already"
    next_step = "Find it with GET /shared-records. While it is offered, the other one's yes is due."


class LeadHasGone(Conflict):
    """A record is opened to the school's leaders by both who wrote it, and the lead of this one
    does not coach the teacher any more."""

    code, title = "lead_has_gone", "The lead it was written with cannot say yes any more"
    next_step = "The teacher may open it to their lead of today: `with` is `lead`."


class NoLeadNow(Conflict):
    """The teacher has no active lead to whom the record could be opened."""

    code, title = "no_lead_now", "There is no active lead to share this with"
    next_step = "Share it once a lead's coaching relationship is active."


class LeadReadsIt(Conflict):
    """The record was written with the teacher's lead of today, who reads it anyway."""

    code, title = "lead_reads_it", "The lead reads this already"
    next_step = "Nothing is to be done: with `lead`, share what was written with another lead."


async def list_shared(session: AsyncSession, actor: Actor, paging: Paging, **filters: Any) -> Page:
    """What the caller offered or was offered, and what was opened to them."""
    statement = view(actor, Action.SHARED_READ, SharedRecord).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[SharedRecord.id])


async def read_shared(session: AsyncSession, actor: Actor, shared_id: UUID) -> Any:
    """One shared record."""
    statement = view(actor, Action.SHARED_READ, SharedRecord)
    return await read_one(session, actor, statement, SharedRecord, shared_id)


async def share(
    session: AsyncSession,
    actor: Actor,
    kind: Shareable,
    record_id: UUID,
    version: int,
    shared_with: str,
) -> UUID:
    """Say yes to opening the record as it is. With the school's leaders the first yes of the two is
    an offer and the second opens it; with the lead of today the teacher's alone does.

    The record's row is locked, so of two who say yes at once the second finds the first one's.
    """
    # The version comes after the question who may share with whom.
    row = await acting(session, actor, kind.share, kind.model, record_id, read=kind.read)
    alone = shared_with == SharedWith.LEAD.value
    if alone and row.teacher_id != actor.id:
        raise Forbidden("The teacher alone opens a record to another lead.")
    if row.version != version:
        raise PreconditionFailed(
            f"The {noun(kind.model)} is at another version than the one you read."
        )
    to_lead_id = await _to_whom(session, actor, row, alone=alone)
    content = await content_of(session, actor, kind, record_id)
    standing = await _standing(session, actor, row, shared_with, to_lead_id)
    yes = "teacher_yes_at" if row.teacher_id == actor.id else "lead_yes_at"
    now = clock.now()
    copied = {"record_version": version, "content": content}
    same = [
        found for found in standing if found.record_version == version and found.content == content
    ]
    if any(found.state == SharedState.OPEN.value or getattr(found, yes) for found in same):
        raise AlreadyShared
    offer = next((found for found in standing if found.state == SharedState.OFFERED.value), None)
    if offer is None:
        shared = SharedRecord(
            id=clock.new_id(),
            record_type=kind.model.__tablename__,
            record_id=record_id,
            shared_with=shared_with,
            to_lead_id=to_lead_id,
            state=(SharedState.OPEN if alone else SharedState.OFFERED).value,
            **{yes: now},
            **copied,
            **same_pair(row, actor.id),
        )
        session.add(shared)
        await session.flush()
        record(session, actor, f"shared_record.{'opened' if alone else 'offered'}", shared)
        return shared.id
    if offer in same:
        fields: dict[str, Any] = {yes: now, "state": SharedState.OPEN.value}
        done = "opened"
    else:
        # It changed since it was offered: what the other one said yes to is not this.
        none = {"teacher_yes_at": None, "lead_yes_at": None}
        fields = {**copied, **none, yes: now, "author_id": actor.id}
        done = "offered"
    apply(offer, fields)
    record(session, actor, f"shared_record.{done}", offer, fields)
    return offer.id


async def _standing(
    session: AsyncSession, actor: Actor, row: Any, shared_with: str, to_lead_id: UUID | None
) -> list[SharedRecord]:
    """What of the record is offered or open to the same readers by the same two, locked."""
    found = await session.scalars(
        visible(actor, Action.SHARED_READ, SharedRecord)
        .where(
            SharedRecord.record_type == row.__tablename__,
            SharedRecord.record_id == row.id,
            SharedRecord.lead_id == row.lead_id,
            SharedRecord.shared_with == shared_with,
            SharedRecord.to_lead_id.is_not_distinct_from(to_lead_id),
            SharedRecord.state != SharedState.TAKEN_BACK.value,
        )
        .order_by(SharedRecord.id)
        .with_for_update(),
        actor.binds,
    )
    return list(found)


async def _to_whom(session: AsyncSession, actor: Actor, row: Any, *, alone: bool) -> UUID | None:
    """The lead it is opened to; nobody by name when it is for the school's leaders."""
    link = CoachingRelationship
    present = await session.scalar(
        visible(actor, Action.RELATIONSHIP_READ, link).where(
            link.teacher_id == row.teacher_id,
            link.primary,
            link.state.in_([RelationshipState.ACTIVE.value, RelationshipState.PAUSED.value]),
        ),
        actor.binds,
    )
    if not alone:
        if present is None or present.lead_id != row.lead_id:
            raise LeadHasGone
        if present.state != RelationshipState.ACTIVE.value:
            raise CoachingNotActive(
                "The coaching is paused: nothing is opened meanwhile.", state=present.state
            )
        return None
    if present is None or present.state != RelationshipState.ACTIVE.value:
        raise NoLeadNow
    if present.lead_id == row.lead_id:
        raise LeadReadsIt
    lead_id: UUID = present.lead_id
    return lead_id


async def take_back(session: AsyncSession, actor: Actor, shared_id: UUID, version: int) -> None:
    """Close what is offered or open: either of the two. The copy goes; that there was one stays."""
    shared = await acting(
        session,
        actor,
        Action.SHARED_TAKE_BACK,
        SharedRecord,
        shared_id,
        version,
        read=Action.SHARED_READ,
    )
    # null(), because None in a JSON column is the JSON value null
    fields = {"state": SharedState.TAKEN_BACK.value, "content": null()}
    apply(shared, fields)
    record(session, actor, "shared_record.taken_back", shared, fields)
