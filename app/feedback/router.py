"""The routers of this package, in the order of the documentation."""

from fastapi import APIRouter

from app.feedback.bank.router import router as bank
from app.feedback.steps.router import router as steps

routers: tuple[APIRouter, ...] = (steps, bank)
