"""Gate 14: what keeps an action step from being one that fits into two weeks (domain.md §4)."""

from datetime import date, timedelta

from app.core.errors import Conflict
from app.people.district.schemas import PolicyValues

Missing = list[dict[str, str]]


class ActionStepDoesNotFit(Conflict):
    """An action step is short, due within days, and one of few that are open at once (domain.md §4,
    gate 14); the numbers are the district's policy. Days are those of the school."""

    code, title = "action_step_does_not_fit", "This is too much for one action step"
    next_step = "Change what `missing` lists. Of too many open ones, close or drop one first."


def words_fit(values: PolicyValues, text: str | None) -> Missing:
    """Whether it has words, and not too many."""
    if text is None:
        return [{"code": "text", "message": "Say what will be done, or name an idea of the bank."}]
    most = values.action_step_max_length
    if len(text) > most:
        return [{"code": "text_too_long", "message": f"Say it in {most} characters at most."}]
    return []


def days_fit(
    values: PolicyValues, today: date, due_on: date | None, follow_up_on: date | None
) -> Missing:
    """Whether the days given lie ahead, and the day it is due not far."""
    missing: Missing = []
    last = today + timedelta(days=values.action_step_days)
    if due_on is not None and due_on < today:
        missing.append({"code": "due_in_past", "message": "The day it is due is past."})
    if due_on is not None and due_on > last:
        message = f"It is due by {last.isoformat()} at the latest."
        missing.append({"code": "due_too_far", "message": message})
    if follow_up_on is not None and follow_up_on < today:
        message = "The day from which you come back to it is past."
        missing.append({"code": "follow_up_in_past", "message": message})
    return missing


def count_fits(values: PolicyValues, open_now: int) -> Missing:
    """Whether the teacher has room for one more."""
    most = values.action_steps_open
    if open_now < most:
        return []
    message = f"The teacher has {open_now} open already, of {most} at most."
    return [{"code": "too_many_open", "message": message}]
