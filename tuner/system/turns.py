"""Let one process make what all need, while the others wait for it instead of making it too."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

LONGEST = 120.0
"""Seconds to wait for another process; after that, or where no lock can be made, each makes its own."""


class Turn:
    """A turn that one process has at a time, of those that share the file `place`; it ends with the process.

    A process that has it may take it again, and leaves it as often.
    """

    def __init__(self, place: Path) -> None:
        self._place = place

    def take(self) -> bool:
        """Wait until no other process has the turn; return whether it was taken, and so must be left."""
        with suppress(OSError, Timeout):
            _lock_of(self._place, os.getpid()).acquire(timeout=LONGEST)
            return True
        return False

    def leave(self) -> None:
        """Leave the turn to others."""
        _lock_of(self._place, os.getpid()).release()


@cache
def _lock_of(place: Path, process: int) -> FileLock:  # noqa: ARG001 - a forked process needs a lock of its own
    """Return the one lock of a process for a file: a second one would wait for the first."""
    return FileLock(place)
