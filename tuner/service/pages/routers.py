"""The routers of all pages."""

from fastapi import APIRouter

from keras_search.tuner.service.pages import (
    access,
    assets,
    comparing,
    one_study,
    one_trial,
    starting,
    studies,
    trash,
    trying,
)

PAGES: tuple[APIRouter, ...] = (
    assets.router,
    access.router,
    studies.router,
    starting.router,
    one_study.router,
    one_trial.router,
    trying.router,
    comparing.router,
    trash.router,
)
"""In the order in which an address is looked up, after the routes of the API."""
