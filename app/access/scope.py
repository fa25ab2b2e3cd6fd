"""Which rows: the statements made of relations, reaches and grants.

`visible()` is the start of every read and `acting()` of every write, so "list what I may see", "may
I see this" and "may I do this" are one condition and cannot disagree. Statements name the caller's
ids as parameters (`actor.binds`), are built once per shape of caller, and compare the district
beside row-level security, so either wall holds alone.
"""

from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.access.actor import Actor, ActorKind, Shape
from app.access.lifecycles import POSSIBLE_IN
from app.access.offers import EXTRA_CONDITIONS, OFFERED
from app.access.policy import GRANTS, Action, Reach, Relation
from app.access.reaches import covers
from app.access.relations import RELATED, Condition, district, model_of
from app.core.errors import Forbidden, NotFound, PreconditionFailed, WrongState
from app.core.statements import written_out
from app.models.goals import GoalLevel

Row = TypeVar("Row")

_NAMES = (
    "kind",
    "administrator",
    "schools_led",
    "schools",
    "teams_led",
    "teams",
    "coached",
    "coached_paused",
    "coached_proposed",
    "coached_formerly",
    "leads",
    "reads_goals",
    "writes_roster",
    "writes_webhooks",
)


def _has(shape: Shape) -> dict[str, bool]:
    has: dict[str, bool] = {
        name: bool(value) for name, value in zip(_NAMES[1:], shape[1:], strict=True)
    }
    has["person"] = shape[0] is not ActorKind.CLIENT
    return has


@lru_cache(maxsize=500)
def _related(model: Any) -> dict[Relation, tuple[str, Condition]]:
    """Kept, because every action asks for the same ones, and each makes its own subqueries."""
    return RELATED[model](model)


@lru_cache(maxsize=2000)
def _covered(reach: Reach, model: Any) -> Condition:
    covered: Condition = covers(reach, model)
    return covered


def grounds(shape: Shape, action: Action, row: Any) -> list[tuple[Relation, Condition]]:
    """Each relation through which a caller of this shape may do the action, with its condition."""
    model: Any = model_of(row)
    itself = row is model
    has = _has(shape)
    found = []
    for relation, (needs, related) in (_related(model) if itself else RELATED[model](row)).items():
        reaches = GRANTS.get((relation, action))
        if reaches and has[needs]:
            cover = _covered if itself else covers
            covered = or_(*(cover(reach, row) for reach in sorted(reaches)))
            found.append((relation, and_(related, covered)))
    return found


def allows(shape: Shape, action: Action, row: Any) -> Condition:
    """The condition under which a caller of this shape may do the action to a row."""
    conditions = [condition for _, condition in grounds(shape, action, row)]
    return or_(*conditions) if conditions else false()


@lru_cache(maxsize=2000)
def _visible(shape: Shape, action: Action, model: Any) -> Select[Any]:
    in_district = model.id if model is m.District else model.district_id
    return select(model).where(in_district == district, _allows(shape, action, model))


@lru_cache(maxsize=2000)
def _allows(shape: Shape, action: Action, model: Any) -> Condition:
    """`allows`, kept, with its constants in its text."""
    condition: Condition = written_out(allows(shape, action, model))
    return condition


def visible(actor: Actor, action: Action, model: Any) -> Select[Any]:
    """The rows of a model on which the caller may do the action. Execute it with `actor.binds`."""
    return _visible(actor.shape, action, model)


def seen_through(actor: Actor, action: Action, model: Any) -> Condition:
    """The condition of `visible()` alone, for a statement that joins or counts. Kept for a model,
    not for another name of it, which may be made anew for each request."""
    in_district = model.id if model is m.District else model.district_id
    allowed = _allows if model_of(model) is model else allows
    return and_(in_district == district, allowed(actor.shape, action, model))


def possible(action: Action, row: Any) -> Condition:
    """Whether the row's present state offers the action at all."""
    conditions: list[Condition] = []
    if action in POSSIBLE_IN:
        conditions.append(row.state.in_([str(state) for state in POSSIBLE_IN[action]]))
    if action in EXTRA_CONDITIONS:
        conditions.append(EXTRA_CONDITIONS[action](row))
    return and_(true(), *conditions)


def offered_as(action: Action, model: type[Any]) -> str:
    """The action's name under `permissions`: its verb, and of what when that is not the object
    itself (a school offers `edit` and `create_team`)."""
    resource, _, verb = action.partition(":")
    own = OFFERED[model][0].partition(":")[0]
    return verb if resource == own else f"{verb}_{resource}"


@lru_cache(maxsize=2000)
def _permissions(shape: Shape, model: Any) -> Any:
    offered = []
    for action in OFFERED.get(model, ()):
        if grounds(shape, action, model):
            allowed = and_(_allows(shape, action, model), possible(action, model))
            offered.append(case((allowed, literal(offered_as(action, model), Text()))))
    if not offered:
        return literal([], ARRAY(Text())).label("permissions")
    column = func.array_remove(array(offered), None, type_=ARRAY(Text())).label("permissions")
    return written_out(column)


def permissions(actor: Actor, model: Any) -> Any:
    """A column: what the caller may do with each row now (policy and present state)."""
    return _permissions(actor.shape, model)


@lru_cache(maxsize=2000)
def _acting(shape: Shape, read: Action, action: Action, model: Any) -> Select[Any]:
    return (
        _visible(shape, read, model)
        .add_columns(_allows(shape, action, model).label("allowed"))
        .where(model.id == bindparam("subject_id", type_=Uuid()))
        .with_for_update(of=model)
    )


async def acting(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    model: type[Row],
    subject_id: UUID,
    version: int | None = None,
    *,
    read: Action,
) -> Row:
    """The row an action is about to change, locked.

    In the contract's order: 404 when the caller cannot see it, 403 when their relation does not
    allow the action, 412 when `version` is not the present one, 409 when the state has no such
    step. `version` is None only for actions that change nothing somebody else may have written.
    """
    kind: Any = model
    found: Any = (
        await session.execute(
            _acting(actor.shape, read, action, kind), {**actor.binds, "subject_id": subject_id}
        )
    ).first()
    if found is None:
        raise NotFound(f"There is no such {noun(model)}, or you may not see it.")
    row: Any = found[0]
    allowed = found[1]
    if not allowed:
        raise Forbidden(
            f"Your relation to this {noun(model)} does not allow {action.partition(':')[2]}."
        )
    if version is not None and row.version != version:
        raise PreconditionFailed(
            f"The {noun(model)} is at another version than the one you changed.",
        )
    state = getattr(row, "state", None)
    if action in POSSIBLE_IN and state not in POSSIBLE_IN[action]:
        raise WrongState(
            f"This {noun(model)} is {state}, and has no step {action.partition(':')[2]} then.",
            state=state,
            allowed=_steps_from(row),
        )
    result: Row = row
    return result


#: steps of individual goals alone, and of the others alone
_AGREED_BY_BOTH = (
    Action.GOAL_PROPOSE,
    Action.GOAL_REQUEST_CHANGES,
    Action.GOAL_AGREE,
    Action.GOAL_REVIEW,
)
_FOR_ALL = (Action.GOAL_PUBLISH,)


def _steps_from(row: Any) -> list[str]:
    """The steps of its lifecycle that a row's state offers, whoever may take them."""
    level = getattr(row, "level", None)
    astray = _FOR_ALL if level == GoalLevel.INDIVIDUAL.value else _AGREED_BY_BOTH
    offered = OFFERED.get(type(row), ())
    own = offered[0].partition(":")[0] if offered else ""
    return [
        action.partition(":")[2]
        for action in offered
        if action in POSSIBLE_IN
        and row.state in POSSIBLE_IN[action]
        and action not in astray
        # an SLO's approval is a lifecycle of its own
        and action.partition(":")[0] == own
    ]


@lru_cache(maxsize=2000)
def _may(shape: Shape, action: Action, model: Any) -> Select[Any]:
    subject = and_(model.district_id == district, model.id == bindparam("subject_id", type_=Uuid()))
    return select(exists().where(subject, _allows(shape, action, model)))


async def must(session: AsyncSession, actor: Actor, action: Action, row: Any) -> None:
    """Refuse (403) unless the caller may do the action to this row; for rows just added."""
    model: Any = type(row)
    statement = _may(actor.shape, action, model)
    if not await session.scalar(statement, {**actor.binds, "subject_id": row.id}):
        raise Forbidden(
            f"Your relation to this {noun(model)} does not allow {action.partition(':')[2]}."
        )


def noun(model: type[Any]) -> str:
    """What a person calls a row of the model."""
    return str(model.__tablename__).replace("_", " ")
