"""The rules of a visit: planned or begun on the spot, and its way to locked (domain.md §3).

That there is a visit is known to both; what is written in it is its author's until it is shared,
and what is evaluative is so for good (ADR 0031)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.meetings.booking import DoubleBooked, book, release
from app.meetings.service import NotYet
from app.meetings.times import check_days, span
from app.models import CoachingRelationship, Observation, ObservationKind
from app.models.observations import ObservationState, ObserverKind
from app.observations.access.service import note_read, note_reads
from app.observations.visits import making
from app.observations.visits.conflicts import Found, evaluator, look
from app.people.schools.service import apply
from app.relationships.pair import DatesDoNotFit

Page = tuple[list[Any], str | None]
Warned = tuple[UUID, list[dict[str, str]]]
_BOOKED = "observation"


class WhenUnclear(Conflict):
    """A visit is planned for a day and a time, or begins now."""

    code, title = "when_unclear", "Say when, or that it begins now"
    next_step = "Send `on` and `at`, or `start: true` without them."


class DayPast(Conflict):
    """A visit begins on its own day; on another one, its conflicts would be others."""

    code, title = "day_past", "Its day is past"
    next_step = "Reschedule it, or cancel it and begin another on the spot."


def _of_kind(column: Any, name: str) -> ColumnElement[Any]:
    found = select(column).where(
        ObservationKind.district_id == Observation.district_id,
        ObservationKind.id == Observation.kind_id,
    )
    return found.correlate(Observation).scalar_subquery().label(name)


#: columns beside the table's own
BESIDE = (_of_kind(ObservationKind.key, "kind"), _of_kind(ObservationKind.title, "kind_title"))


async def list_observations(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    first: date | None,
    last: date | None,
    kind: str | None,
    **filters: Any,
) -> Page:
    """The visits that the caller may know of, by their times. What is evaluative is noted as
    read."""
    check_days(first, last)
    statement = view(actor, Action.OBSERVATION_READ, Observation, *BESIDE).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    if kind is not None:
        named = select(ObservationKind.id).where(
            ObservationKind.district_id == actor.district_id, ObservationKind.key == kind
        )
        statement = statement.where(Observation.kind_id.in_(named))
    if first is not None:
        statement = statement.where(Observation.on >= first)
    if last is not None:
        statement = statement.where(Observation.on <= last)
    rows, following = await page(
        session, actor, statement, paging, by=[Observation.starts_at, Observation.id]
    )
    note_reads(session, actor, rows, Action.OBSERVATION_READ, Observation.__tablename__)
    return rows, following


async def read_observation(session: AsyncSession, actor: Actor, observation_id: UUID) -> Any:
    """One visit. What is evaluative is noted as read."""
    statement = view(actor, Action.OBSERVATION_READ, Observation, *BESIDE)
    row = await read_one(session, actor, statement, Observation, observation_id)
    note_read(session, actor, row, Action.OBSERVATION_READ, Observation.__tablename__)
    return row


async def create(
    session: AsyncSession,
    actor: Actor,
    *,
    teacher_id: UUID,
    kind_id: UUID,
    start: bool,
    on: date | None,
    at: str | None,
    minutes: int,
    announced: bool,
    overrides: list[dict[str, Any]],
    **fields: Any,
) -> Warned:
    """Plan a visit or begin one now: the teacher's lead, who leads their school, or a colleague, as
    the kind says. It answers what advises against it."""
    kind = await making.kind_of(session, actor, kind_id)
    standing = await making.standing_of(session, actor, teacher_id, kind)
    if start != (on is None) or start != (at is None):
        raise WhenUnclear
    now = clock.now()
    if start:
        wall = now.astimezone(ZoneInfo(standing.zone))
        on, at = wall.date(), f"{wall:%H:%M}"
    assert on is not None
    assert at is not None
    when = span(on, at, standing.zone, minutes)
    if not start:
        _not_past(when)
    year = await making.year_at(session, actor.district_id, standing.school_id, on)
    visit = Observation(
        id=clock.new_id(),
        district_id=actor.district_id,
        school_id=standing.school_id,
        school_year_id=year.id,
        teacher_id=teacher_id,
        observer_id=actor.id,
        author_id=actor.id,
        kind_id=kind.id,
        formal=kind.formal,
        scored=kind.scored,
        evaluative=kind.formal and kind.scored,
        observer_kind=standing.kind.value,
        state=(ObservationState.IN_PROGRESS if start else ObservationState.SCHEDULED).value,
        # who is visited on the spot had no notice of it
        announced=announced and not start,
        started_at=now if start else None,
        **fields,
        **when,
    )
    await making.check_references(session, actor, visit)
    session.add(visit)
    await session.flush()
    found = await look(session, actor, visit, kind, year, standing.coaching)
    free = await _take_time(session, actor, found, visit)
    visit.overrides = found.settle(overrides)
    if not free:
        await book(session, actor, [visit], _BOOKED, blocking=False)
    record(session, actor, "observation.started" if start else "observation.scheduled", visit)
    return visit.id, found.warnings


def _not_past(when: dict[str, Any]) -> None:
    if when["starts_at"] < clock.now():
        first = clock.today(when["zone"]).isoformat()
        raise DatesDoNotFit("A visit is planned for a time to come.", first=first)


async def _take_time(session: AsyncSession, actor: Actor, found: Found, visit: Observation) -> bool:
    """Book the two people, or name the conflict. Who is in the room already may go on: such a visit
    blocks nobody's time."""
    try:
        await book(session, actor, [visit], _BOOKED)
    except DoubleBooked:
        begun = visit.started_at is not None
        found.add("double_booked", "One of you is busy then.", may_override=begun)
        return False
    return True


async def change(
    session: AsyncSession,
    actor: Actor,
    observation_id: UUID,
    version: int,
    fields: dict[str, Any],
) -> None:
    """Change focus or place, until it is shared: the observer."""
    visit = await _acting(session, actor, Action.OBSERVATION_EDIT, observation_id, version)
    apply(visit, fields)
    record(session, actor, "observation.changed", visit, fields)


async def reschedule(
    session: AsyncSession,
    actor: Actor,
    observation_id: UUID,
    version: int,
    *,
    on: date,
    at: str,
    minutes: int | None,
    overrides: list[dict[str, Any]],
) -> list[dict[str, str]]:
    """Move a visit; conflicts are looked for anew: the observer."""
    coaching = await _coaching_first(session, actor, observation_id)
    visit = await _acting(session, actor, Action.OBSERVATION_RESCHEDULE, observation_id, version)
    if visit.observer_kind != ObserverKind.LEAD:
        coaching = None
    when = span(on, at, visit.zone, minutes or visit.minutes)
    _not_past(when)
    year = await making.year_at(session, actor.district_id, visit.school_id, on)
    kind = await session.get_one(ObservationKind, (actor.district_id, visit.kind_id))
    apply(visit, {**when, "school_year_id": year.id})
    await session.flush()
    found = await look(session, actor, visit, kind, year, coaching)
    await _take_time(session, actor, found, visit)
    visit.overrides = found.settle(overrides)
    record(session, actor, "observation.rescheduled", visit, when)
    return found.warnings


async def _coaching_first(
    session: AsyncSession, actor: Actor, observation_id: UUID
) -> CoachingRelationship | None:
    """The coaching of the two, locked before their visit: who ends it locks in that order, too."""
    seen = visible(actor, Action.OBSERVATION_READ, Observation).where(
        Observation.id == observation_id
    )
    pair = (
        await session.execute(
            seen.with_only_columns(Observation.observer_id, Observation.teacher_id), actor.binds
        )
    ).first()
    if pair is None:
        return None
    return await making.coaching_of(session, actor.district_id, pair.observer_id, pair.teacher_id)


async def start(session: AsyncSession, actor: Actor, observation_id: UUID, version: int) -> None:
    """Begin the visit on its day: the observer. From now on the teacher knows of it in any case."""
    coaching = await _coaching_first(session, actor, observation_id)
    visit = await _acting(session, actor, Action.OBSERVATION_START, observation_id, version)
    today = clock.today(visit.zone)
    if today < visit.on:
        raise NotYet("Its day has not come; reschedule it when you come sooner.")
    if today > visit.on:
        raise DayPast
    if visit.evaluative:
        # what held when it was planned may have ended: a certification, a part in the evaluation
        found = Found()
        await evaluator(session, found, visit, coaching)
        found.settle(())
    fields = {"state": ObservationState.IN_PROGRESS.value, "started_at": clock.now()}
    apply(visit, fields)
    record(session, actor, "observation.started", visit, fields)


async def finish(
    session: AsyncSession, actor: Actor, observation_id: UUID, version: int
) -> list[dict[str, str]]:
    """End the visit: the observer. What was written is a draft, and theirs, until they share it.
    It answers whether it was shorter than its kind takes."""
    visit = await _acting(session, actor, Action.OBSERVATION_FINISH, observation_id, version)
    fields = {"state": ObservationState.DRAFTED.value, "ended_at": clock.now()}
    apply(visit, fields)
    record(session, actor, "observation.finished", visit, fields)
    kind = await session.get_one(ObservationKind, (actor.district_id, visit.kind_id))
    assert visit.started_at is not None
    assert visit.ended_at is not None
    found = Found()
    if visit.ended_at - visit.started_at < timedelta(minutes=kind.min_minutes):
        message = f"Such an observation takes at least {kind.min_minutes} minutes."
        found.warn("too_short", message)
    return found.warnings


async def cancel(
    session: AsyncSession, actor: Actor, observation_id: UUID, version: int, reason: str
) -> None:
    """Call a planned visit off, with the reason: the observer."""
    visit = await _acting(session, actor, Action.OBSERVATION_CANCEL, observation_id, version)
    fields = {"state": ObservationState.CANCELLED.value, "reason": reason}
    apply(visit, fields)
    await release(session, actor, [visit.id])
    record(session, actor, "observation.cancelled", visit, fields)


async def discuss(session: AsyncSession, actor: Actor, observation_id: UUID, version: int) -> None:
    """Say that the two talked about what was shared: the observer."""
    visit = await _acting(session, actor, Action.OBSERVATION_DISCUSS, observation_id, version)
    fields = {
        "state": ObservationState.DISCUSSED.value,
        "discussed_on": clock.today(visit.zone),
    }
    apply(visit, fields)
    record(session, actor, "observation.discussed", visit, fields)


async def acknowledge(
    session: AsyncSession, actor: Actor, observation_id: UUID, version: int, reply: str | None
) -> None:
    """Say that one has read and discussed it, and what one says to it: the teacher. It is no
    agreement."""
    visit = await _acting(session, actor, Action.OBSERVATION_ACKNOWLEDGE, observation_id, version)
    fields = {
        "state": ObservationState.ACKNOWLEDGED.value,
        "acknowledged_at": clock.now(),
        "reply": reply,
    }
    apply(visit, fields)
    record(session, actor, "observation.acknowledged", visit, fields)


async def lock(session: AsyncSession, actor: Actor, observation_id: UUID, version: int) -> None:
    """Close it for good: the observer; of what is evaluative a leader of the school, too."""
    visit = await _acting(session, actor, Action.OBSERVATION_LOCK, observation_id, version)
    fields = {"state": ObservationState.LOCKED.value, "locked_at": clock.now()}
    apply(visit, fields)
    record(session, actor, "observation.locked", visit, fields)


async def void(
    session: AsyncSession, actor: Actor, observation_id: UUID, version: int, reason: str
) -> None:
    """Say that it does not count, and why: of a draft the observer; of what is evaluative and
    locked a leader of the school. Nothing is deleted."""
    visit = await _acting(session, actor, Action.OBSERVATION_VOID, observation_id, version)
    fields = {"state": ObservationState.VOID.value, "reason": reason}
    apply(visit, fields)
    record(session, actor, "observation.voided", visit, fields)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, observation_id: UUID, version: int
) -> Observation:
    return await acting(
        session,
        actor,
        action,
        Observation,
        observation_id,
        version,
        read=Action.OBSERVATION_READ,
    )
