"""Stop a session by Ctrl-C or SIGTERM: after the epoch, or at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from keras_search.errors import KerasSearchError
from keras_search.tuner.workers.loop import StopRequest


class InterruptedStudyError(KerasSearchError):
    """Raised if a study was asked to stop; the message says how to continue."""

    exit_code = 130


@contextmanager
def interruptible() -> Iterator[StopRequest]:
    """Turn the first Ctrl-C or SIGTERM into a request to stop after the epoch; the second ends at once.

    Only the main thread may handle signals; elsewhere, as in some notebooks, they are left as they are.
    """
    stop = StopRequest()

    def ask(*_: object) -> None:
        if stop.reason == "interrupt":
            raise KeyboardInterrupt
        stop.reason = "interrupt"

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
