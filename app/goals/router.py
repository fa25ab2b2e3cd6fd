"""To come."""

from fastapi import APIRouter

routers: tuple[APIRouter, ...] = ()
