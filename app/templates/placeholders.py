"""Named placeholders in users' words: `{{teacher_given_name}}`. Names from a list, no logic; what a
person wrote is never handed to a template language."""

import re
from collections.abc import Iterable, Mapping

from app.core.errors import Conflict

#: what the program knows of each outreach
BUILT_IN = (
    "teacher_given_name",
    "teacher_family_name",
    "lead_given_name",
    "lead_family_name",
    "school_name",
    "school_year",
    "first_meeting",
)
#: placeholders of one text
MOST = 200
#: whatever stands between double braces is meant as a placeholder, and must be one
_ANY = re.compile(r"\{\{([^{}]*)\}\}")


class UnknownPlaceholder(Conflict):
    """Double braces hold something that is no placeholder of this text."""

    code, title = "unknown_placeholder", "There is no such placeholder"
    next_step = "Write one of the names that `allowed` lists between double braces."


class TooManyPlaceholders(Conflict):
    """A text has 200 placeholders at most: each may stand for a long answer."""

    code, title = "too_many_placeholders", "Too many placeholders in one text"
    next_step = "Keep 200 placeholders at most in the text; the same one counts each time."


def check(texts: Iterable[str | None], keys: Iterable[str] = ()) -> None:
    """Refuse (409) a placeholder that is neither built in nor among `keys`, and too many."""
    allowed = {*BUILT_IN, *keys}
    for text in texts:
        found = _ANY.findall(text or "")
        if any(name.strip() not in allowed for name in found):
            raise UnknownPlaceholder(allowed=sorted(allowed))
        if len(found) > MOST:
            raise TooManyPlaceholders


def named(text: str) -> set[str]:
    """The placeholders that a text holds."""
    return {name.strip() for name in _ANY.findall(text)}


def fill(text: str, values: Mapping[str, str], longest: int) -> tuple[str, bool]:
    """The text with values in place, and whether it is longer than `longest` and cut there; more is
    never put together. A value is put in as it is: braces in it stay braces."""
    # what stands between placeholders, and their names, in turn
    parts = _ANY.split(text)
    parts[1::2] = [values[name.strip()] for name in parts[1::2]]
    if sum(map(len, parts)) <= longest:
        return "".join(parts), False
    room, kept = longest, []
    for part in parts:
        kept.append(part[:room])
        room -= len(kept[-1])
    return "".join(kept), True
