"""Who may do what with a goal: the program's rules, as far as a teacher or a lead meets them."""

from typing import Any

from rest_framework.permissions import BasePermission

from bench.drf.models import OPEN_TO_LEADERS, Goal


class MayActOnGoal(BasePermission):
    """Signed in; and to change a goal, one of those who write it."""

    def has_permission(self, request: Any, view: Any) -> bool:  # noqa: ARG002 - its signature
        caller = request.user
        return caller is not None and (not caller.is_client or caller.pulls_goals)

    def has_object_permission(self, request: Any, view: Any, obj: Goal) -> bool:  # noqa: ARG002
        return request.method == "GET" or writes(request.user, obj)


def of_the_pair(caller: Any, goal: Goal) -> bool:
    """The teacher of an individual goal, or the lead who reads it."""
    if goal.level != "individual":
        return False
    return goal.teacher_id == caller.id or (
        goal.teacher_id in caller.coached
        and (goal.state in OPEN_TO_LEADERS or goal.lead_id == caller.id)
    )


def leads_team_of(caller: Any, goal: Goal) -> bool:
    """The lead of the team whose goal it is."""
    return goal.level == "team" and goal.team_id in caller.teams_led


def writes(caller: Any, goal: Goal) -> bool:
    """Whoever may write in it."""
    return of_the_pair(caller, goal) or leads_team_of(caller, goal)


def permissions(caller: Any, goal: Goal) -> list[str]:
    """What the caller may do with the goal in its present state."""
    pair, team_lead = of_the_pair(caller, goal), leads_team_of(caller, goal)
    writer = pair or team_lead
    state, approval = goal.state, goal.approval
    in_force = state in ("agreed", "published")
    slo = pair and goal.kind == "student_learning"
    own = goal.author_id == caller.id and (
        goal.teacher_id == caller.id or goal.teacher_id in caller.coached
    )
    offered = (
        ("edit", writer and state == "draft"),
        ("delete", state == "draft" and not goal.co_written and (team_lead or own)),
        ("propose", pair and state == "draft"),
        ("request_changes", pair and state == "proposed"),
        (
            "agree",
            pair
            and state == "proposed"
            and all(yes.person_id != caller.id for yes in goal.agreements.all()),
        ),
        ("publish", team_lead and state == "draft"),
        (
            "revise",
            writer and in_force and not goal.has_open_revision and approval in ("none", "returned"),
        ),
        ("close", writer and in_force and not goal.has_open_revision),
        ("progress", writer and in_force),
        ("comment", pair or state != "draft"),
        ("read_notes", True),
        ("advise", writer and state != "closed"),
        ("review", pair and state in ("agreed", "closed")),
        ("ask_feedback", team_lead and state == "published" and not goal.has_open_round),
        (
            "edit_slo",
            slo
            and state in ("draft", "proposed", "agreed")
            and approval in ("none", "returned", "approved", "end_returned"),
        ),
        (
            "submit_slo",
            slo
            and state == "agreed"
            and approval in ("none", "returned")
            and not goal.has_open_revision,
        ),
        ("submit_end_slo", slo and state == "agreed" and approval in ("approved", "end_returned")),
        ("monitor_slo", slo and state == "agreed"),
        (
            "name_approver_slo",
            slo
            and goal.teacher_id == caller.id
            and state == "agreed"
            and approval in ("submitted", "approved", "end_submitted", "end_returned"),
        ),
    )
    return [name for name, may in offered if may]
