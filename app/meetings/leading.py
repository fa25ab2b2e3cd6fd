"""Who leads a 1:1: the teacher, unless the teacher says otherwise (R8)."""

from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.core.errors import Conflict
from app.models.meetings import Party


class TeacherLeads(Conflict):
    """The teacher leads their 1:1s; that the lead does is the teacher's to say."""

    code, title = "teacher_leads", "The teacher says who leads"
    next_step = "Leave `led_by` out; the teacher can hand it over."


def check_leading(
    actor: Actor, teacher_id: UUID, fields: dict[str, Any], now: str = Party.TEACHER
) -> None:
    """Refuse that anybody but the teacher makes the lead lead. Saying again what is so already
    changes nothing."""
    if fields.get("led_by") != Party.LEAD or actor.id == teacher_id:
        return
    if now != Party.LEAD:
        raise TeacherLeads
    del fields["led_by"]
