"""The rules of observation kinds: a vocabulary that the district keeps, valid from day to day."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.models import ObservationKind
from app.models.observations import ObserverKind
from app.observations.kinds.schemas import ObservationKindNew
from app.people.schools.service import DatesOutOfOrder, apply

Page = tuple[list[Any], str | None]


class KindExists(Conflict):
    """Of one key there is one kind on any day, so that everybody means the same by it."""

    code, title = "kind_exists", "There is a kind of this key in that time"
    next_step = "Say until when the one there is holds, or choose another key or other days."


class KindContradicts(Conflict):
    """A kind that says how completely it is scored is scored; a formal one is no peer's; each
    observer is named once."""

    code, title = "kind_contradicts", "The kind contradicts itself"
    next_step = "Change what `field` names."


async def list_kinds(
    session: AsyncSession, actor: Actor, paging: Paging, on: date | None, **filters: Any
) -> Page:
    """The district's kinds; with a day, those that hold on it."""
    statement = view(actor, Action.OBSERVATION_KIND_READ, ObservationKind).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    if on is not None:
        statement = statement.where(holds_on(on))
    return await page(
        session, actor, statement, paging, by=[ObservationKind.key, ObservationKind.id]
    )


def holds_on(on: date) -> Any:
    """The kind is of the vocabulary of that day."""
    return (or_(ObservationKind.from_on.is_(None), ObservationKind.from_on <= on)) & or_(
        ObservationKind.until_on.is_(None), ObservationKind.until_on >= on
    )


async def read_kind(session: AsyncSession, actor: Actor, kind_id: UUID) -> Any:
    """One kind."""
    statement = view(actor, Action.OBSERVATION_KIND_READ, ObservationKind)
    return await read_one(session, actor, statement, ObservationKind, kind_id)


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Add a kind. District administrators."""
    kind = ObservationKind(id=clock.new_id(), district_id=actor.district_id, **fields)
    _check(kind)
    # First under a key that nobody has: who may not write must not learn which there are.
    key, kind.key = kind.key, kind.id.hex
    session.add(kind)
    await session.flush()
    await must(session, actor, Action.OBSERVATION_KIND_CREATE, kind)
    await _one_at_a_time(session, actor)
    await _refuse_overlap(session, actor, kind, key)
    kind.key = key
    await session.flush()
    record(session, actor, "observation_kind.created", kind)
    return kind.id


async def change(
    session: AsyncSession, actor: Actor, kind_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change its title, or until when it holds. What was observed keeps what it was made with.
    District administrators."""
    await _one_at_a_time(session, actor)
    kind = await acting(
        session,
        actor,
        Action.OBSERVATION_KIND_EDIT,
        ObservationKind,
        kind_id,
        version,
        read=Action.OBSERVATION_KIND_READ,
    )
    apply(kind, fields)
    _check(kind)
    await _refuse_overlap(session, actor, kind, kind.key)
    record(session, actor, "observation_kind.changed", kind, fields)


def _check(kind: ObservationKind) -> None:
    if kind.from_on and kind.until_on and kind.until_on < kind.from_on:
        raise DatesOutOfOrder("The last day comes before the first.")
    if kind.complete and not kind.scored:
        raise KindContradicts("What is not scored is not scored completely.", field="complete")
    if kind.formal and ObserverKind.PEER.value in kind.observers:
        raise KindContradicts("Peers do not evaluate each other.", field="observers")
    if len({*kind.observers}) != len(kind.observers):
        raise KindContradicts("An observer is named twice.", field="observers")


async def _one_at_a_time(session: AsyncSession, actor: Actor) -> None:
    """Two who write the same days of a key at once must not both be right."""
    lock = func.pg_advisory_xact_lock(func.hashtext(f"observation kinds {actor.district_id}"))
    await session.execute(select(lock))


async def _refuse_overlap(
    session: AsyncSession, actor: Actor, kind: ObservationKind, key: str
) -> None:
    others = (
        select(ObservationKind.id)
        .where(
            ObservationKind.district_id == actor.district_id,
            ObservationKind.key == key,
            ObservationKind.id != kind.id,
        )
        .limit(1)
    )
    if kind.until_on is not None:
        begins = ObservationKind.from_on
        others = others.where(or_(begins.is_(None), begins <= kind.until_on))
    if kind.from_on is not None:
        ends = ObservationKind.until_on
        others = others.where(or_(ends.is_(None), ends >= kind.from_on))
    if await session.scalar(others) is not None:
        raise KindExists


# --- what comes with the program --------------------------------------------------------------

_LEADER, _LEAD, _PEER = (kind.value for kind in ObserverKind)
#: The kinds of domain.md §1. How long each takes, and who observes so, are defaults of ours. A
#: walkthrough counts for nothing: what is neither formal nor scored is nobody's due.
SHIPPED: tuple[dict[str, Any], ...] = (
    {
        "key": "full",
        "title": "Full observation",
        "formal": True,
        "scored": True,
        "counts": True,
        "complete": True,
        "min_minutes": 40,
        "observers": [_LEADER, _LEAD],
    },
    {
        "key": "partial",
        "title": "Partial observation",
        "formal": True,
        "scored": True,
        "counts": True,
        "min_minutes": 20,
        "observers": [_LEADER, _LEAD],
    },
    {
        "key": "walkthrough",
        "title": "Walkthrough",
        "min_minutes": 5,
        "observers": [_LEADER, _LEAD],
    },
    {
        "key": "coaching_visit",
        "title": "Coaching visit",
        "min_minutes": 10,
        "observers": [_LEAD],
    },
    {
        "key": "co_observation",
        "title": "Co-observation",
        "min_minutes": 15,
        "observers": [_LEAD, _LEADER],
    },
    {"key": "peer", "title": "Peer observation", "min_minutes": 15, "observers": [_PEER]},
    {
        "key": "video",
        "title": "Observation of a video",
        "min_minutes": 5,
        "observers": [_LEAD, _PEER],
    },
)


async def ship(session: AsyncSession, actor: Actor) -> int:
    """Give the district the kinds that come with the program, under keys that it does not have yet;
    how many it were. Run when a district is made, and every hour."""
    await _one_at_a_time(session, actor)
    known = set(
        await session.scalars(
            select(ObservationKind.key).where(ObservationKind.district_id == actor.district_id)
        )
    )
    added = [entry for entry in SHIPPED if entry["key"] not in known]
    for entry in added:
        fields = ObservationKindNew.model_validate(entry).model_dump()
        kind = ObservationKind(id=clock.new_id(), district_id=actor.district_id, **fields)
        _check(kind)
        session.add(kind)
        await session.flush()
        record(session, actor, "observation_kind.created", kind)
    return len(added)
