"""The rules of support: who can be named, who takes which step; no trace for anybody else."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.models import (
    CoachingRelationship,
    Event,
    Intervention,
    Person,
    RecordClass,
    Role,
    SupportEntry,
    SupportRecipient,
    SupportRequest,
    touch,
)
from app.models.people import LEAD_KINDS, RoleKind
from app.models.relationships import RelationshipState
from app.models.support import SupportEntryKind, SupportState
from app.people.schools.service import apply

Page = tuple[list[Any], str | None]
_CAN_HELP = (
    RoleKind.SCHOOL_LEADER,
    RoleKind.ILT_MEMBER,
    RoleKind.MENTOR,
    *LEAD_KINDS,
)
RECIPIENTS = (
    func.array(
        select(SupportRecipient.person_id)
        .where(
            SupportRecipient.district_id == SupportRequest.district_id,
            SupportRecipient.request_id == SupportRequest.id,
        )
        .order_by(SupportRecipient.at, SupportRecipient.id)
        .correlate(SupportRequest)
        .scalar_subquery(),
        type_=ARRAY(Uuid()),
    )
).label("recipient_ids")


class NotARecipient(Conflict):
    """Somebody named cannot be: only leaders, ILT members, mentors and other leads of that school,
    and never the teacher concerned (gate 16)."""

    code, title = "not_a_recipient", "This person cannot be named"
    next_step = "Name leaders, ILT members, mentors or other leads of the school."


class NotASchoolLeader(Conflict):
    """A school leader of that school is asked to intervene, or kept up to date."""

    code, title = "not_a_school_leader", "This person does not lead the school"
    next_step = "Name a leader of the school; share the request with them first."


# --- requests ---------------------------------------------------------------------------------


async def list_requests(session: AsyncSession, actor: Actor, paging: Paging, state: Any) -> Page:
    """What the caller raised or is named in."""
    statement = view(actor, Action.SUPPORT_READ, SupportRequest, RECIPIENTS)
    if state is not None:
        statement = statement.where(SupportRequest.state == state)
    return await page(session, actor, statement, paging, by=[SupportRequest.id])


async def read_request(session: AsyncSession, actor: Actor, request_id: UUID) -> Any:
    """One request."""
    statement = view(actor, Action.SUPPORT_READ, SupportRequest, RECIPIENTS)
    return await read_one(session, actor, statement, SupportRequest, request_id)


async def raise_request(
    session: AsyncSession, actor: Actor, *, about_id: UUID, recipient_ids: list[UUID], text: str
) -> UUID:
    """Ask named people for help with a relationship the caller is the lead of."""
    school_id = await school_of(session, actor, Action.SUPPORT_CREATE, about_id)
    people = list(dict.fromkeys(recipient_ids))
    await check_able(session, actor, school_id, about_id, people, "recipient_ids")
    request = SupportRequest(
        district_id=actor.district_id,
        id=clock.new_id(),
        school_id=school_id,
        raiser_id=actor.id,
        about_id=about_id,
        text=text,
    )
    session.add(request)
    await session.flush()
    session.add_all(_named(request, person_id) for person_id in people)
    await session.flush()
    record(session, actor, "support_request.raised", request)
    return request.id


async def school_of(session: AsyncSession, actor: Actor, action: Action, about_id: UUID) -> UUID:
    """The school of the relationship in which the caller leads this teacher now."""
    found: CoachingRelationship | None = await session.scalar(
        visible(actor, action, CoachingRelationship).where(
            CoachingRelationship.teacher_id == about_id,
            CoachingRelationship.state.in_(
                (RelationshipState.ACTIVE.value, RelationshipState.PAUSED.value)
            ),
        ),
        actor.binds,
    )
    if found is None:
        raise UnknownReference("You coach no such teacher.", field="about_id")
    return found.school_id


async def check_able(
    session: AsyncSession,
    actor: Actor,
    school_id: UUID,
    about_id: UUID,
    people: Iterable[UUID],
    field: str,
    kinds: Iterable[RoleKind] = _CAN_HELP,
    refusal: type[Conflict] = NotARecipient,
) -> None:
    wanted = set(people)
    able = await session.scalars(
        select(Role.person_id)
        .join(Person, (Person.district_id == Role.district_id) & (Person.id == Role.person_id))
        .where(
            Role.district_id == actor.district_id,
            Role.school_id == school_id,
            Role.person_id.in_(wanted),
            Role.kind.in_([kind.value for kind in kinds]),
            Role.ended_on.is_(None),
            Person.active,
        )
    )
    if wanted - set(able) or wanted & {about_id, actor.id}:
        raise refusal(field=field)


def _named(request: SupportRequest, person_id: UUID) -> SupportRecipient:
    return SupportRecipient(
        district_id=request.district_id,
        id=clock.new_id(),
        request_id=request.id,
        person_id=person_id,
    )


async def share(
    session: AsyncSession, actor: Actor, request_id: UUID, version: int, person_id: UUID
) -> None:
    """Name one more: the raiser. They read all that was said."""
    request = await _acting(session, actor, Action.SUPPORT_SHARE, request_id, version)
    await check_able(session, actor, request.school_id, request.about_id, [person_id], "person_id")
    named = await session.scalar(
        select(SupportRecipient.id).where(
            SupportRecipient.district_id == actor.district_id,
            SupportRecipient.request_id == request_id,
            SupportRecipient.person_id == person_id,
        )
    )
    if named is None:
        session.add(_named(request, person_id))
        touch(request)
    record(session, actor, "support_request.shared", request, ("recipient_ids",))


async def acknowledge(session: AsyncSession, actor: Actor, request_id: UUID, version: int) -> None:
    """Say that it was read: somebody who is named."""
    action = Action.SUPPORT_ACKNOWLEDGE
    await _move(session, actor, action, request_id, version, SupportState.ACKNOWLEDGED)


async def start(session: AsyncSession, actor: Actor, request_id: UUID, version: int) -> None:
    """Work on it: the raiser or somebody who is named."""
    action = Action.SUPPORT_START
    await _move(session, actor, action, request_id, version, SupportState.IN_PROGRESS)


async def resolve(session: AsyncSession, actor: Actor, request_id: UUID, version: int) -> None:
    """It is resolved: the raiser or somebody who is named."""
    action = Action.SUPPORT_RESOLVE
    await _move(session, actor, action, request_id, version, SupportState.RESOLVED)


async def withdraw(session: AsyncSession, actor: Actor, request_id: UUID, version: int) -> None:
    """Take it back, at any time before it is resolved: the raiser."""
    action = Action.SUPPORT_WITHDRAW
    await _move(session, actor, action, request_id, version, SupportState.WITHDRAWN)


async def reopen(session: AsyncSession, actor: Actor, request_id: UUID, version: int) -> None:
    """It is not resolved after all: the raiser."""
    action = Action.SUPPORT_REOPEN
    await _move(session, actor, action, request_id, version, SupportState.IN_PROGRESS)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, request_id: UUID, version: int | None
) -> SupportRequest:
    return await acting(
        session, actor, action, SupportRequest, request_id, version, read=Action.SUPPORT_READ
    )


async def _move(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    request_id: UUID,
    version: int,
    state: SupportState,
) -> None:
    request = await _acting(session, actor, action, request_id, version)
    over = state in (SupportState.RESOLVED, SupportState.WITHDRAWN)
    apply(request, {"state": state.value, "closed_at": clock.now() if over else None})
    record(session, actor, f"support_request.{state}", request, ("state",))


async def list_history(
    session: AsyncSession, actor: Actor, request_id: UUID, paging: Paging
) -> Page:
    """Who did what with a request the caller reads, with its entries and its interventions. Their
    events are in no audit but their authors' own, so this is where they are found together."""
    await read_request(session, actor, request_id)
    below = [
        visible(actor, read, model)
        .where(model.request_id == request_id)
        .with_only_columns(model.id)
        for read, model in (
            (Action.SUPPORT_ENTRY_READ, SupportEntry),
            (Action.INTERVENTION_READ, Intervention),
        )
    ]
    # as an array, so that the index looks each of them up
    subjects: Any = func.array(
        union_all(select(literal(request_id, Uuid())), *below).scalar_subquery(),
        type_=ARRAY(Uuid()),
    )
    statement: Any = select(
        Event.id,
        Event.at,
        Event.action,
        Event.actor_id,
        Event.subject_type,
        Event.subject_id,
        Event.changed,
    ).where(
        Event.district_id == actor.district_id,
        Event.record_class == RecordClass.SUPPORT.value,
        Event.subject_id == any_(subjects),
    )
    return await page(session, actor, statement, paging, by=[Event.at, Event.id])


# --- discussion -------------------------------------------------------------------------------


async def list_entries(
    session: AsyncSession, actor: Actor, request_id: UUID, paging: Paging
) -> Page:
    """The discussion of a request the caller reads."""
    await read_request(session, actor, request_id)
    statement = view(actor, Action.SUPPORT_ENTRY_READ, SupportEntry).where(
        SupportEntry.request_id == request_id
    )
    return await page(session, actor, statement, paging, by=[SupportEntry.id])


async def read_entry(session: AsyncSession, actor: Actor, entry_id: UUID) -> Any:
    """One entry."""
    statement = view(actor, Action.SUPPORT_ENTRY_READ, SupportEntry)
    return await read_one(session, actor, statement, SupportEntry, entry_id)


async def write(
    session: AsyncSession, actor: Actor, request_id: UUID, fields: dict[str, Any]
) -> UUID:
    """A message, a possible solution or a next step: the raiser or somebody who is named."""
    request = await _acting(session, actor, Action.SUPPORT_WRITE, request_id, None)
    owner_id = fields.get("owner_id")
    given = (owner_id is not None, fields.get("due_on") is not None)
    if given != ((True, True) if fields["kind"] == SupportEntryKind.NEXT_STEP else (False, False)):
        raise OwnerAndDay
    if owner_id is not None and owner_id != request.raiser_id:
        await check_named(session, request, owner_id, "owner_id", NotARecipient)
    entry = SupportEntry(
        district_id=actor.district_id,
        id=clock.new_id(),
        request_id=request.id,
        author_id=actor.id,
        **fields,
    )
    session.add(entry)
    await session.flush()
    record(session, actor, "support_entry.written", entry)
    return entry.id


class OwnerAndDay(Conflict):
    """A next step has an owner and a day; messages and solutions have neither."""

    code, title = "owner_and_day", "Owner and day belong to next steps"
    next_step = "Send owner_id and due_on with kind next_step, and with nothing else."


async def check_named(
    session: AsyncSession,
    request: SupportRequest,
    person_id: UUID,
    field: str,
    refusal: type[Conflict],
) -> None:
    named = await session.scalar(
        select(SupportRecipient.id).where(
            SupportRecipient.district_id == request.district_id,
            SupportRecipient.request_id == request.id,
            SupportRecipient.person_id == person_id,
        )
    )
    if named is None:
        raise refusal(field=field)


async def finish_entry(session: AsyncSession, actor: Actor, entry_id: UUID, version: int) -> None:
    """A next step is done: the raiser or somebody who is named."""
    entry = await acting(
        session,
        actor,
        Action.SUPPORT_ENTRY_FINISH,
        SupportEntry,
        entry_id,
        version,
        read=Action.SUPPORT_ENTRY_READ,
    )
    if entry.due_on is None or entry.done_at is not None:
        raise NothingToDo
    apply(entry, {"done_at": clock.now()})
    record(session, actor, "support_entry.finished", entry, ("done_at",))


class NothingToDo(Conflict):
    """Only a next step is finished, and once."""

    code, title = "nothing_to_do", "Nothing is left to do here"
    next_step = "Finish next steps that are open."
