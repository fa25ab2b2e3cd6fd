"""Frameworks of teaching and their indicators, each version fixed once it is published."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from app.core.errors import WrongState
from app.core.types import Code, Id
from app.frameworks import service
from app.frameworks.crosswalk.router import router as crosswalk
from app.frameworks.imports.router import router as imports
from app.frameworks.items.router import router as items
from app.frameworks.schemas import (
    CodePrefix,
    FrameworkNew,
    FrameworkOut,
    FrameworkPage,
    FrameworkSummary,
    IndicatorOut,
    IndicatorPage,
    IndicatorWhole,
    Publisher,
    State,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Frameworks"], route_class=UnitRoute)
routers = (router, imports, items, crosswalk)

#: a boolean in a query, which has exactly these two spellings
Flag = Literal["true", "false"]


@router.get("/frameworks", responses=problems(400))
async def list_frameworks(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    state: State | None = None,
    code: Code | None = None,
    publisher: Publisher | None = None,
) -> FrameworkPage:
    """Frameworks by publisher, code and edition, without content. Every person of the district
    reads published and retired ones; drafts are district administrators' to read."""
    rows, following = await service.list_frameworks(
        session, actor, paging, state=state, code=code, publisher=publisher
    )
    return FrameworkPage(
        items=[FrameworkSummary.model_validate(row) for row in rows], next=following
    )


@router.get("/frameworks/{framework_id}", responses=problems(404))
@replayable("/api/v1/frameworks/{id}")
async def get_framework(session: Session, actor: CurrentActor, framework_id: Id) -> FrameworkOut:
    """One framework, whole: domains, expectations with their scale, indicators. To whom it is
    listed."""
    framework, domains = await service.read_framework(session, actor, framework_id)
    return FrameworkOut.model_validate({**framework._mapping, "domains": domains})


@router.post(
    "/frameworks",
    status_code=201,
    responses=problems(
        403, service.FrameworkExists, service.FrameworkRepeats, service.ScaleUnsound
    ),
)
async def create_framework(
    session: Session, actor: CurrentActor, body: FrameworkNew
) -> FrameworkOut:
    """Install a whole framework as a draft. District administrators. Load only text that your
    licence allows."""
    framework = await service.install(session, actor, body)
    return await get_framework(session, actor, framework.id)


@router.post("/frameworks/{framework_id}/publish", responses=problems(403, 404, 412, WrongState))
async def publish_framework(
    session: Session, actor: CurrentActor, framework_id: Id, version: IfMatch
) -> FrameworkOut:
    """Offer a draft to everybody; from then on its content never changes. District
    administrators."""
    await service.publish(session, actor, framework_id, version)
    return await get_framework(session, actor, framework_id)


@router.post("/frameworks/{framework_id}/retire", responses=problems(403, 404, 412, WrongState))
async def retire_framework(
    session: Session, actor: CurrentActor, framework_id: Id, version: IfMatch
) -> FrameworkOut:
    """Offer a published framework no longer; records that name its indicators keep them. District
    administrators."""
    await service.retire(session, actor, framework_id, version)
    return await get_framework(session, actor, framework_id)


@router.delete(
    "/frameworks/{framework_id}", status_code=204, responses=problems(403, 404, 412, WrongState)
)
async def delete_framework(
    session: Session, actor: CurrentActor, framework_id: Id, version: IfMatch
) -> None:
    """Delete a draft with all that is in it. District administrators. What was published is
    retired instead."""
    await service.remove(session, actor, framework_id, version)


@router.get("/indicators", responses=problems(400))
async def list_indicators(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    q: CodePrefix | None = None,
    framework_id: Id | None = None,
    observed: Annotated[
        Flag | None, Query(description="Only those seen in a classroom, or only the others")
    ] = None,
    include_retired: Annotated[
        Flag, Query(description="Also those of retired frameworks")
    ] = "false",
) -> IndicatorPage:
    """Indicators of published frameworks, in their framework's order. Every person of the
    district may read them."""
    rows, following = await service.list_indicators(
        session,
        actor,
        paging,
        q=q,
        framework_id=framework_id,
        observed=None if observed is None else observed == "true",
        include_retired=include_retired == "true",
    )
    return IndicatorPage(items=[IndicatorOut.model_validate(row) for row in rows], next=following)


@router.get("/indicators/{indicator_id}", responses=problems(404))
async def get_indicator(session: Session, actor: CurrentActor, indicator_id: Id) -> IndicatorWhole:
    """One indicator, also of a retired framework, with what its levels look like. Every person of
    the district may read it; those of a draft are district administrators' to read."""
    row, levels = await service.read_indicator(session, actor, indicator_id)
    return IndicatorWhole.model_validate({**row._mapping, "levels": levels})
