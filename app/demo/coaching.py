"""The 1:1s of the demo and its request for help, as its people would do them."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.demo.coaching_content import HELP, UPDATES, Rhythm
from app.demo.content import ZONE
from app.meetings import service as meetings
from app.meetings.agenda import service as agenda
from app.meetings.feedback import service as feedback
from app.meetings.series import service as series
from app.meetings.series.schemas import MeetingSeriesNew
from app.meetings.steps import service as steps
from app.meetings.steps.schemas import NextStepNew
from app.models import ActionStep, AgendaItem, Meeting
from app.models.meetings import AgendaState, MeetingState
from app.support import service as support
from app.support.schemas import SupportEntryNew
from app.support.updates import service as updates


class Story(Protocol):
    """The time of the demo, and when it begins and ends."""

    at: datetime
    begin: datetime
    end: datetime


class Demo(Protocol):
    """What of the demo's loading is used here."""

    session: AsyncSession
    people: dict[str, UUID]
    leads: dict[str, str]

    @property
    def story(self) -> Story:
        """Its time."""

    async def acting(self, name: str) -> Actor:
        """A person as the program would load them."""


async def begin(demo: Demo, rhythm: Rhythm) -> None:
    """The rhythm, as the lead begins it: from next week on, so that every week is whole."""
    today = clock.today(ZONE)
    first = today + timedelta(days=7 - today.weekday() + rhythm.weekday)
    fields = MeetingSeriesNew(
        teacher_id=demo.people[rhythm.teacher],
        first_on=first,
        at=rhythm.at,
        every_weeks=rhythm.every_weeks,
    )
    lead = await demo.acting(demo.leads[rhythm.teacher])
    made = await series.create(demo.session, lead, fields.model_dump())
    if rhythm.led_by == "lead":  # which is the teacher's to say
        teacher = await demo.acting(rhythm.teacher)
        await series.change(demo.session, teacher, made, 1, {"led_by": rhythm.led_by})


async def hold(demo: Demo, rhythm: Rhythm) -> None:
    """What came of the meetings that are past, each at its own time, and the next agenda."""
    after = demo.story.at
    teacher = await demo.acting(rhythm.teacher)
    lead = await demo.acting(demo.leads[rhythm.teacher])
    own = visible(teacher, Action.MEETING_READ, Meeting).where(
        Meeting.teacher_id == teacher.id, Meeting.state == MeetingState.SCHEDULED.value
    )
    rows = list(await demo.session.scalars(own.order_by(Meeting.starts_at), teacher.binds))
    for number, meeting in enumerate(rows):
        if meeting.starts_at > after:
            break
        demo.story.at = meeting.starts_at
        await _meeting(demo, rhythm, number, meeting, teacher, lead)
    demo.story.at = after
    coming = [row for row in rows if row.state == MeetingState.SCHEDULED]
    if coming and rhythm.agenda:
        await agenda.add(demo.session, teacher, coming[0].id, rhythm.agenda[-1])


async def _meeting(
    demo: Demo, rhythm: Rhythm, number: int, meeting: Meeting, teacher: Actor, lead: Actor
) -> None:
    session = demo.session
    if number == 2 and rhythm.third == "missed":
        await meetings.miss(session, lead, meeting.id, meeting.version)
        return
    if number == 2 and rhythm.third == "skipped":
        why = "At a conference"
        await meetings.skip(session, teacher, meeting.id, meeting.version, skip="leave", reason=why)
        return
    items = [
        await agenda.add(session, writer, meeting.id, words[number % len(words)])
        for writer, words in ((teacher, rhythm.agenda), (lead, rhythm.from_lead))
        if words
    ]
    await meetings.start(session, teacher, meeting.id, meeting.version)
    if rhythm.comes_back:
        for item_id in await _follow_ups(session, lead, meeting):
            await agenda.discuss(session, lead, item_id, 1)
    if number % 3 != 1:
        for item_id in items:
            await agenda.discuss(session, lead, item_id, 1)
    if rhythm.steps:
        step = NextStepNew(
            owner_id=teacher.id,
            text=rhythm.steps[number % len(rhythm.steps)],
            due_on=meeting.on + timedelta(days=7 * rhythm.every_weeks),
        )
        step_id = await steps.add(session, teacher, meeting.id, step.model_dump())
        if number % 2 == 0:
            await steps.finish(session, teacher, step_id, 1)
    await meetings.complete(
        session, lead, meeting.id, meeting.version, no_next_steps=not rhythm.steps
    )
    if number < len(rhythm.marks):
        structure, of_content = rhythm.marks[number]
        given = {"structure": structure, "content": of_content, "word": rhythm.word}
        await feedback.give(session, teacher, meeting.id, given)


async def _follow_ups(session: AsyncSession, actor: Actor, meeting: Meeting) -> list[UUID]:
    """What action steps put on the agenda by themselves."""
    steps_seen = visible(actor, Action.ACTION_STEP_READ, ActionStep)
    found = await session.scalars(
        visible(actor, Action.AGENDA_READ, AgendaItem)
        .with_only_columns(AgendaItem.id)
        .where(
            AgendaItem.meeting_id == meeting.id,
            AgendaItem.state == AgendaState.OPEN.value,
            AgendaItem.id.in_(steps_seen.with_only_columns(ActionStep.agenda_item_id)),
        ),
        actor.binds,
    )
    return list(found)


async def ask_for_help(demo: Demo) -> None:
    """A request for help that is being worked on, and what a leader was told."""
    session, words = demo.session, HELP
    lead = await demo.acting(words.lead)
    request_id = await support.raise_request(
        session,
        lead,
        about_id=demo.people[words.about],
        recipient_ids=[demo.people[name] for name in words.named],
        text=words.text,
    )
    helper = await demo.acting(words.named[0])
    await support.acknowledge(session, helper, request_id, 1)
    await support.start(session, helper, request_id, 2)
    for name, kind, text in words.said:
        entry = SupportEntryNew(kind="solution" if kind == "solution" else "message", text=text)
        await support.write(session, await demo.acting(name), request_id, entry.model_dump())
    for name, about, leader, text, teacher_may_read in UPDATES:
        fields = {
            "about_id": demo.people[about],
            "leader_id": demo.people[leader],
            "text": text,
            "teacher_may_read": teacher_may_read,
        }
        await updates.tell(session, await demo.acting(name), fields)
