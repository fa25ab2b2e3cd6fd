"""The demo's goal chain: standards, feedback, SLOs, growth plans and systems, each in its own name.

Every part has its own weeks of the story, so time is set and not let pass.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.demo import goal_chain_content as words
from app.demo.coaching import Demo
from app.demo.content import ADMINISTRATOR, SCHOOLS, ZONE
from app.demo.goal_chain_content import PlanWords, RoundWords, Said, SloWords, StepWords
from app.frameworks import service as frameworks
from app.frameworks.imports import service as imports
from app.goals import beginning
from app.goals import content as goal_content
from app.goals import service as goals
from app.goals.common import service as common
from app.goals.feedback import service as feedback
from app.goals.notes import service as notes
from app.goals.plans import service as plans
from app.goals.plans import steps as plan_steps
from app.goals.plans.schemas import GrowthPlanNew, PlanStepNew, Resource
from app.goals.resources import service as systems
from app.goals.resources.schemas import GoalSystemNew, SystemConfirm
from app.goals.reviews import service as reviews
from app.goals.reviews.schemas import ReviewPartNew
from app.goals.revisions import service as revisions
from app.goals.rounds import service as rounds
from app.goals.rounds.schemas import FeedbackRoundNew
from app.goals.schemas import GoalChange, GoalNew, MeasureIn
from app.goals.slo import monitoring
from app.goals.slo import service as slos
from app.goals.slo.schemas import (
    BaselineSource,
    Criterion,
    Exclusion,
    MonitoringNew,
    SloChange,
)
from app.models import (
    Framework,
    FrameworkItem,
    Goal,
    GoalFeedbackRound,
    GoalReview,
    GoalRevision,
    GrowthPlan,
)
from app.people.district.service import policy
from app.templates import service as templates
from app.templates.schemas import TemplateGoal, TemplateMeasure, TemplateNew


class Chain(Demo, Protocol):
    """What of the demo's loading is used here, beside what the 1:1s use."""

    parents: dict[str, UUID]
    #: the goal of each leader's school
    school_goals: dict[str, UUID]
    schools: dict[str, UUID]
    years: dict[str, UUID]
    #: the school year before one
    former: dict[UUID, UUID]
    indicators: dict[str, UUID]


async def tell(demo: Chain) -> None:
    """Everything of it, once the goals and the pairs are there."""
    teller = _Teller(demo)
    await teller.standards()
    await teller.template()
    for asked in words.ROUNDS:
        await teller.round(asked)
    await teller.school_progress()
    await teller.opt_out()
    for system in words.SYSTEMS:
        await teller.system(system)
    for slo in words.SLOS:
        await _Slo(teller, slo).tell()
    for plan in words.PLANS:
        await _Plan(teller, plan).tell()
    await teller.session.flush()  # what was written last keeps its time, too


class _Teller:
    """One telling: who acts, and when."""

    def __init__(self, demo: Chain) -> None:
        self.demo, self.session = demo, demo.session
        self.items: dict[str, UUID] = {}
        self.template_id: UUID | None = None

    async def at(self, week: float) -> None:
        """Set the time to a week of the story; what was written until now keeps its own."""
        await self.session.flush()
        story = self.demo.story
        story.at = min(story.begin + timedelta(weeks=week), story.end - timedelta(minutes=1))

    async def as_(self, name: str) -> Actor:
        """Somebody."""
        return await self.demo.acting(name)

    async def other_of(self, teacher: str) -> Actor:
        """The lead, or the school leader who stands in."""
        lead = self.demo.leads.get(teacher)
        return await self.as_(lead or self.leader_of(teacher))

    def leader_of(self, teacher: str) -> str:
        """Who leads the school of a teacher."""
        return next(
            school.leader
            for school in SCHOOLS
            if teacher == school.alone
            or any(teacher == name for team in school.teams for name, _ in team.teachers)
        )

    async def row(self, model: type[Any], row_id: UUID) -> Any:
        """A row as it is now, for its version."""
        return await self.session.get_one(
            model, ((await self.as_(ADMINISTRATOR)).district_id, row_id)
        )

    async def version(self, model: type[Any], row_id: UUID) -> int:
        """The version of a row."""
        return int((await self.row(model, row_id)).version)

    # --- what the district and the schools give -------------------------------------------------

    async def standards(self) -> None:
        """The district's own expectations, from a table."""
        await self.at(1)
        administrator = await self.as_(ADMINISTRATOR)
        import_id = await imports.create_import(
            self.session, administrator, words.STANDARDS.encode(), **words.STANDARDS_NAMED
        )
        report = await imports.read_import(self.session, administrator, import_id)
        framework_id = UUID(report["frameworks"][0]["framework_id"])
        version = await self.version(Framework, framework_id)
        await frameworks.publish(self.session, administrator, framework_id, version)
        items = await self.session.execute(
            visible(administrator, Action.FRAMEWORK_READ, FrameworkItem)
            .with_only_columns(FrameworkItem.code, FrameworkItem.id)
            .where(FrameworkItem.framework_id == framework_id),
            administrator.binds,
        )
        self.items = {row.code: row.id for row in items}

    async def template(self) -> None:
        """A goal template of one school."""
        await self.at(1)
        leader = await self.as_(SCHOOLS[0].leader)
        given = words.TEMPLATE
        name, unit, target = given.measure
        new = TemplateNew(
            kind="goal",
            key=given.key,
            title=given.title,
            home="school",
            school_id=self.demo.schools[SCHOOLS[0].leader],
            goal_kind="student_learning",
            goal=TemplateGoal(
                title=given.goal,
                statement=given.statement,
                link_statement=given.link,
                measures=[TemplateMeasure(name=name, unit=unit, target=Decimal(str(target)))],
            ),
        )
        self.template_id = await templates.create(self.session, leader, new.model_dump())
        await templates.publish(self.session, leader, self.template_id, 1)

    async def system(self, system: words.SystemWords) -> None:
        """What must be used, and who gets in."""
        await self.at(system.begins)
        by = await self.as_(system.by)
        new = GoalSystemNew(
            title=system.title,
            kind=system.kind,
            serves=system.serves,
            school_id=self.demo.schools.get(system.by),
            url=system.url,
            help=system.help,
            contact=system.contact,
        )
        system_id = await systems.create(self.session, by, new.model_dump())
        for name, access, understands, note in system.said:
            said = SystemConfirm(has_access=access, understands=understands, note=note or None)
            await systems.confirm(self.session, await self.as_(name), system_id, said.model_dump())

    # --- school and team goals --------------------------------------------------------------------

    async def round(self, asked: RoundWords) -> None:
        """A round of feedback on the first school's goal."""
        session, leader = self.session, await self.as_(SCHOOLS[0].leader)
        goal_id = self.demo.school_goals[SCHOOLS[0].leader]
        await self.at(asked.begins)
        until = clock.today(ZONE) + timedelta(days=asked.days)
        new = FeedbackRoundNew(question=asked.question, until=until)
        round_id = await rounds.ask(session, leader, goal_id, new.model_dump())
        for number, (name, stance, text, answer) in enumerate(asked.said, 1):
            await self.at(asked.begins + number / 20)
            given = {"stance": stance, "text": text}
            said = await feedback.give(session, await self.as_(name), round_id, given)
            if answer:
                await feedback.answer(session, leader, said, 1, answer)
        if not asked.summary:
            return
        await self.at(asked.begins + 1)
        await rounds.close(session, leader, round_id, 1)
        await rounds.summarise(session, leader, round_id, 2, asked.summary)
        await rounds.adopt(
            session,
            leader,
            round_id,
            await self.version(GoalFeedbackRound, round_id),
            await self.version(Goal, goal_id),
            asked.reason,
            GoalChange(statement=asked.statement),
        )

    async def school_progress(self) -> None:
        """What the leaders saw of the schools' goals."""
        for name, values in words.SCHOOL_PROGRESS.items():
            leader, goal_id = await self.as_(name), self.demo.school_goals[name]
            for week, value, note in values:
                await self.progress(leader, goal_id, week, value, note)

    async def progress(
        self, actor: Actor, goal_id: UUID, week: float, value: float, note: str
    ) -> None:
        """A value of a goal's first measure."""
        await self.at(week)
        goal = await self.row(Goal, goal_id)
        (measure, *_) = await goal_content.measures_of(self.session, goal)
        fields = {
            "measure_id": measure.id,
            "on": clock.today(ZONE),
            "value": Decimal(str(value)),
            "note": note,
        }
        await notes.add_progress(self.session, actor, goal_id, goal.version, fields)

    async def opt_out(self) -> None:
        """A member who does not carry the team's common indicator."""
        await self.at(3)
        name, reason = words.OPT_OUT
        member = await self.as_(name)
        await common.opt_out(self.session, member, member.teams[0], reason)

    async def agreed(self, teacher: Actor, other: Actor, goal_id: UUID) -> None:
        """A draft that both agree to."""
        session = self.session
        await goals.propose(session, teacher, goal_id, await self.version(Goal, goal_id))
        for side in (teacher, other):
            await goals.agree(session, side, goal_id, await self.version(Goal, goal_id))


class _Slo:
    """One SLO, from the draft to where its stage says."""

    def __init__(self, teller: _Teller, slo: SloWords) -> None:
        self.teller, self.session, self.slo = teller, teller.session, slo

    async def version(self) -> int:
        """The goal's, which is the SLO's."""
        return await self.teller.version(Goal, self.goal_id)

    async def tell(self) -> None:
        """Its story."""
        teller, session, slo = self.teller, self.session, self.slo
        self.teacher = await teller.as_(slo.teacher)
        other = await teller.other_of(slo.teacher)
        leader = await teller.as_(teller.leader_of(slo.teacher))
        await teller.at(slo.begins)
        await self.draft()
        if slo.stage == "none":
            await goals.propose(session, self.teacher, self.goal_id, await self.version())
            return
        await teller.agreed(self.teacher, other, self.goal_id)
        await teller.at(slo.begins + 0.4)
        await slos.submit(session, self.teacher, self.goal_id, await self.version(), None)
        if slo.stage == "submitted":
            return
        await teller.at(slo.begins + 0.6)
        if slo.stage == "returned":
            version = await self.version()
            await slos.give_back(session, leader, self.goal_id, version, slo.reason)
            return
        await slos.approve(session, leader, self.goal_id, await self.version())
        await self.on_the_way()
        if slo.stage != "approved":
            await self.end(leader)

    async def draft(self) -> None:
        """The goal and its plan, as far as they are written."""
        teller, session, slo = self.teller, self.session, self.slo
        demo = teller.demo
        today = clock.today(ZONE)
        name, unit, baseline, target = slo.measure
        fields: dict[str, Any] = {
            "level": "individual",
            "kind": "student_learning",
            "title": slo.title,
            "statement": slo.statement,
            "rationale": slo.rationale or None,
            "school_year_id": demo.years[slo.teacher],
            "parent_id": demo.parents[slo.teacher],
            "standards": list(slo.standards),
            "standard_item_ids": [teller.items[code] for code in slo.items],
            "measures": [
                MeasureIn(
                    name=name,
                    unit=unit,
                    baseline=Decimal(str(baseline)),
                    target=Decimal(str(target)),
                )
            ],
            "starts_on": today,
            "due_on": today + timedelta(days=round(7 * (slo.due - slo.begins))),
        }
        if slo.from_template:
            fields["template_id"] = teller.template_id
        else:
            fields["link_statement"] = slo.link
        made, _ = await beginning.begin(session, self.teacher, GoalNew(**fields))
        self.goal_id = (await goals.create(session, self.teacher, made)).id
        levels = await self._levels()
        plan: dict[str, Any] = {
            "course_title": slo.course,
            "population": slo.population,
            "baseline_sources": [
                BaselineSource(name=name, kind=kind, taken_on=today - timedelta(days=days))
                for name, kind, days in slo.sources
            ],
        }
        if slo.counts:
            plan |= {
                "students": sum(slo.counts),
                "baseline_counts": list(slo.counts),
                "end_criteria": [
                    Criterion(level=level, text=text)
                    for level, text in zip(levels, slo.criteria, strict=True)
                ],
                "evidence_plan": slo.evidence,
            }
        await self.write(**plan)

    async def _levels(self) -> Sequence[str]:
        return (await policy(self.session, self.teacher)).slo_levels

    async def write(self, **fields: Any) -> None:
        """A part of the SLO."""
        change = SloChange(**fields)
        await slos.change(self.session, self.teacher, self.goal_id, await self.version(), change)

    async def on_the_way(self) -> None:
        """Values of the measure, and what was seen."""
        teller, slo = self.teller, self.slo
        for week, value, note in slo.progress:
            await teller.progress(self.teacher, self.goal_id, week, value, note)
        for week, looked_at, seen, counts in slo.seen:
            await teller.at(week)
            noted = MonitoringNew(
                on=clock.today(ZONE),
                looked_at=looked_at,
                seen=seen,
                counts=None if counts is None else list(counts),
            )
            await monitoring.add_monitoring(
                self.session, self.teacher, self.goal_id, noted.model_dump()
            )

    async def end(self, leader: Actor) -> None:
        """The end counts, and what the school leader makes of them."""
        teller, session, slo = self.teller, self.session, self.slo
        await teller.at(slo.due)
        levels = await self._levels()
        await self.write(
            end_counts=[list(row) for row in slo.end_counts],
            exclusions=[
                Exclusion(level=levels[level], count=count, reason=why)
                for level, count, why in slo.excluded
            ],
        )
        await slos.submit_end(session, self.teacher, self.goal_id, await self.version())
        if slo.stage == "end_submitted":
            return
        await teller.at(slo.due + 0.1)
        if slo.stage == "end_returned":
            version = await self.version()
            await slos.give_end_back(session, leader, self.goal_id, version, slo.reason)
            return
        await slos.finalise(session, leader, self.goal_id, await self.version())
        if slo.stage == "reopened":
            await teller.at(slo.due + 0.4)
            await slos.reopen(session, leader, self.goal_id, await self.version(), slo.reason)


class _Plan:
    """One growth plan, from the draft to where its stage says."""

    def __init__(self, teller: _Teller, plan: PlanWords) -> None:
        self.teller, self.session, self.plan = teller, teller.session, plan

    async def version(self) -> int:
        """The plan's."""
        return await self.teller.version(GrowthPlan, self.plan_id)

    async def tell(self) -> None:
        """Its story."""
        teller, session, plan = self.teller, self.session, self.plan
        self.teacher = await teller.as_(plan.teacher)
        self.lead = await teller.other_of(plan.teacher)
        await teller.at(plan.begins)
        year_id = teller.demo.years[plan.teacher]
        if plan.former is not None:
            year_id = teller.demo.former[year_id]
        new = GrowthPlanNew(school_year_id=year_id, title=plan.title, aspiration=plan.aspiration)
        self.plan_id = await plans.create(session, self.teacher, new.model_dump())
        goal_ids = await self._goals(year_id)
        for goal_id in goal_ids:
            await plans.add_goal(session, self.teacher, self.plan_id, await self.version(), goal_id)
        steps = [(step, await self._step(step, goal_ids[0])) for step in plan.steps]
        if plan.stage == "draft":
            return
        for side in (self.teacher, self.lead):
            await plans.agree(session, side, self.plan_id, await self.version())
        for step, step_id in steps:
            await self._end_of(step, step_id)
        if plan.mid_year is not None:
            await teller.at(plan.begins + 0.5)
            await self._review("mid_year", plan.mid_year, complete=True)
        if plan.end_of_year is not None:
            await teller.at(plan.begins + 1)
            closed = plan.stage == "closed"
            await self._review("end_of_year", plan.end_of_year, complete=closed)
            if closed:
                await self._close(goal_ids[0])

    async def _goals(self, year_id: UUID) -> list[UUID]:
        """The plan's goals: those of this year are there, that of last year is entered."""
        teller, plan = self.teller, self.plan
        if plan.former is None:
            found = await self.session.scalars(
                visible(self.teacher, Action.GOAL_READ, Goal)
                .with_only_columns(Goal.id)
                .where(Goal.teacher_id == self.teacher.id, Goal.title.in_(plan.goals)),
                self.teacher.binds,
            )
            return list(found)
        title, statement, indicator, _ = plan.former
        new = GoalNew(
            level="individual",
            kind="growth",
            title=title,
            statement=statement,
            school_year_id=year_id,
            indicator_ids=[teller.demo.indicators[indicator]],
        )
        goal = await goals.create(self.session, self.teacher, new.model_dump())
        await teller.agreed(self.teacher, self.lead, goal.id)
        return [goal.id]

    async def _step(self, step: StepWords, goal_id: UUID) -> UUID:
        due = self.teller.demo.story.begin + timedelta(weeks=step.due)
        new = PlanStepNew(
            text=step.text,
            goal_id=goal_id,
            owner=step.owner,
            due_on=clock.day_of(due, ZONE),
            resources=[Resource(title=title, url=url) for title, url in step.resources],
        )
        version = await self.version()
        return await plan_steps.add(
            self.session, self.teacher, self.plan_id, version, new.model_dump()
        )

    async def _end_of(self, step: StepWords, step_id: UUID) -> None:
        if step.done:
            await self.teller.at(max(self.plan.begins + 0.2, step.due))
            who = self.lead if step.owner == "lead" else self.teacher
            await plan_steps.finish(self.session, who, step_id, 1)
        elif step.dropped:
            await self.teller.at(step.due)
            await plan_steps.drop(self.session, self.teacher, step_id, 1, step.dropped)

    async def _review(self, kind: str, said: tuple[Said, Said], *, complete: bool) -> None:
        """Both say their part and acknowledge it; or the lead still writes."""
        session = self.session
        version = await self.version()
        review_id, _ = await reviews.begin_of_plan(
            session, self.teacher, self.plan_id, version, kind
        )
        sides = (self.teacher, self.lead)
        for side, one in zip(sides, said, strict=True):
            part = ReviewPartNew(words=one.words, rating=one.rating, next_words=one.next_words)
            part_id = await reviews.add_part(session, side, review_id, part.model_dump())
            if complete or side is self.teacher:
                await reviews.submit_part(session, side, part_id, 1)
        if complete:
            for side in sides:
                version = await self.teller.version(GoalReview, review_id)
                await reviews.acknowledge(session, side, review_id, version)

    async def _close(self, goal_id: UUID) -> None:
        """The goal of last year ends with its plan."""
        assert self.plan.former is not None
        session, evidence = self.session, self.plan.former[3]
        version = await self.teller.version(Goal, goal_id)
        await revisions.close(session, self.teacher, goal_id, version, "met", evidence)
        waiting = visible(self.lead, Action.REVISION_READ, GoalRevision).where(
            GoalRevision.goal_id == goal_id
        )
        revision = (await session.scalars(waiting, self.lead.binds)).one()
        await revisions.agree(session, self.lead, revision.id, revision.version)
