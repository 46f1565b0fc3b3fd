"""Let only one process at a time write a shared place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from keras_search.errors import KerasSearchError

_LOCKS = Path("/proc/locks")
"""Where Linux lists the locks of all files."""
LONGEST = 600.0
"""Seconds to wait for another process."""


def holder_of(path: Path) -> int | None:
    """Return the process that holds the lock of a file, without touching it; None if nobody does.

    Where the system does not list its locks, the lock is tried, and the process is 0.
    """
    try:
        found = path.stat()
        held = _LOCKS.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return _holder_by_trying(path) if path.exists() else None
    except OSError:
        return None
    device = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}"
    for line in held:  # such as "1: FLOCK  ADVISORY  WRITE 15861 fe:00:3539972 0 EOF"
        fields = line.split()
        if len(fields) > 5 and fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(found.st_ino):
            process = int(fields[4])
            if fields[5].startswith(device) or _has_open(process, path):
                return max(process, 0)
    return None


def _has_open(process: int, path: Path) -> bool:
    """Return whether a process has a file open: on layered disks the system lists another device than that of files."""
    with suppress(OSError):
        return any(each.samefile(path) for each in Path(f"/proc/{process}/fd").iterdir() if each.exists())
    return False


def _holder_by_trying(path: Path) -> int | None:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return 0
    except OSError:
        return None
    lock.release()
    return None


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
