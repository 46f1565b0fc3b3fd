"""The pages, rendered from the same functions as the JSON routes."""

from fastapi import APIRouter

from keras_search.tuner.service.pages import access, assets

PAGES: tuple[APIRouter, ...] = (assets.router, access.router)
"""The routers of the pages, to be looked up after those of the API."""
