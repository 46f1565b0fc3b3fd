"""Train in the script's own process, in a thread, if its objects cannot go to another process."""

import threading
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from keras_search.tuner.study import messages
from keras_search.tuner.workers import worker

PATIENCE = 5.0
"""Seconds to wait for a thread that should end; it ends after its epoch, and writes nothing to the study."""
_ONE_AT_A_TIME = threading.Lock()
"""Held by the training thread, because Keras and its random state are shared by the whole process."""


class ThreadProcess:
    """A thread that serves as a worker, with the interface of a process that the pool uses."""

    def __init__(self, connection: Connection, others: Connection, context: messages.Context) -> None:
        self._connection, self._others = connection, others
        self.sentinel, self._ended = Pipe(duplex=False)
        self._thread = threading.Thread(target=self._serve, args=(context,), daemon=True, name="keras-search")
        self._thread.start()

    @property
    def exitcode(self) -> int | None:
        """0 once the thread has ended."""
        return None if self._thread.is_alive() else 0

    def is_alive(self) -> bool:
        """Return False: a thread that should end does nothing more for the study."""
        return False

    def kill(self) -> None:
        """Close the other end of the thread's connection, so that it ends at its next report or order.

        It closes its own end itself, as a thread that reads from one that is closed meanwhile would wait forever.
        """
        self._others.close()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end, but no longer than the patience for a long epoch."""
        self._thread.join(min(timeout or PATIENCE, PATIENCE))

    def _serve(self, context: messages.Context) -> None:
        try:
            with _ONE_AT_A_TIME:
                worker.serve_here(self._connection, context)
        finally:
            self._connection.close()
            self._ended.close()


def start(_target: Callable[..., None], context: messages.Context, _number: int) -> tuple[Any, Connection]:
    """Start a worker's thread; return it and this end of a connection to it."""
    ours, theirs = Pipe()
    return ThreadProcess(theirs, ours, context), ours
