"""Vocabularies, and the words that a school adds."""

from fastapi import APIRouter

from app.core.errors import UnknownReference, WrongState
from app.core.types import Id
from app.learning_cycles.vocabularies import service
from app.learning_cycles.vocabularies.schemas import (
    VocabularyName,
    VocabularyTermChange,
    VocabularyTermNew,
    VocabularyTermOut,
    Word,
    Words,
)
from app.web.contract import problems
from app.web.dependencies import CurrentActor, IfMatch, Session
from app.web.unit import UnitRoute, replayable

router = APIRouter(tags=["Vocabularies"], route_class=UnitRoute)


@router.get("/vocabularies")
async def list_vocabulary_words(
    session: Session,
    actor: CurrentActor,
    vocabulary: VocabularyName | None = None,
    school_id: Id | None = None,
) -> Words:
    """The words from which a data source or a learning approach is chosen: those that come with the
    program, to everybody, and with `school_id` the school's own, to its members and to district
    administrators."""
    found = await service.words(session, actor, vocabulary, school_id)
    return Words(items=[Word.model_validate(word) for word in found])


@router.get("/vocabulary-terms/{term_id}", responses=problems(404))
@replayable("/api/v1/vocabulary-terms/{id}")
async def get_vocabulary_term(
    session: Session, actor: CurrentActor, term_id: Id
) -> VocabularyTermOut:
    """One word that a school added: its members, and district administrators."""
    return VocabularyTermOut.model_validate(await service.read_term(session, actor, term_id))


@router.post(
    "/vocabulary-terms",
    status_code=201,
    responses=problems(403, UnknownReference, service.TermExists, service.VocabularyFull),
)
async def create_vocabulary_term(
    session: Session, actor: CurrentActor, body: VocabularyTermNew
) -> VocabularyTermOut:
    """Add a word to a vocabulary of your school: its leaders."""
    term_id = await service.add_term(session, actor, body.model_dump())
    return await get_vocabulary_term(session, actor, term_id)


@router.patch("/vocabulary-terms/{term_id}", responses=problems(403, 404, 412, WrongState))
async def update_vocabulary_term(
    session: Session,
    actor: CurrentActor,
    term_id: Id,
    version: IfMatch,
    body: VocabularyTermChange,
) -> VocabularyTermOut:
    """Change the title of a word; its key stays. The school's leaders."""
    await service.change_term(session, actor, term_id, version, body.changes())
    return await get_vocabulary_term(session, actor, term_id)


@router.post("/vocabulary-terms/{term_id}/retire", responses=problems(403, 404, 412, WrongState))
async def retire_vocabulary_term(
    session: Session, actor: CurrentActor, term_id: Id, version: IfMatch
) -> VocabularyTermOut:
    """Offer a word no more; what was written with it keeps it. The school's leaders."""
    await service.retire_term(session, actor, term_id, version)
    return await get_vocabulary_term(session, actor, term_id)
