"""What happens, as server-sent events: each message tells the present state, so that none is missed by resuming."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header
from sse_starlette import EventSourceResponse

from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.names import known_study
from keras_search.tuner.service.permissions import READ
from keras_search.tuner.service.studies import folders_of, jobs_of
from keras_search.tuner.service.watching.studies import StudiesNews
from keras_search.tuner.service.watching.study import StudyNews

router = APIRouter(prefix="/api/v1", tags=["events"])
LastEventId = Annotated[str | None, Header(max_length=200, description="The id of the last message received")]
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Events without end"}
}


@router.get("/events", dependencies=[READ], responses=_STREAM, response_class=EventSourceResponse)
async def events(service: ServiceOf, last_event_id: LastEventId = None) -> EventSourceResponse:
    """Stream `studies`, with the rows that have changed, or all, and the names that are gone; and `queue`."""

    def look() -> StudiesNews:
        folders, jobs = partial(folders_of, service), partial(jobs_of, service)
        return StudiesNews(service.library, folders, jobs, lambda: service.queue.revision)

    return service.hub.stream("", look, last_event_id)


@router.get("/studies/{name}/events", dependencies=[READ], responses=_STREAM, response_class=EventSourceResponse)
def study_events(name: str, service: ServiceOf, last_event_id: LastEventId = None) -> EventSourceResponse:
    """Stream `commit` after each commit of a study, `state` when its state changes, `end` when it is gone."""
    folder = known_study(service, name)

    def look() -> StudyNews:
        return StudyNews(service.library, folder, lambda: jobs_of(service).get(name))

    return service.hub.stream(name, look, last_event_id)
