"""Answers to a template's fields: each of its type, and none missing where all are wanted."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app.core.errors import Conflict

#: a scale runs from 1 to 5
_SCALE = range(1, 6)
_LINE, _LONGEST = 200, 20_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class AnswersDoNotFit(Conflict):
    """An answer has no field in the template, or is not of its field's type."""

    code, title = "answers_do_not_fit", "Answers do not fit the template"
    next_step = "Correct each answer that `missing` names; the template's `fields` say the types."


class AnswersMissing(Conflict):
    """The template's required fields are not all answered."""

    code, title = "answers_missing", "Required answers are missing"
    next_step = "Answer each field that `missing` names, and send it again."


def merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with these changes: absent keys stay, an empty value clears its key."""
    after = {**before, **plain(changes)}
    return {key: value for key, value in after.items() if value is not None}


def plain(answers: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON keeps them."""
    return {
        key: float(value) if isinstance(value, Decimal) else value for key, value in answers.items()
    }


def check(fields: list[dict[str, Any]], answers: Mapping[str, Any], *, whole: bool = False) -> None:
    """Refuse answers that do not fit (409), and with `whole` when a required one is missing."""
    known = {field["key"]: field for field in fields}
    faults = [
        {"code": key, "message": message}
        for key, value in answers.items()
        if (message := _fault(known.get(key), value))
    ]
    if faults:
        raise AnswersDoNotFit(missing=faults[:50])
    if whole and (unanswered := missing(fields, answers)):
        raise AnswersMissing(missing=unanswered[:50])


def missing(fields: list[dict[str, Any]], answers: Mapping[str, Any]) -> list[dict[str, str]]:
    """The required fields without an answer."""
    return [
        {"code": field["key"], "message": f"Not answered: {field['label']}"[:500]}
        for field in fields
        if field["required"] and _blank(answers.get(field["key"]))
    ]


def _blank(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _fault(field: dict[str, Any] | None, value: Any) -> str | None:
    """What is wrong with an answer, in words."""
    if field is None:
        return "The template has no such field."
    options = {option["key"] for option in field["options"]}
    match field["type"]:
        case "line":
            fits = isinstance(value, str) and len(value) <= _LINE and "\n" not in value
            return None if fits else f"One line of at most {_LINE} characters."
        case "text":
            fits = isinstance(value, str) and len(value) <= _LONGEST
            return None if fits else f"A text of at most {_LONGEST} characters."
        case "yes_no":
            return None if isinstance(value, bool) else "true or false."
        case "choice":
            fits = isinstance(value, str) and value in options
            return None if fits else "The key of one of the options."
        case "choices":
            fits = isinstance(value, list) and options.issuperset(value)
            return None if fits and len(set(value)) == len(value) else "Keys of options, each once."
        case "scale":
            return None if _is_number(value) and value in _SCALE else "A whole number, 1 to 5."
        case "number":
            return None if _is_number(value) else "A number."
        case "date":
            return None if _is_day(value) else "A day, as YYYY-MM-DD."
    raise AssertionError(field["type"])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_day(value: Any) -> bool:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
