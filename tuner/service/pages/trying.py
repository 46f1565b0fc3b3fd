"""Try the exported model of a study."""

from pathlib import Path

from starlette.responses import HTMLResponse

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.pages.one_study import jobs_of_study
from keras_search.tuner.service.pages.rendering import RendererOf, page_router
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.predicting import model_input
from keras_search.tuner.service.reading.offers import ModelInput
from keras_search.tuner.service.studies import detail_of

router = page_router()


@router.get("/studies/{name}/try", dependencies=[READ])
def try_page(name: str, renderer: RendererOf, service: ServiceOf) -> HTMLResponse:
    """Show what the model takes: an area to draw on, or the fields of a row."""
    finished = detail_of(service, name).stage == "done"
    last = next((job for job in jobs_of_study(service, name) if job.kind == "export"), None)
    exporting = last is not None and last.state in ("running", "waiting", "stopping")
    failed = last.message if last is not None and last.state in ("failed", "lost") else ""
    return renderer.page(
        "try",
        f"Try {name}",
        "trying.js",
        name=name,
        exporting=exporting,
        failed=failed,
        model=_model(service.places.exports / name),
        may_export=finished and renderer.can_write,
    )


def _model(export: Path) -> ModelInput:
    try:
        return model_input(export)
    except KerasSearchError as error:
        return ModelInput(takes="other", shape=(), columns=(), problem=str(error))
