"""What a planned visit goes against: everything is named at once, and part of it may be overridden
with the teacher's consent or a reason (domain.md §1, gates 3 and 5)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.core import clock
from app.core.errors import Conflict
from app.models import CoachingRelationship, Observation, ObservationKind, SchoolYear
from app.models.observations import ObservationState, ObserverKind
from app.models.relationships import EvaluatorScope
from app.observations.certifications.service import certified
from app.people.district.schemas import PolicyValues, Window
from app.people.district.service import policy
from app.relationships.pair import day_off
from app.relationships.preferences.service import in_force

#: how many days ahead a teacher hears of a visit who wants this much notice; that several are
#: three is a default of ours
_NOTICE = {"same_day": 0, "day_before": 1, "days_before": 3}
_PREFERENCE = "preference_"
_OVER = (ObservationState.CANCELLED.value, ObservationState.VOID.value)


class ObservationConflicts(Conflict):
    """The visit goes against preferences, calendar, windows, certification or somebody's time. All
    of it is named at once; `may_override` says what can be done all the same."""

    code, title = "observation_conflicts", "The visit goes against something"
    next_step = (
        "Choose another time or kind, or send `overrides` for what `may_override`: with the"
        " teacher's consent or a reason."
    )


@dataclass
class Found:
    """What a visit goes against, and what advises against it."""

    conflicts: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)

    def add(self, code: str, message: str, *, may_override: bool = False) -> None:
        """One more conflict."""
        self.conflicts.append({"code": code, "message": message, "may_override": may_override})

    def warn(self, code: str, message: str) -> None:
        """One more advice."""
        self.warnings.append({"code": code, "message": message})

    def settle(self, overrides: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The overrides that were needed, to be kept with the visit; 409 with the conflicts that
        are left. The consent of the teacher is about what they prefer; all else takes a reason."""
        given = {one["code"]: one for one in overrides}
        left, kept = [], []
        for conflict in self.conflicts:
            one = given.get(conflict["code"])
            consents = bool(one and one["consent"]) and conflict["code"].startswith(_PREFERENCE)
            if one and conflict["may_override"] and (one["reason"] or consents):
                kept.append(one)
            else:
                left.append(conflict)
        if left:
            raise ObservationConflicts(missing=left)
        return kept


async def look(
    session: AsyncSession,
    actor: Actor,
    visit: Observation,
    kind: ObservationKind,
    year: SchoolYear,
    coaching: CoachingRelationship | None,
) -> Found:
    """Everything but the two people's time. Sets the preferences that are kept with the visit."""
    values = await policy(session, actor)
    found = Found()
    if (kind.from_on and visit.on < kind.from_on) or (kind.until_on and visit.on > kind.until_on):
        found.add("kind_not_valid", "The kind of observation does not hold on that day.")
    if (off := day_off(year.days, visit.on)) is not None:
        words = "has tests" if off == "testing" else "is off"
        found.add("day_off", f"In the school calendar that day {words}.", may_override=True)
    if visit.minutes < kind.min_minutes:
        found.add(
            "too_short",
            f"Such an observation takes at least {kind.min_minutes} minutes.",
            may_override=not kind.formal,
        )
    if visit.formal:
        _formal(found, visit.on, year, values)
    if visit.evaluative:
        await evaluator(session, found, visit, coaching)
    # An evaluation is read by the school's leaders too, and what a teacher told their lead is the
    # pair's: it is neither held against such a visit nor kept with it.
    if visit.observer_kind == ObserverKind.LEAD and not visit.evaluative and coaching is not None:
        await _preferences(session, found, visit, coaching)
    if await _visits_of_week(session, visit) >= values.visits_per_week_warning:
        found.warn("many_visits", "This teacher has many visits in that week already.")
    return found


def _formal(found: Found, on: date, year: SchoolYear, values: PolicyValues) -> None:
    begins = year.first_day + timedelta(days=values.first_formal_observation_days)
    if on < begins:
        found.add("first_days", f"Formal observations begin on {begins} this school year.")
    windows = [window for window in values.windows if window.name.startswith("observation_")]
    if windows and not any(_open(window, on) for window in windows):
        times = ", ".join(f"{window.opens} to {window.closes}" for window in windows)
        message = f"Formal observations are made from {times}."
        if any(window.enforce for window in windows):
            found.add("outside_window", message)
        else:
            found.warn("outside_window", message)


def _open(window: Window, on: date) -> bool:
    """A window that opens after it closes spans New Year."""
    day = f"{on:%m-%d}"
    if window.opens <= window.closes:
        return window.opens <= day <= window.closes
    return day >= window.opens or day <= window.closes


async def evaluator(
    session: AsyncSession,
    found: Found,
    visit: Observation,
    coaching: CoachingRelationship | None,
) -> None:
    """Who scores has a certification on that day; a lead, a part in the teacher's evaluation."""
    if not await certified(session, visit.district_id, visit.observer_id, visit.on):
        found.add("not_certified", "Who scores needs a certification on that day.")
    if visit.observer_kind == ObserverKind.LEAD and (
        coaching is None or coaching.evaluator_scope == EvaluatorScope.NONE
    ):
        found.add("not_evaluator", "This lead has no part in the teacher's evaluation.")


async def _preferences(
    session: AsyncSession, found: Found, visit: Observation, coaching: CoachingRelationship
) -> None:
    """What the teacher told this lead. Others do not read it, so nothing is said of it to them."""
    told = await in_force(session, visit.district_id, coaching.id, visit.on)
    visit.preferences_id = told.id if told else None
    if told is None:
        return
    ahead = _NOTICE.get(str(told.answers.get("notice")))
    given = (visit.on - clock.today(visit.zone)).days if visit.announced else -1
    if ahead is not None and given < ahead:
        found.add(f"{_PREFERENCE}notice", "The teacher wants more notice of it.", may_override=True)
    for intent in visit.intends:
        if told.answers.get(intent) in ("ask", "no"):
            words = f"The teacher does not simply want that: {intent.replace('_', ' ')}."
            found.add(f"{_PREFERENCE}{intent}", words, may_override=True)


async def _visits_of_week(session: AsyncSession, visit: Observation) -> int:
    """How many other visits the teacher has in that week, whoever comes."""
    monday = visit.on - timedelta(days=visit.on.weekday())
    count = await session.scalar(
        select(func.count()).where(
            Observation.district_id == visit.district_id,
            Observation.teacher_id == visit.teacher_id,
            Observation.on.between(monday, monday + timedelta(days=6)),
            Observation.state.not_in(_OVER),
            Observation.id != visit.id,
        )
    )
    return count or 0
