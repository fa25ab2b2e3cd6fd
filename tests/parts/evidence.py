"""What is written in observations: evidence, ratings, sharing and revisions, citations."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select, update

from app import models as m
from app.auth import keys
from app.core import clock
from tests.access.table import EVERYBODY, HOLDS, LISTS, READERS, _minus, anywhere, reads, step

#: name → (teacher, observer, kind of observer, formal and scored, state, who looks on)
VISITS: dict[str, tuple[str, str, str, bool, str, str]] = {
    "script_on": ("tom", "lena", "lead", False, "in_progress", ""),
    "script_drafted": ("tom", "lena", "lead", False, "drafted", ""),
    "script_shared": ("tom", "lena", "lead", False, "shared", ""),
    "script_locked": ("tom", "lena", "lead", False, "locked", ""),
    "formal_on": ("tom", "paul", "school_leader", True, "in_progress", "ivy"),
    "formal_drafted": ("tom", "paul", "school_leader", True, "drafted", ""),
    "formal_shared": ("tom", "paul", "school_leader", True, "shared", "ivy"),
    "formal_by_lena": ("tom", "lena", "lead", True, "shared", ""),
    "script_pia": ("pia", "lena", "lead", False, "in_progress", ""),
    # while the coaching is paused nobody is the evaluator of record; the observer reads on
    "formal_pia": ("pia", "lena", "lead", True, "shared", ""),
}
_GIVEN = ("shared", "locked")
READERS.update(
    {
        **dict.fromkeys(
            ("script_on", "script_drafted", "script_shared", "script_locked"), "tom lena"
        ),
        "formal_on": "tom paul ivy",
        "formal_drafted": "tom paul",
        "formal_shared": "tom paul ivy lena",
        "formal_by_lena": "tom lena paul",
        "script_pia": "pia lena",
        "formal_pia": "pia lena paul",
    }
)
#: name → (visit, author)
SCRIPT = {
    "seen_on": ("script_on", "lena"),
    "seen_shared": ("script_shared", "lena"),
    "seen_locked": ("script_locked", "lena"),
    "seen_formal": ("formal_on", "paul"),
    "seen_by_ivy": ("formal_on", "ivy"),
    "seen_formal_shared": ("formal_shared", "paul"),
    "seen_formal_by_lena": ("formal_by_lena", "lena"),
    "seen_pia": ("script_pia", "lena"),
}
READERS.update(
    {
        name: READERS[visit] if VISITS[visit][4] in _GIVEN else author
        for name, (visit, author) in SCRIPT.items()
    }
)
REVISED = {
    "revised_shared": "script_shared",
    "revised_formal": "formal_shared",
    "revised_by_lena": "formal_by_lena",
}
READERS.update({name: READERS[visit] for name, visit in REVISED.items()})
#: name → (giver, evaluative, whether it was shared)
FEEDBACK = {
    "based_draft": ("lena", False, False),
    "based_formal": ("paul", True, True),
    "based_formal_draft": ("paul", True, False),
    "based_by_ivy": ("ivy", True, False),
}
#: name → (item, author, the record that cites it, who reads both)
CITED = {
    "cited_in_goal": ("seen_shared", "lena", "tom_agreed", "tom lena"),
    "cited_in_draft": ("seen_shared", "lena", "based_draft", "lena"),
    "cited_formal": ("seen_formal_shared", "tom", "tom_agreed", "tom lena"),
    "cited_frozen": ("seen_formal_shared", "paul", "based_formal", "tom paul lena"),
    "cited_as_leader": ("seen_formal_by_lena", "paul", "based_formal_draft", "paul"),
    "cited_by_ivy": ("seen_formal_shared", "ivy", "based_by_ivy", "ivy"),
}
READERS.update({name: readers for name, (*_, readers) in CITED.items()})


def _visit(
    world: Any,
    kind_id: Any,
    teacher: str,
    observer: str,
    observer_kind: str,
    formal: bool,
    state: str,
) -> dict[str, Any]:
    now = clock.now()
    return {
        "school_id": world.alder,
        "school_year_id": world.alder_year,
        "teacher_id": getattr(world, teacher),
        "observer_id": getattr(world, observer),
        "author_id": getattr(world, observer),
        "kind_id": kind_id,
        "formal": formal,
        "scored": formal,
        "evaluative": formal,
        "observer_kind": observer_kind,
        "state": state,
        "on": date(2026, 10, 5),
        "at": "09:00",
        "zone": "America/Denver",
        "minutes": 30,
        "starts_at": now,
        "ends_at": now + timedelta(minutes=30),
        "started_at": now,
        "shared_at": now if state in _GIVEN else None,
        "revision": 2 if state in _GIVEN else 1,
    }


def _below(visit: Any, author: Any) -> dict[str, Any]:
    names = ("school_id", "teacher_id", "observer_id", "observer_kind", "evaluative", "shared_at")
    return {
        "observation_id": visit.id,
        "author_id": author,
        **{name: getattr(visit, name) for name in names},
    }


def _kind(key: str, scored: bool) -> dict[str, Any]:
    return {
        "key": key,
        "title": key,
        "formal": scored,
        "scored": scored,
        "counts": scored,
        "min_minutes": 10,
        "observers": ["lead", "school_leader"],
    }


_SEEN = {"kind": "evidence", "text": "S: It is smaller.", "verbatim": True, "seq": 1}


async def build(add: Any, made: Any, objects: Any) -> None:
    """Visits in their states, and what stands below them."""
    world = objects.world
    kinds = {
        formal: await add(f"kind_{formal}", made(m.ObservationKind, **_kind(f"k{formal}", formal)))
        for formal in (False, True)
    }
    visits = {}
    for name, (*who, formal, state, looks_on) in VISITS.items():
        fields = _visit(world, kinds[formal].id, *who, formal, state)
        visits[name] = await add(name, made(m.Observation, **fields))
        if looks_on:
            whose = _below(visits[name], fields["observer_id"])
            del whose["shared_at"]
            person = getattr(world, looks_on)
            await add(
                f"{name}_on", made(m.CoObserver, person_id=person, state="consented", **whose)
            )
        if formal:
            whose = _below(visits[name], fields["observer_id"])
            if name != "formal_drafted":
                score = {"indicator_id": world.leap_i5, "score": 4}
                await add(f"{name}_score", made(m.ObservationRating, **score, **whose))
    for name, (visit, author) in SCRIPT.items():
        now = clock.now()
        whose = _below(visits[visit], getattr(world, author))
        row = made(m.EvidenceItem, client_key=name, at=now, edited_at=now, **_SEEN, **whose)
        await add(name, row)
        tag = {"item_id": row.id, "indicator_id": world.leap_i5}
        await add(f"{name}_tag", made(m.EvidenceTag, **tag))
    content = {"state": "shared", "items": [], "ratings": [], "added_item_ids": []}
    content |= {"acknowledged_at": None, "reply": None}
    for name, visit in REVISED.items():
        whose = _below(visits[visit], visits[visit].observer_id)
        said = {"number": 1, "reason": "I misheard.", "content": content}
        await add(name, made(m.ObservationRevision, **said, **whose))
    for name, (giver, evaluative, shared) in FEEDBACK.items():
        fields = {
            "school_id": world.alder,
            "teacher_id": world.tom,
            "lead_id": getattr(world, giver),
            "author_id": getattr(world, giver),
            "indicator_id": world.leap_i5,
            "giver_kind": {"lena": "lead", "paul": "school_leader"}.get(giver, "peer"),
            "observation_id": visits["formal_shared" if evaluative else "script_shared"].id,
            "text": "Checks are quick.",
            "evaluative": evaluative,
            "state": "shared" if shared else "draft",
            "shared_at": clock.now() if shared else None,
        }
        await add(name, made(m.IndicatorFeedback, **fields))
    for name, (of, author, record, _) in CITED.items():
        key = "goal_id" if record == "tom_agreed" else "indicator_feedback_id"
        whose = _below(visits[SCRIPT[of][0]], getattr(world, author))
        rests = {"item_id": objects.ids[of], key: objects.ids[record]}
        words = "S: It is smaller." if name == "cited_frozen" else None
        await add(name, made(m.EvidenceCitation, frozen_text=words, **rests, **whose))


_BATCH = {
    "items": [
        {
            "client_key": "phone-1",
            "kind": "evidence",
            "at": "2026-10-05T15:00:00Z",
            "text": "S: It is bigger.",
            "edited_at": "2026-10-05T15:00:00Z",
        }
    ]
}
for _name, (_teacher, _observer, _, _formal, _state, _looks_on) in VISITS.items():
    # while the coaching rests nobody writes
    _runs = "" if _teacher == "pia" else _observer
    _writes = f"{_runs} {_looks_on}" if _runs else ""
    _open = _state in ("in_progress", "drafted")
    step(
        "captureEvidence",
        _name,
        *((_writes, "") if _open else ("", _writes)),
        body=_BATCH,
        permission="add_evidence",
    )
    _may = (_runs, "") if _open and _formal else ("", _runs)
    step("replaceRating", _name, *_may, body={"score": 5}, permission="rate")
    if _name != "formal_drafted":
        step("deleteRating", _name, *_may, status=204, permission="rate")
    step(
        "shareObservation",
        _name,
        *((_runs, "") if _state == "drafted" else ("", _runs)),
        permission="share",
    )
    _more = {"client_key": "more", "kind": "question", "text": "Who spoke?"}
    step(
        "reviseObservation",
        _name,
        *((_runs, "") if _state == "shared" else ("", _runs)),
        body={"reason": "I forgot one.", "add_items": [_more]},
        permission="revise",
    )
for _operation in ("listEvidence", "listRatings", "listObservationRevisions"):
    reads(_operation, "script_on formal_on formal_shared formal_pia script_pia")
HOLDS["listRatings", "formal_shared"] = "tom paul ivy lena"
HOLDS["listRatings", "formal_pia"] = "pia lena paul"
HOLDS["listRatings", "formal_on"] = "paul"
reads("getObservationRevision", " ".join(REVISED))
reads("getEvidenceItem", " ".join(SCRIPT))
_AUTHORS = {name: author for name, (_, author) in SCRIPT.items()}
reads("getEvidenceWordings", " ".join(SCRIPT), _AUTHORS)
reads("listCitationsOfEvidenceItem", "seen_on seen_shared seen_formal_shared")
for _name, (_visit_name, _author) in SCRIPT.items():
    _teacher, _observer, _, _formal, _state, _ = VISITS[_visit_name]
    _own = "" if _teacher == "pia" else _author
    _possible = ("", _own) if _state in _GIVEN else (_own, "")
    step("updateEvidenceItem", _name, *_possible, body={"text": "S: Less."}, permission="edit")
    step("removeEvidenceItem", _name, *_possible, permission="remove")
    # the teacher and the observer cite what was shared; of the goal's evidence Paul reads nothing
    _both = " ".join(
        who for who in (_teacher, _observer) if _teacher != "pia" and who in READERS[_name].split()
    )
    _given = _state in _GIVEN
    _cites = _minus(_both, "paul") if _given else ""
    step(
        "citeEvidenceItem",
        _name,
        _cites,
        _minus(_both, _cites),
        body=lambda o: {"goal_id": o["tom_revised"]},
        status=201,
        permission="cite",
    )
reads("getEvidenceCitation", " ".join(CITED))
for _name, (_, _author, _, _) in CITED.items():
    _possible = ("", _author) if _name == "cited_frozen" else (_author, "")
    step("deleteEvidenceCitation", _name, *_possible, status=204, permission="delete")
LISTS["listEvidenceCitations"] = tuple(CITED)
anywhere("listEvidenceCitations", EVERYBODY, query="limit=200")


async def chapter(j: Any, w: Any) -> None:
    """Lena scripts a lesson of Tom's on her phone, and shares it; Paul scores one."""
    async with j.live.app.state.database.writing() as session:
        await keys.enter(session, w.juniper)
        visits = []
        for formal, who in ((False, ("lena", "lead")), (True, ("paul", "school_leader"))):
            kind = m.ObservationKind(district_id=w.juniper, **_kind(f"journey{formal}", formal))
            session.add(kind)
            await session.flush()
            fields = _visit(w, kind.id, "tom", *who, formal, "in_progress")
            visit = m.Observation(district_id=w.juniper, **fields)
            session.add(visit)
            await session.flush()
            visits.append({"observation_id": str(visit.id)})
        await session.commit()
    at, scored = visits
    seen = {
        "kind": "evidence",
        "at": "2026-10-05T15:04:30Z",
        "edited_at": "2026-10-05T15:04:41Z",
    }
    sent = await j.do(
        "captureEvidence",
        "lena",
        path=at,
        body={
            "items": [
                {
                    **seen,
                    "client_key": "7f1c0b52",
                    "text": "T: What do you notice? (4 s) S: The line gets flatter.",
                    "verbatim": True,
                    "indicator_ids": [str(w.leap_i5)],
                },
                {
                    **seen,
                    "client_key": "7f1c0b53",
                    "kind": "question",
                    "text": "What would a longer wait have brought?",
                    "about_key": "7f1c0b52",
                },
            ]
        },
        forbidden="tom",
    )
    await j.do("listEvidence", "lena", path=at, query={"limit": 1})
    first, second = ({"evidence_item_id": one["id"]} for one in sent["results"])
    item = await j.do("getEvidenceItem", "lena", path=first)
    item = await j.do(
        "updateEvidenceItem",
        "lena",
        path=first,
        version=item["version"],
        body={"text": "T: What do you notice? (4 s) S: The line gets less steep."},
        conflict={"kind": "question"},
    )
    await j.do("getEvidenceWordings", "lena", path=first)
    other = await j.do("getEvidenceItem", "lena", path=second)
    await j.do("removeEvidenceItem", "lena", path=second, version=other["version"])
    await j.do(
        "replaceRating",
        "paul",
        path={**scored, "indicator_id": str(w.leap_i5)},
        body={"score": 5},
        forbidden="tom",
        conflict={"score": 9},
    )
    await j.do(
        "replaceRating",
        "paul",
        path={**scored, "indicator_id": str(w.leap_i1)},
        body={"not_observed_reason": "The class wrote a test."},
    )
    await j.do("listRatings", "paul", path=scored)
    await j.do(
        "deleteRating",
        "paul",
        path={**scored, "indicator_id": str(w.leap_i1)},
        forbidden="tom",
    )
    async with j.live.app.state.database.writing() as session:
        await keys.enter(session, w.juniper)
        drafted = update(m.Observation).where(m.Observation.id == at["observation_id"])
        await session.execute(drafted.values(state="drafted"))
        await session.commit()
    shared = await j.do("shareObservation", "lena", path=at, version=1, forbidden="tom")
    await j.do(
        "reviseObservation",
        "lena",
        path=at,
        version=shared["version"],
        body={
            "reason": "The recording shows who spoke.",
            "change_items": [
                {"id": item["id"], "text": "T: What do you notice? (4 s) S2: It is less steep."}
            ],
        },
        forbidden="tom",
        conflict={"remove_item_ids": [item["id"]]},
    )
    found = await j.do("listObservationRevisions", "tom", path=at, query={"limit": 1})
    revision = {"observation_revision_id": found["items"][0]["id"]}
    await j.do("getObservationRevision", "tom", path=revision)
    async with j.live.app.state.database.writing() as session:
        await keys.enter(session, w.juniper)
        goal = m.Goal(
            district_id=w.juniper,
            level="individual",
            kind="growth",
            state="agreed",
            title="Waiting for answers",
            school_id=w.alder,
            school_year_id=w.alder_year,
            teacher_id=w.tom,
            author_id=w.tom,
            lead_id=w.lena,
        )
        session.add(goal)
        await session.commit()
    cited = await j.do(
        "citeEvidenceItem",
        "tom",
        path=first,
        body={"goal_id": str(goal.id)},
        conflict={"goal_id": str(w.tom)},
    )
    one = {"citation_id": cited["id"]}
    await j.do("getEvidenceCitation", "tom", path=one)
    await j.do("listEvidenceCitations", "tom", query={"limit": 1, "goal_id": str(goal.id)})
    await j.do("listCitationsOfEvidenceItem", "lena", path=first, query={"limit": 1})
    await j.do(
        "deleteEvidenceCitation", "tom", path=one, version=cited["version"], forbidden="lena"
    )


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more item in a shared visit of Tom's, a revision of it, and a citation of its first
    item in one more goal."""
    found = select(m.Observation).where(
        m.Observation.teacher_id == world.tom, m.Observation.place == _FIRST
    )
    visit = await session.scalar(found)
    if visit is None:
        kind = m.ObservationKind(**home, **_kind(f"grown-{name}", False))
        session.add(kind)
        await session.flush()
        fields = _visit(world, kind.id, "tom", "lena", "lead", False, "shared")
        visit = m.Observation(**home, **fields, place=_FIRST)
        session.add(visit)
        await session.flush()
    whose = {**home, **_below(visit, world.lena), "shared_at": clock.now()}
    items = m.EvidenceItem.observation_id == visit.id
    first = await session.scalar(
        select(m.EvidenceItem.id).where(items, m.EvidenceItem.text == _FIRST)
    )
    now = clock.now()
    item = m.EvidenceItem(
        **whose, client_key=name, at=now, edited_at=now, **{**_SEEN, "text": _FIRST}
    )
    item.id = clock.new_id()
    if first is not None:
        item.text = "S: It is bigger."
    revisions = select(func.count()).where(m.ObservationRevision.observation_id == visit.id)
    number = (await session.scalar(revisions) or 0) + 1
    content = {"state": "shared", "items": [], "ratings": [], "added_item_ids": []}
    content |= {"acknowledged_at": None, "reply": None}
    revision = m.ObservationRevision(**whose, number=number, reason="a", content=content)
    session.add_all([item, revision])
    await session.flush()
    if first is None:
        session.add(m.ObservationRating(**whose, indicator_id=world.leap_i5, score=4))
    first = first or item.id
    cites = select(m.EvidenceCitation.goal_id).where(m.EvidenceCitation.item_id == first)
    goal = await session.scalar(
        select(m.Goal.id).where(m.Goal.teacher_id == world.tom, m.Goal.id.not_in(cites)).limit(1)
    )
    if goal is not None:
        session.add(m.EvidenceCitation(**whose, item_id=first, goal_id=goal))
    await session.flush()


#: the visit and the item that have the others' rows below them
_FIRST = "Oldest"
FIRSTS = (
    ("tom", "citation_id", "/evidence-citations"),
    ("tom", "observation_id", "/evidence-citations", "observation_id"),
    ("tom", "evidence_item_id", "/evidence-citations", "item_id"),
    ("tom", "observation_revision_id", "/observations/{observation_id}/revisions"),
)
