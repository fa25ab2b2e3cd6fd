"""The rules of schools, years, calendars, vision and teams."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import acting, must, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, PreconditionFailed, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.models import (
    CommonIndicatorChoice,
    CommonIndicatorOptOut,
    Framework,
    Indicator,
    Role,
    School,
    SchoolVision,
    SchoolYear,
    Team,
    touch,
)
from app.models.goal_feedback import OptOutState

Page = tuple[list[Any], str | None]


class DatesOutOfOrder(Conflict):
    """A last day lies before its first."""

    code, title = "dates_out_of_order", "The dates are out of order"
    next_step = "Give a last day behind the first day."


# --- schools ----------------------------------------------------------------------------------


async def list_schools(session: AsyncSession, actor: Actor, paging: Paging) -> Page:
    """The schools of the district, by name."""
    statement = view(actor, Action.SCHOOL_READ, School)
    return await page(session, actor, statement, paging, by=[School.name, School.id])


async def read_school(session: AsyncSession, actor: Actor, school_id: UUID) -> Any:
    """One school."""
    return await read_one(
        session, actor, view(actor, Action.SCHOOL_READ, School), School, school_id
    )


async def create_school(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Add a school. District administrators."""
    school = School(district_id=actor.district_id, **fields)
    session.add(school)
    await session.flush()
    await must(session, actor, Action.SCHOOL_CREATE, school)
    record(session, actor, "school.created", school)
    return school.id


async def change_school(
    session: AsyncSession, actor: Actor, school_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change a school. District administrators."""
    school = await acting(
        session, actor, Action.SCHOOL_EDIT, School, school_id, version, read=Action.SCHOOL_READ
    )
    apply(school, fields)
    record(session, actor, "school.changed", school, fields)


def apply(row: Any, fields: dict[str, Any]) -> None:
    """Write the fields a client sent onto a row, and count the change. No fields, no change: an
    empty PATCH must not make somebody else's version stale."""
    for name, value in fields.items():
        setattr(row, name, value)
    if fields:
        touch(row)


# --- years and calendar -----------------------------------------------------------------------

_STATE: ColumnElement[Any] = (
    select(School.zone)
    .where(School.district_id == SchoolYear.district_id, School.id == SchoolYear.school_id)
    .correlate(SchoolYear)
    .scalar_subquery()
    .label("zone")
)


def year_state(first_day: date, last_day: date, zone: str) -> str:
    """Planned, current or past, by today's date in the school's zone."""
    today = clock.today(zone)
    return "planned" if today < first_day else "past" if today > last_day else "current"


async def list_years(
    session: AsyncSession, actor: Actor, paging: Paging, school_id: UUID | None
) -> Page:
    """School years, of one school or of all the district's, by first day."""
    statement = view(actor, Action.YEAR_READ, SchoolYear, _STATE)
    if school_id is not None:
        await read_school(session, actor, school_id)
        statement = statement.where(SchoolYear.school_id == school_id)
    return await page(session, actor, statement, paging, by=[SchoolYear.first_day, SchoolYear.id])


async def read_year(session: AsyncSession, actor: Actor, year_id: UUID) -> Any:
    """One school year with its calendar."""
    return await read_one(
        session, actor, view(actor, Action.YEAR_READ, SchoolYear, _STATE), SchoolYear, year_id
    )


async def create_year(
    session: AsyncSession, actor: Actor, school_id: UUID, fields: dict[str, Any]
) -> UUID:
    """Add a school year. District administrators."""
    await acting(session, actor, Action.YEAR_CREATE, School, school_id, read=Action.SCHOOL_READ)
    _in_order(fields["first_day"], fields["last_day"])
    year = SchoolYear(district_id=actor.district_id, school_id=school_id, **fields)
    session.add(year)
    await session.flush()
    record(session, actor, "school_year.created", year)
    return year.id


def _in_order(first_day: date, last_day: date) -> None:
    if first_day >= last_day:
        raise DatesOutOfOrder("The last day must come after the first day.")


async def change_year(
    session: AsyncSession, actor: Actor, year_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change a year's title. District administrators."""
    year = await acting(
        session, actor, Action.YEAR_EDIT, SchoolYear, year_id, version, read=Action.YEAR_READ
    )
    apply(year, fields)
    record(session, actor, "school_year.changed", year, fields)


async def write_calendar(
    session: AsyncSession,
    actor: Actor,
    year_id: UUID,
    version: int,
    first_day: date,
    last_day: date,
    days: list[dict[str, Any]],
) -> None:
    """Replace a year's calendar. The school's leaders."""
    year = await acting(
        session,
        actor,
        Action.YEAR_EDIT_CALENDAR,
        SchoolYear,
        year_id,
        version,
        read=Action.YEAR_READ,
    )
    _in_order(first_day, last_day)
    if any(entry["from"] > entry["to"] for entry in days):
        raise DatesOutOfOrder("A calendar entry ends before it begins.")
    apply(year, {"first_day": first_day, "last_day": last_day, "days": days})
    record(session, actor, "school_year.calendar_written", year, ("first_day", "last_day", "days"))


# --- vision -----------------------------------------------------------------------------------


async def read_vision(session: AsyncSession, actor: Actor, school_id: UUID) -> Any:
    """The school's vision, to the school's people and the district's administrators."""
    return await read_one(
        session, actor, view(actor, Action.VISION_READ, SchoolVision), SchoolVision, school_id
    )


async def write_vision(
    session: AsyncSession, actor: Actor, school_id: UUID, version: int | None, text: str
) -> None:
    """Write the school's vision. The school's leaders. The first is written over version 0."""
    await read_school(session, actor, school_id)
    # The school stands for a vision that is not there yet, so that two first ones take turns.
    await session.execute(
        select(School.id)
        .where(School.district_id == actor.district_id, School.id == school_id)
        .with_for_update()
    )
    vision = await session.scalar(
        select(SchoolVision)
        .where(SchoolVision.district_id == actor.district_id, SchoolVision.id == school_id)
        .with_for_update()
    )
    if vision is None:
        vision = SchoolVision(district_id=actor.district_id, id=school_id, text=text)
        session.add(vision)
        await session.flush()
        await must(session, actor, Action.VISION_EDIT, vision)
        if version != 0:
            raise PreconditionFailed("There is no vision yet; the first is written over version 0.")
    else:
        await must(session, actor, Action.VISION_EDIT, vision)
        if vision.version != version:
            raise PreconditionFailed("The vision is at another version than the one you changed.")
        apply(vision, {"text": text})
    record(session, actor, "vision.written", vision, ("text",))


# --- teams ------------------------------------------------------------------------------------

_MEMBERS: ColumnElement[int] = (
    select(func.count())
    .select_from(Role)
    .where(
        Role.district_id == district,
        Role.team_id == Team.id,
        Role.kind == "team_member",
        Role.ended_on.is_(None),
    )
    .correlate(Team)
    .scalar_subquery()
    .label("members")
)


async def list_teams(
    session: AsyncSession, actor: Actor, paging: Paging, school_id: UUID | None
) -> Page:
    """The teams the caller may see, by name."""
    statement = view(actor, Action.TEAM_READ, Team, _MEMBERS)
    if school_id is not None:
        statement = statement.where(Team.school_id == school_id)
    return await page(session, actor, statement, paging, by=[Team.name, Team.id])


async def read_team(session: AsyncSession, actor: Actor, team_id: UUID) -> Any:
    """One team."""
    return await read_one(
        session, actor, view(actor, Action.TEAM_READ, Team, _MEMBERS), Team, team_id
    )


async def create_team(
    session: AsyncSession, actor: Actor, school_id: UUID, fields: dict[str, Any]
) -> UUID:
    """Add a team to a school. District administrators and the school's leaders."""
    await acting(session, actor, Action.TEAM_CREATE, School, school_id, read=Action.SCHOOL_READ)
    team = Team(district_id=actor.district_id, school_id=school_id, **fields)
    session.add(team)
    await session.flush()
    record(session, actor, "team.created", team)
    return team.id


async def change_team(
    session: AsyncSession, actor: Actor, team_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change a team. District administrators and the school's leaders."""
    team = await acting(
        session, actor, Action.TEAM_EDIT, Team, team_id, version, read=Action.TEAM_READ
    )
    if "common_indicator_id" in fields:
        await choose_indicator(session, actor, team, fields["common_indicator_id"], None)
    apply(team, fields)
    record(session, actor, "team.changed", team, fields)


async def choose_indicator(
    session: AsyncSession,
    actor: Actor,
    team: Team,
    indicator_id: UUID | None,
    reason: str | None,
) -> CommonIndicatorChoice | None:
    """Set a locked team's common indicator and keep who chose it instead of which. None when it is
    the one the team has. Who opted out of the one before is asked anew."""
    if indicator_id == team.common_indicator_id:
        return None
    if indicator_id is not None:
        found = await session.scalar(
            visible(actor, Action.FRAMEWORK_READ, Indicator)
            .join(
                Framework,
                (Framework.district_id == Indicator.district_id)
                & (Framework.id == Indicator.framework_id),
            )
            .where(Indicator.id == indicator_id, Framework.state == "published"),
            actor.binds,
        )
        if found is None:
            raise UnknownReference(
                "There is no such indicator in a published framework.", field="common_indicator_id"
            )
    choice = CommonIndicatorChoice(
        id=clock.new_id(),
        district_id=team.district_id,
        school_id=team.school_id,
        team_id=team.id,
        author_id=actor.id,
        indicator_id=indicator_id,
        before_id=team.common_indicator_id,
        reason=reason,
    )
    session.add(choice)
    # Without an event of each: whoever chooses would read in the audit who had opted out.
    await session.execute(
        update(CommonIndicatorOptOut)
        .where(
            CommonIndicatorOptOut.district_id == team.district_id,
            CommonIndicatorOptOut.team_id == team.id,
            CommonIndicatorOptOut.state == OptOutState.IN_FORCE.value,
        )
        .values(
            state=OptOutState.LAPSED.value,
            ended_at=clock.now(),
            updated_at=clock.now(),
            version=CommonIndicatorOptOut.version + 1,
        )
    )
    team.common_indicator_id = indicator_id
    await session.flush()
    record(session, actor, "common_indicator_choice.made", choice)
    return choice
