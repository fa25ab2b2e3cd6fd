"""The rules of learning cycles: read by whom they are of, moved from phase to phase by gates."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.access import audience
from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import visible
from app.access.views import read_one, view
from app.core.errors import Forbidden
from app.core.events import record
from app.core.paging import Paging, page
from app.learning_cycles import gates
from app.learning_cycles.holding import check_sees, on_cycle
from app.models import CycleMove, LearningCycle
from app.models.learning_cycles import CyclePhase, CycleState
from app.people.persons.cycles import drop_planned, move
from app.people.schools.service import apply
from app.templates import forms
from app.templates.service import asked, fields_of

Page = tuple[list[Any], str | None]
BESIDE = asked(LearningCycle)
_ORDER = list(CyclePhase)


# --- reading ------------------------------------------------------------------------------------


async def list_cycles(session: AsyncSession, actor: Actor, paging: Paging, **filters: Any) -> Page:
    """The cycles the caller may see; `filters` are columns and the value to keep to."""
    statement = view(actor, Action.CYCLE_READ, LearningCycle, *BESIDE).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[LearningCycle.id])


async def read_cycle(session: AsyncSession, actor: Actor, cycle_id: UUID) -> Any:
    """One cycle."""
    statement = view(actor, Action.CYCLE_READ, LearningCycle, *BESIDE)
    return await read_one(session, actor, statement, LearningCycle, cycle_id)


async def list_chain(session: AsyncSession, actor: Actor, cycle_id: UUID, paging: Paging) -> Page:
    """The cycles before this one and after it, itself among them; of them those that the caller may
    see, because a chain can go on with another lead."""
    await check_sees(session, actor, cycle_id)
    row = aliased(LearningCycle)
    here = select(row.id, row.previous_id).where(row.district_id == district, row.id == cycle_id)
    before = here.cte("before", recursive=True)
    earlier = aliased(LearningCycle)
    before = before.union(
        select(earlier.id, earlier.previous_id).where(
            earlier.district_id == district, earlier.id == before.c.previous_id
        )
    )
    after = here.cte("after", recursive=True)
    later = aliased(LearningCycle)
    after = after.union(
        select(later.id, later.previous_id).where(
            later.district_id == district, later.previous_id == after.c.id
        )
    )
    of_chain = select(before.c.id).union(select(after.c.id))
    statement = view(actor, Action.CYCLE_READ, LearningCycle, *BESIDE).where(
        LearningCycle.id.in_(of_chain)
    )
    by = [LearningCycle.created_at, LearningCycle.id]
    return await page(session, actor, statement, paging, by=by)


async def list_moves(session: AsyncSession, actor: Actor, cycle_id: UUID, paging: Paging) -> Page:
    """From which state to which the cycle went: whoever reads the cycle."""
    await check_sees(session, actor, cycle_id)
    statement = select(*CycleMove.__table__.c).where(
        CycleMove.district_id == district, CycleMove.cycle_id == cycle_id
    )
    return await page(session, actor, statement, paging, by=[CycleMove.at, CycleMove.id])


async def read_gate(session: AsyncSession, actor: Actor, cycle_id: UUID) -> dict[str, Any]:
    """What is missing to leave the phase. The two, or the team's lead: what it counts in a team is
    each member's own."""
    await check_sees(session, actor, cycle_id)
    cycle = await session.scalar(
        visible(actor, Action.CYCLE_GATE_READ, LearningCycle).where(LearningCycle.id == cycle_id),
        actor.binds,
    )
    if cycle is None:
        raise Forbidden("What is missing is shown to whoever can see to it.")
    over = cycle.state in (CycleState.CLOSED, CycleState.ABANDONED)
    return {
        "phase": cycle.phase,
        "leads_to": _next(cycle).value,
        "missing": [] if over else await gates.missing(session, actor, cycle),
    }


async def readers(session: AsyncSession, actor: Actor, cycle_id: UUID) -> tuple[Any, Any]:
    """The cycle's class and who can see it now, to who sees it."""
    cycle = await read_cycle(session, actor, cycle_id)
    found = await audience.of_record(session, actor, cycle, LearningCycle, Action.CYCLE_READ)
    return LearningCycle(team_id=cycle.team_id).class_now.value, found


# --- changing -----------------------------------------------------------------------------------


async def change(
    session: AsyncSession, actor: Actor, cycle_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change the title, or answer the template's questions. Either of the two, or the team's
    lead."""
    cycle = await on_cycle(session, actor, Action.CYCLE_EDIT, cycle_id, version)
    changed = dict(fields)
    if "answers" in changed:
        changed["answers"] = forms.merged(cycle.answers, changed["answers"])
        asks = (
            await fields_of(session, actor.district_id, cycle.template_id)
            if cycle.template_id is not None
            else []
        )
        forms.check(asks, changed["answers"])
    apply(cycle, changed)
    record(session, actor, "learning_cycle.changed", cycle, fields)


async def advance(session: AsyncSession, actor: Actor, cycle_id: UUID, version: int) -> None:
    """On to the next phase, when nothing is missing (gates 9 to 11). Either of the two, or the
    team's lead, as all below."""
    cycle = await on_cycle(session, actor, Action.CYCLE_ADVANCE, cycle_id, version)
    await gates.must_pass(session, actor, cycle)
    _to(session, actor, cycle, _next(cycle), "advanced")


async def go_back(
    session: AsyncSession, actor: Actor, cycle_id: UUID, version: int, reason: str
) -> None:
    """Back to the phase before, with a reason. Nothing that was written is lost; who stood by a
    conclusion does so anew."""
    cycle = await on_cycle(session, actor, Action.CYCLE_BACK, cycle_id, version)
    before = _ORDER[_ORDER.index(CyclePhase(cycle.phase)) - 1]
    cycle.teacher_yes_at = cycle.lead_yes_at = None
    _to(session, actor, cycle, CycleState(before.value), "sent_back", reason)


async def pause(session: AsyncSession, actor: Actor, cycle_id: UUID, version: int) -> None:
    """Pause: nothing is done in it until it goes on."""
    cycle = await on_cycle(session, actor, Action.CYCLE_PAUSE, cycle_id, version)
    _to(session, actor, cycle, CycleState.PAUSED, "paused")


async def resume(session: AsyncSession, actor: Actor, cycle_id: UUID, version: int) -> None:
    """Go on in the phase that it was in."""
    cycle = await on_cycle(session, actor, Action.CYCLE_RESUME, cycle_id, version)
    _to(session, actor, cycle, CycleState(cycle.phase), "resumed")


async def abandon(
    session: AsyncSession, actor: Actor, cycle_id: UUID, version: int, reason: str
) -> None:
    """Give the cycle up, with a reason. Its goal stays as it is and is free for another cycle; what
    was still planned in it is left out."""
    cycle = await on_cycle(session, actor, Action.CYCLE_ABANDON, cycle_id, version)
    _to(session, actor, cycle, CycleState.ABANDONED, "abandoned", reason)
    await drop_planned(session, actor, [cycle.id], "cycle_over")


def _next(cycle: Any) -> CycleState:
    """Where the phase leads."""
    later = _ORDER[_ORDER.index(CyclePhase(cycle.phase)) + 1 :]
    return CycleState(later[0].value) if later else CycleState.CLOSED


def _to(
    session: AsyncSession,
    actor: Actor,
    cycle: LearningCycle,
    state: CycleState,
    done: str,
    reason: str | None = None,
) -> None:
    """Write the move down; a phase stays while the cycle is paused and after its end."""
    move(session, actor, cycle, state, reason)
    if state.value in [phase.value for phase in _ORDER]:
        cycle.phase = state.value
    record(session, actor, f"learning_cycle.{done}", cycle, ("state",))
