"""Convert the return value of a user's data function to arrays."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_search.errors import UsageError
from keras_search.tuner.data.arrays import NAMES, PARTS, WEIGHTS
from keras_search.tuner.data.streams import is_stream, read_stream
from keras_search.tuner.data.tree import Array, Tree, leaves

EXPECTED = (
    "(x, y), (train, test) or (train, validation, test) of such pairs, or of (x, y, weights); a dict with x_train, "
    "y_train and, optionally, x_val, y_val, x_test, y_test, sample_weight, class_names; or tf.data datasets, "
    "PyDatasets or generators in place of pairs; or a DataFrame, with --target"
)
Arrays = dict[str, Tree]


def arrays_of(made: Any, spec: str) -> tuple[Arrays, Any]:
    """Return the arrays of numbers or text that `checked_arrays` takes, and the class names.

    `spec` names the function in errors.

    Raises:
        UsageError: a function must not return this.
        Exception: whatever the user's own functions in a `tf.data.Dataset` raise.
    """
    given, class_names = named_parts(made, spec)
    return as_arrays(given, spec), class_names


def as_arrays(given: Mapping[str, Any], spec: str) -> Arrays:
    """Convert the parts that `named_parts` named to arrays of numbers or text.

    Raises:
        UsageError: one cannot be converted.
    """
    return {name: _tree(value, f"{name} of {spec}") for name, value in given.items()}


def numbered(arrays: Arrays, class_names: Any, spec: str) -> tuple[Arrays, dict[str, Any]]:
    """Number the classes if the labels are text, and return the class names of each output.

    The classes are those of `class_names`, in its order, or the different texts of `y_train` in alphabetical order.

    Raises:
        UsageError: a text is not a class, or an output with class names does not exist.
    """
    outputs = leaves(arrays["y_train"])
    names = _names_by_output(class_names, list(outputs), spec)
    changed = {part: dict(leaves(arrays[part])) for part in ("y_train", "y_val", "y_test") if part in arrays}
    for output, y in outputs.items():
        if y.dtype.kind != "U":
            continue
        known = np.unique(y) if output not in names else np.asarray(names[output])
        names[output] = known
        for part, labels in changed.items():
            if output in labels:
                what = f"{part}{f'[{output!r}]' if output else ''} of {spec}"
                labels[output] = _numbers(labels[output], known, what)
    single = not isinstance(arrays["y_train"], dict)
    return arrays | {part: labels[""] if single else labels for part, labels in changed.items()}, names


def named_parts(made: Any, spec: str) -> tuple[dict[str, Any], Any]:
    """Name the parts of a return value, and return them with its class names.

    Raises:
        UsageError: a function must not return this.
        Exception: whatever the user's own functions in a `tf.data.Dataset` raise.
    """
    if isinstance(made, Mapping):
        given = {name: value for name, value in made.items() if value is not None}
        class_names = given.pop("class_names", None)
        if _is_whole(given):
            return given, class_names
    elif is_stream(made):
        return _named(read_stream(made, f"the dataset of {spec}")), getattr(made, "class_names", None)
    elif isinstance(made, tuple | list) and len(made) in (2, 3):
        if all(map(is_stream, made)):
            kinds = ("training", "test") if len(made) == 2 else ("training", "validation", "test")
            parts = [read_stream(part, f"the {kind} dataset of {spec}") for part, kind in zip(made, kinds, strict=True)]
            return _named(*parts), getattr(made[0], "class_names", None)
        if all(isinstance(part, tuple) and len(part) in (2, 3) for part in made):
            return _named(*made), None
        return _named(tuple(made)), None
    raise UsageError(f"{spec} must return {EXPECTED}; received {_described(made)}.")


def _is_whole(given: Mapping[str, Any]) -> bool:
    """Return whether a dict has a training part, both sides of every part, and nothing unknown."""
    sides = {part: {f"x_{part}", f"y_{part}"} for part in PARTS}
    known = {*NAMES, *(name for name, part in WEIGHTS.items() if sides[part] <= given.keys())}
    halves = any(len(side & given.keys()) == 1 for side in sides.values())
    return sides["train"] <= given.keys() <= known and not halves


def _named(*parts: tuple[Any, ...]) -> dict[str, Any]:
    """Name the arrays of the parts: training, validation if there are three, and test if there are two."""
    names = PARTS if len(parts) == len(PARTS) else ("train", "test")
    weights = {part: name for name, part in WEIGHTS.items()}
    found: dict[str, Any] = {}
    for part, held in zip(names, parts, strict=False):
        found |= dict(zip((f"x_{part}", f"y_{part}", weights[part]), held, strict=False))
    return found


def _described(made: Any) -> str:
    """Describe what was received: its type and its contents."""
    if made is None:
        return "nothing"
    if isinstance(made, Mapping):
        return f"a dict with {', '.join(map(str, made)) or 'nothing'}"
    if isinstance(made, tuple | list):
        return f"a {_kind(made)} of {len(made)} ({', '.join(map(_kind, made[:4]))}{', ...' if len(made) > 4 else ''})"
    return f"a {_kind(made)}"


def _tree(value: Any, what: str) -> Tree:
    if isinstance(value, Mapping):
        if not value:
            raise UsageError(f"{what} must hold arrays by name, received an empty dict.")
        return {str(name): _array(array, f"{name!r} in {what}") for name, array in value.items()}
    return _array(value, what)


def _array(value: Any, what: str) -> Array:
    """Convert lists, tensors or pandas columns to an array of numbers or text.

    Raises:
        UsageError: it cannot.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise UsageError(f"{what} must be an array with examples of one shape, received a {_kind(value)}.") from None
    if array.ndim == 0:
        raise UsageError(f"{what} must be an array, received a {_kind(value)}.")
    if array.dtype.kind not in "OST":
        return array
    kinds = {type(item) for item in array.ravel().tolist()}
    if kinds == {bytes}:
        return _decoded(array, what)
    for wanted, dtype in ((str, np.str_), (int, np.int64), (int | float, np.float64)):
        if kinds and all(issubclass(kind, wanted) for kind in kinds):
            return array.astype(dtype)
    if kinds <= {list, tuple, np.ndarray}:
        raise UsageError(
            f"{what} must hold examples of one shape, received ragged ones: pad or cut them to one length."
        )
    found = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise UsageError(f"{what} must be numbers or text, received an array of {found or 'no known type'}.")


def _decoded(array: Array, what: str) -> Array:
    try:
        texts = [item.decode() for item in array.ravel().tolist()]
    except UnicodeDecodeError:
        raise UsageError(f"{what} must be numbers or text in UTF-8, received other bytes.") from None
    return np.array(texts).reshape(array.shape)


def _names_by_output(class_names: Any, outputs: list[str], spec: str) -> dict[str, Any]:
    """Return the class names of each output that has them."""
    if class_names is None:
        return {}
    if not isinstance(class_names, Mapping):
        return dict.fromkeys(outputs, class_names)
    if outputs == [""] or not class_names.keys() <= set(outputs):
        expected = "a list" if outputs == [""] else f"a list, or a dict with the outputs {', '.join(outputs)}"
        raise UsageError(f"class_names of {spec} must be {expected}, received {_described(class_names)}.")
    return dict(class_names)


def _numbers(y: Array, known: Array, what: str) -> Array:
    """Return the index of each text among the known classes.

    Raises:
        UsageError: a text is not among them.
    """
    places = {str(name): place for place, name in enumerate(np.atleast_1d(known))}
    unknown = sorted(set(map(str, y.ravel())) - places.keys())
    if unknown:
        raise UsageError(f"{what} must hold only the classes {', '.join(places)}, received {unknown[0]!r}.")
    return np.array([places[str(name)] for name in y.ravel()], np.int64).reshape(y.shape)


def _kind(value: object) -> str:
    return type(value).__name__
