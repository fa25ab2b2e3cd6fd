"""Learning cycles: begun, read, moved from phase to phase."""

from typing import Any

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.goals.schemas import Reader
from app.learning_cycles.cycles import beginning, service
from app.learning_cycles.cycles.schemas import (
    CycleAudience,
    CycleGateOut,
    CycleMoveOut,
    CycleMovePage,
    CycleReason,
    LearningCycleChange,
    LearningCycleNew,
    LearningCycleOut,
    LearningCyclePage,
    LevelName,
    StateName,
)
from app.learning_cycles.gates import CycleGate
from app.relationships.pair import CoachingNotActive
from app.templates.forms import AnswersDoNotFit
from app.templates.service import TemplateNotUsable
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Learning cycles"], route_class=UnitRoute)


@router.get("/learning-cycles", responses=problems(400))
async def list_learning_cycles(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    team_id: Id | None = None,
    school_year_id: Id | None = None,
    state: StateName | None = None,
    goal_id: Id | None = None,
    level: LevelName | None = None,
) -> LearningCyclePage:
    """The learning cycles you may see, the oldest first: a teacher's to the teacher and the lead it
    was written with, a team's to the team and to its school's leaders."""
    filters: dict[str, Any] = {
        "teacher_id": teacher_id,
        "team_id": team_id,
        "school_year_id": school_year_id,
        "state": state,
        "goal_id": goal_id,
        "level": level,
    }
    rows, following = await service.list_cycles(session, actor, paging, **filters)
    items = [LearningCycleOut.model_validate(row) for row in rows]
    return LearningCyclePage(items=items, next=following)


@router.get("/learning-cycles/{cycle_id}", responses=problems(404))
@replayable("/api/v1/learning-cycles/{id}")
async def get_learning_cycle(
    session: Session, actor: CurrentActor, cycle_id: Id
) -> LearningCycleOut:
    """One learning cycle, to whom it is listed."""
    return LearningCycleOut.model_validate(await service.read_cycle(session, actor, cycle_id))


@router.post(
    "/learning-cycles",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        CoachingNotActive,
        TemplateNotUsable,
        beginning.CycleOwnerUnclear,
        beginning.CycleNumberTaken,
        beginning.CycleHasSuccessor,
        beginning.PreviousDoesNotFit,
    ),
)
async def create_learning_cycle(
    session: Session, actor: CurrentActor, body: LearningCycleNew
) -> LearningCycleOut:
    """Begin a learning cycle: for a teacher, the teacher or the lead who coaches them now; for a
    team, its lead, and the present members are taken in. One that follows another is filled by what
    was decided there; a chain does not fork."""
    cycle_id = await beginning.create(session, actor, body.model_dump())
    return await get_learning_cycle(session, actor, cycle_id)


@router.patch(
    "/learning-cycles/{cycle_id}", responses=problems(403, 404, 412, WrongState, AnswersDoNotFit)
)
async def update_learning_cycle(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch, body: LearningCycleChange
) -> LearningCycleOut:
    """Change the title, or answer the template's questions, while the cycle runs: either of the
    two, or the team's lead."""
    await service.change(session, actor, cycle_id, version, body.changes())
    return await get_learning_cycle(session, actor, cycle_id)


@router.get("/learning-cycles/{cycle_id}/audience", responses=problems(404))
async def get_learning_cycle_audience(
    session: Session, actor: CurrentActor, cycle_id: Id
) -> CycleAudience:
    """Who can see this cycle now, and through what. Whoever can see it themselves."""
    record_class, found = await service.readers(session, actor, cycle_id)
    return CycleAudience(
        record_class=record_class, readers=[Reader.model_validate(row) for row in found]
    )


@router.get("/learning-cycles/{cycle_id}/chain", responses=problems(400, 404))
async def list_learning_cycle_chain(
    session: Session, actor: CurrentActor, cycle_id: Id, paging: Paging
) -> LearningCyclePage:
    """The cycles before this one and after it, this one among them, the oldest first; of them those
    you may see."""
    rows, following = await service.list_chain(session, actor, cycle_id, paging)
    items = [LearningCycleOut.model_validate(row) for row in rows]
    return LearningCyclePage(items=items, next=following)


@router.get("/learning-cycles/{cycle_id}/moves", responses=problems(400, 404))
async def list_learning_cycle_moves(
    session: Session, actor: CurrentActor, cycle_id: Id, paging: Paging
) -> CycleMovePage:
    """How the cycle went from state to state, with the reasons, the oldest first. Whoever reads the
    cycle."""
    rows, following = await service.list_moves(session, actor, cycle_id, paging)
    return CycleMovePage(items=[CycleMoveOut.model_validate(row) for row in rows], next=following)


@router.get("/learning-cycles/{cycle_id}/gate", responses=problems(403, 404))
async def get_learning_cycle_gate(
    session: Session, actor: CurrentActor, cycle_id: Id
) -> CycleGateOut:
    """What is missing to leave the present phase: the same list as the refusal `cycle_gate`. The
    teacher and the lead; in a team the lead alone, because it counts what is each member's own."""
    return CycleGateOut.model_validate(await service.read_gate(session, actor, cycle_id))


@router.post(
    "/learning-cycles/{cycle_id}/advance", responses=problems(403, 404, 412, WrongState, CycleGate)
)
async def advance_learning_cycle(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch
) -> LearningCycleOut:
    """Go on to the next phase: either of the two, or the team's lead. Refused with everything that
    is missing. Out of reflection it goes by concluding and closing."""
    await service.advance(session, actor, cycle_id, version)
    return await get_learning_cycle(session, actor, cycle_id)


@router.post("/learning-cycles/{cycle_id}/back", responses=problems(403, 404, 412, WrongState))
async def send_back_learning_cycle(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch, body: CycleReason
) -> LearningCycleOut:
    """Go back one phase, with a reason: either of the two, or the team's lead. What was written
    stays; a conclusion is agreed to anew."""
    await service.go_back(session, actor, cycle_id, version, body.reason)
    return await get_learning_cycle(session, actor, cycle_id)


@router.post("/learning-cycles/{cycle_id}/pause", responses=problems(403, 404, 412, WrongState))
async def pause_learning_cycle(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch
) -> LearningCycleOut:
    """Pause the cycle: either of the two, or the team's lead."""
    await service.pause(session, actor, cycle_id, version)
    return await get_learning_cycle(session, actor, cycle_id)


@router.post("/learning-cycles/{cycle_id}/resume", responses=problems(403, 404, 412, WrongState))
async def resume_learning_cycle(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch
) -> LearningCycleOut:
    """Go on in the phase where it was paused: either of the two, or the team's lead."""
    await service.resume(session, actor, cycle_id, version)
    return await get_learning_cycle(session, actor, cycle_id)


@router.post("/learning-cycles/{cycle_id}/abandon", responses=problems(403, 404, 412, WrongState))
async def abandon_learning_cycle(
    session: Session, actor: CurrentActor, cycle_id: Id, version: IfMatch, body: CycleReason
) -> LearningCycleOut:
    """Give the cycle up, with a reason: either of the two, or the team's lead. Its goal stays as it
    is; what was still planned is left out and its time is free."""
    await service.abandon(session, actor, cycle_id, version, body.reason)
    return await get_learning_cycle(session, actor, cycle_id)
