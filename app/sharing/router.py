"""Copies of what a teacher and a lead wrote, which they opened to the school's leaders together, or
the teacher to the lead who came later. Either takes back."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.core.errors import WrongState
from app.core.types import Id
from app.relationships.pair import CoachingNotActive
from app.sharing import service
from app.sharing.records import RECORDS, Shareable
from app.sharing.schemas import (
    RecordType,
    SharedRecordOut,
    SharedRecordPage,
    ShareNew,
    State,
    With,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Sharing"], route_class=UnitRoute)


@router.get("/shared-records", responses=problems(400))
async def list_shared_records(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    record_type: RecordType | None = None,
    shared_with: With | None = None,
    state: State | None = None,
) -> SharedRecordPage:
    """Shared records, the oldest first: all of them to the teacher and the lead they were written
    with, as long as they work together; what is open to the leaders of the teacher's school, and
    to the lead it was opened to."""
    rows, following = await service.list_shared(
        session,
        actor,
        paging,
        teacher_id=teacher_id,
        record_type=record_type,
        shared_with=shared_with,
        state=state,
    )
    items = [SharedRecordOut.model_validate(row) for row in rows]
    return SharedRecordPage(items=items, next=following)


@router.get("/shared-records/{shared_id}", responses=problems(404))
@replayable("/api/v1/shared-records/{id}")
async def get_shared_record(
    session: Session, actor: CurrentActor, shared_id: Id
) -> SharedRecordOut:
    """One copy, to whom it is listed. It says what the record said when it was offered, whatever
    became of the record since."""
    return SharedRecordOut.model_validate(await service.read_shared(session, actor, shared_id))


@router.post("/shared-records/{shared_id}/take-back", responses=problems(403, 404, 412, WrongState))
async def take_back_shared_record(
    session: Session, actor: CurrentActor, shared_id: Id, version: IfMatch
) -> SharedRecordOut:
    """Close a copy that is offered or open: the teacher, or the lead it was written with. Whoever
    could read it cannot from their next request on."""
    await service.take_back(session, actor, shared_id, version)
    return await get_shared_record(session, actor, shared_id)


def _add_share(record_type: str, kind: Shareable) -> None:
    """The route by which records of one type are shared."""

    async def share(
        session: Session,
        actor: CurrentActor,
        record_id: Annotated[Id, Path(alias=kind.parameter)],
        version: IfMatch,
        body: ShareNew,
    ) -> SharedRecordOut:
        shared = await service.share(session, actor, kind, record_id, version, body.with_)
        return await get_shared_record(session, actor, shared)

    share.__name__ = f"share_{record_type}"
    share.__doc__ = (
        f"Open {kind.noun} as it is at this version to others, as a copy. With `school_leader`:"
        " the teacher and the lead it was written with; the first yes is an offer that nobody"
        " else reads, the other one's yes to the same version and words opens it to the leaders"
        " of the teacher's school. With `lead`: the teacher alone, for what was written with a"
        " lead before, to the lead of today."
    )
    router.add_api_route(
        f"/{kind.path}/{{{kind.parameter}}}/share",
        share,
        methods=["POST"],
        responses=problems(
            403,
            404,
            412,
            service.AlreadyShared,
            service.LeadHasGone,
            CoachingNotActive,
            service.NoLeadNow,
            service.LeadReadsIt,
        ),
    )


for _record_type, _kind in RECORDS.items():
    _add_share(_record_type, _kind)
