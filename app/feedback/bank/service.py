"""The rules of a school's bank of action steps: read by the school, written by its leads and
leaders. Nothing in it leads back to a teacher (ADR 0034)."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import UnknownReference, WrongState
from app.core.events import record
from app.core.paging import Paging, page
from app.feedback.steps import links
from app.models import ActionStepIdea, School
from app.people.schools.service import apply

Page = tuple[list[Any], str | None]


async def list_ideas(session: AsyncSession, actor: Actor, paging: Paging, **filters: Any) -> Page:
    """The ideas of the caller's schools, the oldest first."""
    statement = view(actor, Action.IDEA_READ, ActionStepIdea).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[ActionStepIdea.id])


async def read_idea(session: AsyncSession, actor: Actor, idea_id: UUID) -> Any:
    """One idea."""
    statement = view(actor, Action.IDEA_READ, ActionStepIdea)
    return await read_one(session, actor, statement, ActionStepIdea, idea_id)


async def add(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Put words into a school's bank: a lead or a leader of that school. Also those of an action
    step, which is not named: whose it was is nobody's to know."""
    school = await session.scalar(
        visible(actor, Action.SCHOOL_READ, School).where(School.id == fields["school_id"]),
        actor.binds,
    )
    if school is None:
        raise UnknownReference("There is no such school.", field="school_id")
    idea = ActionStepIdea(
        id=clock.new_id(), district_id=actor.district_id, author_id=actor.id, **fields
    )
    await links.indicator(session, actor, idea.indicator_id)
    session.add(idea)
    await session.flush()
    await must(session, actor, Action.IDEA_CREATE, idea)
    record(session, actor, "action_step_idea.added", idea)
    return idea.id


async def change(
    session: AsyncSession, actor: Actor, idea_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Other words: whoever writes the bank. Action steps that were made of it keep theirs."""
    idea = await _acting(session, actor, Action.IDEA_EDIT, idea_id, version)
    if "indicator_id" in fields:
        await links.indicator(session, actor, fields["indicator_id"])
    apply(idea, fields)
    record(session, actor, "action_step_idea.changed", idea, fields)


async def retire(session: AsyncSession, actor: Actor, idea_id: UUID, version: int) -> None:
    """Offer it no more: whoever writes the bank."""
    idea = await _acting(session, actor, Action.IDEA_RETIRE, idea_id, version)
    apply(idea, {"retired": True})
    record(session, actor, "action_step_idea.retired", idea, ("retired",))


async def restore(session: AsyncSession, actor: Actor, idea_id: UUID, version: int) -> None:
    """Offer it again: whoever writes the bank."""
    idea = await _acting(session, actor, Action.IDEA_RESTORE, idea_id, version)
    apply(idea, {"retired": False})
    record(session, actor, "action_step_idea.restored", idea, ("retired",))


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, idea_id: UUID, version: int
) -> ActionStepIdea:
    idea = await acting(
        session, actor, action, ActionStepIdea, idea_id, version, read=Action.IDEA_READ
    )
    if idea.retired != (action is Action.IDEA_RESTORE):
        state, allowed = (
            ("retired", ["restore"]) if idea.retired else ("active", ["edit", "retire"])
        )
        raise WrongState(f"This idea is {state}.", state=state, allowed=allowed)
    return idea
