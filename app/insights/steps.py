"""Action steps in the week."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.models.feedback import ActionStepState


def add_all(
    actor: Actor,
    pair: Any,
    found: dict[UUID, list[Any]],
    today: date,
    ahead: timedelta,
    add: Any,
) -> None:
    """What the caller does next about each that is due within a week or late, and about proposals
    that wait for their yes."""
    as_teacher = pair.teacher_id == actor.id
    for row in found[pair.teacher_id]:
        if row.state == ActionStepState.PROPOSED:
            if "agree" in row.permissions:
                why = f"It waits for your yes: {row.text}"
                add("agree_action_step", why, "action_step", row.id, row.due_on)
        elif row.due_on > today + ahead:
            continue
        elif row.state == ActionStepState.PRACTISING:
            why = f"It is practised: say whether it was seen, or carry it over: {row.text}"
            add("close_action_step", why, "action_step", row.id, row.due_on)
        elif as_teacher:
            why = f"You two agreed on it; practise it: {row.text}"
            add("practise_action_step", why, "action_step", row.id, row.due_on)
        else:
            why = f"It is agreed and not practised yet; ask how it goes: {row.text}"
            add("ask_about_action_step", why, "action_step", row.id, row.due_on)
