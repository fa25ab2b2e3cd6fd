"""The demo's feedback: each school's protocol, the conversations by it, and formal feedback."""

from decimal import Decimal

from app.access.actor import Actor
from app.demo import feedback_content as words
from app.demo.feedback_content import IndicatorWords, TalkWords
from app.demo.telling import Telling
from app.feedback.conversations import course
from app.feedback.conversations import service as conversations
from app.feedback.conversations.schemas import (
    FeedbackConversationNew,
    FeedbackConversationSchedule,
)
from app.feedback.indicators import service as on_indicators
from app.feedback.indicators.schemas import IndicatorFeedbackNew
from app.feedback.protocols import service as protocols
from app.feedback.protocols.schemas import ProtocolChoiceNew
from app.models import FeedbackConversation, IndicatorFeedback
from app.observations.citations import service as citations
from app.observations.citations.schemas import CitationNew

_COURSE = ("prepared", "held", "shared", "acknowledged")


async def choose(telling: Telling) -> None:
    """Each school's protocol, and one that took the place of another."""
    for name, key, when, reason in words.PROTOCOLS:
        await telling.at(when)
        new = ProtocolChoiceNew(
            school_id=telling.school_of(name),
            template_id=telling.templates[key],
            from_on=telling.today(),
            reason=reason or None,
        )
        await protocols.choose(telling.session, await telling.as_(name), new.model_dump())


async def tell(telling: Telling) -> None:
    """The conversations, then what is said of one indicator."""
    for talk in words.TALKS:
        await _talk(telling, talk)
    for said in words.ON_INDICATORS:
        await _on_indicator(telling, said)


async def _talk(telling: Telling, talk: TalkWords) -> None:
    """Prepared the day before or lately, noted down, held, shared and answered."""
    session, made = telling.session, telling.made
    giver, teacher = await telling.as_(talk.by), await telling.as_(talk.teacher)
    if talk.when is not None:
        await telling.at(talk.when)
        on, at = telling.today(), talk.when[2]
        await telling.passes(hours=-17)
    else:
        assert talk.coming is not None
        await telling.ago(1, "16:50")
        day, at = talk.coming
        on = telling.coming(day)
    key, reason = talk.protocol or (None, None)
    new = FeedbackConversationNew(
        observation_id=made[talk.visit],
        cycle_id=made[talk.cycle] if talk.cycle else None,
        template_id=telling.templates[key] if key else None,
        protocol_reason=reason,
    )
    talk_id = made[talk.key] = await conversations.prepare(session, giver, new.model_dump())

    async def version() -> int:
        return await telling.version(FeedbackConversation, talk_id)

    time = FeedbackConversationSchedule(on=on, at=at, minutes=25)
    await course.schedule(session, giver, talk_id, await version(), time.model_dump())
    far = _COURSE.index(talk.reached)
    if far >= 1:
        assert talk.when is not None
        await telling.at(talk.when)
        await telling.passes(minutes=25)
    for step, text in talk.notes:
        await conversations.note(session, giver, talk_id, step, 0, text)
    if far >= 1:
        await course.hold(session, giver, talk_id, await version(), None)
    if far >= 2:
        await telling.passes(hours=4)
        await course.share(session, giver, talk_id, await version())
    if far >= 3:
        await telling.passes(hours=18)
        await course.acknowledge(session, teacher, talk_id, await version(), talk.reply)
        await telling.passes(days=3)
        await course.reply(session, teacher, talk_id, await version(), talk.later)


async def _on_indicator(telling: Telling, said: IndicatorWords) -> None:
    session = telling.session
    by: Actor = await telling.as_(said.by)
    await telling.at(said.when)
    new = IndicatorFeedbackNew(
        cycle_id=telling.made[said.cycle] if said.cycle else None,
        observation_id=telling.made[said.visit] if said.visit else None,
        indicator_id=telling.demo.indicators[said.code],
        text=said.text,
        score=None if said.score is None else Decimal(said.score),
    )
    made = await on_indicators.create(session, by, new.model_dump())
    if said.cites is not None:
        item_id = telling.made[f"{said.visit}-{said.cites}"]
        cited = CitationNew(indicator_feedback_id=made)
        await citations.cite(session, by, item_id, cited.model_dump())
    if said.reached == "draft":
        return
    await telling.passes(hours=1)
    version = await telling.version(IndicatorFeedback, made)
    await on_indicators.share(session, by, made, version)
    await telling.passes(hours=20)
    teacher = await telling.as_(said.teacher)
    version = await telling.version(IndicatorFeedback, made)
    await on_indicators.acknowledge(session, teacher, made, version, said.reply)
