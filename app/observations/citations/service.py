"""The rules of citations: an item is kept once, and any number of records rest on it.

A citation is read by whoever reads the item and the record that cites it, so nobody learns of an
item by it. Formal and coaching stay apart: what a coaching observation says is not quoted in an
evaluative record, and what an evaluative one says goes into no record of a cycle (ADR 0032).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.reaches import CITED_IN
from app.access.scope import acting, must, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, Forbidden, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.models import EvidenceCitation, EvidenceItem, LearningCycle
from app.models.feedback import IndicatorFeedbackState
from app.models.goals import IN_FORCE, GoalState
from app.models.learning_cycles import CycleState
from app.observations.access.service import note_reads
from app.observations.evidence.service import read_item

Page = tuple[list[Any], str | None]
_OVER = (CycleState.CLOSED.value, CycleState.ABANDONED.value)


class ItemNotShared(Conflict):
    """Only what the teacher has is cited, and not what was taken out again."""

    code, title = "item_not_shared", "The item was not shared, or was taken out"
    next_step = "Share the observation first: POST /observations/{id}/share."


class CitationAmbiguous(Conflict):
    """A citation names one record."""

    code, title = "citation_ambiguous", "Name one record that rests on the item"
    next_step = "Send one of the ids, and cite again for the next record."


class CitationDoesNotFit(Conflict):
    """An item is cited in an open record of the teacher it is about: a goal that was proposed or
    agreed, a cycle that runs, your own draft of feedback."""

    code, title = "citation_does_not_fit", "The item is not cited in this record"
    next_step = "`detail` says why; choose an open record of the same teacher."


class CitationCrosses(Conflict):
    """Formal and coaching stay apart for good. An item of an evaluative observation is cited in a
    goal in force and in evaluative feedback; any other in records that are not evaluative."""

    code, title = "citation_crosses", "Formal and coaching evidence stay apart"
    next_step = "Cite an item of an observation of the record's own sort."


class AlreadyCited(Conflict):
    """A record rests on an item or does not."""

    code, title = "already_cited", "The record cites this item already"
    next_step = "Find it with GET /evidence-items/{id}/citations."


class CitationFrozen(Conflict):
    """What an evaluative record rests on stays, in the words it was cited in."""

    code, title = "citation_frozen", "An evaluative record rests on it"
    next_step = "Say in the record itself what changed."


async def list_citations(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """The citations the caller may read: of those the item and the record."""
    given = {name: value for name, value in filters.items() if value is not None}
    statement = view(actor, Action.CITATION_READ, EvidenceCitation).filter_by(**given)
    rows, following = await page(session, actor, statement, paging, by=[EvidenceCitation.id])
    _note_words(session, actor, rows)
    return rows, following


async def of_item(session: AsyncSession, actor: Actor, item_id: UUID, paging: Paging) -> Page:
    """Where an item that the caller reads is cited."""
    await read_item(session, actor, item_id)
    return await list_citations(session, actor, paging, item_id=item_id)


async def read_citation(session: AsyncSession, actor: Actor, citation_id: UUID) -> Any:
    """One citation."""
    statement = view(actor, Action.CITATION_READ, EvidenceCitation)
    row = await read_one(session, actor, statement, EvidenceCitation, citation_id)
    _note_words(session, actor, [row])
    return row


def _note_words(session: AsyncSession, actor: Actor, rows: Sequence[Any]) -> None:
    """Whoever reads the words that a citation keeps has read the item. The log tells of that, and
    not of the citation, which may stand in a draft that the teacher does not know of. An item was
    shared before it was cited; `shared_at` of a citation says something else."""
    items = [
        EvidenceItem(
            id=row.item_id,
            observation_id=row.observation_id,
            observer_id=row.observer_id,
            teacher_id=row.teacher_id,
            school_id=row.school_id,
            evaluative=row.evaluative,
            shared_at=row.created_at,
        )
        for row in rows
        if row.frozen_text is not None
    ]
    note_reads(session, actor, items, Action.EVIDENCE_READ)


async def cite(
    session: AsyncSession, actor: Actor, item_id: UUID, fields: dict[str, UUID | None]
) -> UUID:
    """Let a record rest on a shared item: the teacher or the observer, in a record that they may
    write in. Neither the item nor the record changes by it: each has readers of its own."""
    item = await acting(
        session, actor, Action.EVIDENCE_CITE, EvidenceItem, item_id, read=Action.EVIDENCE_READ
    )
    if item.shared_at is None or item.removed_at is not None:
        raise ItemNotShared
    named = {key: value for key, value in fields.items() if value is not None}
    if len(named) != 1:
        raise CitationAmbiguous
    ((key, record_id),) = named.items()
    cited_in = await _record(session, actor, key, record_id)
    await _check(session, actor, key, cited_in, item)
    evaluative = key == "indicator_feedback_id" and cited_in.evaluative
    citation = EvidenceCitation(
        district_id=actor.district_id,
        id=clock.new_id(),
        item_id=item.id,
        observation_id=item.observation_id,
        school_id=item.school_id,
        teacher_id=item.teacher_id,
        observer_id=item.observer_id,
        observer_kind=item.observer_kind,
        evaluative=item.evaluative,
        author_id=actor.id,
        # in a draft it is its author's alone, in the audit too: else the teacher would learn of it
        shared_at=None if key == "indicator_feedback_id" else item.shared_at,
        frozen_text=item.text if evaluative else None,
        **named,
    )
    try:
        async with session.begin_nested():
            session.add(citation)
            await session.flush()
    except IntegrityError as exc:
        if "uq_evidence_citation" in str(exc.orig):
            raise AlreadyCited from exc
        raise
    record(session, actor, "evidence_citation.made", citation)
    return citation.id


async def _record(session: AsyncSession, actor: Actor, key: str, record_id: UUID) -> Any:
    """The record that is to cite, as far as the caller reads it; it stays while it is cited."""
    model, read = CITED_IN[key]
    kind: Any = model
    found = await session.scalar(
        visible(actor, read, kind).where(kind.id == record_id).with_for_update(read=True, of=kind),
        actor.binds,
    )
    if found is None:
        raise UnknownReference("There is no such record.", field=key)
    return found


async def _check(
    session: AsyncSession, actor: Actor, key: str, cited_in: Any, item: EvidenceItem
) -> None:
    """The caller may write in the record, it is of the same teacher and open, and nothing crosses
    from formal to coaching or back."""
    if cited_in.teacher_id != item.teacher_id:
        raise CitationDoesNotFit("The record is not this teacher's.")
    if key == "goal_id":
        await must(session, actor, Action.GOAL_COMMENT, cited_in)
        if cited_in.state in (GoalState.DRAFT, GoalState.CLOSED):
            raise CitationDoesNotFit("The goal is a draft, or closed.", state=cited_in.state)
        crosses = item.evaluative and cited_in.state not in IN_FORCE
    elif key == "indicator_feedback_id":
        if cited_in.author_id != actor.id:
            raise Forbidden("Feedback on an indicator is its author's to write.")
        if cited_in.state != IndicatorFeedbackState.DRAFT:
            raise CitationDoesNotFit("The feedback was shared.", state=cited_in.state)
        crosses = item.evaluative != cited_in.evaluative
    else:
        works = cited_in.lead_id == actor.id and cited_in.teacher_id in actor.coached
        if not (works or cited_in.teacher_id == actor.id):
            raise Forbidden("Only the teacher and their lead write in a learning cycle.")
        cycle_id = cited_in.id if key == "cycle_id" else cited_in.cycle_id
        state = await session.scalar(
            select(LearningCycle.state).where(
                LearningCycle.district_id == actor.district_id, LearningCycle.id == cycle_id
            )
        )
        if state in _OVER:
            raise CitationDoesNotFit("The cycle is over.", state=state)
        crosses = item.evaluative
    if crosses:
        raise CitationCrosses


async def delete(session: AsyncSession, actor: Actor, citation_id: UUID, version: int) -> None:
    """Take a citation back: who made it, unless an evaluative record rests on it."""
    citation = await acting(
        session,
        actor,
        Action.CITATION_DELETE,
        EvidenceCitation,
        citation_id,
        version,
        read=Action.CITATION_READ,
    )
    if citation.frozen_text is not None:
        raise CitationFrozen
    record(session, actor, "evidence_citation.taken_back", citation)
    await session.delete(citation)
    await session.flush()
