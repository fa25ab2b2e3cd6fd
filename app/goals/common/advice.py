"""What the program advises when a goal is agreed without the team's common indicator."""

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.goals.content import indicators_of
from app.models import CommonIndicatorOptOut, Goal, Role, Team
from app.models.goal_feedback import OptOutState


async def common_indicator_advice(
    session: AsyncSession, actor: Actor, goal: Goal
) -> list[dict[str, str]]:
    """Gate 6: agreeing without the team's common indicator, or after an opt-out, warns and does
    not forbid. That the teacher opted out is said to those who may read the reason alone: to a
    school leader who stands in, and to a lead who came later, the goal just lacks the indicator."""
    chosen = {
        row.id: row.common_indicator_id
        for row in await session.execute(
            select(Team.id, Team.common_indicator_id)
            .join(Role, and_(Role.district_id == Team.district_id, Role.team_id == Team.id))
            .where(
                Role.district_id == goal.district_id,
                Role.person_id == goal.teacher_id,
                Role.ended_on.is_(None),
                Team.common_indicator_id.is_not(None),
            )
        )
    }
    if not chosen or set(chosen.values()) & set(await indicators_of(session, goal)):
        return []
    left = set(
        await session.scalars(
            visible(actor, Action.OPT_OUT_READ, CommonIndicatorOptOut)
            .with_only_columns(CommonIndicatorOptOut.team_id)
            .where(
                CommonIndicatorOptOut.teacher_id == goal.teacher_id,
                CommonIndicatorOptOut.state == OptOutState.IN_FORCE.value,
            ),
            actor.binds,
        )
    )
    if chosen.keys() <= left:
        return [
            {
                "code": "common_indicator_opted_out",
                "message": "The goal does not carry the team's common indicator: the teacher opted"
                " out of it for a reason that the two of you may read.",
            }
        ]
    return [
        {
            "code": "common_indicator_missing",
            "message": "The teacher's team chose a common indicator that this goal does not carry.",
        }
    ]
