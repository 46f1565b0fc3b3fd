"""The queue: what may be put into it, moved, taken out and stopped. `Supervisor` carries it out."""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from keras_search.tuner.service.database import Database
from keras_search.tuner.service.jobs import records
from keras_search.tuner.service.jobs.records import Job, Kind, Stop
from keras_search.tuner.service.problems import Conflict
from keras_search.tuner.system.lock_holder import UNKNOWN, holder_of


@dataclass(frozen=True)
class Queued:
    """The queue as it is: jobs that run, that wait, in their order, and the last that ended."""

    running: list[Job]
    waiting: list[Job]
    ended: list[Job]


@dataclass
class Queue:
    """The jobs in `database`, whose folders are below `folder` and whose studies below `studies`.

    `changed` is set whenever there may be something to do; `revision` counts the changes; `problem` says why no job is
    started, "" if nothing is wrong.
    """

    database: Database
    folder: Path
    studies: Path
    changed: threading.Event = field(default_factory=threading.Event)
    revision: int = 0
    problem: str = ""
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def listed(self, ended: int = 50) -> Queued:
        """Return the queue, with so many of the jobs that have ended."""
        with self.database.reading() as connection:
            return Queued(records.active(connection), records.waiting(connection), records.ended(connection, ended))

    def job(self, identifier: str) -> Job:
        """Return a job.

        Raises:
            UnknownName: there is none.
        """
        with self.database.reading() as connection:
            return records.get(connection, identifier)

    def of_studies(self) -> dict[str, Job]:
        """Return the job that works on each study, or else waits to."""
        queued = self.listed(ended=0)
        return {job.study: job for job in reversed([*queued.running, *queued.waiting])}

    def put(self, kind: Kind, study: str, command: Sequence[str]) -> Job:
        """Put a job at the end of the queue.

        Raises:
            Conflict: there is such a job for the study, or another process searches it.
        """
        searches = kind in records.SEARCHES
        with self._lock:
            if searches:
                self._check_unheld(study)
            with self.database.writing() as connection:
                for other in records.of_study(connection, study):
                    if other.kind == kind or (searches and other.kind in records.SEARCHES):
                        raise Conflict(f"{study!r} has a job already that {_doing(other)}: see the queue.")
                job = records.add(connection, kind, study, command)
            self.note_change()
        return job

    def move(self, identifier: str, before: str | None) -> None:
        """Move a waiting job before another, or to the end.

        Raises:
            UnknownName: there is no such job.
            Conflict: one of the two does not wait.
        """
        with self._lock, self.database.writing() as connection:
            chosen = [records.get(connection, each) for each in (identifier, before) if each is not None]
            for job in chosen:
                _check_waiting(job)
            if before == identifier:
                return
            others = [job.id for job in records.waiting(connection) if job.id != identifier]
            index = len(others) if before is None else others.index(before)
            order = [*others[:index], identifier, *others[index:]]
            connection.executemany(
                "UPDATE jobs SET place = ? WHERE id = ?", [(float(place), each) for place, each in enumerate(order)]
            )
        self.note_change()

    def cancel(self, identifier: str) -> None:
        """Take a waiting job out of the queue.

        Raises:
            UnknownName: there is no such job.
            Conflict: it does not wait.
        """
        with self._lock, self.database.writing() as connection:
            _check_waiting(records.get(connection, identifier))
            records.end(connection, identifier, "stopped", None, "Taken out of the queue.")
        self.note_change()

    def stop(self, study: str, at_once: bool) -> Job | None:
        """Ask what works on a study to stop after its epoch, or at once; None if that is no job of ours.

        A job that waits is taken out of the queue. A process from elsewhere gets Ctrl-C, and a second one if it should
        end at once.

        Raises:
            Conflict: nothing runs, or it cannot be stopped from here.
        """
        with self._lock, self.database.writing() as connection:
            jobs = records.of_study(connection, study)
            if jobs:
                job = jobs[0]
                if job.state == "waiting":
                    records.end(connection, job.id, "stopped", None, "Taken out of the queue.")
                elif not at_once and job.stop:
                    raise Conflict(f"{study!r} is stopping after its epoch; to end it now, stop it at once.")
                else:
                    wanted: Stop = "at once" if at_once else "after epoch"
                    connection.execute("UPDATE jobs SET stop = ? WHERE id = ?", (wanted, job.id))
                found = records.get(connection, job.id)
        if jobs:
            self.note_change()
            return found
        self._interrupt_other(study, times=2 if at_once else 1)
        return None

    @contextmanager
    def unused(self, study: str) -> Iterator[None]:
        """Keep jobs away from a study, to move or delete it.

        Raises:
            Conflict: one works on it or waits to, or another process does.
        """
        with self._lock:
            with self.database.reading() as connection:
                jobs = records.of_study(connection, study)
            if jobs:
                raise Conflict(
                    f"{study!r} has a job that {_doing(jobs[0])}: stop it, or take it out of the queue, first."
                )
            self._check_unheld(study)
            yield

    def next_jobs(self, searches: int) -> list[Job]:
        """Take the jobs that can be started now out of the queue, so that at most so many searches run."""
        with self._lock:
            queued = self.listed(ended=0)
            busy = {job.study for job in queued.running}
            free = {
                True: searches - sum(job.kind in records.SEARCHES for job in queued.running),
                False: 1 - sum(job.kind not in records.SEARCHES for job in queued.running),
            }
            chosen = []
            for job in queued.waiting:
                lane = job.kind in records.SEARCHES
                can_begin = free[lane] > 0 and job.study not in busy and not (lane and self.is_held(job.study))
                busy.add(job.study)  # a later job of the study does not overtake this one
                if can_begin and records.begin(self.database, job.id):
                    free[lane] -= 1
                    chosen.append(job)
            return chosen

    def note_change(self) -> None:
        """Tell the supervisor, and whoever watches, that the queue has changed."""
        self.revision += 1
        self.changed.set()

    def is_held(self, study: str) -> bool:
        """Return whether a process works on a study."""
        return self._holder(study) is not None

    def _holder(self, study: str) -> int | None:
        """Return the process that writes to a study, or creates it."""
        found = holder_of(self.studies / study / "lock")
        return holder_of(self.studies / f".{study}.starting" / "lock") if found is None else found

    def _check_unheld(self, study: str) -> None:
        """Make sure that no process from elsewhere works on a study; one of ours has a job that tells."""
        with self.database.reading() as connection:
            ours = any(job.state != "waiting" for job in records.of_study(connection, study))
        holder = None if ours else self._holder(study)
        if holder is not None:
            which = "another process" if holder == UNKNOWN else f"the process {holder}"
            raise Conflict(
                f"{study!r} is in use by {which}, which the service has not started: wait for it or stop it."
            )

    def _interrupt_other(self, study: str, times: int) -> None:
        holder = self._holder(study)
        if holder is None:
            raise Conflict(f"Nothing works on {study!r}, so there is nothing to stop.")
        try:
            if holder in (UNKNOWN, os.getpid()):
                raise PermissionError
            for _ in range(times):
                os.kill(holder, signal.SIGINT)
        except (ProcessLookupError, PermissionError):
            raise Conflict(
                f"{study!r} is run by a process that the service cannot reach: press Ctrl-C in its terminal."
            ) from None


def _check_waiting(job: Job) -> None:
    if job.state != "waiting":
        raise Conflict(f"The job {job.id} no longer waits: it {_doing(job)}.")


def _doing(job: Job) -> str:
    return {"waiting": "waits", "starting": "starts", "running": "runs"}.get(job.state, "has ended")
