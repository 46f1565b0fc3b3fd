"""The worker process: take one order after another and report, until the search process says stop or is gone."""

import os
import signal
import sys
import threading
import traceback
from collections import deque
from contextlib import suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

from keras_search.tuner import protocol
from keras_search.tuner.checkpoints import StorageError
from keras_search.tuner.errors import KerasSearchError

if TYPE_CHECKING:
    from keras_search.tuner.training import Trainer

OWN_FOLDER = Path(__file__).resolve().parent.parent


def main(connection: Connection, context: protocol.Context, number: int) -> None:
    """Serve orders from `connection`; None ends the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _write_output_to(context.folder / "logs" / f"worker-{number}.log")
    inbox = _Inbox(connection)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        trainer = _start_tensorflow(context, connection, inbox)
        connection.send(protocol.Ready())
        while (order := inbox.next()) is not None:
            _carry_out(trainer, order, connection)


class _Inbox:
    """Orders in the sequence they came, and whether a stop is among those not yet read."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._waiting = connection, deque[protocol.Order | None]()

    def next(self) -> protocol.Order | None:
        while True:
            order = self._waiting.popleft() if self._waiting else self._connection.recv()
            if not isinstance(order, protocol.Stop):
                return order

    def asked_to_stop(self) -> bool:
        while self._connection.poll():
            self._waiting.append(self._connection.recv())
        stopping = any(isinstance(order, protocol.Stop) for order in self._waiting)
        self._waiting = deque(order for order in self._waiting if not isinstance(order, protocol.Stop))
        return stopping


def _start_tensorflow(context: protocol.Context, connection: Connection, inbox: _Inbox) -> "Trainer":
    import gc

    from keras_search.tuner import runtime

    runtime.prepare(context.threads)

    from keras_search.tuner.training import Trainer

    trainer = Trainer(context, connection.send, inbox.asked_to_stop)
    gc.freeze()
    return trainer


def _carry_out(trainer: "Trainer", order: protocol.Order, connection: Connection) -> None:
    name = protocol.subject(order)
    try:
        match order:
            case protocol.UseSpace():
                trainer.use_space(order.space)
            case protocol.Survey():
                trainer.survey()
            case protocol.Train():
                trainer.train(order)
            case protocol.Evaluate():
                trainer.evaluate(order)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except StorageError as error:
        connection.send(protocol.Halted(name, str(error)))
    except KerasSearchError as error:
        connection.send(protocol.Failed(name, str(error)))
    except Exception as error:
        traceback.print_exc()
        connection.send(protocol.Failed(name, _one_line(error), user_frames(error)))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _one_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"


def user_frames(error: BaseException) -> str:
    """Format the traceback of `error` with the frames of the user's own files only; empty where there are none."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_users(frame.filename)]
    return "".join(traceback.format_list(frames))


def _is_users(filename: str) -> bool:
    path = Path(filename).resolve()
    libraries = (
        OWN_FOLDER,
        *(Path(place).resolve() for place in sys.path if "site-packages" in place),
        Path(os.__file__).parent,
    )
    return path.is_file() and not any(path.is_relative_to(place) for place in libraries)


def _die_with_parent() -> None:
    """End this process as soon as the search process has ended, however it ended."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _write_output_to(path: Path) -> None:
    """Send all output of this process, TensorFlow's own included, to a log file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
