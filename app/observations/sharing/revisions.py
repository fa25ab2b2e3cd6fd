"""Changing an observation after sharing: what it said before is kept, with the reason.

The observer changes their own items and the ratings. The gate of sharing holds for what it says
then, and a teacher who acknowledged what it said before acknowledges it anew.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.models import (
    EvidenceItem,
    Observation,
    ObservationRating,
    ObservationRevision,
    touch,
)
from app.models.observations import ObservationState
from app.observations.access.service import note_read
from app.observations.evidence import capturing
from app.observations.evidence.service import (
    check,
    observation_seen,
    rewrite,
    standing,
)
from app.observations.ratings import service as ratings
from app.observations.sharing import gates
from app.people.district.service import policy

Fields = dict[str, Any]


class RevisionEmpty(Conflict):
    """A revision changes something."""

    code, title = "revision_empty", "Nothing would change"
    next_step = "Add, change or remove an item or a rating."


class ClientKeyTaken(Conflict):
    """A key names one item of its author in an observation, for good."""

    code, title = "client_key_taken", "The key names another item of yours"
    next_step = "Give the new item a new key, or change the item that has this one."


class NamedTwice(Conflict):
    """A revision says once what becomes of an item or a rating."""

    code, title = "named_twice", "An item or indicator is named twice"
    next_step = "Say for each what becomes of it, once."


async def revise(
    session: AsyncSession, actor: Actor, observation_id: UUID, version: int, fields: Fields
) -> list[dict[str, str]]:
    """Change a shared observation, with the reason: the observer, until it is locked."""
    observation = await acting(
        session,
        actor,
        Action.OBSERVATION_REVISE,
        Observation,
        observation_id,
        version,
        read=Action.OBSERVATION_READ,
    )
    _check_once(fields)
    content: Fields = {
        "state": observation.state,
        "acknowledged_at": _told(observation.acknowledged_at),
        "reply": observation.reply,
        "ratings": await _former_ratings(session, observation),
    }
    named = {one["id"] for one in fields["change_items"]} | set(fields["remove_item_ids"])
    items = await _own_items(session, actor, observation, named)
    content["items"] = [_former(item, tags) for item, tags in items.values()]
    added = [await _add(session, actor, observation, one) for one in fields["add_items"]]
    content["added_item_ids"] = [str(one.id) for one in added]
    await _change_items(session, actor, observation, items, fields)
    await _change_ratings(session, actor, observation, fields)
    needed = (await policy(session, actor)).evidence_per_score
    warnings = await gates.check(session, observation, needed, standing(observation))
    revision = ObservationRevision(
        district_id=observation.district_id,
        id=clock.new_id(),
        observation_id=observation.id,
        school_id=observation.school_id,
        teacher_id=observation.teacher_id,
        observer_id=observation.observer_id,
        observer_kind=observation.observer_kind,
        evaluative=observation.evaluative,
        author_id=actor.id,
        shared_at=clock.now(),
        number=observation.revision,
        reason=fields["reason"],
        content=content,
    )
    session.add(revision)
    observation.revision += 1
    if observation.state == ObservationState.ACKNOWLEDGED:
        # what was acknowledged is not what it says now; the reply stays with what it replied to
        back = ObservationState.DISCUSSED if observation.discussed_on else ObservationState.SHARED
        observation.state = back.value
        observation.acknowledged_at = observation.reply = None
    touch(observation)
    record(session, actor, "observation.revised", observation, _changed(fields))
    await session.flush()
    return warnings


def _changed(fields: Fields) -> list[str]:
    items = ("add_items", "change_items", "remove_item_ids")
    scores = ("set_ratings", "clear_indicator_ids")
    parts = {"items": items, "ratings": scores}
    return [name for name, keys in parts.items() if any(fields[key] for key in keys)]


def _check_once(fields: Fields) -> None:
    # an item that is only named does not change: the acknowledgement would fall for nothing
    if not _changed(fields) or any(one.keys() == {"id"} for one in fields["change_items"]):
        raise RevisionEmpty
    changed = [one["id"] for one in fields["change_items"]]
    scored = [one["indicator_id"] for one in fields["set_ratings"]]
    for named in (
        [*changed, *fields["remove_item_ids"]],
        [*scored, *fields["clear_indicator_ids"]],
    ):
        if len(set(named)) < len(named):
            raise NamedTwice


def _told(at: Any) -> str | None:
    return at.isoformat() if at is not None else None


# --- items --------------------------------------------------------------------------------------


async def _own_items(
    session: AsyncSession, actor: Actor, observation: Observation, ids: set[UUID]
) -> dict[UUID, tuple[EvidenceItem, list[UUID]]]:
    """The observer's own items among those that stand. Nobody changes what another one saw."""
    if not ids:
        return {}
    rows = await session.execute(
        select(EvidenceItem, capturing.tagged(EvidenceItem))
        .where(standing(observation), EvidenceItem.author_id == actor.id, EvidenceItem.id.in_(ids))
        .order_by(EvidenceItem.id)
    )
    found = {item.id: (item, list(tags)) for item, tags in rows}
    if found.keys() != ids:
        raise UnknownReference("There is no such item of yours here.", field="change_items")
    return found


def _former(item: EvidenceItem, tags: list[UUID]) -> Fields:
    return {
        "id": str(item.id),
        "version": item.version,
        "kind": item.kind,
        "at": _told(item.at),
        "text": item.text,
        "verbatim": item.verbatim,
        "about_id": str(item.about_id) if item.about_id else None,
        "indicator_ids": [str(one) for one in tags],
    }


async def _add(
    session: AsyncSession, actor: Actor, observation: Observation, given: Fields
) -> EvidenceItem:
    tags = given.pop("indicator_ids")
    await check(session, actor, observation, given, tags)
    number = await capturing.next_number(session, observation)
    now = clock.now()
    fields = {**given, "shared_at": now, "edited_at": now, "seq": number, "wordings": []}
    item = capturing.made(observation, actor.id, fields)
    try:
        async with session.begin_nested():
            session.add(item)
            await session.flush()
    except IntegrityError as exc:
        if "uq_evidence_item_key" in str(exc.orig):
            raise ClientKeyTaken from exc
        raise
    await capturing.tag(session, {item.id: sorted(set(tags))}, item.district_id)
    record(session, actor, "evidence_item.captured", item)
    return item


async def _change_items(
    session: AsyncSession, actor: Actor, observation: Observation, items: Any, fields: Fields
) -> None:
    for given in fields["change_items"]:
        item, _ = items[given.pop("id")]
        tags = given.pop("indicator_ids", None)
        content = {name: getattr(item, name) for name in ("id", "kind", "verbatim", "about_id")}
        await check(session, actor, observation, {**content, **given}, tags)
        await rewrite(session, observation, item, given, tags)
        record(session, actor, "evidence_item.changed", item, given)
    for item_id in fields["remove_item_ids"]:
        item, _ = items[item_id]
        item.removed_at = clock.now()
        item.seq = await capturing.next_number(session, observation)
        touch(item)
        record(session, actor, "evidence_item.removed", item, ("removed_at",))
        await session.flush()


# --- ratings ------------------------------------------------------------------------------------


async def _former_ratings(session: AsyncSession, observation: Observation) -> list[Fields]:
    rows = await session.execute(
        select(
            ObservationRating.indicator_id,
            ObservationRating.score,
            ratings.LEVEL,
            ObservationRating.not_observed_reason,
        )
        .where(
            ObservationRating.district_id == observation.district_id,
            ObservationRating.observation_id == observation.id,
        )
        .order_by(ObservationRating.id)
    )
    return [
        {
            "indicator_id": str(row.indicator_id),
            "score": float(row.score) if row.score is not None else None,
            "level": row.level,
            "not_observed_reason": row.not_observed_reason,
        }
        for row in rows
    ]


async def _change_ratings(
    session: AsyncSession, actor: Actor, observation: Observation, fields: Fields
) -> None:
    for given in fields["set_ratings"]:
        indicator_id = given.pop("indicator_id")
        rating = await ratings.put(session, actor, observation, indicator_id, given)
        record(session, actor, "observation_rating.given", rating, given)
    for indicator_id in fields["clear_indicator_ids"]:
        await ratings.take_back(session, actor, observation, indicator_id)


# --- reading ------------------------------------------------------------------------------------


async def list_revisions(
    session: AsyncSession, actor: Actor, observation_id: UUID, paging: Paging
) -> tuple[list[Any], str | None]:
    """How often and why an observation was changed after sharing."""
    (observation,) = await observation_seen(session, actor, observation_id)
    statement = view(actor, Action.OBSERVATION_REVISION_READ, ObservationRevision).where(
        ObservationRevision.observation_id == observation_id
    )
    found = await page(session, actor, statement, paging, by=[ObservationRevision.id])
    note_read(session, actor, observation, Action.OBSERVATION_REVISION_READ)
    return found


async def read_revision(session: AsyncSession, actor: Actor, revision_id: UUID) -> Any:
    """What an observation said before a revision."""
    statement = view(actor, Action.OBSERVATION_REVISION_READ, ObservationRevision)
    row = await read_one(session, actor, statement, ObservationRevision, revision_id)
    note_read(session, actor, row, Action.OBSERVATION_REVISION_READ)
    return row
