"""Makes the demo district as its own people would: through the services, each in their own name.

What happened is spread over the weeks before today, so that the audit and the progress read like a
term that is under way. Meant for an empty database and for nobody's real work.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.auth import keys
from app.auth import service as auth
from app.core import clock
from app.core.database import Database
from app.demo import (
    beginnings,
    beginnings_content,
    coaching,
    coaching_content,
    content,
    goal_chain,
    practice,
    webhooks,
)
from app.demo.content import GoalWords
from app.demo.telling import Telling
from app.frameworks import service as frameworks
from app.goals import content as goal_content
from app.goals import service as goals
from app.goals.notes import service as notes
from app.goals.revisions import service as revisions
from app.goals.schemas import GoalChange, GoalNew, MeasureIn
from app.models import (
    AuthSession,
    CoachingRelationship,
    District,
    DistrictPolicy,
    Goal,
    GoalRevision,
    Indicator,
    Person,
    SchoolYear,
)
from app.models.people import RoleKind
from app.observations.kinds import service as kinds
from app.people.clients import service as clients
from app.people.persons import roles
from app.people.persons import service as people
from app.people.schools import service as schools
from app.relationships import service as relationships
from app.templates import service as templates

#: how long ago the demo's story begins, and its school years a week before that
STORY = timedelta(weeks=9)
_LOCK = 7_104_233_015_550_219
_LOAD_CALLER = select(
    func.load_caller(
        bindparam("did", type_=Uuid()),
        bindparam("sid", type_=Uuid()),
        bindparam("sub", type_=Uuid()),
        True,
        bindparam("now"),
        type_=JSONB,
    )
)


class DistrictExists(Exception):
    """The database holds a district: the demo is for an empty one."""


async def load(app_url: str) -> list[tuple[str, str, str]]:
    """Make the demo district and answer (who, e-mail, password) of those who can sign in, the
    integration client's id and secret last. Stops the program's clock while it works: call it
    before anything else runs. Raises DistrictExists, and then has changed nothing."""
    database = Database(app_url, write_pool=1, read_pool=1)
    try:
        async with database.writing() as session:
            await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            if await session.scalar(select(District.id).limit(1)) is not None:
                raise DistrictExists("The database holds a district; the demo needs an empty one.")
            with _story() as passes:
                logins = await _Demo(session, passes).make()
            await session.commit()
            return logins
    finally:
        await database.close()


class _Story:
    """The time of the demo: it starts weeks ago and moves when told, never past the present."""

    def __init__(self) -> None:
        self.end = clock.now()
        self.at = self.begin = self.end - STORY

    def now(self) -> datetime:
        """A millisecond passes at each look, so that order is kept."""
        self.at += timedelta(milliseconds=1)
        return self.at

    def passes(self, **delta: float) -> None:
        """Let time pass."""
        self.at = min(self.at + timedelta(**delta), self.end - timedelta(minutes=1))


@contextmanager
def _story() -> Iterator[_Story]:
    story = _Story()
    with clock.stopped(story.now):
        yield story


def _password(names: Iterable[str]) -> str:
    """Five words, none of which holds a part of a name: such passwords are refused."""
    parts = {part.lower() for name in names for part in name.split() if len(part) > 2}
    free = [word for word in content.WORDS if not any(part in word for part in parts)]
    words = [secrets.choice(free) for _ in range(5)]
    return "-".join([*words, str(secrets.randbelow(90) + 10)])


class _Demo:
    """One loading: names to ids, and who acts."""

    def __init__(self, session: AsyncSession, story: _Story) -> None:
        self.session, self.story = session, story
        self.people: dict[str, UUID] = {}
        self.leads: dict[str, str] = {}
        self.indicators: dict[str, UUID] = {}
        #: the goal above a teacher's own, and the year it is set in
        self.parents: dict[str, UUID] = {}
        self.years: dict[str, UUID] = {}
        #: who acted since roles and pairs stand: they change no more, so each is loaded once
        self.settled: dict[str, Actor] | None = None
        #: the year before a school year, and the goal of each leader's school
        self.former: dict[UUID, UUID] = {}
        self.school_goals: dict[str, UUID] = {}
        #: school leader → their school
        self.schools: dict[str, UUID] = {}

    async def make(self) -> list[tuple[str, str, str]]:
        """The whole story."""
        session = self.session
        district = District(name=content.DISTRICT, zone=content.ZONE, demo=True)
        session.add(district)
        await session.flush()
        self.district = district.id
        await keys.enter(session, district.id)
        session.add(DistrictPolicy(district_id=district.id, values={}))
        await session.flush()
        operator = Actor.operator(district.id, content.ZONE)
        await self._person(operator, content.ADMINISTRATOR)
        await self._role(operator, content.ADMINISTRATOR, RoleKind.DISTRICT_ADMINISTRATOR)
        administrator = await self.acting(content.ADMINISTRATOR)
        await self._framework(administrator)
        for school in content.SCHOOLS:
            await self._school(administrator, school)
        logins = await self._accounts(operator)
        self.settled = {}
        for first in beginnings_content.BEGINNINGS:
            await beginnings.begin(self, first)
        for goal in content.GOALS:
            await self._goal(goal)
        await goal_chain.tell(self)
        telling = Telling(self)
        await practice.tell(telling)
        self.story.passes(weeks=99)  # to the present: what is past of the 1:1s was held
        for rhythm in coaching_content.RHYTHMS:
            await coaching.hold(self, rhythm)
        await practice.come_back(telling)
        await coaching.ask_for_help(self)
        client_id, secret = await clients.create_client(
            session, administrator, "Data warehouse", ["goals:read"]
        )
        await webhooks.tell(session, administrator, client_id)
        return [*logins, ("Integration client: id and secret", str(client_id), secret)]

    # --- who acts ---------------------------------------------------------------------------

    async def acting(self, name: str) -> Actor:
        """The person as the program itself would load them."""
        if self.settled is None:
            return await self._load_caller(name)
        if name not in self.settled:
            self.settled[name] = await self._load_caller(name)
        return self.settled[name]

    async def _load_caller(self, name: str) -> Actor:
        """From a session that is not kept."""
        person_id = self.people[name]
        savepoint = await self.session.begin_nested()
        opened = AuthSession(
            district_id=self.district,
            id=clock.new_id(),
            person_id=person_id,
            expires_at=clock.now() + timedelta(hours=1),
        )
        self.session.add(opened)
        await self.session.flush()
        values = {"did": self.district, "sid": opened.id, "sub": person_id, "now": clock.now()}
        data = await self.session.scalar(_LOAD_CALLER, values)
        await savepoint.rollback()
        assert data is not None
        return Actor.of(data, None, None)

    async def _person(self, actor: Actor, name: str) -> None:
        given, _, family = name.partition(" ")
        email = f"{given}.{family}@{content.DOMAIN}".lower()
        self.people[name] = await people.create_person(
            self.session, actor, {"given_name": given, "family_name": family, "email": email}
        )

    async def _role(
        self,
        actor: Actor,
        name: str,
        kind: RoleKind,
        school_id: UUID | None = None,
        team_id: UUID | None = None,
        tested: bool | None = None,
    ) -> None:
        await roles.create_role(
            self.session,
            actor,
            person_id=self.people[name],
            kind=kind,
            school_id=school_id,
            team_id=team_id,
            tested_subject=tested,
            started_on=None,
        )

    async def _accounts(self, operator: Actor) -> list[tuple[str, str, str]]:
        """Invitations, accepted with a password drawn for this installation."""
        logins = []
        names = [*self.people, *(school.name for school in content.SCHOOLS)]
        for words, name in content.LOGINS:
            person = await self.session.get_one(Person, (self.district, self.people[name]))
            _, token = await auth.invite(self.session, operator, person)
            password = _password(names)
            await auth.accept(self.session, token, password)
            logins.append((words, person.email or "", password))
        return logins

    # --- the district -----------------------------------------------------------------------

    async def _framework(self, administrator: Actor) -> None:
        leap = await frameworks.install(self.session, administrator, frameworks.leap())
        await frameworks.publish(self.session, administrator, leap.id, leap.version)
        await templates.ship(self.session, administrator)
        await kinds.ship(self.session, administrator)
        found = await self.session.scalars(
            visible(administrator, Action.FRAMEWORK_READ, Indicator), administrator.binds
        )
        self.indicators = {indicator.code: indicator.id for indicator in found}

    async def _school(self, administrator: Actor, school: content.School) -> None:
        session = self.session
        school_id = await schools.create_school(
            session, administrator, {"name": school.name, "zone": content.ZONE}
        )
        first = clock.today(content.ZONE) - timedelta(days=7)
        first -= timedelta(days=first.weekday())
        self.schools[school.leader] = school_id
        year_id = await schools.create_year(session, administrator, school_id, _year(first))
        self.former[year_id] = await schools.create_year(
            session, administrator, school_id, _year(first - timedelta(weeks=52))
        )
        await schools.create_year(
            session, administrator, school_id, _year(first + timedelta(weeks=52))
        )
        await self._person(administrator, school.leader)
        await self._role(administrator, school.leader, RoleKind.SCHOOL_LEADER, school_id)
        leader = await self.acting(school.leader)
        await schools.write_vision(session, leader, school_id, 0, school.vision)
        await self._calendar(leader, year_id, first)
        goal = await self._school_goal(leader, school, year_id)
        self.school_goals[school.leader] = goal
        for name, kind in ((school.ilt, RoleKind.ILT_MEMBER), (school.mentor, RoleKind.MENTOR)):
            if name is not None:
                await self._person(administrator, name)
                await self._role(administrator, name, kind, school_id)
        if school.alone is not None:
            await self._person(administrator, school.alone)
            await self._role(administrator, school.alone, RoleKind.TEACHER, school_id, tested=True)
            self.parents[school.alone], self.years[school.alone] = goal, year_id
        for team in school.teams:
            await self._team(administrator, leader, school_id, year_id, team, goal)

    async def _calendar(self, leader: Actor, year_id: UUID, first: date) -> None:
        year = await self.session.get_one(SchoolYear, (self.district, year_id))

        def entry(week: int, length: int, kind: str, title: str) -> dict[str, str]:
            start = first + timedelta(weeks=week)
            end = start + timedelta(days=length - 1)
            return {
                "from": start.isoformat(),
                "to": end.isoformat(),
                "kind": kind,
                "title": title,
            }

        days = [
            entry(6, 1, "day_off", "Teachers plan together"),
            entry(14, 5, "day_off", "Midyear break"),
            entry(31, 5, "testing", "State tests"),
            entry(33, 5, "day_off", "Spring break"),
        ]
        await schools.write_calendar(
            self.session, leader, year_id, year.version, year.first_day, year.last_day, days
        )

    async def _team(
        self,
        administrator: Actor,
        leader: Actor,
        school_id: UUID,
        year_id: UUID,
        team: content.Team,
        above: UUID,
    ) -> None:
        session = self.session
        team_id = await schools.create_team(session, leader, school_id, {"name": team.name})
        await self._person(administrator, team.lead)
        await self._role(administrator, team.lead, RoleKind.TEACHER, school_id, tested=True)
        await self._role(leader, team.lead, RoleKind(team.kind), school_id, team_id)
        await schools.change_team(
            session, leader, team_id, 1, {"common_indicator_id": self.indicators[team.indicator]}
        )
        for name, tested in team.teachers:
            await self._person(administrator, name)
            await self._role(administrator, name, RoleKind.TEACHER, school_id, tested=tested)
            await self._role(leader, name, RoleKind.TEAM_MEMBER, school_id, team_id)
            await self._relationship(leader, team.lead, name, year_id)
        self.story.passes(days=2)
        lead = await self.acting(team.lead)
        goal_id = await self._new_goal(
            lead,
            level="team",
            kind="growth",
            title=team.goal,
            statement=team.statement,
            school_year_id=year_id,
            team_id=team_id,
            parent_id=above,
            indicator_ids=[self.indicators[team.indicator]],
        )
        await goals.publish(session, lead, goal_id, await self._version(goal_id))
        for name, _tested in team.teachers:
            self.parents[name], self.years[name] = goal_id, year_id

    async def _relationship(self, leader: Actor, lead: str, teacher: str, year_id: UUID) -> None:
        session = self.session
        made = await relationships.propose(
            session,
            leader,
            lead_id=self.people[lead],
            teacher_id=self.people[teacher],
            school_year_id=year_id,
        )
        self.leads[teacher] = lead
        if teacher == content.PROPOSED:
            return
        row = await session.get_one(CoachingRelationship, (self.district, made))
        await relationships.activate(session, await self.acting(teacher), made, row.version)
        for rhythm in coaching_content.RHYTHMS:
            if rhythm.teacher == teacher:
                await coaching.begin(self, rhythm)
        if teacher == content.PAUSED:
            await relationships.pause(session, leader, made, row.version)

    # --- goals ------------------------------------------------------------------------------

    async def _new_goal(self, actor: Actor, **fields: Any) -> UUID:
        return (await goals.create(self.session, actor, GoalNew(**fields).model_dump())).id

    async def _version(self, goal_id: UUID) -> int:
        return (await self.session.get_one(Goal, (self.district, goal_id))).version

    async def _school_goal(self, leader: Actor, school: content.School, year_id: UUID) -> UUID:
        goal_id = await self._new_goal(
            leader,
            level="school",
            kind="student_learning",
            title=school.goal,
            statement=school.statement,
            school_year_id=year_id,
            measures=[_measure(school.measure)],
            due_on=clock.today(content.ZONE) + timedelta(weeks=36),
        )
        await goals.publish(self.session, leader, goal_id, await self._version(goal_id))
        return goal_id

    async def _goal(self, words: GoalWords) -> None:
        """One teacher's goal, from the draft to where its stage says."""
        session = self.session
        self.story.passes(days=1)
        teacher = await self.acting(words.teacher)
        other_name = self.leads.get(words.teacher) or next(
            school.leader for school in content.SCHOOLS if school.alone == words.teacher
        )
        other = await self.acting(other_name)
        goal_id = await self._new_goal(
            teacher,
            level="individual",
            kind=words.kind,
            title=words.title,
            statement=words.statement,
            rationale=words.rationale,
            link_statement=words.link,
            school_year_id=self.years[words.teacher],
            parent_id=self.parents[words.teacher],
            indicator_ids=[self.indicators[code] for code in words.indicators],
            standards=list(words.standards),
            measures=[_measure(words.measure)] if words.measure else [],
            starts_on=clock.today(content.ZONE),
            due_on=clock.today(content.ZONE) + timedelta(weeks=30),
        )
        if words.stage == "draft":
            return
        await goals.propose(session, teacher, goal_id, await self._version(goal_id))
        if words.stage == "proposed":
            return
        await goals.agree(session, teacher, goal_id, await self._version(goal_id))
        if words.stage != "half_agreed":
            self.story.passes(hours=20)
            await goals.agree(session, other, goal_id, await self._version(goal_id))
        for index, text in enumerate(words.comments):
            writer = teacher if index % 2 else other
            await notes.comment(session, writer, goal_id, "comment", text)
        await self._progress(teacher, goal_id, words)
        if words.stage == "revising":
            await self._revise(teacher, goal_id)
        if words.stage in _OUTCOMES:
            await self._close(teacher, other, goal_id, words)

    async def _progress(self, teacher: Actor, goal_id: UUID, words: GoalWords) -> None:
        goal = await self.session.get_one(Goal, (self.district, goal_id))
        for value, note in words.progress:
            self.story.passes(days=1)
            measure = next(iter(await goal_content.measures_of(self.session, goal)))
            fields = {
                "measure_id": measure.id,
                "on": clock.today(content.ZONE),
                "value": Decimal(str(value)),
                "note": note,
            }
            await notes.add_progress(self.session, teacher, goal_id, goal.version, fields)

    async def _revise(self, teacher: Actor, goal_id: UUID) -> None:
        """A change that waits for the lead."""
        goal = await self.session.get_one(Goal, (self.district, goal_id))
        measure = next(iter(await goal_content.measures_of(self.session, goal)))
        easier = MeasureIn(
            id=measure.id,
            name=measure.name,
            unit=measure.unit,
            baseline=measure.baseline,
            target=measure.target - 5,
        )
        await revisions.propose(
            self.session,
            teacher,
            goal_id,
            goal.version,
            "The unit on unlike denominators moved to April, so the last check comes earlier.",
            GoalChange(measures=[easier]),
        )

    async def _close(self, teacher: Actor, other: Actor, goal_id: UUID, words: GoalWords) -> None:
        session = self.session
        outcome = _OUTCOMES[words.stage]
        version = await self._version(goal_id)
        await revisions.close(session, teacher, goal_id, version, outcome, words.evidence)
        if words.stage == "closing":
            return
        self.story.passes(hours=20)
        waiting = (
            await session.scalars(
                visible(other, Action.REVISION_READ, GoalRevision).where(
                    GoalRevision.goal_id == goal_id, GoalRevision.state == "proposed"
                ),
                other.binds,
            )
        ).one()
        await revisions.agree(session, other, waiting.id, waiting.version)


#: the outcome a closing stage says; `closing` still waits for the lead
_OUTCOMES = {"met": "met", "not_met": "not_met", "closing": "met"}


def _measure(words: tuple[str, str, float, float]) -> MeasureIn:
    name, unit, baseline, target = words
    return MeasureIn(
        name=name, unit=unit, baseline=Decimal(str(baseline)), target=Decimal(str(target))
    )


def _year(first: date) -> dict[str, Any]:
    """A school year of 41 weeks."""
    last = first + timedelta(weeks=41, days=-3)
    title = f"{first.year}" if first.year == last.year else f"{first.year}-{last.year}"
    return {"title": title, "first_day": first, "last_day": last}
