"""The one thread that starts jobs, passes on that they should stop, and records how they ended."""

import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from keras_search.errors import KerasSearchError
from keras_search.tuner.service.jobs import process, records
from keras_search.tuner.service.jobs.outcome import outcome
from keras_search.tuner.service.jobs.process import Process
from keras_search.tuner.service.jobs.queue import Queue
from keras_search.tuner.service.jobs.records import Job

LOGGER = logging.getLogger("keras_search.service.jobs")
BUSY, IDLE = 0.25, 2.0
"""Seconds between two looks while jobs run, and while none does; a change of the queue is seen at once."""
AFTER_PROBLEM = 5.0
"""Seconds until the next try if something could not be done."""
COMMAND = (sys.executable, "-P", "-m", "keras_search")
"""What runs `keras-search`; `-P`: modules in the working directory shadow none of ours."""


class Supervisor:
    """Carry out the jobs of a queue, at most `searches` searches at once, in the working directory `home`."""

    def __init__(self, queue: Queue, searches: int, home: Path) -> None:
        self._queue, self._searches, self._home = queue, searches, home
        self._launched: dict[str, subprocess.Popen[bytes]] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start the thread; what ended, or was begun, while no service ran is settled first."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; processes go on."""
        self._ending.set()
        self._queue.changed.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.is_set():
            self._queue.changed.clear()
            self._queue.changed.wait(self._looked())

    def _looked(self) -> float:
        """Look after everything once, and return after how many seconds to do so again."""
        try:
            running = self.step()
        except (KerasSearchError, OSError) as error:
            message = str(error) if isinstance(error, KerasSearchError) else f"No job can be started: {error.strerror}."
            if message != self._queue.problem:
                LOGGER.error("%s", message)
                self._queue.problem = message
                self._queue.revision += 1
            return AFTER_PROBLEM
        except Exception:
            LOGGER.exception("The queue could not be looked after")
            return AFTER_PROBLEM
        if self._queue.problem:
            self._queue.problem = ""
            self._queue.revision += 1
        return BUSY if running else IDLE

    def step(self) -> int:
        """Settle the jobs that run, and start those that can; return how many run then.

        Raises:
            KerasSearchError: the database cannot be used.
            OSError: the system starts no process; the job is back in the queue. Other jobs are looked after all the
                same.
        """
        failures: list[Exception] = []
        for job in self._queue.listed(ended=0).running:
            with _noting(failures):
                self._settle(job, process.find(self._folder(job)))
        for job in self._queue.next_jobs(self._searches):
            LOGGER.info("Starting %s %s", job.kind, job.study)
            with _noting(failures):
                self._launch(job)
            self._queue.revision += 1
        if failures:
            raise failures[0]
        return len(self._queue.listed(ended=0).running)

    def _settle(self, job: Job, found: Process | None) -> None:
        """Do what the state of a job's process asks for."""
        if found is None:
            self._settle_unbegun(job)
            return
        if job.state == "starting":
            records.set_running(self._queue.database, job.id)
            self._queue.revision += 1
        if not found.alive:
            self._end(job, found)
        elif job.stop != job.sent:
            found.kill() if job.stop == "at once" else found.interrupt()
            records.set_sent(self._queue.database, job.id, job.stop)

    def _settle_unbegun(self, job: Job) -> None:
        """Start a job anew that was to begin when the service was killed; if it begins meanwhile, only one does."""
        launched = self._launched.get(job.id)
        if launched is None and job.state == "running":  # its record was deleted
            self._end(job, Process(0, alive=False, exit_code=None))
        elif launched is None:
            self._launch(job)
        elif launched.poll() is not None and process.bar(self._folder(job)):
            self._end(job, None)

    def _launch(self, job: Job) -> None:
        try:
            self._launched[job.id] = process.start(self._folder(job), (*COMMAND, *job.command), self._home)
        except OSError:
            records.put_back(self._queue.database, job.id)
            raise

    def _end(self, job: Job, found: Process | None) -> None:
        launched = self._launched.pop(job.id, None)
        if launched is not None:
            with suppress(subprocess.TimeoutExpired):
                launched.wait(1)
        state, code, message = outcome(job, found, self._folder(job))
        LOGGER.info("%s %s: %s", job.kind, job.study, state)
        with self._queue.database.writing() as connection:
            records.end(connection, job.id, state, code, message)
            old = records.forget_old(connection)
        self._queue.note_change()
        for identifier in old:
            shutil.rmtree(self._queue.folder / identifier, ignore_errors=True)

    def _folder(self, job: Job) -> Path:
        return self._queue.folder / job.id


@contextmanager
def _noting(failures: list[Exception]) -> Iterator[None]:
    """Keep an error for later, so that one job holds up no other."""
    try:
        yield
    except (KerasSearchError, OSError) as error:
        failures.append(error)
