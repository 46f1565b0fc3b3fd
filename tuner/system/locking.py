"""Let one process at a time write what several may want to write."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from keras_search.errors import KerasSearchError

LONGEST = 600.0
"""Seconds to wait for another process."""


@contextmanager
def alone_with(target: Path, longest: float = LONGEST) -> Iterator[None]:
    """Hold `.NAME.lock` beside `target`, after whoever has it; the system takes it back from a process that dies.

    Raises:
        KerasSearchError: another process has it for longer than `longest` seconds.
        OSError: the folder cannot be written to.
    """
    lock = FileLock(target.with_name(f".{target.name}.lock"))
    try:
        lock.acquire(timeout=longest)
    except Timeout:
        raise KerasSearchError(
            f"Another process is writing {target}, for {longest:g} seconds now: wait for it or end it, and try again."
        ) from None
    try:
        yield
    finally:
        with suppress(OSError):  # some systems delete no open file; an empty one is in nobody's way
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
