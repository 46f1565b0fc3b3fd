"""Deleted studies."""

from starlette.responses import HTMLResponse

from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.pages.rendering import RendererOf, page_router
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.study.deleting import KEPT_DAYS, trashed

router = page_router()


@router.get("/trash", dependencies=[READ])
def trash_page(renderer: RendererOf, service: ServiceOf) -> HTMLResponse:
    """Show the studies in the trash."""
    return renderer.page("trash", "Trash", items=trashed(service.places.studies), days=KEPT_DAYS)
