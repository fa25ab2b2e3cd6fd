"""The routers of this package, in the order of the documentation."""

from fastapi import APIRouter

from app.learning_cycles.activities.router import router as activities
from app.learning_cycles.adjustments.router import router as adjustments
from app.learning_cycles.application.router import router as application
from app.learning_cycles.closing.router import router as closing
from app.learning_cycles.cycles.router import router as cycles
from app.learning_cycles.intention.router import routers as intention
from app.learning_cycles.members.router import router as members
from app.learning_cycles.reflections.router import router as reflections
from app.learning_cycles.uses.router import router as uses
from app.learning_cycles.vocabularies.router import router as vocabularies

routers: tuple[APIRouter, ...] = (
    cycles,
    members,
    *intention,
    activities,
    application,
    adjustments,
    uses,
    reflections,
    closing,
    vocabularies,
)
