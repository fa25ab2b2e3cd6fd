"""Coaching relationships: the only thing that opens a teacher's records to a lead."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.relationships import service
from app.relationships.agreements.router import router as agreements
from app.relationships.hand_over.router import router as hand_over
from app.relationships.introductions.router import router as introductions
from app.relationships.outreach.router import router as outreach
from app.relationships.preferences.router import router as preferences
from app.relationships.questionnaires.router import router as questionnaires
from app.relationships.roles.router import router as roles
from app.relationships.schemas import (
    CoachingRelationshipChange,
    CoachingRelationshipEnd,
    CoachingRelationshipNew,
    CoachingRelationshipOut,
    CoachingRelationshipPage,
    State,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(
    prefix="/coaching-relationships", tags=["Coaching relationships"], route_class=UnitRoute
)
routers = (
    router,
    hand_over,
    roles,
    introductions,
    outreach,
    questionnaires,
    preferences,
    agreements,
)


@router.get("", responses=problems(400))
async def list_coaching_relationships(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    state: State | None = None,
    lead_id: Id | None = None,
    teacher_id: Id | None = None,
    school_year_id: Id | None = None,
    school_id: Id | None = None,
) -> CoachingRelationshipPage:
    """Coaching relationships, the oldest first: all to district administrators, the school's to
    its leaders, their own to leads and teachers."""
    rows, following = await service.list_relationships(
        session,
        actor,
        paging,
        state=state,
        lead_id=lead_id,
        teacher_id=teacher_id,
        school_year_id=school_year_id,
        school_id=school_id,
    )
    items = [CoachingRelationshipOut.model_validate(row) for row in rows]
    return CoachingRelationshipPage(items=items, next=following)


@router.get("/{relationship_id}", responses=problems(404))
@replayable("/api/v1/coaching-relationships/{id}")
async def get_coaching_relationship(
    session: Session, actor: CurrentActor, relationship_id: Id
) -> CoachingRelationshipOut:
    """One coaching relationship, to whom it is listed."""
    row = await service.read_relationship(session, actor, relationship_id)
    return CoachingRelationshipOut.model_validate(row)


@router.post(
    "",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        service.OwnLead,
        service.NotALead,
        service.NotATeacher,
        service.SchoolYearPast,
        service.SchoolYearTooEarly,
        service.RelationshipExists,
        service.PrimaryLeadExists,
    ),
)
async def propose_coaching_relationship(
    session: Session, actor: CurrentActor, body: CoachingRelationshipNew
) -> CoachingRelationshipOut:
    """Propose that a lead coaches a teacher in a school year. The school's leaders and district
    administrators; the teacher or a school leader activates it."""
    relationship_id = await service.propose(session, actor, **body.changes())
    return await get_coaching_relationship(session, actor, relationship_id)


@router.patch(
    "/{relationship_id}",
    responses=problems(
        403, 404, 412, WrongState, service.PrimaryLeadExists, service.TeacherDecides
    ),
)
async def update_coaching_relationship(
    session: Session,
    actor: CurrentActor,
    relationship_id: Id,
    version: IfMatch,
    body: CoachingRelationshipChange,
) -> CoachingRelationshipOut:
    """Change the evaluator scope, what the lead is to the teacher, or whether the lead is the
    primary one. The school's leaders and district administrators."""
    await service.change(session, actor, relationship_id, version, body.changes())
    return await get_coaching_relationship(session, actor, relationship_id)


@router.post(
    "/{relationship_id}/activate",
    responses=problems(403, 404, 412, WrongState, service.PrimaryLeadExists),
)
async def activate_coaching_relationship(
    session: Session, actor: CurrentActor, relationship_id: Id, version: IfMatch
) -> CoachingRelationshipOut:
    """Begin a proposed relationship; from now on it opens the teacher's records to the lead. The
    teacher or the school's leaders; the teacher alone when the lead is one of those leaders or
    administers the district."""
    await service.activate(session, actor, relationship_id, version)
    return await get_coaching_relationship(session, actor, relationship_id)


@router.post("/{relationship_id}/withdraw", responses=problems(403, 404, 412, WrongState))
async def withdraw_coaching_relationship(
    session: Session, actor: CurrentActor, relationship_id: Id, version: IfMatch
) -> CoachingRelationshipOut:
    """Take a proposal back. The school's leaders and district administrators."""
    await service.withdraw(session, actor, relationship_id, version)
    return await get_coaching_relationship(session, actor, relationship_id)


@router.post("/{relationship_id}/pause", responses=problems(403, 404, 412, WrongState))
async def pause_coaching_relationship(
    session: Session, actor: CurrentActor, relationship_id: Id, version: IfMatch
) -> CoachingRelationshipOut:
    """Pause an active relationship: the lead reads on, nobody writes through it. The school's
    leaders and district administrators."""
    await service.pause(session, actor, relationship_id, version)
    return await get_coaching_relationship(session, actor, relationship_id)


@router.post("/{relationship_id}/resume", responses=problems(403, 404, 412, WrongState))
async def resume_coaching_relationship(
    session: Session, actor: CurrentActor, relationship_id: Id, version: IfMatch
) -> CoachingRelationshipOut:
    """Go on after a pause. The school's leaders and district administrators."""
    await service.resume(session, actor, relationship_id, version)
    return await get_coaching_relationship(session, actor, relationship_id)


@router.post("/{relationship_id}/end", responses=problems(403, 404, 412, WrongState))
async def end_coaching_relationship(
    session: Session,
    actor: CurrentActor,
    relationship_id: Id,
    version: IfMatch,
    body: CoachingRelationshipEnd,
) -> CoachingRelationshipOut:
    """End a relationship, with the reason. The lead's next request no longer reaches the
    teacher's records; goals stay with the teacher. The school's leaders and district
    administrators."""
    await service.end(session, actor, relationship_id, version, body.reason)
    return await get_coaching_relationship(session, actor, relationship_id)
