"""The application: engine, routers, handlers; nothing else."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.archive.router import router as archive
from app.audit.router import router as audit
from app.auth.router import router as auth
from app.calendar.router import routers as calendar
from app.core.database import Database
from app.core.mail import Mailer
from app.core.seal import Seal, Strongbox
from app.feedback.router import routers as feedback
from app.frameworks.router import routers as frameworks
from app.goals.router import routers as goals
from app.insights.router import router as insights
from app.integrations.router import routers as integrations
from app.integrations.webhooks.router import messages
from app.learning_cycles.router import routers as learning_cycles
from app.meetings.router import routers as meetings
from app.observations.router import routers as observations
from app.people.router import routers as people
from app.relationships.router import routers as relationships
from app.settings import Settings
from app.sharing.router import router as sharing
from app.support.router import routers as support
from app.templates.router import router as templates
from app.web import health, problems, swagger
from app.web.edge import Edge
from app.web.limits import Limiter
from app.web.logs import configure_logs
from app.web.routes import Api
from app.web.tokens import Tokens

ROUTERS: tuple[APIRouter, ...] = (
    auth,
    *people,
    *frameworks,
    *goals,
    templates,
    *relationships,
    *meetings,
    *learning_cycles,
    *observations,
    *feedback,
    *calendar,
    *support,
    sharing,
    insights,
    *integrations,
    audit,
    archive,
)


#: how many large bodies the program holds and reads at once; more wait within their own deadline
UPLOADS = 2


def create_app(settings: Settings, database: Database | None = None) -> FastAPI:
    """The program for these settings. Tests pass a database of their own."""
    configure_logs(settings.log_format)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # What is there now stays until the end. Looked through with the rest, a request in a few
        # hundred would wait for half a million objects of the program itself.
        gc.collect()
        gc.freeze()
        yield
        await app.state.database.close()

    app = FastAPI(
        title="Alongside",
        version="0.1.0",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        webhooks=messages,
    )
    app.state.settings = settings
    app.state.database = database or Database(
        settings.database_url or "",
        write_pool=settings.write_pool,
        read_pool=settings.read_pool,
        stream_pool=settings.stream_pool,
    )
    app.state.uploads = asyncio.Semaphore(UPLOADS)
    app.state.tokens = Tokens(
        settings.secret_keys, settings.public_url, timedelta(seconds=settings.access_token_seconds)
    )
    app.state.seal = Seal(tuple(secret for _, secret in settings.secret_keys))
    app.state.strongbox = Strongbox(tuple(secret for _, secret in settings.secret_keys))
    app.state.mailer = Mailer(settings)
    app.state.limiter = Limiter()
    app.state.api = Api(ROUTERS)
    app.router.routes.append(app.state.api)
    problems.install(app)
    health.install(app)
    swagger.mount_docs(app)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "If-Match",
                "Idempotency-Key",
                "If-None-Match",
                "X-Request-ID",
                "X-Requested-With",
            ],
            expose_headers=[
                "ETag",
                "Link",
                "Location",
                "X-Request-ID",
                "RateLimit",
                "RateLimit-Policy",
                "Retry-After",
                "Idempotency-Replayed",
                "Feed-Position",
                "Feed-Epoch",
                "Next-Page-Token",
                "Total-Count",
            ],
            max_age=600,
        )
    app.add_middleware(Edge)
    return app
