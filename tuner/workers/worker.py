"""The worker process: take one order after another and report, until the search process stops it or is gone."""

import errno
import sys
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from keras_search.errors import KerasSearchError
from keras_search.tuner.data import DamagedDataError
from keras_search.tuner.study import messages
from keras_search.tuner.study.checkpoints import ChangedEngineError, StorageError
from keras_search.tuner.system.processes import write_output_to
from keras_search.tuner.system.user_errors import one_line, user_frames

if TYPE_CHECKING:
    from keras_search.tuner.training.context import StudyContext

Send = Callable[[messages.Report], None]
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def main(connection: Connection, context: messages.Context, number: int) -> None:
    """Serve orders from `connection` until its other end is closed."""
    write_output_to(context.folder / "logs" / f"worker-{number}.log")
    inbox = _Inbox(connection)
    send = partial(_send, connection, inbox if context.acknowledged else None)
    study = _start_tensorflow(context, send, inbox)
    send(messages.Ready())
    while (order := inbox.next()) is not None:
        if isinstance(order, messages.Train | messages.Survey):
            write_output_to(study.folder.logs / f"{messages.subject(order)}.log")
        study = _carry_out(study, order)


def serve_here(connection: Connection, context: messages.Context) -> None:
    """Serve orders from `connection` in a thread of this process, whose cores and output stay as they are."""
    from keras_search.tuner.training.context import StudyContext

    inbox, send = _Inbox(connection), partial(_send, connection, None)
    study = StudyContext.of(context, send, inbox.asked_to_stop)
    send(messages.Ready())
    while (order := inbox.next()) is not None:
        study = _carry_out(study, order)


def _send(connection: Connection, inbox: "_Inbox | None", report: messages.Report) -> None:
    """Report to the search process; if it is gone, there is nothing left to do.

    With an `inbox`, wait until an epoch is kept: if this machine were lost, a second one would be repeated.
    """
    try:
        connection.send(report)
        if inbox is not None and isinstance(report, messages.EpochEnded):
            inbox.await_kept()
    except (EOFError, OSError):
        sys.exit(0)


class _Inbox:
    """Orders in their sequence, and whether a stop is among the unread ones."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._waiting = connection, deque[messages.Order]()

    def next(self) -> messages.Order | None:
        """Return the next order, or None when the search process has no more."""
        with suppress(EOFError, OSError):
            while True:
                order = self._waiting.popleft() if self._waiting else self._connection.recv()
                if not isinstance(order, messages.Stop):
                    return order
        return None

    def await_kept(self) -> None:
        """Wait until the last epoch reported is kept; what arrives before that waits for its turn.

        Raises:
            EOFError: the search process is gone.
        """
        while not isinstance(order := self._connection.recv(), messages.Kept):
            self._waiting.append(order)

    def asked_to_stop(self) -> bool:
        """Return whether a stop has arrived since the last order."""
        try:
            while self._connection.poll():
                self._waiting.append(self._connection.recv())
        except (EOFError, OSError):
            return True
        stopping = any(isinstance(order, messages.Stop) for order in self._waiting)
        self._waiting = deque(order for order in self._waiting if not isinstance(order, messages.Stop))
        return stopping


def _start_tensorflow(context: messages.Context, send: Send, inbox: _Inbox) -> "StudyContext":
    import gc

    from keras_search.tuner.training import runtime

    runtime.prepare(context.threads)

    from keras_search.tuner.training import orders  # noqa: F401 - with all that an order needs, before the freeze
    from keras_search.tuner.training.context import StudyContext

    study = StudyContext.of(context, send, inbox.asked_to_stop)
    gc.freeze()
    return study


def _carry_out(study: "StudyContext", order: messages.Order) -> "StudyContext":
    """Carry out an order, or report why it failed; return the context of the next one."""
    from keras_search.tuner.training import orders

    try:
        return orders.carry_out(study, order)
    except Exception as error:
        study.send(_explain(messages.subject(order), error))
        return study
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()


def _explain(name: str, error: Exception) -> messages.Halted | messages.Failed:
    """Distinguish a failed run from failures that are not the fault of any run."""
    if isinstance(error, StorageError | DamagedDataError | ChangedEngineError):
        return messages.Halted(name, str(error))
    if isinstance(error, KerasSearchError):
        return messages.Failed(name, str(error))
    with suppress(OSError):
        traceback.print_exception(error)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return messages.Halted(name, str(StorageError.of(Path(error.filename or "A file"), error)))
    if _is_fatal(error):
        return messages.Halted(
            name, f"{one_line(error)}. A FatalError ends the search: mend it, and run the same again."
        )
    return messages.Failed(name, one_line(error), user_frames(error))


def _is_fatal(error: Exception) -> bool:
    """Whether it is KerasTuner's `FatalError`, by which a hypermodel ends the whole search."""
    return any(
        kind.__name__ == "FatalError" and kind.__module__.startswith("keras_tuner.") for kind in type(error).__mro__
    )
