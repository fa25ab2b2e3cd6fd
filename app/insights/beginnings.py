"""What the year's beginning still asks of a pair: welcome, questionnaire, conversations, roles,
preferences, agreement, and what one of the two offered to open."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.views import view
from app.core import clock
from app.models import (
    CoachingAgreement,
    CoachingPreferences,
    Conversation,
    OutreachMessage,
    Questionnaire,
    RoleNote,
    SharedRecord,
)
from app.models.conversations import ConversationKind, ConversationState
from app.models.norms import AgreementState, RoleNoteState
from app.models.outreach import REACHED, OutreachState
from app.models.questionnaires import QuestionnaireState
from app.models.relationships import RelationshipState
from app.models.sharing import SharedState

Rows = dict[UUID, list[Any]]
#: code, why, type of the object, its id, and the day it is due
Add = Callable[..., None]
#: which window of the policy a conversation is had in
WINDOWS = {
    ConversationKind.BEGINNING_OF_YEAR: "fall_goal_setting",
    ConversationKind.MID_YEAR: "mid_year",
    ConversationKind.END_OF_YEAR: "end_of_year",
}
_KINDS = {
    ConversationKind.BEGINNING_OF_YEAR: "beginning-of-year conversation",
    ConversationKind.MID_YEAR: "mid-year conversation",
    ConversationKind.END_OF_YEAR: "end-of-year conversation",
}


@dataclass
class Begun:
    """What was read, by relationship; shared records by teacher."""

    outreach: Rows
    questionnaires: Rows
    conversations: Rows
    notes: Rows
    agreements: Rows
    preferences: Rows
    offers: Rows


async def read(session: AsyncSession, actor: Actor, pairs: list[Any]) -> Begun:
    """Everything that `add` looks at, for all pairs: seven statements."""
    ids = [pair.id for pair in pairs]

    async def of(model: Any, action: Action, *which: Any) -> Rows:
        rows: Rows = defaultdict(list)
        statement = view(actor, action, model).where(model.relationship_id.in_(ids), *which)
        for row in await session.execute(statement.order_by(model.id), actor.binds):
            rows[row.relationship_id].append(row)
        return rows

    offers: Rows = defaultdict(list)
    offered = view(actor, Action.SHARED_READ, SharedRecord).where(
        SharedRecord.teacher_id.in_([pair.teacher_id for pair in pairs]),
        SharedRecord.state == SharedState.OFFERED.value,
    )
    for row in await session.execute(offered, actor.binds):
        offers[row.teacher_id].append(row)
    others = CoachingPreferences.__table__.alias()
    newest = (
        select(func.max(others.c.number))
        .where(
            others.c.district_id == CoachingPreferences.district_id,
            others.c.relationship_id == CoachingPreferences.relationship_id,
        )
        .correlate(CoachingPreferences)
        .scalar_subquery()
    )
    in_hand = [AgreementState.PROPOSED.value, AgreementState.ACCEPTED.value]
    open_notes = RoleNote.state == RoleNoteState.OPEN.value
    called_off = ConversationState.CANCELLED.value
    return Begun(
        outreach=await of(OutreachMessage, Action.OUTREACH_READ),
        questionnaires=await of(Questionnaire, Action.QUESTIONNAIRE_READ),
        conversations=await of(
            Conversation, Action.CONVERSATION_READ, Conversation.state != called_off
        ),
        notes=await of(RoleNote, Action.ROLE_NOTE_READ, open_notes),
        agreements=await of(
            CoachingAgreement, Action.AGREEMENT_READ, CoachingAgreement.state.in_(in_hand)
        ),
        preferences=await of(
            CoachingPreferences,
            Action.PREFERENCES_READ,
            CoachingPreferences.number == newest,
        ),
        offers=offers,
    )


def add_all(
    actor: Actor,
    pair: Any,
    begun: Begun,
    today: date,
    ahead: timedelta,
    due: Mapping[str, date | None],
    first_meeting: date | None,
    add: Add,
) -> None:
    """What the caller can do for this pair now. `due` says for each window of the policy when it
    closes, while it is open or past; `first_meeting` is the day of the next 1:1."""
    as_teacher = pair.teacher_id == actor.id
    if as_teacher and pair.state == RelationshipState.PROPOSED.value:
        why = "This lead is proposed to you: your yes begins the coaching."
        add("activate_coaching", why, "coaching_relationship", pair.id)
    if not as_teacher:
        _welcome(pair, begun, first_meeting, add)
    _questionnaires(pair, begun, as_teacher, add)
    if pair.state != RelationshipState.ACTIVE.value:
        return
    _conversations(pair, begun, as_teacher, today, due, add)
    for row in begun.notes[pair.id]:
        if "answer" in row.permissions:
            add("answer_role_note", "Your answer is awaited.", "role_note", row.id)
    _norms(pair, begun, as_teacher, today + ahead, add)
    for row in begun.offers[pair.teacher_id]:
        mine = row.teacher_yes_at if as_teacher else row.lead_yes_at
        if mine is None and row.lead_id == pair.lead_id:
            why = (
                "The other of you would open this to your school's leaders: say yes, or take back."
            )
            add("answer_offer", why, "shared_record", row.id)


def coming(begun: Begun, pair: Any) -> Any:
    """The pair's next conversation that has a time."""
    ahead = (
        row
        for row in begun.conversations[pair.id]
        if row.state == ConversationState.SCHEDULED.value and row.ends_at > clock.now()
    )
    return min(ahead, key=lambda row: row.starts_at, default=None)


def _welcome(pair: Any, begun: Begun, first_meeting: date | None, add: Add) -> None:
    rows = begun.outreach[pair.id]
    stuck = next((row for row in rows if row.tries and row.state in _ON_ITS_WAY), None)
    if stuck is not None:
        why = "The mail server cannot be reached; wait, or take your welcome back and hand it over."
        add("send_outreach", why, "outreach_message", stuck.id, first_meeting)
    if any(row.state in REACHED or row.state in _ON_ITS_WAY for row in rows):
        return
    drafted = next((row for row in rows if "send" in row.permissions), None)
    if drafted is not None and drafted.state == OutreachState.FAILED.value:
        why = "Your welcome could not be sent: see why, and send it again."
        add("send_outreach", why, "outreach_message", drafted.id, first_meeting)
    elif drafted is not None:
        why = "Your welcome is written and not sent."
        add("send_outreach", why, "outreach_message", drafted.id, first_meeting)
    elif not rows:
        why = "Welcome them before you first meet."
        add("write_outreach", why, "coaching_relationship", pair.id, first_meeting)


_ON_ITS_WAY = (OutreachState.SCHEDULED.value, OutreachState.QUEUED.value)


def _questionnaires(pair: Any, begun: Begun, as_teacher: bool, add: Add) -> None:
    rows = begun.questionnaires[pair.id]
    talked = any(
        row.kind == ConversationKind.BEGINNING_OF_YEAR.value
        and row.state == ConversationState.CLOSED.value
        for row in begun.conversations[pair.id]
    )
    if not rows and not as_teacher and not talked:
        why = "Ask what you should know of them before you talk."
        add("assign_questionnaire", why, "coaching_relationship", pair.id)
    for row in rows:
        if as_teacher and row.state in _BEING_ANSWERED:
            why = "Your lead would like to get to know you; nobody else reads what you submit."
            add("answer_questionnaire", why, "questionnaire", row.id, row.due_on)
        elif "review" in row.permissions:
            add("review_questionnaire", "Read what they told you.", "questionnaire", row.id)


_BEING_ANSWERED = (QuestionnaireState.ASSIGNED.value, QuestionnaireState.IN_PROGRESS.value)


def _conversations(
    pair: Any,
    begun: Begun,
    as_teacher: bool,
    today: date,
    due: Mapping[str, date | None],
    add: Add,
) -> None:
    rows = {row.kind: row for row in begun.conversations[pair.id]}
    for kind, words in _KINDS.items():
        row, closes = rows.get(kind.value), due.get(WINDOWS[kind])
        if row is None:
            if closes is not None and not as_teacher:
                why = f"There is no {words} yet."
                add("plan_conversation", why, "coaching_relationship", pair.id, closes)
        elif row.state == ConversationState.PLANNED.value:
            why = f"Find a time for your {words}."
            add("schedule_conversation", why, "conversation", row.id, closes)
        elif row.state == ConversationState.MISSED.value:
            why = f"Your {words} did not happen: plan it anew."
            add("plan_conversation", why, "conversation", row.id, closes)
        elif row.state == ConversationState.SCHEDULED.value and row.on <= today:
            why = f"Say what came of your {words}."
            add("say_what_came_of_conversation", why, "conversation", row.id, row.on)
        elif row.state == ConversationState.HELD.value and not as_teacher:
            why = f"Write down what your {words} was about, and close it."
            add("close_conversation", why, "conversation", row.id, closes)


def _norms(pair: Any, begun: Begun, as_teacher: bool, soon: date, add: Add) -> None:
    if as_teacher and not begun.preferences[pair.id]:
        why = "Say how you want to be visited and coached."
        add("write_preferences", why, "coaching_relationship", pair.id)
    agreements = begun.agreements[pair.id]
    if not agreements and not as_teacher:
        why = "You two have no agreement on how you work together."
        add("propose_agreement", why, "coaching_relationship", pair.id)
    for row in agreements:
        if "accept" in row.permissions:
            add("accept_agreement", "It waits for your yes.", "coaching_agreement", row.id)
        elif row.state == AgreementState.ACCEPTED.value and row.review_on <= soon:
            why = "You wanted to look at your agreement again."
            add("review_agreement", why, "coaching_agreement", row.id, row.review_on)
