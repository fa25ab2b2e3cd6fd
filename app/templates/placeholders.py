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
#: whatever stands between double braces is meant as a placeholder, and must be one
_ANY = re.compile(r"\{\{([^{}]*)\}\}")


class UnknownPlaceholder(Conflict):
    """Double braces hold something that is no placeholder of this text."""

    code, title = "unknown_placeholder", "There is no such placeholder"
    next_step = "Write one of the names that `allowed` lists between double braces."


def check(texts: Iterable[str | None], keys: Iterable[str] = ()) -> None:
    """Refuse (409) a placeholder that is neither built in nor among `keys`."""
    allowed = {*BUILT_IN, *keys}
    for text in texts:
        if any(name.strip() not in allowed for name in _ANY.findall(text or "")):
            raise UnknownPlaceholder(allowed=sorted(allowed))


def named(text: str) -> set[str]:
    """The placeholders that a text holds."""
    return {name.strip() for name in _ANY.findall(text)}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with values in place. A value is put in as it is: braces in it stay braces."""
    return _ANY.sub(lambda found: values[found[1].strip()], text)
