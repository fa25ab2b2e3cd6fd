"""Evidence once, used many times: the goals, cycles and feedback that rest on an item."""

from typing import Any

from fastapi import APIRouter

from app.core.errors import UnknownReference
from app.core.types import Id
from app.observations.citations import service
from app.observations.citations.schemas import CitationNew, CitationOut, CitationPage
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, audited, replayable

router = APIRouter(tags=["Evidence citations"], route_class=UnitRoute)


@router.get("/evidence-citations", responses=problems(400))
@audited
async def list_evidence_citations(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    goal_id: Id | None = None,
    cycle_id: Id | None = None,
    data_point_id: Id | None = None,
    use_id: Id | None = None,
    indicator_feedback_id: Id | None = None,
) -> CitationPage:
    """The citations you may read, the oldest first: where you read both the item and the record
    that rests on it."""
    filters: dict[str, Any] = {
        "goal_id": goal_id,
        "cycle_id": cycle_id,
        "data_point_id": data_point_id,
        "use_id": use_id,
        "indicator_feedback_id": indicator_feedback_id,
    }
    rows, following = await service.list_citations(session, actor, paging, **filters)
    return CitationPage(items=[CitationOut.model_validate(row) for row in rows], next=following)


@router.get("/evidence-items/{evidence_item_id}/citations", responses=problems(400, 404))
@audited
async def list_citations_of_evidence_item(
    session: Session, actor: CurrentActor, evidence_item_id: Id, paging: Paging
) -> CitationPage:
    """Where an item is cited, as far as you read the record that cites it."""
    rows, following = await service.of_item(session, actor, evidence_item_id, paging)
    return CitationPage(items=[CitationOut.model_validate(row) for row in rows], next=following)


@router.get("/evidence-citations/{citation_id}", responses=problems(404))
@replayable("/api/v1/evidence-citations/{id}")
@audited
async def get_evidence_citation(
    session: Session, actor: CurrentActor, citation_id: Id
) -> CitationOut:
    """One citation, to whom it is listed."""
    return CitationOut.model_validate(await service.read_citation(session, actor, citation_id))


@router.post(
    "/evidence-items/{evidence_item_id}/cite",
    status_code=201,
    responses=problems(
        403,
        404,
        UnknownReference,
        service.ItemNotShared,
        service.CitationAmbiguous,
        service.CitationDoesNotFit,
        service.CitationCrosses,
        service.AlreadyCited,
    ),
)
async def cite_evidence_item(
    session: Session, actor: CurrentActor, evidence_item_id: Id, body: CitationNew
) -> CitationOut:
    """Let one of your records rest on a shared item: the teacher or the observer, in a goal, a
    running cycle or a draft of feedback that they write in. Where evaluative feedback cites it, the
    words are kept as they are now."""
    citation_id = await service.cite(session, actor, evidence_item_id, body.model_dump())
    return await get_evidence_citation(session, actor, citation_id)


@router.delete(
    "/evidence-citations/{citation_id}",
    status_code=204,
    responses=problems(403, 404, 412, service.CitationFrozen),
)
async def delete_evidence_citation(
    session: Session, actor: CurrentActor, citation_id: Id, version: IfMatch
) -> None:
    """Take a citation back: who made it, unless an evaluative record rests on it. The item
    stays."""
    await service.delete(session, actor, citation_id, version)
