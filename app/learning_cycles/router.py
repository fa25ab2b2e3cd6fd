"""The routers of this package, in the order of the documentation."""

from fastapi import APIRouter

from app.learning_cycles.activities.router import router as activities
from app.learning_cycles.adjustments.router import router as adjustments
from app.learning_cycles.application.router import router as application
from app.learning_cycles.reflections.router import router as reflections
from app.learning_cycles.uses.router import router as uses

routers: tuple[APIRouter, ...] = (activities, application, adjustments, uses, reflections)
