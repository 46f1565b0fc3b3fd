"""Make room for arrays: in memory, or for large ones in temporary files that are mapped into it."""

import errno
import math
import mmap
import os
import tempfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from keras_search.errors import KerasSearchError
from keras_search.tuner.system.memory import is_large, usable_memory

AFFORDED = 16
"""Without room on the disk, an array of this share of the memory is held in memory; there are some of its size."""
ON_DISK = "/var/tmp"
"""A folder for temporary files that is on a disk, where `/tmp` may be in memory."""


def empty(shape: Sequence[int], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return an array like `numpy.empty`; a large one is in a file, whose pages the system may write out and drop.

    The file has no name, so that nothing is left of it when the array is deleted or the process dies.

    Raises:
        KerasSearchError: there is no room for the file, nor for the array in memory.
    """
    type_ = np.dtype(dtype)
    nbytes = math.prod(shape) * type_.itemsize
    if type_.hasobject or not nbytes or not is_large(nbytes):
        return np.empty(shape, type_)
    try:
        with tempfile.TemporaryFile(dir=temporary_folder()) as file:
            _reserve(file.fileno(), nbytes)
            return np.ndarray(tuple(shape), type_, buffer=mmap.mmap(file.fileno(), nbytes))
    except OSError as error:
        if nbytes <= usable_memory() // AFFORDED:
            return np.empty(shape, type_)
        raise no_room(nbytes, error) from error


def no_room(nbytes: int, error: OSError) -> KerasSearchError:
    """Return the error for data that a temporary file cannot hold."""
    return KerasSearchError(
        f"{nbytes / 1e9:,.1f} GB of data, kept on the disk because the memory is small beside them, could not be "
        f"written to {temporary_folder()}: {error.strerror or error}. Free some space, or set TMPDIR to a folder with "
        "more."
    )


def temporary_folder() -> str:
    """Return where large arrays are kept: `TMPDIR` if it is set, else a folder on a disk."""
    if not os.environ.get("TMPDIR") and os.access(ON_DISK, os.W_OK):
        return ON_DISK
    return tempfile.gettempdir()


def _reserve(file: int, nbytes: int) -> None:
    """Take the room on the disk now: if it were missing later, the first use of a page would end the process.

    Raises:
        OSError: there is no such room.
    """
    state = os.fstatvfs(file)
    if nbytes > state.f_bavail * state.f_frsize:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, nbytes)
    else:
        os.truncate(file, nbytes)
