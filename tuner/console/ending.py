"""How a command ends: an error becomes one line and its exit code."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import typer

from keras_search.errors import KerasSearchError

INTERRUPTED = 130
"""The exit code that typer makes of Ctrl-C."""
DEBUG = "--debug"


def run(app: Callable[[], object]) -> NoReturn:
    """Run a command and end with its exit code; where `--debug` is among the arguments, errors are raised."""
    debug = DEBUG in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != DEBUG]  # a command of its own does not know it
    code = _code_of(app, debug)
    if "tensorflow" in sys.modules:
        _leave_at_once(code)
    sys.exit(code)


def _code_of(app: Callable[[], object], debug: bool) -> int:
    try:
        app()
    except KerasSearchError as error:
        if debug:
            raise
        details = getattr(error, "details", "")
        typer.echo(f"{details}{'' if error.exit_code == INTERRUPTED else 'Error: '}{error}", err=True)
        return error.exit_code
    except Exception as error:
        if debug:
            raise
        reason = " ".join(str(error).split())
        typer.echo(
            f"Error in keras-search itself: {type(error).__name__}: {reason}. See all of it: add {DEBUG}.", err=True
        )
        return 1
    except SystemExit as error:
        if error.code == INTERRUPTED:
            typer.echo("Stopped at once. What a study had committed is kept: keras-search list", err=True)
        if isinstance(error.code, str):
            typer.echo(error.code, err=True)
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return 0


def _leave_at_once(code: int) -> None:
    """End without taking TensorFlow apart, which takes a second; where output is stuck, the ordinary end says so."""
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
