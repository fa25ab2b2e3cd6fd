"""What the source may not do, read from its syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import app
from app import models

ROOT = Path(app.__file__).parent
#: a select on one of these tables starts from the policy or names the district
OF_A_DISTRICT = {
    name
    for name in models.__all__
    if isinstance(getattr(models, name), type)
    and issubclass(getattr(models, name), models.InDistrict)
    and name not in ("InDistrict",)
} | {"FeedEntry"}
#: where statements are made of the policy itself, and tables are declared
MADE_THERE = ("access", "models")
STARTS = {"visible", "view", "acting", "seen_through", "goal_view", "pulled_view"}
#: conditions of goals/views.py that name it, for a select elsewhere that uses them
CONDITIONS = {"measure_rows", "goal_indicator_rows"}
#: attributes of the actor that are roles, not relations: only `access` may decide by them
ROLES = {"is_administrator", "schools_led", "teams_led"}
#: file → why it may look at one of them (domain.md names the rule there)
DECIDE_BY_ROLE = {
    "goals/lists.py": "who is of the pair, for whom figures are not suppressed (domain.md §2)",
}


def files(*outside: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module of the program but those of the named packages."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.partition("/")[0] not in outside:
            yield name, _parsed(path)


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _is_select(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and (
        isinstance(node.func, ast.Name) and node.func.id in ("select", "exists", "delete", "update")
    )


def _whole(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> ast.AST:
    """The chain of calls a `select(...)` begins: `.where(...)`, `.join(...)`, ..."""
    while True:
        above = parents.get(node)
        chained = (isinstance(above, ast.Attribute) and above.value is node) or (
            isinstance(above, ast.Call) and above.func is node
        )
        if not chained or above is None:
            return node
        node = above


def _assigned(tree: ast.AST) -> dict[str, list[ast.AST]]:
    """What each name of a module is ever set to."""
    values: dict[str, list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    values.setdefault(target.id, []).append(node.value)
    return values


def _names_its_district(node: ast.AST) -> bool:
    """Whether it compares `district_id`, or starts from the policy."""
    for part in ast.walk(node):
        if isinstance(part, ast.Compare):
            sides = [part.left, *part.comparators]
            if any(isinstance(s, ast.Attribute) and s.attr == "district_id" for s in sides):
                return True
        if isinstance(part, ast.Call) and _names(part.func) & STARTS:
            return True
        if isinstance(part, ast.Name) and part.id in CONDITIONS:
            return True
    return False


def test_the_conditions_that_are_used_elsewhere_name_the_district() -> None:
    values = _assigned(_parsed(ROOT / "goals/views.py"))
    assert all(_names_its_district(one) for name in CONDITIONS for one in values[name])


def test_every_select_on_a_districts_table_starts_from_the_policy_or_names_the_district() -> None:
    bare = []
    looked_at = 0
    for name, tree in files(*MADE_THERE):
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        values = _assigned(tree)
        for node in ast.walk(tree):
            if not _is_select(node):
                continue
            chain = _whole(node, parents)
            aliases = {
                target
                for target, set_to in values.items()
                if any((_names(v) | _attributes(v)) & OF_A_DISTRICT for v in set_to)
            }
            if not (_names(chain) | _attributes(chain)) & (OF_A_DISTRICT | aliases):
                continue
            looked_at += 1
            # with the conditions it uses by name, and those added to it by name later on
            holder = parents[chain]
            known = _names(chain)
            if isinstance(holder, ast.Assign) and isinstance(holder.targets[0], ast.Name):
                known = known | {holder.targets[0].id}
            named = [value for name in known for value in values.get(name, [])]
            under = [v for value in named for name in _names(value) for v in values.get(name, [])]
            parts = [chain, *named, *under]
            if not any(_names_its_district(part) for part in parts):
                bare.append(f"{name}:{chain.lineno}")  # type: ignore[attr-defined]
    assert looked_at > 30
    assert bare == []


def _attributes(node: ast.AST) -> set[str]:
    return {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}


def test_only_the_edge_knows_of_http() -> None:
    """The same as the import map, for imports that are made inside functions."""
    for name, tree in files("web"):
        if name == "main.py" or name.endswith("router.py") or name.startswith("cli"):
            continue
        for node in ast.walk(tree):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            for module in modules:
                assert module.partition(".")[0] not in ("fastapi", "starlette"), name
                assert not module.startswith("app.web"), name


def test_nobody_but_access_decides_by_role() -> None:
    found = {}
    for name, tree in files(*MADE_THERE):
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & ROLES
        if used:
            found[name] = used
    assert found.keys() == DECIDE_BY_ROLE.keys(), found


def test_only_record_writes_events() -> None:
    for name, tree in files("models"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("Event", "FeedEntry"):
                assert name == "core/events.py", f"{name}:{node.lineno}"


def test_no_service_commits() -> None:
    for name, tree in files("web", "core"):
        if name.startswith(
            ("cli", "demo/", "worker")
        ):  # they begin a unit of work, as a request does
            continue
        if name == "auth/attempts.py":  # a try counts, whatever becomes of the request
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in ("commit", "rollback"), f"{name}:{node.lineno}"


def test_one_file_knows_the_token_library() -> None:
    for name, tree in files():
        modules = {
            module
            for node in ast.walk(tree)
            for module in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        if any(module.partition(".")[0] == "jose" for module in modules):
            assert name == "web/tokens.py"
