"""What every reader of framework files gives: a package in CASE's shape, and what it noticed.

CASE is the one shape inside: other forms are read into it, so that there is one way in and out.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid3

from app.core.errors import Conflict
from app.core.types import UNPRINTABLE

Json = dict[str, Any]
#: items of one file; the largest published frameworks have some ten thousand
MOST_ITEMS: Final = 50_000
MOST_ASSOCIATIONS: Final = 200_000
#: objects and lists in a file, cells in a table: bytes alone bound no memory
MOST_PARTS: Final = 1_500_000
#: bytes of all files of a zip together, as of a single file
MOST_BYTES: Final = 50 * 1024 * 1024
DEEPEST: Final = 32
#: the key under `extensions` where CASE has no place for what we keep
OURS: Final = "alongside"
#: ids that a file does not bring are made of what names the thing, so the same file gives the same
_NAMES: Final = UUID("6f0b5a3e-6f49-4c55-9d6b-0b1f6f3f3d51")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SPACE: Final = re.compile(r"[\s\x00-\x1f\x7f]+")
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NO_CODE: Final = re.compile(r"[^A-Za-z0-9._]+")

#: problems of one kind that a report lists; all are counted
LISTED_OF_A_KIND: Final = 100
LISTED: Final = 1000


class NotAFramework(Conflict):
    """The file holds something else than a framework; `looks_like` and `detail` say what it seems
    to be. Nothing was imported."""

    code, title = "not_a_framework", "This file is not a framework"
    next_step = (
        "Send a CASE package (JSON), a table in the documented CSV form, or the JSON files of an"
        " Ed-Fi evaluation; zip several files."
    )


class FrameworkTooLarge(Conflict):
    """The file unpacks to more than 50 MiB, or holds more than 50 frameworks, 50,000 items, 200,000
    associations, as many parts of rubrics and definitions, or a million and a half parts in all."""

    code, title = "framework_too_large", "The framework is too large"
    next_step = "Split it into several files, each with frameworks of its own."


def not_a_framework(looks_like: str) -> NotAFramework:
    """The refusal of a file that looks like something else."""
    return NotAFramework(f"It looks like {looks_like}.", looks_like=looks_like)


@dataclass(slots=True)
class Problems:
    """What was noticed. Messages are ours and never hold a value of the file."""

    found: list[Json] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, place: str, code: str, message: str) -> None:
        """Note one thing."""
        self.counts[code] += 1
        if self.counts[code] <= LISTED_OF_A_KIND and len(self.found) < LISTED:
            self.found.append({"place": place[:200], "code": code, "message": message})

    def total(self) -> int:
        """How many there are, listed or not."""
        return sum(self.counts.values())


@dataclass(slots=True)
class Source:
    """One framework as a file brings it, in CASE's shape and as loose as it was."""

    form: str
    package: Json
    problems: Problems = field(default_factory=Problems)


def made_id(*parts: object) -> str:
    """An id for what has none."""
    return str(uuid3(_NAMES, "/".join(str(part) for part in parts)))


def as_uuid(value: object) -> str | None:
    """The value as a UUID in CASE's spelling, or None."""
    return value.lower() if isinstance(value, str) and _UUID.fullmatch(value) else None


def uuid_inside(value: object) -> str | None:
    """The last UUID in an address, or None."""
    found = list(_UUID.finditer(value)) if isinstance(value, str) else []
    return found[-1][0].lower() if found else None


def line(value: object, most: int = 200) -> str | None:
    """Words on one line that fit our columns; None when nothing is left."""
    if not isinstance(value, str):
        return None
    return _SPACE.sub(" ", UNPRINTABLE.sub("", value)).strip()[:most].strip() or None


def words(value: object, most: int = 20_000) -> str | None:
    """A text that fits our columns; None when it is blank."""
    if not isinstance(value, str):
        return None
    value = UNPRINTABLE.sub("", value)[:most]
    return value if value.strip() else None


def code_of(value: object) -> str | None:
    """A code in our alphabet, or None."""
    if not isinstance(value, str):
        return None
    if len(value) <= 64 and _CODE.fullmatch(value):
        return value
    return _NO_CODE.sub("-", value).strip("-._")[:64].rstrip("-._") or None


def plain(value: Any) -> Any:
    """The value as JSON reads it back: 1.0 is the integer 1."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def ours_of(part: Json) -> Json:
    """What Alongside keeps under a part's `extensions`."""
    extensions = part.get("extensions")
    kept = extensions.get(OURS) if isinstance(extensions, dict) else None
    return kept if isinstance(kept, dict) else {}
