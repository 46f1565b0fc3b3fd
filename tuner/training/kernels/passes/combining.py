"""Combinations of the outputs of several layers, number by number, other than their sum; compiled apart."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arrays import COMBINING, Floats, Memory
from keras_search.tuner.training.kernels.kinds import LARGER, LINEAR, PRODUCT, QUOTIENT, SMALLER
from keras_search.tuner.training.kernels.words import Words

_0 = np.float32(0)


def _combined(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of a combination to its first inputs, or combine them with the next ones."""
    size, kind, factor = n * layer.positions * layer.width, layer.activation, layer.first
    x = memory.values[layer.before : layer.before + size]
    y = memory.values[layer.after : layer.after + size]
    if not layer.adds:
        for i in range(size):
            y[i] = factor * x[i]
    elif kind == LINEAR:
        for i in range(size):
            y[i] += factor * x[i]
    elif kind == PRODUCT:
        for i in range(size):
            y[i] *= x[i]
    elif kind == QUOTIENT:
        for i in range(layer.positions * n):
            for j in range(i * layer.width, i * layer.width + layer.columns):
                y[j] /= x[j]
    elif kind == LARGER:
        for i in range(size):
            y[i] = x[i] if x[i] > y[i] or x[i] != x[i] else y[i]
    elif kind == SMALLER:
        for i in range(size):
            y[i] = x[i] if x[i] < y[i] or x[i] != x[i] else y[i]


def _combined_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of one of a combination's inputs; of two equal ones the first has it, as in TensorFlow."""
    size, kind, factor, second = n * layer.positions * layer.width, layer.activation, layer.first, layer.adds
    own, other = memory.values[layer.before : layer.before + size], memory.values[layer.other : layer.other + size]
    gradient, passed = memory.gradients[layer.gradient, :size], memory.gradients[layer.passed, :size]
    if kind == LINEAR:
        for i in range(size):
            passed[i] = factor * gradient[i]
    elif kind == PRODUCT:
        for i in range(size):
            passed[i] = gradient[i] * other[i]
    elif kind == QUOTIENT:
        passed[:] = _0
        for i in range(layer.positions * n):
            for j in range(i * layer.width, i * layer.width + layer.columns):
                passed[j] = -gradient[j] * other[j] / (own[j] * own[j]) if second else gradient[j] / other[j]
    elif kind == LARGER:
        for i in range(size):
            passed[i] = gradient[i] if own[i] > other[i] or (own[i] == other[i] and not second) else _0
    elif kind == SMALLER:
        for i in range(size):
            passed[i] = gradient[i] if own[i] < other[i] or (own[i] == other[i] and not second) else _0


COMBINING_PASSES = {COMBINING: (_combined, _combined_back)}
"""The forward and backward passes by the kinds of layers, for `addresses_of`."""
