"""Outreach: a welcome to each teacher before the first meeting."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.mail import MailNotConfigured
from app.core.types import Id
from app.relationships.outreach import service
from app.relationships.outreach.schemas import (
    OutreachMessageChange,
    OutreachMessageHandOver,
    OutreachMessageNew,
    OutreachMessageOut,
    OutreachMessagePage,
    OutreachMessagePreview,
    OutreachMessageSend,
    OutreachState,
)
from app.relationships.outreach.sending import OutreachBeingSent
from app.relationships.pair import CoachingNotActive, DatesDoNotFit
from app.templates.forms import AnswersDoNotFit
from app.templates.placeholders import TooManyPlaceholders, UnknownPlaceholder
from app.templates.service import TemplateNotUsable
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, MailReady, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(prefix="/outreach-messages", tags=["Outreach"], route_class=UnitRoute)


@router.get("", responses=problems(400))
async def list_outreach_messages(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    teacher_id: Id | None = None,
    state: OutreachState | None = None,
) -> OutreachMessagePage:
    """The outreach that the caller writes as a lead, and what they got as a teacher: the oldest
    first. A teacher sees one from when it is sent or handed over."""
    rows, following = await service.list_messages(
        session, actor, paging, teacher_id=teacher_id, state=state
    )
    items = [OutreachMessageOut.model_validate(row) for row in rows]
    return OutreachMessagePage(items=items, next=following)


@router.get("/{message_id}", responses=problems(404))
@replayable("/api/v1/outreach-messages/{id}")
async def get_outreach_message(
    session: Session, actor: CurrentActor, message_id: Id
) -> OutreachMessageOut:
    """One outreach: its lead, and the teacher once they have it."""
    return OutreachMessageOut.model_validate(await service.read_message(session, actor, message_id))


@router.post(
    "",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        CoachingNotActive,
        TemplateNotUsable,
        UnknownPlaceholder,
        TooManyPlaceholders,
        AnswersDoNotFit,
    ),
)
async def create_outreach_message(
    session: Session, actor: CurrentActor, body: OutreachMessageNew
) -> OutreachMessageOut:
    """Draft an outreach to a teacher, from a published template or in one's own words: the
    teacher's lead, also while the coaching is only proposed. Nobody else reads it."""
    message_id = await service.create(session, actor, body.model_dump())
    return await get_outreach_message(session, actor, message_id)


@router.patch(
    "/{message_id}",
    responses=problems(
        403, 404, 412, WrongState, UnknownPlaceholder, TooManyPlaceholders, AnswersDoNotFit
    ),
)
async def update_outreach_message(
    session: Session,
    actor: CurrentActor,
    message_id: Id,
    version: IfMatch,
    body: OutreachMessageChange,
) -> OutreachMessageOut:
    """Change a draft, or one that could not be sent: its lead."""
    await service.change(session, actor, message_id, version, body.changes())
    return await get_outreach_message(session, actor, message_id)


@router.delete("/{message_id}", status_code=204, responses=problems(403, 404, 412, WrongState))
async def delete_outreach_message(
    session: Session, actor: CurrentActor, message_id: Id, version: IfMatch
) -> None:
    """Delete a draft: its lead."""
    await service.delete(session, actor, message_id, version)


@router.get("/{message_id}/preview", responses=problems(403, 404))
async def get_outreach_message_preview(
    session: Session, actor: CurrentActor, message_id: Id
) -> OutreachMessagePreview:
    """What the teacher would get now, as plain text and as a page, and what is missing before it
    can go: its lead."""
    return OutreachMessagePreview.model_validate(await service.preview(session, actor, message_id))


@router.post(
    "/{message_id}/send",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        MailNotConfigured,
        DatesDoNotFit,
        service.PlaceholdersMissing,
        service.OutreachTooLong,
        service.TeacherWithoutEmail,
        service.TooManyOutreach,
    ),
)
async def send_outreach_message(
    session: Session,
    actor: CurrentActor,
    message_id: Id,
    version: IfMatch,
    ready: MailReady,
    body: OutreachMessageSend,
) -> OutreachMessageOut:
    """Send it by e-mail, now or at a time: the teacher's active lead. A mail server that is away
    delays it; after three days it is `failed` and can be sent again. It goes to the address that
    the teacher has now; with another one it fails. Five at most wait, ten a day are sent."""
    await service.send(session, actor, message_id, version, body.send_at, mail_ready=ready)
    return await get_outreach_message(session, actor, message_id)


@router.post(
    "/{message_id}/unschedule", responses=problems(403, 404, 412, WrongState, OutreachBeingSent)
)
async def unschedule_outreach_message(
    session: Session, actor: CurrentActor, message_id: Id, version: IfMatch
) -> OutreachMessageOut:
    """Take back one that waits for its time or for a mail server; it is a draft again. Not in the
    moment in which it is sent. The teacher's active lead."""
    await service.unschedule(session, actor, message_id, version)
    return await get_outreach_message(session, actor, message_id)


@router.post(
    "/{message_id}/hand-over",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        service.PlaceholdersMissing,
        service.OutreachTooLong,
        service.HandedOverInFuture,
    ),
)
async def hand_over_outreach_message(
    session: Session,
    actor: CurrentActor,
    message_id: Id,
    version: IfMatch,
    body: OutreachMessageHandOver,
) -> OutreachMessageOut:
    """Say that the teacher got it as a card; what it said is kept, and from now on the teacher
    reads it here. The teacher's active lead; it needs no e-mail."""
    await service.hand_over(session, actor, message_id, version, body.on)
    return await get_outreach_message(session, actor, message_id)
