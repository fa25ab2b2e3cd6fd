"""The rules of templates: drafted, published unchanged, followed by the next version."""

import json
from importlib.resources import files
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.core.paging import Paging, page
from app.models import School, Template
from app.models.templates import TemplateKind, TemplateState
from app.people.schools.service import apply
from app.templates import placeholders
from app.templates.schemas import TemplateNew

Page = tuple[list[Any], str | None]
_CONTENT = (
    *("title", "subject", "text", "fields", "goal_kind", "school_subject", "goal"),
    *("ordered", "entries"),
)


class TemplateExists(Conflict):
    """There is a template of this kind and key already, or a draft of its next version."""

    code, title = "template_exists", "There is one already"
    next_step = "Change the draft there is, revise the published one, or choose another key."


class KeyTwice(Conflict):
    """Each field of a template has a key of its own, and so has each option of a field."""

    code, title = "key_twice", "A key stands there twice"
    next_step = "Give each field, and each option of a field, a key of its own."


class TemplateEmpty(Conflict):
    """An outreach says something under a subject, a goal template gives a goal its title, a
    coaching calendar has entries; every other kind asks something."""

    code, title = "template_empty", "The template is not complete"
    next_step = (
        "Give an outreach `subject` and `text`, a goal template `goal.title`, a coaching"
        " calendar `entries`, every other kind at least one field."
    )


class PartOfAnotherKind(Conflict):
    """`goal_kind`, `school_subject` and `goal` are parts of a goal template, which names its
    `goal_kind` and has neither `subject` nor `fields`. Only a feedback protocol is `ordered`, and
    only a coaching calendar has `entries`, in place of `fields`."""

    code, title = "part_of_another_kind", "That part belongs to another kind of template"
    next_step = "Leave out what `missing` names, or add `goal_kind` to a goal template."


class TemplateNotUsable(Conflict):
    """What is used is a published template of the right kind."""

    code, title = "template_not_usable", "This template cannot be used here"
    next_step = "Name a published template of the kind that `field` asks for."


async def list_templates(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """Templates the caller may use: the district's, their schools' and their own. A school subject
    keeps the goal templates for it, in any case, and those for any subject."""
    subject = filters.pop("school_subject", None)
    statement = view(actor, Action.TEMPLATE_READ, Template).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    if subject is not None:
        fits = func.lower(Template.school_subject) == subject.lower()
        statement = statement.where(
            Template.kind == TemplateKind.GOAL.value, or_(fits, Template.school_subject.is_(None))
        )
    return await page(session, actor, statement, paging, by=[Template.id])


async def read_template(session: AsyncSession, actor: Actor, template_id: UUID) -> Any:
    """One version of a template."""
    statement = view(actor, Action.TEMPLATE_READ, Template)
    return await read_one(session, actor, statement, Template, template_id)


async def create(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Draft a template: district administrators the district's, school leaders their school's,
    everybody their own."""
    home = fields.pop("home")
    if fields["school_id"] is not None:
        school = await session.scalar(
            visible(actor, Action.SCHOOL_READ, School).where(School.id == fields["school_id"]),
            actor.binds,
        )
        if school is None:
            raise UnknownReference("There is no such school.", field="school_id")
    template = Template(
        id=clock.new_id(),
        district_id=actor.district_id,
        owner_id=actor.id if home == "own" else None,
        author_id=actor.id,
        **{**fields, "goal": _patched(None, fields["goal"])},
    )
    return await _add(session, actor, template, "template.created")


async def _add(session: AsyncSession, actor: Actor, template: Template, done: str) -> UUID:
    """Insert a draft: 403 before 409, and a 409 also when two write the same one at once."""
    _check_keys(template.fields)
    _check_parts(template)
    placeholders.check(*_words(template))
    # First under a key that nobody has: who may not write there must not learn which are taken.
    key, template.key = template.key, template.id.hex
    session.add(template)
    await session.flush()
    await must(session, actor, Action.TEMPLATE_CREATE, template)
    try:
        async with session.begin_nested():
            template.key = key
            await session.flush()
    except IntegrityError as exc:
        if "uq_template_number" in str(exc.orig):
            raise TemplateExists from exc
        raise
    record(session, actor, done, template)
    return template.id


def _check_keys(fields: list[dict[str, Any]]) -> None:
    """A rule of 409, since no schema can say it."""
    for named in (fields, *(field.get("options", ()) for field in fields)):
        if len({one["key"] for one in named}) != len(named):
            raise KeyTwice


def _check_parts(template: Template) -> None:
    """A goal template has the parts of a goal, a protocol may be ordered, a calendar has entries;
    the others have none of these."""
    goal = template.kind == TemplateKind.GOAL.value
    protocol = template.kind == TemplateKind.FEEDBACK_PROTOCOL.value
    calendar = template.kind == TemplateKind.COACHING_CALENDAR.value
    astray = (
        *(("subject", "fields") if goal else ("goal_kind", "school_subject", "goal")),
        *(("ordered",) if not protocol else ()),
        *(("fields",) if calendar else ("entries",)),
    )
    wrong = [
        {"code": name, "message": f"Not a part of a template of kind {template.kind}."}
        for name in astray
        if getattr(template, name)
    ]
    if goal and template.goal_kind is None:
        wrong.append({"code": "goal_kind", "message": "A goal template names the kind of goal."})
    if wrong:
        raise PartOfAnotherKind(missing=wrong)


def _patched(before: dict[str, Any] | None, sent: dict[str, Any] | None) -> dict[str, Any] | None:
    """A partial goal with what was sent put in: absent parts stay, null clears one."""
    if sent is None:
        return None
    after = {**(before or {}), **sent}
    return {name: value for name, value in after.items() if value is not None}


def _words(template: Template) -> tuple[tuple[str | None, ...], list[str]]:
    """What may hold placeholders, and the names its fields give; of an outreach only."""
    if template.kind != TemplateKind.OUTREACH.value:
        return (), []
    return (template.subject, template.text), [field["key"] for field in template.fields]


async def change(
    session: AsyncSession, actor: Actor, template_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change a draft: whoever may write templates there."""
    template = await _acting(session, actor, Action.TEMPLATE_EDIT, template_id, version)
    _check_keys(fields.get("fields", []))
    if "goal" in fields:
        fields = {**fields, "goal": _patched(template.goal, fields["goal"])}
    apply(template, fields)
    _check_parts(template)
    placeholders.check(*_words(template))
    record(session, actor, "template.changed", template, fields)


async def delete(session: AsyncSession, actor: Actor, template_id: UUID, version: int) -> None:
    """Delete a draft; nothing was made from it."""
    template = await _acting(session, actor, Action.TEMPLATE_DELETE, template_id, version)
    record(session, actor, "template.deleted", template)
    await session.delete(template)


async def publish(session: AsyncSession, actor: Actor, template_id: UUID, version: int) -> None:
    """Let it be used. From now on it never changes; the version before it is retired."""
    template = await _acting(session, actor, Action.TEMPLATE_PUBLISH, template_id, version)
    whole: Any = template.fields
    if template.kind == TemplateKind.OUTREACH.value:
        whole = template.subject and template.text
    elif template.kind == TemplateKind.GOAL.value:
        whole = (template.goal or {}).get("title")
    elif template.kind == TemplateKind.COACHING_CALENDAR.value:
        whole = template.entries
    if not whole:
        raise TemplateEmpty
    before = await session.scalars(
        _same(template).where(Template.state == TemplateState.PUBLISHED.value).with_for_update()
    )
    for row in before:
        apply(row, {"state": TemplateState.RETIRED.value})
        record(session, actor, "template.retired", row, ("state",))
    apply(template, {"state": TemplateState.PUBLISHED.value})
    record(session, actor, "template.published", template, ("state",))


def _same(template: Template) -> Any:
    """Every version of the same template."""
    return select(Template).where(
        Template.district_id == template.district_id,
        Template.kind == template.kind,
        Template.key == template.key,
        Template.school_id.is_not_distinct_from(template.school_id),
        Template.owner_id.is_not_distinct_from(template.owner_id),
    )


async def revise(session: AsyncSession, actor: Actor, template_id: UUID, version: int) -> UUID:
    """Draft the next version, beginning with what this one says. One draft at a time."""
    template = await _acting(session, actor, Action.TEMPLATE_REVISE, template_id, version)
    versions = list(await session.scalars(_same(template)))
    if any(row.state == TemplateState.DRAFT.value for row in versions):
        raise TemplateExists
    following = Template(
        id=clock.new_id(),
        district_id=actor.district_id,
        author_id=actor.id,
        number=max(row.number for row in versions) + 1,
        **{name: getattr(template, name) for name in ("kind", "key", "school_id", "owner_id")},
        **{name: getattr(template, name) for name in _CONTENT},
    )
    return await _add(session, actor, following, "template.revised")


async def retire(session: AsyncSession, actor: Actor, template_id: UUID, version: int) -> None:
    """Take it out of use; what was made from it stays."""
    template = await _acting(session, actor, Action.TEMPLATE_RETIRE, template_id, version)
    apply(template, {"state": TemplateState.RETIRED.value})
    record(session, actor, "template.retired", template, ("state",))


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, template_id: UUID, version: int
) -> Template:
    return await acting(
        session, actor, action, Template, template_id, version, read=Action.TEMPLATE_READ
    )


# --- for the features that start from a template ----------------------------------------------


async def usable(
    session: AsyncSession, actor: Actor, kind: TemplateKind, template_id: UUID
) -> Template:
    """A published template of this kind that the caller sees (409 otherwise)."""
    template: Template | None = await session.scalar(
        visible(actor, Action.TEMPLATE_READ, Template).where(Template.id == template_id),
        actor.binds,
    )
    if template is None:
        raise UnknownReference("There is no such template.", field="template_id")
    if template.kind != kind.value or template.state != TemplateState.PUBLISHED.value:
        raise TemplateNotUsable(
            f"A published template of kind {kind.value} is needed.", field="template_id"
        )
    return template


def asked(model: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Columns for a view: title and fields of the template that a record was written with. Whoever
    may read the record reads these, whosever the template is and whatever became of it."""

    def of_template(column: Any, name: str) -> ColumnElement[Any]:
        found = select(column).where(
            Template.district_id == model.district_id, Template.id == model.template_id
        )
        return found.correlate(model).scalar_subquery().label(name)

    return of_template(Template.title, "template_title"), of_template(Template.fields, "fields")


async def fields_of(
    session: AsyncSession, district_id: UUID, template_id: UUID
) -> list[dict[str, Any]]:
    """The fields that a record was written with, to check its answers by."""
    found = await session.scalar(
        select(Template.fields).where(
            Template.district_id == district_id, Template.id == template_id
        )
    )
    return found or []


# --- what comes with the program --------------------------------------------------------------


def shipped() -> list[TemplateNew]:
    """The templates of domain.md §6, in our own words."""
    folder = files("app.templates").joinpath("data")
    parts = sorted((part for part in folder.iterdir()), key=lambda part: part.name)
    return [
        TemplateNew.model_validate(entry)
        for part in parts
        if part.name.endswith(".json")
        for entry in json.loads(part.read_text("utf-8"))
    ]


async def ship(session: AsyncSession, actor: Actor) -> int:
    """Give the district what comes with the program and it does not have, published; how many it
    were. Run when a district is made, and every hour, so that an upgrade brings what is new. What
    a district has under the same kind and key is left alone."""
    # Two programs that start at once must not both do it.
    lock = select(func.pg_advisory_xact_lock(func.hashtext(f"templates {actor.district_id}")))
    await session.execute(lock)
    known = {
        (row.kind, row.key)
        for row in await session.execute(
            select(Template.kind, Template.key).where(
                Template.district_id == actor.district_id,
                Template.school_id.is_(None),
                Template.owner_id.is_(None),
            )
        )
    }
    added = [entry for entry in shipped() if (entry.kind, entry.key) not in known]
    for entry in added:
        template = Template(
            id=clock.new_id(),
            district_id=actor.district_id,
            state=TemplateState.PUBLISHED.value,
            **entry.model_dump(exclude={"home", "school_id"}),
        )
        _check_parts(template)
        placeholders.check(*_words(template))
        session.add(template)
        await session.flush()
        record(session, actor, "template.published", template)
    return len(added)
