"""Goals that begin with a template, and advice while they are written."""

from typing import Any

from app import models as m
from tests.access.objects import GOALS
from tests.access.table import (
    _PARTIES,
    ALDER,
    ASKS,
    JUNIPER,
    PEOPLE,
    READERS,
    anywhere,
    step,
)

PARTIAL = {
    "title": "Wait for the second hand",
    "statement": "I wait three seconds after each question, and hear from two more students.",
    "starts": "09-15",
    "due": "05-14",
}
#: whoever may edit or revise a goal is advised on it, and nobody once it is closed
for _name, (_level, _state, _owner, _author) in GOALS.items():
    _writers, _stand_in, _ = _PARTIES[_owner]
    _both = f"{_writers} {_stand_in}" if _level == "individual" else _writers
    _may = " ".join(who for who in _both.split() if who in READERS[_name].split())
    step(
        "adviseGoal",
        _name,
        *(("", _may) if _state == "closed" else (_may, "")),
        body={"title": "Another"},
        permission="advise",
    )
ASKS.add("adviseGoal")
anywhere("getGoalAdviceRules", PEOPLE)
anywhere(
    "createGoal",
    "tom lena",
    409,
    lambda o: {
        "level": "individual",
        "kind": "growth",
        "school_year_id": o["alder_year"],
        "teacher_id": o["tom"],
        "template_id": o["goal_template"],
    },
    on="from_template",
    status=201,
    others={403: f"ada {' '.join(who for who in ALDER.split() if who not in ('tom', 'lena'))}"},
)
READERS["goal_template"] = JUNIPER


async def build(add: Any, made: Any, objects: Any) -> None:
    """A template of a goal that the district published."""
    await add(
        "goal_template",
        made(
            m.Template,
            kind="goal",
            key="second_hand",
            title="Second hand",
            goal_kind="growth",
            goal=PARTIAL,
            author_id=objects.world.ada,
            state="published",
        ),
    )


async def chapter(j: Any, w: Any) -> None:
    """Tom begins a goal with the template that comes with the program, and asks what is missing."""
    goal = await j.do(
        "createGoal",
        "tom",
        body={
            "level": "individual",
            "kind": "growth",
            "title": "Hear from everybody",
            "school_year_id": str(w.alder_year),
            "teacher_id": str(w.tom),
            "template_id": str(w.professional_growth_goal),
            "indicator_ids": [str(w.leap_i5)],
        },
        forbidden="ada",
        conflict={"template_id": str(w.tom)},
    )
    await j.do("getGoalAdviceRules", "tom")
    await j.do(
        "adviseGoal",
        "tom",
        path={"goal_id": goal["id"]},
        body={
            "statement": "By May I hear from every student at least once in each lesson.",
            "measures": [{"name": "Students heard", "unit": "% of students", "target": 95}],
        },
    )


async def grow(_session: Any, _world: Any, _home: Any, _name: str) -> None:
    """Advice is in no list; templates grow in their own part."""


FIRSTS = ()
