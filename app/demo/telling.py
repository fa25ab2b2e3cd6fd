"""How the demo's later parts are told: in whose name, at which hour of a school week, about what.

Weeks count from the first Monday of the story. Those up to 7 are past on every day on which the
demo may be loaded; hours are those of the schools, so that nobody is visited at night.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.demo.coaching import Demo
from app.demo.content import ADMINISTRATOR, SCHOOLS, ZONE
from app.models import Goal, ObservationKind, Template

#: week of the story, day of the week (0 is Monday), hour
When = tuple[int, int, str]


class Told(Demo, Protocol):
    """What of the demo's loading is used here, beside what the 1:1s use."""

    district: UUID
    indicators: dict[str, UUID]
    schools: dict[str, UUID]
    years: dict[str, UUID]


class Telling:
    """One telling: who acts, when, and what was made so far by the names the words give it."""

    def __init__(self, demo: Told) -> None:
        self.demo, self.session = demo, demo.session
        #: cycles, adjustments, visits, evidence items, conversations: by the words' own keys
        self.made: dict[str, UUID] = {}
        self.templates: dict[str, UUID] = {}
        self.kinds: dict[str, UUID] = {}
        self.goals: dict[str, UUID] = {}

    async def look_up(self) -> None:
        """What of the district and of the goals is named by a key or a title."""
        administrator = await self.as_(ADMINISTRATOR)
        for found, action, model in (
            (self.templates, Action.TEMPLATE_READ, Template),
            (self.kinds, Action.OBSERVATION_KIND_READ, ObservationKind),
        ):
            named: Any = model
            rows = await self.session.execute(
                visible(administrator, action, named).with_only_columns(named.key, named.id),
                administrator.binds,
            )
            found.update((row.key, row.id) for row in rows)

    async def goal(self, actor: Actor, title: str) -> UUID:
        """A goal that somebody reads, by its title."""
        if title not in self.goals:
            rows = await self.session.execute(
                visible(actor, Action.GOAL_READ, Goal).with_only_columns(Goal.title, Goal.id),
                actor.binds,
            )
            self.goals.update((row.title, row.id) for row in rows)
        return self.goals[title]

    # --- who -------------------------------------------------------------------------------------

    async def as_(self, name: str) -> Actor:
        """Somebody."""
        return await self.demo.acting(name)

    def lead_of(self, teacher: str) -> str:
        """Who coaches them."""
        return self.demo.leads[teacher]

    def school_of(self, name: str) -> UUID:
        """Where a lead or a teacher of a team works, or whom a leader leads."""
        leader = next(
            school.leader
            for school in SCHOOLS
            if name == school.leader
            or any(name == team.lead or name in dict(team.teachers) for team in school.teams)
        )
        return self.demo.schools[leader]

    async def version(self, model: type[Any], row_id: UUID) -> int:
        """The version of a row."""
        row = await self.session.get_one(model, (self.demo.district, row_id))
        return int(row.version)

    # --- when ------------------------------------------------------------------------------------

    async def at(self, when: When) -> None:
        """Set the time; what was written until now keeps its own."""
        week, day, hour = when
        begin = self.demo.story.begin.astimezone(ZoneInfo(ZONE)).date()
        monday = begin + timedelta(days=-begin.weekday() % 7)
        await self._set(monday + timedelta(weeks=week, days=day), hour)

    async def ago(self, days: int, hour: str) -> None:
        """Set the time to some days before the present."""
        await self._set(clock.day_of(self.demo.story.end, ZONE) - timedelta(days=days), hour)

    async def now(self) -> None:
        """The present."""
        await self.session.flush()
        self.demo.story.at = self.demo.story.end - timedelta(minutes=1)

    async def _set(self, day: date, hour: str) -> None:
        await self.session.flush()
        wall = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ZoneInfo(ZONE))
        end = self.demo.story.end - timedelta(minutes=1)
        self.demo.story.at = min(wall.astimezone(UTC), end)

    async def passes(self, **delta: float) -> None:
        """Let time pass, up to the present."""
        await self.session.flush()
        story = self.demo.story
        story.at = min(story.at + timedelta(**delta), story.end - timedelta(minutes=1))

    def today(self) -> date:
        """The day it is in the story."""
        return clock.today(ZONE)

    def coming(self, weekday: int) -> date:
        """That day of the week after the present one."""
        today = clock.day_of(self.demo.story.end, ZONE)
        return today + timedelta(days=7 - today.weekday() + weekday)
