"""Coaching agreements: the norms of a pair, accepted by both, with a day to look at them again."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.relationships.agreements import service
from app.relationships.agreements.schemas import (
    AgreementState,
    CoachingAgreementChange,
    CoachingAgreementNew,
    CoachingAgreementOut,
    CoachingAgreementPage,
)
from app.relationships.pair import CoachingNotActive, DatesDoNotFit
from app.templates.forms import AnswersDoNotFit, AnswersMissing
from app.templates.service import TemplateNotUsable
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(
    prefix="/coaching-agreements", tags=["Coaching agreements"], route_class=UnitRoute
)


@router.get("", responses=problems(400))
async def list_coaching_agreements(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    state: AgreementState | None = None,
) -> CoachingAgreementPage:
    """The agreements of the caller's pairs, as a teacher and as a lead, the oldest first."""
    rows, following = await service.list_agreements(
        session, actor, paging, teacher_id=teacher_id, state=state
    )
    items = [CoachingAgreementOut.model_validate(row) for row in rows]
    return CoachingAgreementPage(items=items, next=following)


@router.get("/{agreement_id}", responses=problems(404))
@replayable("/api/v1/coaching-agreements/{id}")
async def get_coaching_agreement(
    session: Session, actor: CurrentActor, agreement_id: Id
) -> CoachingAgreementOut:
    """One agreement and who accepted it when: the teacher and their lead."""
    row = await service.read_agreement(session, actor, agreement_id)
    return CoachingAgreementOut.model_validate(row)


@router.post(
    "",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        CoachingNotActive,
        TemplateNotUsable,
        AnswersDoNotFit,
        AnswersMissing,
        DatesDoNotFit,
        service.AgreementWaits,
        service.AgreementUnexplained,
    ),
)
async def propose_coaching_agreement(
    session: Session, actor: CurrentActor, body: CoachingAgreementNew
) -> CoachingAgreementOut:
    """Propose norms: the teacher or their lead. It is not yet their own yes; one is proposed at a
    time."""
    agreement_id = await service.propose(session, actor, **body.model_dump())
    return await get_coaching_agreement(session, actor, agreement_id)


@router.patch(
    "/{agreement_id}",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        AnswersDoNotFit,
        AnswersMissing,
        DatesDoNotFit,
        service.AgreementUnexplained,
    ),
)
async def update_coaching_agreement(
    session: Session,
    actor: CurrentActor,
    agreement_id: Id,
    version: IfMatch,
    body: CoachingAgreementChange,
) -> CoachingAgreementOut:
    """Change what is proposed: either of the two. Both accept anew."""
    await service.change(session, actor, agreement_id, version, body.changes())
    return await get_coaching_agreement(session, actor, agreement_id)


@router.post(
    "/{agreement_id}/accept",
    responses=problems(403, 404, 412, WrongState, service.AgreementAccepted),
)
async def accept_coaching_agreement(
    session: Session, actor: CurrentActor, agreement_id: Id, version: IfMatch
) -> CoachingAgreementOut:
    """Accept the agreement as it stands: each of the two, once. With the second yes it is in force
    and takes the place of the one before."""
    await service.accept(session, actor, agreement_id, version)
    return await get_coaching_agreement(session, actor, agreement_id)


@router.post("/{agreement_id}/withdraw", responses=problems(403, 404, 412, WrongState))
async def withdraw_coaching_agreement(
    session: Session, actor: CurrentActor, agreement_id: Id, version: IfMatch
) -> CoachingAgreementOut:
    """Take a proposed agreement off the table: either of the two. The one in force stays."""
    await service.withdraw(session, actor, agreement_id, version)
    return await get_coaching_agreement(session, actor, agreement_id)
