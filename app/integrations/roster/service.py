"""Reading courses and classes. Only a roster writes them."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import seen_through
from app.access.views import read_one, view
from app.core.paging import Paging, page
from app.models import ClassSection, Course, TeachingAssignment

Page = tuple[list[Any], str | None]

#: teachers of one class that are shown
SHOWN = 100
_one = (
    select(
        TeachingAssignment.person_id,
        TeachingAssignment.main,
        TeachingAssignment.first_day,
        TeachingAssignment.last_day,
    )
    .where(
        TeachingAssignment.district_id == district,
        TeachingAssignment.class_section_id == ClassSection.id,
        TeachingAssignment.active,
    )
    .correlate(ClassSection)
    .order_by(TeachingAssignment.main.desc(), TeachingAssignment.id)
    .limit(SHOWN)
    .subquery("taught")
)
#: the active teaching assignments of a class, the main teacher first. Everyone who may read a
#: class may read them (domain.md §2a), so they need no condition of their own.
_TEACHERS: ColumnElement[Any] = (
    select(
        func.coalesce(
            func.jsonb_agg(func.to_jsonb(literal_column("taught"))),
            literal_column("'[]'::jsonb"),
            type_=JSONB,
        )
    )
    .select_from(_one)
    .scalar_subquery()
    .label("teachers")
)


async def list_courses(
    session: AsyncSession, actor: Actor, paging: Paging, active: bool | None
) -> Page:
    """The district's courses, by title."""
    statement = view(actor, Action.COURSE_READ, Course)
    if active is not None:
        statement = statement.where(Course.active == active)
    return await page(session, actor, statement, paging, by=[Course.title, Course.id])


async def read_course(session: AsyncSession, actor: Actor, course_id: UUID) -> Any:
    """One course."""
    return await read_one(
        session, actor, view(actor, Action.COURSE_READ, Course), Course, course_id
    )


async def list_classes(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    *,
    school_id: UUID | None,
    teacher_id: UUID | None,
    active: bool | None,
) -> Page:
    """Classes by title: of the district, of one school, or of one teacher."""
    statement = view(actor, Action.CLASS_READ, ClassSection, _TEACHERS)
    if school_id is not None:
        statement = statement.where(ClassSection.school_id == school_id)
    if teacher_id is not None:
        taught = select(TeachingAssignment.class_section_id).where(
            seen_through(actor, Action.ASSIGNMENT_READ, TeachingAssignment),
            TeachingAssignment.person_id == teacher_id,
            TeachingAssignment.active,
        )
        statement = statement.where(ClassSection.id.in_(taught))
    if active is not None:
        statement = statement.where(ClassSection.active == active)
    by = [ClassSection.title, ClassSection.id]
    return await page(session, actor, statement, paging, by=by)


async def read_class(session: AsyncSession, actor: Actor, class_id: UUID) -> Any:
    """One class with its teachers."""
    statement = view(actor, Action.CLASS_READ, ClassSection, _TEACHERS)
    return await read_one(session, actor, statement, ClassSection, class_id)
