"""The queue: show it, order it, take jobs out, read their output."""

from fastapi import APIRouter

from keras_search.tuner.service.answers import Answer, Body
from keras_search.tuner.service.context import ServiceOf
from keras_search.tuner.service.jobs.outcome import log_text
from keras_search.tuner.service.permissions import READ, WRITE
from keras_search.tuner.service.queue_rows import JobRow, QueueNow, queue_now, row_of

router = APIRouter(prefix="/api/v1", tags=["jobs"])


class JobLog(Answer):
    """The end of a job's output."""

    text: str


class Move(Body):
    """The waiting job that it should come before; null: it comes last."""

    before: str | None = None


@router.get("/jobs", dependencies=[READ])
def queue(service: ServiceOf) -> QueueNow:
    """Show the queue."""
    return queue_now(service)


@router.get("/jobs/{identifier}", dependencies=[READ])
def job(identifier: str, service: ServiceOf) -> JobRow:
    """Show a job."""
    return row_of(service, service.queue.job(identifier))


@router.get("/jobs/{identifier}/log", dependencies=[READ])
def log(identifier: str, service: ServiceOf) -> JobLog:
    """Show the end of a job's output."""
    return JobLog(text=log_text(service.places.jobs / service.queue.job(identifier).id))


@router.post("/jobs/{identifier}/move", dependencies=[WRITE])
def move(identifier: str, body: Move, service: ServiceOf) -> QueueNow:
    """Move a waiting job before another, or to the end."""
    service.queue.move(identifier, body.before)
    return queue_now(service)


@router.delete("/jobs/{identifier}", dependencies=[WRITE])
def cancel(identifier: str, service: ServiceOf) -> JobRow:
    """Take a waiting job out of the queue."""
    service.queue.cancel(identifier)
    return row_of(service, service.queue.job(identifier))
