"""Growth plans, their steps, and the reviews of plans and goals."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from app import models as m
from app.core import clock
from tests.access.objects import GOALS
from tests.access.table import (
    _PARTIES,
    ALDER,
    EVERYBODY,
    LISTS,
    PULL,
    READERS,
    _minus,
    anywhere,
    reads,
    step,
)

#: name → (teacher, year, lead, state, whether the teacher agreed to the draft)
PLANS: dict[str, tuple[str, str, str | None, str, bool]] = {
    "tom_plan_draft": ("tom", "alder_past", "lena", "draft", False),
    "tom_plan_agreed": ("tom", "alder_year", "lena", "agreed", False),
    "tom_plan_before": ("tom", "birch_past", "luis", "draft", True),
    "nina_plan_mid": ("nina", "alder_year", "lena", "mid_year_reviewed", False),
    "nina_plan_closed": ("nina", "alder_past", "lena", "closed", False),
    "pia_plan_draft": ("pia", "alder_year", "lena", "draft", False),
    "pia_plan_alone": ("pia", "alder_past", None, "draft", True),
    "olga_plan_agreed": ("olga", "alder_year", "lena", "agreed", False),
    "uma_plan_draft": ("uma", "alder_year", None, "draft", False),
    "uma_plan_proposed": ("uma", "alder_past", None, "draft", True),
}
READERS.update(
    {
        "tom_plan_draft": "tom lena",
        "tom_plan_agreed": "tom lena paul",
        "tom_plan_before": "tom",
        **dict.fromkeys(("nina_plan_mid", "nina_plan_closed"), "nina lena paul"),
        "pia_plan_draft": "pia lena",
        "pia_plan_alone": "pia paul",
        "olga_plan_agreed": "olga paul",
        "uma_plan_draft": "uma",
        "uma_plan_proposed": "uma paul",
    }
)
#: name → (plan, state)
PLAN_STEPS = {
    "plan_step_draft": ("tom_plan_draft", "open"),
    "plan_step_open": ("tom_plan_agreed", "open"),
    "plan_step_done": ("tom_plan_agreed", "done"),
    "plan_step_before": ("tom_plan_before", "open"),
    "plan_step_closed": ("nina_plan_closed", "open"),
    "plan_step_pia": ("pia_plan_draft", "open"),
    "plan_step_olga": ("olga_plan_agreed", "open"),
    "plan_step_uma": ("uma_plan_proposed", "open"),
}
READERS.update({name: READERS[plan] for name, (plan, _) in PLAN_STEPS.items()})
#: name → (teacher, lead, state, who submitted, who drafted, whether the teacher acknowledged)
GOAL_REVIEWS: dict[str, tuple[str, str | None, str, str, str, bool]] = {
    "review_bare": ("tom", "lena", "open", "", "", False),
    "review_drafts": ("tom", "lena", "open", "", "tom lena", False),
    "review_said": ("tom", "lena", "open", "tom lena", "", False),
    "review_before": ("tom", "luis", "open", "tom", "", True),
    "review_done": ("nina", "lena", "complete", "", "", False),
    "review_pia": ("pia", "lena", "open", "pia", "lena", False),
    "review_olga": ("olga", "lena", "open", "olga lena", "", False),
    "review_uma": ("uma", None, "open", "uma", "", True),
    "review_uma_own": ("uma", None, "open", "", "", False),
}
READERS.update(
    {
        **dict.fromkeys(("review_bare", "review_drafts", "review_said"), "tom lena"),
        "review_before": "tom",
        "review_done": "nina lena",
        "review_pia": "pia lena",
        "review_olga": "olga",
        # whoever stands in sees that it took place, from the teacher's acknowledgement on
        "review_uma": "uma paul",
        "review_uma_own": "uma",
    }
)
#: name → (review, author, state); read by its author, and submitted by the other of the two
PARTS_OF = {
    f"{name}_{who}": (name, who, state)
    for name, (_, _, _, said, drafted, _) in GOAL_REVIEWS.items()
    for who, state in (
        *((who, "submitted") for who in said.split()),
        *((who, "draft") for who in drafted.split()),
    )
}
READERS.update(
    {
        "review_drafts_tom": "tom",
        "review_drafts_lena": "lena",
        **dict.fromkeys(("review_said_tom", "review_said_lena"), "tom lena"),
        "review_before_tom": "tom",
        "review_pia_pia": "pia lena",
        "review_pia_lena": "lena",
        "review_olga_olga": "olga",
        "review_olga_lena": "olga lena",
        "review_uma_uma": "uma",
    }
)
_NOW = ("agreed_at", "mid_year_reviewed_at", "closed_at")
_STATES = ("draft", "agreed", "mid_year_reviewed", "closed")


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each; to each plan two goals, and one that could be added."""
    world = objects.world

    def person(name: str | None) -> Any:
        return getattr(world, name) if name else None

    async def goal(name: str, teacher: str, year: str, lead: str | None, plan: Any) -> Any:
        return await add(
            name,
            made(
                m.Goal,
                level="individual",
                kind="growth",
                state="agreed",
                title=name,
                statement="What will be reached.",
                school_id=world.alder,
                school_year_id=getattr(world, year),
                teacher_id=person(teacher),
                author_id=person(teacher),
                lead_id=person(lead),
                plan_id=plan,
            ),
        )

    for name, (teacher, year, lead, state, agreed) in PLANS.items():
        passed = dict.fromkeys(_NOW[: _STATES.index(state)], clock.now())
        plan = await add(
            name,
            made(
                m.GrowthPlan,
                state=state,
                school_id=world.birch if year == "birch_past" else world.alder,
                school_year_id=getattr(world, year),
                teacher_id=person(teacher),
                author_id=person(teacher),
                lead_id=person(lead),
                proposed_at=clock.now() if agreed else None,
                **passed,
            ),
        )
        if agreed:
            yes = {"person_id": person(teacher), "capacity": "teacher"}
            await add(f"{name}_yes", made(m.PlanAgreement, plan_id=plan.id, **yes))
        for suffix, held in (("goal", plan.id), ("other", plan.id), ("spare", None)):
            await goal(f"{name}_{suffix}", teacher, year, lead, held)
    for name, (of, state) in PLAN_STEPS.items():
        teacher = PLANS[of][0]
        await add(
            name,
            made(
                m.PlanStep,
                plan_id=objects.ids[of],
                author_id=person(teacher),
                text="Visit a colleague's lesson.",
                owner="teacher",
                state=state,
                ended_at=clock.now() if state != "open" else None,
                position=1,
                school_id=world.birch if of == "tom_plan_before" else world.alder,
                teacher_id=person(teacher),
            ),
        )
    for name, (teacher, lead, state, _, _, agreed) in GOAL_REVIEWS.items():
        below = await goal(f"{name}_goal", teacher, "alder_year", lead, None)
        whose = {"school_id": world.alder, "teacher_id": person(teacher), "lead_id": person(lead)}
        review = await add(
            name,
            made(
                m.GoalReview,
                goal_id=below.id,
                kind="mid_year",
                state=state,
                author_id=person(teacher),
                proposed_at=clock.now() if agreed else None,
                completed_at=clock.now() if state == "complete" else None,
                **whose,
            ),
        )
        if agreed:
            yes = {"person_id": person(teacher), "capacity": "teacher"}
            await add(f"{name}_yes", made(m.ReviewAcknowledgement, review_id=review.id, **yes))
        for part, (of, who, said) in PARTS_OF.items():
            if of == name:
                await add(
                    part,
                    made(
                        m.GoalReviewPart,
                        review_id=review.id,
                        author_id=person(who),
                        state=said,
                        words="It goes well.",
                        submitted_at=clock.now() if said == "submitted" else None,
                        **whose,
                    ),
                )


#: who writes in the plan of a teacher
_WRITERS = {"tom": "tom lena", "nina": "nina lena", "pia": "pia", "olga": "olga", "uma": "uma"}


def _of(name: str, who: str) -> str:
    """Those of `who` that see it."""
    return " ".join(person for person in who.split() if person in READERS[name].split())


def _plan_body(teacher: str) -> Any:
    return lambda o: {"teacher_id": o[teacher], "school_year_id": o["alder_year"]}


_colleagues = f"ada {ALDER}"
anywhere(
    "createGrowthPlan",
    "sam luis",
    409,  # whoever cannot see the teacher cannot tell that there is one
    _plan_body("sam"),
    on="sam",
    status=201,
    others={403: _minus(_colleagues, "sam luis")},
)
# that there is a plan already is told to the two alone
anywhere(
    "createGrowthPlan",
    "",
    409,
    _plan_body("tom"),
    on="tom",
    status=201,
    others={403: _minus(_colleagues, "tom lena")},
)
reads("getGrowthPlan", " ".join(PLANS))
for _operation in (
    "listGrowthPlanGoals",
    "listPlanSteps",
    "listReviewsOfGrowthPlan",
    "getGrowthPlanAudience",
):
    reads(_operation, "tom_plan_draft olga_plan_agreed uma_plan_proposed")
for _name, (_teacher, _, _, _state, _agreed) in PLANS.items():
    _may = _of(_name, _WRITERS[_teacher])
    # Paul stands in where there is no active lead; of the two, the teacher has agreed already,
    # unless it was to another lead
    _both = _of(_name, f"{_WRITERS[_teacher]} paul") if _teacher in ("pia", "uma", "olga") else _may
    _again = _teacher if _agreed and _name != "tom_plan_before" else ""
    _draft = _state == "draft"
    _agree = (_minus(_both, _again), _again) if _draft else ("", _both)
    step("agreeGrowthPlan", _name, *_agree, permission="agree")
    for _operation, _verb, _from, _body, _status in (
        ("updateGrowthPlan", "edit", "draft", {"title": "My year"}, 200),
        (
            "addGrowthPlanGoal",
            "add_goal",
            "draft agreed mid_year_reviewed",
            lambda o, name=_name: {"goal_id": o[f"{name}_spare"]},
            200,
        ),
        (
            "removeGrowthPlanGoal",
            "remove_goal",
            "draft agreed mid_year_reviewed",
            lambda o, name=_name: {"goal_id": o[f"{name}_other"]},
            200,
        ),
        (
            "createPlanStep",
            "add_plan_step",
            "draft agreed mid_year_reviewed",
            {"text": "Try it in the third period."},
            201,
        ),
        (
            "createGrowthPlanReview",
            "review",
            "agreed mid_year_reviewed",
            {"kind": "mid_year" if _state == "agreed" else "end_of_year"},
            201,
        ),
    ):
        _possible = (_may, "") if _state in _from.split() else ("", _may)
        step(
            _operation,
            _name,
            *_possible,
            body=_body,
            status=_status,
            permission="add_step" if _verb == "add_plan_step" else _verb,
        )

reads("getPlanStep", " ".join(PLAN_STEPS))
for _name, (_plan, _state) in PLAN_STEPS.items():
    _may = _of(_name, _WRITERS[PLANS[_plan][0]])
    _possible = ("", _may) if _state == "done" or "closed" in _plan else (_may, "")
    for _operation, _verb, _body in (
        ("updatePlanStep", "edit", {"due_on": "2027-01-15"}),
        ("finishPlanStep", "finish", None),
        ("dropPlanStep", "drop", {"reason": "Not needed."}),
    ):
        step(_operation, _name, *_possible, body=_body, permission=_verb)

reads("getGoalReview", " ".join(GOAL_REVIEWS))
for _name, (_teacher, _, _state, _said, _drafted, _agreed) in GOAL_REVIEWS.items():
    _may = _of(_name, _WRITERS[_teacher])
    _there = f"{_said} {_drafted}" if _state == "open" else _may
    step(
        "createGoalReviewPart",
        _name,
        _minus(_may, _there),
        _of(_name, _minus(_may, _minus(_may, _there))),
        body={"words": "Every lesson now has three checks."},
        status=201,
        permission="add_part",
    )
    _ready = _of(_name, _minus(_said, "lena") if _teacher == "olga" else _said)
    if _agreed and _name != "review_before":
        _ready = "paul"  # who stands in; the teacher waits
    step(
        "acknowledgeGoalReview",
        _name,
        _ready,
        _minus(_of(_name, f"{_may} paul"), _ready),
        permission="acknowledge",
    )
reads("getGoalReviewPart", " ".join(PARTS_OF))
for _name, (_review, _who, _state) in PARTS_OF.items():
    _works = _who in _WRITERS[GOAL_REVIEWS[_review][0]].split()
    _may = _who if _works else ""
    _possible = (_may, "") if _state == "draft" else ("", _may)
    _other = {"next_words": "Fewer, better questions."}
    step("updateGoalReviewPart", _name, *_possible, body=_other, permission="edit")
    step("submitGoalReviewPart", _name, *_possible, permission="submit")

# any individual goal is reviewed, from agreed on; school and team goals never
for _name in (
    "tom_draft",
    "tom_agreed",
    "tom_closed",
    "tom_before_draft",
    "pia_agreed",
    "olga_agreed",
    "uma_proposed",
    "uma_agreed",
    "school_published",
    "team_closed",
):
    _level, _state, _owner, _ = GOALS[_name]
    _may = _of(_name, _PARTIES[_owner][0]) if _level == "individual" else ""
    step(
        "createGoalReview",
        _name,
        *((_may, "") if _state in ("agreed", "closed") else ("", _may)),
        body={"kind": "end_of_year"},
        status=201,
        permission="review",
    )
for _name in ("tom_agreed", "uma_proposed", "school_published"):
    reads("listReviewsOfGoal", _name, {_name: _minus(READERS[_name], PULL)})

LISTS["listGrowthPlans"] = tuple(PLANS)
LISTS["listGoalReviews"] = tuple(GOAL_REVIEWS)
LISTS["listGoalReviewParts"] = tuple(PARTS_OF)
for _operation in ("listGrowthPlans", "listGoalReviews", "listGoalReviewParts"):
    anywhere(_operation, EVERYBODY, query="limit=200")


async def chapter(j: Any, w: Any) -> None:
    """Tom and Lena agree a plan for the year, work on it, and review it twice."""
    goals = []
    for title in ("Check for understanding", "Wait longer for answers"):
        new = {
            "level": "individual",
            "kind": "growth",
            "title": title,
            "statement": "By May every lesson shows me who is lost.",
            "school_year_id": str(w.alder_year),
            "indicator_ids": [str(w.leap_i5)],
        }
        goal = (await j.client("tom").post("/goals", json=new)).json()
        at = {"If-Match": f'"{goal["version"]}"'}
        goals.append(
            (await j.client("tom").post(f"/goals/{goal['id']}/propose", headers=at)).json()
        )
    plan = await j.do(
        "createGrowthPlan",
        "tom",
        body={
            "school_year_id": str(w.alder_year),
            "title": "Seeing who is lost",
            "aspiration": "I want to know during the lesson, not after it, who is with me.",
        },
        conflict={"teacher_id": str(w.ada)},
    )
    at = {"plan_id": plan["id"]}

    async def now() -> Any:
        return (await j.do("getGrowthPlan", "tom", path=at))["version"]

    await j.do(
        "updateGrowthPlan",
        "lena",
        path=at,
        version=plan["version"],
        body={"title": "Seeing early who is lost"},
    )
    for goal in goals:
        await j.do(
            "addGrowthPlanGoal",
            "tom",
            path=at,
            version=await now(),
            body={"goal_id": goal["id"]},
            conflict={"goal_id": str(w.tom)},
        )
    made = await j.do(
        "createPlanStep",
        "lena",
        path=at,
        version=await now(),
        body={
            "text": "Watch a lesson with hinge questions and try two of them.",
            "goal_id": goals[0]["id"],
            "owner": "teacher",
            "due_on": "2026-11-20",
            "resources": [
                {"title": "Hinge questions, a short film", "url": "https://films.example/hinge"}
            ],
        },
        conflict={"goal_id": str(w.tom)},
    )
    for who in ("tom", "lena"):
        plan = await j.do("agreeGrowthPlan", who, path=at, version=await now())
    await j.do(
        "removeGrowthPlanGoal",
        "tom",
        path=at,
        version=plan["version"],
        body={"goal_id": goals[1]["id"]},
        forbidden="paul",
        conflict={"goal_id": str(w.tom)},
    )
    await j.do("listGrowthPlans", "paul", query={"limit": 1})
    await j.do("listGrowthPlanGoals", "tom", path=at, query={"limit": 1})
    await j.do("getGrowthPlanAudience", "tom", path=at)
    await j.do("listPlanSteps", "paul", path=at, query={"limit": 1})
    one = {"plan_step_id": made["id"]}
    made = await j.do("getPlanStep", "tom", path=one)
    made = await j.do(
        "updatePlanStep",
        "tom",
        path=one,
        version=made["version"],
        body={"due_on": "2026-12-04"},
        forbidden="paul",
        conflict={"text": "Something else."},
    )
    await j.do("finishPlanStep", "tom", path=one, version=made["version"], forbidden="paul")
    more = await j.do(
        "createPlanStep",
        "tom",
        path=at,
        version=await now(),
        body={"text": "Film one lesson."},
    )
    await j.do(
        "dropPlanStep",
        "tom",
        path={"plan_step_id": more["id"]},
        version=more["version"],
        body={"reason": "Lena's notes show the same."},
        forbidden="paul",
    )
    review = await j.do(
        "createGrowthPlanReview",
        "lena",
        path=at,
        version=await now(),
        body={"kind": "mid_year"},
        forbidden="paul",
        conflict={"kind": "end_of_year"},
    )
    await _reviewed(j, review)
    await j.do("listReviewsOfGrowthPlan", "tom", path=at)
    await j.do("listGoalReviews", "lena", query={"limit": 1})
    goal = (await j.client("lena").get(f"/goals/{goals[0]['id']}")).json()
    for who in ("lena", "tom"):
        headers = {"If-Match": f'"{goal["version"]}"'}
        sent = await j.client(who).post(f"/goals/{goal['id']}/agree", headers=headers)
        goal = sent.json()
    of_goal = {"goal_id": goal["id"]}
    await j.do(
        "createGoalReview",
        "tom",
        path=of_goal,
        version=goal["version"],
        body={"kind": "mid_year"},
        forbidden="paul",
    )
    await j.do("listReviewsOfGoal", "tom", path=of_goal)


async def _reviewed(j: Any, review: Any) -> None:
    """Both say their part and acknowledge the review."""
    at = {"goal_review_id": review["id"]}
    said = {
        "tom": "Three lessons of four had checks; what I do with the answers is still thin.",
        "lena": "The checks are there and quick. I saw two lessons turn on them.",
    }
    for who, words in said.items():
        part = await j.do(
            "createGoalReviewPart",
            who,
            path=at,
            body={"words": words, "rating": "on_track"},
        )
        one = {"part_id": part["id"]}
        await j.do("getGoalReviewPart", who, path=one)
        part = await j.do(
            "updateGoalReviewPart",
            who,
            path=one,
            version=part["version"],
            body={"next_words": "We look at what happens after a check."},
        )
        await j.do("submitGoalReviewPart", who, path=one, version=part["version"])
    await j.do("listGoalReviewParts", "tom", query={"limit": 1, **at})
    for who in said:
        seen = await j.do("getGoalReview", who, path=at)
        await j.do("acknowledgeGoalReview", who, path=at, version=seen["version"])


#: the state of the plan that has the others' goals and steps, by which it is found
_FIRST = "mid_year_reviewed"


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more plan of Tom's, in the year that was added; to his first a step and a goal more; a
    review of that goal."""
    named = select(m.SchoolYear.id).where(m.SchoolYear.title == name)
    year = await session.scalar(named) or world.alder_year
    of_tom = {**home, "school_id": world.alder, "teacher_id": world.tom, "author_id": world.tom}
    plans = select(m.GrowthPlan.id).where(m.GrowthPlan.teacher_id == world.tom)
    first = await session.scalar(plans.where(m.GrowthPlan.state == _FIRST))
    plan = m.GrowthPlan(**of_tom, school_year_id=year, state="agreed", agreed_at=clock.now())
    if first is None:
        plan.state, plan.mid_year_reviewed_at = _FIRST, clock.now()
    session.add(plan)
    await session.flush()
    first = first or plan.id
    goals = select(m.Goal.id).where(m.Goal.teacher_id == world.tom, m.Goal.plan_id.is_(None))
    goal_id = await session.scalar(goals.order_by(m.Goal.id.desc()).limit(1))
    await session.execute(update(m.Goal).where(m.Goal.id == goal_id).values(plan_id=first))
    review = m.GoalReview(**of_tom, goal_id=goal_id, kind="mid_year", lead_id=world.lena)
    review.id = clock.new_id()
    step = m.PlanStep(**of_tom, plan_id=first, text="a", owner="teacher", position=1)
    session.add_all([review, step])
    await session.flush()
    session.add(
        m.GoalReviewPart(
            **of_tom,
            review_id=review.id,
            words="a",
            state="submitted",
            submitted_at=clock.now() - timedelta(days=1),
            lead_id=world.lena,
        )
    )
    await session.flush()


FIRSTS = (
    ("tom", "plan_id", f"/growth-plans?state={_FIRST}"),
    ("tom", "plan_step_id", "/growth-plans/{plan_id}/steps"),
    ("tom", "goal_review_id", "/goal-reviews"),
    ("tom", "part_id", "/goal-review-parts"),
)
