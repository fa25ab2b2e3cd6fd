"""The routers of this package, in the order of the documentation."""

from fastapi import APIRouter

from app.observations.access.router import router as access
from app.observations.certifications.router import router as certifications
from app.observations.co_observers.router import router as co_observers
from app.observations.kinds.router import router as kinds
from app.observations.visits.router import router as visits

routers: tuple[APIRouter, ...] = (kinds, certifications, visits, co_observers, access)
