"""What a conversation needs before it closes, and what is advised (domain.md §4, gate 2)."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core.errors import Conflict
from app.core.types import Advice
from app.models import Conversation, ConversationGoal, Goal, OutreachMessage, Questionnaire
from app.models.conversations import ConversationKind, ConversationState
from app.models.goals import GoalLevel
from app.models.outreach import REACHED
from app.models.questionnaires import QuestionnaireState
from app.people.district.service import policy
from app.templates import forms
from app.templates.service import fields_of

#: it has a day and is not over: now advice is of use
_ADVISED = (ConversationState.SCHEDULED.value, ConversationState.HELD.value)

#: a questionnaire of this relationship that the lead reviewed
REVIEWED: ColumnElement[Any] = (
    select(Questionnaire.id)
    .where(
        Questionnaire.district_id == Conversation.district_id,
        Questionnaire.relationship_id == Conversation.relationship_id,
        Questionnaire.state == QuestionnaireState.REVIEWED.value,
    )
    .limit(1)
    .correlate(Conversation)
    .scalar_subquery()
    .label("reviewed_questionnaire_id")
)


def _first(column: Any, name: str) -> ColumnElement[Any]:
    """When the teacher first had a welcome of this relationship. Drafts are not looked at: they are
    their author's alone."""
    return (
        select(func.min(column))
        .where(
            OutreachMessage.district_id == Conversation.district_id,
            OutreachMessage.relationship_id == Conversation.relationship_id,
            OutreachMessage.state.in_([state.value for state in REACHED]),
        )
        .correlate(Conversation)
        .scalar_subquery()
        .label(name)
    )


#: two columns, because the day of an instant is found here: the database may not know a zone that
#: this program does
REACHED_WHEN = (
    _first(OutreachMessage.sent_at, "first_sent_at"),
    _first(OutreachMessage.handed_over_on, "first_handed_over_on"),
)


class ConversationIncomplete(Conflict):
    """A conversation closes when what it is for was done: its template's required fields answered,
    and at the beginning of the year what gate 2 asks for."""

    code, title = "conversation_incomplete", "The conversation is not complete"
    next_step = "Add what `missing` lists, then close it."


def advice(row: Any, actor: Actor) -> list[Advice]:
    """What the rules advise about a beginning-of-year conversation that has a day. What is said of
    outreach is said to its lead alone: it would tell the teacher that a welcome is to come."""
    if row.kind != ConversationKind.BEGINNING_OF_YEAR or row.state not in _ADVISED:
        return []
    found = []
    if row.reviewed_questionnaire_id is None and not _said(row.questionnaire_waiver):
        text = "The questionnaire is not reviewed yet; read the answers before you talk."
        found.append(Advice(code="questionnaire_not_reviewed", message=text))
    if row.lead_id == actor.id:
        reached_on = _reached_on(row)
        if reached_on is None:
            text = "No welcome was sent or handed over yet; it comes before the first meeting."
            found.append(Advice(code="no_outreach_yet", message=text))
        elif reached_on > (row.held_on or row.on):
            text = "The first welcome is dated after this conversation."
            found.append(Advice(code="outreach_after_first_meeting", message=text))
    return found


def _reached_on(row: Any) -> date | None:
    """The first day of a welcome, on the wall of the conversation's zone."""
    days = [] if row.first_handed_over_on is None else [row.first_handed_over_on]
    if row.first_sent_at is not None:
        days.append(row.first_sent_at.astimezone(ZoneInfo(row.zone)).date())
    return min(days, default=None)


async def must_be_complete(session: AsyncSession, actor: Actor, conversation: Conversation) -> None:
    """Refuse to close (409), with everything that is missing."""
    missing = []
    if conversation.kind == ConversationKind.BEGINNING_OF_YEAR:
        missing = await _of_beginning(session, actor, conversation)
    if conversation.template_id is not None:
        fields = await fields_of(session, actor.district_id, conversation.template_id)
        missing += forms.missing(fields, conversation.answers)
    if missing:
        raise ConversationIncomplete(missing=missing[:50])


async def _of_beginning(
    session: AsyncSession, actor: Actor, conversation: Conversation
) -> list[dict[str, str]]:
    """What gate 2 asks for and is not there yet, in the order of the gate."""
    values = await policy(session, actor)
    reviewed = await session.scalar(
        select(Questionnaire.id)
        .where(
            Questionnaire.district_id == actor.district_id,
            Questionnaire.relationship_id == conversation.relationship_id,
            Questionnaire.state == QuestionnaireState.REVIEWED.value,
        )
        .limit(1)
    )
    linked = await _linked(session, actor, conversation)
    school, team = values.conversation_school_goals, values.conversation_team_goals
    gates = (
        (
            "questionnaire",
            reviewed is not None or _said(conversation.questionnaire_waiver),
            "Review the questionnaire, or say in `questionnaire_waiver` why not.",
        ),
        ("vision_revisited", conversation.vision_revisited, "Revisit the school's vision."),
        (
            "school_goals",
            linked.get(GoalLevel.SCHOOL.value, 0) >= school,
            f"School goals to link: {school} at least.",
        ),
        (
            "team_goals",
            linked.get(GoalLevel.TEAM.value, 0) >= team,
            f"Team goals to link: {team} at least.",
        ),
        (
            "team_link",
            _said(conversation.team_link),
            "Write how the teacher's work ties in with the team's goals.",
        ),
        ("roles_discussed", conversation.roles_discussed, "Discuss roles and expectations."),
        (
            "goal_setting_previewed",
            conversation.goal_setting_previewed,
            "Preview how individual goals are set.",
        ),
        ("setting", conversation.setting is not None, "Say whether it was formal or informal."),
    )
    return [{"code": code, "message": message} for code, met, message in gates if not met]


async def _linked(
    session: AsyncSession, actor: Actor, conversation: Conversation
) -> dict[str, int]:
    """How many goals of each level are linked."""
    rows = await session.execute(
        select(Goal.level, func.count())
        .join(
            ConversationGoal,
            (ConversationGoal.district_id == Goal.district_id)
            & (ConversationGoal.goal_id == Goal.id),
        )
        .where(
            Goal.district_id == actor.district_id,
            ConversationGoal.conversation_id == conversation.id,
        )
        .group_by(Goal.level)
    )
    return {row[0]: row[1] for row in rows}


def _said(text: str | None) -> bool:
    return bool(text and text.strip())
