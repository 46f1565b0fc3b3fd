"""Studies to read: the list, one study, its trials and charts, and several studies beside each other."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from keras_search.tuner.service.answers import Limit, Offset, Page
from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.names import known_study
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.reading.answers import (
    Charts,
    Comparison,
    State,
    StudyDetail,
    StudyRow,
    TrialDetail,
    TrialsPage,
)
from keras_search.tuner.service.reading.charts import charts
from keras_search.tuner.service.reading.comparing import MOST
from keras_search.tuner.service.reading.one_trial import trial_detail
from keras_search.tuner.service.reading.rows import Listing, Order
from keras_search.tuner.service.reading.trials import trials_page
from keras_search.tuner.service.studies import comparison_of, detail_of, rows_of

router = APIRouter(prefix="/api/v1", tags=["studies"])
PATIENCE = 1.0
Wait = Annotated[
    float,
    Query(ge=0, le=60, description="Seconds to wait for what takes long; after that, the answer says what is to come"),
]
Search = Annotated[str, Query(max_length=200, description="Words that all must be found, in any case")]
Name = Annotated[str, Path(description="The study's name")]


@router.get("/studies", dependencies=[READ])
def studies(
    service: ServiceOf,
    search: Search = "",
    state: State | None = None,
    order: Order = "changed",
    descending: bool = True,
    offset: Offset = 0,
    limit: Limit = 100,
    wait: Wait = PATIENCE,
) -> Page[StudyRow]:
    """List the studies, the last changed first."""
    return rows_of(service, Listing(search, state, order, descending, offset, limit), wait)


@router.get("/studies/{name}", dependencies=[READ])
def study(name: Name, service: ServiceOf, wait: Wait = PATIENCE) -> StudyDetail:
    """Show a study: its settings, progress, best trial and verdict."""
    return detail_of(service, name, wait)


@router.get("/studies/{name}/trials", dependencies=[READ])
def trials(
    name: Name,
    service: ServiceOf,
    offset: Offset = 0,
    limit: Limit = 100,
    sort: Annotated[str, Query(max_length=1000, description="A column of the trials")] = "trial",
    descending: bool = False,
    state: Literal["running", "completed", "failed"] | None = None,
    search: Search = "",
) -> TrialsPage:
    """List the trials of a study, by name unless they are sorted by another column."""
    book = service.library.book(known_study(service, name))
    return trials_page(book, offset, limit, sort, descending, state, search)


@router.get("/studies/{name}/trials/{trial}", dependencies=[READ])
def trial(name: Name, trial: str, service: ServiceOf) -> TrialDetail:
    """Show a trial, or a retraining: its settings, learning curve and log."""
    return trial_detail(service.library.book(known_study(service, name)), trial)


@router.get("/studies/{name}/charts", dependencies=[READ])
def study_charts(name: Name, service: ServiceOf, wait: Wait = PATIENCE) -> Charts:
    """Return the data of a study's charts."""
    return charts(service.library, service.library.book(known_study(service, name)), wait)


@router.get("/compare", dependencies=[READ])
def compare(
    service: ServiceOf,
    name: Annotated[list[str], Query(min_length=2, max_length=MOST, description="The studies, each once")],
    wait: Wait = PATIENCE,
) -> Comparison:
    """Compare studies: the settings that differ, best scores, verdicts, and how each search went."""
    return comparison_of(service, name, wait)
