"""How an SLO is read: with its goal, in one statement."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.views import read_one, view
from app.core.errors import NotFound
from app.models import Goal, Slo, SloDecision
from app.models.goals import GoalKind

_COLUMNS = [column for column in Slo.__table__.c if column.name not in ("district_id", "id")]
SLO: ColumnElement[Any] = (
    select(
        func.jsonb_build_object(
            *(part for column in _COLUMNS for part in (column.name, column)), type_=JSONB
        )
    )
    .where(
        Slo.district_id == district,
        Slo.id == Goal.id,
        Goal.kind == GoalKind.STUDENT_LEARNING.value,
    )
    .correlate(Goal)
    .scalar_subquery()
    .label("slo")
)
_OF_DECISION = ("step", "person_id", "capacity", "reason", "result", "at")
DECISIONS: ColumnElement[Any] = (
    select(
        func.coalesce(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_object(
                        *(
                            part
                            for name in _OF_DECISION
                            for part in (name, getattr(SloDecision, name))
                        )
                    ),
                    SloDecision.at,
                ),
                type_=JSONB,
            ),
            func.jsonb_build_array(type_=JSONB),
        )
    )
    .where(SloDecision.district_id == district, SloDecision.goal_id == Goal.id)
    .correlate(Goal)
    .scalar_subquery()
    .label("decisions")
)


async def read(session: AsyncSession, actor: Actor, goal_id: UUID) -> dict[str, Any]:
    """A goal's SLO, to whoever reads the goal. None, hidden and no such goal look the same."""
    row = await read_one(
        session, actor, view(actor, Action.GOAL_READ, Goal, SLO, DECISIONS), Goal, goal_id
    )
    if row.slo is None:
        raise NotFound("There is no such goal, or you may not see it.")
    return {**row._mapping, **row.slo, "decisions": row.decisions[-100:]}
