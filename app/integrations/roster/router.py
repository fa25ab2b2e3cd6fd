"""Courses, classes and who teaches them, from the roster."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.core.types import Id
from app.integrations.roster import service
from app.integrations.roster.schemas import ClassOut, ClassPage, CourseOut, CoursePage
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Paging, Session
from app.web.unit import UnitRoute

router = APIRouter(tags=["Classes"], route_class=UnitRoute)

_Active = Annotated[
    bool | None, Query(description="Only those the roster still has, or only those it has not")
]


@router.get("/courses", responses=problems(400))
async def list_courses(
    session: Session, actor: CurrentActor, paging: Paging, active: _Active = None
) -> CoursePage:
    """The district's courses, by title. Every person of the district may read them."""
    rows, following = await service.list_courses(session, actor, paging, active)
    return CoursePage(items=[CourseOut.model_validate(row) for row in rows], next=following)


@router.get("/courses/{course_id}", responses=problems(404))
async def get_course(session: Session, actor: CurrentActor, course_id: Id) -> CourseOut:
    """One course. Every person of the district may read it."""
    return CourseOut.model_validate(await service.read_course(session, actor, course_id))


@router.get("/classes", responses=problems(400))
async def list_classes(
    session: Session,
    actor: CurrentActor,
    paging: Paging,
    school_id: Id | None = None,
    teacher_id: Id | None = None,
    active: _Active = None,
) -> ClassPage:
    """Classes by title, with who teaches them: of the district, of a school or of a teacher. Every
    person of the district may read them."""
    rows, following = await service.list_classes(
        session, actor, paging, school_id=school_id, teacher_id=teacher_id, active=active
    )
    return ClassPage(items=[ClassOut.model_validate(row) for row in rows], next=following)


@router.get("/classes/{class_id}", responses=problems(404))
async def get_class(session: Session, actor: CurrentActor, class_id: Id) -> ClassOut:
    """One class with who teaches it. Every person of the district may read it."""
    return ClassOut.model_validate(await service.read_class(session, actor, class_id))
