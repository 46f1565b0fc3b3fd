"""Check the arrays of a data set, with one clear line for each mistake."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from keras_search.errors import UsageError
from keras_search.tuner.data.labels import Kind, answers, check_classes, kind_of_labels
from keras_search.tuner.data.names import check_names
from keras_search.tuner.data.pieces import contiguous, same
from keras_search.tuner.data.source import Task
from keras_search.tuner.data.tree import Array, Tree, leaves, size

PARTS = ("train", "val", "test")
ARRAYS = "arrays"
"""The name of a data set that was passed as arrays."""
NAMES = ("x_train", "y_train", "x_val", "y_val", "x_test", "y_test")
WEIGHTS = {"sample_weight": "train", "sample_weight_val": "val", "sample_weight_test": "test"}
"""The names of example weights, and the part that they belong to."""


@dataclass(frozen=True, eq=False)
class Checked:
    """The arrays of a data set, by `x_train`, `y_train` and so on; `y` is the truth for each output.

    `labels` and `weights` are by part: the labels as given, if `y` differs from them, and float32 weights of the
    examples, if there are any. `kinds` are the kinds of labels by output.
    """

    arrays: dict[str, Tree]
    labels: dict[str, Tree]
    weights: dict[str, Array]
    kinds: dict[str, Kind]


def checked_arrays(arrays: Mapping[str, Tree], source: str, task: Task | None = None) -> Checked:
    """Check the arrays of a data set; inputs keep their values and types, but may be copied to another memory order.

    `arrays` holds `x_train`, `y_train` and, optionally, `x_val`, `y_val`, `x_test`, `y_test` and the names of
    `WEIGHTS`; `source` names the data set in errors. `kind_of_labels` classifies the labels.

    Raises:
        UsageError: the first thing that is wrong, with what was expected and received.
    """
    check_names(arrays["x_train"], arrays["y_train"], source)
    parts = [part for part in PARTS if f"x_{part}" in arrays]
    kinds = {name: kind_of_labels(labels, task) for name, labels in leaves(arrays["y_train"]).items()}
    checked: dict[str, Tree] = {}
    for part in parts:
        x, y = f"x_{part}", f"y_{part}"
        checked[x] = _each(_inputs, arrays[x], f"{x}{{}} of {source}")
        checked[y] = _outputs(arrays[y], kinds, f"{y}{{}} of {source}")
        _check_lengths(checked[x], checked[y], part, source)
        if not size(checked[x]):
            raise UsageError(f"{x} and {y} of {source} must hold examples, received none.")
    for part in parts[1:]:
        _check_same(checked, part, source)
    for name, kind in kinds.items():
        if kind == "classes":
            check_classes(name, checked, source)
    labels = {part: _as_given(arrays[f"y_{part}"], checked[f"y_{part}"]) for part in parts}
    weights = {
        part: _weights(arrays[name], size(checked[f"x_{part}"]), f"{name} of {source}")
        for name, part in WEIGHTS.items()
        if name in arrays and part in parts
    }
    return Checked(checked, {part: given for part, given in labels.items() if given is not None}, weights, kinds)


def _each(check: Callable[[Array, str], Array], tree: Tree, what: str) -> Tree:
    """Check each array; `what` has a place for its name."""
    if isinstance(tree, dict):
        return {name: check(array, what.format(f"[{name!r}]")) for name, array in tree.items()}
    return check(tree, what.format(""))


def _outputs(tree: Tree, kinds: Mapping[str, Kind], what: str) -> Tree:
    """Check the labels, by the kind of each output."""
    if isinstance(tree, dict):
        names = {name: what.format(f"[{name!r}]") for name in tree}
        return {name: answers(y, kinds.get(name, "classes"), names[name]) for name, y in tree.items()}
    return answers(tree, kinds.get("", "classes"), what.format(""))


def _as_given(given: Tree, y: Tree) -> Tree | None:
    """Return the labels of a part as given, in this machine's byte order; None if `y` is the same."""
    plain = {name: contiguous(array) for name, array in leaves(given).items()}
    checked = leaves(y)
    if all(checked[name].dtype == array.dtype and same(checked[name], array) for name, array in plain.items()):
        return None
    return plain if isinstance(given, dict) else plain[""]


def _inputs(x: Array, what: str) -> Array:
    """Return inputs `(n, ...)`, numbers or text, as a contiguous array in this machine's byte order."""
    if x.dtype.kind not in "buifU":
        raise UsageError(f"{what} must be numbers or text, received {x.dtype}. Save them as uint8 or float32.")
    if x.ndim < 1 or 0 in x.shape[1:] or (x.ndim == 1 and not len(x)):
        raise UsageError(f"{what} must hold examples along its first axis, shape (n, ...), received {x.shape}.")
    return contiguous(x)


def _weights(weights: Tree, count: int, what: str) -> Array:
    """Return the weights of examples as float32 `(n,)`."""
    if isinstance(weights, dict) or weights.dtype.kind not in "buif":
        raise UsageError(f"{what} must be one array of numbers, a weight for each example.")
    flat = weights[:, 0] if weights.ndim == 2 and weights.shape[1] == 1 else weights
    if flat.shape != (count,):
        raise UsageError(f"{what} must be a weight for each example, shape ({count},), received {weights.shape}.")
    if len(broken := np.flatnonzero(~np.isfinite(flat) | (flat < 0))):
        raise UsageError(f"{what} must be finite and 0 or more, received {flat[broken[0]]} at index {broken[0]}.")
    if count and not flat.any():
        raise UsageError(f"{what} must not all be 0: nothing would be learned.")
    return flat.astype(np.float32)


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


def _check_same(checked: Mapping[str, Tree], part: str, source: str) -> None:
    """Check that a part holds the same inputs and outputs as the training part."""
    for side in "xy":
        train, other = leaves(checked[f"{side}_train"]), leaves(checked[f"{side}_{part}"])
        if train.keys() != other.keys():
            raise UsageError(
                f"{side}_train and {side}_{part} of {source} must have the same names, received "
                f"{sorted(train)} and {sorted(other)}."
            )
        for name, array in train.items():
            _check_shapes(array, other[name], part, f"{side}_{{}}{f'[{name!r}]' if name else ''}", source)


def _check_shapes(train: Array, other: Array, part: str, name: str, source: str) -> None:
    what = "examples" if name.startswith("x") else "values"
    if train.shape[1:] != other.shape[1:]:
        raise UsageError(
            f"{name.format('train')} and {name.format(part)} of {source} must hold {what} of one shape, "
            f"received {train.shape[1:]} and {other.shape[1:]}."
        )
    if (train.dtype.kind == "U") != (other.dtype.kind == "U"):
        raise UsageError(
            f"{name.format('train')} and {name.format(part)} of {source} must both hold numbers or both text, "
            f"received {train.dtype} and {other.dtype}."
        )


def reason(error: Exception) -> str:
    """Describe an error on one line, without a full stop."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()).rstrip(".") or type(error).__name__
