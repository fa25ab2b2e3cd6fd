"""Which rules of advice a goal gives rise to. Nothing here changes, stores or records anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.access.actor import Actor, Shape
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import allows, must
from app.core.errors import WrongState
from app.core.statements import written_out
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
    GoalIndicator,
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


async def written(
    session: AsyncSession, actor: Actor, goal: Goal, before: Iterable[dict[str, str]] = ()
) -> GoalOut:
    """A goal that was just written, as it is read, with its advice after the warnings that the step
    itself gave; in one statement, since every write of a goal asks for it."""
    beside = _surroundings(actor.shape, GoalLevel(goal.level))
    params = _params(goal.id, goal.school_year_id, owner_of(goal))
    row = await read_goal(session, actor, goal.id, beside, params)
    values = fields(row, actor)
    around = {column.name: values.pop(column.name) for column in beside}
    read = GoalOut.model_validate(values)
    read.warnings = as_warnings(_judged(read, around), before)
    return read


async def about(
    session: AsyncSession,
    actor: Actor,
    goal: GoalOut,
    changes: GoalChange,
    reason: str | None = None,
) -> list[Found]:
    """What could be better about a goal the caller was given to read, with these changes."""
    params = _params(goal.id, goal.school_year_id, goal.owner_id)
    if "indicator_ids" in changes.model_fields_set:
        params["indicators"] = changes.indicator_ids
    row = (
        await session.execute(_alone(actor.shape, GoalLevel(goal.level)), {**actor.binds, **params})
    ).one()
    return _judged(goal, row._asdict(), changes, reason)


def _judged(
    goal: GoalOut,
    around: dict[str, Any],
    changes: GoalChange | None = None,
    reason: str | None = None,
) -> list[Found]:
    change = changes or GoalChange()
    sent = change.model_fields_set

    def now(name: str) -> Any:
        return getattr(change if name in sent else goal, name)

    indicator_ids = (
        change.indicator_ids
        if "indicator_ids" in sent
        else [indicator.id for indicator in goal.indicators]
    )
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
            standards=tuple(now("standards")),
            standard_items=len(
                change.standard_item_ids if "standard_item_ids" in sent else goal.standard_items
            ),
            indicators=len(set(indicator_ids)),
            measures=tuple(_measure(measure) for measure in wanted),
            due_on=now("due_on"),
            eased=goal.state in IN_FORCE and eases(goal.due_on, goal.measures, change),
            reason=reason,
            **_around(around, indicator_ids),
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


def _params(goal_id: UUID, year_id: UUID, owner_id: UUID | None) -> dict[str, Any]:
    """The parameters of what surrounds a goal. Without `indicators`, those it has are meant."""
    return {"goal_id": goal_id, "year_id": year_id, "owner_id": owner_id, "indicators": None}


def owner_of(goal: Goal) -> UUID | None:
    """Whose goal it is, as `owner_id` of an answer."""
    owners = {GoalLevel.SCHOOL.value: goal.school_id, GoalLevel.TEAM.value: goal.team_id}
    return owners.get(goal.level, goal.teacher_id)


def _around(row: dict[str, Any], indicator_ids: list[UUID]) -> dict[str, Any]:
    """The school year, the scales, what the gates know of the teacher, and the other open goals of
    the same owner that the caller may see."""
    year, common = row["year"], row["common"]
    return {
        "year_first": date.fromisoformat(year["first_day"]) if year else None,
        "year_last": date.fromisoformat(year["last_day"]) if year else None,
        "untested": bool(row["untested"]),
        "lacks_common": bool(common) and set(common).isdisjoint(indicator_ids),
        "scales": tuple(_scale(scale) for scale in row["scales"] or ()),
        "others": tuple(Other(**other) for other in row["others"] or ()),
    }


def _scale(scale: dict[str, Any]) -> Scale:
    return Scale(
        Decimal(str(scale["low"])),
        Decimal(str(scale["high"])),
        tuple((Decimal(str(one["from"])), Decimal(str(one["to"]))) for one in scale["levels"]),
    )


@lru_cache(maxsize=2000)
def _alone(shape: Shape, level: GoalLevel) -> Select[Any]:
    return select(*map(written_out, _surroundings(shape, level)))


@lru_cache(maxsize=2000)
def _surroundings(shape: Shape, level: GoalLevel) -> tuple[ColumnElement[Any], ...]:
    """All of it as columns, for a statement of its own or beside the goal's."""
    goal_id = bindparam("goal_id", type_=Uuid())
    owner = bindparam("owner_id", type_=Uuid())
    named = select(GoalIndicator.indicator_id).where(
        GoalIndicator.district_id == district, GoalIndicator.goal_id == goal_id
    )
    indicators = func.coalesce(
        bindparam("indicators", type_=ARRAY(Uuid())),
        func.array(named.scalar_subquery(), type_=ARRAY(Uuid())),
    )
    year = bindparam("year_id", type_=Uuid())
    first_and_last = func.jsonb_build_object(
        "first_day", SchoolYear.first_day, "last_day", SchoolYear.last_day, type_=JSONB
    )
    days = select(first_and_last).where(SchoolYear.district_id == district, SchoolYear.id == year)
    owned = {
        GoalLevel.INDIVIDUAL: Goal.teacher_id == owner,
        GoalLevel.TEAM: Goal.team_id == owner,
        GoalLevel.SCHOOL: and_(Goal.school_id == owner, Goal.level == level.value),
    }[level]
    # The owner's first, and then which of them the caller sees: without the offset the plan starts
    # from all that the caller sees, and depends so much on who asks that it is made anew each time.
    of_owner = (
        select(Goal)
        .where(
            Goal.district_id == district,
            owned,
            Goal.school_year_id == year,
            Goal.id != goal_id,
            Goal.state != GoalState.CLOSED.value,
        )
        .offset(literal_column("0"))
        .subquery()
    )
    other = aliased(Goal, of_owner)
    newest = (
        select(other.kind, other.title, other.statement)
        .where(allows(shape, Action.GOAL_READ, other))
        .order_by(other.id.desc())
        .limit(literal_column(str(_OTHERS)))
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
    return (
        days.scalar_subquery().label("year"),
        others.scalar_subquery().label("others"),
        scales.scalar_subquery().label("scales"),
        untested.scalar_subquery().label("untested"),
        common.scalar_subquery().label("common"),
    )
