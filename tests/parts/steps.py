"""Action steps of a pair, the school's bank of ideas, and what of cycles and steps is shared."""

from datetime import date
from typing import Any

from app import models as m
from app.auth import keys
from app.core import clock
from tests.access.table import ALDER, EVERYBODY, JUNIPER, LISTS, READERS, anywhere, reads, step
from tests.parts.sharing import _shares

#: name → (teacher, lead, who proposed it, state)
ACTION_STEPS = {
    "astep_by_tom": ("tom", "lena", "tom", "proposed"),
    "astep_by_lena": ("tom", "lena", "lena", "proposed"),
    "astep_agreed": ("tom", "lena", "lena", "agreed"),
    "astep_practising": ("tom", "lena", "tom", "practising"),
    "astep_met": ("tom", "lena", "tom", "met"),
    "astep_before_agreed": ("tom", "luis", "luis", "agreed"),
    "astep_before_met": ("tom", "luis", "luis", "met"),
    "astep_pia": ("pia", "lena", "lena", "agreed"),
    "astep_olga": ("olga", "lena", "olga", "practising"),
    "astep_olga_by_lena": ("olga", "lena", "lena", "not_met"),
}
READERS.update(
    {
        **dict.fromkeys(
            ("astep_by_tom", "astep_by_lena", "astep_agreed", "astep_practising", "astep_met"),
            "tom lena",
        ),
        # what both agreed and is not over follows the teacher
        "astep_before_agreed": "tom lena",
        "astep_before_met": "tom",
        "astep_pia": "pia lena",
        "astep_olga": "olga",
        "astep_olga_by_lena": "olga lena",
    }
)
#: who works on a teacher's steps; paused, nobody
_WORKS = {"tom": "tom lena", "olga": "olga", "pia": ""}
#: name → (school, retired)
IDEAS = {
    "idea_alder": ("alder", False),
    "idea_alder_retired": ("alder", True),
    "idea_birch": ("birch", False),
}
READERS.update(
    {"idea_alder": ALDER, "idea_alder_retired": ALDER, "idea_birch": "bea ben"},
)
_WRITES = {"alder": "paul lena luis", "birch": "bea"}
#: name → (teacher, lead); `team` is of no teacher
CYCLES = {
    "cycle_to_share": ("tom", "lena"),
    "cycle_before_to_share": ("tom", "luis"),
    "cycle_pia_to_share": ("pia", "lena"),
    "cycle_team_to_share": ("team", ""),
}
READERS.update(
    {
        "cycle_to_share": "tom lena",
        "cycle_before_to_share": "tom",
        "cycle_pia_to_share": "pia lena",
        "cycle_team_to_share": "lena tom nina paul",
    }
)


async def cycle_of(
    add: Any, world: Any, name: str, teacher: str, lead: str, number: int
) -> m.LearningCycle:
    """A learning cycle with one of each that lies below it."""
    team = teacher == "team"
    whose = {
        "district_id": world.juniper,
        "level": "team" if team else "individual",
        "school_id": world.alder,
        "team_id": world.maths if team else None,
        "teacher_id": None if team else getattr(world, teacher),
        "lead_id": None if team else getattr(world, lead),
        "author_id": world.lena if team else getattr(world, teacher),
    }
    cycle = m.LearningCycle(
        **whose, school_year_id=world.alder_year, number=number, title="Questions that wait"
    )
    await add(name, cycle)
    below = {**whose, "cycle_id": cycle.id}
    for suffix, row in (
        (
            "data",
            m.CycleDataPoint(
                **below, kind="quantitative", source="survey", value=2.5, unit="seconds"
            ),
        ),
        (
            "success",
            m.CycleSuccessIndicator(
                **below, lens="students", text="More hands.", indicator_id=world.leap_i5
            ),
        ),
        (
            "activity",
            m.CycleActivity(**below, approach="co_planning_a_lesson", title="Plan", who="both"),
        ),
        ("adjustment", m.CycleAdjustment(**below, text="Wait three seconds.")),
    ):
        await add(f"{name}_{suffix}", row)
    return cycle


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each."""
    world = objects.world
    for name, (teacher, lead, author, state) in ACTION_STEPS.items():
        over = state in ("met", "not_met")
        await add(
            name,
            made(
                m.ActionStep,
                school_id=world.alder,
                relationship_id=objects.ids[f"lena_{teacher}"],
                teacher_id=getattr(world, teacher),
                lead_id=getattr(world, lead),
                author_id=getattr(world, author),
                text="Wait three seconds after each question.",
                due_on=date(2026, 10, 12),
                state=state,
                agreed_at=None if state == "proposed" else clock.now(),
                closed_at=clock.now() if over else None,
                reason="Seen twice." if over else None,
            ),
        )
    for name, (school, retired) in IDEAS.items():
        await add(
            name,
            made(
                m.ActionStepIdea,
                school_id=getattr(world, school),
                indicator_id=world.leap_i5,
                author_id=world.lena if school == "alder" else world.bea,
                text="Cold-call after thinking time.",
                retired=retired,
            ),
        )
    for number, (name, (teacher, lead)) in enumerate(CYCLES.items(), 300):
        await cycle_of(add, world, name, teacher, lead, number)


reads("getActionStep", " ".join(ACTION_STEPS))
LISTS["listActionSteps"] = tuple(ACTION_STEPS)
anywhere("listActionSteps", EVERYBODY, query="limit=200")
anywhere(
    "createActionStep",
    "sam luis",
    409,  # whoever cannot see the coaching cannot tell that there is any
    lambda o: {"teacher_id": o["sam"], "text": "Wait.", "due_on": "2026-10-12"},
    on="sam",
    status=201,
    others={403: "ada paul"},
)
for _name, (_teacher, _lead, _author, _state) in ACTION_STEPS.items():
    _may = " ".join(who for who in _WORKS[_teacher].split() if who in READERS[_name].split())
    _open = _state in ("proposed", "agreed", "practising")
    for _operation, _verb, _from, _body, _status in (
        ("updateActionStep", "edit", "proposed agreed practising", {"practice": "Count."}, 200),
        ("practiseActionStep", "practise", "agreed", None, 200),
        ("meetActionStep", "meet", "practising", {"reason": "Seen."}, 200),
        ("notMeetActionStep", "not_meet", "practising", {"reason": "Not seen."}, 200),
        ("carryOverActionStep", "carry_over", "agreed practising", {"due_on": "2026-10-16"}, 201),
        ("dropActionStep", "drop", "proposed agreed practising", {"reason": "Enough."}, 200),
    ):
        _ok = _may if _state in _from.split() else ""
        if _verb == "edit" and _state == "proposed":
            _ok = _author  # its words are its author's until both agreed
        _not = " ".join(who for who in _may.split() if who not in _ok.split())
        step(_operation, _name, _ok, _not, body=_body, status=_status, permission=_verb)
    # to agree is between these two, and not for who proposed it
    _two = "tom lena" if (_teacher, _lead) == ("tom", "lena") else ""
    _other = {"tom": "lena", "lena": "tom"}.get(_author, "") if _state == "proposed" else ""
    step(
        "agreeActionStep",
        _name,
        _other,
        " ".join(who for who in _two.split() if who != _other),
        permission="agree",
    )
    _shares("shareActionStep", _name, _teacher, _lead)
for _name, (_teacher, _lead) in CYCLES.items():
    if _teacher != "team":
        _shares("shareLearningCycle", _name, _teacher, _lead)
step("shareLearningCycle", "cycle_team_to_share", body={"with": "school_leader"})

reads("getActionStepIdea", " ".join(IDEAS))
LISTS["listActionStepIdeas"] = tuple(IDEAS)
anywhere("listActionStepIdeas", EVERYBODY, query="limit=200")
anywhere(
    "createActionStepIdea",
    _WRITES["alder"],
    409,  # whoever cannot see the school cannot tell that it exists
    lambda o: {
        "school_id": o["alder"],
        "indicator_id": o["leap_i5"],
        "text": "Ask the next one too.",
    },
    on="alder",
    status=201,
    others={403: " ".join(n for n in JUNIPER.split() if n not in _WRITES["alder"].split())},
)
for _name, (_school, _retired) in IDEAS.items():
    for _operation, _verb, _body in (
        ("updateActionStepIdea", "edit", {"practice": "In pairs first."}),
        ("retireActionStepIdea", "retire", None),
        ("restoreActionStepIdea", "restore", None),
    ):
        _who = _WRITES[_school]
        _possible = (_who, "") if _retired == (_verb == "restore") else ("", _who)
        step(_operation, _name, *_possible, body=_body, permission=_verb)


async def chapter(j: Any, w: Any) -> None:
    """Lena puts an idea into the bank and proposes it to Tom; one step is seen, one is not, one is
    carried over and given up; a step and a cycle are offered to the school leader."""
    idea = await j.do(
        "createActionStepIdea",
        "lena",
        body={
            "school_id": str(w.alder),
            "indicator_id": str(w.leap_i5),
            "text": "After each question, count three seconds before you call on anybody.",
            "practice": "Rehearse three questions of the next lesson aloud, with a watch.",
        },
        forbidden="tom",
        conflict={"school_id": "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9eff"},
    )
    at = {"idea_id": idea["id"]}
    await j.do("listActionStepIdeas", "tom", query={"school_id": str(w.alder), "limit": 2})
    await j.do("getActionStepIdea", "tom", path=at)
    version = idea["version"]
    idea = await j.do(
        "updateActionStepIdea",
        "paul",
        path=at,
        version=version,
        body={"practice": "Rehearse three questions aloud, with a watch."},
        forbidden="tom",
        conflict={"indicator_id": str(w.kestrel_leap_i1)},
    )
    for operation in ("retireActionStepIdea", "restoreActionStepIdea"):
        idea = await j.do(operation, "luis", path=at, version=idea["version"], forbidden="tom")
    made = await j.do(
        "createActionStep",
        "lena",
        body={
            "teacher_id": str(w.tom),
            "idea_id": idea["id"],
            "due_on": "2026-10-14",
            "follow_up_on": "2026-10-08",
        },
        forbidden="paul",
        conflict={"due_on": "2026-10-04"},
    )
    at = {"action_step_id": made["id"]}
    await j.do("listActionSteps", "tom", query={"state": "proposed", "limit": 2})
    await j.do("getActionStep", "tom", path=at)
    made = await j.do(
        "updateActionStep",
        "lena",
        path=at,
        version=made["version"],
        body={"practice": "We rehearse it on Monday, before the first lesson."},
        conflict={"due_on": "2026-12-24"},
    )
    made = await j.do("agreeActionStep", "tom", path=at, version=made["version"])
    made = await j.do("practiseActionStep", "tom", path=at, version=made["version"])
    shared = {"with": "school_leader"}
    await j.do(
        "shareActionStep",
        "tom",
        path=at,
        version=made["version"],
        body=shared,
        conflict={"with": "lead"},
    )
    await j.do(
        "meetActionStep",
        "lena",
        path=at,
        version=made["version"],
        body={"reason": "Eight of ten questions had the wait; more hands went up."},
    )
    second = await _agreed(j, w, "Read the objective aloud, then ask one student to say it back.")
    second = await j.do("practiseActionStep", "tom", **second)
    await j.do(
        "notMeetActionStep",
        "tom",
        path={"action_step_id": second["id"]},
        version=second["version"],
        body={"reason": "It is on the board, and nobody has said it yet."},
    )
    third = await j.do(
        "carryOverActionStep",
        "tom",
        **await _agreed(j, w, "Stand still while giving directions."),
        body={"due_on": "2026-10-15", "reason": "The week was all testing."},
        conflict={"due_on": "2026-10-01"},
    )
    await j.do(
        "dropActionStep",
        "lena",
        path={"action_step_id": third["id"]},
        version=third["version"],
        body={"reason": "Tom does it already; we look at something else."},
    )
    async with j.live.app.state.database.writing() as session:
        await keys.enter(session, w.juniper)

        async def add(_name: str, row: Any) -> None:
            row.id = clock.new_id()
            session.add(row)
            await session.flush()

        cycle = await cycle_of(add, w, "", "tom", "lena", 300)
        await session.commit()
    await j.do(
        "shareLearningCycle",
        "tom",
        path={"cycle_id": str(cycle.id)},
        version=1,
        body=shared,
        conflict={"with": "lead"},
    )


async def _agreed(j: Any, w: Any, text: str) -> dict[str, Any]:
    """A step that Lena proposed and Tom agreed to: its address and version."""
    body = {"teacher_id": str(w.tom), "text": text, "due_on": "2026-10-09"}
    made = (await j.client("lena").post("/action-steps", json=body)).json()
    path = f"/action-steps/{made['id']}/agree"
    agreed = await j.client("tom").post(path, headers={"If-Match": f'"{made["version"]}"'})
    assert agreed.status_code == 200, agreed.text
    return {"path": {"action_step_id": made["id"]}, "version": agreed.json()["version"]}


async def grow(session: Any, world: Any, home: Any, _name: str) -> None:
    """One more action step of Tom's, and an idea of Lena's."""
    session.add(
        m.ActionStep(
            **home,
            school_id=world.alder,
            relationship_id=world.lena_tom,
            teacher_id=world.tom,
            lead_id=world.lena,
            author_id=world.tom,
            text="Wait.",
            due_on=date(2026, 10, 12),
            state="agreed",
            agreed_at=clock.now(),
        )
    )
    session.add(
        m.ActionStepIdea(
            **home,
            school_id=world.alder,
            indicator_id=world.leap_i5,
            author_id=world.lena,
            text="Wait.",
        )
    )
    await session.flush()


FIRSTS = (
    ("tom", "action_step_id", "/action-steps"),
    ("tom", "idea_id", "/action-step-ideas"),
)
