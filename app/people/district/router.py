"""The district and its policy."""

from typing import Any

from fastapi import APIRouter

from app.people.district import service
from app.people.district.schemas import DistrictOut, PolicyChange, PolicyOut
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Session
from app.web.unit import UnitRoute

router = APIRouter(prefix="/district", tags=["District"], route_class=UnitRoute)


@router.get("", responses=problems())
async def get_district(session: Session, actor: CurrentActor) -> DistrictOut:
    """Your district. Every person of it may read it."""
    return DistrictOut.model_validate(await service.read_district(session, actor))


def _policy(row: Any) -> PolicyOut:
    fields = {**row._mapping, "changed": sorted(row.values)}
    fields["values"] = service.effective(row.values)
    return PolicyOut.model_validate(fields)


@router.get("/policy", responses=problems())
async def get_policy(session: Session, actor: CurrentActor) -> PolicyOut:
    """The policy in force, defaults included. Every person of the district may read it."""
    return _policy(await service.read_policy(session, actor))


@router.patch(
    "/policy",
    responses=problems(
        403, 412, service.WindowTwice, service.RosterRoleTwice, service.SloPolicyContradicts
    ),
)
async def update_policy(
    session: Session, actor: CurrentActor, version: IfMatch, body: PolicyChange
) -> PolicyOut:
    """Set values of the policy, with a reason. District administrators. Sending a value's default
    goes back to it."""
    await service.change_policy(session, actor, version, body.values, body.reason)
    return await get_policy(session, actor)
