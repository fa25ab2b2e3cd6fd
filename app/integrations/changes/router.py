"""The change feed for integrations."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.goals.schemas import PulledGoal
from app.integrations.changes import service
from app.integrations.changes.schemas import Change, ChangePage, FeedHead
from app.web.contract import problems, scopes
from app.web.dependencies import CurrentActor, Session
from app.web.unit import UnitRoute

router = APIRouter(tags=["Changes"], route_class=UnitRoute)


@router.get("/changes/head", responses=problems(403), openapi_extra=scopes("goals:read"))
async def get_feed_head(request: Request, session: Session, actor: CurrentActor) -> FeedHead:
    """Where the feed ends now. Take it before a full pull of GET /goals, then read /changes from
    it: nothing is missed between the two. Integrations with `goals:read`."""
    position, epoch = await service.head(session, actor, request.app.state.seal)
    return FeedHead(position=position, epoch=epoch)


@router.get(
    "/changes",
    responses=problems(403, service.BadPosition, service.FeedRestarted),
    openapi_extra=scopes("goals:read"),
)
async def list_changes(
    request: Request,
    session: Session,
    actor: CurrentActor,
    since: Annotated[
        str, Query(max_length=1000, description="A position of this feed, or its head")
    ],
    limit: Annotated[int, Query(ge=1, le=200, description="How many entries to read")] = 50,
) -> ChangePage:
    """What changed since a position, oldest first, each object once and as it is now. Keep `next`
    and send it as `since`. History is kept for 90 days. Integrations with `goals:read`."""
    items, following, more, epoch = await service.changes(
        session, actor, request.app.state.seal, since, limit
    )
    return ChangePage(
        items=[
            Change(
                **{
                    **item,
                    "object": PulledGoal.model_validate(item["object"]) if item["object"] else None,
                }
            )
            for item in items
        ],
        next=following,
        more=more,
        epoch=epoch,
    )
