"""The rules of the district's policy."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting
from app.access.views import read_one, view
from app.core.errors import Conflict, NotFound
from app.core.events import record
from app.models import District, DistrictPolicy
from app.people.district.schemas import PolicyValues
from app.people.schools.service import apply

_DEFAULTS = PolicyValues()


class WindowTwice(Conflict):
    """A window of the year opens once."""

    code, title = "window_twice", "A window is given twice"
    next_step = "Give each window once."


class RosterRoleTwice(Conflict):
    """A role of the roster makes one thing of a person; its letter case does not count."""

    code, title = "roster_role_twice", "A role of the roster is given twice"
    next_step = "Give each role once."


class SloPolicyContradicts(Conflict):
    """What the policy says of SLOs must hold together: five different levels, a matrix in which
    something can be reached, and a partly met below met."""

    code, title = "slo_policy_contradicts", "The values for SLOs contradict each other"
    next_step = "Correct the value that `field` names."


def _check_slo(values: PolicyValues) -> None:
    if len({name.casefold() for name in values.slo_levels}) != len(values.slo_levels):
        raise SloPolicyContradicts("Two levels have one name.", field="slo_levels")
    points = {cell for row in values.slo_matrix for cell in row}
    if len(points) == 1:
        raise SloPolicyContradicts("Every place of the matrix is the same.", field="slo_matrix")
    if values.slo_partly_met_percent > values.slo_met_percent:
        raise SloPolicyContradicts(
            "An SLO would be met before it is partly met.", field="slo_partly_met_percent"
        )


def effective(stored: dict[str, Any]) -> PolicyValues:
    """The defaults with what a district set. A name this release does not know is passed over, so
    that going back a release still reads."""
    known = {name: value for name, value in stored.items() if name in PolicyValues.model_fields}
    return PolicyValues.model_validate(known)


async def policy(session: AsyncSession, actor: Actor) -> PolicyValues:
    """The policy in force in the caller's district, for the rules of every feature. Whoever acts,
    a client included, acts under it, so no reader's right is asked."""
    stored = await session.scalar(
        select(DistrictPolicy.values).where(DistrictPolicy.district_id == actor.district_id)
    )
    return effective(stored or {})


async def read_district(session: AsyncSession, actor: Actor) -> Any:
    """The caller's district."""
    statement = view(actor, Action.DISTRICT_READ, District)
    return await read_one(session, actor, statement, District, actor.district_id)


async def read_policy(session: AsyncSession, actor: Actor) -> Any:
    """The row that holds what the district set."""
    row = (
        await session.execute(view(actor, Action.POLICY_READ, DistrictPolicy), actor.binds)
    ).first()
    if row is None:
        raise NotFound("There is no such policy, or you may not see it.")
    return row


async def change_policy(
    session: AsyncSession, actor: Actor, version: int, sent: PolicyValues, reason: str
) -> None:
    """Set the values that were sent; one equal to its default is forgotten. District
    administrators."""
    policy_id = (await read_policy(session, actor)).id
    row = await acting(
        session,
        actor,
        Action.POLICY_EDIT,
        DistrictPolicy,
        policy_id,
        version,
        read=Action.POLICY_READ,
    )
    if len({window.name for window in sent.windows}) != len(sent.windows):
        raise WindowTwice
    if len({one.role.lower() for one in sent.roster_roles}) != len(sent.roster_roles):
        raise RosterRoleTwice
    given = sent.model_dump(mode="json", exclude_unset=True)
    defaults = _DEFAULTS.model_dump(mode="json")
    merged = {**row.values, **given}
    _check_slo(effective(merged))
    differs = {name: value for name, value in merged.items() if value != defaults.get(name)}
    apply(row, {"values": differs, "reason": reason})
    record(session, actor, "district_policy.changed", row, given)
