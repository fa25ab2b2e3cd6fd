"""The words from which data sources and learning approaches are chosen: those of domain.md §6, and
each school's own."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, UnknownReference
from app.core.events import record
from app.models import School, VocabularyTerm, touch
from app.models.learning_cycles import TermState, Vocabulary

#: vocabulary → key → title, in the order in which they are offered
BUILT_IN: dict[str, dict[str, str]] = {
    Vocabulary.DATA_SOURCE: {
        "school_goal": "School goal",
        "team_goal": "Team goal",
        "student_data": "Student data",
        "observation_feedback": "Observation feedback",
        "student_work": "Student work",
        "survey": "Survey",
        "self_assessment": "Self-assessment",
    },
    Vocabulary.LEARNING_APPROACH: {
        "book_study": "Book study",
        "article_study": "Article study",
        "co_observing_live": "Co-observing live",
        "co_observing_by_video": "Co-observing by video",
        "modelling": "The lead models while the teacher observes",
        "co_planning_lesson": "Co-planning a lesson",
        "co_planning_unit": "Co-planning a unit",
        "real_time_coaching": "Real-time coaching",
        "meta_coaching": "Meta-coaching",
    },
}
#: what a school may add to one vocabulary, so that all are answered whole
MOST = 100


class UnknownTerm(Conflict):
    """A record is written with a word of the vocabulary: one that comes with the program, or one of
    the school's own that is not retired."""

    code, title = "unknown_term", "The vocabulary has no such word"
    next_step = "Choose from GET /vocabularies?school_id=…"


class TermExists(Conflict):
    """The vocabulary has a word of this key, perhaps a retired one."""

    code, title = "term_exists", "There is such a word already"
    next_step = "Use it, or choose another `key`."


class VocabularyFull(Conflict):
    """A school adds up to a hundred words to a vocabulary, retired ones included."""

    code, title = "vocabulary_full", "The vocabulary is full"
    next_step = "Change the title of a word that is not used."


async def known(
    session: AsyncSession, actor: Actor, vocabulary: str, school_id: UUID, key: str
) -> None:
    """Refuse (409) a word that is neither built in nor one of the school's that is in use. Asked of
    the school of the record, whoever writes it."""
    if key in BUILT_IN[vocabulary]:
        return
    term = select(VocabularyTerm.id).where(
        VocabularyTerm.district_id == actor.district_id,
        VocabularyTerm.school_id == school_id,
        VocabularyTerm.vocabulary == vocabulary,
        VocabularyTerm.key == key,
        VocabularyTerm.state == TermState.ACTIVE.value,
    )
    if await session.scalar(term) is None:
        raise UnknownTerm


async def words(
    session: AsyncSession, actor: Actor, vocabulary: str | None, school_id: UUID | None
) -> list[dict[str, Any]]:
    """Of one vocabulary or of each the words that come with the program, then those of the school
    that the caller may read."""
    wanted = [vocabulary] if vocabulary else [*BUILT_IN]
    found: list[dict[str, Any]] = [
        {
            "vocabulary": name,
            "key": key,
            "title": title,
            "built_in": True,
            "term_id": None,
            "state": TermState.ACTIVE.value,
        }
        for name in wanted
        for key, title in BUILT_IN[name].items()
    ]
    if school_id is None:
        return found
    terms = await session.scalars(
        visible(actor, Action.TERM_READ, VocabularyTerm)
        .where(VocabularyTerm.school_id == school_id, VocabularyTerm.vocabulary.in_(wanted))
        .order_by(VocabularyTerm.id),
        actor.binds,
    )
    return found + [
        {
            "vocabulary": term.vocabulary,
            "key": term.key,
            "title": term.title,
            "built_in": False,
            "term_id": term.id,
            "state": term.state,
        }
        for term in terms
    ]


async def read_term(session: AsyncSession, actor: Actor, term_id: UUID) -> Any:
    """One word of a school."""
    statement = view(actor, Action.TERM_READ, VocabularyTerm)
    return await read_one(session, actor, statement, VocabularyTerm, term_id)


async def add_term(session: AsyncSession, actor: Actor, fields: dict[str, Any]) -> UUID:
    """Add a word to a school's vocabulary: its leaders."""
    school = await session.scalar(
        visible(actor, Action.SCHOOL_READ, School)
        .where(School.id == fields["school_id"])
        # one at a time, so that the most a school has is counted rightly
        .with_for_update(of=School, key_share=True),
        actor.binds,
    )
    if school is None:
        raise UnknownReference("There is no such school.", field="school_id")
    await must(session, actor, Action.TERM_CREATE, school)
    if fields["key"] in BUILT_IN[fields["vocabulary"]]:
        raise TermExists
    there = select(func.count()).where(
        VocabularyTerm.district_id == actor.district_id,
        VocabularyTerm.school_id == school.id,
        VocabularyTerm.vocabulary == fields["vocabulary"],
    )
    if (await session.scalar(there) or 0) >= MOST:
        raise VocabularyFull
    term = VocabularyTerm(district_id=actor.district_id, id=clock.new_id(), **fields)
    try:
        async with session.begin_nested():
            session.add(term)
            await session.flush()
    except IntegrityError as exc:
        if "uq_vocabulary_term" in str(exc.orig):
            raise TermExists from exc
        raise
    record(session, actor, "vocabulary_term.added", term)
    return term.id


async def change_term(
    session: AsyncSession, actor: Actor, term_id: UUID, version: int, fields: dict[str, Any]
) -> None:
    """Change the title of a word. Records keep its key, so they show the new title."""
    term = await _act(session, actor, Action.TERM_EDIT, term_id, version)
    for name, value in fields.items():
        setattr(term, name, value)
    if fields:
        touch(term)
    record(session, actor, "vocabulary_term.changed", term, fields)


async def retire_term(session: AsyncSession, actor: Actor, term_id: UUID, version: int) -> None:
    """Offer a word no more. What was written with it keeps it."""
    term = await _act(session, actor, Action.TERM_RETIRE, term_id, version)
    term.state = TermState.RETIRED.value
    touch(term)
    record(session, actor, "vocabulary_term.retired", term, ("state",))


async def _act(
    session: AsyncSession, actor: Actor, action: Action, term_id: UUID, version: int
) -> VocabularyTerm:
    return await acting(
        session, actor, action, VocabularyTerm, term_id, version, read=Action.TERM_READ
    )
