"""The rules of second observers: nobody looks on without the teacher's consent, and a no stays."""

from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.models import CoObserver, Observation, Person, Role
from app.models.observations import UNSHARED_STATES, CoObserverState
from app.people.schools.service import apply

Page = tuple[list[Any], str | None]


class CoObserverAsked(Conflict):
    """A person is asked once for an observation; what the teacher said, or who withdrew, stays."""

    code, title = "co_observer_asked", "They were asked already"
    next_step = "GET /co-observers says what became of it."


class VisitNotAnnounced(Conflict):
    """The teacher consents to a second observer, so they know of the visit before."""

    code, title = "visit_not_announced", "The teacher does not know of the visit yet"
    next_step = "Ask once the visit has begun, or plan one that is announced."


class VisitShared(Conflict):
    """Who looks on is settled before the observation is shared, cancelled or void."""

    code, title = "visit_shared", "It is too late for that"
    next_step = "Who looked on reads what was shared; the observation cannot be changed by it now."


async def list_co_observers(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """Who was asked to look on: in visits to the caller or by them, and the caller themselves."""
    statement = view(actor, Action.CO_OBSERVER_READ, CoObserver).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[CoObserver.id])


async def read_co_observer(session: AsyncSession, actor: Actor, co_observer_id: UUID) -> Any:
    """One of them."""
    statement = view(actor, Action.CO_OBSERVER_READ, CoObserver)
    return await read_one(session, actor, statement, CoObserver, co_observer_id)


async def ask(session: AsyncSession, actor: Actor, observation_id: UUID, person_id: UUID) -> UUID:
    """Ask somebody of the school to look on: the observer. The teacher has the word."""
    visit = await acting(
        session,
        actor,
        Action.OBSERVATION_ADD_CO_OBSERVER,
        Observation,
        observation_id,
        read=Action.OBSERVATION_READ,
    )
    if not visit.announced and visit.started_at is None:
        raise VisitNotAnnounced
    works_there = exists().where(
        Role.district_id == Person.district_id,
        Role.person_id == Person.id,
        Role.school_id == visit.school_id,
        Role.ended_on.is_(None),
    )
    person = await session.scalar(
        visible(actor, Action.PERSON_READ, Person).where(
            Person.id == person_id,
            Person.id.not_in((visit.teacher_id, visit.observer_id)),
            Person.active,
            works_there,
        ),
        actor.binds,
    )
    if person is None:
        raise UnknownReference("Nobody else like that works at the school.", field="person_id")
    asked = CoObserver(
        id=clock.new_id(),
        district_id=visit.district_id,
        observation_id=visit.id,
        school_id=visit.school_id,
        teacher_id=visit.teacher_id,
        observer_id=visit.observer_id,
        observer_kind=visit.observer_kind,
        evaluative=visit.evaluative,
        person_id=person_id,
        author_id=actor.id,
    )
    try:
        async with session.begin_nested():
            session.add(asked)
            await session.flush()
    except IntegrityError as exc:
        if "uq_co_observer" in str(exc.orig):
            raise CoObserverAsked from exc
        raise
    record(session, actor, "co_observer.asked", asked)
    return asked.id


async def consent(session: AsyncSession, actor: Actor, co_observer_id: UUID, version: int) -> None:
    """Let them look on: the teacher. They see the visit from now on, and the whole once shared."""
    await _answer(session, actor, co_observer_id, version, Action.CO_OBSERVER_CONSENT)


async def decline(session: AsyncSession, actor: Actor, co_observer_id: UUID, version: int) -> None:
    """Say no, without a reason: the teacher."""
    await _answer(session, actor, co_observer_id, version, Action.CO_OBSERVER_DECLINE)


async def withdraw(session: AsyncSession, actor: Actor, co_observer_id: UUID, version: int) -> None:
    """End it before it is shared: the teacher, the observer, or the person themselves."""
    await _answer(session, actor, co_observer_id, version, Action.CO_OBSERVER_WITHDRAW)


_BECOMES = {
    Action.CO_OBSERVER_CONSENT: CoObserverState.CONSENTED,
    Action.CO_OBSERVER_DECLINE: CoObserverState.DECLINED,
    Action.CO_OBSERVER_WITHDRAW: CoObserverState.WITHDRAWN,
}


async def _answer(
    session: AsyncSession, actor: Actor, co_observer_id: UUID, version: int, action: Action
) -> None:
    # the visit first, as when it is shared: what is opened then is opened to who looks on then
    seen = visible(actor, Action.CO_OBSERVER_READ, CoObserver).where(
        CoObserver.id == co_observer_id
    )
    state = await session.scalar(
        select(Observation.state)
        .where(
            Observation.district_id == actor.district_id,
            Observation.id.in_(seen.with_only_columns(CoObserver.observation_id)),
        )
        .with_for_update(),
        actor.binds,
    )
    asked = await acting(
        session,
        actor,
        action,
        CoObserver,
        co_observer_id,
        version,
        read=Action.CO_OBSERVER_READ,
    )
    if state not in UNSHARED_STATES:
        raise VisitShared
    fields = {"state": _BECOMES[action].value, "answered_at": clock.now()}
    apply(asked, fields)
    record(session, actor, f"co_observer.{asked.state}", asked, fields)
