"""Questionnaires, their drafts and submissions as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.types import Count, Date, Id, In, Instant, Line, Out, Permissions, Version
from app.templates.schemas import Answers, AnswersChange, Fields, Next

QuestionnaireState = Literal["assigned", "in_progress", "submitted", "reviewed"]


class QuestionnaireNew(In):
    """A template to put before a teacher."""

    teacher_id: Id
    template_id: Annotated[Id, Field(description="A published template of kind questionnaire")]
    due_on: Annotated[
        Date | None, Field(description="Until when the lead hopes for answers; nothing closes then")
    ] = None


class QuestionnaireOut(Out):
    """What a lead asks a teacher, and how far the teacher is. No answer is in it."""

    id: Id
    version: Version
    relationship_id: Id
    school_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    template_id: Id
    template_title: Line
    fields: Fields
    due_on: Date | None
    state: QuestionnaireState
    submitted_at: Annotated[Instant | None, Field(description="Of the last submission")]
    reviewed_at: Annotated[
        Instant | None, Field(description="Of the last submission; null until it is reviewed")
    ]
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class QuestionnairePage(Out):
    """Questionnaires, the oldest first."""

    items: Annotated[list[QuestionnaireOut], Field(max_length=200)]
    next: Next


class QuestionnaireDraftChange(In):
    """What was written since the last save."""

    answers: AnswersChange = {}


class QuestionnaireDraftOut(Out):
    """Answers as the teacher is writing them. Only the teacher reads them."""

    id: Annotated[Id, Field(description="The questionnaire's")]
    version: Annotated[Version, Field(description="Of the draft alone")]
    answers: Answers
    created_at: Instant
    updated_at: Instant
    permissions: Permissions


class QuestionnaireSubmissionOut(Out):
    """Answers as they were submitted. They never change; the next submission is another one."""

    id: Id
    version: Version
    questionnaire_id: Id
    school_id: Id
    teacher_id: Id
    lead_id: Id
    author_id: Id
    template_id: Id
    template_title: Line
    fields: Fields
    number: Annotated[Count, Field(description="Which submission of the questionnaire, from 1")]
    answers: Answers
    created_at: Instant
    permissions: Permissions


class QuestionnaireSubmissionPage(Out):
    """Submissions of a questionnaire, the oldest first."""

    items: Annotated[list[QuestionnaireSubmissionOut], Field(max_length=200)]
    next: Next
