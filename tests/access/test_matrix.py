"""Persona, operation, object: every cell of `table.py` against the program, over HTTP."""

import functools
from typing import Any

import pytest
from fastapi import FastAPI

from app.access import scope, views
from app.access.offers import OFFERED
from app.access.policy import GRANTS, Action, Relation
from app.access.scope import offered_as
from tests import parts  # each adds its rows to the table
from tests.access import table
from tests.access.conftest import Matrix
from tests.access.table import LISTS, PERSONAS, READERS, STEPS, Step
from tests.contract.checking import contract

pytestmark = pytest.mark.anyio
assert parts.PARTS


#: what the fast run tries; the large run tries every step with every persona
FAST = table.sample(STEPS, 1)


@pytest.mark.parametrize("step", FAST, ids=lambda step: step.id)
async def test_each_kind_of_persona_gets_what_the_policy_says(matrix: Matrix, step: Step) -> None:
    await _compare(matrix, step, step.some())


@pytest.mark.large
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
async def test_each_persona_gets_what_the_policy_says(matrix: Matrix, step: Step) -> None:
    await _compare(matrix, step, list(PERSONAS))


def test_what_the_fast_run_tries_holds_every_operation_persona_and_kind_of_answer() -> None:
    assert {step.operation for step in FAST} == {step.operation for step in STEPS}
    every = {(step.operation, step.expected(name)) for step in STEPS for name in step.some()}
    tried = {(step.operation, step.expected(name)) for step in FAST for name in step.some()}
    assert {kind for kind in every - tried if kind[1] < 400 or kind[1] == 409} == set()
    tried = {(name, step.expected(name)) for step in FAST for name in step.some()}
    assert {name for name, _ in tried} == set(PERSONAS)
    assert {name for name, status in tried if status in (403, 404)} == set(PERSONAS) - {"nobody"}
    assert {status for _, status in tried} == {
        step.expected(name) for step in STEPS for name in PERSONAS
    }


async def _compare(matrix: Matrix, step: Step, personas: list[str]) -> None:
    wrong = []
    for persona in personas:
        answer = await matrix.cell(step, persona)
        if answer.status_code != step.expected(persona):
            code = answer.json().get("code") if answer.status_code >= 400 else None
            wrong.append(f"{persona}: {answer.status_code} {code}, not {step.expected(persona)}")
        elif answer.request.method != "GET" and answer.is_success:
            only_asks = step.operation in table.ASKS
            wrong += [f"{persona}: {matrix.recorded} events"] * (bool(matrix.recorded) == only_asks)
    assert not wrong, f"{step.id}: " + "; ".join(wrong)


def test_every_operation_has_a_row(shared_app: FastAPI) -> None:
    document = contract(shared_app).document
    known = {op["operationId"] for item in document["paths"].values() for op in item.values()}
    covered = {step.operation for step in STEPS}
    assert known - covered == set(table.EXEMPT)
    assert covered <= known
    assert table.EXEMPT == {}


def test_clients_are_tried_on_all_that_the_contract_opens_to_them(shared_app: FastAPI) -> None:
    held = {"warehouse": {"goals:read", "webhooks:write"}, "rosters": {"roster:write"}}
    opened: dict[str, set[str]] = {kind: set() for kind in held}
    for item in contract(shared_app).document["paths"].values():
        for operation in item.values():
            for needed in [one["client"] for one in operation["security"] if "client" in one]:
                for kind in held:
                    if held[kind].issuperset(needed):
                        opened[kind].add(operation["operationId"])
    public = {"createToken", "acceptInvitation"}
    assert {kind: names - public for kind, names in table.OPENED.items()} == opened


@pytest.mark.parametrize("operation", LISTS)
async def test_a_list_holds_exactly_what_its_caller_may_read(
    matrix: Matrix, operation: str
) -> None:
    assert await _list_differs(matrix, operation) == {}


async def _list_differs(matrix: Matrix, operation: str) -> dict[str, Any]:
    """For each persona, what the list holds and should not, or should and does not."""
    readers = table.LIST_READERS.get(operation, READERS)
    key, names = table.LIST_KEYS.get(operation, "id"), {}
    if operation == "listActivity":
        names = matrix.objects.days
    else:
        names = {matrix.objects[name]: name for name in LISTS[operation]}
    also = table.ALSO.get(operation, lambda _: "")
    step = Step(operation, "", {}, 200, query=f"limit=200{also(matrix.objects)}")
    wrong = {}
    for persona in PERSONAS[:-1]:
        answer = await matrix.cell(step, persona)
        if step.expected(persona) == 403:
            assert answer.json()["code"] == "not_for_clients"
            continue
        assert answer.status_code == 200, (persona, answer.text)
        listed = {names.get(item[key]) for item in answer.json()["items"]} - {None}
        may = {name for name in LISTS[operation] if persona in readers[name].split()}
        if listed != may:
            wrong[persona] = listed ^ may
    return wrong


@pytest.mark.parametrize(("operation", "name"), table.HOLDS)
async def test_what_lies_below_is_found_by_whom_the_policy_says(
    matrix: Matrix, operation: str, name: str
) -> None:
    assert await _holds_differ(matrix, operation, name) == {}


async def _holds_differ(matrix: Matrix, operation: str, name: str) -> dict[str, bool]:
    """Who finds something below the object and should not, or should and does not."""
    step = next(one for one in STEPS if (one.operation, one.on) == (operation, name))
    wrong = {}
    for persona in PERSONAS[:-1]:
        answer = await matrix.cell(step, persona)
        found = bool(answer.json().get("items"))
        if found != (persona in table.HOLDS[operation, name].split()):
            wrong[persona] = found
    return wrong


#: the operation that reads an object and answers with `permissions`
_GETS = {
    step.operation
    for step in STEPS
    if step.operation.startswith("get")
    and step.operation not in ("getGoalChain", "getGoalAudience", "getContact")
}


@functools.cache
def _offers() -> dict[tuple[str, str], list[Step]]:
    """What can be done with an object: (GET operation, object) → the steps with a permission."""
    offers: dict[tuple[str, str], list[Step]] = {}
    for step in STEPS:
        if step.operation in _GETS and step.on:
            offers[step.operation, step.on] = [
                other for other in STEPS if other.on == step.on and other.permission
            ]
    return offers


def _some_offers() -> list[tuple[str, str]]:
    """Of each operation a few objects."""
    fast = {(step.operation, step.on) for step in table.sample(STEPS, 2)}
    return sorted(fast & _offers().keys())


@pytest.mark.parametrize(("get", "name"), _some_offers())
async def test_permissions_tell_the_outcome(matrix: Matrix, get: str, name: str) -> None:
    await _offer(matrix, get, name)


@pytest.mark.large
@pytest.mark.parametrize(("get", "name"), sorted(_offers().keys() - set(_some_offers())))
async def test_permissions_tell_the_outcome_in_every_cell(
    matrix: Matrix, get: str, name: str
) -> None:
    await _offer(matrix, get, name)


async def _offer(matrix: Matrix, get: str, name: str) -> None:
    steps = _offers()[get, name]
    read = next(step for step in STEPS if (step.operation, step.on) == (get, name))
    for persona in read.by[200].split():
        answer = (await matrix.cell(read, persona)).json()
        if "permissions" not in answer:
            continue
        listed = answer["permissions"]
        assert len(listed) == len(set(listed)), (persona, listed)
        for step in steps:
            status = step.expected(persona)
            if step.permission in listed:
                assert status not in (403, 404), (persona, step.id, listed)
            else:
                assert status in (403, 404, 409), (persona, step.id, listed)


def test_every_permission_that_an_object_can_offer_is_a_step() -> None:
    known = {step.permission for step in STEPS}
    offered = {
        offered_as(action, model) for model, actions in OFFERED.items() for action in actions
    }
    # One's own time zone is set at /me, where the object is always the caller.
    assert offered - known == {"set_zone"}


#: how operations say what actions say
_VERBS = {
    "read": ("get", "list"),
    "edit": ("update", "replace"),
    "progress": ("createGoalProgress",),
    "add_step": ("createPlanStep",),
    "edit_calendar": ("replaceCalendar",),
    "set_zone": ("updateMe",),
}
_NOUNS = {"teachingassignment": "classes", "observationrating": "rating"}
#: rules whose own cases are outside this world, tested in people/test_persons.py: everybody here
#: has a role at a school, and every lead works where their teachers do
ELSEWHERE = {
    (Relation.SELF, Action.PERSON_READ),
    (Relation.COACHED_BY, Action.PERSON_READ),
}


async def _notices(matrix: Matrix, action: str) -> bool:
    """Whether any cell, list or not, now differs from the table; the likeliest come first."""
    resource, _, verb = action.partition(":")
    noun = resource.replace("_", "")
    noun = _NOUNS.get(noun, noun)

    def likely(operation: str, permission: str | None = None) -> int:
        name = operation.lower()
        verbs = _VERBS.get(verb, (verb.partition("_")[0],))
        exact = permission in (verb, f"{verb}_{resource}")
        return -4 * exact - 2 * (noun in name) - any(word.lower() in name for word in verbs)

    async def of_list(operation: str) -> bool:
        return bool(await _list_differs(matrix, operation))

    async def of_what_lies_below(key: tuple[str, str]) -> bool:
        return bool(await _holds_differ(matrix, *key))

    async def of_step(step: Step) -> bool:
        for persona in PERSONAS:
            if step.expected(persona) < 400:
                answer = await matrix.cell(step, persona)
                assert answer.status_code < 500, (step.id, persona)
                if answer.status_code != step.expected(persona):
                    return True
        return False

    # What names the resource comes first, whether a list or not: to walk through every list costs
    # half a minute.
    tries: list[tuple[int, Any, Any]] = [(likely(name), of_list, name) for name in LISTS]
    tries += [(likely(key[0]), of_what_lies_below, key) for key in table.HOLDS]
    tries += [(likely(step.operation, step.permission), of_step, step) for step in STEPS]
    for _, differs, what in sorted(tries, key=lambda one: one[0]):
        if await differs(what):
            return True
    return False


#: what the program keeps of the rules: read off its modules, so that none is forgotten
KEPT = [
    kept
    for module in (scope, views)
    for kept in vars(module).values()
    if hasattr(kept, "cache_clear")
]


@pytest.mark.large
@pytest.mark.parametrize(
    ("relation", "action"),
    sorted(GRANTS.keys() - ELSEWHERE),
    ids=lambda part: str(part).replace(":", "-"),
)
async def test_without_any_one_rule_the_matrix_breaks(
    matrix: Matrix, monkeypatch: pytest.MonkeyPatch, relation: Relation, action: Action
) -> None:
    monkeypatch.delitem(GRANTS, (relation, action))
    monkeypatch.setattr(matrix, "clients", matrix.unchecked)
    for cache in KEPT:
        cache.cache_clear()
    try:
        assert await _notices(matrix, str(action))
    finally:
        monkeypatch.undo()
        for cache in KEPT:
            cache.cache_clear()
