"""The rules of a team's common indicator: chosen with its history, left for a reason.

Why a member opts out is class pair. The team and its leaders know figures alone (`figures.py`).
"""

from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.goals.pair import lead_for
from app.models import CommonIndicatorChoice, CommonIndicatorOptOut, Team, touch
from app.models.goal_feedback import OptOutState
from app.people.schools.service import choose_indicator, read_team

Page = tuple[list[Any], str | None]


class SameIndicator(Conflict):
    """A choice chooses something else than the team has."""

    code, title = "same_indicator", "The team has this common indicator already"
    next_step = "Choose another one, or null to have none."


class NoCommonIndicator(Conflict):
    """There is nothing to opt out of."""

    code, title = "no_common_indicator", "The team has no common indicator"
    next_step = "Wait until the team chose one: GET /teams/{id}/common-indicator."


class AlreadyOptedOut(Conflict):
    """A member opts out once of what the team chose."""

    code, title = "already_opted_out", "You opted out already"
    next_step = "Read it at GET /common-indicator-opt-outs; withdraw it to give another reason."


async def choose(
    session: AsyncSession,
    actor: Actor,
    team_id: UUID,
    version: int,
    indicator_id: UUID | None,
    reason: str,
) -> UUID:
    """Choose the team's common indicator: the team's lead or a leader of the school."""
    team = await acting(
        session, actor, Action.TEAM_CHOOSE, Team, team_id, version, read=Action.TEAM_READ
    )
    choice = await choose_indicator(session, actor, team, indicator_id, reason)
    if choice is None:
        raise SameIndicator
    touch(team)
    record(session, actor, "team.changed", team, ("common_indicator_id",))
    return choice.id


async def list_choices(session: AsyncSession, actor: Actor, team_id: UUID, paging: Paging) -> Page:
    """What a team chose over time, the oldest first; whoever sees the team."""
    await read_team(session, actor, team_id)
    statement = view(actor, Action.CHOICE_READ, CommonIndicatorChoice).where(
        CommonIndicatorChoice.team_id == team_id
    )
    return await page(session, actor, statement, paging, by=[CommonIndicatorChoice.id])


async def read_choice(session: AsyncSession, actor: Actor, choice_id: UUID) -> Any:
    """One choice."""
    statement = view(actor, Action.CHOICE_READ, CommonIndicatorChoice)
    return await read_one(session, actor, statement, CommonIndicatorChoice, choice_id)


async def opt_out(session: AsyncSession, actor: Actor, team_id: UUID, reason: str) -> UUID:
    """Opt out of the team's common indicator: a member, for themself. It leaves the team's version
    alone, which would tell the team that somebody did, and when."""
    team = await acting(session, actor, Action.TEAM_OPT_OUT, Team, team_id, read=Action.TEAM_READ)
    if team.common_indicator_id is None:
        raise NoCommonIndicator
    out = CommonIndicatorOptOut(
        id=clock.new_id(),
        district_id=team.district_id,
        school_id=team.school_id,
        team_id=team.id,
        teacher_id=actor.id,
        lead_id=await lead_for(session, actor, actor.id),
        indicator_id=team.common_indicator_id,
        reason=reason,
    )
    try:
        async with session.begin_nested():
            session.add(out)
            await session.flush()
    except IntegrityError as exc:
        if "uq_common_indicator_opt_out" in str(exc.orig):
            raise AlreadyOptedOut from exc
        raise
    record(session, actor, "common_indicator_opt_out.made", out)
    return out.id


def opt_out_advice() -> list[dict[str, str]]:
    """Gate 6: an opt-out warns, and is not forbidden."""
    return [
        {
            "code": "common_indicator_opted_out",
            "message": "The team works on this indicator together; your goals will be agreed"
            " without it. Your lead reads your reason, and the team counts you.",
        }
    ]


async def list_opt_outs(session: AsyncSession, actor: Actor, paging: Paging) -> Page:
    """One's own, and those that one's teachers wrote with oneself as their lead."""
    statement = view(actor, Action.OPT_OUT_READ, CommonIndicatorOptOut)
    return await page(session, actor, statement, paging, by=[CommonIndicatorOptOut.id])


async def read_opt_out(session: AsyncSession, actor: Actor, opt_out_id: UUID) -> Any:
    """One opt-out."""
    statement = view(actor, Action.OPT_OUT_READ, CommonIndicatorOptOut)
    return await read_one(session, actor, statement, CommonIndicatorOptOut, opt_out_id)


async def withdraw(session: AsyncSession, actor: Actor, opt_out_id: UUID, version: int) -> None:
    """Take one's own opt-out back; it stays in the record of the two."""
    out = await acting(
        session,
        actor,
        Action.OPT_OUT_WITHDRAW,
        CommonIndicatorOptOut,
        opt_out_id,
        version,
        read=Action.OPT_OUT_READ,
    )
    out.state, out.ended_at = OptOutState.WITHDRAWN.value, clock.now()
    touch(out)
    record(session, actor, "common_indicator_opt_out.withdrawn", out, ("state",))
