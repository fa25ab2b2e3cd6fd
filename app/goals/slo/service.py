"""The rules of SLOs: the pair writes and submits, the school leader approves and finalises.

An SLO is a part of its goal: the goal's version, readers and feed are its own, and every write
locks the goal first.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.lifecycles import APPROVAL_FROM
from app.access.policy import Action
from app.access.scope import acting, offered_as, visible
from app.core import clock
from app.core.errors import Conflict, UnknownReference, WrongState
from app.core.events import record
from app.goals import windows
from app.goals.content import standards_of
from app.goals.revisions.service import RevisionOpen, waits
from app.goals.slo import arithmetic
from app.goals.slo.gates import SloIncomplete, lacks_to_end, lacks_to_submit
from app.goals.slo.schemas import SloChange
from app.models import (
    ClassSection,
    Course,
    Goal,
    Person,
    Role,
    Slo,
    SloDecision,
    touch,
)
from app.models.goals import PLAN_OPEN, Approval, GoalKind, GoalState
from app.models.people import RoleKind
from app.models.slo import SloCapacity, SloStep
from app.people.district.service import policy

Advice = list[dict[str, str]]
#: what is written once the plan was approved; everything else is the plan
_END = frozenset({"end_counts", "exclusions"})
_AS_JSON = frozenset(
    {"baseline_sources", "baseline_counts", "end_criteria", "end_counts", "exclusions"}
)


class NotAnSlo(Conflict):
    """An SLO is an individual goal of kind `student_learning`; another goal has none."""

    code, title = "not_an_slo", "This goal is no SLO"
    next_step = "Use an individual goal of kind student_learning."


class SloPartClosed(Conflict):
    """The plan is written until it is submitted and again when it is returned; end counts and
    exclusions once the plan was approved (domain.md §3)."""

    code, title = "slo_part_closed", "These fields do not change now"
    next_step = (
        "`fields` names them. End counts are written once the plan is approved; to change a plan,"
        " ask the school leader to return it."
    )


class UnknownLevel(Conflict):
    """A criterion and an exclusion name a level of this SLO; a level has one criterion."""

    code, title = "unknown_level", "No such level in this SLO, or one that is there already"
    next_step = "Use each of the names that the SLO lists under `levels`."


class SourceInFuture(Conflict):
    """A baseline is what was found, so its day is not in the future."""

    code, title = "source_in_future", "That day has not come yet"
    next_step = "Give the day the data was taken."


class ApproverNeeded(Conflict):
    """A school leader's own SLO is approved by a named district administrator (domain.md §2a)."""

    code, title = "approver_needed", "Name who approves it"
    next_step = "Send `approver_id`: a district administrator, who finds the id at GET /me."


class ApproverNotNeeded(Conflict):
    """The school's leaders approve an SLO; only their own goes to somebody else."""

    code, title = "approver_not_needed", "The school's leaders approve this"
    next_step = "Leave `approver_id` out, or send null."


class ApproverNamed(Conflict):
    """Whoever was named decides, as long as they administer the district: nobody chooses another
    for a kinder answer."""

    code, title = "approver_named", "Somebody is named already"
    next_step = "Wait for their decision; another is named when they no longer can."


class OwnSubmission(Conflict):
    """A lead may lead the school as well. Whoever submitted does not decide on it: else one person
    alone would write an SLO, approve it and say what it came to (domain.md §4, gate 17)."""

    code, title = "own_submission", "You submitted this yourself"
    next_step = "Leave it to another who decides, or return it, so that the teacher submits it."


# --- the plan and the end counts --------------------------------------------------------------


async def change(
    session: AsyncSession, actor: Actor, goal_id: UUID, version: int, sent: SloChange
) -> None:
    """Write the plan, or the end counts of an approved one. Either of the two."""
    goal = await _acting(session, actor, Action.SLO_EDIT, goal_id, version)
    fields = sent.changes()
    slo = await _slo_of(session, goal)
    begun = slo is None
    if slo is None:
        levels = (await policy(session, actor)).slo_levels
        slo = Slo(district_id=goal.district_id, id=goal.id, levels=levels)
    _check_open(goal, set(fields))
    _check_sense(actor, slo, sent)
    await _check_references(session, actor, goal, fields)
    as_json = sent.model_dump(mode="json", include=set(_AS_JSON & fields.keys()))
    for name, value in {**fields, **as_json}.items():
        setattr(slo, name, value)
    session.add(slo)
    if fields or begun:
        goal.co_written = goal.co_written or goal.author_id != actor.id
        touch(goal)
    record(session, actor, "slo.changed", goal, fields)


def _check_open(goal: Goal, fields: set[str]) -> None:
    closed = fields - _END if goal.approval not in PLAN_OPEN else fields & _END
    if closed:
        raise SloPartClosed(fields=sorted(closed))


def _check_sense(actor: Actor, slo: Slo, sent: SloChange) -> None:
    criteria = [criterion.level for criterion in sent.end_criteria]
    named = {*criteria, *(exclusion.level for exclusion in sent.exclusions)}
    if not named <= set(slo.levels) or len(set(criteria)) != len(criteria):
        raise UnknownLevel
    today = clock.today(actor.zone)
    if any(source.taken_on > today for source in sent.baseline_sources):
        raise SourceInFuture


async def _check_references(
    session: AsyncSession, actor: Actor, goal: Goal, fields: dict[str, Any]
) -> None:
    """A class is one of the goal's school, a course one of the district's."""
    section_id, course_id = fields.get("class_section_id"), fields.get("course_id")
    if section_id is not None:
        section = visible(actor, Action.CLASS_READ, ClassSection).where(
            ClassSection.id == section_id, ClassSection.school_id == goal.school_id
        )
        if await session.scalar(section, actor.binds) is None:
            raise UnknownReference(
                "There is no such class in the goal's school.", field="class_section_id"
            )
    if course_id is not None:
        course = visible(actor, Action.COURSE_READ, Course).where(Course.id == course_id)
        if await session.scalar(course, actor.binds) is None:
            raise UnknownReference("There is no such course.", field="course_id")


# --- approval ---------------------------------------------------------------------------------


async def submit(
    session: AsyncSession, actor: Actor, goal_id: UUID, version: int, approver_id: UUID | None
) -> Advice:
    """Put the plan before the school leader, or for a leader's own before an administrator they
    name. Either of the two; it must be complete, and no change of the goal may wait."""
    goal = await _acting(session, actor, Action.SLO_SUBMIT, goal_id, version)
    if await waits(session, goal):
        raise RevisionOpen
    await _check_approver(session, goal, approver_id)
    values = await policy(session, actor)
    named = len(goal.standards) + len(await standards_of(session, goal))
    if missing := lacks_to_submit(goal, named, await _slo_of(session, goal), values):
        raise SloIncomplete(missing=missing)
    warnings = await windows.advise(
        session, goal.district_id, goal.school_year_id, values, "slo_approval"
    )
    goal.approver_id = approver_id
    _decide(session, actor, goal, Approval.SUBMITTED, SloStep.SUBMITTED)
    return warnings


async def _check_approver(session: AsyncSession, goal: Goal, approver_id: UUID | None) -> None:
    """Whoever is no administrator of the district and whoever is not there look the same, so that
    nobody learns more of the directory than the policy says."""
    leads = await _holds(session, goal, goal.teacher_id, RoleKind.SCHOOL_LEADER)
    if not leads:
        if approver_id is not None:
            raise ApproverNotNeeded
        return
    if approver_id is None:
        raise ApproverNeeded
    if approver_id == goal.teacher_id or not await _holds(
        session, goal, approver_id, RoleKind.DISTRICT_ADMINISTRATOR
    ):
        raise UnknownReference(
            "There is no such district administrator, beside the teacher.", field="approver_id"
        )


async def _holds(session: AsyncSession, goal: Goal, person_id: UUID | None, kind: RoleKind) -> bool:
    role = exists().where(
        Role.district_id == goal.district_id,
        Role.person_id == Person.id,
        Role.kind == kind.value,
        Role.ended_on.is_(None),
    )
    return (
        await session.scalar(
            select(Person.id).where(
                and_(Person.district_id == goal.district_id, Person.id == person_id),
                Person.active,
                role,
            )
        )
        is not None
    )


async def name_approver(
    session: AsyncSession, actor: Actor, goal_id: UUID, version: int, approver_id: UUID | None
) -> None:
    """Name another administrator where nobody is left to decide: the one who was named no longer
    administers the district, or the teacher came to lead a school since. A teacher who leads none
    any more names nobody, and the school's leaders decide. The teacher alone."""
    goal = await _acting(session, actor, Action.SLO_NAME_APPROVER, goal_id, version)
    if goal.approver_id is not None and await _holds(
        session, goal, goal.approver_id, RoleKind.DISTRICT_ADMINISTRATOR
    ):
        raise ApproverNamed
    await _check_approver(session, goal, approver_id)
    if approver_id is None and goal.approver_id is None:
        raise ApproverNotNeeded
    goal.approver_id = approver_id
    _decide(session, actor, goal, Approval(goal.approval), SloStep.APPROVER_NAMED)


async def approve(session: AsyncSession, actor: Actor, goal_id: UUID, version: int) -> Advice:
    """Approve the plan. The school's leaders, or whom a leader named for their own."""
    goal = await _acting(session, actor, Action.SLO_APPROVE, goal_id, version)
    await _check_not_own(session, actor, goal)
    values = await policy(session, actor)
    warnings = await windows.advise(
        session, goal.district_id, goal.school_year_id, values, "slo_approval"
    )
    _decide(session, actor, goal, Approval.APPROVED, SloStep.APPROVED)
    return warnings


async def _check_not_own(session: AsyncSession, actor: Actor, goal: Goal) -> None:
    submitted = (
        select(SloDecision.person_id)
        .where(
            SloDecision.district_id == goal.district_id,
            SloDecision.goal_id == goal.id,
            SloDecision.step.in_([SloStep.SUBMITTED.value, SloStep.END_SUBMITTED.value]),
        )
        .order_by(SloDecision.at.desc())
        .limit(1)
    )
    if await session.scalar(submitted) == actor.id:
        raise OwnSubmission


async def give_back(
    session: AsyncSession, actor: Actor, goal_id: UUID, version: int, reason: str
) -> None:
    """Return a plan that was submitted or approved, so that the pair changes it."""
    goal = await _acting(session, actor, Action.SLO_RETURN, goal_id, version)
    _decide(session, actor, goal, Approval.RETURNED, SloStep.RETURNED, reason)


async def submit_end(session: AsyncSession, actor: Actor, goal_id: UUID, version: int) -> Advice:
    """Put the end counts before whoever approved. Either of the two; everybody of the baseline is
    counted or excluded with a reason."""
    goal = await _acting(session, actor, Action.SLO_SUBMIT_END, goal_id, version)
    if missing := lacks_to_end(await _written(session, goal)):
        raise SloIncomplete(missing=missing)
    values = await policy(session, actor)
    warnings = await windows.advise(
        session, goal.district_id, goal.school_year_id, values, "end_of_year"
    )
    _decide(session, actor, goal, Approval.END_SUBMITTED, SloStep.END_SUBMITTED)
    return warnings


async def give_end_back(
    session: AsyncSession, actor: Actor, goal_id: UUID, version: int, reason: str
) -> None:
    """Return the end counts, so that the pair changes them."""
    goal = await _acting(session, actor, Action.SLO_RETURN_END, goal_id, version)
    _decide(session, actor, goal, Approval.END_RETURNED, SloStep.END_RETURNED, reason)


async def finalise(session: AsyncSession, actor: Actor, goal_id: UUID, version: int) -> Advice:
    """Compute the result by the district's matrix and close the goal with its outcome."""
    goal = await _acting(session, actor, Action.SLO_FINALISE, goal_id, version)
    await _check_not_own(session, actor, goal)
    slo = await _written(session, goal)
    values = await policy(session, actor)
    warnings = await windows.advise(
        session, goal.district_id, goal.school_year_id, values, "end_of_year"
    )
    reached = arithmetic.result(slo.end_counts or [], values.slo_matrix)
    outcome = arithmetic.outcome(
        reached, values.slo_matrix, values.slo_met_percent, values.slo_partly_met_percent
    )
    slo.result = {
        "points": float(reached.points),
        "counted": reached.counted,
        "excluded": sum(part["count"] for part in slo.exclusions),
        "outcome": outcome.value,
        "matrix": values.slo_matrix,
        "met_percent": values.slo_met_percent,
        "partly_met_percent": values.slo_partly_met_percent,
    }
    goal.state, goal.outcome, goal.closed_at = GoalState.CLOSED.value, outcome.value, clock.now()
    _decide(session, actor, goal, Approval.FINALISED, SloStep.FINALISED, result=slo.result)
    return warnings


async def reopen(
    session: AsyncSession, actor: Actor, goal_id: UUID, version: int, reason: str
) -> None:
    """Take a finalised SLO back to approved; the goal is in force again, without an outcome. What
    it came to stays in its history."""
    goal = await _acting(session, actor, Action.SLO_REOPEN, goal_id, version)
    slo = await _written(session, goal)
    slo.result = None
    goal.state, goal.outcome, goal.closed_at = GoalState.AGREED.value, None, None
    _decide(session, actor, goal, Approval.APPROVED, SloStep.REOPENED, reason)


def _decide(
    session: AsyncSession,
    actor: Actor,
    goal: Goal,
    approval: Approval,
    step: SloStep,
    reason: str | None = None,
    result: dict[str, Any] | None = None,
) -> None:
    """Take the step, keep who took it, and count it as a change of the goal."""
    changed = {"approver_id"} if step is SloStep.APPROVER_NAMED else {"approval"}
    if step in (SloStep.FINALISED, SloStep.REOPENED):
        changed |= {"state", "outcome"}
    goal.approval = approval.value
    session.add(
        SloDecision(
            district_id=goal.district_id,
            goal_id=goal.id,
            step=step.value,
            person_id=actor.id,
            capacity=_capacity(actor, goal, step).value,
            reason=reason,
            result=result,
        )
    )
    touch(goal)
    record(session, actor, f"slo.{step.value}", goal, changed)


def _capacity(actor: Actor, goal: Goal, step: SloStep) -> SloCapacity:
    if step in (SloStep.SUBMITTED, SloStep.END_SUBMITTED, SloStep.APPROVER_NAMED):
        return SloCapacity.TEACHER if goal.teacher_id == actor.id else SloCapacity.LEAD
    named = goal.approver_id == actor.id
    return SloCapacity.DISTRICT_ADMINISTRATOR if named else SloCapacity.SCHOOL_LEADER


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, goal_id: UUID, version: int | None
) -> Goal:
    """The goal, locked, on which the caller may take this step now."""
    goal = await acting(session, actor, action, Goal, goal_id, version, read=Action.GOAL_READ)
    if goal.kind != GoalKind.STUDENT_LEARNING:
        raise NotAnSlo
    if goal.approval not in APPROVAL_FROM[action]:
        raise WrongState(
            f"The approval of this SLO is {goal.approval}, and it has no such step then.",
            state=goal.approval,
            allowed=[
                offered_as(step, Goal)
                for step, states in APPROVAL_FROM.items()
                if goal.approval in states
            ],
        )
    return goal


async def _slo_of(session: AsyncSession, goal: Goal) -> Slo | None:
    return await session.get(Slo, (goal.district_id, goal.id))


async def _written(session: AsyncSession, goal: Goal) -> Slo:
    slo = await _slo_of(session, goal)
    assert slo is not None, "what was submitted is there"
    return slo
