"""The memory that this process may use, and what is large beside it."""

import os
import resource
from collections.abc import Iterator
from functools import cache
from pathlib import Path

LARGE = 2**28
"""Bytes; arrays of less are small on a machine with 4 GB or more: 60,000 images of MNIST take 188 MB."""
SHARE = 16
"""On a smaller machine, what is less than this share of its memory is small: it may be copied a few times."""
READABLE_SHARE = 4
"""What is more than this share of the memory is not read in random order: little of it stays in the system's cache."""
OVERRIDE = "KERAS_SEARCH_LARGE_BYTES"
"""The environment variable by which a test makes small arrays count as large."""
CGROUPS = Path("/sys/fs/cgroup")
LIMITS = ("memory.max", "memory.limit_in_bytes")
"""The files with the limit of a control group, in the second and the first version."""


def is_large(nbytes: int) -> bool:
    """Return whether so many bytes should be kept in a file, or read in pieces, rather than held in memory.

    That does not depend on what is free just now, and every worker may hold a few times as much as is small.
    """
    return nbytes >= large_bytes()


def exceeds_memory(nbytes: int) -> bool:
    """Return whether so many bytes are too many to be read from a file in random order."""
    return nbytes >= (large_bytes() if OVERRIDE in os.environ else usable_memory() // READABLE_SHARE)


def large_bytes() -> int:
    """Return the size in bytes from which on arrays are large."""
    given = os.environ.get(OVERRIDE)
    return int(given) if given else large_beside(usable_memory())


def large_beside(memory: int) -> int:
    """Return the size from which on arrays are large beside a memory, in bytes."""
    return min(LARGE, memory // SHARE)


@cache
def usable_memory() -> int:
    """Return the bytes of memory that this process may use: the machine's, or less by a control group or `ulimit`."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    return min([machine, *([limit] if limit != resource.RLIM_INFINITY else []), *_group_limits(CGROUPS)])


def _group_limits(root: Path) -> Iterator[int]:
    """Read the limits of this process's control groups and of those above; in a container they are at the root."""
    try:
        groups = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return
    for _, controllers, path in groups:
        tree = root / "memory" if controllers else root
        if controllers and "memory" not in controllers.split(","):
            continue
        inside = Path(path.strip("/"))
        for group in (tree / inside, *(tree / parent for parent in inside.parents)):
            for name in LIMITS:
                found = _number(group / name)
                if found is not None:
                    yield found


def _number(file: Path) -> int | None:
    """Read a limit; None if there is none, or no such file."""
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # "max"
        return None
