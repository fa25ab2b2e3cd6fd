"""The routers of people and places."""

from app.people.district.router import router as district
from app.people.schools.router import router as schools

routers = (schools, district)
