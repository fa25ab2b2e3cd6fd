"""How the demo's pairs begin the year, step by step, each in their own name."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.actor import Actor
from app.access.policy import Action
from app.access.scope import visible
from app.core import clock
from app.demo.beginnings_content import NORMS, PREFERENCES, Beginning
from app.demo.coaching import Demo
from app.demo.content import ZONE
from app.meetings.conversations import service as conversations
from app.meetings.conversations.schemas import ConversationNew, ConversationSchedule
from app.models import Conversation, Goal, Template
from app.models.goals import GoalLevel, GoalState
from app.relationships.agreements import service as agreements
from app.relationships.introductions import service as introductions
from app.relationships.outreach import service as outreach
from app.relationships.outreach.schemas import OutreachMessageNew
from app.relationships.preferences import service as preferences
from app.relationships.questionnaires import service as questionnaires
from app.relationships.roles import service as roles
from app.sharing import service as sharing
from app.sharing.records import RECORDS
from app.templates.schemas import Answers


async def begin(demo: Demo, first: Beginning) -> None:
    """Everything that a pair did so far, in the weeks after the demo's year began."""
    before = demo.story.at
    lead = await demo.acting(demo.leads[first.teacher])
    teacher = await demo.acting(first.teacher)
    pair = _Pair(demo, lead, teacher, await _templates(demo.session, lead))
    await pair.welcome(first)
    await pair.questionnaire(first)
    await pair.conversation(first)
    await pair.norms(first)
    demo.story.at = before


async def _templates(session: AsyncSession, actor: Actor) -> dict[str, UUID]:
    found = await session.execute(
        visible(actor, Action.TEMPLATE_READ, Template).with_only_columns(Template.key, Template.id),
        actor.binds,
    )
    return {row.key: row.id for row in found}


class _Pair:
    """A lead and a teacher, and what they do one after the other."""

    def __init__(self, demo: Demo, lead: Actor, teacher: Actor, templates: dict[str, UUID]) -> None:
        self.demo, self.session = demo, demo.session
        self.lead, self.teacher, self.templates = lead, teacher, templates

    def passes(self, **delta: float) -> None:
        """Let time pass between two steps."""
        self.demo.story.at += timedelta(**delta)

    async def welcome(self, first: Beginning) -> None:
        """The card or e-mail."""
        if not first.welcome:
            return
        by_card = first.welcome == "handed_over"
        answers: Answers = {"why_i_look_forward": first.why}
        new = OutreachMessageNew(
            teacher_id=self.teacher.id,
            template_id=self.templates["welcome_card" if by_card else "welcome"],
            answers=answers if by_card else {**answers, "my_hope": first.hope},
        )
        message_id = await outreach.create(self.session, self.lead, new.model_dump())
        self.passes(hours=2)
        if by_card:
            await outreach.hand_over(self.session, self.lead, message_id, 1, None)
        elif first.welcome == "queued":
            # the worker of the program that serves the demo sends it
            await outreach.send(self.session, self.lead, message_id, 1, None, mail_ready=True)

    async def questionnaire(self, first: Beginning) -> None:
        """What the teacher tells of themselves."""
        if not first.asked:
            return
        session, teacher = self.session, self.teacher
        asked_id = await questionnaires.assign(
            session,
            self.lead,
            teacher_id=teacher.id,
            template_id=self.templates["getting_to_know_you"],
            due_on=clock.today(ZONE) + timedelta(days=7),
        )
        if first.told:
            self.passes(days=1)
            await questionnaires.save(session, teacher, asked_id, 1, first.told)
        if first.asked in ("submitted", "reviewed"):
            self.passes(hours=1)
            await questionnaires.submit(session, teacher, asked_id, 2)
        if first.asked == "reviewed":
            self.passes(hours=20)
            await questionnaires.review(session, self.lead, asked_id, 3)

    async def conversation(self, first: Beginning) -> None:
        """The beginning-of-year conversation: early in the morning, before the 1:1s of anybody."""
        if not first.talk:
            return
        session, lead = self.session, self.lead
        new = ConversationNew(
            teacher_id=self.teacher.id,
            kind="beginning_of_year",
            template_id=self.templates["beginning_of_year"],
        )
        talk_id = await conversations.create(session, lead, new.model_dump())
        if first.talk == "planned":
            return
        coming = first.talk == "scheduled"
        day = (self.demo.story.end if coming else self.demo.story.at) + timedelta(days=3)
        number = list(self.demo.people).index(first.teacher)
        time = ConversationSchedule(
            on=clock.day_of(day, ZONE),
            at=f"{5 + number % 2:02d}:{number % 3 * 20:02d}",
            minutes=20,
            place=first.place,
            setting="informal",
        )
        await conversations.schedule(session, lead, talk_id, 1, time.model_dump())
        if coming:
            return
        talk = await session.get_one(Conversation, (lead.district_id, talk_id))
        assert talk.ends_at is not None
        self.demo.story.at = talk.ends_at
        if first.talk == "missed":
            await conversations.miss(session, lead, talk_id, 2)
            return
        await conversations.hold(session, lead, talk_id, 2, None)
        if first.talk == "held":
            return
        looked_at = {
            "vision_revisited": True,
            "roles_discussed": True,
            "goal_setting_previewed": True,
            "team_link": first.team_link,
            "goal_ids": await self._shared_goals(),
        }
        await conversations.change(session, lead, talk_id, 3, looked_at)
        await conversations.close(session, lead, talk_id, 4)
        if first.shared:
            await self._share(talk_id, 5)

    async def _shared_goals(self) -> list[UUID]:
        found = await self.session.scalars(
            visible(self.lead, Action.GOAL_READ, Goal)
            .with_only_columns(Goal.id)
            .where(
                Goal.level != GoalLevel.INDIVIDUAL.value, Goal.state == GoalState.PUBLISHED.value
            ),
            self.lead.binds,
        )
        return list(found)

    async def _share(self, talk_id: UUID, version: int) -> None:
        """Both open it to their school leader."""
        for side in (self.teacher, self.lead):
            self.passes(hours=1)
            await sharing.share(
                self.session, side, RECORDS["conversation"], talk_id, version, "school_leader"
            )

    async def norms(self, first: Beginning) -> None:
        """Roles, introduction, preferences and agreement."""
        session, lead, teacher = self.session, self.lead, self.teacher
        if first.question:
            question, answer = first.question
            note_id = await roles.write(session, teacher, {"kind": "question", "text": question})
            if answer:
                self.passes(hours=3)
                await roles.answer(session, lead, note_id, 1, answer)
        if first.introduction:
            told: dict[str, Any] = {"text": first.introduction, "introduced_by": "both"}
            await introductions.write(session, teacher, {**told, "planned_on": None})
        answers = PREFERENCES
        for changes, reason in first.prefers:
            self.passes(days=4)
            answers = {**answers, **changes}
            await preferences.write(
                session,
                teacher,
                template_id=self.templates["coaching_and_observation"],
                answers=answers,
                reason=reason,
                from_on=None,
            )
        if not first.agreement:
            return
        agreement_id = await agreements.propose(
            session,
            lead,
            teacher_id=teacher.id,
            template_id=self.templates["coaching_agreement"],
            answers=NORMS,
            review_on=clock.today(ZONE) + timedelta(weeks=first.review_weeks),
            reason=None,
        )
        await agreements.accept(session, lead, agreement_id, 1)
        if first.agreement == "accepted":
            self.passes(days=1)
            await agreements.accept(session, teacher, agreement_id, 1)
