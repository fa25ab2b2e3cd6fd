"""Monitoring of goals, what a closing rests on, and a person's archive."""

from typing import Any

from tests.access.objects import GOALS
from tests.access.table import (
    _PARTIES,
    CLIENTS,
    EVERYBODY,
    PEOPLE,
    PULL,
    READERS,
    STEPS,
    Step,
    _minus,
    anywhere,
    reads,
)

#: goals of each level, and of pairs that are active, paused, over, or none
WATCHED = (
    "tom_draft",
    "tom_agreed",
    "pia_agreed",
    "uma_proposed",
    "tom_revised",
    "school_published",
    "team_published",
)
#: revision → who reads the goal's notes, of those who read it
NOTED = {
    "tom_rev": "tom lena",
    "tom_rev_agreed": "tom lena",
    "pia_rev": "pia lena",
    "uma_rev": "uma",
    "school_rev": READERS["school_rev"],
    "team_rev": READERS["team_rev"],
}

for _name in WATCHED:
    assert _name in GOALS
    _seen = _minus(READERS[_name], PULL)
    reads("getGoalMonitoring", _name, {_name: _seen})
    _writers, _stands_in, _more = _PARTIES[GOALS[_name][2]]
    _notes = " ".join(n for n in f"{_writers} {_more}".split() if n in _seen.split())
    by = {200: _notes, 403: _minus(_seen, _notes)}
    STEPS.append(Step("getGoalProgressSeries", _name, by, 404))
for _name, _notes in NOTED.items():
    _notes = " ".join(n for n in _notes.split() if n not in CLIENTS.split() and n != "ada")
    by = {200: _notes, 403: _minus(READERS[_name], _notes, CLIENTS)}
    STEPS.append(Step("getClosingEvidence", _name, by, 404))
anywhere("getMonitoringSummary", EVERYBODY)
anywhere("getMyArchive", PEOPLE)


async def build(add: Any, made: Any, objects: Any) -> None:
    """The goals and revisions of the matrix are enough."""


async def chapter(j: Any, w: Any) -> None:
    """Nina's goal is watched, and closed with what she noted as evidence; she takes all along."""
    goal = await j.do(
        "createGoal",
        "nina",
        body={
            "level": "individual",
            "kind": "growth",
            "title": "Questions that everybody answers",
            "statement": "Every lesson has three questions that everybody answers.",
            "school_year_id": str(w.alder_year),
            "indicator_ids": [str(w.leap_i5)],
            "measures": [
                {"name": "Questions", "unit": "per lesson", "baseline": 1, "target": 3},
            ],
            "starts_on": "2026-09-01",
            "due_on": "2026-12-11",
        },
    )
    at = {"goal_id": goal["id"]}
    for name, who in (("proposeGoal", "nina"), ("agreeGoal", "nina"), ("agreeGoal", "lena")):
        goal = await j.do(name, who, path=at, version=goal["version"])
    noted = await j.do(
        "createGoalProgress",
        "nina",
        path=at,
        version=goal["version"],
        body={
            "measure_id": goal["measures"][0]["id"],
            "on": "2026-10-01",
            "value": 2,
            "note": "Counted by Lena.",
        },
        forbidden="paul",
        conflict={"on": "2026-12-01"},
    )
    await j.do("getGoalMonitoring", "paul", path=at)
    await j.do("getGoalProgressSeries", "nina", path=at, forbidden="paul")
    await j.do("getMonitoringSummary", "paul", query={"school_id": str(w.alder)})
    goal = await j.do("getGoal", "nina", path=at)
    body = {"outcome": "partly_met", "evidence_ids": [noted["id"]]}
    await j.do(
        "closeGoal",
        "nina",
        path=at,
        version=goal["version"],
        body={**body, "evidence": "Two questions in each of the last ten lessons."},
        forbidden="paul",
        conflict={"evidence": None, "evidence_ids": []},
    )
    closing = (await j.do("listGoalRevisions", "lena", path=at))["items"][-1]
    at = {"revision_id": closing["id"]}
    await j.do("agreeGoalRevision", "lena", path=at, version=closing["version"])
    await j.do("getClosingEvidence", "nina", path=at, forbidden="paul")
    await j.do("getMyArchive", "nina")


async def grow(session: Any, world: Any, home: Any, _name: str) -> None:
    """Nothing: it has no lists of its own."""


FIRSTS: tuple[tuple[str, str, str], ...] = ()
