"""The routers of this package, in the order of the documentation."""

from fastapi import APIRouter

from app.learning_cycles.intention.router import routers as intention
from app.learning_cycles.vocabularies.router import router as vocabularies

routers: tuple[APIRouter, ...] = (*intention, vocabularies)
