"""The routers of this package, in the order of the documentation."""

from fastapi import APIRouter

from app.learning_cycles.closing.router import router as closing
from app.learning_cycles.cycles.router import router as cycles
from app.learning_cycles.members.router import router as members

routers: tuple[APIRouter, ...] = (cycles, members, closing)
