"""The rules of evidence of use: an observation, a video or a tracker that shows an adjustment (gate
10)."""

from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.learning_cycles.holding import (
    APPLIED,
    below,
    check_past,
    check_sees,
    on_cycle,
    touch_pairs,
)
from app.learning_cycles.own_parts import owners_of_part, set_open
from app.models import CycleAdjustment, CycleUse, LearningCycle, Observation
from app.models.learning_cycles import AdjustmentState, UseKind
from app.models.observations import SHARED_STATES
from app.people.schools.service import apply

Page = tuple[list[Any], str | None]


class UseIncomplete(Conflict):
    """Evidence that is an observation names it; a video or a tracker has its address."""

    code, title = "use_incomplete", "Say what shows it"
    next_step = "Send `observation_id` for an observation alone, and `url` for the others alone."


class AdjustmentDoesNotFit(Conflict):
    """Evidence shows an adjustment of the same cycle and teacher that is worked on."""

    code, title = "adjustment_does_not_fit", "This is another adjustment"
    next_step = (
        "Choose an open one of GET /learning-cycles/{id}/adjustments that is this teacher's."
    )


class ObservationDoesNotFit(Conflict):
    """The observation is of the teacher who tries the adjustment, and they have it."""

    code, title = "observation_does_not_fit", "This observation cannot show it"
    next_step = "Choose one of the same teacher that was shared with them."


class UseCited(Conflict):
    """Evidence items are cited for it; they say what it rests on."""

    code, title = "use_cited", "Something is cited for it"
    next_step = "Take the citations away first."


async def list_uses(session: AsyncSession, actor: Actor, paging: Paging, **filters: Any) -> Page:
    """The evidence of use that the caller may read, of all cycles."""
    statement = view(actor, Action.CYCLE_USE_READ, CycleUse).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[CycleUse.id])


async def of_cycle(session: AsyncSession, actor: Actor, paging: Paging, cycle_id: UUID) -> Page:
    """That of a cycle which the caller can see."""
    await check_sees(session, actor, cycle_id)
    return await list_uses(session, actor, paging, cycle_id=cycle_id)


async def read_use(session: AsyncSession, actor: Actor, use_id: UUID) -> Any:
    """One entry."""
    statement = view(actor, Action.CYCLE_USE_READ, CycleUse)
    return await read_one(session, actor, statement, CycleUse, use_id)


async def add(session: AsyncSession, actor: Actor, cycle_id: UUID, fields: dict[str, Any]) -> UUID:
    """Note what shows an adjustment in use: either of the two; in a team's cycle a member, of their
    own."""
    cycle = await on_cycle(session, actor, Action.CYCLE_ADD_USE, cycle_id)
    use = CycleUse(id=clock.new_id(), **await owners_of_part(session, actor, cycle), **fields)
    _check_whole(use)
    await check_past(session, cycle, use.on)
    await _check_adjustment(session, actor, use)
    if use.observation_id is not None:
        await _check_observation(session, actor, use)
    session.add(use)
    touch_pairs(cycle)
    await session.flush()
    record(session, actor, "cycle_use.noted", use)
    return use.id


async def change(
    session: AsyncSession, actor: Actor, use_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Put it otherwise. Its author."""
    cycle, use = await _acting(session, actor, Action.CYCLE_USE_EDIT, use_id, version)
    apply(use, fields)
    _check_whole(use)
    await check_past(session, cycle, use.on)
    if fields:
        touch_pairs(cycle)
    record(session, actor, "cycle_use.changed", use, fields)


async def delete(session: AsyncSession, actor: Actor, use_id: UUID, version: int) -> None:
    """Take it away. Its author, as long as adjustments are in use and nothing is cited for it."""
    cycle, use = await _acting(session, actor, Action.CYCLE_USE_DELETE, use_id, version)
    try:
        async with session.begin_nested():
            await session.delete(use)
            await session.flush()
    except IntegrityError as exc:
        if "evidence_citation" not in str(exc.orig):
            raise
        raise UseCited from exc
    touch_pairs(cycle)
    record(session, actor, "cycle_use.deleted", use)


async def open_to_team(session: AsyncSession, actor: Actor, use_id: UUID, version: int) -> None:
    """Let the team read it. The member whose part it is."""
    await _set_open(session, actor, Action.CYCLE_USE_OPEN, use_id, version)


async def close_to_team(session: AsyncSession, actor: Actor, use_id: UUID, version: int) -> None:
    """Take that back."""
    await _set_open(session, actor, Action.CYCLE_USE_CLOSE, use_id, version)


async def _set_open(
    session: AsyncSession, actor: Actor, action: Action, use_id: UUID, version: int
) -> None:
    read = Action.CYCLE_USE_READ
    await set_open(session, actor, action, CycleUse, use_id, version, read=read)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, use_id: UUID, version: int
) -> tuple[LearningCycle, CycleUse]:
    read = Action.CYCLE_USE_READ
    return await below(session, actor, action, CycleUse, use_id, version, read=read, states=APPLIED)


def _check_whole(use: CycleUse) -> None:
    """Refuse (409) evidence without that which shows it, or with both."""
    is_observation = use.kind == UseKind.OBSERVATION.value
    if is_observation == (use.observation_id is None) or is_observation == (use.url is not None):
        raise UseIncomplete


async def _check_adjustment(session: AsyncSession, actor: Actor, use: CycleUse) -> None:
    adjustment = await session.scalar(
        visible(actor, Action.CYCLE_ADJUSTMENT_READ, CycleAdjustment).where(
            CycleAdjustment.id == use.adjustment_id
        ),
        actor.binds,
    )
    if adjustment is None:
        raise UnknownReference("There is no such adjustment.", field="adjustment_id")
    whose = (adjustment.cycle_id, adjustment.teacher_id, adjustment.state)
    if whose != (use.cycle_id, use.teacher_id, AdjustmentState.OPEN.value):
        raise AdjustmentDoesNotFit


async def _check_observation(session: AsyncSession, actor: Actor, use: CycleUse) -> None:
    observation = await session.scalar(
        visible(actor, Action.OBSERVATION_READ, Observation).where(
            Observation.id == use.observation_id
        ),
        actor.binds,
    )
    if observation is None:
        raise UnknownReference("There is no such observation.", field="observation_id")
    if observation.teacher_id != use.teacher_id or observation.state not in SHARED_STATES:
        raise ObservationDoesNotFit
