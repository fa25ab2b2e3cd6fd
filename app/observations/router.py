"""The routers of this package, in the order of the documentation."""

from fastapi import APIRouter

from app.observations.citations.router import router as citations
from app.observations.evidence.router import router as evidence
from app.observations.ratings.router import router as ratings
from app.observations.sharing.router import router as sharing

routers: tuple[APIRouter, ...] = (evidence, ratings, sharing, citations)
