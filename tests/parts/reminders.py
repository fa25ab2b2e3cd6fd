"""Reminders: Tom's of his own step, and Lena's of hers."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from app import models as m
from app.access.actor import Actor
from app.auth import keys
from app.meetings.reminders.service import remind
from tests.access.table import JUNIPER, LISTS, READERS, anywhere, reads

#: name → (person, step)
REMINDERS = {"tom_reminder": ("tom", "tom_step"), "lena_reminder": ("lena", "tom_step_done")}
READERS.update({"tom_reminder": "tom", "lena_reminder": "lena"})


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each."""
    for name, (person, step) in REMINDERS.items():
        await add(
            name,
            made(
                m.Reminder,
                person_id=objects.ids[person],
                step_id=objects.ids[step],
                kind="due_soon",
                due_on=date(2026, 12, 1),
            ),
        )


reads("getReminder", " ".join(REMINDERS))
LISTS["listReminders"] = tuple(REMINDERS)
anywhere("listReminders", JUNIPER + " zoe yan xav wes", query="limit=200")


async def chapter(j: Any, w: Any) -> None:
    """Tom is reminded of what he promised."""
    meeting = await j.do(
        "createMeeting",
        "tom",
        body={"on": "2026-10-05", "at": "10:00"},
    )
    at = {"meeting_id": meeting["id"]}
    await j.do("startMeeting", "tom", path=at, version=meeting["version"])
    await j.do(
        "createNextStep",
        "tom",
        path=at,
        body={
            "owner_id": str(w.tom),
            "text": "Write down the three questions of the week.",
            "due_on": "2026-10-06",
        },
    )
    async with j.live.app.state.database.writing() as session:
        await keys.enter(session, w.juniper)
        await remind(session, Actor.operator(w.juniper, "America/Denver"))
        await session.commit()
    found = await j.do("listReminders", "tom", query={"limit": 2})
    await j.do("getReminder", "tom", path={"reminder_id": found["items"][0]["id"]})


async def grow(session: Any, world: Any, home: Any, _name: str) -> None:
    """One more of Tom's."""
    step = await session.scalar(
        select(m.NextStep.id).where(m.NextStep.owner_id == world.tom).limit(1)
    )
    count = await session.scalar(select(func.count()).select_from(m.Reminder))
    session.add(
        m.Reminder(
            **home,
            person_id=world.tom,
            step_id=step,
            kind="overdue",
            due_on=date(2026, 10, 1) - timedelta(days=count or 0),
        )
    )
    await session.flush()


FIRSTS = (("tom", "reminder_id", "/reminders"),)
