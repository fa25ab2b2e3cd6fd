"""Vocabularies and the words of a school, as they are sent and answered."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.types import Id, In, Instant, Line, Out, Permissions, Version

VocabularyName = Literal["data_source", "learning_approach"]
Key = Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z][a-z0-9_]{0,63}$")]
TermState = Literal["active", "retired"]


class Word(Out):
    """One word of a vocabulary."""

    vocabulary: VocabularyName
    key: Annotated[Key, Field(description="What records keep")]
    title: Line
    built_in: Annotated[bool, Field(description="It comes with the program; else the school's")]
    term_id: Annotated[Id | None, Field(description="Of a school's own word")]
    state: Annotated[TermState, Field(description="A retired word is chosen no more")]


class Words(Out):
    """Of each vocabulary the words that come with the program, then the school's own."""

    items: Annotated[list[Word], Field(max_length=300)]


class VocabularyTermNew(In):
    """A word to add."""

    school_id: Id
    vocabulary: VocabularyName
    key: Annotated[Key, Field(description="What records will keep; it stays as it is")]
    title: Annotated[Line, Field(description="What people read")]


class VocabularyTermChange(In):
    """What to change; absent fields stay."""

    title: Line = ""


class VocabularyTermOut(Out):
    """A word that a school added."""

    id: Id
    version: Version
    school_id: Id
    vocabulary: VocabularyName
    key: Key
    title: Line
    state: TermState
    created_at: Instant
    updated_at: Instant
    permissions: Permissions
