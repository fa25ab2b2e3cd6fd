"""Conversations: one in each state, of a pair at work, paused and over."""

from datetime import timedelta
from typing import Any

from app import models as m
from app.core import clock
from tests.access.table import (
    ACTIVITY,
    LISTS,
    PEOPLE,
    READERS,
    anywhere,
    reads,
    step,
)

#: name → (teacher, lead, author, kind, state). Of one kind there is one, unless it was cancelled:
#: Tom's and Nina's are each of another kind.
CONVERSATIONS = {
    "tom_talk_planned": ("tom", "lena", "tom", "beginning_of_year", "planned"),
    "tom_talk_scheduled": ("tom", "lena", "lena", "mid_year", "scheduled"),
    "tom_talk_held": ("tom", "lena", "lena", "end_of_year", "held"),
    "tom_talk_cancelled": ("tom", "lena", "lena", "mid_year", "cancelled"),
    "nina_talk_closed": ("nina", "lena", "nina", "beginning_of_year", "closed"),
    "nina_talk_missed": ("nina", "lena", "lena", "mid_year", "missed"),
    "tom_before_talk": ("tom", "luis", "luis", "beginning_of_year", "held"),
    "pia_talk": ("pia", "lena", "lena", "beginning_of_year", "scheduled"),
    "pia_talk_held": ("pia", "lena", "pia", "mid_year", "held"),
    "olga_talk": ("olga", "lena", "olga", "beginning_of_year", "held"),
    "olga_talk_by_lena": ("olga", "lena", "lena", "mid_year", "held"),
}
_READS = {
    "tom_before_talk": "tom",
    **dict.fromkeys(("pia_talk", "pia_talk_held"), "pia lena"),
    "olga_talk": "olga",
    "olga_talk_by_lena": "olga lena",
}
READERS.update(
    {
        name: _READS.get(name, f"{teacher} {lead}")
        for name, (teacher, lead, *_) in CONVERSATIONS.items()
    }
)
#: a former lead knows no more of the activity than of anything else there
ACTIVITY.update(
    {
        name: f"{READERS[name].replace('lena', '') if teacher == 'olga' else READERS[name]} paul"
        for name, (teacher, _, _, _, state) in CONVERSATIONS.items()
        if state != "planned"
    }
)


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each, on days of their own."""
    world = objects.world
    former = await add(
        "luis_tom",
        made(
            m.CoachingRelationship,
            school_id=world.alder,
            school_year_id=world.alder_past,
            lead_id=world.luis,
            teacher_id=world.tom,
            evaluator_scope="none",
            primary=True,
            state="ended",
            ended_at=clock.now() - timedelta(days=120),
            end_reason="The year was over.",
        ),
    )
    for number, (name, (teacher, lead, author, kind, state)) in enumerate(CONVERSATIONS.items()):
        starts = clock.now() - timedelta(days=number + 30)
        when: dict[str, Any] = {
            "on": starts.date(),
            "at": "10:00",
            "zone": "America/Denver",
            "minutes": 60,
            "starts_at": starts,
            "ends_at": starts + timedelta(minutes=60),
        }
        row = await add(
            name,
            made(
                m.Conversation,
                school_id=world.alder,
                relationship_id=former.id if lead == "luis" else world.ids[f"lena_{teacher}"],
                teacher_id=getattr(world, teacher),
                lead_id=getattr(world, lead),
                author_id=getattr(world, author),
                kind=kind,
                state=state,
                **({} if state == "planned" else when),
            ),
        )
        if state != "planned":
            objects.days[str(row.on)] = name


reads("getConversation", " ".join(CONVERSATIONS))
anywhere(
    "createConversation",
    "sam luis",
    409,
    lambda o: {"teacher_id": o["sam"], "kind": "mid_year"},
    on="sam",
    status=201,
    others={403: "ada paul"},
)
#: both write while they work together; nobody while it is paused or over
_WRITE = {"tom": "tom lena", "nina": "nina lena"}
_AT = {"on": "2026-12-02", "at": "10:00", "minutes": 60}
for _operation, _verb, _from, _given in (
    ("updateConversation", "edit", "planned scheduled held", {"notes": "More."}),
    ("scheduleConversation", "schedule", "planned", _AT),
    ("moveConversation", "move", "scheduled", {"on": "2026-12-03", "reason": "A trip."}),
    ("holdConversation", "hold", "scheduled", {}),
    ("cancelConversation", "cancel", "scheduled", {"reason": "Ill."}),
    ("missConversation", "miss", "scheduled", None),
    ("planConversation", "plan", "missed", None),
    ("closeConversation", "close", "held", None),
):
    for _name, (_teacher, _lead, _, _, _state) in CONVERSATIONS.items():
        _may = "" if _lead == "luis" else _WRITE.get(_teacher, "")
        step(
            _operation,
            _name,
            *((_may, "") if _state in _from.split() else ("", _may)),
            body=_given,
            permission=_verb,
        )
LISTS["listConversations"] = tuple(CONVERSATIONS)
LISTS["listActivity"] = tuple(ACTIVITY)
anywhere("listConversations", PEOPLE, query="limit=200")


async def chapter(j: Any, w: Any) -> None:
    """The beginning of the year of Sam and Luis; what else can become of a conversation."""
    goals = [
        (
            await j.live.as_(who).post(
                "/goals",
                json={
                    "level": level,
                    "kind": "growth",
                    "title": f"A goal of the {level}",
                    "statement": "Everybody is heard in every lesson.",
                    "school_year_id": str(w.alder_year),
                    **({"team_id": str(w.arts)} if level == "team" else {}),
                },
            )
        ).json()
        for who, level in (("paul", "school"), ("luis", "team"))
    ]
    for who, goal in zip(("paul", "luis"), goals, strict=True):
        published = await j.live.as_(who).post(
            f"/goals/{goal['id']}/publish", headers={"If-Match": f'"{goal["version"]}"'}
        )
        assert published.status_code == 200, published.text
    goal_ids = [goal["id"] for goal in goals]
    new = {
        "teacher_id": str(w.sam),
        "kind": "beginning_of_year",
        "template_id": str(w.ids["beginning_of_year"]),
    }
    talk = await j.do(
        "createConversation",
        "luis",
        body=new,
        forbidden="paul",
        conflict={"template_id": str(w.welcome)},
    )
    at = {"conversation_id": talk["id"]}
    when = {"on": "2026-10-05", "at": "08:30", "minutes": 60, "place": "Room 7"}
    talk = await j.do(
        "scheduleConversation",
        "luis",
        path=at,
        version=talk["version"],
        body=when,
        conflict={"on": "2026-07-01"},
    )
    talk = await j.do(
        "moveConversation",
        "sam",
        path=at,
        version=talk["version"],
        body={"at": "07:45", "reason": "I have bus duty."},
        conflict={"on": "2026-07-01"},
    )
    talk = await j.do(
        "updateConversation",
        "luis",
        path=at,
        version=talk["version"],
        body={
            "answers": {"vision": "Every child is heard.", "leading": None},
            "notes": "We look at talk time first.",
            "setting": "informal",
            "vision_revisited": True,
            "roles_discussed": True,
            "goal_setting_previewed": True,
            "team_link": "Sam tries the team's talk moves in two classes.",
            "questionnaire_waiver": "We worked together last year.",
            "goal_ids": goal_ids,
        },
        conflict={"answers": {"salary": "a lot"}},
    )
    await j.do("listConversations", "sam", query={"state": "scheduled", "limit": 2})
    talk = await j.do(
        "holdConversation",
        "luis",
        path=at,
        version=talk["version"],
        body={},
        conflict={"on": "2026-10-06"},
    )
    talk = await j.do("closeConversation", "luis", path=at, version=talk["version"])
    await j.do("getConversation", "sam", path=at)
    for verb, on, body in (
        ("cancel", "2026-12-03", {"reason": "Sam is ill."}),
        ("miss", "2026-10-01", None),
    ):
        talk = await j.do("createConversation", "sam", body={"kind": "mid_year"})
        at = {"conversation_id": talk["id"]}
        set_for = {"on": on, "at": "12:00", "minutes": 45}
        talk = await j.do(
            "scheduleConversation", "sam", path=at, version=talk["version"], body=set_for
        )
        given = {"body": body} if body else {}
        talk = await j.do(f"{verb}Conversation", "luis", path=at, version=talk["version"], **given)
    await j.do("planConversation", "sam", path=at, version=talk["version"])


async def grow(session: Any, world: Any, home: Any, name: str) -> None:
    """One more conversation of Tom's that was called off, with a goal that it revisited."""
    goal = m.Goal(
        **home,
        level="school",
        kind="growth",
        state="published",
        title=name,
        school_id=world.alder,
        school_year_id=world.alder_year,
        author_id=world.paul,
    )
    talk = m.Conversation(
        **home,
        school_id=world.alder,
        relationship_id=world.lena_tom,
        teacher_id=world.tom,
        lead_id=world.lena,
        author_id=world.tom,
        kind="mid_year",
        template_id=world.ids["mid_year"],
        state="cancelled",
        on=clock.today("UTC"),
        at="10:00",
        zone="UTC",
        minutes=60,
        starts_at=clock.now(),
        ends_at=clock.now() + timedelta(minutes=60),
    )
    session.add_all([goal, talk])
    await session.flush()
    session.add(m.ConversationGoal(**home, conversation_id=talk.id, goal_id=goal.id))
    await session.flush()


#: who finds the id that an address needs, and where
FIRSTS = (("tom", "conversation_id", "/conversations"),)
