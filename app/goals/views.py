"""How goals are read: one statement for a goal or a page of them, whatever hangs on it."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import NotFound
from app.models import (
    FrameworkItem,
    Goal,
    GoalAgreement,
    GoalIndicator,
    GoalMeasure,
    GoalStandard,
    Indicator,
    Person,
    School,
    SchoolYear,
)
from app.models.goals import IN_FORCE, GoalLevel

in_force = Goal.state.in_([state.value for state in IN_FORCE])


def _list_of(pairs: dict[str, Any], order: Any) -> Any:
    built = func.jsonb_build_object(*(part for pair in pairs.items() for part in pair))
    return func.coalesce(
        func.jsonb_agg(aggregate_order_by(built, order), type_=JSONB),
        func.jsonb_build_array(type_=JSONB),
    )


measure_rows = and_(
    GoalMeasure.district_id == district, GoalMeasure.goal_id == Goal.id, ~GoalMeasure.dropped
)
_MEASURES: ColumnElement[Any] = (
    select(
        _list_of(
            {
                name: getattr(GoalMeasure, name)
                for name in (
                    "id",
                    "name",
                    "unit",
                    "baseline",
                    "target",
                    "direction",
                    "due_on",
                    "latest_value",
                    "latest_on",
                )
            },
            GoalMeasure.position,
        )
    )
    .where(measure_rows)
    .correlate(Goal)
    .scalar_subquery()
    .label("measures")
)
goal_indicator_rows = and_(GoalIndicator.district_id == district, GoalIndicator.goal_id == Goal.id)
_indicator_rows = and_(
    goal_indicator_rows,
    Indicator.district_id == GoalIndicator.district_id,
    Indicator.id == GoalIndicator.indicator_id,
)
_INDICATORS: ColumnElement[Any] = (
    select(
        _list_of(
            {
                "id": Indicator.id,
                "key": Indicator.key,
                "code": Indicator.code,
                "title": Indicator.title,
            },
            GoalIndicator.position,
        )
    )
    .where(_indicator_rows)
    .correlate(Goal)
    .scalar_subquery()
    .label("indicators")
)
_INDICATOR_KEYS: ColumnElement[Any] = (
    select(
        func.coalesce(
            func.jsonb_agg(aggregate_order_by(Indicator.key, GoalIndicator.position), type_=JSONB),
            func.jsonb_build_array(type_=JSONB),
        )
    )
    .where(_indicator_rows)
    .correlate(Goal)
    .scalar_subquery()
    .label("indicator_keys")
)
_STANDARDS: ColumnElement[Any] = (
    select(
        _list_of(
            {
                "id": FrameworkItem.id,
                "framework_id": FrameworkItem.framework_id,
                "code": FrameworkItem.code,
                "title": FrameworkItem.title,
            },
            GoalStandard.position,
        )
    )
    .where(
        GoalStandard.district_id == district,
        GoalStandard.goal_id == Goal.id,
        FrameworkItem.district_id == GoalStandard.district_id,
        FrameworkItem.id == GoalStandard.item_id,
    )
    .correlate(Goal)
    .scalar_subquery()
    .label("standard_items")
)
_AGREEMENTS: ColumnElement[Any] = (
    select(
        _list_of(
            {
                "person_id": GoalAgreement.person_id,
                "capacity": GoalAgreement.capacity,
                "at": GoalAgreement.at,
            },
            GoalAgreement.at,
        )
    )
    .where(
        GoalAgreement.district_id == district,
        GoalAgreement.goal_id == Goal.id,
        GoalAgreement.revision_id.is_(None),
    )
    .correlate(Goal)
    .scalar_subquery()
    .label("agreements")
)


def yeses(given: Any, key: str, of: Any, label: str) -> ColumnElement[Any]:
    """Who gave their yes to a growth plan or a review (the table `given`), the first first."""
    column: ColumnElement[Any] = (
        select(
            _list_of(
                {name: getattr(given, name) for name in ("person_id", "capacity", "at")}, given.at
            )
        )
        .where(given.district_id == district, getattr(given, key) == of.id)
        .correlate(of)
        .scalar_subquery()
        .label(label)
    )
    return column


_OWNER: ColumnElement[Any] = case(
    (Goal.level == GoalLevel.SCHOOL.value, Goal.school_id),
    (Goal.level == GoalLevel.TEAM.value, Goal.team_id),
    else_=Goal.teacher_id,
).label("owner_id")
_IN_FORCE_NOW: ColumnElement[Any] = in_force.label("in_force")

#: what a pulled goal tells of one other row: the column, and which row it is
NAMED: dict[str, tuple[Any, ColumnElement[bool]]] = {
    "school_year_title": (
        SchoolYear.title,
        and_(SchoolYear.district_id == district, SchoolYear.id == Goal.school_year_id),
    ),
    "school_external_id": (
        School.external_id,
        and_(School.district_id == district, School.id == Goal.school_id),
    ),
    "teacher_external_id": (
        Person.external_id,
        and_(Person.district_id == district, Person.id == Goal.teacher_id),
    ),
}
#: domain.md §2a: what `goals:read` may see of a goal, and not a column more
_PULLED: tuple[ColumnElement[Any], ...] = (
    *(
        getattr(Goal, name)
        for name in (
            "id",
            "version",
            "level",
            "kind",
            "state",
            "title",
            "school_year_id",
            "school_id",
            "team_id",
            "teacher_id",
            "parent_id",
            "starts_on",
            "due_on",
            "outcome",
            "closed_at",
            "created_at",
            "updated_at",
        )
    ),
    *(
        select(column).where(which).correlate(Goal).scalar_subquery().label(name)
        for name, (column, which) in NAMED.items()
    ),
    _INDICATOR_KEYS,
    _MEASURES,
)


#: what belongs to a goal beside its own columns
BESIDE = (_MEASURES, _INDICATORS, _STANDARDS, _AGREEMENTS, _OWNER)


def goal_view(actor: Actor) -> Select[Any]:
    """Goals the caller may see, with all that an answer needs."""
    return view(actor, Action.GOAL_READ, Goal, *BESIDE, _IN_FORCE_NOW)


def pulled_view(actor: Actor) -> Select[Any]:
    """Goals as an integration may see them."""
    return visible(actor, Action.GOAL_READ, Goal).with_only_columns(*_PULLED)


async def read_goal(
    session: AsyncSession,
    actor: Actor,
    goal_id: UUID,
    beside: tuple[ColumnElement[Any], ...] = (),
    params: dict[str, Any] | None = None,
) -> Any:
    """One goal as people see it. Missing and hidden look the same (404), and so does every goal to
    an integration: its allow-list is `read_pulled`, never names of readers or revisions. `beside`
    are further columns, which must be kept as the `extra` of `view()` are."""
    if actor.kind is ActorKind.CLIENT:
        raise NotFound("There is no such goal, or you may not see it.")
    statement = view(actor, Action.GOAL_READ, Goal, *BESIDE, _IN_FORCE_NOW, *beside)
    return await read_one(session, actor, statement, Goal, goal_id, params)


async def read_pulled(session: AsyncSession, actor: Actor, goal_id: UUID) -> Any:
    """One goal, as an integration may see it."""
    return await read_one(session, actor, pulled_view(actor), Goal, goal_id)


def fields(row: Any, actor: Actor) -> dict[str, Any]:
    """A row of `goal_view` as the fields of an answer. `overdue` is computed, by the reader's
    date."""
    return fields_of_all([row], actor)[0]


def fields_of_all(rows: list[Any], actor: Actor) -> list[dict[str, Any]]:
    """The same of a page's rows. Their names are asked of the first: a row makes them anew."""
    names = rows[0]._fields if rows else ()
    today = clock.today(actor.zone)
    found = []
    for row in rows:
        values: dict[str, Any] = dict(zip(names, row, strict=True))
        due_on = values["due_on"]
        values["overdue"] = bool(values["in_force"] and due_on is not None and due_on < today)
        found.append(values)
    return found


def overdue(actor: Actor) -> ColumnElement[bool]:
    """The condition of being in force behind its due date."""
    return and_(in_force, Goal.due_on < literal(clock.today(actor.zone)))
