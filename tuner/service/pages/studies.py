"""The first page: all studies, the queue, the machine."""

from typing import Annotated, Literal, get_args
from urllib.parse import urlencode

from fastapi import Query
from starlette.responses import HTMLResponse

from keras_search.tuner.service import offering
from keras_search.tuner.service.answers import Offset
from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.pages import words
from keras_search.tuner.service.pages.rendering import RendererOf, page_router
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.queue_rows import queue_now
from keras_search.tuner.service.reading.answers import State, StudyRow
from keras_search.tuner.service.reading.offers import Machine
from keras_search.tuner.service.reading.rows import Listing
from keras_search.tuner.service.studies import rows_of

router = page_router()
LIMIT = 50
PATIENCE = 0.3
"""Seconds that the page waits for verdicts; those that take longer come with a later refresh."""
Shown = Literal["changed", "started", "name", "score", "trials", "state", "dataset"]
TITLES: dict[Shown, str] = {
    "changed": "last changed",
    "started": "last started",
    "name": "name",
    "score": "best score",
    "trials": "most trials",
    "state": "state",
    "dataset": "data",
}
RISING = ("name", "state", "dataset")
RENAMED = {"machine": "Instructions"}
STAGES = {"search": "searching", "retraining": "comparing", "done": "finishing"}


@router.get("/", dependencies=[READ])
def home(
    renderer: RendererOf,
    service: ServiceOf,
    search: Annotated[str, Query(max_length=200)] = "",
    state: State | Literal[""] = "",
    order: Shown = "changed",
    offset: Offset = 0,
) -> HTMLResponse:
    """Show the studies; on a first visit, what to begin with."""
    queue = queue_now(service)
    listing = Listing(search, state or None, order, order not in RISING, offset, LIMIT)
    page = rows_of(service, listing, PATIENCE)
    query = {"search": search, "state": state, "order": order}

    def page_link(start: int) -> str:
        return "?" + urlencode({**{name: value for name, value in query.items() if value}, "offset": max(start, 0)})

    return renderer.page(
        "studies",
        "Studies",
        "studies.js",
        first=not (page.total or search or state or queue.running or queue.waiting),
        jobs=queue,
        page=page,
        page_link=page_link,
        query=query,
        states=get_args(State),
        orders=TITLES.items(),
        machine=machine_facts(offering.machine(service.places)),
        state_words=state_words,
    )


def state_words(study: StudyRow) -> str:
    """Tell what a study does: a running one by its stage."""
    return STAGES[study.stage or "search"] if study.state == "running" else study.state


def machine_facts(found: Machine) -> list[tuple[str, str]]:
    """Describe the machine, by name."""
    busy = "" if found.load is None else f", {found.load:.1f} busy"
    return [
        ("Processor", f"{found.cores} {'core' if found.cores == 1 else 'cores'}{busy}"),
        ("Memory", _free(found.memory_free, found.memory)),
        ("Disk", _free(found.disk_free, found.disk)),
        ("Accelerators", ", ".join(found.accelerators) or "none"),
        ("Python", found.python),
        *((RENAMED.get(name, name), text) for name, text in found.versions.items() if name != "python"),
    ]


def _free(free: int | None, total: int | None) -> str:
    return "not known" if free is None or total is None else f"{words.size(free)} of {words.size(total)} free"
