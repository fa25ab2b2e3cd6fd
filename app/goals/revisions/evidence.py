"""What a closing rests on: progress entries and evidence of the same goal, named with it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.access.views import view
from app.core.errors import UnknownReference
from app.goals.notes.service import check_reads_notes
from app.models import ClosingEvidence, Goal, GoalComment, GoalProgress
from app.models.goals import CommentKind


async def named(
    session: AsyncSession, actor: Actor, goal: Goal, ids: Sequence[UUID]
) -> list[ClosingEvidence]:
    """Links to what a closing names, in its order: progress of the goal and earlier evidence, each
    of which the caller may read."""
    if not ids:
        return []
    known: dict[UUID, str] = {}
    for model, action, column in (
        (GoalComment, Action.COMMENT_READ, "comment_id"),
        (GoalProgress, Action.PROGRESS_READ, "progress_id"),
    ):
        readable = visible(actor, action, model).where(
            model.goal_id == goal.id, model.id.in_(list(ids))
        )
        if model is GoalComment:
            readable = readable.where(GoalComment.kind == CommentKind.EVIDENCE.value)
        found = await session.scalars(readable.with_only_columns(model.id), actor.binds)
        known |= dict.fromkeys(found, column)
    if not known.keys() >= set(ids):
        raise UnknownReference(
            "It names something that is neither progress nor evidence of this goal.",
            field="evidence_ids",
        )
    return [
        ClosingEvidence(district_id=goal.district_id, position=place, **{known[one]: one})
        for place, one in enumerate(dict.fromkeys(ids), start=1)
    ]


async def of_closing(session: AsyncSession, actor: Actor, revision: Any) -> dict[str, list[Any]]:
    """What a revision names, as far as the caller may read it: nothing for a change of content."""
    await check_reads_notes(session, actor, revision.goal_id)
    link = ClosingEvidence
    parts = {}
    for name, model, action, column in (
        ("evidence", GoalComment, Action.COMMENT_READ, link.comment_id),
        ("progress", GoalProgress, Action.PROGRESS_READ, link.progress_id),
    ):
        rows = await session.execute(
            view(actor, action, model)
            .join(link, (link.district_id == model.district_id) & (column == model.id))
            .where(link.revision_id == revision.id)
            .order_by(link.position),
            actor.binds,
        )
        parts[name] = list(rows)
    return parts


async def keep(
    session: AsyncSession,
    actor: Actor,
    revision_id: UUID,
    links: list[ClosingEvidence],
    said: GoalComment | None,
) -> None:
    """Keep the links with the closing, and one to the words that came with it."""
    if said is not None:
        first = ClosingEvidence(district_id=actor.district_id, position=0, comment_id=said.id)
        links = [first, *links]
    for link in links:
        link.revision_id = revision_id
        session.add(link)
    await session.flush()
