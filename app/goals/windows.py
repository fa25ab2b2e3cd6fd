"""The windows of the year in which SLOs and reviews are due: they advise, unless the district made
them binding (domain.md §5)."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.errors import Conflict
from app.models import School, SchoolYear
from app.people.district.schemas import PolicyValues, Window


class OutsideWindow(Conflict):
    """The district made this window of the year binding, and today is outside it."""

    code, title = "outside_window", "Not at this time of the year"
    next_step = "`window`, `opens` and `closes` say when; the district's policy sets them."


async def advise(
    session: AsyncSession, district_id: UUID, school_year_id: UUID, values: PolicyValues, name: str
) -> list[dict[str, str]]:
    """Warn outside a window of the school year, by the school's date, or refuse where it is
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
            .where(SchoolYear.district_id == district_id, SchoolYear.id == school_year_id)
        )
    ).one()
    opens, closes = _days_of(window, row.first_day)
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


def _days_of(window: Window, first_day: date) -> tuple[date, date]:
    """The first and last day of a window in the school year that begins then."""
    closes = date.fromisoformat(f"{first_day.year}-{window.closes}")
    if closes < first_day:
        closes = closes.replace(year=closes.year + 1)
    opens = date.fromisoformat(f"{closes.year}-{window.opens}")
    return (opens.replace(year=opens.year - 1) if opens > closes else opens), closes
