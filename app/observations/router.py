"""The routers of this package, in the order of the documentation."""

from fastapi import APIRouter

from app.observations.access.router import router as access
from app.observations.certifications.router import router as certifications
from app.observations.citations.router import router as citations
from app.observations.co_observers.router import router as co_observers
from app.observations.evidence.router import router as evidence
from app.observations.kinds.router import router as kinds
from app.observations.ratings.router import router as ratings
from app.observations.sharing.router import router as sharing
from app.observations.visits.router import router as visits

routers: tuple[APIRouter, ...] = (
    kinds,
    certifications,
    visits,
    co_observers,
    evidence,
    ratings,
    sharing,
    citations,
    access,
)
