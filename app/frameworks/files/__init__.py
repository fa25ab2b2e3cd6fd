"""Framework files: read leniently, kept as strict CASE 1.1, and written as that.

Pure functions from bytes to one shape in memory; the database is `app.frameworks.imports`'s.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.frameworks.files.practice import Group, practice, title_of
from app.frameworks.files.reading import read, read_several
from app.frameworks.files.shape import (
    OURS,
    FrameworkTooLarge,
    Json,
    NotAFramework,
    Problems,
    Source,
    code_of,
    line,
    ours_of,
    words,
)
from app.frameworks.files.strict import strict
from app.frameworks.files.tree import Tree, grow

__all__ = [
    "FrameworkTooLarge",
    "Group",
    "Known",
    "NotAFramework",
    "Problems",
    "Read",
    "Source",
    "Tree",
    "line",
    "read",
    "read_several",
    "title_of",
    "understand",
    "words",
]


@dataclass(slots=True)
class Known:
    """What a framework is called, in our columns."""

    publisher: str
    code: str
    edition: str
    title: str
    source: str | None
    licence: str | None


@dataclass(slots=True)
class Read:
    """A framework of a file, understood."""

    form: str
    known: Known
    #: strict CASE 1.1
    package: Json
    tree: Tree
    groups: list[Group]
    problems: Problems


def understand(source: Source, now: datetime, **named: str | None) -> Read:
    """A framework as it is kept: strict, as a tree, and what goals are written with. `named` are
    publisher, code, edition and title that the district gives it in place of the file's."""
    package = strict(source, now)
    given = {name: value for name, value in named.items() if value is not None}
    if given:
        # beside the publisher's own words, so that an export takes them along
        extensions = package["CFDocument"].setdefault("extensions", {})
        extensions[OURS] = {**ours_of(package["CFDocument"]), **given}
    tree = grow(package, source.problems)
    groups = practice(package, tree, source.problems)
    return Read(source.form, _known(package), package, tree, groups, source.problems)


def _known(package: Json) -> Known:
    document = package["CFDocument"]
    ours = ours_of(document)
    written = (ours.get("publisher"), document.get("publisher"), document["creator"])
    publisher = next((name for value in written if (name := line(value, 100))), None)
    title = line(ours.get("title")) or line(document["title"])
    licences: list[Any] = package.get("CFDefinitions", {}).get("CFLicenses", [])
    licence = next((words(part["licenseText"], 2000) for part in licences), None)
    linked = document.get("licenseURI", {}).get("title")
    addresses = (document.get("officialSourceURL"), document["uri"])
    address = next((uri for uri in addresses if uri and uri.startswith("http")), None)
    return Known(
        publisher=publisher or "unknown",
        code=_code(ours.get("code"), title),
        edition=_code(ours.get("edition"), document.get("version"), "1"),
        title=title or "Untitled",
        source=words(ours.get("source"), 2000) or words(address, 2000),
        licence=words(ours.get("licence"), 2000) or licence or line(linked),
    )


def _code(*wanted: object) -> str:
    """The first of these that makes a code."""
    return next((code for name in wanted if (code := code_of(name))), "framework")
