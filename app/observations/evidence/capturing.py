"""Taking what devices captured: in any order, as often as it takes, from two devices at once.

The key of an item belongs to its author and observation. Of two contents under one key the one that
was edited later stands, whichever arrives first; the other is kept among the item's wordings. An
item that does not fit is reported and keeps nothing else from being taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, delete, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import flag_modified

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.core import clock
from app.core.events import record
from app.models import EvidenceItem, EvidenceTag, Framework, Indicator, Observation
from app.models.frameworks import FrameworkState
from app.models.observations import EvidenceKind

#: what of an item counts as its wording
_WORDING = ("kind", "at", "text", "verbatim")
MOST_WORDINGS = 1000
_COLUMNS = ("kind", "at", "text", "verbatim", "about_id", "about_key", "removed_at", "edited_at")
Fields = dict[str, Any]


@dataclass
class _Known:
    """The items of the author that a batch touches, with the indicators they are tagged with."""

    items: dict[str, EvidenceItem]
    tags: dict[UUID, list[UUID]]
    created: list[EvidenceItem] = field(default_factory=list)
    updated: dict[UUID, EvidenceItem] = field(default_factory=dict)
    #: names of what changed in those
    fields: dict[UUID, set[str]] = field(default_factory=dict)
    #: whose stamp or wordings alone changed
    kept: dict[UUID, EvidenceItem] = field(default_factory=dict)


async def capture(
    session: AsyncSession, actor: Actor, observation_id: UUID, items: Sequence[Fields]
) -> list[Fields]:
    """Take a batch of the caller's items: the observer, or somebody who looks on with the
    teacher's consent. Answers what became of each. The observation itself does not change: its
    version would tell the teacher how much is being written."""
    observation = await acting(
        session,
        actor,
        Action.OBSERVATION_ADD_EVIDENCE,
        Observation,
        observation_id,
        read=Action.OBSERVATION_READ,
    )
    known = await _known(session, actor, observation, items)
    offered = await offered_indicators(session, actor, {i for one in items for i in tags_of(one)})
    about = {one["about_id"] for one in items if one["about_id"]}
    seen = await seen_evidence(session, actor, observation.id, about)
    number = await next_number(session, observation)
    results = []
    for item in items:
        own = known.items.get(item["client_key"])
        # an item that was evidence until now is not about itself
        flaw = flaw_of(item, offered, seen - {own.id} if own else seen)
        if flaw is not None:
            results.append(_result(item, None, "refused", flaw))
        else:
            results.append(_take(actor, observation, known, dict(item), number))
    await _write(session, actor, observation, known, number)
    return results


def _result(item: Fields, row: EvidenceItem | None, status: str, code: str | None = None) -> Fields:
    return {
        "client_key": item["client_key"],
        "id": row.id if row is not None else None,
        "status": status,
        "code": code,
    }


# --- what there is, and what fits ---------------------------------------------------------------


async def _known(
    session: AsyncSession, actor: Actor, observation: Observation, items: Sequence[Fields]
) -> _Known:
    keys = {one[name] for one in items for name in ("client_key", "about_key") if one[name]}
    rows = await session.execute(
        select(EvidenceItem, tagged(EvidenceItem)).where(
            EvidenceItem.district_id == actor.district_id,
            EvidenceItem.observation_id == observation.id,
            EvidenceItem.author_id == actor.id,
            EvidenceItem.client_key == any_(literal(sorted(keys), ARRAY(Text()))),
        )
    )
    found = _Known({}, {})
    for item, tags in rows:
        found.items[item.client_key] = item
        found.tags[item.id] = list(tags)
    return found


def tagged(item: Any) -> Any:
    """The indicators that an item is tagged with, as a column."""
    return func.array(
        select(EvidenceTag.indicator_id)
        .where(EvidenceTag.district_id == item.district_id, EvidenceTag.item_id == item.id)
        .order_by(EvidenceTag.indicator_id)
        .correlate(item)
        .scalar_subquery()
    ).label("indicator_ids")


def tags_of(item: Fields) -> list[UUID]:
    """Each indicator once, in the order in which they are kept."""
    return sorted(set(item["indicator_ids"]))


async def offered_indicators(session: AsyncSession, actor: Actor, wanted: set[UUID]) -> set[UUID]:
    """Those of the indicators that belong to a published framework."""
    if not wanted:
        return set()
    found = await session.scalars(
        visible(actor, Action.FRAMEWORK_READ, Indicator)
        .join(
            Framework,
            (Framework.district_id == Indicator.district_id)
            & (Framework.id == Indicator.framework_id),
        )
        .where(
            Framework.state == FrameworkState.PUBLISHED.value,
            Indicator.id == any_(literal(sorted(wanted), ARRAY(Indicator.id.type))),
        )
        .with_only_columns(Indicator.id),
        actor.binds,
    )
    return set(found)


async def seen_evidence(
    session: AsyncSession, actor: Actor, observation_id: UUID, wanted: set[UUID]
) -> set[UUID]:
    """Those of the ids that are evidence of the observation which the caller reads."""
    if not wanted:
        return set()
    found = await session.scalars(
        visible(actor, Action.EVIDENCE_READ, EvidenceItem)
        .where(
            EvidenceItem.observation_id == observation_id,
            EvidenceItem.kind == EvidenceKind.EVIDENCE.value,
            EvidenceItem.id == any_(literal(sorted(wanted), ARRAY(EvidenceItem.id.type))),
        )
        .with_only_columns(EvidenceItem.id),
        actor.binds,
    )
    return set(found)


def flaw_of(item: Fields, offered: set[UUID], seen: set[UUID]) -> str | None:
    """Why an item does not fit, if it does not."""
    evidence = item["kind"] == EvidenceKind.EVIDENCE
    about_id, about_key = item["about_id"], item.get("about_key")
    if (evidence and (about_id or about_key)) or (about_id and about_key):
        return "about_not_offered"
    if about_id and about_id not in seen:
        return "about_unknown"
    if item["verbatim"] and not evidence:
        return "verbatim_not_offered"
    if not set(item["indicator_ids"]) <= offered:
        return "indicator_not_offered"
    return None


async def next_number(session: AsyncSession, observation: Observation) -> int:
    """The number of the change that is being made. The observation is locked, so no two changes
    take one number, and whoever reads up to a number has read all below it."""
    last = await session.scalar(
        select(func.max(EvidenceItem.seq)).where(
            EvidenceItem.district_id == observation.district_id,
            EvidenceItem.observation_id == observation.id,
        )
    )
    return (last or 0) + 1


# --- one item -----------------------------------------------------------------------------------


def made(observation: Observation, author_id: UUID, fields: Fields) -> EvidenceItem:
    """A new item of an observation."""
    return EvidenceItem(
        district_id=observation.district_id,
        id=clock.new_id(),
        observation_id=observation.id,
        school_id=observation.school_id,
        teacher_id=observation.teacher_id,
        observer_id=observation.observer_id,
        observer_kind=observation.observer_kind,
        evaluative=observation.evaluative,
        author_id=author_id,
        **fields,
    )


def _take(
    actor: Actor, observation: Observation, known: _Known, item: Fields, number: int
) -> Fields:
    tags = tags_of(item)
    row = known.items.get(item["client_key"])
    values: Fields = {name: item[name] for name in _COLUMNS if name in item}
    if row is None:
        values["removed_at"] = clock.now() if item["removed"] else None
        fields = {**values, "client_key": item["client_key"], "seq": number, "wordings": []}
        row = made(observation, actor.id, fields)
        known.items[row.client_key], known.tags[row.id] = row, tags
        known.created.append(row)
        return _result(item, row, "created")
    later = item["edited_at"] > row.edited_at
    if _same(row, item, known.tags[row.id] == tags):
        if later:
            # so that a content between the two, which comes last, does not count as the later one
            row.edited_at = item["edited_at"]
            known.kept[row.id] = row
        return _result(item, row, "unchanged")
    lost = wording(row) if later else {**_wording_of(item), "edited_at": _told(item["edited_at"])}
    if not _keep(row, lost, known, differs=any(getattr(row, n) != item[n] for n in _WORDING)):
        return _result(item, row, "refused", "too_many_wordings")
    if not later:
        return _result(item, row, "unchanged", "older")
    if item["removed"] != (row.removed_at is not None):
        values["removed_at"] = clock.now() if item["removed"] else None
    if item["about_key"] is not None and item["about_key"] == row.about_key:
        values["about_id"] = row.about_id
    changed = {name for name in values if getattr(row, name) != values[name]} - {"edited_at"}
    if known.tags[row.id] != tags:
        changed.add("indicator_ids")
    known.fields.setdefault(row.id, set()).update(changed)
    for name, value in values.items():
        setattr(row, name, value)
    row.seq = number
    known.tags[row.id] = tags
    if row not in known.created:
        known.updated[row.id] = row
    return _result(item, row, "updated")


def _same(row: EvidenceItem, item: Fields, same_tags: bool) -> bool:
    about = (
        item["about_key"] == row.about_key
        if item["about_key"]
        else (row.about_key is None and item["about_id"] == row.about_id)
    )
    words = all(getattr(row, name) == item[name] for name in _WORDING)
    return words and about and same_tags and item["removed"] == (row.removed_at is not None)


def _told(at: Any) -> str:
    return str(at.isoformat())


def _wording_of(item: Fields) -> Fields:
    return {**{name: item[name] for name in _WORDING}, "at": _told(item["at"])}


def wording(row: EvidenceItem) -> Fields:
    """The content that stands, as it is kept once it does not."""
    words = _wording_of({name: getattr(row, name) for name in _WORDING})
    return {**words, "edited_at": _told(row.edited_at)}


def _keep(row: EvidenceItem, lost: Fields, known: _Known, *, differs: bool) -> bool:
    """Keep a wording that does not stand, once; whether there is room for it."""
    if not differs or lost in row.wordings:
        return True
    if len(row.wordings) >= MOST_WORDINGS:
        return False
    row.wordings = [*row.wordings, lost]
    known.kept[row.id] = row
    return True


# --- writing ------------------------------------------------------------------------------------


async def _write(
    session: AsyncSession, actor: Actor, observation: Observation, known: _Known, number: int
) -> None:
    """The same few statements for one item and for two hundred."""
    # evidence first, so that what is about it finds it
    known.created.sort(key=lambda row: row.kind != EvidenceKind.EVIDENCE)
    new = {row.id for row in known.created}
    for row in known.created:
        row.about_id = row.about_id or _about(known, row)
    for row in known.updated.values():
        # what is about an item that is only now added is tied to it below
        other = _about(known, row)
        row.about_id = row.about_id or (None if other in new else other)
        row.version += 1
        row.updated_at = clock.now()
    for row in {**known.kept, **known.updated}.values():
        if row.id not in new:
            # the same columns of each, so that they are one statement
            for name in (*_COLUMNS, "seq", "version", "updated_at", "wordings"):
                flag_modified(row, name)
    session.add_all(known.created)
    await session.flush()
    changed = [*known.created, *known.updated.values()]
    await tag(session, {row.id: known.tags[row.id] for row in changed}, observation.district_id)
    evidence = any(row.kind == EvidenceKind.EVIDENCE for row in known.created)
    if evidence:
        await _find_what_waited(session, actor, observation, number)
    for row in known.created:
        record(session, actor, "evidence_item.captured", row)
    for row in known.updated.values():
        record(session, actor, "evidence_item.changed", row, known.fields[row.id])
    await session.flush()


def _about(known: _Known, row: EvidenceItem) -> UUID | None:
    """The item that the key names, when it is there already."""
    other = known.items.get(row.about_key) if row.about_key else None
    return other.id if other is not None and other.kind == EvidenceKind.EVIDENCE else None


async def tag(session: AsyncSession, tags: dict[UUID, list[UUID]], district_id: UUID) -> None:
    """Tag items with exactly these indicators."""
    if not tags:
        return
    ids = literal(list(tags), ARRAY(EvidenceTag.item_id.type))
    await session.execute(
        delete(EvidenceTag).where(
            EvidenceTag.district_id == district_id, EvidenceTag.item_id == any_(ids)
        )
    )
    session.add_all(
        EvidenceTag(district_id=district_id, item_id=item_id, indicator_id=indicator_id)
        for item_id, indicators in tags.items()
        for indicator_id in indicators
    )
    await session.flush()


async def _find_what_waited(
    session: AsyncSession, actor: Actor, observation: Observation, number: int
) -> None:
    """Tie interpretations and questions that came before their evidence to it."""
    evidence = aliased(EvidenceItem)
    await session.execute(
        update(EvidenceItem)
        .where(
            EvidenceItem.district_id == actor.district_id,
            EvidenceItem.observation_id == observation.id,
            EvidenceItem.author_id == actor.id,
            EvidenceItem.about_key.is_not(None),
            EvidenceItem.about_id.is_(None),
            evidence.district_id == actor.district_id,
            evidence.observation_id == observation.id,
            evidence.author_id == actor.id,
            evidence.client_key == EvidenceItem.about_key,
            evidence.kind == EvidenceKind.EVIDENCE.value,
        )
        .values(
            about_id=evidence.id,
            seq=number,
            version=EvidenceItem.version + 1,
            updated_at=clock.now(),
        )
        .execution_options(synchronize_session=False)
    )
