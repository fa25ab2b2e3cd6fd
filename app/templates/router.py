"""Templates of all kinds, from outreach to coaching calendars."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.templates import service
from app.templates.placeholders import TooManyPlaceholders, UnknownPlaceholder
from app.templates.schemas import (
    GoalKind,
    Key,
    Kind,
    State,
    TemplateChange,
    TemplateNew,
    TemplateOut,
    TemplatePage,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Paging, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(prefix="/templates", tags=["Templates"], route_class=UnitRoute)


@router.get("", responses=problems(400))
async def list_templates(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    kind: Kind | None = None,
    key: Key | None = None,
    state: State | None = None,
    school_id: Id | None = None,
    goal_kind: GoalKind | None = None,
    school_subject: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$")] | None,
        Query(
            min_length=1,
            max_length=200,
            description="Goal templates for this subject, in any case, and for any subject",
        ),
    ] = None,
) -> TemplatePage:
    """Templates, the oldest first: the district's and their schools' published ones to everybody,
    drafts to those who write them, and each person's own."""
    rows, following = await service.list_templates(
        session,
        actor,
        paging,
        kind=kind,
        key=key,
        state=state,
        school_id=school_id,
        goal_kind=goal_kind,
        school_subject=school_subject,
    )
    return TemplatePage(items=[TemplateOut.model_validate(row) for row in rows], next=following)


@router.get("/{template_id}", responses=problems(404))
@replayable("/api/v1/templates/{id}")
async def get_template(session: Session, actor: CurrentActor, template_id: Id) -> TemplateOut:
    """One version of a template, to whom it is listed."""
    return TemplateOut.model_validate(await service.read_template(session, actor, template_id))


@router.post(
    "",
    status_code=201,
    responses=problems(
        403,
        UnknownReference,
        UnknownPlaceholder,
        TooManyPlaceholders,
        service.KeyTwice,
        service.PartOfAnotherKind,
        service.TemplateExists,
    ),
)
async def create_template(session: Session, actor: CurrentActor, body: TemplateNew) -> TemplateOut:
    """Draft a template: district administrators the district's, school leaders their school's,
    everybody their own, which nobody else reads."""
    template_id = await service.create(session, actor, body.model_dump())
    return await get_template(session, actor, template_id)


@router.patch(
    "/{template_id}",
    responses=problems(
        403,
        404,
        412,
        WrongState,
        UnknownPlaceholder,
        TooManyPlaceholders,
        service.KeyTwice,
        service.PartOfAnotherKind,
    ),
)
async def update_template(
    session: Session, actor: CurrentActor, template_id: Id, version: IfMatch, body: TemplateChange
) -> TemplateOut:
    """Change a draft. Whoever may write templates there."""
    fields = body.model_dump(exclude_unset=True)
    await service.change(session, actor, template_id, version, fields)
    return await get_template(session, actor, template_id)


@router.delete("/{template_id}", status_code=204, responses=problems(403, 404, 412, WrongState))
async def delete_template(
    session: Session, actor: CurrentActor, template_id: Id, version: IfMatch
) -> None:
    """Delete a draft. Whoever may write templates there."""
    await service.delete(session, actor, template_id, version)


@router.post(
    "/{template_id}/publish",
    responses=problems(403, 404, 412, WrongState, service.TemplateEmpty),
)
async def publish_template(
    session: Session, actor: CurrentActor, template_id: Id, version: IfMatch
) -> TemplateOut:
    """Let a draft be used. From now on it never changes, and the version before it is retired.
    Whoever may write templates there."""
    await service.publish(session, actor, template_id, version)
    return await get_template(session, actor, template_id)


@router.post(
    "/{template_id}/revise",
    status_code=201,
    responses=problems(403, 404, 412, WrongState, service.TemplateExists),
)
async def revise_template(
    session: Session, actor: CurrentActor, template_id: Id, version: IfMatch
) -> TemplateOut:
    """Draft the next version, beginning with what this one says. Whoever may write templates
    there."""
    following = await service.revise(session, actor, template_id, version)
    return await get_template(session, actor, following)


@router.post("/{template_id}/retire", responses=problems(403, 404, 412, WrongState))
async def retire_template(
    session: Session, actor: CurrentActor, template_id: Id, version: IfMatch
) -> TemplateOut:
    """Take a template out of use; what was made from it stays. Whoever may write templates
    there."""
    await service.retire(session, actor, template_id, version)
    return await get_template(session, actor, template_id)
