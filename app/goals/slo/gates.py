"""Gate 8: what an SLO lacks to be submitted, and to have its end counts submitted."""

from typing import Any

from app.core.errors import Conflict
from app.goals.slo.arithmetic import excluded_per_level, unexplained
from app.models import Goal, Slo
from app.people.district.schemas import PolicyValues

Missing = list[dict[str, str]]


class SloIncomplete(Conflict):
    """The SLO lacks something that it needs before it is put before the school leader (domain.md
    §4, gate 8)."""

    code, title = "slo_incomplete", "The SLO is not complete"
    next_step = "Add what `missing` lists, then submit it again."


def lacks_to_submit(goal: Goal, named: int, slo: Slo | None, values: PolicyValues) -> Missing:
    """Everything that the plan lacks. The goal itself holds objective, rationale and standards,
    of which it names this many, in words or as items of a framework."""
    missing: Missing = []

    def needs(fulfilled: Any, code: str, message: str) -> None:
        if not fulfilled:
            missing.append({"code": code, "message": message})

    standards = values.slo_standards
    needs(
        named >= standards,
        "standards",
        f"Name at least {standards} of the standards on the goal.",
    )
    needs(goal.statement, "statement", "The goal's statement is the objective: write it.")
    needs(goal.rationale, "rationale", "Say on the goal why this objective.")
    if slo is None:
        needs(False, "slo", "Write the plan: PATCH /goals/{id}/slo.")
        return missing
    placed = slo.class_section_id or slo.course_id or slo.course_title
    needs(placed, "course", "Name the class, the course, or the course's title.")
    needs(slo.population, "population", "Say which students it is about, without names.")
    sources = {(source["name"].casefold(), source["taken_on"]) for source in slo.baseline_sources}
    least = values.slo_baseline_sources
    needs(
        len(sources) >= least, "baseline_sources", f"Name at least {least} different data sources."
    )
    counts = slo.baseline_counts
    needs(counts and sum(counts), "baseline_counts", "Count the students of each baseline level.")
    needs(slo.students, "students", "Say how many students it is about.")
    if counts and sum(counts) and slo.students:
        needs(
            sum(counts) == slo.students,
            "students_differ",
            f"The baseline counts make {sum(counts)} students, and `students` says {slo.students}.",
        )
    written = {criterion["level"] for criterion in slo.end_criteria}
    needs(
        written >= set(slo.levels), "end_criteria", "Say for each level what shows it at the end."
    )
    needs(slo.evidence_plan, "evidence_plan", "Say how the end level will be found out.")
    return missing


def lacks_to_end(slo: Slo) -> Missing:
    """Everything that the end counts lack: each student of the baseline has an end level or is
    excluded with a reason, and somebody is left of whom there is a result."""
    if slo.end_counts is None:
        return [
            {
                "code": "end_counts",
                "message": "Count the students of each baseline level by end level.",
            }
        ]
    excluded = excluded_per_level(
        len(slo.levels),
        [(slo.levels.index(part["level"]), part["count"]) for part in slo.exclusions],
    )
    baseline = slo.baseline_counts or []
    missing = [
        {
            "code": "unexplained",
            "message": f"{slo.levels[level]}: {baseline[level]} students at the baseline, but"
            f" {sum(slo.end_counts[level]) + excluded[level]} counted or excluded at the end.",
        }
        for level in unexplained(baseline, slo.end_counts, excluded)
    ]
    if sum(map(sum, slo.end_counts)) == 0:
        missing.append({"code": "nobody_counted", "message": "Nobody has an end level."})
    return missing
