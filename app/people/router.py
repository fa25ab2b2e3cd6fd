"""The routers of people and places."""

from app.people.clients.router import router as clients
from app.people.district.router import router as district
from app.people.persons.router import router as persons
from app.people.schools.router import router as schools

routers = (schools, district, persons, clients)
