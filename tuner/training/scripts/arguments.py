"""The arguments of `model.fit`, as a script passes them to `search`, and those that compiled epochs can use."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np

from keras_search.tuner.data.passed import mapped_arguments
from keras_search.tuner.data.tree import Array, Examples, Tree, fit_types, leaves, size, take
from keras_search.tuner.study.settings import DEFAULT_BATCH_SIZE

FIT_NAMES = (
    "x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data", "shuffle",
    "class_weight", "sample_weight", "initial_epoch", "steps_per_epoch", "validation_steps", "validation_batch_size",
    "validation_freq",
)  # fmt: skip
"""The arguments of `model.fit` in their order."""
OF_FIT_ALONE = ("steps_per_epoch", "validation_steps", "validation_batch_size", "validation_freq")
"""Those with which only `model.fit` can train an epoch."""
SIDES = ("x", "y", "sample_weight")


class OtherDataError(Exception):
    """Raised with one line on why only `model.fit` can train on the data."""


@dataclass(frozen=True, eq=False)
class WholeArrays:
    """The data of a compiled epoch, to train and to validate on: `shuffle` draws an order for each epoch."""

    fit: Examples
    validation: Examples
    batch_size: int
    shuffle: bool


def named(arguments: tuple[tuple[Any, ...], Mapping[str, Any]]) -> dict[str, Any]:
    """Return the arguments of a call of `model.fit` by name."""
    args, kwargs = arguments
    return {**dict(zip(FIT_NAMES, args, strict=False)), **kwargs}


def whole_arrays(given: Mapping[str, Any], model: keras.Model) -> WholeArrays:
    """Return what a compiled epoch uses of the arguments `given` by name.

    Raises:
        OtherDataError: only `model.fit` itself can train on them.
    """
    for name in OF_FIT_ALONE:
        if given.get(name) not in (None, 1 if name == "validation_freq" else None):
            raise OtherDataError(f"{name} is given")
    if given.get("shuffle", True) not in (True, False):
        raise OtherDataError(f"shuffle is {given['shuffle']!r}")
    fit, validation = split(given)
    batch_size = given.get("batch_size") or DEFAULT_BATCH_SIZE
    return WholeArrays(
        _examples(fit, model), _examples(validation, model), int(batch_size), bool(given.get("shuffle", True))
    )


def split(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return x, y and weights to train on, and those to validate on: the last rows for `validation_split`, as in Keras.

    Raises:
        OtherDataError: there are none to validate on, or they are not arrays.
    """
    fit = {side: given.get(side) for side in SIDES}
    weights = given.get("class_weight")
    if given.get("validation_data") is not None:
        held_out = given["validation_data"]
        if not isinstance(held_out, tuple | list) or len(held_out) not in (2, 3):
            raise OtherDataError("validation_data is not a pair of arrays")
        validation = dict(zip(SIDES, (*held_out, None), strict=False))
    elif given.get("validation_split"):
        fit, validation = _last_rows(fit, float(given["validation_split"]))
    else:
        raise OtherDataError("there is nothing to validate on")
    if weights is not None:
        if fit["sample_weight"] is not None:
            raise OtherDataError("class_weight and sample_weight are both given")
        fit["sample_weight"] = _weights_of_classes(fit["y"], weights)
    return fit, validation


def _last_rows(fit: dict[str, Any], share: float) -> tuple[dict[str, Any], dict[str, Any]]:
    count, *_ = [_count(tree) for tree in fit.values() if tree is not None]
    cut = math.floor(count * (1.0 - share))
    if not 0 < cut < count:
        raise OtherDataError(f"validation_split={share} leaves nothing on one side")
    parts = ({side: _rows(tree, rows) for side, tree in fit.items()} for rows in (slice(cut), slice(cut, count)))
    first, last = parts
    return first, last


def _rows(tree: Any, rows: slice) -> Any:
    if tree is None:
        return None
    return keras.tree.map_structure(lambda array: array[rows], tree)


def _count(tree: Any) -> int:
    flat = keras.tree.flatten(tree)
    if not flat or not all(isinstance(array, np.ndarray) and array.ndim for array in flat):
        raise OtherDataError("the data are not arrays")
    return len(flat[0])


def _weights_of_classes(y: Any, weights: Mapping[int, float]) -> Array:
    """Weight each example by its class, as Keras does: labels `(n,)`, `(n, 1)` or one-hot, 1 for classes not named."""
    if not isinstance(y, np.ndarray):
        raise OtherDataError("class_weight is given for several outputs")
    labels = y.argmax(axis=-1) if y.ndim > 1 and y.shape[-1] != 1 else y.reshape(len(y), -1)[:, 0]
    rounded = np.round(labels).astype(np.int64)
    return np.array([weights.get(int(label), 1.0) for label in rounded], np.float32)


def _examples(sides: Mapping[str, Any], model: keras.Model) -> Examples:
    """Return inputs, labels and, if present, weights as a compiled epoch takes them."""
    x, y = by_name(sides["x"], model, "input"), by_name(sides["y"], model, "output")
    lengths = {len(array) for tree in (x, y) for array in leaves(tree).values()}
    if len(lengths) != 1 or not size(x):
        raise OtherDataError("the arrays differ in length")
    if sides["sample_weight"] is None:
        return fit_types(x), fit_types(y)
    weight = sides["sample_weight"]
    if not isinstance(weight, np.ndarray) or weight.shape not in ((size(x),), (size(x), 1)):
        raise OtherDataError("sample_weight is not one number per example")
    flat = weight.reshape(-1).astype(np.float32)
    return fit_types(x), fit_types(y), dict.fromkeys(y, flat) if isinstance(y, dict) else flat


def by_name(tree: Any, model: keras.Model, side: Literal["input", "output"]) -> Tree:
    """Return an array, or several by the names of the model's inputs or outputs, in whose order a list of them is.

    Raises:
        OtherDataError: they are not arrays of numbers or text, or the model's order is unknown.
    """
    inputs = [each.name for each in getattr(model, "inputs", None) or ()]
    names = inputs if side == "input" else list(getattr(model, "output_names", None) or ())
    if isinstance(tree, list | tuple):
        struct = getattr(model, side, None)
        if len(tree) == 1 and len(names) == 1:
            tree = tree[0]
        elif isinstance(struct, list | tuple) and len(tree) == len(names) == len(set(names)):
            tree = dict(zip(names, tree, strict=True))
        else:
            raise OtherDataError(f"a list of arrays is given for each {side}")
    arrays = tree.values() if isinstance(tree, dict) else [tree]
    if not arrays or not all(isinstance(array, np.ndarray) and array.ndim for array in arrays):
        raise OtherDataError("the data are not arrays")
    if any(array.dtype.kind not in "buifU" for array in arrays):
        raise OtherDataError("the arrays hold more than numbers and text")
    checked: Tree = {str(name): array for name, array in tree.items()} if isinstance(tree, dict) else tree
    return checked


def few_rows(arguments: Any, rows: int) -> Any:
    """Cut each array to its first rows."""

    def cut(value: Any) -> Any:
        return take(value, slice(rows)) if isinstance(value, np.ndarray) and value.ndim and len(value) > rows else value

    return mapped_arguments(cut, arguments)
