"""My archive: all that a person may read of themselves, in one zip."""

from fastapi import APIRouter

from app.archive import service
from app.core.shares import DistrictShareTaken
from app.web.contract import problems
from app.web.dependencies import CurrentActor, InOneMoment, Session
from app.web.streaming import Streamed
from app.web.unit import UnitRoute

router = APIRouter(tags=["My archive"], route_class=UnitRoute)


_NAMED = {
    "Content-Disposition": {
        "description": "The name of the file.",
        "schema": {
            "type": "string",
            "pattern": r'^attachment; filename="[a-z0-9.-]+"$',
            "maxLength": 200,
        },
    }
}


class Zip(Streamed):
    """A zip, sent while it is made."""

    media_type = "application/zip"


@router.get(
    "/me/archive",
    status_code=200,
    response_class=Zip,
    responses={200: {"headers": _NAMED}, **problems(service.ArchiveUnderWay, DistrictShareTaken)},
)
async def get_my_archive(session: Session, snapshot: InOneMoment, actor: CurrentActor) -> Zip:
    """Everything you may read that is about you or by you, as of one moment: a zip with one JSON
    and one CSV file for each kind of record. People only, each their own, and one at a time."""
    filename, parts = await service.archive(session, snapshot, actor)
    return Zip(parts, filename)
