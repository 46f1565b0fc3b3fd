"""Call functions that need KerasTuner in another process, so that the search process need not import TensorFlow."""

import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ParamSpec, Self, TypeVar

from keras_search.errors import KerasSearchError
from keras_search.tuner.system import processes

MAX_DEATHS = 3

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Helper:
    """A process that calls functions for this one; a context manager that ends it.

    The functions change nothing, so a call whose process is killed is repeated in a new one. Their output is in the
    study's folder of logs.
    """

    def __init__(self, logs: Path) -> None:
        self._log = logs / "helper.log"
        self.process, self._connection = processes.start(serve, self._log)

    def move(self, logs: Path) -> None:
        """Let a new process, if this one dies, write to the study's new folder of logs."""
        self._log = logs / "helper.log"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self.process.kill()
        self.process.join()

    def call(
        self, function: Callable[Arguments, Answer], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Answer:
        """Call a module's `function` in the other process; return what it returns, raise what it raises.

        The function does its own imports, so that this process need not.

        Raises:
            KerasSearchError: the process died repeatedly during the call.
        """
        for _ in range(MAX_DEATHS):
            try:
                self._connection.send((function, arguments, named))
                failed, answer = self._connection.recv()
            except (EOFError, OSError):
                self.process.join()
                self._connection.close()
                self.process, self._connection = processes.start(serve, self._log)
                continue
            if failed:
                raise answer
            result: Answer = answer
            return result
        raise KerasSearchError(
            f"The process that computes {function.__name__} was ended {MAX_DEATHS} times. See {self._log}."
        )


def serve(connection: Connection, log: Path) -> None:
    """Execute the calls from `connection` until its other end is closed."""
    processes.write_output_to(log)
    with suppress(Exception):  # the first call meets the same error again
        import keras_search.tuner.oracles  # noqa: F401
    with suppress(EOFError, OSError):
        while True:
            connection.send(_answer(*connection.recv()))


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[bool, Any]:
    """Return whether the call failed, and its result or error; an error has its traceback as a note."""
    try:
        return False, function(*arguments, **named)
    except Exception as error:
        error.add_note(traceback.format_exc())
        return True, error
