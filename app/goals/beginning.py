"""A goal that begins with a template: what the request leaves out, the template gives."""

from calendar import isleap
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.goals.schemas import GoalNew
from app.models import Framework, Indicator, SchoolYear
from app.models.frameworks import FrameworkState
from app.models.templates import TemplateKind
from app.templates.schemas import TemplateGoal
from app.templates.service import TemplateNotUsable, usable

Advice = list[dict[str, str]]
_WORDS = ("title", "statement", "rationale", "link_statement", "standards")
_DAYS = {"starts_on": "starts", "due_on": "due"}


async def begin(
    session: AsyncSession, actor: Actor, body: GoalNew
) -> tuple[dict[str, Any], Advice]:
    """The fields of a new goal, and what of its template could not be taken over. What was sent,
    null and empty lists included, is left as it is."""
    fields = body.model_dump()
    if body.template_id is None:
        return fields, []
    template = await usable(session, actor, TemplateKind.GOAL, body.template_id)
    if template.goal_kind != body.kind:
        raise TemplateNotUsable(
            f"A goal of kind {body.kind} begins with a template for that kind.", field="template_id"
        )
    partial = TemplateGoal.model_validate(template.goal or {})
    given = partial.model_dump()
    absent = fields.keys() - body.model_fields_set
    fields |= {name: given[name] for name in _WORDS if name in absent and given[name]}
    if "measures" in absent:
        fields["measures"] = [
            {**measure, "id": None, "baseline": None, "due_on": None}
            for measure in given["measures"]
        ]
    warnings: Advice = []
    if "indicator_ids" in absent and partial.indicator_keys:
        found = await _indicators(session, actor, partial.indicator_keys)
        fields["indicator_ids"] = list(dict.fromkeys(found.values()))
        warnings += _left_out(partial.indicator_keys, found)
    days = {name: given[of] for name, of in _DAYS.items() if name in absent and given[of]}
    if days:
        warnings += await _place(session, actor, fields, days)
    return fields, warnings


async def _indicators(session: AsyncSession, actor: Actor, keys: Iterable[str]) -> dict[str, UUID]:
    """Keys to published indicators: that very one, or the one of the newest other edition. A key is
    publisher:code:edition:indicator, and only a publisher may hold a colon itself."""
    parts = {key: key.rsplit(":", 3) for key in keys if key.count(":") >= 3}
    if not parts:
        return {}
    same = [
        and_(Framework.publisher == publisher, Framework.code == code, Indicator.code == indicator)
        for publisher, code, _, indicator in parts.values()
    ]
    rows = (
        await session.execute(
            visible(actor, Action.FRAMEWORK_READ, Indicator)
            .with_only_columns(
                Indicator.id,
                Indicator.key,
                Indicator.code.label("indicator"),
                Framework.publisher,
                Framework.code,
            )
            .join(
                Framework,
                and_(
                    Framework.district_id == Indicator.district_id,
                    Framework.id == Indicator.framework_id,
                ),
            )
            .where(Framework.state == FrameworkState.PUBLISHED.value, or_(*same))
            .order_by(Framework.id.desc()),
            actor.binds,
        )
    ).all()
    exact = {row.key: row.id for row in rows}
    newest: dict[tuple[str, str, str], UUID] = {}
    for row in rows:
        newest.setdefault((row.publisher, row.code, row.indicator), row.id)
    found = {
        key: exact.get(key) or newest.get((publisher, code, indicator))
        for key, (publisher, code, _, indicator) in parts.items()
    }
    return {key: row_id for key, row_id in found.items() if row_id is not None}


def _left_out(keys: Iterable[str], found: dict[str, UUID]) -> Advice:
    missing = [key.rpartition(":")[2][:40] for key in keys if key not in found]
    if not missing:
        return []
    return [
        {
            "code": "template_indicator_left_out",
            "message": "No published framework has these indicators of the template now, so they"
            f" were left out: {', '.join(missing)}.",
        }
    ]


async def _place(
    session: AsyncSession, actor: Actor, fields: dict[str, Any], days: dict[str, str]
) -> Advice:
    """Put the template's days into the goal's school year; leave out those that do not fit it, or
    the other day that was sent."""
    year = await session.scalar(
        visible(actor, Action.YEAR_READ, SchoolYear).where(
            SchoolYear.id == fields["school_year_id"]
        ),
        actor.binds,
    )
    if year is None:
        return []  # refused when the goal is made
    placed = {name: day_in(day, year.first_day, year.last_day) for name, day in days.items()}
    starts_on, due_on = (placed.get(name, fields[name]) for name in _DAYS)
    if starts_on is not None and due_on is not None and due_on < starts_on:
        placed = dict.fromkeys(placed)
    fields |= {name: day for name, day in placed.items() if day is not None}
    if None not in placed.values():
        return []
    return [
        {
            "code": "template_day_left_out",
            "message": "A day of the template lies outside this school year, or does not go with"
            " the other day of the goal, so it was left out.",
        }
    ]


def day_in(day: str, first: date, last: date) -> date | None:
    """A month and day as a date of a school year; none, when the year has no such day."""
    month, number = int(day[:2]), int(day[3:])
    for year in range(first.year, last.year + 1):
        leap_day = (month, number) == (2, 29) and not isleap(year)
        found = date(year, month, 28 if leap_day else number)
        if first <= found <= last:
            return found
    return None
