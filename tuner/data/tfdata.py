"""Read the elements of a `tf.data.Dataset` into arrays; TensorFlow is never imported here."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from keras_search.errors import UsageError
from keras_search.tuner.data.growing import Growing
from keras_search.tuner.data.tree import Tree, leaves
from keras_search.tuner.system import tf_private

BATCH = 256
"""The number of elements that are taken at a time if they are single examples."""
UNEVEN = ("tensors with different shapes", "number of elements does not match")
"""TensorFlow's messages for examples that cannot be stacked."""
TAKEN_APART = ("Unbatch", "FlatMap", "Interleave")
"""Parts of the class names of data sets whose elements are parts of the previous elements."""


def is_tf_dataset(value: object) -> bool:
    """Return whether `value` is a `tf.data.Dataset`; if TensorFlow was not imported, nothing is one."""
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and isinstance(value, tensorflow.data.Dataset)


def read_elements(dataset: Any, what: str) -> tuple[Tree, ...]:
    """Return `x`, `y` and, if present, weights of a data set of batches or single examples.

    Each is an array or a dict of arrays. `what` names the data set in errors.

    Raises:
        UsageError: it is endless or empty, its elements are not `(x, y)` or `(x, y, weights)`, its tensors are not
            plain arrays, or it may have either batches or single examples.
        Exception: whatever the user's own functions in it raise.
    """
    _check_end(dataset, what)
    specs = dataset.element_spec
    if not isinstance(specs, tuple) or len(specs) not in (2, 3):
        received = f"a tuple of {len(specs)}" if isinstance(specs, tuple) else f"a {_kind(specs)}"
        raise UsageError(f"The elements of {what} must be (x, y) or (x, y, weights), received {received}.")
    for side in specs:
        _check_tensors(side, what)
    batches = dataset if _is_batched(dataset, what) else dataset.batch(BATCH)
    return joined(_read(batches, what), what)


def joined(batches: Iterable[Any], what: str) -> tuple[Tree, ...]:
    """Join batches `(x, y)` or `(x, y, weights)`, each an array or a dict of arrays, to one of each.

    Raises:
        UsageError: there are none, or their examples differ in shape.
    """
    parts: list[dict[str, Growing]] = []
    single: list[bool] = []
    for element in batches:
        parts = parts or [{} for _ in element]
        single = single or [not isinstance(side, dict) for side in element]
        for side, found in zip(element, parts, strict=True):
            for name, array in leaves(side).items():
                shape = np.shape(array)[1:]
                if found.setdefault(str(name), Growing(shape)).shape != shape:
                    raise _uneven(what)
                found[str(name)].append(array)
    if not parts:
        raise UsageError(f"{what} must hold examples, received none.")
    trees = [{name: arrays.joined() for name, arrays in found.items()} for found in parts]
    return tuple(tree[""] if alone else tree for tree, alone in zip(trees, single, strict=True))


def _check_end(dataset: Any, what: str) -> None:
    cardinality = sys.modules["tensorflow"].data.INFINITE_CARDINALITY
    if int(dataset.cardinality()) == cardinality:
        raise UsageError(f"{what} must have an end, received one without: leave out repeat(), or add take(n).")


def _check_tensors(side: Any, what: str) -> None:
    """Check that `x` or `y` is a plain tensor, or a dict of them, by its specs."""
    for spec in leaves(side).values():
        kind = _kind(spec)
        if isinstance(spec, tuple | dict):
            raise UsageError(f"Several inputs or outputs of {what} must be a dict by name, received a {kind}.")
        if kind != "TensorSpec":
            raise UsageError(
                f"{what} must hold dense tensors, received a {kind}. Pad ragged ones with to_tensor(), "
                "fill sparse ones with tf.sparse.to_dense()."
            )


def _is_batched(dataset: Any, what: str) -> bool:
    """Distinguish batches from single examples: in batches, all tensors have one first dimension, or an unknown one.

    A known one proves nothing, because examples may have it too, unless it changes between elements, there is only one
    element, or the data set was made by batching.

    Raises:
        UsageError: the elements may be either.
    """
    lengths: set[int | None] = set()
    for shapes in _shapes(dataset):
        if () in shapes or len({shape[0] for shape in shapes}) > 1:
            return False
        lengths.add(shapes[0][0])
    if len(lengths) == 1 and None not in lengths and int(dataset.cardinality()) != 1 and not _was_batched(dataset):
        (length,) = lengths
        raise UsageError(
            f"The elements of {what} may be batches of {length} or single examples: all their tensors begin with "
            f"{length}. Add .batch(32) if they are examples, .unbatch().batch(32) if they are batches."
        )
    return bool(lengths)


def _shapes(dataset: Any) -> Iterator[list[tuple[int | None, ...]]]:
    """Yield the shapes of the tensors of all elements or, if these are not known beforehand, of each element."""
    known: list[Any] = [spec.shape for side in dataset.element_spec for spec in leaves(side).values()]
    if all(shape.rank is not None for shape in known):
        yield [tuple(shape.as_list()) for shape in known]
        return
    for element in dataset.as_numpy_iterator():
        yield [np.shape(array) for side in element for array in leaves(side).values()]


def _was_batched(dataset: Any) -> bool:
    """Return whether the data set was made by batching, judged by the classes of the data sets that it was made of."""
    kind = type(dataset).__name__
    if any(taken in kind for taken in TAKEN_APART):
        return False
    return "batch" in kind.lower() or any(map(_was_batched, tf_private.data_set_inputs(dataset)))


def _read(batches: Any, what: str) -> Iterator[Any]:
    """Yield the elements as NumPy arrays."""
    try:
        yield from batches.as_numpy_iterator()
    except Exception as error:
        if any(saying in str(error) for saying in UNEVEN):
            raise _uneven(what) from error
        raise


def _uneven(what: str) -> UsageError:
    return UsageError(
        f"The examples of {what} must have one shape: pad or resize them, for instance by padded_batch()."
    )


def _kind(value: object) -> str:
    return type(value).__name__
