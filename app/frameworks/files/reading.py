"""From bytes to frameworks: what a file is, told from what stands in it, and read leniently.

Nothing here trusts a file: bytes of any kind give frameworks or a named refusal, within bounds.
"""

import io
import json
import math
import re
from collections.abc import Iterable, Iterator
from json import JSONDecodeError
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from app.frameworks.files import competencies, edfi
from app.frameworks.files.shape import (
    DEEPEST,
    MOST_ASSOCIATIONS,
    MOST_BYTES,
    MOST_ITEMS,
    MOST_PARTS,
    FrameworkTooLarge,
    Json,
    NotAFramework,
    Source,
    as_uuid,
    not_a_framework,
)
from app.frameworks.files.table import read_table

#: frameworks of one file
MOST_FRAMEWORKS: Final = 50
_MOST_FILES: Final = 200
#: objects that stand beside each other in files; those of Ed-Fi are items
_MOST_OBJECTS: Final = 2 * MOST_ITEMS
#: lists and objects, and parts of them, of one file. The largest real ones have a tenth of it; more
#: of them would take gigabytes to hold, however few bytes they are in the file.
_MOST_VALUES: Final = 8_000_000
_MAGIC: Final = (
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "an image or a film"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"SQLite format", "a database"),
    (b"PK\x03\x04", "a zip archive or an Office document inside a zip archive"),
    (b"\x7fELF", "a program"),
)
_MARKS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_GAP: Final = re.compile(r"[\s,]*")
#: what the database cannot hold
_UNKEPT: Final = re.compile("[\x00\ud800-\udfff]")
_DECODER: Final = json.JSONDecoder(
    # line breaks inside a text are no JSON, and are met
    strict=False,
    parse_float=lambda text: _finite(float(text)),
    parse_constant=lambda _name: _finite(math.inf),
)


def read(content: bytes, name: str = "") -> list[Source]:
    """The frameworks of a file: a CASE package, a table, Ed-Fi evaluations, competencies, or a zip
    of such files. Raises NotAFramework or FrameworkTooLarge."""
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):  # the second: a zip with nothing in it
        return read_several(_unzipped(content))
    return read_several([(name, content)])


def read_several(files: Iterable[tuple[str, bytes]]) -> list[Source]:
    """The frameworks of several files, which may be parts of one. Files of another kind among them
    are left out and noted; when there are no others, the first one is the refusal."""
    objects: list[Json] = []
    sources: list[Source] = []
    refused: list[tuple[str, NotAFramework]] = []
    size = 0
    for name, content in files:
        size += len(content)
        if size > MOST_BYTES:
            raise FrameworkTooLarge
        try:
            text = _text(content)
            if text[:1] in "[{":
                objects += _objects(text)
                if len(objects) > _MOST_OBJECTS:
                    raise FrameworkTooLarge
            else:
                sources.append(read_table(text, Path(name).name))
        except NotAFramework as exc:
            refused.append((name, exc))
    try:
        sources = _frameworks(objects) + sources if objects else sources
    except NotAFramework as exc:
        refused.append(("", exc))
    if not sources:
        raise refused[0][1] if refused else not_a_framework("an empty file")
    for place, (_, refusal) in enumerate(refused, 1):
        words = f"A file among them is left out. {refusal.detail}"
        sources[0].problems.add(f"file {place}", "file_left_out", words)
    _within_bounds(sources)
    return sources


def _within_bounds(sources: list[Source]) -> None:
    items = sum(_length(source.package.get("CFItems")) for source in sources)
    links = sum(_length(source.package.get("CFAssociations")) for source in sources)
    beside = sum(
        _objects_in(source.package.get(name))
        for source in sources
        for name in ("CFRubrics", "CFDefinitions")
    )
    if items > MOST_ITEMS or max(links, beside) > MOST_ASSOCIATIONS:
        raise FrameworkTooLarge
    if len(sources) > MOST_FRAMEWORKS:
        raise FrameworkTooLarge


def _objects_in(value: Any) -> int:
    """How many objects there are in a value, at any depth: each may become a part."""
    if isinstance(value, dict):
        return 1 + sum(_objects_in(part) for part in value.values())
    return sum(_objects_in(part) for part in value) if isinstance(value, list) else 0


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0


def _unzipped(content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            names = {entry.filename for entry in entries}
            if "[Content_Types].xml" in names:
                raise not_a_framework("an Office document")
            if len(entries) > _MOST_FILES:
                raise FrameworkTooLarge
            left = MOST_BYTES
            for entry in entries:
                if entry.filename.startswith("__MACOSX/") or "/." in f"/{entry.filename}":
                    continue
                with archive.open(entry) as file:
                    unpacked = file.read(left + 1)  # whatever the archive says of its length
                left -= len(unpacked)
                if left < 0:
                    raise FrameworkTooLarge
                yield entry.filename, unpacked
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as exc:
        raise not_a_framework("a zip archive that is broken or locked") from exc
    except Exception as exc:
        # the decompressors have errors of their own: zlib.error, LZMAError
        if isinstance(exc, NotAFramework | FrameworkTooLarge):
            raise
        raise not_a_framework("a zip archive that is broken or locked") from exc


def _text(content: bytes) -> str:
    """The file as text that begins with a character that counts."""
    for magic, what in _MAGIC:
        if content.startswith(magic):
            raise not_a_framework(what)
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding).lstrip()
    except UnicodeDecodeError as exc:
        what = "a binary file" if b"\0" in content else "text that is not UTF-8"
        raise not_a_framework(what) from exc
    if not text:
        raise not_a_framework("an empty file")
    if "\0" in text[:1000]:
        raise not_a_framework("a binary file")
    head = text[:4000].lower()
    if head.startswith("<"):
        raise not_a_framework(_markup(head))
    if re.search(r"^(openapi|swagger)\s*:", head, re.MULTILINE):
        raise not_a_framework("an OpenAPI document")
    return _UNKEPT.sub("", text)


def _markup(head: str) -> str:
    if "<html" in head or "<!doctype html" in head:
        return "a web page"
    if "<svg" in head:
        return "an image"
    return "Ed-Fi code lists" if "ed-fi" in head and "descriptor" in head else "an XML document"


# --- JSON


def _finite(number: float) -> float | int:
    if not math.isfinite(number):
        raise ValueError("no number of JSON")
    # 1.0 is the integer 1 to JSON, and doubles hold integers to 2**53
    return int(number) if number.is_integer() and abs(number) <= 2**53 else number


def _objects(text: str) -> list[Json]:
    """The objects of a text: one, an array of them, or one after the other as in JSON lines."""
    if text.count("{") + text.count("[") > MOST_PARTS or text.count(",") > _MOST_VALUES:
        raise FrameworkTooLarge
    found: list[Json] = []
    place = 0
    try:
        while place < len(text):
            value, place = _DECODER.raw_decode(text, place)
            found += _flat(_clean(value, 1))
            if len(found) > _MOST_OBJECTS:
                raise FrameworkTooLarge
            gap = _GAP.match(text, place)
            place = gap.end() if gap else place
    except JSONDecodeError as exc:
        words = f"JSON that is broken in line {exc.lineno}, column {exc.colno}"
        raise not_a_framework(words) from exc
    except RecursionError as exc:
        raise not_a_framework(f"JSON nested deeper than {DEEPEST}") from exc
    except ValueError as exc:
        raise not_a_framework("JSON with a number that is none, or too long") from exc
    if not found:
        raise not_a_framework("JSON without objects")
    return found


def _flat(value: Any) -> list[Json]:
    if isinstance(value, list):
        return [part for part in value if isinstance(part, dict)]
    return [value] if isinstance(value, dict) else []


def _clean(value: Any, depth: int) -> Any:
    """The value without characters that the database cannot hold: they are no text."""
    if isinstance(value, str):
        return _UNKEPT.sub("", value) if _UNKEPT.search(value) else value
    if depth > DEEPEST and isinstance(value, dict | list):
        raise RecursionError
    if isinstance(value, dict):
        return {_clean(name, depth): _clean(part, depth + 1) for name, part in value.items()}
    if isinstance(value, list):
        return [_clean(part, depth + 1) for part in value]
    return value


def _frameworks(objects: list[Json]) -> list[Source]:
    """What the objects of all files together are."""
    packages = [package for part in objects for package in _packages(part)]
    evaluations = edfi.read_evaluations(objects)
    lists = [
        source
        for part in objects
        if competencies.is_list(part)
        for source in competencies.read_competencies(part)
    ]
    # a package comes once, however often it is in the file
    seen: set[str] = set()
    sources: list[Source] = []
    again = 0
    for package in packages:
        name = json.dumps(package, sort_keys=True)
        if name in seen:
            again += 1
            continue
        seen.add(name)
        sources.append(Source(_version(package), package))
    sources += evaluations + lists
    if not sources:
        raise not_a_framework(_looks_like(objects))
    if again:
        words = "The same package stands in the file several times; one is taken."
        sources[0].problems.add("CFPackage", "package_repeated", words)
    others = sum(1 for part in objects if not _known(part))
    if others:
        words = "Objects that are no part of a framework are left out."
        sources[0].problems.add("CFPackage", "left_out", words)
    return sources


def _packages(part: Json) -> list[Json]:
    """The CASE packages of an object: bare, wrapped, or several."""
    for name in ("CFPackage", "CFPackages"):
        inner = part.get(name)
        if isinstance(inner, dict | list):
            return [package for other in _flat(inner) for package in _packages(other)]
    if isinstance(part.get("CFItems"), list | dict) or (
        isinstance(part.get("CFDocument"), dict) and "fullStatement" not in part
    ):
        return [part]
    return []


def _version(package: Json) -> str:
    document = package.get("CFDocument")
    said = document.get("caseVersion") if isinstance(document, dict) else None
    return "case_1_1" if said == "1.1" else "case_1_0"


def _known(part: Json) -> bool:
    descriptor = isinstance(part.get("codeValue"), str) and "namespace" in part
    return bool(_packages(part) or edfi.kind_of(part) or competencies.is_list(part) or descriptor)


def _looks_like(objects: list[Json]) -> str:
    """What JSON of another kind seems to be, by its names and never by a value."""
    names = {name for part in objects[:50] for name in list(part)[:200]}
    if names & {"openapi", "swagger"}:
        return "an OpenAPI document"
    if names & {"$schema", "$defs"} or {"type", "properties"} <= names:
        return "a JSON schema"
    if {"codeValue", "namespace"} <= names:
        return "Ed-Fi code lists without an evaluation"
    if any(edfi.kind_of(part) for part in objects):
        return "parts of an Ed-Fi evaluation without its objectives and elements"
    if names & {"CFDocuments", "CFItem"} or {"creator", "lastChangeDateTime"} <= names:
        return "a part of CASE without the package: send the CFPackage of the framework"
    if {"publisher", "edition", "domains"} <= names:
        return "a framework in the form of POST /frameworks: send it there"
    if names & {"sourcedId", "users", "orgs", "enrollments", "givenName"}:
        return "a roster or a list of people"
    if any(as_uuid(part.get("identifier")) and "fullStatement" in part for part in objects):
        return "CASE items without their package"
    return "JSON of another kind"
