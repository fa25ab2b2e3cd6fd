"""Feedback on school and team goals; a team's common indicator and opting out of it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app import models as m
from app.core import clock
from tests.access.table import (
    ALDER,
    EVERYBODY,
    LISTS,
    READERS,
    TEAM,
    anywhere,
    reads,
    step,
)

#: name → (goal, invites, state); in force are the goals that the matrix has published
ROUNDS = {
    "school_round_open": ("school_closed", "everybody", "open"),
    "school_round_of_team": ("school_closed", "teams", "open"),
    "school_round_closed": ("school_published", "everybody", "closed"),
    "school_round_over": ("school_published", "everybody", "over"),
    "school_round_summarised": ("school_published", "everybody", "summarised"),
    "school_round_adopted": ("school_published", "everybody", "adopted"),
    "team_round_open": ("team_closed", "everybody", "open"),
    "team_round_waits": ("team_closed", "everybody", "open"),
    "team_round_of_nina": ("team_closed", "people", "open"),
    "team_round_closed": ("team_published", "everybody", "closed"),
    "team_round_summarised": ("team_published", "everybody", "summarised"),
}
#: name → (round, author, whether it is answered)
SAID = {
    "tom_said": ("school_round_open", "tom", False),
    "sam_said": ("school_round_open", "sam", True),
    "ivy_said_before": ("school_round_closed", "ivy", False),
    "tom_said_to_team": ("team_round_open", "tom", False),
    "paul_said_to_team": ("team_round_open", "paul", True),
}
#: name → (teacher, lead, team, state)
OPT_OUTS = {
    "tom_out": ("tom", "lena", "maths", "in_force"),
    "tom_out_lapsed": ("tom", "lena", "maths", "lapsed"),
    "tom_out_before": ("tom", "luis", "maths", "withdrawn"),
    "sam_out": ("sam", "luis", "arts", "in_force"),
    "pia_out": ("pia", "lena", "arts", "in_force"),
    "olga_out": ("olga", "lena", "arts", "lapsed"),
}
READERS.update(
    {
        **{name: TEAM if name.startswith("team") else ALDER for name in ROUNDS},
        **{name: TEAM if row[0].startswith("team") else ALDER for name, row in SAID.items()},
        "maths_choice": "ada paul lena tom nina",
        "arts_choice": "ada paul luis sam",
        **dict.fromkeys(("tom_out", "tom_out_lapsed"), "tom lena"),
        "tom_out_before": "tom",
        "sam_out": "sam luis",
        "pia_out": "pia lena",
        "olga_out": "olga",
        "focus": "ada paul nina",
    }
)


#: stands before every other in a list, so that its address is found there
FIRST_ROUND = UUID("01900000-0000-7000-8000-000000000001")


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each."""
    world = objects.world

    def under(team: bool) -> dict[str, Any]:
        return {
            "level": "team" if team else "school",
            "school_id": world.alder,
            "team_id": world.maths if team else None,
        }

    for name, (goal, invites, state) in ROUNDS.items():
        team = name.startswith("team")
        asks = world.lena if team else world.paul
        summed = {
            "summary": "All for it.",
            "summarised_at": clock.now(),
            "summarised_by_id": asks,
        }
        over = state == "over"
        await add(
            name,
            made(
                m.GoalFeedbackRound,
                goal_id=objects.ids[goal],
                goal_revision=1,
                author_id=asks,
                question="Is it the right goal?",
                invites=invites,
                until=date(2026, 10, 1 if over else 20),
                closes_at=clock.now() + timedelta(days=-1 if over else 15),
                closed_at=None if state in ("open", "over") else clock.now(),
                adopted_revision_id=objects.ids["school_rev"] if state == "adopted" else None,
                **(summed if state in ("summarised", "adopted") else {}),
                **under(team),
            ),
        )
    for round_name, named in (
        ("school_round_of_team", {"team_id": world.maths}),
        ("team_round_of_nina", {"person_id": world.nina}),
    ):
        await add(
            f"{round_name}_asks",
            made(m.GoalFeedbackInvitee, round_id=objects.ids[round_name], **named),
        )
    for name, (round_name, author, answered) in SAID.items():
        team = round_name.startswith("team")
        answer = {
            "answer": "Thank you.",
            "answered_by_id": world.lena if team else world.paul,
            "answered_at": clock.now(),
        }
        await add(
            name,
            made(
                m.GoalFeedback,
                round_id=objects.ids[round_name],
                goal_id=objects.ids[ROUNDS[round_name][0]],
                author_id=getattr(world, author),
                stance="supports",
                text="Yes.",
                **(answer if answered else {}),
                **under(team),
            ),
        )
    for team in ("maths", "arts"):
        chosen = {"team_id": getattr(world, team), "school_id": world.alder}
        await add(
            f"{team}_choice",
            made(
                m.CommonIndicatorChoice,
                author_id=world.lena,
                indicator_id=world.leap_i5,
                **chosen,
            ),
        )
    await add(
        "focus",
        made(m.Team, name="Focus", school_id=world.alder, common_indicator_id=world.leap_i5),
    )
    await add(
        "nina_focus",
        made(
            m.Role,
            person_id=world.nina,
            kind="team_member",
            school_id=world.alder,
            team_id=objects.ids["focus"],
            started_on=date(2026, 9, 1),
        ),
    )
    for name, (teacher, lead, team, state) in OPT_OUTS.items():
        await add(
            name,
            made(
                m.CommonIndicatorOptOut,
                school_id=world.alder,
                team_id=getattr(world, team),
                teacher_id=getattr(world, teacher),
                lead_id=getattr(world, lead),
                indicator_id=world.leap_i5,
                reason="Another focus.",
                state=state,
                ended_at=None if state == "in_force" else clock.now(),
            ),
        )


# --- rounds -----------------------------------------------------------------------------------

_ASK = {"question": "Is it the right goal?", "until": "2026-10-09"}
for _goal, _writer, _state in (
    ("school_draft", "paul", "draft"),
    ("team_draft", "lena", "draft"),
    ("school_closed", "paul", "closed"),
    ("team_published", "lena", "published"),
    ("school_published", "paul", "published"),
    ("tom_agreed", "", "agreed"),
):
    step(
        "createFeedbackRound",
        _goal,
        *((_writer, "") if _state == "published" else ("", _writer)),
        body=_ASK,
        status=201,
        permission="ask_feedback",
        readers=" ".join(n for n in READERS[_goal].split() if n != "juniper_warehouse"),
    )
for _goal in ("school_published", "team_closed"):
    _people = " ".join(n for n in READERS[_goal].split() if n != "juniper_warehouse")
    reads("listGoalFeedbackRounds", _goal, {_goal: _people})
reads("getFeedbackRound", " ".join(ROUNDS))
_SAYS = {"stance": "concerns", "text": "It asks much of new teachers."}
_CHANGE = {"reason": "So it was said.", "content": {"title": "Another"}, "goal_version": 1}
#: who is asked and has not answered, in the rounds that are open
_GIVES = {
    "school_round_open": "lena luis nina uma pia olga ivy mia",
    "school_round_of_team": "lena tom nina",
    "team_round_open": "nina",
    "team_round_waits": "tom nina paul",
    "team_round_of_nina": "nina",
}
#: who is asked, in any state; the writers ask
_ASKED = {
    name: (
        _GIVES[name]
        if invites != "everybody"
        else "tom nina paul"
        if name.startswith("team")
        else ALDER.replace("paul ", "")
    )
    for name, (_, invites, _) in ROUNDS.items()
}
for _name, (_, _, _state) in ROUNDS.items():
    _by = "lena" if _name.startswith("team") else "paul"
    _may = _GIVES.get(_name, "")
    step(
        "createGoalFeedback",
        _name,
        _may,
        " ".join(n for n in _ASKED[_name].split() if n not in _may.split()),
        body=_SAYS,
        status=201,
        permission="give_feedback",
    )
    for _operation, _verb, _from, _body, _status in (
        ("closeFeedbackRound", "close", "open", None, 200),
        ("summariseFeedbackRound", "summarise", "closed over", {"summary": "Fine."}, 200),
        ("adoptFeedbackRound", "adopt", "summarised", _CHANGE, 201),
    ):
        step(
            _operation,
            _name,
            *((_by, "") if _state in _from.split() else ("", _by)),
            body=_body,
            status=_status,
            permission=_verb,
        )
    step("listFeedbackRoundInvited", _name, _by, permission="read_invited")
reads("listGoalFeedback", "school_round_open school_round_closed team_round_open")
reads("getGoalFeedback", " ".join(SAID))
for _name, (_round, _author, _answered) in SAID.items():
    _open = ROUNDS[_round][2] == "open"
    step(
        "updateGoalFeedback",
        _name,
        *((_author, "") if _open else ("", _author)),
        body={"text": "Yes, but."},
        permission="edit",
    )
    step(
        "deleteGoalFeedback",
        _name,
        *((_author, "") if _open and not _answered else ("", _author)),
        status=204,
        permission="delete",
    )
    step(
        "answerGoalFeedback",
        _name,
        "lena" if _round.startswith("team") else "paul",
        body={"answer": "We heard you."},
        permission="answer",
    )
LISTS["listFeedbackRounds"] = tuple(ROUNDS)

# --- the common indicator ---------------------------------------------------------------------

for _team, _lead, _members in (("maths", "lena", "tom nina"), ("arts", "luis", "sam")):
    step(
        "chooseCommonIndicator",
        _team,
        f"paul {_lead}",
        body=lambda o: {"indicator_id": o["leap_le1"], "reason": "Our data say so."},
        status=201,
        permission="choose_indicator",
    )
    for _operation in ("getCommonIndicator", "getTeamGoalsView"):
        step(_operation, _team, f"paul {_lead} {_members}", permission="view_goals")
    # neither team has one in this world
    step(
        "createCommonIndicatorOptOut",
        _team,
        "",
        _members,
        body={"reason": "Another focus."},
        status=201,
        permission="opt_out",
    )
    reads("listCommonIndicatorChoices", _team)
step(
    "createCommonIndicatorOptOut",
    "focus",
    "nina",
    body={"reason": "Another focus."},
    status=201,
    permission="opt_out",
)
reads("getTeam", "focus")
reads("getCommonIndicatorChoice", "maths_choice arts_choice")
reads("getCommonIndicatorOptOut", " ".join(OPT_OUTS))
for _name, (_teacher, _, _, _state) in OPT_OUTS.items():
    step(
        "withdrawCommonIndicatorOptOut",
        _name,
        *((_teacher, "") if _state == "in_force" else ("", _teacher)),
        permission="withdraw",
    )
LISTS["listCommonIndicatorOptOuts"] = tuple(OPT_OUTS)
for _operation in ("listFeedbackRounds", "listCommonIndicatorOptOuts"):
    anywhere(_operation, EVERYBODY, query="limit=200")


async def chapter(j: Any, w: Any) -> None:
    """The school is asked about its goal; a team chooses an indicator, and Tom opts out of it."""
    goal = await j.do(
        "createGoal",
        "paul",
        body={
            "level": "school",
            "kind": "student_learning",
            "title": "Every student explains their thinking",
            "statement": "By May every student explains their thinking in every lesson.",
            "school_year_id": str(w.alder_year),
        },
    )
    at = {"goal_id": goal["id"]}
    goal = await j.do("publishGoal", "paul", path=at, version=goal["version"])
    asked = await j.do(
        "createFeedbackRound",
        "paul",
        path=at,
        body={
            "question": "What would have to change in your lessons, and what do you need for it?",
            "until": "2026-10-16",
        },
        forbidden="tom",
        conflict={"until": "2026-10-01"},
    )
    await j.do("listFeedbackRounds", "tom", query={"waiting_for_me": "true", "limit": 2})
    await j.do("listGoalFeedbackRounds", "tom", path=at)
    at = {"round_id": asked["id"]}
    await j.do("getFeedbackRound", "tom", path=at)
    said = await j.do(
        "createGoalFeedback",
        "tom",
        path=at,
        body={
            "stance": "supports_with_changes",
            "text": "In every lesson is much; once a day would show it as well.",
        },
        forbidden="paul",
    )
    more = {"goal_feedback_id": said["id"]}
    said = await j.do(
        "updateGoalFeedback",
        "tom",
        path=more,
        version=said["version"],
        body={"text": "In every lesson is much; once a day in each subject would show it as well."},
        forbidden="sam",
    )
    await j.do("listGoalFeedback", "sam", path=at)
    await j.do("getGoalFeedback", "sam", path=more)
    await j.do(
        "answerGoalFeedback",
        "paul",
        path=more,
        version=said["version"],
        body={"answer": "Agreed: once a day in each subject."},
        forbidden="tom",
    )
    other = await j.do(
        "createGoalFeedback", "sam", path=at, body={"stance": "supports", "text": "Yes."}
    )
    await j.do(
        "deleteGoalFeedback",
        "sam",
        path={"goal_feedback_id": other["id"]},
        version=other["version"],
        forbidden="tom",
    )
    await j.do("listFeedbackRoundInvited", "paul", path=at, query={"limit": 2}, forbidden="tom")
    asked = await j.do(
        "closeFeedbackRound", "paul", path=at, version=asked["version"], forbidden="tom"
    )
    asked = await j.do(
        "summariseFeedbackRound",
        "paul",
        path=at,
        version=asked["version"],
        body={"summary": "The goal is right; every lesson is too often."},
        forbidden="tom",
    )
    await j.do(
        "adoptFeedbackRound",
        "paul",
        path=at,
        version=asked["version"],
        body={
            "goal_version": goal["version"],
            "reason": "Every lesson is too often, as Tom and others said.",
            "content": {
                "statement": "By May every student explains their thinking once a day in each"
                " subject.",
            },
        },
        forbidden="tom",
        conflict={"goal_version": 99},
    )
    at = {"team_id": str(w.maths)}
    team = await j.do("getTeam", "lena", path=at)
    chosen = await j.do(
        "chooseCommonIndicator",
        "lena",
        path=at,
        version=team["version"],
        body={
            "indicator_id": str(w.leap_i6),
            "reason": "Our students differ most in what they bring along.",
        },
        forbidden="tom",
        conflict={"indicator_id": str(w.kestrel_leap_i1)},
    )
    await j.do("listCommonIndicatorChoices", "tom", path=at, query={"limit": 2})
    await j.do("getCommonIndicatorChoice", "tom", path={"choice_id": chosen["id"]})
    out = await j.do(
        "createCommonIndicatorOptOut",
        "tom",
        path=at,
        body={"reason": "Lena and I work on checks for understanding until spring."},
        forbidden="lena",
    )
    await j.do("listCommonIndicatorOptOuts", "lena", query={"limit": 2})
    await j.do("getCommonIndicatorOptOut", "lena", path={"opt_out_id": out["id"]})
    await j.do("getCommonIndicator", "nina", path=at, forbidden="ada")
    await j.do("getTeamGoalsView", "nina", path=at, forbidden="ada")
    await j.do(
        "withdrawCommonIndicatorOptOut",
        "tom",
        path={"opt_out_id": out["id"]},
        version=out["version"],
        forbidden="lena",
    )


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more round below the goal that holds one of everything, and in the first round somebody
    who says something; one more choice of the maths team, and one more opt-out of Tom's."""
    under = {**home, "level": "school", "school_id": world.alder}
    of_tom = select(m.Goal.id).where(m.Goal.teacher_id == world.tom)
    goal = await session.scalar(of_tom.order_by(m.Goal.title != "Oldest", m.Goal.id).limit(1))
    first = await session.get(m.GoalFeedbackRound, (world.juniper, FIRST_ROUND))
    asked = m.GoalFeedbackRound(
        **under,
        id=clock.new_id() if first else FIRST_ROUND,
        goal_id=goal,
        goal_revision=1,
        author_id=world.paul,
        question="Why?",
        invites="everybody",
        until=date(2026, 10, 30),
        closes_at=clock.now() + timedelta(days=25),
    )
    session.add(asked)
    await session.flush()
    named = select(m.Person.id).where(m.Person.family_name == name)
    author = await session.scalar(named) or world.tom
    session.add(
        m.GoalFeedback(
            **under,
            round_id=FIRST_ROUND,
            goal_id=goal,
            author_id=author,
            stance="supports",
            text="a",
        )
    )
    place = {**home, "school_id": world.alder, "team_id": world.maths}
    session.add(m.CommonIndicatorChoice(**place, author_id=world.lena, indicator_id=world.leap_i5))
    session.add(
        m.CommonIndicatorOptOut(
            **place,
            teacher_id=world.tom,
            lead_id=world.lena,
            indicator_id=world.leap_i5,
            reason="a",
            state="withdrawn",
            ended_at=clock.now(),
        )
    )
    await session.flush()


FIRSTS = (
    ("tom", "round_id", "/feedback-rounds"),
    ("tom", "goal_feedback_id", "/feedback-rounds/{round_id}/feedback"),
    ("tom", "team_id", "/teams"),
    ("tom", "choice_id", "/teams/{team_id}/common-indicator-choices"),
    ("tom", "opt_out_id", "/common-indicator-opt-outs"),
)
