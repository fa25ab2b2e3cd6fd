"""The routers of what connects Alongside with the district's other systems."""

from fastapi import APIRouter

from app.integrations.changes.router import router as changes
from app.integrations.exports.router import router as exports
from app.integrations.imports.router import router as imports
from app.integrations.roster.router import router as roster

routers: tuple[APIRouter, ...] = (imports, roster, changes, exports)
