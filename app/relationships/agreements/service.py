"""The rules of coaching agreements: proposed by one, in force when both accepted the same words."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.relations import district
from app.access.scope import acting
from app.access.views import read_one, view
from app.core import clock
from app.core.errors import Conflict
from app.core.events import record
from app.core.paging import Paging, page
from app.models import AgreementAcceptance, CoachingAgreement
from app.models.norms import AgreementState
from app.models.templates import TemplateKind
from app.people.schools.service import apply
from app.relationships.pair import DatesDoNotFit, owners, working_with, year_of
from app.templates import forms
from app.templates.service import asked, fields_of, usable

Page = tuple[list[Any], str | None]

#: part of the one statement that reads, so that the state and who accepted are of one moment
_ACCEPTANCES: ColumnElement[Any] = (
    select(
        func.coalesce(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_object(
                        "person_id", AgreementAcceptance.person_id, "at", AgreementAcceptance.at
                    ),
                    AgreementAcceptance.at,
                ),
                type_=JSONB,
            ),
            func.jsonb_build_array(type_=JSONB),
        )
    )
    .where(
        AgreementAcceptance.district_id == district,
        AgreementAcceptance.agreement_id == CoachingAgreement.id,
    )
    .correlate(CoachingAgreement)
    .scalar_subquery()
    .label("acceptances")
)
BESIDE = (*asked(CoachingAgreement), _ACCEPTANCES)


class AgreementWaits(Conflict):
    """One agreement is proposed at a time, so that both talk about the same one."""

    code, title = "agreement_waits", "Another agreement is proposed already"
    next_step = "Change, accept or withdraw the one there is: GET /coaching-agreements."


class AgreementUnexplained(Conflict):
    """From the second on, an agreement says why the one before no longer does."""

    code, title = "agreement_unexplained", "Say why there is a new one"
    next_step = "Send `reason` with it."


class AgreementAccepted(Conflict):
    """Each of the two accepts once; accepting twice does not stand for the other one's yes."""

    code, title = "agreement_accepted", "You accepted it already"
    next_step = "It is in force once the other one accepts, too; `acceptances` says who did."


async def list_agreements(
    session: AsyncSession, actor: Actor, paging: Paging, **filters: Any
) -> Page:
    """The agreements of the caller's pairs, whatever became of them."""
    statement = view(actor, Action.AGREEMENT_READ, CoachingAgreement, *BESIDE).filter_by(
        **{name: value for name, value in filters.items() if value is not None}
    )
    return await page(session, actor, statement, paging, by=[CoachingAgreement.id])


async def read_agreement(session: AsyncSession, actor: Actor, agreement_id: UUID) -> Any:
    """One agreement and who accepted it when."""
    statement = view(actor, Action.AGREEMENT_READ, CoachingAgreement, *BESIDE)
    return await read_one(session, actor, statement, CoachingAgreement, agreement_id)


async def propose(
    session: AsyncSession,
    actor: Actor,
    *,
    teacher_id: UUID | None,
    template_id: UUID,
    answers: dict[str, Any],
    review_on: date,
    reason: str | None,
) -> UUID:
    """Propose norms, whole: either of the two. It is not yet their own yes."""
    relationship = await working_with(session, actor, Action.AGREEMENT_CREATE, teacher_id)
    template = await usable(session, actor, TemplateKind.AGREEMENT, template_id)
    answers = forms.plain(answers)
    forms.check(template.fields, answers, whole=True)
    await _fits(session, relationship.district_id, relationship.id, review_on)
    before = await session.execute(
        select(CoachingAgreement.number, CoachingAgreement.state).where(
            CoachingAgreement.district_id == actor.district_id,
            CoachingAgreement.relationship_id == relationship.id,
        )
    )
    states = {row.number: row.state for row in before}
    if AgreementState.PROPOSED.value in states.values():
        raise AgreementWaits
    number = max(states, default=0) + 1
    _explained(number, reason)
    agreement = CoachingAgreement(
        id=clock.new_id(),
        template_id=template.id,
        number=number,
        answers=answers,
        review_on=review_on,
        reason=reason,
        **owners(relationship, actor.id),
    )
    try:
        async with session.begin_nested():
            session.add(agreement)
            await session.flush()
    except IntegrityError as exc:
        if "uq_coaching_agreement_" in str(exc.orig):
            raise AgreementWaits from exc
        raise
    record(session, actor, "coaching_agreement.proposed", agreement)
    return agreement.id


def _explained(number: int, reason: str | None) -> None:
    if number > 1 and not reason:
        raise AgreementUnexplained


async def _fits(
    session: AsyncSession, district_id: UUID, relationship_id: UUID, review_on: date
) -> None:
    """The two look at it again on a day to come, while their school year lasts."""
    year, zone = await year_of(session, district_id, relationship_id)
    first = clock.today(zone) + timedelta(days=1)
    if not first <= review_on <= year.last_day:
        raise DatesDoNotFit(
            "An agreement is looked at again on a day to come, in the school year of the coaching.",
            first=first.isoformat(),
            last=year.last_day.isoformat(),
        )


async def change(
    session: AsyncSession,
    actor: Actor,
    agreement_id: UUID,
    version: int,
    fields: dict[str, Any],
) -> None:
    """Change what is proposed: either of the two. Whatever changes, both accept anew, so that
    nobody has accepted what they did not read; what is sent and stays the same changes nothing."""
    agreement = await _acting(session, actor, Action.AGREEMENT_EDIT, agreement_id, version)
    if "answers" in fields:
        answers = forms.merged(agreement.answers, fields["answers"])
        asked_for = await fields_of(session, actor.district_id, agreement.template_id)
        forms.check(asked_for, answers, whole=True)
        fields = {**fields, "answers": answers}
    fields = {name: new for name, new in fields.items() if getattr(agreement, name) != new}
    if "review_on" in fields:
        await _fits(session, actor.district_id, agreement.relationship_id, fields["review_on"])
    if "reason" in fields:
        _explained(agreement.number, fields["reason"])
    apply(agreement, fields)
    if fields:
        await session.execute(
            delete(AgreementAcceptance).where(
                AgreementAcceptance.district_id == actor.district_id,
                AgreementAcceptance.agreement_id == agreement.id,
            )
        )
    record(session, actor, "coaching_agreement.changed", agreement, fields)


async def accept(session: AsyncSession, actor: Actor, agreement_id: UUID, version: int) -> None:
    """Accept the agreement as it stands: each of the two, once. With the second yes it is in force
    and the one before is not.

    The first yes does not count as a change, since the words are the same: two who accept at the
    same moment are both right.
    """
    agreement = await _acting(session, actor, Action.AGREEMENT_ACCEPT, agreement_id, version)
    accepted = set(
        await session.scalars(
            select(AgreementAcceptance.person_id).where(
                AgreementAcceptance.district_id == actor.district_id,
                AgreementAcceptance.agreement_id == agreement.id,
            )
        )
    )
    if actor.id in accepted:
        raise AgreementAccepted
    session.add(
        AgreementAcceptance(
            id=clock.new_id(),
            district_id=actor.district_id,
            agreement_id=agreement.id,
            person_id=actor.id,
        )
    )
    fields: dict[str, Any] = {}
    if {agreement.teacher_id, agreement.lead_id} <= {actor.id, *accepted}:
        await _supersede(session, actor, agreement.relationship_id)
        fields = {"state": AgreementState.ACCEPTED.value, "accepted_at": clock.now()}
        apply(agreement, fields)
    record(session, actor, "coaching_agreement.accepted", agreement, fields)


async def _supersede(session: AsyncSession, actor: Actor, relationship_id: UUID) -> None:
    """The one in force gives way; written before the next takes its place, since the database lets
    only one be in force."""
    before = await session.scalar(
        select(CoachingAgreement)
        .where(
            CoachingAgreement.district_id == actor.district_id,
            CoachingAgreement.relationship_id == relationship_id,
            CoachingAgreement.state == AgreementState.ACCEPTED.value,
        )
        .with_for_update()
    )
    if before is not None:
        fields = {"state": AgreementState.SUPERSEDED.value}
        apply(before, fields)
        record(session, actor, "coaching_agreement.superseded", before, fields)
        await session.flush()


async def withdraw(session: AsyncSession, actor: Actor, agreement_id: UUID, version: int) -> None:
    """Take a proposed agreement off the table: either of the two. The one in force stays so."""
    agreement = await _acting(session, actor, Action.AGREEMENT_WITHDRAW, agreement_id, version)
    fields = {"state": AgreementState.WITHDRAWN.value}
    apply(agreement, fields)
    record(session, actor, "coaching_agreement.withdrawn", agreement, fields)


async def _acting(
    session: AsyncSession, actor: Actor, action: Action, agreement_id: UUID, version: int
) -> CoachingAgreement:
    return await acting(
        session,
        actor,
        action,
        CoachingAgreement,
        agreement_id,
        version,
        read=Action.AGREEMENT_READ,
    )
