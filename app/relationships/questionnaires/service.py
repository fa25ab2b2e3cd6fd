"""The rules of questionnaires: a draft is the teacher's, what was submitted is the pair's.

Whoever changes a questionnaire or its draft holds the questionnaire's row first. So an answer is
either in the submission or refused, and no two of these wait for each other.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete as deleting
from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import WrongState
from app.core.events import record
from app.core.paging import Paging, page
from app.models import Questionnaire, QuestionnaireDraft, QuestionnaireSubmission
from app.models.questionnaires import ANSWERABLE, QuestionnaireState
from app.models.templates import TemplateKind
from app.people.schools.service import apply
from app.relationships.pair import (
    BEGUN,
    DatesDoNotFit,
    owners,
    same_pair,
    working_with,
    year_of,
)
from app.templates import forms
from app.templates.service import asked, fields_of, usable

Page = tuple[list[Any], str | None]
_ASKED = asked(Questionnaire)
_ASKED_THEN = asked(QuestionnaireSubmission)


async def list_questionnaires(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """What the caller asked as a lead or is asked as a teacher."""
    statement = view(actor, Action.QUESTIONNAIRE_READ, Questionnaire, *_ASKED).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[Questionnaire.id])


async def read_questionnaire(session: AsyncSession, actor: Actor, questionnaire_id: UUID) -> Any:
    """One questionnaire with its fields, and none of its answers."""
    statement = view(actor, Action.QUESTIONNAIRE_READ, Questionnaire, *_ASKED)
    return await read_one(session, actor, statement, Questionnaire, questionnaire_id)


async def assign(
    session: AsyncSession,
    actor: Actor,
    *,
    teacher_id: UUID,
    template_id: UUID,
    due_on: date | None,
) -> UUID:
    """Put a template before a teacher: the lead, already while the relationship is proposed
    (domain.md §3). The draft is made with it, so that two first saves cannot make two."""
    relationship = await working_with(
        session, actor, Action.QUESTIONNAIRE_CREATE, teacher_id, states=BEGUN
    )
    template = await usable(session, actor, TemplateKind.QUESTIONNAIRE, template_id)
    if due_on is not None:
        year, zone = await year_of(session, actor.district_id, relationship.id)
        first = clock.today(zone)
        if not first <= due_on <= year.last_day:
            raise DatesDoNotFit(
                "A questionnaire is due from today on, in the school year of the coaching.",
                first=first.isoformat(),
                last=year.last_day.isoformat(),
            )
    questionnaire = Questionnaire(
        id=clock.new_id(),
        template_id=template.id,
        due_on=due_on,
        **owners(relationship, actor.id),
    )
    session.add(questionnaire)
    await session.flush()
    session.add(
        QuestionnaireDraft(id=questionnaire.id, **owners(relationship, relationship.teacher_id))
    )
    record(session, actor, "questionnaire.assigned", questionnaire)
    return questionnaire.id


async def delete(session: AsyncSession, actor: Actor, questionnaire_id: UUID, version: int) -> None:
    """Take it back: the lead, until the teacher has written anything."""
    questionnaire = await _acting(
        session, actor, Action.QUESTIONNAIRE_DELETE, questionnaire_id, version
    )
    await session.execute(
        deleting(QuestionnaireDraft).where(
            QuestionnaireDraft.district_id == actor.district_id,
            QuestionnaireDraft.id == questionnaire.id,
        )
    )
    record(session, actor, "questionnaire.deleted", questionnaire)
    await session.delete(questionnaire)


# --- the teacher writes -----------------------------------------------------------------------


async def read_draft(session: AsyncSession, actor: Actor, questionnaire_id: UUID) -> Any:
    """The answers as they are being written: the teacher's alone (ADR 0017)."""
    statement = view(actor, Action.DRAFT_READ, QuestionnaireDraft)
    return await read_one(session, actor, statement, QuestionnaireDraft, questionnaire_id)


async def save(
    session: AsyncSession,
    actor: Actor,
    questionnaire_id: UUID,
    version: int,
    answers: dict[str, Any],
) -> None:
    """Save what the teacher is writing: absent keys stay, an empty value clears its key. Types are
    checked, completeness is not. The first save shows the lead that the teacher began; none after
    it shows them anything."""
    questionnaire: Questionnaire | None = await session.scalar(
        visible(actor, Action.QUESTIONNAIRE_READ, Questionnaire)
        .where(Questionnaire.id == questionnaire_id)
        .with_for_update(of=Questionnaire),
        actor.binds,
    )
    draft = await acting(
        session,
        actor,
        Action.DRAFT_EDIT,
        QuestionnaireDraft,
        questionnaire_id,
        version,
        read=Action.DRAFT_READ,
    )
    assert questionnaire is not None  # whoever sees the draft sees the questionnaire
    if questionnaire.state not in ANSWERABLE:
        raise WrongState(
            f"A questionnaire that is {questionnaire.state} takes no answers.",
            state=questionnaire.state,
            allowed=["reopen"],
        )
    after = forms.merged(draft.answers, answers)
    forms.check(await fields_of(session, actor.district_id, questionnaire.template_id), after)
    changed = {"answers": after} if after != draft.answers else {}
    apply(draft, changed)
    record(session, actor, "questionnaire_draft.saved", draft, changed)
    if changed and questionnaire.state == QuestionnaireState.ASSIGNED:
        begun = {"state": QuestionnaireState.IN_PROGRESS.value}
        apply(questionnaire, begun)
        record(session, actor, "questionnaire.begun", questionnaire, begun)


async def submit(session: AsyncSession, actor: Actor, questionnaire_id: UUID, version: int) -> None:
    """Hand the answers over, whole: the teacher. What was submitted stays as it is."""
    questionnaire = await _acting(
        session, actor, Action.QUESTIONNAIRE_SUBMIT, questionnaire_id, version
    )
    answers = await session.scalar(
        select(QuestionnaireDraft.answers).where(
            QuestionnaireDraft.district_id == actor.district_id,
            QuestionnaireDraft.id == questionnaire.id,
        )
    )
    asked_for = await fields_of(session, actor.district_id, questionnaire.template_id)
    forms.check(asked_for, answers or {}, whole=True)
    before = await session.scalar(
        select(func.max(QuestionnaireSubmission.number)).where(
            QuestionnaireSubmission.district_id == actor.district_id,
            QuestionnaireSubmission.questionnaire_id == questionnaire.id,
        )
    )
    session.add(
        QuestionnaireSubmission(
            id=clock.new_id(),
            questionnaire_id=questionnaire.id,
            template_id=questionnaire.template_id,
            number=(before or 0) + 1,
            answers=answers or {},
            **same_pair(questionnaire, actor.id),
        )
    )
    fields = {"state": QuestionnaireState.SUBMITTED.value, "submitted_at": clock.now()}
    apply(questionnaire, fields)
    record(session, actor, "questionnaire.submitted", questionnaire, fields)


async def reopen(session: AsyncSession, actor: Actor, questionnaire_id: UUID, version: int) -> None:
    """Write on: the teacher. The draft still holds the last answers, since nobody could change it
    in between; what was submitted stays with the pair."""
    questionnaire = await _acting(
        session, actor, Action.QUESTIONNAIRE_REOPEN, questionnaire_id, version
    )
    fields = {"state": QuestionnaireState.IN_PROGRESS.value, "reviewed_at": None}
    apply(questionnaire, fields)
    record(session, actor, "questionnaire.reopened", questionnaire, fields)


# --- the lead reads ---------------------------------------------------------------------------


async def review(session: AsyncSession, actor: Actor, questionnaire_id: UUID, version: int) -> None:
    """Say that the answers were read and taken in: the lead."""
    questionnaire = await _acting(
        session, actor, Action.QUESTIONNAIRE_REVIEW, questionnaire_id, version
    )
    fields = {"state": QuestionnaireState.REVIEWED.value, "reviewed_at": clock.now()}
    apply(questionnaire, fields)
    record(session, actor, "questionnaire.reviewed", questionnaire, fields)


async def list_submissions(
    session: AsyncSession, actor: Actor, questionnaire_id: UUID, paging: Paging
) -> Page:
    """What was submitted. A lead whose relationship is only proposed, or over, sees that there is
    a questionnaire and none of its answers."""
    await read_questionnaire(session, actor, questionnaire_id)
    statement = view(actor, Action.SUBMISSION_READ, QuestionnaireSubmission, *_ASKED_THEN).where(
        QuestionnaireSubmission.questionnaire_id == questionnaire_id
    )
    by = [QuestionnaireSubmission.number, QuestionnaireSubmission.id]
    return await page(session, actor, statement, paging, by=by)


async def read_submission(session: AsyncSession, actor: Actor, submission_id: UUID) -> Any:
    """One submission."""
    statement = view(actor, Action.SUBMISSION_READ, QuestionnaireSubmission, *_ASKED_THEN)
    return await read_one(session, actor, statement, QuestionnaireSubmission, submission_id)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, questionnaire_id: UUID, version: int
) -> Questionnaire:
    return await acting(
        session,
        actor,
        action,
        Questionnaire,
        questionnaire_id,
        version,
        read=Action.QUESTIONNAIRE_READ,
    )


# --- for other features -----------------------------------------------------------------------


async def reviewed(session: AsyncSession, district_id: UUID, relationship_id: UUID) -> bool:
    """Whether a questionnaire of the pair is reviewed (gate 2). One that was reopened is not."""
    return bool(
        await session.scalar(
            select(
                exists().where(
                    Questionnaire.district_id == district_id,
                    Questionnaire.relationship_id == relationship_id,
                    Questionnaire.state == QuestionnaireState.REVIEWED.value,
                )
            )
        )
    )
