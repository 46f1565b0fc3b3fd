"""Compute what needs KerasTuner in a process that has it, so that the search process need not import TensorFlow."""

import traceback
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from keras_search.errors import KerasSearchError
from keras_search.tuner import processes

MAX_DEATHS = 3


class Helper:
    """A process that calls functions for this one; a context manager that ends it.

    The functions change nothing, so a call whose process is killed is made again in a new one. What they print is in
    the study's folder of logs.
    """

    def __init__(self, logs: Path) -> None:
        self._log = logs / "helper.log"
        self.process, self._connection = processes.start(serve, self._log)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self.process.kill()
        self.process.join()

    def call(self, function: str, *arguments: Any) -> Any:
        """Call `module:name` of this package's `tuner` with `arguments`; give what it returns, raise what it raises.

        Raises:
            KerasSearchError: the process died over it, again and again.
        """
        for _ in range(MAX_DEATHS):
            try:
                self._connection.send((function, arguments))
                failed, answer = self._connection.recv()
            except (EOFError, OSError):
                self.process.join()
                self._connection.close()
                self.process, self._connection = processes.start(serve, self._log)
                continue
            if failed:
                raise answer
            return answer
        raise KerasSearchError(f"The process that computes {function} was ended {MAX_DEATHS} times. See {self._log}.")


def serve(connection: Connection, log: Path) -> None:
    """Make the calls that come by `connection` until its other end is closed."""
    processes.write_output_to(log)
    with suppress(Exception):  # the first call meets the same error again
        import_module("keras_search.tuner.oracles")
    with suppress(EOFError, OSError):
        while True:
            function, arguments = connection.recv()
            connection.send(_answer(function, arguments))


def _answer(function: str, arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    """Give whether the call failed, and what it gave or raised; an error brings its traceback as a note."""
    module, name = function.split(":")
    try:
        return False, getattr(import_module(f"keras_search.tuner.{module}"), name)(*arguments)
    except Exception as error:
        error.add_note(traceback.format_exc())
        return True, error
