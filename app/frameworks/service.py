"""The rules of frameworks: installed whole, published unchanged, retired but never lost."""

from importlib.resources import files
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import acting, must, visible
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict, Forbidden
from app.core.events import record
from app.core.paging import Paging, page
from app.frameworks import keeping
from app.frameworks.scales import scale_flaw
from app.frameworks.schemas import FrameworkNew
from app.models import Expectation, Framework, FrameworkState, Indicator, IndicatorLevel, touch

Page = tuple[list[Any], str | None]


class FrameworkExists(Conflict):
    """The district already has this publisher's code in this edition. A published version is never
    replaced: a changed framework is a new edition."""

    code, title = "framework_exists", "This edition is installed already"
    next_step = "Use the installed one, or give your version an edition of its own."


class FrameworkRepeats(Conflict):
    """Two domains of the framework have one title, or two indicators one code."""

    code, title = "framework_repeats", "The framework names something twice"
    next_step = "`pointer` is the second place; give it a title or code of its own."


class ScaleUnsound(Conflict):
    """A scale runs from low to high in whole steps, and its levels cover each point once."""

    code, title = "scale_unsound", "The scale does not add up"
    next_step = "Correct the scale that `pointer` names as `detail` says."


def leap() -> FrameworkNew:
    """LEAP as it ships: codes, short titles, groups and scales."""
    text = files("app.frameworks").joinpath("data/leap.json").read_text("utf-8")
    return FrameworkNew.model_validate_json(text)


# --- frameworks -------------------------------------------------------------------------------


async def list_frameworks(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: str | None
) -> Page:
    """Frameworks by publisher, code and edition; `filters` are columns and the value to keep to."""
    statement = view(actor, Action.FRAMEWORK_READ, Framework).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(
        session,
        actor,
        statement,
        paging,
        by=[Framework.publisher, Framework.code, Framework.edition, Framework.id],
    )


async def read_framework(
    session: AsyncSession, actor: Actor, framework_id: UUID
) -> tuple[Any, list[dict[str, Any]]]:
    """One framework and its domains, each with expectations, each with indicators, in order."""
    framework = await find(session, actor, framework_id)

    async def parts(model: type[Expectation] | type[Indicator]) -> Any:
        found = view(actor, Action.FRAMEWORK_READ, model).where(model.framework_id == framework_id)
        return await session.execute(found.order_by(model.position), actor.binds)

    indicators: dict[UUID, list[Any]] = {}
    for indicator in await parts(Indicator):
        indicators.setdefault(indicator.expectation_id, []).append(indicator)
    domains: dict[str, list[Any]] = {}
    for expectation in await parts(Expectation):
        whole = {**expectation._mapping, "indicators": indicators[expectation.id]}
        domains.setdefault(expectation.domain, []).append(whole)
    return framework, [{"title": title, "expectations": e} for title, e in domains.items()]


async def find(session: AsyncSession, actor: Actor, framework_id: UUID) -> Any:
    """The row of a framework that the caller may see."""
    return await read_one(
        session, actor, view(actor, Action.FRAMEWORK_READ, Framework), Framework, framework_id
    )


async def install(session: AsyncSession, actor: Actor, data: FrameworkNew) -> Framework:
    """Add a whole framework as a draft. District administrators.

    Raises FrameworkExists, FrameworkRepeats or ScaleUnsound (409).
    """
    framework = Framework(
        district_id=actor.district_id, **data.model_dump(exclude={"domains"}, by_alias=True)
    )
    await add(session, actor, framework)
    _check(data)
    home = {"district_id": actor.district_id, "framework_id": framework.id}
    prefix = f"{data.publisher}:{data.code}:{data.edition}"
    expectations: list[Expectation] = []
    indicators: list[Indicator] = []
    for domain in data.domains:
        for group in domain.expectations:
            expectation = Expectation(
                **home,
                id=clock.new_id(),
                domain=domain.title,
                title=group.title,
                position=len(expectations),
                scale=group.scale and group.scale.model_dump(mode="json", by_alias=True),
            )
            expectations.append(expectation)
            for item in group.indicators:
                indicator = Indicator(
                    **home,
                    expectation_id=expectation.id,
                    key=f"{prefix}:{item.code}",
                    position=len(indicators),
                    **item.model_dump(),
                )
                indicators.append(indicator)
    session.add_all(expectations)
    await session.flush()
    session.add_all(indicators)
    await session.flush()
    await keeping.keep_own_items(session, framework, expectations, indicators)
    record(session, actor, "framework.created", framework)
    return framework


async def add(session: AsyncSession, actor: Actor, framework: Framework) -> None:
    """Insert the framework's own row: 403 before 409, and a 409 also when two install at once."""
    try:
        async with session.begin_nested():
            session.add(framework)
            await session.flush()
            await must(session, actor, Action.FRAMEWORK_CREATE, framework)
    except IntegrityError as exc:
        same = visible(actor, Action.FRAMEWORK_CREATE, Framework).where(
            Framework.publisher == framework.publisher,
            Framework.code == framework.code,
            Framework.edition == framework.edition,
        )
        if await session.scalar(same, actor.binds) is None:
            raise Forbidden("Your relation to this framework does not allow create.") from exc
        raise FrameworkExists from exc


def _check(data: FrameworkNew) -> None:
    """Refuse a framework that contradicts itself; `pointer` leads to the place."""
    titles: set[str] = set()
    codes: set[str] = set()
    for d, domain in enumerate(data.domains):
        if domain.title in titles:
            raise FrameworkRepeats("Two domains have this title.", pointer=f"/domains/{d}/title")
        titles.add(domain.title)
        for e, group in enumerate(domain.expectations):
            place = f"/domains/{d}/expectations/{e}"
            if group.scale is not None and (flaw := scale_flaw(group.scale)):
                raise ScaleUnsound(flaw, pointer=f"{place}/scale")
            for i, item in enumerate(group.indicators):
                if item.code.lower() in codes:
                    raise FrameworkRepeats(
                        "Two indicators have this code.", pointer=f"{place}/indicators/{i}/code"
                    )
                codes.add(item.code.lower())


async def publish(session: AsyncSession, actor: Actor, framework_id: UUID, version: int) -> None:
    """Offer a draft to everybody; its content is fixed. District administrators."""
    await _move(session, actor, framework_id, version, Action.FRAMEWORK_PUBLISH)


async def retire(session: AsyncSession, actor: Actor, framework_id: UUID, version: int) -> None:
    """Offer a published framework no longer; what refers to it stays. District administrators."""
    await _move(session, actor, framework_id, version, Action.FRAMEWORK_RETIRE)


async def remove(session: AsyncSession, actor: Actor, framework_id: UUID, version: int) -> None:
    """Delete a draft and all that is in it; nobody can have referred to it. District
    administrators."""
    framework = await acting(
        session,
        actor,
        Action.FRAMEWORK_DELETE,
        Framework,
        framework_id,
        version,
        read=Action.FRAMEWORK_READ,
    )
    await keeping.drop_content(session, framework)
    record(session, actor, "framework.deleted", framework)
    await session.flush()
    await session.delete(framework)


_MOVES = {
    Action.FRAMEWORK_PUBLISH: FrameworkState.PUBLISHED,
    Action.FRAMEWORK_RETIRE: FrameworkState.RETIRED,
}


async def _move(
    session: AsyncSession, actor: Actor, framework_id: UUID, version: int, action: Action
) -> None:
    framework = await acting(
        session, actor, action, Framework, framework_id, version, read=Action.FRAMEWORK_READ
    )
    framework.state = _MOVES[action].value
    touch(framework)
    record(session, actor, f"framework.{framework.state}", framework, ("state",))


# --- indicators -------------------------------------------------------------------------------

_PLACE: tuple[ColumnElement[Any], ...] = (
    Framework.state.label("framework_state"),
    Expectation.domain.label("domain"),
    Expectation.title.label("expectation"),
    Expectation.scale.label("scale"),
)


def _placed(actor: Actor) -> Select[Any]:
    """The indicators the caller may see, each beside its framework and its expectation."""
    return (
        view(actor, Action.FRAMEWORK_READ, Indicator, *_PLACE)
        .join(
            Framework,
            (Framework.district_id == Indicator.district_id)
            & (Framework.id == Indicator.framework_id),
        )
        .join(
            Expectation,
            (Expectation.district_id == Indicator.district_id)
            & (Expectation.id == Indicator.expectation_id),
        )
    )


async def list_indicators(
    session: AsyncSession,
    actor: Actor,
    paging: Paging,
    *,
    q: str | None = None,
    framework_id: UUID | None = None,
    observed: bool | None = None,
    include_retired: bool = False,
) -> Page:
    """Indicators of published frameworks, in their framework's order; `q` begins their code."""
    states = [FrameworkState.PUBLISHED.value]
    if include_retired:
        states.append(FrameworkState.RETIRED.value)
    statement = _placed(actor).where(Framework.state.in_(states))
    if q is not None:
        statement = statement.where(Indicator.code.istartswith(q, autoescape=True))
    if framework_id is not None:
        statement = statement.where(Indicator.framework_id == framework_id)
    if observed is not None:
        statement = statement.where(Indicator.observed.is_(observed))
    return await page(
        session,
        actor,
        statement,
        paging,
        by=[Indicator.framework_id, Indicator.position, Indicator.id],
    )


async def read_indicator(
    session: AsyncSession, actor: Actor, indicator_id: UUID
) -> tuple[Any, list[Any]]:
    """One indicator, also of a retired framework, and what its levels look like, in order."""
    row = await read_one(session, actor, _placed(actor), Indicator, indicator_id)
    levels = view(actor, Action.FRAMEWORK_READ, IndicatorLevel).where(
        IndicatorLevel.indicator_id == indicator_id
    )
    found = await session.execute(levels.order_by(IndicatorLevel.position), actor.binds)
    return row, list(found)
