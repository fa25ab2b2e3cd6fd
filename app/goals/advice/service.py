"""Which rules of advice a goal gives rise to. Nothing here changes, stores or records anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, and_, any_, bindparam, case, exists, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.access.actor import Actor, Shape
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import allows, must
from app.core.errors import WrongState
from app.core.types import Advice
from app.goals.advice.rules import RULES, Rule
from app.goals.advice.snapshot import Measure, Other, Scale, Snapshot
from app.goals.content import eases
from app.goals.schemas import GoalChange, GoalOut
from app.goals.views import fields, read_goal
from app.models import (
    CommonIndicatorOptOut,
    Expectation,
    Goal,
    Indicator,
    Role,
    SchoolYear,
    Team,
)
from app.models.goal_feedback import OptOutState
from app.models.goals import IN_FORCE, GoalLevel, GoalState
from app.models.people import RoleKind

#: other goals that are looked at: the newest
_OTHERS = 20
#: as many as `Warnings` hold
_WARNINGS = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A rule and what it says of a goal."""

    rule: Rule
    message: str

    @property
    def fields(self) -> dict[str, str]:
        """As it is answered."""
        rule = self.rule
        return {
            "code": rule.code,
            "message": self.message,
            "next_step": rule.next_step,
            "source": rule.source,
            "field": rule.field,
        }


def judge(goal: Snapshot) -> list[Found]:
    """What every rule says of a goal."""
    said = ((rule, rule.says(goal)) for rule in RULES)
    return [Found(rule, message) for rule, message in said if message is not None]


def as_warnings(found: list[Found], before: Iterable[dict[str, str]] = ()) -> list[Advice]:
    """Advice as warnings beside a result, after those that the step itself gave. A code is said
    once."""
    warnings = {one["code"]: Advice(**one) for one in before}
    for one in found:
        warnings.setdefault(one.rule.code, Advice(code=one.rule.code, message=one.message))
    return list(warnings.values())[:_WARNINGS]


async def advise(
    session: AsyncSession, actor: Actor, goal_id: UUID, changes: GoalChange
) -> list[Found]:
    """What could be better about a goal with these changes, which are not stored: whoever may edit
    or revise it. Not once it is closed."""
    row = await read_goal(session, actor, goal_id)
    await must(session, actor, Action.GOAL_ADVISE, Goal(district_id=actor.district_id, id=goal_id))
    if row.state == GoalState.CLOSED.value:
        raise WrongState("This goal is closed, and has no step advise then.", state=row.state)
    return await about(session, actor, GoalOut.model_validate(fields(row, actor)), changes)


async def of_revision(
    session: AsyncSession, actor: Actor, goal_id: UUID, changes: GoalChange, reason: str | None
) -> list[Found]:
    """What could be better about a goal as a revision would have it."""
    row = await read_goal(session, actor, goal_id)
    goal = GoalOut.model_validate(fields(row, actor))
    return await about(session, actor, goal, changes, reason)


async def about(
    session: AsyncSession,
    actor: Actor,
    goal: GoalOut,
    changes: GoalChange | None = None,
    reason: str | None = None,
) -> list[Found]:
    """What could be better about a goal the caller was given to read; in one statement."""
    change = changes or GoalChange()
    sent = change.model_fields_set

    def now(name: str) -> Any:
        return getattr(change if name in sent else goal, name)

    indicator_ids = (
        change.indicator_ids
        if "indicator_ids" in sent
        else [indicator.id for indicator in goal.indicators]
    )
    items = (
        [str(item) for item in change.standard_item_ids]
        if "standard_item_ids" in sent
        else [item.title for item in goal.standard_items]
    )
    around = await _around(session, actor, goal, indicator_ids)
    wanted: Any = now("measures")
    return judge(
        Snapshot(
            level=goal.level,
            kind=now("kind"),
            title=now("title"),
            statement=now("statement"),
            rationale=now("rationale"),
            link_statement=now("link_statement"),
            has_parent=now("parent_id") is not None,
            standards=(*now("standards"), *items),
            indicators=len(set(indicator_ids)),
            measures=tuple(_measure(measure) for measure in wanted),
            due_on=now("due_on"),
            eased=goal.state in IN_FORCE and eases(goal.due_on, goal.measures, change),
            reason=reason,
            **around,
        )
    )


def _measure(measure: Any) -> Measure:
    return Measure(
        name=measure.name,
        unit=measure.unit,
        target=measure.target,
        baseline=measure.baseline,
        due_on=measure.due_on,
    )


# --- what surrounds it ------------------------------------------------------------------------


async def _around(
    session: AsyncSession, actor: Actor, goal: GoalOut, indicator_ids: list[UUID]
) -> dict[str, Any]:
    """The school year, the scales, what the gates know of the teacher, and the other open goals of
    the same owner that the caller may see."""
    row = (
        await session.execute(
            _surroundings(actor.shape, GoalLevel(goal.level)),
            {
                **actor.binds,
                "goal_id": goal.id,
                "year_id": goal.school_year_id,
                "owner_id": goal.owner_id,
                "indicators": indicator_ids,
            },
        )
    ).one()
    return {
        "year_first": date.fromisoformat(row.year["first_day"]) if row.year else None,
        "year_last": date.fromisoformat(row.year["last_day"]) if row.year else None,
        "untested": bool(row.untested),
        "lacks_common": bool(row.common) and set(row.common).isdisjoint(indicator_ids),
        "scales": tuple(_scale(scale) for scale in row.scales or ()),
        "others": tuple(Other(**other) for other in row.others or ()),
    }


def _scale(scale: dict[str, Any]) -> Scale:
    return Scale(
        Decimal(str(scale["low"])),
        Decimal(str(scale["high"])),
        tuple((Decimal(str(one["from"])), Decimal(str(one["to"]))) for one in scale["levels"]),
    )


@lru_cache(maxsize=2000)
def _surroundings(shape: Shape, level: GoalLevel) -> Select[Any]:
    """All of it in one statement, since it is asked beside every write of a goal."""
    owner = bindparam("owner_id", type_=Uuid())
    indicators = bindparam("indicators", type_=ARRAY(Uuid()))
    year = bindparam("year_id", type_=Uuid())
    first_and_last = func.jsonb_build_object(
        "first_day", SchoolYear.first_day, "last_day", SchoolYear.last_day, type_=JSONB
    )
    days = select(first_and_last).where(SchoolYear.district_id == district, SchoolYear.id == year)
    other = aliased(Goal)
    owned = {
        GoalLevel.INDIVIDUAL: other.teacher_id == owner,
        GoalLevel.TEAM: other.team_id == owner,
        GoalLevel.SCHOOL: and_(other.school_id == owner, other.level == level.value),
    }[level]
    newest = (
        select(other.kind, other.title, other.statement)
        .where(
            other.district_id == district,
            owned,
            other.school_year_id == year,
            other.id != bindparam("goal_id", type_=Uuid()),
            other.state != GoalState.CLOSED.value,
            allows(shape, Action.GOAL_READ, other),
        )
        .order_by(other.id.desc())
        .limit(_OTHERS)
        .subquery()
    )
    others = select(
        func.jsonb_agg(
            func.jsonb_build_object(
                "kind", newest.c.kind, "title", newest.c.title, "statement", newest.c.statement
            ),
            type_=JSONB,
        )
    )
    scales = (
        select(func.jsonb_agg(Expectation.scale, type_=JSONB))
        .join(
            Indicator,
            and_(
                Indicator.district_id == Expectation.district_id,
                Indicator.expectation_id == Expectation.id,
            ),
        )
        .where(
            Expectation.district_id == district,
            Indicator.id == any_(indicators),
            func.jsonb_typeof(Expectation.scale) == "object",
        )
    )
    # as the gates of goals know them (gate 6)
    teaching = and_(Role.district_id == district, Role.person_id == owner, Role.ended_on.is_(None))
    untested = select(func.bool_and(func.coalesce(~Role.tested_subject, False))).where(
        teaching, Role.kind == RoleKind.TEACHER.value
    )
    # whoever may read why the teacher opted out is not told to add the indicator; everybody else
    # hears the same as without an opt-out
    opted_out = exists().where(
        CommonIndicatorOptOut.district_id == district,
        CommonIndicatorOptOut.team_id == Team.id,
        CommonIndicatorOptOut.teacher_id == owner,
        CommonIndicatorOptOut.state == OptOutState.IN_FORCE.value,
        allows(shape, Action.OPT_OUT_READ, CommonIndicatorOptOut),
    )
    every = func.array_agg(Team.common_indicator_id, type_=ARRAY(Uuid()))
    common = (
        select(case((func.bool_or(~opted_out), every)))
        .join(Role, and_(Role.district_id == Team.district_id, Role.team_id == Team.id))
        .where(teaching, Team.common_indicator_id.is_not(None))
    )
    return select(
        days.scalar_subquery().label("year"),
        others.scalar_subquery().label("others"),
        scales.scalar_subquery().label("scales"),
        untested.scalar_subquery().label("untested"),
        common.scalar_subquery().label("common"),
    )
