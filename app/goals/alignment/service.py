"""The chain of goals in one statement, and its gaps: goals and teachers tied to nothing above."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    bindparam,
    distinct,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import seen_through, visible
from app.core.errors import NotFound
from app.core.paging import Paging, page
from app.goals.lists import of_the_pair, suppress
from app.models import DistrictPolicy, Goal, Person, Role
from app.models.goals import GoalKind, GoalLevel, GoalState
from app.models.people import RoleKind
from app.people.district.service import effective

Page = tuple[list[Any], str | None]
#: how many goals below one, and below each of these; how many of a level in an alignment
BELOW, FURTHER, MOST = 200, 50, 200

_BRIEF = ("id", "level", "kind", "state", "title", "team_id", "teacher_id", "parent_id")
_above, _top, _below, _further = (aliased(Goal) for _ in range(4))


# --- one goal's chain -------------------------------------------------------------------------


def _chain(actor: Actor) -> Any:
    """The goal itself, up to two above it and two levels below, each if the caller may see it."""

    def seen(row: Any) -> ColumnElement[bool]:
        return seen_through(actor, Action.GOAL_READ, row)

    def brief(place: int, row: Any, known: ColumnElement[bool]) -> Select[Any]:
        columns = (getattr(row, name) for name in _BRIEF)
        return select(literal(place).label("place"), *columns).where(known, seen(row))

    goal_id: ColumnElement[UUID] = bindparam("goal_id", type_=Uuid())
    itself = brief(0, Goal, Goal.id == goal_id)
    above = brief(1, _above, _above.id == Goal.parent_id).where(Goal.id == goal_id, seen(Goal))
    top = brief(2, _top, _top.id == _above.parent_id).where(
        _above.id == Goal.parent_id, seen(_above), Goal.id == goal_id, seen(Goal)
    )
    below = brief(3, _below, _below.parent_id == goal_id).order_by(_below.id).limit(BELOW + 1)
    nearest = below.cte("nearest")
    each = (
        brief(4, _further, _further.parent_id == nearest.c.id)
        .order_by(_further.id)
        .limit(FURTHER + 1)
        .correlate(nearest)
        .lateral("each")
    )
    further = select(*each.c).select_from(nearest).join(each, true())
    whole = union_all(itself, above, top, select(*nearest.c), further).subquery("whole")
    return select(whole).order_by(whole.c.place, whole.c.id)


async def chain(session: AsyncSession, actor: Actor, goal_id: UUID) -> dict[str, Any]:
    """The goals above, nearest first, and two levels below; only those the caller may see. Below a
    goal that they may not see they see nothing."""
    rows = (await session.execute(_chain(actor), {**actor.binds, "goal_id": goal_id})).all()
    placed: dict[int, list[dict[str, Any]]] = {place: [] for place in range(5)}
    for row in rows:
        placed[row.place].append(dict(row._mapping))
    if not placed[0]:
        raise NotFound("There is no such goal, or you may not see it.")
    under: dict[UUID, list[dict[str, Any]]] = {row["id"]: [] for row in placed[3]}
    for branch in placed[4]:
        under[branch["parent_id"]].append(branch)
    below = [
        {
            **near,
            "below": under[near["id"]][:FURTHER],
            "more_below": len(under[near["id"]]) > FURTHER,
        }
        for near in placed[3]
    ]
    return {
        "above": placed[1] + placed[2],
        "below": below[:BELOW],
        "more_below": len(below) > BELOW,
    }


# --- school and team goals --------------------------------------------------------------------


def _in_force(row: Any, level: GoalLevel, filters: Mapping[str, Any]) -> ColumnElement[bool]:
    """Of this level, in force, of the school and year that are asked for."""
    individual = level is GoalLevel.INDIVIDUAL
    state = GoalState.AGREED if individual else GoalState.PUBLISHED
    conditions = [row.level == level.value, row.state == state.value]
    if not individual:
        conditions.append(row.level != GoalLevel.INDIVIDUAL.value)  # as in ix_goal_shared
    for name in ("school_id", "school_year_id"):
        if filters.get(name) is not None:
            conditions.append(getattr(row, name) == filters[name])
    return and_(*conditions)


async def alignment(
    session: AsyncSession, actor: Actor, filters: Mapping[str, Any]
) -> dict[str, Any]:
    """School and team goals in force that the caller may see, gaps first. How many team goals serve
    a school goal is told to whoever reads that goal: a number names no team (ADR 0026). Asked for
    one team, it is told by what the caller sees of that team."""
    serving = and_(
        _below.district_id == district,
        _below.parent_id == Goal.id,
        _below.level == GoalLevel.TEAM.value,
        _below.state == GoalState.PUBLISHED.value,
    )
    served = and_(
        _above.district_id == district,
        _above.id == Goal.parent_id,
        _above.state == GoalState.PUBLISHED.value,
    )
    team_id = filters.get("team_id")
    if team_id is not None:
        of_team = seen_through(actor, Action.GOAL_READ, _below)
        serving = and_(serving, of_team, _below.team_id == team_id)

    serve = select(func.count()).select_from(_below).where(serving).correlate(Goal)
    serves = select(func.count()).select_from(_above).where(served).correlate(Goal)
    parts = []
    for level, linked in ((GoalLevel.SCHOOL, serve), (GoalLevel.TEAM, serves)):
        goals = (
            visible(actor, Action.GOAL_READ, Goal)
            .with_only_columns(
                *(getattr(Goal, name) for name in _BRIEF),
                Goal.school_id,
                Goal.school_year_id,
                linked.scalar_subquery().label("links"),
            )
            .where(_in_force(Goal, level, filters))
        )
        if level is GoalLevel.TEAM and team_id is not None:
            goals = goals.where(Goal.team_id == team_id)
        found = goals.cte(f"{level.value}_goals")
        part = select(
            *found.c,
            func.count().over().label("total"),
            func.count().filter(found.c.links == 0).over().label("gaps"),
        )
        parts.append(part.order_by(found.c.links > 0, found.c.id).limit(MOST))
    rows = (await session.execute(union_all(*parts), actor.binds)).all()
    by_level: dict[str, list[Any]] = {level.value: [] for level in GoalLevel}
    for row in rows:
        by_level[row.level].append(
            {**row._mapping, "team_goals": row.links, "linked": row.links > 0}
        )
    answer: dict[str, Any] = {}
    for name, gap in (("school", "team_goal"), ("team", "school_goal")):
        first = by_level[name][0] if by_level[name] else {"total": 0, "gaps": 0}
        answer[f"{name}_goals"] = by_level[name]
        answer[f"{name}_goals_total"] = first["total"]
        answer[f"{name}_goals_without_{gap}"] = first["gaps"]
    return answer


# --- teachers ---------------------------------------------------------------------------------

_teaching, _member, _any_role = (aliased(Role) for _ in range(3))


#: gate 6 speaks of those who teach non-tested subjects only
_TESTED: ColumnElement[Any] = (
    select(func.bool_or(_teaching.tested_subject))
    .where(
        _teaching.district_id == district,
        _teaching.person_id == Person.id,
        _teaching.kind == RoleKind.TEACHER.value,
        _teaching.ended_on.is_(None),
    )
    .correlate(Person)
    .scalar_subquery()
)
_ROLES: ColumnElement[Any] = func.array(
    select(distinct(_any_role.kind))
    .where(
        _any_role.district_id == district,
        _any_role.person_id == Person.id,
        _any_role.ended_on.is_(None),
    )
    .order_by(_any_role.kind)
    .correlate(Person)
    .scalar_subquery()
)


def _teachers(actor: Actor, filters: Mapping[str, Any]) -> Select[Any]:
    """Who teaches now, of those whose goals in force the caller reads as lead or school leader, at
    the school and in the team that are asked for. Who is in a team is said by the roles that the
    caller may read."""
    teaches = select(_teaching.person_id).where(
        _teaching.district_id == district,
        _teaching.kind == RoleKind.TEACHER.value,
        _teaching.ended_on.is_(None),
    )
    if filters.get("school_id") is not None:
        teaches = teaches.where(_teaching.school_id == filters["school_id"])
    statement = visible(actor, Action.ALIGNMENT_READ, Person).where(
        Person.active, Person.id.in_(teaches)
    )
    if filters.get("team_id") is not None:
        of_team = select(_member.person_id).where(
            seen_through(actor, Action.ROLE_READ, _member),
            _member.team_id == filters["team_id"],
            _member.ended_on.is_(None),
        )
        statement = statement.where(Person.id.in_(of_team))
    return statement


def _goals_of(actor: Actor, teachers: Any, teacher_id: Any, filters: Mapping[str, Any]) -> Any:
    """The goals in force of each teacher, as an alias of `Goal`, and the condition that the caller
    may see them. Which they are is found first, by `ix_goal_teacher`: together with the conditions
    of the policy, the goals of the whole school were read for each teacher."""
    of_teacher = (
        select(Goal)
        .where(
            Goal.district_id == district,
            Goal.teacher_id == teacher_id,
            _in_force(Goal, GoalLevel.INDIVIDUAL, {**filters, "school_id": None}),
        )
        .offset(0)
        .correlate(teachers)
    )
    goal = aliased(Goal, of_teacher.lateral("of_teacher"))
    return goal, seen_through(actor, Action.GOAL_READ, goal)


def _tied(goal: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = goal.parent_id.is_not(None)
    return condition


def _stated(goal: Any) -> ColumnElement[bool]:
    learning = goal.kind == GoalKind.STUDENT_LEARNING.value
    return and_(_tied(goal), learning, goal.link_statement.is_not(None))


async def list_teachers(
    session: AsyncSession, actor: Actor, paging: Paging, filters: Mapping[str, Any]
) -> Page:
    """Teachers by name, and whether a goal in force ties each to the chain: the leaders of their
    school, and the lead who coaches them."""
    goal, seen = _goals_of(actor, Person, Person.id, filters)
    goals = (
        select(
            func.count().label("goals_in_force"),
            func.coalesce(func.bool_or(_tied(goal)), False).label("linked"),
            func.coalesce(func.bool_or(_stated(goal)), False).label("link_stated"),
        )
        .select_from(goal)
        .where(seen)
        .lateral("goals")
    )
    statement = (
        _teachers(actor, filters)
        .with_only_columns(
            Person.id,
            Person.given_name,
            Person.family_name,
            _ROLES.label("roles"),
            func.coalesce(_TESTED, False).label("tested"),
            *goals.c,
        )
        .join(goals, true())
    )
    for name, column in (
        ("linked", goals.c.linked),
        ("link_stated", goals.c.link_stated),
        ("tested", func.coalesce(_TESTED, False)),
    ):
        if filters.get(name) is not None:
            statement = statement.where(column if filters[name] else ~column)
    by = [Person.family_name, Person.given_name, Person.id]
    return await page(session, actor, statement, paging, by=by)


async def coverage(
    session: AsyncSession, actor: Actor, filters: Mapping[str, Any]
) -> dict[str, Any]:
    """The same in figures, and how many teachers reach each school and team goal: one statement,
    the policy's minimum included. To whoever is not of the pairs, figures about few people are left
    out, and what would give them away (domain.md §2)."""
    teachers = (
        _teachers(actor, filters)
        .with_only_columns(Person.id, func.coalesce(_TESTED, False).label("tested"))
        .cte("teachers")
    )
    goal, seen = _goals_of(actor, teachers, teachers.c.id, filters)
    goals = (
        select(goal.teacher_id, goal.parent_id, _stated(goal).label("stated"))
        .select_from(teachers)
        .join(goal, true())
        .where(seen, _tied(goal))
        .cte("goals")
    )
    people = (
        select(
            teachers.c.tested,
            func.count(goals.c.teacher_id).label("tied"),
            func.coalesce(func.bool_or(goals.c.stated), False).label("stated"),
        )
        .select_from(teachers.outerjoin(goals, goals.c.teacher_id == teachers.c.id))
        .group_by(teachers.c.id, teachers.c.tested)
        .cte("people")
    )
    minimum = select(DistrictPolicy.values).where(DistrictPolicy.district_id == district)
    totals = select(
        null().cast(Uuid()).label("root"),
        null().cast(Uuid()).label("goal"),
        func.count().label("n"),
        func.count().filter(people.c.tied > 0).label("linked"),
        func.count().filter(~people.c.tested).label("non_tested"),
        func.count().filter(and_(~people.c.tested, people.c.stated)).label("stated"),
        minimum.scalar_subquery().label("policy"),
    ).select_from(people)
    root = func.coalesce(_top.id, _above.id)
    reached = func.count(distinct(goals.c.teacher_id))
    nothing = null().cast(DistrictPolicy.values.type)
    by_goal = (
        select(root, _above.id, reached, literal(0), literal(0), literal(0), nothing)
        .select_from(goals)
        .join(
            _above,
            and_(seen_through(actor, Action.GOAL_READ, _above), _above.id == goals.c.parent_id),
        )
        .outerjoin(
            _top,
            and_(seen_through(actor, Action.GOAL_READ, _top), _top.id == _above.parent_id),
        )
        .group_by(func.grouping_sets(tuple_(root), tuple_(root, _above.id)))
    )
    rows = (await session.execute(union_all(totals, by_goal), actor.binds)).all()
    whole = next(row for row in rows if row.root is None)
    least = 0 if of_the_pair(actor) else effective(whole.policy or {}).suppression_minimum
    linked, not_linked = _split(whole.linked, whole.n, least)
    stated, not_stated = _split(whole.stated, whole.non_tested, least)
    return {
        "teachers": whole.n,
        "linked": linked,
        "not_linked": not_linked,
        "non_tested": whole.non_tested,
        "link_stated": stated,
        "link_not_stated": not_stated,
        "by_goal": _by_goal([row for row in rows if row.root is not None], least),
        "suppressed_under": least,
    }


def _split(part: int, whole: int, minimum: int) -> tuple[int | None, int | None]:
    """A figure and the rest of the whole; neither, when one of them is about few people."""
    rest = whole - part
    if any(0 < people < minimum for people in (part, rest)):
        return None, None
    return part, rest


def _by_goal(rows: list[Any], minimum: int) -> list[dict[str, Any]]:
    """How many teachers reach each goal. A school goal, the team goals below it and what is tied to
    it directly give each other away: they are shown together or not at all; and one more of these
    families is left out when a single one would be."""
    families: dict[UUID, dict[UUID | None, int]] = {}
    for row in rows:
        families.setdefault(row.root, {})[row.goal] = row.n
    sizes = []
    for root, reached in families.items():
        few = any(0 < people < minimum for people in reached.values())
        sizes.append((str(root), reached[None], 1 if few else reached[None]))
    shown = {
        tally["key"] for tally in suppress(sorted(sizes), minimum) if tally["goals"] is not None
    }
    return [
        {
            "goal_id": goal or root,
            "under_goal_id": root if goal else None,
            "teachers": people if str(root) in shown else None,
        }
        for root, reached in sorted(families.items())
        for goal, people in reached.items()
        if goal != root
    ][:400]
