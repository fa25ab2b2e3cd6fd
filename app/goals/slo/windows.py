"""The windows in which SLOs are due: they advise, unless the district made them binding."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.errors import Conflict
from app.models import Goal, School
from app.people.district.schemas import PolicyValues


class OutsideWindow(Conflict):
    """The district made this window of the year binding, and today is outside it."""

    code, title = "outside_window", "Not at this time of the year"
    next_step = "`window`, `opens` and `closes` say when; the district's policy sets them."


def within(opens: str, closes: str, day: date) -> bool:
    """Whether a day lies in a window of MM-DD to MM-DD; one that closes before it opens spans New
    Year."""
    today = day.strftime("%m-%d")
    if opens <= closes:
        return opens <= today <= closes
    return today >= opens or today <= closes


async def advise(
    session: AsyncSession, goal: Goal, values: PolicyValues, name: str
) -> list[dict[str, str]]:
    """Warn outside a window, by the school's date, or refuse where it is enforced."""
    window = next((window for window in values.windows if window.name == name), None)
    if window is None:
        return []
    zone = await session.scalar(
        select(School.zone).where(
            School.district_id == goal.district_id, School.id == goal.school_id
        )
    )
    assert zone is not None
    if within(window.opens, window.closes, clock.today(zone)):
        return []
    if window.enforce:
        raise OutsideWindow(window=name, opens=window.opens, closes=window.closes)
    return [
        {
            "code": "outside_window",
            "message": f"The window {name} is open from {window.opens} to {window.closes}.",
        }
    ]
