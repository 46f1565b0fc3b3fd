"""Workers that train nothing: one process answers the orders of all of them at once, with scores from a hash."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any

from keras_search.tuner.study import messages
from keras_search.tuner.system.seeds import derive_seed

HYPERPARAMETERS = 12


class SimulatedProcess:
    """The process of a simulated worker, as far as the pool sees it."""

    def __init__(self) -> None:
        self.sentinel, self._other_end = os.pipe()
        self.exitcode: int | None = None

    def kill(self) -> None:
        """Do nothing: the worker ends when its connection is closed."""

    def join(self, timeout: float | None = None) -> None:
        """Return at once."""

    def is_alive(self) -> bool:
        """Return False: nothing is left to wait for."""
        return False


@contextmanager
def simulated_workers(count: int) -> Iterator[Callable[..., tuple[SimulatedProcess, Connection]]]:
    """Yield what a `WorkerPool` of at most `count` workers takes as its `start`."""
    pairs = [multiprocessing.Pipe() for _ in range(count)]
    theirs = [there for _, there in pairs]
    process = multiprocessing.get_context("fork").Process(
        target=_answer_all, args=(theirs, [here for here, _ in pairs])
    )
    process.start()
    for there in theirs:
        there.close()
    try:
        yield lambda _target, _context, number: (SimulatedProcess(), pairs[number][0])
    finally:
        process.kill()
        process.join()


def _answer_all(connections: list[Connection], others: list[Connection]) -> None:
    for other in others:
        other.close()
    for connection in connections:
        connection.send(messages.Ready())
    open_ = list(connections)
    while open_:
        for connection in wait(open_):
            assert isinstance(connection, Connection)
            try:
                for report in _reports(connection.recv()):
                    connection.send(report)
            except (EOFError, OSError):
                open_.remove(connection)


def _reports(order: Any) -> Iterator[messages.Report]:
    """Yield the reports of a training whose epochs cost nothing."""
    if isinstance(order, messages.Train):
        score = 0.0
        for epoch in range(order.after + 1, order.run.epochs + 1):
            score = derive_seed(order.run.name, epoch) / 2**63
            metrics = {"val_accuracy": score, "val_loss": 1 - score}
            yield messages.EpochEnded(order.run.name, epoch, metrics, 0.0, processor="simulated")
        yield messages.Completed(order.run.name, score, order.run.epochs, 1000)


def make_space() -> dict[str, Any]:
    """Return the configuration of a space of 12 hyperparameters, too large to be exhausted; runs in the helper."""
    from keras_tuner import HyperParameters

    space = HyperParameters()
    for index in range(HYPERPARAMETERS // 3):
        space.Int(f"units_{index}", 8, 512, step=8)
        space.Float(f"rate_{index}", 1e-4, 1e-1, sampling="log")
        space.Choice(f"kind_{index}", ["a", "b", "c"])
    config: dict[str, Any] = space.get_config()
    return config
