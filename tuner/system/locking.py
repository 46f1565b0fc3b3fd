"""Let only one process at a time write a shared place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from keras_search.errors import KerasSearchError

LONGEST = 600.0
"""Seconds to wait for another process."""


@contextmanager
def alone_with(target: Path, longest: float = LONGEST) -> Iterator[None]:
    """Hold `.NAME.lock` beside `target`, waiting for others; the system releases it when the process dies.

    Raises:
        KerasSearchError: another process holds it for longer than `longest` seconds.
        OSError: the folder is missing, or cannot be written to.
    """
    with os.scandir(target.parent):  # FileLock would create a missing folder
        pass
    lock = FileLock(target.with_name(f".{target.name}.lock"))
    try:
        lock.acquire(timeout=longest)
    except Timeout:
        raise KerasSearchError(
            f"Another process has been writing {target} for {longest:g} seconds: wait for it or end it, and try again."
        ) from None
    try:
        yield
    finally:
        with suppress(OSError):  # some systems cannot delete an open file; an empty one does no harm
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
