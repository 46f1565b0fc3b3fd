"""The steps of optimizers that need all gradients first, or that few use: Keras's formulas, compiled apart.

The gradients are in `Memory.first_slots`, the optimizer's slots in `Memory.slots`.
"""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import sign
from keras_search.tuner.training.kernels.arithmetic.sums import square_sum
from keras_search.tuner.training.kernels.arrays import STEP, Floats, Memory
from keras_search.tuner.training.kernels.compiled import kernel
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
    if rule.global_clipnorm:
        _clip(memory.first_slots, rule.global_clipnorm)
    for number in range(len(memory.spans)):
        start, size = memory.spans[number, 0], memory.spans[number, 1]
        w, gradient = memory.parameters[start : start + size], memory.first_slots[start : start + size]
        first, second = memory.slots[0, start : start + size], memory.slots[1, start : start + size]
        if rule.clipnorm:
            _clip(gradient, rule.clipnorm)
        if rule.clipvalue:
            for i in range(size):
                gradient[i] = min(max(gradient[i], -rule.clipvalue), rule.clipvalue)
        if rule.method in (AMSGRAD, CENTERED):
            _step_by_three(rule, numbers, w, first, second, memory.slots[2, start : start + size], gradient)
        elif rule.method == LAMB:
            _step_by_norms(rule, numbers, w, first, second, gradient)
        elif rule.method > SGD:
            _step_by_two(rule, numbers, w, first, second, gradient)
        else:
            step_by(rule.method, rule, numbers, w, first, second, gradient)
        if rule.averages:
            average = memory.slots[3, start : start + size]
            for i in range(size):
                average[i] = numbers[5] * average[i] + (_1 - numbers[5]) * w[i]


@kernel
def _clip(gradient: Floats, most: Any) -> None:
    """Scale a gradient to the norm `most` if it has more; one that is endless is no number then."""
    norm = np.sqrt(square_sum(gradient, len(gradient)))
    if norm > most or norm != norm:
        scale = most / norm + (norm - norm)
        for i in range(len(gradient)):
            gradient[i] *= scale


@kernel
def _step_by_two(rule: Any, numbers: Floats, w: Floats, first: Floats, second: Floats, gradient: Floats) -> None:
    """Update the parameters of a variable by a method of one or two slots."""
    n, rate = len(w), numbers[1]
    if rule.method == ADAGRAD:
        for i in range(n):
            first[i] += gradient[i] * gradient[i]
            w[i] -= rate * gradient[i] / np.sqrt(first[i] + rule.epsilon)
    elif rule.method == ADADELTA:
        for i in range(n):
            first[i] = rule.first * first[i] + (_1 - rule.first) * (gradient[i] * gradient[i])
            change = -np.sqrt(second[i] + rule.epsilon) * gradient[i] / np.sqrt(first[i] + rule.epsilon)
            second[i] = rule.first * second[i] + (_1 - rule.first) * (change * change)
            w[i] += rate * change
    elif rule.method == ADAMAX:
        for i in range(n):
            first[i] += (gradient[i] - first[i]) * (_1 - rule.first)
            second[i] = max(rule.second * second[i], abs(gradient[i]))
            w[i] -= rate * first[i] / (numbers[2] * (second[i] + rule.epsilon))
    elif rule.method == LION:
        for i in range(n):
            w[i] -= rate * sign(first[i] * rule.first + gradient[i] * (_1 - rule.first))
            first[i] = first[i] * rule.second + gradient[i] * (_1 - rule.second)
    elif rule.method == FTRL:
        for i in range(n):
            grown = first[i] + gradient[i] * gradient[i]
            drift = (np.sqrt(grown) - np.sqrt(first[i])) / rate
            second[i] += gradient[i] + _2 * rule.third * w[i] - drift * w[i]
            clipped = min(max(second[i], -rule.first), rule.first)
            w[i] = (clipped - second[i]) / (np.sqrt(grown) / rate + _2 * numbers[2])
            first[i] = grown


@kernel
def _step_by_three(
    rule: Any, numbers: Floats, w: Floats, first: Floats, second: Floats, third: Floats, gradient: Floats
) -> None:
    """Update the parameters of a variable by a method of three slots."""
    n, rate, new_1, new_2 = len(w), numbers[1], _1 - rule.first, _1 - rule.second
    if rule.method == AMSGRAD:
        for i in range(n):
            first[i] += (gradient[i] - first[i]) * new_1
            second[i] += (gradient[i] * gradient[i] - second[i]) * new_2
            third[i] = max(third[i], second[i])
            w[i] -= first[i] * rate / (np.sqrt(third[i]) + rule.epsilon)
    elif rule.method == CENTERED:
        for i in range(n):
            second[i] = rule.second * second[i] + new_2 * (gradient[i] * gradient[i])
            third[i] = rule.second * third[i] + new_2 * gradient[i]
            change = rate * gradient[i] / np.sqrt(second[i] - third[i] * third[i] + rule.epsilon)
            first[i] = rule.first * first[i] + change
            w[i] -= first[i]


@kernel
def _step_by_norms(rule: Any, numbers: Floats, w: Floats, first: Floats, second: Floats, gradient: Floats) -> None:
    """Update the parameters of a variable by Lamb, in relation to its norm."""
    n = len(w)
    for i in range(n):
        first[i] += (gradient[i] - first[i]) * (_1 - rule.first)
        second[i] += (gradient[i] * gradient[i] - second[i]) * (_1 - rule.second)
        gradient[i] = first[i] / numbers[2] / (np.sqrt(second[i] / numbers[3]) + rule.epsilon)
    norm, change = np.sqrt(square_sum(w, n)), np.sqrt(square_sum(gradient, n))
    ratio = norm / change if norm > _0 and change > _0 else _1
    for i in range(n):
        w[i] -= ratio * numbers[1] * gradient[i]
