"""The rules of coaching preferences: the teacher's, in versions, one in force on each day (R10)."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.access.actor import Actor
from app.access.policy import Action
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.models import CoachingPreferences
from app.models.templates import TemplateKind
from app.relationships.pair import DatesDoNotFit, owners, working_with, year_of
from app.templates import forms
from app.templates.service import asked, usable

Page = tuple[list[Any], str | None]
_ASKED = asked(CoachingPreferences)


class PreferencesUnexplained(Conflict):
    """From the second version on, preferences say why they changed, so that the lead sees how the
    teacher's comfort grows."""

    code, title = "preferences_unexplained", "Say why they change"
    next_step = "Send `reason` with the new preferences."


class PreferencesChanged(Conflict):
    """Another version was written at the same moment, so this one was not written over it."""

    code, title = "preferences_changed", "There is another version by now"
    next_step = "Read the preferences again, and send yours once more if they still hold."


async def list_preferences(
    session: AsyncSession, actor: Actor, paging: Paging, on: date | None, **filters: Any
) -> Page:
    """The versions of the caller's pairs; with a day, of each pair the one in force on it."""
    statement = view(actor, Action.PREFERENCES_READ, CoachingPreferences, *_ASKED).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    if on is not None:
        statement = statement.where(_in_force(on))
    return await page(session, actor, statement, paging, by=[CoachingPreferences.id])


async def read_preferences(session: AsyncSession, actor: Actor, preferences_id: UUID) -> Any:
    """One version."""
    statement = view(actor, Action.PREFERENCES_READ, CoachingPreferences, *_ASKED)
    return await read_one(session, actor, statement, CoachingPreferences, preferences_id)


async def write(
    session: AsyncSession,
    actor: Actor,
    *,
    template_id: UUID,
    answers: dict[str, Any],
    reason: str | None,
    from_on: date | None,
) -> UUID:
    """The next version, whole: the teacher alone, for the lead they work with now. From a day on
    that is not past, so that what held on a day stays true. One that was announced for a later day
    gives way: the newest version that has begun is in force."""
    relationship = await working_with(session, actor, Action.PREFERENCES_CREATE, None)
    template = await usable(session, actor, TemplateKind.PREFERENCES, template_id)
    answers = forms.plain(answers)
    forms.check(template.fields, answers, whole=True)
    last = (
        await session.execute(
            select(
                func.max(CoachingPreferences.number).label("number"),
            ).where(
                CoachingPreferences.district_id == actor.district_id,
                CoachingPreferences.relationship_id == relationship.id,
            )
        )
    ).one()
    if last.number and not reason:
        raise PreferencesUnexplained
    year, zone = await year_of(session, actor.district_id, relationship.id)
    today = clock.today(zone)
    from_on = from_on or today
    end = max(year.last_day, today)
    if not today <= from_on <= end:
        raise DatesDoNotFit(
            "Preferences hold from today or a later day of the school year.",
            first=today.isoformat(),
            last=end.isoformat(),
        )
    written = CoachingPreferences(
        id=clock.new_id(),
        template_id=template.id,
        number=(last.number or 0) + 1,
        answers=answers,
        reason=reason,
        from_on=from_on,
        **owners(relationship, actor.id),
    )
    try:
        async with session.begin_nested():
            session.add(written)
            await session.flush()
    except IntegrityError as exc:
        if "uq_coaching_preferences_number" in str(exc.orig):
            raise PreferencesChanged from exc
        raise
    record(session, actor, "coaching_preferences.written", written)
    return written.id


def _in_force(on: date) -> ColumnElement[bool]:
    """Of each pair, the version that holds on a day: the last one that began by then."""
    later = aliased(CoachingPreferences)
    return and_(
        CoachingPreferences.from_on <= on,
        ~exists().where(
            later.district_id == CoachingPreferences.district_id,
            later.relationship_id == CoachingPreferences.relationship_id,
            later.number > CoachingPreferences.number,
            later.from_on <= on,
        ),
    )


# --- for other features -----------------------------------------------------------------------


async def in_force(
    session: AsyncSession, district_id: UUID, relationship_id: UUID, on: date
) -> CoachingPreferences | None:
    """The pair's preferences that hold on a day, to be kept with a visit of that day (gate 5)."""
    found: CoachingPreferences | None = await session.scalar(
        select(CoachingPreferences).where(
            CoachingPreferences.district_id == district_id,
            CoachingPreferences.relationship_id == relationship_id,
            _in_force(on),
        )
    )
    return found
