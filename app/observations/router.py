"""The routers of this package, in the order of the documentation."""

from fastapi import APIRouter

routers: tuple[APIRouter, ...] = ()
