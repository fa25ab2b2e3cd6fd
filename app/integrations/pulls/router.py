"""Pulls of rosters from the district's own OneRoster service."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.errors import WrongState
from app.core.types import Id
from app.integrations.pulls import service
from app.integrations.pulls.schemas import RosterPullOut, RosterPullPage
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Roster pulls"], route_class=UnitRoute)


@router.get("/roster-pulls", responses=problems(400))
async def list_roster_pulls(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    connection_id: Annotated[Id | None, Query(description="Only pulls of this connection")] = None,
) -> RosterPullPage:
    """Pulls of rosters, newest first; empty for all but district administrators."""
    rows, following = await service.list_pulls(session, actor, paging, connection_id)
    items = [RosterPullOut.model_validate(row) for row in rows]
    return RosterPullPage(items=items, next=following)


@router.get("/roster-pulls/{pull_id}", responses=problems(404))
@replayable("/api/v1/roster-pulls/{id}")
async def get_roster_pull(session: Session, actor: CurrentActor, pull_id: Id) -> RosterPullOut:
    """One pull: how far it is, the import that came of it, or why none did. District
    administrators."""
    return RosterPullOut.model_validate(await service.read_pull(session, actor, pull_id))


@router.post(
    "/roster-connections/{connection_id}/pull",
    status_code=201,
    responses=problems(404, WrongState, service.PullRunning, service.NoPullCommitted),
)
async def pull_roster_connection(
    session: Session,
    actor: CurrentActor,
    connection_id: Id,
    full: Annotated[
        bool | None,
        Query(
            description="true: everything; false: what changed; absent: what changed, and "
            "everything where nothing was committed or that is `full_every_days` ago"
        ),
    ] = None,
) -> RosterPullOut:
    """Have a roster pulled in the background; the answer is the pull, to be asked for again. It
    becomes an import with its report, and a person commits that. District administrators."""
    pull_id = await service.create(session, actor, connection_id, full)
    return await get_roster_pull(session, actor, pull_id)
