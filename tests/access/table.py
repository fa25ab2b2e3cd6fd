"""What the policy says (domain.md §2a), by hand: who reads each object, who may take each step.

Nothing here is read off the program. A caller who may not read an object gets 404, one who reads it
but may not take the step 403, one who may take it in another state 409, and nobody at all 401.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from tests import world as worlds
from tests.access.objects import (
    ASKED,
    EVENTS,
    FEEDBACK,
    GOALS,
    HELP,
    INVITATION,
    ITEMS,
    MEETINGS,
    NEXT_STEPS,
    NOTES,
    REVIEWS,
    SAID,
    SERIES,
    UPDATES,
    Objects,
)
from tests.integrations import bundles

ALDER = "paul lena luis tom nina sam uma pia olga ivy mia"
BIRCH = "bea ben"
JUNIPER = f"ada {ALDER} {BIRCH}"
KESTREL = "zoe yan xav wes"
PEOPLE = f"{JUNIPER} {KESTREL}"
CLIENTS = "juniper_warehouse juniper_rosters kestrel_warehouse kestrel_rosters"
EVERYBODY = f"{PEOPLE} {CLIENTS}"
PERSONAS = (*EVERYBODY.split(), "nobody")

#: what a client's scope opens; everything else is for people
_ANY_CLIENT = {"createToken", "acceptInvitation", "getMe"}
OPENED = {
    "warehouse": {"getGoal", "listGoals", "getFeedHead", "listChanges", *_ANY_CLIENT},
    "rosters": {"getImport", "listImports", "createImport", "commitImport", *_ANY_CLIENT},
}

TEAM = "lena tom nina paul"
PULL = "juniper_warehouse"

_OPEN = "alder birch alder_year birch_year revoked juniper_warehouse course section"
_OPEN_PARTS = "framework_retired invented leap indicator_retired leap_le1"

#: who reads an object, whatever its address
READERS: dict[str, str] = {
    # schools, school years, clients, roster, frameworks: the district reads
    **dict.fromkeys(
        [
            "alder",
            "birch",
            "alder_year",
            "birch_year",
            "revoked",
            "juniper_warehouse",
            "framework_retired",
            "invented",
            "leap",
            "indicator_retired",
            "leap_le1",
            "course",
            "section",
        ],
        JUNIPER,
    ),
    **dict.fromkeys(("import_reported", "import_committed"), f"{JUNIPER} juniper_rosters"),
    **dict.fromkeys(("framework_draft", "indicator_draft"), "ada"),
    "alder_vision": f"ada {ALDER}",
    # teams, leads, coaching relationships: district and school; leads and teachers their own
    "maths": "ada paul lena tom nina",
    "arts": "ada paul luis sam",
    "tom_teacher": "ada paul tom",
    "tom_member": "ada paul lena tom",
    "lena_lead": "ada paul lena",
    "paul_leads": "ada paul",
    "ada_role": "ada",
    "sam_ended": "ada paul luis sam",
    "lena_tom": "ada paul lena tom",
    "lena_pia": "ada paul lena pia",
    "lena_olga": "ada paul lena olga",
    "luis_pia": "ada paul luis pia",
    "luis_olga": "ada paul luis olga",
    "paul_uma": "ada paul uma",
    # the directory: names to the school, the rest to the district
    **dict.fromkeys(ALDER.split(), f"ada {ALDER}"),
    **dict.fromkeys(BIRCH.split(), f"ada {BIRCH}"),
    **dict.fromkeys(("ada", "gone", "fay"), "ada"),
    # a lead's teachers who moved to another school stay within their sight
    "mo": f"ada {BIRCH} lena",
    "max": f"ada {BIRCH} lena",
    "may": f"ada {BIRCH} luis",
    # goals: school
    "school_draft": "paul",
    "school_published": f"ada {ALDER} {PULL}",
    "school_closed": f"ada {ALDER} {PULL}",
    "school_note": ALDER,
    "school_rev": f"ada {ALDER}",
    # goals: team
    "team_draft": "lena",
    "team_published": f"{TEAM} {PULL}",
    "team_closed": f"{TEAM} {PULL}",
    "team_note": TEAM,
    "team_rev": TEAM,
    # goals: individual, with a lead
    **dict.fromkeys(("tom_draft", "tom_shared", "tom_proposed"), "tom lena"),
    **dict.fromkeys(
        ("tom_agreed", "tom_closed", "tom_revised", "tom_lena_revised", "tom_birch"),
        f"tom lena paul {PULL}",
    ),
    "tom_note": "tom lena",
    "tom_rev": "tom lena",
    "tom_rev_by_lena": "tom lena",
    "tom_rev_agreed": "tom lena paul",
    "tom_rev_withdrawn": "tom lena",
    # written with the lead before: the teacher's alone, until it is agreed
    **dict.fromkeys(("tom_before_draft", "tom_before_proposed", "tom_before_note"), "tom"),
    "tom_before_rev": "tom",
    **dict.fromkeys(("tom_before_agreed", "tom_before_revised"), f"tom lena paul {PULL}"),
    # the relationship is paused: the lead reads, and the school leader stands in
    "pia_draft": "pia lena",
    "pia_proposed": "pia lena",
    "pia_alone_proposed": "pia paul",
    "pia_agreed": f"pia lena paul {PULL}",
    "pia_note": "pia lena",
    **dict.fromkeys(("pia_revised", "pia_alone_revised"), f"pia lena paul {PULL}"),
    "pia_rev": "pia lena",
    "pia_waiting": "pia lena",
    "pia_alone_rev": "pia paul",
    # it ended: the former lead keeps what they wrote, for a while
    "olga_draft": "olga",
    "olga_agreed": f"olga paul {PULL}",
    "olga_note": "olga",
    "olga_note_by_lena": "olga lena",
    # there never was one
    "uma_draft": "uma",
    "uma_proposed": "uma paul",
    "uma_agreed": f"uma paul {PULL}",
    "uma_revised": f"uma paul {PULL}",
    "uma_note": "uma",
    "uma_rev": "uma paul",
    "tom_session": "tom",
    # 1:1s: the pair, whether it works or is paused; a former lead what they wrote; no leader
    **dict.fromkeys(("tom_scheduled", "tom_started", "tom_held", "tom_skipped"), "tom lena"),
    "tom_before_held": "tom",
    "pia_scheduled": "pia lena",
    "olga_held": "olga",
    "olga_held_by_lena": "olga lena",
    **dict.fromkeys(("tom_series", "tom_series_ended", "tom_review", "tom_feedback"), "tom lena"),
    "pia_series": "pia lena",
    "olga_series": "olga lena",
    "olga_feedback": "olga",
    **dict.fromkeys(("pia_feedback", "pia_review"), "pia lena"),
    "nina_series": "nina lena",
    "olga_review": "olga lena",
    **dict.fromkeys(
        ("tom_item", "tom_item_by_lena", "tom_item_now", "tom_item_discussed"), "tom lena"
    ),
    "pia_item": "pia lena",
    "olga_item_by_lena": "olga lena",
    # open next steps follow the teacher to the next lead
    **dict.fromkeys(("tom_step", "tom_step_done", "tom_before_step"), "tom lena"),
    "tom_before_step_done": "tom",
    "pia_step": "pia lena",
    "olga_step": "olga",
    "olga_step_by_lena": "olga lena",
    # support: the raiser and whom she named; not the teacher, no leader or administrator as such
    **{name: f"lena {named}" for name, (_, named) in HELP.items()},
    **{name: f"lena {HELP[request][1]}" for name, (request, _, _) in SAID.items()},
    **{f"asked_{state}": "lena mia paul" for state in ASKED},
    "update_shut": "lena paul",
    "update_open": "lena paul tom",
    # the audit: what leaders may know, one's own actions, one's own records but never support
    "event_pair": "lena tom",
    "event_goal": "ada paul lena tom",
    "event_school": "ada paul",
    "event_administration": "ada paul sam",
    "event_support": "lena",
    "event_private": "uma",
    # what others do to an account is for the leaders of the person's school, too
    "event_account": "ada paul uma",
    "event_own_account": "ada uma",
}

#: who reads a person's e-mail address
CONTACTS = {
    "tom": "ada paul lena tom",
    "sam": "ada paul luis sam",
    "pia": "ada paul lena pia",
    "olga": "ada paul olga",
    "uma": "ada paul uma",
    "lena": "ada paul lena tom nina pia",
    "luis": "ada paul luis sam pia",
    "paul": "ada paul lena luis uma",
    "ivy": "ada paul ivy",
    "ben": "ada bea ben",
    "ada": "ada",
    "fay": "ada",
    "mo": "ada bea lena",
    "max": "ada bea lena",
    "may": "ada bea",
}


#: who reads that a meeting happens
ACTIVITY = {
    **dict.fromkeys(("tom_scheduled", "tom_started", "tom_held", "tom_skipped"), "tom lena paul"),
    "tom_before_held": "tom paul",
    "pia_scheduled": "pia lena paul",
    **dict.fromkeys(("olga_held", "olga_held_by_lena"), "olga paul"),
}


@dataclass(frozen=True)
class Step:
    """One operation on one object, and what each persona gets."""

    operation: str
    on: str
    #: status → personas
    by: dict[int, str]
    #: everybody else, but nobody at all
    rest: int
    body: Callable[[Objects], Any] | None = None
    nobody: int = 401
    #: the object's name under `permissions`, as the operation's name there
    permission: str | None = None
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def expected(self, persona: str) -> int:
        """The status the policy says."""
        if persona == "nobody":
            return self.nobody
        if persona in CLIENTS.split() and not OPENED[persona.partition("_")[2]] & {self.operation}:
            return 403
        found = [status for status, names in self.by.items() if persona in names.split()]
        assert len(found) < 2, (self, persona)
        return found[0] if found else self.rest

    def some(self) -> list[str]:
        """One persona who may, one who is refused, and one whom the state refuses; others for each
        step: what the fast run tries. The large run tries everybody else."""
        order = sorted(PERSONAS, key=lambda name: crc32(f"{self.id} {name}".encode()))
        first: dict[int, str] = {}
        for name in order:
            first.setdefault(self.expected(name), name)
        tried = [name for status, name in first.items() if status < 400 or status == 409]
        refused = [name for name in first.values() if name not in tried]
        # Nobody at all is refused before any rule is asked: that is shown where they come first.
        if order[0] != "nobody" and len(refused) > 1:
            refused = [name for name in refused if name != "nobody"]
        return tried + refused[crc32(self.id.encode()) % max(len(refused), 1) :][:1]

    @property
    def id(self) -> str:
        """For the test's name."""
        return f"{self.operation}-{self.on}"


STEPS: list[Step] = []


def sample(steps: list[Step], most: int) -> list[Step]:
    """Some steps of each operation, always the same: at least one for each kind of answer that the
    rules give, else up to `most` of them."""
    chosen: set[int] = set()
    kinds: set[tuple[str, int]] = set()
    count: dict[str, int] = {}
    for step in sorted(steps, key=lambda step: crc32(step.id.encode())):
        given = {(step.operation, step.expected(name)) for name in step.some()}
        new = {kind for kind in given - kinds if kind[1] < 400 or kind[1] == 409}
        if new or count.get(step.operation, 0) < most:
            chosen.add(id(step))
            kinds |= given
            count[step.operation] = count.get(step.operation, 0) + 1
    return [step for step in steps if id(step) in chosen]


#: operations that only ask, though they are POSTs: they change nothing, so they record nothing
ASKS: set[str] = set()


def _minus(names: str, *others: str) -> str:
    out = {name for other in others for name in other.split()}
    return " ".join(name for name in names.split() if name not in out)


def reads(operation: str, names: str, readers: dict[str, str] = READERS) -> None:
    """Reading an object: its readers, and to everybody else it does not exist."""
    for name in names.split():
        STEPS.append(Step(operation, name, {200: readers[name]}, 404))


def step(
    operation: str,
    names: str,
    ok: str = "",
    conflict: str = "",
    body: Any = None,
    *,
    status: int = 200,
    permission: str | None = None,
    readers: str | None = None,
    others: dict[int, str] | None = None,
) -> None:
    """A change of an object by `ok`, refused for its state to `conflict`; 403 to other readers."""
    for name in names.split():
        seen = READERS[name] if readers is None else readers
        by = {status: ok, 409: conflict, 403: _minus(seen, ok, conflict)}
        for other, who in (others or {}).items():
            by[status] = _minus(by[status], who)
            by[other] = who
        assert set(f"{ok} {conflict}".split()) <= set(seen.split()), (operation, name)
        given = body if callable(body) or body is None else (lambda _o, b=body: b)
        STEPS.append(Step(operation, name, by, 404, given, permission=permission))


def anywhere(operation: str, ok: str, rest: int = 403, body: Any = None, **options: Any) -> None:
    """An operation on no object, or on the caller's own: `others` are status → personas."""
    status = options.pop("status", 200)
    others = options.pop("others", {})
    given = body if callable(body) or body is None else (lambda _o: body)
    on = options.pop("on", "")
    STEPS.append(Step(operation, on, {status: ok, **others}, rest, given, **options))


# --- sign-in ----------------------------------------------------------------------------------

_PASSWORD = "violet otters juggle quiet lanterns"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
anywhere(
    "createToken",
    EVERYBODY,
    body={"grant_type": "password", "username": "tom@juniper.example", "password": worlds.PASSWORD},
    headers=_FORM,
    nobody=200,
)
anywhere(
    "acceptInvitation", EVERYBODY, body={"token": INVITATION, "password": _PASSWORD}, nobody=200
)
anywhere(
    "changePassword",
    PEOPLE,
    body={"current_password": worlds.PASSWORD, "new_password": _PASSWORD},
    status=204,
)
step("endSession", "tom_session", "tom", status=204, permission="end")
anywhere("getMe", EVERYBODY)
anywhere("getMyWeek", PEOPLE)
anywhere("updateMe", PEOPLE, 404, {"zone": "America/Chicago"}, on="me")

# --- schools, years, vision, teams ------------------------------------------------------------

reads("getSchool", "alder birch")
reads("listYearsOfSchool", "alder birch")
step("updateSchool", "alder birch", "ada", body={"name": "Elder School"}, permission="edit")
_NEW_SCHOOL = {"name": "Dogwood School", "zone": "America/Denver"}
anywhere("createSchool", "ada zoe", body=_NEW_SCHOOL, status=201)
_NEW_YEAR = {"title": "2027-2028", "first_day": "2027-08-16", "last_day": "2028-06-02"}
step(
    "createSchoolYear",
    "alder birch",
    "ada",
    body=_NEW_YEAR,
    status=201,
    permission="create_school_year",
)
reads("getSchoolYear", "alder_year birch_year")
step("updateSchoolYear", "alder_year", "ada", body={"title": "This year"}, permission="edit")
_CALENDAR = {"first_day": "2026-08-17", "last_day": "2027-06-04", "days": []}
step("replaceCalendar", "alder_year", "paul", body=_CALENDAR, permission="edit_calendar")
step("replaceCalendar", "birch_year", "bea", body=_CALENDAR, permission="edit_calendar")
reads("getVision", "alder_vision")
# Its address is the school's, which the district reads: 403 tells nothing about the vision.
step(
    "replaceVision",
    "alder_vision",
    "paul",
    body={"text": "All children."},
    permission="edit",
    readers=JUNIPER,
)
reads("getTeam", "maths arts")
_TEAM = {"name": "Readers"}
step("createTeam", "alder", "ada paul", body=_TEAM, status=201, permission="create_team")
step("createTeam", "birch", "ada bea", body=_TEAM, status=201, permission="create_team")
step("updateTeam", "maths arts", "ada paul", body=_TEAM, permission="edit")

# --- district and policy ----------------------------------------------------------------------

anywhere("getDistrict", PEOPLE, 404)
anywhere("getPolicy", PEOPLE, 404)
anywhere(
    "updatePolicy",
    "ada zoe",
    404,
    {"values": {"suppression_minimum": 6}, "reason": "We are small."},
    on="policy",
    others={403: _minus(PEOPLE, "ada zoe")},
)

# --- people -----------------------------------------------------------------------------------

reads("getPerson", "tom ben paul ada gone fay mo max may")
reads("getContact", " ".join(CONTACTS), CONTACTS)
anywhere("createPerson", "ada zoe", body={"given_name": "New", "family_name": "Person"}, status=201)
step("updatePerson", "tom fay", "ada", body={"given_name": "Thomas"}, permission="edit")
step("invitePerson", "fay", "ada", permission="invite")
step("invitePerson", "tom gone", "", "ada", permission="invite")
step("deactivatePerson", "tom fay", "ada", permission="deactivate")
step("deactivatePerson", "gone", "", "ada", permission="deactivate")
step("reactivatePerson", "gone", "ada", permission="reactivate")
step("reactivatePerson", "tom", "", "ada", permission="reactivate")

# --- roles ------------------------------------------------------------------------------------

reads("getRole", "tom_teacher tom_member lena_lead paul_leads ada_role sam_ended")
step("endRole", "tom_member lena_lead", "ada paul", permission="end")
step("endRole", "tom_teacher paul_leads", "ada", permission="end")
step("endRole", "ada_role", "", "ada", permission="end")  # the last administrator
step("endRole", "sam_ended", "", "ada paul", permission="end")


def _role(person: str, kind: str, team: str | None = None, **more: Any) -> Any:
    def body(o: Objects) -> dict[str, Any]:
        given = {"person_id": o[person], "kind": kind, "school_id": o["alder"], **more}
        return given | ({"team_id": o[team]} if team else {})

    return body


anywhere(
    "createRole",
    "ada paul",
    409,  # somebody who cannot see the person cannot tell that they exist
    _role("tom", "mentor"),
    on="mentor",
    status=201,
    others={403: _minus(ALDER, "paul")},
)
anywhere(
    "createRole",
    "ada paul",
    409,
    _role("uma", "team_lead", "arts"),
    on="lead",
    status=201,
    others={403: "luis sam"},
)
for _kind, _more in (("school_leader", {}), ("teacher", {"tested_subject": True})):
    anywhere(
        "createRole",
        "ada",
        409,
        _role("ivy", _kind, **_more),
        on=_kind,
        status=201,
        others={403: ALDER},
    )

# --- integrations -----------------------------------------------------------------------------

reads("getIntegrationClient", "juniper_warehouse revoked")
_CLIENT = {"name": "Dashboard", "scopes": ["goals:read"]}
anywhere("createIntegrationClient", "ada zoe", body=_CLIENT, status=201)
step("rotateClientSecret", "juniper_warehouse", "ada", permission="rotate_secret")
step("rotateClientSecret", "revoked", "", "ada", permission="rotate_secret")
step("revokeIntegrationClient", "juniper_warehouse", "ada", permission="revoke")
step("revokeIntegrationClient", "revoked", "", "ada", permission="revoke")
reads("getImport", "import_reported import_committed")
anywhere(
    "createImport",
    "ada zoe juniper_rosters kestrel_rosters",
    body=lambda _o: bundles.zipped(bundles.bundle()),
    status=201,
    query="source=quill",
    headers={"Content-Type": "application/zip"},
)
step("commitImport", "import_reported", "ada juniper_rosters", permission="commit")
step("commitImport", "import_committed", "", "ada juniper_rosters", permission="commit")
reads("getCourse", "course")
reads("getClass", "section")
anywhere("getFeedHead", "juniper_warehouse kestrel_warehouse")
STEPS.append(
    Step(
        "listChanges",
        "position",
        {200: PULL, 400: "kestrel_warehouse"},  # a position belongs to one caller
        403,
    )
)

# --- frameworks -------------------------------------------------------------------------------

reads("getFramework", "leap invented framework_draft framework_retired")
reads("getIndicator", "leap_le1 indicator_draft indicator_retired")
anywhere(
    "createFramework",
    "ada zoe",
    body=lambda _o: (
        worlds.invented()
        .model_copy(update={"edition": "new"})
        .model_dump(mode="json", by_alias=True)
    ),
    status=201,
)
step("publishFramework", "framework_draft", "ada", permission="publish")
step("publishFramework", "invented framework_retired", "", "ada", permission="publish")
step("retireFramework", "invented", "ada", permission="retire")
step("retireFramework", "framework_draft framework_retired", "", "ada", permission="retire")

# --- coaching relationships -------------------------------------------------------------------

_LINKS = {
    "lena_tom": ("active", "tom"),
    "lena_pia": ("paused", "pia"),
    "lena_olga": ("ended", "olga"),
    "luis_pia": ("proposed", "pia"),
    "luis_olga": ("withdrawn", "olga"),
    "paul_uma": ("proposed", "uma"),
}
reads("getCoachingRelationship", " ".join(_LINKS))
for _verb, _states, _body in (
    ("update", "proposed active paused", {"evaluator_scope": "none"}),
    ("activate", "proposed", None),
    ("withdraw", "proposed", None),
    ("pause", "active", None),
    ("resume", "paused", None),
    ("end", "active paused", {"reason": "Another team."}),
):
    for _name, (_state, _teacher) in _LINKS.items():
        _may = f"paul {_teacher}" if _verb == "activate" else "ada paul"
        if (_verb, _name) == ("activate", "paul_uma"):
            _may = "uma"  # a leader becomes a lead by the teacher's own yes
        step(
            f"{_verb}CoachingRelationship",
            _name,
            *((_may, "") if _state in _states.split() else ("", _may)),
            body=_body,
            permission="edit" if _verb == "update" else _verb,
        )
anywhere(
    "proposeCoachingRelationship",
    "ada paul",
    409,
    lambda o: {"lead_id": o["lena"], "teacher_id": o["uma"], "school_year_id": o["alder_year"]},
    status=201,
    others={403: _minus(JUNIPER, "ada paul")},
)

# --- goals ------------------------------------------------------------------------------------

_GOAL = {"kind": "growth", "title": "A goal"}


def _goal(level: str, **owner: str) -> Any:
    def body(o: Objects) -> dict[str, Any]:
        named = {f"{name}_id": o[value] for name, value in owner.items()}
        return {**_GOAL, "level": level, "school_year_id": o["alder_year"], **named}

    return body


def _new_goal(on: str, ok: str, forbidden: str, body: Any) -> None:
    anywhere("createGoal", ok, 409, body, on=on, status=201, others={403: _minus(forbidden, ok)})


_new_goal("school", "paul", JUNIPER, _goal("school"))
_new_goal("maths", "lena", f"ada {TEAM}", _goal("team", team="maths"))
_new_goal("tom", "tom lena", f"ada {ALDER}", _goal("individual", teacher="tom"))
_new_goal("pia", "pia", f"ada {ALDER}", _goal("individual", teacher="pia"))
_new_goal("olga", "olga", f"ada {ALDER}", _goal("individual", teacher="olga"))
_new_goal("uma", "uma", f"ada {ALDER}", _goal("individual", teacher="uma"))

#: owner → who writes, who also decides because there is no active lead, who also reads notes
_PARTIES = {
    "tom": ("tom lena", "", ""),
    "pia": ("pia", "paul", "lena"),
    "olga": ("olga", "paul", ""),
    "uma": ("uma", "paul", ""),
    "alder": ("paul", "", f"{ALDER}"),
    "maths": ("lena", "", TEAM),
}
_CLOSE = {"outcome": "abandoned"}
_REVISE = {"reason": "It became clear.", "content": {"title": "Another"}}


def _progress(name: str) -> Any:
    return lambda o: {"measure_id": o[f"{name}_measure"], "on": "2026-10-01", "value": 2}


def _goal_steps(name: str) -> None:
    level, state, owner, author = GOALS[name]
    writers, stand_in, readers_of_notes = _PARTIES[owner]
    individual = level == "individual"
    seen = READERS[name].split()
    deciders = f"{writers} {stand_in}"
    people = writers if individual else _minus(readers_of_notes, CLIENTS)
    if not individual and state == "draft":
        people = ""  # what is said of a draft would be read by more than the draft
    notes = f"{writers} {readers_of_notes}"

    def may(who: str) -> str:
        return " ".join(dict.fromkeys(n for n in who.split() if n in seen))

    def transition(operation: str, who: str, states: str, body: Any = None, **options: Any) -> None:
        allowed = may(who)
        possible = (allowed, "") if state in states.split() else ("", allowed)
        step(operation, name, *possible, body=body, **options)

    nobody = ""
    common = nobody if individual else writers
    transition("updateGoal", writers, "draft", {"title": "Other"}, permission="edit")
    author_only = author if individual else writers
    if name == "tom_shared":
        author_only = "lena"
    transition("deleteGoal", author_only, "draft", status=204, permission="delete")
    one = writers if individual else nobody
    transition("proposeGoal", one, "draft", permission="propose")
    both = deciders if individual else nobody
    # Back in draft it is the teacher's alone: whoever stands in has nothing to read then (204).
    leaves = {204: may(stand_in)} if individual and state == "proposed" else {}
    transition("requestGoalChanges", both, "proposed", permission="request_changes", others=leaves)
    transition("agreeGoal", both, "proposed", permission="agree")
    transition("publishGoal", common, "draft", permission="publish")
    ends = deciders if individual else writers
    in_force = "" if name.endswith("_revised") else "agreed published"
    transition("closeGoal", ends, in_force, _CLOSE, permission="close")
    transition("proposeGoalRevision", ends, in_force, _REVISE, status=201, permission="revise")
    transition(
        "createGoalProgress",
        writers,
        "agreed published",
        _progress(name),
        status=201,
        permission="progress",
    )
    comment = {"text": "A remark."}
    step("createGoalComment", name, may(people), body=comment, status=201, permission="comment")
    for operation in ("listGoalProgress", "listGoalComments"):
        people_only = _minus(READERS[name], PULL)
        step(operation, name, may(notes), permission="read_notes", readers=people_only)


for _goal_name in GOALS:
    reads("getGoal", _goal_name)
    _goal_steps(_goal_name)
for _name in ("tom_draft", "tom_agreed", "uma_proposed", "school_published", "team_published"):
    # persons' names and the words of a goal are not on the allow-list of integrations
    for _operation in ("getGoalAudience", "getGoalChain", "listGoalRevisions"):
        reads(_operation, _name, {_name: _minus(READERS[_name], PULL)})
anywhere("getGoalSummary", EVERYBODY)

for _name in NOTES:
    for _operation, _suffix in (("getGoalProgress", "progress"), ("getGoalComment", "comment")):
        reads(_operation, f"{_name}_{_suffix}", {f"{_name}_{_suffix}": READERS[_name]})
        READERS[f"{_name}_{_suffix}"] = READERS[_name]

reads(
    "getGoalRevision",
    "tom_rev tom_rev_by_lena tom_rev_agreed tom_rev_withdrawn tom_before_rev pia_rev pia_waiting"
    " pia_alone_rev"
    " uma_rev school_rev team_rev",
)
step("agreeGoalRevision", "tom_rev", "lena", "tom", permission="agree")
step("agreeGoalRevision", "tom_rev_by_lena", "tom", "lena", permission="agree")
step("withdrawGoalRevision", "tom_rev", "tom lena", permission="withdraw")
step("agreeGoalRevision", "uma_rev", "paul", "uma", permission="agree")
step("agreeGoalRevision", "pia_waiting", "", "pia", permission="agree")
step("agreeGoalRevision", "pia_alone_rev", "paul", "pia", permission="agree")
step("withdrawGoalRevision", "pia_waiting", "pia", permission="withdraw")
step("agreeGoalRevision", "tom_before_rev", "", "tom", permission="agree")
step("withdrawGoalRevision", "tom_before_rev", "tom", permission="withdraw")
for _name, _teacher in (("uma_rev", "uma"), ("pia_alone_rev", "pia")):
    # Withdrawn, it is the pair's alone: whoever stands in has nothing to read then (204).
    _both = f"{_teacher} paul"
    step("withdrawGoalRevision", _name, _both, permission="withdraw", others={204: "paul"})
for _operation, _permission in (
    ("agreeGoalRevision", "agree"),
    ("withdrawGoalRevision", "withdraw"),
):
    step(_operation, "tom_rev_agreed tom_rev_withdrawn", "", "tom lena", permission=_permission)
    step(_operation, "school_rev team_rev", permission=_permission)

# --- 1:1 meetings -------------------------------------------------------------------------------


def _with(teacher: str, **more: Any) -> Any:
    return lambda o: {"teacher_id": o[teacher], **more}


for _operation, _more in (
    ("createMeetingSeries", {"first_on": "2026-10-07", "at": "08:00", "last_on": "2026-10-20"}),
    ("createMeeting", {"on": "2026-10-07", "at": "08:00"}),
):
    anywhere(
        _operation,
        # Sam and Luis have none yet; Tom and Lena have their series already.
        "sam luis",
        409,
        _with("sam", **_more),
        on="sam",
        status=201,
        others={403: "ada paul"},
    )
reads("getMeetingSeries", " ".join(SERIES))
reads("getMeetingSeriesCadence", "tom_series pia_series olga_series")
reads("listSeriesReviews", "tom_series pia_series olga_series")
reads("getSeriesReview", " ".join(REVIEWS))
reads("getMeeting", " ".join(MEETINGS))
reads("listAgendaItems", "tom_scheduled pia_scheduled tom_before_held")
reads("getAgendaItem", " ".join(ITEMS))
reads("listAgendaItemHistory", "tom_item pia_item olga_item_by_lena")
reads("getNextStep", " ".join(NEXT_STEPS))
reads("getMeetingFeedback", " ".join(FEEDBACK))

#: whoever of the two writes: both while they work together, nobody while it is paused or over
_WRITE = {"tom": "tom lena", "nina": "nina lena"}


def _meeting_step(
    operation: str,
    rows: dict[str, tuple[str, ...]],
    states: str,
    body: Any = None,
    who: Callable[[str], str] | None = None,
    **options: Any,
) -> None:
    for name, row in rows.items():
        teacher = row[0] if row[0] in PEOPLE.split() else row[0].partition("_")[0]
        may = who(name) if who else _WRITE.get(teacher, "")
        if not set(may.split()) <= set(READERS[name].split()):
            may = " ".join(sorted(set(may.split()) & set(READERS[name].split())))
        if "before" in name and not who:
            may = ""  # of a pair that is over
        given = (may, "") if row[-1] in states.split() else ("", may)
        step(operation, name, *given, body=body, **options)


_meeting_step("updateMeetingSeries", SERIES, "active", {"place": "Library"}, permission="edit")
_meeting_step("pauseMeetingSeries", SERIES, "active", permission="pause")
_meeting_step("resumeMeetingSeries", SERIES, "paused", permission="resume")
_meeting_step("endMeetingSeries", SERIES, "active paused", {"reason": "Over."}, permission="end")
_meeting_step(
    "createSeriesReview",
    SERIES,
    "active paused",
    {"agenda_changed": True, "schedule_changed": False, "text": "Shorter."},
    status=201,
    permission="review",
)
_meeting_step("updateMeeting", MEETINGS, "scheduled", {"place": "Library"}, permission="edit")
_meeting_step("startMeeting", MEETINGS, "scheduled", permission="start")
_meeting_step("cancelMeeting", MEETINGS, "scheduled", {"reason": "Ill."}, permission="cancel")
_meeting_step("skipMeeting", MEETINGS, "scheduled", {"skip": "leave"}, permission="skip")
_meeting_step("missMeeting", MEETINGS, "scheduled", permission="miss")
_meeting_step(
    "completeMeeting", MEETINGS, "in_progress", {"no_next_steps": True}, permission="complete"
)
_meeting_step(
    "createAgendaItem",
    MEETINGS,
    "scheduled in_progress",
    {"text": "The new seating."},
    status=201,
    permission="add_agenda_item",
)
_meeting_step(
    "createNextStep",
    MEETINGS,
    "in_progress",
    lambda o: {"owner_id": o["tom"], "text": "Try it.", "due_on": "2026-10-12"},
    status=201,
    permission="add_next_step",
)
_meeting_step(
    "createMeetingFeedback",
    MEETINGS,
    "completed",
    {"structure": 4, "content": 5},
    # the teacher's alone
    lambda name: "tom" if name.startswith("tom") and "before" not in name else "",
    status=201,
    permission="give_feedback",
)


def _author(name: str) -> str:
    return ITEMS[name][1] if name.startswith("tom") else ""


def _of_teacher(name: str) -> str:
    return "tom" if name.startswith("tom") else ""


def _dropper(name: str) -> str:
    return " ".join(dict.fromkeys(f"{_of_teacher(name)} {_author(name)}".split()))


_meeting_step("updateAgendaItem", ITEMS, "open", {"text": "More."}, _author, permission="edit")
_meeting_step("moveAgendaItem", ITEMS, "open", {"position": 1}, _of_teacher, permission="move")
for _item, (_meeting, _, _state) in ITEMS.items():
    _two = "tom lena" if _item.startswith("tom") else ""
    _on = MEETINGS[_meeting][-1] == "in_progress" and _state == "open"
    step("discussAgendaItem", _item, *((_two, "") if _on else ("", _two)), permission="discuss")
_meeting_step("dropAgendaItem", ITEMS, "open", None, _dropper, permission="drop")


def _steppers(name: str) -> str:
    """The teacher unless it is paused, and the lead of today where they read it."""
    teacher = name.partition("_")[0]
    return {"tom": "tom lena", "olga": "olga", "pia": ""}[teacher]


_LATER = {"due_on": "2026-12-20"}
_meeting_step("updateNextStep", NEXT_STEPS, "open", _LATER, _steppers, permission="edit")
_meeting_step("finishNextStep", NEXT_STEPS, "open", None, _steppers, permission="finish")
_meeting_step(
    "carryOverNextStep",
    NEXT_STEPS,
    "open",
    _LATER,
    _steppers,
    status=201,
    permission="carry_over",
)
_meeting_step(
    "dropNextStep", NEXT_STEPS, "open", {"reason": "Not needed."}, _steppers, permission="drop"
)

# --- support ------------------------------------------------------------------------------------

anywhere(
    "createSupportRequest",
    "lena",
    409,  # nobody else coaches Tom, or can tell whether there is such a teacher
    lambda o: {"about_id": o["tom"], "recipient_ids": [o["mia"]], "text": "We are stuck."},
    on="help",
    status=201,
)
anywhere(
    "createLeaderUpdate",
    "lena",
    409,
    lambda o: {"about_id": o["tom"], "leader_id": o["paul"], "text": "It goes well."},
    on="update",
    status=201,
)
reads("getSupportRequest", " ".join(HELP))
reads("listSupportEntries", "help_open help_resolved")
reads("listInterventions", "help_open help_resolved")
reads("listSupportRequestHistory", " ".join(HELP))
reads("getSupportEntry", " ".join(SAID))
reads("getIntervention", " ".join(f"asked_{state}" for state in ASKED))
reads("getLeaderUpdate", " ".join(UPDATES))


def _help_step(operation: str, who: str, states: str, body: Any = None, **options: Any) -> None:
    """A step by the raiser (`lena`), the named (`named`) or both."""
    for name, (state, named) in HELP.items():
        may = who.replace("named", named)
        given = (may, "") if state in states.split() else ("", may)
        step(operation, name, *given, body=body, **options)


_UNRESOLVED = "open acknowledged in_progress"
_help_step("acknowledgeSupportRequest", "named", "open", permission="acknowledge")
_help_step("startSupportRequest", "lena named", "acknowledged", permission="start")
_help_step("resolveSupportRequest", "lena named", "in_progress", permission="resolve")
_help_step("withdrawSupportRequest", "lena", _UNRESOLVED, permission="withdraw")
_help_step("reopenSupportRequest", "lena", "resolved", permission="reopen")
_help_step(
    "shareSupportRequest",
    "lena",
    _UNRESOLVED,
    lambda o: {"person_id": o["ivy"]},
    permission="share",
)
_help_step(
    "createSupportEntry",
    "lena named",
    _UNRESOLVED,
    {"text": "Try to meet in her room."},
    status=201,
    permission="write",
)
# only a leader who is named can be asked
# and once until it is declined or done
for _name, _given in (("help_in_progress", ("lena", "")), ("help_open", ("", "lena"))):
    step(
        "createIntervention",
        _name,
        *_given,
        body=lambda o: {"leader_id": o["paul"], "text": "Please talk to both of us."},
        status=201,
        permission="ask_intervention",
    )
step("finishSupportEntry", "said_step", "lena mia paul", permission="finish")
step("finishSupportEntry", "said_message", "", "lena mia paul", permission="finish")
step("finishSupportEntry", "said_step_done", "", "lena mia paul", permission="finish")
for _verb, _from, _body in (
    ("accept", "requested", None),
    ("decline", "requested", {"reason": "Not yet."}),
    ("start", "accepted", None),
    ("finish", "under_way", None),
):
    for _state in ASKED:
        step(
            f"{_verb}Intervention",
            f"asked_{_state}",
            *(("paul", "") if _state == _from else ("", "paul")),
            body=_body,
            permission=_verb,
        )

# --- lists ------------------------------------------------------------------------------------

#: operation → the objects it may list; each caller finds exactly those they read
LISTS: dict[str, tuple[str, ...]] = {
    "listSchools": ("alder", "birch"),
    "listSchoolYears": ("alder_year", "birch_year"),
    "listTeams": ("maths", "arts"),
    "listPeople": ("ada", *ALDER.split(), *BIRCH.split(), "gone", "fay", "mo", "max", "may"),
    "listContacts": tuple(CONTACTS),
    "listRoles": ("tom_teacher", "tom_member", "lena_lead", "paul_leads", "ada_role", "sam_ended"),
    "listIntegrationClients": ("juniper_warehouse", "revoked"),
    "listFrameworks": ("leap", "invented", "framework_draft", "framework_retired"),
    "listIndicators": ("leap_le1",),
    "listCoachingRelationships": tuple(_LINKS),
    "listGoals": tuple(GOALS),
    "listImports": ("import_reported", "import_committed"),
    "listCourses": ("course",),
    "listClasses": ("section",),
    "listSessions": ("tom_session",),
    "listEvents": tuple(EVENTS),
    "listMeetingSeries": tuple(SERIES),
    "listMeetings": tuple(MEETINGS),
    "listNextSteps": tuple(NEXT_STEPS),
    "listMeetingFeedback": tuple(FEEDBACK),
    "listActivity": tuple(ACTIVITY),
    "listSupportRequests": tuple(HELP),
    "listLeaderUpdates": tuple(UPDATES),
}
#: operation → what else is asked: classes by who teaches them, which is a record of its own
ALSO: dict[str, Callable[[Objects], str]] = {"listClasses": lambda o: f"&teacher_id={o['tom']}"}
#: operation → who finds the object in it, where that is not who reads it
LIST_READERS: dict[str, dict[str, str]] = {"listContacts": CONTACTS, "listActivity": ACTIVITY}
#: operation → the field by which its items are known
#: (list below an object, object) → who of those who may ask finds something in it
HOLDS: dict[tuple[str, str], str] = {}
LIST_KEYS: dict[str, str] = {"listActivity": "on"}
for _operation in LISTS:
    anywhere(_operation, EVERYBODY, query="limit=200")

#: operations that the matrix leaves out, with the reason: none, and none to come
EXEMPT: dict[str, str] = {}
