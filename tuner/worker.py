"""The worker process: take one order after another and report, until the search process says stop or is gone."""

import errno
import os
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
from keras_search.tuner import protocol
from keras_search.tuner.checkpoints import StorageError
from keras_search.tuner.data import DamagedDataError
from keras_search.tuner.processes import write_output_to

if TYPE_CHECKING:
    from keras_search.tuner.training import Trainer

Send = Callable[[protocol.Report], None]
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
OWN_PLACES = tuple(Path(__file__).resolve().parent.parent / name for name in ("tuner", "models", "cli.py"))


def main(connection: Connection, context: protocol.Context, number: int) -> None:
    """Serve orders from `connection` until its other end is closed."""
    write_output_to(context.folder / "logs" / f"worker-{number}.log")
    inbox, send = _Inbox(connection), partial(_send, connection)
    trainer = _start_tensorflow(context, send, inbox)
    send(protocol.Ready())
    while (order := inbox.next()) is not None:
        if isinstance(order, protocol.Train | protocol.Survey):
            write_output_to(context.folder / "logs" / f"{protocol.subject(order)}.log")
        _carry_out(trainer, order, send)


def _send(connection: Connection, report: protocol.Report) -> None:
    """Report to the search process; where it is gone, there is nothing left to do."""
    try:
        connection.send(report)
    except OSError:
        sys.exit(0)


class _Inbox:
    """Orders in the sequence they came, and whether a stop is among those not yet read."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._waiting = connection, deque[protocol.Order]()

    def next(self) -> protocol.Order | None:
        """Give the next order, or None when the search process has no more."""
        with suppress(EOFError, OSError):
            while True:
                order = self._waiting.popleft() if self._waiting else self._connection.recv()
                if not isinstance(order, protocol.Stop):
                    return order
        return None

    def asked_to_stop(self) -> bool:
        """Tell whether a stop has come since the last order."""
        try:
            while self._connection.poll():
                self._waiting.append(self._connection.recv())
        except (EOFError, OSError):
            return True
        stopping = any(isinstance(order, protocol.Stop) for order in self._waiting)
        self._waiting = deque(order for order in self._waiting if not isinstance(order, protocol.Stop))
        return stopping


def _start_tensorflow(context: protocol.Context, send: Send, inbox: _Inbox) -> "Trainer":
    import gc

    from keras_search.tuner import runtime

    runtime.prepare(context.threads)

    from keras_search.tuner.training import Trainer

    trainer = Trainer(context, send, inbox.asked_to_stop)
    gc.freeze()
    return trainer


def _carry_out(trainer: "Trainer", order: protocol.Order, send: Send) -> None:
    try:
        match order:
            case protocol.Plan():
                trainer.follow(order)
            case protocol.Survey():
                trainer.survey()
            case protocol.Train():
                trainer.train(order)
            case protocol.Evaluate():
                trainer.evaluate(order)
    except Exception as error:
        send(_explain(protocol.subject(order), error))
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()


def _explain(name: str, error: Exception) -> protocol.Halted | protocol.Failed:
    """Tell a run that failed from a disk that takes no more."""
    if isinstance(error, StorageError | DamagedDataError):
        return protocol.Halted(name, str(error))
    if isinstance(error, KerasSearchError):
        return protocol.Failed(name, str(error))
    with suppress(OSError):
        traceback.print_exception(error)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return protocol.Halted(name, str(StorageError.of(Path(error.filename or "A file"), error)))
    return protocol.Failed(name, one_line(error), user_frames(error))


def one_line(error: BaseException) -> str:
    """Give the type and the first line of an error."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"


def user_frames(error: BaseException) -> str:
    """Format the traceback of `error` with the frames of the user's own files only; empty where there are none."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)]
    return "".join(traceback.format_list(frames))


def _is_users(filename: str) -> bool:
    path = Path(filename).resolve()
    libraries = (
        *OWN_PLACES,
        *(Path(place).resolve() for place in sys.path if "site-packages" in place),
        Path(os.__file__).parent,
    )
    return path.is_file() and not any(path.is_relative_to(place) for place in libraries)
