"""The words of an outreach with its placeholders filled, and when the two first meet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.mail import one_line
from app.models import (
    CoachingRelationship,
    Conversation,
    Meeting,
    OutreachMessage,
    Person,
    School,
    SchoolYear,
)
from app.models.conversations import ConversationState
from app.models.meetings import MeetingState
from app.models.outreach import REACHED, OutreachState
from app.templates import forms, placeholders
from app.templates.service import fields_of

SUBJECT_LONGEST, TEXT_LONGEST = 200, 20_000
#: where an outreach says so when there is no meeting yet
SOON = "soon"
#: 1:1s and conversations that are to be or were; what was called off is none
_MEETINGS = (
    MeetingState.SCHEDULED.value,
    MeetingState.IN_PROGRESS.value,
    MeetingState.COMPLETED.value,
)
_CONVERSATIONS = (
    ConversationState.SCHEDULED.value,
    ConversationState.HELD.value,
    ConversationState.CLOSED.value,
)


@dataclass(frozen=True, slots=True)
class Words:
    """What the teacher gets."""

    subject: str
    text: str
    #: required fields that the words name and nobody answered
    missing: list[dict[str, str]]
    #: what was too long and is cut
    too_long: bool
    #: the answers that stand in the words
    answers: dict[str, Any]


async def filled(session: AsyncSession, message: OutreachMessage) -> Words:
    """An outreach as the teacher gets it now. What the teacher has is never filled again: braces
    that somebody typed into an answer are no placeholders."""
    if message.state in REACHED:
        return Words(message.subject, message.text, [], False, message.answers)
    fields = await keys_of(session, message)
    named = placeholders.named(message.subject) | placeholders.named(message.text)
    asked = [field for field in fields if field["key"] in named]
    missing = forms.missing(asked, message.answers)
    open_ = {fault["code"] for fault in missing}
    values = await _built_in(session, message) | {
        field["key"]: f"{{{{{field['key']}}}}}"
        if field["key"] in open_
        else _said(field, message.answers.get(field["key"]))
        for field in asked
    }
    # in one line it is shorter than with the spaces of its answers
    raw, subject_long = placeholders.fill(message.subject, values, TEXT_LONGEST)
    text, text_long = placeholders.fill(message.text, values, TEXT_LONGEST)
    subject = one_line(raw)
    missing += [
        {"code": name, "message": f"The {name} has no words."}
        for name, words in (("subject", subject), ("text", text))
        if not words.strip()
    ]
    return Words(
        subject=subject[:SUBJECT_LONGEST],
        text=text,
        missing=missing,
        too_long=subject_long or text_long or len(subject) > SUBJECT_LONGEST,
        answers={key: value for key, value in message.answers.items() if key in named},
    )


async def keys_of(session: AsyncSession, message: OutreachMessage) -> list[dict[str, Any]]:
    """The fields of the template an outreach began with; none where its words are free."""
    if message.template_id is None:
        return []
    return await fields_of(session, message.district_id, message.template_id)


def _said(field: dict[str, Any], answer: Any) -> str:
    """An answer in words: what was typed as it is, what was chosen by its label."""
    if answer is None:
        return ""
    labels = {option["key"]: option["label"] for option in field["options"]}
    match field["type"]:
        case "yes_no":
            return "yes" if answer else "no"
        case "choice":
            return str(labels[answer])
        case "choices":
            return ", ".join(labels[key] for key in answer)
        case "scale" | "number":
            return f"{answer:g}" if abs(answer) < 1_000_000 else str(answer)
        case "date":
            return _day(datetime.fromisoformat(answer))
    return str(answer)


def _day(day: Any) -> str:
    """In words: Tuesday, 1 September."""
    return f"{day:%A}, {day.day} {day:%B}"


async def _built_in(session: AsyncSession, message: OutreachMessage) -> dict[str, str]:
    """What the program knows of each outreach."""
    teacher, lead, link = aliased(Person), aliased(Person), CoachingRelationship
    row = (
        await session.execute(
            select(
                teacher.given_name.label("teacher_given_name"),
                teacher.family_name.label("teacher_family_name"),
                lead.given_name.label("lead_given_name"),
                lead.family_name.label("lead_family_name"),
                School.name.label("school_name"),
                SchoolYear.title.label("school_year"),
            )
            .select_from(link)
            .join(
                teacher, (teacher.district_id == link.district_id) & (teacher.id == link.teacher_id)
            )
            .join(lead, (lead.district_id == link.district_id) & (lead.id == link.lead_id))
            .join(School, (School.district_id == link.district_id) & (School.id == link.school_id))
            .join(
                SchoolYear,
                (SchoolYear.district_id == link.district_id)
                & (SchoolYear.id == link.school_year_id),
            )
            .where(link.district_id == message.district_id, link.id == message.relationship_id)
        )
    ).one()
    return {**row._mapping, "first_meeting": await _first_meeting(session, message)}


async def _first_meeting(session: AsyncSession, message: OutreachMessage) -> str:
    """Day and time of the two's first meeting in words, on the wall where it is."""
    firsts = union_all(
        _first_of(Meeting, _MEETINGS, message), _first_of(Conversation, _CONVERSATIONS, message)
    )
    first = (await session.execute(firsts.order_by("starts_at").limit(1))).first()
    return SOON if first is None else f"{_day(first.on)}, {first.at}"


def _first_of(model: Any, states: tuple[str, ...], message: Any) -> Select[Any]:
    """The first meeting of one kind of an outreach's pair: on, at, starts_at."""
    return (
        select(model.on, model.at, model.starts_at)
        .where(
            model.district_id == message.district_id,
            model.teacher_id == message.teacher_id,  # the index by which it is found
            model.relationship_id == message.relationship_id,
            model.state.in_(states),
            model.starts_at.is_not(None),
        )
        .order_by(model.starts_at)
        .limit(1)
    )


def _earliest(name: str) -> ColumnElement[Any]:
    """A column of the first meeting, for a view of outreach."""
    firsts = [
        _first_of(model, states, OutreachMessage)
        .with_only_columns(getattr(model, name))
        .correlate(OutreachMessage)
        .scalar_subquery()
        for model, states in ((Meeting, _MEETINGS), (Conversation, _CONVERSATIONS))
    ]
    return func.least(*firsts).label(f"first_{name}")


#: when the two first meet, and on which day: least() passes over what is empty
FIRST_MEETING = (_earliest("starts_at"), _earliest("on"))


def warnings(row: Any) -> list[dict[str, str]]:
    """R1: an outreach comes before the first meeting. And one that the mail server would not take
    yet says so: its lead may wait, or take it back and hand it over."""
    advice = []
    if row.state == OutreachState.QUEUED and row.tries:
        words = "The mail server cannot be reached; it is tried again for three days."
        advice.append({"code": "mail_delayed", "message": words})
    if _late(row):
        words = "The two meet before this outreach; a welcome comes before the first meeting."
        advice.append({"code": "after_first_meeting", "message": words})
    return advice


def _late(row: Any) -> bool:
    """Whether the teacher gets it after the first meeting. One that was not sent yet comes now at
    the earliest, or when it is scheduled."""
    if row.first_starts_at is None:
        return False
    if row.state == OutreachState.HANDED_OVER:
        return bool(row.handed_over_on > row.first_on)
    if row.state == OutreachState.SENT:
        return bool(row.sent_at > row.first_starts_at)
    planned = row.send_at if row.state == OutreachState.SCHEDULED else None
    return bool(max(planned or clock.now(), clock.now()) > row.first_starts_at)
