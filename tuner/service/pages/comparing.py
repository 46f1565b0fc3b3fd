"""Studies beside each other."""

from typing import Annotated

from fastapi import Query
from starlette.responses import HTMLResponse

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.names import studies_of
from keras_search.tuner.service.pages import words
from keras_search.tuner.service.pages.comparison import Table
from keras_search.tuner.service.pages.rendering import RendererOf, page_router
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.reading.answers import Comparison
from keras_search.tuner.service.studies import comparison_of

router = page_router()
PATIENCE = 2.0


@router.get("/compare", dependencies=[READ])
def compare_page(
    renderer: RendererOf, service: ServiceOf, name: Annotated[list[str] | None, Query(max_length=1000)] = None
) -> HTMLResponse:
    """Show the studies to choose from, and those chosen beside each other."""
    chosen, comparison, problem = list(dict.fromkeys(name or [])), None, ""
    if len(chosen) == 1:
        problem = "One study is chosen: choose another to compare it with."
    elif chosen:
        try:
            comparison = comparison_of(service, chosen, PATIENCE)
        except KerasSearchError as error:
            problem = str(error)
    return renderer.page(
        "compare",
        "Compare studies",
        "compare.js",
        charts=True,
        names=studies_of(service),
        chosen=chosen,
        comparison=comparison,
        differing=_differing(comparison) if comparison else None,
        problem=problem,
    )


def _differing(comparison: Comparison) -> Table:
    head = ("setting", *(study.name for study in comparison.studies))
    rows = tuple(
        (each.name, *(words.plain(value) or "not set" for value in each.values)) for each in comparison.settings
    )
    return Table(head, rows, (False,) * len(head))
