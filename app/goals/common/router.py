"""A team's common indicator, opting out of it, and the team's view of its goals."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.goals.common import figures, service
from app.goals.common.schemas import (
    ChoiceNew,
    ChoiceOut,
    ChoicePage,
    Coverage,
    OptOutNew,
    OptOutOut,
    OptOutPage,
    TeamView,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Common indicator"], route_class=UnitRoute)


@router.get("/teams/{team_id}/common-indicator", responses=problems(403, 404))
async def get_common_indicator(session: Session, actor: CurrentActor, team_id: Id) -> Coverage:
    """The team's common indicator and how many members carry it in a goal that both agreed, opted
    out, or neither. The team's people and the school's leaders; figures that would single somebody
    out are left out."""
    return Coverage.model_validate(await figures.coverage(session, actor, team_id))


@router.get("/teams/{team_id}/goals-view", responses=problems(403, 404))
async def get_team_goals_view(session: Session, actor: CurrentActor, team_id: Id) -> TeamView:
    """School goals, the team's goals and how many members' goals stand below each; the common
    indicator and its coverage. The team's people and the school's leaders; no individual goal is
    named."""
    return TeamView.model_validate(await figures.goals_view(session, actor, team_id))


@router.post(
    "/teams/{team_id}/common-indicator",
    status_code=201,
    responses=problems(403, 404, 412, UnknownReference, service.SameIndicator),
)
async def choose_common_indicator(
    session: Session, actor: CurrentActor, team_id: Id, version: IfMatch, body: ChoiceNew
) -> ChoiceOut:
    """Choose the indicator that the team works on together, or none: the team's lead or a leader of
    the school. `If-Match` is the team's. Who opted out of the one before is asked anew."""
    choice_id = await service.choose(
        session, actor, team_id, version, body.indicator_id, body.reason
    )
    return await get_common_indicator_choice(session, actor, choice_id)


@router.get("/teams/{team_id}/common-indicator-choices", responses=problems(400, 404))
async def list_common_indicator_choices(
    session: Session, actor: CurrentActor, team_id: Id, paging: Paging
) -> ChoicePage:
    """What the team chose over time, the oldest first: whoever sees the team."""
    rows, following = await service.list_choices(session, actor, team_id, paging)
    return ChoicePage(items=[ChoiceOut.model_validate(row) for row in rows], next=following)


@router.get("/common-indicator-choices/{choice_id}", responses=problems(404))
@replayable("/api/v1/common-indicator-choices/{id}")
async def get_common_indicator_choice(
    session: Session, actor: CurrentActor, choice_id: Id
) -> ChoiceOut:
    """One choice of a team's, to those who may list it."""
    return ChoiceOut.model_validate(await service.read_choice(session, actor, choice_id))


async def _read_opt_out(
    session: AsyncSession, actor: Actor, opt_out_id: UUID, warnings: Any = ()
) -> OptOutOut:
    row = await service.read_opt_out(session, actor, opt_out_id)
    return OptOutOut.model_validate({**row._mapping, "warnings": list(warnings)})


@router.post(
    "/teams/{team_id}/common-indicator-opt-outs",
    status_code=201,
    responses=problems(403, 404, service.NoCommonIndicator, service.AlreadyOptedOut),
)
async def create_common_indicator_opt_out(
    session: Session, actor: CurrentActor, team_id: Id, body: OptOutNew
) -> OptOutOut:
    """Opt out of the team's common indicator with a reason: a member, for themself. The team learns
    at most that somebody did."""
    opt_out_id = await service.opt_out(session, actor, team_id, body.reason)
    return await _read_opt_out(session, actor, opt_out_id, service.opt_out_advice())


@router.get("/common-indicator-opt-outs", responses=problems(400))
async def list_common_indicator_opt_outs(
    session: Session, actor: CurrentActor, paging: Paging
) -> OptOutPage:
    """Your own, and those that your teachers wrote while you were their lead; the oldest first."""
    rows, following = await service.list_opt_outs(session, actor, paging)
    return OptOutPage(items=[OptOutOut.model_validate(row) for row in rows], next=following)


@router.get("/common-indicator-opt-outs/{opt_out_id}", responses=problems(404))
@replayable("/api/v1/common-indicator-opt-outs/{id}")
async def get_common_indicator_opt_out(
    session: Session, actor: CurrentActor, opt_out_id: Id
) -> OptOutOut:
    """One opt-out: the member and the lead it was written with."""
    return await _read_opt_out(session, actor, opt_out_id)


@router.post(
    "/common-indicator-opt-outs/{opt_out_id}/withdraw",
    responses=problems(403, 404, 412, WrongState),
)
async def withdraw_common_indicator_opt_out(
    session: Session, actor: CurrentActor, opt_out_id: Id, version: IfMatch
) -> OptOutOut:
    """Take your opt-out back: the member who made it."""
    await service.withdraw(session, actor, opt_out_id, version)
    return await get_common_indicator_opt_out(session, actor, opt_out_id)
