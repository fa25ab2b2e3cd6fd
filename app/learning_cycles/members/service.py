"""The rules of the members of a team's cycle: who they are, and what is waived for them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.learning_cycles.holding import check_sees, on_cycle
from app.models import CycleMember, LearningCycle, Person, Role, touch
from app.models.learning_cycles import OPEN_CYCLES
from app.models.people import RoleKind
from app.people.schools.service import apply

Page = tuple[list[Any], str | None]


class CycleIsOver(Conflict):
    """Nobody is taken in, and nothing asked of a member, once the cycle is closed or given up."""

    code, title = "cycle_is_over", "The cycle is over"
    next_step = "Begin the next one: it takes in the present members."


async def list_members(session: AsyncSession, actor: Actor, cycle_id: UUID, paging: Paging) -> Page:
    """The members of a cycle: all of them to the team's lead, to each member their own place."""
    await check_sees(session, actor, cycle_id)
    statement = view(actor, Action.CYCLE_MEMBER_READ, CycleMember).where(
        CycleMember.cycle_id == cycle_id
    )
    return await page(session, actor, statement, paging, by=[CycleMember.id])


async def read_member(session: AsyncSession, actor: Actor, member_id: UUID) -> Any:
    """One member's place."""
    statement = view(actor, Action.CYCLE_MEMBER_READ, CycleMember)
    return await read_one(session, actor, statement, CycleMember, member_id)


async def take_in_missing(
    session: AsyncSession, actor: Actor, cycle_id: UUID, version: int
) -> None:
    """Take in who joined the team since the cycle began: the team's lead."""
    cycle = await on_cycle(session, actor, Action.CYCLE_TAKE_IN, cycle_id, version)
    if cycle.state not in OPEN_CYCLES:
        raise CycleIsOver
    if await take_in(session, actor, cycle):
        touch(cycle)
    record(session, actor, "learning_cycle.members_taken_in", cycle, ("members",))


async def take_in(session: AsyncSession, actor: Actor, cycle: LearningCycle) -> int:
    """The present members of the team who are not in the cycle yet; how many they were. The lead is
    one of them only where they are a member of the team, too."""
    people = await session.scalars(
        select(Person.id)
        .join(
            Role,
            (Role.district_id == Person.district_id) & (Role.person_id == Person.id),
        )
        .where(
            Person.district_id == actor.district_id,
            Person.active,
            Role.team_id == cycle.team_id,
            Role.kind == RoleKind.TEAM_MEMBER.value,
            Role.ended_on.is_(None),
        )
        .distinct()
    )
    rows = [
        {
            "district_id": cycle.district_id,
            "id": clock.new_id(),
            "cycle_id": cycle.id,
            "school_id": cycle.school_id,
            "team_id": cycle.team_id,
            "person_id": person_id,
        }
        for person_id in sorted(people)
    ]
    if not rows:
        return 0
    added = await session.scalars(
        insert(CycleMember)
        .values(rows)
        # whoever left and came back takes their place again
        .on_conflict_do_update(
            index_elements=["district_id", "cycle_id", "person_id"],
            set_={"left_on": None, "updated_at": clock.now(), "version": CycleMember.version + 1},
            where=CycleMember.left_on.is_not(None),
        )
        .returning(CycleMember.id)
    )
    return len(list(added))


async def waive(
    session: AsyncSession, actor: Actor, member_id: UUID, version: int, what: str, reason: str
) -> None:
    """Ask no adjustments, no use or no reflection of a member, with the reason: the team's lead,
    until the cycle is over. It does not count as a change of the cycle: whoever reads that must not
    learn that there is something with a member."""
    member = await acting(
        session,
        actor,
        Action.CYCLE_MEMBER_WAIVE,
        CycleMember,
        member_id,
        version,
        read=Action.CYCLE_MEMBER_READ,
    )
    state = await session.scalar(
        select(LearningCycle.state).where(
            LearningCycle.district_id == actor.district_id, LearningCycle.id == member.cycle_id
        )
    )
    if state not in OPEN_CYCLES:
        raise CycleIsOver
    field = f"{what}_waived"
    apply(member, {field: reason})
    record(session, actor, "cycle_member.waived", member, (field,))
