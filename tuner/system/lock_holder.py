"""Find out which process holds a lock file, without trying to take it, which could make another's attempt fail."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

LOCKS = Path("/proc/locks")
"""Linux's list of the locks that processes hold (proc_locks(5))."""
UNKNOWN = 0
"""Stands for a process that cannot be named."""


def holder_of(path: Path) -> int | None:
    """Return the process that holds the lock of a file; `UNKNOWN` if it cannot be named, None if there is none."""
    try:
        file = path.stat()
    except OSError:
        return None
    if not LOCKS.exists():
        return UNKNOWN if _held(path) else None
    device = f"{os.major(file.st_dev):02x}:{os.minor(file.st_dev):02x}"
    for process, place, number in _locks():
        # Some file systems (overlay, btrfs) name another device there than `stat` does.
        if number == file.st_ino and (place == device or _has_open(process, file)):
            return process
    return None


def _locks() -> Iterator[tuple[int, str, int]]:
    """List the locks that are held: the process, the device and the number of the file."""
    for line in LOCKS.read_text(encoding="ascii").splitlines():
        parts = line.split()
        if len(parts) >= 8 and parts[1] == "FLOCK":  # one that waits has an arrow there
            device, _, number = parts[5].rpartition(":")
            yield max(int(parts[4]), UNKNOWN), device, int(number)


def _has_open(process: int, file: os.stat_result) -> bool:
    with suppress(OSError):
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                if os.path.samestat(descriptor.stat(), file):
                    return True
    return False


def _held(path: Path) -> bool:
    """Try the lock, for a moment and shared, where the system does not list them."""
    if sys.platform == "win32":
        return False
    import fcntl

    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
