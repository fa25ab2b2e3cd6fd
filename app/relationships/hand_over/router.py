"""Another lead follows: one goes, the next is proposed, and the teacher sees what becomes of what
was written."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.relationships import service as relationships
from app.relationships.hand_over import service
from app.relationships.hand_over.schemas import HandOverNew, HandOverOut
from app.relationships.schemas import CoachingRelationshipOut
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Session
from app.web.unit import UnitRoute

router = APIRouter(
    prefix="/coaching-relationships", tags=["Coaching relationships"], route_class=UnitRoute
)


@router.post(
    "/{relationship_id}/hand-over",
    status_code=201,
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownReference,
        relationships.OwnLead,
        relationships.NotALead,
        relationships.NotATeacher,
        relationships.SchoolYearPast,
        relationships.SchoolYearTooEarly,
        relationships.RelationshipExists,
        relationships.PrimaryLeadExists,
    ),
)
async def hand_over_coaching_relationship(
    session: Session,
    actor: CurrentActor,
    relationship_id: Id,
    version: IfMatch,
    body: HandOverNew,
) -> CoachingRelationshipOut:
    """End a relationship that is active or paused, and propose the lead who follows: both, or
    nothing when a rule of proposals refuses. Answers the new relationship, which the teacher or a
    school leader activates. The school's leaders and district administrators."""
    following = await service.hand_over(
        session, actor, relationship_id, version, **body.model_dump()
    )
    row = await relationships.read_relationship(session, actor, following)
    return CoachingRelationshipOut.model_validate(row)


@router.get("/{relationship_id}/hand-over", responses=problems(403, 404))
async def get_hand_over(session: Session, actor: CurrentActor, relationship_id: Id) -> HandOverOut:
    """What follows the teacher to the next lead, what stays sealed with this one, and what of that
    the teacher opened with POST /meetings/{meeting_id}/share and its like. The teacher alone."""
    found = await service.read_hand_over(session, actor, relationship_id)
    return HandOverOut.model_validate(found)
