"""The demo's action steps, the bank they may come from, and coaching calendars.

What becomes of a step is told once the 1:1s were held, on whose agendas it came up.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.calendar import service as calendars
from app.calendar.entries import service as entries
from app.calendar.schemas import CoachingCalendarNew
from app.demo import feedback_content as words
from app.demo.feedback_content import CalendarWords, StepWords
from app.demo.telling import Telling
from app.feedback.bank import service as bank
from app.feedback.bank.schemas import ActionStepIdeaNew
from app.feedback.steps import service as steps
from app.feedback.steps.schemas import ActionStepNew
from app.models import ActionStep, ActionStepIdea, CalendarEntry

_ENDS = {"met": steps.meet, "not_met": steps.not_meet, "dropped": steps.drop}


async def fill_bank(telling: Telling) -> None:
    """What leads and a leader put into their schools' banks."""
    await telling.at((3, 1, "08:10"))
    for idea in words.IDEAS:
        by = await telling.as_(idea.by)
        new = ActionStepIdeaNew(
            school_id=telling.school_of(idea.by),
            indicator_id=telling.demo.indicators[idea.code],
            text=idea.text,
            practice=idea.practice or None,
        )
        made = await bank.add(telling.session, by, new.model_dump())
        telling.made[f"idea {idea.key}"] = made
        if idea.retired:
            await telling.passes(hours=1)
            version = await telling.version(ActionStepIdea, made)
            await bank.retire(telling.session, by, made, version)


async def agree(telling: Telling) -> None:
    """Every step, as far as the two practise it."""
    for step in words.STEPS:
        await _agree(telling, step)


async def _agree(telling: Telling, step: StepWords) -> None:
    session, made = telling.session, telling.made
    if step.when is not None:
        await telling.at(step.when)
    else:
        await telling.ago(step.ago, "16:10")
    today, by = telling.today(), await telling.as_(step.by)
    later = step.follow_up
    new = ActionStepNew(
        teacher_id=telling.demo.people[step.teacher],
        text=step.text or None,
        practice=step.practice or None,
        due_on=today + timedelta(days=step.due),
        follow_up_on=None if later is None else today + timedelta(days=later),
        indicator_id=telling.demo.indicators[step.code],
        idea_id=made[f"idea {step.idea}"] if step.idea else None,
        feedback_id=made[step.talk] if step.talk else None,
        adjustment_id=made[step.adjustment] if step.adjustment else None,
    )
    step_id = made[f"step {step.key}"] = await steps.propose(session, by, new.model_dump())
    if step.reached == "proposed":
        return
    await telling.passes(hours=1)
    lead = telling.lead_of(step.teacher)
    other = await telling.as_(lead if step.by == step.teacher else step.teacher)
    await steps.agree(session, other, step_id, await telling.version(ActionStep, step_id))
    if step.reached == "practising":
        await telling.passes(hours=20)
        teacher = await telling.as_(step.teacher)
        version = await telling.version(ActionStep, step_id)
        await steps.practise(session, teacher, step_id, version)


async def come_back(telling: Telling) -> None:
    """What became of them."""
    session = telling.session
    for step in words.STEPS:
        if step.end is None:
            continue
        when, how, seen = step.end
        await telling.at(when)
        teacher, step_id = await telling.as_(step.teacher), telling.made[f"step {step.key}"]
        version = await telling.version(ActionStep, step_id)
        if how == "carried_over":
            day = telling.today() + timedelta(days=14)
            again = {"due_on": day, "follow_up_on": day, "reason": seen}
            await steps.carry_over(session, teacher, step_id, version, again)
        else:
            await _ENDS[how](session, teacher, step_id, version, seen)


async def lay_out(telling: Telling) -> None:
    """The coaching calendars."""
    for calendar in words.CALENDARS:
        await _calendar(telling, calendar)


async def _calendar(telling: Telling, calendar: CalendarWords) -> None:
    await telling.at(calendar.when)
    lead = await telling.as_(telling.lead_of(calendar.teacher))
    new = CoachingCalendarNew(
        teacher_id=telling.demo.people[calendar.teacher],
        template_id=telling.templates["eight_week_cycle"],
        starts_on=telling.today(),
        cycle_id=telling.made[calendar.cycle],
        title=calendar.title,
    )
    made = await calendars.create(telling.session, lead, new.model_dump())
    there = await _entries(telling, lead, made)
    for title in calendar.done:
        await telling.at((4, 3, "16:10"))
        await entries.finish(telling.session, lead, there[title].id, there[title].version)
    for title, why in calendar.left_out:
        await telling.now()
        await entries.skip(telling.session, lead, there[title].id, there[title].version, why)


async def _entries(telling: Telling, lead: Actor, calendar_id: UUID) -> dict[str, Any]:
    found = await telling.session.scalars(
        visible(lead, Action.CALENDAR_ENTRY_READ, CalendarEntry).where(
            CalendarEntry.calendar_id == calendar_id
        ),
        lead.binds,
    )
    return {entry.title: entry for entry in found}
