"""The demo's learning cycles, step by step, each in the name of whoever takes it.

Told in two parts: first as far as application, then, once what was visited in between is there,
what showed the adjustments in use, what people thought of it, and how it ended.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.demo import cycles_content as words
from app.demo.cycles_content import CycleWords, LearnWords, UseWords
from app.demo.telling import Telling
from app.learning_cycles.activities import service as activities
from app.learning_cycles.activities.schemas import CycleActivityNew
from app.learning_cycles.adjustments import service as adjustments
from app.learning_cycles.adjustments.schemas import CycleAdjustmentNew
from app.learning_cycles.application import service as application
from app.learning_cycles.application.schemas import ApplicationPlanChange
from app.learning_cycles.closing import service as closing
from app.learning_cycles.closing.schemas import CycleConclusion
from app.learning_cycles.cycles import beginning
from app.learning_cycles.cycles import service as cycles
from app.learning_cycles.cycles.schemas import LearningCycleNew
from app.learning_cycles.intention.candidates import service as candidates
from app.learning_cycles.intention.data import service as data
from app.learning_cycles.intention.data.schemas import DataPointNew
from app.learning_cycles.intention.rankings import service as rankings
from app.learning_cycles.intention.success import service as success
from app.learning_cycles.intention.success.schemas import SuccessIndicatorNew
from app.learning_cycles.members import service as members
from app.learning_cycles.reflections import service as reflections
from app.learning_cycles.reflections.schemas import CycleReflectionPut
from app.learning_cycles.uses import service as uses
from app.learning_cycles.uses.schemas import CycleUseNew
from app.models import (
    CycleActivity,
    CycleAdjustment,
    CycleMember,
    CycleReflection,
    CycleUse,
    Goal,
    LearningCycle,
)

#: who ranks in a cycle that waits for the other did so lately, so that it still waits
_LATELY = 1
#: a cycle that was paused had come to learning
_CAME_TO = {"paused": "learning", "abandoned": "intention"}


async def begin(telling: Telling) -> None:
    """Every cycle, as far as application."""
    for cycle in words.CYCLES:
        await _Cycle(telling, cycle).begin()


async def go_on(telling: Telling) -> None:
    """What was seen of the adjustments, the reflections, the ends and the cycles that follow."""
    for cycle in words.CYCLES:
        await _Cycle(telling, cycle).go_on()


class _Cycle:
    """One cycle and who acts in it."""

    def __init__(self, telling: Telling, cycle: CycleWords) -> None:
        self.telling, self.session, self.words = telling, telling.session, cycle
        reached = _CAME_TO.get(cycle.reached, cycle.reached)
        self.far = words.COURSE.index(reached)

    @property
    def id(self) -> UUID:
        """The cycle's."""
        return self.telling.made[self.words.key]

    async def version(self) -> int:
        """Its version."""
        return await self.telling.version(LearningCycle, self.id)

    async def taking_steps(self) -> Actor:
        """Who leads it on: the teacher; of a team, its lead."""
        return await self.telling.as_(self.words.of)

    # --- as far as application -------------------------------------------------------------------

    async def begin(self) -> None:
        """Intention, learning, and what is to be tried."""
        telling, cycle = self.telling, self.words
        owner = await self.taking_steps()
        await telling.at(cycle.times[0])
        shared = await self._goal_of_team(owner) if cycle.team else None
        new = LearningCycleNew(
            level="team" if cycle.team else "individual",
            team_id=shared.team_id if shared else None,
            school_year_id=shared.school_year_id if shared else None,
            title=cycle.title,
            template_id=telling.templates["learning_cycle_plan"],
        )
        cycle_id = await beginning.create(self.session, owner, new.model_dump())
        telling.made[cycle.key] = cycle_id
        if cycle.answers:
            version = await self.version()
            fields = {"answers": cycle.answers}
            await cycles.change(self.session, owner, cycle_id, version, fields)
        await self._intention()
        if self.far >= 1:
            await self._advance(1)
            await self._learning()
        if self.far >= 2:
            await self._advance(2)
        if cycle.reached == "paused":
            await telling.passes(days=3)
            await cycles.pause(self.session, owner, self.id, await self.version())
        if cycle.reached == "abandoned":
            await telling.passes(days=4)
            await cycles.abandon(self.session, owner, self.id, await self.version(), cycle.reason)

    async def _advance(self, phase: int) -> None:
        await self.telling.at(self.words.times[phase])
        actor = await self.taking_steps()
        await cycles.advance(self.session, actor, self.id, await self.version())

    async def _goal_of_team(self, lead: Actor) -> Goal:
        """The team's goal, which says whose cycle it is and in which year."""
        goal_id = await self.telling.goal(lead, self.words.candidates[0][0])
        return await self.session.get_one(Goal, (lead.district_id, goal_id))

    async def _intention(self) -> None:
        """Data, candidates, rankings, the choice, and what success looks like."""
        telling, session, cycle = self.telling, self.session, self.words
        for point in cycle.data:
            value, unit = point.number or (None, None)
            new = DataPointNew(
                kind="qualitative" if point.number is None else "quantitative",
                source=point.source,
                text=point.text or None,
                value=None if value is None else Decimal(str(value)),
                unit=unit,
                on=telling.today(),
            )
            await data.add(session, await telling.as_(point.by), self.id, new.model_dump())
        owner = await self.taking_steps()
        named = []
        for title, why in cycle.candidates:
            goal_id = await telling.goal(owner, title)
            named.append(await candidates.add(session, owner, self.id, goal_id, why))
        if not cycle.chosen and cycle.ranked:
            await telling.ago(_LATELY, "16:20")
        for name, said in cycle.ranked:
            ranker = await telling.as_(name)
            await rankings.put(session, ranker, self.id, 0, named, said or None)
        for name, reason in cycle.chosen:
            version = await self.version()
            who = await telling.as_(name)
            await candidates.choose(session, who, self.id, version, named[0], reason)
        for lens, text, code in cycle.success:
            seen = SuccessIndicatorNew.model_validate(
                {"lens": lens, "text": text, "indicator_id": telling.demo.indicators[code]}
            )
            await success.add(session, owner, self.id, seen.model_dump())

    async def _learning(self) -> None:
        """Activities, the plan, and the adjustments."""
        telling, session, cycle = self.telling, self.session, self.words
        owner = await self.taking_steps()
        for learned in cycle.learning:
            await self._activity(owner, learned)
        if cycle.plan is not None:
            how, in_words, by, seen = cycle.plan
            plan = ApplicationPlanChange.model_validate(
                {
                    "application": how,
                    "application_words": in_words,
                    "impact_by": list(by),
                    "impact_words": seen,
                }
            )
            await application.change_plan(
                session, owner, self.id, await self.version(), plan.changes()
            )
        for number, (name, text, code) in enumerate(cycle.adjustments):
            tried = CycleAdjustmentNew(text=text, indicator_id=telling.demo.indicators[code])
            who = await telling.as_(name)
            made = await adjustments.add(session, who, self.id, tried.model_dump())
            telling.made[f"{cycle.key} {number}"] = made
            if name in cycle.opened:
                version = await telling.version(CycleAdjustment, made)
                await adjustments.open_to_team(session, who, made, version)
        if cycle.waived is not None:
            await self._waive(owner, *cycle.waived)

    async def _activity(self, owner: Actor, learned: LearnWords) -> None:
        session, telling = self.session, self.telling
        new: dict[str, Any] = {
            "approach": learned.approach,
            "title": learned.title,
            "who": learned.who,
            "url": learned.url or None,
        }
        if learned.coming is not None:
            day, at, minutes = learned.coming
            new |= {"on": telling.coming(day), "at": at, "minutes": minutes}
        fields = CycleActivityNew.model_validate(new).model_dump()
        made = await activities.add(session, owner, self.id, fields)
        version = await telling.version(CycleActivity, made)
        if learned.takeaway:
            await telling.passes(hours=5)
            done = {"takeaway": learned.takeaway}
            await activities.finish(session, owner, made, version, done)
        elif learned.left_out:
            await activities.drop(session, owner, made, version, learned.left_out)

    async def _waive(self, lead: Actor, name: str, reason: str) -> None:
        member_id = await self.session.scalar(
            visible(lead, Action.CYCLE_MEMBER_READ, CycleMember)
            .with_only_columns(CycleMember.id)
            .where(
                CycleMember.cycle_id == self.id,
                CycleMember.person_id == self.telling.demo.people[name],
            ),
            lead.binds,
        )
        assert member_id is not None
        version = await self.telling.version(CycleMember, member_id)
        await members.waive(self.session, lead, member_id, version, "adjustments", reason)

    # --- from what was seen to the end -----------------------------------------------------------

    async def go_on(self) -> None:
        """Uses, reflections, the close and the cycle that follows."""
        cycle = self.words
        for use in cycle.uses:
            await self._use(use)
        if self.far >= 3:
            await self._advance(3)
        await self._reflect()
        if self.far >= 4:
            await self._close()
        if cycle.successor is not None:
            when, name, title = cycle.successor
            await self.telling.at(when)
            actor = await self.telling.as_(name)
            new = LearningCycleNew(
                level="individual",
                teacher_id=self.telling.demo.people[cycle.of],
                previous_id=self.id,
                title=title,
            )
            made = await beginning.create(self.session, actor, new.model_dump())
            self.telling.made[f"after {cycle.key}"] = made

    async def _use(self, use: UseWords) -> None:
        telling, cycle = self.telling, self.words
        by_visit = use.kind == "observation"
        await telling.at((5, 4, "17:00") if self.far < 3 else _day_before(cycle.times[3]))
        new = CycleUseNew.model_validate(
            {
                "kind": use.kind,
                "adjustment_id": telling.made[f"{cycle.key} {use.adjustment}"],
                "observation_id": telling.made[use.where] if by_visit else None,
                "url": None if by_visit else use.where,
                "on": telling.today(),
                "text": use.text,
            }
        )
        who = await telling.as_(use.by)
        made = await uses.add(self.session, who, self.id, new.model_dump())
        telling.made[f"{cycle.key} use {use.adjustment}"] = made
        if use.opened:
            version = await telling.version(CycleUse, made)
            await uses.open_to_team(self.session, who, made, version)

    async def _reflect(self) -> None:
        for said in self.words.reflections:
            await self.telling.passes(hours=20)
            who = await self.telling.as_(said.by)
            new = CycleReflectionPut(
                on_self=said.on_self,
                on_process=said.on_process or None,
                on_students=said.on_students or None,
                template_id=self.telling.templates["cycle_reflection"],
            )
            written = await reflections.write(self.session, who, self.id, 0, new.model_dump())
            if said.shared:
                version = await self.telling.version(CycleReflection, written)
                await reflections.share(self.session, who, written, version)

    async def _close(self) -> None:
        """One of the two concludes, the other agrees."""
        telling, session, end = self.telling, self.session, self.words.end
        assert end is not None
        await telling.at(self.words.times[4])
        first, other = (await self.taking_steps(), telling.lead_of(self.words.of))
        assert end.by == self.words.of
        fields = CycleConclusion.model_validate(
            {
                "goal_outcome": end.outcome,
                "outcome_evidence": end.evidence,
                "decision": end.decision,
                "decision_reason": end.reason,
                "closes_goal": end.closes_goal,
            }
        ).model_dump()
        await closing.conclude(session, first, self.id, await self.version(), fields)
        await telling.passes(hours=2)
        await closing.close(session, await telling.as_(other), self.id, await self.version())


def _day_before(when: tuple[int, int, str]) -> tuple[int, int, str]:
    """The school day before, in the afternoon."""
    week, day, _ = when
    return (week, day - 1, "17:00") if day else (week - 1, 4, "17:00")
