"""The routers of what connects Alongside with the district's other systems."""

from fastapi import APIRouter

from app.integrations.changes.router import router as changes
from app.integrations.connections.router import router as connections
from app.integrations.edfi.router import router as edfi
from app.integrations.exports.router import router as exports
from app.integrations.imports.router import router as imports
from app.integrations.pulls.router import router as pulls
from app.integrations.roster.router import router as roster
from app.integrations.webhooks.router import router as webhooks

routers: tuple[APIRouter, ...] = (
    imports,
    roster,
    changes,
    exports,
    connections,
    pulls,
    webhooks,
    edfi,
)
