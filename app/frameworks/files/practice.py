"""What of a framework goals are written with: groups with a scale, indicators, level descriptors.

A framework is one of practice when it has rubrics, or when it says which items are indicators, as
our own exports and the CSV form do. All else are standards: items that a goal may name, no more.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from app.frameworks.files.shape import Json, Problems, code_of, line, ours_of, words
from app.frameworks.files.tree import Node, Tree
from app.frameworks.scales import from_points, sound

#: what one framework of practice offers to goals; the rest of its items are items alone
MOST_DOMAINS: Final = 100
MOST_GROUPS: Final = 200
MOST_INDICATORS: Final = 200
#: as many as an indicator shows; a scale has fewer, and the rubric keeps all
MOST_LEVELS: Final = 50
_LARGEST: Final = 99_999_999


@dataclass(slots=True)
class Level:
    """What a level of an indicator looks like."""

    name: str
    score: Decimal | None
    text: str | None


@dataclass(slots=True)
class Mark:
    """An indicator: the item it is, and what else is said of it."""

    identifier: str
    code: str
    title: str
    observed: bool
    optional: bool
    gateway: bool
    levels: list[Level]


@dataclass(slots=True)
class Group:
    """Indicators that are scored on one scale."""

    domain: str
    title: str
    scale: Json | None
    marks: list[Mark] = field(default_factory=list)


def practice(package: Json, tree: Tree, problems: Problems) -> list[Group]:
    """The groups of a framework of practice, in order; none of a framework of standards."""
    criteria = _criteria(package, problems)
    nodes = {node.item["identifier"]: node for node in tree.nodes}
    title = line(package["CFDocument"]["title"]) or "Untitled"
    groups: dict[tuple[str | None, str], Group] = {}
    names = _Names(nodes, title)
    codes: set[str] = set()
    for index, node in enumerate(tree.nodes):
        identifier = node.item["identifier"]
        criterion = criteria.get(identifier)
        if criterion is None and ours_of(node.item).get("kind") != "indicator":
            continue
        levels = _levels(criterion)
        parent = nodes.get(node.parent) if node.parent is not None else None
        scale = _scale(node, parent, levels, f"CFItems/{index}", problems)
        key = (node.parent, json.dumps(scale, sort_keys=True))
        group = groups.get(key)
        if group is None:
            group = names.group(parent, scale)
            if group is not None:
                groups[key] = group
        if group is None or len(group.marks) >= MOST_INDICATORS:
            problems.add(
                f"CFItems/{index}",
                "too_many_indicators",
                f"At most {MOST_DOMAINS} domains, {MOST_GROUPS} groups in each and"
                f" {MOST_INDICATORS} indicators in a group are offered to goals.",
            )
            continue
        group.marks.append(_mark(node, levels, codes, f"CFItems/{index}", problems))
    return [group for group in groups.values() if group.marks]


class _Names:
    """Titles of domains and groups: a domain is known by its title, so each has one of its own."""

    def __init__(self, nodes: dict[str, Node], title: str) -> None:
        self.nodes, self.title = nodes, title
        self.domains: dict[str | None, str] = {}
        self.groups: dict[str, int] = {}
        self.parts: dict[str | None, int] = {}
        self.named: set[str] = set()

    def group(self, parent: Node | None, scale: Json | None) -> Group | None:
        """A new group under a heading, or nothing when there are too many."""
        above = parent.parent if parent is not None else None
        if above not in self.domains:
            if len(self.domains) >= MOST_DOMAINS:
                return None
            said = title_of(self.nodes[above].item) if above is not None else self.title
            self.domains[above] = _apart(said, self.named)
            self.named.add(self.domains[above])
        domain = self.domains[above]
        if self.groups.get(domain, 0) >= MOST_GROUPS:
            return None
        self.groups[domain] = self.groups.get(domain, 0) + 1
        name = title_of(parent.item) if parent is not None else self.title
        own = parent.item["identifier"] if parent is not None else None
        self.parts[own] = self.parts.get(own, 0) + 1
        # several scales under one heading are several groups
        title = name if self.parts[own] == 1 else f"{name[:190]} ({self.parts[own]})"
        return Group(domain, title, scale)


def _apart(title: str, taken: set[str]) -> str:
    number, found = 2, title
    while found in taken:
        found = f"{title[:190]} ({number})"
        number += 1
    return found


def title_of(item: Json) -> str:
    """An item in a few words."""
    for name in ("abbreviatedStatement", "fullStatement", "alternativeLabel", "humanCodingScheme"):
        if found := line(item.get(name)):
            return found
    return "(without words)"


def _criteria(package: Json, problems: Problems) -> dict[str, Json]:
    """The criterion of each item that a rubric scores."""
    known = {item["identifier"] for item in package["CFItems"]}
    found: dict[str, Json] = {}
    for number, rubric in enumerate(package.get("CFRubrics", ())):
        for index, criterion in enumerate(rubric.get("CFRubricCriteria", ())):
            place = f"CFRubrics/{number}/CFRubricCriteria/{index}"
            item = criterion.get("CFItemURI", {}).get("identifier")
            if item not in known:
                said = "A criterion names no item of this framework; it scores nothing here."
                problems.add(place, "criterion_without_item", said)
            elif item in found:
                said = "An item has several criteria; the first one gives its levels."
                problems.add(place, "several_criteria", said)
            else:
                if len(criterion.get("CFRubricCriterionLevels", ())) > MOST_LEVELS:
                    said = f"A criterion has more than {MOST_LEVELS} levels; the rest is left out."
                    problems.add(place, "too_many_levels", said)
                found[item] = criterion
    return found


def _levels(criterion: Json | None) -> list[Level]:
    """A criterion's levels, the lowest first."""
    raw = list((criterion or {}).get("CFRubricCriterionLevels", ()))[:MOST_LEVELS]
    scored = all("score" in level for level in raw)
    raw.sort(key=lambda level: level.get("score" if scored else "position", 0))
    found = []
    for index, level in enumerate(raw[:MOST_LEVELS]):
        said = words(level.get("description")) or words(level.get("feedback"))
        score = level.get("score")
        fits = score is not None and abs(score) <= _LARGEST
        name = line(level.get("quality")) or f"Level {index + 1}"
        found.append(Level(name, Decimal(str(score)) if fits else None, said))
    return found


def _scale(
    node: Node, parent: Node | None, levels: list[Level], place: str, problems: Problems
) -> Json | None:
    """The scale that the heading says, or that the levels of the rubric are."""
    for item in (node.item, parent.item if parent is not None else {}):
        said = ours_of(item)
        if "scale" in said:
            if said["scale"] is None:
                return None
            if scale := sound(said["scale"]):
                return scale
    if not levels:
        return None
    if all(level.score is not None for level in levels):
        points = [(level.score or Decimal(0), level.name) for level in levels]
    else:
        points = [(Decimal(index + 1), level.name) for index, level in enumerate(levels)]
    scale = from_points(points)
    if scale is None:
        said_of = "The levels of a criterion make no scale; the indicator is not scored."
        problems.add(place, "no_scale", said_of)
    return scale


def _mark(node: Node, levels: list[Level], codes: set[str], place: str, problems: Problems) -> Mark:
    item = node.item
    said = ours_of(item)
    wanted: Any = item.get("humanCodingScheme")
    code = code_of(wanted) or f"item-{len(codes) + 1}"
    if code.lower() in codes:
        number = 2
        while f"{code[:58]}-{number}".lower() in codes:
            number += 1
        code = f"{code[:58]}-{number}"
    codes.add(code.lower())
    if code != wanted:
        note = "An indicator's code is none of ours, missing or taken; it gets one like it."
        problems.add(place, "code_changed", note)
    return Mark(
        identifier=item["identifier"],
        code=code,
        title=title_of(item),
        observed=said.get("observed") is not False,
        optional=said.get("optional") is True,
        gateway=said.get("gateway") is True,
        levels=levels,
    )
