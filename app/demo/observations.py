"""The demo's observations: planned, begun, written down, shared and answered by their people."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.core import clock
from app.demo import observations_content as words
from app.demo.content import ADMINISTRATOR
from app.demo.observations_content import SeenWords, VisitWords
from app.demo.telling import Telling
from app.models import CoObserver, Observation
from app.observations.certifications import service as certifications
from app.observations.certifications.schemas import ObserverCertificationNew
from app.observations.citations import service as citations
from app.observations.citations.schemas import CitationNew
from app.observations.co_observers import service as co_observers
from app.observations.evidence import capturing
from app.observations.ratings import service as ratings
from app.observations.ratings.schemas import RatingGiven
from app.observations.sharing import revisions
from app.observations.sharing import service as sharing
from app.observations.sharing.schemas import RevisionNew
from app.observations.visits import service as visits
from app.observations.visits.schemas import ObservationNew

#: how far a visit had come before it was called off, or did not count
_CAME_TO = {"cancelled": "scheduled", "void": "drafted"}


async def tell(telling: Telling) -> None:
    """Who may score, then every visit."""
    await telling.at((0, 1, "08:00"))
    administrator = await telling.as_(ADMINISTRATOR)
    for name, title in words.CERTIFIED:
        fields = ObserverCertificationNew(
            person_id=telling.demo.people[name], title=title, from_on=telling.today()
        )
        await certifications.create(telling.session, administrator, fields.model_dump())
    for visit in words.VISITS:
        await _Visit(telling, visit).tell()


class _Visit:
    """One visit and the two people in it."""

    def __init__(self, telling: Telling, visit: VisitWords) -> None:
        self.telling, self.session, self.words = telling, telling.session, visit
        self.far = words.COURSE.index(_CAME_TO.get(visit.reached, visit.reached))

    @property
    def id(self) -> UUID:
        """The visit's."""
        return self.telling.made[self.words.key]

    async def version(self) -> int:
        """Its version."""
        return await self.telling.version(Observation, self.id)

    async def tell(self) -> None:
        """Its story, as far as it has come."""
        telling, session, visit = self.telling, self.session, self.words
        observer = await telling.as_(visit.by)
        teacher = await telling.as_(visit.teacher)
        await self._plan(observer)
        if visit.looks_on is not None:
            await self._second_observer(observer, teacher, *visit.looks_on)
        if visit.reached == "cancelled":
            await visits.cancel(session, observer, self.id, await self.version(), visit.reason)
        if self.far >= 1:
            await self._look(observer)
        if self.far >= 2:
            await visits.finish(session, observer, self.id, await self.version())
            await self._rate(observer)
        if visit.reached == "void":
            await visits.void(session, observer, self.id, await self.version(), visit.reason)
        if self.far >= 3:
            await telling.passes(hours=5)
            await sharing.share(session, observer, self.id, await self.version())
            await self._after_sharing(observer)
        if self.far >= 4:
            await telling.passes(hours=20)
            await visits.discuss(session, observer, self.id, await self.version())
        if self.far >= 5:
            await telling.passes(hours=4)
            reply = visit.reply or None
            await visits.acknowledge(session, teacher, self.id, await self.version(), reply)
        if self.far >= 6:
            await telling.passes(hours=20)
            await visits.lock(session, observer, self.id, await self.version())

    # --- before and during -----------------------------------------------------------------------

    async def _plan(self, observer: Actor) -> None:
        """Plan it the day before, or lately for the coming week; or begin at once."""
        telling, visit = self.telling, self.words
        on, at = None, None
        if visit.when is not None:
            await telling.at(visit.when)
            on, at = telling.today(), visit.when[2]
            await telling.passes(days=-1)
        elif visit.coming is not None:
            await telling.ago(1, "16:40")
            day, at = visit.coming
            on = telling.coming(day)
        else:
            await telling.now()
        new = ObservationNew.model_validate(
            {
                "teacher_id": telling.demo.people[visit.teacher],
                "kind_id": telling.kinds[visit.kind],
                "start": on is None,
                "on": on,
                "at": at,
                "minutes": visit.minutes,
                "announced": visit.announced,
                "focus": visit.focus or None,
                "place": visit.place or None,
                "intends": list(visit.intends),
                "cycle_id": telling.made[visit.cycle] if visit.cycle else None,
                "overrides": list(visit.overrides),
            }
        )
        visit_id, _ = await visits.create(self.session, observer, **new.model_dump())
        telling.made[visit.key] = visit_id

    async def _second_observer(
        self, observer: Actor, teacher: Actor, name: str, consents: bool
    ) -> None:
        asked = await co_observers.ask(
            self.session, observer, self.id, self.telling.demo.people[name]
        )
        if consents:
            await self.telling.passes(hours=1)
            version = await self.telling.version(CoObserver, asked)
            await co_observers.consent(self.session, teacher, asked, version)

    async def _look(self, observer: Actor) -> None:
        """Begin, and write down what is seen: each observer on their own device."""
        telling, visit = self.telling, self.words
        if visit.when is not None:
            await telling.at(visit.when)
            await visits.start(self.session, observer, self.id, await self.version())
        begun = clock.now()
        if visit.when is not None:
            await telling.passes(minutes=visit.minutes)
        await self._capture(observer, visit.seen, visit.key, begun)
        if visit.also_seen:
            assert visit.looks_on is not None
            other = await telling.as_(visit.looks_on[0])
            await self._capture(other, visit.also_seen, f"{visit.key}-also", begun)

    async def _capture(
        self, by: Actor, seen: tuple[SeenWords, ...], key: str, begun: datetime
    ) -> None:
        if not seen:
            return
        items = [
            {
                "client_key": f"{key}-{number}",
                "kind": item.kind,
                "at": begun + timedelta(minutes=item.minute),
                "text": item.text,
                "verbatim": item.verbatim,
                "about_id": None,
                "about_key": None if item.about is None else f"{key}-{item.about}",
                "indicator_ids": [self.telling.demo.indicators[code] for code in item.codes],
                "removed": False,
                "edited_at": begun + timedelta(minutes=item.minute),
            }
            for number, item in enumerate(seen)
        ]
        for result in await capturing.capture(self.session, by, self.id, items):
            assert result["id"] is not None, result
            self.telling.made[result["client_key"]] = result["id"]

    async def _rate(self, observer: Actor) -> None:
        for code, given in self.words.rated:
            rating = RatingGiven(
                score=Decimal(given) if isinstance(given, int) else None,
                not_observed_reason=given if isinstance(given, str) else None,
            )
            indicator_id = self.telling.demo.indicators[code]
            await ratings.rate(self.session, observer, self.id, indicator_id, rating.model_dump())

    # --- after it was shared ---------------------------------------------------------------------

    async def _after_sharing(self, observer: Actor) -> None:
        """It is put right, cited and read."""
        telling, visit = self.telling, self.words
        if visit.revised is not None:
            await telling.passes(hours=1)
            number, text, reason = visit.revised
            item = {"id": telling.made[f"{visit.key}-{number}"], "text": text}
            fields: dict[str, Any] = RevisionNew(reason=reason).model_dump()
            fields["change_items"] = [item]
            await revisions.revise(self.session, observer, self.id, await self.version(), fields)
        for number, name, what, where in visit.cited:
            by = await telling.as_(name)
            record = await telling.goal(by, where) if what == "goal" else telling.made[where]
            cited = CitationNew.model_validate({f"{what}_id": record})
            item_id = telling.made[f"{visit.key}-{number}"]
            await citations.cite(self.session, by, item_id, cited.model_dump())
        if visit.read_by:
            await telling.passes(hours=2)
            reader = await telling.as_(visit.read_by)
            await visits.read_observation(self.session, reader, self.id)
            await ratings.list_ratings(self.session, reader, self.id)
