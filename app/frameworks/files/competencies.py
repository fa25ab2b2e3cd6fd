"""Lists of competencies as a coaching product exports them: `frameworks` with a name, and
`competencies` that name their framework and stand below each other by their dotted ids."""

from typing import Any

from app.frameworks.files.making import Maker
from app.frameworks.files.shape import Json, Problems, Source, line


def is_list(part: Json) -> bool:
    """Whether an object is such a list."""
    both = (part.get("frameworks"), part.get("competencies"))
    return all(isinstance(rows, list) and rows for rows in both) and all(
        isinstance(row, dict) and ("fid" in row or "framework" in row)
        for row in part["competencies"]
    )


def read_competencies(part: Json) -> list[Source]:
    """A framework of practice for each that the list names."""
    found: dict[str, Source] = {}
    makers: dict[str, Maker] = {}
    rows: dict[str, list[Json]] = {}
    for row in part["frameworks"]:
        if isinstance(row, dict) and _key(row.get("id")) and _key(row["id"]) not in found:
            key = _key(row["id"])
            title = line(row.get("name")) or "Competencies"
            makers[key] = Maker(f"competencies:{title}", title=title)
            found[key] = Source("competencies", makers[key].package)
            rows[key] = []
    left = Problems()
    for index, row in enumerate(part["competencies"]):
        key = _key(row.get("fid") or row.get("framework"))
        if key in rows:
            rows[key].append({**row, "place": f"competencies/{index}"})
        else:
            words = "A competency of a framework that the list does not name; it is left out."
            left.add(f"competencies/{index}", "left_out", words)
    for key, source in found.items():
        _fill(makers[key], key, rows[key], source.problems)
    for problem in left.found:
        next(iter(found.values())).problems.add(**problem)
    return list(found.values())


def _key(value: Any) -> str:
    return str(value) if isinstance(value, int | str) else ""


def _fill(made: Maker, framework: str, rows: list[Json], problems: Problems) -> None:
    # `208-1.1` is number 1.1 of framework 208, and stands below 208-1
    numbers = {
        _key(row.get("id")).removeprefix(f"{framework}-") or str(index): row
        for index, row in enumerate(rows)
    }
    headings = {number.rpartition(".")[0] for number in numbers} & set(numbers)
    for number, row in numbers.items():
        name = line(row.get("name"), 2000)
        if name is None:
            words = "A competency without a name; its number stands for it."
            problems.add(str(row["place"]), "statement_missing", words)
        heading = number in headings
        item = made.id_of(number)
        made.item(
            item,
            fullStatement=name or number,
            humanCodingScheme=line(row.get("code")) or number,
            ours={"kind": "expectation", "scale": None} if heading else {"kind": "indicator"},
        )
    for number in numbers:
        above = number.rpartition(".")[0]
        made.child(made.id_of(number), made.id_of(above) if above in numbers else None)
