"""An Ed-Fi evaluation as the framework it is: objectives as groups, elements as indicators, rating
levels as the scale. The files are objects one after the other, in any order."""

import re
from decimal import Decimal
from typing import Any, Final

from app.frameworks.files.making import Maker
from app.frameworks.files.shape import Json, Problems, Source, line
from app.frameworks.scales import from_points, from_ranges

ELEMENT: Final = "evaluationElementTitle"
OBJECTIVE: Final = "evaluationObjectiveTitle"
EVALUATION: Final = "evaluationTitle"
PERFORMANCE: Final = "performanceEvaluationTitle"
_NUMBERED: Final = re.compile(r"\s*([0-9A-Za-z]{1,4}(?:\.[0-9A-Za-z]{1,4})*)\s*(?:-|:|–)\s+(\S.*)")  # noqa: RUF001 - as titles write it


def kind_of(part: Json) -> str | None:
    """Which resource an object is, by the title it is known by."""
    for name in (ELEMENT, OBJECTIVE):
        if isinstance(part.get(name), str):
            return name
    if isinstance(part.get(PERFORMANCE), str) and "ratingLevels" in part:
        return PERFORMANCE
    if isinstance(part.get(EVALUATION), str) and "performanceEvaluationReference" in part:
        return EVALUATION
    return None


def read_evaluations(parts: list[Json]) -> list[Source]:
    """A framework for each evaluation that has objectives or elements."""
    evaluations: dict[tuple[str, str], dict[str, list[Json]]] = {}
    rated: dict[str, Json] = {}
    for part in parts:
        kind = kind_of(part)
        if kind == PERFORMANCE:
            rated.setdefault(str(part[PERFORMANCE]), part)
        elif kind is not None:
            evaluations.setdefault(_evaluation(part), {}).setdefault(kind, []).append(part)
    found = []
    for (title, year), kinds in evaluations.items():
        if kinds.get(ELEMENT) or kinds.get(OBJECTIVE):
            whole = [part for listed in kinds.values() for part in listed]
            above = (rated.get(str(_said(part, PERFORMANCE))) for part in whole)
            kinds[PERFORMANCE] = [part for part in above if part is not None][:1]
            source = Source("edfi", {})
            source.package = _package(title, year, kinds, source.problems)
            found.append(source)
    return found


def _references(part: Json) -> list[Json]:
    """The part and what it refers to, the nearest first."""
    refers = [value for name, value in part.items() if name.endswith("Reference")]
    return [part, *(value for value in refers if isinstance(value, dict))]


def _said(part: Json, name: str) -> Any:
    return next((found[name] for found in _references(part) if found.get(name) is not None), None)


def _evaluation(part: Json) -> tuple[str, str]:
    """Title and year of the evaluation an object belongs to."""
    title = line(_said(part, EVALUATION)) or line(_said(part, PERFORMANCE)) or "Evaluation"
    year = _said(part, "schoolYear")
    return title, str(year) if isinstance(year, int | str) else ""


def _package(title: str, year: str, kinds: dict[str, list[Json]], problems: Problems) -> Json:
    whole = [*kinds.get(EVALUATION, ()), *kinds.get(PERFORMANCE, ())]
    described = (_said(part, "evaluationDescription") for part in whole)
    made = Maker(
        f"edfi:{title}:{year}",
        title=title,
        creator="Ed-Fi",
        version=year or None,
        description=next((text for text in described if isinstance(text, str)), None),
    )
    shared = next((scale for part in whole if (scale := _scale(part, problems))), None)
    objectives: dict[str, Json] = {}
    for part in kinds.get(OBJECTIVE, ()):
        objectives.setdefault(line(part[OBJECTIVE]) or "Objective", part)
    inside: dict[str, list[Json]] = {name: [] for name in objectives}
    for part in kinds.get(ELEMENT, ()):
        inside.setdefault(line(_said(part, OBJECTIVE)) or title, []).append(part)
    for number, (name, elements) in enumerate(inside.items(), 1):
        objective = objectives.get(name, {})
        scale = _scale(objective, problems) or shared
        heading = made.id_of("objective", name)
        code, words = _numbered(name)
        made.item(
            heading,
            fullStatement=words,
            humanCodingScheme=code,
            CFItemType="Objective",
            notes=_text(objective.get("evaluationObjectiveDescription")),
            ours={"kind": "expectation", "scale": scale},
        )
        made.child(heading, None, _order(objective, number))
        scored: list[tuple[str, list[str | None]]] = []
        for place, element in enumerate(elements, 1):
            own = line(element[ELEMENT]) or "Element"
            item = made.id_of("element", name, own)
            code, words = _numbered(own)
            made.item(
                item,
                fullStatement=words,
                humanCodingScheme=code,
                CFItemType="Element",
                notes=_text(element.get("evaluationElementDescription")),
                ours={"kind": "indicator"},
            )
            made.child(item, heading, _order(element, place))
            scored.append((item, []))
        if scale is not None and scored:
            made.rubric(name, words_of(name), scale, scored)
    return made.package


def words_of(title: str) -> str:
    """A title without its number."""
    return _numbered(title)[1]


def _numbered(title: str) -> tuple[str | None, str]:
    """`1.1 - Standards and Alignment` as its number and its words."""
    found = _NUMBERED.fullmatch(title)
    return (found[1], found[2]) if found and any(c.isdigit() for c in found[1]) else (None, title)


def _order(part: Json, otherwise: int) -> int:
    order = part.get("sortOrder")
    return order if isinstance(order, int) and not isinstance(order, bool) else otherwise


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _scale(part: Json, problems: Problems) -> Json | None:
    """The scale of rating levels: each up to its highest rating."""
    raw = part.get("ratingLevels")
    if not isinstance(raw, list) or not raw:
        return None
    levels: list[tuple[Decimal, Decimal | None, str]] = []
    for level in raw:
        ends = (
            [level.get(name) for name in ("minRating", "maxRating")]
            if isinstance(level, dict)
            else []
        )
        if not ends or not _rating(ends[1]):
            problems.add("ratingLevels", "no_scale", "A rating level has no highest rating.")
            return None
        named = next((v for k, v in level.items() if k.endswith("Descriptor")), None)
        name = line(named.rpartition("#")[2]) if isinstance(named, str) else None
        low = Decimal(str(ends[0])) if _rating(ends[0]) else None
        levels.append((Decimal(str(ends[1])), low, name or f"Level {len(levels) + 1}"))
    levels.sort(key=lambda level: level[0])
    if all(low is not None for _, low, _ in levels):
        scale = from_ranges(
            [(high if low is None else low, high, name) for high, low, name in levels]
        )
    elif all(high == int(high) for high, _, _ in levels):
        # each reaches from the rating above the level before
        lows = [min(levels[0][0], Decimal(1)), *(high + 1 for high, _, _ in levels)]
        scale = from_ranges(
            [(low, high, name) for low, (high, _, name) in zip(lows, levels, strict=False)]
        )
    else:
        scale = from_points([(high, name) for high, _, name in levels])
    if scale is None:
        problems.add("ratingLevels", "no_scale", "The rating levels make no scale.")
    return scale


def _rating(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < 10**6
