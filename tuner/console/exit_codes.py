"""How a command ends: an error becomes one line and an exit code, and lost output is reported."""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from keras_search.errors import KerasSearchError
from keras_search.tuner.console.streams import LastingStream, open_standard_streams
from keras_search.tuner.console.wrapping import tell

INTERRUPTED = 130
"""Typer's exit code for Ctrl-C."""
DEBUG = "--debug"


def run(app: Callable[[], object]) -> NoReturn:
    """Run a command and raise `SystemExit` with its code; with `--debug` among the arguments, errors are raised.

    It runs to its end even if the reader of its output leaves or the terminal closes.
    """
    open_standard_streams()
    debug = DEBUG in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != DEBUG]  # the commands do not know it
    sys.exit(_code_with_output(_code_of(app, debug)))


def leave(end: SystemExit) -> NoReturn:
    """End this process as `run` says, without tearing down libraries that take long if only our own code was run in it.

    TensorFlow would take a second, and what has drawn a report a fifth of one. A user's code may have opened files or
    started threads, which only Python's own end closes and waits for.
    """
    if {"tensorflow", "pandas"} & sys.modules.keys() and not _of_user() and not _others_run():
        _leave_at_once(end.code)
    raise end


def outlive_terminal() -> None:
    """Keep running when the terminal closes, as `nohup` does; processes that are started from here inherit this."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _code_of(app: Callable[[], object], debug: bool) -> int:
    try:
        app()
    except KerasSearchError as error:
        if debug:
            raise
        details = getattr(error, "details", "")
        tell(f"{details}{'' if error.exit_code == INTERRUPTED else 'Error: '}{error}", error=True)
        return error.exit_code
    except Exception as error:
        if debug:
            raise
        reason = " ".join(str(error).split())
        tell(
            f"Error in keras-search itself: {type(error).__name__}: {reason}. For the traceback, add {DEBUG}.",
            error=True,
        )
        return 1
    except SystemExit as error:
        if error.code == INTERRUPTED:
            tell("Stopped at once. Everything that a study had committed is kept: keras-search list", error=True)
        if isinstance(error.code, str):
            tell(error.code, error=True)
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return 0


def _code_with_output(code: int) -> int:
    """Return the exit code of a command, 1 if it succeeded but its output could not be written."""
    sys.stdout.flush()
    lost = sys.stdout.failure if isinstance(sys.stdout, LastingStream) else None
    if lost is not None:
        tell(f"Error: the output could not be written: {lost.strerror or lost}.", error=True)
    return code or int(lost is not None)


def _others_run() -> bool:
    """Return whether there are threads that Python would wait for."""
    return any(thread is not threading.current_thread() and not thread.daemon for thread in threading.enumerate())


def _of_user() -> bool:
    """Return whether code of the user's was imported, such as a hypermodel, or a function that gives data."""
    loader = sys.modules.get("keras_search.models.loader")
    return bool(getattr(loader, "IMPORTED", ()))


def _leave_at_once(code: object) -> NoReturn:
    """Exit after the functions of `atexit`, and write what is left of the output."""
    atexit._run_exitfuncs()  # noqa: SLF001 - it has no public name
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))
