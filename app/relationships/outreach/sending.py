"""Sending outreach, as a job: at least once under one Message-ID, and recorded once.

The words are filled when a mail server took them, in the transaction that says so. Until then the
record keeps its placeholders, and whatever goes wrong loses nothing.

A mail server may take its time, and the row is not locked meanwhile: coaching that ends waits for
nothing. What is true is written: a letter that a server took was sent, also when the coaching ended
while it was on its way. Its lead cannot take it back in those seconds, which is said at once; so no
letter that was taken back, and perhaps written anew, is ever found to have been sent.
"""

import hashlib
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.errors import Conflict
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
from app.relationships.outreach.words import Words, filled

#: the job's name
SEND = "outreach.send"
#: how long a mail server may be away; it is tried this often at least, also when it was our own
#: worker that was away
PATIENCE, FEWEST_TRIES = timedelta(days=3), 5
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)


_WAITING = (OutreachState.SCHEDULED.value, OutreachState.QUEUED.value)
#: what a letter that a server took makes of these is `sent`: it waited, or the coaching ended
_ON_ITS_WAY = (*_WAITING, OutreachState.DRAFT.value)
#: how soon a job looks again that found the letter in the hands of another, or being taken back
_SOON = timedelta(seconds=5)


class OutreachBeingSent(Conflict):
    """The letter is being handed to a mail server at this moment."""

    code, title = "outreach_being_sent", "It is being sent at this moment"
    next_step = "Read it again in a minute: it was sent, or it waits and can be taken back."


async def hold(session: AsyncSession, message_id: UUID) -> bool:
    """Have the sending of a message to oneself until the transaction ends; False when it is
    another's. It locks no row."""
    number = hashlib.sha256(f"{SEND} {message_id}".encode()).digest()[:8]
    lock = func.pg_try_advisory_xact_lock(int.from_bytes(number, "big", signed=True))
    return bool(await session.scalar(select(lock)))


async def deliver(session: AsyncSession, actor: Actor, message_id: UUID, mailer: Mailer) -> None:
    """Send one that is queued, or scheduled and due. Done already, taken back or deleted: nothing.
    Its row is locked only once the mail server has answered."""
    if not await hold(session, message_id):
        raise Later(_SOON)
    message = await _read(session, actor, message_id)
    if message is None or message.state not in _WAITING or message.send_at is None:
        return
    early = message.send_at - clock.now()
    if early > timedelta(0):  # the job of a time it had before, or a clock beside the database's
        raise Later(early)
    teacher, lead = await people(session, message)
    failure = await _hindrance(session, message, teacher, lead)
    words = await filled(session, message)
    if failure is None and (words.missing or words.too_long):
        failure = "cannot_be_written"  # a name has changed since
    taken = False
    if failure is None:
        try:
            await mailer.send(_letter(message, teacher, lead, words))
            taken = True
        except CannotBeWritten:
            failure = "cannot_be_written"
        except (PermanentFailure, ValueError):  # an address that no letter can bear
            failure = "address_refused"
        except TemporaryFailure:
            pass
    now = await _read(session, actor, message_id, locked=True)
    if now is None or now.state not in (_ON_ITS_WAY if taken else _WAITING):
        return
    if failure is not None:
        _fail(session, actor, now, failure)
    elif taken:
        _sent(session, actor, now, words)
    else:
        _wait(session, actor, now)


async def _read(
    session: AsyncSession, actor: Actor, message_id: UUID, *, locked: bool = False
) -> OutreachMessage | None:
    statement = select(OutreachMessage).where(
        OutreachMessage.district_id == actor.district_id, OutreachMessage.id == message_id
    )
    if locked:  # anew: others may have changed it meanwhile
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found: OutreachMessage | None = await session.scalar(statement)
    return found


def _sent(session: AsyncSession, actor: Actor, message: OutreachMessage, words: Words) -> None:
    fields = {
        "subject": words.subject,
        "text": words.text,
        "answers": words.answers,
        "state": OutreachState.SENT.value,
        "sent_at": clock.now(),
    }
    apply(message, fields)
    record(session, actor, "outreach_message.sent", message, fields)


def _letter(message: OutreachMessage, teacher: Any, lead: Any, words: Words) -> Message:
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


async def people(session: AsyncSession, message: OutreachMessage) -> tuple[Any, Any]:
    """Teacher and lead of an outreach."""
    rows = await session.execute(
        select(Person.id, Person.given_name, Person.family_name, Person.email, Person.active).where(
            Person.district_id == message.district_id,
            Person.id.in_([message.teacher_id, message.lead_id]),
        )
    )
    people = {row.id: row for row in rows}
    return people[message.teacher_id], people[message.lead_id]


def addresses(teacher: Any, lead: Any) -> bytes:
    """Whom a letter was meant for and who gets the answer, so that a change can be told and the
    addresses are not kept a second time."""
    return hashlib.sha256(f"{teacher.email or ''}\n{lead.email or ''}".encode()).digest()


async def _hindrance(
    session: AsyncSession, message: OutreachMessage, teacher: Any, lead: Any
) -> str | None:
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
    if not teacher.email:
        return "teacher_without_email"
    # whoever changes an address must not get what was meant for the one before
    return None if message.addresses == addresses(teacher, lead) else "address_changed"


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
