"""Coaching calendars and what stands on them; the suggested focus; a school's figures."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from app import models as m
from app.core import clock
from tests.access.table import (
    EVERYBODY,
    LISTS,
    READERS,
    anywhere,
    reads,
    step,
)

#: name → (teacher, lead, author, state)
CALENDARS = {
    "tom_calendar": ("tom", "lena", "lena", "active"),
    "tom_calendar_ended": ("tom", "lena", "tom", "ended"),
    "tom_before_calendar": ("tom", "luis", "luis", "ended"),
    "pia_calendar": ("pia", "lena", "pia", "active"),
    "olga_calendar": ("olga", "lena", "olga", "ended"),
    "olga_calendar_by_lena": ("olga", "lena", "lena", "ended"),
}
#: name → (calendar, kind, state)
ENTRIES = {
    "tom_entry": ("tom_calendar", "team_time", "planned"),
    "tom_entry_talk": ("tom_calendar", "one_on_one", "planned"),
    "tom_entry_done": ("tom_calendar", "team_time", "done"),
    "tom_entry_skipped": ("tom_calendar", "learning", "skipped"),
    "tom_entry_ended": ("tom_calendar_ended", "team_time", "planned"),
    "tom_entry_before": ("tom_before_calendar", "team_time", "planned"),
    "pia_entry": ("pia_calendar", "team_time", "planned"),
    "olga_entry": ("olga_calendar", "team_time", "planned"),
    "olga_entry_by_lena": ("olga_calendar_by_lena", "team_time", "planned"),
}
READERS.update(
    {
        **dict.fromkeys(("tom_calendar", "tom_calendar_ended"), "tom lena"),
        "tom_before_calendar": "tom",
        "pia_calendar": "pia lena",
        "olga_calendar": "olga",
        "olga_calendar_by_lena": "olga lena",
    }
)
READERS.update({name: READERS[calendar] for name, (calendar, _, _) in ENTRIES.items()})


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each; an entry lies today."""
    world = objects.world
    pairs = {}
    for name, (teacher, lead, author, state) in CALENDARS.items():
        pairs[name] = {
            "school_id": world.alder,
            "teacher_id": getattr(world, teacher),
            "lead_id": getattr(world, lead),
            "author_id": getattr(world, author),
        }
        await add(
            name,
            made(
                m.CoachingCalendar,
                **pairs[name],
                relationship_id=objects.ids[f"{lead}_{teacher}"],
                school_year_id=world.alder_year,
                template_id=world.ids["eight_week_cycle"],
                title=name,
                starts_on=date(2026, 10, 5),
                state=state,
            ),
        )
    for name, (calendar, kind, state) in ENTRIES.items():
        await add(
            name,
            made(
                m.CalendarEntry,
                **pairs[calendar],
                calendar_id=objects.ids[calendar],
                kind=kind,
                title="Bring a question to the team",
                on=clock.today("America/Denver"),
                until_on=clock.today("America/Denver"),
                state=state,
                reason="A trip." if state == "skipped" else None,
            ),
        )


reads("getCoachingCalendar", " ".join(CALENDARS))
reads("listCalendarEntries", "tom_calendar tom_before_calendar pia_calendar olga_calendar")
reads("getCalendarEntry", " ".join(ENTRIES))
LISTS["listCoachingCalendars"] = tuple(CALENDARS)
anywhere("listCoachingCalendars", EVERYBODY, query="limit=200")
anywhere(
    "createCoachingCalendar",
    "sam luis",
    409,  # whoever cannot see the coaching cannot tell that there is any
    lambda o: {
        "teacher_id": o["sam"],
        "template_id": o["eight_week_cycle"],
        "starts_on": "2026-10-06",
    },
    on="sam",
    status=201,
    others={403: "ada paul"},
)
#: both write while they work together; nobody while it is paused or over, or with another lead
_WRITE = {"tom_calendar": "tom lena", "tom_calendar_ended": "tom lena"}
for _operation, _verb, _body, _status in (
    ("updateCoachingCalendar", "edit", {"title": "Our autumn"}, 200),
    ("endCoachingCalendar", "end", None, 200),
    (
        "createCalendarEntry",
        "add_entry",
        {"kind": "team_time", "title": "One more", "on": "2026-10-20"},
        201,
    ),
):
    for _name, (*_, _state) in CALENDARS.items():
        _may = _WRITE.get(_name, "")
        step(
            _operation,
            _name,
            *((_may, "") if _state == "active" else ("", _may)),
            body=_body,
            status=_status,
            permission=_verb,
        )
for _operation, _verb, _from, _body in (
    ("updateCalendarEntry", "edit", "planned", {"title": "Another"}),
    ("skipCalendarEntry", "skip", "planned", {"reason": "A trip."}),
    ("planCalendarEntry", "plan", "done skipped", None),
    ("finishCalendarEntry", "finish", "planned", None),
):
    for _name, (_calendar, _kind, _state) in ENTRIES.items():
        _may = _WRITE.get(_calendar, "")
        _possible = _state in _from.split() and CALENDARS[_calendar][3] == "active"
        if _verb == "finish" and _kind != "team_time":
            _possible = False
        step(
            _operation,
            _name,
            *((_may, "") if _possible else ("", _may)),
            body=_body,
            permission=_verb,
        )
reads("getSuggestedFocus", "tom_scheduled tom_before_held pia_scheduled olga_held_by_lena")
reads("getCoachingFigures", "alder birch", {"alder": "ada paul", "birch": "ada bea"})


async def chapter(j: Any, w: Any) -> None:
    """Tom and Lena lay their cycle out in weeks."""
    new = {
        "teacher_id": str(w.tom),
        "template_id": str(w.ids["eight_week_cycle"]),
        "starts_on": "2026-10-06",
        "title": "Our first cycle",
    }
    made = await j.do(
        "createCoachingCalendar",
        "lena",
        body=new,
        forbidden="paul",
        conflict={"starts_on": "2027-05-20"},
    )
    at = {"calendar_id": made["id"]}
    await j.do("listCoachingCalendars", "tom", query={"state": "active", "limit": 2})
    made = await j.do(
        "updateCoachingCalendar",
        "tom",
        path=at,
        version=made["version"],
        body={"title": "Wait time, in eight weeks"},
    )
    await j.do("getCoachingCalendar", "lena", path=at)
    entry = await j.do(
        "createCalendarEntry",
        "tom",
        path=at,
        body={"kind": "team_time", "title": "Visit the arts team", "on": "2026-10-05"},
        conflict={"until_on": "2026-10-01"},
    )
    on = {"calendar_entry_id": entry["id"]}
    entry = await j.do(
        "updateCalendarEntry",
        "lena",
        path=on,
        version=entry["version"],
        body={"until_on": "2026-10-09"},
        conflict={"until_on": "2026-10-02"},
    )
    entry = await j.do("finishCalendarEntry", "tom", path=on, version=entry["version"])
    entry = await j.do("planCalendarEntry", "tom", path=on, version=entry["version"])
    entry = await j.do(
        "skipCalendarEntry",
        "lena",
        path=on,
        version=entry["version"],
        body={"reason": "The arts team is on a trip."},
    )
    await j.do("getCalendarEntry", "tom", path=on)
    await j.do("listCalendarEntries", "tom", path=at, query={"limit": 3})
    held = (await j.client("tom").get("/meetings", params={"limit": 1})).json()["items"]
    await j.do("getSuggestedFocus", "tom", path={"meeting_id": held[0]["id"]})
    await j.do("getCoachingFigures", "paul", path={"school_id": str(w.alder)})
    await j.do("endCoachingCalendar", "tom", path=at, version=made["version"])


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more calendar of Tom's, and one more entry on the one in use."""
    of_tom = {
        **home,
        "school_id": world.alder,
        "teacher_id": world.tom,
        "lead_id": world.lena,
        "author_id": world.tom,
    }
    used = await session.scalar(
        select(m.CoachingCalendar.id).where(
            m.CoachingCalendar.relationship_id == world.lena_tom,
            m.CoachingCalendar.state == "active",
        )
    )
    today = clock.today("UTC")
    calendar = m.CoachingCalendar(
        **of_tom,
        relationship_id=world.lena_tom,
        school_year_id=world.alder_year,
        template_id=world.ids["eight_week_cycle"],
        title=name,
        starts_on=today,
        state="ended" if used else "active",
    )
    calendar.id = clock.new_id()
    session.add(calendar)
    await session.flush()
    entry = m.CalendarEntry(
        **of_tom,
        calendar_id=used or calendar.id,
        kind="one_on_one",
        title=name,
        on=today,
        until_on=today + timedelta(days=4),
    )
    session.add(entry)
    await session.flush()


FIRSTS = (
    ("tom", "calendar_id", "/coaching-calendars?state=active"),
    ("tom", "calendar_entry_id", "/coaching-calendars/{calendar_id}/entries"),
)
