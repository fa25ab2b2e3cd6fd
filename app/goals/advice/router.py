"""Advice on goals while they are written."""

from typing import Annotated

from fastapi import APIRouter, Body

from app.core.errors import WrongState
from app.core.types import Id
from app.goals.advice import service
from app.goals.advice.rules import RULES
from app.goals.advice.schemas import AdviceRule, AdviceRules, GoalAdvice, GoalAdviceList
from app.goals.schemas import GoalChange
from app.web.contract import problems
from app.web.dependencies import CurrentActor, Session
from app.web.unit import UnitRoute, only_asks

router = APIRouter(tags=["Goal advice"], route_class=UnitRoute)


@router.get("/goals/advice-rules")
async def get_goal_advice_rules(_session: Session, _actor: CurrentActor) -> AdviceRules:
    """The rules by which goals are advised, each with its source: everybody who is signed in."""
    return AdviceRules(rules=[AdviceRule.model_validate(rule) for rule in RULES])


@router.post("/goals/{goal_id}/advice", responses=problems(403, 404, WrongState))
@only_asks
async def advise_goal(
    session: Session,
    actor: CurrentActor,
    goal_id: Id,
    body: Annotated[GoalChange, Body(default_factory=GoalChange)],
) -> GoalAdviceList:
    """What could be better about a goal, with the changes in the body put on top if there are any:
    whoever may edit or revise it. Nothing is stored, nothing is blocked, and nobody learns that
    it was asked. Only goals that you may see yourself are compared with it."""
    found = await service.advise(session, actor, goal_id, body)
    return GoalAdviceList(advice=[GoalAdvice(**one.fields) for one in found])
