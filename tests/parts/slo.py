"""SLOs in each state of their approval, what is seen on the way, and who lacks some."""

from datetime import date
from typing import Any

from sqlalchemy import select

from app import models as m
from app.core import clock
from tests.access.table import (
    EVERYBODY,
    LISTS,
    PULL,
    READERS,
    _minus,
    anywhere,
    reads,
    step,
)
from tests.goals.test_slo import END, LEVELS, PLAN, STUDENT

#: name → (teacher, the lead it was written with, state of the goal, approval, who was named)
SLOS: dict[str, tuple[str, str | None, str, str, str | None]] = {
    "tom_slo_draft": ("tom", "lena", "draft", "none", None),
    "tom_slo_before_draft": ("tom", "luis", "draft", "none", None),
    "tom_slo_none": ("tom", "lena", "agreed", "none", None),
    "tom_slo_submitted": ("tom", "lena", "agreed", "submitted", None),
    "tom_slo_returned": ("tom", "lena", "agreed", "returned", None),
    "tom_slo_approved": ("tom", "lena", "agreed", "approved", None),
    "tom_slo_end_submitted": ("tom", "lena", "agreed", "end_submitted", None),
    "tom_slo_end_returned": ("tom", "lena", "agreed", "end_returned", None),
    "tom_slo_finalised": ("tom", "lena", "closed", "finalised", None),
    "pia_slo_returned": ("pia", "lena", "agreed", "returned", None),
    "olga_slo_approved": ("olga", "lena", "agreed", "approved", None),
    "uma_slo_submitted": ("uma", None, "agreed", "submitted", None),
    # a leader's own: nobody decides on it before an administrator was named
    "paul_slo_none": ("paul", None, "agreed", "none", "ada"),
    "paul_slo_unnamed": ("paul", None, "agreed", "submitted", None),
    "paul_slo_submitted": ("paul", None, "agreed", "submitted", "ada"),
    "paul_slo_end_submitted": ("paul", None, "agreed", "end_submitted", "ada"),
    "paul_slo_finalised": ("paul", None, "closed", "finalised", "ada"),
}
#: name → (SLO, the lead it was written with, author)
WATCHED = {
    "tom_watched": ("tom_slo_approved", "lena", "lena"),
    "tom_before_watched": ("tom_slo_approved", "luis", "tom"),
    "pia_watched": ("pia_slo_returned", "lena", "pia"),
    "olga_watched": ("olga_slo_approved", "lena", "olga"),
    "olga_watched_by_lena": ("olga_slo_approved", "lena", "lena"),
}
_PAIRS = {"tom": "tom lena", "pia": "pia lena", "olga": "olga", "uma": "uma", "paul": "paul"}
#: while it is paused the teacher alone writes
_WRITERS = {**_PAIRS, "pia": "pia"}


def _readers(name: str) -> str:
    teacher, lead, state, approval, named = SLOS[name]
    if state == "draft":
        return "tom" if lead == "luis" else _PAIRS[teacher]
    decides = f"paul {named}" if named and approval != "none" else "paul"
    return " ".join(dict.fromkeys(f"{_PAIRS[teacher]} {decides} {PULL}".split()))


READERS.update({name: _readers(name) for name in SLOS})
READERS.update(
    {
        "tom_watched": "tom lena",
        "tom_before_watched": "tom",
        "pia_watched": "pia lena",
        "olga_watched": "olga",
        "olga_watched_by_lena": "olga lena",
        # teachers without an SLO, as their school's leaders find them
        **dict.fromkeys(("nina_coverage", "sam_coverage"), "paul"),
        "ben_coverage": "bea",
    }
)


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each."""
    world = objects.world

    def at(lead: str | None) -> Any:
        return getattr(world, lead) if lead else None

    goals = {}
    for name, (teacher, lead, state, approval, named) in SLOS.items():
        closed = state == "closed"
        goals[name] = await add(
            name,
            made(
                m.Goal,
                level="individual",
                kind="student_learning",
                state=state,
                title=name,
                statement=STUDENT["statement"],
                rationale=STUDENT["rationale"],
                standards=STUDENT["standards"],
                school_id=world.alder,
                school_year_id=world.alder_year,
                teacher_id=getattr(world, teacher),
                author_id=getattr(world, teacher),
                lead_id=at(lead),
                approval=approval,
                approver_id=at(named),
                outcome="met" if closed else None,
                closed_at=clock.now() if closed else None,
            ),
        )
        ended = END if "end" in approval or approval in ("approved", "finalised") else {}
        await add(
            f"{name}_plan", made(m.Slo, id=goals[name].id, levels=LEVELS, **{**PLAN, **ended})
        )
    for name, (slo, lead, author) in WATCHED.items():
        goal = goals[slo]
        await add(
            name,
            made(
                m.SloMonitoring,
                goal_id=goal.id,
                author_id=getattr(world, author),
                on=date(2026, 10, 1),
                looked_at="Exit tickets",
                seen="Most set up the ratio.",
                counts=[3, 8, 10, 7, 2],
                level="individual",
                school_id=goal.school_id,
                teacher_id=goal.teacher_id,
                lead_id=at(lead),
            ),
        )
    for person in ("nina", "sam", "ben"):
        objects.ids[f"{person}_coverage"] = getattr(world, person)


_SEES = {"on": "2026-10-01", "looked_at": "Exit tickets", "seen": "Most set up the ratio."}
_WHY = {"reason": "Name the second task."}
#: operation → (who, permission, approvals from which, states of the goal, body)
_STEPS: dict[str, tuple[str, str, str, str, Any]] = {
    "submitSlo": ("pair", "submit", "none returned", "agreed", {}),
    "approveSlo": ("decides", "approve", "submitted", "agreed", None),
    "returnSlo": ("decides", "return", "submitted approved", "agreed", _WHY),
    "submitSloEnd": ("pair", "submit_end", "approved end_returned", "agreed", None),
    "returnSloEnd": ("decides", "return_end", "end_submitted", "agreed", _WHY),
    "finaliseSlo": ("decides", "finalise", "end_submitted", "agreed", None),
    "reopenSlo": ("decides", "reopen", "finalised", "closed", _WHY),
}
#: of these every step is tried; of the others those that tell them apart
_WHOLE = (
    "tom_slo_draft",
    "tom_slo_none",
    "tom_slo_submitted",
    "tom_slo_approved",
    "tom_slo_end_submitted",
    "tom_slo_finalised",
)
_SOME = {
    "tom_slo_returned": "submitSlo approveSlo",
    "tom_slo_end_returned": "submitSloEnd finaliseSlo",
    "tom_slo_before_draft": "submitSlo",
    "pia_slo_returned": "submitSlo approveSlo",
    "olga_slo_approved": "submitSloEnd returnSlo",
    "uma_slo_submitted": "submitSlo approveSlo returnSlo",
    "paul_slo_none": "approveSlo",
    "paul_slo_unnamed": "approveSlo returnSlo",
    "paul_slo_submitted": "approveSlo returnSlo submitSlo",
    "paul_slo_end_submitted": "returnSloEnd finaliseSlo",
    "paul_slo_finalised": "reopenSlo",
}
for _name, (_teacher, _lead, _state, _approval, _named) in SLOS.items():
    _seen = READERS[_name].split()
    _pair = " ".join(one for one in _WRITERS[_teacher].split() if one in _seen)
    _leader = "" if _teacher == "paul" else "paul"
    _decides = " ".join(one for one in (_named or _leader).split() if one in _seen)
    for _operation, (_who, _verb, _from, _in, _body) in _STEPS.items():
        if _name in _WHOLE or _operation in _SOME[_name].split():
            _may = _pair if _who == "pair" else _decides
            _now = _approval in _from.split() and _state in _in.split()
            step(
                _operation,
                _name,
                *((_may, "") if _now else ("", _may)),
                body=None if _body is None else (lambda _o, b=_body: b),
                permission=f"{_verb}_slo",
            )
    _ended = _approval in ("approved", "end_returned")
    _open = _state != "closed" and _approval in ("none", "returned", "approved", "end_returned")
    step(
        "updateSlo",
        _name,
        *((_pair, "") if _open else ("", _pair)),
        body={"exclusions": END["exclusions"]} if _ended else {"population": "Both sections."},
        permission="edit_slo",
    )
    step(
        "createSloMonitoring",
        _name,
        *((_pair, "") if _state == "agreed" else ("", _pair)),
        body=_SEES,
        status=201,
        permission="monitor_slo",
    )
    # integrations have their allow-list, and no SLO is on it
    reads("getSlo", _name, {_name: _minus(READERS[_name], PULL)})
for _name, _given in (
    ("tom_slo_submitted", ("", "tom")),
    ("paul_slo_unnamed", ("paul",)),
    ("paul_slo_submitted", ("", "paul")),
    ("paul_slo_none", ("", "paul")),
):
    step(
        "nameSloApprover",
        _name,
        *_given,
        body=lambda o: {"approver_id": o["ada"]},
        permission="name_approver_slo",
    )
reads("getGoal", "tom_slo_none tom_slo_submitted paul_slo_none paul_slo_submitted")
_CHANGE = {"content": {"title": "Other"}}
for _name, _given in (("tom_slo_submitted", ("", "tom lena")), ("tom_slo_returned", ("tom lena",))):
    step("proposeGoalRevision", _name, *_given, body=_CHANGE, status=201, permission="revise")
step(
    "closeGoal", "tom_slo_submitted", "tom lena", body={"outcome": "abandoned"}, permission="close"
)
reads("getSloMonitoring", " ".join(WATCHED))
LISTS["listGoals"] = (*LISTS["listGoals"], *SLOS)
LISTS["listSloMonitoring"] = tuple(WATCHED)
LISTS["listSloCoverage"] = ("nina_coverage", "sam_coverage", "ben_coverage")
for _operation in ("listSloMonitoring", "listSloCoverage"):
    anywhere(_operation, EVERYBODY, query="limit=200")


async def chapter(j: Any, w: Any) -> None:
    """Tom's SLO from its plan to its result, and back once."""
    new = {
        "level": "individual",
        "title": "Proportional reasoning",
        "school_year_id": str(w.alder_year),
        **STUDENT,
    }
    goal = (await j.live.as_("tom").post("/goals", json=new)).json()
    for who, verb in (("tom", "propose"), ("tom", "agree"), ("lena", "agree")):
        done = await j.live.as_(who).post(
            f"/goals/{goal['id']}/{verb}", headers={"If-Match": f'"{goal["version"]}"'}
        )
        assert done.status_code == 200, done.text
        goal = done.json()
    at = {"goal_id": goal["id"]}
    slo = await j.do(
        "updateSlo",
        "tom",
        path=at,
        version=goal["version"],
        body=PLAN,
        forbidden="paul",
        conflict={"end_criteria": [{"level": "Great", "text": "All of it."}]},
    )
    await j.do("getSlo", "lena", path=at)
    seen = await j.do(
        "createSloMonitoring",
        "lena",
        path=at,
        body={
            "on": "2026-10-02",
            "looked_at": "Exit tickets of week 6",
            "seen": "Most set up the ratio, few explain it.",
            "counts": [3, 8, 10, 7, 2],
        },
        forbidden="paul",
        conflict={"on": "2026-12-01"},
    )
    await j.do("getSloMonitoring", "tom", path={"monitoring_id": seen["id"]})
    await j.do("listSloMonitoring", "tom", query={"goal_id": goal["id"], "limit": 2})
    slo = await j.do(
        "submitSlo",
        "tom",
        path=at,
        version=slo["version"],
        body={},
        forbidden="paul",
        conflict={"approver_id": str(w.ada)},
    )
    await _name_approver(j, w)
    await j.do("listSloCoverage", "paul", query={"school_id": str(w.alder), "limit": 2})
    for name, who, body, refused in (
        ("returnSlo", "paul", {"reason": "Name the second task."}, "tom"),
        ("submitSlo", "tom", {}, None),
        ("approveSlo", "paul", None, "lena"),
        ("updateSlo", "tom", END, None),
        ("submitSloEnd", "lena", None, "paul"),
        ("returnSloEnd", "paul", {"reason": "Who moved, and when?"}, "tom"),
        ("submitSloEnd", "tom", None, None),
        ("finaliseSlo", "paul", None, "lena"),
        ("reopenSlo", "paul", {"reason": "A row was counted twice."}, "tom"),
    ):
        slo = await j.do(name, who, path=at, version=slo["version"], body=body, forbidden=refused)


async def _name_approver(j: Any, w: Any) -> None:
    """Sam comes to lead the school after the SLO was submitted."""
    new = {
        "level": "individual",
        "title": "Proportional drawing",
        "school_year_id": str(w.alder_year),
        **STUDENT,
    }

    async def send(who: str, verb: str, goal: Any, body: Any = None) -> Any:
        done = await j.live.as_(who).post(
            f"/goals/{goal['id']}/{verb}",
            headers={"If-Match": f'"{goal["version"]}"'},
            **({} if body is None else {"json": body}),
        )
        assert done.status_code == 200, done.text
        return done.json()

    goal = (await j.live.as_("sam").post("/goals", json=new)).json()
    for who, verb in (("sam", "propose"), ("sam", "agree"), ("luis", "agree")):
        goal = await send(who, verb, goal)
    slo = await j.live.as_("sam").patch(
        f"/goals/{goal['id']}/slo", json=PLAN, headers={"If-Match": f'"{goal["version"]}"'}
    )
    slo = await send("sam", "slo/submit", slo.json(), {})
    leads = {"person_id": str(w.sam), "kind": "school_leader", "school_id": str(w.alder)}
    role = (await j.live.as_("ada").post("/roles", json=leads)).json()
    await j.do(
        "nameSloApprover",
        "sam",
        path={"goal_id": goal["id"]},
        version=slo["version"],
        body={"approver_id": str(w.ada)},
        forbidden="luis",
        conflict={"approver_id": str(w.tom)},
    )
    await _end_role(j, role)


async def _end_role(j: Any, role: Any) -> None:
    """Sam leads the school no longer: the rest of the journey finds it as it was."""
    done = await j.live.as_("ada").post(
        f"/roles/{role['id']}/end", headers={"If-Match": f'"{role["version"]}"'}
    )
    assert done.status_code == 200, done.text


async def grow(session: Any, world: Any, home: Any, _name: str) -> None:
    """One more look at a goal of Tom's."""
    goal_id = await session.scalar(select(m.Goal.id).where(m.Goal.teacher_id == world.tom).limit(1))
    session.add(
        m.SloMonitoring(
            **home,
            goal_id=goal_id,
            author_id=world.tom,
            on=clock.today("UTC"),
            looked_at="a",
            seen="a",
            level="individual",
            school_id=world.alder,
            teacher_id=world.tom,
        )
    )
    await session.flush()


#: who finds the id that an address needs, and where
FIRSTS = (("tom", "monitoring_id", "/slo-monitoring"),)
