"""The queue and its jobs, as pages and routes show them."""

import shlex
from typing import Literal

from keras_search.tuner.service.answers import Answer
from keras_search.tuner.service.context import Service
from keras_search.tuner.service.jobs.records import Job, Kind
from keras_search.tuner.service.jobs.waiting import reasons


class JobRow(Answer):
    """A job; `place` is that in the queue, from 1; `command` does the same in a terminal; `message` says why it ended.

    `waits_for` says what a waiting job waits for, "" if it starts in a moment. A `lost` job has ended without an exit
    code, for instance because the machine was switched off.
    """

    id: str
    kind: Kind
    study: str
    state: Literal["waiting", "running", "stopping", "done", "failed", "stopped", "lost"]
    place: int | None
    waits_for: str
    command: str
    created: float
    started: float | None
    ended: float | None
    exit_code: int | None
    message: str


class QueueNow(Answer):
    """The jobs that run, that wait, in their order, and the last that ended, the latest first.

    `problem` says why no job is started, "" if nothing is wrong.
    """

    running: tuple[JobRow, ...]
    waiting: tuple[JobRow, ...]
    ended: tuple[JobRow, ...]
    problem: str


def queue_now(service: Service) -> QueueNow:
    """Return the queue as it is."""
    queued = service.queue.listed()
    why = reasons(queued, service.limits.jobs, service.queue.is_held)
    return QueueNow(
        running=tuple(map(_row, queued.running)),
        waiting=tuple(_row(each, place, why[each.id]) for place, each in enumerate(queued.waiting, 1)),
        ended=tuple(map(_row, queued.ended)),
        problem=service.queue.problem,
    )


def row_of(service: Service, found: Job) -> JobRow:
    """Return a job as it is shown."""
    if found.state != "waiting":
        return _row(found)
    queued = service.queue.listed(ended=0)
    why = reasons(queued, service.limits.jobs, service.queue.is_held)
    place = next((place for place, each in enumerate(queued.waiting, 1) if each.id == found.id), None)
    return _row(found, place, why.get(found.id, ""))


def _row(found: Job, place: int | None = None, waits_for: str = "") -> JobRow:
    return JobRow(
        id=found.id,
        kind=found.kind,
        study=found.study,
        state=_shown_state(found),
        place=place,
        waits_for=waits_for,
        command=shlex.join(("keras-search", *found.command)),
        created=found.created,
        started=found.started,
        ended=found.ended,
        exit_code=found.exit_code,
        message=found.message,
    )


def _shown_state(found: Job) -> Literal["waiting", "running", "stopping", "done", "failed", "stopped", "lost"]:
    if found.state == "starting" or found.state == "running":
        return "stopping" if found.stop else "running"
    return found.state
