"""The routers of people and places."""

from app.people.schools.router import router as schools

routers = (schools,)
