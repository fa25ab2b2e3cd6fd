"""Individual goals in the form of the Ed-Fi Data Standard 6.0. Read only, and for integrations
with `goals:read` alone; team and school goals have no person and are not among them."""

import hashlib
import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from app.core.types import Date
from app.integrations.edfi import service
from app.integrations.edfi.history import service as history
from app.integrations.edfi.schemas import (
    GOAL_TYPES,
    SOURCE_SYSTEM,
    AvailableChangeVersions,
    EdFiGoal,
    EdFiGoals,
    GoalDelete,
    GoalDeletes,
    GoalKeyChange,
    GoalKeyChanges,
    Partitions,
    ResourceId,
)
from app.web.contract import problems, scopes, tells
from app.web.dependencies import CurrentActor, Session
from app.web.unit import UnitRoute, audited

router = APIRouter(tags=["Ed-Fi"], route_class=UnitRoute)

_FOR_PULLING = scopes("goals:read")
_HISTORY = {
    **problems(403, service.OffsetTooDeep, history.WindowBackwards, history.ChangesForgotten),
    **tells("Total-Count"),
}
#: integers that every client's numbers can hold
_MOST = 9_007_199_254_740_991
_Total = Annotated[
    bool, Query(alias="totalCount", description="Whether Total-Count says how many there are")
]
_First = Annotated[
    int | None, Query(alias="minChangeVersion", ge=0, le=_MOST, description="From this version on")
]
_Last = Annotated[
    int | None, Query(alias="maxChangeVersion", ge=0, le=_MOST, description="Up to this version")
]
#: what a filter stands for that names nobody of ours
_NOBODY = UUID(int=0)


async def _only(
    goal_id: Annotated[
        ResourceId | None, Query(alias="id", description="This goal alone, if you see it")
    ] = None,
    person_id: Annotated[
        str | None, Query(alias="personId", max_length=32, description="This person's goals")
    ] = None,
    source_system: Annotated[
        str | None,
        Query(
            alias="sourceSystemDescriptor",
            max_length=306,
            description="What names the person; only the answers' own finds any",
        ),
    ] = None,
    title: Annotated[
        str | None,
        Query(alias="goalTitle", max_length=255, description="Exactly; with personId or id"),
    ] = None,
    assigned_on: Annotated[
        Date | None, Query(alias="assignmentDate", description="With personId or id")
    ] = None,
    due_on: Annotated[
        Date | None, Query(alias="dueDate", description="With personId or id")
    ] = None,
    goal_type: Annotated[
        str | None,
        Query(alias="goalTypeDescriptor", max_length=306, description="With personId or id"),
    ] = None,
    complete: Annotated[
        bool | None, Query(alias="completedIndicator", description="With personId or id")
    ] = None,
) -> service.Only:
    known = None if person_id is None else _NOBODY
    if person_id is not None and re.fullmatch(r"[0-9a-f]{32}", person_id):
        known = UUID(person_id)
    if source_system not in (None, SOURCE_SYSTEM):
        known = _NOBODY
    kinds = {descriptor: kind for kind, descriptor in GOAL_TYPES.items()}
    kind = None if goal_type is None else kinds.get(goal_type, "")
    return service.Only(goal_id, known, title, assigned_on, due_on, kind, complete)


_Part = tuple[history.Window, history.Pages]


async def _part(
    limit: Annotated[int, Query(ge=0, le=500, description="How many at most")] = 25,
    offset: Annotated[
        int, Query(ge=0, le=2**31 - 1, description="How many to step over; see 400")
    ] = 0,
    total_count: _Total = False,
    min_change_version: _First = None,
    max_change_version: _Last = None,
) -> _Part:
    """A page of what happened in a window."""
    window = history.Window(min_change_version, max_change_version)
    return window, service.paging(limit, offset, total_count)


def _answer(body: BaseModel, found: history.Found | None = None) -> Response:
    """The body without the fields that say nothing, and what Ed-Fi tells in headers. The tag is of
    both: the same last page with a page behind it now is another answer, and 304 would end a pull
    too early."""
    content = body.__pydantic_serializer__.to_json(body, by_alias=True, exclude_none=True)
    response = Response(content, media_type="application/json")
    told: dict[str, str] = {}
    if found is not None and found.following is not None:
        told["Next-Page-Token"] = found.following
    if found is not None and found.total is not None:
        told["Total-Count"] = str(found.total)
    whole = content + repr(told).encode()
    tag = body.etag if isinstance(body, EdFiGoal) else hashlib.sha256(whole).hexdigest()[:16]
    response.headers.update({"ETag": f'"{tag}"', **told})
    return response


@router.get("/availableChangeVersions", responses=problems(403), openapi_extra=_FOR_PULLING)
@audited
async def get_available_change_versions(
    session: Session, actor: CurrentActor
) -> AvailableChangeVersions:
    """The change versions that can be asked for. Take `newestChangeVersion` before a pull, send it
    with the pull as `maxChangeVersion` and keep it; the next window begins one above it. If yours
    is below `oldestChangeVersion`, pull everything anew. Integrations with `goals:read`."""
    known = await history.versions(session, actor)
    return AvailableChangeVersions(
        oldest_change_version=known.oldest, newest_change_version=known.newest
    )


@router.get(
    "/ed-fi/goals",
    response_model=EdFiGoals,
    responses={
        **problems(
            403,
            service.BadPageToken,
            service.FilterTooWide,
            service.OffsetTooDeep,
            service.TwoWaysOfPaging,
            history.WindowBackwards,
        ),
        **tells("Next-Page-Token", "Total-Count"),
    },
    openapi_extra=_FOR_PULLING,
)
async def list_ed_fi_goals(
    request: Request,
    session: Session,
    actor: CurrentActor,
    only: Annotated[service.Only, Depends(_only)],
    limit: Annotated[int | None, Query(ge=0, le=500, description="At most; 25 if not said")] = None,
    offset: Annotated[
        int | None, Query(ge=0, le=2**31 - 1, description="How many to step over; see 400")
    ] = None,
    total_count: _Total = False,
    page_token: Annotated[
        str | None,
        Query(alias="pageToken", max_length=1000, description="Next-Page-Token of the page before"),
    ] = None,
    page_size: Annotated[
        int | None, Query(alias="pageSize", ge=1, le=500, description="At most; 25 if not said")
    ] = None,
    min_change_version: _First = None,
    max_change_version: _Last = None,
) -> Response:
    """Individual goals in Ed-Fi's form: all, or those whose last change is of a window. Follow
    Next-Page-Token, the cheaper way, or step by `offset`, up to 10,000. Filters take exact values;
    all but `id` and `personId` narrow what one of the two finds. Integrations with `goals:read`."""
    found = await service.list_goals(
        session,
        actor,
        request.app.state.seal,
        history.Window(min_change_version, max_change_version),
        service.paging(limit, offset, total_count, page_token, page_size),
        only,
    )
    return _answer(EdFiGoals([EdFiGoal.of(row) for row in found.rows]), found)


@router.get(
    "/ed-fi/goals/deletes",
    response_model=GoalDeletes,
    responses=_HISTORY,
    openapi_extra=_FOR_PULLING,
)
@audited
async def list_ed_fi_goal_deletes(
    session: Session,
    actor: CurrentActor,
    part: Annotated[_Part, Depends(_part)],
) -> Response:
    """Goals that left your sight in a window of change versions and were not back at its end.
    Closing a goal is no delete, whatever its outcome. Integrations with `goals:read`."""
    found = await history.deletes(session, actor, *part)
    return _answer(GoalDeletes([GoalDelete.of(row) for row in found.rows]), found)


@router.get(
    "/ed-fi/goals/keyChanges",
    response_model=GoalKeyChanges,
    responses=_HISTORY,
    openapi_extra=_FOR_PULLING,
)
@audited
async def list_ed_fi_goal_key_changes(
    session: Session,
    actor: CurrentActor,
    part: Annotated[_Part, Depends(_part)],
) -> Response:
    """Goals whose natural key became another in a window of change versions: a new title. Each
    once, from the key at its beginning to that at its end. Integrations with `goals:read`."""
    found = await history.key_changes(session, actor, *part)
    return _answer(GoalKeyChanges([GoalKeyChange.of(row) for row in found.rows]), found)


@router.get("/ed-fi/goals/partitions", responses=problems(403), openapi_extra=_FOR_PULLING)
async def get_ed_fi_goal_partitions(
    request: Request,
    session: Session,
    actor: CurrentActor,
    number: Annotated[
        int, Query(ge=1, le=200, description="How many parts at most")
    ] = service.PARTS,
) -> Partitions:
    """Tokens with which several readers pull all goals at once: each follows its own from
    GET /ed-fi/goals until there is no Next-Page-Token. Integrations with `goals:read`."""
    tokens = await service.partitions(session, actor, request.app.state.seal, number)
    return Partitions(page_tokens=tokens)


@router.get(
    "/ed-fi/goals/{goal_id}",
    response_model=EdFiGoal,
    responses=problems(403, 404),
    openapi_extra=_FOR_PULLING,
)
async def get_ed_fi_goal(session: Session, actor: CurrentActor, goal_id: ResourceId) -> Response:
    """One individual goal in Ed-Fi's form. Integrations with `goals:read`."""
    return _answer(EdFiGoal.of(await service.read_goal(session, actor, goal_id)))
