"""The rules of outreach: drafted, sent or handed over; its author's alone until the teacher has it
(ADR 0017)."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.jobs import enqueue
from app.core.mail import MailNotConfigured, html_of
from app.core.paging import Paging, page
from app.models import OutreachMessage
from app.models.outreach import REACHED, OutreachState
from app.models.templates import TemplateKind
from app.people.schools.service import apply
from app.relationships.outreach.sending import SEND, OutreachBeingSent, addresses, hold, people
from app.relationships.outreach.words import FIRST_MEETING, filled, keys_of, warnings
from app.relationships.pair import BEGUN, DatesDoNotFit, owners, working_with, year_of
from app.templates import forms, placeholders
from app.templates.service import asked, usable

Page = tuple[list[Any], str | None]
#: a lead works through spring and summer before the year begins
BEFORE_THE_YEAR = timedelta(days=210)
#: messages of one coaching that may wait, and that may wait or were sent within 24 hours
WAITING_MOST, A_DAY = 5, 10
_BESIDE = (*asked(OutreachMessage), *FIRST_MEETING)


class PlaceholdersMissing(Conflict):
    """What the words of an outreach ask for is answered before it goes to the teacher."""

    code, title = "placeholders_missing", "Words are missing"
    next_step = "Answer each field that `missing` names, or take its placeholder out of the words."


class OutreachTooLong(Conflict):
    """With its placeholders filled, a subject has 200 characters at most and a text 20,000."""

    code, title = "outreach_too_long", "Too long once it is filled"
    next_step = "Read the preview and shorten the subject, the text or an answer."


class TeacherWithoutEmail(Conflict):
    """The teacher has no e-mail address here."""

    code, title = "teacher_without_email", "The teacher has no e-mail address"
    next_step = "Hand it over as a card, or ask a district administrator to enter an address."


class TooManyOutreach(Conflict):
    """Of one coaching five messages wait at most, and ten reach the mailbox within 24 hours."""

    code, title = "too_many_outreach", "Too many messages to this teacher"
    next_step = "Wait until some are sent, take one back, or hand this one over as a card."


class HandedOverInFuture(Conflict):
    """A card was handed over on a day that has come."""

    code, title = "handed_over_in_future", "That day has not come yet"
    next_step = "Give the day on which the teacher got the card."


async def list_messages(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """Outreach that the caller writes as a lead, or got as a teacher."""
    statement = view(actor, Action.OUTREACH_READ, OutreachMessage, *_BESIDE).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    rows, following = await page(session, actor, statement, paging, by=[OutreachMessage.id])
    return [_whole(row) for row in rows], following


async def read_message(session: AsyncSession, actor: Actor, message_id: UUID) -> dict[str, Any]:
    """One outreach: its author, and the teacher once they have it."""
    statement = view(actor, Action.OUTREACH_READ, OutreachMessage, *_BESIDE)
    return _whole(await read_one(session, actor, statement, OutreachMessage, message_id))


def _whole(row: Any) -> dict[str, Any]:
    fields = row.fields or []
    if row.state in REACHED:  # what else the template asks for is its author's
        fields = [field for field in fields if field["key"] in row.answers]
    return {**row._mapping, "fields": fields, "warnings": warnings(row)}


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Draft one for a teacher: their lead, from when the coaching is proposed. It begins with what
    a template says, or with words of one's own."""
    relationship = await working_with(
        session, actor, Action.OUTREACH_CREATE, fields["teacher_id"], BEGUN
    )
    words, asked_for = {}, []
    if fields["template_id"] is not None:
        template = await usable(session, actor, TemplateKind.OUTREACH, fields["template_id"])
        words, asked_for = {"subject": template.subject, "text": template.text}, template.fields
    for name in ("subject", "text"):
        words[name] = fields[name] or words.get(name)
    answers = forms.merged({}, fields["answers"])
    _check(words, asked_for, answers)
    message = OutreachMessage(
        id=clock.new_id(),
        template_id=fields["template_id"],
        answers=answers,
        **words,
        **owners(relationship, actor.id),
    )
    session.add(message)
    await session.flush()
    record(session, actor, "outreach_message.created", message)
    return message.id


def _check(words: dict[str, Any], fields: list[dict[str, Any]], answers: dict[str, Any]) -> None:
    placeholders.check(words.values(), [field["key"] for field in fields])
    forms.check(fields, answers)


async def change(
    session: AsyncSession, actor: Actor, message_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change what a draft, or one that could not be sent, says: its lead."""
    message = await _acting(session, actor, Action.OUTREACH_EDIT, message_id, version)
    if "answers" in fields:
        fields = {**fields, "answers": forms.merged(message.answers, fields["answers"])}
    words = {name: fields.get(name, getattr(message, name)) for name in ("subject", "text")}
    _check(words, await keys_of(session, message), fields.get("answers", message.answers))
    apply(message, fields)
    record(session, actor, "outreach_message.changed", message, fields)


async def delete(session: AsyncSession, actor: Actor, message_id: UUID, version: int) -> None:
    """Delete a draft, which nobody else has seen: its lead."""
    message = await _acting(session, actor, Action.OUTREACH_DELETE, message_id, version)
    record(session, actor, "outreach_message.deleted", message)
    await session.delete(message)


async def preview(session: AsyncSession, actor: Actor, message_id: UUID) -> dict[str, Any]:
    """What the teacher would get now, and what is missing before it can go: its lead."""
    row = await read_message(session, actor, message_id)
    message = OutreachMessage(
        district_id=actor.district_id,
        **{name: row[name] for name in ("id", "teacher_id", "relationship_id", "template_id")},
        **{name: row[name] for name in ("subject", "text", "answers", "state")},
    )
    await must(session, actor, Action.OUTREACH_PREVIEW, message)
    words = await filled(session, message)
    advice = row["warnings"]
    if words.too_long:
        advice = [*advice, {"code": OutreachTooLong.code, "message": OutreachTooLong.title}]
    return {
        "subject": words.subject,
        "text": words.text,
        "html": html_of(words.subject, words.text),
        "missing": words.missing,
        "warnings": advice,
    }


async def send(
    session: AsyncSession,
    actor: Actor,
    message_id: UUID,
    version: int,
    send_at: datetime | None,
    *,
    mail_ready: bool,
) -> None:
    """Send it by e-mail, now or at a time: the teacher's active lead. It is a job from here on, and
    sent once a mail server took it."""
    message = await _acting(session, actor, Action.OUTREACH_SEND, message_id, version)
    if not mail_ready:
        raise MailNotConfigured
    now = clock.now()
    if send_at is not None:
        await _check_time(session, message, send_at)
    await _complete(session, message)
    teacher, lead = await people(session, message)
    if not teacher.email:
        raise TeacherWithoutEmail
    await _check_number(session, message)
    state = OutreachState.QUEUED if send_at is None else OutreachState.SCHEDULED
    fields = {"state": state.value, "send_at": send_at or now, "failure": None, "tries": 0}
    apply(message, fields)
    message.addresses = addresses(teacher, lead)
    record(session, actor, f"outreach_message.{state.value}", message, fields)
    await session.flush()
    delay = message.send_at - now if message.send_at else now - now
    await enqueue(session, SEND, message.district_id, message.id, delay=delay)


async def _check_number(session: AsyncSession, message: OutreachMessage) -> None:
    """A teacher's mailbox is not flooded. One after the other: two at once count each other."""
    lock = func.hashtext(f"outreach {message.relationship_id}")
    await session.execute(select(func.pg_advisory_xact_lock(lock)))
    waits = OutreachMessage.state.in_((OutreachState.SCHEDULED.value, OutreachState.QUEUED.value))
    waiting, sent = (
        await session.execute(
            select(
                func.count().filter(waits),
                func.count().filter(OutreachMessage.sent_at > clock.now() - timedelta(days=1)),
            ).where(
                OutreachMessage.district_id == message.district_id,
                OutreachMessage.relationship_id == message.relationship_id,
                OutreachMessage.id != message.id,
            )
        )
    ).one()
    if waiting >= WAITING_MOST or waiting + sent >= A_DAY:
        raise TooManyOutreach


async def _check_time(session: AsyncSession, message: OutreachMessage, send_at: datetime) -> None:
    """A time to come, before the school year is over. Before its first day is the best of times."""
    year, zone = await year_of(session, message.district_id, message.relationship_id)
    if send_at <= clock.now() or clock.day_of(send_at, zone) > year.last_day:
        raise DatesDoNotFit(
            "It is sent at a time to come, and in the school year of the coaching.",
            first=clock.today(zone).isoformat(),
            last=year.last_day.isoformat(),
        )


async def _complete(session: AsyncSession, message: OutreachMessage) -> dict[str, Any]:
    """The words for the teacher, which want nothing any more (409 otherwise)."""
    words = await filled(session, message)
    if words.missing:
        raise PlaceholdersMissing(missing=words.missing[:50])
    if words.too_long:
        raise OutreachTooLong
    return {"subject": words.subject, "text": words.text, "answers": words.answers}


async def unschedule(session: AsyncSession, actor: Actor, message_id: UUID, version: int) -> None:
    """Take back one that waits for its time or for a mail server; it is a draft again: its lead.
    Not while it is handed to a mail server (409), for then it may be sent."""
    message = await _acting(session, actor, Action.OUTREACH_UNSCHEDULE, message_id, version)
    if not await hold(session, message.id):
        raise OutreachBeingSent
    fields = {"state": OutreachState.DRAFT.value, "send_at": None, "tries": 0}
    apply(message, fields)
    record(session, actor, "outreach_message.unscheduled", message, fields)


async def hand_over(
    session: AsyncSession, actor: Actor, message_id: UUID, version: int, on: date | None
) -> None:
    """Say that the teacher got it as a card: their active lead. What it said is kept."""
    message = await _acting(session, actor, Action.OUTREACH_HAND_OVER, message_id, version)
    year, zone = await year_of(session, message.district_id, message.relationship_id)
    today = clock.today(zone)
    if on is not None and on > today:
        raise HandedOverInFuture
    earliest = year.first_day - BEFORE_THE_YEAR
    if on is not None and on < earliest:
        raise DatesDoNotFit(
            "A welcome belongs to its school year, or to the spring and summer before.",
            first=earliest.isoformat(),
            last=today.isoformat(),
        )
    fields = {
        "failure": None,
        **await _complete(session, message),
        "state": OutreachState.HANDED_OVER.value,
        "handed_over_on": on or today,
    }
    apply(message, fields)
    record(session, actor, "outreach_message.handed_over", message, fields)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, message_id: UUID, version: int
) -> OutreachMessage:
    return await acting(
        session, actor, action, OutreachMessage, message_id, version, read=Action.OUTREACH_READ
    )
