"""Questionnaires with drafts and submissions, coaching preferences, coaching agreements."""

from datetime import date
from typing import Any

from sqlalchemy import func, select

from app import models as m
from app.core import clock
from tests.access.table import EVERYBODY, LISTS, READERS, anywhere, reads, step
from tests.parts.templates import FIELD

#: name → (relationship, teacher, lead, state); each is its lead's and has a draft, `…_draft`
QUESTIONNAIRES = {
    "q_tom_assigned": ("lena_tom", "tom", "lena", "assigned"),
    "q_tom_begun": ("lena_tom", "tom", "lena", "in_progress"),
    "q_tom_submitted": ("lena_tom", "tom", "lena", "submitted"),
    "q_tom_reviewed": ("lena_tom", "tom", "lena", "reviewed"),
    # with the lead before
    "q_tom_before": ("lena_tom", "tom", "luis", "submitted"),
    # paused, over, proposed
    "q_pia_assigned": ("lena_pia", "pia", "lena", "assigned"),
    "q_pia_submitted": ("lena_pia", "pia", "lena", "submitted"),
    "q_olga_begun": ("lena_olga", "olga", "lena", "in_progress"),
    "q_olga_submitted": ("lena_olga", "olga", "lena", "submitted"),
    "q_luis_pia": ("luis_pia", "pia", "luis", "in_progress"),
    "q_luis_pia_submitted": ("luis_pia", "pia", "luis", "submitted"),
    "q_luis_may": ("may_link", "may", "luis", "assigned"),
}
#: name → its questionnaire
SUBMISSIONS = {
    "submission_tom": "q_tom_submitted",
    "submission_tom_before": "q_tom_before",
    "submission_pia": "q_pia_submitted",
    "submission_olga": "q_olga_submitted",
    "submission_luis_pia": "q_luis_pia_submitted",
}
#: name → (relationship, teacher, lead, number)
PREFERENCES = {
    "preferences_tom": ("lena_tom", "tom", "lena", 1),
    "preferences_tom_before": ("lena_tom", "tom", "luis", 2),
    "preferences_pia": ("lena_pia", "pia", "lena", 1),
    "preferences_olga": ("lena_olga", "olga", "lena", 1),
}
#: name → (relationship, teacher, lead, author, state)
AGREEMENTS = {
    "agreement_tom_proposed": ("lena_tom", "tom", "lena", "lena", "proposed"),
    "agreement_tom_accepted": ("lena_tom", "tom", "lena", "tom", "accepted"),
    "agreement_tom_superseded": ("lena_tom", "tom", "lena", "tom", "superseded"),
    "agreement_tom_withdrawn": ("lena_tom", "tom", "lena", "tom", "withdrawn"),
    "agreement_tom_before": ("lena_tom", "tom", "luis", "luis", "superseded"),
    # Nina accepted it
    "agreement_nina": ("lena_nina", "nina", "lena", "lena", "proposed"),
    "agreement_pia": ("lena_pia", "pia", "lena", "pia", "proposed"),
    "agreement_olga": ("lena_olga", "olga", "lena", "olga", "accepted"),
    "agreement_olga_by_lena": ("lena_olga", "olga", "lena", "lena", "superseded"),
}
READERS.update(
    {
        **{
            f"{name}_draft": teacher
            for name, (_, teacher, _, _) in QUESTIONNAIRES.items()
            if teacher != "may"  # who does not sign in here
        },
        **{
            name: f"{teacher} {lead}"
            for name, (_, teacher, lead, _) in QUESTIONNAIRES.items()
            if teacher != "may"
        },
        "q_tom_before": "tom",
        "q_luis_may": "luis",
        # answers: not a lead's who is only proposed, and not a former one's
        "submission_tom": "tom lena",
        "submission_tom_before": "tom",
        "submission_pia": "pia lena",
        "submission_olga": "olga",
        "submission_luis_pia": "pia",
        "preferences_tom": "tom lena",
        "preferences_tom_before": "tom",
        "preferences_pia": "pia lena",
        "preferences_olga": "olga",
        **{name: f"{of[1]} {of[2]}" for name, of in AGREEMENTS.items()},
        "agreement_tom_before": "tom",
        "agreement_olga": "olga",
    }
)
_ANSWER = {"why": "To see every child think."}


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each, with everybody a lead can be to it."""

    def pair(relationship: str, teacher: str, lead: str, author: str) -> dict[str, Any]:
        return {
            "school_id": objects.world.alder,
            "relationship_id": objects.ids[relationship],
            "teacher_id": objects.ids[teacher],
            "lead_id": objects.ids[lead],
            "author_id": objects.ids[author],
        }

    for kind in ("preferences", "agreement"):
        await add(
            f"template_{kind}",
            made(m.Template, kind=kind, key=kind, title=kind, fields=[FIELD], state="published"),
        )
    asked = {"template_id": objects.ids["template_published"]}
    for name, (relationship, teacher, lead, state) in QUESTIONNAIRES.items():
        owned = pair(relationship, teacher, lead, lead)
        row = await add(name, made(m.Questionnaire, state=state, **asked, **owned))
        answers = {} if state == "assigned" else _ANSWER
        draft = pair(relationship, teacher, lead, teacher) | {"answers": answers}
        await add(f"{name}_draft", made(m.QuestionnaireDraft, id=row.id, **draft))
    for name, of in SUBMISSIONS.items():
        relationship, teacher, lead, _ = QUESTIONNAIRES[of]
        owned = pair(relationship, teacher, lead, teacher)
        owned.pop("relationship_id")
        given = {"questionnaire_id": objects.ids[of], "number": 1, "answers": _ANSWER, **asked}
        await add(name, made(m.QuestionnaireSubmission, **given, **owned))
    for name, (relationship, teacher, lead, number) in PREFERENCES.items():
        await add(
            name,
            made(
                m.CoachingPreferences,
                template_id=objects.ids["template_preferences"],
                number=number,
                answers=_ANSWER,
                reason="I know the two of us better.",
                from_on=date(2026, 9, number),
                **pair(relationship, teacher, lead, teacher),
            ),
        )
    for number, (name, (relationship, teacher, lead, author, state)) in enumerate(
        AGREEMENTS.items()
    ):
        await add(
            name,
            made(
                m.CoachingAgreement,
                template_id=objects.ids["template_agreement"],
                number=number + 1,
                answers=_ANSWER,
                reason="The one before was too long.",
                review_on=date(2027, 1, 11),
                state=state,
                **pair(relationship, teacher, lead, author),
            ),
        )
    yes = {"agreement_id": objects.ids["agreement_nina"], "person_id": objects.world.nina}
    await add("nina_accepted", made(m.AgreementAcceptance, **yes))


# --- questionnaires -----------------------------------------------------------------------------

#: who writes: only the teacher answers, also to a lead who is only proposed; the lead takes back
#: and reviews. Paused or over, nobody.
_ANSWERS = {"tom": "tom", "q_luis_pia": "pia", "q_luis_pia_submitted": "pia"}


def _teacher_of(name: str) -> str:
    return _ANSWERS.get(name, _ANSWERS.get(QUESTIONNAIRES[name][1], ""))


def _reviewer_of(name: str) -> str:
    return "lena" if name.startswith("q_tom") and name != "q_tom_before" else ""


def _asker_of(name: str) -> str:
    return "luis" if name.startswith("q_luis") else _reviewer_of(name)


reads("getQuestionnaire", " ".join(QUESTIONNAIRES))
reads("listQuestionnaireSubmissions", " ".join(SUBMISSIONS.values()))
reads("getQuestionnaireSubmission", " ".join(SUBMISSIONS))
LISTS["listQuestionnaires"] = tuple(QUESTIONNAIRES)
for _name, (_, _, _, _state) in QUESTIONNAIRES.items():
    for _operation, _may, _from, _status in (
        ("deleteQuestionnaire", _asker_of, "assigned", 204),
        ("submitQuestionnaire", _teacher_of, "in_progress", 200),
        ("reopenQuestionnaire", _teacher_of, "submitted reviewed", 200),
        ("reviewQuestionnaire", _reviewer_of, "submitted", 200),
    ):
        step(
            _operation,
            _name,
            *((_may(_name), "") if _state in _from.split() else ("", _may(_name))),
            status=_status,
            permission=_operation.removesuffix("Questionnaire"),
        )
    if f"{_name}_draft" in READERS:
        reads("getQuestionnaireDraft", f"{_name}_draft")
        _by = _teacher_of(_name)
        step(
            "updateQuestionnaireDraft",
            f"{_name}_draft",
            *((_by, "") if _state in ("assigned", "in_progress") else ("", _by)),
            body={"answers": {"why": "I like questions."}},
            permission="edit",
        )
for _teacher, _by, _seen in (("tom", "lena", "tom ada paul"), ("may", "luis", "")):
    anywhere(
        "createQuestionnaire",
        _by,
        409,  # nobody else can tell whether there is such a pair
        lambda o, teacher=_teacher: {
            "teacher_id": o[teacher],
            "template_id": o["template_published"],
        },
        on=_teacher,
        status=201,
        others={403: _seen} if _seen else {},
    )

# --- preferences and agreements -----------------------------------------------------------------

reads("getCoachingPreferences", " ".join(PREFERENCES))
LISTS["listCoachingPreferences"] = tuple(PREFERENCES)
anywhere(
    "createCoachingPreferences",
    "tom nina sam",
    409,  # who has no lead now has nobody to write them for
    lambda o: {
        "template_id": o["template_preferences"],
        "answers": _ANSWER,
        "reason": "I know you better.",
    },
    status=201,
)
reads("getCoachingAgreement", " ".join(AGREEMENTS))
LISTS["listCoachingAgreements"] = tuple(AGREEMENTS)
anywhere(
    "proposeCoachingAgreement",
    "sam luis",
    409,
    lambda o: {
        "teacher_id": o["sam"],
        "template_id": o["template_agreement"],
        "answers": _ANSWER,
        "review_on": "2027-01-11",
    },
    on="sam",
    status=201,
    others={403: "ada paul"},
)
for _name, (_, _teacher, _lead, _, _state) in AGREEMENTS.items():
    _both = f"{_teacher} {_lead}" if _teacher in ("tom", "nina") and _lead == "lena" else ""
    if _name == "agreement_tom_before":
        # whoever the teacher's lead is now, these words were with another
        _both = ""
    for _operation, _body, _verb in (
        ("updateCoachingAgreement", {"review_on": "2027-01-12"}, "edit"),
        ("acceptCoachingAgreement", None, "accept"),
        ("withdrawCoachingAgreement", None, "withdraw"),
    ):
        _ok, _late = (_both, "") if _state == "proposed" else ("", _both)
        if (_name, _verb) == ("agreement_nina", "accept"):
            _ok, _late = "lena", "nina"
        step(_operation, _name, _ok, _late, body=_body, permission=_verb)
for _operation in ("listQuestionnaires", "listCoachingPreferences", "listCoachingAgreements"):
    anywhere(_operation, EVERYBODY, query="limit=200")


async def chapter(j: Any, w: Any) -> None:
    """Lena asks, Tom answers in two goes; his preferences; what the two agree on."""
    await _questionnaire(j, w)
    await _preferences(j, w)
    await _agreement(j, w)


async def _questionnaire(j: Any, w: Any) -> None:
    new = {
        "teacher_id": str(w.tom),
        "template_id": str(w.getting_to_know_you),
        "due_on": "2026-10-14",
    }
    made = await j.do(
        "createQuestionnaire",
        "lena",
        body=new,
        forbidden="paul",
        conflict={"due_on": "2026-07-01"},
    )
    at = {"questionnaire_id": made["id"]}
    again = await j.do("createQuestionnaire", "lena", body=new)
    await j.do(
        "deleteQuestionnaire",
        "lena",
        path={"questionnaire_id": again["id"]},
        version=again["version"],
        forbidden="tom",
    )
    await j.do("listQuestionnaires", "tom", query={"state": "assigned", "limit": 2})
    draft = await j.do("getQuestionnaireDraft", "tom", path=at)
    draft = await j.do(
        "updateQuestionnaireDraft",
        "tom",
        path=at,
        version=draft["version"],
        body={
            "answers": {
                "strengths": "Lab work that does not end in a flood.",
                "learning": ["trying", "talking"],
                "coached_before": True,
            }
        },
        conflict={"answers": {"learning": ["sleeping"]}},
    )
    await j.do(
        "updateQuestionnaireDraft",
        "tom",
        path=at,
        version=draft["version"],
        body={"answers": {"challenge": "The quiet ones.", "coached_before": None}},
    )
    now = await j.do("getQuestionnaire", "lena", path=at)
    now = await j.do(
        "submitQuestionnaire", "tom", path=at, version=now["version"], forbidden="lena"
    )
    sent = await j.do("listQuestionnaireSubmissions", "lena", path=at)
    submission = {"submission_id": sent["items"][0]["id"]}
    await j.do("getQuestionnaireSubmission", "lena", path=submission)
    now = await j.do(
        "reviewQuestionnaire", "lena", path=at, version=now["version"], forbidden="tom"
    )
    await j.do("reopenQuestionnaire", "tom", path=at, version=now["version"], forbidden="lena")


async def _preferences(j: Any, w: Any) -> None:
    made = await j.do(
        "createCoachingPreferences",
        "tom",
        body={
            "template_id": str(w.coaching_and_observation),
            "answers": {
                "where_to_be": "back",
                "talk_to_students": "ask",
                "walk_around": "yes",
                "co_teach": "no",
                "model": "ask",
                "notice": "day_before",
                "feedback_form": ["note", "talk"],
            },
        },
        conflict={"from_on": "2026-10-01"},
    )
    await j.do("getCoachingPreferences", "lena", path={"preferences_id": made["id"]})
    await j.do("listCoachingPreferences", "lena", query={"on": "2026-10-05", "limit": 2})


async def _agreement(j: Any, w: Any) -> None:
    new = {
        "teacher_id": str(w.tom),
        "template_id": str(w.coaching_agreement),
        "answers": {
            "time": "We begin on time and move at most once.",
            "agenda": "It is Tom's; Lena adds at the end.",
            "confidence": "Nothing leaves the room without a word between us.",
            "feedback": "Plainly, within two days.",
        },
        "review_on": "2027-01-11",
    }
    made = await j.do(
        "proposeCoachingAgreement",
        "lena",
        body=new,
        forbidden="paul",
        conflict={"review_on": "2026-10-05"},
    )
    at = {"agreement_id": made["id"]}
    made = await j.do(
        "updateCoachingAgreement",
        "tom",
        path=at,
        version=made["version"],
        body={"answers": {"stuck": "We ask Mia."}, "review_on": "2027-01-18"},
        conflict={"answers": {"time": None}},
    )
    await j.do("acceptCoachingAgreement", "tom", path=at, version=made["version"])
    await j.do("getCoachingAgreement", "lena", path=at)
    await j.do("acceptCoachingAgreement", "lena", path=at, version=made["version"])
    await j.do("listCoachingAgreements", "tom", query={"state": "accepted", "limit": 2})
    other = await j.do(
        "proposeCoachingAgreement", "tom", body=new | {"reason": "We add what we do when stuck."}
    )
    await j.do(
        "withdrawCoachingAgreement",
        "tom",
        path={"agreement_id": other["id"]},
        version=other["version"],
    )


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more of each for Tom; submissions all of the first questionnaire."""
    pair = {
        **home,
        "school_id": world.alder,
        "teacher_id": world.tom,
        "lead_id": world.lena,
        "author_id": world.tom,
    }
    linked = {**pair, "relationship_id": world.lena_tom}
    asked = {"template_id": world.getting_to_know_you}
    # ids of one millisecond come in no order, so the first is known by its state
    reviewed = m.Questionnaire.state == "reviewed"
    first = await session.scalar(select(m.Questionnaire.id).where(reviewed).limit(1))
    asking = m.Questionnaire(**linked, **asked, state="assigned" if first else "reviewed")
    session.add(asking)
    await session.flush()
    session.add(m.QuestionnaireDraft(**linked, id=asking.id))

    async def number(model: Any) -> int:
        return (await session.scalar(select(func.count()).select_from(model)) or 0) + 1

    sent = await number(m.QuestionnaireSubmission)
    submission = {"questionnaire_id": first or asking.id, "number": sent, "answers": {}}
    preferences = m.CoachingPreferences(
        **linked,
        template_id=world.coaching_and_observation,
        number=await number(m.CoachingPreferences),
        answers={},
        reason=name,
        from_on=clock.today("UTC"),
    )
    agreement = m.CoachingAgreement(
        **linked,
        template_id=world.coaching_agreement,
        number=await number(m.CoachingAgreement),
        answers={},
        reason=name,
        review_on=clock.today("UTC"),
        state="superseded",
    )
    session.add_all(
        [m.QuestionnaireSubmission(**pair, **asked, **submission), preferences, agreement]
    )
    await session.flush()
    yes = {"agreement_id": agreement.id}
    session.add_all(
        m.AgreementAcceptance(**home, **yes, person_id=who) for who in (world.tom, world.lena)
    )
    await session.flush()


#: who finds the id that an address needs, and where
FIRSTS = (
    ("tom", "questionnaire_id", "/questionnaires?state=reviewed"),
    ("tom", "submission_id", "/questionnaires/{questionnaire_id}/submissions"),
    ("tom", "preferences_id", "/coaching-preferences"),
    ("tom", "agreement_id", "/coaching-agreements"),
)
