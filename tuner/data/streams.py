"""Read data that come batch by batch: Python generators and Keras's own data sets."""

import math
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from keras_search.errors import UsageError
from keras_search.tuner.data.tfdata import is_tf_dataset, joined, read_elements
from keras_search.tuner.data.tree import Tree, nbytes
from keras_search.tuner.system.memory import usable_memory

LARGEST_SHARE = 0.25
"""The share of the memory that a generator may fill before it counts as endless."""


def is_stream(value: object) -> bool:
    """Return whether `value` yields batches: a `tf.data.Dataset`, `keras.utils.PyDataset`, generator or iterator."""
    return is_tf_dataset(value) or _is_keras_dataset(value) or isinstance(value, Iterator)


def read_stream(stream: Any, what: str) -> tuple[Tree, ...]:
    """Return `x`, `y` and, if present, the weights of all batches, each once and in order.

    Raises:
        UsageError: it is endless or empty, or its batches are not `(x, y)` or `(x, y, weights)`.
        Exception: whatever the user's own code in it raises.
    """
    if is_tf_dataset(stream):
        return read_elements(stream, what)
    limit = LARGEST_SHARE * usable_memory() if isinstance(stream, Iterator) else math.inf
    return joined(_checked(_batches(stream, what), what, limit), what)


def _is_keras_dataset(value: object) -> bool:
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(value, keras.utils.PyDataset)


def _batches(stream: Any, what: str) -> Iterator[Any]:
    if isinstance(stream, Iterator):
        yield from stream
        return
    if stream.num_batches is None:
        raise UsageError(f"{what} must have an end, received a PyDataset without a length: give it __len__.")
    for index in range(stream.num_batches):
        yield stream[index]


def _checked(batches: Iterator[Any], what: str, limit: float) -> Iterator[tuple[Tree, ...]]:
    """Yield batches as arrays, no more than `limit` bytes in all."""
    held, sides = 0, 0
    for batch in batches:
        if not isinstance(batch, tuple | list) or len(batch) not in (2, 3) or sides not in (0, len(batch)):
            kind = type(batch).__name__
            received = f"a {kind} of {len(batch)}" if isinstance(batch, tuple | list) else f"a {kind}"
            raise UsageError(f"The batches of {what} must be (x, y) or (x, y, weights), received {received}.")
        sides = len(batch)
        arrays = tuple(_arrays(side) for side in batch)
        held += sum(map(nbytes, arrays))
        if held > limit:
            raise UsageError(
                f"{what} must have an end, received {held / 1e9:,.1f} GB and more: yield each batch once, and no more; "
                "or return a PyDataset or a tf.data.Dataset, whose length is known."
            )
        yield arrays


def _arrays(side: Any) -> Tree:
    if isinstance(side, Mapping):
        return {str(name): np.asarray(value) for name, value in side.items()}
    return np.asarray(side)
