"""Gate 12: what an observation lacks to be shared, or to stay shared as it is revised."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict
from app.models import (
    EvidenceItem,
    EvidenceTag,
    Expectation,
    Indicator,
    Observation,
    ObservationKind,
    ObservationRating,
)
from app.models.observations import EvidenceKind

Missing = list[dict[str, str]]


class ObservationIncomplete(Conflict):
    """Each score rests on verbatim evidence of its indicator; an observation of a complete kind
    scores every observed indicator that is not optional, or says why not (gate 12)."""

    code, title = "observation_incomplete", "The observation is not complete"
    next_step = "Add what `missing` lists, then try again."


async def check(
    session: AsyncSession, observation: Observation, needed: int, counts: Any
) -> list[dict[str, str]]:
    """Refuse (409) with all that is missing. `counts` says which items count as evidence. Answers
    what is advised: a kind that is scored may be left unscored altogether."""
    if not observation.scored:
        return []
    ratings = list(
        await session.execute(
            select(
                ObservationRating.indicator_id,
                ObservationRating.score,
                Indicator.code,
                Indicator.framework_id,
            )
            .join(
                Indicator,
                (Indicator.district_id == ObservationRating.district_id)
                & (Indicator.id == ObservationRating.indicator_id),
            )
            .where(
                ObservationRating.district_id == observation.district_id,
                ObservationRating.observation_id == observation.id,
            )
            .order_by(Indicator.framework_id, Indicator.position)
        )
    )
    if not ratings:
        message = "No indicator is scored: it is shared as an unscored observation."
        return [{"code": "unscored", "message": message}]
    scored = [row for row in ratings if row.score is not None]
    missing: Missing = []
    if not scored:
        missing.append({"code": "score", "message": "Score at least one indicator, or rate none."})
    missing += await _unrated(session, observation, ratings)
    held = await _evidence(session, observation, counts)
    missing += [
        {
            "code": "evidence",
            "message": f"{row.code}: {held.get(row.indicator_id, 0)} of {needed} verbatim evidence"
            " items that are tagged with it.",
        }
        for row in scored
        if held.get(row.indicator_id, 0) < needed
    ]
    if missing:
        raise ObservationIncomplete(missing=missing)
    return []


async def _unrated(session: AsyncSession, observation: Observation, ratings: list[Any]) -> Missing:
    """Of a complete kind: the observed indicators of the framework that have no rating."""
    complete = await session.scalar(
        select(ObservationKind.complete).where(
            ObservationKind.district_id == observation.district_id,
            ObservationKind.id == observation.kind_id,
        )
    )
    if not complete:
        return []
    codes = await session.scalars(
        select(Indicator.code)
        .join(
            Expectation,
            (Expectation.district_id == Indicator.district_id)
            & (Expectation.id == Indicator.expectation_id),
        )
        .where(
            Indicator.district_id == observation.district_id,
            Indicator.framework_id.in_({row.framework_id for row in ratings}),
            Indicator.observed,
            ~Indicator.optional,
            func.jsonb_typeof(Expectation.scale) == "object",
            Indicator.id.not_in([row.indicator_id for row in ratings]),
        )
        .order_by(Indicator.framework_id, Indicator.position)
    )
    message = "score it, or say why it was not observed."
    return [{"code": "rating", "message": f"{code}: {message}"} for code in codes]


async def _evidence(session: AsyncSession, observation: Observation, counts: Any) -> dict[Any, int]:
    """How many verbatim evidence items each indicator has."""
    rows = await session.execute(
        select(EvidenceTag.indicator_id, func.count())
        .join(
            EvidenceItem,
            (EvidenceItem.district_id == EvidenceTag.district_id)
            & (EvidenceItem.id == EvidenceTag.item_id),
        )
        .where(
            EvidenceItem.district_id == observation.district_id,
            EvidenceItem.observation_id == observation.id,
            EvidenceItem.kind == EvidenceKind.EVIDENCE.value,
            EvidenceItem.verbatim,
            EvidenceItem.removed_at.is_(None),
            counts,
        )
        .group_by(EvidenceTag.indicator_id)
    )
    return {row[0]: row[1] for row in rows}
