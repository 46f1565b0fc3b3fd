"""Read examples that exceed the memory in another order without waiting for the disk at each of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.data.pieces import GATHERED, pieces
from keras_search.tuner.data.tree import Array, Tree, leaves, mapped, nbytes, take
from keras_search.tuner.system.memory import exceeds_memory
from keras_search.tuner.system.scratch import empty


def in_order(trees: tuple[Tree, ...], order: NDArray[Any], at_once: int) -> Iterator[tuple[Tree, ...]]:
    """Yield the examples of some trees of one length in an `order` `(m,)`, which names none twice, `at_once` a piece.

    Raises:
        KerasSearchError: they exceed the memory, and there is no room for a temporary file of their size.
    """
    if not exceeds_memory(sum(map(nbytes, trees))):
        for start in range(0, len(order), at_once):
            yield tuple(take(tree, order[start : start + at_once]) for tree in trees)
        return
    reading = {id(array): reordered(array, order, at_once) for tree in trees for array in leaves(tree).values()}
    for _ in range(0, len(order), at_once):
        yield _put(trees, {key: next(each) for key, each in reading.items()})


def _put(trees: tuple[Tree, ...], some: dict[int, Array]) -> tuple[Tree, ...]:
    """Return the trees with some of the examples of each array, by its identity."""
    return tuple(mapped(lambda array: some[id(array)], tree) for tree in trees)


def reordered(array: Array, order: NDArray[Any], at_once: int) -> Iterator[Array]:
    """Yield the examples of `array` `(n, ...)` in an `order` `(m,)`, which names none twice, `at_once` a piece.

    The array is read once from its beginning to its end, and each piece of the order collects its examples in a
    temporary file as they come; then one piece after the other is arranged in memory. Picked where they lie, each
    example would cost a page, and what the system reads ahead of it.

    Raises:
        KerasSearchError: there is no room for the file.
    """
    collected = empty((len(order), *array.shape[1:]), array.dtype)
    places = np.full(len(array), -1)
    starts = range(0, len(order), at_once)
    for start in starts:
        rows = np.sort(order[start : start + at_once])
        places[rows] = np.arange(start, start + len(rows))
    for part in pieces(array, GATHERED // array.itemsize):
        taken = places[part] >= 0
        collected[places[part][taken]] = array[part][taken]
    for start in starts:
        yield collected[places[order[start : start + at_once]]]


def examples_of(trees: tuple[Tree, ...], batch_size: int, most: int) -> int:
    """Return how many examples of some trees, in whole batches, take at most so many bytes; at least a batch."""
    each = sum(array[:1].nbytes for tree in trees for array in leaves(tree).values())
    return max(1, most // max(1, each * batch_size)) * batch_size
