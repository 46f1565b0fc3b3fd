"""The steps of optimizers that need all gradients first, or that few use: Keras's formulas, compiled apart.

The gradients are in `Memory.first_slots`, the optimizer's slots in `Memory.slots`. `Memory.second_slots` has the
squares of the gradients, or the absolute values for Adamax; for the table of an embedding they are the sums over all
places where a batch holds an entry, as in Keras.
"""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import copy, sign
from keras_search.tuner.training.kernels.arithmetic.sums import absolute_sum, square_sum
from keras_search.tuner.training.kernels.arrays import STEP, Floats, Memory
from keras_search.tuner.training.kernels.compiled import kernel
from keras_search.tuner.training.kernels.optimizers.tables import update_by
from keras_search.tuner.training.kernels.optimizers.updating import SGD, step_by
from keras_search.tuner.training.kernels.words import Words

ADAGRAD, ADADELTA, ADAMAX, LION, LAMB, FTRL, AMSGRAD, CENTERED = range(SGD + 1, SGD + 9)
"""The methods that are not among the rules of `updating`."""

_0, _1, _2 = np.float32(0), np.float32(1), np.float32(2)


def _stepped(_layer: Any, _n: int, rule: Any, numbers: Floats, _words: Words, memory: Memory) -> None:
    """Update all parameters by their gradients."""
    step_all(rule, numbers, memory)


STEP_PASSES = {STEP: (_stepped,)}
"""The pass by its kind, for `addresses_of`."""


@kernel
def step_all(rule: Any, numbers: Floats, memory: Memory) -> None:
    """Update all parameters by their gradients, variable by variable."""
    _add_copies(memory)
    if rule.global_clipnorm:
        _clip(memory.first_slots, rule.global_clipnorm)
    for number in range(len(memory.spans)):
        start, size, of, in_table = memory.spans[number]
        if of >= 0:
            continue
        w, gradient = memory.parameters[start : start + size], memory.first_slots[start : start + size]
        first, second = memory.slots[0, start : start + size], memory.slots[1, start : start + size]
        squares = memory.second_slots[start : start + size]
        if rule.clipnorm:
            if in_table:
                _clip_table(gradient, squares, rule.clipnorm)
            else:
                _clip(gradient, rule.clipnorm)
        if rule.clipvalue and not in_table:
            for i in range(size):
                gradient[i] = min(max(gradient[i], -rule.clipvalue), rule.clipvalue)
        if not in_table:
            for i in range(size):
                squares[i] = abs(gradient[i]) if rule.method == ADAMAX else gradient[i] * gradient[i]
        if rule.method in (AMSGRAD, CENTERED):
            third = memory.slots[2, start : start + size]
            _step_by_three(rule, numbers, w, first, second, third, gradient, squares)
        elif rule.method == LAMB:
            _step_by_norms(rule, numbers, w, first, second, gradient, squares)
        elif rule.method > SGD:
            _step_by_two(rule, numbers, in_table, w, first, second, gradient, squares)
        elif in_table:
            update_by(rule.method, rule, numbers, w, first, second, gradient, squares)
        else:
            step_by(rule.method, rule, numbers, w, first, second, gradient)
        if rule.averages:
            average = memory.slots[3, start : start + size]
            for i in range(size):
                average[i] = numbers[5] * average[i] + (_1 - numbers[5]) * w[i]
    for number in range(len(memory.spans)):
        start, size, of, _ = memory.spans[number]
        if of >= 0:
            copy(memory.parameters[of : of + size], memory.parameters[start : start + size])


@kernel
def _add_copies(memory: Memory) -> None:
    """Add the gradients of copies of parameters, which further calls of their layer have, to those of the first."""
    for number in range(len(memory.spans)):
        start, size, of, _ = memory.spans[number]
        if of >= 0:
            for slots in (memory.first_slots, memory.second_slots):
                total, own = slots[of : of + size], slots[start : start + size]
                for i in range(size):
                    total[i] += own[i]
                own[:] = _0


@kernel
def _clip(gradient: Floats, most: Any) -> None:
    """Scale a gradient to the norm `most` if it has more; one that is endless is no number then."""
    norm = np.sqrt(square_sum(gradient, len(gradient)))
    if norm > most or norm != norm:
        scale = most / norm + (norm - norm)
        for i in range(len(gradient)):
            gradient[i] *= scale


@kernel
def _clip_table(gradient: Floats, squares: Floats, most: Any) -> None:
    """Scale the gradient of a table to the norm `most` of all its parts if that is more."""
    norm = np.sqrt(absolute_sum(squares, len(squares)))
    if norm > most or norm != norm:
        scale = most / norm + (norm - norm)
        for i in range(len(gradient)):
            gradient[i] *= scale
            squares[i] *= scale * scale


@kernel
def _step_by_two(
    rule: Any,
    numbers: Floats,
    in_table: int,
    w: Floats,
    first: Floats,
    second: Floats,
    gradient: Floats,
    squares: Floats,
) -> None:
    """Update the parameters of a variable by a method of one or two slots."""
    n, rate = len(w), numbers[1]
    if rule.method == ADAGRAD:
        for i in range(n):
            first[i] += squares[i]
            w[i] -= rate * gradient[i] / np.sqrt(first[i] + rule.epsilon)
    elif rule.method == ADADELTA:
        for i in range(n):
            first[i] = rule.first * first[i] + (_1 - rule.first) * squares[i]
            change = -np.sqrt(second[i] + rule.epsilon) * gradient[i] / np.sqrt(first[i] + rule.epsilon)
            of_parts = (second[i] + rule.epsilon) / (first[i] + rule.epsilon) * squares[i]
            second[i] = rule.first * second[i] + (_1 - rule.first) * (of_parts if in_table else change * change)
            w[i] += rate * change
    elif rule.method == ADAMAX:
        for i in range(n):
            first[i] += (gradient[i] - first[i]) * (_1 - rule.first)
            second[i] = max(rule.second * second[i], squares[i])
            w[i] -= rate * first[i] / (numbers[2] * (second[i] + rule.epsilon))
    elif rule.method == LION:
        for i in range(n):
            w[i] -= rate * sign(first[i] * rule.first + gradient[i] * (_1 - rule.first))
            first[i] = first[i] * rule.second + gradient[i] * (_1 - rule.second)
    elif rule.method == FTRL:
        for i in range(n):
            grown = first[i] + squares[i]
            drift = (np.sqrt(grown) - np.sqrt(first[i])) / rate
            second[i] += gradient[i] + _2 * rule.third * w[i] - drift * w[i]
            clipped = min(max(second[i], -rule.first), rule.first)
            w[i] = (clipped - second[i]) / (np.sqrt(grown) / rate + _2 * numbers[2])
            first[i] = grown


@kernel
def _step_by_three(
    rule: Any,
    numbers: Floats,
    w: Floats,
    first: Floats,
    second: Floats,
    third: Floats,
    gradient: Floats,
    squares: Floats,
) -> None:
    """Update the parameters of a variable by a method of three slots."""
    n, rate, new_1, new_2 = len(w), numbers[1], _1 - rule.first, _1 - rule.second
    if rule.method == AMSGRAD:
        for i in range(n):
            first[i] += (gradient[i] - first[i]) * new_1
            second[i] += (squares[i] - second[i]) * new_2
            third[i] = max(third[i], second[i])
            w[i] -= first[i] * rate / (np.sqrt(third[i]) + rule.epsilon)
    elif rule.method == CENTERED:
        for i in range(n):
            second[i] = rule.second * second[i] + new_2 * squares[i]
            third[i] = rule.second * third[i] + new_2 * gradient[i]
            change = rate * gradient[i] / np.sqrt(second[i] - third[i] * third[i] + rule.epsilon)
            first[i] = rule.first * first[i] + change
            w[i] -= first[i]


@kernel
def _step_by_norms(
    rule: Any, numbers: Floats, w: Floats, first: Floats, second: Floats, gradient: Floats, squares: Floats
) -> None:
    """Update the parameters of a variable by Lamb, in relation to its norm."""
    n = len(w)
    for i in range(n):
        first[i] += (gradient[i] - first[i]) * (_1 - rule.first)
        second[i] += (squares[i] - second[i]) * (_1 - rule.second)
        gradient[i] = first[i] / numbers[2] / (np.sqrt(second[i] / numbers[3]) + rule.epsilon)
    norm, change = np.sqrt(square_sum(w, n)), np.sqrt(square_sum(gradient, n))
    ratio = norm / change if norm > _0 and change > _0 else _1
    for i in range(n):
        w[i] -= ratio * numbers[1] * gradient[i]
