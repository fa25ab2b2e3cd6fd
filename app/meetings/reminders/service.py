"""The rules of reminders: once when a next step is due soon and once when it is late, to who owns
it, in the morning where the school is."""

import random
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import case, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.views import read_one, view
from app.core import clock
from app.core.events import record
from app.core.jobs import Later, enqueue
from app.core.mail import (
    CannotBeWritten,
    Mailer,
    Message,
    PermanentFailure,
    TemporaryFailure,
    one_line,
)
from app.core.paging import Paging, page
from app.models import CoachingRelationship, NextStep, Person, Reminder, School, StepState
from app.models.relationships import RelationshipState
from app.models.reminders import ReminderKind
from app.people.district.service import policy

Page = tuple[list[Any], str | None]
#: the job's name
MAIL = "reminder.mail"
#: the hour of the school's morning before which nobody is reminded
MORNING = 7
#: how long after the latest reminder a mail server may be away; after that the list must do
PATIENCE = timedelta(days=3)
SHORTEST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
_AT_ONCE = 1000


async def list_reminders(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """The caller's reminders, the latest first."""
    statement = view(actor, Action.REMINDER_READ, Reminder).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[Reminder.id], descending=True)


async def read_reminder(session: AsyncSession, actor: Actor, reminder_id: UUID) -> Any:
    """One reminder."""
    statement = view(actor, Action.REMINDER_READ, Reminder)
    return await read_one(session, actor, statement, Reminder, reminder_id)


# --- writing them: the operator's own act, done every hour --------------------------------------


async def remind(session: AsyncSession, actor: Actor) -> int:
    """Write the reminders that are due in the district and have each person told by e-mail; how
    many there were. The unique index and the skipped conflict say that no step is reminded of
    twice, however often and by how many this is done."""
    days = (await policy(session, actor)).reminder_days
    made: list[Reminder] = []
    for today, schools in (await _mornings(session, actor)).items():
        due = await _due(session, actor, schools, today, today + timedelta(days=days))
        for first in range(0, len(due), _AT_ONCE):
            made += await _write(session, actor, due[first : first + _AT_ONCE])
    told = set()
    for reminder in made:
        record(session, actor, "reminder.made", reminder)
        if reminder.person_id not in told:
            told.add(reminder.person_id)
            await enqueue(session, MAIL, actor.district_id, reminder.person_id)
    return len(made)


async def _mornings(session: AsyncSession, actor: Actor) -> dict[date, list[UUID]]:
    """The schools where the morning has begun, by the day it is there."""
    rows = await session.execute(
        select(School.id, School.zone).where(School.district_id == actor.district_id)
    )
    found: dict[date, list[UUID]] = {}
    for row in rows:
        if clock.hour(row.zone) >= MORNING:
            found.setdefault(clock.today(row.zone), []).append(row.id)
    return found


#: a step is its teacher's, or that of the lead who coaches the teacher now
_OWED = or_(
    NextStep.owner_id == NextStep.teacher_id,
    exists()
    .where(
        CoachingRelationship.district_id == NextStep.district_id,
        CoachingRelationship.teacher_id == NextStep.teacher_id,
        CoachingRelationship.lead_id == NextStep.owner_id,
        CoachingRelationship.primary,
        CoachingRelationship.state == RelationshipState.ACTIVE.value,
    )
    .correlate(NextStep),
)


async def _due(
    session: AsyncSession, actor: Actor, schools: list[UUID], today: date, until: date
) -> list[Any]:
    """Open steps of these schools that are late or due by a day, and not reminded of yet."""
    kind = case(
        (NextStep.due_on < today, literal(ReminderKind.OVERDUE.value)),
        else_=literal(ReminderKind.DUE_SOON.value),
    )
    reminded = exists().where(
        Reminder.district_id == NextStep.district_id,
        Reminder.step_id == NextStep.id,
        Reminder.person_id == NextStep.owner_id,
        Reminder.kind == kind,
        Reminder.due_on == NextStep.due_on,
    )
    rows = await session.execute(
        select(NextStep.id, NextStep.owner_id, NextStep.due_on, kind.label("kind"))
        .join(
            Person,
            (Person.district_id == NextStep.district_id) & (Person.id == NextStep.owner_id),
        )
        .where(
            NextStep.district_id == actor.district_id,
            NextStep.school_id.in_(schools),
            NextStep.state == StepState.OPEN.value,
            NextStep.due_on <= until,
            Person.active,
            _OWED,
            ~reminded,
        )
        .order_by(NextStep.due_on, NextStep.id)
    )
    return list(rows)


async def _write(session: AsyncSession, actor: Actor, steps: Iterable[Any]) -> list[Reminder]:
    """Insert one for each step; those that somebody else has just written are left out."""
    drafts = {
        reminder.id: reminder
        for reminder in (
            Reminder(
                district_id=actor.district_id,
                id=clock.new_id(),
                person_id=step.owner_id,
                step_id=step.id,
                kind=step.kind,
                due_on=step.due_on,
                created_at=clock.now(),
            )
            for step in steps
        )
    }
    columns = ("district_id", "id", "person_id", "step_id", "kind", "due_on", "created_at")
    values = [{name: getattr(row, name) for name in columns} for row in drafts.values()]
    written = await session.scalars(
        insert(Reminder).values(values).on_conflict_do_nothing().returning(Reminder.id)
    )
    return [drafts[row_id] for row_id in written]


# --- telling by e-mail: a job -------------------------------------------------------------------


async def mail(session: AsyncSession, actor: Actor, person_id: UUID, mailer: Mailer) -> None:
    """Tell a person by e-mail how many of their next steps are due, all that no e-mail told of yet
    in one, and once a day at most. Nothing where no mail is set up, nothing to who turned it off,
    nothing of what is done meanwhile. It names no step and nobody else. No row is locked while the
    mail server is spoken to."""
    if not mailer.configured:
        return
    lock = func.hashtextextended(f"{MAIL} {person_id}", 0)
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(lock))):
        raise Later(SHORTEST_WAIT)  # another job tells the same person just now
    person = await session.scalar(
        select(Person).where(Person.district_id == actor.district_id, Person.id == person_id)
    )
    if person is None or not (person.active and person.mail_reminders and person.email):
        return
    reminders = await _untold(session, person)
    if not reminders:
        return
    if await _told_today(session, actor, person_id):
        raise Later(_to_morning(actor.zone))
    try:
        await mailer.send(_letter(person, reminders, mailer.app_url))
    except (CannotBeWritten, PermanentFailure, ValueError):
        return  # the list of reminders has them all the same
    except TemporaryFailure:
        age = clock.now() - max(reminder.created_at for reminder in reminders)
        if age < PATIENCE:
            wait = min(max(age, SHORTEST_WAIT), LONGEST_WAIT)
            raise Later(wait * random.uniform(0.5, 1)) from None
        return
    for reminder in reminders:
        reminder.mailed_at = clock.now()
        record(session, actor, "reminder.mailed", reminder, ("mailed_at",))


async def _told_today(session: AsyncSession, actor: Actor, person_id: UUID) -> bool:
    """Whether an e-mail went to the person on this day of the district."""
    last = await session.scalar(
        select(func.max(Reminder.mailed_at)).where(
            Reminder.district_id == actor.district_id, Reminder.person_id == person_id
        )
    )
    return last is not None and clock.day_of(last, actor.zone) >= clock.today(actor.zone)


def _to_morning(zone: str) -> timedelta:
    """How long it is to the next day's morning."""
    tomorrow = clock.today(zone) + timedelta(days=1)
    return datetime.combine(tomorrow, time(MORNING), ZoneInfo(zone)) - clock.now()


async def _untold(session: AsyncSession, person: Person) -> list[Reminder]:
    """The person's reminders of steps that are still open and theirs."""
    rows = await session.scalars(
        select(Reminder)
        .join(
            NextStep,
            (NextStep.district_id == Reminder.district_id) & (NextStep.id == Reminder.step_id),
        )
        .where(
            Reminder.district_id == person.district_id,
            Reminder.person_id == person.id,
            Reminder.mailed_at.is_(None),
            NextStep.state == StepState.OPEN.value,
            NextStep.due_on == Reminder.due_on,
            NextStep.owner_id == person.id,
            _OWED,
        )
        .order_by(Reminder.id)
    )
    return list(rows)


def _letter(person: Person, reminders: list[Reminder], url: str) -> Message:
    """The e-mail. Its id is the first reminder's, which is in no other e-mail that arrived."""
    late = {row.step_id for row in reminders if row.kind == ReminderKind.OVERDUE.value}
    soon = {row.step_id for row in reminders} - late
    counts = [
        f"{len(steps)} {words}" for steps, words in ((soon, "due soon"), (late, "overdue")) if steps
    ]
    told = " and ".join(counts)
    return Message(
        id=reminders[0].id,
        to_name=one_line(f"{person.given_name} {person.family_name}"),
        to_address=person.email or "",
        subject=f"Your next steps: {told}",
        text=f"Hello {one_line(person.given_name)},\n\nyour next steps: {told}.\n\n"
        f"You find them here: {url}\n\n"
        "You can turn these e-mails off in your own settings; the reminders stay in your list.",
    )
