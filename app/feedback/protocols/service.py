"""The rules of a school's feedback protocol: chosen by its leader, from a day on (R12).

What is chosen is a template, not one of its versions: when the next version is published,
conversations that begin from then on go by that.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import must, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.models import ProtocolChoice, School, Template
from app.models.templates import TemplateKind, TemplateState
from app.templates.service import TemplateNotUsable, asked, usable

Page = tuple[list[Any], str | None]
#: the template's title, beside a choice
TITLE: ColumnElement[Any] = asked(ProtocolChoice)[0]


class ChoiceInPast(Conflict):
    """A protocol is chosen for the conversations to come."""

    code, title = "choice_in_past", "That day is over"
    next_step = "Choose from today on, or a later day."


class ChangeUnexplained(Conflict):
    """A school that has a protocol says why it takes another."""

    code, title = "protocol_change_unexplained", "Say why the protocol changes"
    next_step = "Send `reason`; everybody at the school reads it."


class SameProtocol(Conflict):
    """A choice chooses something else than is in force on its first day."""

    code, title = "same_protocol", "The school uses this protocol already"
    next_step = "Read GET /schools/{id}/feedback-protocol."


class ProtocolChosen(Conflict):
    """A school begins one protocol on a day."""

    code, title = "protocol_chosen", "There is a choice for that day already"
    next_step = "Choose another first day."


async def list_choices(
    session: AsyncSession, actor: Actor, paging: Paging, school_id: UUID | None
) -> Page:
    """What schools of the caller chose over time, the oldest first."""
    statement = view(actor, Action.PROTOCOL_READ, ProtocolChoice, TITLE)
    if school_id is not None:
        statement = statement.where(ProtocolChoice.school_id == school_id)
    by = [ProtocolChoice.from_on, ProtocolChoice.id]
    return await page(session, actor, statement, paging, by=by)


async def read_choice(session: AsyncSession, actor: Actor, choice_id: UUID) -> Any:
    """One choice."""
    statement = view(actor, Action.PROTOCOL_READ, ProtocolChoice, TITLE)
    return await read_one(session, actor, statement, ProtocolChoice, choice_id)


async def in_force(
    session: AsyncSession, actor: Actor, school_id: UUID, on: date | None
) -> dict[str, Any]:
    """The choice in force on a day (today where none is given), to the school's members."""
    member = visible(actor, Action.PROTOCOL_READ, School)
    school = (await read_one(session, actor, member, School, school_id))[0]
    day = on or clock.today(school.zone)
    chosen = (
        view(actor, Action.PROTOCOL_READ, ProtocolChoice, TITLE)
        .where(ProtocolChoice.school_id == school_id, ProtocolChoice.from_on <= day)
        .order_by(ProtocolChoice.from_on.desc())
        .limit(1)
    )
    choice = (await session.execute(chosen, actor.binds)).first()
    protocol = await of_school(session, actor, school_id, day)
    return {
        "school_id": school_id,
        "on": day,
        "choice": choice,
        "protocol": protocol and described(protocol),
    }


def described(template: Template) -> dict[str, Any]:
    """A protocol as those see it who hold their conversations by it, whosever template it is."""
    return {
        "template_id": template.id,
        "title": template.title,
        "text": template.text,
        "ordered": template.ordered,
        "fields": template.fields,
    }


async def of_school(
    session: AsyncSession, actor: Actor, school_id: UUID, on: date
) -> Template | None:
    """The protocol that the school holds its conversations by on a day, in the version published
    now; none where nothing was chosen, or what was chosen is out of use."""
    chosen = (
        select(ProtocolChoice.template_id)
        .where(
            ProtocolChoice.district_id == actor.district_id,
            ProtocolChoice.school_id == school_id,
            ProtocolChoice.from_on <= on,
        )
        .order_by(ProtocolChoice.from_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    was = select(Template).where(Template.district_id == actor.district_id, Template.id == chosen)
    then = was.subquery()
    found: Template | None = await session.scalar(
        select(Template)
        .join(
            then,
            (Template.district_id == then.c.district_id)
            & (Template.kind == then.c.kind)
            & (Template.key == then.c.key)
            & (Template.school_id.is_not_distinct_from(then.c.school_id))
            & (Template.owner_id.is_not_distinct_from(then.c.owner_id)),
        )
        .where(
            Template.district_id == actor.district_id,
            Template.state == TemplateState.PUBLISHED.value,
        )
    )
    return found


async def choose(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Choose the protocol of a school from a day on: its leaders. A change carries a reason."""
    school: School | None = await session.scalar(
        visible(actor, Action.SCHOOL_READ, School).where(School.id == fields["school_id"]),
        actor.binds,
    )
    if school is None:
        raise UnknownReference("There is no such school.", field="school_id")
    await must(session, actor, Action.PROTOCOL_CREATE, school)
    template = await usable(session, actor, TemplateKind.FEEDBACK_PROTOCOL, fields["template_id"])
    if template.owner_id is not None or template.school_id not in (None, school.id):
        raise TemplateNotUsable(
            "The district's templates and the school's own are for all of its people.",
            field="template_id",
        )
    if fields["from_on"] < clock.today(school.zone):
        raise ChoiceInPast
    present = await of_school(session, actor, school.id, fields["from_on"])
    if present is not None and present.id == template.id:
        raise SameProtocol
    if fields["reason"] is None and await _has_one(session, school):
        raise ChangeUnexplained
    choice = ProtocolChoice(
        id=clock.new_id(), district_id=actor.district_id, author_id=actor.id, **fields
    )
    try:
        async with session.begin_nested():
            session.add(choice)
            await session.flush()
    except IntegrityError as exc:
        if "uq_protocol_choice" in str(exc.orig):
            raise ProtocolChosen from exc
        raise
    record(session, actor, "protocol_choice.made", choice)
    return choice.id


async def _has_one(session: AsyncSession, school: School) -> bool:
    """The school chose one before."""
    found = select(ProtocolChoice.id).where(
        ProtocolChoice.district_id == school.district_id, ProtocolChoice.school_id == school.id
    )
    return await session.scalar(found.limit(1)) is not None
