"""The updates of an embedding's table, whose gradient is that of the entries that a batch holds; compiled apart.

Keras adds up the gradients of an entry that a batch holds several times, but of the second moment of an optimizer it
adds up their squares, one by one. The updates here do the same.
"""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.table_rows import by_adam
from keras_search.tuner.training.kernels.arrays import Floats
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.optimizers.updating import ADAM, NADAM, RMSPROP, SGD

_0, _1 = np.float32(0), np.float32(1)


@kernel
def update_entries(
    rule: Any,
    numbers: Floats,
    table: Floats,
    first: Floats,
    second: Floats,
    marks: Floats,
    sums: Floats,
    squares: Floats,
) -> None:
    """Update the table and the optimizer's two slots of it: see `updating.update`.

    `sums` and `squares` end with a row of zeros.
    """
    entries, w, begin = len(marks), len(table) // len(marks), 0
    if rule.kind == ADAM:
        update_by_adam(rule, numbers, table, first, second, marks, sums, squares)
        begin = entries
    while begin < entries:
        end, marked = begin + 1, marks[begin] > _0
        while end < entries and (marks[end] > _0) == marked:
            end += 1
        own, one, two = table[begin * w : end * w], first[begin * w : end * w], second[begin * w : end * w]
        decay = numbers[0]
        if decay:
            for i in range(len(own)):
                own[i] -= own[i] * decay
        if marked:
            at = (int(marks[begin]) - 1) * w
            size = (end - begin) * w
            update_by(rule.kind, rule, numbers, own, one, two, sums[at : at + size], squares[at : at + size])
        else:
            fade(rule, numbers, own, one, two)
        begin = end


@kernel
def update_by_adam(
    rule: Any,
    numbers: Floats,
    table: Floats,
    first: Floats,
    second: Floats,
    marks: Floats,
    sums: Floats,
    squares: Floats,
) -> None:
    """Update each entry in one pass; those that a batch does not hold have gradients of zeros."""
    w, none, decay = len(table) // len(marks), len(sums) - len(table) // len(marks), numbers[0]
    if decay:
        for i in range(len(table)):
            table[i] -= table[i] * decay
    new_1, new_2 = _1 - rule.first, _1 - rule.second
    for entry in range(len(marks)):
        start = (int(marks[entry]) - 1) * w if marks[entry] > _0 else none
        by_adam(table, first, second, entry * w, sums, squares, start, w, new_1, new_2, numbers[1], rule.epsilon)


@kernel
def update_by(
    kind: int, rule: Any, numbers: Floats, w: Floats, first: Floats, second: Floats, gradient: Floats, squares: Floats
) -> None:
    """Update parameters by their gradient, and by the sum of the squares of its terms."""
    n, rate = len(w), numbers[1]
    new_1, new_2 = _1 - rule.first, _1 - rule.second
    if kind == ADAM:
        by_adam(w, first, second, 0, gradient, squares, 0, n, new_1, new_2, rate, rule.epsilon)
    elif kind == NADAM:
        for i in range(n):
            first[i] += (gradient[i] - first[i]) * new_1
        for i in range(n):
            second[i] += (squares[i] - second[i]) * new_2
        for i in range(n):
            ahead = numbers[2] * first[i] + numbers[3] * gradient[i]
            w[i] -= ahead * rate / (np.sqrt(second[i] * numbers[4]) + rule.epsilon)
    elif kind == RMSPROP:
        for i in range(n):
            second[i] = rule.second * second[i] + new_2 * squares[i]
        for i in range(n):
            first[i] = rule.first * first[i] + rate * gradient[i] / np.sqrt(second[i] + rule.epsilon)
            w[i] -= first[i]
    elif kind == SGD:
        for i in range(n):
            first[i] = rule.first * first[i] - rate * gradient[i]
            w[i] += rule.first * first[i] - rate * gradient[i] if rule.nesterov else first[i]


@kernel
def fade(rule: Any, numbers: Floats, w: Floats, first: Floats, second: Floats) -> None:
    """Update parameters whose gradient is zero, but not by Adam."""
    n, rate = len(w), numbers[1]
    new_1, new_2 = _1 - rule.first, _1 - rule.second
    if rule.kind == NADAM:
        for i in range(n):
            first[i] -= first[i] * new_1
            second[i] -= second[i] * new_2
            w[i] -= numbers[2] * first[i] * rate / (np.sqrt(second[i] * numbers[4]) + rule.epsilon)
    elif rule.kind == RMSPROP:
        for i in range(n):
            second[i] *= rule.second
    if rule.kind in (RMSPROP, SGD) and rule.first:
        for i in range(n):
            first[i] *= rule.first
            if rule.kind == RMSPROP:
                w[i] -= first[i]
            else:
                w[i] += rule.first * first[i] if rule.nesterov else first[i]
