"""Learning cycles, their members and their close. What siblings write in a cycle is put into the
tables here (`fill`): data and rankings, learning and adjustments, uses, reflections."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from tests.access.table import EVERYBODY, LISTS, READERS, _minus, anywhere, reads, step

#: name → (teacher or team, lead, author, state, phase, who stands by a conclusion)
CYCLES: dict[str, tuple[str, str | None, str, str, str, str]] = {
    "lc_tom_begun": ("tom", "lena", "tom", "intention", "intention", ""),
    "lc_tom_learning": ("tom", "lena", "lena", "learning", "learning", ""),
    "lc_tom_reflecting": ("tom", "lena", "tom", "reflection", "reflection", "lena"),
    "lc_tom_paused": ("tom", "lena", "tom", "paused", "application", ""),
    "lc_tom_closed": ("tom", "lena", "tom", "closed", "reflection", "tom lena"),
    "lc_tom_before": ("tom", "luis", "luis", "learning", "learning", ""),
    "lc_pia": ("pia", "lena", "lena", "intention", "intention", ""),
    "lc_olga": ("olga", "lena", "olga", "abandoned", "intention", ""),
    "lc_olga_by_lena": ("olga", "lena", "lena", "abandoned", "intention", ""),
    "lc_maths": ("maths", None, "lena", "learning", "learning", ""),
    "lc_maths_reflecting": ("maths", None, "lena", "reflection", "reflection", "lena"),
    "lc_maths_over": ("maths", None, "lena", "abandoned", "intention", ""),
    "lc_tom_concluded": ("tom", "lena", "tom", "reflection", "reflection", "tom"),
    "lc_maths_paused": ("maths", None, "lena", "paused", "learning", ""),
}
READERS.update(
    {
        **{name: "tom lena" for name in CYCLES if name.startswith("lc_tom")},
        "lc_tom_before": "tom",
        "lc_pia": "pia lena",
        "lc_olga": "olga",
        "lc_olga_by_lena": "olga lena",
        **{name: "lena tom nina paul" for name in CYCLES if name.startswith("lc_maths")},
        # each member's place: the team's lead, and the member
        **dict.fromkeys(("lc_member_tom", "lc_member_over"), "lena tom"),
        "lc_member_nina": "lena nina",
    }
)
MEMBERS = {
    "lc_member_tom": ("lc_maths", "tom"),
    "lc_member_nina": ("lc_maths", "nina"),
    "lc_member_over": ("lc_maths_over", "tom"),
}
_CONCLUDED = {
    "goal_outcome": "met",
    "outcome_evidence": "Nine lessons of ten had checks.",
    "decision": "none",
}


def below(cycle: Any, author: UUID | None, **fields: Any) -> dict[str, Any]:
    """The columns of a row in a cycle: common, or (with `own`) a member's own."""
    mine = fields.pop("own", cycle.level == "individual")
    return {
        "district_id": cycle.district_id,
        "cycle_id": cycle.id,
        "school_id": cycle.school_id,
        "level": "individual" if mine else "team",
        "team_id": None if mine else cycle.team_id,
        "teacher_id": (cycle.teacher_id or author) if mine else None,
        "lead_id": cycle.lead_id,
        "author_id": author,
        **fields,
    }


def intention(cycle: Any, goal_id: UUID, rank: list[UUID | None]) -> list[Any]:
    """What the first phase needs: data of both kinds, a goal that these ranked, three lenses."""
    who = cycle.author_id
    return [
        m.CycleDataPoint(**below(cycle, who, kind="qualitative", source="survey", text="Quiet.")),
        m.CycleDataPoint(
            **below(cycle, who, kind="quantitative", source="survey", value=2, unit="checks")
        ),
        m.CycleCandidate(**below(cycle, who, goal_id=goal_id)),
        *(
            m.CycleRanking(
                **below(
                    cycle,
                    one,
                    own=True,
                    candidate_ids=[str(goal_id)],
                    reveal_on=date(2026, 10, 12),
                )
            )
            for one in rank
        ),
        *(
            m.CycleSuccessIndicator(
                **below(cycle, who, lens=lens, text="Everybody answers.", explanation="As agreed.")
            )
            for lens in ("teacher", "peers", "students")
        ),
    ]


def activity(cycle: Any, **fields: Any) -> Any:
    """A way to learn, done."""
    done = {"state": "done", "done_on": date(2026, 10, 1)}
    what = {"approach": "book_study", "title": "Read about checks", "who": "both"}
    return m.CycleActivity(**below(cycle, cycle.author_id, **{**what, **done, **fields}))


def adjustment(cycle: Any, who: UUID | None, **fields: Any) -> Any:
    """What somebody tries."""
    return m.CycleAdjustment(
        **below(cycle, who, own=True, **{"text": "A hinge question a lesson.", **fields})
    )


def use(cycle: Any, tried: Any, who: UUID | None) -> Any:
    """A video that shows it."""
    shown = {"url": "https://films.example/1", "on": date(2026, 10, 2), "text": "It works."}
    return m.CycleUse(**below(cycle, who, own=True, adjustment_id=tried.id, kind="video", **shown))


def reflection(cycle: Any, who: UUID | None, **fields: Any) -> Any:
    """What somebody said at the end, shared."""
    said = {"on_self": "I wait.", "on_process": "It helped.", "on_students": "More answers."}
    shared = {"state": "shared", "shared_at": clock.now()}
    return m.CycleReflection(**below(cycle, who, own=True, **{**said, **shared, **fields}))


async def fill(session: AsyncSession, cycle_id: Any, phase: str, goal_id: Any = None) -> None:
    """All that an individual cycle needs to leave the phase."""
    cycle = await session.get_one(
        m.LearningCycle, (await session.scalar(select(m.District.id)), UUID(str(cycle_id)))
    )
    teacher, lead = cycle.teacher_id, cycle.lead_id
    if phase == "intention":
        session.add_all(intention(cycle, UUID(str(goal_id)), [teacher, lead]))
        await session.execute(
            update(m.LearningCycle)
            .where(m.LearningCycle.id == cycle.id)
            .values(goal_id=UUID(str(goal_id)), revealed_at=clock.now())
        )
    elif phase == "learning":
        session.add_all([activity(cycle), adjustment(cycle, teacher)])
    elif phase == "application":
        tried = await session.scalar(
            select(m.CycleAdjustment).where(m.CycleAdjustment.cycle_id == cycle.id)
        )
        session.add(use(cycle, tried, teacher))
    else:
        session.add_all([reflection(cycle, teacher), reflection(cycle, lead)])
    await session.flush()


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each; what the gates need is in those that take their next step."""
    world = objects.world
    for number, (name, row) in enumerate(CYCLES.items(), start=1):
        owner, lead, author, state, phase, stands = row
        of_team = owner == "maths"
        cycle = await add(
            name,
            made(
                m.LearningCycle,
                level="team" if of_team else "individual",
                school_id=world.alder,
                school_year_id=world.alder_year,
                team_id=world.maths if of_team else None,
                teacher_id=None if of_team else getattr(world, owner),
                lead_id=getattr(world, lead) if lead else None,
                author_id=getattr(world, author),
                relationship_id=None if of_team else objects.ids[f"lena_{owner}"],
                number=number,
                title="Checks for understanding",
                state=state,
                phase=phase,
                **(_CONCLUDED if stands else {}),
                teacher_yes_at=clock.now() if "tom" in stands else None,
                lead_yes_at=clock.now() if "lena" in stands else None,
                closed_at=clock.now() if state == "closed" else None,
            ),
        )
        if name in ("lc_tom_learning", "lc_maths"):
            await add(f"{name}_activity", activity(cycle))
        if name == "lc_tom_learning":
            await add(f"{name}_adjustment", adjustment(cycle, world.tom))
        if name in ("lc_tom_reflecting", "lc_tom_concluded"):
            for who in (world.tom, world.lena):
                await add(f"{name}_by_{who}", reflection(cycle, who))
    for name, (of, who) in MEMBERS.items():
        await add(
            name,
            made(
                m.CycleMember,
                cycle_id=objects.ids[of],
                school_id=world.alder,
                team_id=world.maths,
                person_id=getattr(world, who),
                adjustments_waived="On leave.",
            ),
        )


_OPEN = "intention learning application reflection paused"
_RUNNING = _OPEN.removesuffix(" paused")
_BACK = "learning application reflection"
_WHY = {"reason": "We need more data."}
#: who did not conclude it, or leads the team
_CLOSES = {"lc_tom_reflecting": "tom", "lc_tom_concluded": "lena", "lc_maths_reflecting": "lena"}
for _name, (_owner_name, _lead, _, _state, _, _stands) in CYCLES.items():
    _team = _owner_name == "maths"
    # the two while they work together, a team's lead; nobody else, whoever reads it
    _may = "lena" if _team else "tom lena" if READERS[_name] == "tom lena" else ""
    for _operation, _verb, _from, _body in (
        ("updateLearningCycle", "edit", _RUNNING, {"title": "Hinge questions"}),
        ("sendBackLearningCycle", "back", _BACK, _WHY),
        ("pauseLearningCycle", "pause", _RUNNING, None),
        ("resumeLearningCycle", "resume", "paused", None),
        ("abandonLearningCycle", "abandon", _OPEN, _WHY),
        ("concludeLearningCycle", "conclude", "reflection", _CONCLUDED),
    ):
        _possible = (_may, "") if _state in _from.split() else ("", _may)
        step(_operation, _name, *_possible, body=_body, permission=_verb)
    # both need what the gates ask for
    _ready = _may if _name in ("lc_tom_learning", "lc_maths") else ""
    step("advanceLearningCycle", _name, _ready, _minus(_may, _ready), permission="advance")
    _ready = _CLOSES.get(_name, "")
    step("closeLearningCycle", _name, _ready, _minus(_may, _ready), permission="close")
    _gate = _minus(READERS[_name], "tom nina paul" if _team else "")
    if _name == "lc_olga_by_lena":
        _gate = "olga"
    step("getLearningCycleGate", _name, _gate, permission="read_gate")
    if _team:
        _possible = ("lena", "") if _state in _OPEN.split() else ("", "lena")
        step("takeInCycleMembers", _name, *_possible, permission="take_in_members")
reads("getLearningCycle", " ".join(CYCLES))
for _operation in (
    "getLearningCycleAudience",
    "listLearningCycleChain",
    "listLearningCycleMoves",
    "listCycleMembers",
):
    reads(_operation, "lc_tom_begun lc_pia lc_maths")
reads("getCycleMember", " ".join(MEMBERS))
_WAIVED = {"what": "reflection", "reason": "On leave until June."}
for _name, (_of, _) in MEMBERS.items():
    _possible = ("", "lena") if _of == "lc_maths_over" else ("lena", "")
    step("waiveCycleMember", _name, *_possible, body=_WAIVED, permission="waive")
_NEW = {"level": "individual"}
anywhere(
    "createLearningCycle",
    "sam luis",
    409,  # whoever cannot see the coaching cannot tell that there is any
    lambda o: {"teacher_id": o["sam"], **_NEW},
    on="sam",
    status=201,
    others={403: "ada paul"},
)
anywhere(
    "createLearningCycle",
    "lena",
    409,
    lambda o: {"level": "team", "team_id": o["maths"], "school_year_id": o["alder_year"]},
    on="maths",
    status=201,
    others={403: "ada tom nina paul"},
)
LISTS["listLearningCycles"] = tuple(CYCLES)
anywhere("listLearningCycles", EVERYBODY, query="limit=200")


async def chapter(j: Any, w: Any) -> None:
    """Tom and Lena go through a cycle and begin the next; Lena begins one for her team."""
    new = {
        "level": "individual",
        "kind": "growth",
        "title": "Check for understanding",
        "statement": "By May every lesson shows me who is lost.",
        "school_year_id": str(w.alder_year),
        "indicator_ids": [str(w.leap_i5)],
    }
    goal = (await j.client("tom").post("/goals", json=new)).json()
    for who, verb in (("tom", "propose"), ("tom", "agree"), ("lena", "agree")):
        at = {"If-Match": f'"{goal["version"]}"'}
        goal = (await j.client(who).post(f"/goals/{goal['id']}/{verb}", headers=at)).json()
    cycle = await j.do(
        "createLearningCycle",
        "tom",
        body={
            "level": "individual",
            "title": "Who is lost, and when",
            "template_id": str(w.learning_cycle_plan),
        },
        conflict={"team_id": str(w.maths)},
    )
    at = {"cycle_id": cycle["id"]}

    async def take(name: str, who: str, **more: Any) -> Any:
        now = await j.do("getLearningCycle", who, path=at)
        return await j.do(name, who, path=at, version=now["version"], **more)

    async def filled(phase: str) -> None:
        async with j.live.app.state.database.writing() as session:
            await keys.enter(session, w.juniper)
            await fill(session, cycle["id"], phase, goal["id"])
            await session.commit()

    await take(
        "updateLearningCycle",
        "lena",
        body={"answers": {"small_step": "One hinge question, in the third period."}},
        conflict={"answers": {"astray": "x"}},
    )
    await j.do("getLearningCycleGate", "tom", path=at)
    for phase in ("intention", "learning", "application"):
        await filled(phase)
        await take("advanceLearningCycle", "lena")
    await take("sendBackLearningCycle", "tom", body={"reason": "One more video first."})
    await take("advanceLearningCycle", "tom")
    await take("pauseLearningCycle", "tom")
    await take("resumeLearningCycle", "lena")
    await filled("reflection")
    await take(
        "concludeLearningCycle",
        "tom",
        body={
            "goal_outcome": "partly_met",
            "outcome_evidence": "Checks in four lessons of five; what follows them is still thin.",
            "decision": "continue",
            "decision_reason": "It begins to work.",
        },
        conflict={"closes_goal": True},
    )
    await take("closeLearningCycle", "lena")
    following = await j.do(
        "createLearningCycle",
        "lena",
        body={"level": "individual", "previous_id": cycle["id"], "teacher_id": str(w.tom)},
    )
    await j.do("listLearningCycles", "tom", query={"limit": 1})
    await j.do("listLearningCycleChain", "tom", path=at, query={"limit": 1})
    await j.do("listLearningCycleMoves", "tom", path=at, query={"limit": 1})
    await j.do("getLearningCycleAudience", "tom", path=at)
    await j.do(
        "abandonLearningCycle",
        "tom",
        path={"cycle_id": following["id"]},
        version=following["version"],
        body={"reason": "The team works on the same thing."},
    )
    team = await j.do(
        "createLearningCycle",
        "lena",
        body={
            "level": "team",
            "team_id": str(w.maths),
            "school_year_id": str(w.alder_year),
            "title": "Questions that show who is lost",
        },
    )
    at = {"team_cycle_id": team["id"]}
    await j.do("takeInCycleMembers", "lena", path=at, version=team["version"], forbidden="paul")
    listed = await j.do("listCycleMembers", "lena", path=at, query={"limit": 1})
    one = {"cycle_member_id": listed["items"][0]["id"]}
    member = await j.do("getCycleMember", "lena", path=one)
    await j.do(
        "waiveCycleMember",
        "lena",
        path=one,
        version=member["version"],
        body=_WAIVED,
    )


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more cycle of Tom's, behind the last of those made here, which come after his oldest; in
    that a move more, and in the first of the team's cycles a member."""
    title = "A long chain"
    mine = select(m.LearningCycle).where(m.LearningCycle.teacher_id == world.tom)
    oldest = await session.scalar(mine.where(m.LearningCycle.title == "Oldest").limit(1))
    chain = mine.where(m.LearningCycle.title == title)
    last = await session.scalar(chain.order_by(m.LearningCycle.number.desc()).limit(1)) or oldest
    cycle = m.LearningCycle(
        **home,
        level="individual",
        school_id=world.alder,
        school_year_id=world.alder_year,
        teacher_id=world.tom,
        lead_id=world.lena,
        author_id=world.tom,
        relationship_id=world.lena_tom,
        number=max(last.number + 1, 1000) if last else 1000,
        previous_id=last.id if last else None,
        title=title,
        state="closed",
        phase="reflection",
        closed_at=clock.now(),
        **_CONCLUDED,
    )
    session.add(cycle)
    of_team = select(m.LearningCycle).where(m.LearningCycle.team_id == world.maths)
    team = await session.scalar(of_team.where(m.LearningCycle.title == title).limit(1))
    if team is None:
        team = m.LearningCycle(
            **home,
            level="team",
            school_id=world.alder,
            school_year_id=world.alder_year,
            team_id=world.maths,
            author_id=world.lena,
            number=1000,
            title=title,
        )
        session.add(team)
    await session.flush()
    first = oldest or cycle
    moved = {"from_state": "intention", "to_state": "learning", "author_id": world.tom}
    session.add(m.CycleMove(**home, cycle_id=first.id, **moved))
    people = {world.tom, await session.scalar(_named(name))} - {None}
    people -= set(await session.scalars(_taken.where(m.CycleMember.cycle_id == team.id)))
    in_team = {"cycle_id": team.id, "school_id": world.alder, "team_id": world.maths}
    session.add_all([m.CycleMember(**home, **in_team, person_id=one) for one in people])
    await session.flush()


_taken = select(m.CycleMember.person_id)


def _named(name: str) -> Any:
    """The person who was added with the same name, where there is one."""
    return select(m.Person.id).where(m.Person.family_name == name)


FIRSTS = (
    ("lena", "team_cycle_id", "/learning-cycles?level=team"),
    ("lena", "cycle_member_id", "/learning-cycles/{team_cycle_id}/members"),
)
