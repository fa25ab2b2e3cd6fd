"""The rules of certifications: a scored formal observation needs one on its day (domain.md §1)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.models import ObserverCertification, Person
from app.people.schools.service import DatesOutOfOrder, apply

Page = tuple[list[Any], str | None]


async def list_certifications(
    session: AsyncSession, actor: Actor, paging: Paging, on: date | None, **filters: Any
) -> Page:
    """Certifications the caller may see; with a day, those that hold on it."""
    statement = view(actor, Action.CERTIFICATION_READ, ObserverCertification).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    if on is not None:
        statement = statement.where(_holds_on(on))
    return await page(session, actor, statement, paging, by=[ObserverCertification.id])


async def read_certification(session: AsyncSession, actor: Actor, certification_id: UUID) -> Any:
    """One certification."""
    statement = view(actor, Action.CERTIFICATION_READ, ObserverCertification)
    return await read_one(session, actor, statement, ObserverCertification, certification_id)


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Say that somebody may score. District administrators."""
    person = await session.scalar(
        visible(actor, Action.PERSON_READ, Person).where(Person.id == fields["person_id"]),
        actor.binds,
    )
    if person is None:
        raise UnknownReference("There is no such person.", field="person_id")
    certification = ObserverCertification(
        id=clock.new_id(), district_id=actor.district_id, **fields
    )
    _check(certification)
    session.add(certification)
    await session.flush()
    await must(session, actor, Action.CERTIFICATION_CREATE, certification)
    record(session, actor, "observer_certification.created", certification)
    return certification.id


async def change(
    session: AsyncSession,
    actor: Actor,
    certification_id: UUID,
    version: int,
    fields: dict[str, Any],
) -> None:
    """Say until when it holds. What was observed while it held stays as it is. District
    administrators."""
    certification = await acting(
        session,
        actor,
        Action.CERTIFICATION_EDIT,
        ObserverCertification,
        certification_id,
        version,
        read=Action.CERTIFICATION_READ,
    )
    apply(certification, fields)
    _check(certification)
    record(session, actor, "observer_certification.changed", certification, fields)


def _check(certification: ObserverCertification) -> None:
    if certification.until_on and certification.until_on < certification.from_on:
        raise DatesOutOfOrder("The last day comes before the first.")


def _holds_on(on: date) -> Any:
    ends = ObserverCertification.until_on
    return (ObserverCertification.from_on <= on) & or_(ends.is_(None), ends >= on)


# --- for other features -----------------------------------------------------------------------


async def certified(session: AsyncSession, district_id: UUID, person_id: UUID, on: date) -> bool:
    """Whether the person may score on that day."""
    found = await session.scalar(
        select(ObserverCertification.id)
        .where(
            ObserverCertification.district_id == district_id,
            ObserverCertification.person_id == person_id,
            _holds_on(on),
        )
        .limit(1)
    )
    return found is not None
