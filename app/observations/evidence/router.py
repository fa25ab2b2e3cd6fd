"""What is written in an observation: evidence, interpretation and questions, captured offline.

Items are their author's alone until the observation is shared."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.observations.evidence import capturing, service
from app.observations.evidence.schemas import (
    CaptureResult,
    EvidenceBatch,
    EvidenceBatchOut,
    EvidenceItemChange,
    EvidenceItemOut,
    EvidencePage,
    Kind,
    Wording,
    Wordings,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, audited, replayable

router = APIRouter(tags=["Evidence"], route_class=UnitRoute)
Since = Annotated[
    str | None,
    Query(max_length=1000, description="`head` of an answer: only what changed after it"),
]


@replayable("/api/v1/observations/{id}/evidence")
async def taken_before(
    session: AsyncSession, actor: Actor, observation_id: UUID
) -> EvidenceBatchOut:
    """A batch whose key was used: all of it was taken then."""
    await service.observation_seen(session, actor, observation_id)
    return EvidenceBatchOut(id=observation_id, results=[])


@router.post(
    "/observations/{observation_id}/evidence/batch", responses=problems(403, 404, WrongState)
)
async def capture_evidence(
    session: Session, actor: CurrentActor, observation_id: Id, body: EvidenceBatch
) -> EvidenceBatchOut:
    """Send what your devices captured: the observer, and whoever looks on with the teacher's
    consent, each their own items. Send in any order and as often as it takes; an item that is
    there already is not doubled. Of two contents under one key the one with the later `edited_at`
    stands, and the other is kept. Items that do not fit are reported, and the others are taken.
    While the observation is in progress or drafted."""
    items = [item.model_dump() for item in body.items]
    results = await capturing.capture(session, actor, observation_id, items)
    return EvidenceBatchOut(
        id=observation_id, results=[CaptureResult.model_validate(result) for result in results]
    )


@router.get("/observations/{observation_id}/evidence", responses=problems(400, 404))
@audited
async def list_evidence(
    session: Session,
    actor: CurrentActor,
    observation_id: Id,
    paging: Paging,
    kind: Kind | None = None,
    indicator_id: Id | None = None,
    author_id: Id | None = None,
    since: Since = None,
) -> EvidencePage:
    """The items of an observation in the order they were seen: your own, and from sharing on all
    of them to everybody who reads the observation. Before, the teacher finds none. A second device
    keeps the first page's `head` and sends it as `since` later; it then gets what is new or
    changed, removed items too."""
    filters: dict[str, Any] = {"kind": kind, "author_id": author_id}
    rows, following, head = await service.list_evidence(
        session, actor, observation_id, paging, since, indicator_id, **filters
    )
    items = [EvidenceItemOut.model_validate(row) for row in rows]
    return EvidencePage(items=items, next=following, head=head)


@router.get("/evidence-items/{evidence_item_id}", responses=problems(404))
@replayable("/api/v1/evidence-items/{id}")
@audited
async def get_evidence_item(
    session: Session, actor: CurrentActor, evidence_item_id: Id
) -> EvidenceItemOut:
    """One item, to whom it is listed."""
    return EvidenceItemOut.model_validate(await service.read_item(session, actor, evidence_item_id))


@router.get("/evidence-items/{evidence_item_id}/wordings", responses=problems(404))
async def get_evidence_wordings(
    session: Session, actor: CurrentActor, evidence_item_id: Id
) -> Wordings:
    """What an item said before, and what came too late to stand: its author alone, always."""
    found = await service.read_wordings(session, actor, evidence_item_id)
    return Wordings(items=[Wording.model_validate(words) for words in found])


@router.patch(
    "/evidence-items/{evidence_item_id}",
    responses=problems(
        403, 404, 412, UnknownReference, service.EvidenceShared, service.EvidenceDoesNotFit
    ),
)
async def update_evidence_item(
    session: Session,
    actor: CurrentActor,
    evidence_item_id: Id,
    version: IfMatch,
    body: EvidenceItemChange,
) -> EvidenceItemOut:
    """Change your own item, its tags too, until the observation is shared. What it said before
    stays in its wordings."""
    await service.change(session, actor, evidence_item_id, version, body.changes())
    return await get_evidence_item(session, actor, evidence_item_id)


@router.post(
    "/evidence-items/{evidence_item_id}/remove",
    responses=problems(403, 404, 412, service.EvidenceShared),
)
async def remove_evidence_item(
    session: Session, actor: CurrentActor, evidence_item_id: Id, version: IfMatch
) -> EvidenceItemOut:
    """Take your own item out, until the observation is shared: nobody else will see it. Its key
    stays taken, so that a device which sends it again does not bring it back."""
    await service.remove(session, actor, evidence_item_id, version)
    return await get_evidence_item(session, actor, evidence_item_id)
