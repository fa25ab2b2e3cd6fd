"""The rules of rounds of feedback: asked by a goal's writers, open until a day, then summarised.

Who is asked is a rule and no list, but for people who are named: whoever comes to the school or the
team while the round is open is asked, and whoever leaves is not any more. Locks are taken from the
goal to the round.
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Uuid,
    and_,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import acting, possible, seen_through
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, NotFound
from app.core.events import record
from app.core.paging import Paging, page
from app.goals.revisions import service as revisions
from app.goals.rounds.asked import check_asked
from app.goals.schemas import GoalChange
from app.goals.views import read_goal
from app.models import (
    Goal,
    GoalFeedback,
    GoalFeedbackInvitee,
    GoalFeedbackRound,
    School,
    touch,
)
from app.models.goal_feedback import Invites, RoundState, Stance

Page = tuple[list[Any], str | None]


class RoundOpen(Conflict):
    """A goal is asked about in one round at a time."""

    code, title = "round_open", "A round of feedback on this goal is open"
    next_step = "Wait for its day, or close it: GET /goals/{id}/feedback-rounds."


class UntilPassed(Conflict):
    """Whoever is asked has at least the rest of the day to answer."""

    code, title = "until_passed", "That day is over"
    next_step = "Give `until` a day from today on, where the school is."


class InviteesUnclear(Conflict):
    """`team_ids` go with `teams`, `person_ids` with `people`, and neither with `everybody`."""

    code, title = "invitees_unclear", "It is not clear who is asked"
    next_step = "Send the list that `invites` names, with at least one id, and not the other."


class AlreadyAdopted(Conflict):
    """One change of the goal is made of a round; what follows is an ordinary revision."""

    code, title = "already_adopted", "A change was made of this round already"
    next_step = "Read it at `adopted_revision_id`; change the goal with POST /goals/{id}/revisions."


class GoalChanged(Conflict):
    """The goal is at another version than the one the change was made from."""

    code, title = "goal_changed", "The goal has changed"
    next_step = "Read the goal again and send its version as `goal_version`."


# --- reading ----------------------------------------------------------------------------------

_STATE: ColumnElement[Any] = GoalFeedbackRound.state.label("state")
_TEAM_IDS: ColumnElement[Any] = (
    select(
        func.coalesce(
            func.array_agg(
                aggregate_order_by(GoalFeedbackInvitee.team_id, GoalFeedbackInvitee.team_id),
                type_=ARRAY(Uuid()),
            ),
            literal([], ARRAY(Uuid())),
        )
    )
    .where(
        GoalFeedbackInvitee.district_id == district,
        GoalFeedbackInvitee.round_id == GoalFeedbackRound.id,
        GoalFeedbackInvitee.team_id.is_not(None),
    )
    .correlate(GoalFeedbackRound)
    .scalar_subquery()
    .label("team_ids")
)
_STANCES: ColumnElement[Any] = (
    select(
        func.jsonb_build_object(
            *(
                part
                for stance in Stance
                for part in (
                    stance.value,
                    func.count().filter(GoalFeedback.stance == stance.value),
                )
            )
        )
    )
    .where(
        GoalFeedback.district_id == district,
        GoalFeedback.round_id == GoalFeedbackRound.id,
    )
    .correlate(GoalFeedbackRound)
    .scalar_subquery()
    .label("stances")
)


#: what an answer shows beside the round's own columns
BESIDE: tuple[ColumnElement[Any], ...] = (_STATE, _TEAM_IDS, _STANCES)


def _rounds(actor: Actor) -> Any:
    return view(actor, Action.ROUND_READ, GoalFeedbackRound, *BESIDE)


async def list_rounds(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    *,
    goal_id: UUID | None = None,
    waiting: bool | None = None,
) -> Page:
    """Rounds the caller may see, the oldest first: of one goal, or those that wait for them (or
    do not)."""
    statement = _rounds(actor)
    if goal_id is not None:
        await read_goal(session, actor, goal_id)
        statement = statement.where(GoalFeedbackRound.goal_id == goal_id)
    if waiting is not None:
        waits = and_(
            seen_through(actor, Action.ROUND_GIVE, GoalFeedbackRound),
            possible(Action.ROUND_GIVE, GoalFeedbackRound),
        )
        statement = statement.where(waits if waiting else ~waits)
    return await page(session, actor, statement, paging, by=[GoalFeedbackRound.id])


async def read_round(session: AsyncSession, actor: Actor, round_id: UUID) -> Any:
    """One round."""
    return await read_one(session, actor, _rounds(actor), GoalFeedbackRound, round_id)


# --- asking -----------------------------------------------------------------------------------


async def ask(session: AsyncSession, actor: Actor, goal_id: UUID, fields: dict[str, Any]) -> UUID:
    """Ask for feedback on a published goal: a school goal by the school's leaders, a team goal by
    the team's lead. One round of a goal is open at a time."""
    # The goal stands for its rounds, so that two who ask at the same moment take turns.
    goal = await acting(
        session, actor, Action.GOAL_ASK_FEEDBACK, Goal, goal_id, read=Action.GOAL_READ
    )
    open_round = select(GoalFeedbackRound.id).where(
        GoalFeedbackRound.district_id == goal.district_id,
        GoalFeedbackRound.goal_id == goal.id,
        GoalFeedbackRound.state == RoundState.OPEN.value,
    )
    if await session.scalar(open_round.limit(1)) is not None:
        raise RoundOpen
    team_ids = list(dict.fromkeys(fields.pop("team_ids")))
    person_ids = list(dict.fromkeys(fields.pop("person_ids")))
    invites = Invites(fields["invites"])
    if bool(team_ids) != (invites is Invites.TEAMS) or bool(person_ids) != (
        invites is Invites.PEOPLE
    ):
        raise InviteesUnclear
    closes_at = await _end_of(session, goal, fields["until"])
    if closes_at <= clock.now():
        raise UntilPassed
    await check_asked(session, actor, goal, team_ids, person_ids)
    asked = GoalFeedbackRound(
        id=clock.new_id(),
        goal_id=goal.id,
        goal_revision=goal.revision,
        author_id=actor.id,
        closes_at=closes_at,
        **_under(goal),
        **fields,
    )
    session.add(asked)
    await session.flush()
    session.add_all(
        GoalFeedbackInvitee(
            district_id=goal.district_id, round_id=asked.id, team_id=team_id, person_id=person_id
        )
        for team_id, person_id in (
            *((team_id, None) for team_id in team_ids),
            *((None, person_id) for person_id in person_ids),
        )
    )
    await session.flush()
    record(session, actor, "goal_feedback_round.opened", asked)
    return asked.id


def _under(goal: Any) -> dict[str, Any]:
    """What a row below a shared goal carries of it."""
    return {name: getattr(goal, name) for name in ("district_id", "level", "school_id", "team_id")}


async def _end_of(session: AsyncSession, goal: Goal, until: date) -> datetime:
    """The midnight behind a day in the school's zone (domain.md §5)."""
    zone = await session.scalar(
        select(School.zone).where(
            School.district_id == goal.district_id, School.id == goal.school_id
        )
    )
    assert zone is not None
    return datetime.combine(until + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(
        ZoneInfo("UTC")
    )


# --- closing, summing up, adopting --------------------------------------------------------------


async def close(session: AsyncSession, actor: Actor, round_id: UUID, version: int) -> None:
    """Close a round before its day. The goal's writers."""
    asked = await acting(
        session,
        actor,
        Action.ROUND_CLOSE,
        GoalFeedbackRound,
        round_id,
        version,
        read=Action.ROUND_READ,
    )
    asked.closed_at = clock.now()
    touch(asked)
    record(session, actor, "goal_feedback_round.closed", asked, ("state",))


async def summarise(
    session: AsyncSession, actor: Actor, round_id: UUID, version: int, summary: str
) -> None:
    """Say what was heard, once the round is closed. The goal's writers."""
    asked = await acting(
        session,
        actor,
        Action.ROUND_SUMMARISE,
        GoalFeedbackRound,
        round_id,
        version,
        read=Action.ROUND_READ,
    )
    asked.summary, asked.summarised_at = summary, clock.now()
    asked.summarised_by_id = actor.id
    touch(asked)
    record(session, actor, "goal_feedback_round.summarised", asked, ("state", "summary"))


async def adopt(
    session: AsyncSession,
    actor: Actor,
    round_id: UUID,
    version: int,
    goal_version: int,
    reason: str,
    changes: GoalChange,
) -> UUID:
    """Change the goal by what a summarised round said: a revision that names the round, in force
    at once. The goal's writers, once for each round."""
    goal_id = (await read_round(session, actor, round_id)).goal_id
    goal = await session.scalar(
        select(Goal)
        .where(Goal.district_id == actor.district_id, Goal.id == goal_id)
        .with_for_update()
    )
    if goal is None:
        raise NotFound("There is no such goal.")
    asked = await acting(
        session,
        actor,
        Action.ROUND_ADOPT,
        GoalFeedbackRound,
        round_id,
        version,
        read=Action.ROUND_READ,
    )
    if asked.adopted_revision_id is not None:
        raise AlreadyAdopted
    if goal.version != goal_version:
        raise GoalChanged
    revision_id = await revisions.propose(session, actor, goal.id, goal_version, reason, changes)
    asked.adopted_revision_id = revision_id
    touch(asked)
    record(session, actor, "goal_feedback_round.adopted", asked, ("adopted_revision_id",))
    await session.flush()
    return revision_id
