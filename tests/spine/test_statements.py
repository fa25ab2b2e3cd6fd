"""How many statements a request takes: the same for 3 rows and 30, and few for one object."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from tests.contract.checking import contract
from tests.goals.test_goals import growth
from tests.parts import PARTS

pytestmark = pytest.mark.anyio

#: what a request may take, the caller's own statement included, savepoints not
ITEM = 3
#: a framework is read with its expectations and its indicators, and written as what was imported
#: or as what was made here; one's own page with roles and
#: teachers; an audience with the groups it names; a cadence from the series, its meetings and the
#: school calendar
ITEMS = {
    "getFramework": 4,
    "getFrameworkCase": 5,
    "getMe": 5,
    "getGoalAudience": 12,
    "getGrowthPlanAudience": 12,
    # as the audience of a goal; the caller, the cycle, the policy, what the phase's gate asks for
    "getLearningCycleAudience": 12,
    "getLearningCycleGate": 8,
    "getMeetingSeriesCadence": 4,
    "getMyWeek": 24,
    # the relationship, the right, the counts of two readers, the present lead, the copies
    "getHandOver": 7,
    # the school, its choice, the template in its present version
    "getFeedbackProtocol": 4,
    # the team, the policy, the counts, the indicator; beside them the goals and what stands below
    "getCommonIndicator": 5,
    "getTeamGoalsView": 7,
    # the goal, whether notes are read, the goal once more with its measures, the values
    "getGoalProgressSeries": 5,
    # the revision, the goal, whether notes are read, evidence and progress
    "getClosingEvidence": 6,
    # each kind of record twice, and the hand-overs of a few coachings
    "getMyArchive": 200,
    # the school, the policy, its teachers, cycles and visits
    "getCoachingFigures": 6,
}
EDIT = 14
#: the goal that has a comment, progress and a revision for each row
FIRST = "Oldest"


@contextmanager
def counted(connection: AsyncConnection) -> Iterator[list[str]]:
    """The statements that run inside."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "SAVEPOINT" not in statement:  # the harness's own
            seen.append(statement)

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection.sync_connection, "before_cursor_execute", note)


async def grow(connection: AsyncConnection, world: Any, number: int) -> None:
    """This many more of everything that a list holds, in the first district."""
    async with AsyncSession(
        connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
    ) as session:
        await keys.enter(session, world.juniper)
        for _ in range(number):
            await _one_of_each(session, world)
        await session.commit()


async def _one_of_each(session: AsyncSession, world: Any) -> None:
    name = clock.new_id().hex
    home = {"district_id": world.juniper}

    async def add(row: Any) -> Any:
        session.add(row)
        await session.flush()
        return row

    school = await add(m.School(**home, name=name, zone="America/Denver"))
    await add(
        m.SchoolYear(
            **home,
            school_id=world.alder,
            title=name,
            first_day=clock.today("UTC"),
            last_day=clock.today("UTC").replace(year=2030),
        )
    )
    team = await add(m.Team(**home, school_id=world.alder, name=name))
    person = await add(
        m.Person(**home, given_name="A", family_name=name, email=f"{name}@a.example")
    )
    for kind, fields in (
        ("teacher", {"tested_subject": True}),
        ("team_lead", {"team_id": team.id}),
    ):
        await add(
            m.Role(
                **home,
                person_id=person.id,
                kind=kind,
                school_id=world.alder,
                started_on=clock.today("UTC"),
                **fields,
            )
        )
    await add(
        m.CoachingRelationship(
            **home,
            school_id=world.alder,
            school_year_id=world.alder_year,
            lead_id=world.lena,
            teacher_id=person.id,
            evaluator_scope="none",
            state="active",
        )
    )
    await add(m.IntegrationClient(**home, name=name, scopes=["goals:read"], secret_hash="0" * 64))
    framework = await add(
        m.Framework(**home, publisher=name, code="c", edition="1", title="t", state="published")
    )
    expectation = await add(
        m.Expectation(**home, framework_id=framework.id, domain="d", title="t", position=0)
    )
    indicator = await add(
        m.Indicator(
            **home,
            framework_id=framework.id,
            expectation_id=expectation.id,
            key=name,
            code="a",
            title="t",
            observed=True,
            optional=False,
            gateway=False,
            position=0,
        )
    )
    course = await add(m.Course(**home, title=name))
    section = await add(
        m.ClassSection(**home, school_id=school.id, course_id=course.id, title=name)
    )
    await add(m.TeachingAssignment(**home, class_section_id=section.id, person_id=person.id))
    report = {"files": [], "problems": [], "problems_found": 0}
    await add(m.RosterImport(**home, source="x", mode="bulk", state="committed", report=report))
    session_row = m.AuthSession(
        **home, person_id=world.tom, expires_at=clock.now().replace(year=2030)
    )
    await add(session_row)
    await _goal_of_tom(session, world, home, indicator)
    await _meeting_of_tom(session, world, home)
    await _help_for_tom(session, world, home)
    for part in PARTS:
        await part.grow(session, world, home, name)


async def _help_for_tom(session: AsyncSession, world: Any, home: Any) -> None:
    """A support request of Lena's, and below the first of them an entry and an intervention."""
    first = await session.scalar(select(m.SupportRequest.id).where(m.SupportRequest.text == FIRST))
    request = m.SupportRequest(
        **home,
        school_id=world.alder,
        raiser_id=world.lena,
        about_id=world.tom,
        text="Another" if first else FIRST,
    )
    session.add(request)
    await session.flush()
    under = {**home, "request_id": first or request.id}
    named = m.SupportRecipient(**home, request_id=request.id, person_id=world.paul)
    said = m.SupportEntry(**under, author_id=world.lena, kind="message", text="a")
    asked = m.Intervention(**under, author_id=world.lena, leader_id=world.paul, text="a")
    told = m.LeaderUpdate(
        **home,
        school_id=world.alder,
        author_id=world.lena,
        leader_id=world.paul,
        about_id=world.tom,
        text="a",
    )
    session.add_all([named, said, asked, told])
    await session.flush()
    session.add(
        m.Event(
            **home,
            action="support_entry.written",
            actor_kind="person",
            actor_id=world.lena,
            subject_type="support_entry",
            subject_id=said.id,
            record_class="support",
        )
    )
    await session.flush()


async def _meeting_of_tom(session: AsyncSession, world: Any, home: Any) -> None:
    """A series and a meeting, and what a list holds below the first of them."""
    pair = {
        **home,
        "school_id": world.alder,
        "teacher_id": world.tom,
        "lead_id": world.lena,
        "author_id": world.tom,
    }
    of_tom = {"relationship_id": world.lena_tom, "at": "15:00", "zone": "UTC", "minutes": 30}
    today = clock.today("UTC")
    series = m.MeetingSeries(
        **pair,
        **of_tom,
        school_year_id=world.alder_year,
        every_weeks=1,
        first_on=today,
        last_on=today,
        state="ended",
    )
    meeting = m.Meeting(
        **pair,
        **of_tom,
        due_on=today,
        on=today,
        starts_at=clock.now(),
        ends_at=clock.now(),
        led_by="teacher",
        focus="check_in",
    )
    session.add_all([series, meeting])
    await session.flush()
    first_series, first_meeting = [
        await session.scalar(select(model.id).where(model.place == FIRST))
        for model in (m.MeetingSeries, m.Meeting)
    ]
    if first_meeting is None:
        series.place = meeting.place = FIRST
        first_series, first_meeting = series.id, meeting.id
        await session.flush()
    first_item = await session.scalar(select(m.AgendaItem.id).where(m.AgendaItem.text == FIRST))
    item = m.AgendaItem(
        **pair, meeting_id=first_meeting, position=1, text="Other" if first_item else FIRST
    )
    step = m.NextStep(**pair, meeting_id=meeting.id, owner_id=world.tom, text="a", due_on=today)
    given = m.MeetingFeedback(**pair, meeting_id=meeting.id, structure=4, content=4)
    review = m.SeriesReview(
        **pair, series_id=first_series, agenda_changed=True, schedule_changed=False, text="a"
    )
    session.add_all([item, step, given, review])
    await session.flush()
    count = await session.scalar(select(func.count()).select_from(m.AgendaItemVersion))
    session.add(
        m.AgendaItemVersion(
            **home,
            item_id=first_item or item.id,
            number=(count or 0) + 1,
            author_id=world.tom,
            text="a",
        )
    )
    await session.flush()


async def _goal_of_tom(session: AsyncSession, world: Any, home: Any, indicator: Any) -> None:
    of_tom = select(m.Goal.id).where(m.Goal.teacher_id == world.tom, m.Goal.title == FIRST)
    first = await session.scalar(of_tom)
    goal = m.Goal(
        **home,
        level="individual",
        kind="growth",
        state="agreed",
        title="Another" if first else FIRST,
        school_id=world.alder,
        school_year_id=world.alder_year,
        teacher_id=world.tom,
        author_id=world.tom,
    )
    session.add(goal)
    await session.flush()
    measure = m.GoalMeasure(
        **home,
        goal_id=goal.id,
        position=0,
        name="a",
        unit="b",
        target=1,
        direction="increase",
    )
    session.add(measure)
    session.add(m.GoalIndicator(**home, goal_id=goal.id, indicator_id=indicator.id, position=0))
    session.add(
        m.Event(
            **home,
            action="goal.made",
            actor_kind="person",
            actor_id=world.tom,
            subject_type="goal",
            subject_id=goal.id,
            school_id=world.alder,
            owner_id=world.tom,
            record_class="goal",
        )
    )
    await session.flush()
    under = {
        **home,
        "goal_id": first or goal.id,
        "author_id": world.tom,
        "level": "individual",
        "school_id": world.alder,
        "teacher_id": world.tom,
    }
    session.add(m.GoalComment(**under, kind="comment", text="a"))
    session.add(m.GoalProgress(**under, measure_id=measure.id, on=clock.today("UTC"), value=1))
    session.add(m.GoalRevision(**under, kind="content", state="agreed", content={"title": "a"}))
    await session.flush()


async def _firsts(teacher: Any, lead: Any, administrator: Any) -> dict[str, str]:
    """The series, the meeting, the agenda item and the request that have others below them."""
    ids = {name: value for part in PARTS for name, value in getattr(part, "IDS", {}).items()}
    for client, name, path, *field in (
        (lead, "request_id", "/support-requests"),
        (lead, "entry_id", "/support-requests/{request_id}/entries"),
        (lead, "intervention_id", "/support-requests/{request_id}/interventions"),
        (lead, "update_id", "/leader-updates"),
        (teacher, "series_id", "/meeting-series"),
        (teacher, "meeting_id", "/meetings"),
        (teacher, "item_id", "/meetings/{meeting_id}/agenda-items"),
        (teacher, "step_id", "/next-steps"),
        (teacher, "feedback_id", "/meeting-feedback"),
        (teacher, "review_id", "/meeting-series/{series_id}/reviews"),
        *(
            ({"tom": teacher, "lena": lead, "ada": administrator}[who], *first)
            for part in PARTS
            for who, *first in part.FIRSTS
        ),
    ):
        address = httpx.URL(path.format(**ids))
        found = await client.get(address.copy_merge_params({"limit": 200}))
        rows = found.json()["items"]
        marked = [row for row in rows if FIRST in (row.get("place"), row.get("text"))]
        assert rows, f"{path} shows nothing, and {name} is wanted"
        first = (marked or rows)[0]
        ids[name] = first[field[0]] if field else first.get(name, first["id"])
    return ids


async def test_a_list_takes_as_many_statements_for_thirty_rows_as_for_three(
    as_: Any, app: Any, world: Any, connection: AsyncConnection
) -> None:
    await grow(connection, world, 3)
    goal = (await as_("tom").get(f"/goals?q={FIRST}")).json()["items"][0]["id"]
    firsts = await _firsts(as_("tom"), as_("lena"), as_("ada"))
    ids = {"goal_id": goal, "school_id": str(world.alder), **firsts}
    lists: dict[str, str] = {}
    for path, item in contract(app).document["paths"].items():
        operation = item.get("get", {})
        if any(p.get("name") == "cursor" for p in operation.get("parameters", [])):
            lists[operation["operationId"]] = path.removeprefix("/api/v1").format(**ids)
    assert len(lists) > 15

    async def take() -> dict[tuple[str, str], tuple[int, int]]:
        taken = {}
        for operation, path in lists.items():
            for who in ("ada", "paul", "lena", "tom"):
                client = as_(who)
                with counted(connection) as statements:
                    answer = await client.get(f"{path}?limit=200")
                if answer.status_code == 200:
                    taken[operation, who] = (len(statements), len(answer.json()["items"]))
        return taken

    few = await take()
    await grow(connection, world, 27)
    many = await take()
    grown = {operation for (operation, who), (_, rows) in many.items() if rows >= 30}
    assert grown == set(lists), set(lists) - grown
    assert {key: n for key, (n, _) in few.items()} == {key: n for key, (n, _) in many.items()}
    assert max(n for n, _ in many.values()) <= ITEM + 1


async def test_one_object_takes_few_statements(
    as_: Any, app: Any, world: Any, connection: AsyncConnection
) -> None:
    await grow(connection, world, 3)
    clients = {who: as_(who) for who in ("ada", "tom")}
    ids = {"goal_id": (await clients["tom"].get(f"/goals?q={FIRST}")).json()["items"][0]["id"]}
    for name, path, who in (
        ("revision_id", f"/goals/{ids['goal_id']}/revisions", "tom"),
        ("comment_id", f"/goals/{ids['goal_id']}/comments", "tom"),
        ("progress_id", f"/goals/{ids['goal_id']}/progress", "tom"),
        ("course_id", "/courses", "ada"),
        ("class_id", "/classes", "ada"),
        ("import_id", "/imports", "ada"),
        ("framework_import_id", "/framework-imports", "ada"),
        ("role_id", "/roles", "ada"),
        ("client_id", "/integration-clients", "ada"),
    ):
        ids[name] = (await clients[who].get(path)).json()["items"][0]["id"]
    ids |= await _firsts(clients["tom"], as_("lena"), clients["ada"])
    ids |= {
        "school_id": str(world.alder),
        "school_year_id": str(world.alder_year),
        "team_id": str(world.maths),
        "person_id": str(world.tom),
        "framework_id": str(world.leap),
        "indicator_id": str(world.leap_i5),
        "relationship_id": str(world.lena_tom),
    }
    read = set()
    for path, item in contract(app).document["paths"].items():
        operation = item.get("get")
        if operation is None or any(
            p.get("name") in ("cursor", "since") for p in operation.get("parameters", [])
        ):
            continue
        address = path.removeprefix("/api/v1").format(**ids)
        for client in clients.values():
            with counted(connection) as statements:
                answer = await client.get(address)
            if answer.status_code != 200:
                continue
            read.add(operation["operationId"])
            most = ITEMS.get(operation["operationId"], ITEM)
            if operation["operationId"] == "getGoalSummary":
                most = 7
            assert len(statements) <= most, (operation["operationId"], statements)
    assert len(read) > 15


async def test_a_week_takes_as_many_statements_for_thirty_teachers_as_for_three(
    as_: Any, world: Any, connection: AsyncConnection
) -> None:
    taken = []
    for number in (3, 27):
        await grow(connection, world, number)
        with counted(connection) as statements:
            answer = await as_("lena").get("/me/week")
        taken.append((len(statements), len(answer.json()["teachers"])))
    # Tom, Nina and Pia beside those that grew
    assert [teachers for _, teachers in taken] == [6, 33]
    assert taken[0][0] == taken[1][0] <= ITEMS["getMyWeek"]


async def test_an_edit_of_a_goal_takes_a_stated_number_of_statements(
    as_: Any, world: Any, connection: AsyncConnection
) -> None:
    client = as_("tom")
    goal = (await client.post("/goals", json=growth(world))).json()
    change = {"title": "Another", "measures": [], "indicator_ids": [str(world.leap_i4)]}
    with counted(connection) as statements:
        done = await client.patch(f"/goals/{goal['id']}", json=change, headers={"If-Match": '"1"'})
    assert done.status_code == 200, done.text
    assert len(statements) <= EDIT, statements
