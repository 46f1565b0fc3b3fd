"""Read the arrays of an `.npz` file, with one clear line for each mistake."""

import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data.arrays import NAMES, WEIGHTS, reason
from keras_search.tuner.data.tree import Array
from keras_search.tuner.system.memory import is_large
from keras_search.tuner.system.scratch import empty

READ = 2**24
"""Bytes that are unpacked at once."""
NEEDED = ("x_train", "y_train", "x_test", "y_test")


def read_npz(path: Path) -> dict[str, Array]:
    """Read the arrays of a data set from an `.npz`, and `class_names` if present, but never a pickle.

    `x_val` and `y_val` are the user's own validation set; `sample_weight`, `sample_weight_val` and
    `sample_weight_test` weight the examples.

    Raises:
        UsageError: no such file, or it is not valid.
    """
    arrays, found = _arrays(path, (*NAMES, *WEIGHTS, "class_names"))
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise UsageError(
            f"{path} must hold the arrays {', '.join(NEEDED)}; it holds {', '.join(found) or 'none'}. "
            f"Add {', '.join(missing)} with numpy.savez."
        )
    return arrays


def read_validation(path: Path) -> dict[str, Array]:
    """Read `x_val` and `y_val` from an `.npz` of a validation set alone, where they may also be named `x` and `y`.

    Raises:
        UsageError: no such file, or it is not valid.
    """
    arrays, found = _arrays(path, ("x_val", "y_val", "x", "y", "sample_weight_val"))
    given = {f"{side}_val": arrays.get(f"{side}_val", arrays.get(side)) for side in "xy"}
    known = {name: array for name, array in given.items() if array is not None}
    if len(known) < len(given):
        raise UsageError(
            f"--validation {path} must hold the arrays x_val and y_val; it holds {', '.join(found) or 'none'}."
        )
    return known | {name: arrays[name] for name in ("sample_weight_val",) if name in arrays}


def _arrays(path: Path, names: Sequence[str]) -> tuple[dict[str, Array], list[str]]:
    """Read those of the named arrays that exist, and list the names of all."""
    _check_file(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            found = list(archive.files)
            return {name: _array(archive, name) for name in names if name in found}, found
    except KerasSearchError:
        raise
    except Exception as error:  # zipfile, zlib, lzma and numpy each raise their own errors for damage
        raise UsageError(
            f"{path} must hold plain, undamaged arrays: {reason(error)}. Write it again with numpy.savez."
        ) from error


def _array(archive: Any, name: str) -> Array:
    """Read one array; a large one in pieces into a temporary file.

    It is not mapped where it lies: NumPy writes it at any offset, where its numbers are not aligned, and a file that is
    written again meanwhile would end the process.
    """
    member = f"{name}.npy"
    if member not in archive.zip.namelist() or not is_large(archive.zip.getinfo(member).file_size):
        return np.asarray(archive[name])
    with archive.zip.open(member) as file:
        version = npy.read_magic(file)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, by_columns, dtype = header(file)
        if dtype.hasobject or version not in ((1, 0), (2, 0)):
            return np.asarray(archive[name])
        found = empty(shape[::-1] if by_columns else shape, dtype)
        flat = found.reshape(-1).view(np.uint8).data
        for start in range(0, len(flat), READ):
            wanted = flat[start : start + READ]
            content = file.read(len(wanted))
            if len(content) < len(wanted):
                raise ValueError(f"{member} ends early")
            wanted[:] = content
        if file.read(1):
            raise ValueError(f"{member} is longer than its header says")
    return found.T if by_columns else found


def _check_file(path: Path) -> None:
    """Check that it is a zip file, because numpy would take anything else for a pickle."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder, expected an .npz file. Pack the arrays with numpy.savez.")
    if not path.is_file():
        raise UsageError(f"No file {path}. Check the path of the .npz file, or use --dataset digits.")
    try:
        with path.open("rb") as file:
            problem = "" if zipfile.is_zipfile(file) else "is not an .npz file"
            problem = problem if file.seek(0, os.SEEK_END) else "is empty"
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {reason(error)}. Check its permissions.") from error
    if problem:
        raise UsageError(f"{path} {problem}. Write it with numpy.savez.")
