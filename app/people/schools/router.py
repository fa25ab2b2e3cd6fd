"""Schools, their years and calendar, their vision, their teams."""

from typing import Any

from fastapi import APIRouter

from app.core.errors import UnknownReference
from app.core.types import Id
from app.people.schools import service
from app.people.schools.schemas import (
    CalendarNew,
    SchoolChange,
    SchoolNew,
    SchoolOut,
    SchoolPage,
    SchoolYearChange,
    SchoolYearNew,
    SchoolYearOut,
    SchoolYearPage,
    TeamChange,
    TeamNew,
    TeamOut,
    TeamPage,
    VisionNew,
    VisionOut,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Schools"], route_class=UnitRoute)


@router.get("/schools", responses=problems(400))
async def list_schools(session: Session, actor: CurrentActor, paging: Paging) -> SchoolPage:
    """The schools of the district, by name. Every person of the district may read them."""
    rows, following = await service.list_schools(session, actor, paging)
    return SchoolPage(items=[SchoolOut.model_validate(row) for row in rows], next=following)


@router.get("/schools/{school_id}", responses=problems(404))
@replayable("/api/v1/schools/{id}")
async def get_school(session: Session, actor: CurrentActor, school_id: Id) -> SchoolOut:
    """One school. Every person of the district may read it."""
    return SchoolOut.model_validate(await service.read_school(session, actor, school_id))


@router.post("/schools", status_code=201, responses=problems(403))
async def create_school(session: Session, actor: CurrentActor, body: SchoolNew) -> SchoolOut:
    """Add a school. District administrators."""
    school_id = await service.create_school(session, actor, body.changes())
    return await get_school(session, actor, school_id)


@router.patch("/schools/{school_id}", responses=problems(403, 404, 412))
async def update_school(
    session: Session, actor: CurrentActor, school_id: Id, version: IfMatch, body: SchoolChange
) -> SchoolOut:
    """Change a school. District administrators."""
    await service.change_school(session, actor, school_id, version, body.changes())
    return await get_school(session, actor, school_id)


def _year(row: Any) -> SchoolYearOut:
    fields = {**row._mapping}
    fields["state"] = service.year_state(row.first_day, row.last_day, row.zone)
    return SchoolYearOut.model_validate(fields)


@router.get("/school-years", responses=problems(400))
async def list_school_years(
    session: Session, actor: CurrentActor, paging: Paging
) -> SchoolYearPage:
    """Every school's years, by first day. Every person of the district may read them."""
    rows, following = await service.list_years(session, actor, paging, None)
    return SchoolYearPage(items=[_year(row) for row in rows], next=following)


@router.get("/schools/{school_id}/years", responses=problems(400, 404))
async def list_years_of_school(
    session: Session, actor: CurrentActor, school_id: Id, paging: Paging
) -> SchoolYearPage:
    """One school's years, by first day. Every person of the district may read them."""
    rows, following = await service.list_years(session, actor, paging, school_id)
    return SchoolYearPage(items=[_year(row) for row in rows], next=following)


@router.get("/school-years/{school_year_id}", responses=problems(404))
@replayable("/api/v1/school-years/{id}")
async def get_school_year(
    session: Session, actor: CurrentActor, school_year_id: Id
) -> SchoolYearOut:
    """One school year with its calendar. Every person of the district may read it."""
    return _year(await service.read_year(session, actor, school_year_id))


@router.post(
    "/schools/{school_id}/years",
    status_code=201,
    responses=problems(403, 404, service.DatesOutOfOrder),
)
async def create_school_year(
    session: Session, actor: CurrentActor, school_id: Id, body: SchoolYearNew
) -> SchoolYearOut:
    """Add a school year. District administrators."""
    year_id = await service.create_year(session, actor, school_id, body.changes())
    return await get_school_year(session, actor, year_id)


@router.patch("/school-years/{school_year_id}", responses=problems(403, 404, 412))
async def update_school_year(
    session: Session,
    actor: CurrentActor,
    school_year_id: Id,
    version: IfMatch,
    body: SchoolYearChange,
) -> SchoolYearOut:
    """Change a year's title. District administrators."""
    await service.change_year(session, actor, school_year_id, version, body.changes())
    return await get_school_year(session, actor, school_year_id)


@router.put(
    "/school-years/{school_year_id}/calendar",
    responses=problems(403, 404, 412, service.DatesOutOfOrder),
)
async def replace_calendar(
    session: Session,
    actor: CurrentActor,
    school_year_id: Id,
    version: IfMatch,
    body: CalendarNew,
) -> SchoolYearOut:
    """Replace the calendar: first and last day, days off, testing windows. The school's leaders."""
    days = [day.model_dump(mode="json", by_alias=True) for day in body.days]
    await service.write_calendar(
        session, actor, school_year_id, version, body.first_day, body.last_day, days
    )
    return await get_school_year(session, actor, school_year_id)


@router.get("/schools/{school_id}/vision", responses=problems(404))
@replayable("/api/v1/schools/{id}/vision")
async def get_vision(session: Session, actor: CurrentActor, school_id: Id) -> VisionOut:
    """The school's vision. The school's people and district administrators."""
    return VisionOut.model_validate(await service.read_vision(session, actor, school_id))


@router.put("/schools/{school_id}/vision", responses=problems(403, 404, 412))
async def replace_vision(
    session: Session, actor: CurrentActor, school_id: Id, version: IfMatch, body: VisionNew
) -> VisionOut:
    """Write the school's vision. The school's leaders. For the first one, send `If-Match: "0"`."""
    await service.write_vision(session, actor, school_id, version, body.text)
    return await get_vision(session, actor, school_id)


@router.get("/teams", responses=problems(400))
async def list_teams(
    session: Session, actor: CurrentActor, paging: Paging, school_id: Id | None = None
) -> TeamPage:
    """Teams by name: all to district administrators, the school's to its leaders, their own to
    leads and teachers."""
    rows, following = await service.list_teams(session, actor, paging, school_id)
    return TeamPage(items=[TeamOut.model_validate(row) for row in rows], next=following)


@router.get("/teams/{team_id}", responses=problems(404))
@replayable("/api/v1/teams/{id}")
async def get_team(session: Session, actor: CurrentActor, team_id: Id) -> TeamOut:
    """One team, to whom it is listed."""
    return TeamOut.model_validate(await service.read_team(session, actor, team_id))


@router.post("/schools/{school_id}/teams", status_code=201, responses=problems(403, 404))
async def create_team(
    session: Session, actor: CurrentActor, school_id: Id, body: TeamNew
) -> TeamOut:
    """Add a team. District administrators and the school's leaders."""
    team_id = await service.create_team(session, actor, school_id, body.changes())
    return await get_team(session, actor, team_id)


@router.patch("/teams/{team_id}", responses=problems(403, 404, 412, UnknownReference))
async def update_team(
    session: Session, actor: CurrentActor, team_id: Id, version: IfMatch, body: TeamChange
) -> TeamOut:
    """Change a team, or choose its common indicator. District administrators and the school's
    leaders."""
    await service.change_team(session, actor, team_id, version, body.changes())
    return await get_team(session, actor, team_id)
