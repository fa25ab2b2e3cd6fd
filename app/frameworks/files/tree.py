"""The items of a strict package as the tree they are: parents, depth and order, whatever the
associations say. Cycles are broken at their first item, orphans stand at the root; both are
noted."""

from dataclasses import dataclass
from typing import Final

from app.frameworks.files.shape import Json, Problems
from app.frameworks.files.strict import ENDS

#: where an item without a number stands among those that have one
_LAST: Final = 2**60


@dataclass(slots=True)
class Node:
    """An item and where it stands."""

    item: Json
    #: the parent's identifier; None at the root
    parent: str | None
    depth: int


@dataclass(slots=True)
class Tree:
    """Items in the order of reading, parents first."""

    nodes: list[Node]
    cycles: int
    orphans: int
    foreign_ends: int


def grow(package: Json, problems: Problems) -> Tree:
    """Build the tree."""
    items: list[Json] = package["CFItems"]
    known = {item["identifier"]: index for index, item in enumerate(items)}
    document = package["CFDocument"]["identifier"]
    parents: dict[str, tuple[str, int]] = {}
    foreign = 0
    for index, association in enumerate(package["CFAssociations"]):
        origin, destination = (association[end]["identifier"] for end in ENDS)
        foreign += sum(end not in known and end != document for end in (origin, destination))
        if association["associationType"] != "isChildOf" or origin not in known:
            continue
        if destination not in known and destination != document:
            continue
        if origin in parents:
            words = "An item has several parents; the first one places it, all are kept."
            problems.add(f"CFAssociations/{index}", "several_parents", words)
            continue
        parents[origin] = (destination, association.get("sequenceNumber", _LAST))
    for name, index in known.items():
        if name not in parents:
            words = "An item has no parent here; it stands at the root."
            problems.add(f"CFItems/{index}", "orphan", words)
    orphans = len(known) - len(parents)
    cycles = _break_cycles(known, parents, document, problems)
    return Tree(_in_order(items, parents, document), cycles, orphans, foreign)


def _break_cycles(
    known: dict[str, int], parents: dict[str, tuple[str, int]], document: str, problems: Problems
) -> int:
    """Put the first item of each cycle at the root. How many there were."""
    settled: set[str] = set()
    cycles = 0
    for start in known:
        path: dict[str, None] = {}
        name = start
        while name in parents and name != document and name not in settled and name not in path:
            path[name] = None
            name = parents[name][0]
        if name in path:
            walked = list(path)
            first = min(walked[walked.index(name) :], key=known.__getitem__)
            parents[first] = (document, parents[first][1])
            words = "Items are children of each other in a circle; the first stands at the root."
            problems.add(f"CFItems/{known[first]}", "cycle", words)
            cycles += 1
        settled.update(path)
    return cycles


def _in_order(items: list[Json], parents: dict[str, tuple[str, int]], document: str) -> list[Node]:
    below: dict[str | None, list[tuple[int, int, Json]]] = {}
    for index, item in enumerate(items):
        above, sequence = parents.get(item["identifier"], (document, _LAST))
        below.setdefault(None if above == document else above, []).append((sequence, index, item))
    for children in below.values():
        children.sort(key=lambda child: child[:2])
    nodes: list[Node] = []
    waiting: list[tuple[Json, str | None, int]] = []

    def wait(parent: str | None, depth: int) -> None:
        children = below.get(parent, [])
        waiting.extend((item, parent, depth) for _, _, item in reversed(children))

    wait(None, 0)
    while waiting:
        item, parent, depth = waiting.pop()
        nodes.append(Node(item, parent, depth))
        wait(item["identifier"], depth + 1)
    return nodes
