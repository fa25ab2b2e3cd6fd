"""Sending outreach, as a job: at least once under one Message-ID, and recorded once.

The words are filled when a mail server took them, in the transaction that says so. Until then the
record keeps its placeholders, and whatever goes wrong loses nothing.
"""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.events import record
from app.core.jobs import Later
from app.core.mail import (
    CannotBeWritten,
    Mailer,
    Message,
    PermanentFailure,
    TemporaryFailure,
    one_line,
)
from app.models import CoachingRelationship, OutreachMessage, Person
from app.models.outreach import OutreachState
from app.models.relationships import RelationshipState
from app.people.schools.service import apply
from app.relationships.outreach.words import filled

#: the job's name
SEND = "outreach.send"
#: how long a mail server may be away; it is tried this often at least, also when it was our own
#: worker that was away
PATIENCE, FEWEST_TRIES = timedelta(days=3), 5
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)


async def deliver(session: AsyncSession, actor: Actor, message_id: UUID, mailer: Mailer) -> None:
    """Send one that is queued, or scheduled and due. Done already, taken back or deleted: nothing.
    Its row is locked meanwhile, so whoever takes it back comes before or after."""
    message: OutreachMessage | None = await session.scalar(
        select(OutreachMessage)
        .where(OutreachMessage.district_id == actor.district_id, OutreachMessage.id == message_id)
        .with_for_update()
    )
    waiting = (OutreachState.SCHEDULED.value, OutreachState.QUEUED.value)
    if message is None or message.state not in waiting or message.send_at is None:
        return
    early = message.send_at - clock.now()
    if early > timedelta(0):  # the job of a time it had before, or a clock beside the database's
        raise Later(early)
    teacher, lead = await _people(session, message)
    if hindrance := await _hindrance(session, message, teacher):
        _fail(session, actor, message, hindrance)
        return
    words = await filled(session, message)
    try:
        await mailer.send(_letter(message, teacher, lead, words))
    except CannotBeWritten:
        _fail(session, actor, message, "cannot_be_written")
    except (PermanentFailure, ValueError):  # an address that no letter can bear is refused here
        _fail(session, actor, message, "address_refused")
    except TemporaryFailure:
        _wait(session, actor, message)
    else:
        fields = {
            "subject": words.subject,
            "text": words.text,
            "answers": words.answers,
            "state": OutreachState.SENT.value,
            "sent_at": clock.now(),
        }
        apply(message, fields)
        record(session, actor, "outreach_message.sent", message, fields)


def _letter(message: OutreachMessage, teacher: Any, lead: Any, words: Any) -> Message:
    name = one_line(f"{lead.given_name} {lead.family_name}")
    return Message(
        id=message.id,
        to_name=one_line(f"{teacher.given_name} {teacher.family_name}"),
        to_address=teacher.email,
        from_name=name,
        reply_to_address=lead.email or None,
        reply_to_name=name,
        subject=words.subject,
        text=words.text,
    )


async def _people(session: AsyncSession, message: OutreachMessage) -> tuple[Any, Any]:
    rows = await session.execute(
        select(Person.id, Person.given_name, Person.family_name, Person.email, Person.active).where(
            Person.district_id == message.district_id,
            Person.id.in_([message.teacher_id, message.lead_id]),
        )
    )
    people = {row.id: row for row in rows}
    return people[message.teacher_id], people[message.lead_id]


async def _hindrance(session: AsyncSession, message: OutreachMessage, teacher: Any) -> str | None:
    """Why it does not go out any more."""
    coached = await session.scalar(
        select(CoachingRelationship.id).where(
            CoachingRelationship.district_id == message.district_id,
            CoachingRelationship.id == message.relationship_id,
            CoachingRelationship.state == RelationshipState.ACTIVE.value,
            CoachingRelationship.primary,
        )
    )
    if coached is None:
        return "coaching_not_active"
    if not teacher.active:
        return "teacher_not_active"
    return None if teacher.email else "teacher_without_email"


def _fail(session: AsyncSession, actor: Actor, message: OutreachMessage, failure: str) -> None:
    fields = {"state": OutreachState.FAILED.value, "failure": failure}
    apply(message, fields)
    record(session, actor, "outreach_message.failed", message, fields)


def _wait(session: AsyncSession, actor: Actor, message: OutreachMessage) -> None:
    """Try again later, or not any more. A try alone moves no version: nobody changed anything."""
    assert message.send_at is not None
    message.tries += 1
    if message.tries >= FEWEST_TRIES and clock.now() >= message.send_at + PATIENCE:
        _fail(session, actor, message, "mail_server_unreachable")
        return
    if message.state != OutreachState.QUEUED:
        fields = {"state": OutreachState.QUEUED.value}
        apply(message, fields)
        record(session, actor, "outreach_message.queued", message, fields)
    raise Later(wait_after(message.tries)) from None


def wait_after(tries: int) -> timedelta:
    """Twice as long each time, an hour at most, and less by chance, so that many do not come
    back at once."""
    longest = min(FIRST_WAIT * (1 << min(tries - 1, 20)), LONGEST_WAIT)
    return longest * random.uniform(0.5, 1)
