"""Cycles, visits and what lies in them, written through the models: their own packages have tests
of how they come to be."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from app import models as m
from app.auth import keys
from app.core import clock
from app.meetings.times import span


class Making:
    """Rows of Tom and Lena, unless others are named."""

    def __init__(self, connection: AsyncConnection, world: Any) -> None:
        self.connection, self.world = connection, world

    async def add(self, model: Any, **fields: Any) -> UUID:
        """One row."""
        row = model(district_id=self.world.juniper, **fields)
        row.id = row.id or clock.new_id()
        async with AsyncSession(
            self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        ) as session:
            await keys.enter(session, self.world.juniper)
            session.add(row)
            await session.commit()
            return UUID(str(row.id))

    def of(self, teacher: str = "tom", lead: str = "lena", author: str = "tom") -> dict[str, Any]:
        """The columns that say whose it is."""
        return {
            "school_id": self.world.alder,
            "teacher_id": getattr(self.world, teacher),
            "lead_id": getattr(self.world, lead),
            "author_id": getattr(self.world, author),
        }

    async def cycle(
        self, phase: str, teacher: str = "tom", lead: str = "lena", number: int = 1, **fields: Any
    ) -> UUID:
        """A cycle in a phase."""
        return await self.add(
            m.LearningCycle,
            **{
                **self.of(teacher, lead, teacher),
                "level": "individual",
                "school_year_id": self.world.alder_year,
                "number": number,
                "title": "Wait longer for answers",
                "state": phase,
                "phase": phase,
                **fields,
            },
        )

    async def activity(self, cycle: UUID, on: str | None, **fields: Any) -> UUID:
        """An activity, planned for a day."""
        return await self.add(
            m.CycleActivity,
            cycle_id=cycle,
            **{
                **self.of(),
                "level": "individual",
                "approach": "book_study",
                "title": "Read on wait time",
                "who": "both",
                "on": date.fromisoformat(on) if on else None,
                **fields,
            },
        )

    async def reflection(self, cycle: UUID, who: str, shared: str | None, **fields: Any) -> UUID:
        """What one of the two says at the close, shared or a draft."""
        when = datetime.fromisoformat(shared) if shared else None
        return await self.add(
            m.CycleReflection,
            cycle_id=cycle,
            **{
                **self.of(author=who),
                "level": "individual",
                "on_self": "I wait now.",
                "state": "shared" if shared else "draft",
                "shared_at": when,
                **fields,
            },
        )

    async def kind(self, *, formal: bool, scored: bool = False) -> UUID:
        """A kind of observation."""
        return await self.add(
            m.ObservationKind,
            key="formal" if formal else "coaching",
            title="Formal" if formal else "Coaching visit",
            formal=formal,
            scored=scored,
            counts=formal,
            min_minutes=10,
            observers=["lead", "school_leader"],
            from_on=date(2026, 8, 1) + timedelta(days=clock.new_id().int % 60_000),
        )

    async def visit(
        self,
        on: str,
        state: str,
        *,
        observer: str = "lena",
        teacher: str = "tom",
        formal: bool = False,
        evaluative: bool = False,
        kind: UUID | None = None,
    ) -> UUID:
        """An observation."""
        begun = state not in ("scheduled", "cancelled")
        given = state in ("shared", "discussed", "acknowledged", "locked")
        when = span(date.fromisoformat(on), "10:00", "America/Denver", 30)
        return await self.add(
            m.Observation,
            **when,
            school_id=self.world.alder,
            school_year_id=self.world.alder_year,
            teacher_id=getattr(self.world, teacher),
            observer_id=getattr(self.world, observer),
            author_id=getattr(self.world, observer),
            kind_id=kind or await self.kind(formal=formal, scored=evaluative),
            formal=formal,
            scored=evaluative,
            evaluative=evaluative,
            observer_kind="school_leader" if observer == "paul" else "lead",
            state=state,
            started_at=when["starts_at"] if begun else None,
            shared_at=when["ends_at"] if given else None,
        )

    async def meeting(
        self, on: str, state: str, teacher: str = "tom", lead: str = "lena", **fields: Any
    ) -> UUID:
        """A 1:1."""
        day = date.fromisoformat(on)
        completed = datetime.combine(day, time(22), tzinfo=clock.now().tzinfo)
        return await self.add(
            m.Meeting,
            **self.of(teacher, lead),
            **span(day, "15:00", "America/Denver", 30),
            relationship_id=self.world.ids.get(f"{lead}_{teacher}", self.world.lena_tom),
            due_on=day,
            led_by="teacher",
            focus="check_in",
            state=state,
            completed_at=completed if state == "completed" else None,
            **fields,
        )
