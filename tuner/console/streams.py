"""Standard streams that survive being closed, a reader that leaves, and characters that the encoding lacks."""

import errno
import io
import os
import shutil
import sys
from contextlib import suppress

from keras_search.tuner.system.text import READABLE, visible

LEFT = {errno.EPIPE, errno.EIO, errno.EBADF, errno.ECONNRESET, errno.ENXIO}
"""The errors of writing when nobody reads any more: the pipe's reader has ended, the terminal was closed."""
LEAST_WIDTH = 20
"""A terminal that claims to be narrower is not believed."""


class LastingStream(io.TextIOWrapper):
    """A text stream over a file descriptor that goes on without a reader; `failure` is any error not in `LEFT`.

    Output that cannot be written is dropped, and so is all after it.
    """

    failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write the text if possible."""
        try:
            return super().write(text)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        """Write the buffer if possible."""
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        """Discard all further output, so that no later flush, including the interpreter's, fails again."""
        if error.errno not in LEFT:
            self.failure = error
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


def open_standard_streams() -> None:
    """Replace stdout and stderr by lasting streams, which write readably in any encoding.

    Descriptors 0, 1 and 2 that were closed are opened on the null device: otherwise a file that is opened later would
    take their place, and whatever a library prints would go into it.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
            os.set_inheritable(opened, True)
    sys.stdout, sys.stderr = lasting(1, encoding_of(sys.stdout)), lasting(2, encoding_of(sys.stderr))


def say(text: str, error: bool = False, end: str = "\n") -> None:
    """Print a text to stdout, or to stderr, with its control characters as escapes."""
    stream = sys.stderr if error else sys.stdout
    if stream is not None:
        stream.write(visible(text) + end)
        stream.flush()


def terminal_width(error: bool = False) -> int | None:
    """Return the characters of a line of the terminal that stdout, or stderr, is; None if it is none."""
    stream = sys.stderr if error else sys.stdout
    try:
        shown = stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return None
    return max(LEAST_WIDTH, shutil.get_terminal_size().columns) if shown else None


def lasting(descriptor: int, encoding: str) -> LastingStream:
    """Open a lasting stream over a descriptor, which stays open when the stream is closed."""
    raw = io.FileIO(descriptor, "w", closefd=False)
    return LastingStream(io.BufferedWriter(raw), encoding, READABLE, line_buffering=True)


def encoding_of(stream: object) -> str:
    """Return the encoding of a standard stream, UTF-8 if it is closed."""
    return getattr(stream, "encoding", None) or "utf-8"
