"""Manage worker processes: start them, give them orders, collect their reports, replace dead ones."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Protocol, Self

from keras_search.errors import KerasSearchError
from keras_search.tuner.study import messages
from keras_search.tuner.system import processes
from keras_search.tuner.system.text import visible
from keras_search.tuner.workers import worker

MAX_FAILED_STARTS = 3
MAX_KILLED_STARTS = 20
"""The numbers of starts in a row without a report after which the pool gives up: a process that ends itself is
broken, one that was killed may have been a victim of the system."""

_ERROR = re.compile(r"^[\w.]+(?:Error|Exception|Exit): .*", re.MULTILINE)
"""The line that ends a traceback."""
Start = Callable[..., tuple[Any, Connection]]


class Engine(Protocol):
    """An engine that runs workers on other machines.

    Each worker acts like a process, and may explain why it ended: a `cause`; a `failure`, for which the search
    cannot go on; and `blameless`, if the machine was lost, for which the run is not to blame.
    """

    @property
    def size(self) -> int:
        """The number of workers that there should be now; it only grows."""

    def start(self, target: Callable[..., None], context: messages.Context, number: int) -> tuple[Any, Any]:
        """Start a worker; return what stands for its process, and this end of a connection to it."""

    def close(self) -> None:
        """Let go of the machines, after every worker has ended."""


@dataclass
class Worker:
    """One place in the pool: its current process and order, and the machine that it is on, "" for this one."""

    number: int
    process: Any
    connection: Connection
    ready: bool = False
    order: messages.Order | None = None
    heard: float = field(default_factory=time.monotonic)
    failed_starts: int = 0
    where: str = ""


class WorkerPool:
    """`size` worker processes for one study; a context manager that ends them.

    `hang_seconds` is how long a worker with an order may report nothing; `start` starts a process, or a substitute, and
    returns it with this end of a connection to it. An `engine`, if given, starts them and adds to them.
    """

    def __init__(
        self,
        size: int,
        context: messages.Context,
        hang_seconds: float,
        start: Start = processes.start,
        engine: Engine | None = None,
    ) -> None:
        self._context, self._hang_seconds, self._engine = context, hang_seconds, engine
        self._start_process = engine.start if engine else start
        self.in_this_process = engine is None and start is not processes.start
        """Whether the worker is a thread of this process."""
        self.workers: list[Worker] = []
        try:
            for number in range(size):
                self.workers.append(self._start(number))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tell(self, plan: messages.Plan) -> None:
        """Send the result of the survey to all workers, including later ones."""
        settings = {**self._context.settings, "objective": plan.objective, "direction": plan.direction}
        self._context = replace(self._context, space=plan.space, settings=settings)
        for place in self.workers:
            self._send(place, plan)

    def move(self, folder: Path) -> None:
        """Send the new place of the study's folder to all workers, including later ones."""
        self._context = replace(self._context, folder=folder)
        for place in self.workers:
            self._send(place, messages.Moved(folder))

    def idle(self) -> list[Worker]:
        """List the workers that wait for an order."""
        return [place for place in self.workers if place.ready and place.order is None]

    @property
    def busy(self) -> bool:
        """True if any worker has an order."""
        return any(place.order is not None for place in self.workers)

    def in_hand(self) -> set[str]:
        """Return the names of the runs that workers have."""
        return {messages.subject(place.order) for place in self.workers if place.order is not None}

    def give(self, place: Worker, order: messages.Order) -> None:
        """Give an order to a worker; one that is still starting begins it afterwards."""
        place.order, place.heard = order, time.monotonic()
        self._send(place, order)

    def stop(self) -> None:
        """Ask every worker to leave its run after the epoch in progress."""
        for place in self.workers:
            if place.order is not None:
                self._send(place, messages.Stop())

    def reports(self, timeout: float) -> Iterator[tuple[Worker, messages.Report]]:
        """Yield the reports that came within `timeout` seconds, and a `Died` for each worker that ended or hung."""
        if self._engine is not None:
            self._grow(self._engine)
        handles: dict[Any, Worker] = {
            handle: place for place in self.workers for handle in (place.connection, place.process.sentinel)
        }
        heard = {handles[handle].number for handle in wait(list(handles), timeout)}
        for place in list(self.workers):
            if place.number in heard:
                yield from self._drain(place)
            elif place.order is not None and place.ready and time.monotonic() - place.heard > self._hang_seconds:
                place.process.kill()
                yield from self._bury(place, f"The worker reported nothing for {self._hang_seconds / 60:g} minutes.")

    def dismiss(self) -> None:
        """Let the workers without an order end by themselves: there will be no more orders."""
        for place in self.workers:
            if place.order is None and place.ready:
                place.connection.close()

    def close(self) -> None:
        """End every worker: those without an order by themselves, the others at once."""
        self.dismiss()
        for place in self.workers:
            if not place.connection.closed:
                place.process.kill()
        for place in self.workers:
            place.process.join(timeout=5)
            if place.process.is_alive():
                place.process.kill()
                place.process.join()
        if self._engine is not None:
            self._engine.close()

    def _grow(self, engine: Engine) -> None:
        """Start the workers for which there is room by now."""
        while len(self.workers) < engine.size:
            self.workers.append(self._start(len(self.workers)))

    def _start(self, number: int) -> Worker:
        return Worker(number, *self._start_process(worker.main, self._context, number))

    def _drain(self, place: Worker) -> Iterator[tuple[Worker, messages.Report]]:
        try:
            while place.connection.poll():
                report = place.connection.recv()
                place.heard, place.ready, place.failed_starts = time.monotonic(), True, 0
                if isinstance(report, messages.Ready):
                    place.where = report.where
                if not isinstance(report, messages.GOES_ON):
                    place.order = None
                yield place, report
        except (EOFError, OSError):
            place.process.join()
        if place.process.exitcode is not None:
            cause = getattr(place.process, "cause", "") or _cause(place.process.exitcode)
            yield from self._bury(place, cause, getattr(place.process, "blameless", False))

    def _send(self, place: Worker, order: messages.Order) -> None:
        """Send an order; a worker that cannot receive it has died, which its sentinel will show."""
        with suppress(OSError):
            place.connection.send(order)

    def _bury(self, place: Worker, reason: str, blameless: bool = False) -> Iterator[tuple[Worker, messages.Report]]:
        """Replace a dead process by a new one, and report its unfinished order."""
        place.process.join()
        place.connection.close()
        processes.end(place.process)
        if failure := getattr(place.process, "failure", None):
            raise failure
        failed_starts = 0 if place.ready else place.failed_starts + 1
        if failed_starts >= (MAX_KILLED_STARTS if place.process.exitcode == -signal.SIGKILL else MAX_FAILED_STARTS):
            log = self._context.folder / "logs" / f"worker-{place.number}.log"
            raise KerasSearchError(
                f"A worker ended {failed_starts} times while starting ({reason}) {_error_in(log)}See {log}."
            )
        successor = self.workers[place.number] = self._start(place.number)
        successor.failed_starts = failed_starts
        if place.order is not None and place.ready:
            yield place, messages.Died(messages.subject(place.order), reason, blameless)
        elif place.order is not None:
            self.give(successor, place.order)


def default_workers(threads: int) -> int:
    """Return the number of workers that use all of this machine's cores: cores ÷ threads, at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // threads)


def _cause(exitcode: int) -> str:
    if exitcode == processes.LOST:
        return "The process that the worker was forked from was ended, and the worker with it."
    if exitcode >= 0:
        return f"The worker ended with exit code {exitcode}."
    name = signal.Signals(-exitcode).name
    likely = ", which is what a system short of memory does" if name == "SIGKILL" else ""
    return f"The worker was ended by {name}{likely}."


def _error_in(log: Path) -> str:
    """Return the last error in a worker's log, because the log is deleted with the folder if a start fails."""
    with suppress(OSError):
        errors = _ERROR.findall(log.read_text(encoding="utf-8", errors="replace"))
        return f"Its last error: {visible(errors[-1].strip(), lines=False)}. " if errors else ""
    return ""
