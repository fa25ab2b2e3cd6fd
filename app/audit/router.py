"""To come."""

from fastapi import APIRouter

from app.web.unit import UnitRoute

router = APIRouter(route_class=UnitRoute)
