"""Put the service together: routes, errors, the middleware, and the document of the API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI
from starlette.types import ASGIApp

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.changing import expire
from keras_search.tuner.service.context import Service
from keras_search.tuner.service.document import PATH, document
from keras_search.tuner.service.guarding import Guard
from keras_search.tuner.service.jobs.supervisor import Supervisor
from keras_search.tuner.service.pages.errors import answer
from keras_search.tuner.service.pages.routers import PAGES
from keras_search.tuner.service.permissions import READ, check_routes
from keras_search.tuner.service.problems import add_handlers
from keras_search.tuner.service.routes import ROUTERS

DAY = 86_400.0


def create_app(service: Service) -> ASGIApp:
    """Return the service as an ASGI application.

    Raises:
        KerasSearchError: a route does not declare who may use it.
    """
    app = FastAPI(
        title="keras-search",
        version=version("keras-search"),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    app.state.service = service
    app.add_api_route(PATH, lambda: document(app), dependencies=[READ], include_in_schema=False)
    for router in (*ROUTERS, *PAGES):
        app.router.routes.extend(router.routes)  # not include_router, which wraps them: each is checked by itself
    add_handlers(app, partial(answer, service))
    check_routes(app.routes)
    return Guard(app, service, app.routes)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep the threads of the service while it serves."""
    service: Service = app.state.service
    supervisor = Supervisor(service.queue, service.limits.jobs, service.places.home)
    supervisor.start()
    daily = asyncio.create_task(_daily(service))
    yield
    daily.cancel()
    supervisor.close()
    service.database.close()
    service.library.close()
    service.models.close()


async def _daily(service: Service) -> None:
    """Empty the trash of what is old."""
    while True:
        with suppress(KerasSearchError, OSError):  # what cannot be deleted today may be tomorrow
            await asyncio.to_thread(expire, service)
        await asyncio.sleep(DAY)
