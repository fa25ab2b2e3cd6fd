"""The vocabularies of learning cycles: words of the program, and those that a school added."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.models import VocabularyTerm

#: what comes with the program (domain.md §6)
BUILT_IN: dict[str, tuple[str, ...]] = {
    "learning_approach": (
        "book_study",
        "article_study",
        "co_observing_live",
        "co_observing_by_video",
        "modelling",
        "co_planning_lesson",
        "co_planning_unit",
        "real_time_coaching",
        "meta_coaching",
    ),
}


async def known(
    session: AsyncSession, actor: Actor, vocabulary: str, school_id: UUID, key: str
) -> bool:
    """Whether the word is one of the program's, or one that the school has in use."""
    if key in BUILT_IN.get(vocabulary, ()):
        return True
    term = select(VocabularyTerm.id).where(
        VocabularyTerm.district_id == actor.district_id,
        VocabularyTerm.school_id == school_id,
        VocabularyTerm.vocabulary == vocabulary,
        VocabularyTerm.key == key,
        ~VocabularyTerm.retired,
    )
    return await session.scalar(term) is not None
