"""Work on large arrays piece by piece, so that nothing of their size is held in memory beside them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.system.memory import is_large
from keras_search.tuner.system.scratch import empty

Array = NDArray[Any]

PIECE = 2**18
"""Numbers in a piece, few enough for a processor's cache."""
GATHERED = 2**28
"""Bytes of examples that are picked at once."""


def pieces(array: Array, most: int | None = None) -> Iterator[slice]:
    """Cut an array `(n, ...)` along its first axis into pieces of `PIECE` or `most` numbers, or of one example."""
    step = max(1, (most or PIECE) * len(array) // max(1, array.size))
    return (slice(start, min(start + step, len(array))) for start in range(0, len(array), step))


def converted(function: Callable[[Array], Array], array: Array) -> Array:
    """Apply a function that treats each example alone, such as a conversion, to an array `(n, ...)`."""
    if array.size <= PIECE or len(array) < 2:
        return function(array)
    rows = pieces(array)
    first = function(array[next(rows)])
    found = empty((len(array), *first.shape[1:]), first.dtype)
    found[: len(first)] = first
    for place in rows:
        found[place] = function(array[place])
    return found


def contiguous(array: Array) -> Array:
    """Return an array in C order and in this machine's byte order, itself if it is so already."""
    dtype = array.dtype.newbyteorder("=")
    if array.flags.c_contiguous and array.dtype == dtype:
        return np.asarray(array)
    return converted(lambda part: np.ascontiguousarray(part, dtype), array)


def as_type(array: Array, dtype: type) -> Array:
    """Convert numbers to a type; an array that has it already is returned."""
    return array if array.dtype == dtype else converted(lambda part: part.astype(dtype), array)


def picked(array: Array, index: NDArray[np.int64]) -> Array:
    """Return a copy of the examples at `index` `(m,)`; large ones are read in their order, for the sake of the disk."""
    nbytes = len(index) * array[:1].nbytes
    if not is_large(nbytes):
        return np.asarray(array[index])
    found = empty((len(index), *array.shape[1:]), array.dtype)
    step = max(1, GATHERED * len(index) // max(1, nbytes))
    for start in range(0, len(index), step):
        some = index[start : start + step]
        order = np.argsort(some, kind="stable")
        for place in pieces(found[start : start + step]):
            found[start + order[place]] = array[some[order[place]]]
    return found


def side_by_side(arrays: Sequence[Array]) -> Array:
    """Join arrays `(n, width)` of one type along their second axis."""
    found = empty((len(arrays[0]), sum(array.shape[1] for array in arrays)), arrays[0].dtype)
    for place in pieces(found):
        np.concatenate([array[place] for array in arrays], axis=1, out=found[place])
    return found


def same(first: Array, second: Array) -> bool:
    """Return whether two arrays hold the same numbers or texts."""
    if first.shape != second.shape:
        return False
    return all(np.array_equal(first[place], second[place]) for place in pieces(first))


def all_of(check: Callable[[Array], Array], array: Array) -> bool:
    """Return whether a condition holds for each number of an array."""
    return all(bool(check(array[place]).all()) for place in pieces(array)) if array.ndim else bool(check(array).all())


def count_of(check: Callable[[Array], Array], array: Array) -> int:
    """Count the numbers for which a condition holds."""
    return sum(int(np.count_nonzero(check(array[place]))) for place in pieces(array))


def moments(x: Array) -> tuple[Array, Array]:
    """Return mean and standard deviation of each column of numbers `(n, d)`, to the bit those of NumPy in float64.

    NumPy adds the rows of several columns one after the other, and a single column in halves of halves.
    """
    means = _total(x, lambda rows: rows) / len(x)

    def squares(rows: Array) -> Array:
        rows -= means
        return np.multiply(rows, rows, out=rows)

    return means, np.sqrt(_total(x, squares) / len(x))


def _total(x: Array, of: Callable[[Array], Array]) -> Array:
    """Add what `of` makes of a copy of the rows as float64."""
    if x.shape[1] == 1:
        return np.array([_in_halves(x[:, 0], of)])
    total: Array | None = None
    for place in pieces(x):
        rows = of(x[place].astype(np.float64))
        if total is not None:
            rows = np.concatenate([total[None], rows])
        total = np.add.reduce(rows, axis=0)
    assert total is not None
    return total


def _in_halves(column: Array, of: Callable[[Array], Array]) -> float:
    if len(column) <= PIECE:
        return float(np.add.reduce(of(column.astype(np.float64))))
    half = len(column) // 2
    half -= half % 8
    return _in_halves(column[:half], of) + _in_halves(column[half:], of)
