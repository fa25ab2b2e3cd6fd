"""One journey through the test world that performs every operation of the contract once.

The same script runs twice: recorded, it makes the contract's examples; refused, it first tries
every way in which each step can be refused (`refusals.py`). Its people, clock and ids are fixed, so
a recording is the same bytes each time.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import jsonschema

from tests.conftest import Live
from tests.contract.checking import Contract, Operation, contract
from tests.integrations import bundles
from tests.parts import PARTS
from tests.world import CLIENT_SECRET, INVENTED, PASSWORD

Json = dict[str, Any]
ME = {
    "X-Request-ID": "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9e01",
    "User-Agent": "Firefox on Lena's laptop",
}
FORM = "application/x-www-form-urlencoded"
#: what must not stand in a public document, or differs from run to run → what stands there
FAKES = {
    "access_token": "eyJhbGciOi.example-access-token.c2lnbmF0dXJl",
    "refresh_token": "example-refresh-token",
    "token": "example-invitation-token",
    "secret": "example-client-secret",
    "client_secret": "example-client-secret",
    "password": "four plain words of yours",
    "current_password": "the words you used until now",
    "new_password": "four plain words of yours",
    "position": "example-position-1",
    "since": "example-position-0",
    "next": "example-cursor",
    "cursor": "example-cursor",
    "epoch": "0199f2c4-8d1e-7a30-9c55-3f6f2b1d9e04",
}


#: what stands in a public document for bytes
BYTES = "the bytes of a zip file"


def said(response: httpx.Response) -> Any:
    """What an answer says: its JSON, a word for bytes, or nothing."""
    kind = response.headers.get("content-type", "")
    if "json" in kind and "ndjson" not in kind:
        return response.json()
    return BYTES if response.content else None


@dataclass
class Step:
    """One operation, as somebody performs it."""

    operation: Operation
    who: str | None
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] | None = None
    content: bytes | None = None
    version: int | None = None
    #: somebody who sees the object and may not do this: 403
    forbidden: str | None = None
    #: changes to the body that a rule forbids: 409
    conflict: Json | None = None

    @property
    def url(self) -> str:
        """The address, below /api/v1."""
        return self.operation.path.removeprefix("/api/v1").format(**self.path)

    @property
    def headers(self) -> dict[str, str]:
        """What the request must say about its body and version."""
        found = {}
        if self.version is not None:
            found["If-Match"] = f'"{self.version}"'
        if self.content is not None:
            found["Content-Type"] = self.operation.body_types[0]
        return found

    def sent(self) -> Json:
        """The request, as httpx takes it."""
        found: Json = {"headers": self.headers, "params": dict(self.query)}
        if self.body is not None:
            found["json"] = self.body
        if self.form is not None:
            found["data"] = dict(self.form)
        if self.content is not None:
            found["content"] = self.content
        return found


class Journey:
    """Performs steps. Subclasses look at each one before and after."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.contract: Contract = contract(live.app)
        self.done: list[str] = []

    def client(self, who: str | None) -> httpx.AsyncClient:
        """Somebody's client."""
        return self.live.as_(who, **ME)

    async def before(self, step: Step) -> None:
        """What happens before the step."""

    async def after(self, step: Step, response: httpx.Response) -> None:
        """What happens once it is done."""

    async def do(self, name: str, who: str | None, **options: Any) -> Any:
        """Perform an operation and give what it answered. It must succeed."""
        step = Step(self.contract.operations[name], who, **options)
        await self.before(step)
        response = await self.client(who).request(
            step.operation.method.upper(), step.url, **step.sent()
        )
        assert response.is_success, (name, response.status_code, response.text)
        self.done.append(name)
        await self.after(step, response)
        return said(response)

    async def go(self) -> None:
        """The whole journey. It must touch every operation there is."""
        await travel(self, self.live.world)
        missing = set(self.contract.operations) - set(self.done)
        assert not missing, f"the journey does not perform {sorted(missing)}"


class Recorder(Journey):
    """Keeps the first example of each operation."""

    def __init__(self, live: Live) -> None:
        super().__init__(live)
        self.examples: dict[str, Json] = {}

    async def after(self, step: Step, response: httpx.Response) -> None:
        """Keep request, parameters and answer."""
        if step.operation.id in self.examples:
            return
        example: Json = {}
        parameters = {**step.path, **step.query}
        if step.version is not None:
            parameters["If-Match"] = f'"{step.version}"'
        if parameters:
            example["parameters"] = _public(parameters)
        body = step.body if step.body is not None else step.form
        if body is not None:
            example["request"] = _public(body)
        answer = _public(said(response))
        example["responses"] = {str(response.status_code): answer}
        if answer is None:
            example["responses"] = {}
        self._check(step, example)
        self.examples[step.operation.id] = example

    def _check(self, step: Step, example: Json) -> None:
        """What is published fits the schema still, with the fakes in it."""
        for media_type, media in (
            step.operation.spec.get("requestBody", {}).get("content", {}).items()
        ):
            if "request" in example:
                _fits(self.contract, media["schema"], example["request"], media_type)
        for status, body in example["responses"].items():
            content = step.operation.responses[int(status)].get("content", {})
            for media_type, media in content.items():
                _fits(self.contract, media["schema"], body, media_type)


def _fits(known: Contract, schema: Json, value: Any, where: str) -> None:
    validator = jsonschema.Draft202012Validator(
        {**schema, "components": known.document["components"]},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    error = next(validator.iter_errors(value), None)
    assert error is None, (where, error)


def _public(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: FAKES[key] if key in FAKES and isinstance(part, str) else _public(part)
            for key, part in value.items()
        }
    return [_public(part) for part in value] if isinstance(value, list) else value


async def travel(j: Journey, world: Any) -> None:
    """The script. Chapters hand on what later ones need."""
    await _district(j, world)
    await _schools(j, world)
    await _people(j, world)
    await _clients(j, world)
    await _sign_in(j, world)
    await _frameworks(j, world)
    await _relationships(j, world)
    await _meetings(j, world)
    await _support(j, world)
    for part in PARTS:
        await part.chapter(j, world)
    position = (await j.do("getFeedHead", "juniper_warehouse", forbidden="tom"))["position"]
    await _goals(j, world)
    await j.do("listChanges", "juniper_warehouse", query={"since": position}, forbidden="tom")
    await _rosters(j, world)
    await j.do("listEvents", "paul", query={"limit": 2})


async def _district(j: Journey, w: Any) -> None:
    await j.do("getDistrict", "tom")
    policy = await j.do("getPolicy", "tom")
    await j.do(
        "updatePolicy",
        "ada",
        version=policy["version"],
        body={"values": {"action_step_days": 10}, "reason": "Our weeks are short."},
        forbidden="tom",
    )
    me = await j.do("getMe", "lena")
    await j.do(
        "updateMe",
        "lena",
        version=me["version"],
        body={"zone": "America/Chicago"},
    )


async def _schools(j: Journey, w: Any) -> None:
    await j.do("listSchools", "tom", query={"limit": 2})
    school = await j.do(
        "createSchool",
        "ada",
        body={"name": "Maple School", "zone": "America/Denver"},
        forbidden="paul",
    )
    await j.do("getSchool", "tom", path={"school_id": school["id"]})
    await j.do(
        "updateSchool",
        "ada",
        path={"school_id": school["id"]},
        version=school["version"],
        body={"name": "Maple Street School"},
        forbidden="paul",
    )
    year = await j.do(
        "createSchoolYear",
        "ada",
        path={"school_id": str(w.alder)},
        body={"title": "2027-2028", "first_day": "2027-08-16", "last_day": "2028-06-02"},
        forbidden="tom",
        conflict={"last_day": "2027-08-01"},
    )
    await j.do("listSchoolYears", "tom", query={"limit": 2})
    await j.do("listYearsOfSchool", "tom", path={"school_id": str(w.alder)})
    await j.do("getSchoolYear", "tom", path={"school_year_id": year["id"]})
    year = await j.do(
        "updateSchoolYear",
        "ada",
        path={"school_year_id": year["id"]},
        version=year["version"],
        body={"title": "School year 2027-2028"},
        forbidden="paul",
    )
    await j.do(
        "replaceCalendar",
        "paul",
        path={"school_year_id": year["id"]},
        version=year["version"],
        body={
            "first_day": "2027-08-16",
            "last_day": "2028-06-02",
            "days": [
                {
                    "from": "2027-11-22",
                    "to": "2027-11-26",
                    "kind": "day_off",
                    "title": "Thanksgiving",
                },
            ],
        },
        forbidden="tom",
        conflict={"last_day": "2027-08-01"},
    )
    vision = await j.do(
        "replaceVision",
        "paul",
        path={"school_id": str(w.alder)},
        version=0,
        body={"text": "Every student thinks aloud, and every teacher listens."},
        forbidden="tom",
    )
    assert vision["version"] == 1
    await j.do("getVision", "tom", path={"school_id": str(w.alder)})
    await j.do("listTeams", "paul", query={"limit": 2})
    team = await j.do(
        "createTeam",
        "paul",
        path={"school_id": str(w.alder)},
        body={"name": "Science team"},
        forbidden="tom",
    )
    await j.do("getTeam", "paul", path={"team_id": team["id"]})
    await j.do(
        "updateTeam",
        "paul",
        path={"team_id": str(w.maths)},
        version=1,
        body={"common_indicator_id": str(w.leap_i5)},
        forbidden="tom",
        conflict={"common_indicator_id": str(w.kestrel_leap_i1)},
    )


async def _people(j: Journey, w: Any) -> None:
    await j.do("listPeople", "ada", query={"limit": 2, "count": True})
    person = await j.do(
        "createPerson",
        "ada",
        body={"given_name": "Noa", "family_name": "Vance", "email": "noa.vance@juniper.example"},
        forbidden="paul",
        conflict={"email": "tom@juniper.example"},
    )
    at = {"person_id": person["id"]}
    await j.do("getPerson", "ada", path=at)
    person = await j.do(
        "updatePerson",
        "ada",
        path={"person_id": str(w.ivy)},
        version=1,
        body={"family_name": "Delgado-Ross"},
        forbidden="paul",
        conflict={"email": "tom@juniper.example"},
    )
    role = await j.do(
        "createRole",
        "ada",
        body={"person_id": at["person_id"], "kind": "ilt_member", "school_id": str(w.alder)},
        conflict={"school_id": None},
    )
    await j.do("listRoles", "paul", query={"limit": 2})
    await j.do("getRole", "paul", path={"role_id": role["id"]})
    await j.do("listContacts", "lena")
    await j.do("getContact", "lena", path={"person_id": str(w.tom)})
    invitation = await j.do("invitePerson", "ada", path=at, forbidden="paul")
    await j.do(
        "acceptInvitation",
        None,
        body={"token": invitation["token"], "password": "lantern orchard velvet compass"},
        conflict={"password": "aaaaaaaaaaaaaaaa"},
    )
    await j.do(
        "endRole",
        "paul",
        path={"role_id": role["id"]},
        version=role["version"],
    )
    gone = await j.do("deactivatePerson", "ada", path=at, version=1)
    await j.do("reactivatePerson", "ada", path=at, version=gone["version"])


async def _clients(j: Journey, w: Any) -> None:
    client = await j.do(
        "createIntegrationClient",
        "ada",
        body={"name": "Data warehouse", "scopes": ["goals:read"]},
        forbidden="paul",
        conflict={"name": "Warehouse"},
    )
    at = {"client_id": client["id"]}
    await j.do("listIntegrationClients", "tom", query={"limit": 2})
    await j.do("getIntegrationClient", "tom", path=at)
    client = await j.do(
        "rotateClientSecret", "ada", path=at, version=client["version"], forbidden="paul"
    )
    await j.do(
        "revokeIntegrationClient", "ada", path=at, version=client["version"], forbidden="paul"
    )


async def _sign_in(j: Journey, w: Any) -> None:
    await j.do(
        "createToken",
        None,
        form={
            "grant_type": "password",
            "username": "uma@juniper.example",
            "password": PASSWORD,
        },
    )
    await j.do(
        "createToken",
        None,
        form={
            "grant_type": "client_credentials",
            "client_id": str(w.juniper_warehouse),
            "client_secret": CLIENT_SECRET,
        },
    )
    sessions = await j.do("listSessions", "uma")
    other = next(one for one in sessions["items"] if not one["current"])
    await j.do("endSession", "uma", path={"session_id": other["id"]})
    await j.do(
        "changePassword",
        "uma",
        body={"current_password": PASSWORD, "new_password": "lantern orchard velvet compass"},
        forbidden="juniper_warehouse",
        conflict={"new_password": "aaaaaaaaaaaaaaaa"},
    )


async def _frameworks(j: Journey, w: Any) -> None:
    new = {**json.loads(INVENTED.read_text("utf-8")), "edition": "2026"}
    made = await j.do(
        "createFramework",
        "ada",
        body=new,
        forbidden="paul",
        conflict={"edition": "2025"},
    )
    at = {"framework_id": made["id"]}
    made = await j.do("publishFramework", "ada", path=at, version=made["version"])
    await j.do("listFrameworks", "tom", query={"limit": 2})
    await j.do("getFramework", "tom", path=at)
    await j.do("retireFramework", "ada", path=at, version=made["version"], forbidden="paul")
    await j.do("listIndicators", "tom", query={"q": "I.5"})
    await j.do("getIndicator", "tom", path={"indicator_id": str(w.leap_i5)})


async def _relationships(j: Journey, w: Any) -> None:
    await j.do("listCoachingRelationships", "lena", query={"limit": 2})
    new = {
        "lead_id": str(w.luis),
        "teacher_id": str(w.uma),
        "school_year_id": str(w.alder_year),
    }
    name = "CoachingRelationship"
    made = await j.do(
        f"propose{name}", "paul", body=new, forbidden="tom", conflict={"teacher_id": new["lead_id"]}
    )
    at = {"relationship_id": made["id"]}
    await j.do(f"get{name}", "luis", path=at)
    made = await j.do(f"activate{name}", "uma", path=at, version=made["version"], forbidden="luis")
    made = await j.do(
        f"update{name}",
        "paul",
        path=at,
        version=made["version"],
        body={"evaluator_scope": "none"},
        forbidden="uma",
    )
    made = await j.do(f"pause{name}", "paul", path=at, version=made["version"], forbidden="uma")
    made = await j.do(f"resume{name}", "paul", path=at, version=made["version"], forbidden="uma")
    await j.do(
        f"end{name}",
        "paul",
        path=at,
        version=made["version"],
        body={"reason": "Uma moves to another grade."},
        forbidden="uma",
    )
    made = await j.do(f"propose{name}", "paul", body=new)
    await j.do(
        f"withdraw{name}",
        "paul",
        path={"relationship_id": made["id"]},
        version=made["version"],
        forbidden="uma",
    )


async def _meetings(j: Journey, w: Any) -> None:
    series = await j.do(
        "createMeetingSeries",
        "lena",
        body={
            "teacher_id": str(w.tom),
            "first_on": "2026-10-05",
            "at": "15:00",
            "place": "Room 12",
            "exceptions": [{"on": "2026-11-23", "skip": "holiday"}],
        },
        forbidden="paul",
        conflict={"first_on": "2026-09-02"},
    )
    at = {"series_id": series["id"]}
    await j.do("listMeetingSeries", "lena", query={"limit": 2})
    await j.do("getMeetingSeries", "tom", path=at)
    series = await j.do(
        "updateMeetingSeries",
        "lena",
        path=at,
        version=series["version"],
        body={
            "at": "15:15",
            "minutes": 40,
            "exceptions": [{"on": "2026-12-21", "skip": "leave"}],
        },
        conflict={"led_by": "lead"},
    )
    series = await j.do("pauseMeetingSeries", "tom", path=at, version=series["version"])
    series = await j.do("resumeMeetingSeries", "lena", path=at, version=series["version"])
    meetings = await j.do("listMeetings", "tom", query={"series_id": series["id"], "limit": 2})
    await _one_meeting(j, w, meetings["items"][0])
    moved = await j.do(
        "updateMeeting",
        "lena",
        path={"meeting_id": meetings["items"][1]["id"]},
        version=meetings["items"][1]["version"],
        body={"on": "2026-10-15", "at": "08:00", "reason": "Testing in the afternoon."},
        conflict={"reason": None},
    )
    await j.do(
        "skipMeeting",
        "tom",
        path={"meeting_id": moved["id"]},
        version=moved["version"],
        body={"skip": "testing", "reason": "District tests all week."},
    )
    for verb, on in (("cancel", "2026-10-08"), ("miss", "2026-10-01")):
        meeting = await j.do(
            "createMeeting",
            "tom",
            body={"on": on, "at": "12:00", "focus": "data"},
            conflict={"on": "2026-07-01"},
        )
        body = {"body": {"reason": "Tom is ill."}} if verb == "cancel" else {}
        path = {"meeting_id": meeting["id"]}
        await j.do(f"{verb}Meeting", "lena", path=path, version=meeting["version"], **body)
    await j.do("getMeetingSeriesCadence", "lena", path=at)
    review = await j.do(
        "createSeriesReview",
        "tom",
        path=at,
        body={
            "agenda_changed": True,
            "schedule_changed": False,
            "text": "We begin with my items and keep data for every second week.",
        },
    )
    await j.do("listSeriesReviews", "lena", path=at)
    await j.do("getSeriesReview", "lena", path={"review_id": review["id"]})
    series = await j.do("getMeetingSeries", "lena", path=at)
    await j.do(
        "endMeetingSeries",
        "lena",
        path=at,
        version=series["version"],
        body={"reason": "We change to every two weeks."},
    )
    await j.do("listActivity", "paul", query={"limit": 2})


async def _one_meeting(j: Journey, w: Any, meeting: Json) -> None:
    at = {"meeting_id": meeting["id"]}
    text = "How do I hear the quiet ones in the first ten minutes?"
    item = await j.do("createAgendaItem", "tom", path=at, body={"text": text})
    path = {"item_id": item["id"]}
    item = await j.do(
        "updateAgendaItem",
        "tom",
        path=path,
        version=item["version"],
        body={"text": f"{text} And who they are."},
        forbidden="lena",
    )
    await j.do("listAgendaItemHistory", "lena", path=path)
    other = await j.do("createAgendaItem", "lena", path=at, body={"text": "Seating plan."})
    other_path = {"item_id": other["id"]}
    await j.do(
        "moveAgendaItem",
        "tom",
        path=other_path,
        version=other["version"],
        body={"position": 1},
        forbidden="lena",
    )
    await j.do("listAgendaItems", "lena", path=at)
    await j.do("getAgendaItem", "lena", path=path)
    meeting = await j.do("getMeeting", "tom", path=at)
    meeting = await j.do("startMeeting", "tom", path=at, version=meeting["version"])
    await j.do("discussAgendaItem", "lena", path=path, version=item["version"])
    await j.do("dropAgendaItem", "tom", path=other_path, version=other["version"])
    new = {
        "owner_id": str(w.tom),
        "text": "Try cold calls with think time in two lessons.",
        "due_on": "2026-10-14",
    }
    steps = [
        await j.do("createNextStep", "tom", path=at, body=new, conflict={"due_on": "2026-10-01"})
        for _ in range(3)
    ]
    await j.do(
        "updateNextStep",
        "lena",
        path={"step_id": steps[0]["id"]},
        version=steps[0]["version"],
        body={"due_on": "2026-10-16"},
        conflict={"owner_id": str(w.paul)},
    )
    await j.do("listNextSteps", "tom", query={"limit": 2})
    await j.do("getNextStep", "lena", path={"step_id": steps[0]["id"]})
    for name, step, body in (
        ("finishNextStep", steps[0], None),
        ("carryOverNextStep", steps[1], {"due_on": "2026-10-21"}),
        ("dropNextStep", steps[2], {"reason": "The other one is enough."}),
    ):
        path = {"step_id": step["id"]}
        now = await j.do("getNextStep", "tom", path=path)
        await j.do(name, "tom", path=path, version=now["version"], body=body)
    await j.do(
        "completeMeeting",
        "lena",
        path=at,
        version=meeting["version"],
        body={"no_next_steps": False},
    )
    await j.do("getMyWeek", "lena")
    given = await j.do(
        "createMeetingFeedback",
        "tom",
        path=at,
        body={"structure": 4, "content": 5, "word": "I left with one thing to try."},
        forbidden="lena",
    )
    await j.do("listMeetingFeedback", "lena", query={"limit": 2})
    await j.do("getMeetingFeedback", "lena", path={"feedback_id": given["id"]})


async def _support(j: Journey, w: Any) -> None:
    new = {
        "about_id": str(w.tom),
        "recipient_ids": [str(w.mia), str(w.paul)],
        "text": "Our 1:1s end in silence, and I do not know what I do wrong.",
    }
    conflict = {"recipient_ids": [str(w.tom)]}
    made = await j.do("createSupportRequest", "lena", body=new, conflict=conflict)
    at = {"request_id": made["id"]}
    await j.do("listSupportRequests", "mia", query={"limit": 2})
    made = await j.do(
        "shareSupportRequest",
        "lena",
        path=at,
        version=made["version"],
        body={"person_id": str(w.ivy)},
        forbidden="mia",
        conflict={"person_id": str(w.sam)},
    )
    await j.do("getSupportRequest", "ivy", path=at)
    for name, who, forbidden in (
        ("acknowledge", "mia", "lena"),
        ("start", "mia", None),
        ("resolve", "mia", None),
        ("reopen", "lena", "mia"),
    ):
        made = await j.do(
            f"{name}SupportRequest", who, path=at, version=made["version"], forbidden=forbidden
        )
    entry = await j.do(
        "createSupportEntry",
        "mia",
        path=at,
        body={
            "kind": "next_step",
            "text": "I sit in on Wednesday and we talk on Thursday.",
            "owner_id": str(w.mia),
            "due_on": "2026-10-15",
        },
        conflict={"owner_id": str(w.luis)},
    )
    path = {"entry_id": entry["id"]}
    await j.do("listSupportEntries", "lena", path=at)
    await j.do("getSupportEntry", "lena", path=path)
    await j.do("finishSupportEntry", "mia", path=path, version=entry["version"])
    ask = {"leader_id": str(w.paul), "text": "Please talk to both of us, together."}
    for verbs in (("accept", "start", "finish"), ("decline",)):
        now = await j.do(
            "createIntervention",
            "lena",
            path=at,
            body=ask,
            forbidden="mia",
            conflict={"leader_id": str(w.ivy)},
        )
        path = {"intervention_id": now["id"]}
        await j.do("listInterventions", "paul", path=at)
        await j.do("getIntervention", "paul", path=path)
        for verb in verbs:
            body = {"body": {"reason": "One is enough."}} if verb == "decline" else {}
            now = await j.do(
                f"{verb}Intervention",
                "paul",
                path=path,
                version=now["version"],
                forbidden="lena",
                **body,
            )
    await j.do("listSupportRequestHistory", "ivy", path=at, query={"limit": 2})
    await j.do("withdrawSupportRequest", "lena", path=at, version=made["version"], forbidden="mia")
    told = await j.do(
        "createLeaderUpdate",
        "lena",
        body={
            "about_id": str(w.tom),
            "leader_id": str(w.paul),
            "text": "Tom runs his own agenda now; we meet every week.",
            "teacher_may_read": True,
        },
        conflict={"leader_id": str(w.mia)},
    )
    await j.do("listLeaderUpdates", "paul", query={"limit": 2})
    await j.do("getLeaderUpdate", "tom", path={"update_id": told["id"]})


async def _goals(j: Journey, w: Any) -> None:
    top = await _school_goal(j, w)
    new = {
        "level": "individual",
        "kind": "growth",
        "title": "Check for understanding every ten minutes",
        "school_year_id": str(w.alder_year),
        "parent_id": top["id"],
        "link_statement": "Readers grow when I see early who is lost.",
        "statement": "By May I check every student's understanding at least every ten minutes.",
        "indicator_ids": [str(w.leap_i5)],
        "measures": [{"name": "Checks", "unit": "per lesson", "baseline": 1, "target": 4}],
        "due_on": "2027-05-14",
    }
    goal = await j.do(
        "createGoal", "tom", body=new, forbidden="ada", conflict={"parent_id": str(w.tom)}
    )
    at = {"goal_id": goal["id"]}
    goal = await j.do(
        "updateGoal",
        "lena",
        path=at,
        version=goal["version"],
        body={"rationale": "In June a third of the class had been lost without my seeing it."},
        conflict={"parent_id": str(w.tom)},
    )
    goal = await j.do("proposeGoal", "tom", path=at, version=goal["version"])
    await j.do("requestGoalChanges", "lena", path=at, version=goal["version"])
    goal = await j.do("getGoal", "tom", path=at)
    for name, who in (("proposeGoal", "tom"), ("agreeGoal", "tom"), ("agreeGoal", "lena")):
        goal = await j.do(name, who, path=at, version=goal["version"])
    await j.do("listGoals", "juniper_warehouse", query={"limit": 1})
    await j.do("listGoals", "tom", query={"limit": 1})
    await j.do("getGoalSummary", "tom", query={"level": "individual"})
    await j.do("getGoalChain", "tom", path=at)
    await j.do("getGoalAudience", "tom", path=at)
    await _notes(j, goal)
    await _revisions(j, at)
    draft = await j.do("createGoal", "tom", body={**new, "title": "A second thought"})
    await j.do(
        "deleteGoal",
        "tom",
        path={"goal_id": draft["id"]},
        version=draft["version"],
        forbidden="lena",
    )


async def _school_goal(j: Journey, w: Any) -> Any:
    goal = await j.do(
        "createGoal",
        "paul",
        body={
            "level": "school",
            "kind": "student_learning",
            "title": "Every reader grows",
            "statement": "Every student grows by more than a year in reading.",
            "school_year_id": str(w.alder_year),
        },
        forbidden="tom",
    )
    return await j.do("publishGoal", "paul", path={"goal_id": goal["id"]}, version=goal["version"])


async def _notes(j: Journey, goal: Any) -> None:
    at = {"goal_id": goal["id"]}
    noted = await j.do(
        "createGoalProgress",
        "tom",
        path=at,
        version=goal["version"],
        body={
            "measure_id": goal["measures"][0]["id"],
            "on": "2026-10-02",
            "value": 2.5,
            "note": "After Lena's second visit.",
        },
        forbidden="paul",
        conflict={"on": "2026-12-01"},
    )
    await j.do("listGoalProgress", "lena", path=at, forbidden="paul")
    await j.do("getGoalProgress", "lena", path={"progress_id": noted["id"]})
    said = await j.do(
        "createGoalComment",
        "lena",
        path=at,
        body={"text": "The exit tickets show it: nobody was lost today."},
        forbidden="paul",
    )
    await j.do("listGoalComments", "tom", path=at, forbidden="paul")
    await j.do("getGoalComment", "tom", path={"comment_id": said["id"]})


async def _revisions(j: Journey, at: Json) -> None:
    goal = await j.do("getGoal", "tom", path=at)
    change = {"reason": "Four is reached already.", "content": {"title": "Check in each phase"}}
    made = await j.do(
        "proposeGoalRevision",
        "tom",
        path=at,
        version=goal["version"],
        body=change,
        forbidden="paul",
        conflict={"content": {}},
    )
    await j.do("listGoalRevisions", "lena", path=at)
    await j.do("getGoalRevision", "lena", path={"revision_id": made["id"]})
    await j.do(
        "agreeGoalRevision", "lena", path={"revision_id": made["id"]}, version=made["version"]
    )
    goal = await j.do("getGoal", "tom", path=at)
    made = await j.do(
        "proposeGoalRevision",
        "lena",
        path=at,
        version=goal["version"],
        body={"content": {"due_on": "2027-04-30"}},
    )
    await j.do(
        "withdrawGoalRevision", "tom", path={"revision_id": made["id"]}, version=made["version"]
    )
    goal = await j.do("getGoal", "tom", path=at)
    await j.do(
        "closeGoal",
        "tom",
        path=at,
        version=goal["version"],
        body={"outcome": "met", "evidence": "Five checks a lesson in the last six visits."},
        forbidden="paul",
        conflict={"evidence": None},
    )


async def _rosters(j: Journey, w: Any) -> None:
    made = await j.do(
        "createImport",
        "ada",
        query={"source": "quill"},
        content=bundles.zipped(bundles.bundle()),
        forbidden="paul",
    )
    at = {"import_id": made["id"]}
    await j.do("listImports", "ada", query={"limit": 2})
    await j.do("getImport", "ada", path=at)
    await j.do("commitImport", "ada", path=at, version=made["version"], forbidden="paul")
    courses = await j.do("listCourses", "tom")
    await j.do("getCourse", "tom", path={"course_id": courses["items"][0]["id"]})
    classes = await j.do("listClasses", "tom")
    await j.do("getClass", "tom", path={"class_id": classes["items"][0]["id"]})
