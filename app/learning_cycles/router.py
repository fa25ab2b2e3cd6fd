"""The routers of this package, in the order of the documentation."""

from fastapi import APIRouter

from app.learning_cycles.closing.router import router as closing
from app.learning_cycles.cycles.router import router as cycles
from app.learning_cycles.intention.router import routers as intention
from app.learning_cycles.members.router import router as members
from app.learning_cycles.vocabularies.router import router as vocabularies

routers: tuple[APIRouter, ...] = (cycles, members, *intention, closing, vocabularies)
