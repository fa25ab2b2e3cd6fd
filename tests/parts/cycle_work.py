"""What is done in a learning cycle: activities, the application plan, adjustments, evidence of
their use, reflections, and how far each one is."""

from datetime import date
from typing import Any

from sqlalchemy import select

from app import models as m
from app.auth import keys
from app.core import clock
from tests.access.table import (
    ACTIVITY,
    EVERYBODY,
    LISTS,
    READERS,
    _minus,
    anywhere,
    reads,
    step,
)

FIRST = "Oldest"
#: name → (teacher or team, the lead it was written with, author, state)
CYCLES: dict[str, tuple[str, str | None, str, str]] = {
    "work_learning": ("tom", "lena", "tom", "learning"),
    "work_applied": ("tom", "lena", "lena", "application"),
    "work_reflected": ("tom", "lena", "tom", "reflection"),
    "work_halted": ("tom", "lena", "tom", "paused"),
    "work_before": ("tom", "luis", "tom", "application"),
    "work_pia": ("pia", "lena", "pia", "application"),
    "work_olga": ("olga", "lena", "lena", "application"),
    "work_maths": ("maths", None, "lena", "application"),
    "work_maths_new": ("maths", None, "lena", "learning"),
    "work_maths_late": ("maths", None, "lena", "reflection"),
}
_TEAM = "tom nina lena paul"
READERS.update(
    {
        **dict.fromkeys(
            ("work_learning", "work_applied", "work_reflected", "work_halted"), "tom lena"
        ),
        "work_before": "tom",
        "work_pia": "pia lena",
        "work_olga": "olga lena",
        **dict.fromkeys(("work_maths", "work_maths_new", "work_maths_late"), _TEAM),
    }
)
#: who writes what is common
_COMMON = {
    "tom": "tom lena",
    "maths": "tom nina lena",
}
#: name → (cycle, state, the day it was done or is for)
ACTIVITIES: dict[str, tuple[str, str, str]] = {
    "learn_planned": ("work_applied", "planned", "2026-07-21"),
    "learn_done": ("work_applied", "done", "2026-07-22"),
    "learn_dropped": ("work_learning", "dropped", "2026-07-23"),
    "learn_halted": ("work_halted", "planned", "2026-07-24"),
    "learn_before": ("work_before", "planned", "2026-07-27"),
    "learn_pia": ("work_pia", "done", "2026-07-28"),
    "learn_olga": ("work_olga", "done", "2026-07-29"),
    "learn_maths": ("work_maths", "planned", "2026-07-18"),
    "learn_maths_done": ("work_maths", "done", "2026-07-19"),
}
READERS.update({name: READERS[cycle] for name, (cycle, _, _) in ACTIVITIES.items()})
#: that a pair learns is known to its school's leaders; a team's learning is nobody's coaching
ACTIVITY.update(
    {
        **dict.fromkeys(
            ("learn_planned", "learn_done", "learn_dropped", "learn_halted"), "tom lena paul"
        ),
        "learn_before": "tom paul",
        "learn_pia": "pia lena paul",
        "learn_olga": "olga paul",
        "learn_maths": "",
        "learn_maths_done": "",
    }
)
LISTS["listActivity"] = (*LISTS["listActivity"], *ACTIVITIES)
#: name → (cycle, teacher, lead, author, whether the team reads it, state)
ADJUSTMENTS: dict[str, tuple[str, str, str | None, str, bool, str]] = {
    "tries_tom": ("work_applied", "tom", "lena", "lena", False, "open"),
    "tries_tom_dropped": ("work_applied", "tom", "lena", "tom", False, "dropped"),
    "tries_halted": ("work_halted", "tom", "lena", "tom", False, "open"),
    "tries_before": ("work_before", "tom", "luis", "tom", False, "open"),
    "tries_pia": ("work_pia", "pia", "lena", "pia", False, "open"),
    "tries_olga": ("work_olga", "olga", "lena", "olga", False, "open"),
    "tries_olga_by_lena": ("work_olga", "olga", "lena", "lena", False, "open"),
    "own_tom": ("work_maths", "tom", "lena", "tom", False, "open"),
    "own_tom_alone": ("work_maths_late", "tom", None, "tom", False, "open"),
    "own_nina_open": ("work_maths", "nina", "lena", "nina", True, "open"),
    "own_sam_left": ("work_maths", "sam", "luis", "sam", False, "open"),
}
READERS.update(
    {
        **dict.fromkeys(("tries_tom", "tries_tom_dropped", "tries_halted", "own_tom"), "tom lena"),
        **dict.fromkeys(("tries_before", "own_tom_alone"), "tom"),
        "tries_pia": "pia lena",
        "tries_olga": "olga",
        "tries_olga_by_lena": "olga lena",
        "own_nina_open": "nina tom lena",
        "own_sam_left": "sam luis",
    }
)
#: name → the adjustment it shows, and its author
USES: dict[str, tuple[str, str]] = {
    "shows_tom": ("tries_tom", "tom"),
    "shows_tom_by_lena": ("tries_tom", "lena"),
    "shows_halted": ("tries_halted", "tom"),
    "shows_before": ("tries_before", "tom"),
    "shows_pia": ("tries_pia", "pia"),
    "shows_olga": ("tries_olga", "olga"),
    "shows_olga_by_lena": ("tries_olga_by_lena", "lena"),
    "shows_own_tom": ("own_tom", "tom"),
    "shows_own_nina": ("own_nina_open", "nina"),
    "shows_own_sam": ("own_sam_left", "sam"),
}
READERS.update({name: READERS[adjustment] for name, (adjustment, _) in USES.items()})
#: name → (cycle, author, state)
REFLECTIONS: dict[str, tuple[str, str, str]] = {
    "says_tom": ("work_applied", "tom", "draft"),
    "says_lena": ("work_applied", "lena", "draft"),
    "said_tom": ("work_reflected", "tom", "shared"),
    "said_lena": ("work_reflected", "lena", "shared"),
    "says_pia": ("work_pia", "pia", "draft"),
    "said_pia_by_lena": ("work_pia", "lena", "shared"),
    "said_olga": ("work_olga", "olga", "shared"),
    "said_olga_by_lena": ("work_olga", "lena", "shared"),
    "says_before": ("work_before", "luis", "draft"),
    "says_maths_tom": ("work_maths", "tom", "draft"),
    "says_maths_nina": ("work_maths", "nina", "draft"),
    "says_maths_lena": ("work_maths", "lena", "draft"),
    "said_maths_nina": ("work_maths_late", "nina", "shared"),
    "said_maths_sam": ("work_maths_late", "sam", "shared"),
}
READERS.update(
    {
        **{name: who for name, (_, who, state) in REFLECTIONS.items() if state == "draft"},
        **dict.fromkeys(("said_tom", "said_lena"), "tom lena"),
        "said_pia_by_lena": "pia lena",
        "said_olga": "olga",
        "said_olga_by_lena": "olga lena",
        "said_maths_nina": "tom nina lena",
        # somebody who left the team keeps their own words
        "said_maths_sam": "tom nina lena sam",
    }
)
_WORDS = {
    "on_self": "I wait longer.",
    "on_process": "Seeing it done helped most.",
    "on_students": "More of them answer.",
}


def cycle_of(world: Any, whose: str, lead: str | None, **fields: Any) -> m.LearningCycle:
    """A cycle of a teacher or the maths team."""
    team = whose == "maths"
    state = fields.setdefault("state", "application")
    # where a paused one stopped
    fields.setdefault("phase", "application" if state == "paused" else state)
    fields.setdefault("author_id", world.lena)
    return m.LearningCycle(
        district_id=world.juniper,
        id=clock.new_id(),
        level="team" if team else "individual",
        school_id=world.alder,
        school_year_id=world.alder_year,
        team_id=world.maths if team else None,
        teacher_id=None if team else getattr(world, whose),
        lead_id=getattr(world, lead) if lead else None,
        **fields,
    )


def _owners(objects: Any, name: str, author: str) -> dict[str, Any]:
    """The columns of what is the two's, or common in the team."""
    whose, lead, _, _ = CYCLES[name]
    team = whose == "maths"
    world = objects.world
    return {
        "cycle_id": objects.ids[name],
        "level": "team" if team else "individual",
        "school_id": world.alder,
        "team_id": world.maths if team else None,
        "teacher_id": None if team else getattr(world, whose),
        "lead_id": getattr(world, lead) if lead else None,
        "author_id": getattr(world, author),
    }


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each."""
    world = objects.world
    for number, (name, (whose, lead, author, state)) in enumerate(CYCLES.items()):
        fields = {"number": 40 + number, "title": name, "state": state}
        author_id = getattr(world, author)
        await add(name, cycle_of(world, whose, lead, author_id=author_id, **fields))
        if whose == "maths":
            for person in ("tom", "nina", "sam"):
                await add(
                    f"{name}_{person}",
                    made(
                        m.CycleMember,
                        cycle_id=objects.ids[name],
                        school_id=world.alder,
                        team_id=world.maths,
                        person_id=getattr(world, person),
                        left_on=date(2026, 9, 30) if person == "sam" else None,
                    ),
                )
    for name, (cycle, state, on) in ACTIVITIES.items():
        day = date.fromisoformat(on)
        await add(
            name,
            made(
                m.CycleActivity,
                **_owners(objects, cycle, CYCLES[cycle][2]),
                approach="modelling",
                title=name,
                who="lead",
                state=state,
                on=day,
                done_on=day if state == "done" else None,
                reason="No time." if state == "dropped" else None,
            ),
        )
        objects.days[on] = name
    for name, (cycle, teacher, lead, author, opened, state) in ADJUSTMENTS.items():
        whose = {
            **_owners(objects, cycle, author),
            "level": "individual",
            "team_id": world.maths if opened else None,
            "teacher_id": getattr(world, teacher),
            "lead_id": getattr(world, lead) if lead else None,
        }
        reason = "It was too much." if state == "dropped" else None
        await add(name, made(m.CycleAdjustment, text=name, state=state, reason=reason, **whose))
        for use, (of, by) in USES.items():
            if of == name:
                await add(
                    use,
                    made(
                        m.CycleUse,
                        adjustment_id=objects.ids[name],
                        kind="video",
                        url="https://video.example/1",
                        on=date(2026, 10, 1),
                        text="Five seconds after each question.",
                        **{**whose, "author_id": getattr(world, by)},
                    ),
                )
    for name, (cycle, author, state) in REFLECTIONS.items():
        await add(
            name,
            made(
                m.CycleReflection,
                **_owners(objects, cycle, author),
                **_WORDS,
                state=state,
                shared_at=clock.now() if state == "shared" else None,
            ),
        )


def _may(cycle: str) -> str:
    """Who writes what is common in a cycle: nobody while the coaching is paused or over."""
    return "" if cycle in ("work_before", "work_pia", "work_olga") else _COMMON[CYCLES[cycle][0]]


_APPLY = {"application": "trying_with_students", "impact_by": ["video", "tracker"]}
_LEARN = {"approach": "modelling", "title": "Wait time, seen", "who": "lead"}
_TRY = {"text": "Count to five before taking an answer."}
_SHOWN: dict[str, Any] = {
    "kind": "tracker",
    "url": "https://tracker.example/7",
    "on": "2026-10-02",
    "text": "Nine of ten questions.",
}
for _cycle, (_whose, _, _, _state) in CYCLES.items():
    reads("listCycleActivities", _cycle)
    reads("getApplicationPlan", _cycle)
    reads("listAdjustmentsOfCycle", _cycle)
    reads("listUsesOfCycle", _cycle)
    reads("listCycleReflections", _cycle)
    step("getCycleProgress", _cycle, _minus(READERS[_cycle], "paul"), permission="read_progress")
    _who = _may(_cycle)
    _early = _state in ("learning", "application")
    for _operation, _verb, _body, _status in (
        ("updateApplicationPlan", "plan_application", _APPLY, 200),
        ("createCycleActivity", "add_activity", _LEARN, 201),
    ):
        step(
            _operation,
            _cycle,
            *((_who, "") if _early else ("", _who)),
            body=_body,
            status=_status,
            permission=_verb,
        )
    # in a team's cycle a member, for themselves
    _own = "tom nina" if _whose == "maths" else _who
    step(
        "createCycleAdjustment",
        _cycle,
        *((_own, "") if _early else ("", _own)),
        body=_TRY,
        status=201,
        permission="add_adjustment",
    )
    _tried = {"work_maths": "own_tom", "work_reflected": "tries_tom"}.get(_cycle, "tries_tom")
    _can = {"work_applied": "tom lena", "work_maths": "tom"}.get(_cycle, "")
    step(
        "createCycleUse",
        _cycle,
        _can,
        _minus(_own, _can),  # not in this phase, or the adjustment is another's
        body=lambda o, tried=_tried: {**_SHOWN, "adjustment_id": o[tried]},
        status=201,
        permission="add_use",
    )
    # where there is a draft of each
    _can = _who if _cycle in ("work_applied", "work_maths") else ""
    if _cycle != "work_maths_late":
        step(
            "replaceCycleReflection",
            _cycle,
            _can,
            _minus(_who, _can),
            body={"on_self": "I wait."},
            permission="reflect",
        )
reads("getCycleActivity", " ".join(ACTIVITIES))
for _name, (_cycle, _state, _) in ACTIVITIES.items():
    _who = _may(_cycle)
    _runs = _cycle != "work_halted"
    for _operation, _verb, _from, _body in (
        ("updateCycleActivity", "edit", "planned", {"title": "Another"}),
        ("finishCycleActivity", "finish", "planned", {"takeaway": "Silence is work."}),
        ("dropCycleActivity", "drop", "planned", {"reason": "No time."}),
        ("reopenCycleActivity", "reopen", "done dropped", None),
    ):
        _given = (_who, "") if _runs and _state in _from.split() else ("", _who)
        step(_operation, _name, *_given, body=_body, permission=_verb)
reads("getCycleAdjustment", " ".join(ADJUSTMENTS))
for _name, (_cycle, _teacher, _, _, _opened, _state) in ADJUSTMENTS.items():
    _part = _name.startswith("own_")
    _who = (_minus(_teacher, "sam")) if _part else _may(_cycle)
    _works = _state == "open" and _cycle != "work_halted"
    for _operation, _verb, _body in (
        ("updateCycleAdjustment", "edit", {"from_on": "2026-10-12"}),
        ("dropCycleAdjustment", "drop", {"reason": "Enough."}),
    ):
        _given = (_who, "") if _works else ("", _who)
        step(_operation, _name, *_given, body=_body, permission=_verb)
    _who = _who if _part else ""
    step(
        "openCycleAdjustment",
        _name,
        *(("", _who) if _opened else (_who, "")),
        permission="open",
    )
    step(
        "closeCycleAdjustmentToTeam",
        _name,
        *((_teacher, "") if _opened else ("", _teacher)),
        permission="close_to_team",
    )
reads("getCycleUse", " ".join(USES))
for _name, (_adjustment, _author) in USES.items():
    _cycle, _teacher, _, _, _opened, _ = ADJUSTMENTS[_adjustment]
    _part = _adjustment.startswith("own_")
    _who = _author if _part or _may(_cycle) else ""
    _who = _minus(_who, "sam")
    for _operation, _verb, _body, _status in (
        ("updateCycleUse", "edit", {"text": "Six seconds."}, 200),
        ("deleteCycleUse", "delete", None, 204),
    ):
        _given = ("", _who) if _cycle == "work_halted" else (_who, "")
        step(_operation, _name, *_given, body=_body, status=_status, permission=_verb)
    _who = _who if _part else ""
    step("openCycleUse", _name, *(("", _who) if _opened else (_who, "")), permission="open")
    step(
        "closeCycleUseToTeam",
        _name,
        *((_teacher, "") if _opened else ("", _teacher)),
        permission="close_to_team",
    )
reads("getCycleReflection", " ".join(REFLECTIONS))
for _name, (_cycle, _author, _state) in REFLECTIONS.items():
    _who = _author if _author in _may(_cycle).split() else ""
    _given = (_who, "") if _state == "draft" else ("", _who)
    step("shareCycleReflection", _name, *_given, permission="share")
    _mine = _author if _author in READERS[_name].split() else ""
    _given = (_mine, "") if _state == "draft" else ("", _mine)
    step("deleteCycleReflection", _name, *_given, status=204, permission="delete")
LISTS["listCycleAdjustments"] = tuple(ADJUSTMENTS)
LISTS["listCycleUses"] = tuple(USES)
for _operation in ("listCycleAdjustments", "listCycleUses"):
    anywhere(_operation, EVERYBODY, query="limit=200")


async def put(live: Any, *rows: Any) -> None:
    """Rows of the first district, as if they had been there."""
    async with live.app.state.database.writing() as session:
        await keys.enter(session, live.world.juniper)
        for row in rows:
            session.add(row)
            await session.flush()
        await session.commit()


def members_of(world: Any, cycle: m.LearningCycle, *names: str) -> list[m.CycleMember]:
    """The members of a team's cycle."""
    return [
        m.CycleMember(
            district_id=world.juniper,
            id=clock.new_id(),
            cycle_id=cycle.id,
            school_id=world.alder,
            team_id=world.maths,
            person_id=getattr(world, name),
        )
        for name in names
    ]


async def chapter(j: Any, w: Any) -> None:
    """The maths team learns, tries and reflects; Tom's part in it is his own."""
    cycle = cycle_of(w, "maths", None, number=30, title="Wait time", state="application")
    await put(j.live, cycle, *members_of(w, cycle, "tom", "nina"))
    at = {"cycle_id": str(cycle.id)}
    activity = await j.do(
        "createCycleActivity",
        "lena",
        path=at,
        body={
            "approach": "co_observing_by_video",
            "title": "Two minutes after a question",
            "who": "team",
            "on": "2026-10-07",
        },
        forbidden="paul",
        conflict={"approach": "by_osmosis"},
    )
    there = {"activity_id": activity["id"]}
    await j.do("listCycleActivities", "tom", path=at, query={"limit": 2})
    await j.do("getCycleActivity", "paul", path=there)
    activity = await j.do(
        "updateCycleActivity",
        "nina",
        path=there,
        version=activity["version"],
        body={"at": "15:00", "minutes": 45},
        forbidden="paul",
        conflict={"who": "both"},
    )
    activity = await j.do(
        "dropCycleActivity",
        "lena",
        path=there,
        version=activity["version"],
        body={"reason": "The projector is at the repair shop."},
        forbidden="paul",
    )
    activity = await j.do(
        "reopenCycleActivity",
        "lena",
        path=there,
        version=activity["version"],
        forbidden="paul",
    )
    await j.do(
        "finishCycleActivity",
        "tom",
        path=there,
        version=activity["version"],
        body={"done_on": "2026-10-05", "takeaway": "Most of us wait less than a second."},
        forbidden="paul",
        conflict={"done_on": "2026-12-01"},
    )
    plan = await j.do("getApplicationPlan", "nina", path=at)
    await j.do(
        "updateApplicationPlan",
        "lena",
        path=at,
        version=plan["version"],
        body={**_APPLY, "application_words": "In the third period, every day of the week."},
        forbidden="paul",
    )
    adjustment = await j.do(
        "createCycleAdjustment",
        "tom",
        path=at,
        body={**_TRY, "indicator_id": str(w.leap_i5)},
        forbidden="lena",
        conflict={"indicator_id": str(w.tom)},
    )
    there = {"adjustment_id": adjustment["id"]}
    await j.do("listCycleAdjustments", "tom", query={"limit": 2})
    await j.do("listAdjustmentsOfCycle", "lena", path=at, query={"limit": 2})
    await j.do("getCycleAdjustment", "lena", path=there)
    adjustment = await j.do(
        "updateCycleAdjustment",
        "tom",
        path=there,
        version=adjustment["version"],
        body={"from_on": "2026-10-06"},
        forbidden="lena",
        conflict={"indicator_id": str(w.tom)},
    )
    adjustment = await j.do(
        "openCycleAdjustment", "tom", path=there, version=adjustment["version"], forbidden="lena"
    )
    use = await j.do(
        "createCycleUse",
        "tom",
        path=at,
        body={**_SHOWN, "adjustment_id": adjustment["id"]},
        forbidden="lena",
        conflict={"on": "2026-12-01"},
    )
    shown = {"use_id": use["id"]}
    await j.do("listCycleUses", "tom", query={"limit": 2})
    await j.do("listUsesOfCycle", "lena", path=at, query={"limit": 2})
    await j.do("getCycleUse", "lena", path=shown)
    use = await j.do(
        "updateCycleUse",
        "tom",
        path=shown,
        version=use["version"],
        body={"text": "Nine of ten questions, and the tenth was a joke."},
        forbidden="lena",
        conflict={"on": "2026-12-01"},
    )
    use = await j.do("openCycleUse", "tom", path=shown, version=use["version"], forbidden="lena")
    use = await j.do(
        "closeCycleUseToTeam", "tom", path=shown, version=use["version"], forbidden="lena"
    )
    adjustment = await j.do(
        "closeCycleAdjustmentToTeam",
        "tom",
        path=there,
        version=adjustment["version"],
        forbidden="lena",
    )
    said = await j.do(
        "replaceCycleReflection",
        "tom",
        path=at,
        version=0,
        body={
            **_WORDS,
            "template_id": str(w.cycle_reflection),
            "answers": {"surprise": "How long five seconds are."},
        },
        forbidden="paul",
        conflict={"answers": {"nothing": "of the kind"}},
    )
    there_ = {"reflection_id": said["id"]}
    await j.do("listCycleReflections", "tom", path=at, query={"limit": 2})
    await j.do("getCycleReflection", "tom", path=there_)
    await j.do("shareCycleReflection", "tom", path=there_, version=said["version"])
    draft = await j.do(
        "replaceCycleReflection", "nina", path=at, version=0, body={"on_self": "I talk less."}
    )
    await j.do(
        "deleteCycleReflection",
        "nina",
        path={"reflection_id": draft["id"]},
        version=draft["version"],
    )
    await j.do("getCycleProgress", "lena", path=at, forbidden="paul")
    await j.do("deleteCycleUse", "tom", path=shown, version=use["version"], forbidden="lena")
    await j.do(
        "dropCycleAdjustment",
        "tom",
        path=there,
        version=adjustment["version"],
        body={"reason": "It has become a habit."},
        forbidden="lena",
    )


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more of each in the oldest cycle of Tom's; what somebody else said in it stands for the
    reflections of many."""
    cycle = await session.scalar(
        select(m.LearningCycle).where(
            m.LearningCycle.title == FIRST, m.LearningCycle.teacher_id == world.tom
        )
    )
    if cycle is None:
        cycle = cycle_of(world, "tom", "lena", number=99, title=FIRST)
        session.add(cycle)
        await session.flush()
    whose = {
        **home,
        "cycle_id": cycle.id,
        "level": "individual",
        "school_id": world.alder,
        "teacher_id": world.tom,
        "lead_id": world.lena,
        "author_id": world.tom,
    }
    session.add(m.CycleActivity(**whose, approach="modelling", title="a", who="both"))
    adjustment = m.CycleAdjustment(**whose, text="a")
    session.add(adjustment)
    await session.flush()
    session.add(
        m.CycleUse(
            **whose,
            adjustment_id=adjustment.id,
            kind="video",
            url="https://a.example",
            on=clock.today("UTC"),
            text="a",
        )
    )
    author = await session.scalar(select(m.Person.id).where(m.Person.family_name == name))
    said = {**whose, "author_id": author or world.tom}
    shared = {"state": "shared", "shared_at": clock.now()}
    session.add(m.CycleReflection(**said, **_WORDS, **shared))
    await session.flush()


FIRSTS = (
    ("tom", "adjustment_id", "/cycle-adjustments"),
    ("tom", "activity_id", "/learning-cycles/{cycle_id}/activities"),
    ("tom", "use_id", "/cycle-uses"),
    ("tom", "reflection_id", "/learning-cycles/{cycle_id}/reflections"),
)
