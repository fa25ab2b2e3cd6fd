"""The windows in which SLOs are due: they advise, unless the district made them binding."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.errors import Conflict
from app.goals.reviews.service import days_of
from app.models import Goal, School, SchoolYear
from app.people.district.schemas import PolicyValues


class OutsideWindow(Conflict):
    """The district made this window of the year binding, and today is outside it."""

    code, title = "outside_window", "Not at this time of the year"
    next_step = "`window`, `opens` and `closes` say when; the district's policy sets them."


async def advise(
    session: AsyncSession, goal: Goal, values: PolicyValues, name: str
) -> list[dict[str, str]]:
    """Warn outside a window of the goal's school year, by the school's date, or refuse where it is
    enforced."""
    window = next((window for window in values.windows if window.name == name), None)
    if window is None:
        return []
    row = (
        await session.execute(
            select(SchoolYear.first_day, School.zone)
            .join(
                School,
                (School.district_id == SchoolYear.district_id)
                & (School.id == SchoolYear.school_id),
            )
            .where(SchoolYear.district_id == goal.district_id, SchoolYear.id == goal.school_year_id)
        )
    ).one()
    opens, closes = days_of(window, row.first_day)
    if opens <= clock.today(row.zone) <= closes:
        return []
    if window.enforce:
        raise OutsideWindow(window=name, opens=opens.isoformat(), closes=closes.isoformat())
    return [
        {
            "code": "outside_window",
            "message": f"The window {name} is open from {opens} to {closes}.",
        }
    ]
