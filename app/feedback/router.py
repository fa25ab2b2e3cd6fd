"""The routers of this package, in the order of the documentation."""

from fastapi import APIRouter

from app.feedback.bank.router import router as bank
from app.feedback.conversations.router import router as conversations
from app.feedback.indicators.router import router as indicators
from app.feedback.protocols.router import router as protocols
from app.feedback.steps.router import router as steps

routers: tuple[APIRouter, ...] = (protocols, conversations, indicators, steps, bank)
