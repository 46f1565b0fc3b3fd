"""Read and check the arrays of a data set, each mistake answered with one clear line."""

import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from keras_search.errors import UsageError
from keras_search.tuner.data.names import check_names
from keras_search.tuner.data.source import Task
from keras_search.tuner.data.tree import Array, Labels, Tree, leaves

MOST_CLASSES = 20
"""Other whole numbers to predict than 0 to k-1 may be classes where there are at most so many different ones."""
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


def checked_arrays(arrays: Mapping[str, Tree], source: str, task: Task | None = None) -> dict[str, Tree]:
    """Return the arrays of a data set, checked: labels as int64 `(n,)`, values to predict as float32 `(n, width)`.

    `arrays` holds `x_train`, `y_train` and, unless a test split is still to be set aside, `x_test` and `y_test`;
    `source` names the data set in errors. Numbers to predict that are 0 to k-1 without a gap are labels of classes,
    others are values; but at most 20 different whole numbers must be labels. `task` decides otherwise.

    Raises:
        UsageError: the first thing that is wrong, with what was expected and received.
    """
    check_names(arrays["x_train"], arrays["y_train"], source)
    parts = [part for part in ("train", "test") if f"x_{part}" in arrays]
    checked: dict[str, Tree] = {}
    for part in parts:
        x, y = f"x_{part}", f"y_{part}"
        checked[x] = _each(_inputs, arrays[x], f"{x}{{}} of {source}")
        kinds = {name: _says_values(labels, task) for name, labels in leaves(arrays["y_train"]).items()}
        checked[y] = _outputs(arrays[y], kinds, f"{y}{{}} of {source}")
        _check_lengths(checked[x], checked[y], part, source)
    if parts == ["train", "test"]:
        _check_same(checked, source)
    if not isinstance(checked["x_train"], dict):
        _check_range(checked["x_train"], source)
    for name, values in kinds.items():
        if not values:
            _check_classes(name, checked, source)
    return checked


def _each(check: Callable[[Array, str], Array], tree: Tree, what: str) -> Tree:
    """Check each array; `what` has a place for its name."""
    if isinstance(tree, dict):
        return {name: check(array, what.format(f"[{name!r}]")) for name, array in tree.items()}
    return check(tree, what.format(""))


def _outputs(tree: Tree, kinds: Mapping[str, bool], what: str) -> Tree:
    """Check what is to be predicted, values where `kinds` says so."""
    if isinstance(tree, dict):
        names = {name: what.format(f"[{name!r}]") for name in tree}
        return {name: (_values if kinds.get(name) else _labels)(y, names[name]) for name, y in tree.items()}
    return (_values if kinds.get("") else _labels)(tree, what.format(""))


def _says_values(y: Array, task: Task | None) -> bool:
    """Whether numbers to predict are values rather than labels of classes."""
    if task is not None:
        return task == "regression"
    if y.dtype.kind not in "uif" or y.ndim == 0 or _is_one_hot(y) or (y.ndim == 2 and y.shape[1] > 1 and not y.size):
        return False
    present = np.unique(y[np.isfinite(y)])
    if np.array_equal(present, np.arange(len(present))):
        return False
    return y.dtype.kind == "f" or len(present) > MOST_CLASSES


def _is_one_hot(y: Array) -> bool:
    return y.ndim == 2 and y.shape[1] > 1 and bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())


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


def _inputs(x: Array, what: str) -> Array:
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


def _values(y: Array, what: str) -> Array:
    """Return values to predict as float32 `(n, width)`, from `(n,)` or `(n, width)`."""
    if y.dtype.kind not in "buif":
        raise UsageError(f"{what} must be numbers, received {y.dtype}.")
    if y.ndim not in (1, 2) or 0 in y.shape[1:]:
        raise UsageError(f"{what} must be values of shape (n,) or (n, width), received {y.shape}.")
    if len(broken := np.flatnonzero(~np.isfinite(y.reshape(len(y), -1)).all(axis=1))):
        raise UsageError(f"{what} must be finite numbers, received {y[broken[0]]} at index {broken[0]}.")
    return y.reshape(len(y), -1).astype(np.float32)


def _check_lengths(x: Tree, y: Tree, part: str, source: str) -> None:
    lengths = [(name or side, len(a)) for side, tree in (("x", x), ("y", y)) for name, a in leaves(tree).items()]
    if len({length for _, length in lengths}) > 1:
        if isinstance(x, dict) or isinstance(y, dict):
            found = ", ".join(f"{name} {length}" for name, length in lengths)
            training = "training" if part == "train" else part
            raise UsageError(f"The arrays of the {training} part of {source} must have one length, received {found}.")
        raise UsageError(
            f"x_{part} and y_{part} of {source} must have the same length, "
            f"received {len(x)} examples and {len(y)} labels."
        )


def _check_same(checked: Mapping[str, Tree], source: str) -> None:
    """Check that training and test split hold the same inputs and outputs."""
    for side in "xy":
        train, test = leaves(checked[f"{side}_train"]), leaves(checked[f"{side}_test"])
        if train.keys() != test.keys():
            raise UsageError(
                f"{side}_train and {side}_test of {source} must have the same names, received "
                f"{sorted(train)} and {sorted(test)}."
            )
        for name, array in train.items():
            _check_shapes(array, test[name], f"[{name!r}]" if name else "", side, source)


def _check_shapes(train: Array, test: Array, name: str, side: str, source: str) -> None:
    if train.shape[1:] != test.shape[1:]:
        what = "images" if side == "x" else "values"
        raise UsageError(
            f"{side}_train{name} and {side}_test{name} of {source} must hold {what} of one shape, "
            f"received {train.shape[1:]} and {test.shape[1:]}."
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


def _check_classes(name: str, checked: Mapping[str, Tree], source: str) -> None:
    """Check that the training labels are 0 to k-1 without a gap, k > 1, and the test labels among them."""
    what = f"[{name!r}]" if name else ""
    train, test = leaves(checked["y_train"])[name], leaves(checked.get("y_test", {})).get(name)
    present = np.unique(train)
    last = int(present[-1])
    gaps = np.flatnonzero(present != np.arange(len(present)))
    if len(gaps):
        raise UsageError(
            f"y_train{what} of {source} must hold every class from 0 to {last}, class {gaps[0]} has no example. "
            "Number the classes without a gap: numpy.unique(labels, return_inverse=True); or, if they are values to "
            "predict: --task regression."
        )
    if last == 0:
        raise UsageError(f"y_train{what} of {source} must hold at least 2 classes, received only class 0.")
    if test is not None and test.max() > last:
        raise UsageError(
            f"y_test{what} of {source} must hold only classes of y_train, 0 to {last}, "
            f"received {int(test.max())} at index {int(test.argmax())}."
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
