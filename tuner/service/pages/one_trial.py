"""A trial's page, or a retraining's."""

from starlette.responses import HTMLResponse

from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.names import known_study
from keras_search.tuner.service.pages import words
from keras_search.tuner.service.pages.rendering import RendererOf, page_router
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.reading.one_trial import trial_detail

router = page_router()


@router.get("/studies/{name}/trials/{trial}", dependencies=[READ])
def trial_page(name: str, trial: str, renderer: RendererOf, service: ServiceOf) -> HTMLResponse:
    """Show a trial: its settings, its learning curve, its output."""
    book = service.library.book(known_study(service, name))
    found = trial_detail(book, trial)
    settings = [(each, words.plain(value)) for each, value in found.settings.items() if words.plain(value)]
    return renderer.page(
        "trial",
        f"{trial} of {name}",
        "trial.js",
        charts=True,
        name=name,
        trial=found,
        objective=book.settings.objective,
        settings=settings,
    )
