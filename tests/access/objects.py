"""The objects of the matrix: one of each kind in each state, added to the test world."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import models as m
from app.access.actor import Actor
from app.auth import keys
from app.core import clock
from app.frameworks import service as frameworks
from tests import world as worlds

INVITATION = "an-invitation-of-the-matrix-which-nobody-has-used"


class Objects:
    """Names to rows: ids and versions of everything that the matrix acts on."""

    def __init__(self, world: worlds.World) -> None:
        self.world = world
        self.ids: dict[str, UUID] = dict(world.ids)
        self.versions: dict[str, int] = {}
        #: meetings by their days, because activity has no ids
        self.days: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return str(self.ids[name])


async def build(session: AsyncSession, world: worlds.World, parts: Iterable[Any] = ()) -> Objects:
    """Add the objects to the first district, inside the session's transaction."""
    objects = Objects(world)
    district = world.juniper
    await keys.enter(session, district)

    async def add(name: str, row: Any) -> Any:
        if row.id is None:
            row.id = clock.new_id()
        session.add(row)
        await session.flush()
        assert name not in objects.ids, f"{name} is the name of another object"
        objects.ids[name] = row.id
        return row

    def made(model: Any, **fields: Any) -> Any:
        return model(district_id=district, **fields)

    async def add_key(kind: str, value: str, subject: UUID) -> None:
        await keys.put(session, kind, value, subject)

    await _directory(add, made, add_key, world)
    await _frameworks(session, objects)
    await _goals(add, made, world)
    objects.days = await _meetings(add, made, world)
    await _support(add, made, world)
    await _events(add, made, world)
    for part in parts:
        await part.build(add, made, objects)
    for name, kind in (("tom_teacher", "teacher"), ("tom_member", "team_member")):
        objects.ids[name] = await _role(session, world.tom, kind)
    objects.ids["lena_lead"] = await _role(session, world.lena, "senior_team_lead")
    objects.ids["paul_leads"] = await _role(session, world.paul, "school_leader")
    objects.ids["ada_role"] = await _role(session, world.ada, "district_administrator")
    for name in world.sessions:
        objects.ids[f"{name}_session"] = world.sessions[name][1]
    return objects


#: name → (record class, actor, owner)
EVENTS = {
    "event_pair": ("pair", "lena", "tom"),
    "event_goal": ("goal", "lena", "tom"),
    "event_school": ("school", "paul", None),
    "event_administration": ("administration", "ada", "sam"),
    "event_support": ("support", "lena", "tom"),
    "event_private": ("private", "uma", "uma"),
    "event_account": ("administration", "ada", "uma"),
    "event_own_account": ("administration", "uma", "uma"),
}


async def _events(add: Any, made: Any, world: worlds.World) -> None:
    for name, (record_class, actor, owner) in EVENTS.items():
        await add(
            name,
            made(
                m.Event,
                action="matrix.made",
                actor_kind="person",
                actor_id=getattr(world, actor),
                subject_type="person" if "account" in name else "goal",
                subject_id=world.tom,
                # an account belongs to no school
                school_id=None if "account" in name else world.alder,
                owner_id=getattr(world, owner) if owner else None,
                record_class=record_class,
            ),
        )


async def _role(session: AsyncSession, person: UUID, kind: str) -> UUID:
    found = await session.scalar(
        select(m.Role.id).where(m.Role.person_id == person, m.Role.kind == kind)
    )
    assert found is not None
    return found


async def _directory(add: Any, made: Any, add_key: Any, world: worlds.World) -> None:
    await add("alder_vision", made(m.SchoolVision, id=world.alder, text="Every child."))
    gone = made(m.Person, given_name="Gil", family_name="Gone", active=False)
    await add("gone", gone)
    fay = made(m.Person, given_name="Fay", family_name="Fresh", email="fay@juniper.example")
    await add("fay", fay)
    invitation = made(
        m.Invitation,
        person_id=fay.id,
        purpose="invite",
        token_hash=keys.digest(INVITATION),
        expires_at=clock.now() + timedelta(days=7),
    )
    await add("fay_invitation", invitation)
    await add_key("invitation", INVITATION, invitation.id)
    await add(
        "sam_ended",
        made(
            m.Role,
            person_id=world.sam,
            kind="team_member",
            school_id=world.alder,
            team_id=world.arts,
            started_on=date(2025, 8, 18),
            ended_on=date(2026, 6, 5),
        ),
    )
    await add(
        "revoked",
        made(
            m.IntegrationClient,
            name="Revoked",
            scopes=["goals:read"],
            secret_hash="0" * 64,
            active=False,
        ),
    )
    # Left Alder for Birch, while Lena's and Luis's relationships to them were not over.
    for name, lead, state in (
        ("mo", "lena", "paused"),
        ("max", "lena", "active"),
        ("may", "luis", "proposed"),
    ):
        person = await add(name, made(m.Person, given_name=name.title(), family_name="Moved"))
        await add(
            f"{name}_teacher",
            made(
                m.Role,
                person_id=person.id,
                kind="teacher",
                school_id=world.birch,
                tested_subject=True,
                started_on=date(2026, 9, 1),
            ),
        )
        await add(
            f"{name}_link",
            made(
                m.CoachingRelationship,
                school_id=world.alder,
                school_year_id=world.alder_year,
                lead_id=getattr(world, lead),
                teacher_id=person.id,
                evaluator_scope="none",
                primary=True,
                state=state,
            ),
        )
    for name, lead, teacher, state, primary in (
        ("luis_pia", "luis", "pia", "proposed", False),
        ("luis_olga", "luis", "olga", "withdrawn", True),
        ("paul_uma", "paul", "uma", "proposed", False),
    ):
        await add(
            name,
            made(
                m.CoachingRelationship,
                school_id=world.alder,
                school_year_id=world.alder_year,
                lead_id=getattr(world, lead),
                teacher_id=getattr(world, teacher),
                evaluator_scope="none",
                primary=primary,
                state=state,
            ),
        )
    await add("course", made(m.Course, title="Algebra"))
    section = made(m.ClassSection, title="Algebra 1", school_id=world.alder)
    await add("section", section)
    taught = made(m.TeachingAssignment, class_section_id=section.id, person_id=world.tom)
    await add("assignment", taught)
    report = {"files": [], "problems": [], "problems_found": 0}
    await add(
        "import_committed",
        made(
            m.RosterImport,
            source="matrix",
            mode="bulk",
            state="committed",
            report=report,
            committed_at=clock.now(),
        ),
    )


async def _frameworks(session: AsyncSession, objects: Objects) -> None:
    actor = Actor.operator(objects.world.juniper, "America/Denver")
    for state in ("draft", "retired"):
        data = worlds.invented().model_copy(update={"edition": state})
        framework = await frameworks.install(session, actor, data)
        await session.flush()
        if state == "retired":
            await frameworks.publish(session, actor, framework.id, framework.version)
            await frameworks.retire(session, actor, framework.id, framework.version)
            await session.flush()
        objects.ids[f"framework_{state}"] = framework.id
        objects.ids[f"indicator_{state}"] = await session.scalar(  # type: ignore[assignment]
            select(m.Indicator.id).where(m.Indicator.framework_id == framework.id).limit(1)
        )


#: name → (level, state, owner, author)
GOALS: dict[str, tuple[str, str, str, str]] = {
    **{
        f"{who}_{state}": ("individual", state, who, who)
        for who, states in (
            ("tom", ("draft", "proposed", "agreed", "closed")),
            ("pia", ("draft", "proposed", "agreed")),
            ("olga", ("draft", "agreed")),
            ("uma", ("draft", "proposed", "agreed")),
        )
        for state in states
    },
    "tom_revised": ("individual", "agreed", "tom", "tom"),
    "tom_lena_revised": ("individual", "agreed", "tom", "tom"),
    "tom_shared": ("individual", "draft", "tom", "lena"),
    "uma_revised": ("individual", "agreed", "uma", "uma"),
    "pia_revised": ("individual", "agreed", "pia", "pia"),
    "pia_alone_proposed": ("individual", "proposed", "pia", "pia"),
    "pia_alone_revised": ("individual", "agreed", "pia", "pia"),
    **{
        f"{level}_{state}": (level, state, owner, author)
        for level, owner, author in (("school", "alder", "paul"), ("team", "maths", "lena"))
        for state in ("draft", "published", "closed")
    },
    "tom_birch": ("individual", "agreed", "tom", "tom"),
    "tom_before_draft": ("individual", "draft", "tom", "tom"),
    "tom_before_proposed": ("individual", "proposed", "tom", "tom"),
    "tom_before_agreed": ("individual", "agreed", "tom", "tom"),
    "tom_before_revised": ("individual", "agreed", "tom", "tom"),
}

#: name → (goal, author)
NOTES = {
    "tom_note": ("tom_agreed", "tom"),
    "pia_note": ("pia_agreed", "pia"),
    "tom_before_note": ("tom_agreed", "tom"),
    "olga_note": ("olga_agreed", "olga"),
    "olga_note_by_lena": ("olga_agreed", "lena"),
    "uma_note": ("uma_agreed", "uma"),
    "school_note": ("school_published", "paul"),
    "team_note": ("team_published", "lena"),
}

#: name → (goal, author, state)
REVISIONS = {
    "tom_rev": ("tom_revised", "tom", "proposed"),
    "tom_rev_by_lena": ("tom_lena_revised", "lena", "proposed"),
    "tom_rev_agreed": ("tom_revised", "lena", "agreed"),
    "pia_rev": ("pia_agreed", "pia", "withdrawn"),
    "tom_rev_withdrawn": ("tom_revised", "lena", "withdrawn"),
    "uma_rev": ("uma_revised", "uma", "proposed"),
    "tom_before_rev": ("tom_before_revised", "tom", "proposed"),
    "pia_waiting": ("pia_revised", "pia", "proposed"),
    "pia_alone_rev": ("pia_alone_revised", "pia", "proposed"),
    "school_rev": ("school_published", "paul", "agreed"),
    "team_rev": ("team_published", "lena", "agreed"),
}


def _lead(world: worlds.World, name: str, owner: str) -> UUID | None:
    """The lead it was written with: Lena is theirs, and before her it was Luis."""
    if owner not in ("tom", "pia") or "alone" in name:
        return None
    return world.luis if "before" in name else world.lena


async def _goals(add: Any, made: Any, world: worlds.World) -> None:
    goals: dict[str, Any] = {}
    for name, (level, state, owner, author) in GOALS.items():
        elsewhere = name == "tom_birch"  # made at the school where Tom taught before
        goal = made(
            m.Goal,
            level=level,
            kind="growth",
            state=state,
            title=name,
            statement="What will be reached.",
            school_id=world.birch if elsewhere else world.alder,
            school_year_id=world.birch_past if elsewhere else world.alder_year,
            team_id=getattr(world, owner) if level == "team" else None,
            teacher_id=getattr(world, owner) if level == "individual" else None,
            author_id=getattr(world, author),
            lead_id=_lead(world, name, owner),
            outcome="met" if state == "closed" else None,
            closed_at=clock.now() if state == "closed" else None,
        )
        goals[name] = await add(name, goal)
        await add(
            f"{name}_indicator",
            made(m.GoalIndicator, goal_id=goal.id, indicator_id=world.leap_i5, position=0),
        )
        await add(
            f"{name}_measure",
            made(
                m.GoalMeasure,
                goal_id=goal.id,
                position=0,
                name="Checks",
                unit="per lesson",
                target=4,
                direction="increase",
            ),
        )

    def under(name: str, goal: str, author: str) -> dict[str, Any]:
        row = goals[goal]
        return {
            "goal_id": row.id,
            "author_id": getattr(world, author),
            "level": row.level,
            "school_id": row.school_id,
            "team_id": row.team_id,
            "teacher_id": row.teacher_id,
            "lead_id": _lead(world, name, goal.partition("_")[0]),
        }

    for name, (goal, author) in NOTES.items():
        fields = under(name, goal, author)
        await add(f"{name}_comment", made(m.GoalComment, kind="comment", text="Well.", **fields))
        measure = await add(
            f"{name}_measure",
            made(
                m.GoalMeasure,
                goal_id=fields["goal_id"],
                position=1,
                name="More",
                unit="a",
                target=1,
                direction="increase",
            ),
        )
        noted = {"measure_id": measure.id, "on": date(2026, 10, 1), "value": 2}
        await add(f"{name}_progress", made(m.GoalProgress, **noted, **fields))
    for name, (goal, author, state) in REVISIONS.items():
        fields = under(name, goal, author)
        content = {"title": "Another title"}
        decided = {"decided_at": clock.now()} if state != "proposed" else {}
        revision = made(
            m.GoalRevision,
            kind="content",
            state=state,
            content=content,
            replaced=content if state == "agreed" else None,
            number=2 if state == "agreed" else None,
            **decided,
            **fields,
        )
        await add(name, revision)
        if revision.level == "individual":
            await add(
                f"{name}_agreement",
                made(
                    m.GoalAgreement,
                    goal_id=revision.goal_id,
                    revision_id=revision.id,
                    person_id=revision.author_id,
                    capacity="teacher" if author != "lena" else "lead",
                ),
            )


#: name → (teacher, lead, author, state)
MEETINGS = {
    "tom_scheduled": ("tom", "lena", "lena", "scheduled"),
    "tom_started": ("tom", "lena", "tom", "in_progress"),
    "tom_held": ("tom", "lena", "lena", "completed"),
    "tom_skipped": ("tom", "lena", "lena", "skipped"),
    "tom_before_held": ("tom", "luis", "luis", "completed"),
    "pia_scheduled": ("pia", "lena", "lena", "scheduled"),
    "olga_held": ("olga", "lena", "olga", "completed"),
    "olga_held_by_lena": ("olga", "lena", "lena", "completed"),
}
#: name → (teacher, lead, author, state)
SERIES = {
    "tom_series": ("tom", "lena", "lena", "active"),
    "tom_series_ended": ("tom", "lena", "tom", "ended"),
    "nina_series": ("nina", "lena", "lena", "paused"),
    "pia_series": ("pia", "lena", "lena", "paused"),
    "olga_series": ("olga", "lena", "lena", "ended"),
}
#: name → (meeting, author, state)
ITEMS = {
    "tom_item": ("tom_scheduled", "tom", "open"),
    "tom_item_by_lena": ("tom_scheduled", "lena", "open"),
    "tom_item_now": ("tom_started", "lena", "open"),
    "tom_item_discussed": ("tom_held", "tom", "discussed"),
    "pia_item": ("pia_scheduled", "pia", "open"),
    "olga_item_by_lena": ("olga_held", "lena", "discussed"),
}
#: name → (meeting, author, state)
NEXT_STEPS = {
    "tom_step": ("tom_held", "tom", "open"),
    "tom_step_done": ("tom_held", "lena", "done"),
    "tom_before_step": ("tom_before_held", "luis", "open"),
    "tom_before_step_done": ("tom_before_held", "luis", "done"),
    "pia_step": ("pia_scheduled", "lena", "open"),
    "olga_step": ("olga_held", "olga", "open"),
    "olga_step_by_lena": ("olga_held", "lena", "done"),
}


#: name → meeting
FEEDBACK = {
    "tom_feedback": "tom_skipped",
    "pia_feedback": "pia_scheduled",
    "olga_feedback": "olga_held",
}
#: name → author
REVIEWS = {"tom_review": "tom", "pia_review": "pia", "olga_review": "lena"}


async def _meetings(add: Any, made: Any, world: worlds.World) -> dict[str, str]:
    """The meetings and what lies below them; each meeting's name by its day."""

    def pair(teacher: str, lead: str, author: str) -> dict[str, Any]:
        return {
            "school_id": world.alder,
            "teacher_id": getattr(world, teacher),
            "lead_id": getattr(world, lead),
            "author_id": getattr(world, author),
        }

    series = {}
    for name, (teacher, lead, author, state) in SERIES.items():
        series[name] = await add(
            name,
            made(
                m.MeetingSeries,
                relationship_id=world.ids[f"lena_{teacher}"],
                school_year_id=world.alder_year,
                every_weeks=1,
                first_on=date(2026, 9, 1),
                last_on=date(2027, 6, 1),
                at="15:00",
                zone="America/Denver",
                minutes=30,
                state=state,
                end_reason="Over." if state == "ended" else None,
                **pair(teacher, lead, author),
            ),
        )
    meetings = {}
    for number, (name, (teacher, lead, author, state)) in enumerate(MEETINGS.items()):
        starts = clock.now() - timedelta(days=number + 1)
        meetings[name] = await add(
            name,
            made(
                m.Meeting,
                relationship_id=world.ids[f"lena_{teacher}"],
                due_on=starts.date(),
                on=starts.date(),
                at="15:00",
                zone="America/Denver",
                minutes=30,
                starts_at=starts,
                ends_at=starts + timedelta(minutes=30),
                led_by="teacher",
                focus="check_in",
                state=state,
                skip="leave" if state == "skipped" else None,
                completed_at=starts if state == "completed" else None,
                **pair(teacher, lead, author),
            ),
        )

    def under(meeting: str, author: str) -> dict[str, Any]:
        teacher, lead, _, _ = MEETINGS[meeting]
        return {"meeting_id": meetings[meeting].id, **pair(teacher, lead, author)}

    for number, (name, (meeting, author, state)) in enumerate(ITEMS.items()):
        fields = {"position": number + 1, "text": name, "state": state}
        item = await add(name, made(m.AgendaItem, **fields, **under(meeting, author)))
        await add(
            f"{name}_text",
            made(
                m.AgendaItemVersion, item_id=item.id, number=1, author_id=item.author_id, text=name
            ),
        )
    for name, (meeting, author, state) in NEXT_STEPS.items():
        await add(
            name,
            made(
                m.NextStep,
                owner_id=getattr(world, author),
                text=name,
                due_on=date(2026, 12, 1),
                state=state,
                **under(meeting, author),
            ),
        )
    for name, meeting in FEEDBACK.items():
        given = {"structure": 4, "content": 5, **under(meeting, MEETINGS[meeting][0])}
        await add(name, made(m.MeetingFeedback, **given))
    for name, author in REVIEWS.items():
        teacher = name.partition("_")[0]
        noted = {"agenda_changed": True, "schedule_changed": False, "text": "Shorter."}
        owned = {"series_id": series[f"{teacher}_series"].id, **pair(teacher, "lena", author)}
        await add(name, made(m.SeriesReview, **noted, **owned))
    return {str(row.on): name for name, row in meetings.items()}


#: name → (state, whom Lena named)
HELP = {
    "help_open": ("open", "mia paul"),
    "help_acknowledged": ("acknowledged", "ivy"),
    "help_in_progress": ("in_progress", "mia paul"),
    "help_resolved": ("resolved", "mia"),
    "help_withdrawn": ("withdrawn", "luis"),
}
#: name → (request, kind, done)
SAID = {
    "said_message": ("help_open", "message", False),
    "said_step": ("help_open", "next_step", False),
    "said_step_done": ("help_in_progress", "next_step", True),
}
ASKED = ("requested", "accepted", "declined", "under_way", "done")
#: name → whether the teacher may read it
UPDATES = {"update_shut": False, "update_open": True}


async def _support(add: Any, made: Any, world: worlds.World) -> None:
    """Lena asks for help with Tom. Luis, who leads another team, is named in one that is over."""
    requests = {}
    for name, (state, named) in HELP.items():
        requests[name] = await add(
            name,
            made(
                m.SupportRequest,
                school_id=world.alder,
                raiser_id=world.lena,
                about_id=world.tom,
                text="We talk past each other.",
                state=state,
            ),
        )
        for person in named.split():
            row = made(
                m.SupportRecipient,
                request_id=requests[name].id,
                person_id=getattr(world, person),
            )
            await add(f"{name}_{person}", row)
    for name, (request, kind, done) in SAID.items():
        step = {"owner_id": world.mia, "due_on": date(2026, 10, 20)} if "step" in kind else {}
        await add(
            name,
            made(
                m.SupportEntry,
                request_id=requests[request].id,
                author_id=world.lena,
                kind=kind,
                text="Sit in once.",
                done_at=clock.now() if done else None,
                **step,
            ),
        )
    for state in ASKED:
        await add(
            f"asked_{state}",
            made(
                m.Intervention,
                request_id=requests["help_open"].id,
                author_id=world.lena,
                leader_id=world.paul,
                text="Please talk to both of us.",
                state=state,
            ),
        )
    for name, may_read in UPDATES.items():
        await add(
            name,
            made(
                m.LeaderUpdate,
                school_id=world.alder,
                author_id=world.lena,
                leader_id=world.paul,
                about_id=world.tom,
                text="It goes well.",
                teacher_may_read=may_read,
            ),
        )
