"""What ends a coaching relationship beside its own steps: it stands on the roles of two people."""

from collections.abc import Iterable, Iterator
from datetime import datetime
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
    null,
    or_,
    select,
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
    ActionStep,
    AgendaItem,
    Booking,
    CoachingAgreement,
    CoachingCalendar,
    CoachingRelationship,
    Conversation,
    FeedbackConversation,
    Meeting,
    MeetingSeries,
    NextStep,
    Observation,
    OutreachMessage,
    Person,
    Role,
    SharedRecord,
)
from app.models.calendar import CalendarState
from app.models.conversations import ConversationState
from app.models.feedback import IN_HAND, ActionStepState, FeedbackState
from app.models.meetings import AgendaState, MeetingState, SeriesState, StepState
from app.models.norms import AgreementState
from app.models.observations import ObservationState, ObserverKind
from app.models.outreach import OutreachState
from app.models.people import LEAD_KINDS, RoleKind
from app.models.relationships import OPEN, RelationshipState
from app.models.sharing import SharedState
from app.people.persons.cycles import give_up, leave
from app.people.schools.service import apply


async def end_unfounded(
    session: AsyncSession, actor: Actor, people: Iterable[UUID], reason: str
) -> None:
    """End the relationships of these people whose lead no longer leads at the school or whose
    teacher no longer teaches there, or who are not active any more; and their place in the cycles
    of teams they left. Whoever ends a role or lets somebody go does this too, so it asks for no
    right of its own."""
    await session.flush()  # of the role or person that was just changed
    # an array, because a roster may name more people than a statement takes parameters
    named = any_(bindparam("people", type_=ARRAY(Uuid())))
    await call_off_visits(session, actor, people := list(people))
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
        {**actor.binds, "people": people},
    )
    for row in rows:
        await finish(session, actor, row, reason)
    await leave(session, actor, people)


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
    await call_off(session, actor, row)
    record(session, actor, f"coaching_relationship.{fields['state']}", row, fields)


async def call_off(session: AsyncSession, actor: Actor, relationship: CoachingRelationship) -> None:
    """What the two had begun ends with their relationship.

    What happened stays: a 1:1 that is on is completed when it has a next step that was not dropped,
    and what is past and nobody answered was missed. What was still to come is called off and its
    time is free, which the next lead needs. The rhythm ends, an outreach on its way stays a draft,
    norms, action steps or offers to share that were not both's are withdrawn, and open learning
    cycles are given up.
    """
    now = clock.now()

    def of_pair(model: Any) -> ColumnElement[bool]:
        return and_(
            model.district_id == relationship.district_id,
            model.relationship_id == relationship.id,
        )

    # in the order in which the two themselves lock: their series, then their meetings, by id
    for model in (MeetingSeries, Meeting):
        locked = select(model.id).where(of_pair(model)).order_by(model.id).with_for_update()
        await session.execute(locked)
    ended: list[UUID] = []
    for model, which, fields in _ends(now):
        # Before the bookings: it waits for who is moving one just now, and then frees that time.
        rows = await session.scalars(
            update(model)
            .where(of_pair(model), which)
            .values(**fields, updated_at=now, version=model.version + 1)
            .returning(model.id)
        )
        ended += rows
    await session.execute(
        delete(Booking).where(
            Booking.district_id == relationship.district_id, Booking.source_id.in_(ended)
        )
    )
    await _call_off_follow_ups(session, relationship, now)
    # the visits of the lead as such
    await _cancel_visits(
        session,
        relationship.district_id,
        and_(
            Observation.teacher_id == relationship.teacher_id,
            Observation.observer_id == relationship.lead_id,
            Observation.observer_kind == ObserverKind.LEAD.value,
        ),
        "coaching_ended",
    )
    # nobody can say the second yes any more
    await session.execute(
        update(SharedRecord)
        .where(
            SharedRecord.district_id == relationship.district_id,
            SharedRecord.teacher_id == relationship.teacher_id,
            SharedRecord.lead_id == relationship.lead_id,
            SharedRecord.state == SharedState.OFFERED.value,
        )
        .values(
            state=SharedState.TAKEN_BACK.value,
            content=null(),
            updated_at=now,
            version=SharedRecord.version + 1,
        )
    )
    await give_up(session, actor, relationship)


async def _call_off_follow_ups(
    session: AsyncSession, relationship: CoachingRelationship, now: datetime
) -> None:
    """Action steps that both agreed go with the teacher. Where the two would have come back to them
    goes off their agenda, so that it can stand on the next lead's, and never on both."""
    steps = select(ActionStep.agenda_item_id).where(
        ActionStep.district_id == relationship.district_id,
        ActionStep.teacher_id == relationship.teacher_id,
        ActionStep.state.in_(IN_HAND),
    )
    dropped = await session.scalars(
        update(AgendaItem)
        .where(
            AgendaItem.district_id == relationship.district_id,
            AgendaItem.id.in_(steps),
            AgendaItem.lead_id == relationship.lead_id,
            AgendaItem.state == AgendaState.OPEN.value,
        )
        .values(state=AgendaState.DROPPED.value, updated_at=now, version=AgendaItem.version + 1)
        .returning(AgendaItem.id)
    )
    await session.execute(
        update(ActionStep)
        .where(
            ActionStep.district_id == relationship.district_id,
            ActionStep.teacher_id == relationship.teacher_id,
            ActionStep.agenda_item_id.in_(list(dropped)),
        )
        .values(agenda_item_id=None)
    )


def _ends(now: datetime) -> Iterator[tuple[Any, ColumnElement[bool], dict[str, Any]]]:
    """What becomes of what: rows of a model and the fields they get; the first that fits counts."""
    has_steps = exists().where(
        NextStep.district_id == Meeting.district_id,
        NextStep.meeting_id == Meeting.id,
        NextStep.state != StepState.DROPPED.value,
    )
    cancelled = {"state": "cancelled", "reason": "coaching_ended"}
    completed = {"state": MeetingState.COMPLETED.value, "completed_at": now}
    scheduled, on = MeetingState.SCHEDULED.value, MeetingState.IN_PROGRESS.value
    yield Meeting, and_(Meeting.state == on, has_steps), completed
    planned = ConversationState.PLANNED.value
    for model, to_come in ((Meeting, (scheduled, on)), (Conversation, (scheduled, planned))):
        yield model, and_(model.state == scheduled, model.ends_at <= now), {"state": "missed"}
        yield model, model.state.in_(to_come), cancelled
    ended = {
        "state": SeriesState.ENDED.value,
        "end_reason": "coaching_ended",
        "ended_at": now,
        "review_due": False,
    }
    yield MeetingSeries, MeetingSeries.state != SeriesState.ENDED.value, ended
    sending = OutreachMessage.state.in_((OutreachState.SCHEDULED.value, OutreachState.QUEUED.value))
    yield OutreachMessage, sending, {"state": OutreachState.DRAFT.value, "send_at": None}
    # feedback on an evaluation goes on without the coaching
    set_for = and_(
        FeedbackConversation.state == FeedbackState.PREPARED.value,
        FeedbackConversation.starts_at > now,
        ~FeedbackConversation.evaluative,
    )
    times = ("on", "at", "zone", "minutes", "starts_at", "ends_at", "place")
    no_time = {**dict.fromkeys(times), "time_moved": False}
    yield FeedbackConversation, set_for, no_time
    waits = CoachingAgreement.state == AgreementState.PROPOSED.value
    yield CoachingAgreement, waits, {"state": AgreementState.WITHDRAWN.value}
    proposed = ActionStep.state == ActionStepState.PROPOSED.value
    over = {"state": ActionStepState.DROPPED.value, "reason": "coaching_ended", "closed_at": now}
    yield ActionStep, proposed, over
    in_use = CoachingCalendar.state == CalendarState.ACTIVE.value
    yield CoachingCalendar, in_use, {"state": CalendarState.ENDED.value}


def _stands(person_id: Any, kinds: list[str], row: Any = CoachingRelationship) -> Any:
    """The person is active and holds such a role at the school of the relationship or visit."""
    role, person = aliased(Role), aliased(Person)
    return exists().where(
        role.district_id == row.district_id,
        role.person_id == person_id,
        role.school_id == row.school_id,
        role.kind.in_(kinds),
        role.ended_on.is_(None),
        person.district_id == role.district_id,
        person.id == role.person_id,
        person.active,
    )


async def call_off_visits(session: AsyncSession, actor: Actor, people: list[UUID]) -> None:
    """Cancel what is planned of visits by or to these people who do not work at the school any
    more, or lead it no more. What a lead planned ends with the coaching."""
    named = any_(bindparam("people", type_=ARRAY(Uuid())))
    visit = Observation
    posts = {
        ObserverKind.SCHOOL_LEADER: [RoleKind.SCHOOL_LEADER.value],
        ObserverKind.PEER: [RoleKind.TEACHER.value],
    }
    observes = or_(
        visit.observer_kind == ObserverKind.LEAD.value,
        *(
            and_(visit.observer_kind == kind.value, _stands(visit.observer_id, kinds, visit))
            for kind, kinds in posts.items()
        ),
    )
    teaches = _stands(visit.teacher_id, [RoleKind.TEACHER.value], visit)
    of_them = or_(visit.observer_id == named, visit.teacher_id == named)
    await _cancel_visits(
        session,
        actor.district_id,
        and_(of_them, ~and_(observes, teaches)),
        "role_ended",
        {"people": people},
    )


async def _cancel_visits(
    session: AsyncSession,
    district_id: UUID,
    which: ColumnElement[bool],
    reason: str,
    params: dict[str, Any] | None = None,
) -> None:
    """Cancel planned visits and give their time back."""
    cancelled = await session.scalars(
        update(Observation)
        .where(
            Observation.district_id == district_id,
            Observation.state == ObservationState.SCHEDULED.value,
            which,
        )
        .values(
            state=ObservationState.CANCELLED.value,
            reason=reason,
            updated_at=clock.now(),
            version=Observation.version + 1,
        )
        .returning(Observation.id)
        .execution_options(synchronize_session=False),
        params or {},
    )
    await session.execute(
        delete(Booking).where(
            Booking.district_id == district_id, Booking.source_id.in_(list(cancelled))
        )
    )
