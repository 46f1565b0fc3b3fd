"""Embeddings: rows of a table, looked up by whole numbers, and the gradients of those that a batch holds."""

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.table_rows import added, copied
from keras_search.tuner.training.kernels.arrays import Floats
from keras_search.tuner.training.kernels.compiled import kernel

_0, _1 = np.float32(0), np.float32(1)


@kernel
def look_up(numbers: Floats, width: int, steps: int, table: Floats, w: int, y: Floats) -> None:
    """Set the rows of y `(n, steps, w)` to those of the table `(entries, w)` with the numbers `(n, width)`."""
    for i in range(len(numbers) // width):
        for t in range(steps):
            entry, row = int(numbers[i * width + t]), (i * steps + t) * w
            copied(table, entry * w, y, row, w)


@kernel
def mark(numbers: Floats, width: int, steps: int, marks: Floats) -> int:
    """Number the entries of a batch from 1 on, in their order, and the others 0; return how many there are.

    The marks are whole numbers below 2**24, as the entries are.
    """
    marks[:] = _0
    for i in range(len(numbers) // width):
        for t in range(steps):
            marks[int(numbers[i * width + t])] = _1
    count = 0
    for entry in range(len(marks)):
        if marks[entry] > _0:
            count += 1
            marks[entry] = count
    return count


@kernel
def sum_by_entry(
    numbers: Floats, width: int, steps: int, marks: Floats, gradient: Floats, sums: Floats, squares: Floats
) -> None:
    """Add up the gradients `(n, steps, w)` of each marked entry, and their squares."""
    n = len(numbers) // width
    w = len(gradient) // (n * steps)
    clear(sums)
    clear(squares)
    for i in range(n):
        for t in range(steps):
            at, row = (int(marks[int(numbers[i * width + t])]) - 1) * w, (i * steps + t) * w
            added(gradient, row, sums, squares, at, w)


@kernel
def clear(x: Floats) -> None:
    """Set the numbers of x to zero."""
    for i in range(len(x)):
        x[i] = _0


@kernel
def collect_by_entry(
    numbers: Floats, width: int, steps: int, w: int, gradient: Floats, absolute: bool, sums: Floats, others: Floats
) -> None:
    """Add up the gradients `(n, steps, w)` of each entry of a table `(entries, w)`.

    `others` is set to the sums of their squares, or of their absolute values.
    """
    clear(sums)
    clear(others)
    for i in range(len(numbers) // width):
        for t in range(steps):
            at, row = int(numbers[i * width + t]) * w, (i * steps + t) * w
            if not absolute:
                added(gradient, row, sums, others, at, w)
                continue
            total, other, slopes = sums[at : at + w], others[at : at + w], gradient[row : row + w]
            for j in range(w):
                total[j] += slopes[j]
                other[j] += abs(slopes[j])
