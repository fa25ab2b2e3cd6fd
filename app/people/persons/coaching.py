"""What ends a coaching relationship beside its own steps: it stands on the roles of two people."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    or_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.core.events import record
from app.models import (
    Booking,
    CoachingRelationship,
    Conversation,
    Meeting,
    MeetingSeries,
    OutreachMessage,
    Person,
    Role,
)
from app.models.conversations import ConversationState
from app.models.meetings import MeetingState, SeriesState
from app.models.outreach import OutreachState
from app.models.people import LEAD_KINDS, RoleKind
from app.models.relationships import OPEN, RelationshipState
from app.people.schools.service import apply


async def end_unfounded(
    session: AsyncSession, actor: Actor, people: Iterable[UUID], reason: str
) -> None:
    """End the relationships of these people whose lead no longer leads at the school or whose
    teacher no longer teaches there, or who are not active any more. Whoever ends a role or lets
    somebody go does this too, so it asks for no right of its own."""
    await session.flush()  # of the role or person that was just changed
    # an array, because a roster may name more people than a statement takes parameters
    named = any_(bindparam("people", type_=ARRAY(Uuid())))
    rows = await session.scalars(
        visible(
            Actor.operator(actor.district_id, actor.zone),
            Action.RELATIONSHIP_END,
            CoachingRelationship,
        )
        .where(
            CoachingRelationship.state.in_(OPEN),
            or_(CoachingRelationship.lead_id == named, CoachingRelationship.teacher_id == named),
            ~and_(
                _stands(CoachingRelationship.lead_id, [kind.value for kind in LEAD_KINDS]),
                _stands(CoachingRelationship.teacher_id, [RoleKind.TEACHER.value]),
            ),
        )
        .with_for_update(of=CoachingRelationship),
        {**actor.binds, "people": list(people)},
    )
    for row in rows:
        await finish(session, actor, row, reason)


async def finish(
    session: AsyncSession, actor: Actor, row: CoachingRelationship, reason: str
) -> None:
    """End a relationship; one that was only proposed is withdrawn."""
    if row.state == RelationshipState.PROPOSED.value:
        fields: dict[str, Any] = {"state": RelationshipState.WITHDRAWN.value}
    else:
        fields = {"state": RelationshipState.ENDED.value, "ended_at": clock.now()}
    fields["end_reason"] = reason
    apply(row, fields)
    await call_off(session, row)
    record(session, actor, f"coaching_relationship.{fields['state']}", row, fields)


#: what the two had planned and did not hold: model → the states of what is still to come
_TO_COME: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Meeting, (MeetingState.SCHEDULED.value, MeetingState.IN_PROGRESS.value)),
    (Conversation, (ConversationState.PLANNED.value, ConversationState.SCHEDULED.value)),
)


async def call_off(session: AsyncSession, relationship: CoachingRelationship) -> None:
    """What the two had planned ends with their relationship: the rhythm, the meetings and
    conversations to come and the time these took, which the next lead needs. What was written
    stays as it is, and an outreach on its way stays a draft."""
    now = clock.now()
    ended: list[UUID] = []
    for model, states in _TO_COME:
        # Before the bookings: it waits for who is moving one just now, and then frees that time.
        rows = await session.scalars(
            update(model)
            .where(
                model.district_id == relationship.district_id,
                model.relationship_id == relationship.id,
                model.state.in_(states),
            )
            .values(
                state="cancelled",
                reason="coaching_ended",
                updated_at=now,
                version=model.version + 1,
            )
            .returning(model.id)
        )
        ended += rows
    await session.execute(
        delete(Booking).where(
            Booking.district_id == relationship.district_id, Booking.source_id.in_(ended)
        )
    )
    await session.execute(
        update(MeetingSeries)
        .where(
            MeetingSeries.district_id == relationship.district_id,
            MeetingSeries.relationship_id == relationship.id,
            MeetingSeries.state != SeriesState.ENDED.value,
        )
        .values(
            state=SeriesState.ENDED.value,
            end_reason="coaching_ended",
            updated_at=now,
            version=MeetingSeries.version + 1,
        )
    )
    on_its_way = (OutreachState.SCHEDULED.value, OutreachState.QUEUED.value)
    await session.execute(
        update(OutreachMessage)
        .where(
            OutreachMessage.district_id == relationship.district_id,
            OutreachMessage.relationship_id == relationship.id,
            OutreachMessage.state.in_(on_its_way),
        )
        .values(
            state=OutreachState.DRAFT.value,
            send_at=None,
            updated_at=now,
            version=OutreachMessage.version + 1,
        )
    )


def _stands(person_id: Any, kinds: list[str]) -> ColumnElement[bool]:
    """The person is active and holds such a role at the relationship's school."""
    role, person = aliased(Role), aliased(Person)
    return exists().where(
        role.district_id == CoachingRelationship.district_id,
        role.person_id == person_id,
        role.school_id == CoachingRelationship.school_id,
        role.kind.in_(kinds),
        role.ended_on.is_(None),
        person.district_id == role.district_id,
        person.id == role.person_id,
        person.active,
    )
