"""The README's tour and the tutorials, pasted into a shell against the program with its demo."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from app.core import embedded
from tests.docs.pages import ROOT, blocks

pytestmark = pytest.mark.large


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, str]]:
    """The program on a free port, as the words the tour reads."""
    base = Path(tempfile.mkdtemp(prefix="alongside-tour-"))
    base.chmod(0o755)  # as root the database is another user's
    folder = base / "data"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "app.cli", "serve", "--port", port, "--data-dir", str(folder)]
    log = base / "log"
    with log.open("wb") as output:
        program = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    try:
        end = time.monotonic() + 180
        while not _answers(port):
            assert program.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
        yield {
            "API": f"http://127.0.0.1:{port}/api/v1",
            "LOGINS": str(folder / "demo-logins"),
            "ARCHIVE": str(base / "archive.zip"),
        }
    finally:
        program.terminate()
        program.wait(60)
        embedded.discard(folder)
        shutil.rmtree(base, ignore_errors=True)


def _answers(port: str) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return True
    except (URLError, OSError):
        return False


def _documents(said: str) -> list[dict]:  # type: ignore[type-arg]
    """The JSON documents of an output, which curl writes one behind the other."""
    found, rest = [], said.strip()
    while rest:
        document, end = json.JSONDecoder().raw_decode(rest)
        found.append(document)
        rest = rest[end:].strip()
    return found


def _pasted(page: Path, served: dict[str, str]) -> list[dict]:  # type: ignore[type-arg]
    """What a page's blocks print, pasted top to bottom."""
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", "\n".join(blocks(page, "bash"))],
        env={**os.environ, **served},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return _documents(done.stdout)


def test_the_tour_can_be_pasted(served: dict[str, str]) -> None:
    said = _pasted(ROOT / "README.md", served)
    me, proposed, agreed_once, hidden, waiting, agreed, read, refused, audience = said[:9]
    pulled, noted, changes = said[9:]
    assert me["roles"]
    assert (proposed["state"], agreed_once["state"]) == ("proposed", "proposed")
    assert (hidden["status"], hidden["code"]) == (404, "not_found")
    assert proposed["id"] in [goal["id"] for goal in waiting["items"]]
    assert agreed["state"] == "agreed"
    assert read["id"] == agreed["id"]
    assert (refused["status"], refused["code"]) == (403, "forbidden")
    assert {"teacher", "lead", "school_leader"} <= {r["relation"] for r in audience["readers"]}
    assert len(pulled["items"]) == 3
    assert noted["value"] == 45
    (change,) = changes["items"]
    assert change["object"]["measures"][0]["latest_value"] == 45
    assert "statement" not in change["object"]


def test_the_first_month_can_be_pasted(served: dict[str, str]) -> None:
    said = _pasted(ROOT / "docs" / "tutorials" / "first-month.md", served)
    first, *_, last = said
    priya = {"given_name": "Priya"}.items()
    before, after = (
        {todo["code"] for row in week["teachers"] if priya <= row.items() for todo in row["todo"]}
        for week in (first, last)
    )
    assert {"write_outreach", "assign_questionnaire", "plan_conversation"} <= before
    assert after == {"propose_goal"}
    refused = [(one["status"], one["code"]) for one in said if "next_step" in one]
    assert refused == [
        (404, "not_found"),
        (409, "conversation_incomplete"),
        (404, "not_found"),
    ], "a draft is the teacher's, a conversation has gates, a leader reads no conversation"
    states = [one["state"] for one in said if "state" in one]
    assert states.count("closed") == 1
    assert [s for s in states if s in ("offered", "open", "taken_back")][-3:] == [
        "offered",
        "open",
        "taken_back",
    ]
    agenda = next(one["items"] for one in said if "items" in one and "position" in str(one))
    assert agenda[0]["text"] == "Sectionals that run without me"
    shared = [one for one in said if "shared_with" in one]
    assert [bool(one["content"]) for one in shared] == [True, True, False]


def test_an_slo_that_counts_can_be_pasted(served: dict[str, str]) -> None:
    said = _pasted(ROOT / "docs" / "tutorials" / "slo-that-counts.md", served)
    refused = [(one["status"], one["code"]) for one in said if "next_step" in one]
    assert refused == [
        (409, "wrong_state"),
        (404, "not_found"),
        (409, "goal_incomplete"),
        (409, "slo_incomplete"),
        (403, "forbidden"),
        (409, "slo_incomplete"),
        (404, "not_found"),
    ], "adopting early, a draft, the link, half a plan, a pair's series, a lost student, words"
    missing = [[lack["code"] for lack in one["missing"]] for one in said if "missing" in one]
    assert missing == [
        ["parent", "link_statement"],
        ["baseline_sources", "students_differ", "end_criteria"],
        ["unexplained"],
    ]
    # the round, what it changed, and that the change says so
    asked = next(one for one in said if one.get("state") == "summarised")
    assert asked["stances"] == {"supports": 1, "supports_with_changes": 1, "concerns": 0}
    revision = next(one for one in said if one.get("feedback_round_id"))
    assert revision["feedback_round_id"] == asked["id"]
    assert "before a grade" in revision["content"]["statement"]
    # advice helps, and coverage singles nobody out
    advised = [{entry["code"] for entry in one["advice"]} for one in said if "advice" in one]
    assert {"gap_left", "measure_missing", "statement_vague"} <= advised[0]
    assert advised[1] == {"link_missing"}
    before, after = (one.get("coverage", one) for one in said if "not_yet" in str(one))
    assert before["members"] == after["members"] > after["suppressed_under"]
    assert (after["carrying"], after["opted_out"], after["not_yet"]) == (None, None, None)
    chain = next(one["above"] for one in said if "above" in one)
    assert [goal["level"] for goal in chain] == ["team", "school"]
    # the approval, step by step, to a result that anybody can compute again
    done = next(one for one in said if one.get("approval") == "finalised" and "decisions" in one)
    assert [decision["step"] for decision in done["decisions"]] == [
        "submitted",
        "returned",
        "submitted",
        "approved",
        "end_submitted",
        "finalised",
    ]
    result = done["result"]
    points = sum(
        count * point
        for counts, row in zip(done["end_counts"], result["matrix"], strict=True)
        for count, point in zip(counts, row, strict=True)
    )
    assert (result["counted"], result["excluded"], result["outcome"]) == (28, 2, "met")
    assert abs(result["points"] - points / result["counted"]) < 0.0001
    standing = next(one for one in said if "rule" in one)
    assert (standing["status"], standing["measures"][0]["latest_value"]) == ("on_track", 17)
    # who has no link, for those who read it; the leader knows of a review, and takes no word away
    lists = [
        [row["given_name"] for row in one["items"]]
        for one in said
        if "items" in one and (one["items"] == [] or "link_stated" in one["items"][0])
    ]
    watched, behind, none = lists
    assert (watched, none) == ([], [])
    assert "Wren" in behind
    assert [one["state"] for one in said if "mid_year_reviewed_at" in one][-1] == (
        "mid_year_reviewed"
    )
    held = said[-1]
    assert (held["slos"], held["slo_monitoring"], held["growth_plans"]) == (1, 1, 1)
    assert held["goal_review_parts"] == 2


def test_one_learning_cycle_can_be_pasted(served: dict[str, str]) -> None:
    said = _pasted(ROOT / "docs" / "tutorials" / "one-learning-cycle.md", served)
    refused = [(one["status"], one["code"]) for one in said if "next_step" in one]
    assert refused == [
        (409, "cycle_gate"),
        (404, "not_found"),
        (409, "observation_conflicts"),
        (409, "step_out_of_order"),
        (404, "not_found"),
        (404, "not_found"),
        (409, "rating_not_allowed"),
        (409, "conclusion_waits"),
    ], "an empty gate, a leader twice, two wishes, six steps, a draft, a score, closing alone"
    # the gate is the refusal, and in the end it is the next cycle's
    gates = [one for one in said if "leads_to" in one]
    assert [gate["leads_to"] for gate in gates] == ["learning", "closed", "learning"]
    lists = [[lack["code"] for lack in one["missing"]] for one in said if "missing" in one]
    assert lists[0] == lists[1] == lists[-1]
    assert "ranking" in lists[0]
    # apart, then together; the goal is chosen when both chose the same
    ranked = [
        len(one["items"])
        for one in said
        if "items" in one and (not one["items"] or "reveal_on" in one["items"][0])
    ]
    assert ranked[:2] == [0, 2]
    chosen = [one["goal_id"] is not None for one in said if "candidates" in one]
    assert chosen == [False, True]
    # two devices: nothing lost, nothing doubled, nothing to the teacher before it is shared
    batches = [[item["status"] for item in one["results"]] for one in said if "results" in one]
    assert batches == [["created"] * 2, ["created"] * 2, ["unchanged"] * 2]
    new, hidden = (one["items"] for one in said if "head" in one)
    assert {"lap-1", "lap-2"} <= {item["client_key"] for item in new}
    assert hidden == []
    # the talk, its one step on the agenda, and what a leader learns of it
    assert [one["focus"] for one in said if "why" in one and "focus" in one] == [
        "observation_debrief"
    ]
    (agenda,) = (one["items"] for one in said if '"position"' in json.dumps(one))
    assert "Count to three after the first answer" in agenda[0]["text"]
    learned = next(
        one["items"] for one in said if one.get("items") and "observer_id" in one["items"][0]
    )
    kinds = {"observation", "feedback_conversation", "learning_activity"}
    assert {entry["kind"] for entry in learned} == kinds
    # the cycle and its goal are closed together, and another follows
    closed, following = next(
        one["items"] for one in said if one.get("items") and "number" in one["items"][0]
    )
    goal = next(one for one in said if one.get("outcome") == "met")
    assert (closed["state"], closed["goal_id"]) == ("closed", goal["id"])
    assert (following["title"], following["previous_id"]) == (closed["title"], closed["id"])
