"""The rules of evidence items: the author's alone until shared, then as they are.

What changes after sharing is a revision of the observation (`app.observations.sharing`).
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district, me
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, NotFound, UnknownReference, WrongState
from app.core.events import record
from app.core.paging import BadCursor, Paging, page
from app.core.seal import Unsealable
from app.models import EvidenceItem, EvidenceTag, Observation, touch
from app.models.observations import WRITTEN_IN
from app.observations.access.service import note_read
from app.observations.evidence import capturing

INDICATOR_IDS: ColumnElement[Any] = capturing.tagged(EvidenceItem)


class EvidenceShared(WrongState):
    """What was shared is not changed under its readers."""

    code, title = "evidence_shared", "The observation was shared, or is over"
    next_step = "The observer revises it, with a reason: POST /observations/{id}/revise."


class EvidenceDoesNotFit(Conflict):
    """Evidence, interpretation and question are separate kinds (gate 12). Only evidence is
    verbatim; only the others are about an item, which is evidence of the same observation that you
    read. Tags are indicators of published frameworks."""

    code, title = "evidence_does_not_fit", "The item does not fit"
    next_step = "`reason` says what: leave it out, or name another."


#: the last change of an observation that the caller may know of
_HEAD: ColumnElement[Any] = (
    select(func.coalesce(func.max(EvidenceItem.seq), 0))
    .where(
        EvidenceItem.district_id == district,
        EvidenceItem.observation_id == Observation.id,
        or_(EvidenceItem.author_id == me, EvidenceItem.shared_at.is_not(None)),
    )
    .correlate(Observation)
    .scalar_subquery()
    .label("head")
)


async def observation_seen(
    session: AsyncSession, actor: Actor, observation_id: UUID, *extra: Any
) -> Any:
    """An observation that the caller sees, with `extra` columns beside it (404)."""
    row = (
        await session.execute(
            visible(actor, Action.OBSERVATION_READ, Observation)
            .add_columns(*extra)
            .where(Observation.id == observation_id),
            actor.binds,
        )
    ).first()
    if row is None:
        raise NotFound("There is no such observation, or you may not see it.")
    return row


async def list_evidence(
    session: AsyncSession,
    actor: Actor,
    observation_id: UUID,
    paging: Paging,
    since: str | None,
    indicator_id: UUID | None,
    **filters: Any,
) -> tuple[list[Any], str | None, str]:
    """The items of an observation that the caller may read, in the order they were seen; with
    `since`, what changed after that, removed items included, in the order it changed. Beside them
    the place to ask from the next time."""
    observation, head = await observation_seen(session, actor, observation_id, _HEAD)
    place = (str(actor.id), str(observation_id))
    statement = view(actor, Action.EVIDENCE_READ, EvidenceItem, INDICATOR_IDS).where(
        EvidenceItem.observation_id == observation_id,
        *(getattr(EvidenceItem, name) == v for name, v in filters.items() if v is not None),
    )
    if indicator_id is not None:
        statement = statement.where(_tagged_with(indicator_id))
    by: list[Any] = [EvidenceItem.at, EvidenceItem.id]
    if since is None:
        statement = statement.where(EvidenceItem.removed_at.is_(None))
    else:
        try:
            (after,) = paging.seal.open(since, "evidence", *place)
        except Unsealable as exc:
            raise BadCursor("`since` is not a place that this list gave you.") from exc
        statement = statement.where(EvidenceItem.seq > after)
        by = [EvidenceItem.seq, EvidenceItem.id]
    rows, following = await page(session, actor, statement, paging, by=by)
    note_read(session, actor, observation, Action.EVIDENCE_READ)
    return rows, following, paging.seal.close([head], "evidence", *place)


def _tagged_with(indicator_id: UUID) -> Any:
    return exists().where(
        EvidenceTag.district_id == EvidenceItem.district_id,
        EvidenceTag.item_id == EvidenceItem.id,
        EvidenceTag.indicator_id == indicator_id,
    )


async def read_item(session: AsyncSession, actor: Actor, item_id: UUID) -> Any:
    """One item."""
    statement = view(
        actor,
        Action.EVIDENCE_READ,
        EvidenceItem,
        INDICATOR_IDS,
    )
    row = await read_one(session, actor, statement, EvidenceItem, item_id)
    note_read(session, actor, row, Action.EVIDENCE_READ)
    return row


async def read_wordings(session: AsyncSession, actor: Actor, item_id: UUID) -> list[Any]:
    """What an item said before, or would have said: its author alone."""
    statement = view(actor, Action.EVIDENCE_WORDINGS_READ, EvidenceItem)
    row = await read_one(session, actor, statement, EvidenceItem, item_id)
    return list(row.wordings)


# --- changing, before it is shared --------------------------------------------------------------


async def change(
    session: AsyncSession, actor: Actor, item_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change one's own item, until it is shared. What it said before is kept for its author."""
    item, observation = await _own(session, actor, Action.EVIDENCE_EDIT, item_id, version)
    tags = fields.pop("indicator_ids", None)
    await check(session, actor, observation, {**_content(item), **fields}, tags)
    await rewrite(session, observation, item, fields, tags)
    record(session, actor, "evidence_item.changed", item, fields)


async def rewrite(
    session: AsyncSession,
    observation: Observation,
    item: EvidenceItem,
    fields: dict[str, Any],
    tags: list[UUID] | None,
) -> None:
    """Give an item another content that was checked."""
    before = capturing.wording(item)
    for name, value in fields.items():
        setattr(item, name, value)
    if "about_id" in fields:
        item.about_key = None
    words = ("kind", "at", "text", "verbatim")
    if any(capturing.wording(item)[name] != before[name] for name in words):
        item.wordings = [*item.wordings, before][-capturing.MOST_WORDINGS :]
    item.edited_at = max(clock.now(), item.edited_at)
    if tags is not None:
        await capturing.tag(session, {item.id: sorted(set(tags))}, item.district_id)
    item.seq = await capturing.next_number(session, observation)
    touch(item)
    await session.flush()


async def remove(session: AsyncSession, actor: Actor, item_id: UUID, version: int) -> None:
    """Take one's own item out, until it is shared; its key stays taken."""
    item, observation = await _own(session, actor, Action.EVIDENCE_REMOVE, item_id, version)
    item.removed_at = clock.now()
    item.edited_at = max(item.removed_at, item.edited_at)
    item.seq = await capturing.next_number(session, observation)
    touch(item)
    record(session, actor, "evidence_item.removed", item, ("removed_at",))


async def _own(
    session: AsyncSession, actor: Actor, action: Action, item_id: UUID, version: int
) -> tuple[EvidenceItem, Observation]:
    """One's own item and its observation, locked in the order of a batch and of sharing."""
    of_item = visible(actor, Action.EVIDENCE_READ, EvidenceItem).with_only_columns(
        EvidenceItem.observation_id
    )
    observation = await session.scalar(
        select(Observation)
        .where(
            Observation.district_id == actor.district_id,
            Observation.id.in_(of_item.where(EvidenceItem.id == item_id)),
        )
        .with_for_update(of=Observation),
        actor.binds,
    )
    item = await acting(
        session, actor, action, EvidenceItem, item_id, version, read=Action.EVIDENCE_READ
    )
    assert observation is not None
    if item.shared_at is not None or observation.state not in WRITTEN_IN:
        raise EvidenceShared(state=observation.state)
    if item.removed_at is not None:
        raise EvidenceShared("The item was taken out.", state=observation.state)
    return item, observation


def _content(item: EvidenceItem) -> dict[str, Any]:
    names = ("id", "kind", "verbatim", "about_id")
    return {name: getattr(item, name) for name in names}


async def check(
    session: AsyncSession,
    actor: Actor,
    observation: Observation,
    content: dict[str, Any],
    tags: list[UUID] | None,
) -> None:
    """Refuse (409) a content that does not fit."""
    # an item that was evidence until now is not about itself
    named = {content["about_id"]} - {None, content.get("id")}
    seen = await capturing.seen_evidence(session, actor, observation.id, named)
    offered = await capturing.offered_indicators(session, actor, set(tags or ()))
    flaw = capturing.flaw_of({**content, "indicator_ids": tags or []}, offered, seen)
    if flaw == "about_unknown":
        raise UnknownReference("There is no such evidence in this observation.", field="about_id")
    if flaw is not None:
        raise EvidenceDoesNotFit(reason=flaw)


def standing(observation: Observation) -> Any:
    """The items of an observation that the teacher has and that were not taken out."""
    return and_(
        EvidenceItem.district_id == observation.district_id,
        EvidenceItem.observation_id == observation.id,
        EvidenceItem.shared_at.is_not(None),
        EvidenceItem.removed_at.is_(None),
    )
