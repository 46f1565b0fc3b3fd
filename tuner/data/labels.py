"""The labels: distinguish classes, values and other targets, and check them."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from keras_search.errors import UsageError
from keras_search.tuner.data.pieces import all_of, converted
from keras_search.tuner.data.source import Task
from keras_search.tuner.data.tree import Array, Labels, Tree, leaves

Kind = Literal["classes", "values", "other"]
"""`classes`: a class for each example. `values`: a row of numbers for each. `other`: all else, such as images."""

MOST_CLASSES = 20
"""Whole numbers other than 0 to k-1 may be classes if there are at most this many different ones."""


def kind_of_labels(y: Array, task: Task | None = None) -> Kind:
    """Decide the kind of labels `(n, ...)`.

    Numbers `(n,)` or `(n, 1)` that are 0 to k-1 without a gap name classes, other numbers are values; but at most
    `MOST_CLASSES` different whole numbers must name classes. One-hot rows name classes; other rows of 0 and 1 only,
    several classes at once, and arrays of more axes are neither. `task` decides if numbers may be both.
    """
    if y.dtype.kind not in "buif":
        return "values" if task == "regression" else "classes"
    if y.ndim > 2:
        return "other"
    if is_one_hot(y):
        return "classes"
    if y.ndim == 2 and y.shape[1] > 1:
        return "other" if y.size and task != "regression" and all_of(_is_bit, y) else "values"
    if task is not None:
        return "values" if task == "regression" else "classes"
    if y.dtype.kind not in "uif" or y.ndim == 0:
        return "classes"
    present = np.unique(y[np.isfinite(y)])
    if np.array_equal(present, np.arange(len(present))):
        return "classes"
    return "values" if y.dtype.kind == "f" or len(present) > MOST_CLASSES else "classes"


def is_one_hot(y: Array) -> bool:
    """Return whether labels are rows `(n, classes)` of zeros with a single one."""
    return y.ndim == 2 and y.shape[1] > 1 and all_of(_is_bit, y) and bool((y.sum(axis=1) == 1).all())


def answers(y: Array, kind: Kind, what: str) -> Array:
    """Return the truth for an output: int64 `(n,)` for classes, float32 `(n, width)` for values, others as they are.

    Raises:
        UsageError: the labels are not of the `kind`; `what` names them.
    """
    if kind == "other":
        return _finite(y, what)
    return _values(y, what) if kind == "values" else _classes(y, what)


def check_classes(name: str, checked: Mapping[str, Tree], source: str) -> None:
    """Check that the training labels are 0 to k-1 without a gap, k > 1, and those of the other parts among them.

    Raises:
        UsageError: they are not.
    """
    what = f"[{name!r}]" if name else ""
    train = leaves(checked["y_train"])[name]
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
    for part in ("val", "test"):
        other = leaves(checked.get(f"y_{part}", {})).get(name)
        if other is not None and len(other) and other.max() > last:
            raise UsageError(
                f"y_{part}{what} of {source} must hold only classes of y_train, 0 to {last}, "
                f"received {int(other.max())} at index {int(other.argmax())}."
            )


def checked_class_names(names: Array | None, classes: int, source: str) -> tuple[str, ...]:
    """Return a name for each class: those given, or "0", "1", and so on.

    Raises:
        UsageError: `names` is not a different, non-empty text for each class.
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


def _classes(y: Array, what: str) -> Labels:
    """Return labels `(n,)` as int64, from whole numbers `(n,)` or `(n, 1)` of any type, or from one-hot rows."""
    if y.dtype.kind not in "buif":
        raise UsageError(
            f"{what} must be whole numbers, received {y.dtype}. "
            "Number the classes: class_names, y = numpy.unique(labels, return_inverse=True)."
        )
    if is_one_hot(y):
        places: Labels = y.argmax(axis=1).astype(np.int64)
        return places
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise UsageError(f"{what} must be one label per example, shape (n,), (n, 1) or one-hot, received {y.shape}.")
    if len(broken := np.flatnonzero(~np.isfinite(y) | (y != np.floor(y)))):
        raise UsageError(f"{what} must be whole numbers, received {y[broken[0]]} at index {broken[0]}.")
    if set(np.unique(y).tolist()) == {-1, 1}:
        raise UsageError(
            f"{what} holds -1 and 1: number the classes 0 and 1, which Keras' hinge losses accept as well."
        )
    if len(y) and y.min() < 0:
        raise UsageError(
            f"{what} must be 0 or more, received {int(y.min())} at index {int(y.argmin())}. "
            "Drop the examples without a label, or number the classes from 0."
        )
    return y.astype(np.int64)


def _values(y: Array, what: str) -> Array:
    """Return values to predict as float32 `(n, width)`, from `(n,)` or `(n, width)`."""
    if y.dtype.kind not in "buif":
        raise UsageError(f"{what} must be numbers, received {y.dtype}.")
    if y.ndim not in (1, 2) or 0 in y.shape[1:]:
        raise UsageError(f"{what} must be values of shape (n,) or (n, width), received {y.shape}.")
    return converted(lambda part: part.reshape(len(part), -1).astype(np.float32), _finite(y, what))


def _finite(y: Array, what: str) -> Array:
    if len(broken := np.flatnonzero(~converted(_are_finite, y))):
        raise UsageError(f"{what} must be finite numbers, received {y[broken[0]].ravel()[0]} at index {broken[0]}.")
    return y


def _are_finite(y: Array) -> Array:
    finite: Array = np.asarray(np.isfinite(y.reshape(len(y), -1)).all(axis=1))
    return finite


def _is_bit(y: Array) -> Array:
    bits: Array = np.logical_or(y == 0, y == 1)
    return bits
