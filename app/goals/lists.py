"""Lists and counts of goals."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, and_, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor, ActorKind
from app.access.policy import Action
from app.access.scope import seen_through
from app.core.errors import NotForClients
from app.core.paging import Paging, page
from app.goals.views import goal_view, overdue, pulled_view
from app.models import Goal, GoalIndicator, Indicator
from app.people.district.service import policy

SORTS: Mapping[str, tuple[SQLColumnExpression[Any], bool]] = {
    "created": (Goal.id, False),
    "-created": (Goal.id, True),
    "due_on": (Goal.due_on, False),
    "-due_on": (Goal.due_on, True),
    "title": (Goal.title, False),
    "-title": (Goal.title, True),
}


def narrow(statement: Select[Any], actor: Actor, filters: Mapping[str, Any]) -> Select[Any]:
    """A statement over goals, narrowed by the filters that were sent."""
    if filters.get("approval") is not None and actor.kind is ActorKind.CLIENT:
        # what a filter finds out would be on no allow-list
        raise NotForClients("The filter approval is not open to clients.")
    names = ("level", "kind", "state", "school_id", "school_year_id", "team_id", "teacher_id")
    for name in (*names, "approval"):
        if filters.get(name) is not None:
            statement = statement.where(getattr(Goal, name) == filters[name])
    if filters.get("parent_id") is not None:
        statement = statement.where(Goal.parent_id == filters["parent_id"])
    if filters.get("indicator") is not None:
        carries = (
            select(GoalIndicator.goal_id)
            .join(
                Indicator,
                and_(
                    Indicator.district_id == GoalIndicator.district_id,
                    Indicator.id == GoalIndicator.indicator_id,
                ),
            )
            .where(
                GoalIndicator.district_id == actor.district_id,
                Indicator.key == filters["indicator"],
            )
        )
        statement = statement.where(Goal.id.in_(carries))
    if filters.get("overdue") is not None:
        late = overdue(actor)
        statement = statement.where(late if filters["overdue"] else func.coalesce(~late, True))
    if filters.get("q") is not None:
        statement = statement.where(Goal.title.icontains(filters["q"], autoescape=True))
    return statement


async def list_goals(
    session: AsyncSession, actor: Actor, paging: Paging, sort: str, filters: Mapping[str, Any]
) -> tuple[list[Any], str | None]:
    """A page of goals; for an integration, in the form of its allow-list."""
    pulled = actor.kind is ActorKind.CLIENT
    statement = narrow(pulled_view(actor) if pulled else goal_view(actor), actor, filters)
    column, descending = SORTS[sort]
    by = [column] if sort.endswith("created") else [column, Goal.id]
    return await page(session, actor, statement, paging, by=by, descending=descending)


async def summary(
    session: AsyncSession, actor: Actor, filters: Mapping[str, Any]
) -> dict[str, Any]:
    """Counts by state, kind and indicator over the goals the caller may see.

    To anybody who is not of the pair, a figure about fewer people than the policy's minimum is
    left out, and so is the smallest other one when a single gap could be computed (domain.md §2).
    """
    minimum = 0 if of_the_pair(actor) else (await policy(session, actor)).suppression_minimum
    of_goals = seen_through(actor, Action.GOAL_READ, Goal)
    people = func.count(distinct(Goal.teacher_id))

    async def tally(
        key: SQLColumnExpression[Any], *, indicators: bool = False
    ) -> list[dict[str, Any]]:
        statement = select(key, func.count(distinct(Goal.id)), people).where(of_goals)
        if indicators:
            statement = statement.join(
                GoalIndicator,
                and_(
                    GoalIndicator.district_id == Goal.district_id, GoalIndicator.goal_id == Goal.id
                ),
            ).join(
                Indicator,
                and_(
                    Indicator.district_id == GoalIndicator.district_id,
                    Indicator.id == GoalIndicator.indicator_id,
                ),
            )
        statement = narrow(statement, actor, filters).group_by(key).order_by(key).limit(200)
        rows = (await session.execute(statement, actor.binds)).all()
        return suppress([(str(row[0]), row[1], row[2]) for row in rows], minimum)

    late = overdue(actor)
    total_row: Any = (
        await session.execute(
            narrow(
                _columns(
                    func.count(),
                    people,
                    func.count().filter(late),
                    func.count(distinct(Goal.teacher_id)).filter(late),
                    func.count(distinct(Goal.teacher_id)).filter(func.coalesce(~late, True)),
                )
                .select_from(Goal)
                .where(of_goals),
                actor,
                filters,
            ),
            actor.binds,
        )
    ).one()
    by_state = await tally(Goal.state)
    by_kind = await tally(Goal.kind)
    return {
        "goals": None if 0 < total_row[1] < minimum else total_row[0],
        # also when few are not late: the total less this figure would be about those few
        "overdue": None
        if 0 < total_row[3] < minimum or 0 < total_row[4] < minimum
        else total_row[2],
        "by_state": by_state,
        "by_kind": by_kind,
        "by_indicator": await tally(Indicator.key, indicators=True),
        "suppressed_under": minimum,
    }


def of_the_pair(actor: Actor) -> bool:
    """What the caller sees of individual goals, they see as the teacher or the lead: figures about
    them single nobody out for this caller."""
    return not (actor.schools_led or actor.is_administrator or actor.kind is ActorKind.CLIENT)


def _columns(*columns: Any) -> Select[Any]:
    return select(*columns)


def suppress(rows: list[tuple[str, int, int]], minimum: int) -> list[dict[str, Any]]:
    """Leave out figures about 1 to minimum-1 people, and one more when only one was left out."""
    hidden = {key for key, _, people in rows if 0 < people < minimum}
    if len(hidden) == 1:
        others = sorted((goals, key) for key, goals, people in rows if key not in hidden and people)
        hidden |= {others[0][1]} if others else set()
    return [{"key": key, "goals": None if key in hidden else goals} for key, goals, _people in rows]
