"""Read and check the arrays of a data set, each mistake answered with one clear line."""

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.errors import UsageError

Array = NDArray[Any]
Labels = NDArray[np.int64]

NAMES = ("x_train", "y_train", "x_test", "y_test")


def read_npz(path: Path) -> dict[str, Array]:
    """Read the arrays of a data set from an `.npz`, `class_names` with them if there, and never a pickle.

    Raises:
        UsageError: no such file, or it is not what it must be.
    """
    _check_file(path)
    try:
        with np.load(path, allow_pickle=False) as archive:
            found = list(archive.files)
            wanted = [name for name in (*NAMES, "class_names") if name in found]
            arrays = {name: np.asarray(archive[name]) for name in wanted}
    except Exception as error:  # zipfile, zlib, lzma and numpy each have their own ways to find damage
        raise UsageError(
            f"{path} must hold plain, undamaged arrays: {reason(error)}. Write it again with numpy.savez."
        ) from error
    missing = [name for name in NAMES if name not in arrays]
    if missing:
        raise UsageError(
            f"{path} must hold the arrays {', '.join(NAMES)}; it holds {', '.join(found) or 'none'}. "
            f"Add {', '.join(missing)} with numpy.savez."
        )
    return arrays


def checked_arrays(arrays: Mapping[str, Array], source: str) -> dict[str, Array]:
    """Return the four arrays of a data set, checked, labels as int64 of shape `(n,)`.

    `arrays` holds `x_train`, `y_train`, `x_test` and `y_test`; `source` names the data set in errors.

    Raises:
        UsageError: the first thing that is wrong, with what was expected and received.
    """
    checked: dict[str, Array] = {}
    for part in ("train", "test"):
        x, y = f"x_{part}", f"y_{part}"
        checked[x] = _images(arrays[x], f"{x} of {source}")
        checked[y] = _labels(arrays[y], f"{y} of {source}")
        _check_lengths(checked[x], checked[y], part, source)
    _check_image_shapes(checked["x_train"], checked["x_test"], source)
    _check_range(checked["x_train"], source)
    _check_classes(checked["y_train"], checked["y_test"], source)
    return checked


def checked_class_names(names: Array | None, classes: int, source: str) -> tuple[str, ...]:
    """Return a name for each class: those given, or "0", "1", and so on.

    Raises:
        UsageError: `names` is not one different, non-empty text a class.
    """
    if names is None:
        return tuple(str(label) for label in range(classes))
    if names.dtype.kind != "U" or names.shape != (classes,):
        raise UsageError(
            f"class_names of {source} must be text of shape ({classes},), a name for each class, "
            f"received {names.dtype} of shape {names.shape}."
        )
    given = tuple(str(name) for name in names)
    if len(set(given)) < classes or not all(name.strip() for name in given):
        received = ", ".join(map(repr, given))
        raise UsageError(f"class_names of {source} must be different and not empty, received {received}.")
    return given


def _images(x: Array, what: str) -> Array:
    """Return images `(n, ...)` as a contiguous array of real numbers in this machine's byte order."""
    if x.dtype.kind not in "buif":
        raise UsageError(f"{what} must be numbers, received {x.dtype}. Save the pixels as uint8 or float32.")
    if x.ndim < 2 or 0 in x.shape:
        raise UsageError(
            f"{what} must be images, shape (n, height, width) or (n, height, width, channels), received {x.shape}."
        )
    bad = x.size - np.count_nonzero(np.isfinite(x)) if x.dtype.kind == "f" else 0
    if bad:
        raise UsageError(
            f"{what} must be finite numbers, {bad} of its {x.size} pixels are NaN or infinite. "
            "Repair or drop those images."
        )
    dtype = np.dtype(np.uint8) if x.dtype.kind == "b" else x.dtype.newbyteorder("=")
    return np.ascontiguousarray(x, dtype=dtype)


def _labels(y: Array, what: str) -> Labels:
    """Return labels `(n,)` as int64, from `(n,)` or `(n, 1)` whole numbers of any type."""
    if y.dtype.kind not in "buif":
        raise UsageError(
            f"{what} must be whole numbers, received {y.dtype}. "
            "Number the classes: class_names, y = numpy.unique(labels, return_inverse=True)."
        )
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        hint = " For one-hot labels, save numpy.argmax(y, axis=1)." if y.ndim == 2 else ""
        raise UsageError(f"{what} must be one label an image, shape (n,) or (n, 1), received {y.shape}.{hint}")
    if len(broken := np.flatnonzero(~np.isfinite(y) | (y != np.floor(y)))):
        raise UsageError(f"{what} must be whole numbers, received {y[broken[0]]} at index {broken[0]}.")
    if len(y) and y.min() < 0:
        raise UsageError(
            f"{what} must be 0 or more, received {int(y.min())} at index {int(y.argmin())}. "
            "Drop the images without a label, or number the classes from 0."
        )
    return y.astype(np.int64)


def _check_lengths(x: Array, y: Array, part: str, source: str) -> None:
    if len(x) != len(y):
        raise UsageError(
            f"x_{part} and y_{part} of {source} must have the same length, "
            f"received {len(x)} images and {len(y)} labels."
        )


def _check_image_shapes(x_train: Array, x_test: Array, source: str) -> None:
    if x_train.shape[1:] != x_test.shape[1:]:
        raise UsageError(
            f"x_train and x_test of {source} must hold images of one shape, "
            f"received {x_train.shape[1:]} and {x_test.shape[1:]}."
        )


def _check_range(x_train: Array, source: str) -> None:
    """Check that the pixels can be scaled to 0-1 by their range."""
    low, high = float(x_train.min()), float(x_train.max())
    if low == high:
        raise UsageError(
            f"x_train of {source} must hold different pixels, every one is {low:g}. Check how the file was written."
        )
    if high - low > float(np.finfo(np.float32).max):
        raise UsageError(f"x_train of {source} must span a range that fits float32, received {low:g} to {high:g}.")


def _check_classes(y_train: Labels, y_test: Labels, source: str) -> None:
    """Check that the training labels are 0 to k-1 without a gap, k > 1, and the test labels among them."""
    present = np.unique(y_train)
    last = int(present[-1])
    gaps = np.flatnonzero(present != np.arange(len(present)))
    if len(gaps):
        raise UsageError(
            f"y_train of {source} must hold every class from 0 to {last}, class {gaps[0]} has no example. "
            "Number the classes without a gap: numpy.unique(labels, return_inverse=True)."
        )
    if last == 0:
        raise UsageError(f"y_train of {source} must hold at least 2 classes, received only class 0.")
    if y_test.max() > last:
        raise UsageError(
            f"y_test of {source} must hold only classes of y_train, 0 to {last}, "
            f"received {int(y_test.max())} at index {int(y_test.argmax())}."
        )


def _check_file(path: Path) -> None:
    """Check that there is a zip file, before numpy takes whatever else it may be for a pickle."""
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


def reason(error: Exception) -> str:
    """Say on one line what went wrong, without a full stop."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()).rstrip(".") or type(error).__name__
