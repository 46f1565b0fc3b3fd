"""The REST routes, one module a subject; `ROUTERS` lists them in the order in which an address is looked up."""

from fastapi import APIRouter

from keras_search.tuner.service.routes import (
    changing,
    data,
    events,
    exports,
    frames,
    jobs,
    me,
    offers,
    predictions,
    reading,
    searches,
    signing_in,
    tokens,
    uploads,
)

ROUTERS: tuple[APIRouter, ...] = (
    me.router,
    signing_in.router,
    tokens.router,
    jobs.router,
    searches.router,
    reading.router,
    frames.router,
    events.router,
    changing.router,
    exports.router,
    predictions.router,
    data.router,
    uploads.router,
    offers.router,
)
