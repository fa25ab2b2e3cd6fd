"""The intention of learning cycles: data, candidates, rankings, the choice, what success looks
like; and the vocabularies of schools."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import models as m
from app.auth import keys
from app.core import clock
from tests.access.table import ALDER, JUNIPER, PEOPLE, READERS, TEAM, _minus, anywhere, reads, step

#: name → (teacher, or none of a team's; lead; author; state; whether the rankings were revealed)
CYCLES: dict[str, tuple[str, str | None, str, str, bool]] = {
    "weighing": ("tom", "lena", "tom", "intention", False),
    "weighed": ("tom", "lena", "tom", "intention", True),
    "weighed_learning": ("tom", "lena", "tom", "learning", True),
    "weighing_before": ("tom", "luis", "tom", "intention", False),
    "weighing_pia": ("pia", "lena", "pia", "intention", False),
    "weighed_pia": ("pia", "lena", "pia", "intention", True),
    "weighed_olga": ("olga", "lena", "lena", "intention", True),
    "weighing_team": ("", None, "lena", "intention", False),
    "weighed_team": ("", None, "lena", "intention", True),
}
_OF_TEAM = ("weighing_team", "weighed_team")
READERS.update(
    {
        **dict.fromkeys(("weighing", "weighed", "weighed_learning"), "tom lena"),
        "weighing_before": "tom",
        **dict.fromkeys(("weighing_pia", "weighed_pia"), "pia lena"),
        "weighed_olga": "olga lena",
        **dict.fromkeys(_OF_TEAM, TEAM),
    }
)
#: who takes part: in a pair while both work together; in a team the members that were asked
_PARTS = {
    **dict.fromkeys(("weighing", "weighed", "weighed_learning"), "tom lena"),
    "weighing_team": "lena tom nina",
    "weighed_team": "lena tom",
}
#: name → (cycle, author), of data points, candidates and success indicators each
BELOW = {
    **{f"{cycle}_{who}": (cycle, who) for cycle in _PARTS for who in ("tom", "lena")},
    "weighing_before_tom": ("weighing_before", "tom"),
    "weighing_pia_pia": ("weighing_pia", "pia"),
    "weighed_pia_pia": ("weighed_pia", "pia"),
    "weighed_olga_olga": ("weighed_olga", "olga"),
    "weighed_olga_lena": ("weighed_olga", "lena"),
}
_MODELS = {
    "data": m.CycleDataPoint,
    "candidate": m.CycleCandidate,
    "success": m.CycleSuccessIndicator,
}
for _name, (_cycle, _who) in BELOW.items():
    _seen = READERS[_cycle]
    if _cycle == "weighed_olga" and _who == "olga":
        _seen = "olga"  # the former lead keeps what they wrote
    READERS.update({f"{_name}_{kind}": _seen for kind in _MODELS})
#: name → (cycle, author); each names both candidates
RANKINGS = {
    **{f"{cycle}_ranked_{who}": (cycle, who) for cycle in _PARTS for who in ("tom", "lena")},
    "weighing_team_ranked_nina": ("weighing_team", "nina"),
    "weighing_before_ranked_luis": ("weighing_before", "luis"),
    "weighed_olga_ranked_olga": ("weighed_olga", "olga"),
    "weighed_olga_ranked_lena": ("weighed_olga", "lena"),
    "weighing_pia_ranked_pia": ("weighing_pia", "pia"),
    "weighed_pia_ranked_pia": ("weighed_pia", "pia"),
}
for _name, (_cycle, _who) in RANKINGS.items():
    if not CYCLES[_cycle][4]:
        READERS[_name] = _who
    elif _cycle == "weighed_olga":
        READERS[_name] = "olga lena" if _who == "lena" else "olga"
    else:
        # the school's leader reads the team's cycle, and not who wanted what
        READERS[_name] = _minus(READERS[_cycle], "paul")
_TERMS = {"term": "active", "term_retired": "retired"}
READERS.update(dict.fromkeys(_TERMS, f"ada {ALDER}"))


async def build(add: Any, made: Any, objects: Any) -> None:
    """Cycles with two goals to weigh, and one more that could be named."""
    world = objects.world

    async def goal(name: str, cycle: str) -> Any:
        teacher, lead, author, *_ = CYCLES[cycle]
        state = "agreed" if teacher else "published"
        return await add(
            name,
            made(
                m.Goal,
                level="individual" if teacher else "team",
                kind="growth",
                state=state,
                title=name,
                statement="What will be reached.",
                school_id=world.alder,
                school_year_id=world.alder_year,
                team_id=None if teacher else world.maths,
                teacher_id=getattr(world, teacher) if teacher else None,
                author_id=getattr(world, author),
                lead_id=getattr(world, lead) if lead else None,
            ),
        )

    for number, (name, (teacher, lead, author, state, seen)) in enumerate(CYCLES.items()):
        owners = {
            "level": "individual" if teacher else "team",
            "school_id": world.alder,
            "team_id": None if teacher else world.maths,
            "teacher_id": getattr(world, teacher) if teacher else None,
            "lead_id": getattr(world, lead) if lead else None,
        }
        at = clock.now() if seen else None
        cycle = await add(
            name,
            made(
                m.LearningCycle,
                **owners,
                author_id=getattr(world, author),
                school_year_id=world.alder_year,
                number=70 + number,
                title=name,
                state=state,
                phase=state,
                template_id=world.learning_cycle_plan,
                revealed_at=at,
            ),
        )
        owners |= {"cycle_id": cycle.id}
        if not teacher:
            place = {key: owners[key] for key in ("cycle_id", "school_id", "team_id")}
            for who in _minus(_PARTS[name], "lena").split():
                person = getattr(world, who)
                await add(f"{name}_place_{who}", made(m.CycleMember, **place, person_id=person))
        candidates = []
        for below, (of, who) in BELOW.items():
            if of == name:
                by = {**owners, "author_id": getattr(world, who)}
                words = {"kind": "qualitative", "source": "survey", "text": "They ask."}
                await add(f"{below}_data", made(m.CycleDataPoint, **by, **words))
                named = await goal(f"{below}_goal", name)
                row = made(m.CycleCandidate, **by, goal_id=named.id)
                candidates.append(str((await add(f"{below}_candidate", row)).id))
                words = {"lens": "students", "text": "They ask.", "explanation": "It shows."}
                await add(f"{below}_success", made(m.CycleSuccessIndicator, **by, **words))
        await goal(f"{name}_spare", name)
        for ranked, (of, who) in RANKINGS.items():
            if of == name:
                await add(
                    ranked,
                    made(
                        m.CycleRanking,
                        **owners,
                        author_id=getattr(world, who),
                        candidate_ids=candidates,
                        reveal_on=clock.today("UTC"),
                        revealed_at=at,
                    ),
                )
    for name, state in _TERMS.items():
        words = {"vocabulary": "data_source", "key": name, "title": "Walks", "state": state}
        await add(name, made(m.VocabularyTerm, school_id=world.alder, **words))


_DATA = {"kind": "quantitative", "source": "student_data", "value": 40, "unit": "percent"}
_SUCCESS = {"lens": "peers", "text": "A colleague hears it.", "explanation": "It is rare."}
reads("getCycleChoice", " ".join(CYCLES))
for _operation in (
    "listCycleDataPoints",
    "listCycleCandidates",
    "listCycleRankings",
    "listCycleSuccessIndicators",
    "listCycleKeyQuestions",
):
    reads(_operation, "weighing weighing_before weighing_team")
for _kind, _get in (
    ("data", "getCycleDataPoint"),
    ("candidate", "getCycleCandidate"),
    ("success", "getCycleSuccessIndicator"),
):
    reads(_get, " ".join(f"{_name}_{_kind}" for _name in BELOW))
reads("getCycleRanking", " ".join(RANKINGS))


def _order(cycle: str) -> Any:
    return lambda o: {
        "candidate_ids": [o[f"{name}_candidate"] for name, (of, _) in BELOW.items() if of == cycle][
            ::-1
        ]
    }


def _first(cycle: str) -> Any:
    name = next(name for name, (of, _) in BELOW.items() if of == cycle)
    return lambda o: {"candidate_id": o[f"{name}_candidate"], "reason": "It is nearest."}


for _name, (_teacher, _, _, _state, _revealed) in CYCLES.items():
    _may = _PARTS.get(_name, "")
    _open = _state == "intention"
    _hidden = _open and not _revealed
    _again = _open and not _teacher
    _lead = "lena" if _may else ""
    _chooses = _may if _teacher else _lead
    step(
        "createCycleDataPoint",
        _name,
        _may,
        body=_DATA,
        status=201,
        permission="add_data_point",
    )
    for _operation, _who, _can, _body, _status, _verb in (
        (
            "createCycleCandidate",
            _may,
            _hidden,
            lambda o, name=_name: {"goal_id": o[f"{name}_spare"]},
            201,
            "add_candidate",
        ),
        ("replaceCycleRanking", _may, _hidden, _order(_name), 200, "rank"),
        # a team's also once revealed: nobody can rank then, and the gate asks for enough
        ("waiveCycleRanking", _lead, _hidden or _again, {"reason": "Away."}, 200, "waive_ranking"),
        ("chooseCycleGoal", _chooses, _open and _revealed, _first(_name), 200, "choose_goal"),
        ("createCycleSuccessIndicator", _may, _open, _SUCCESS, 201, "add_success_indicator"),
    ):
        step(
            _operation,
            _name,
            *((_who, "") if _can else ("", _who)),
            body=_body,
            status=_status,
            permission=_verb,
        )
for _name, (_cycle, _who) in BELOW.items():
    _part = _PARTS.get(_cycle, "")
    _team = _cycle in _OF_TEAM
    _open = CYCLES[_cycle][3] == "intention"
    _hidden = _open and not CYCLES[_cycle][4]
    _author = _who if _part else ""
    _curates = f"{_author} lena" if _team and _author != "lena" else _author
    _all = _curates if _team else _part
    for _operation, _kind, _may, _can, _body, _status, _verb in (
        ("updateCycleDataPoint", "data", _curates, True, {"text": "They wait."}, 200, "edit"),
        ("deleteCycleDataPoint", "data", _author, _open, None, 204, "delete"),
        ("deleteCycleCandidate", "candidate", _curates, _hidden, None, 204, "delete"),
        ("updateCycleSuccessIndicator", "success", _all, _open, {"text": "So."}, 200, "edit"),
        ("deleteCycleSuccessIndicator", "success", _all, _open, None, 204, "delete"),
    ):
        step(
            _operation,
            f"{_name}_{_kind}",
            *((_may, "") if _can else ("", _may)),
            body=_body,
            status=_status,
            permission=_verb,
        )

anywhere("listVocabularyWords", PEOPLE)
reads("getVocabularyTerm", " ".join(_TERMS))
anywhere(
    "createVocabularyTerm",
    "paul",
    409,  # whoever does not see the school cannot tell that there is one
    lambda o: {
        "school_id": o["alder"],
        "vocabulary": "learning_approach",
        "key": "lab_classroom",
        "title": "Lab classroom",
    },
    on="alder",
    status=201,
    others={403: _minus(JUNIPER, "paul")},
)
for _name, _state in _TERMS.items():
    _possible = ("paul", "") if _state == "active" else ("", "paul")
    step("updateVocabularyTerm", _name, *_possible, body={"title": "Walk"}, permission="edit")
    step("retireVocabularyTerm", _name, *_possible, permission="retire")


async def chapter(j: Any, w: Any) -> None:
    """Nina and Lena look at data, weigh two goals apart and choose one."""
    term = await j.do(
        "createVocabularyTerm",
        "paul",
        body={
            "school_id": str(w.alder),
            "vocabulary": "data_source",
            "key": "learning_walk",
            "title": "Learning walk",
        },
        forbidden="tom",
        conflict={"key": "survey"},
    )
    at = {"term_id": term["id"]}
    await j.do("getVocabularyTerm", "tom", path=at)
    await j.do(
        "listVocabularyWords",
        "tom",
        query={"vocabulary": "data_source", "school_id": str(w.alder)},
    )
    term = await j.do(
        "updateVocabularyTerm",
        "paul",
        path=at,
        version=term["version"],
        body={"title": "Learning walk of the team"},
        forbidden="tom",
    )
    await j.do("retireVocabularyTerm", "paul", path=at, version=term["version"], forbidden="tom")
    cycle, goals = await _begun(j, w)
    at = {"cycle_id": cycle}
    await j.do("listCycleKeyQuestions", "nina", path=at)
    point = await j.do(
        "createCycleDataPoint",
        "nina",
        path=at,
        body={
            "kind": "quantitative",
            "source": "student_data",
            "value": 38,
            "unit": "percent of answers that go on",
            "on": "2026-10-02",
            "goal_id": goals[0],
        },
        conflict={"unit": None},
    )
    one = {"data_point_id": point["id"]}
    await j.do("getCycleDataPoint", "lena", path=one)
    point = await j.do(
        "updateCycleDataPoint",
        "nina",
        path=one,
        version=point["version"],
        body={"text": "Three lessons of period two, counted by hand."},
        forbidden="lena",
        conflict={"value": None},
    )
    await j.do("listCycleDataPoints", "lena", path=at, query={"limit": 1})
    await j.do("deleteCycleDataPoint", "nina", path=one, version=point["version"], forbidden="lena")
    candidates = []
    for goal in goals:
        made = await j.do(
            "createCycleCandidate",
            "nina",
            path=at,
            body={"goal_id": goal, "why": "The counts and the walk both point here."},
            conflict={"goal_id": str(w.tom)},
        )
        candidates.append(made["id"])
    one = {"candidate_id": candidates[2]}
    made = await j.do("getCycleCandidate", "lena", path=one)
    await j.do("deleteCycleCandidate", "nina", path=one, version=made["version"], forbidden="lena")
    await j.do("listCycleCandidates", "lena", path=at)
    shown = await j.do("getCycleChoice", "nina", path=at)
    for who, order in (("lena", candidates[:2]), ("nina", candidates[1::-1])):
        mine = await j.do(
            "replaceCycleRanking",
            who,
            path=at,
            version=0,
            body={"candidate_ids": order, "words": "It shows soonest."},
            conflict={"candidate_ids": order[:1]},
        )
        if who == "lena":
            await j.do("getCycleRanking", who, path={"ranking_id": mine["id"]})
    await j.do("listCycleRankings", "nina", path=at, query={"limit": 2})
    shown = await j.do("getCycleChoice", "nina", path=at)
    for who in ("nina", "lena"):
        shown = await j.do(
            "chooseCycleGoal",
            who,
            path=at,
            version=shown["version"],
            body={"candidate_id": candidates[0], "reason": "We can see it within two weeks."},
            conflict={"candidate_id": str(w.tom)},
        )
    made = await j.do(
        "createCycleSuccessIndicator",
        "nina",
        path=at,
        body={
            "lens": "students",
            "text": "Most answers go on when a classmate asks why.",
            "indicator_id": str(w.leap_i8),
        },
        conflict={"indicator_id": None},
    )
    one = {"success_indicator_id": made["id"]}
    await j.do("getCycleSuccessIndicator", "lena", path=one)
    await j.do("listCycleSuccessIndicators", "lena", path=at)
    made = await j.do(
        "updateCycleSuccessIndicator",
        "lena",
        path=one,
        version=made["version"],
        body={"text": "Six answers of ten go on when a classmate asks why."},
        conflict={"indicator_id": None},
    )
    await j.do("deleteCycleSuccessIndicator", "lena", path=one, version=made["version"])
    other, goals = await _begun(j, w, number=92)
    at = {"cycle_id": other}
    named = await j.do("createCycleCandidate", "nina", path=at, body={"goal_id": goals[0]})
    order = {"candidate_ids": [named["id"]]}
    await j.do("replaceCycleRanking", "lena", path=at, version=0, body=order)
    shown = await j.do("getCycleChoice", "lena", path=at)
    await j.do(
        "waiveCycleRanking",
        "lena",
        path=at,
        version=shown["version"],
        body={"reason": "Nina is on leave and asked me to begin."},
        forbidden="nina",
    )


async def _begun(j: Any, w: Any, number: int = 91) -> tuple[str, list[str]]:
    """A cycle of Nina's and three goals of hers."""
    home = {"district_id": w.juniper, "school_id": w.alder}
    nina = {"teacher_id": w.nina, "lead_id": w.lena, "author_id": w.nina, "level": "individual"}
    year = {"school_year_id": w.alder_year}
    goals = [
        m.Goal(
            **home,
            **nina,
            **year,
            id=clock.new_id(),
            kind="growth",
            state="agreed",
            title=title,
            statement="By May most answers go on.",
        )
        for title in ("Let answers go on", "Wait longer", "Ask fewer questions")
    ]
    cycle = m.LearningCycle(
        **home,
        **nina,
        **year,
        id=clock.new_id(),
        number=number,
        title="Answers that go on",
        template_id=w.learning_cycle_plan,
    )
    async with j.live.app.state.database.writing() as session:
        await keys.enter(session, w.juniper)
        session.add_all([*goals, cycle])
        await session.commit()
    return str(cycle.id), [str(goal.id) for goal in goals]


#: the cycle that has the others' rows, and what no list with pages gives the ids of
_FIRST, _TERM, _CANDIDATE, _SUCCESS_INDICATOR = (
    UUID(f"0199f2c4-8d1e-7a30-9c55-3f6f2b1d9e9{digit}") for digit in range(1, 5)
)
IDS = {
    "cycle_id": str(_FIRST),
    "term_id": str(_TERM),
    "candidate_id": str(_CANDIDATE),
    "success_indicator_id": str(_SUCCESS_INDICATOR),
}


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more data point and ranking in the first cycle of Tom's, which has one of all else."""
    of_tom = {
        **home,
        "level": "individual",
        "school_id": world.alder,
        "teacher_id": world.tom,
        "lead_id": world.lena,
        "author_id": world.tom,
    }
    below = {**of_tom, "cycle_id": _FIRST}
    named = select(m.LearningCycle.id).where(m.LearningCycle.id == _FIRST)
    if await session.scalar(named) is None:
        cycle = m.LearningCycle(
            **of_tom,
            id=_FIRST,
            school_year_id=world.alder_year,
            number=99,
            title="Oldest",
            template_id=world.learning_cycle_plan,
            revealed_at=clock.now(),
        )
        goal = m.Goal(
            **of_tom,
            id=clock.new_id(),
            school_year_id=world.alder_year,
            kind="growth",
            state="agreed",
            title="a",
        )
        session.add_all([cycle, goal])
        await session.flush()
        words = {"vocabulary": "data_source", "key": "a", "title": "a"}
        session.add_all(
            [
                m.CycleCandidate(**below, id=_CANDIDATE, goal_id=goal.id),
                m.CycleSuccessIndicator(
                    **below, id=_SUCCESS_INDICATOR, lens="teacher", text="a", explanation="a"
                ),
                m.VocabularyTerm(**home, id=_TERM, school_id=world.alder, **words),
            ]
        )
    # one of each person who was added, since each ranks once
    author = await session.scalar(select(m.Person.id).where(m.Person.family_name == name))
    below |= {"author_id": author or world.tom}
    seen = {"reveal_on": clock.today("UTC"), "revealed_at": clock.now()}
    session.add_all(
        [
            m.CycleDataPoint(**below, kind="qualitative", source="survey", text="a"),
            m.CycleRanking(**below, candidate_ids=[], **seen),
        ]
    )
    await session.flush()


FIRSTS = (
    ("tom", "data_point_id", "/learning-cycles/{cycle_id}/data-points"),
    ("tom", "ranking_id", "/learning-cycles/{cycle_id}/rankings"),
)
