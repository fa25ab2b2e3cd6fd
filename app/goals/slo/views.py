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
from app.models.goals import GoalKind, GoalLevel
from app.people.district.service import policy

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
#: what a plan says that nobody has written
_UNWRITTEN: dict[str, Any] = {
    **{column.name: None for column in _COLUMNS},
    **{name: [] for name in ("baseline_sources", "end_criteria", "exclusions")},
}
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
    """A goal's SLO, to whoever reads the goal; one that nobody has begun yet is empty and has the
    levels that it would begin with. Of another goal, a hidden one and none it looks the same."""
    row = await read_one(
        session, actor, view(actor, Action.GOAL_READ, Goal, SLO, DECISIONS), Goal, goal_id
    )
    written = row.slo
    if written is None:
        if (row.level, row.kind) != (GoalLevel.INDIVIDUAL, GoalKind.STUDENT_LEARNING):
            raise NotFound("There is no such SLO, or you may not see it.")
        written = {**_UNWRITTEN, "levels": (await policy(session, actor)).slo_levels}
    return {**row._mapping, **written, "decisions": row.decisions[-100:]}
