"""Do work in two processes: this one, and a fork of it that has all of its data and imports."""

import os
import pickle
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from keras_search.tuner.system.processes import FORKS

STANDARD_ERROR = 2
PATIENCE = 60.0
"""How many seconds, at least, to wait for the job that the fork still does when no other is left."""
WATCH_SECONDS = 0.002
"""How often to look whether the fork has ended."""
MOST_JOBS = 255
OPEN_FILES = Path("/proc/self/fd")

Result = TypeVar("Result")


class SecondProcess(Generic[Result]):
    """A fork that does some of the jobs 0 to `count` - 1 by `work`; a context manager that ends it.

    This process takes its own ones from `jobs()`, and `results()` returns those of the fork afterwards. A job that is
    in neither, because it failed there or the fork was killed, is to be done here. There is no fork where that brings
    nothing, which is for fewer than `least` jobs, or where threads of TensorFlow could have left locks behind.
    """

    def __init__(self, work: Callable[[int], Result], count: int, least: int = 2) -> None:
        self._work, self._count, self._least = work, count, least
        self._process, self._ended = 0, False
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        if self._least <= self._count <= MOST_JOBS and _may_fork():
            with suppress(OSError):
                self._fork()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process and not self._ended:
            os.kill(self._process, signal.SIGKILL)
            self._wait(PATIENCE)
        if self._process:
            os.close(self._queue)
            self._file.close()

    @property
    def runs(self) -> bool:
        """Whether there is a fork that has not ended."""
        return bool(self._process) and not self._has_ended()

    def jobs(self) -> Iterator[int]:
        """Yield the jobs that this process is to do, one by one."""
        if not self._process:
            yield from range(self._count)
        while self._process and (job := os.read(self._queue, 1)):
            yield job[0]

    def results(self) -> dict[int, Result]:
        """Wait for the fork and return what its jobs returned."""
        found: dict[int, Result] = {}
        if self._process and self._wait(max(PATIENCE, 10 * (time.monotonic() - self._began))):
            self._file.seek(0)
            with suppress(Exception):
                found = pickle.load(self._file)
        return found

    def _fork(self) -> None:
        """Put the jobs into a pipe, from which both processes take one at a time, and fork."""
        self._queue, others = os.pipe()
        os.write(others, bytes(range(self._count)))
        os.close(others)
        parent = os.getpid()
        self._file: Any = tempfile.TemporaryFile()  # noqa: SIM115 - `__exit__` closes it
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # this process has threads, whose locks the fork leaves
            self._process = os.fork()
        if not self._process:
            self._serve(parent)

    def _serve(self, parent: int) -> None:
        """Do jobs as long as there are any and the other process lives, keep their results, and end."""
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # which the other one handles
            _close_files({self._queue, self._file.fileno()})
            results = {}
            while (job := os.read(self._queue, 1)) and os.getppid() == parent:
                with suppress(Exception):  # the other one meets it again
                    results[job[0]] = self._work(job[0])
            pickle.dump(results, self._file)
            self._file.flush()
        finally:
            os._exit(0)

    def _wait(self, seconds: float) -> bool:
        """Wait until the fork has ended; return whether it has."""
        end = time.monotonic() + seconds
        while not self._has_ended() and time.monotonic() < end:
            time.sleep(WATCH_SECONDS)
        return self._ended

    def _has_ended(self) -> bool:
        if not self._ended:
            try:
                self._ended = os.waitpid(self._process, os.WNOHANG)[0] == self._process
            except ChildProcessError:  # somebody else has waited for it
                self._ended = True
        return self._ended


def _may_fork() -> bool:
    return FORKS and "tensorflow" not in sys.modules and len(os.sched_getaffinity(0)) > 1


def _close_files(kept: set[int]) -> None:
    """Close the files of the process that this one is a fork of: pipes and locks by which others know that it lives."""
    for descriptor in [int(path.name) for path in OPEN_FILES.iterdir()]:
        if descriptor > STANDARD_ERROR and descriptor not in kept:
            with suppress(OSError):
                os.close(descriptor)
