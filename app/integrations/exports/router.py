"""Exports for integrations: everything in one answer, sent while it is read."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from app.core.shares import DistrictShareTaken
from app.core.types import Id
from app.integrations.exports import service
from app.integrations.exports.schemas import ANSWER
from app.integrations.exports.service import Format
from app.web.contract import problems, scopes
from app.web.dependencies import CurrentActor, InOneMoment, Session
from app.web.streaming import Streamed, gzipped, takes_gzip
from app.web.unit import UnitRoute

router = APIRouter(tags=["Exports"], route_class=UnitRoute)
_TYPES = {
    Format.NDJSON: "application/x-ndjson",
    Format.CSV: "text/csv; charset=utf-8; header=present",
}


class Lines(Streamed):
    """Lines of JSON, unless a table was asked for."""

    media_type = _TYPES[Format.NDJSON]


def _preferred(accept: str) -> Format:
    """What Accept names with the greatest weight, of equals the first; lines when it names none."""
    best, found = 0.0, Format.NDJSON
    for choice in accept.lower().replace(" ", "").split(","):
        kind, *parameters = choice.split(";")
        weights = [one[2:] for one in parameters if re.fullmatch(r"q=[01](\.[0-9]{0,3})?", one)]
        weight = float(weights[0]) if weights else 1.0
        for form, type_ in _TYPES.items():
            if kind == type_.partition(";")[0] and weight > best:
                best, found = weight, form
    return found


def _answer(request: Request, export: service.Export, form: Format) -> Lines:
    headers = {
        "Content-Type": _TYPES[form],
        "Feed-Position": export.position,
        "Feed-Epoch": str(export.epoch),
        "Vary": "Accept, Accept-Encoding",
    }
    if not takes_gzip(request.headers.get("accept-encoding", "")):
        return Lines(export.parts, export.filename, headers)
    return Lines(gzipped(export.parts), export.filename, {**headers, "Content-Encoding": "gzip"})


@router.get(
    "/exports/goals",
    status_code=200,
    response_class=Lines,
    responses={200: ANSWER, **problems(403, service.ExportUnderWay, DistrictShareTaken)},
    openapi_extra=scopes("goals:read"),
)
async def export_goals(
    request: Request,
    session: Session,
    snapshot: InOneMoment,
    actor: CurrentActor,
    form: Annotated[
        Format | None,
        Query(alias="format", description="Without it: `csv` for `Accept: text/csv`, else lines"),
    ] = None,
    school_id: Annotated[Id | None, Query()] = None,
    school_year_id: Annotated[Id | None, Query()] = None,
) -> Any:
    """Every goal that GET /goals would page through, as of one moment and in no order, in the same
    fields: lines of JSON (NDJSON) or a table (CSV). It is whole only with its last line, which
    says how many goals came. `Feed-Position` is where /changes goes on without a gap. Integrations
    with `goals:read`, one at a time; 15 minutes, and no slower than 64 KiB a second."""
    form = form or _preferred(request.headers.get("accept", ""))
    filters = {"school_id": school_id, "school_year_id": school_year_id}
    export = await service.goals(session, snapshot, actor, request.app.state.seal, form, filters)
    return _answer(request, export, form)
