"""Templates: the district's, a school's and a person's own, in each state."""

from typing import Any

from app import models as m
from tests.access.table import (
    ALDER,
    JUNIPER,
    LISTS,
    READERS,
    anywhere,
    reads,
    step,
)

FIELD = {"key": "why", "label": "Why", "type": "text", "required": True, "options": []}
#: name → (home, state)
TEMPLATES = {
    "template_draft": ("district", "draft"),
    "template_published": ("district", "published"),
    "template_retired": ("district", "retired"),
    "template_alder_draft": ("alder", "draft"),
    "template_alder": ("alder", "published"),
    "template_birch": ("birch", "published"),
    "template_own_draft": ("lena", "draft"),
    "template_own": ("lena", "published"),
}
READERS.update(
    {
        "template_draft": "ada",
        **dict.fromkeys(("template_published", "template_retired", "welcome"), JUNIPER),
        "template_alder_draft": "paul",
        "template_alder": f"ada {ALDER}",
        "template_birch": "ada bea ben",
        **dict.fromkeys(("template_own_draft", "template_own"), "lena"),
    }
)
_WRITES = {"district": "ada", "alder": "paul", "birch": "bea", "lena": "lena"}


async def build(add: Any, made: Any, objects: Any) -> None:
    """One of each."""
    world = objects.world
    for name, (home, state) in TEMPLATES.items():
        await add(
            name,
            made(
                m.Template,
                kind="questionnaire",
                key=name,
                title=name,
                school_id=world.ids[home] if home in ("alder", "birch") else None,
                owner_id=world.lena if home == "lena" else None,
                author_id=world.lena if home == "lena" else world.ada,
                fields=[FIELD],
                state=state,
            ),
        )


reads("getTemplate", f"{' '.join(TEMPLATES)} welcome")
anywhere(
    "createTemplate",
    JUNIPER + " zoe yan xav wes",
    body={"kind": "questionnaire", "key": "mine", "title": "Mine", "fields": [FIELD]},
    status=201,
)
for _home, _by in (("district", "ada"), ("alder", "paul")):
    _new: dict[str, Any] = {"kind": "questionnaire", "key": "new", "title": "New"}
    _body = _new | {"home": "district" if _home == "district" else "school"}
    anywhere(
        "createTemplate",
        f"{_by} zoe" if _home == "district" else _by,
        # whoever cannot see the school cannot tell that it exists
        409 if _home == "alder" else 403,
        (lambda _o, body=_body: body)
        if _home == "district"
        else (lambda o, body=_body: body | {"school_id": o["alder"]}),
        on=_home,
        status=201,
        others={403: " ".join(name for name in JUNIPER.split() if name != "paul")}
        if _home == "alder"
        else {},
    )
for _name, (_home, _state) in TEMPLATES.items():
    _by = _WRITES[_home]
    for _operation, _verb, _from, _given, _status in (
        ("updateTemplate", "edit", "draft", {"title": "Better"}, 200),
        ("deleteTemplate", "delete", "draft", None, 204),
        ("publishTemplate", "publish", "draft", None, 200),
        ("reviseTemplate", "revise", "published retired", None, 201),
        ("retireTemplate", "retire", "published", None, 200),
    ):
        step(
            _operation,
            _name,
            *((_by, "") if _state in _from.split() else ("", _by)),
            body=_given,
            status=_status,
            permission=_verb,
        )
LISTS["listTemplates"] = (*TEMPLATES, "welcome")
anywhere("listTemplates", JUNIPER + " zoe yan xav wes", query="limit=200")


async def chapter(j: Any, w: Any) -> None:
    """A lead writes a template of their own and revises it."""
    new = {
        "kind": "outreach",
        "key": "first_hello",
        "title": "First hello",
        "subject": "Hello, {{teacher_given_name}}",
        "text": "I look forward to this year. {{why}}",
        "fields": [{"key": "why", "label": "Why I look forward to it", "type": "text"}],
    }
    made = await j.do("createTemplate", "lena", body=new, conflict={"text": "{{salary}}"})
    # a school's is written by its leaders
    await j.do(
        "createTemplate",
        "paul",
        body=new | {"home": "school", "school_id": str(w.alder)},
        forbidden="tom",
    )
    at = {"template_id": made["id"]}
    made = await j.do(
        "updateTemplate",
        "lena",
        path=at,
        version=made["version"],
        body={"title": "First hello of the year"},
        conflict={"text": "{{salary}}"},
    )
    await j.do("listTemplates", "lena", query={"kind": "outreach", "limit": 2})
    made = await j.do("publishTemplate", "lena", path=at, version=made["version"])
    following = await j.do("reviseTemplate", "lena", path=at, version=made["version"])
    await j.do("getTemplate", "lena", path={"template_id": following["id"]})
    await j.do(
        "deleteTemplate",
        "lena",
        path={"template_id": following["id"]},
        version=following["version"],
    )
    await j.do("retireTemplate", "lena", path=at, version=made["version"])


async def grow(session: Any, _world: Any, home: Any, name: str) -> None:
    """One more template of the district."""
    session.add(m.Template(**home, kind="agreement", key=f"k{name}", title=name, state="published"))
    await session.flush()


#: who finds the id that an address needs, and where
FIRSTS = (("tom", "template_id", "/templates"),)
