"""Keep what TensorFlow's and LiteRT's native code print about themselves out of the terminal."""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Send the process's standard error elsewhere, native code's too, and hold back Python's warnings.

    What goes wrong inside is told by exceptions, and by the certificate that follows.
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
