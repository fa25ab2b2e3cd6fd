"""Questionnaires: what a lead asks a teacher to get to know them."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.relationships.pair import CoachingNotActive, DatesDoNotFit
from app.relationships.questionnaires import service
from app.relationships.questionnaires.schemas import (
    QuestionnaireDraftChange,
    QuestionnaireDraftOut,
    QuestionnaireNew,
    QuestionnaireOut,
    QuestionnairePage,
    QuestionnaireState,
    QuestionnaireSubmissionOut,
    QuestionnaireSubmissionPage,
)
from app.templates.forms import AnswersDoNotFit, AnswersMissing
from app.templates.service import TemplateNotUsable
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Questionnaires"], route_class=UnitRoute)


@router.get("/questionnaires", responses=problems(400))
async def list_questionnaires(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    state: QuestionnaireState | None = None,
) -> QuestionnairePage:
    """What the caller asked as a lead or is asked as a teacher, the oldest first."""
    rows, following = await service.list_questionnaires(
        session, actor, paging, teacher_id=teacher_id, state=state
    )
    items = [QuestionnaireOut.model_validate(row) for row in rows]
    return QuestionnairePage(items=items, next=following)


@router.get("/questionnaires/{questionnaire_id}", responses=problems(404))
@replayable("/api/v1/questionnaires/{id}")
async def get_questionnaire(
    session: Session, actor: CurrentActor, questionnaire_id: Id
) -> QuestionnaireOut:
    """One questionnaire with its template's fields: the teacher and their lead, also while the
    relationship is only proposed. No answer is in it."""
    row = await service.read_questionnaire(session, actor, questionnaire_id)
    return QuestionnaireOut.model_validate(row)


@router.post(
    "/questionnaires",
    status_code=201,
    responses=problems(403, UnknownReference, CoachingNotActive, TemplateNotUsable, DatesDoNotFit),
)
async def create_questionnaire(
    session: Session, actor: CurrentActor, body: QuestionnaireNew
) -> QuestionnaireOut:
    """Put a questionnaire before a teacher: their lead, or who is proposed as their lead."""
    questionnaire_id = await service.assign(session, actor, **body.model_dump())
    return await get_questionnaire(session, actor, questionnaire_id)


@router.delete(
    "/questionnaires/{questionnaire_id}",
    status_code=204,
    responses=problems(403, 404, 412, WrongState),
)
async def delete_questionnaire(
    session: Session, actor: CurrentActor, questionnaire_id: Id, version: IfMatch
) -> None:
    """Take a questionnaire back, until the teacher has written anything. The lead."""
    await service.delete(session, actor, questionnaire_id, version)


@router.get("/questionnaires/{questionnaire_id}/draft", responses=problems(404))
async def get_questionnaire_draft(
    session: Session, actor: CurrentActor, questionnaire_id: Id
) -> QuestionnaireDraftOut:
    """The answers as they are being written: the teacher alone, at all times."""
    row = await service.read_draft(session, actor, questionnaire_id)
    return QuestionnaireDraftOut.model_validate(row)


@router.patch(
    "/questionnaires/{questionnaire_id}/draft",
    responses=problems(403, 404, 412, WrongState, AnswersDoNotFit),
)
async def update_questionnaire_draft(
    session: Session,
    actor: CurrentActor,
    questionnaire_id: Id,
    version: IfMatch,
    body: QuestionnaireDraftChange,
) -> QuestionnaireDraftOut:
    """Save answers as they are being written: the teacher. The draft has a version of its own;
    absent keys stay, null clears one. The lead sees that writing began, and no more."""
    await service.save(session, actor, questionnaire_id, version, body.answers)
    return await get_questionnaire_draft(session, actor, questionnaire_id)


@router.post(
    "/questionnaires/{questionnaire_id}/submit",
    responses=problems(403, 404, 412, WrongState, AnswersMissing),
)
async def submit_questionnaire(
    session: Session, actor: CurrentActor, questionnaire_id: Id, version: IfMatch
) -> QuestionnaireOut:
    """Hand the answers over to the lead, all required ones given. The teacher."""
    await service.submit(session, actor, questionnaire_id, version)
    return await get_questionnaire(session, actor, questionnaire_id)


@router.post(
    "/questionnaires/{questionnaire_id}/reopen", responses=problems(403, 404, 412, WrongState)
)
async def reopen_questionnaire(
    session: Session, actor: CurrentActor, questionnaire_id: Id, version: IfMatch
) -> QuestionnaireOut:
    """Write on, beginning with the last answers; what was submitted stays. The teacher."""
    await service.reopen(session, actor, questionnaire_id, version)
    return await get_questionnaire(session, actor, questionnaire_id)


@router.post(
    "/questionnaires/{questionnaire_id}/review", responses=problems(403, 404, 412, WrongState)
)
async def review_questionnaire(
    session: Session, actor: CurrentActor, questionnaire_id: Id, version: IfMatch
) -> QuestionnaireOut:
    """Mark the last submission as read and taken in. The lead."""
    await service.review(session, actor, questionnaire_id, version)
    return await get_questionnaire(session, actor, questionnaire_id)


@router.get("/questionnaires/{questionnaire_id}/submissions", responses=problems(400, 404))
async def list_questionnaire_submissions(
    session: Session, actor: CurrentActor, questionnaire_id: Id, paging: Paging
) -> QuestionnaireSubmissionPage:
    """What was submitted, the oldest first: the teacher and their lead, once they work
    together."""
    rows, following = await service.list_submissions(session, actor, questionnaire_id, paging)
    items = [QuestionnaireSubmissionOut.model_validate(row) for row in rows]
    return QuestionnaireSubmissionPage(items=items, next=following)


@router.get("/questionnaire-submissions/{submission_id}", responses=problems(404))
@replayable("/api/v1/questionnaire-submissions/{id}")
async def get_questionnaire_submission(
    session: Session, actor: CurrentActor, submission_id: Id
) -> QuestionnaireSubmissionOut:
    """One submission: the teacher and their lead, once they work together."""
    row = await service.read_submission(session, actor, submission_id)
    return QuestionnaireSubmissionOut.model_validate(row)
