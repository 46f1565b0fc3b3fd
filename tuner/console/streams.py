"""Standard streams that last: closed ones, a reader that leaves, and characters that an encoding lacks end nothing."""

import errno
import io
import os
import sys
from contextlib import suppress

from keras_search.tuner.system.text import READABLE, visible

LEFT = {errno.EPIPE, errno.EIO, errno.EBADF, errno.ECONNRESET, errno.ENXIO}
"""What writing fails with where nobody reads any more: a pipe's reader has ended, a terminal was closed."""


class LastingStream(io.TextIOWrapper):
    """A text stream over a file descriptor that goes on without a reader; `failure` is why, where that is odd.

    What cannot be written is dropped, and all after it.
    """

    failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write what can be written."""
        try:
            return super().write(text)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        """Write what waits, if it can be written."""
        try:
            super().flush()
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        """Send all further output nowhere, so that no later flush, that of the interpreter included, fails again."""
        if error.errno not in LEFT:
            self.failure = error
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


def open_standard_streams() -> None:
    """Put lasting streams in the place of stdout and stderr, which write readably in any encoding.

    Descriptors 0, 1 and 2 that were closed lead nowhere afterwards: a file that is opened later would take their
    place, and whatever a library prints would go into it.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
            os.set_inheritable(opened, True)
    sys.stdout, sys.stderr = lasting(1, encoding_of(sys.stdout)), lasting(2, encoding_of(sys.stderr))


def say(text: str, error: bool = False, end: str = "\n") -> None:
    """Print a text to stdout, or to stderr, with its control characters as escapes."""
    stream = sys.stderr if error else sys.stdout
    if stream is not None:
        stream.write(visible(text) + end)
        stream.flush()


def lasting(descriptor: int, encoding: str) -> LastingStream:
    """Open a lasting stream over a descriptor, which stays open when the stream is closed."""
    raw = io.FileIO(descriptor, "w", closefd=False)
    return LastingStream(io.BufferedWriter(raw), encoding, READABLE, line_buffering=True)


def encoding_of(stream: object) -> str:
    """Return the encoding of a standard stream, which a closed one has not."""
    return getattr(stream, "encoding", None) or "utf-8"
