"""Keep the messages of TensorFlow's and LiteRT's native code out of the terminal."""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Redirect the process's standard error, including native code's, and suppress Python's warnings.

    Errors inside are raised as exceptions, and the certificate that follows finds the rest.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as elsewhere, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.dup2(elsewhere.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
